import { describe, expect, it } from 'vitest';
import { retryAfterMs } from './retry-after.ts';

const now = Date.parse('2030-01-01T00:00:00Z');

describe('retryAfterMs', () => {
  const cases = [
    { reason: 'no header says nothing', header: undefined, waitMs: undefined },
    { reason: 'an empty header says nothing', header: ' ', waitMs: undefined },
    { reason: 'words say nothing', header: 'soon', waitMs: undefined },
    { reason: 'seconds', header: '7', waitMs: 7_000 },
    { reason: 'seconds with a fraction', header: '0.5', waitMs: 500 },
    { reason: 'none at all', header: '0', waitMs: 0 },
    { reason: 'a date', header: 'Tue, 01 Jan 2030 00:00:30 GMT', waitMs: 30_000 },
    { reason: 'a date that has passed is no wait', header: 'Mon, 31 Dec 2029 23:59:00 GMT', waitMs: 0 },
    { reason: 'a negative number says nothing', header: '-5', waitMs: undefined },
    { reason: 'a wait of years is taken for an hour', header: '99999999', waitMs: 3_600_000 },
  ];
  it.each(cases)('$reason', ({ header, waitMs }) => {
    expect(retryAfterMs(header, now)).toBe(waitMs);
  });
});
