/** One piece of work. */
export interface SharedWorkOptions<T> {
  /** Does it once. The signal aborts when nobody waits any more, or with the owner's end. */
  readonly run: (signal: AbortSignal) => Promise<T>;
  /** The error of work that was stopped, by the end of a sentence that says why. */
  readonly ended: (why: string) => Error;
}

interface Run<T> {
  readonly outcome: Promise<T>;
  readonly stop: AbortController;
  waiting: number;
}

/** Work that callers at the same time share: the first begins it, and it goes on as long as one of them waits for it. */
export class SharedWork<T> implements Disposable {
  readonly #options: SharedWorkOptions<T>;
  #run: Run<T> | undefined;

  constructor(options: SharedWorkOptions<T>) {
    this.#options = options;
  }

  /** The outcome of the work under way, or of new work. Rejects as the work does, or with the signal's reason. */
  async join(signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const run = this.#run ?? this.#begin();
    run.waiting += 1;
    try {
      return await orAborted(run.outcome, signal);
    } finally {
      run.waiting -= 1;
      if (run.waiting === 0) this.#abandon(run);
    }
  }

  /** Stops work under way. */
  [Symbol.dispose](): void {
    this.#run?.stop.abort(this.#options.ended('the connection to the provider was closed'));
  }

  #begin(): Run<T> {
    const stop = new AbortController();
    const run: Run<T> = { outcome: this.#options.run(stop.signal), stop, waiting: 0 };
    this.#run = run;
    const end = (): void => {
      if (this.#run === run) this.#run = undefined;
    };
    run.outcome.then(end, end);
    return run;
  }

  /** Nobody may join work that is about to be stopped. */
  #abandon(run: Run<T>): void {
    if (this.#run === run) this.#run = undefined;
    run.stop.abort(this.#options.ended('nobody waits for it any more'));
  }
}

/** The outcome of the promise, or a rejection with the signal's reason as soon as that aborts. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
