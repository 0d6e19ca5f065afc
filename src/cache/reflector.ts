import type { KubeObject } from '../api/index.ts';
import { type KubeApi, KubeError, type ResourceType, type WatchEvent, WatchSilenceError } from '../kube/index.ts';
import { type BackoffPolicy, backoffDelay, type Clock, type Random, sleep } from '../lib/index.ts';
import { freezeObject } from './freeze.ts';
import type { ReflectedStore } from './object-store.ts';
import { compareResourceVersions } from './resource-version.ts';

/** What a reflector works with. */
export interface ReflectorOptions<T extends KubeObject> {
  readonly api: Pick<KubeApi, 'list' | 'watch'>;
  readonly resource: ResourceType;
  readonly store: ReflectedStore<T>;
  readonly clock: Clock;
  readonly random: Random;
  /** One namespace only; all of them where absent. */
  readonly namespace?: string;
  /** A watch that brings no byte for so long has a dead connection: 90 s unless given, as bookmarks come about once a minute. */
  readonly silenceMs?: number;
  /** Told when the state changes; a failure that goes on is told once. Throwing is harmless. */
  readonly onState?: (state: ReflectorState) => void;
}

/**
 * - `listing`: the first list is under way, or one that was needed because too much was missed.
 * - `watching`: the store is current.
 * - `failing`: the API server refuses or can't be reached. The store is as it was last and, where the kind is forbidden or
 *   missing, no longer counts as synced.
 */
export type ReflectorState =
  | { readonly kind: 'listing' }
  | { readonly kind: 'watching' }
  | { readonly kind: 'failing'; readonly error: unknown; readonly retryInMs: number };

const pageSize = 500;
const defaultSilenceMs = 90_000;
/** Watches end by themselves after a random time in this range, so that they don't all begin anew at once. */
const watchSeconds = { least: 300, most: 600 };
/** A watch that ends sooner gets the next one only after a backoff, however politely it ended. */
const shortWatchMs = 5_000;
const healthyMs = 120_000;
const backoff: BackoffPolicy = { baseMs: 800, maxMs: 30_000, jitter: 1 };
/** For what a person must mend: rights, a CRD. */
const slowBackoff: BackoffPolicy = { baseMs: 36_000, maxMs: 120_000, jitter: 1 / 6 };
const longestRetryAfterMs = 600_000;

/** What to ask for next. */
type Position<T> =
  | { readonly kind: 'list'; readonly token: string | undefined; readonly items: readonly T[] }
  | { readonly kind: 'watch'; readonly resourceVersion: string };

/**
 * Keeps a store current with one kind of object: a complete list, page by page, then watches one after another from where the last
 * one ended. It goes on whatever happens, until its signal aborts.
 */
export class Reflector<T extends KubeObject> {
  readonly #options: ReflectorOptions<T>;
  readonly #clock: Clock;
  #position: Position<T> = fromTheStart();
  #failures = 0;
  #refusals = 0;
  /** Unreadable answers of watches in a row, without an event between them. */
  #puzzles = 0;
  /** Monotonic time since when all is well; undefined while it isn't. */
  #healthySince: number | undefined;
  #told: string | undefined;
  #running = false;
  /** Ends the step under way, because everything is to be listed again. */
  #interrupt = new AbortController();
  /** Those who wait for a list that began after they asked. */
  #waiting: (() => void)[] = [];

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#clock = options.clock;
  }

  /** Runs until the signal aborts and resolves then. Rejects only when it runs already. */
  async run(signal: AbortSignal): Promise<void> {
    if (this.#running) throw new Error(`The reflector of ${this.#options.resource.plural} runs already`);
    this.#running = true;
    this.#position = fromTheStart();
    while (!signal.aborted) await this.#round(signal);
    this.#running = false;
  }

  /**
   * Lists everything again, now, and resolves once the store holds it: it then is no older than this call, however long its watch
   * may have been dead. Rejects with the signal's reason.
   */
  async refresh(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const listed = Promise.withResolvers<void>();
    const onAbort = (): void => listed.reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    this.#waiting.push(listed.resolve);
    this.#interrupt.abort();
    await listed.promise.finally(() => signal.removeEventListener('abort', onAbort));
  }

  /** One step, with the wait after it where it failed. Never rejects. */
  async #round(signal: AbortSignal): Promise<void> {
    if (this.#interrupt.signal.aborted) {
      this.#interrupt = new AbortController();
      this.#position = fromTheStart();
    }
    const interrupted = this.#interrupt.signal;
    const scope = new AbortController();
    const onAbort = (): void => scope.abort();
    const outer = [signal, interrupted];
    for (const one of outer) one.addEventListener('abort', onAbort, { once: true });
    try {
      await this.#step(scope.signal);
    } catch (error) {
      if (outer.some(({ aborted }) => aborted)) return;
      await sleep(this.#clock, this.#recover(error), scope.signal).catch(() => undefined);
    } finally {
      for (const one of outer) one.removeEventListener('abort', onAbort);
    }
  }

  #step(signal: AbortSignal): Promise<void> {
    return this.#position.kind === 'list' ? this.#list(this.#position, signal) : this.#watch(this.#position.resourceVersion, signal);
  }

  /** Asks for one page. */
  async #list(position: Extract<Position<T>, { kind: 'list' }>, signal: AbortSignal): Promise<void> {
    const { api, resource, store } = this.#options;
    if (position.token === undefined) {
      if (!this.#isFailing) this.#tell({ kind: 'listing' }, 'listing');
      store.beginReplace();
    }
    // Without a resourceVersion: a list from the server's cache may be older than what the store holds.
    const options = { limit: pageSize, ...this.#scope, ...(position.token === undefined ? {} : { continue: position.token }) };
    const page = await api.list<T>(resource, options, signal);
    signal.throwIfAborted();
    // Frozen page by page: without their managedFields the pages take half the memory until the last has come.
    const items = [...position.items, ...page.items.map(freezeObject)];
    if (page.continue !== undefined) {
      this.#position = { kind: 'list', token: page.continue, items };
      return;
    }
    store.replace(items);
    this.#position = { kind: 'watch', resourceVersion: page.resourceVersion };
    for (const listed of this.#waiting.splice(0)) listed();
    this.#thrive();
  }

  /** Watches until the stream ends. Ending well after a while is the normal course of things. */
  async #watch(resourceVersion: string, signal: AbortSignal): Promise<void> {
    const { api, resource, random, silenceMs = defaultSilenceMs } = this.#options;
    const { least, most } = watchSeconds;
    const timeoutSeconds = least + Math.floor(random() * (most - least + 1));
    const startedAt = this.#clock.monotonic();
    try {
      for await (const event of api.watch<T>(resource, { resourceVersion, timeoutSeconds, silenceMs, ...this.#scope }, signal)) {
        signal.throwIfAborted();
        this.#take(event);
        this.#refusals = 0;
        this.#puzzles = 0;
        this.#thrive();
      }
    } catch (error) {
      if (!(error instanceof WatchSilenceError)) throw error;
      // Once is a dead connection. Again, where bookmarks should come, it is something between us and the server that holds
      // everything back; listing gets through.
      if (this.#isPuzzled()) this.#position = fromTheStart();
      return;
    }
    signal.throwIfAborted();
    if (this.#clock.monotonic() - startedAt < shortWatchMs) throw new ShortWatchError(resource.plural);
    this.#thrive();
  }

  #take(event: WatchEvent<T>): void {
    const next = event.type === 'BOOKMARK' ? event.resourceVersion : event.object.metadata.resourceVersion;
    const last = this.#position.kind === 'watch' ? this.#position.resourceVersion : undefined;
    if ((compareResourceVersions(next, last) ?? 0) < 0) {
      throw new KubeError('gone', `${this.#options.resource.plural}: the server's resourceVersion went back from ${last} to ${next}`);
    }
    if (event.type !== 'BOOKMARK') this.#options.store.apply(event);
    // Only now: had taking it in failed, the same event must come again.
    if (next !== undefined) this.#position = { kind: 'watch', resourceVersion: next };
  }

  #thrive(): void {
    this.#healthySince ??= this.#clock.monotonic();
    this.#tell({ kind: 'watching' }, 'watching');
  }

  /** Decides where to go on after a failure. Returns how long to wait before, in milliseconds. */
  #recover(error: unknown): number {
    const kind = error instanceof KubeError ? error.kind : undefined;
    const isRefusal = kind === 'forbidden' || kind === 'notFound';
    const waitMs = isRefusal ? this.#refuse() : this.#backOff(error);
    if (isRefusal || kind === 'gone' || kind === 'invalid' || this.#isPuzzling(error)) this.#position = fromTheStart();
    this.#healthySince = undefined;
    // Being told to list again, or a watch that was short, is no failure that anybody need know of.
    if (kind !== 'gone' && !(error instanceof ShortWatchError)) {
      this.#tell({ kind: 'failing', error, retryInMs: waitMs }, `failing ${kind ?? String(error)}`);
    }
    return waitMs;
  }

  #refuse(): number {
    this.#options.store.markUnsynced();
    this.#refusals++;
    return backoffDelay(slowBackoff, this.#refusals, this.#options.random);
  }

  #backOff(error: unknown): number {
    const wasHealthy = this.#healthySince !== undefined && this.#clock.monotonic() - this.#healthySince >= healthyMs;
    this.#failures = wasHealthy ? 1 : this.#failures + 1;
    const askedMs = error instanceof KubeError ? Math.min(error.retryAfterMs ?? 0, longestRetryAfterMs) : 0;
    return Math.max(askedMs, backoffDelay(backoff, this.#failures, this.#options.random));
  }

  /**
   * Whether an error says that watching on makes no sense. A connection that failed says nothing of the kind: after a restart of
   * the API server nobody should list everything.
   */
  #isPuzzling(error: unknown): boolean {
    const isUnderstood = error instanceof KubeError && (error.status === undefined || error.kind !== 'transient');
    if (this.#position.kind !== 'watch' || isUnderstood || error instanceof ShortWatchError) return false;
    return this.#isPuzzled();
  }

  /** One unusable answer may be a passing fault, and going on from the last event loses nothing. The second in a row is another matter. */
  #isPuzzled(): boolean {
    this.#puzzles++;
    if (this.#puzzles < 2) return false;
    this.#puzzles = 0;
    return true;
  }

  get #scope(): { readonly namespace?: string } {
    return this.#options.namespace === undefined ? {} : { namespace: this.#options.namespace };
  }

  get #isFailing(): boolean {
    return this.#told?.startsWith('failing') === true;
  }

  #tell(state: ReflectorState, sameAs: string): void {
    if (this.#told === sameAs) return;
    this.#told = sameAs;
    try {
      this.#options.onState?.(state);
    } catch {
      // Telling is a courtesy; the store must stay current all the same.
    }
  }
}

/** A watch ended without a fault, but so soon that the next one must wait. */
class ShortWatchError extends Error {
  override readonly name = 'ShortWatchError';

  constructor(plural: string) {
    super(`The watch of ${plural} ended at once`);
  }
}

function fromTheStart(): { readonly kind: 'list'; readonly token: undefined; readonly items: readonly never[] } {
  return { kind: 'list', token: undefined, items: [] };
}
