import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffDelay } from './backoff.ts';
import { seededRandom } from './random.ts';

describe('backoffDelay', () => {
  it('doubles from the base to the maximum when there is no jitter', () => {
    const policy = { baseMs: 1000, maxMs: 10_000, jitter: 0 };
    const delays = [1, 2, 3, 4, 5, 6, 1000].map((failures) => backoffDelay(policy, failures, () => 0.5));
    expect(delays).toEqual([1000, 2000, 4000, 8000, 10_000, 10_000, 10_000]);
  });

  it('stays between the unjittered share and the bound, whatever the numbers', () => {
    const policies = fc.record({
      baseMs: fc.integer({ min: 1, max: 60_000 }),
      maxMs: fc.integer({ min: 60_000, max: 3_600_000 }),
      factor: fc.double({ min: 1, max: 10, noNaN: true }),
      jitter: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(policies, fc.integer({ min: 0, max: 5000 }), fc.integer(), (policy, failures, start) => {
        const random = seededRandom(start);
        const bound = backoffDelay({ ...policy, jitter: 0 }, failures, random);
        const delay = backoffDelay(policy, failures, random);
        expect(bound).toBeLessThanOrEqual(policy.maxMs);
        expect(delay).toBeGreaterThanOrEqual(bound * (1 - policy.jitter) - 1e-6);
        expect(delay).toBeLessThanOrEqual(bound + 1e-6);
      }),
    );
  });

  it('keeps at least half of the bound unless told otherwise', () => {
    expect(backoffDelay({ baseMs: 1000, maxMs: 5000 }, 1, () => 0)).toBe(500);
  });
});

describe('seededRandom', () => {
  it('repeats itself and stays in [0, 1)', () => {
    const first = seededRandom(42);
    const second = seededRandom(42);
    const numbers = Array.from({ length: 1000 }, () => first());
    expect(Array.from({ length: 1000 }, () => second())).toEqual(numbers);
    expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
    expect(new Set(numbers).size).toBeGreaterThan(990);
  });
});
