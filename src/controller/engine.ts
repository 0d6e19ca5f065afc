import { type Clock, sleep } from '../lib/index.ts';
import { priorities, spellKey, type Turn, type WorkQueue } from '../queue/index.ts';
import { type DecideOptions, type OpenKey, OpenTurn, type TurnHost } from './turn.ts';
import type { ControllerObserver, Logger, Reconcile, Result } from './types.ts';

/** How long things may take when a controller stops, in milliseconds. */
export interface ControllerTimeouts {
  /** How long turns under way may go on undisturbed when the process is to end; default 20 000. */
  readonly finishMs?: number;
  /** How long turns may take to end once their signal has aborted, before they are abandoned; default 5000. */
  readonly abortMs?: number;
}

/** What a controller works with. */
export interface ControllerOptions<K> {
  /** Names the controller in logs and metrics. */
  readonly name: string;
  /** Belongs to the controller: it is shut down when the controller stops. */
  readonly queue: WorkQueue<K>;
  readonly reconcile: Reconcile<K>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Turns under way at the same time; a whole number, default 4. */
  readonly workers?: number;
  /** Nothing is begun before this resolves, typically when the caches have synced. A rejection ends the run with it. */
  readonly waitFor?: (signal: AbortSignal) => Promise<unknown>;
  /**
   * Asked before each key is handed out; while it says false none is, and keys wait in the queue. For what must be known at the
   * very moment, such as whether the lease is still valid. Doesn't touch work under way: for that there is `leadership`.
   */
  readonly gate?: () => boolean;
  /** Aborts when leadership is lost: then turns under way are aborted at once, since another process may write any moment. */
  readonly leadership?: AbortSignal;
  readonly timeouts?: ControllerTimeouts;
  readonly observer?: ControllerObserver;
  /** Spelling by which keys are told apart, the same as the queue's; `spellKey` unless given. */
  readonly keyOf?: (key: K) => string;
}

/** A reconciler broke its contract. */
export class ReconcileBugError extends Error {
  override readonly name = 'ReconcileBugError';
}

const defaultWorkers = 4;
const defaultFinishMs = 20_000;
const defaultAbortMs = 5000;
/** How often a closed gate is asked again. */
const gatePollMs = 1000;

/** Runs one reconciler over the keys of one queue. */
export class Controller<K> {
  readonly #options: ControllerOptions<K>;
  readonly #host: TurnHost<K>;
  /** Aborts as soon as nothing more may be begun. */
  readonly #stop = new AbortController();
  /** Aborts when turns under way must end. */
  readonly #abort = new AbortController();
  readonly #turns = new Set<OpenTurn<K>>();
  #hasRun = false;

  /** Throws RangeError when `workers` is no whole number of at least 1. */
  constructor(options: ControllerOptions<K>) {
    const workers = options.workers ?? defaultWorkers;
    if (!(Number.isInteger(workers) && workers >= 1)) {
      throw new RangeError(`Controller ${options.name} needs at least one worker, not ${workers}`);
    }
    this.#options = options;
    this.#host = {
      clock: options.clock,
      keyOf: options.keyOf ?? spellKey,
      mayBegin: () => !this.#stop.signal.aborted && this.#gateIsOpen(),
      decide: (group, open, result, how) => this.#decide(group, open, result, how),
      misuse: (group, key) => this.#misuse(group, key),
    };
  }

  /**
   * Works until `signal` aborts or leadership is lost, and resolves when no turn is under way any more or those that don't end
   * have been abandoned. On `signal` turns may finish for `timeouts.finishMs` before their signal aborts; on lost leadership it
   * aborts at once. Rejects when waiting for the caches fails or the engine itself does. Runs once only.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { name } = this.#options;
    if (this.#hasRun) {
      throw new Error(`Controller ${name} has been run before`);
    }
    this.#hasRun = true;
    const unlinks = [onAbort(signal, () => this.#stopWork(signal.reason))];
    if (this.#options.leadership) {
      const { leadership } = this.#options;
      unlinks.push(onAbort(leadership, () => this.#abortWork(leadership.reason)));
    }
    try {
      await this.#waitUntilReady();
      await this.#runWorkers();
    } finally {
      this.#stopWork(signal.reason);
      for (const unlink of unlinks) {
        unlink();
      }
    }
  }

  async #waitUntilReady(): Promise<void> {
    const { waitFor } = this.#options;
    if (!waitFor || this.#stop.signal.aborted) {
      return;
    }
    const stopped = whenAborted(this.#stop.signal);
    try {
      await Promise.race([waitFor(this.#stop.signal), stopped]);
    } catch (error) {
      if (!this.#stop.signal.aborted) {
        throw error;
      }
    }
  }

  async #runWorkers(): Promise<void> {
    const { name, logger, workers = defaultWorkers } = this.#options;
    if (this.#stop.signal.aborted) {
      return;
    }
    logger.info('Controller started', { controller: name, workers });
    let failure: { readonly error: unknown } | undefined;
    const running = Array.from({ length: workers }, () =>
      this.#runWorker().catch((error: unknown) => {
        // What a reconciler throws never gets here: this is a fault of the engine or the queue, with which it can't go on.
        failure ??= { error };
        this.#stopWork(error);
      }),
    );
    const ended = new AbortController();
    await Promise.race([Promise.all(running), this.#deadline(ended.signal)]);
    ended.abort();
    this.#reportAbandoned();
    logger.info('Controller stopped', { controller: name });
    if (failure) {
      throw failure.error;
    }
  }

  /** Resolves when turns that are still under way must be abandoned; `ended` cancels its timers. */
  async #deadline(ended: AbortSignal): Promise<void> {
    const { clock, timeouts = {} } = this.#options;
    await whenAborted(this.#stop.signal);
    await sleepOrStop(clock, timeouts.finishMs ?? defaultFinishMs, AbortSignal.any([this.#abort.signal, ended]));
    if (!ended.aborted) {
      this.#abortWork(this.#stop.signal.reason);
      await sleepOrStop(clock, timeouts.abortMs ?? defaultAbortMs, ended);
    }
  }

  #stopWork(reason: unknown): void {
    this.#stop.abort(reason);
    this.#options.queue.shutDown();
  }

  #abortWork(reason: unknown): void {
    this.#stopWork(reason);
    this.#abort.abort(reason);
  }

  #reportAbandoned(): void {
    const { name, logger } = this.#options;
    for (const turn of this.#turns) {
      const keys = turn.open.map((open) => this.#host.keyOf(open.key));
      logger.warn('Abandoned a reconcile that did not end in time', { controller: name, group: turn.group, keys });
    }
  }

  async #runWorker(): Promise<void> {
    const { clock } = this.#options;
    while (!this.#stop.signal.aborted) {
      if (!this.#gateIsOpen()) {
        await sleepOrStop(clock, gatePollMs, this.#stop.signal);
        continue;
      }
      const turn = await this.#take();
      if (turn && this.#host.mayBegin()) {
        await this.#runTurn(turn);
      } else {
        turn?.release();
      }
    }
  }

  async #take(): Promise<Turn<K> | undefined> {
    try {
      return await this.#options.queue.take(this.#stop.signal);
    } catch (error) {
      if (this.#stop.signal.aborted) {
        return undefined;
      }
      throw error;
    }
  }

  async #runTurn(turn: Turn<K>): Promise<void> {
    const work = new OpenTurn(turn, this.#host);
    this.#turns.add(work);
    this.#reportBusy();
    try {
      await this.#options.reconcile(work, this.#abort.signal);
      this.#settleForgotten(work);
    } catch (error) {
      this.#settleThrown(work, error);
    } finally {
      this.#turns.delete(work);
      work.end();
      this.#reportBusy();
    }
  }

  #settleForgotten(work: OpenTurn<K>): void {
    const began = work.begun > 0;
    const forgotten = work.takeOpen();
    if (forgotten.length === 0) {
      return;
    }
    const bug = began ? 'returned without settling the key' : 'returned without taking a key of its group';
    for (const open of forgotten) {
      const error = new ReconcileBugError(`The reconciler of controller ${this.#options.name} ${bug}: ${this.#host.keyOf(open.key)}`);
      work.settle(open.key, { kind: 'retry', error });
    }
  }

  #settleThrown(work: OpenTurn<K>, error: unknown): void {
    const { name, logger } = this.#options;
    const open = work.takeOpen();
    const fields = { controller: name, group: work.group, keys: open.map(({ key }) => this.#host.keyOf(key)), error };
    if (this.#abort.signal.aborted) {
      logger.debug('Reconcile was interrupted', fields);
    } else {
      logger.error('Reconcile threw; its open keys are retried', fields);
      this.#notify((observer) => observer.panicked?.({ controller: name, group: work.group, error }));
    }
    for (const { key } of open) {
      work.settle(key, { kind: 'retry', error }, { logged: true });
    }
  }

  /** The one place where an outcome becomes what the queue does next. */
  #decide(group: string, { key, sinceMs }: OpenKey<K>, result: Result, { logged }: DecideOptions): void {
    const { name, queue, clock, logger } = this.#options;
    const fields = { controller: name, group, key: this.#host.keyOf(key) };
    switch (result.kind) {
      case 'done':
        queue.forget(key);
        logger.debug('Reconciled', fields);
        break;
      case 'after':
        queue.add(key, { priority: priorities.resync, delayMs: result.delayMs });
        queue.forget(key);
        logger.debug('Reconciled', { ...fields, nextInMs: result.delayMs });
        break;
      case 'retry':
        if (this.#abort.signal.aborted) {
          logger.debug('Reconcile was interrupted', fields);
          return;
        }
        this.#retry(key, result, logged ? undefined : fields);
        break;
      case 'terminal':
        if (result.delayMs !== undefined) {
          queue.add(key, { priority: priorities.resync, delayMs: result.delayMs });
        }
        queue.forget(key);
        logger.error('Reconcile failed and is not retried until something changes', { ...fields, error: result.error });
        break;
    }
    const seconds = (clock.monotonic() - sinceMs) / 1000;
    this.#notify((observer) => observer.settled?.({ ...fields, result: result.kind, seconds }));
  }

  /** Logs the failure unless `fields` is undefined. */
  #retry(
    key: K,
    { error, notBeforeMs = 0, delayMs }: Result & { kind: 'retry' },
    fields: Readonly<Record<string, unknown>> | undefined,
  ): void {
    const { queue, logger } = this.#options;
    const retryInMs = queue.addRateLimited(key, { priority: priorities.retry, notBeforeMs, ...(delayMs === undefined ? {} : { delayMs }) });
    if (fields) {
      logger.warn('Reconcile failed and is retried', { ...fields, error, failures: queue.failures(key), retryInMs });
    }
  }

  #misuse(group: string, key: K): void {
    if (this.#abort.signal.aborted) {
      return;
    }
    const fields = { controller: this.#options.name, group, key: this.#host.keyOf(key) };
    this.#options.logger.error('A reconciler settled a key that is not in its hands', fields);
  }

  #gateIsOpen(): boolean {
    return this.#options.gate?.() ?? true;
  }

  #reportBusy(): void {
    this.#notify((observer) => observer.busy?.({ controller: this.#options.name, turns: this.#turns.size }));
  }

  #notify(tell: (observer: ControllerObserver) => void): void {
    const { name, logger, observer } = this.#options;
    try {
      if (observer) {
        tell(observer);
      }
    } catch (error) {
      logger.error('An observer of the controller threw', { controller: name, error });
    }
  }
}

function onAbort(signal: AbortSignal, callback: () => void): () => void {
  if (signal.aborted) {
    callback();
  }
  signal.addEventListener('abort', callback, { once: true });
  return () => signal.removeEventListener('abort', callback);
}

function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => onAbort(signal, resolve));
}

/** Waits, or less when the signal aborts; never rejects. */
function sleepOrStop(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return sleep(clock, delayMs, signal).catch(() => undefined);
}
