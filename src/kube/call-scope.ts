import type { Clock, Timer } from '../lib/index.ts';

/**
 * One signal for one call, aborted by any of the signals it is given or by a deadline. `dispose` must be called, else a long-lived
 * signal would keep every call ever made.
 */
export class CallScope {
  readonly #controller = new AbortController();
  readonly #outer: readonly AbortSignal[];
  readonly #clock: Clock;
  readonly #onOuterAbort = (): void => this.#controller.abort(this.#outer.find((signal) => signal.aborted)?.reason);
  #timer: Timer | undefined;
  #timedOut = false;

  constructor(clock: Clock, ...outer: readonly AbortSignal[]) {
    this.#clock = clock;
    this.#outer = outer;
    if (outer.some((signal) => signal.aborted)) {
      this.#onOuterAbort();
      return;
    }
    for (const signal of outer) signal.addEventListener('abort', this.#onOuterAbort, { once: true });
  }

  /** Aborts when the call has to end. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** True when the deadline ended the call, and not one of the signals. */
  get timedOut(): boolean {
    return this.#timedOut;
  }

  /** Ends the call in `delayMs`, in place of any deadline set before. */
  setDeadline(delayMs: number): void {
    this.clearDeadline();
    this.#timer = this.#clock.schedule(delayMs, () => {
      this.#timedOut = true;
      this.#controller.abort(new Error(`no answer within ${delayMs} ms`));
    });
  }

  /** The call may take as long as it wants, until a deadline is set again. */
  clearDeadline(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Lets go of the signals it was given. Harmless when repeated. */
  dispose(): void {
    this.clearDeadline();
    for (const signal of this.#outer) signal.removeEventListener('abort', this.#onOuterAbort);
  }
}

/** Waits for `promise`, but rejects with the signal's reason as soon as it aborts. For work that can't be cancelled. */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
  }
}
