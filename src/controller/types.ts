/**
 * What shall happen to a key after one pass. There is exactly one place that acts on it: the engine's switch.
 * - `done`: forget failures; look again only when something changes.
 * - `after`: forget failures; look again after `delayMs`.
 * - `retry`: something failed that may mend itself; look again after the backoff, not before `notBeforeMs`.
 * - `terminal`: something failed that stays so until a person acts; counted, not retried hot: look again after `delayMs`, or
 *   only on a change where undefined.
 */
export type Result =
  | { readonly kind: 'done' }
  | { readonly kind: 'after'; readonly delayMs: number }
  | { readonly kind: 'retry'; readonly error: unknown; readonly notBeforeMs?: number }
  | { readonly kind: 'terminal'; readonly error: unknown; readonly delayMs?: number };

/** What a reconciler works on in one turn: the keys of one group, one after another or several at once. */
export interface Work<K> {
  readonly group: string;
  /** Next ready key, or undefined when there is none at the moment. */
  next(): K | undefined;
  /** Reports the outcome of a key; every key from `next` must be settled once. A key left unsettled counts as `retry`. */
  settle(key: K, result: Result): void;
}

/** What to do about the keys of one group. Throwing settles every open key as `retry`. */
export type Reconcile<K> = (work: Work<K>, signal: AbortSignal) => Promise<void>;
