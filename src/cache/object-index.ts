import type { KubeObject } from '../api/index.ts';
import type { Indexer, ObjectKey } from './types.ts';

const nothing: ReadonlySet<ObjectKey> = new Set();

/** Keys of objects by the values that an indexer gives them. */
export class ObjectIndex<T extends KubeObject> {
  readonly #indexer: Indexer<T>;
  readonly #onError: (error: unknown) => void;
  readonly #keys = new Map<string, Set<ObjectKey>>();

  /** `onError` is told what the indexer throws; the object is then filed nowhere. */
  constructor(indexer: Indexer<T>, onError: (error: unknown) => void) {
    this.#indexer = indexer;
    this.#onError = onError;
  }

  /** Keys of the objects filed under a value. */
  keys(value: string): ReadonlySet<ObjectKey> {
    return this.#keys.get(value) ?? nothing;
  }

  /** Files `current` in place of `previous`. */
  move(key: ObjectKey, previous: T | undefined, current: T | undefined): void {
    const before = this.#valuesOf(previous);
    const after = new Set(this.#valuesOf(current));
    for (const value of before) {
      if (!after.has(value)) this.#remove(key, value);
    }
    for (const value of after) this.#add(key, value);
  }

  #valuesOf(object: T | undefined): readonly string[] {
    if (object === undefined) return [];
    try {
      return this.#indexer(object);
    } catch (error) {
      this.#onError(error);
      return [];
    }
  }

  #remove(key: ObjectKey, value: string): void {
    const keys = this.#keys.get(value);
    keys?.delete(key);
    if (keys?.size === 0) this.#keys.delete(value);
  }

  #add(key: ObjectKey, value: string): void {
    const keys = this.#keys.get(value);
    if (keys === undefined) this.#keys.set(value, new Set([key]));
    else keys.add(key);
  }
}
