/** Whether something else keeps changing a role back, and how long the next correction has to wait for that. */
export interface Flapping {
  readonly isFlapping: boolean;
  /** Least time between the newest revert and the next correction, in milliseconds; 0 when nothing is flapping. */
  readonly backoffMs: number;
  /** What is left of it, in milliseconds from 0 to `backoffMs`; 0: a difference may be corrected now. */
  readonly waitMs: number;
}

/** Number of reverts that are remembered. */
export const longestRevertHistory = 10;

/** A person who tries something out and a deployment that runs once undo us once or twice. */
const revertsOfFight = 3;
const windowIntervals = 6;
const hourMs = 3_600_000;
/** Four corrections a day still show that the role isn't given up, and neither side's audit log drowns. */
const longestBackoffMs = 6 * hourMs;
const calm: Flapping = { isFlapping: false, backoffMs: 0, waitMs: 0 };

/**
 * Tells from the times of earlier reverts (epoch milliseconds, any order) whether something else keeps changing a role back.
 *
 * It starts with the third revert within 6 intervals or one hour, whichever is longer: at a short interval an hour is what a person takes
 * for three tries, at a long one reverts can't be closer together than the looks that find them. The back-off begins at twice the interval
 * and doubles with every further revert, to 6 hours at most, and is never shorter than the interval. It ends with a quiet period: no revert
 * for the longest back-off and that window on top, so that no fight looks like peace only because we hold back.
 *
 * The history is too short to tell for ever how it began: ten reverts in a row without a quiet period count as a fight at its height.
 * Times after `now` come from a clock that ran ahead and are ignored.
 */
export function flapping(history: readonly number[], now: number, intervalMs: number): Flapping {
  const windowMs = Math.max(windowIntervals * intervalMs, hourMs);
  const ceilingMs = Math.max(longestBackoffMs, intervalMs);
  const row = latestRow(pastReverts(history, now), now, ceilingMs + windowMs);
  const newest = row.at(-1);
  const level = levelOf(row, windowMs);
  if (newest === undefined || level === 0) return calm;
  const backoffMs = Math.min(ceilingMs, intervalMs * 2 ** level);
  return { isFlapping: true, backoffMs, waitMs: Math.max(0, newest + backoffMs - now) };
}

/**
 * The history with a revert at `now` (epoch milliseconds), newest last, cut to the newest `longestRevertHistory`. Recording the same
 * moment again changes nothing.
 */
export function recordRevert(history: readonly number[], now: number): readonly number[] {
  return pastReverts([...history, now], now);
}

function pastReverts(history: readonly number[], now: number): readonly number[] {
  const past = history.filter((time) => time <= now);
  return [...new Set(past)].sort((a, b) => a - b).slice(-longestRevertHistory);
}

/** The newest reverts, up to now without a quiet period. */
function latestRow(reverts: readonly number[], now: number, quietMs: number): readonly number[] {
  const afterQuiet = reverts.findLastIndex((time, index) => (reverts[index + 1] ?? now) - time > quietMs);
  return reverts.slice(afterQuiet + 1);
}

/** How many reverts there were since it became a fight, with the one that made it so; 0: it isn't one. */
function levelOf(row: readonly number[], windowMs: number): number {
  if (row.length >= longestRevertHistory) return longestRevertHistory - revertsOfFight + 1;
  const start = row.findIndex((time, index) => time - (row[index - revertsOfFight + 1] ?? Number.NEGATIVE_INFINITY) <= windowMs);
  return start === -1 ? 0 : row.length - start;
}
