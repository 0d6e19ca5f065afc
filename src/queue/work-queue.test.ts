import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { seededRandom } from '../lib/index.ts';
import { priorities, type Turn, type WorkQueue } from './types.ts';
import { createWorkQueue, type WorkQueueOptions } from './work-queue.ts';

const never = new AbortController().signal;

/** A clock that goes on without firing its timers, as when the process is busy. */
class LateClock extends VirtualClock {
  lagMs = 0;

  override monotonic(): number {
    return super.monotonic() + this.lagMs;
  }
}

interface Bench {
  readonly clock: VirtualClock;
  readonly queue: WorkQueue<string>;
  /** Moves keys to other groups. */
  readonly groups: Map<string, string>;
}

/** A queue whose keys look like `group/name` unless `groups` says otherwise. */
function setUp(options: Partial<WorkQueueOptions<string>> = {}): Bench {
  const clock = new VirtualClock();
  const groups = new Map<string, string>();
  const queue = createWorkQueue<string>({
    clock,
    random: seededRandom(1),
    groupOf: (key) => groups.get(key) ?? key.split('/')[0] ?? key,
    backoff: { baseMs: 1000, maxMs: 60_000, jitter: 0 },
    ...options,
  });
  return { clock, queue, groups };
}

async function takeTurn(queue: WorkQueue<string>): Promise<Turn<string>> {
  const turn = await queue.take(never);
  if (!turn) {
    throw new Error('The queue is shut down');
  }
  return turn;
}

/** The keys that come out one after another, one a turn, without any time passing. */
async function drain(queue: WorkQueue<string>): Promise<readonly string[]> {
  const keys: string[] = [];
  while (queue.depth.ready > 0) {
    const turn = await takeTurn(queue);
    const key = turn.next();
    if (key !== undefined) {
      keys.push(key);
    }
    turn.release();
  }
  return keys;
}

describe('adding', () => {
  it('keeps a key once, however often it is added', async () => {
    const { queue } = setUp();
    queue.add('a/1');
    queue.add('a/1', { priority: priorities.change });
    queue.add('a/1', { delayMs: 1000 });
    expect(await drain(queue)).toEqual(['a/1']);
    expect(queue.depth).toEqual({ ready: 0, delayed: 0, working: 0 });
  });

  it('hands out the more important first, then the longer ready', async () => {
    const { queue } = setUp();
    queue.add('a/1', { priority: priorities.resync });
    queue.add('b/1', { priority: priorities.retry });
    queue.add('c/1', { priority: priorities.change });
    queue.add('d/1', { priority: priorities.change });
    expect(await drain(queue)).toEqual(['c/1', 'd/1', 'b/1', 'a/1']);
  });

  it('raises the priority of a ready key without taking its place in line, and never lowers it', async () => {
    const { queue } = setUp();
    queue.add('a/1');
    queue.add('b/1', { priority: priorities.change });
    queue.add('a/1', { priority: priorities.change });
    queue.add('a/1', { priority: priorities.resync });
    expect(await drain(queue)).toEqual(['a/1', 'b/1']);
  });

  it('orders a delayed key by the moment it became ready, not by the one at which it was added', async () => {
    const { clock, queue } = setUp();
    queue.add('late/1', { delayMs: 10_000 });
    await clock.advance(5000);
    queue.add('early/1');
    await clock.advance(5000);
    queue.add('last/1');
    expect(await drain(queue)).toEqual(['early/1', 'late/1', 'last/1']);
  });

  it('puts a key whose moment has passed before one that is added now, even if the timer is late', async () => {
    const clock = new LateClock();
    const { queue } = setUp({ clock });
    queue.add('due/1', { delayMs: 1000 });
    clock.lagMs = 2000;
    queue.add('fresh/1');
    expect(await drain(queue)).toEqual(['due/1', 'fresh/1']);
  });

  it('keeps that order when work on a key ends late', async () => {
    const clock = new LateClock();
    const { queue } = setUp({ clock });
    queue.add('a/1');
    const turn = await takeTurn(queue);
    turn.next();
    queue.add('a/1');
    queue.add('a/2', { delayMs: 1000 });
    clock.lagMs = 2000;
    turn.done('a/1');
    expect([turn.next(), turn.next()]).toEqual(['a/2', 'a/1']);
  });

  it('lets no later look postpone or cancel an earlier one', async () => {
    const { clock, queue } = setUp();
    queue.add('a/1', { priority: priorities.change, delayMs: 1000 });
    queue.add('a/1', { priority: priorities.resync, delayMs: 600_000 });
    await clock.advance(1000);
    expect(queue.depth.ready).toBe(1);
    queue.add('a/1', { priority: priorities.resync, delayMs: 600_000 });
    expect(await drain(queue)).toEqual(['a/1']);
    expect(queue.depth.delayed).toBe(0);
  });

  it('brings a look forward', async () => {
    const { clock, queue } = setUp();
    queue.add('a/1', { delayMs: 600_000 });
    queue.add('a/1', { delayMs: 1000 });
    queue.add('a/2', { delayMs: 600_000 });
    queue.add('a/2');
    expect(queue.depth).toEqual({ ready: 1, delayed: 1, working: 0 });
    await clock.advance(1000);
    expect(await drain(queue)).toEqual(['a/2', 'a/1']);
    expect(clock.pending).toBe(0);
  });

  it('arms one timer for ten thousand delayed keys', () => {
    const { clock, queue } = setUp();
    for (let index = 0; index < 10_000; index++) {
      queue.add(`group-${index % 100}/${index}`, { delayMs: 1 + ((index * 7919) % 600_000) });
    }
    expect(clock.pending).toBe(1);
    expect(clock.nextInMs).toBe(1);
  });

  it('refuses what is no number and keeps the key as it was', async () => {
    const { queue } = setUp();
    expect(() => queue.add('a/1', { delayMs: Number.NaN })).toThrow(RangeError);
    expect(() => queue.add('a/1', { priority: Number.NaN })).toThrow(RangeError);
    expect(() => queue.addRateLimited('a/1', { notBeforeMs: Number.NaN })).toThrow(RangeError);
    expect(queue.failures('a/1')).toBe(0);
    queue.add('a/1', { delayMs: -5 });
    expect(await drain(queue)).toEqual(['a/1']);
  });
});

describe('backoff', () => {
  it('grows with every failure in a row and starts anew after forget', async () => {
    const { clock, queue } = setUp();
    expect([queue.addRateLimited('a/1'), queue.addRateLimited('a/1'), queue.addRateLimited('a/1')]).toEqual([1000, 2000, 4000]);
    expect(queue.failures('a/1')).toBe(3);
    queue.forget('a/1');
    expect(queue.failures('a/1')).toBe(0);
    expect(queue.addRateLimited('a/1')).toBe(1000);
    await clock.advance(1000);
    expect(queue.depth.ready).toBe(1);
  });

  it('waits at least as long as the caller was told to', async () => {
    const { clock, queue } = setUp();
    expect(queue.addRateLimited('a/1', { notBeforeMs: 30_000 })).toBe(30_000);
    expect(queue.addRateLimited('b/1', { notBeforeMs: 500 })).toBe(1000);
    await clock.advance(29_999);
    expect(queue.depth).toEqual({ ready: 1, delayed: 1, working: 0 });
    await clock.advance(1);
    expect(queue.depth.ready).toBe(2);
  });

  it('takes another delay instead of its own for keys that failed together, and counts the failure all the same', () => {
    const { queue } = setUp();
    expect(queue.addRateLimited('a/1', { delayMs: 7000 })).toBe(7000);
    expect(queue.addRateLimited('a/1', { delayMs: 7000, notBeforeMs: 9000 })).toBe(9000);
    expect(queue.failures('a/1')).toBe(2);
    expect(() => queue.addRateLimited('a/1', { delayMs: Number.NaN })).toThrow(RangeError);
    expect(queue.failures('a/1')).toBe(2);
  });

  it('takes a priority along', async () => {
    const { clock, queue } = setUp();
    queue.add('b/1', { delayMs: 500 });
    queue.addRateLimited('a/1', { priority: priorities.retry });
    await clock.advance(1000);
    expect(await drain(queue)).toEqual(['a/1', 'b/1']);
  });

  it('spreads the waits of keys that fail together', () => {
    const { queue } = setUp({ backoff: { baseMs: 1000, maxMs: 60_000 } });
    const delays = Array.from({ length: 100 }, (_, index) => queue.addRateLimited(`a/${index}`));
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(500);
    expect(Math.max(...delays)).toBeLessThanOrEqual(1000);
    expect(new Set(delays).size).toBeGreaterThan(90);
  });
});

describe('turns', () => {
  it('gives a group to one taker at a time and another group to the next', async () => {
    const { clock, queue } = setUp();
    queue.add('a/1');
    queue.add('a/2');
    queue.add('b/1');
    const first = await takeTurn(queue);
    const second = await takeTurn(queue);
    expect([first.group, second.group]).toEqual(['a', 'b']);
    let third: Turn<string> | undefined;
    void queue.take(never).then((turn) => {
      third = turn;
    });
    await clock.flush();
    expect(third).toBeUndefined();
    first.release();
    await clock.flush();
    expect(third?.group).toBe('a');
  });

  it('hands out by the same turn what becomes ready meanwhile', async () => {
    const { clock, queue } = setUp();
    queue.add('a/1');
    queue.add('a/3', { delayMs: 1000 });
    const turn = await takeTurn(queue);
    expect(turn.next()).toBe('a/1');
    queue.add('a/2');
    expect(turn.next()).toBe('a/2');
    expect(turn.next()).toBeUndefined();
    await clock.advance(1000);
    expect(turn.next()).toBe('a/3');
  });

  it('makes a key that was added while in work ready only once it is done, and again after its delay', async () => {
    const { clock, queue } = setUp();
    queue.add('a/1');
    const turn = await takeTurn(queue);
    turn.next();
    queue.add('a/1', { priority: priorities.change });
    queue.add('a/1', { delayMs: 1000 });
    expect(turn.next()).toBeUndefined();
    expect(queue.depth).toEqual({ ready: 0, delayed: 0, working: 1 });
    turn.done('a/1');
    expect(turn.next()).toBe('a/1');
    queue.add('a/1', { delayMs: 1000 });
    await clock.advance(400);
    turn.done('a/1');
    expect(queue.depth).toEqual({ ready: 0, delayed: 1, working: 0 });
    await clock.advance(600);
    expect(turn.next()).toBe('a/1');
  });

  it('counts keys as done when the group is given back, and ignores the turn afterwards', async () => {
    const { queue } = setUp();
    queue.add('a/1');
    queue.add('a/2');
    const turn = await takeTurn(queue);
    turn.next();
    queue.add('a/1', { priority: priorities.change });
    turn.release();
    expect(queue.depth).toEqual({ ready: 2, delayed: 0, working: 0 });
    const second = await takeTurn(queue);
    expect(second.next()).toBe('a/1');
    turn.done('a/1');
    turn.release();
    expect(turn.next()).toBeUndefined();
    expect(queue.depth).toEqual({ ready: 1, delayed: 0, working: 1 });
  });

  it('ignores done for a key that another turn works on', async () => {
    const { queue } = setUp();
    queue.add('a/1');
    queue.add('b/1');
    const [first, second] = [await takeTurn(queue), await takeTurn(queue)];
    first.next();
    second.next();
    second.done('a/1');
    expect(queue.depth.working).toBe(2);
  });

  it('files a key anew whose group changed while it waited', async () => {
    const { queue, groups } = setUp();
    queue.add('a/1');
    queue.add('a/2');
    groups.set('a/1', 'b');
    const turn = await takeTurn(queue);
    expect([turn.group, turn.next()]).toEqual(['b', 'a/1']);
    groups.set('a/2', 'b');
    void queue.take(never);
    expect([turn.next(), queue.depth.ready]).toEqual(['a/2', 0]);
  });

  it('passes a key whose group changed on to the holder of the new group', async () => {
    const { queue, groups } = setUp();
    queue.add('a/1');
    queue.add('b/1');
    const [first, second] = [await takeTurn(queue), await takeTurn(queue)];
    groups.set('a/1', 'b');
    expect(first.next()).toBeUndefined();
    expect([second.next(), second.next()]).toEqual(['a/1', 'b/1']);
  });

  it('gives a waiting taker the group that a key has moved to', async () => {
    const { clock, queue, groups } = setUp();
    queue.add('a/1');
    queue.add('a/2');
    const first = await takeTurn(queue);
    let second: Turn<string> | undefined;
    void queue.take(never).then((turn) => {
      second = turn;
    });
    groups.set('a/1', 'b');
    expect(first.next()).toBe('a/2');
    await clock.flush();
    expect([second?.group, second?.next()]).toEqual(['b', 'a/1']);
  });

  it('never hands out a key in work by the turn of the group it has moved to', async () => {
    const { queue, groups } = setUp();
    queue.add('a/1');
    queue.add('b/1');
    const [first, second] = [await takeTurn(queue), await takeTurn(queue)];
    expect(first.next()).toBe('a/1');
    groups.set('a/1', 'b');
    queue.add('a/1', { priority: priorities.change });
    expect(second.next()).toBe('b/1');
    expect(second.next()).toBeUndefined();
    first.done('a/1');
    expect(first.next()).toBeUndefined();
    expect(second.next()).toBe('a/1');
  });
});

describe('waiting takers', () => {
  it('are served in order of asking, as soon as a key is ready', async () => {
    const { clock, queue } = setUp();
    const served: string[] = [];
    for (const name of ['first', 'second']) {
      void queue.take(never).then((turn) => served.push(`${name}: ${turn?.group}`));
    }
    queue.add('a/1', { delayMs: 1000 });
    queue.add('b/1', { delayMs: 2000 });
    await clock.advance(1000);
    expect(served).toEqual(['first: a']);
    await clock.advance(1000);
    expect(served).toEqual(['first: a', 'second: b']);
  });

  it('reject with the reason of their signal and lose nothing by it', async () => {
    const { queue } = setUp();
    const abort = new AbortController();
    const reason = new Error('shutting down');
    const waiting = queue.take(abort.signal);
    abort.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(queue.take(AbortSignal.abort(reason))).rejects.toBe(reason);
    queue.add('a/1');
    expect(await drain(queue)).toEqual(['a/1']);
  });

  it('get undefined at shutdown, after which nothing is added, armed or handed out', async () => {
    const { clock, queue } = setUp();
    queue.add('a/1');
    const turn = await takeTurn(queue);
    turn.next();
    queue.add('a/2');
    queue.add('b/1', { delayMs: 1000 });
    const waiting = queue.take(never);
    queue.add('a/1');
    queue.shutDown();
    expect(await waiting).toBeUndefined();
    expect(await queue.take(never)).toBeUndefined();
    expect(turn.next()).toBeUndefined();
    queue.add('c/1');
    turn.done('a/1');
    turn.release();
    expect(queue.depth).toEqual({ ready: 1, delayed: 1, working: 0 });
    expect(clock.pending).toBe(0);
  });
});
