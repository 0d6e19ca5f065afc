import type { Clock } from '../lib/index.ts';
import { spellKey } from '../queue/index.ts';
import type { Reconcile, Result } from './types.ts';

/** A reconcile of one key took longer than it may. */
export class ReconcileTimeoutError extends Error {
  override readonly name = 'ReconcileTimeoutError';

  constructor(key: string, timeoutMs: number) {
    super(`The reconcile of ${key} was stopped because it took longer than ${timeoutMs / 1000} s`);
  }
}

/** How long a key may take. */
export interface EachOptions<K> {
  readonly clock: Clock;
  /** Aborts the key's signal after this many milliseconds. */
  readonly timeoutMs: number;
  /** Names the key in the error; `spellKey` unless given. */
  readonly keyOf?: (key: K) => string;
}

/**
 * Lifts a function of one key to a reconcile. It takes one key a turn, so that between two keys of a group a more important
 * key of another group gets its chance.
 *
 * With a timeout the function's signal aborts with ReconcileTimeoutError as its reason, and what it then throws is a `retry` with
 * that error. The key stays in hand until the function has ended: a blocked worker does less harm than two hands on one key.
 */
export function each<K>(reconcileKey: (key: K, signal: AbortSignal) => Promise<Result>, options?: EachOptions<K>): Reconcile<K> {
  return async (work, signal) => {
    const key = work.next();
    if (key === undefined) {
      return;
    }
    work.settle(key, options ? await withTimeout(reconcileKey, key, signal, options) : await reconcileKey(key, signal));
  };
}

async function withTimeout<K>(
  reconcileKey: (key: K, signal: AbortSignal) => Promise<Result>,
  key: K,
  turnSignal: AbortSignal,
  options: EachOptions<K>,
): Promise<Result> {
  const limited = new AbortController();
  const timeout = new ReconcileTimeoutError((options.keyOf ?? spellKey)(key), options.timeoutMs);
  const onTurnAbort = (): void => limited.abort(turnSignal.reason);
  const timer = options.clock.schedule(options.timeoutMs, () => limited.abort(timeout));
  turnSignal.addEventListener('abort', onTurnAbort, { once: true });
  if (turnSignal.aborted) {
    onTurnAbort();
  }
  try {
    return await reconcileKey(key, limited.signal);
  } catch (error) {
    if (limited.signal.reason !== timeout) {
      throw error;
    }
    return { kind: 'retry', error: timeout };
  } finally {
    timer.cancel();
    turnSignal.removeEventListener('abort', onTurnAbort);
  }
}
