import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { sleep, systemClock } from './clock.ts';

describe('sleep', () => {
  it('resolves after the delay and leaves no listener behind', async () => {
    const clock = new VirtualClock();
    const abort = new AbortController();
    let woke = false;
    void sleep(clock, 100, abort.signal).then(() => {
      woke = true;
    });
    await clock.advance(99);
    expect(woke).toBe(false);
    await clock.advance(1);
    expect(woke).toBe(true);
    abort.abort(new Error('too late to matter'));
  });

  it('rejects with the reason as soon as the signal aborts and disarms its timer', async () => {
    const clock = new VirtualClock();
    const abort = new AbortController();
    const reason = new Error('shutting down');
    const sleeping = sleep(clock, 100, abort.signal);
    abort.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
    expect(clock.pending).toBe(0);
  });

  it('never starts when the signal has aborted before', async () => {
    const clock = new VirtualClock();
    const reason = new Error('shut down');
    await expect(sleep(clock, 100, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(clock.pending).toBe(0);
  });
});

describe('systemClock', () => {
  it('fires a timer once its time has come, a negative delay counting as none', async () => {
    const before = systemClock.monotonic();
    await new Promise<void>((resolve) => {
      // The clock's timers don't keep the process alive; this one does.
      const alive = setInterval(() => undefined, 1000);
      systemClock.schedule(-5, () => {
        clearInterval(alive);
        resolve();
      });
    });
    expect(systemClock.monotonic()).toBeGreaterThanOrEqual(before);
  });

  it('never fires a cancelled timer', async () => {
    let fired = false;
    const timer = systemClock.schedule(0, () => {
      fired = true;
    });
    timer.cancel();
    const alive = setInterval(() => undefined, 1000);
    await new Promise<void>((resolve) => void systemClock.schedule(5, resolve));
    clearInterval(alive);
    expect(fired).toBe(false);
  });
});
