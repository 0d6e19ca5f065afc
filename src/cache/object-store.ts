import type { KubeObject, ObjectMeta } from '../api/index.ts';
import type { WatchEvent } from '../kube/index.ts';
import { freezeObject } from './freeze.ts';
import { ObjectIndex } from './object-index.ts';
import { compareResourceVersions } from './resource-version.ts';
import type { Indexer, ObjectKey, Store, StoreChange } from './types.ts';

/** What a store is made with. */
export interface ObjectStoreOptions<T extends KubeObject> {
  /** Indexes by name. */
  readonly indexes?: Readonly<Record<string, Indexer<T>>>;
  /** Told what a listener or an indexer threw. Must not throw. */
  readonly onError?: (error: unknown, thrownBy: 'listener' | 'indexer') => void;
}

/** The side of a store that a reflector feeds. */
export interface ReflectedStore<T extends KubeObject> {
  /** A complete list begins: own writes from now on may be newer than what it will say. */
  beginReplace(): void;
  /** Makes the store hold exactly `items`, a complete list, and marks it as synced. */
  replace(items: readonly T[]): void;
  /** Takes in one event of a watch. */
  apply(event: Exclude<WatchEvent<T>, { type: 'BOOKMARK' }>): void;
  /** The kind can't be read any more: what the store holds may be long out of date. */
  markUnsynced(): void;
}

/** Key of an object. */
export function keyOf(metadata: Pick<ObjectMeta, 'namespace' | 'name'>): ObjectKey {
  return metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
}

/**
 * The objects of one kind, by key and by indexes. An object that was deleted and created again is told as deleted and added,
 * never as updated, also when it happened unseen. What the store holds of one object never gets older.
 */
export class ObjectStore<T extends KubeObject> implements Store<T>, ReflectedStore<T> {
  readonly #objects = new Map<ObjectKey, T>();
  readonly #indexes: ReadonlyMap<string, ObjectIndex<T>>;
  readonly #listeners = new Set<(change: StoreChange<T>) => void>();
  readonly #waiting = new Set<() => void>();
  readonly #onError: NonNullable<ObjectStoreOptions<T>['onError']>;
  /** Keys written by ourselves since a list began, for each list under way: of one namespace or (undefined) of everything. */
  readonly #writtenSince = new Map<string | undefined, Set<ObjectKey>>();
  #hasSynced = false;

  constructor(options: ObjectStoreOptions<T> = {}) {
    this.#onError = options.onError ?? (() => undefined);
    const onIndexerError = (error: unknown): void => this.#onError(error, 'indexer');
    const indexes = Object.entries(options.indexes ?? {});
    this.#indexes = new Map(indexes.map(([name, indexer]) => [name, new ObjectIndex(indexer, onIndexerError)]));
  }

  get(key: ObjectKey): T | undefined {
    return this.#objects.get(key);
  }

  values(): IterableIterator<T> {
    return this.#objects.values();
  }

  get size(): number {
    return this.#objects.size;
  }

  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  byIndex(index: string, value: string): readonly T[] {
    const found = this.#indexes.get(index);
    if (found === undefined) throw new RangeError(`The store has no index ${index}`);
    const objects: T[] = [];
    for (const key of found.keys(value)) {
      const object = this.#objects.get(key);
      if (object !== undefined) objects.push(object);
    }
    return objects;
  }

  onChange(listener: (change: StoreChange<T>) => void): () => void {
    // Wrapped, so that one function can listen twice and each end on its own.
    const own = (change: StoreChange<T>): void => listener(change);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  synced(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      if (this.#hasSynced) {
        resolve();
        return;
      }
      const onSynced = (): void => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      const onAbort = (): void => {
        this.#waiting.delete(onSynced);
        reject(signal.reason);
      };
      this.#waiting.add(onSynced);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  observeOwnWrite(object: T): void {
    const key = keyOf(object.metadata);
    const held = this.#objects.get(key);
    // An object that isn't there was deleted; its DELETED event has been here and nothing would ever take it out again.
    if (held === undefined || held.metadata.uid !== object.metadata.uid) return;
    if (!isNewer(object, held)) return;
    for (const written of this.#writtenSince.values()) written.add(key);
    this.#tell(this.#put(key, object));
  }

  beginReplace(): void {
    this.#writtenSince.set(undefined, new Set());
  }

  /**
   * The store as several reflectors feed it, each with one of the namespaces: a complete list replaces only what is of its namespace,
   * and the store is synced once all of them are.
   */
  scopes(namespaces: readonly string[]): readonly { readonly namespace: string; readonly store: ReflectedStore<T> }[] {
    const missing = new Set(namespaces);
    return namespaces.map((namespace) => ({
      namespace,
      store: {
        beginReplace: () => this.#writtenSince.set(namespace, new Set()),
        replace: (items) => {
          missing.delete(namespace);
          this.#replace(items, namespace, missing.size === 0);
        },
        apply: (event) => this.apply(event),
        markUnsynced: () => {
          missing.add(namespace);
          this.markUnsynced();
        },
      },
    }));
  }

  replace(items: readonly T[]): void {
    this.#replace(items, undefined, true);
  }

  #replace(items: readonly T[], namespace: string | undefined, complete: boolean): void {
    const changes: StoreChange<T>[] = [];
    const listed = new Set<ObjectKey>();
    const written = this.#writtenSince.get(namespace);
    this.#writtenSince.delete(namespace);
    for (const item of items) {
      const key = keyOf(item.metadata);
      listed.add(key);
      if (!this.#isCurrent(key, item, written?.has(key) === true)) changes.push(...this.#put(key, item));
    }
    for (const [key, object] of this.#objects) {
      if (namespace !== undefined && object.metadata.namespace !== namespace) continue;
      if (!listed.has(key)) changes.push(...this.#remove(key));
    }
    this.#hasSynced ||= complete;
    this.#tell(changes);
    if (!this.#hasSynced) return;
    for (const onSynced of this.#waiting) onSynced();
    this.#waiting.clear();
  }

  apply(event: Exclude<WatchEvent<T>, { type: 'BOOKMARK' }>): void {
    const { object } = event;
    const key = keyOf(object.metadata);
    const held = this.#objects.get(key);
    if (event.type === 'DELETED') {
      if (held !== undefined && held.metadata.uid === object.metadata.uid) this.#tell(this.#remove(key));
      return;
    }
    // Our own write may be ahead of the watch. Where versions can't be compared the watch is right.
    if (held !== undefined && (isNewer(held, object) || isSameVersion(held, object))) return;
    this.#tell(this.#put(key, object));
  }

  markUnsynced(): void {
    this.#hasSynced = false;
  }

  /**
   * Whether a listed object has nothing new. A list is the truth even when its versions are lower than ours, as they are after etcd
   * was restored from a backup; only our own writes since it began can be ahead of it.
   */
  #isCurrent(key: ObjectKey, item: T, isOwnWrite: boolean): boolean {
    const held = this.#objects.get(key);
    if (held === undefined || held.metadata.uid !== item.metadata.uid) return false;
    return isSameVersion(held, item) || (isOwnWrite && isNewer(held, item));
  }

  #put(key: ObjectKey, object: T): readonly StoreChange<T>[] {
    const current = freezeObject(object);
    const previous = this.#objects.get(key);
    this.#objects.set(key, current);
    this.#reindex(key, previous, current);
    if (previous === undefined) return [{ type: 'added', key, current }];
    if (previous.metadata.uid === current.metadata.uid) return [{ type: 'updated', key, previous, current }];
    return [
      { type: 'deleted', key, previous },
      { type: 'added', key, current },
    ];
  }

  #remove(key: ObjectKey): readonly StoreChange<T>[] {
    const previous = this.#objects.get(key);
    if (previous === undefined) return [];
    this.#objects.delete(key);
    this.#reindex(key, previous, undefined);
    return [{ type: 'deleted', key, previous }];
  }

  #reindex(key: ObjectKey, previous: T | undefined, current: T | undefined): void {
    for (const index of this.#indexes.values()) index.move(key, previous, current);
  }

  #tell(changes: readonly StoreChange<T>[]): void {
    for (const change of changes) {
      for (const listener of [...this.#listeners]) this.#tellOne(listener, change);
    }
  }

  #tellOne(listener: (change: StoreChange<T>) => void, change: StoreChange<T>): void {
    try {
      listener(change);
    } catch (error) {
      this.#onError(error, 'listener');
    }
  }
}

function isNewer(one: KubeObject, other: KubeObject): boolean {
  return (compareResourceVersions(one.metadata.resourceVersion, other.metadata.resourceVersion) ?? 0) > 0;
}

function isSameVersion(one: KubeObject, other: KubeObject): boolean {
  const { uid, resourceVersion } = one.metadata;
  return resourceVersion !== undefined && uid === other.metadata.uid && resourceVersion === other.metadata.resourceVersion;
}
