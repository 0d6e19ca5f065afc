import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DesiredRole } from '../../model/index.ts';
import { normalize } from './normalize.ts';
import { tenantHeader } from './tenant.ts';

const good: DesiredRole = {
  ref: { organization: '3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f', slug: 'billing_editor-2' },
  displayName: 'Billing editor',
  description: 'Edits invoices',
  permissions: ['requests:write', 'requests:read', 'Audit:*'],
  extras: {},
};

describe('a role that jitsudo can hold', () => {
  it('keeps every value and sorts the permissions', () => {
    expect(normalize(good)).toEqual({ ok: true, role: { ...good, permissions: ['Audit:*', 'requests:read', 'requests:write'] } });
  });

  it('needs neither name nor description', () => {
    const bare = { ref: good.ref, permissions: [], extras: {} };

    expect(normalize(bare)).toEqual({ ok: true, role: bare });
  });

  it('is not changed by normalising it again', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.stringMatching(/^[a-z:*]{1,12}$/)), fc.uuid(), (permissions, organization) => {
        const once = normalize({ ...good, ref: { ...good.ref, organization }, permissions });
        expect(once.ok && normalize(once.role)).toEqual(once);
      }),
    );
  });
});

describe('a role that can not be kept', () => {
  const slug = (text: string): Partial<DesiredRole> => ({ ref: { ...good.ref, slug: text } });
  const organization = (text: string): Partial<DesiredRole> => ({ ref: { ...good.ref, organization: text } });
  const cases: readonly { reason: string; change: Partial<DesiredRole>; field: string; message: RegExp }[] = [
    { reason: 'a name for its tenant', change: organization('acme'), field: 'spec.organization', message: /uuid in lower case$/ },
    {
      reason: 'a tenant in capitals, which would be a lane of its own',
      change: organization(good.ref.organization.toUpperCase()),
      field: 'spec.organization',
      message: /"3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f"/,
    },
    {
      reason: 'a line break behind its tenant',
      change: organization(`${good.ref.organization}\n`),
      field: 'spec.organization',
      message: /uuid/,
    },
    { reason: 'capital letters in its slug', change: slug('Editor'), field: 'spec.slug', message: /example "editor"/ },
    { reason: 'a dot in its slug', change: slug('a.b'), field: 'spec.slug', message: /example "a-b"/ },
    { reason: 'a hyphen before its slug', change: slug('-a'), field: 'spec.slug', message: /example "a"/ },
    { reason: 'nothing in its slug', change: slug('..'), field: 'spec.slug', message: /letter or digit$/ },
    { reason: 'an empty name', change: { displayName: '' }, field: 'spec.displayName', message: /empty/ },
    {
      reason: 'a permission twice',
      change: { permissions: ['a', 'b', 'a'] },
      field: 'spec.permissions[2]',
      message: /permissions\[0\] already/,
    },
    { reason: 'a blank permission', change: { permissions: [' '] }, field: 'spec.permissions[0]', message: /empty/ },
    { reason: 'a field of another provider', change: { extras: { stage: 'ga' } }, field: 'spec.stage', message: /no such field/ },
  ];
  it.each(cases)('has $reason', ({ change, field, message }) => {
    expect(normalize({ ...good, ...change })).toEqual({ ok: false, problems: [{ field, message: expect.stringMatching(message) }] });
  });

  it('never passes with a proposal that would be refused as well', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 60 }), (text) => {
        const outcome = normalize({ ...good, ...slug(text) });
        const proposal = outcome.ok ? undefined : /for example "([^"]+)"/.exec(outcome.problems[0]?.message ?? '')?.[1];
        if (proposal !== undefined) expect(normalize({ ...good, ...slug(proposal) }).ok).toBe(true);
      }),
    );
  });
});

describe('a tenant that no manifest has', () => {
  it('never reaches a header', () => {
    expect(() => tenantHeader('x\r\nhost: y', 'listRoles')).toThrow(expect.objectContaining({ kind: 'invalid' }));
  });
});
