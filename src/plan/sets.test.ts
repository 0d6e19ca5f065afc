import fc from 'fast-check';
import { expect, it } from 'vitest';
import { difference, sameSet, sortedUnique } from './index.ts';

const list = fc.array(fc.constantFrom('a', 'b', 'c', 'B', 'é', 'a:b', ''), { maxLength: 8, size: 'max' });

it('sorts and makes unique, and does so once and for all', () => {
  fc.assert(
    fc.property(list, (values) => {
      const sorted = sortedUnique(values);
      expect(new Set(sorted)).toEqual(new Set(values));
      expect(sorted).toHaveLength(new Set(values).size);
      expect(sortedUnique([...sorted].reverse())).toEqual(sorted);
    }),
  );
});

it('does not sort by what a locale takes for the order', () => {
  expect(sortedUnique(['b', 'a', 'B', 'é', 'z'])).toEqual(['B', 'a', 'b', 'z', 'é']);
});

it('subtracts as sets do', () => {
  fc.assert(
    fc.property(list, list, (left, right) => {
      const rest = difference(left, right);
      expect(new Set(rest)).toEqual(new Set(left).difference(new Set(right)));
      expect(sortedUnique(rest)).toEqual(rest);
      expect(sameSet(left, right)).toBe(rest.length === 0 && difference(right, left).length === 0);
    }),
  );
});
