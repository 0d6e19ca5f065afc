/** The values of a spec, free of types: half of the cases are wrong on purpose. */
export type Spec = Readonly<Record<string, unknown>>;

/** An object that is tried on the API server. */
export interface Attempt {
  /** Created first; `spec` is then tried as an update. Absent: `spec` is tried as a new object. */
  readonly before?: Spec;
  readonly spec: Spec;
  /** `metadata.name`; any where absent. */
  readonly name?: string;
}

/** Objects on either side of one CEL rule. */
export interface RuleCase {
  readonly kind: string;
  readonly path: string;
  /** The rule's whole message: its words are what a user acts on. */
  readonly message: string;
  readonly accepted: readonly [Attempt, ...Attempt[]];
  readonly refused: readonly [Attempt, ...Attempt[]];
}

/** A role that nothing is wrong with. */
export const role: Spec = { organization: 'org_1', permissions: ['invoice:read'] };

/** A binding that nothing is wrong with. */
export const binding: Spec = { roleRef: { name: 'billing' }, subjects: [{ id: 'user_1' }] };

/** References to a Secret as each kind of provider writes them. */
export const secretRefs: Readonly<Record<string, Spec>> = {
  RoleProvider: { name: 'credentials', key: 'value' },
  ClusterRoleProvider: { namespace: 'vault', name: 'credentials', key: 'value' },
};

/** A provider that nothing is wrong with. */
export function provider(kind: string, more: Spec = {}): Spec {
  return { workos: { apiKeySecretRef: secretRefs[kind] }, ...more };
}

/** A number of different permissions. */
export function manyPermissions(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `permission:${index}`);
}

/** A number of different subjects. */
export function manySubjects(count: number): readonly Spec[] {
  return Array.from({ length: count }, (_, index) => ({ id: `user_${index}` }));
}

const tooShort = 'spec.interval is below 10s. Use 10s or more, for example 10m.';

const roleCases: readonly RuleCase[] = [
  {
    kind: 'Role',
    path: '',
    message: 'spec.slug is immutable: it identifies the role at the provider. Create a new Role with the other slug and delete this one.',
    accepted: [
      { before: { ...role, slug: 'org-a' }, spec: { ...role, slug: 'org-a', displayName: 'A' } },
      { name: 'same', before: role, spec: { ...role, slug: 'same' } },
      { name: 'same-again', before: { ...role, slug: 'same-again' }, spec: role },
    ],
    refused: [
      { before: { ...role, slug: 'org-a' }, spec: { ...role, slug: 'org-b' } },
      { name: 'name', before: role, spec: { ...role, slug: 'other' } },
      { name: 'name-again', before: { ...role, slug: 'other' }, spec: role },
    ],
  },
  {
    kind: 'Role',
    path: 'spec',
    message: 'spec.permissions is empty. List at least one permission, or set spec.allowEmpty: true to declare a role that grants nothing.',
    accepted: [{ spec: { ...role, permissions: [], allowEmpty: true } }],
    refused: [{ spec: { ...role, permissions: [] } }, { before: role, spec: { ...role, permissions: [], allowEmpty: false } }],
  },
  {
    kind: 'Role',
    path: 'spec',
    message: 'spec.klustr and spec.frontier exclude each other: a Role has one provider.',
    accepted: [{ spec: { ...role, klustr: { stage: 'ga' } } }, { spec: { ...role, frontier: { scopes: ['app/organization'] } } }],
    refused: [{ spec: { ...role, klustr: {}, frontier: {} } }],
  },
  {
    kind: 'Role',
    path: 'spec.klustr',
    message: 'spec.klustr.generate needs spec.klustr.namespace: it names the namespace whose roles are generated.',
    accepted: [{ spec: { ...role, klustr: { generate: true, namespace: 'billing' } } }, { spec: { ...role, klustr: { generate: false } } }],
    refused: [{ spec: { ...role, klustr: { generate: true } } }],
  },
  {
    kind: 'Role',
    path: 'spec.organization',
    message:
      'spec.organization is immutable: it identifies the role at the provider. Create a new Role for the other organization and delete this one.',
    accepted: [{ before: role, spec: { ...role, description: 'New.' } }],
    refused: [{ before: role, spec: { ...role, organization: 'org_2' } }],
  },
  {
    kind: 'Role',
    path: 'spec.permissions',
    message: 'spec.permissions lists an entry twice. Remove the duplicate.',
    accepted: [{ spec: { ...role, permissions: ['a', 'A', 'a:b'] } }, { spec: { ...role, permissions: manyPermissions(2000) } }],
    refused: [
      { spec: { ...role, permissions: ['a', 'b', 'a'] } },
      { spec: { ...role, permissions: [...manyPermissions(1999), 'permission:0'] } },
    ],
  },
  {
    kind: 'Role',
    path: 'spec.frontier.scopes',
    message: 'spec.frontier.scopes lists an entry twice. Remove the duplicate.',
    accepted: [{ spec: { ...role, frontier: { scopes: ['app/organization', 'app/project'] } } }],
    refused: [{ spec: { ...role, frontier: { scopes: ['app/project', 'app/project'] } } }],
  },
  {
    kind: 'Role',
    path: 'spec.interval',
    message: tooShort,
    accepted: [
      { spec: { ...role, interval: '10s' } },
      { spec: { ...role, interval: '999999h' } },
      { spec: { ...role, interval: '1h0m5s' } },
    ],
    refused: [{ spec: { ...role, interval: '9s' } }, { spec: { ...role, interval: '0h' } }],
  },
];

const external = { external: { slug: 'admin', organization: 'org_1' } };

const bindingCases: readonly RuleCase[] = [
  {
    kind: 'RoleBinding',
    path: 'spec.roleRef',
    message: 'Set exactly one of roleRef.name and roleRef.external.',
    accepted: [{ spec: binding }, { spec: { ...binding, roleRef: external } }],
    refused: [{ spec: { ...binding, roleRef: {} } }, { spec: { ...binding, roleRef: { name: 'billing', ...external } } }],
  },
  {
    kind: 'RoleBinding',
    path: 'spec.roleRef',
    message: 'spec.roleRef is immutable: create a new RoleBinding for the other role and delete this one.',
    accepted: [
      { before: binding, spec: { ...binding, subjects: [] } },
      {
        before: { ...binding, roleRef: external },
        spec: { ...binding, roleRef: { external: { ...external.external, providerRef: { kind: 'RoleProvider', name: 'default' } } } },
      },
    ],
    refused: [
      { before: binding, spec: { ...binding, roleRef: { name: 'other' } } },
      { before: binding, spec: { ...binding, roleRef: external } },
    ],
  },
  {
    kind: 'RoleBinding',
    path: 'spec.subjects',
    message:
      'spec.subjects has more than 1000 entries. Split them over several RoleBindings with the same roleRef: what they grant is added up.',
    accepted: [{ spec: { ...binding, subjects: manySubjects(1000) } }],
    refused: [{ spec: { ...binding, subjects: manySubjects(1001) } }, { spec: { ...binding, subjects: manySubjects(10_000) } }],
  },
  {
    kind: 'RoleBinding',
    path: 'spec.subjects[]',
    message: 'Set exactly one of id and email for a subject.',
    accepted: [{ spec: { ...binding, subjects: [{ id: 'u' }, { email: 'a@example.com' }, { email: ' B@example.com\t' }] } }],
    refused: [
      { spec: { ...binding, subjects: [{ kind: 'User' }] } },
      { spec: { ...binding, subjects: [{ id: 'u', email: 'a@example.com' }] } },
    ],
  },
  {
    kind: 'RoleBinding',
    path: 'spec.subjects[]',
    message: 'Only a subject of kind User can be named by email.',
    accepted: [
      {
        spec: {
          ...binding,
          subjects: [
            { kind: 'User', email: 'a@example.com' },
            { kind: 'Group', id: 'g' },
          ],
        },
      },
    ],
    refused: [
      { spec: { ...binding, subjects: [{ kind: 'Group', email: 'a@example.com' }] } },
      { spec: { ...binding, subjects: [{ kind: 'ServiceAccount', email: 'a@example.com' }] } },
    ],
  },
  {
    kind: 'RoleBinding',
    path: 'spec.subjects[]',
    message: 'notBefore must be earlier than expiresAt.',
    accepted: [
      { spec: { ...binding, subjects: [{ id: 'u', notBefore: '2030-01-01T00:00:00Z', expiresAt: '2030-01-01T00:00:01Z' }] } },
      { spec: { ...binding, subjects: [{ id: 'u', notBefore: '2030-01-01T00:00:00+02:00', expiresAt: '2029-12-31T23:00:00Z' }] } },
      { spec: { ...binding, subjects: [{ id: 'u', expiresAt: '2001-01-01T00:00:00Z' }] } },
    ],
    refused: [{ spec: { ...binding, subjects: [{ id: 'u', notBefore: '2030-01-01T00:00:00Z', expiresAt: '2030-01-01T00:00:00Z' }] } }],
  },
  {
    kind: 'RoleBinding',
    path: 'spec.interval',
    message: tooShort,
    accepted: [{ spec: { ...binding, interval: '10s' } }],
    refused: [{ spec: { ...binding, interval: '9s' } }],
  },
];

const insecure = (field: string): string => `${field} must begin with https://. For an emulator set allowInsecureHTTP: true.`;

/** The least block of each provider, with https. */
function blocks(ref: Spec | undefined): Readonly<Record<string, Spec>> {
  const baseURL = 'https://provider.example.com/base';
  return {
    workos: { baseURL, apiKeySecretRef: ref },
    karmo: { baseURL },
    klustr: { baseURL, tokenURL: 'https://provider.example.com/token', clientIDSecretRef: ref, clientSecretSecretRef: ref },
    jitsudo: { baseURL, tokenSecretRef: ref },
    frontier: { baseURL, clientIDSecretRef: ref, clientSecretSecretRef: ref },
  };
}

function providerCases(kind: string): readonly RuleCase[] {
  const ref = secretRefs[kind];
  const all = blocks(ref);
  const http = 'http://127.0.0.1:8080';
  const aws = { region: 'eu-west-1' };
  const withKarmo = (more: Spec): Spec => ({ karmo: { ...all.karmo, ...more } });
  const withAws = (more: Spec): Spec => withKarmo({ aws: { ...aws, ...more } });
  const pathCase = (operation: string, message: string, good: string, bad: string): RuleCase => ({
    kind,
    path: `spec.karmo.operations.${operation}.path`,
    message,
    accepted: [{ spec: withKarmo({ operations: { [operation]: { path: good } } }) }],
    refused: [{ spec: withKarmo({ operations: { [operation]: { path: bad } } }) }],
  });
  const jitsudo = (more: Spec): Spec => ({ jitsudo: { baseURL: 'https://provider.example.com', ...more } });
  return [
    {
      kind,
      path: 'spec',
      message: 'Set exactly one of spec.workos, spec.karmo, spec.klustr, spec.jitsudo and spec.frontier.',
      accepted: [{ spec: { workos: all.workos } }, ...Object.entries(all).map(([name, block]) => ({ spec: { [name]: block } }))],
      refused: [{ spec: {} }, { spec: { workos: all.workos, karmo: all.karmo } }, { spec: all }],
    },
    {
      kind,
      path: 'spec.interval',
      message: tooShort,
      accepted: [{ spec: provider(kind, { interval: '10s' }) }],
      refused: [{ spec: provider(kind, { interval: '9s' }) }],
    },
    {
      kind,
      path: 'spec.frontier.tokenLifetime',
      message: 'spec.frontier.tokenLifetime is below 1m. Use 1m or more, for example 1h.',
      accepted: [{ spec: { frontier: { ...all.frontier, tokenLifetime: '1m' } } }],
      refused: [{ spec: { frontier: { ...all.frontier, tokenLifetime: '59s' } } }],
    },
    {
      kind,
      path: 'spec.guardrails.removalBudget.window',
      message: 'spec.guardrails.removalBudget.window is below 1m. Use 1m or more, for example 1h.',
      accepted: [{ spec: provider(kind, { guardrails: { removalBudget: { window: '1m' } } }) }],
      refused: [{ spec: provider(kind, { guardrails: { removalBudget: { window: '59s' } } }) }],
    },
    {
      kind,
      path: 'spec.timeout',
      message: 'spec.timeout is below 1s. Use 1s or more, for example 30s.',
      accepted: [{ spec: provider(kind, { timeout: '1s' }) }],
      refused: [{ spec: provider(kind, { timeout: '0s' }) }],
    },
    ...Object.entries(all).map(
      ([name, block]): RuleCase => ({
        kind,
        path: `spec.${name}`,
        message: insecure('baseURL'),
        accepted: [{ spec: { [name]: block } }, { spec: { [name]: { ...block, baseURL: http, allowInsecureHTTP: true } } }],
        refused: [
          { spec: { [name]: { ...block, baseURL: http } } },
          { spec: { [name]: { ...block, baseURL: http, allowInsecureHTTP: false } } },
        ],
      }),
    ),
    {
      kind,
      path: 'spec.klustr',
      message: insecure('tokenURL'),
      accepted: [{ spec: { klustr: { ...all.klustr, tokenURL: `${http}/token`, allowInsecureHTTP: true } } }],
      refused: [{ spec: { klustr: { ...all.klustr, tokenURL: `${http}/token` } } }],
    },
    {
      kind,
      path: 'spec.karmo.aws',
      message: 'Set both accessKeyIDSecretRef and secretAccessKeySecretRef, or neither to use the default credential chain.',
      accepted: [{ spec: withAws({}) }, { spec: withAws({ accessKeyIDSecretRef: ref, secretAccessKeySecretRef: ref }) }],
      refused: [{ spec: withAws({ accessKeyIDSecretRef: ref }) }, { spec: withAws({ secretAccessKeySecretRef: ref }) }],
    },
    {
      kind,
      path: 'spec.karmo.aws',
      message: 'sessionTokenSecretRef goes with accessKeyIDSecretRef and secretAccessKeySecretRef. Set all three, or leave it out.',
      accepted: [{ spec: withAws({ accessKeyIDSecretRef: ref, secretAccessKeySecretRef: ref, sessionTokenSecretRef: ref }) }],
      refused: [{ spec: withAws({ sessionTokenSecretRef: ref }) }],
    },
    {
      kind,
      path: 'spec.karmo',
      message: insecure('readBack.baseURL'),
      accepted: [
        { spec: withKarmo({ readBack: { apiKeySecretRef: ref } }) },
        { spec: withKarmo({ readBack: { apiKeySecretRef: ref, baseURL: http }, allowInsecureHTTP: true }) },
      ],
      refused: [{ spec: withKarmo({ readBack: { apiKeySecretRef: ref, baseURL: http } }) }],
    },
    ...['upsertRole', 'syncRolePermissions'].map((operation) =>
      pathCase(operation, 'The path must have the places {tenantId} and {roleSlug}.', '/t/{tenantId}/r/{roleSlug}', '/t/{tenantId}'),
    ),
    ...['linkUserToOrganization', 'reactivateOrganizationMembership'].map((operation) =>
      pathCase(operation, 'The path must have the places {tenantId} and {userId}.', '/t/{tenantId}/u/{userId}', '/u/{userId}'),
    ),
    pathCase('listUsers', 'The path must have the place {tenantId}.', '/t/{tenantId}/people', '/people'),
    {
      kind,
      path: 'spec.jitsudo',
      message: 'Set exactly one of apiKeySecretRef and tokenSecretRef.',
      accepted: [{ spec: jitsudo({ apiKeySecretRef: ref }) }, { spec: jitsudo({ tokenSecretRef: ref }) }],
      refused: [{ spec: jitsudo({}) }, { spec: jitsudo({ apiKeySecretRef: ref, tokenSecretRef: ref }) }],
    },
  ];
}

function selecting(...matchExpressions: readonly Spec[]): Spec {
  return provider('ClusterRoleProvider', { allowedNamespaces: { selector: { matchExpressions } } });
}

const clusterProviderCases: readonly RuleCase[] = [
  {
    kind: 'ClusterRoleProvider',
    path: 'spec.allowedNamespaces.names',
    message: 'spec.allowedNamespaces.names lists an entry twice. Remove the duplicate.',
    accepted: [{ spec: provider('ClusterRoleProvider', { allowedNamespaces: { names: ['a', 'b'] } }) }],
    refused: [{ spec: provider('ClusterRoleProvider', { allowedNamespaces: { names: ['a', 'a'] } }) }],
  },
  {
    kind: 'ClusterRoleProvider',
    path: 'spec.allowedNamespaces.selector.matchExpressions[]',
    message: 'values must be given for In and NotIn, and must be absent for Exists and DoesNotExist.',
    accepted: [
      { spec: selecting({ key: 'a', operator: 'In', values: ['b'] }, { key: 'a', operator: 'NotIn', values: ['c'] }) },
      { spec: selecting({ key: 'a', operator: 'Exists' }, { key: 'b', operator: 'DoesNotExist', values: [] }) },
    ],
    refused: [
      { spec: selecting({ key: 'a', operator: 'In' }) },
      { spec: selecting({ key: 'a', operator: 'NotIn', values: [] }) },
      { spec: selecting({ key: 'a', operator: 'Exists', values: ['b'] }) },
    ],
  },
];

/** Both sides of every CEL rule of the CRDs. */
export const ruleCases: readonly RuleCase[] = [
  ...roleCases,
  ...bindingCases,
  ...providerCases('RoleProvider'),
  ...providerCases('ClusterRoleProvider'),
  ...clusterProviderCases,
];
