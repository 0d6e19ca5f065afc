import { describe, expect, it } from 'vitest';
import { flapping, longestRevertHistory, recordRevert } from './index.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const noon = Date.UTC(2026, 0, 1, 12);

/** Reverts with these times between them, the last one at noon. */
function history(...gaps: readonly number[]): readonly number[] {
  return [...gaps, 0].map((_, index) => noon - gaps.slice(index).reduce((sum, gap) => sum + gap, 0));
}

describe('flapping', () => {
  it.each<{ reason: string; reverts: readonly number[]; interval: number; now?: number; backoff: number }>([
    { reason: 'nothing was ever reverted', reverts: [], interval: 10 * minute, backoff: 0 },
    { reason: 'twice is no fight', reverts: history(10 * minute), interval: 10 * minute, backoff: 0 },
    { reason: 'three times within an hour is', reverts: history(30 * minute, 30 * minute), interval: 10 * minute, backoff: 20 * minute },
    { reason: 'three times in more than an hour is not', reverts: history(30 * minute, 31 * minute), interval: 10 * minute, backoff: 0 },
    {
      reason: 'an hour counts at a short interval, too',
      reverts: history(30 * minute, 30 * minute),
      interval: 10 * second,
      backoff: 20 * second,
    },
    { reason: 'six intervals count at a long one', reverts: history(3 * hour, 3 * hour), interval: hour, backoff: 2 * hour },
    {
      reason: 'every further revert doubles it',
      reverts: history(minute, minute, hour, hour),
      interval: 10 * minute,
      backoff: 80 * minute,
    },
    { reason: 'six hours are the most', reverts: history(...Array<number>(8).fill(minute)), interval: 10 * minute, backoff: 6 * hour },
    { reason: 'it is never shorter than the interval', reverts: history(day, day), interval: day, backoff: day },
    {
      reason: 'a fight goes on although we hold back',
      reverts: history(minute, minute, 6 * hour, 7 * hour),
      interval: 10 * minute,
      backoff: 80 * minute,
    },
    {
      reason: 'it is over after a quiet period',
      reverts: history(minute, minute),
      interval: 10 * minute,
      now: noon + 7 * hour + 1,
      backoff: 0,
    },
    {
      reason: 'it is not over at the end of it',
      reverts: history(minute, minute),
      interval: 10 * minute,
      now: noon + 7 * hour,
      backoff: 20 * minute,
    },
    {
      reason: 'what was before a quiet period is forgotten',
      reverts: history(minute, minute, 8 * hour, minute),
      interval: 10 * minute,
      backoff: 0,
    },
    {
      reason: 'ten in a row are a fight at its height',
      reverts: history(...Array<number>(9).fill(5 * hour)),
      interval: 10 * minute,
      backoff: 6 * hour,
    },
    {
      reason: 'nine that are hours apart are not',
      reverts: history(...Array<number>(8).fill(5 * hour)),
      interval: 10 * minute,
      backoff: 0,
    },
    { reason: 'times ahead of the clock are ignored', reverts: history(minute, minute), interval: 10 * minute, now: noon - 1, backoff: 0 },
    {
      reason: 'what is no time is ignored',
      reverts: history(minute, minute).flatMap((time) => [time, Number.NaN]),
      interval: 10 * minute,
      backoff: 20 * minute,
    },
  ])('$reason', ({ reverts, interval, now = noon, backoff }) => {
    const result = flapping(reverts, now, interval);
    expect(result).toEqual({ isFlapping: backoff > 0, backoffMs: backoff, waitMs: Math.max(0, noon + backoff - now) * Math.sign(backoff) });
  });

  it('counts the wait down from the newest revert', () => {
    const reverts = history(minute, minute);
    expect(flapping(reverts, noon + 5 * minute, 10 * minute).waitMs).toBe(15 * minute);
    expect(flapping(reverts, noon + 20 * minute, 10 * minute)).toEqual({ isFlapping: true, backoffMs: 20 * minute, waitMs: 0 });
  });
});

describe('recordRevert', () => {
  it.each([
    { reason: 'begins a history', before: [], after: [noon] },
    { reason: 'adds the newest last', before: [noon - 1], after: [noon - 1, noon] },
    { reason: 'puts right what is out of order', before: [noon - 1, noon - 2], after: [noon - 2, noon - 1, noon] },
    { reason: 'records a moment once', before: [noon], after: [noon] },
    { reason: 'forgets times ahead of the clock', before: [noon - 1, noon + day], after: [noon - 1, noon] },
  ])('$reason', ({ before, after }) => {
    expect(recordRevert(before, noon)).toEqual(after);
  });

  it('forgets the oldest of a full history', () => {
    const full = history(...Array<number>(longestRevertHistory - 1).fill(minute));
    expect(recordRevert(full, noon + minute)).toEqual([...full.slice(1), noon + minute]);
  });
});
