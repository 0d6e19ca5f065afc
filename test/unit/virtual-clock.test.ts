import { describe, expect, it } from 'vitest';
import { sleep } from '../../src/lib/clock.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

describe('VirtualClock', () => {
  it('fires timers in order of their moment, then of their creation', async () => {
    const clock = new VirtualClock();
    const fired: string[] = [];
    clock.schedule(20, () => fired.push('late'));
    clock.schedule(10, () => fired.push('first'));
    clock.schedule(10, () => fired.push('second'));
    await clock.advance(20);
    expect(fired).toEqual(['first', 'second', 'late']);
  });

  it('lets awaiting code go on between two timers, at the moment of its own timer', async () => {
    const clock = new VirtualClock();
    const seen: number[] = [];
    const worker = async (): Promise<void> => {
      for (let round = 0; round < 3; round++) {
        await sleep(clock, 10);
        await Promise.resolve().then(() => Promise.resolve());
        seen.push(clock.monotonic());
      }
    };
    const done = worker();
    await clock.advance(35);
    await done;
    expect(seen).toEqual([10, 20, 30]);
    expect(clock.monotonic()).toBe(35);
  });

  it('never fires a cancelled timer and counts the pending ones', async () => {
    const clock = new VirtualClock();
    let fired = 0;
    const timer = clock.schedule(5, () => fired++);
    clock.schedule(5, () => fired++);
    expect(clock.pending).toBe(2);
    timer.cancel();
    expect(clock.pending).toBe(1);
    await clock.advance(5);
    expect(fired).toBe(1);
    expect(clock.pending).toBe(0);
  });

  it('steps to the next timer and says when there is none', async () => {
    const clock = new VirtualClock();
    clock.schedule(90, () => undefined);
    expect(clock.nextInMs).toBe(90);
    expect(await clock.advanceToNext()).toBe(true);
    expect(clock.monotonic()).toBe(90);
    expect(await clock.advanceToNext()).toBe(false);
    expect(clock.monotonic()).toBe(90);
  });

  it('starts the wall clock where it is told to, and lets it jump without moving timers', async () => {
    const clock = new VirtualClock({ start: '2031-05-06T07:08:09Z' });
    const start = Date.parse('2031-05-06T07:08:09Z');
    clock.schedule(10, () => undefined);
    clock.jumpWallClock(-60_000);
    expect(clock.now()).toBe(start - 60_000);
    await clock.advance(10);
    expect(clock.now()).toBe(start - 60_000 + 10);
    expect(clock.pending).toBe(0);
    expect(() => new VirtualClock({ start: 'yesterday' })).toThrow(RangeError);
  });

  it('runs until a promise settles, and gives up on one that nothing will settle', async () => {
    const clock = new VirtualClock();
    expect(await clock.runUntil(sleep(clock, 5000).then(() => 'slept'))).toBe('slept');
    await expect(clock.runUntil(Promise.reject(new RangeError('refused')))).rejects.toThrow(RangeError);
    await expect(clock.runUntil(new Promise(() => undefined))).rejects.toThrow('no timer is left');
    const ticking = (): void => void clock.schedule(1000, ticking);
    ticking();
    await expect(clock.runUntil(new Promise(() => undefined), 10_000)).rejects.toThrow('10000 ms');
  });

  it('stops a timer that arms itself again in the same instant, instead of hanging', async () => {
    const clock = new VirtualClock();
    // Ends by itself if the clock doesn't stop it, so that the test fails and doesn't hang.
    let left = 1_000_000;
    const spin = (): void => {
      if (left-- > 0) {
        clock.schedule(0, spin);
      }
    };
    spin();
    await expect(clock.advance(0)).rejects.toThrow('without a delay');
  });

  it('refuses to go back', async () => {
    await expect(new VirtualClock().advance(-1)).rejects.toThrow(RangeError);
  });
});
