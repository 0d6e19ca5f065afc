import type { Clock } from '../lib/index.ts';
import type { EmulatedOperation, RateLimitRule } from './types.ts';

interface Bucket {
  readonly rule: RateLimitRule;
  readonly capacity: number;
  readonly perMs: number;
  tokens: number;
  asOfMs: number;
}

/** The rate limits of an emulator. */
export class RateLimits {
  readonly #clock: Clock;
  readonly #buckets: readonly Bucket[];

  /** `factor` is put on every limit; a bucket holds at least one token. */
  constructor(clock: Clock, rules: readonly RateLimitRule[], factor: number) {
    this.#clock = clock;
    this.#buckets = rules.map((rule) => {
      const capacity = Math.max(1, rule.requests * factor);
      return { rule, capacity, perMs: (rule.requests * factor) / rule.windowMs, tokens: capacity, asOfMs: clock.monotonic() };
    });
  }

  /** Takes a token from every limit that applies; otherwise takes none and returns the milliseconds until one is there. */
  take(operation: EmulatedOperation): number | undefined {
    const buckets = this.#buckets.filter((bucket) => bucket.rule.applies(operation));
    for (const bucket of buckets) this.#refill(bucket);
    const waitMs = Math.max(0, ...buckets.map((bucket) => (1 - bucket.tokens) / bucket.perMs));
    if (waitMs > 0) return waitMs;
    for (const bucket of buckets) bucket.tokens -= 1;
    return undefined;
  }

  #refill(bucket: Bucket): void {
    const nowMs = this.#clock.monotonic();
    bucket.tokens = Math.min(bucket.capacity, bucket.tokens + (nowMs - bucket.asOfMs) * bucket.perMs);
    bucket.asOfMs = nowMs;
  }
}
