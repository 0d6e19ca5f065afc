import { describe, expect, it } from 'vitest';
import { countOf, describeChange } from './texts.ts';

const many = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `p${index}`);

describe('describeChange', () => {
  it.each([
    { reason: 'nothing', added: [], removed: [], fields: [], is: 'no change of content' },
    { reason: 'one permission', added: ['a'], removed: [], fields: [], is: '+1 −0 permission (+a)' },
    {
      reason: 'both ways and fields',
      added: ['a', 'b'],
      removed: ['c'],
      fields: ['description', 'displayName'],
      is: '+2 −1 permissions (+a, +b, −c); changed description, displayName',
    },
    { reason: 'only a field', added: [], removed: [], fields: ['displayName'], is: 'changed displayName' },
  ])('tells $reason', ({ added, removed, fields, is }) => {
    expect(describeChange(added, removed, fields)).toBe(is);
  });

  it('names ten and counts all', () => {
    expect(describeChange(many(10), [], [])).not.toContain('more');
    const text = describeChange(many(9), many(5), []);
    expect(text).toContain('+9 −5 permissions');
    expect(text).toContain('… 4 more');
    expect(text.match(/p\d+/g)).toHaveLength(10);
  });
});

it('counts', () => {
  expect([0, 1, 2].map((count) => countOf(count, 'permission'))).toEqual(['0 permissions', '1 permission', '2 permissions']);
});
