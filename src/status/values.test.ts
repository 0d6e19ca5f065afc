import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { RemovalRecord } from '../api/index.ts';
import { addRemoval } from './values.ts';

const sumSince = (records: readonly RemovalRecord[], since: string) =>
  records.filter(({ time }) => time >= since).reduce((sum, { count }) => sum + count, 0);

it('remembers removals without end in ten entries, and never forgets one earlier than it would on its own', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 40 }), fc.nat({ max: 40 }), (counts, from) => {
      const timeOf = (index: number) => new Date(index * 1_000).toISOString();
      const all = counts.map((count, index) => ({ time: timeOf(index), count }));
      const kept = all.reduce<readonly RemovalRecord[]>((before, removal) => addRemoval(before, removal) ?? [], []);
      expect(kept.length).toBeLessThanOrEqual(10);
      expect(sumSince(kept, timeOf(0))).toBe(sumSince(all, timeOf(0)));
      expect(sumSince(kept, timeOf(from))).toBeGreaterThanOrEqual(sumSince(all, timeOf(from)));
    }),
  );
});

it('remembers nothing where nothing was removed', () => {
  expect(addRemoval(undefined, undefined)).toBeUndefined();
  expect(addRemoval(undefined, { time: '2030-01-01T00:00:00Z', count: 0 })).toBeUndefined();
});
