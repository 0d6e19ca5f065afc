import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DurationError, formatDuration, parseDuration } from './duration.ts';

/** The pattern that the CRDs carry. */
const schemaPattern = /^([0-9]+h)?([0-9]+m)?([0-9]+s)?$/;

describe('parseDuration', () => {
  it.each([
    ['30s', 30_000, 'one unit'],
    ['10m', 600_000, 'one unit'],
    ['1h30m', 5_400_000, 'two units'],
    ['1h2m3s', 3_723_000, 'all units'],
    ['2h5s', 7_205_000, 'the middle unit may be missing'],
    ['90m', 5_400_000, 'a part may exceed its usual range'],
    ['007s', 7000, 'leading zeros mean nothing'],
    ['0s', 0, 'nothing at all is a span too'],
  ])('reads %s as %i ms: %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each([
    ['', 'empty', 'nothing is written'],
    ['10', 'has no unit', 'a bare number could mean anything'],
    ['1h30', 'the number 30 has no unit', 'the last part lacks its unit'],
    ['m', 'no number before "m"', 'a unit alone is no span'],
    ['500ms', '"ms"', 'the API knows no milliseconds'],
    ['1d', '"d"', 'days differ in length'],
    ['10 m', '" m"', 'blanks are not ignored'],
    ['1.5h', '"."', 'fractions are not admitted'],
    ['-5m', 'no number before "-"', 'a span is not negative'],
    ['5m1h', 'hours come before minutes', 'wrong order'],
    ['5m5m', 'at most once', 'a unit twice'],
    ['10M', '"M"', 'capitals are other units elsewhere'],
    ['1h\n', '"h\\n"', 'a line break sneaked in'],
    ['11111111111111111s', 'longer than 16', 'longer than the schema admits'],
  ])('refuses %j and says %s: %s', (text, words) => {
    expect(() => parseDuration(text)).toThrow(DurationError);
    expect(() => parseDuration(text)).toThrow(words);
  });

  it('accepts exactly what the schema of the API accepts', () => {
    const texts = fc.oneof(
      fc.string({ unit: fc.constantFrom('0', '1', '9', 'h', 'm', 's', ' ', '.', '-'), maxLength: 18 }),
      fc.string({ maxLength: 18 }),
      fc.stringMatching(schemaPattern, { maxLength: 18 }),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const admitted = schemaPattern.test(text) && text.length >= 2 && text.length <= 16 && !text.endsWith('\n');
        let parsed = true;
        try {
          parseDuration(text);
        } catch (error) {
          expect(error).toBeInstanceOf(DurationError);
          parsed = false;
        }
        expect(parsed).toBe(admitted);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0s', 'zero still needs a unit'],
    [1, '1s', 'a part of a second counts as a whole one'],
    [1500, '2s', 'never shorter than what is meant'],
    [59_001, '1m', 'the rounded second carries over'],
    [600_000, '10m', 'no empty parts'],
    [3_723_000, '1h2m3s', 'all parts'],
    [90_000_000, '25h', 'hours go on past a day'],
  ])('writes %i ms as %s: %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it('is read back as the same span', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000_000 }), (seconds) => {
        expect(parseDuration(formatDuration(seconds * 1000))).toBe(seconds * 1000);
      }),
    );
  });

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY])('refuses %d', (ms) => {
    expect(() => formatDuration(ms)).toThrow(RangeError);
  });
});
