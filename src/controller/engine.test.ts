import { describe, expect, it } from 'vitest';
import { type ControllerBench, complaints, setUpController as setUp } from '../../test/support/controller-bench.ts';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { sleep } from '../lib/index.ts';
import { priorities } from '../queue/index.ts';
import { each } from './each.ts';
import { ReconcileBugError } from './engine.ts';
import type { Reconcile, Result } from './types.ts';

/** Answers with the results in turn and notes when it was called. */
function answering(
  clock: VirtualClock,
  ...results: readonly Result[]
): { readonly reconcile: Reconcile<string>; readonly calls: number[] } {
  const calls: number[] = [];
  const reconcile = each<string>(async () => {
    calls.push(clock.monotonic());
    return results[calls.length - 1] ?? { kind: 'done' };
  });
  return { reconcile, calls };
}

describe('outcomes', () => {
  async function run(...results: readonly Result[]): Promise<ControllerBench & { readonly calls: readonly number[] }> {
    const clock = new VirtualClock();
    const { reconcile, calls } = answering(clock, ...results);
    const bench = setUp(reconcile, {}, clock);
    bench.queue.add('org/a');
    void bench.controller.run(bench.stop.signal);
    await clock.advance(1_000_000);
    return { ...bench, calls };
  }
  const error = new Error('refused');

  it('done: forgets failures and looks no more', async () => {
    const { calls, queue, lines } = await run({ kind: 'retry', error }, { kind: 'done' });
    expect(calls).toEqual([0, 1000]);
    expect(queue.failures('org/a')).toBe(0);
    expect(queue.depth).toEqual({ ready: 0, delayed: 0, working: 0 });
    expect(complaints(lines)).toHaveLength(1);
  });

  it('after: forgets failures and looks again after the delay', async () => {
    const { calls, queue } = await run({ kind: 'retry', error }, { kind: 'after', delayMs: 600_000 }, { kind: 'retry', error });
    expect(calls).toEqual([0, 1000, 601_000, 602_000]);
    expect(queue.failures('org/a')).toBe(0);
  });

  it('retry: waits longer each time, logs each failure once with what it needs to be understood', async () => {
    const { calls, lines, settled } = await run({ kind: 'retry', error }, { kind: 'retry', error }, { kind: 'retry', error });
    expect(calls).toEqual([0, 1000, 3000, 7000]);
    expect(complaints(lines).map((line) => line.fields)).toEqual([
      { controller: 'roles', group: 'org', key: 'org/a', error, failures: 1, retryInMs: 1000 },
      { controller: 'roles', group: 'org', key: 'org/a', error, failures: 2, retryInMs: 2000 },
      { controller: 'roles', group: 'org', key: 'org/a', error, failures: 3, retryInMs: 4000 },
    ]);
    expect(settled.map((outcome) => outcome.result)).toEqual(['retry', 'retry', 'retry', 'done']);
  });

  it('retry: not before the moment that the provider named, and not before the backoff either', async () => {
    const { calls } = await run({ kind: 'retry', error, notBeforeMs: 30_000 }, { kind: 'retry', error, notBeforeMs: 10 });
    expect(calls).toEqual([0, 30_000, 32_000]);
  });

  it('retry: after the delay that the reconciler gave for keys that failed together, counting the failure', async () => {
    const { calls, lines } = await run({ kind: 'retry', error, delayMs: 5000 }, { kind: 'retry', error });
    expect(calls).toEqual([0, 5000, 7000]);
    expect(complaints(lines).map((line) => line.fields.failures)).toEqual([1, 2]);
  });

  it('terminal: is not retried hot, forgets failures, and looks again after the delay if there is one', async () => {
    const { calls, queue, lines } = await run(
      { kind: 'retry', error },
      { kind: 'terminal', error, delayMs: 600_000 },
      { kind: 'terminal', error },
    );
    expect(calls).toEqual([0, 1000, 601_000]);
    expect(queue.failures('org/a')).toBe(0);
    expect(complaints(lines).map((line) => line.level)).toEqual(['warn', 'error', 'error']);
  });

  it('puts failures before periodic looks and changes before failures', async () => {
    const order: string[] = [];
    const failing = new Set(['b/failed']);
    const clock = new VirtualClock();
    const reconcile = each<string>(async (key) => {
      order.push(key);
      return failing.delete(key) ? { kind: 'retry', error } : { kind: 'after', delayMs: 1000 };
    });
    const { queue, controller, stop } = setUp(reconcile, { workers: 1 }, clock);
    queue.add('a/looked');
    queue.add('b/failed');
    void controller.run(stop.signal);
    await clock.flush();
    queue.add('c/changed', { priority: priorities.change, delayMs: 1000 });
    await clock.advance(1000);
    expect(order).toEqual(['a/looked', 'b/failed', 'c/changed', 'b/failed', 'a/looked']);
  });

  it('looks at once at a key that changed while it was in work', async () => {
    const clock = new VirtualClock();
    const calls: number[] = [];
    const { queue, controller, stop } = setUp(
      each<string>(async () => {
        calls.push(clock.monotonic());
        await sleep(clock, 100);
        return { kind: 'after', delayMs: 600_000 };
      }),
      {},
      clock,
    );
    queue.add('org/a');
    void controller.run(stop.signal);
    await clock.advance(50);
    queue.add('org/a', { priority: priorities.change });
    await clock.advance(1000);
    expect(calls).toEqual([0, 100]);
  });

  it('hands out a key that changed in work by the same turn, once it is settled', async () => {
    const handedOut: (string | undefined)[] = [];
    const { queue, controller, stop, clock } = setUp(async (work) => {
      const key = work.next() ?? 'none';
      queue.add(key, { priority: priorities.change });
      handedOut.push(key, work.next());
      work.settle(key, { kind: 'done' });
      handedOut.push(work.next());
      work.settle(key, { kind: 'done' });
    });
    queue.add('org/a');
    void controller.run(stop.signal);
    await clock.flush();
    expect(handedOut).toEqual(['org/a', undefined, 'org/a']);
  });

  it('tells the observer how long a key was in hand, and lives with an observer that throws', async () => {
    const clock = new VirtualClock();
    const slow = each<string>(() => sleep(clock, 2500).then(() => ({ kind: 'done' })));
    const bench = setUp(slow, {}, clock);
    bench.queue.add('org/a');
    void bench.controller.run(bench.stop.signal);
    await clock.advance(5000);
    expect(bench.settled).toEqual([{ controller: 'roles', group: 'org', key: 'org/a', result: 'done', seconds: 2.5 }]);
    expect(bench.busy).toEqual([1, 0]);

    const throwing = setUp(
      slow,
      {
        observer: {
          settled: () => {
            throw new Error('no such metric');
          },
        },
      },
      clock,
    );
    throwing.queue.add('org/a');
    void throwing.controller.run(throwing.stop.signal);
    await clock.advance(5000);
    expect(complaints(throwing.lines).map((line) => line.message)).toEqual(['An observer of the controller threw']);
    expect(throwing.queue.depth).toEqual({ ready: 0, delayed: 0, working: 0 });
  });
});

describe('a reconciler that breaks its contract', () => {
  it('has its open keys retried and one line logged when it throws', async () => {
    const failure = new Error('list failed');
    const bench = setUp(async (work) => {
      for (let key = work.next(); key !== undefined; key = work.next()) {
        if (key === 'org/settled') {
          work.settle(key, { kind: 'done' });
        }
      }
      throw failure;
    });
    for (const name of ['a', 'settled', 'b']) {
      bench.queue.add(`org/${name}`);
    }
    void bench.controller.run(bench.stop.signal);
    await bench.clock.flush();
    expect(complaints(bench.lines)).toEqual([
      {
        level: 'error',
        message: 'Reconcile threw; its open keys are retried',
        fields: { controller: 'roles', group: 'org', keys: ['org/a', 'org/b'], error: failure },
      },
    ]);
    expect(bench.panics).toEqual([failure]);
    expect(bench.settled.map((outcome) => [outcome.key, outcome.result])).toEqual([
      ['org/settled', 'done'],
      ['org/a', 'retry'],
      ['org/b', 'retry'],
    ]);
    expect(bench.queue.depth).toEqual({ ready: 0, delayed: 2, working: 0 });
    expect([bench.queue.failures('org/a'), bench.queue.failures('org/b')]).toEqual([1, 1]);
  });

  it('has the whole group back off when it throws before it takes a key, instead of turning hot', async () => {
    const calls: number[] = [];
    const clock = new VirtualClock();
    const bench = setUp(
      async () => {
        calls.push(clock.monotonic());
        throw new Error('connection refused');
      },
      {},
      clock,
    );
    bench.queue.add('org/a');
    bench.queue.add('org/b');
    void bench.controller.run(bench.stop.signal);
    await clock.advance(6999);
    expect(calls.slice(0, 3)).toEqual([0, 1000, 3000]);
    expect(complaints(bench.lines)[0]?.fields.keys).toEqual(['org/a', 'org/b']);
  });

  it.each<[string, Reconcile<string>, RegExp]>([
    ['returns without settling a key', async (work) => void work.next(), /without settling the key: org\/a/],
    ['returns without taking a key', async () => undefined, /without taking a key of its group: org\/a/],
  ])('has the key retried with an error that names the bug when it %s', async (_name, reconcile, words) => {
    const bench = setUp(reconcile);
    bench.queue.add('org/a');
    void bench.controller.run(bench.stop.signal);
    await bench.clock.flush();
    const [line] = complaints(bench.lines);
    expect(line?.fields.error).toBeInstanceOf(ReconcileBugError);
    expect(String(line?.fields.error)).toMatch(words);
    expect(bench.queue.failures('org/a')).toBe(1);
    expect(bench.queue.depth).toEqual({ ready: 0, delayed: 1, working: 0 });
  });

  it('is told off when it settles a key twice or one that it does not hold, and nothing else happens', async () => {
    const bench = setUp(async (work) => {
      const key = work.next() ?? 'none';
      work.settle('org/other', { kind: 'done' });
      work.settle(key, { kind: 'done' });
      work.settle(key, { kind: 'retry', error: new Error('second thoughts') });
    });
    bench.queue.add('org/a');
    void bench.controller.run(bench.stop.signal);
    await bench.clock.flush();
    expect(complaints(bench.lines).map((line) => [line.message, line.fields.key])).toEqual([
      ['A reconciler settled a key that is not in its hands', 'org/other'],
      ['A reconciler settled a key that is not in its hands', 'org/a'],
    ]);
    expect(bench.settled.map((outcome) => outcome.result)).toEqual(['done']);
    expect(bench.queue.failures('org/a')).toBe(0);
  });

  it('has the key retried when its result is malformed', async () => {
    const bench = setUp(each<string>(async () => ({ kind: 'after', delayMs: Number.NaN })));
    bench.queue.add('org/a');
    void bench.controller.run(bench.stop.signal);
    await bench.clock.flush();
    expect(bench.queue.failures('org/a')).toBe(1);
    expect(bench.queue.depth).toEqual({ ready: 0, delayed: 1, working: 0 });
  });

  it('cannot settle after its turn has ended', async () => {
    const clock = new VirtualClock();
    const bench = setUp(
      async (work) => {
        const key = work.next() ?? 'none';
        void sleep(clock, 10).then(() => work.settle(key, { kind: 'done' }));
      },
      {},
      clock,
    );
    bench.queue.add('org/a');
    void bench.controller.run(bench.stop.signal);
    await clock.advance(10);
    expect(complaints(bench.lines).map((line) => line.level)).toEqual(['warn', 'error']);
    expect(bench.queue.failures('org/a')).toBe(1);
  });
});

describe('workers', () => {
  it('work on different groups at once, never two on one, and no more than there are', async () => {
    const clock = new VirtualClock();
    const running = new Set<string>();
    let most = 0;
    const bench = setUp(
      each<string>(async (key) => {
        const group = key.split('/')[0] ?? '';
        expect(running.has(group)).toBe(false);
        running.add(group);
        most = Math.max(most, running.size);
        await sleep(clock, 100);
        running.delete(group);
        return { kind: 'done' };
      }),
      { workers: 3 },
      clock,
    );
    for (let index = 0; index < 40; index++) {
      bench.queue.add(`org-${index % 5}/${index}`);
    }
    void bench.controller.run(bench.stop.signal);
    await clock.advance(100 * 20);
    expect(bench.settled).toHaveLength(40);
    expect(complaints(bench.lines)).toEqual([]);
    expect(most).toBe(3);
  });

  it.each([0, 1.5, Number.NaN])('cannot be %d', (workers) => {
    expect(() => setUp(async () => undefined, { workers })).toThrow(RangeError);
  });
});
