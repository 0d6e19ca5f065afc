import { describe, expect, it } from 'vitest';
import { complaints, setUpController as setUp } from '../../test/support/controller-bench.ts';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { sleep } from '../lib/index.ts';
import { each } from './each.ts';
import type { Reconcile } from './types.ts';

/** Whether a promise has settled by now. */
function watch(promise: Promise<void>): { readonly settled: boolean } {
  const state = { settled: false };
  const mark = (): void => {
    state.settled = true;
  };
  promise.then(mark, mark);
  return state;
}

const done: Reconcile<string> = each<string>(async () => ({ kind: 'done' }));

/** A reconcile that takes `ms` of virtual time and notes why its signal aborted, if it did. */
function taking(
  clock: VirtualClock,
  ms: number,
): { readonly reconcile: Reconcile<string>; readonly begun: string[]; readonly reasons: unknown[] } {
  const begun: string[] = [];
  const reasons: unknown[] = [];
  const reconcile = each<string>(async (key, signal) => {
    begun.push(key);
    await sleep(clock, ms, signal).catch((reason: unknown) => {
      reasons.push(reason);
      throw reason;
    });
    return { kind: 'done' };
  });
  return { reconcile, begun, reasons };
}

describe('start', () => {
  it('begins nothing before the caches have synced', async () => {
    const clock = new VirtualClock();
    const { queue, controller, stop, settled } = setUp(done, { waitFor: (signal) => sleep(clock, 5000, signal) }, clock);
    queue.add('org/a');
    void controller.run(stop.signal);
    await clock.advance(4999);
    expect(settled).toEqual([]);
    await clock.advance(1);
    expect(settled).toHaveLength(1);
  });

  it('ends with the error of a cache that cannot sync', async () => {
    const failure = new Error('forbidden');
    const { controller, stop, queue } = setUp(done, { waitFor: () => Promise.reject(failure) });
    await expect(controller.run(stop.signal)).rejects.toBe(failure);
    expect(await queue.take(stop.signal)).toBeUndefined();
  });

  it.each(['obeys its signal', 'obeys the same signal as the controller', 'never ends'])(
    'can be stopped while it waits for a cache that %s',
    async (kind) => {
      const clock = new VirtualClock();
      const early = new AbortController();
      const syncing = sleep(clock, 1e9, early.signal);
      const waits: Record<string, (signal: AbortSignal) => Promise<void>> = {
        'obeys its signal': (signal) => sleep(clock, 1e9, signal),
        'obeys the same signal as the controller': () => syncing,
      };
      const { controller, stop } = setUp(done, { waitFor: waits[kind] ?? (() => new Promise(() => undefined)) }, clock);
      stop.signal.addEventListener('abort', () => early.abort(stop.signal.reason));
      syncing.catch(() => undefined);
      const running = controller.run(stop.signal);
      await clock.advance(1000);
      stop.abort(new Error('SIGTERM'));
      await expect(running).resolves.toBeUndefined();
    },
  );

  it('begins nothing when it is stopped before it starts', async () => {
    const { queue, controller, settled } = setUp(done);
    queue.add('org/a');
    await controller.run(AbortSignal.abort());
    expect(settled).toEqual([]);
  });

  it('can be run once only', async () => {
    const { controller, stop } = setUp(done);
    const running = controller.run(stop.signal);
    await expect(controller.run(stop.signal)).rejects.toThrow('run before');
    stop.abort();
    await running;
  });
});

describe('gate', () => {
  it('keeps keys in the queue while it is closed', async () => {
    const clock = new VirtualClock();
    let open = false;
    const { queue, controller, stop, settled } = setUp(done, { gate: () => open }, clock);
    queue.add('org/a');
    void controller.run(stop.signal);
    await clock.advance(60_000);
    expect(settled).toEqual([]);
    expect(queue.depth.ready).toBe(1);
    open = true;
    await clock.advance(1000);
    expect(settled.map((outcome) => outcome.key)).toEqual(['org/a']);
  });

  it('is asked again when a worker that waited for a key gets one', async () => {
    const clock = new VirtualClock();
    let open = true;
    let calls = 0;
    const reconcile: Reconcile<string> = (work, signal) => {
      calls++;
      return done(work, signal);
    };
    const { queue, controller, stop, lines } = setUp(reconcile, { gate: () => open }, clock);
    void controller.run(stop.signal);
    await clock.flush();
    open = false;
    queue.add('org/a');
    await clock.advance(10_000);
    expect(calls).toBe(0);
    expect(queue.depth).toEqual({ ready: 1, delayed: 0, working: 0 });
    expect(complaints(lines)).toEqual([]);
    open = true;
    await clock.advance(1000);
    expect(calls).toBe(1);
  });

  it('is asked before every key of a turn, and what is under way goes on', async () => {
    const clock = new VirtualClock();
    let open = true;
    const reconcile: Reconcile<string> = async (work, signal) => {
      for (let key = work.next(); key !== undefined; key = work.next()) {
        await sleep(clock, 100, signal);
        work.settle(key, { kind: 'done' });
      }
    };
    const { queue, controller, stop, settled } = setUp(reconcile, { gate: () => open }, clock);
    queue.add('org/a');
    queue.add('org/b');
    void controller.run(stop.signal);
    await clock.advance(50);
    open = false;
    await clock.advance(60_000);
    expect(settled.map((outcome) => outcome.key)).toEqual(['org/a']);
    expect(queue.depth.ready).toBe(1);
  });

  it('does not keep a shutdown waiting', async () => {
    const { clock, controller, stop } = setUp(done, { gate: () => false });
    const running = controller.run(stop.signal);
    await clock.advance(500);
    stop.abort();
    await running;
    expect(clock.pending).toBe(0);
  });
});

describe('shutdown', () => {
  it('resolves at once when nothing is under way, and leaves no timer', async () => {
    const { clock, queue, controller, stop } = setUp(done);
    queue.add('org/a', { delayMs: 60_000 });
    const running = controller.run(stop.signal);
    await clock.flush();
    stop.abort();
    await running;
    expect(clock.pending).toBe(0);
  });

  it('lets turns under way finish undisturbed and begins no more', async () => {
    const clock = new VirtualClock();
    const { reconcile, begun, reasons } = taking(clock, 15_000);
    const { queue, controller, stop, settled } = setUp(reconcile, { workers: 1 }, clock);
    queue.add('a/1');
    queue.add('b/1');
    const running = controller.run(stop.signal);
    await clock.advance(5000);
    stop.abort();
    await clock.runUntil(running);
    expect(clock.monotonic()).toBe(15_000);
    expect(begun).toEqual(['a/1']);
    expect(reasons).toEqual([]);
    expect(settled.map((outcome) => outcome.result)).toEqual(['done']);
    expect(clock.pending).toBe(0);
  });

  it('aborts turns that take too long, with the reason of the stop, and counts no failure for it', async () => {
    const clock = new VirtualClock();
    const { reconcile, reasons } = taking(clock, 1e9);
    const { queue, controller, stop, settled, lines, panics } = setUp(reconcile, { timeouts: { finishMs: 8000 } }, clock);
    queue.add('a/1');
    const running = controller.run(stop.signal);
    await clock.advance(1000);
    const reason = new Error('SIGTERM');
    stop.abort(reason);
    await clock.runUntil(running);
    expect(clock.monotonic()).toBe(9000);
    expect(reasons).toEqual([reason]);
    expect([settled, panics, complaints(lines)]).toEqual([[], [], []]);
  });

  it('abandons turns that do not even end then, and names them', async () => {
    const clock = new VirtualClock();
    const reconcile = each<string>((key) => (key === 'a/deaf' ? new Promise(() => undefined) : Promise.resolve({ kind: 'done' })));
    const { queue, controller, stop, lines } = setUp(reconcile, { timeouts: { finishMs: 8000, abortMs: 2000 } }, clock);
    queue.add('a/deaf');
    queue.add('b/1');
    const running = controller.run(stop.signal);
    await clock.advance(1000);
    stop.abort();
    await clock.runUntil(running);
    expect(clock.monotonic()).toBe(11_000);
    expect(complaints(lines).map((line) => line.fields)).toEqual([{ controller: 'roles', group: 'a', keys: ['a/deaf'] }]);
  });

  it('is not upset by an abandoned turn that ends after all', async () => {
    const clock = new VirtualClock();
    const reconcile = each<string>(() => sleep(clock, 60_000).then(() => ({ kind: 'retry', error: new Error('too late') })));
    const { queue, controller, stop, lines, settled } = setUp(reconcile, {}, clock);
    queue.add('a/1');
    const running = controller.run(stop.signal);
    await clock.flush();
    stop.abort();
    await clock.runUntil(running);
    const before = complaints(lines).length;
    await clock.advance(60_000);
    expect(complaints(lines)).toHaveLength(before);
    expect(settled).toEqual([]);
  });
});

describe('lost leadership', () => {
  it('aborts turns under way at once, with its reason', async () => {
    const clock = new VirtualClock();
    const { reconcile, begun, reasons } = taking(clock, 15_000);
    const { queue, controller, stop, leadership } = setUp(reconcile, { workers: 1 }, clock);
    queue.add('a/1');
    queue.add('b/1');
    const running = controller.run(stop.signal);
    await clock.advance(1000);
    const reason = new Error('the lease ran out');
    leadership.abort(reason);
    await running;
    expect(clock.monotonic()).toBe(1000);
    expect(begun).toEqual(['a/1']);
    expect(reasons).toEqual([reason]);
    expect(clock.pending).toBe(0);
  });

  it('cuts an orderly shutdown short', async () => {
    const clock = new VirtualClock();
    const { reconcile, reasons } = taking(clock, 15_000);
    const { queue, controller, stop, leadership } = setUp(reconcile, {}, clock);
    queue.add('a/1');
    const running = controller.run(stop.signal);
    await clock.advance(1000);
    stop.abort();
    await clock.advance(1000);
    const ended = watch(running);
    expect(ended.settled).toBe(false);
    const reason = new Error('the lease ran out');
    leadership.abort(reason);
    await clock.flush();
    expect(ended.settled).toBe(true);
    expect(reasons).toEqual([reason]);
  });

  it('waits for a turn that does not obey no longer than for the abort', async () => {
    const clock = new VirtualClock();
    const deaf: Reconcile<string> = (work) => {
      work.next();
      return new Promise(() => undefined);
    };
    const { queue, controller, stop, leadership } = setUp(deaf, { timeouts: { abortMs: 2000 } }, clock);
    queue.add('a/1');
    const running = controller.run(stop.signal);
    await clock.advance(1000);
    leadership.abort();
    await clock.runUntil(running);
    expect(clock.monotonic()).toBe(3000);
  });

  it('begins nothing when leadership was lost before the start', async () => {
    const { queue, controller, stop, leadership, settled } = setUp(done);
    queue.add('org/a');
    leadership.abort();
    await controller.run(stop.signal);
    expect(settled).toEqual([]);
  });
});

describe('a fault of the engine itself', () => {
  it('ends the run with the error instead of going on with fewer workers', async () => {
    const clock = new VirtualClock();
    const fault = new Error('no lease known');
    let broken = false;
    const gate = (): boolean => {
      if (broken) {
        throw fault;
      }
      return true;
    };
    const { queue, controller, stop, settled } = setUp(done, { gate, workers: 2 }, clock);
    const running = controller.run(stop.signal);
    await clock.flush();
    broken = true;
    queue.add('org/a');
    await expect(clock.runUntil(running)).rejects.toBe(fault);
    expect(settled).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});
