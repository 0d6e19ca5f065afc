import { describe, expect, it } from 'vitest';
import { type CeilingGrant, type CeilingInput, checkCeiling, protectedSlug } from './index.ts';

const role: CeilingInput = {
  grants: undefined,
  provider: 'ClusterRoleProvider "shared"',
  namespace: 'billing',
  organization: 'org_1',
  slug: 'org-clerk',
  permissions: ['invoices:pay', 'invoices:read'],
  blastRadius: 'medium',
};
const everything: CeilingGrant = { namespaces: ['billing'] };
const check = (grants: readonly CeilingGrant[] | undefined, change: Partial<CeilingInput> = {}) =>
  checkCeiling({ ...role, ...change, grants });

describe('checkCeiling', () => {
  it.each<{ reason: string; grants: readonly CeilingGrant[] | undefined; change?: Partial<CeilingInput> }>([
    { reason: 'no grants restrict nothing', grants: undefined, change: { permissions: undefined, blastRadius: undefined } },
    {
      reason: 'a grant that says nothing allows everything',
      grants: [everything],
      change: { permissions: undefined, blastRadius: undefined },
    },
    { reason: 'namespaces are globs', grants: [{ namespaces: ['team-*', 'bill*'] }] },
    {
      reason: 'one grant allows all parts',
      grants: [
        {
          namespaces: ['*'],
          organizations: { allow: ['org_*'] },
          slugs: { allow: ['org-*'], deny: ['org-admin*'] },
          permissions: { allow: ['invoices:*'], deny: ['invoices:purge'] },
          maxBlastRadius: 'medium',
        },
      ],
    },
    {
      reason: 'a second grant allows what the first does not',
      grants: [{ ...everything, permissions: { allow: ['users:*'] } }, everything],
    },
    {
      reason: 'a wider glob covers a permission with *',
      grants: [{ ...everything, permissions: { allow: ['a:*'] } }],
      change: { permissions: ['a:b:*'] },
    },
    {
      reason: 'a role without permissions needs none allowed',
      grants: [{ ...everything, permissions: { allow: [] } }],
      change: { permissions: [] },
    },
    {
      reason: 'an empty deny list denies nothing',
      grants: [{ ...everything, permissions: { deny: [] } }],
      change: { permissions: undefined },
    },
    {
      reason: '* allows permissions that nobody can read',
      grants: [{ ...everything, permissions: { allow: ['*'] } }],
      change: { permissions: undefined },
    },
    {
      reason: 'the blast radius may reach the limit',
      grants: [{ ...everything, maxBlastRadius: 'high' }],
      change: { blastRadius: 'high' },
    },
    { reason: "a limit of another namespace is nobody else's", grants: [everything, { namespaces: ['other'], slugs: { deny: ['*'] } }] },
  ])('allows: $reason', ({ grants, change }) => {
    expect(check(grants, change)).toBeUndefined();
  });

  it.each<{ reason: string; grants: readonly CeilingGrant[]; change?: Partial<CeilingInput>; limit: string }>([
    { reason: 'an empty list allows nothing', grants: [], limit: 'no entry of spec.grants' },
    { reason: 'no grant is for the namespace', grants: [{ namespaces: ['Billing', 'billing-*'] }], limit: 'no entry of spec.grants' },
    {
      reason: 'the organization is denied',
      grants: [{ ...everything, organizations: { deny: ['org_?', 'org_*'] } }],
      limit: 'organizations.deny',
    },
    {
      reason: 'the organization is not allowed',
      grants: [{ ...everything, organizations: { allow: ['org_2'] } }],
      limit: 'organizations.allow',
    },
    {
      reason: 'the slug is denied',
      grants: [{ ...everything, slugs: { allow: ['org-clerk'], deny: ['org-clerk'] } }],
      limit: 'slugs.deny',
    },
    { reason: 'the slug is not allowed', grants: [{ ...everything, slugs: { allow: ['ORG-CLERK'] } }], limit: 'slugs.allow' },
    { reason: 'an empty allow list allows nothing', grants: [{ ...everything, slugs: { allow: [] } }], limit: 'slugs.allow' },
    { reason: 'a permission is denied', grants: [{ ...everything, permissions: { deny: ['*:pay'] } }], limit: 'permissions.deny' },
    { reason: 'a permission is not allowed', grants: [{ ...everything, permissions: { allow: ['*:read'] } }], limit: 'permissions.allow' },
    {
      reason: 'another grant of the namespace denies',
      grants: [everything, { namespaces: ['bill*'], organizations: { allow: ['org_2'] }, permissions: { deny: ['invoices:pay'] } }],
      limit: 'permissions.deny',
    },
    {
      reason: 'two grants together allow what neither allows alone',
      grants: [
        { ...everything, permissions: { allow: ['invoices:pay'] } },
        { ...everything, permissions: { allow: ['invoices:read'] } },
      ],
      limit: 'permissions.allow',
    },
    {
      reason: 'the grant with the permissions is for another organization',
      grants: [
        { ...everything, organizations: { allow: ['org_2'] } },
        { ...everything, permissions: { allow: [] } },
      ],
      limit: 'permissions.allow',
    },
    {
      reason: 'a permission with * could stand for a denied one',
      grants: [{ ...everything, permissions: { deny: ['invoices:purge'] } }],
      change: { permissions: ['invoices:*'] },
      limit: 'permissions.deny',
    },
    {
      reason: 'a permission with * stands for more than a list of names',
      grants: [{ ...everything, permissions: { allow: ['invoices:pay', 'invoices:read'] } }],
      change: { permissions: ['invoices:*'] },
      limit: 'permissions.allow',
    },
    { reason: 'the blast radius is above the limit', grants: [{ ...everything, maxBlastRadius: 'low' }], limit: 'maxBlastRadius is low' },
    {
      reason: 'the blast radius is not known',
      grants: [{ ...everything, maxBlastRadius: 'admin' }],
      change: { blastRadius: undefined },
      limit: "isn't known",
    },
    {
      reason: 'a blast radius without permissions is not known',
      grants: [{ ...everything, maxBlastRadius: 'high' }],
      change: { permissions: undefined, blastRadius: 'low' },
      limit: "isn't known",
    },
    {
      reason: 'permissions that nobody can read may be denied ones',
      grants: [{ ...everything, permissions: { deny: ['users:delete'] } }],
      change: { permissions: undefined },
      limit: 'permissions.deny',
    },
    {
      reason: 'permissions that nobody can read may be others than the allowed ones',
      grants: [{ ...everything, permissions: { allow: ['*:*'] } }],
      change: { permissions: undefined },
      limit: 'permissions.allow',
    },
  ])('refuses: $reason', ({ grants, change, limit }) => {
    const refusal = check(grants, change);
    expect(refusal).toMatchObject({ reason: 'CeilingExceeded', terminal: true });
    expect(refusal?.message).toContain(limit);
    expect(refusal?.message).toContain('ask the owner of ClusterRoleProvider "shared" to widen spec.grants');
  });

  it('names the first ten permissions that exceed, sorted and once, and how many there are', () => {
    const permissions = Array.from({ length: 13 }, (_, index) => `x:${String(12 - index).padStart(2, '0')}`);
    const message = check([{ ...everything, permissions: { allow: ['y:*'] } }], {
      permissions: [...permissions, 'y:1', ...permissions],
    })?.message;
    const named = Array.from({ length: 10 }, (_, index) => `"x:${String(index).padStart(2, '0')}"`).join(', ');
    expect(message).toContain(`doesn't cover 13 permissions: ${named} and 3 more`);
    expect(message).not.toContain('y:1');
  });

  it('names every limit that is exceeded, of denials only where there are any', () => {
    const grant: CeilingGrant = {
      ...everything,
      organizations: { allow: [], deny: ['org_1'] },
      slugs: { deny: ['*'] },
      maxBlastRadius: 'low',
    };
    const denied = check([grant])?.message;
    expect(denied).toContain('organizations.deny denies organization "org_1"; slugs.deny denies slug "org-clerk"');
    expect(denied).not.toMatch(/allow |maxBlastRadius/);
    const left = check([{ ...everything, organizations: { allow: [] }, maxBlastRadius: 'low' }])?.message;
    expect(left).toContain('organizations.allow doesn\'t cover organization "org_1"; maxBlastRadius is low');
  });

  it('tells of the grant that lacks least', () => {
    const message = check([
      { ...everything, slugs: { allow: ['other'] } },
      { ...everything, permissions: { allow: ['invoices:read'] } },
      { ...everything, permissions: { allow: [] } },
    ])?.message;
    expect(message).toContain('nearest of several');
    expect(message).toContain('permissions.allow doesn\'t cover permission "invoices:pay".');
  });

  it('stays one short line, whatever the names', () => {
    const permissions = Array.from({ length: 40 }, (_, index) => `a\n${index}"${'x'.repeat(400)}`);
    const message = check([{ ...everything, permissions: { allow: ['b'] }, organizations: { allow: [] } }], {
      permissions,
      organization: 'o\n'.repeat(500),
      slug: 's'.repeat(500),
    })?.message;
    expect(message).not.toContain('\n');
    expect(message?.length).toBeLessThan(4_000);
  });
});

describe('protectedSlug', () => {
  it.each([
    { reason: 'no list protects nothing', globs: undefined },
    { reason: 'an empty list protects nothing', globs: [] },
    { reason: 'case counts', globs: ['ORG-*'] },
  ])('lets a slug pass: $reason', ({ globs }) => {
    expect(protectedSlug(globs, 'org-owner')).toBeUndefined();
  });

  it('refuses a slug that a glob matches, and names the globs that do', () => {
    const refusal = protectedSlug(['other', 'org-*', '*owner'], 'org-owner');
    expect(refusal).toMatchObject({ reason: 'Protected', terminal: true });
    expect(refusal?.message).toContain(
      '"org-owner" is protected: spec.guardrails.protectedSlugs of the provider object lists "*owner", "org-*".',
    );
  });
});
