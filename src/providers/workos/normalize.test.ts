import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DesiredRole } from '../../model/index.ts';
import { normalize } from './normalize.ts';

const good: DesiredRole = {
  ref: { organization: 'org_01EHQMYV6MBK39QC5PZXHY59C3', slug: 'org-billing_admin-2' },
  displayName: 'Billing admin',
  description: 'Reads and pays invoices',
  permissions: ['billing:write', 'billing:read', 'reports.*', 'a_b-c'],
  extras: {},
};

describe('a role that WorkOS can hold', () => {
  it('keeps every value and sorts the permissions', () => {
    expect(normalize(good)).toEqual({
      ok: true,
      role: { ...good, permissions: ['a_b-c', 'billing:read', 'billing:write', 'reports.*'] },
    });
  });

  const edges: readonly { reason: string; change: Partial<DesiredRole> }[] = [
    { reason: 'a slug of 48 characters', change: { ref: { ...good.ref, slug: `org-${'a'.repeat(44)}` } } },
    { reason: 'a name of 48 characters', change: { displayName: 'n'.repeat(48) } },
    { reason: 'a description of 150 characters', change: { description: 'd'.repeat(150) } },
    { reason: 'an empty description, which clears it', change: { description: '' } },
    { reason: 'a permission of 48 characters', change: { permissions: ['p'.repeat(48)] } },
    { reason: 'no permission at all', change: { permissions: [] } },
  ];
  it.each(edges)('may have $reason', ({ change }) => {
    expect(normalize({ ...good, ...change }).ok).toBe(true);
  });

  it('needs neither name nor description', () => {
    const { displayName: _name, description: _text, ...bare } = good;

    expect(normalize(bare)).toEqual({ ok: true, role: { ...bare, permissions: [...bare.permissions].sort() } });
  });

  it('is not changed by normalising it again', () => {
    const permission = fc.stringMatching(/^[a-z0-9_:.*-]{1,48}$/);
    fc.assert(
      fc.property(fc.uniqueArray(permission), fc.stringMatching(/^org-[a-z0-9_-]{1,44}$/), (permissions, slug) => {
        const once = normalize({ ...good, ref: { ...good.ref, slug }, permissions });
        expect(once.ok && normalize(once.role)).toEqual(once);
      }),
    );
  });
});

describe('a role that WorkOS would refuse', () => {
  const cases: readonly { reason: string; change: Partial<DesiredRole>; field: string; message: RegExp }[] = [
    {
      reason: 'an organization that is no id',
      change: { ref: { ...good.ref, organization: '..' } },
      field: 'spec.organization',
      message: /org_01/,
    },
    { reason: 'a slug without the prefix', change: { ref: { ...good.ref, slug: 'editor' } }, field: 'spec.slug', message: /"org-editor"/ },
    {
      reason: 'a slug with capital letters, which is not lower-cased silently',
      change: { ref: { ...good.ref, slug: 'Org-Editor' } },
      field: 'spec.slug',
      message: /"org-editor"/,
    },
    { reason: 'a slug with a dot', change: { ref: { ...good.ref, slug: 'org-a.b' } }, field: 'spec.slug', message: /"org-a-b"/ },
    { reason: 'nothing after the prefix', change: { ref: { ...good.ref, slug: 'org-' } }, field: 'spec.slug', message: /"org-" and then/ },
    {
      reason: 'a slug of 49 characters',
      change: { ref: { ...good.ref, slug: `org-${'a'.repeat(45)}` } },
      field: 'spec.slug',
      message: /49 characters.*48/,
    },
    { reason: 'an empty name', change: { displayName: '' }, field: 'spec.displayName', message: /empty/ },
    { reason: 'a name of 49 characters', change: { displayName: 'n'.repeat(49) }, field: 'spec.displayName', message: /49 characters.*48/ },
    { reason: 'a description of 151', change: { description: 'd'.repeat(151) }, field: 'spec.description', message: /151 characters.*150/ },
    {
      reason: 'a permission with capital letters, which is not lower-cased silently',
      change: { permissions: ['a', 'Billing:Read'] },
      field: 'spec.permissions[1]',
      message: /did you mean "billing:read"/,
    },
    { reason: 'a permission with a slash', change: { permissions: ['a/b'] }, field: 'spec.permissions[0]', message: /"a\/b"/ },
    { reason: 'a permission of 49 characters', change: { permissions: ['p'.repeat(49)] }, field: 'spec.permissions[0]', message: /48/ },
    {
      reason: 'a permission twice',
      change: { permissions: ['a', 'b', 'a'] },
      field: 'spec.permissions[2]',
      message: /permissions\[0\] already/,
    },
    { reason: 'a field of another provider', change: { extras: { stage: 'ga' } }, field: 'spec.stage', message: /no such field/ },
  ];
  it.each(cases)('has $reason', ({ change, field, message }) => {
    expect(normalize({ ...good, ...change })).toEqual({ ok: false, problems: [{ field, message: expect.stringMatching(message) }] });
  });

  it('is told everything at once', () => {
    const outcome = normalize({ ...good, ref: { organization: 'a b', slug: 'X' }, displayName: '', permissions: ['A', 'B'] });

    expect(outcome.ok ? [] : outcome.problems.map((problem) => problem.field)).toEqual([
      'spec.organization',
      'spec.slug',
      'spec.displayName',
      'spec.permissions[0]',
      'spec.permissions[1]',
    ]);
  });

  it('never passes with a proposal that would be refused as well', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 60 }), (slug) => {
        const outcome = normalize({ ...good, ref: { ...good.ref, slug } });
        const proposal = outcome.ok ? undefined : /for example "([^"]+)"/.exec(outcome.problems[0]?.message ?? '')?.[1];
        if (proposal !== undefined) expect(normalize({ ...good, ref: { ...good.ref, slug: proposal } }).ok).toBe(true);
      }),
    );
  });
});
