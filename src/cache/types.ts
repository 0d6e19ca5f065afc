import type { KubeObject } from '../api/index.ts';

/** `namespace/name`, or `name` for cluster-scoped objects. */
export type ObjectKey = string;

/** A change of the store, told to listeners after the store holds it. */
export type StoreChange<T extends KubeObject> =
  | { readonly type: 'added'; readonly key: ObjectKey; readonly current: T }
  | { readonly type: 'updated'; readonly key: ObjectKey; readonly previous: T; readonly current: T }
  | { readonly type: 'deleted'; readonly key: ObjectKey; readonly previous: T };

/**
 * What the operator knows of one kind. Objects are deeply frozen and carry no managedFields. Reading never blocks.
 */
export interface Store<T extends KubeObject> {
  /** The object with that key; undefined when there is none. */
  get(key: ObjectKey): T | undefined;
  /** Every object, in no particular order. */
  values(): IterableIterator<T>;
  readonly size: number;
  /** Objects that an index files under `value`; empty when there are none. Throws for an index that doesn't exist. */
  byIndex(index: string, value: string): readonly T[];
  /** Calls `listener` for every later change; returns the function that ends it. A listener that throws is logged and kept. */
  onChange(listener: (change: StoreChange<T>) => void): () => void;
  /** Resolves once `hasSynced` is true: after the first complete list; never rejects before the signal aborts. */
  synced(signal: AbortSignal): Promise<void>;
  /** False again while the API server forbids the kind or doesn't serve it: what is held may then be long out of date. */
  readonly hasSynced: boolean;
  /**
   * Puts the answer of our own write into the store unless a newer or recreated object is there already, so that the next
   * reconcile doesn't act on what it has itself replaced.
   */
  observeOwnWrite(object: T): void;
}

/** Files an object under any number of values. Pure. */
export type Indexer<T extends KubeObject> = (object: T) => readonly string[];
