/** A cancellable timer handle. */
export interface Timer {
  /** Stops the timer; harmless after it fired. */
  cancel(): void;
}

/**
 * Time as the rest of the code sees it. Everything that waits takes a Clock, so that the queue, lanes and leases are
 * tested in virtual time.
 */
export interface Clock {
  /** Wall-clock time in milliseconds since the epoch. May jump; only for what people read and what is stored. */
  now(): number;
  /** Time in milliseconds that never goes back; for deadlines, delays and leases. */
  monotonic(): number;
  /** Runs `callback` once after `delayMs` (negative counts as 0). The timer never keeps the process alive by itself. */
  schedule(delayMs: number, callback: () => void): Timer;
}

/** Node caps timers at 2^31-1 ms and fires longer ones at once. */
const longestTimerMs = 2_147_483_647;

/** The real clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  schedule(delayMs, callback) {
    const handle = setTimeout(callback, Math.min(Math.max(0, delayMs), longestTimerMs));
    handle.unref();
    return { cancel: () => clearTimeout(handle) };
  },
};

/**
 * Waits `delayMs`. Rejects with the signal's reason as soon as it aborts, so a shutdown never waits for a sleep.
 */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = (): void => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = clock.schedule(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** A wall-clock time in RFC 3339 with whole seconds, as Kubernetes writes times: `2026-01-31T12:00:00Z`. */
export function timestamp(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
}
