import { stableHash32 } from './hash.ts';

/** A look that would come sooner than this after the present one is left out, so that a fresh write isn't read at once. */
const nearestLookMs = 1000;

/**
 * Milliseconds until the next periodic look. All who share `intervalMs` and `phaseKey` look in the same instants, so that one
 * list serves a whole lane; different keys get phases that are spread over the interval, so that lanes don't all look at once.
 * The instants are fixed points of the wall clock: a restart changes nothing.
 *
 * The result lies in (0, intervalMs + 1 s): the next instant is left out when it is nearer than one second (for intervals below
 * ten seconds: a tenth of the interval).
 *
 * @param nowMs Wall-clock time in milliseconds since the epoch.
 * @param intervalMs At least 1; throws RangeError otherwise.
 * @param phaseKey Whatever the group of looks has in common, for example the lane.
 */
export function nextLookDelay(nowMs: number, intervalMs: number, phaseKey: string): number {
  if (!(intervalMs >= 1 && Number.isFinite(intervalMs))) {
    throw new RangeError(`The interval between looks must be at least 1 ms, not ${intervalMs}`);
  }
  // The interval is part of the hash: lanes that fall together at one interval shouldn't do so at all of them.
  const phase = Math.floor((stableHash32(`${intervalMs} ${phaseKey}`) / 2 ** 32) * intervalMs);
  const next = (Math.floor((nowMs - phase) / intervalMs) + 1) * intervalMs + phase;
  const delayMs = next - nowMs;
  return delayMs < Math.min(nearestLookMs, intervalMs / 10) ? delayMs + intervalMs : delayMs;
}
