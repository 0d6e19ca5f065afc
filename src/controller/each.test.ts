import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { sleep } from '../lib/index.ts';
import { each, ReconcileTimeoutError } from './each.ts';
import type { Result, Work } from './types.ts';

const never = new AbortController().signal;

/** Work of one group that remembers how its keys were settled. */
function workOf(...keys: string[]): Work<string> & { readonly settled: (readonly [string, Result])[] } {
  const settled: (readonly [string, Result])[] = [];
  return { group: 'group', next: () => keys.shift(), settle: (key, result) => void settled.push([key, result]), settled };
}

describe('each', () => {
  it('settles one key a turn with what the function says', async () => {
    const work = workOf('first', 'second');
    await each<string>(async () => ({ kind: 'after', delayMs: 5 }))(work, never);
    expect(work.settled).toEqual([['first', { kind: 'after', delayMs: 5 }]]);
    expect(work.next()).toBe('second');
  });

  it('does nothing when the key has gone to another group meanwhile', async () => {
    const work = workOf();
    await each<string>(() => Promise.reject(new Error('must not be called')))(work, never);
    expect(work.settled).toEqual([]);
  });

  it('passes on what the function throws', async () => {
    const failure = new Error('refused');
    const clock = new VirtualClock();
    const reconcile = each<string>(() => Promise.reject(failure), { clock, timeoutMs: 1000 });
    await expect(reconcile(workOf('key'), never)).rejects.toBe(failure);
    expect(clock.pending).toBe(0);
  });

  it('aborts a function that takes too long and retries the key with an error that names it and the limit', async () => {
    const clock = new VirtualClock();
    const work = workOf('ns/slow');
    const reconcile = each<string>((_key, signal) => sleep(clock, 60_000, signal).then(() => ({ kind: 'done' })), {
      clock,
      timeoutMs: 30_000,
    });
    await clock.runUntil(reconcile(work, never));
    expect(clock.monotonic()).toBe(30_000);
    const [key, result] = work.settled[0] ?? [];
    expect(key).toBe('ns/slow');
    expect(result?.kind === 'retry' && result.error).toBeInstanceOf(ReconcileTimeoutError);
    expect(result?.kind === 'retry' && String(result.error)).toMatch(/ns\/slow.*30 s/);
  });

  it('keeps the key in hand until the function has ended, and takes the result it gives after all', async () => {
    const clock = new VirtualClock();
    const work = workOf('deaf');
    const reconcile = each<string>(() => sleep(clock, 60_000).then(() => ({ kind: 'done' })), { clock, timeoutMs: 30_000 });
    const running = reconcile(work, never);
    await clock.advance(59_999);
    expect(work.settled).toEqual([]);
    await clock.advance(1);
    await running;
    expect(work.settled).toEqual([['deaf', { kind: 'done' }]]);
  });

  it('hands the abort of the turn on with its reason', async () => {
    const clock = new VirtualClock();
    const abort = new AbortController();
    const reason = new Error('no longer the leader');
    const reconcile = each<string>((_key, signal) => sleep(clock, 60_000, signal).then(() => ({ kind: 'done' })), {
      clock,
      timeoutMs: 30_000,
    });
    const running = reconcile(workOf('key'), abort.signal);
    abort.abort(reason);
    await expect(running).rejects.toBe(reason);
    await expect(reconcile(workOf('key'), abort.signal)).rejects.toBe(reason);
    expect(clock.pending).toBe(0);
  });
});
