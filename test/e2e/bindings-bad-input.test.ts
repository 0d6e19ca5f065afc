import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RoleBinding, Subject } from '../../src/api/index.ts';
import { ApiError, sharedCluster, type TestCluster } from '../support/control-plane.ts';
import { apiRoot, canaryKey, catalogue, conditionOf, createClusterProvider, eventually, pause, stateOf, Tenant } from '../support/e2e.ts';
import { untilBinding, untilBindingGone } from '../support/e2e-bindings.ts';
import { type OperatorProcess, startTestOperator } from '../support/operator-process.ts';

let cluster: TestCluster;
let operator: OperatorProcess;
const tenants: Tenant[] = [];
const clusterProviders: string[] = [];

beforeAll(async () => {
  cluster = await sharedCluster();
  await cluster.installCRDs();
  await cluster.installRBAC();
  operator = await startTestOperator(cluster, { flags: { 'lease-name': 'e2e-bindings-bad-input' } });
});

afterAll(async () => {
  await operator?.stop();
  await Promise.all(tenants.map((tenant) => tenant[Symbol.asyncDispose]()));
  for (const name of clusterProviders) {
    const path = `${apiRoot}/clusterroleproviders/${name}`;
    await cluster.admin.mergePatch(path, { metadata: { finalizers: [] } });
    await cluster.admin.delete(path);
  }
});

const users = [
  { id: 'user_ann', email: 'ann@example.com' },
  { id: 'user_bob', email: 'Bob@Example.com' },
  { id: 'user_twin1', email: 'twin@example.com' },
  { id: 'user_twin2', email: 'twin@example.com' },
];

/** Members can hold one role, unless `multipleRoles`. */
async function newTenant({ multipleRoles = false, more = 0 } = {}): Promise<Tenant> {
  const others = Array.from({ length: more }, (_, index) => ({ id: `user_${index}`, email: `${index}@example.com` }));
  const seed = {
    apiKey: canaryKey,
    multipleRoles,
    permissions: catalogue,
    users: [...users, ...others],
    organizations: [{ id: 'org_1', name: 'org_1' }],
  };
  const tenant = await Tenant.create(cluster, { prefix: 'bad-bindings', connected: false, emulator: { port: 0, rateLimit: 'off', seed } });
  tenants.push(tenant);
  await tenant.putSecret({ apiKey: canaryKey });
  await tenant.createProvider({ workos: workos(tenant, 'workos', multipleRoles) });
  return tenant;
}

function workos(tenant: Tenant, secret: string, multipleRoles = false) {
  const apiKeySecretRef = { name: secret, key: 'apiKey' };
  return { baseURL: tenant.emulator.url, allowInsecureHTTP: true, multipleRoles, apiKeySecretRef };
}

/** A tenant whose Roles are ready. */
async function withRoles(names: readonly string[], options: Parameters<typeof newTenant>[0] = {}): Promise<Tenant> {
  const tenant = await newTenant(options);
  for (const name of names) await tenant.createRole(name, { permissions: ['p:1'] });
  await tenant.untilReady(names.length);
  return tenant;
}

function bind(tenant: Tenant, subjects: readonly Subject[], name = 'editors', role = 'org-editor'): Promise<RoleBinding> {
  return tenant.createBinding(name, { roleRef: { name: role }, subjects });
}

function messageOf(object: Parameters<typeof conditionOf>[0]): string | undefined {
  return conditionOf(object, 'Ready')?.message;
}

/** Calls that say who holds what. */
function grantCalls(tenant: Tenant): readonly string[] {
  return tenant
    .writes()
    .flatMap(({ operationId = '', body = '' }) => (operationId.includes('Membership') ? [`${operationId} ${body}`] : []));
}

/** What the API server says to a request that it refuses. */
async function refusal(request: Promise<unknown>): Promise<string> {
  const error = await request.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApiError)) throw new Error(`it was not refused: ${String(error)}`);
  return error.message;
}

/** As kubectl does it. */
function createStrictly(tenant: Tenant, spec: unknown): Promise<unknown> {
  const manifest = { apiVersion: 'rolekeeper.dev/v1alpha1', kind: 'RoleBinding', metadata: { name: 'strict' }, spec };
  return tenant.admin.create(`${tenant.path('orgrolebindings')}?fieldValidation=Strict`, manifest);
}

/** Most of the time of these is waiting: they wait together. */
describe.concurrent('a subject that cannot be handled', () => {
  it.each([
    {
      reason: 'nobody has the address',
      subject: { email: 'nobody@example.com' },
      failure: {
        subject: 'User nobody@example.com',
        reason: 'NotFound',
        message: 'WorkOS has no user with the e-mail address nobody@example.com.',
      },
    },
    {
      reason: 'two have the address',
      subject: { email: 'twin@example.com' },
      failure: {
        subject: 'User twin@example.com',
        reason: 'Ambiguous',
        message: 'WorkOS has 2 users with the e-mail address twin@example.com; name one of them by id.',
      },
    },
    {
      reason: 'the id is none',
      subject: { id: 'ann' },
      failure: {
        subject: 'User ann',
        reason: 'NotFound',
        message: '"ann" is not the id of a WorkOS user; ids look like user_01E4ZCR3C56J083X43JQXF3JK5.',
      },
    },
    {
      reason: 'nobody has the id',
      subject: { id: 'user_nobody' },
      failure: {
        subject: 'User user_nobody',
        reason: 'NotFound',
        message:
          'WorkOS createOrganizationMembership, user user_nobody of organization org_1: status 404: User user_nobody not found; there is no such user. Correct the subject, or create it at the provider.',
      },
    },
    {
      reason: 'the provider has no groups',
      subject: { kind: 'Group', id: 'group_1' },
      failure: {
        subject: 'Group group_1',
        reason: 'Unsupported',
        message: 'WorkOS gives roles to users only; groups get theirs from a directory.',
      },
    },
  ] as const)('$reason: it is named with what to do, and the others are granted', async ({ subject, failure }) => {
    const tenant = await withRoles(['org-editor']);
    await bind(tenant, [subject, { id: 'user_ann' }]);
    const binding = await untilBinding(tenant, 'editors', 'False/SubjectsFailed');

    expect(binding.status?.failures).toEqual([failure]);
    expect(messageOf(binding)).toBe(`A subject could not be handled. ${failure.subject}: ${failure.message}`);
    expect(stateOf(binding, 'Stalled')).toBe('True/SubjectsFailed');
    expect(binding.status?.subjects).toEqual({ desired: 2, granted: 1, failed: 1 });
    expect(tenant.holders('org-editor')).toEqual(['user_ann']);
    expect((await tenant.untilEvent('editors', 'CannotGrantExternalRole')).note).toBe(messageOf(binding));
  });

  it('two bindings that cannot both hold: the older one wins, the other names it and gets its turn when that goes', async () => {
    const tenant = await withRoles(['org-editor', 'org-viewer']);
    await bind(tenant, [{ id: 'user_ann' }], 'z-older', 'org-viewer');
    await untilBinding(tenant, 'z-older', 'True/Available');
    // The API server tells ages by the second.
    await pause(1_100);
    await bind(tenant, [{ id: 'user_ann' }, { id: 'user_bob' }], 'a-younger');
    const younger = await untilBinding(tenant, 'a-younger', 'False/SubjectsFailed');

    expect(younger.status?.failures).toEqual([
      {
        subject: 'User user_ann',
        reason: 'Conflict',
        message: `User "user_ann" isn't granted role "org-editor": it can hold one role only, and RoleBinding/${tenant.namespace}/z-older, which is older, grants it role "org-viewer". Take it out of spec.subjects of one of the two.`,
      },
    ]);
    expect(messageOf(younger)).toContain(`RoleBinding/${tenant.namespace}/z-older, which is older`);
    expect([tenant.holders('org-viewer'), tenant.holders('org-editor')]).toEqual([['user_ann'], ['user_bob']]);
    await untilBinding(tenant, 'z-older', 'True/Available');

    await tenant.admin.delete(tenant.path('orgrolebindings', 'z-older'));
    await untilBindingGone(tenant, 'z-older');
    await untilBinding(tenant, 'a-younger', 'True/Available');
    expect([tenant.holders('org-viewer'), tenant.holders('org-editor')]).toEqual([[], ['user_ann', 'user_bob']]);
  });
});

describe.concurrent('a subject that looks wrong and is not', () => {
  it.each([
    { reason: 'an address in odd case', email: 'ANN@eXample.com' },
    { reason: 'an address with white space around it', email: '  ann@example.com\t' },
  ])('$reason is matched as the provider matches, without the white space', async ({ email }) => {
    const tenant = await withRoles(['org-editor']);
    await bind(tenant, [{ email }]);
    const binding = await untilBinding(tenant, 'editors', 'True/Available');

    expect(tenant.holders('org-editor')).toEqual(['user_ann']);
    expect(binding.status?.grants).toEqual([{ kind: 'User', id: 'user_ann', email: email.trim() }]);
  });

  it('the same one five times is granted once and counted once', async () => {
    const tenant = await withRoles(['org-editor']);
    const [id, email] = ['user_ann', 'ann@example.com'];
    await bind(tenant, [{ id }, { id }, { email }, { email: ' Ann@Example.com' }, { kind: 'User', id }]);
    const binding = await untilBinding(tenant, 'editors', 'True/Available');

    expect(binding.status?.subjects).toEqual({ desired: 1, granted: 1, failed: 0 });
    expect(binding.status?.grants?.map((grant) => grant.id)).toEqual([id]);
    expect(grantCalls(tenant)).toEqual([
      'createOrganizationMembership {"user_id":"user_ann","organization_id":"org_1","role_slug":"org-editor"}',
    ]);
  });

  it('one whose time is over is granted nothing and fails nobody', async () => {
    const tenant = await withRoles(['org-editor']);
    await bind(tenant, [{ id: 'user_ann', expiresAt: '2001-01-01T00:00:00Z' }]);
    const binding = await untilBinding(tenant, 'editors', 'True/Available');

    expect(binding.status?.subjects).toEqual({ desired: 0, granted: 0, failed: 0 });
    expect(messageOf(binding)).toBe('Every subject that is to hold the role holds it.');
    expect(grantCalls(tenant)).toEqual([]);
  });

  it('1,000 of them are granted by one binding', async () => {
    const tenant = await withRoles(['org-editor'], { more: 1_000 });
    await bind(
      tenant,
      Array.from({ length: 1_000 }, (_, index) => ({ id: `user_${index}` })),
    );
    const binding = await untilBinding(tenant, 'editors', 'True/Available');

    expect(binding.status?.subjects).toEqual({ desired: 1_000, granted: 1_000, failed: 0 });
    expect(tenant.holders('org-editor')).toHaveLength(1_000);
    expect(grantCalls(tenant)).toHaveLength(1_000);
  });
});

describe.concurrent('a role that a binding cannot grant', () => {
  it('is missing: it says so, and goes on when the Role is there', async () => {
    const tenant = await newTenant();
    await bind(tenant, [{ id: 'user_ann' }]);
    const binding = await untilBinding(tenant, 'editors', 'False/RoleNotReady');

    expect(messageOf(binding)).toBe(
      `Role "${tenant.namespace}/org-editor" doesn't exist. Create it; the RoleBinding then goes on by itself.`,
    );
    expect(stateOf(binding, 'Reconciling')).toBe('True/RoleNotReady');
    expect(stateOf(binding, 'Stalled')).toBe('False/Idle');
    expect(grantCalls(tenant)).toEqual([]);

    await tenant.createRole('org-editor', { permissions: ['p:1'] });
    await untilBinding(tenant, 'editors', 'True/Available');
    expect(tenant.holders('org-editor')).toEqual(['user_ann']);
  });

  it('is not ready: it says why, and goes on when it is', async () => {
    const tenant = await newTenant();
    await tenant.createRole('org-editor', { permissions: ['p:nope'] });
    await tenant.untilRole('org-editor', 'False/PermissionNotFound');
    await bind(tenant, [{ id: 'user_ann' }]);
    const binding = await untilBinding(tenant, 'editors', 'False/RoleNotReady');
    const why = messageOf(await tenant.role('org-editor'));

    expect(messageOf(binding)).toBe(
      `Role "${tenant.namespace}/org-editor" isn't ready (PermissionNotFound: ${why}). The RoleBinding goes on by itself when it is.`,
    );
    expect(grantCalls(tenant)).toEqual([]);

    await tenant.patchRole('org-editor', { permissions: ['p:1'] });
    await untilBinding(tenant, 'editors', 'True/Available');
  });

  it('is of another namespace: it cannot be named, by no spelling', async () => {
    const [tenant, other] = [await newTenant(), await withRoles(['org-editor'])];
    await bind(tenant, [{ id: 'user_ann' }]);
    const binding = await untilBinding(tenant, 'editors', 'False/RoleNotReady');
    expect(messageOf(binding)).toContain(`Role "${tenant.namespace}/org-editor" doesn't exist.`);
    for (const name of [`${other.namespace}/org-editor`, `../${other.namespace}/org-editor`]) {
      expect(await refusal(bind(tenant, [{ id: 'user_ann' }], 'spelled', name))).toContain('spec.roleRef.name in body should match');
    }
    const roleRef = { name: 'org-editor', namespace: other.namespace };
    expect(await refusal(createStrictly(tenant, { roleRef, subjects: [] }))).toContain('unknown field "spec.roleRef.namespace"');
    const external = { slug: 'member', organization: 'org_1', providerRef: { name: `${other.namespace}/default` } };
    expect(await refusal(createStrictly(tenant, { roleRef: { external }, subjects: [] }))).toContain(
      'spec.roleRef.external.providerRef.name in body should match',
    );
    expect([...grantCalls(tenant), ...grantCalls(other)]).toEqual([]);
  });

  it('is at a provider that the namespace may not use: NamespaceNotAllowed, and it goes on once it may', async () => {
    const [tenant, owner] = [await newTenant(), await newTenant()];
    const name = `shared-${owner.namespace}`;
    clusterProviders.push(name);
    const settings = workos(owner, 'workos');
    await createClusterProvider(cluster.admin, name, {
      workos: { ...settings, apiKeySecretRef: { ...settings.apiKeySecretRef, namespace: owner.namespace } },
      allowedNamespaces: { names: ['somebody-else'] },
    });
    const providerRef = { kind: 'ClusterRoleProvider', name } as const;
    await tenant.createRole('org-editor', { permissions: ['p:1'], providerRef });
    await bind(tenant, [{ id: 'user_ann' }]);
    await tenant.createBinding('external', {
      roleRef: { external: { slug: 'member', organization: 'org_1', providerRef } },
      subjects: [{ id: 'user_bob' }],
    });
    for (const binding of ['editors', 'external']) {
      const refused = await untilBinding(tenant, binding, 'False/NamespaceNotAllowed');
      expect(messageOf(refused)).toBe(
        `ClusterRoleProvider "${name}" doesn't allow namespace "${tenant.namespace}". Ask its owner to add the namespace to spec.allowedNamespaces, or use another provider.`,
      );
      expect(stateOf(refused, 'Stalled')).toBe('True/NamespaceNotAllowed');
    }
    expect(grantCalls(owner)).toEqual([]);

    await cluster.admin.mergePatch(`${apiRoot}/clusterroleproviders/${name}`, {
      spec: { allowedNamespaces: { names: [tenant.namespace] } },
    });
    for (const binding of ['editors', 'external']) await untilBinding(tenant, binding, 'True/Available');
    expect([owner.holders('org-editor'), owner.holders('member')]).toEqual([['user_ann'], ['user_bob']]);
  });

  it.each([
    {
      reason: 'a role that the provider lacks',
      slug: 'org-nope',
      organization: 'org_1',
      state: 'False/SubjectsFailed',
      says: 'A subject could not be handled. User user_ann: WorkOS createOrganizationMembership, user user_ann of organization org_1: status 422: invalid_role: Role org-nope does not exist. Create the role at the provider, or correct spec.roleRef.',
    },
    {
      reason: 'an organization that the provider lacks',
      slug: 'member',
      organization: 'org_nowhere',
      state: 'False/OrganizationNotFound',
      says: 'WorkOS listOrganizationRoles, organization org_nowhere: status 404: Organization org_nowhere not found. Check the organization of spec.roleRef and that the credentials belong to the environment that has it.',
    },
  ])('is external, $reason: it says so and stops', async ({ slug, organization, state, says }) => {
    const tenant = await newTenant();
    await tenant.createBinding('external', {
      roleRef: { external: { slug, organization, providerRef: {} } },
      subjects: [{ id: 'user_ann' }],
    });
    const binding = await untilBinding(tenant, 'external', state);
    expect(messageOf(binding)).toBe(says);
    expect(binding.status?.subjects?.granted ?? 0).toBe(0);
  });
});

describe.concurrent('a suspended binding', () => {
  it('grants and revokes nothing until it is resumed', async () => {
    const tenant = await withRoles(['org-editor']);
    await tenant.createBinding('editors', { roleRef: { name: 'org-editor' }, subjects: [{ id: 'user_ann' }], suspend: true });
    const suspended = await untilBinding(tenant, 'editors', 'Unknown/Suspended');
    expect(messageOf(suspended)).toBe('spec.suspend is true: nothing is read or written. Set it to false to go on.');
    expect(grantCalls(tenant)).toEqual([]);

    await tenant.admin.mergePatch(tenant.path('orgrolebindings', 'editors'), { spec: { suspend: false } });
    await untilBinding(tenant, 'editors', 'True/Available');
    const made = grantCalls(tenant);
    expect(tenant.holders('org-editor')).toEqual(['user_ann']);

    await tenant.admin.mergePatch(tenant.path('orgrolebindings', 'editors'), { spec: { suspend: true, subjects: [{ id: 'user_bob' }] } });
    const kept = await untilBinding(tenant, 'editors', 'Unknown/Suspended');
    expect(messageOf(kept)).toBe('spec.suspend is true: nothing is read or written. Set it to false to go on.');
    expect(kept.status?.grants?.map(({ id }) => id)).toEqual(['user_ann']);
    expect(grantCalls(tenant)).toEqual(made);

    await tenant.admin.delete(tenant.path('orgrolebindings', 'editors'));
    await untilBindingGone(tenant, 'editors');
    expect(tenant.holders('org-editor')).toEqual([]);
  });
});

describe.concurrent('a binding that would take the role from others', () => {
  it('waits, grants meanwhile, and the shown command approves it', async () => {
    const tenant = await withRoles(['org-editor']);
    tenant.control.act('putMember', { organization: 'org_1', member: { user: 'user_bob', roles: ['org-editor'] } });
    const subjects = [{ id: 'user_ann' }];
    await tenant.createBinding('editors', { roleRef: { name: 'org-editor' }, subjects, managementMode: 'Authoritative' });
    const waiting = await untilBinding(tenant, 'editors', 'False/PlanPending');
    await eventually(() => expect([...tenant.holders('org-editor')].sort()).toEqual(['user_ann', 'user_bob']));
    expect(waiting.status?.plan).toMatchObject({ revoke: ['User user_bob'], revokeCount: 1 });
    await tenant.untilEvent('editors', 'PlanPending');
    const command = messageOf(waiting)?.split('approve exactly this plan: kubectl ')[1] ?? '';
    await cluster.kubectl(command.split(' '));
    await untilBinding(tenant, 'editors', 'True/Available');
    expect(tenant.holders('org-editor')).toEqual(['user_ann']);
  });
});

/** What the API server itself says, before any operator sees it. */
describe.concurrent('a binding that is refused at once', () => {
  const many = (count: number): readonly Subject[] => Array.from({ length: count }, (_, index) => ({ id: `user_${index}` }));
  const tooMany =
    'spec.subjects has more than 1000 entries. Split them over several RoleBindings with the same roleRef: what they grant is added up.';

  it.each([
    { reason: '5,000 subjects', subjects: many(5_000), says: tooMany },
    { reason: '1,001 subjects', subjects: many(1_001), says: tooMany },
    { reason: 'white space in an address', subjects: [{ email: 'an n@example.com' }], says: 'spec.subjects[0].email in body should match' },
  ])('$reason', async ({ subjects, says }) => {
    const tenant = await newTenant();
    expect(await refusal(bind(tenant, subjects))).toContain(says);
    expect(await tenant.bindings()).toEqual([]);
  });

  it('another roleRef than before', async () => {
    const tenant = await newTenant();
    await bind(tenant, []);
    const patch = tenant.admin.mergePatch(tenant.path('orgrolebindings', 'editors'), { spec: { roleRef: { name: 'org-viewer' } } });
    expect(await refusal(patch)).toContain('spec.roleRef is immutable: create a new RoleBinding for the other role and delete this one.');
  });

  it('another roleRef than before, once it has granted', async () => {
    const tenant = await withRoles(['org-editor', 'org-viewer']);
    await bind(tenant, [{ id: 'user_ann' }]);
    await untilBinding(tenant, 'editors', 'True/Available');
    const roleRef = { name: 'org-viewer' };
    expect(await refusal(tenant.admin.mergePatch(tenant.path('orgrolebindings', 'editors'), { spec: { roleRef } }))).toContain('immutable');
    await eventually(() => expect(tenant.holders('org-editor')).toEqual(['user_ann']));
  });
});
