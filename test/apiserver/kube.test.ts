import { randomBytes } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type KubeObject, names, type Role } from '../../src/api/index.ts';
import { ObjectStore, Reflector, type ReflectorState, type StoreChange } from '../../src/cache/index.ts';
import {
  createKubeApi,
  EventRecorder,
  type KubeApi,
  KubeConnection,
  KubeError,
  type KubeEvent,
  LeaderElector,
  type Lease,
  loadKubeConnection,
  microTime,
  type RequestReport,
  type ResourceType,
  resources,
} from '../../src/kube/index.ts';
import { type Clock, systemClock, systemRandom } from '../../src/lib/index.ts';
import { type ControlPlane, ensureBinaries } from '../../tools/controlplane/index.ts';
import { sharedCluster, startControlPlane, type TestCluster, testCluster, waitFor } from '../support/control-plane.ts';

const forever = new AbortController().signal;
let cluster: TestCluster;
let api: KubeApi;
let namespace: string;

beforeAll(async () => {
  cluster = await sharedCluster();
  await cluster.installCRDs();
  namespace = await cluster.createNamespace('kube');
  const connection = await loadKubeConnection({ kubeconfig: cluster.kubeconfig });
  api = createKubeApi(connection, { clock: systemClock });
});

afterAll(() => api?.close());

function roleObject(name: string, more: Partial<Role['spec']> = {}, metadata: object = {}): Role {
  return {
    apiVersion: 'rolekeeper.dev/v1alpha1',
    kind: 'Role',
    metadata: { namespace, name, ...metadata },
    spec: { providerRef: {}, organization: 'org_1', permissions: ['a:read'], ...more },
  };
}

async function failureOf(call: Promise<unknown>): Promise<KubeError> {
  const failure = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(failure instanceof KubeError)) throw new Error('Expected a KubeError', { cause: failure });
  return failure;
}

function identityOf(object: KubeObject): { namespace: string; name: string; uid: string } {
  return { namespace, name: object.metadata.name, uid: object.metadata.uid ?? '' };
}

/** A status as the operator writes it. */
function statusOf(message: string, more: object = {}): object {
  const condition = { type: 'Ready', status: 'True', reason: 'Available', message, lastTransitionTime: '2030-01-01T00:00:00Z' };
  return { observedGeneration: 1, conditions: [condition], ...more };
}

describe('calls', () => {
  test('the server tells its version, over TLS that is verified', async () => {
    expect(await api.serverVersion(forever)).toMatch(/^v1\.\d+/);
  });

  test('an object is created, read, updated, patched and deleted', async () => {
    const created = await api.create(resources.roles, roleObject('life'), forever);
    expect(created.metadata.uid).toBeTruthy();
    expect(created.spec.managementMode).toBe('Enforce');
    const name = { namespace, name: 'life' };
    expect(await api.get<Role>(resources.roles, name, forever)).toMatchObject({ metadata: { uid: created.metadata.uid } });
    const updated = await api.update<Role>(resources.roles, { ...created, spec: { ...created.spec, permissions: ['b:read'] } }, forever);
    expect(updated.spec.permissions).toEqual(['b:read']);
    expect((await failureOf(api.update(resources.roles, created, forever))).kind).toBe('conflict');
    const finalizers = [names.externalRoleFinalizer];
    const metadata = { finalizers, resourceVersion: updated.metadata.resourceVersion };
    const patched = await api.mergePatch<Role>(resources.roles, name, { metadata }, {}, forever);
    expect(patched.metadata.finalizers).toEqual(finalizers);
    expect((await failureOf(api.mergePatch(resources.roles, name, { metadata }, {}, forever))).kind).toBe('conflict');
    expect((await failureOf(api.delete(resources.roles, name, { uid: 'another' }, forever))).kind).toBe('conflict');
    await api.delete(resources.roles, name, { uid: created.metadata.uid ?? '' }, forever);
    expect((await api.get<Role>(resources.roles, name, forever)).metadata.deletionTimestamp).toBeTruthy();
    await api.mergePatch(resources.roles, name, { metadata: { finalizers: null } }, {}, forever);
    expect(await failureOf(api.get(resources.roles, name, forever))).toMatchObject({ kind: 'notFound', missingKind: false });
    expect(await failureOf(api.delete(resources.roles, name, {}, forever))).toMatchObject({ kind: 'notFound', missingKind: false });
  });

  test('what goes wrong is told by kind', async () => {
    const role = roleObject('taken');
    await api.create(resources.roles, role, forever);
    expect((await failureOf(api.create(resources.roles, role, forever))).kind).toBe('alreadyExists');
    const empty = await failureOf(api.create(resources.roles, roleObject('bad', { permissions: [] }), forever));
    expect(empty.kind).toBe('invalid');
    expect(empty.message).toContain('allowEmpty');
    const nowhere = roleObject('x', {}, { namespace: 'kube-no-such-namespace' });
    expect(await failureOf(api.create(resources.roles, nowhere, forever))).toMatchObject({ kind: 'notFound', missingKind: false });
    expect((await failureOf(api.list(resources.roles, { continue: 'nonsense' }, forever))).kind).toBe('invalid');
  });

  test('a field that the schema does not know is refused, not dropped', async () => {
    const typo = roleObject('typo', { permisions: ['a'] } as object);
    expect((await failureOf(api.create(resources.roles, typo, forever))).message).toContain('permisions');
  });

  test.each<{ reason: string; resource: ResourceType }>([
    { reason: 'a group that nobody serves', resource: { ...resources.roles, group: 'nobody.example' } },
    { reason: 'a kind that its group does not have', resource: { ...resources.roles, plural: 'orgrules' } },
    { reason: 'a version that its group does not have', resource: { ...resources.roles, version: 'v9' } },
    { reason: 'a kind that a built-in group does not have', resource: { ...resources.leases, plural: 'leeses' } },
  ])('$reason is a missing kind', async ({ resource }) => {
    const missing = { kind: 'notFound', missingKind: true };
    const name = { namespace, name: 'x' };
    const watch = api.watch(resource, { resourceVersion: '1', timeoutSeconds: 5, silenceMs: 5_000 }, forever);
    expect(await failureOf(api.list(resource, {}, forever))).toMatchObject(missing);
    expect(await failureOf(watch[Symbol.asyncIterator]().next() as Promise<unknown>)).toMatchObject(missing);
    expect(await failureOf(api.get(resource, name, forever))).toMatchObject(missing);
    expect(await failureOf(api.mergePatch(resource, name, {}, {}, forever))).toMatchObject(missing);
  });

  test('objects of a list of a built-in kind have their kind', async () => {
    const { items } = await api.list(resources.namespaces, { fieldSelector: `metadata.name=${namespace}` }, forever);
    expect(items).toMatchObject([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }]);
  });

  test('a hundred calls one after another need two TLS connections at most', async () => {
    const own = createKubeApi(await loadKubeConnection({ kubeconfig: cluster.kubeconfig }), { clock: systemClock });
    onTestFinished(() => own.close());
    let connections = 0;
    const count = (): void => {
      connections++;
    };
    subscribe('undici:client:connected', count);
    onTestFinished(() => void unsubscribe('undici:client:connected', count));
    for (let call = 0; call < 100; call++) await own.get(resources.namespaces, { name: namespace }, forever);
    expect(connections).toBeGreaterThan(0);
    expect(connections).toBeLessThanOrEqual(2);
  });
});

test('a patch that names a uid spares a successor', async () => {
  await api.create(resources.roles, roleObject('successor'), forever);
  const patch = { metadata: { uid: '00000000-0000-0000-0000-000000000000', finalizers: [names.externalRoleFinalizer] } };
  expect((await failureOf(api.mergePatch(resources.roles, { namespace, name: 'successor' }, patch, {}, forever))).kind).toBe('conflict');
});

describe('status by server-side apply', () => {
  test('replaces what is ours as a whole, and touches nothing else', async () => {
    const role = await api.create(resources.roles, roleObject('status'), forever);
    expect(role.status?.observedGeneration).toBe(-1);
    const first = await api.applyStatus<Role>(resources.roles, identityOf(role), statusOf('one', { externalID: 'r_1' }), forever);
    expect(first.status).toMatchObject({ externalID: 'r_1', conditions: [{ message: 'one' }] });
    const second = await api.applyStatus<Role>(resources.roles, identityOf(role), statusOf('two'), forever);
    expect(second.status).not.toHaveProperty('externalID');
    expect(second.spec).toEqual(role.spec);
    expect(second.metadata.generation).toBe(role.metadata.generation);
    const again = await api.applyStatus<Role>(resources.roles, identityOf(role), statusOf('two'), forever);
    expect(again.metadata.resourceVersion).toBe(second.metadata.resourceVersion);
  });

  test('takes fields over from whoever wrote them before', async () => {
    const role = await api.create(resources.roles, roleObject('taken-over'), forever);
    const patch = JSON.stringify({ status: statusOf('by hand') });
    await cluster.kubectl(['patch', 'orgrole', 'taken-over', '-n', namespace, '--subresource=status', '--type=merge', '-p', patch]);
    const applied = await api.applyStatus<Role>(resources.roles, identityOf(role), statusOf('ours'), forever);
    expect(applied.status?.conditions).toMatchObject([{ type: 'Ready', message: 'ours' }]);
  });

  test('is refused for a successor, for an old version if one is named, for a typo, and never creates', async () => {
    const role = await api.create(resources.roles, roleObject('guarded'), forever);
    const identity = identityOf(role);
    const apply = (who: object, status = statusOf('x')): Promise<unknown> =>
      api.applyStatus(resources.roles, { ...identity, ...who }, status, forever);
    expect((await failureOf(apply({ uid: '00000000-0000-0000-0000-000000000000' }))).kind).toBe('conflict');
    expect((await api.get<Role>(resources.roles, identity, forever)).status?.observedGeneration).toBe(-1);
    await apply({ resourceVersion: role.metadata.resourceVersion });
    expect((await failureOf(apply({ resourceVersion: role.metadata.resourceVersion }, statusOf('y')))).kind).toBe('conflict');
    const typo = await failureOf(apply({}, statusOf('x', { externalId: 'typo' })));
    expect(typo).toMatchObject({ kind: 'invalid' });
    expect(typo.message).toContain('externalId');
    expect(await failureOf(apply({ name: 'nobody' }))).toMatchObject({ kind: 'notFound', missingKind: false });
    await failureOf(api.get(resources.roles, { namespace, name: 'nobody' }, forever));
  });
});

describe('a reflector', () => {
  interface Reflection {
    readonly store: ObjectStore<Role>;
    readonly changes: StoreChange<Role>[];
    readonly space: string;
  }

  async function reflect(space: string): Promise<Reflection> {
    const store = new ObjectStore<Role>({ indexes: { organization: (role) => [role.spec.organization] } });
    const changes: StoreChange<Role>[] = [];
    store.onChange((change) => changes.push(change));
    const stop = new AbortController();
    const reflector = new Reflector({ api, resource: resources.roles, store, clock: systemClock, random: systemRandom, namespace: space });
    const running = reflector.run(stop.signal);
    onTestFinished(async () => {
      stop.abort();
      await running;
    });
    await store.synced(AbortSignal.timeout(60_000));
    return { store, changes, space };
  }

  test('lists page by page and follows what happens', async () => {
    const space = await cluster.createNamespace('kube-reflect');
    const create = (name: string): Promise<Role> => api.create(resources.roles, roleObject(name, {}, { namespace: space }), forever);
    for (let index = 0; index < 5; index++) await create(`r${index}`);
    let token: string | undefined;
    const listed: string[] = [];
    do {
      const options = { namespace: space, limit: 2, ...(token === undefined ? {} : { continue: token }) };
      const page = await api.list<Role>(resources.roles, options, forever);
      listed.push(...page.items.map((item) => item.metadata.name));
      token = page.continue;
    } while (token !== undefined);
    expect(listed).toEqual(['r0', 'r1', 'r2', 'r3', 'r4']);

    const { store, changes } = await reflect(space);
    expect([...store.values()].map((role) => role.metadata.name).sort()).toEqual(listed);
    expect(store.byIndex('organization', 'org_1')).toHaveLength(5);
    expect(store.get(`${space}/r0`)?.metadata).not.toHaveProperty('managedFields');
    const r0 = { namespace: space, name: 'r0' };
    await api.mergePatch(resources.roles, r0, { spec: { permissions: ['z:read'] } }, {}, forever);
    await waitFor('the change to arrive', () => store.get(`${space}/r0`)?.spec.permissions[0] === 'z:read');
    await api.delete(resources.roles, r0, {}, forever);
    await create('r0');
    await waitFor('the successor to arrive', () => changes.at(-1)?.type === 'added' && store.get(`${space}/r0`) !== undefined);
    expect(changes.slice(5).map(({ type, key }) => `${type} ${key}`)).toEqual([
      `updated ${space}/r0`,
      `deleted ${space}/r0`,
      `added ${space}/r0`,
    ]);
  });

  test('holds an own write at once, and is not told of it a second time', async () => {
    const space = await cluster.createNamespace('kube-own');
    const role = await api.create(resources.roles, roleObject('own', {}, { namespace: space }), forever);
    const { store, changes } = await reflect(space);
    const identity = { namespace: space, name: 'own', uid: role.metadata.uid ?? '' };
    const written = await api.applyStatus<Role>(resources.roles, identity, statusOf('written'), forever);
    store.observeOwnWrite(written);
    expect(store.get(`${space}/own`)?.status?.conditions?.[0]?.message).toBe('written');
    await api.mergePatch(resources.roles, identity, { metadata: { labels: { later: 'yes' } } }, {}, forever);
    await waitFor('the later change to arrive', () => store.get(`${space}/own`)?.metadata.labels?.later === 'yes');
    expect(changes.map(({ type }) => type)).toEqual(['added', 'updated', 'updated']);
  });

  test('a watch from a version ends by itself after its time', async () => {
    const { resourceVersion } = await api.list(resources.roles, { namespace }, forever);
    const watched: string[] = [];
    const options = { namespace, resourceVersion, timeoutSeconds: 1, silenceMs: 60_000 };
    for await (const event of api.watch(resources.roles, options, forever)) watched.push(event.type);
    expect(watched.every((type) => type === 'BOOKMARK')).toBe(true);
  });

  test('a version from before the kind was there is gone', async () => {
    const options = { namespace, resourceVersion: '1', timeoutSeconds: 5, silenceMs: 60_000 };
    const first = api.watch(resources.roles, options, forever)[Symbol.asyncIterator]().next();
    expect(await failureOf(first)).toMatchObject({ kind: 'gone', status: 410 });
  });
});

describe('a reflector whose API server comes and goes', () => {
  let controlPlane: ControlPlane;
  let own: TestCluster;

  beforeAll(async () => {
    controlPlane = await startControlPlane({ binaries: await ensureBinaries() });
    own = await testCluster(controlPlane.kubeconfig);
    await own.installCRDs();
  });

  afterAll(() => controlPlane?.stop());

  test('goes on where it was after a crash, and notices a CRD that goes and comes', async () => {
    const reports: RequestReport[] = [];
    const states: string[] = [];
    const connection = await loadKubeConnection({ kubeconfig: own.kubeconfig });
    const hurried: Clock = { ...systemClock, schedule: (delayMs, callback) => systemClock.schedule(delayMs / 20, callback) };
    const reflected = createKubeApi(connection, { clock: systemClock, onRequest: (report) => reports.push(report) });
    const writer = createKubeApi(connection, { clock: systemClock });
    const store = new ObjectStore<Role>();
    const stop = new AbortController();
    const onState = (state: ReflectorState): void => void states.push(state.kind);
    const reflector = new Reflector({ api: reflected, resource: resources.roles, store, clock: hurried, random: systemRandom, onState });
    const running = reflector.run(stop.signal);
    onTestFinished(async () => {
      stop.abort();
      await running;
      await Promise.all([reflected.close(), writer.close()]);
    });
    await store.synced(AbortSignal.timeout(60_000));
    const create = (name: string): Promise<Role> => writer.create(resources.roles, roleObject(name, {}, { namespace: 'default' }), forever);

    await create('before');
    await waitFor('the first role', () => store.size === 1);
    await controlPlane.killApiServer();
    await waitFor('the reflector to notice', () => states.at(-1) === 'failing');
    expect([store.size, store.hasSynced]).toEqual([1, true]);
    await controlPlane.startApiServer();
    await waitFor('the server to take writes', () => create('after'));
    await waitFor('the second role', () => store.size === 2);

    const crd = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/orgroles.rolekeeper.dev';
    await own.admin.delete(crd);
    await waitFor('the store to be unsynced', () => !store.hasSynced);
    expect(store.size).toBe(0);
    await waitFor('the CRD to be gone', async () => (await own.admin.find(crd)) === undefined);
    await own.installCRDs();
    await waitFor('the store to be synced again', () => store.hasSynced);
    await create('again');
    await waitFor('the third role', () => store.get('default/again') !== undefined);
    expect(reports.some(({ code }) => code === 404)).toBe(true);
  });
});

describe('leader election', () => {
  test('leads, hands over, and the Lease reads as people expect', async () => {
    const lease = { namespace, name: `lease-${randomBytes(3).toString('hex')}` };
    const timing = { leaseDurationMs: 3_000, renewDeadlineMs: 2_000, retryPeriodMs: 500 };
    const elector = (identity: string): LeaderElector =>
      new LeaderElector({ api, clock: systemClock, random: systemRandom, lease, identity, ...timing });
    const run = (candidate: LeaderElector): { stop: AbortController; running: Promise<void> } => {
      const stop = new AbortController();
      const onStartedLeading = (signal: AbortSignal): Promise<void> =>
        new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      return { stop, running: candidate.run({ onStartedLeading }, stop.signal) };
    };
    const [first, second] = [elector('one'), elector('two')];
    const running = run(first);
    await waitFor('the first to lead', () => first.mayWrite());
    const follower = run(second);
    const acquired = await api.get<Lease>(resources.leases, lease, forever);
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    expect(acquired.spec).toMatchObject({ holderIdentity: 'one', leaseDurationSeconds: 3, acquireTime: time, renewTime: time });
    await waitFor('a renewal', async () => {
      const renewed = await api.get<Lease>(resources.leases, lease, forever);
      return renewed.spec?.renewTime !== acquired.spec?.renewTime;
    });
    expect(second.mayWrite()).toBe(false);
    running.stop.abort();
    await running.running;
    expect(first.mayWrite()).toBe(false);
    await waitFor('the second to lead', () => second.mayWrite());
    expect((await api.get<Lease>(resources.leases, lease, forever)).spec).toMatchObject({ holderIdentity: 'two', leaseTransitions: 1 });
    follower.stop.abort();
    await follower.running;
    expect((await api.get<Lease>(resources.leases, lease, forever)).spec?.holderIdentity).toBe('');
  });
});

describe('events', () => {
  async function eventsOf(space: string, fieldSelector: string): Promise<readonly KubeEvent[]> {
    return (await api.list<KubeEvent>(resources.events, { namespace: space, fieldSelector }, forever)).items;
  }

  test('are written, counted and seen by kubectl', async () => {
    const dropped: unknown[] = [];
    const recorder = new EventRecorder({
      api,
      clock: systemClock,
      random: systemRandom,
      instance: 'pod-1',
      onDrop: (drop) => dropped.push(drop),
    });
    const role = await api.create(resources.roles, roleObject('eventful'), forever);
    const record = (): void =>
      recorder.record({ regarding: role, type: 'Normal', reason: 'CreatedExternalRole', action: 'Apply', note: 'Created role eventful' });
    record();
    await waitFor('the event to be written', async () => (await eventsOf(namespace, 'reason=CreatedExternalRole')).length === 1);
    record();
    record();
    await recorder.flush(30_000);
    expect(dropped).toEqual([]);
    const [event] = await eventsOf(namespace, 'reason=CreatedExternalRole');
    expect(event).toMatchObject({
      regarding: { kind: 'Role', name: 'eventful', uid: role.metadata.uid },
      reportingController: 'rolekeeper.dev/operator',
      note: 'Created role eventful',
      series: { count: 3 },
    });
    expect(await cluster.kubectl(['events', '-n', namespace, '--for', 'orgrole/eventful'])).toContain('Created role eventful');
  });

  test('about a cluster-scoped object, with the longest note and name that may be, are accepted', async () => {
    const dropped: unknown[] = [];
    const recorder = new EventRecorder({
      api,
      clock: systemClock,
      random: systemRandom,
      instance: 'x'.repeat(200),
      onDrop: (drop) => dropped.push(drop),
    });
    const name = `p${randomBytes(4).toString('hex')}${'a'.repeat(200)}.${'b'.repeat(43)}`;
    const provider: KubeObject = {
      apiVersion: 'rolekeeper.dev/v1alpha1',
      kind: 'ClusterRoleProvider',
      metadata: { name, uid: '11111111-1111-1111-1111-111111111111' },
    };
    recorder.record({ regarding: provider, type: 'Warning', reason: 'ProviderNotReady', action: 'Probe', note: '日'.repeat(1_000) });
    await recorder.flush(30_000);
    expect(dropped).toEqual([]);
    const events = await eventsOf('default', 'reason=ProviderNotReady');
    expect(events.filter((event) => event.regarding.name === name)).toHaveLength(1);
  });

  test('in a namespace that is going or gone are dropped, with a word', async () => {
    const dropped: unknown[] = [];
    const recorder = new EventRecorder({
      api,
      clock: systemClock,
      random: systemRandom,
      instance: 'pod-1',
      onDrop: (drop) => dropped.push(drop),
    });
    const going = await cluster.createNamespace('kube-going');
    // Without a controller-manager the namespace stays terminating for ever, which is what is wanted here.
    await api.delete(resources.namespaces, { name: going }, {}, forever);
    const input = { type: 'Normal', reason: 'RetainedExternalRole', action: 'Delete', note: 'Retained' } as const;
    for (const space of [going, 'kube-no-such-namespace']) {
      recorder.record({ ...input, regarding: roleObject('x', {}, { namespace: space, uid: `22222222-${space}` }) });
    }
    await recorder.flush(30_000);
    expect(dropped).toMatchObject([{ cause: { kind: 'forbidden' } }, { cause: { kind: 'notFound' } }]);
  });

  test('a MicroTime with three digits would be refused: six are needed', async () => {
    const name = { namespace, name: 'digits' };
    const lease = (renewTime: string): Lease => ({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: name,
      spec: { renewTime },
    });
    expect((await failureOf(api.create(resources.leases, lease(new Date(0).toISOString()), forever))).kind).toBe('invalid');
    const created = await api.create(resources.leases, lease(microTime(0)), forever);
    expect(created.spec?.renewTime).toBe('1970-01-01T00:00:00.000000Z');
  });
});

test('a service account acts with its own rights, and a rotated token file is picked up', async () => {
  const space = await cluster.createNamespace('kube-sa');
  await cluster.kubectl(['create', 'serviceaccount', 'limited', '-n', space]);
  const account = await cluster.serviceAccountKubeconfig(space, 'limited');
  const own = createKubeApi(await loadKubeConnection({ kubeconfig: account.kubeconfig }), { clock: systemClock });
  onTestFinished(() => own.close());
  expect(await own.serverVersion(forever)).toMatch(/^v1/);
  const refused = await failureOf(own.list(resources.secrets, { namespace: space }, forever));
  expect(refused).toMatchObject({ kind: 'forbidden', status: 403 });
  expect(refused.message).toContain('limited');
  await account.rotate();
  expect(await own.serverVersion(forever)).toMatch(/^v1/);
});

test('credentials that are refused, and a certificate that is not trusted, are told in one line', async () => {
  const connection = await loadKubeConnection({ kubeconfig: cluster.kubeconfig });
  const { cluster: settings } = connection.settings();
  const connectAs = (ca: { readonly caData?: string }): KubeApi => {
    const trust = { name: 'c', server: connection.server, skipTLSVerify: false, ...ca };
    const own = createKubeApi(new KubeConnection('c', undefined, trust, { name: 'u', token: 'wrong' }), { clock: systemClock });
    onTestFinished(() => own.close());
    return own;
  };
  const trusting = connectAs(settings.caData === undefined ? {} : { caData: settings.caData });
  expect((await failureOf(trusting.list(resources.roles, {}, forever))).kind).toBe('unauthorized');
  expect((await failureOf(connectAs({}).serverVersion(forever))).message).toContain('unknown authority');
});

test('a proxy of the kubeconfig is used, with few tunnels for many calls, and TLS ends at the server', async () => {
  const connection = await loadKubeConnection({ kubeconfig: cluster.kubeconfig });
  const { cluster: settings, user } = connection.settings();
  const tunnels: (string | undefined)[] = [];
  const proxy = createServer();
  proxy.on('connect', (request: IncomingMessage, socket: Socket) => {
    tunnels.push(request.url);
    const { hostname, port } = new URL(connection.server);
    const through = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      through.pipe(socket).pipe(through);
    });
    socket.on('error', () => through.destroy());
    through.on('error', () => socket.destroy());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const own = createKubeApi(new KubeConnection('proxied', undefined, { ...settings, proxyUrl }, user), { clock: systemClock });
  onTestFinished(async () => {
    await own.close();
    proxy.close();
  });
  for (let times = 0; times < 10; times++) await own.get(resources.namespaces, { name: namespace }, forever);
  expect(new Set(tunnels)).toEqual(new Set([new URL(connection.server).host]));
  expect(tunnels.length).toBeLessThanOrEqual(2);
});
