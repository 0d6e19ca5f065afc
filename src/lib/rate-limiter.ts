/** Shares out permission to call among all lanes of one provider. */
export interface RateLimiter {
  /** Waits for a token, in order of asking. Resolves with the milliseconds waited; rejects with the signal's reason. */
  acquire(signal: AbortSignal): Promise<number>;
  /** Nobody gets a token for `delayMs`; a longer pause in force stays. For `Retry-After`. */
  pause(delayMs: number): void;
  /** Milliseconds left of a pause; 0 when there is none. */
  pausedForMs(): number;
}
