import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stableHash32 } from './hash.ts';
import { nextLookDelay } from './schedule.ts';

const moments = fc.integer({ min: 0, max: 4_000_000_000_000 });
const intervals = fc.integer({ min: 1, max: 7 * 86_400_000 });
const keys = fc.string({ maxLength: 40 });

function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}

describe('nextLookDelay', () => {
  it('sends everybody with the same interval and key to points of one grid', () => {
    fc.assert(
      fc.property(moments, moments, intervals, keys, (first, second, interval, key) => {
        const firstLook = first + nextLookDelay(first, interval, key);
        const secondLook = second + nextLookDelay(second, interval, key);
        expect(modulo(firstLook, interval)).toBe(modulo(secondLook, interval));
      }),
    );
  });

  it('lies ahead, no nearer than a second or a tenth of the interval, and no grid point beyond that is left out', () => {
    fc.assert(
      fc.property(moments, intervals, keys, (now, interval, key) => {
        const nearest = Math.min(1000, interval / 10);
        const delay = nextLookDelay(now, interval, key);
        expect(delay).toBeGreaterThan(0);
        expect(delay).toBeGreaterThanOrEqual(nearest);
        expect(delay).toBeLessThan(interval + nearest);
      }),
    );
  });

  it('takes the following point when the next is nearer than a second', () => {
    const interval = 600_000;
    const point = nextLookDelay(0, interval, 'lane') + interval;
    expect(nextLookDelay(point - 1000, interval, 'lane')).toBe(1000);
    expect(nextLookDelay(point - 999, interval, 'lane')).toBe(interval + 999);
    expect(nextLookDelay(point, interval, 'lane')).toBe(interval);
  });

  it('spreads lanes evenly over the interval', () => {
    const buckets = Array.from({ length: 10 }, () => 0);
    for (let lane = 0; lane < 10_000; lane++) {
      const bucket = Math.floor(((nextLookDelay(0, 600_000, `workos/org_${lane}`) - 1000) / 600_000) * 10);
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }
    expect(Math.min(...buckets)).toBeGreaterThan(850);
    expect(Math.max(...buckets)).toBeLessThan(1150);
  });

  it('does not let lanes that fall together at one interval do so at another', () => {
    const phaseAt = (interval: number, lane: number): number => (nextLookDelay(0, interval, `lane-${lane}`) % interval) / interval;
    const together = Array.from({ length: 1000 }, (_, lane) => lane).filter(
      (lane) => Math.abs(phaseAt(600_000, lane) - phaseAt(3_600_000, lane)) < 0.01,
    );
    expect(together.length).toBeLessThan(50);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses an interval of %d', (interval) => {
    expect(() => nextLookDelay(0, interval, 'lane')).toThrow(RangeError);
  });
});

describe('stableHash32', () => {
  it('never changes: phases and shards of running installations depend on it', () => {
    expect([stableHash32(''), stableHash32('a'), stableHash32('workos/org_1')]).toEqual([2_872_998_923, 444_641_715, 2_615_700_569]);
  });

  it('differs for texts that differ in one place', () => {
    const hashes = new Set(Array.from({ length: 20_000 }, (_, index) => stableHash32(`organization-${index}`)));
    expect(hashes.size).toBeGreaterThan(19_990);
  });
});
