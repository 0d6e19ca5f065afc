import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { sharedCluster, type TestCluster } from '../support/control-plane.ts';
import { apiRoot, canaryKey, conditionOf, createClusterProvider, eventually, stateOf, Tenant, type TenantOptions } from '../support/e2e.ts';
import { type OperatorProcess, startTestOperator } from '../support/operator-process.ts';

let cluster: TestCluster;
let operator: OperatorProcess;
const tenants: Tenant[] = [];
const clusterProviders: string[] = [];

beforeAll(async () => {
  cluster = await sharedCluster();
  await cluster.installCRDs();
  await cluster.installRBAC();
  operator = await startTestOperator(cluster, { flags: { 'lease-name': 'e2e-role', 'log-level': 'debug' } });
});

afterAll(async () => {
  await operator?.stop();
  await Promise.all(tenants.map((tenant) => tenant[Symbol.asyncDispose]()));
  for (const name of clusterProviders) {
    await cluster.admin.mergePatch(`${apiRoot}/clusterroleproviders/${name}`, { metadata: { finalizers: [] } });
    await cluster.admin.delete(`${apiRoot}/clusterroleproviders/${name}`);
  }
});

async function newTenant(options: TenantOptions = {}): Promise<Tenant> {
  const tenant = await Tenant.create(cluster, { prefix: 'role', ...options });
  tenants.push(tenant);
  return tenant;
}

const permissions = ['p:1', 'p:2'];

/** Nobody would wait for drift to be looked for: this asks for it. */
async function look(tenant: Tenant, name: string, token: string): Promise<void> {
  await tenant.annotateRole(name, { 'rolekeeper.dev/reconcile-requested-at': token });
  await eventually(async () => expect((await tenant.role(name)).status?.lastHandledReconcileAt).toBe(token));
}

/** Most of the time of these is waiting: they wait together. */
describe.concurrent('a Role', () => {
  it('is applied with kubectl, waited for, shown and changed', async () => {
    const tenant = await newTenant();
    const manifest = (list: readonly string[]) =>
      stringify({
        apiVersion: 'rolekeeper.dev/v1alpha1',
        kind: 'Role',
        metadata: { name: 'org-editor', namespace: tenant.namespace },
        spec: { organization: 'org_1', displayName: 'Editor', permissions: list },
      });
    const wait = () => cluster.kubectl(['wait', '--for=condition=Ready', '--timeout=120s', '-n', tenant.namespace, 'orgrole/org-editor']);
    await cluster.kubectl(['apply', '-f', '-'], { input: manifest(permissions) });
    expect(await wait()).toContain('condition met');
    expect(tenant.remote('org-editor')).toMatchObject({ name: 'Editor', permissions });
    expect(await cluster.kubectl(['get', 'orgroles', '-n', tenant.namespace])).toMatch(/org-editor\s+org_1\s+True\s+Available\s+2/);
    expect((await tenant.untilEvent('org-editor', 'CreatedExternalRole')).note).toContain('2 permissions');
    const { status } = await tenant.role('org-editor');
    expect(status).toMatchObject({ ownership: 'Created', externalID: tenant.remote('org-editor')?.id, observedGeneration: 1 });
    expect(status?.pendingCreate).toBeUndefined();

    await cluster.kubectl(['apply', '-f', '-'], { input: manifest(['p:2', 'p:3']) });
    await tenant.untilReady(1);
    expect(tenant.remote('org-editor')?.permissions).toEqual(['p:2', 'p:3']);
    expect((await tenant.untilEvent('org-editor', 'UpdatedExternalRole')).note).toMatch(/\+1 −1 permissions \(\+p:3, −p:1\)/);
    expect((await tenant.role('org-editor')).status?.lastChange).toMatchObject({ added: ['p:3'], removed: ['p:1'] });
    // One create, its set, and one replacement in one call.
    expect(tenant.writes().map(({ operationId }) => operationId)).toEqual([
      'createOrganizationRole',
      'setOrganizationRolePermissions',
      'setOrganizationRolePermissions',
    ]);
  });

  it('that somebody changed at the provider is corrected on the interval, and says so', async () => {
    const tenant = await newTenant();
    await tenant.createRole('org-editor', { permissions });
    await tenant.untilReady(1);
    tenant.tamper('org-editor', ['p:1', 'p:9']);
    const role = await eventually(async () => {
      const now = await tenant.role('org-editor');
      expect(now.status?.drift?.timesReverted).toBe(1);
      return now;
    });

    expect(tenant.remote('org-editor')?.permissions).toEqual(permissions);
    expect(stateOf(role)).toBe('True/Available');
    expect(stateOf(role, 'Drifted')).toBe('False/NoDrift');
    expect((await tenant.untilEvent('org-editor', 'DriftDetected')).note).toMatch(/\+p:2, −p:9/);
    expect((await tenant.untilEvent('org-editor', 'DriftCorrected')).note).toMatch(/\+p:2, −p:9/);
  });

  it('that somebody deleted at the provider is created again', async () => {
    const tenant = await newTenant();
    await tenant.createRole('org-editor', { permissions });
    await tenant.untilReady(1);
    tenant.control.act('deleteRole', { organization: 'org_1', slug: 'org-editor' });
    await eventually(() => expect(tenant.remote('org-editor')?.permissions).toEqual(permissions));
    await eventually(async () => expect((await tenant.role('org-editor')).status?.externalID).toBe(tenant.remote('org-editor')?.id));
  });

  it('in mode Additive adds and never removes', async () => {
    const tenant = await newTenant();
    await tenant.createRole('org-editor', { permissions, managementMode: 'Additive' });
    await tenant.untilReady(1);
    tenant.tamper('org-editor', ['p:1', 'p:9']);
    await look(tenant, 'org-editor', 'a');
    await eventually(() => expect(tenant.remote('org-editor')?.permissions).toEqual(['p:1', 'p:2', 'p:9']));
  });

  it('in mode Observe shows the difference and writes nothing', async () => {
    const tenant = await newTenant();
    tenant.tamper('org-editor', ['p:1', 'p:9']);
    await tenant.createRole('org-editor', { permissions, managementMode: 'Observe' });
    const role = await tenant.untilRole('org-editor', 'False/DriftFound');
    expect(role.status?.plan).toMatchObject({ add: ['p:2'], remove: ['p:9'], addCount: 1, removeCount: 1 });
    await tenant.deleteRole('org-editor');
    await tenant.untilGone('org-editor');
    expect(tenant.writes()).toEqual([]);
  });

  it('that is suspended is left alone, and taken up again', async () => {
    const tenant = await newTenant();
    await tenant.createRole('org-editor', { permissions });
    await tenant.untilReady(1);
    await tenant.patchRole('org-editor', { suspend: true });
    await tenant.untilRole('org-editor', 'Unknown/Suspended', 'Synced');
    const writes = tenant.writes().length;
    await tenant.patchRole('org-editor', { permissions: ['p:3'] });
    await tenant.untilRole('org-editor', 'Unknown/Suspended', 'Synced');
    expect(tenant.writes()).toHaveLength(writes);

    await tenant.patchRole('org-editor', { suspend: false });
    await tenant.untilRole('org-editor', 'True/Available');
    expect(tenant.remote('org-editor')?.permissions).toEqual(['p:3']);
  });

  it.each([
    { policy: 'Never', there: permissions, state: 'False/AdoptionRefused', after: permissions, writes: 0 },
    { policy: 'IfIdentical', there: permissions, state: 'True/Available', after: permissions, writes: 0 },
    { policy: 'IfIdentical', there: ['p:9'], state: 'False/AdoptionRefused', after: ['p:9'], writes: 0 },
    { policy: 'Always', there: permissions.slice(0, 1), state: 'True/Available', after: permissions, writes: 1 },
    { policy: 'Always', there: ['p:9'], state: 'False/PlanPending', after: ['p:9'], writes: 0 },
  ] as const)('with adoptionPolicy $policy meets a role that has $there: $state', async ({ policy, there, state, after, writes }) => {
    const tenant = await newTenant();
    tenant.tamper('org-editor', there);
    await tenant.createRole('org-editor', { permissions, adoptionPolicy: policy });
    const role = await tenant.untilRole('org-editor', state);
    expect(tenant.remote('org-editor')?.permissions).toEqual(after);
    expect(tenant.writes()).toHaveLength(writes);
    expect(role.status?.ownership).toBe(state === 'True/Available' ? 'Adopted' : undefined);
  });

  it('with deletionPolicy Delete waits for the last holder, with their number, and then goes', async () => {
    const tenant = await newTenant();
    await tenant.createRole('org-editor', { permissions, deletionPolicy: 'Delete' });
    await tenant.untilReady(1);
    const holders = ['user_a', 'user_b', 'user_c'];
    for (const user of holders) tenant.control.act('putMember', { organization: 'org_1', member: { user, roles: ['org-editor'] } });
    await tenant.deleteRole('org-editor');
    const role = await tenant.untilRole('org-editor', 'False/RoleInUse');
    expect(conditionOf(role, 'Ready')?.message).toContain('3 members hold it');
    expect(tenant.remote('org-editor')?.permissions).toEqual(permissions);
    await tenant.untilEvent('org-editor', 'CannotDeleteExternalRole');

    for (const user of holders) tenant.control.act('deleteMember', { organization: 'org_1', user });
    await tenant.untilGone('org-editor');
    expect(tenant.remote('org-editor')).toBeUndefined();
    await tenant.untilEvent('org-editor', 'DeletedExternalRole');
  });

  it('with deletionPolicy Retain goes at once and leaves the role', async () => {
    const tenant = await newTenant();
    const created = await tenant.createRole('org-editor', { permissions });
    await tenant.untilReady(1);
    expect((await tenant.role(created.metadata.name)).metadata.finalizers ?? []).toEqual([]);
    await tenant.deleteRole('org-editor');
    await tenant.untilGone('org-editor');
    await tenant.untilEvent('org-editor', 'RetainedExternalRole');
    expect(tenant.remote('org-editor')?.permissions).toEqual(permissions);
  });

  it('that claims the same role as an older one writes nothing until that one is gone', async () => {
    const tenant = await newTenant();
    await tenant.createRole('org-editor', { permissions });
    await tenant.untilReady(1);
    // Ages are compared in whole seconds, as Kubernetes keeps them, and then by name.
    await tenant.createRole('second', { permissions: ['p:9'], slug: 'org-editor', adoptionPolicy: 'Always' });
    const role = await tenant.untilRole('second', 'False/ManagementConflict');
    expect(conditionOf(role, 'Ready')?.message).toContain(`${tenant.namespace}/org-editor`);
    await tenant.untilEvent('second', 'ManagementConflict');
    expect(tenant.remote('org-editor')?.permissions).toEqual(permissions);
    expect(tenant.writes()).toHaveLength(2);

    await tenant.deleteRole('org-editor');
    // What the other one gave goes when somebody has said so, by the command that the message shows.
    const waiting = await tenant.untilRole('second', 'False/PlanPending');
    const command = /kubectl (annotate orgrole second .*)$/.exec(conditionOf(waiting, 'Ready')?.message ?? '')?.[1] ?? '';
    await tenant.untilEvent('second', 'PlanPending');
    await cluster.kubectl(command.split(' '));
    await tenant.untilRole('second', 'True/Available');
    expect(tenant.remote('org-editor')?.permissions).toEqual(['p:9']);
  });

  it('acknowledges that it was looked at on request', async () => {
    const tenant = await newTenant({ provider: { interval: '10m' } });
    await tenant.createRole('org-editor', { permissions });
    await tenant.untilReady(1);
    tenant.tamper('org-editor', ['p:9']);
    await look(tenant, 'org-editor', '2026-01-01T00:00:00Z');
    expect(tenant.remote('org-editor')?.permissions).toEqual(permissions);
  });
});

describe.concurrent('a provider', () => {
  it('of the cluster serves nobody by default, and then those whom it names or whose labels it wants', async () => {
    const tenant = await newTenant({ connected: false });
    await tenant.putSecret({ apiKey: canaryKey });
    const name = `shared-${tenant.namespace}`;
    const workos = {
      baseURL: tenant.emulator.url,
      allowInsecureHTTP: true,
      apiKeySecretRef: { namespace: tenant.namespace, name: 'workos', key: 'apiKey' },
    };
    await createClusterProvider(cluster.admin, name, { workos, interval: '10s' });
    clusterProviders.push(name);
    await tenant.createRole('org-editor', { permissions, providerRef: { kind: 'ClusterRoleProvider', name } });
    const role = await tenant.untilRole('org-editor', 'False/NamespaceNotAllowed');
    expect(stateOf(role, 'Stalled')).toBe('True/NamespaceNotAllowed');
    expect(tenant.writes()).toEqual([]);

    const path = `${apiRoot}/clusterroleproviders/${name}`;
    await cluster.admin.mergePatch(path, { spec: { allowedNamespaces: { names: [tenant.namespace] } } });
    await tenant.untilRole('org-editor', 'True/Available');
    await cluster.admin.mergePatch(path, { spec: { allowedNamespaces: { names: null, selector: { matchLabels: { team: 'blue' } } } } });
    await tenant.untilRole('org-editor', 'False/NamespaceNotAllowed');
    await cluster.admin.mergePatch(`/api/v1/namespaces/${tenant.namespace}`, { metadata: { labels: { team: 'blue' } } });
    await tenant.untilRole('org-editor', 'True/Available');
  });

  it('takes up a new key without a restart', async () => {
    const tenant = await newTenant();
    await tenant.createRole('org-editor', { permissions });
    await tenant.untilReady(1);
    tenant.control.act('setAPIKey', { apiKey: 'sk_second_9c2b' });
    await tenant.putSecret({ apiKey: 'sk_second_9c2b' });
    await tenant.patchRole('org-editor', { permissions: ['p:3'] });
    await tenant.untilRole('org-editor', 'True/Available');
    expect(tenant.remote('org-editor')?.permissions).toEqual(['p:3']);
    await tenant.untilProvider('True/Available');
  });

  it('that is in use is not deleted, names who uses it, and goes with the last of them', async () => {
    const tenant = await newTenant();
    await tenant.createRole('org-editor', { permissions });
    await tenant.untilReady(1);
    await eventually(async () => expect((await tenant.provider()).metadata.finalizers ?? []).not.toEqual([]));
    await tenant.admin.delete(tenant.path('roleproviders', 'default'));
    const provider = await eventually(async () => {
      const now = await tenant.provider();
      expect(stateOf(now, 'InUse')).toBe('True/InUse');
      return now;
    });
    expect(conditionOf(provider, 'InUse')?.message).toContain(`${tenant.namespace}/org-editor`);
    await tenant.untilEvent('default', 'DeletionBlocked');
    // It still works.
    await tenant.patchRole('org-editor', { permissions: ['p:3'] });
    await tenant.untilReady(1);

    await tenant.deleteRole('org-editor');
    await eventually(async () => expect(await tenant.admin.find(tenant.path('roleproviders', 'default'))).toBeUndefined());
  });
});

describe('after all of this', () => {
  it('no key is found in the log (at level debug), Events, status or metrics', async () => {
    const seen = [JSON.stringify(await operator.logLines()), JSON.stringify(await operator.metrics())];
    for (const tenant of tenants) {
      const providers = await tenant.admin.get(tenant.path('roleproviders'));
      seen.push(JSON.stringify([await tenant.roles(), providers, await tenant.events()]));
    }
    const text = seen.join('\n');
    expect(text.length).toBeGreaterThan(10_000);
    for (const key of [canaryKey, 'sk_second_9c2b']) {
      expect(text).not.toContain(key);
      expect(text).not.toContain(Buffer.from(key).toString('base64'));
    }
    expect((await operator.logLines()).filter(({ level }) => level === 'raw' || level === 'fatal')).toEqual([]);
  });
});
