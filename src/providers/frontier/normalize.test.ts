import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DesiredRole } from '../../model/index.ts';
import { normalize } from './normalize.ts';

const organization = '3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f';
const good: DesiredRole = {
  ref: { organization, slug: 'Billing_editor-2' },
  displayName: 'Billing editor',
  description: 'Edits invoices',
  permissions: ['billing.invoice.update', 'billing/invoice:get', 'app_organization_get'],
  extras: { scopes: ['App/Project', 'app/organization'], metadata: { team: 'x' } },
  mark: { cluster: 'c', object: 'a/b' },
};

describe('a role that Frontier can hold', () => {
  it('has slugs for permissions and lowered scopes, both sorted, and every other value as it was', () => {
    expect(normalize(good)).toEqual({
      ok: true,
      role: {
        ...good,
        permissions: ['app_organization_get', 'billing_invoice_get', 'billing_invoice_update'],
        extras: { scopes: ['app/organization', 'app/project'], metadata: { team: 'x' } },
      },
    });
  });

  it('needs neither name nor description nor fields of its own', () => {
    const bare = { ref: good.ref, permissions: ['a_b_ccc'], extras: {} };

    expect(normalize(bare)).toEqual({ ok: true, role: bare });
  });

  it('may clear scopes and metadata', () => {
    expect(normalize({ ...good, extras: { scopes: [], metadata: {} } })).toMatchObject({
      ok: true,
      role: { extras: { scopes: [], metadata: {} } },
    });
  });

  it('is not changed by normalising it again', () => {
    const permission = fc.stringMatching(/^[a-z]{1,3}[._][a-z]{1,3}[._][a-z]{1,3}$/);
    fc.assert(
      fc.property(fc.uniqueArray(permission, { minLength: 1 }), fc.stringMatching(/^[A-Za-z0-9_-]{2,20}$/), (permissions, slug) => {
        const once = normalize({ ...good, ref: { organization, slug }, permissions });
        if (once.ok) expect(normalize(once.role)).toEqual(once);
      }),
    );
  });
});

describe('a role that can not be kept', () => {
  const slug = (text: string): Partial<DesiredRole> => ({ ref: { organization, slug: text } });
  const of = (text: string): Partial<DesiredRole> => ({ ref: { ...good.ref, organization: text } });
  const metadata = (key: string): Partial<DesiredRole> => ({ extras: { metadata: { [key]: 'x' } } });
  const cases: readonly { reason: string; change: Partial<DesiredRole>; field: string; message: RegExp }[] = [
    { reason: 'the name of its organization', change: of('acme'), field: 'spec.organization', message: /organizations\/NAME/ },
    { reason: 'a uuid in capitals', change: of(organization.toUpperCase()), field: 'spec.organization', message: new RegExp(organization) },
    {
      reason: 'the platform for its organization',
      change: of('00000000-0000-0000-0000-000000000000'),
      field: 'spec.organization',
      message: /platform itself/,
    },
    { reason: 'a dot in its name', change: slug('billing.editor'), field: 'spec.slug', message: /letters, digits/ },
    { reason: 'a name of one character', change: slug('b'), field: 'spec.slug', message: /2 to 255/ },
    { reason: 'a name that the audit can not hold', change: slug('b'.repeat(256)), field: 'spec.slug', message: /2 to 255/ },
    { reason: 'an empty title', change: { displayName: '' }, field: 'spec.displayName', message: /empty/ },
    { reason: 'no permission', change: { permissions: [] }, field: 'spec.permissions', message: /at least one/ },
    {
      reason: 'a permission of two parts',
      change: { permissions: ['invoice.get'] },
      field: 'spec.permissions[0]',
      message: /service\.resource\.verb/,
    },
    {
      reason: 'a permission of four parts',
      change: { permissions: ['a.b.c.d'] },
      field: 'spec.permissions[0]',
      message: /service\.resource\.verb/,
    },
    { reason: 'a wildcard', change: { permissions: ['a.b.*'] }, field: 'spec.permissions[0]', message: /is not a permission/ },
    { reason: 'the uuid of a permission', change: { permissions: [organization] }, field: 'spec.permissions[0]', message: /uuid/ },
    {
      reason: 'a permission in two spellings',
      change: { permissions: ['a.b.c', 'd.e.f', 'a/b#c'] },
      field: 'spec.permissions[2]',
      message: /spec\.permissions\[0\]/,
    },
    {
      reason: 'scopes that differ in case only',
      change: { extras: { scopes: ['app/x', 'App/X'] } },
      field: 'spec.frontier.scopes[1]',
      message: /scopes\[0\]/,
    },
    { reason: 'an empty scope', change: { extras: { scopes: [''] } }, field: 'spec.frontier.scopes[0]', message: /empty/ },
    { reason: 'scopes that are no list', change: { extras: { scopes: 'x' } }, field: 'spec.frontier.scopes', message: /list/ },
    { reason: 'metadata that is none', change: { extras: { metadata: ['x'] } }, field: 'spec.frontier.metadata', message: /texts/ },
    { reason: 'metadata that is no text', change: { extras: { metadata: { a: 1 } } }, field: 'spec.frontier.metadata.a', message: /text/ },
    {
      reason: 'a description in its metadata',
      change: metadata('description'),
      field: 'spec.frontier.metadata.description',
      message: /spec\.description/,
    },
    {
      reason: 'what Frontier writes itself',
      change: metadata('org_name'),
      field: 'spec.frontier.metadata.org_name',
      message: /Frontier itself/,
    },
    { reason: 'a mark', change: metadata('managed_by'), field: 'spec.frontier.metadata.managed_by', message: /marks/ },
    { reason: 'a field that Frontier does not have', change: { extras: { stage: 'ga' } }, field: 'spec.frontier.stage', message: /remove/ },
  ];
  it.each(cases)('has $reason', ({ change, field, message }) => {
    expect(normalize({ ...good, ...change })).toMatchObject({
      ok: false,
      problems: [{ field, message: expect.stringMatching(message) }],
    });
  });

  it('is told everything that is wrong with it at once', () => {
    const outcome = normalize({
      ...good,
      ref: { organization: 'acme', slug: '.' },
      displayName: '',
      permissions: [],
      extras: { other: 1 },
    });

    expect(outcome.ok ? [] : outcome.problems.map(({ field }) => field)).toEqual([
      ...['spec.organization', 'spec.slug', 'spec.displayName', 'spec.permissions', 'spec.frontier.other'],
    ]);
  });
});
