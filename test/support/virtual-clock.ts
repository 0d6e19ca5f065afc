import type { Clock, Timer } from '../../src/lib/clock.ts';

/** Where virtual time begins. */
export interface VirtualClockOptions {
  /** Wall-clock time at the start: milliseconds since the epoch or an ISO date. Default 2030-01-01T00:00:00Z. */
  readonly start?: number | string;
}

interface PendingTimer {
  readonly dueMs: number;
  readonly order: number;
  readonly callback: () => void;
}

const defaultStart = '2030-01-01T00:00:00Z';

/** Far more timers than any test needs in one instant; a timer that arms itself again without delay ends here. */
const mostTimersPerInstant = 100_000;

/**
 * Time that moves only when a test says so. Timers run in order of their moment, then of their creation; between two of them
 * all promise continuations run to their end, so code that awaits a timer goes on before the next one fires.
 *
 * Real I/O (sockets, files, child processes) isn't virtual: it takes real time, during which this clock stands still. A test
 * that talks to a server on 127.0.0.1 must await the answer itself before it advances.
 */
export class VirtualClock implements Clock {
  #wallOffsetMs: number;
  #monotonicMs = 0;
  #order = 0;
  #firedInThisInstant = 0;
  readonly #timers = new Set<PendingTimer>();

  constructor(options: VirtualClockOptions = {}) {
    const start = options.start ?? defaultStart;
    this.#wallOffsetMs = typeof start === 'string' ? Date.parse(start) : start;
    if (!Number.isFinite(this.#wallOffsetMs)) {
      throw new RangeError(`The start of a virtual clock must be a date, not ${JSON.stringify(start)}`);
    }
  }

  now(): number {
    return this.#wallOffsetMs + this.#monotonicMs;
  }

  /** Starts at 0. */
  monotonic(): number {
    return this.#monotonicMs;
  }

  schedule(delayMs: number, callback: () => void): Timer {
    const timer: PendingTimer = { dueMs: this.#monotonicMs + Math.max(0, delayMs), order: this.#order++, callback };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  /** Timers that have neither fired nor been cancelled. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Milliseconds until the next timer; undefined when there is none. */
  get nextInMs(): number | undefined {
    const next = this.#next();
    return next && next.dueMs - this.#monotonicMs;
  }

  /** Lets all promise continuations run to their end; time stands still and no timer fires. */
  async flush(): Promise<void> {
    // An immediate runs only once the microtask queue is empty, however long the chain of continuations is.
    await new Promise<void>((resolve) => setImmediate(resolve));
  }

  /**
   * Moves time on by `ms`, firing every timer that falls due, those armed meanwhile included. `advance(0)` fires what is due
   * now. Rejects with what a timer's callback throws.
   */
  async advance(ms: number): Promise<void> {
    if (!(ms >= 0)) {
      throw new RangeError(`Virtual time can't move by ${ms} ms`);
    }
    const target = this.#monotonicMs + ms;
    await this.flush();
    for (let timer = this.#next(); timer && timer.dueMs <= target; timer = this.#next()) {
      this.#fire(timer);
      await this.flush();
    }
    this.#moveTo(target);
  }

  /** Moves time on to the next timer and fires all that are due then. False, and no time passes, when there is none. */
  async advanceToNext(): Promise<boolean> {
    await this.flush();
    const delayMs = this.nextInMs;
    if (delayMs === undefined) {
      return false;
    }
    await this.advance(delayMs);
    return true;
  }

  /**
   * Fires timer after timer until the promise settles, and resolves or rejects as it does. Rejects when it is still open and no
   * timer is left, or when `limitMs` of virtual time (default one day) have passed.
   */
  async runUntil<T>(promise: Promise<T>, limitMs = 86_400_000): Promise<T> {
    const deadline = this.#monotonicMs + limitMs;
    let settled = false;
    const markSettled = (): void => {
      settled = true;
    };
    promise.then(markSettled, markSettled);
    await this.flush();
    while (!settled) {
      const timer = this.#next();
      if (!timer || timer.dueMs > deadline) {
        throw new Error(`The promise is still open ${timer ? `after ${limitMs} ms of virtual time` : 'and no timer is left'}`);
      }
      this.#fire(timer);
      await this.flush();
    }
    return promise;
  }

  /** Makes the wall clock jump by `ms` (negative: back), as NTP or a suspended machine does. Timers don't notice. */
  jumpWallClock(ms: number): void {
    this.#wallOffsetMs += ms;
  }

  #next(): PendingTimer | undefined {
    let next: PendingTimer | undefined;
    for (const timer of this.#timers) {
      if (!next || timer.dueMs < next.dueMs || (timer.dueMs === next.dueMs && timer.order < next.order)) {
        next = timer;
      }
    }
    return next;
  }

  #moveTo(monotonicMs: number): void {
    if (monotonicMs > this.#monotonicMs) {
      this.#monotonicMs = monotonicMs;
      this.#firedInThisInstant = 0;
    }
  }

  #fire(timer: PendingTimer): void {
    this.#moveTo(timer.dueMs);
    this.#firedInThisInstant++;
    if (this.#firedInThisInstant > mostTimersPerInstant) {
      throw new Error(`More than ${mostTimersPerInstant} timers in one instant: something arms itself again without a delay`);
    }
    this.#timers.delete(timer);
    timer.callback();
  }
}
