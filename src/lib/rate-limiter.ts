import type { Clock, Timer } from './clock.ts';

/** Shares out permission to call among all lanes of one provider. */
export interface RateLimiter {
  /** Waits for a token, in order of asking. Resolves with the milliseconds waited; rejects with the signal's reason. */
  acquire(signal: AbortSignal): Promise<number>;
  /** Nobody gets a token for `delayMs`; a longer pause in force stays. For `Retry-After`. */
  pause(delayMs: number): void;
  /** Milliseconds left of a pause; 0 when there is none. */
  pausedForMs(): number;
}

/** How many calls a provider takes. */
export interface RateLimit {
  /** Tokens that flow in per second; above 0, fractions allowed. */
  readonly requestsPerSecond: number;
  /** Tokens that may be saved up, and so the calls that may go out at once; a whole number, at least 1. */
  readonly burst: number;
}

interface Waiter {
  readonly sinceMs: number;
  readonly grant: (waitedMs: number) => void;
}

/** A millionth of a token: rounding must not make a timer that fires on time find the token a hair short. */
const roundingTolerance = 1e-6;

/**
 * A token bucket with a line in front of it. In any span of t seconds it grants at most `burst + requestsPerSecond * t` tokens.
 * It starts full.
 */
export class TokenBucket implements RateLimiter {
  readonly #clock: Clock;
  #limit: RateLimit;
  #tokens: number;
  /** Up to when tokens have been counted in; in the future during a pause, in which none flow in. */
  #countedMs: number;
  #pausedUntilMs = 0;
  /** In order of asking. */
  readonly #waiters = new Set<Waiter>();
  #timer: Timer | undefined;

  /** Throws RangeError for a limit out of range. */
  constructor(clock: Clock, limit: RateLimit) {
    checkLimit(limit);
    this.#clock = clock;
    this.#limit = limit;
    this.#tokens = limit.burst;
    this.#countedMs = clock.monotonic();
  }

  /** Callers that wait for a token. */
  get waiting(): number {
    return this.#waiters.size;
  }

  /** See RateLimiter. Aborting a caller that waits frees its place: those behind it move up. */
  acquire(signal: AbortSignal): Promise<number> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      const onAbort = (): void => {
        this.#waiters.delete(waiter);
        this.#grant();
        reject(signal.reason);
      };
      const waiter: Waiter = {
        sinceMs: this.#clock.monotonic(),
        grant: (waitedMs) => {
          signal.removeEventListener('abort', onAbort);
          resolve(waitedMs);
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiters.add(waiter);
      this.#grant();
    });
  }

  /**
   * See RateLimiter. A provider that asks for a pause is overloaded: no tokens flow in meanwhile and all but one of those saved
   * up are lost, so that the calls come back one by one and not in a burst.
   */
  pause(delayMs: number): void {
    const untilMs = this.#clock.monotonic() + delayMs;
    if (!(delayMs > 0) || untilMs <= this.#pausedUntilMs) {
      return;
    }
    this.#countIn();
    this.#tokens = Math.min(this.#tokens, 1);
    this.#pausedUntilMs = untilMs;
    this.#countedMs = untilMs;
    this.#grant();
  }

  pausedForMs(): number {
    return Math.max(0, this.#pausedUntilMs - this.#clock.monotonic());
  }

  /**
   * Puts another limit in force for callers that wait and those to come. Tokens saved up stay as far as the new burst allows.
   * Throws RangeError for a limit out of range.
   */
  reconfigure(limit: RateLimit): void {
    checkLimit(limit);
    this.#countIn();
    this.#limit = limit;
    this.#tokens = Math.min(this.#tokens, limit.burst);
    this.#grant();
  }

  #countIn(): void {
    const now = this.#clock.monotonic();
    if (now > this.#countedMs) {
      const inflow = ((now - this.#countedMs) / 1000) * this.#limit.requestsPerSecond;
      this.#tokens = Math.min(this.#limit.burst, this.#tokens + inflow);
      this.#countedMs = now;
    }
  }

  /** Serves the line as far as there are tokens and arms the timer for the next. */
  #grant(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#countIn();
    const now = this.#clock.monotonic();
    for (const waiter of this.#waiters) {
      const missing = 1 - this.#tokens;
      const delayMs = this.#countedMs - now + (Math.max(0, missing) / this.#limit.requestsPerSecond) * 1000;
      if (this.#countedMs > now || missing > roundingTolerance) {
        this.#timer = this.#clock.schedule(delayMs, () => this.#grant());
        return;
      }
      this.#tokens -= 1;
      this.#waiters.delete(waiter);
      waiter.grant(now - waiter.sinceMs);
    }
  }
}

function checkLimit({ requestsPerSecond, burst }: RateLimit): void {
  if (!(requestsPerSecond > 0 && Number.isFinite(requestsPerSecond))) {
    throw new RangeError(`A rate limit must allow more than 0 requests per second, not ${requestsPerSecond}`);
  }
  if (!(Number.isInteger(burst) && burst >= 1)) {
    throw new RangeError(`The burst of a rate limit must be a whole number of at least 1, not ${burst}`);
  }
}
