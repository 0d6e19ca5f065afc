import fc from 'fast-check';
import { expect, test } from 'vitest';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import type { KubeObject } from '../api/index.ts';
import { type KubeApi, KubeError, type ListPage, resources, type WatchEvent, WatchSilenceError } from '../kube/index.ts';
import { seededRandom } from '../lib/index.ts';
import { ObjectStore } from './object-store.ts';
import { Reflector } from './reflector.ts';
import type { StoreChange } from './types.ts';

interface Thing extends KubeObject {
  readonly spec: { readonly color: string };
}

type Fault = 'none' | 'cut' | 'end' | 'gone' | 'silence' | 'refuse';

/** An API server in memory: consistent paged lists, watches from a version, compaction, restarts; and faults as told. */
class FakeServer implements Pick<KubeApi, 'list' | 'watch'> {
  readonly objects = new Map<string, Thing>();
  readonly #log: { readonly version: number; readonly event: WatchEvent<Thing> }[] = [];
  readonly #watches = new Set<() => void>();
  #version = 10;
  #compacted = 0;
  #uids = 0;
  /** What hits the next request, or every watch that is open. */
  fault: Fault = 'none';

  write(name: string, color: string): Thing {
    const version = this.#next();
    const before = this.objects.get(name);
    const uid = before?.metadata.uid ?? `uid-${++this.#uids}`;
    const metadata = { namespace: 'ns', name, uid, resourceVersion: String(version) };
    const object: Thing = { apiVersion: 'v1', kind: 'Thing', metadata, spec: { color } };
    this.objects.set(name, object);
    this.#publish(version, { type: before === undefined ? 'ADDED' : 'MODIFIED', object });
    return object;
  }

  remove(name: string): void {
    const before = this.objects.get(name);
    if (before === undefined) return;
    this.objects.delete(name);
    const version = this.#next();
    this.#publish(version, { type: 'DELETED', object: { ...before, metadata: { ...before.metadata, resourceVersion: String(version) } } });
  }

  compact(): void {
    this.#compacted = this.#version;
  }

  /** Lets open watches notice a fault. */
  shake(): void {
    for (const wake of this.#watches) wake();
  }

  list = async <T extends KubeObject>(_: unknown, options: Parameters<KubeApi['list']>[1]): Promise<ListPage<T>> => {
    await Promise.resolve();
    this.#meet(options.continue !== undefined);
    const [version, offset] = options.continue === undefined ? [this.#version, 0] : (JSON.parse(options.continue) as [number, number]);
    const items = [...this.#at(version).values()].slice(offset, offset + 2);
    const isLast = offset + 2 >= this.#at(version).size;
    const page: ListPage<Thing> = { items: structuredClone(items), resourceVersion: String(version) };
    return (isLast ? page : { ...page, continue: JSON.stringify([version, offset + 2]) }) as ListPage<KubeObject> as ListPage<T>;
  };

  watch = ((_: unknown, options: Parameters<KubeApi['watch']>[1], signal: AbortSignal) =>
    this.#watch(Number(options.resourceVersion), signal)) as KubeApi['watch'];

  async *#watch(from: number, signal: AbortSignal): AsyncGenerator<WatchEvent<Thing>> {
    if (from < this.#compacted) throw new KubeError('gone', 'too old', { status: 410 });
    let last = from;
    let wake = (): void => undefined;
    let isAwake = true;
    const onWake = (): void => {
      isAwake = true;
      wake();
    };
    this.#watches.add(onWake);
    signal.addEventListener('abort', onWake);
    try {
      for (;;) {
        signal.throwIfAborted();
        isAwake = false;
        if (this.#meet(false) === 'end') return;
        const entry = this.#log.find(({ version }) => version > last);
        if (entry === undefined) {
          yield { type: 'BOOKMARK', resourceVersion: String(last) };
          // Something may have happened while the bookmark was worked on.
          await new Promise<void>((resolve) => {
            wake = resolve;
            if (isAwake) resolve();
          });
          continue;
        }
        last = entry.version;
        yield structuredClone(entry.event);
      }
    } finally {
      this.#watches.delete(onWake);
      signal.removeEventListener('abort', onWake);
    }
  }

  #meet(hasToken: boolean): Fault {
    const fault = this.fault;
    this.fault = 'none';
    if (fault === 'cut') throw new KubeError('transient', 'cut');
    if (fault === 'refuse') throw new KubeError('transient', 'broken', { status: 500 });
    if (fault === 'silence') throw new WatchSilenceError('silent');
    if (fault === 'gone' || (hasToken && fault === 'end')) throw new KubeError('gone', 'too old', { status: 410 });
    return fault;
  }

  #at(version: number): Map<string, Thing> {
    const objects = new Map<string, Thing>();
    for (const entry of this.#log) {
      if (entry.version > version || entry.event.type === 'BOOKMARK') continue;
      const { name } = entry.event.object.metadata;
      if (entry.event.type === 'DELETED') objects.delete(name);
      else objects.set(name, entry.event.object);
    }
    return objects;
  }

  #next(): number {
    this.#version += 1;
    return this.#version;
  }

  #publish(version: number, event: WatchEvent<Thing>): void {
    this.#log.push({ version, event });
    this.shake();
  }
}

/** Follows what a store tells and checks every single change. */
class Follower {
  readonly objects = new Map<string, Thing>();

  constructor(store: ObjectStore<Thing>) {
    store.onChange((change) => this.#take(change));
  }

  #take(change: StoreChange<Thing>): void {
    const held = this.objects.get(change.key);
    if (change.type === 'added') expect(held).toBeUndefined();
    else expect(change.previous).toBe(held);
    if (change.type === 'updated') {
      expect(change.current.metadata.uid).toBe(change.previous.metadata.uid);
      expect(Number(change.current.metadata.resourceVersion)).toBeGreaterThan(Number(change.previous.metadata.resourceVersion));
    }
    if (change.type === 'deleted') this.objects.delete(change.key);
    else this.objects.set(change.key, change.current);
  }
}

type Step =
  | { readonly do: 'write' | 'remove'; readonly name: string; readonly color: string }
  | { readonly do: 'own'; readonly name: string; readonly color: string; readonly late: boolean }
  | { readonly do: 'fault'; readonly fault: Fault }
  | { readonly do: 'answer' | 'compact' | 'settle' | 'refresh' }
  | { readonly do: 'wait'; readonly ms: number };

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const color = fc.constantFrom('red', 'green', 'blue');
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('write' as const, 'remove' as const), name, color }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('own' as const), name, color, late: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('fault' as const),
      fault: fc.constantFrom<Fault>('cut', 'end', 'gone', 'silence', 'refuse'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('answer' as const, 'compact' as const, 'settle' as const, 'refresh' as const) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 40_000 }) }) },
);

async function play(steps: readonly Step[], seed: number): Promise<void> {
  const clock = new VirtualClock();
  const server = new FakeServer();
  const store = new ObjectStore<Thing>({ indexes: { color: (object) => [object.spec.color] } });
  const follower = new Follower(store);
  const stop = new AbortController();
  /** Answers to own writes that haven't come back yet. */
  let answers: Thing[] = [];
  const reflector = new Reflector({ api: server, resource: resources.roles, store, clock, random: seededRandom(seed) });
  const running = reflector.run(stop.signal);

  let refreshes = 0;
  /** Once it is refreshed the store is no older than the server was when it was asked to. */
  const refresh = async (): Promise<void> => {
    const then = [...server.objects.values()];
    refreshes += 1;
    await reflector.refresh(stop.signal);
    refreshes -= 1;
    for (const { metadata } of then) {
      const held = store.get(`ns/${metadata.name}`)?.metadata;
      if (held?.uid === metadata.uid) expect(Number(held?.resourceVersion)).toBeGreaterThanOrEqual(Number(metadata.resourceVersion));
      else expect(server.objects.get(metadata.name)?.metadata.uid).not.toBe(metadata.uid);
    }
  };

  const pending: Promise<void>[] = [];
  const act = async (current: Step): Promise<void> => {
    switch (current.do) {
      case 'write':
        server.write(current.name, current.color);
        return;
      case 'remove':
        server.remove(current.name);
        return;
      case 'own': {
        // Own writes are made to objects that are known; creating is left to others.
        const known = store.get(`ns/${current.name}`);
        if (known === undefined || server.objects.get(current.name)?.metadata.uid !== known.metadata.uid) return;
        const answer = structuredClone(server.write(current.name, current.color));
        if (current.late) answers.push(answer);
        else store.observeOwnWrite(answer);
        return;
      }
      case 'answer':
        for (const answer of answers) store.observeOwnWrite(answer);
        answers = [];
        return;
      case 'fault':
        server.fault = current.fault;
        server.shake();
        return;
      case 'refresh':
        pending.push(refresh());
        return;
      case 'compact':
        server.compact();
        return;
      case 'settle':
        await clock.flush();
        return;
      case 'wait':
        await clock.advance(current.ms);
        return;
    }
  };
  for (const current of steps) await act(current);

  server.fault = 'none';
  for (const answer of answers) store.observeOwnWrite(answer);
  await clock.advance(300_000);
  const want = [...server.objects.values()].map((object) => [`ns/${object.metadata.name}`, object]);
  expect(refreshes).toBe(0);
  await Promise.all(pending);
  expect(store.hasSynced).toBe(true);
  expect(Object.fromEntries(want)).toEqual(Object.fromEntries([...store.values()].map((object) => [`ns/${object.metadata.name}`, object])));
  expect(Object.fromEntries(follower.objects)).toEqual(Object.fromEntries(want));
  for (const hue of ['red', 'green', 'blue']) {
    const indexed = store.byIndex('color', hue).map((object) => object.metadata.name);
    const scanned = [...store.values()].filter((object) => object.spec.color === hue).map((object) => object.metadata.name);
    expect([...indexed].sort()).toEqual([...scanned].sort());
  }
  stop.abort();
  await running;
  expect(clock.pending).toBe(0);
}

test('whatever happens on the way, the store ends up as the server is, never goes back, and tells every change exactly once', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.nat(), play), { numRuns: 1_000 });
}, 60_000);
