import type { Clock } from '../lib/index.ts';

/** Lets a burst through and then a steady trickle. Never waits. */
export class TokenBucket {
  readonly #clock: Clock;
  readonly #tokenMs: number;
  readonly #mostCreditMs: number;
  #creditMs: number;
  #countedAt: number;

  /** `capacity` tokens at once; one more every `tokenMs`. */
  constructor(clock: Clock, capacity: number, tokenMs: number) {
    this.#clock = clock;
    this.#tokenMs = tokenMs;
    this.#mostCreditMs = capacity * tokenMs;
    this.#creditMs = this.#mostCreditMs;
    this.#countedAt = clock.monotonic();
  }

  /** Takes a token; false when there is none. */
  take(): boolean {
    const now = this.#clock.monotonic();
    this.#creditMs = Math.min(this.#mostCreditMs, this.#creditMs + now - this.#countedAt);
    this.#countedAt = now;
    if (this.#creditMs < this.#tokenMs) return false;
    this.#creditMs -= this.#tokenMs;
    return true;
  }
}
