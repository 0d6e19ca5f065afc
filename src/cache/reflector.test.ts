import { beforeEach, describe, expect, test } from 'vitest';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import type { KubeObject } from '../api/index.ts';
import { type KubeApi, KubeError, type ListPage, resources, type WatchEvent, WatchSilenceError } from '../kube/index.ts';
import { ObjectStore } from './object-store.ts';
import { Reflector, type ReflectorState } from './reflector.ts';

/** A call that the reflector made and that the test answers. */
interface ListCall {
  readonly kind: 'list';
  readonly options: Parameters<KubeApi['list']>[1];
  answer(page: ListPage): void;
  fail(error: unknown): void;
}
interface WatchCall {
  readonly kind: 'watch';
  readonly options: Parameters<KubeApi['watch']>[1];
  send(event: WatchEvent): void;
  end(): void;
  fail(error: unknown): void;
}

/** An API server whose every answer is up to the test. */
class ScriptedApi {
  readonly calls: (ListCall | WatchCall)[] = [];

  list: KubeApi['list'] = <T extends KubeObject>(_: unknown, options: ListCall['options'], signal: AbortSignal): Promise<ListPage<T>> =>
    new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
      this.calls.push({ kind: 'list', options, answer: (page) => resolve(page as ListPage<T>), fail: reject });
    });

  async *#watch(options: WatchCall['options'], signal: AbortSignal): AsyncGenerator<WatchEvent> {
    const queue: (() => WatchEvent | undefined)[] = [];
    let wake = (): void => undefined;
    const put = (step: () => WatchEvent | undefined): void => {
      queue.push(step);
      wake();
    };
    const fail = (error: unknown): void =>
      put(() => {
        throw error;
      });
    signal.addEventListener('abort', () => fail(signal.reason));
    this.calls.push({ kind: 'watch', options, send: (event) => put(() => event), end: () => put(() => undefined), fail });
    for (;;) {
      const step = queue.shift();
      if (step === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      const event = step();
      if (event === undefined) return;
      yield event;
    }
  }

  watch = ((_: unknown, options: WatchCall['options'], signal: AbortSignal) => this.#watch(options, signal)) as KubeApi['watch'];
}

let clock: VirtualClock;
let api: ScriptedApi;
let store: ObjectStore<KubeObject>;
let states: ReflectorState[];
let stop: AbortController;
let running: Promise<void>;

/** Full jitter with the highest number gives the bound itself, so that waits are exact. */
const almostOne = 1 - 2 ** -53;

let reflector: Reflector<KubeObject>;

function start(
  more: { namespace?: string; silenceMs?: number; random?: () => number; onState?: (state: ReflectorState) => void } = {},
): void {
  const onState = (state: ReflectorState): void => void states.push(state);
  reflector = new Reflector({ api, resource: resources.roles, store, clock, random: () => almostOne, onState, ...more });
  running = reflector.run(stop.signal);
}

beforeEach(() => {
  clock = new VirtualClock();
  api = new ScriptedApi();
  store = new ObjectStore();
  states = [];
  stop = new AbortController();
  return async () => {
    stop.abort();
    await running;
    expect(clock.pending).toBe(0);
  };
});

function role(name: string, resourceVersion: string, uid = `uid-${name}`): KubeObject {
  return { apiVersion: 'v1', kind: 'Role', metadata: { namespace: 'ns', name, uid, resourceVersion } };
}

const event = (type: 'ADDED' | 'MODIFIED' | 'DELETED', object: KubeObject): WatchEvent => ({ type, object });
const bookmark = (resourceVersion: string): WatchEvent => ({ type: 'BOOKMARK', resourceVersion });

/** The newest call, which must be of that kind. Fails when there was none since the last one. */
let taken = 0;
beforeEach(() => {
  taken = 0;
});
async function nextCall(): Promise<ListCall | WatchCall> {
  await clock.flush();
  const call = api.calls[taken];
  if (call === undefined) throw new Error(`No call after the first ${taken}`);
  taken++;
  return call;
}
async function nextList(): Promise<ListCall> {
  const call = await nextCall();
  if (call.kind !== 'list') throw new Error('Expected a list, got a watch');
  return call;
}
async function nextWatch(): Promise<WatchCall> {
  const call = await nextCall();
  if (call.kind !== 'watch') throw new Error('Expected a watch, got a list');
  return call;
}
async function expectNoCall(): Promise<void> {
  await clock.flush();
  expect(api.calls.length).toBe(taken);
}

/** Lists and begins to watch. */
async function sync(items: readonly KubeObject[] = [role('a', '10')], resourceVersion = '10'): Promise<WatchCall> {
  start();
  (await nextList()).answer({ items, resourceVersion });
  return nextWatch();
}

/** Passes exactly `ms` and makes sure that the next call comes then and not before. */
async function callComesAfter(ms: number): Promise<void> {
  await clock.advance(ms - 1);
  await expectNoCall();
  await clock.advance(1);
}

const names = (): readonly string[] =>
  [...store.values()].map((object) => `${object.metadata.name}@${object.metadata.resourceVersion}`).sort();
const transient = (status?: number): KubeError => new KubeError('transient', 'broken', status === undefined ? {} : { status });
const gone = new KubeError('gone', 'too old', { status: 410 });

describe('listing', () => {
  test('goes page by page, and the store is filled only by the last', async () => {
    start();
    const first = await nextList();
    expect(first.options).toEqual({ limit: 500 });
    first.answer({ items: [role('a', '1')], resourceVersion: '5', continue: 'page2' });
    const second = await nextList();
    expect(second.options).toEqual({ limit: 500, continue: 'page2' });
    expect(store.size).toBe(0);
    expect(store.hasSynced).toBe(false);
    second.answer({ items: [role('b', '2')], resourceVersion: '5' });
    const watch = await nextWatch();
    expect(watch.options).toEqual({ resourceVersion: '5', timeoutSeconds: 600, silenceMs: 90_000 });
    expect(names()).toEqual(['a@1', 'b@2']);
    expect(states.map((state) => state.kind)).toEqual(['listing', 'watching']);
  });

  test('one namespace is enough where only that is wanted', async () => {
    start({ namespace: 'team-a', random: () => 0 });
    const list = await nextList();
    expect(list.options).toMatchObject({ namespace: 'team-a' });
    list.answer({ items: [], resourceVersion: '5' });
    expect((await nextWatch()).options).toMatchObject({ namespace: 'team-a', timeoutSeconds: 300 });
  });

  test('a page that failed is asked for again, after a growing wait', async () => {
    start();
    (await nextList()).answer({ items: [role('a', '1')], resourceVersion: '5', continue: 'page2' });
    (await nextList()).fail(transient(500));
    await callComesAfter(800);
    const again = await nextList();
    expect(again.options.continue).toBe('page2');
    again.fail(transient());
    await callComesAfter(1_600);
    (await nextList()).answer({ items: [role('b', '2')], resourceVersion: '5' });
    await nextWatch();
    expect(names()).toEqual(['a@1', 'b@2']);
  });

  test('a token that is too old begins the list anew, without the pages that came before', async () => {
    start();
    (await nextList()).answer({ items: [role('old', '1')], resourceVersion: '5', continue: 'page2' });
    (await nextList()).fail(gone);
    await callComesAfter(800);
    const anew = await nextList();
    expect(anew.options).toEqual({ limit: 500 });
    anew.answer({ items: [role('b', '2')], resourceVersion: '9' });
    await nextWatch();
    expect(names()).toEqual(['b@2']);
  });

  test('a token that the server does not understand begins the list anew, too', async () => {
    start();
    (await nextList()).answer({ items: [role('old', '1')], resourceVersion: '5', continue: 'page2' });
    (await nextList()).fail(new KubeError('invalid', 'continue key is not valid', { status: 400 }));
    await callComesAfter(800);
    expect((await nextList()).options).toEqual({ limit: 500 });
  });

  test('an own write that is made meanwhile is not undone', async () => {
    const watch = await sync([role('a', '10')]);
    watch.fail(gone);
    await callComesAfter(800);
    const list = await nextList();
    store.observeOwnWrite(role('a', '30'));
    list.answer({ items: [role('a', '20')], resourceVersion: '25' });
    await nextWatch();
    expect(names()).toEqual(['a@30']);
  });

  test('waits grow to half a minute and no further', async () => {
    start();
    for (const ms of [800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]) {
      (await nextList()).fail(transient());
      await callComesAfter(ms);
    }
    expect(states.map((state) => state.kind)).toEqual(['listing', 'failing']);
  });

  test('waits are spread over the whole of their range', async () => {
    start({ random: () => 0.25 });
    (await nextList()).fail(transient());
    await callComesAfter(200);
    await nextList();
  });

  test.each([
    {
      reason: 'too many requests wait as long as is asked',
      error: new KubeError('rateLimited', 'slow', { retryAfterMs: 45_000 }),
      ms: 45_000,
    },
    { reason: 'too many requests wait at least the backoff', error: new KubeError('rateLimited', 'slow', { retryAfterMs: 1 }), ms: 800 },
    { reason: 'a fault of the server may say when, too', error: new KubeError('transient', 'x', { retryAfterMs: 7_000 }), ms: 7_000 },
    { reason: 'an absurd wish is not granted', error: new KubeError('rateLimited', 'x', { retryAfterMs: 1e12 }), ms: 600_000 },
    { reason: 'refused credentials are tried again', error: new KubeError('unauthorized', 'x', { status: 401 }), ms: 800 },
    { reason: 'an error of unknown make is survived', error: new TypeError('odd'), ms: 800 },
    { reason: 'even something that is no error', error: undefined, ms: 800 },
  ])('$reason', async ({ error, ms }) => {
    start();
    (await nextList()).fail(error);
    await callComesAfter(ms);
    (await nextList()).answer({ items: [], resourceVersion: '5' });
    await nextWatch();
    expect(states.map((state) => state.kind)).toEqual(['listing', 'failing', 'watching']);
  });
});

describe('a kind that can not be read', () => {
  test.each([
    { reason: 'forbidden', error: new KubeError('forbidden', 'no right', { status: 403 }) },
    { reason: 'not served', error: new KubeError('notFound', 'no CRD', { status: 404, missingKind: true }) },
  ])('$reason: told once, tried slowly, and not synced until it works', async ({ error }) => {
    start();
    for (const ms of [36_000, 72_000, 120_000, 120_000]) {
      (await nextList()).fail(error);
      await callComesAfter(ms);
    }
    expect(states).toMatchObject([{ kind: 'listing' }, { kind: 'failing', error, retryInMs: 36_000 }]);
    expect(store.hasSynced).toBe(false);
    (await nextList()).answer({ items: [role('a', '1')], resourceVersion: '5' });
    await nextWatch();
    expect(store.hasSynced).toBe(true);
    expect(states.at(-1)).toEqual({ kind: 'watching' });
  });

  test('the slow wait is never below half a minute', async () => {
    start({ random: () => 0 });
    (await nextList()).fail(new KubeError('forbidden', 'no right'));
    await callComesAfter(30_000);
    await nextList();
  });

  test('losing the right later unsyncs the store but keeps what it holds: a failed read is not an empty one', async () => {
    const watch = await sync();
    watch.fail(new KubeError('forbidden', 'no right any more', { status: 403 }));
    await clock.flush();
    expect(store.hasSynced).toBe(false);
    expect(names()).toEqual(['a@10']);
    await callComesAfter(36_000);
    (await nextList()).answer({ items: [], resourceVersion: '20' });
    await nextWatch();
    expect(names()).toEqual([]);
  });

  test('the slow wait begins anew once a watch has brought something', async () => {
    const forbidden = new KubeError('forbidden', 'no right', { status: 403 });
    let watch = await sync();
    for (const ms of [36_000, 72_000]) {
      watch.fail(forbidden);
      await callComesAfter(ms);
      (await nextList()).answer({ items: [], resourceVersion: '20' });
      watch = await nextWatch();
    }
    watch.send(bookmark('21'));
    watch.fail(forbidden);
    await callComesAfter(36_000);
    await nextList();
  });

  test('another reason is told again', async () => {
    start();
    (await nextList()).fail(new KubeError('notFound', 'no CRD', { status: 404, missingKind: true }));
    await callComesAfter(36_000);
    (await nextList()).fail(new KubeError('forbidden', 'no right', { status: 403 }));
    await clock.flush();
    expect(states.map((state) => (state.kind === 'failing' ? (state.error as KubeError).kind : state.kind))).toEqual([
      'listing',
      'notFound',
      'forbidden',
    ]);
  });
});

describe('watching', () => {
  test('events reach the store', async () => {
    const watch = await sync();
    watch.send(event('MODIFIED', role('a', '11')));
    watch.send(event('ADDED', role('b', '12')));
    await clock.flush();
    expect(names()).toEqual(['a@11', 'b@12']);
    watch.send(event('DELETED', role('a', '13')));
    await clock.flush();
    expect(names()).toEqual(['b@12']);
  });

  test('a watch that ends in its time is followed by the next at once, from the last version', async () => {
    const watch = await sync();
    watch.send(event('MODIFIED', role('a', '11')));
    await clock.advance(60_000);
    watch.send(bookmark('40'));
    await clock.advance(300_000);
    watch.end();
    expect((await nextWatch()).options.resourceVersion).toBe('40');
    expect(states.map((state) => state.kind)).toEqual(['listing', 'watching']);
  });

  test('a server that ends every watch at once meets growing waits, and is not asked for a list', async () => {
    let watch = await sync();
    for (const ms of [800, 1_600, 3_200]) {
      watch.end();
      await callComesAfter(ms);
      watch = await nextWatch();
      expect(watch.options.resourceVersion).toBe('10');
    }
    expect(states.map((state) => state.kind)).toEqual(['listing', 'watching']);
  });

  test('sending something before ending at once does not help that server', async () => {
    let watch = await sync();
    for (const [index, ms] of [800, 1_600, 3_200].entries()) {
      watch.send(bookmark(String(20 + index)));
      watch.end();
      await callComesAfter(ms);
      watch = await nextWatch();
      expect(watch.options.resourceVersion).toBe(String(20 + index));
    }
  });

  test('a lost connection goes on from the last version after a wait', async () => {
    const watch = await sync();
    watch.send(event('MODIFIED', role('a', '11')));
    watch.fail(transient());
    await callComesAfter(800);
    expect((await nextWatch()).options.resourceVersion).toBe('11');
  });

  test('however long the API server is away, nobody lists everything when it comes back', async () => {
    let watch = await sync();
    for (let times = 0; times < 20; times++) {
      watch.fail(transient());
      await clock.advance(30_000);
      watch = await nextWatch();
    }
    expect(watch.options.resourceVersion).toBe('10');
    watch.send(event('ADDED', role('b', '11')));
    await clock.flush();
    expect(states.map((state) => state.kind)).toEqual(['listing', 'watching', 'failing', 'watching']);
    expect(store.hasSynced).toBe(true);
  });

  test('too many requests wait as asked and go on from the last version', async () => {
    const watch = await sync();
    watch.fail(new KubeError('rateLimited', 'slow', { status: 429, retryAfterMs: 20_000 }));
    await callComesAfter(20_000);
    expect((await nextWatch()).options.resourceVersion).toBe('10');
  });

  test('a version that is too old means listing again, and a successor of the same name is no update', async () => {
    const watch = await sync([role('a', '10', 'first')]);
    const told: string[] = [];
    store.onChange((change) => told.push(change.type));
    watch.fail(gone);
    await callComesAfter(800);
    (await nextList()).answer({ items: [role('a', '90', 'second')], resourceVersion: '95' });
    expect((await nextWatch()).options.resourceVersion).toBe('95');
    expect(told).toEqual(['deleted', 'added']);
    expect(states.map((state) => state.kind)).toEqual(['listing', 'watching', 'listing', 'watching']);
  });

  test('a server that calls every version too old meets growing waits', async () => {
    let watch = await sync();
    for (const ms of [800, 1_600, 3_200]) {
      watch.fail(gone);
      await callComesAfter(ms);
      (await nextList()).answer({ items: [], resourceVersion: '10' });
      watch = await nextWatch();
    }
  });

  test('an answer that can not be read is tried from the last version once, then listed anew', async () => {
    const watch = await sync();
    watch.send(event('ADDED', role('b', '12')));
    watch.fail(transient(200));
    await callComesAfter(800);
    const again = await nextWatch();
    expect(again.options.resourceVersion).toBe('12');
    again.fail(transient(200));
    await callComesAfter(1_600);
    (await nextList()).answer({ items: [], resourceVersion: '20' });
    await nextWatch();
  });

  test('an event between two unreadable answers shows that going on works', async () => {
    let watch = await sync();
    for (let times = 0; times < 4; times++) {
      watch.send(bookmark(String(20 + times)));
      watch.fail(transient(200));
      await clock.advance(30_000);
      watch = await nextWatch();
    }
  });

  test('a version that goes back shows that the server was restored: listed anew', async () => {
    const watch = await sync([role('a', '5000')], '6000');
    watch.send(bookmark('90'));
    await callComesAfter(800);
    (await nextList()).answer({ items: [role('a', '80')], resourceVersion: '90' });
    await nextWatch();
    expect(names()).toEqual(['a@80']);
  });

  test('the backoff begins anew after two healthy minutes', async () => {
    let watch = await sync();
    for (const ms of [800, 1_600, 3_200]) {
      watch.fail(transient());
      await callComesAfter(ms);
      watch = await nextWatch();
    }
    watch.send(bookmark('20'));
    await clock.advance(119_999);
    watch.fail(transient());
    await callComesAfter(6_400);
    watch = await nextWatch();
    watch.send(bookmark('21'));
    await clock.advance(120_000);
    watch.fail(transient());
    await callComesAfter(800);
    await nextWatch();
  });

  test('a listener that throws changes nothing', async () => {
    const watch = await sync();
    store.onChange(() => {
      throw new Error('boom');
    });
    watch.send(event('MODIFIED', role('a', '11')));
    watch.send(event('MODIFIED', role('a', '12')));
    await clock.flush();
    expect(names()).toEqual(['a@12']);
    await expectNoCall();
  });

  test('an event that could not be taken in comes again', async () => {
    const watch = await sync();
    const apply = store.apply.bind(store);
    let broken = true;
    store.apply = (change) => {
      if (broken) throw new Error('broken store');
      apply(change);
    };
    watch.send(event('MODIFIED', role('a', '11')));
    await callComesAfter(800);
    broken = false;
    const again = await nextWatch();
    expect(again.options.resourceVersion).toBe('10');
    again.send(event('MODIFIED', role('a', '11')));
    await clock.flush();
    expect(names()).toEqual(['a@11']);
  });

  test('somebody who throws when told the state changes nothing', async () => {
    start({
      onState: () => {
        throw new Error('boom');
      },
    });
    (await nextList()).answer({ items: [], resourceVersion: '5' });
    await nextWatch();
  });
});

describe('silence', () => {
  const silence = new WatchSilenceError('nothing');

  test('is a dead connection: the next watch follows at once and nobody is told', async () => {
    const watch = await sync();
    await clock.advance(90_000);
    watch.fail(silence);
    expect((await nextWatch()).options.resourceVersion).toBe('10');
    expect(states.map((state) => state.kind)).toEqual(['listing', 'watching']);
  });

  test('twice in a row is something that holds everything back: listed anew', async () => {
    const watch = await sync();
    await clock.advance(90_000);
    watch.fail(silence);
    const second = await nextWatch();
    await clock.advance(90_000);
    second.fail(silence);
    (await nextList()).answer({ items: [role('b', '30')], resourceVersion: '30' });
    await nextWatch();
    expect(names()).toEqual(['b@30']);
  });

  test('counts after the time that is asked for', async () => {
    start({ silenceMs: 5_000 });
    (await nextList()).answer({ items: [], resourceVersion: '5' });
    expect((await nextWatch()).options).toMatchObject({ silenceMs: 5_000 });
  });

  test('with a bookmark between is twice a dead connection', async () => {
    let watch = await sync();
    for (let times = 0; times < 3; times++) {
      watch.send(bookmark(String(20 + times)));
      await clock.advance(90_000);
      watch.fail(silence);
      watch = await nextWatch();
    }
  });
});

describe('a refresh', () => {
  /** Whether it has come to its end, one way or the other. */
  function refresh(signal = new AbortController().signal): { readonly settled: () => unknown } {
    let settled: unknown;
    reflector.refresh(signal).then(
      () => {
        settled = 'refreshed';
      },
      (error: unknown) => {
        settled = error;
      },
    );
    return { settled: () => settled };
  }

  test('lists at once although a watch seems well, and ends when the store holds the list', async () => {
    await sync();
    const { settled } = refresh();
    const list = await nextList();
    list.answer({ items: [role('b', '20')], resourceVersion: '20', continue: 'page2' });
    const second = await nextList();
    expect(settled()).toBeUndefined();
    second.answer({ items: [role('c', '15')], resourceVersion: '20' });
    expect((await nextWatch()).options.resourceVersion).toBe('20');
    expect(settled()).toBe('refreshed');
    expect(names()).toEqual(['b@20', 'c@15']);
    expect(states.map((state) => state.kind)).toEqual(['listing', 'watching', 'listing', 'watching']);
  });

  test('is not content with a list that had begun before', async () => {
    start();
    const before = await nextList();
    const { settled } = refresh();
    before.answer({ items: [role('a', '10')], resourceVersion: '10' });
    const after = await nextList();
    expect(settled()).toBeUndefined();
    expect(names()).toEqual([]);
    after.answer({ items: [role('a', '20')], resourceVersion: '20' });
    await nextWatch();
    expect(settled()).toBe('refreshed');
    expect(names()).toEqual(['a@20']);
  });

  test('waits for no backoff, and for as long as lists fail', async () => {
    start();
    (await nextList()).fail(new KubeError('forbidden', 'no', { status: 403 }));
    await expectNoCall();
    const { settled } = refresh();
    (await nextList()).fail(transient(500));
    await callComesAfter(800);
    expect(settled()).toBeUndefined();
    (await nextList()).answer({ items: [], resourceVersion: '10' });
    await nextWatch();
    expect(settled()).toBe('refreshed');
  });

  test('ends with its signal', async () => {
    const asked = new AbortController();
    await sync();
    const { settled } = refresh(asked.signal);
    asked.abort(new Error('never mind'));
    (await nextList()).answer({ items: [], resourceVersion: '10' });
    await nextWatch();
    expect(settled()).toEqual(new Error('never mind'));
  });
});

describe('stopping', () => {
  test('during a list', async () => {
    start();
    await nextList();
    stop.abort();
    await running;
    await expectNoCall();
  });

  test('during a wait: nothing is asked for afterwards', async () => {
    start();
    (await nextList()).fail(transient());
    await clock.flush();
    expect(clock.pending).toBe(1);
    stop.abort();
    await running;
    await clock.advance(60_000);
    await expectNoCall();
  });

  test('during a watch, with an event that arrives too late', async () => {
    const watch = await sync();
    watch.send(event('MODIFIED', role('a', '11')));
    stop.abort();
    await running;
    expect(names()).toEqual(['a@10']);
    await expectNoCall();
    expect(states.map((state) => state.kind)).toEqual(['listing', 'watching']);
  });

  test('before the answer to a list is worked on', async () => {
    start();
    (await nextList()).answer({ items: [role('a', '1')], resourceVersion: '5' });
    stop.abort();
    await running;
    expect(store.hasSynced).toBe(false);
  });

  test('before it began', async () => {
    stop.abort();
    start();
    await running;
    await expectNoCall();
  });

  test('running twice at once is a mistake; one after the other is not, and lists anew', async () => {
    const options = { api, resource: resources.roles, store, clock, random: () => 0 };
    const reflector = new Reflector(options);
    const first = new AbortController();
    running = reflector.run(first.signal);
    await expect(reflector.run(stop.signal)).rejects.toThrow(/runs already/);
    (await nextList()).answer({ items: [], resourceVersion: '5' });
    await nextWatch();
    first.abort();
    await running;
    running = reflector.run(stop.signal);
    expect((await nextList()).options).toEqual({ limit: 500 });
  });
});
