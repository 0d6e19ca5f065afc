import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DesiredRole } from '../../model/index.ts';
import { isBuiltIn } from './ids.ts';
import { normalize } from './normalize.ts';

const good: DesiredRole = {
  ref: { organization: 'acme.test', slug: 'billing.editor-2' },
  displayName: 'Billing editor',
  description: 'Edits invoices',
  permissions: ['billing.update', 'billing.get', 'Audit.*'],
  extras: { namespace: 'billing', stage: 'ga' },
};
const id = fc
  .stringMatching(/^[A-Za-z0-9]([A-Za-z0-9.-]{0,20}[A-Za-z0-9])?$/)
  .filter((slug) => !isBuiltIn(slug) && !/^(generate|permissions)$/i.test(slug));

describe('a role that Klustr can hold', () => {
  it('keeps every value and sorts the permissions', () => {
    expect(normalize(good)).toEqual({ ok: true, role: { ...good, permissions: ['Audit.*', 'billing.get', 'billing.update'] } });
  });

  it('has its id in lower case, since Klustr does not tell case', () => {
    expect(normalize({ ...good, ref: { ...good.ref, slug: 'Billing.Editor' } })).toMatchObject({
      ok: true,
      role: { ref: { organization: 'acme.test', slug: 'billing.editor' } },
    });
  });

  it('needs neither name nor description nor fields of its own', () => {
    const bare = { ref: good.ref, permissions: [], extras: {} };

    expect(normalize(bare)).toEqual({ ok: true, role: bare });
  });

  it('is not changed by normalising it again', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.stringMatching(/^[a-z.*]{1,12}$/)), id, (permissions, slug) => {
        const once = normalize({ ...good, ref: { ...good.ref, slug }, permissions });
        expect(once.ok && normalize(once.role)).toEqual(once);
      }),
    );
  });

  it('is one and the same for every case of its letters', () => {
    fc.assert(
      fc.property(id, (slug) => {
        const of = (spelling: string) => normalize({ ...good, ref: { ...good.ref, slug: spelling } });
        expect(of(slug.toUpperCase())).toEqual(of(slug.toLowerCase()));
      }),
    );
  });
});

describe('a role that can not be kept', () => {
  const slug = (text: string): Partial<DesiredRole> => ({ ref: { ...good.ref, slug: text } });
  const organization = (text: string): Partial<DesiredRole> => ({ ref: { ...good.ref, organization: text } });
  const cases: readonly { reason: string; change: Partial<DesiredRole>; field: string; message: RegExp }[] = [
    { reason: 'an underscore in its id', change: slug('billing_editor'), field: 'spec.slug', message: /roles_<id>.*use "billing-editor"/ },
    { reason: 'a colon in its id', change: slug('billing:editor'), field: 'spec.slug', message: /letters, digits/ },
    { reason: 'a slash in its id', change: slug('billing/editor'), field: 'spec.slug', message: /letters, digits/ },
    { reason: 'a dot at the end of its id', change: slug('billing.'), field: 'spec.slug', message: /ending with/ },
    { reason: 'no id', change: slug(''), field: 'spec.slug', message: /letters, digits/ },
    { reason: 'a word of the paths for its id', change: slug('Permissions'), field: 'spec.slug', message: /paths/ },
    { reason: 'the administrator’s id', change: slug('Admin'), field: 'spec.slug', message: /never changed/ },
    { reason: 'a generated id', change: slug('billing.admin.role'), field: 'spec.slug', message: /never changed/ },
    { reason: 'the other generated id', change: slug('a.b.READ-only.role'), field: 'spec.slug', message: /never changed/ },
    {
      reason: 'roles to generate of no namespace',
      change: { extras: { generate: true } },
      field: 'spec.klustr.generate',
      message: /namespace/,
    },
    {
      reason: 'roles to generate in a word',
      change: { extras: { generate: 'yes', namespace: 'a' } },
      field: 'spec.klustr.generate',
      message: /true/,
    },
    { reason: 'a step up for its organization', change: organization('..'), field: 'spec.organization', message: /acme\.test/ },
    { reason: 'a path for its organization', change: organization('a/b'), field: 'spec.organization', message: /acme\.test/ },
    { reason: 'an empty name', change: { displayName: '' }, field: 'spec.displayName', message: /empty/ },
    {
      reason: 'a permission twice',
      change: { permissions: ['a', 'b', 'a'] },
      field: 'spec.permissions[2]',
      message: /spec\.permissions\[0\]/,
    },
    { reason: 'a blank permission', change: { permissions: [' '] }, field: 'spec.permissions[0]', message: /empty/ },
    { reason: 'an unknown stage', change: { extras: { stage: 'GA' } }, field: 'spec.klustr.stage', message: /alpha, beta, ga/ },
    { reason: 'an empty namespace', change: { extras: { namespace: '' } }, field: 'spec.klustr.namespace', message: /character/ },
    { reason: 'a field that Klustr does not have', change: { extras: { scopes: [] } }, field: 'spec.klustr.scopes', message: /remove/ },
  ];
  it.each(cases)('has $reason', ({ change, field, message }) => {
    const outcome = normalize({ ...good, ...change });

    expect(outcome).toMatchObject({ ok: false, problems: [{ field, message: expect.stringMatching(message) }] });
  });

  it('is told everything that is wrong with it at once', () => {
    const outcome = normalize({ ...good, ...slug('a_b'), displayName: '', extras: { stage: 'x', other: 1 } });

    expect(outcome.ok ? [] : outcome.problems.map(({ field }) => field)).toEqual([
      'spec.slug',
      'spec.displayName',
      'spec.klustr.other',
      'spec.klustr.stage',
    ]);
  });

  it('is never offered an id that would be refused as well', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 30, unit: fc.constantFrom('a', 'B', '_', '.', '-', ':', ' ') }), (text) => {
        const outcome = normalize({ ...good, ...slug(text) });
        const proposal = outcome.ok ? undefined : /; use "([^"]+)"/.exec(outcome.problems[0]?.message ?? '')?.[1];
        if (proposal !== undefined) expect(normalize({ ...good, ...slug(proposal) }).ok).toBe(true);
      }),
    );
  });
});

describe('isBuiltIn', () => {
  it.each(['admin', 'ADMIN', 'billing.admin.role', 'a.b.read-only.role'])('leaves %s to Klustr', (text) => {
    expect(isBuiltIn(text)).toBe(true);
  });

  it.each(['admins', 'org.admin', 'admin.role', 'billing-admin.role', 'billing.admin.roles', 'billing.readonly.role'])(
    'takes %s for a role of somebody’s',
    (text) => {
      expect(isBuiltIn(text)).toBe(false);
    },
  );
});
