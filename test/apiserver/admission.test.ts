import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { stringify } from 'yaml';
import type { GlobList, Role } from '../../src/api/index.ts';
import { AdmissionCluster, type LimitedProvider, type Verdict, verdictOf } from '../support/admission.ts';
import { ApiClient } from '../support/control-plane.ts';
import { apiRoot } from '../support/e2e.ts';

let admission: AdmissionCluster;
let namespace: string;

beforeAll(async () => {
  admission = await AdmissionCluster.start();
  await admission.cluster.installRBAC();
  namespace = await admission.cluster.createNamespace('team', { tier: 'gold', region: 'eu' });
});

afterAll(async () => admission?.[Symbol.asyncDispose]());

type Spec = Readonly<Record<string, unknown>>;

/** What is said of a new Role at a provider with these limits. */
async function judgeRole(limits: LimitedProvider, spec: Spec = {}, kind: 'RoleProvider' | 'ClusterRoleProvider' = 'RoleProvider') {
  const providerRef = await admission.createProvider(kind, namespace, limits);
  const verdict = await admission.judge('Role', namespace, {
    metadata: { name: 'org-billing' },
    spec: { providerRef, organization: 'org_1', permissions: ['invoices:read'], ...spec },
  });
  return { ...verdict, message: verdict.message.replaceAll(providerRef.name, 'PROVIDER').replaceAll(namespace, 'NAMESPACE') };
}

const may = 'Namespace "NAMESPACE" may not manage role "org-billing" of organization "org_1": ';
const ask = (provider = 'RoleProvider "NAMESPACE/PROVIDER"') => `. Ask for less, or ask the owner of ${provider} to widen spec.grants.`;
const own = 'in RoleProvider "NAMESPACE/PROVIDER", ';
const all = { namespaces: ['*'] };

interface Case {
  readonly reason: string;
  readonly limits: LimitedProvider;
  readonly spec?: Spec;
  readonly kind?: 'ClusterRoleProvider';
  readonly says: string;
}

const refusals: readonly Case[] = [
  {
    reason: 'a protected slug',
    limits: { guardrails: { protectedSlugs: ['org-b*'] } },
    says: 'Slug "org-billing" is protected: spec.guardrails.protectedSlugs of the provider object lists "org-b*". Use another slug, or ask the owner of the provider object to take this one off the list.',
  },
  {
    reason: 'a namespace that no entry is for',
    limits: { grants: [{ namespaces: ['other'] }] },
    says: `${may}no entry of spec.grants of RoleProvider "NAMESPACE/PROVIDER" is for this namespace${ask()}`,
  },
  {
    reason: 'everything where the list of grants is empty',
    limits: { grants: [] },
    says: `${may}no entry of spec.grants of RoleProvider "NAMESPACE/PROVIDER" is for this namespace${ask()}`,
  },
  {
    reason: 'an organization that an entry denies, whatever another one allows',
    limits: { grants: [all, { ...all, organizations: { deny: ['org_?', 'org_*'] } }] },
    says: `${may}${own}spec.grants[1].organizations.deny denies organization "org_1"${ask()}`,
  },
  {
    reason: 'a slug that an entry denies',
    limits: { grants: [{ ...all, slugs: { allow: ['*'], deny: ['*billing'] } }] },
    says: `${may}${own}spec.grants[0].slugs.deny denies slug "org-billing"${ask()}`,
  },
  {
    reason: 'permissions that an entry denies, with their names',
    limits: { grants: [{ namespaces: ['other'] }, { ...all, permissions: { deny: ['*:purge', '*:pay'] } }] },
    spec: { permissions: ['invoices:pay', 'invoices:read', 'users:purge'] },
    says: `${may}${own}spec.grants[1].permissions.deny denies 2 permissions: "invoices:pay", "users:purge"${ask()}`,
  },
  {
    reason: 'a permission that a later entry denies, whatever the first one allows',
    limits: {
      grants: [
        { ...all, permissions: { allow: ['*'], deny: ['x'] } },
        { ...all, permissions: { deny: ['invoices:read'] } },
      ],
    },
    says: `${may}${own}spec.grants[1].permissions.deny denies permission "invoices:read"${ask()}`,
  },
  {
    reason: 'a permission with "*" that stands for one that is denied',
    limits: { grants: [{ ...all, permissions: { deny: ['*:purge'] } }] },
    spec: { permissions: ['invoices:*'] },
    says: `${may}${own}spec.grants[0].permissions.deny denies permission "invoices:*"${ask()}`,
  },
  {
    reason: 'a permission with "*" that reaches further than what is allowed',
    limits: { grants: [{ ...all, permissions: { allow: ['invoices:read', 'invoices:pay'] } }] },
    spec: { permissions: ['invoices:*', 'invoices:read'] },
    says: `${may}${own}spec.grants[0].permissions.allow doesn't cover permission "invoices:*"${ask()}`,
  },
  {
    reason: 'permissions that no entry covers, the first ten and their number',
    limits: {
      grants: [
        { ...all, organizations: { allow: ['other'] } },
        { ...all, permissions: { allow: ['invoices:*'] } },
      ],
    },
    spec: { permissions: ['invoices:read', ...Array.from({ length: 12 }, (_, index) => `users:${index}`)] },
    says: `${may}${own}spec.grants[1].permissions.allow doesn't cover 12 permissions: ${Array.from({ length: 10 }, (_, index) => `"users:${index}"`).join(', ')} and 2 more${ask()}`,
  },
  {
    reason: 'what two entries would allow only together',
    limits: {
      grants: [
        { ...all, organizations: { allow: ['org_1'] }, slugs: { allow: [] } },
        { ...all, organizations: { allow: ['org_2'] } },
      ],
    },
    says: `${may}none of the entries of spec.grants of RoleProvider "NAMESPACE/PROVIDER" for this namespace (0, 1) allows organization "org_1" together with slug "org-billing"${ask()}`,
  },
  {
    reason: "what a ClusterRoleProvider's grants leave out",
    kind: 'ClusterRoleProvider',
    limits: { grants: [{ ...all, permissions: { allow: [] } }] },
    says: `${may}in ClusterRoleProvider "PROVIDER", spec.grants[0].permissions.allow doesn't cover permission "invoices:read"${ask('ClusterRoleProvider "PROVIDER"')}`,
  },
  {
    reason: 'a namespace that a ClusterRoleProvider does not allow, without a word about its grants',
    kind: 'ClusterRoleProvider',
    limits: {
      allowedNamespaces: { names: ['other'] },
      grants: [{ ...all, permissions: { deny: ['*'] } }],
      guardrails: { protectedSlugs: ['*'] },
    },
    says: 'ClusterRoleProvider "PROVIDER" doesn\'t allow namespace "NAMESPACE". Ask its owner to add the namespace to spec.allowedNamespaces, or use another provider.',
  },
];

describe('the admission policies refuse', () => {
  it.each(refusals)('$reason', async ({ limits, spec, kind, says }) => {
    expect(await judgeRole(limits, spec, kind)).toEqual({ isRefused: true, message: says });
  });

  it('a RoleBinding to an external role that its namespace may not manage', async () => {
    const providerRef = await admission.createProvider('RoleProvider', namespace, { grants: [{ ...all, slugs: { deny: ['admin'] } }] });
    const roleRef = { external: { slug: 'admin', organization: 'org_1', providerRef } };
    const verdict = await admission.judge('RoleBinding', namespace, {
      metadata: { name: 'b' },
      spec: { roleRef, subjects: [{ id: 'u' }] },
    });
    expect(verdict.message).toContain('may not grant role "admin" of organization "org_1"');
    expect(verdict.message).toContain('spec.grants[0].slugs.deny denies slug "admin"');
  });

  it('a slug and a permission in whatever spelling the provider takes', async () => {
    const klustr = await judgeRole({ type: 'klustr', guardrails: { protectedSlugs: ['ORG-*'] } }, { slug: 'Org-Billing' });
    expect(klustr.message).toContain('Slug "org-billing" is protected');
    const frontier = await judgeRole(
      { type: 'frontier', grants: [{ ...all, permissions: { deny: ['compute.order.*'] } }] },
      { permissions: ['compute/order:delete'] },
    );
    expect(frontier.message).toContain('permissions.deny denies permission "compute_order_delete"');
  });

  it('a manifest that kubectl applies, with words that kubectl shows', async () => {
    const providerRef = await admission.createProvider('RoleProvider', namespace, {
      grants: [{ ...all, organizations: { allow: ['org_2'] } }],
    });
    const file = join(inject('scratch'), `role-${randomBytes(4).toString('hex')}.yaml`);
    const metadata = { name: 'org-applied', namespace };
    const spec = { providerRef, organization: 'org_1', permissions: ['p'] };
    await writeFile(file, stringify({ apiVersion: 'rolekeeper.dev/v1alpha1', kind: 'Role', metadata, spec }));
    await expect(admission.cluster.kubectl(['apply', '-f', file])).rejects.toThrow(
      /allows organization "org_1" together with slug "org-applied"/,
    );
  });
});

describe('the admission policies let through', () => {
  const accepted: readonly Omit<Case, 'says'>[] = [
    { reason: 'everything where there are no limits', limits: {} },
    {
      reason: 'what one entry allows as a whole',
      limits: {
        grants: [
          { ...all, permissions: { allow: [] } },
          { namespaces: ['team-*'], permissions: { allow: ['invoices:*'] } },
        ],
      },
    },
    {
      reason: 'what the entries of other namespaces deny',
      limits: { grants: [all, { namespaces: ['other'], permissions: { deny: ['*'] } }] },
    },
    {
      reason: 'what only the blast radius is against: the operator judges that',
      limits: { grants: [{ ...all, maxBlastRadius: 'low' }] },
      spec: { permissions: ['*'] },
    },
    {
      reason: 'a namespace by its labels',
      kind: 'ClusterRoleProvider',
      limits: { allowedNamespaces: { selector: { matchLabels: { tier: 'gold' } } } },
    },
  ];
  it.each(accepted)('$reason', async ({ limits, spec, kind }) => {
    expect(await judgeRole(limits, spec, kind)).toEqual({ isRefused: false, message: '' });
  });

  it('a Role whose provider object does not exist', async () => {
    const spec = { providerRef: { kind: 'RoleProvider', name: 'nobody' }, organization: 'o', permissions: ['p'] };
    expect(await admission.judge('Role', namespace, { metadata: { name: 'r' }, spec })).toMatchObject({ isRefused: false });
  });

  it('a Role of the namespace to a binding that names it, and judge external roles only', async () => {
    await admission.createProvider('RoleProvider', namespace, { grants: [] });
    const spec = { roleRef: { name: 'any' }, subjects: [{ id: 'u' }] };
    expect(await admission.judge('RoleBinding', namespace, { metadata: { name: 'b' }, spec })).toMatchObject({ isRefused: false });
  });
});

describe('the labels of a namespace', () => {
  const selectors: readonly { readonly selector: object; readonly allows: boolean }[] = [
    { selector: {}, allows: false },
    { selector: { matchLabels: { tier: 'silver' } }, allows: false },
    { selector: { matchLabels: { tier: 'gold', region: 'us' } }, allows: false },
    { selector: { matchExpressions: [{ key: 'tier', operator: 'Exists' }] }, allows: true },
    { selector: { matchExpressions: [{ key: 'team', operator: 'Exists' }] }, allows: false },
    { selector: { matchExpressions: [{ key: 'team', operator: 'DoesNotExist' }] }, allows: true },
    { selector: { matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] }, allows: false },
    { selector: { matchExpressions: [{ key: 'tier', operator: 'In', values: ['silver', 'gold'] }] }, allows: true },
    { selector: { matchExpressions: [{ key: 'team', operator: 'In', values: ['gold'] }] }, allows: false },
    { selector: { matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['gold'] }] }, allows: false },
    { selector: { matchExpressions: [{ key: 'team', operator: 'NotIn', values: ['gold'] }] }, allows: true },
    {
      selector: { matchLabels: { tier: 'gold' }, matchExpressions: [{ key: 'region', operator: 'NotIn', values: ['eu'] }] },
      allows: false,
    },
  ];
  it.each(selectors)('are compared with $selector', async ({ selector, allows }) => {
    const { isRefused } = await judgeRole({ allowedNamespaces: { selector } }, {}, 'ClusterRoleProvider');
    expect(isRefused).toBe(!allows);
  });
});

describe('a manifest', () => {
  const many = (length: number, width: number): readonly string[] =>
    Array.from({ length }, (_, index) => `area${index % 7}:${String(index).padEnd(width, 'x')}`);
  const areas = Array.from({ length: 7 }, (_, index) => `area${index}:*`);

  it.each([
    { size: 'of usual length', width: 14, allow: areas },
    { size: 'of the longest', width: 249, allow: ['area*'] },
  ])('with 2000 permissions $size is judged, and does not fail', async ({ width, allow }) => {
    const permissions = many(2_000, width);
    const saidOf = (lists: GlobList) => judgeRole({ grants: [{ ...all, permissions: lists }] }, { permissions });
    expect(await saidOf({ allow })).toEqual({ isRefused: false, message: '' });
    expect(await saidOf({ allow, deny: ['*:purge'] })).toEqual({ isRefused: false, message: '' });
    expect((await saidOf({ allow: ['area0:*'] })).message).toContain("permissions.allow doesn't cover");
    expect((await saidOf({ deny: ['area6:*x'] })).message).toContain('permissions.deny denies');
  });

  it('of a hundred permissions is judged by the entries of its namespace among as many as there may be', async () => {
    const globs = Array.from({ length: 20 }, (_, index) => `area:${index}*${'y'.repeat(20)}`);
    const grantsOf = (most: string) =>
      Array.from({ length: 64 }, (_, index) => ({
        namespaces: [index < 60 ? `other-${index}` : 'team-*'],
        permissions: { allow: [...globs, most] },
      }));
    const permissions = many(100, 14);
    expect(await judgeRole({ grants: grantsOf('area1:*') }, { permissions })).toMatchObject({ isRefused: true });
    expect(await judgeRole({ grants: grantsOf('area*') }, { permissions })).toMatchObject({ isRefused: false });
  });

  it('with 2000 permissions that have "*" is judged', async () => {
    const permissions = many(2_000, 14).map((permission) => `${permission}*`);
    expect(await judgeRole({ grants: [{ ...all, permissions: { deny: ['b*', '*:purge'] } }] }, { permissions })).toMatchObject({
      isRefused: true,
    });
    expect(await judgeRole({ grants: [{ ...all, permissions: { deny: ['b*'] } }] }, { permissions })).toMatchObject({ isRefused: false });
  });

  it('is let through where the grants are so many that judging would cost too much', async () => {
    const globs = Array.from({ length: 60 }, (_, index) => `never${index}*${'y'.repeat(200)}`);
    const grants = Array.from({ length: 64 }, () => ({ ...all, permissions: { allow: globs } }));
    const permissions = many(2_000, 249);
    expect(await judgeRole({ grants }, { permissions })).toEqual({ isRefused: false, message: '' });
  });
});

describe('an object that was created before the limits were narrowed', () => {
  /** Acts with the operator's own rights. */
  async function operatorClient(): Promise<ApiClient> {
    const { admin } = admission.cluster;
    const path = '/api/v1/namespaces/rolekeeper-system/serviceaccounts/rolekeeper/token';
    const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
    const { status } = await admin.create<{ readonly status: { readonly token: string } }>(path, request);
    const { server, ca = '' } = admin.connection;
    return new ApiClient({ server, ca, token: status.token });
  }

  const path = () => `${apiRoot}/namespaces/${namespace}/orgroles/org-before`;

  async function patch(client: ApiClient, body: object): Promise<Verdict> {
    return verdictOf(await client.request('PATCH', path(), { body, contentType: 'application/merge-patch+json' }));
  }

  it('is still kept by the operator, suspended and deleted, and only other permissions are refused', async () => {
    const { admin } = admission.cluster;
    const operator = await operatorClient();
    const providerRef = await admission.createProvider('RoleProvider', namespace, {});
    const elsewhere = await admission.createProvider('RoleProvider', namespace, {});
    await admin.create(`${apiRoot}/namespaces/${namespace}/orgroles`, {
      apiVersion: 'rolekeeper.dev/v1alpha1',
      kind: 'Role',
      metadata: { name: 'org-before' },
      spec: { providerRef, organization: 'org_1', permissions: ['a', 'b'] },
    });
    await admission.putProvider(providerRef, namespace, { grants: [{ ...all, permissions: { allow: [] } }] });
    const accepted = { isRefused: false, message: '' };

    expect(await patch(operator, { metadata: { finalizers: ['rolekeeper.dev/external-role'] } })).toEqual(accepted);
    const status = { apiVersion: 'rolekeeper.dev/v1alpha1', kind: 'Role', status: { observedGeneration: 1 } };
    await operator.apply(`${path()}/status`, status, 'rolekeeper');
    expect(await patch(admin, { metadata: { annotations: { 'rolekeeper.dev/reconcile-requested-at': '1' } } })).toEqual(accepted);
    expect(await patch(admin, { spec: { suspend: true, deletionPolicy: 'Retain', description: 'Being cleared up' } })).toEqual(accepted);
    expect(await patch(admin, { spec: { permissions: ['a'] } })).toMatchObject({ isRefused: true });
    expect(await patch(admin, { spec: { providerRef: elsewhere } })).toEqual(accepted);
    expect(await patch(admin, { spec: { providerRef } })).toMatchObject({ isRefused: true });

    await admin.delete(path());
    expect((await admin.get<Role>(path())).metadata.deletionTimestamp).toBeDefined();
    await patch(operator, { metadata: { finalizers: [] } });
    expect(await admin.find(path())).toBeUndefined();
  });
});
