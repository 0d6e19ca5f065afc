/**
 * What shall happen to a key after one pass. There is exactly one place that acts on it: the engine's switch.
 * - `done`: forget failures; look again only when something changes.
 * - `after`: forget failures; look again after `delayMs`.
 * - `retry`: something failed that may mend itself; look again after the backoff, not before `notBeforeMs` from now. `delayMs`
 *   replaces the key's own backoff where keys that failed together are to be tried together; the failure is counted all the same.
 * - `terminal`: something failed that stays so until a person acts; counted, not retried hot: forget failures; look again after
 *   `delayMs`, or only on a change where undefined.
 */
export type Result =
  | { readonly kind: 'done' }
  | { readonly kind: 'after'; readonly delayMs: number }
  | { readonly kind: 'retry'; readonly error: unknown; readonly notBeforeMs?: number; readonly delayMs?: number }
  | { readonly kind: 'terminal'; readonly error: unknown; readonly delayMs?: number };

/** What a reconciler works on in one turn: the keys of one group, one after another or several at once. */
export interface Work<K> {
  readonly group: string;
  /** Next ready key, or undefined when there is none at the moment, or none may be begun any more. */
  next(): K | undefined;
  /** Reports the outcome of a key; every key from `next` must be settled once. A key left unsettled counts as `retry`. */
  settle(key: K, result: Result): void;
}

/**
 * What to do about the keys of one group. Throwing settles every open key as `retry`. Must take at least one key where there is
 * one, and must end soon after the signal aborts. Keys that it leaves in the group stay in the queue for a later turn.
 */
export type Reconcile<K> = (work: Work<K>, signal: AbortSignal) => Promise<void>;

/** Where the engine logs to. */
export interface Logger {
  /** What was looked at and found as it should be. */
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** What changed. */
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** What failed and is tried again. */
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** What failed and needs a person. */
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** A key's outcome, as metrics see it. */
export interface SettledKey {
  readonly controller: string;
  readonly group: string;
  /** The key as the queue spells it. */
  readonly key: string;
  readonly result: Result['kind'];
  /** From the moment the key was handed out. */
  readonly seconds: number;
}

/** Is told what the engine does, for metrics. Must return at once; what it throws is logged and has no other effect. */
export interface ControllerObserver {
  /** A key was settled. Not told for keys that a shutdown interrupted. */
  settled?(outcome: SettledKey): void;
  /** A reconcile threw instead of settling its keys; they are settled as `retry` besides. */
  panicked?(event: { readonly controller: string; readonly group: string; readonly error: unknown }): void;
  /** The number of turns under way changed. */
  busy?(event: { readonly controller: string; readonly turns: number }): void;
}
