import type { Random } from './random.ts';

/** How waiting grows with failures in a row. All times in milliseconds. */
export interface BackoffPolicy {
  /** Upper bound of the first wait. */
  readonly baseMs: number;
  /** Upper bound of any wait. */
  readonly maxMs: number;
  /** Growth of the upper bound per failure; 2 unless given. */
  readonly factor?: number;
  /**
   * Share of the bound that is random, in [0, 1]: 1 spreads waits evenly over (0, bound] ("full jitter"), 0 makes them
   * exact. 0.5 unless given: never shorter than half the bound, so that a failing object isn't retried hot.
   */
  readonly jitter?: number;
}

/** The wait before the next try after `failures` failures in a row (1 is the first), in milliseconds. */
export function backoffDelay(policy: BackoffPolicy, failures: number, random: Random): number {
  const exponent = Math.min(Math.max(0, failures - 1), 52);
  const bound = Math.min(policy.maxMs, policy.baseMs * (policy.factor ?? 2) ** exponent);
  const jitter = policy.jitter ?? 0.5;
  return bound * (1 - jitter) + bound * jitter * random();
}
