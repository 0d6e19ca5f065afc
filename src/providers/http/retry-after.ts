/** Longer waits than this are taken for a mistake of the server. */
const longestWaitMs = 3_600_000;

/**
 * The wait that a `Retry-After` header asks for, in milliseconds from `nowMs` (wall clock): either a number of seconds or a
 * date. At least 0, at most one hour; undefined when there is no header or it can't be read.
 */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  const text = header?.trim() ?? '';
  if (text === '') return undefined;
  const waitMs = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : dateMs(text) - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(0, waitMs), longestWaitMs);
}

/** HTTP dates name their month; without that check `Date.parse` would take `-5` for a year. */
function dateMs(text: string): number {
  return /[a-z]/i.test(text) ? Date.parse(text) : Number.NaN;
}
