import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import type { KubeObject } from '../../../src/api/index.ts';
import { ObjectStore, Reflector, type ReflectorState, type StoreChange } from '../../../src/cache/index.ts';
import { type KubeApi, resources } from '../../../src/kube/index.ts';
import { type Clock, systemClock } from '../../../src/lib/index.ts';
import { type ScriptedClientOptions, ScriptedKubeServer, statusObject, until } from '../../support/scripted-kube-server.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

// The reflector over real HTTP. Its decisions are tested in virtual time beside its code; here it is the way through the client.
// Jitter is zero, so that every backoff is over at once.

let server: ScriptedKubeServer;
let store: ObjectStore<KubeObject>;
let changes: StoreChange<KubeObject>[];
let states: ReflectorState['kind'][];
let stop: AbortController;
let running: Promise<void> | undefined;

beforeEach(async () => {
  server = await ScriptedKubeServer.start();
  store = new ObjectStore();
  changes = [];
  states = [];
  store.onChange((change) => changes.push(change));
  stop = new AbortController();
});

afterEach(async () => {
  stop.abort();
  await running;
  running = undefined;
  await server.close();
});

function reflect(api: KubeApi, clock: Clock = systemClock): void {
  const onState = (state: ReflectorState): void => void states.push(state.kind);
  running = new Reflector({ api, resource: resources.roles, store, clock, random: () => 0, onState }).run(stop.signal);
}

function start(options: ScriptedClientOptions = {}): void {
  reflect(server.client(options), options.clock);
}

function role(name: string, resourceVersion: string, uid = `uid-${name}`, displayName = name): KubeObject {
  const metadata = { namespace: 'ns', name, uid, resourceVersion, managedFields: [{ manager: 'x' }] };
  return { apiVersion: 'rolekeeper.dev/v1alpha1', kind: 'Role', metadata, spec: { displayName } } as KubeObject;
}

const versions = (): Record<string, string | undefined> =>
  Object.fromEntries([...store.values()].map((object) => [object.metadata.name, object.metadata.resourceVersion]));

/** Sees the reflector through its first list. */
async function sync(items: readonly KubeObject[] = [role('a', '10')], resourceVersion = '10') {
  start();
  (await server.next()).list(items, resourceVersion);
  const watch = await server.next();
  watch.head();
  return watch;
}

test('through every kind of trouble to a store that is right', async () => {
  start();
  (await server.next()).status(500, 'InternalError');
  (await server.next()).status(429, 'TooManyRequests', 'slow', { headers: { 'retry-after': '0' } });
  (await server.next()).cut();
  (await server.next()).list([role('gone', '1')], '9', 'page2');
  (await server.next()).status(410, 'Expired');
  (await server.next()).list([role('a', '10')], '12', 'page2');
  const second = await server.next();
  expect(second.query.get('continue')).toBe('page2');
  second.list([role('b', '11')], '12');

  const refused = await server.next();
  expect(refused.query.get('resourceVersion')).toBe('12');
  refused.status(503, 'ServiceUnavailable');

  const cut = await server.next();
  cut.head();
  await cut.event('MODIFIED', role('a', '13'));
  const line = Buffer.from(`${JSON.stringify({ type: 'MODIFIED', object: role('b', '14', 'uid-b', 'Zoë 👩‍🚀') })}\n`);
  await cut.write(line.subarray(0, line.length - 30));
  cut.cut();

  const whole = await server.next();
  expect(whole.query.get('resourceVersion')).toBe('13');
  whole.head();
  for (const byte of line) await whole.write(Uint8Array.of(byte));
  // A reset throws away what the other side hasn't read yet.
  await until(() => versions().b === '14');
  whole.reset();

  const again = await server.next();
  expect(again.query.get('resourceVersion')).toBe('14');
  again.head();
  await again.event('ERROR', statusObject(410, 'Expired'));

  (await server.next()).list([role('a', '30', 'successor'), role('b', '14')], '31');
  expect((await server.next()).query.get('resourceVersion')).toBe('31');
  expect(versions()).toEqual({ a: '30', b: '14' });
  expect(store.get('ns/b')).toMatchObject({ spec: { displayName: 'Zoë 👩‍🚀' } });
  expect(store.get('ns/b')?.metadata).not.toHaveProperty('managedFields');
  expect(changes.map(({ type, key }) => `${type} ${key}`)).toEqual([
    'added ns/a',
    'added ns/b',
    'updated ns/a',
    'updated ns/b',
    'deleted ns/a',
    'added ns/a',
  ]);
});

test('410 as the status of a watch means listing again', async () => {
  start();
  (await server.next()).list([role('a', '10')], '10');
  (await server.next()).status(410, 'Expired');
  const list = await server.next();
  expect(list.query.has('watch')).toBe(false);
  list.list([], '50');
  await server.next();
  expect(store.size).toBe(0);
});

test('a server that closes every watch at once is asked again from the same version', async () => {
  (await sync()).end();
  for (let times = 0; times < 5; times++) {
    const watch = await server.next();
    expect(watch.query.get('resourceVersion')).toBe('10');
    watch.head();
    watch.end();
  }
  expect(states).toEqual(['listing', 'watching']);
});

test('a half-open connection is left after a time of silence, and the watch goes on over another', async () => {
  const clock = new VirtualClock();
  start({ clock });
  (await server.next()).list([role('a', '10')], '10');
  const dead = await server.next();
  dead.head();
  await dead.bookmark('15');
  await until(() => clock.nextInMs === 90_000);
  await clock.advance(90_000);
  await dead.closed;
  const watch = await server.next();
  expect(watch.query.get('resourceVersion')).toBe('15');
  expect(watch.connection).not.toBe(dead.connection);
  watch.head();
  await watch.event('MODIFIED', role('a', '16'));
  await until(() => versions().a === '16');
  expect(states).toEqual(['listing', 'watching']);
});

test('a token that was rotated is picked up by the next watch', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'rolekeeper-reflector-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const tokenFile = join(directory, 'token');
  await writeFile(tokenFile, 'first');
  start({ user: { tokenFile } });
  (await server.next()).list([], '10');
  const refused = await server.next();
  expect(refused.headers.authorization).toBe('Bearer first');
  await writeFile(tokenFile, 'second');
  refused.status(401, 'Unauthorized');
  const accepted = await server.next();
  expect(accepted.headers.authorization).toBe('Bearer second');
  expect(states).toEqual(['listing', 'watching']);
});

test('an API server that restarts is found again', async () => {
  const watch = await sync();
  await watch.event('MODIFIED', role('a', '11'));
  await until(() => versions().a === '11');
  await server.restart();
  const next = await server.next();
  expect(next.query.get('resourceVersion')).toBe('11');
  next.head();
  await next.event('MODIFIED', role('a', '12'));
  await until(() => versions().a === '12');
});

test('a kind that is not served is told, and the reflector stops while it waits', async () => {
  start();
  (await server.next()).text(404, '404 page not found\n');
  await until(() => states.includes('failing'));
  expect(store.hasSynced).toBe(false);
  stop.abort();
  await running;
  expect(server.untaken).toBe(0);
});

test('a listener that throws does not end the watch', async () => {
  const watch = await sync();
  store.onChange(() => {
    throw new Error('boom');
  });
  await watch.event('MODIFIED', role('a', '11'));
  await watch.event('MODIFIED', role('a', '12'));
  await until(() => versions().a === '12');
  stop.abort();
  await watch.closed;
});

test('stopping hangs up during a list', async () => {
  start();
  const list = await server.next();
  stop.abort();
  await list.closed;
  await running;
  expect(server.untaken).toBe(0);
});
