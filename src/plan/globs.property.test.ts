import fc from 'fast-check';
import { expect, it } from 'vitest';
import { covers, matches, overlaps } from './index.ts';

/** What a glob means, by trying everything. */
function means(glob: string, text: string): boolean {
  if (glob === '') return text === '';
  const rest = glob.slice(1);
  if (glob[0] !== '*') return text[0] === glob[0] && means(rest, text.slice(1));
  return Array.from({ length: text.length + 1 }, (_, skipped) => skipped).some((skipped) => means(rest, text.slice(skipped)));
}

function textsUpTo(length: number, letters: readonly string[]): readonly string[] {
  if (length === 0) return [''];
  return ['', ...textsUpTo(length - 1, letters).flatMap((text) => letters.map((letter) => `${letter}${text}`))];
}

const glob = fc.array(fc.constantFrom('a', 'b', '*'), { maxLength: 5, size: 'max' }).map((letters) => letters.join(''));
/** Long enough for a text that two globs of five characters have in common, if there is any. */
const common = textsUpTo(10, ['a', 'b']);
/** With a letter that no glob names: it tells a glob that lists every letter from one that takes any. */
const anyText = textsUpTo(6, ['a', 'b', 'c']);
const text = fc.array(fc.constantFrom('a', 'b', 'c', '*'), { maxLength: 10, size: 'max' }).map((letters) => letters.join(''));

it('matches exactly what a glob means', () => {
  fc.assert(
    fc.property(glob, text, (given, candidate) => {
      expect(matches(given, candidate)).toBe(means(given, candidate));
    }),
    { numRuns: 5_000 },
  );
});

it('covers a pattern exactly when it matches every text that the pattern matches', () => {
  fc.assert(
    fc.property(glob, glob, (given, pattern) => {
      const all = anyText.filter((candidate) => matches(pattern, candidate)).every((candidate) => matches(given, candidate));
      expect(covers(given, pattern)).toBe(all);
    }),
    { numRuns: 2_000 },
  );
});

it('overlaps a pattern exactly when both match one text', () => {
  fc.assert(
    fc.property(glob, glob, (given, pattern) => {
      expect(overlaps(given, pattern)).toBe(common.some((candidate) => matches(given, candidate) && matches(pattern, candidate)));
    }),
    { numRuns: 2_000 },
  );
});

it('overlaps whatever it covers, as every pattern stands for something', () => {
  fc.assert(
    fc.property(text, text, (given, pattern) => {
      if (covers(given, pattern)) expect(overlaps(given, pattern)).toBe(true);
      expect(overlaps(given, pattern)).toBe(overlaps(pattern, given));
      expect(covers(given, given)).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});
