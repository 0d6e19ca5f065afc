import { describe, expect, test } from 'vitest';
import { describeNetworkError, parseRetryAfter } from './errors.ts';
import { microTime } from './micro-time.ts';
import { oneLine } from './one-line.ts';
import { collectionPath, objectPath } from './paths.ts';
import { resources } from './resources.ts';

describe('parseRetryAfter', () => {
  const now = Date.parse('2030-01-01T00:00:00Z');
  test.each([
    { reason: 'absent', value: undefined, want: undefined },
    { reason: 'seconds', value: '30', want: 30_000 },
    { reason: 'seconds with blanks around', value: ' 1 ', want: 1_000 },
    { reason: 'zero is an answer', value: '0', want: 0 },
    { reason: 'a date ahead', value: 'Tue, 01 Jan 2030 00:01:00 GMT', want: 60_000 },
    { reason: 'a date in the past means now', value: 'Mon, 31 Dec 2029 23:59:00 GMT', want: 0 },
    { reason: 'a negative number says nothing', value: '-5', want: undefined },
    { reason: 'a fraction says nothing', value: '1.5', want: undefined },
    { reason: 'an absurdly large number says nothing', value: '99999999999999', want: undefined },
    { reason: 'nonsense says nothing', value: 'soon, GMT', want: undefined },
  ])('$reason', ({ value, want }) => {
    expect(parseRetryAfter(value, now)).toBe(want);
  });
});

describe('describeNetworkError', () => {
  const coded = (code: string, cause?: unknown): Error => Object.assign(new Error('raw', { cause }), { code });
  test.each([
    { reason: 'a known code', error: coded('ECONNREFUSED'), want: 'connection refused' },
    { reason: 'a known code inside', error: new Error('fetch failed', { cause: coded('ENOTFOUND') }), want: 'host name not found' },
    { reason: 'the first of several addresses', error: new AggregateError([coded('ECONNREFUSED')]), want: 'connection refused' },
    { reason: 'an unknown code shows its message', error: coded('EWHATEVER'), want: 'raw' },
    { reason: 'no error at all', error: 'odd', want: 'connection failed' },
  ])('$reason', ({ error, want }) => {
    expect(describeNetworkError(error)).toBe(want);
  });

  test('a chain of causes that bites its tail ends', () => {
    const error: Error = new Error('round');
    error.cause = error;
    expect(describeNetworkError(error)).toBe('round');
  });
});

test('a MicroTime has six digits', () => {
  expect(microTime(Date.parse('2030-01-02T03:04:05.678Z'))).toBe('2030-01-02T03:04:05.678000Z');
});

test('foreign text becomes one short line', () => {
  expect(oneLine(' a\r\n\tb\u2028c\u0000d ')).toBe('a b c d');
  expect(oneLine('x'.repeat(600))).toHaveLength(500);
  expect(oneLine('abcdef', 4)).toBe('abc…');
});

test('a path never leaves its place', () => {
  expect(collectionPath(resources.leases, 'a/b')).toBe('/apis/coordination.k8s.io/v1/namespaces/a%2Fb/leases');
  expect(objectPath(resources.namespaces, { name: 'x' })).toBe('/api/v1/namespaces/x');
  for (const name of ['', '.', '..']) expect(() => objectPath(resources.namespaces, { name })).toThrow(RangeError);
});
