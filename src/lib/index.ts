/**
 * Small tools without a domain word in them: clock, randomness, backoff, HTTP, durations. Every other room may import
 * this one; it imports none.
 * @module
 */
export * from './backoff.ts';
export * from './clock.ts';
export * from './concurrency.ts';
export * from './duration.ts';
export * from './hash.ts';
export * from './http.ts';
export * from './http-client.ts';
export * from './random.ts';
export * from './rate-limiter.ts';
export * from './schedule.ts';
