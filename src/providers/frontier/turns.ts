import { orAborted } from './shared-work.ts';

/** Lets one piece of work at a time go on for each key, in the order in which they came. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  /** Does the work when all before it have ended. Rejects as the work does, or with the signal's reason while it waits. */
  async take<T>(key: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const own = Promise.withResolvers<void>();
    // Whoever gives up waiting doesn't let the next one overtake those before.
    const ended = before.then(() => own.promise);
    this.#last.set(key, ended);
    try {
      await orAborted(before, signal);
      signal.throwIfAborted();
      return await work();
    } finally {
      own.resolve();
      if (this.#last.get(key) === ended) this.#last.delete(key);
    }
  }
}
