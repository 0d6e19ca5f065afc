import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flapping, longestRevertHistory, recordRevert } from './index.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const noon = Date.UTC(2026, 0, 1, 12);
const longest = 6 * hour;
const windowOf = (interval: number): number => Math.max(6 * interval, hour);
const quietOf = (interval: number): number => Math.max(longest, interval) + windowOf(interval);

const anInterval = fc.oneof(fc.integer({ min: 10_000, max: 2 * day }), fc.constantFrom(10_000, 10 * minute, hour, day));
const aGap = fc.oneof(fc.integer({ min: 1, max: hour }), fc.integer({ min: 1, max: 9 * hour }), fc.integer({ min: 1, max: 20 * day }));
/** Times as they were recorded one after the other, with the time of the look. */
const aHistory = fc.array(aGap, { maxLength: 16 }).chain((gaps) => {
  let now = noon;
  let history: readonly number[] = [];
  for (const gap of gaps) {
    now += gap;
    history = recordRevert(history, now);
  }
  return fc.record({ history: fc.constant(history), newest: fc.constant(now), since: fc.oneof(fc.nat(hour), fc.nat(20 * day)) });
});

describe('flapping', () => {
  it('stays within its bounds', () => {
    fc.assert(
      fc.property(aHistory, anInterval, ({ history, newest, since }, interval) => {
        const { isFlapping, backoffMs, waitMs } = flapping(history, newest + since, interval);
        expect(waitMs).toBe(Math.max(0, Math.min(backoffMs, backoffMs - since)));
        if (!isFlapping) expect(backoffMs).toBe(0);
        else {
          expect(backoffMs).toBeGreaterThanOrEqual(interval);
          expect(backoffMs).toBeLessThanOrEqual(Math.max(longest, interval));
        }
      }),
    );
  });

  it('starts with three reverts in the window, and not before', () => {
    fc.assert(
      fc.property(aHistory, anInterval, ({ history, newest }, interval) => {
        const isRow = newest - (history.at(-3) ?? Number.NEGATIVE_INFINITY) <= windowOf(interval);
        if (isRow) expect(flapping(history, newest, interval).isFlapping).toBe(true);
        if (history.length < 3) expect(flapping(history, newest, interval).isFlapping).toBe(false);
      }),
    );
  });

  it('only ends as time goes by: it neither starts nor grows without a revert', () => {
    fc.assert(
      fc.property(aHistory, anInterval, fc.nat(20 * day), ({ history, newest, since }, interval, more) => {
        const before = flapping(history, newest + since, interval);
        const after = flapping(history, newest + since + more, interval);
        expect(after.waitMs).toBeLessThanOrEqual(before.waitMs);
        if (after.isFlapping) expect(after.backoffMs).toBe(before.backoffMs);
      }),
    );
  });

  it('never grows shorter with a further revert', () => {
    fc.assert(
      fc.property(aHistory, anInterval, ({ history, newest, since }, interval) => {
        const now = newest + since;
        const before = flapping(history, now, interval);
        const after = flapping(recordRevert(history, now), now, interval);
        if (before.isFlapping) expect(after.isFlapping).toBe(true);
        expect(after.backoffMs).toBeGreaterThanOrEqual(before.backoffMs);
      }),
      { numRuns: 1000 },
    );
  });

  it('is over after a quiet period, and what comes then starts from nothing', () => {
    fc.assert(
      fc.property(aHistory, anInterval, fc.integer({ min: 1, max: day }), ({ history, newest }, interval, more) => {
        const later = newest + quietOf(interval) + more;
        expect(flapping(history, later, interval)).toEqual({ isFlapping: false, backoffMs: 0, waitMs: 0 });
        const again = recordRevert(history, later);
        expect(flapping(again, later, interval).isFlapping).toBe(false);
        expect(flapping(recordRevert(again, later + 1), later + 1, interval).isFlapping).toBe(false);
      }),
    );
  });

  it('doesn’t depend on the order of the history or on anything but its input', () => {
    const shuffled = aHistory.chain((given) =>
      fc.record({ given: fc.constant(given), other: fc.shuffledSubarray([...given.history], { minLength: given.history.length }) }),
    );
    fc.assert(
      fc.property(shuffled, anInterval, ({ given: { history, newest, since }, other }, interval) => {
        expect(flapping(other, newest + since, interval)).toEqual(flapping(history, newest + since, interval));
        expect(recordRevert(other, newest + since)).toEqual(recordRevert(history, newest + since));
      }),
    );
  });

  it('is told from no more than the newest reverts, however long the history', () => {
    const long = fc.array(fc.integer({ min: noon, max: noon + 3 * day }), { maxLength: 40 });
    fc.assert(
      fc.property(long, anInterval, fc.nat(day), (times, interval, since) => {
        const now = noon + 3 * day + since;
        const kept = [...times].sort((a, b) => a - b).reduce<readonly number[]>(recordRevert, []);
        expect(kept.length).toBeLessThanOrEqual(longestRevertHistory);
        expect(flapping(times, now, interval)).toEqual(flapping(kept, now, interval));
      }),
    );
  });

  it('doubles with every revert of a fight until it is at its height, and stays there', () => {
    const quick = fc.infiniteStream(fc.integer({ min: 1, max: 20 * minute }));
    fc.assert(
      fc.property(anInterval, quick, (interval, answers) => {
        const backoffs = fight(interval, day + 20 * interval, answers);
        expect(backoffs.length).toBeGreaterThan(longestRevertHistory);
        for (const [index, backoffMs] of backoffs.entries()) {
          const doublings = Math.min(index - 1, longestRevertHistory - 2);
          expect(backoffMs).toBe(index < 2 ? 0 : Math.min(Math.max(longest, interval), interval * 2 ** doublings));
        }
      }),
    );
  });

  it('slows every fight down to four corrections a day and never takes it for peace', () => {
    const slow = fc.infiniteStream(fc.integer({ min: 1, max: hour }));
    fc.assert(
      fc.property(fc.integer({ min: 2 * minute, max: 10 * minute }), slow, (interval, answers) => {
        const backoffs = fight(interval, 10 * day, answers);
        const start = backoffs.findIndex((backoffMs) => backoffMs > 0);
        expect(start).toBeLessThan(longestRevertHistory);
        expect(backoffs.slice(start).every((backoffMs) => backoffMs > 0)).toBe(true);
        expect(backoffs.length).toBeLessThanOrEqual(4 * 10 + longestRevertHistory);
      }),
    );
  });
});

/**
 * Somebody breaks the role again and again after we corrected it; we look on the interval and correct as soon as we may. The back-off
 * after each correction.
 */
function fight(interval: number, lasts: number, answers: Iterator<number>): readonly number[] {
  const backoffs: number[] = [];
  let history: readonly number[] = [];
  let now = noon;
  while (now < noon + lasts) {
    now += Number(answers.next().value);
    const found = Math.ceil(now / interval) * interval;
    now = found + flapping(history, found, interval).waitMs;
    history = recordRevert(history, now);
    backoffs.push(flapping(history, now, interval).backoffMs);
  }
  return backoffs;
}
