/**
 * One piece of work at a time for each key, in the order in which it was asked for: what reads, changes and writes the same thing must
 * not overtake itself.
 */
export class Turns {
  readonly #tails = new Map<string, Promise<void>>();

  /** Does `work` once all before it have ended. Rejects as the work does, or with the signal's reason while it waits. */
  async take<T>(key: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const before = this.#tails.get(key);
    const turn = Promise.withResolvers<void>();
    // Who gives up waiting leaves its place in the row empty: the next one still waits for those before.
    const tail = before === undefined ? turn.promise : before.then(() => turn.promise);
    this.#tails.set(key, tail);
    try {
      if (before !== undefined) await reached(before, signal);
      return await work();
    } finally {
      turn.resolve();
      // Without this, every key that was ever used would stay.
      void tail.then(() => {
        if (this.#tails.get(key) === tail) this.#tails.delete(key);
      });
    }
  }

  /** How many keys have work under way or waiting. */
  get size(): number {
    return this.#tails.size;
  }
}

async function reached(before: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.race([before, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
