import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { inRepository, run } from '../../tools/lib/index.ts';
import { sharedCluster, type TestCluster } from '../support/control-plane.ts';
import { canaryKey, conditionOf, eventually, isReady, pause, stateOf, Tenant, type TenantOptions } from '../support/e2e.ts';
import { type OperatorProcess, startTestOperator } from '../support/operator-process.ts';

let cluster: TestCluster;
let operator: OperatorProcess;
const tenants: Tenant[] = [];

beforeAll(async () => {
  cluster = await sharedCluster();
  await cluster.installCRDs();
  await cluster.installRBAC();
  operator = await startTestOperator(cluster, { flags: { 'lease-name': 'e2e-bad-input' } });
});

afterAll(async () => {
  await operator?.stop();
  await Promise.all(tenants.map((tenant) => tenant[Symbol.asyncDispose]()));
});

async function newTenant(options: TenantOptions = {}): Promise<Tenant> {
  const tenant = await Tenant.create(cluster, { prefix: 'bad', ...options });
  tenants.push(tenant);
  return tenant;
}

const permissions = ['p:1', 'p:2'];

/** Most of the time of these is waiting: they wait together. */
describe.concurrent('a Role that cannot work', () => {
  it('says which field is wrong and asks the provider nothing about it', async () => {
    const tenant = await newTenant();
    await tenant.untilProvider('True/Available');
    await tenant.createRole('editor', { permissions });
    const role = await tenant.untilRole('editor', 'False/InvalidSpec');

    expect(stateOf(role, 'Stalled')).toBe('True/InvalidSpec');
    expect(stateOf(role, 'Reconciling')).toMatch(/^False/);
    expect(conditionOf(role, 'Ready')?.message).toMatch(/spec\.slug.*org-/);
    const about = tenant.control.journal().filter(({ operationId }) => operationId !== 'listPermissions');
    expect(about).toEqual([]);
  });

  it('names every permission that the provider does not know and writes nothing', async () => {
    const tenant = await newTenant();
    await tenant.createRole('org-editor', { permissions: ['p:1', 'nope:b', 'nope:a'] });
    const role = await tenant.untilRole('org-editor', 'False/PermissionNotFound');

    expect(stateOf(role, 'Stalled')).toBe('True/PermissionNotFound');
    expect(conditionOf(role, 'Ready')?.message).toMatch(/nope:a.*nope:b/);
    expect(tenant.writes()).toEqual([]);

    tenant.control.act('putPermissions', { permissions: ['nope:a', 'nope:b'] });
    await tenant.untilRole('org-editor', 'True/Available');
    expect(tenant.remote('org-editor')?.permissions).toEqual(['nope:a', 'nope:b', 'p:1']);
  });

  it('says that the provider does not know the organization', async () => {
    const tenant = await newTenant();
    await tenant.createRole('org-editor', { permissions, organization: 'org_nowhere' });
    const role = await tenant.untilRole('org-editor', 'False/OrganizationNotFound');

    expect(stateOf(role, 'Stalled')).toBe('True/OrganizationNotFound');
    expect(conditionOf(role, 'Ready')?.message).toContain('org_nowhere');
    expect(tenant.writes()).toEqual([]);
  });

  it('says that there is no such provider, and goes on when there is', async () => {
    const tenant = await newTenant({ connected: false });
    await tenant.putSecret({ apiKey: canaryKey });
    await tenant.createRole('org-editor', { permissions });
    const role = await tenant.untilRole('org-editor', 'False/ProviderNotFound');
    expect(conditionOf(role, 'Ready')?.message).toContain(`RoleProvider "${tenant.namespace}/default"`);

    await tenant.createProvider();
    await tenant.untilRole('org-editor', 'True/Available');
  });
});

describe.concurrent('credentials', () => {
  it.each([
    {
      reason: 'a Secret that is missing',
      broken: undefined,
      state: 'False/SecretNotFound',
      says: (namespace: string) => [`${namespace}/workos`],
    },
    {
      reason: 'a key that the Secret lacks',
      broken: { other: 'x' },
      state: 'False/SecretKeyNotFound',
      says: (namespace: string) => [`${namespace}/workos`, '"apiKey"'],
    },
    {
      reason: 'a key that the provider refuses',
      broken: { apiKey: 'sk_wrong_4f1' },
      state: 'False/CredentialsInvalid',
      says: () => ['401', 'Secret'],
    },
  ])('$reason: says so, and goes on by itself once it is mended', async ({ broken, state, says }) => {
    const tenant = await newTenant({ connected: false });
    if (broken !== undefined) await tenant.putSecret(broken);
    await tenant.createProvider();
    await tenant.createRole('org-editor', { permissions });
    const provider = await tenant.untilProvider(state);
    for (const word of says(tenant.namespace)) expect(conditionOf(provider, 'Ready')?.message).toContain(word);
    const role = await tenant.untilRole('org-editor', 'False/ProviderNotReady');
    expect(stateOf(role, 'Reconciling')).toBe('True/ProviderNotReady');
    expect(stateOf(role, 'Stalled')).toMatch(/^False/);
    expect(tenant.writes()).toEqual([]);

    await tenant.putSecret({ apiKey: canaryKey });
    await tenant.untilRole('org-editor', 'True/Available');
    expect(stateOf(await tenant.provider())).toBe('True/Available');
    expect(JSON.stringify([await tenant.roles(), await tenant.provider(), await tenant.events()])).not.toContain('sk_wrong_4f1');
  });
});

describe.concurrent('a provider that', () => {
  it.each([
    { reason: 'answers 503', fault: { kind: 'status', status: 503 }, provider: {} },
    { reason: 'answers garbage', fault: { kind: 'garbage' }, provider: {} },
    { reason: 'answers with a page for people', fault: { kind: 'html' }, provider: {} },
    { reason: 'leaves out all fields', fault: { kind: 'wrongShape' }, provider: {} },
    { reason: 'cuts connections', fault: { kind: 'cut' }, provider: {} },
    { reason: 'never answers', fault: { kind: 'hang' }, provider: { timeout: '1s' } },
  ] as const)('$reason: what was last known stays, nothing is removed, and it recovers', async ({ fault, provider }) => {
    const tenant = await newTenant({ provider });
    await tenant.createRole('org-editor', { permissions });
    const before = await tenant.untilRole('org-editor', 'True/Available');
    await tenant.untilRole('org-editor', 'True/Synced', 'Synced');
    const writes = tenant.writes().length;
    tenant.control.inject({ ...fault, operationId: 'listOrganizationRoles', times: 0 });
    await tenant.annotateRole('org-editor', { 'rolekeeper.dev/reconcile-requested-at': 'now' });
    const role = await tenant.untilRole('org-editor', 'False/ProviderUnavailable', 'Synced');

    expect(stateOf(role, 'Reconciling')).toBe('True/ProviderUnavailable');
    expect(stateOf(role, 'Stalled')).toMatch(/^False/);
    expect(isReady(role)).toBe(true);
    expect(role.status).toMatchObject({ externalID: before.status?.externalID, permissions: { desired: 2, observed: 2 } });
    // A look at a Role whose organization can't be read must not end in a write, however often.
    await pause(3_000);
    expect(tenant.writes()).toHaveLength(writes);

    tenant.control.clearFaults();
    await tenant.untilRole('org-editor', 'True/Synced', 'Synced');
    await eventually(async () => expect((await tenant.role('org-editor')).status?.lastHandledReconcileAt).toBe('now'));
    expect(tenant.writes()).toHaveLength(writes);
  });

  it('is gone for good does not keep a Role from being deleted, and its role stays', async () => {
    const tenant = await newTenant();
    await tenant.createRole('org-editor', { permissions, deletionPolicy: 'Delete' });
    await tenant.untilRole('org-editor', 'True/Available');
    await tenant.admin.call('DELETE', `/api/v1/namespaces/${tenant.namespace}/secrets/workos`);
    await tenant.untilProvider('False/SecretNotFound');
    await tenant.deleteRole('org-editor');
    await tenant.untilGone('org-editor');

    const event = await tenant.untilEvent('org-editor', 'RetainedExternalRole');
    expect(event.note).toContain('org-editor');
    expect(tenant.remote('org-editor')?.permissions).toEqual(permissions);
  });

  it('was force-deleted does not keep a Role from being deleted either', async () => {
    const tenant = await newTenant();
    await tenant.createRole('org-editor', { permissions, deletionPolicy: 'Delete' });
    await tenant.untilRole('org-editor', 'True/Available');
    await eventually(async () => expect((await tenant.provider()).metadata.finalizers ?? []).not.toEqual([]));
    await tenant.admin.delete(tenant.path('roleproviders', 'default'));
    // Somebody in a hurry takes the finalizer away by hand.
    await tenant.admin.mergePatch(tenant.path('roleproviders', 'default'), { metadata: { finalizers: [] } });
    await tenant.untilRole('org-editor', 'False/ProviderNotFound');
    await tenant.deleteRole('org-editor');
    await tenant.untilGone('org-editor');

    expect((await tenant.untilEvent('org-editor', 'RetainedExternalRole')).note).toContain('stays at the provider');
    expect(tenant.remote('org-editor')?.permissions).toEqual(permissions);
  });
});

describe.concurrent('the command line', () => {
  const node = inRepository('node_modules', '.bin', 'node');
  const rolekeeper = (...args: readonly string[]) =>
    run(node, [inRepository('src', 'main.ts'), ...args], { env: { PATH: process.env.PATH ?? '' } });
  const addresses = ['--metrics-address=127.0.0.1:0', '--health-address=127.0.0.1:0', '--log-format=json'];

  it.each([
    { reason: 'a kubeconfig that does not exist', content: undefined },
    { reason: 'a kubeconfig that is no YAML', content: '{{{' },
    {
      reason: 'a kubeconfig without a cluster',
      content: 'apiVersion: v1\nkind: Config\nclusters: []\nusers: []\ncontexts: []\ncurrent-context: x\n',
    },
  ])('ends with 1 and one line that names the file for $reason', async ({ content }) => {
    const file = join(await mkdtemp(join(inject('scratch'), 'kubeconfig-')), 'bad.kubeconfig');
    if (content !== undefined) await writeFile(file, content);
    const { code, stdout, stderr } = await rolekeeper('operator', `--kubeconfig=${file}`, ...addresses);
    const lines = `${stdout}${stderr}`.trim().split('\n');

    expect(code).toBe(1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(file);
  });

  it('ends with an error that names an unknown flag and the one that was meant', async () => {
    const { code, stderr } = await rolekeeper('operator', '--lease-durration', '5s');
    expect(code).not.toBe(0);
    expect(stderr).toContain('--lease-durration');
    expect(stderr).toMatch(/--lease-duration\b/);
  });
});
