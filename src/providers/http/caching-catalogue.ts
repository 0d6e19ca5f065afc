import type { Clock } from '../../lib/index.ts';
import { ProviderError } from '../../model/index.ts';
import type { PermissionCatalogue } from '../contract.ts';

/** How long a copy is believed where it has everything that is asked for, in milliseconds. */
const copyLifetimeMs = 60_000;

/** What a catalogue is read with. */
export interface CachingCatalogueOptions {
  readonly clock: Clock;
  /** Reads every permission, in canonical spelling. */
  readonly read: (signal: AbortSignal) => Promise<ReadonlySet<string>>;
}

interface Copy {
  readonly permissions: ReadonlySet<string>;
  /** When its reading began: it may lack everything that was created since. */
  readonly asOfMs: number;
}

interface Reading {
  readonly copy: Promise<Copy>;
  readonly stop: AbortController;
  waiting: number;
}

/**
 * A catalogue that keeps a copy for a minute. Callers at the same time share one reading, which goes on as long as one of
 * them waits for it.
 */
export class CachingCatalogue implements PermissionCatalogue, Disposable {
  readonly #options: CachingCatalogueOptions;
  #copy: Copy | undefined;
  #reading: Reading | undefined;

  constructor(options: CachingCatalogueOptions) {
    this.#options = options;
  }

  async unknown(permissions: readonly string[], signal: AbortSignal): Promise<readonly string[]> {
    signal.throwIfAborted();
    if (permissions.length === 0) return [];
    const kept = this.#copy;
    if (kept !== undefined && this.#isFresh(kept) && missingFrom(kept, permissions).length === 0) return [];
    return this.#confirmUnknown(permissions, signal);
  }

  /**
   * Those of `permissions` that a reading begun after this call doesn't have. One that was under way before may have passed
   * the place where a permission was created since.
   */
  async #confirmUnknown(permissions: readonly string[], signal: AbortSignal): Promise<readonly string[]> {
    const underWay = this.#reading;
    if (underWay !== undefined) {
      const missing = missingFrom(await this.#waitFor(underWay, signal), permissions);
      if (missing.length === 0) return [];
    }
    // Others that found something missing in the same reading may have begun the next one meanwhile: that is new enough.
    const next = this.#reading !== undefined && this.#reading !== underWay ? this.#reading : this.#begin();
    return missingFrom(await this.#waitFor(next, signal), permissions);
  }

  /** Takes up a permission that was just created, so that the next look needs no reading. */
  add(permission: string): void {
    const copy = this.#copy;
    if (copy !== undefined) this.#copy = { ...copy, permissions: new Set(copy.permissions).add(permission) };
  }

  /** Stops a reading under way. */
  [Symbol.dispose](): void {
    this.#reading?.stop.abort(closed('the connection to the provider was closed'));
  }

  #isFresh(copy: Copy): boolean {
    return this.#options.clock.monotonic() - copy.asOfMs <= copyLifetimeMs;
  }

  #begin(): Reading {
    const stop = new AbortController();
    const reading: Reading = { copy: this.#read(stop.signal), stop, waiting: 0 };
    this.#reading = reading;
    const end = (): void => {
      if (this.#reading === reading) this.#reading = undefined;
    };
    reading.copy.then(end, end);
    return reading;
  }

  async #read(signal: AbortSignal): Promise<Copy> {
    const asOfMs = this.#options.clock.monotonic();
    const copy: Copy = { permissions: await this.#options.read(signal), asOfMs };
    this.#copy = copy;
    return copy;
  }

  /** Nobody may join a reading that is about to be stopped. */
  #abandon(reading: Reading): void {
    if (this.#reading === reading) this.#reading = undefined;
    reading.stop.abort(closed('nobody waits for the catalogue any more'));
  }

  async #waitFor(reading: Reading, signal: AbortSignal): Promise<Copy> {
    reading.waiting += 1;
    const aborted = Promise.withResolvers<never>();
    const onAbort = (): void => aborted.reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await Promise.race([reading.copy, aborted.promise]);
    } finally {
      signal.removeEventListener('abort', onAbort);
      reading.waiting -= 1;
      if (reading.waiting === 0) this.#abandon(reading);
    }
  }
}

function closed(why: string): ProviderError {
  return new ProviderError('transient', `Reading the permission catalogue ended: ${why}`, { operation: 'catalogue' });
}

function missingFrom(copy: Copy, permissions: readonly string[]): readonly string[] {
  return [...new Set(permissions)].filter((permission) => !copy.permissions.has(permission)).sort();
}
