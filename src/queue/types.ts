/** Importance of a key; higher goes first. */
export const priorities = { resync: 0, retry: 50, change: 100 } as const;

/** How a key is put into the queue. */
export interface AddOptions {
  /** Default 0. A key that waits already keeps the higher of both. */
  readonly priority?: number;
  /** Not before this many milliseconds from now; default 0. A key that waits already keeps the earlier of both moments. */
  readonly delayMs?: number;
}

/** How a key is put into the queue after a failure. */
export interface RetryOptions {
  /** Default 0. A key that waits already keeps the higher of both. */
  readonly priority?: number;
  /** Lengthens the backoff to at least this many milliseconds from now, for example to a `Retry-After`; default 0. */
  readonly notBeforeMs?: number;
  /** Replaces the key's own backoff, in milliseconds, for keys that failed together and are to be tried together. */
  readonly delayMs?: number;
}

/**
 * A worker's exclusive hold on one group. While it lasts nobody else gets a key of the group. Keys that become ready
 * meanwhile are handed out by the same turn.
 */
export interface Turn<K> {
  readonly group: string;
  /** The next ready key of the group, the most important and then the longest waiting first; undefined when none is ready. */
  next(): K | undefined;
  /**
   * Says that work on a key from `next` ended. A key that was added meanwhile becomes ready again. Does nothing for a key that
   * is not in this turn's hands.
   */
  done(key: K): void;
  /** Gives the group back. Keys that are not done yet count as done. Does nothing the second time. */
  release(): void;
}

/**
 * Keys waiting to be worked on. A key is there at most once, however often it is added, and is never in two hands. Keys are
 * filed into groups; one group is in one hand at a time. It carries keys, never events or objects.
 */
export interface WorkQueue<K> {
  /**
   * Asks for a look at the key. Adding can only bring a look forward or make it more important: a look that is scheduled can
   * neither be postponed nor cancelled. Who wants a later one adds the later one when the earlier one is over; a look too many
   * is harmless, a look too few is not. Throws RangeError for a priority or delay that is no number.
   */
  add(key: K, options?: AddOptions): void;
  /** Adds the key after its backoff delay and counts one more failure for it. Returns the delay in milliseconds. */
  addRateLimited(key: K, options?: RetryOptions): number;
  /** Forgets the key's failures, so that its backoff starts anew. */
  forget(key: K): void;
  /** Failures in a row of the key. */
  failures(key: K): number;
  /**
   * Waits for a group with a ready key; who asked first gets the first. Rejects with the signal's reason; undefined after
   * `shutDown`. The group is held from the moment the promise resolves: whoever gets a turn must release it.
   */
  take(signal: AbortSignal): Promise<Turn<K> | undefined>;
  /** No key is handed out or added any more and waiting takers get undefined. Turns under way go on. */
  shutDown(): void;
  /** Keys that are ready, that wait for their moment, and that are in hands. */
  readonly depth: { readonly ready: number; readonly delayed: number; readonly working: number };
}
