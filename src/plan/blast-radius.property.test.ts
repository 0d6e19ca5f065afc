import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type BlastRadiusLevel, blastRadiusLevels, computeBlastRadius } from './index.ts';

const word = fc.constantFrom('*', 'a', 'read', 'get', 'list', 'write', 'pay', 'delete', 'admin', 'all', 'own', 'roles', 'secret', 'X', '');
const permission = fc.oneof(
  fc.array(word, { minLength: 1, maxLength: 3 }).chain((words) => fc.constantFrom(':', '.', '_', '-', '/', '').map((by) => words.join(by))),
  fc.string({ maxLength: 8 }),
);
/** Around the number from which permissions count as many, too. */
const permissions = fc
  .tuple(fc.array(permission, { maxLength: 6 }), fc.constantFrom(0, 44, 47, 60))
  .map(([list, more]) => [...list, ...Array.from({ length: more }, (_, index) => `thing${index}:read`)]);
const holders = fc.option(fc.constantFrom(0, 1, 99, 100, 5_000), { nil: undefined });
const rank = (level: BlastRadiusLevel): number => blastRadiusLevels.indexOf(level);
const runs = { numRuns: 2_000 };

it('does not depend on the order of permissions or on repetition', () => {
  fc.assert(
    fc.property(permissions, holders, (list, held) => {
      const radius = computeBlastRadius({ permissions: list, holders: held });
      expect(computeBlastRadius({ permissions: [...list, ...list].reverse(), holders: held })).toEqual(radius);
    }),
    runs,
  );
});

it('never falls by one permission or holder more', () => {
  fc.assert(
    fc.property(permissions, permission, holders, fc.nat({ max: 200 }), (list, added, held, joined) => {
      const before = rank(computeBlastRadius({ permissions: list, holders: held }).level);
      expect(rank(computeBlastRadius({ permissions: [...list, added], holders: held }).level)).toBeGreaterThanOrEqual(before);
      expect(rank(computeBlastRadius({ permissions: list, holders: (held ?? 0) + joined }).level)).toBeGreaterThanOrEqual(before);
    }),
    runs,
  );
});

it('is raised by numbers by one level at most, and never above high', () => {
  fc.assert(
    fc.property(permissions, holders, (list, held) => {
      const each = list.map((one) => rank(computeBlastRadius({ permissions: [one] }).level));
      const furthest = Math.max(0, ...each);
      const together = rank(computeBlastRadius({ permissions: list, holders: held }).level);
      expect(together - furthest).toBeGreaterThanOrEqual(0);
      expect(together).toBeLessThanOrEqual(Math.max(furthest, Math.min(furthest + 1, rank('high'))));
    }),
    runs,
  );
});

it('is told in one line, with at most 20 warnings, sorted and each once', () => {
  fc.assert(
    fc.property(fc.array(permission, { maxLength: 80, size: 'max' }), holders, (list, held) => {
      const { summary, warnings } = computeBlastRadius({ permissions: list, holders: held });
      expect(summary).toMatch(/^.+\.$/);
      expect(warnings.length).toBeLessThanOrEqual(20);
      expect(warnings).toEqual([...new Set(warnings)].sort());
    }),
    runs,
  );
});
