import { binding, manyPermissions, provider, role, type Spec } from './cases.ts';

/** An object that the schema refuses, whatever the CEL rules say. */
export interface SchemaCase {
  readonly reason: string;
  readonly kind: string;
  readonly spec: Spec;
  /** The field that the API server names. */
  readonly field: string;
  readonly says: RegExp;
}

function roleWith(more: Spec): Pick<SchemaCase, 'kind' | 'spec'> {
  return { kind: 'Role', spec: { ...role, ...more } };
}

function subject(value: Spec): Pick<SchemaCase, 'kind' | 'spec'> {
  return { kind: 'RoleBinding', spec: { ...binding, subjects: [value] } };
}

function providerWith(more: Spec): Pick<SchemaCase, 'kind' | 'spec'> {
  return { kind: 'RoleProvider', spec: provider('RoleProvider', more) };
}

/** What the schema itself must refuse: missing, misspelt and misshapen values. */
export const schemaCases: readonly SchemaCase[] = [
  { reason: 'no permissions', kind: 'Role', spec: { organization: 'org_1' }, field: 'spec.permissions', says: /Required/ },
  { reason: 'no organization', kind: 'Role', spec: { permissions: ['a'] }, field: 'spec.organization', says: /Required/ },
  { reason: 'no subjects', kind: 'RoleBinding', spec: { roleRef: { name: 'r' } }, field: 'spec.subjects', says: /Required/ },
  {
    reason: 'a space in a permission',
    ...roleWith({ permissions: ['a', 'invoice read'] }),
    field: 'spec.permissions[1]',
    says: /should match/,
  },
  { reason: 'an empty permission', ...roleWith({ permissions: [''] }), field: 'spec.permissions[0]', says: /should (match|be at least 1)/ },
  { reason: 'a line break in a permission', ...roleWith({ permissions: ['a\nb'] }), field: 'spec.permissions[0]', says: /should match/ },
  { reason: 'a permission too long', ...roleWith({ permissions: ['a'.repeat(256)] }), field: 'spec.permissions[0]', says: /255/ },
  { reason: 'too many permissions', ...roleWith({ permissions: manyPermissions(2001) }), field: 'spec.permissions', says: /2000/ },
  { reason: 'a slash in an organization', ...roleWith({ organization: 'a/../b' }), field: 'spec.organization', says: /should match/ },
  { reason: 'an empty organization', ...roleWith({ organization: '' }), field: 'spec.organization', says: /should (match|be at least 1)/ },
  { reason: 'a slash in a slug', ...roleWith({ slug: 'a/b' }), field: 'spec.slug', says: /should match/ },
  {
    reason: 'a mode that is none',
    ...roleWith({ managementMode: 'Overwrite' }),
    field: 'spec.managementMode',
    says: /Enforce.*Additive.*Observe/,
  },
  {
    reason: 'a provider of no kind',
    ...roleWith({ providerRef: { kind: 'Provider' } }),
    field: 'spec.providerRef.kind',
    says: /ClusterRoleProvider/,
  },
  { reason: 'an interval in words', ...roleWith({ interval: 'daily' }), field: 'spec.interval', says: /should match/ },
  { reason: 'an interval beyond all bounds', ...roleWith({ interval: '9999999h' }), field: 'spec.interval', says: /should match/ },
  { reason: 'an interval of nothing', ...roleWith({ interval: '' }), field: 'spec.interval', says: /at least 2/ },
  { reason: 'a string where a list belongs', ...roleWith({ permissions: 'a' }), field: 'spec.permissions', says: /must be of type array/ },
  {
    reason: 'a number where a string belongs',
    ...roleWith({ permissions: [1] }),
    field: 'spec.permissions[0]',
    says: /must be of type string/,
  },
  { reason: 'a stage that Klustr lacks', ...roleWith({ klustr: { stage: 'eap' } }), field: 'spec.klustr.stage', says: /deprecated/ },
  { reason: 'a subject of no kind', ...subject({ kind: 'Robot', id: 'r' }), field: 'spec.subjects[0].kind', says: /ServiceAccount/ },
  { reason: 'no e-mail address', ...subject({ email: 'somebody' }), field: 'spec.subjects[0].email', says: /should match/ },
  {
    reason: 'a space within an e-mail address',
    ...subject({ email: 'a b@example.com' }),
    field: 'spec.subjects[0].email',
    says: /should match/,
  },
  {
    reason: 'a Role of another namespace',
    kind: 'RoleBinding',
    spec: { ...binding, roleRef: { name: 'other/reader' } },
    field: 'spec.roleRef.name',
    says: /should match/,
  },
  {
    reason: 'a provider of another namespace',
    ...roleWith({ providerRef: { name: 'other/default' } }),
    field: 'spec.providerRef.name',
    says: /should match/,
  },
  { reason: 'a space in an id', ...subject({ id: 'user 1' }), field: 'spec.subjects[0].id', says: /should match/ },
  { reason: 'no time', ...subject({ id: 'u', expiresAt: 'tomorrow' }), field: 'spec.subjects[0].expiresAt', says: /date-time/ },
  {
    reason: 'credentials in a URL',
    ...providerWith({ workos: { baseURL: 'https://a:b@example.com', apiKeySecretRef: { name: 's', key: 'k' } } }),
    field: 'spec.workos.baseURL',
    says: /should match/,
  },
  {
    reason: 'no key of a Secret',
    ...providerWith({ workos: { apiKeySecretRef: { name: 's' } } }),
    field: 'spec.workos.apiKeySecretRef.key',
    says: /Required/,
  },
  {
    reason: 'a burst of nothing',
    ...providerWith({ rateLimit: { burst: 0 } }),
    field: 'spec.rateLimit.burst',
    says: /greater than or equal to 1/,
  },
  {
    reason: 'more than everything',
    ...providerWith({ guardrails: { removalBudget: { percent: 101 } } }),
    field: 'spec.guardrails.removalBudget.percent',
    says: /less than or equal to 100/,
  },
  {
    reason: 'half a holder',
    ...providerWith({ guardrails: { minHolders: 0.5 } }),
    field: 'spec.guardrails.minHolders',
    says: /must be of type int32/,
  },
  {
    reason: 'a grant for no namespace',
    ...providerWith({ grants: [{ namespaces: [] }] }),
    field: 'spec.grants[0].namespaces',
    says: /at least 1/,
  },
  {
    reason: 'a slug protected twice',
    ...providerWith({ guardrails: { protectedSlugs: ['a', 'a'] } }),
    field: 'spec.guardrails.protectedSlugs[1]',
    says: /Duplicate/,
  },
  {
    reason: 'a Secret without its namespace',
    kind: 'ClusterRoleProvider',
    spec: provider('RoleProvider'),
    field: 'spec.workos.apiKeySecretRef.namespace',
    says: /Required/,
  },
];

/** Fields that no schema has; only strict field validation finds them. */
export const unknownFieldCases: readonly Pick<SchemaCase, 'kind' | 'spec' | 'field'>[] = [
  { ...roleWith({ permission: ['a'] }), field: 'spec.permission' },
  { ...roleWith({ providerRef: { nmae: 'a' } }), field: 'spec.providerRef.nmae' },
  { ...subject({ id: 'u', until: '2030-01-01T00:00:00Z' }), field: 'spec.subjects[0].until' },
  { ...providerWith({ workos: { apiKey: 'sk_1', apiKeySecretRef: { name: 's', key: 'k' } } }), field: 'spec.workos.apiKey' },
  { kind: 'ClusterRoleProvider', spec: provider('ClusterRoleProvider', { allowedNamespace: {} }), field: 'spec.allowedNamespace' },
  { kind: 'RoleProvider', spec: provider('RoleProvider', { allowedNamespaces: { names: ['*'] } }), field: 'spec.allowedNamespaces' },
];
