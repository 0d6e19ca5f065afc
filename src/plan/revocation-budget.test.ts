import fc from 'fast-check';
import { expect, it } from 'vitest';
import { guardRevocations, type RevocationInput, revocationHash } from './index.ts';

const subject = fc.record({ kind: fc.constantFrom('User' as const, 'Group' as const), id: fc.constantFrom('a', 'b', 'c', 'd', 'e') });
const revoke = fc.uniqueArray(subject, { selector: ({ kind, id }) => `${kind}/${id}`, maxLength: 8 });
const scope = { removed: 0, total: 1_000 };

function inputOf(change: Partial<RevocationInput>): RevocationInput {
  return {
    organization: 'org_1',
    role: 'reader',
    revoke: [],
    strangers: 0,
    isTakeover: false,
    holders: 20,
    budget: { percent: 0, floor: 2 },
    used: { organization: scope, provider: scope },
    approvedPlan: undefined,
    approvedPlans: 0,
    provider: 'RoleProvider "team/default"',
    object: { resource: 'orgrolebinding', namespace: 'team', name: 'readers' },
    ...change,
  };
}

it('lets pass what fits, and nothing else', () => {
  fc.assert(
    fc.property(revoke, fc.boolean(), fc.nat({ max: 1 }), (subjects, isTakeover, strangers) => {
      const input = inputOf({ revoke: subjects, isTakeover, strangers });
      const waits = subjects.length > 2 || (subjects.length > 0 && isTakeover && strangers > 0);
      expect(guardRevocations(input) !== undefined).toBe(waits);
    }),
  );
});

it('lets the approved plan through once, in whatever order it names its subjects, and no other one', () => {
  fc.assert(
    fc.property(revoke, revoke, fc.nat({ max: 3 }), (subjects, others, approvedPlans) => {
      const input = inputOf({ revoke: subjects, approvedPlans, budget: { percent: 0, floor: 0 } });
      const approvedPlan = revocationHash({ ...input, revoke: [...subjects].reverse() });
      expect(guardRevocations({ ...input, approvedPlan })).toBeUndefined();
      if (subjects.length === 0) return;
      expect(guardRevocations({ ...input, approvedPlan, approvedPlans: approvedPlans + 1 })).toBeDefined();
      expect(guardRevocations({ ...input, approvedPlan, role: 'writer' })).toBeDefined();
      expect(guardRevocations({ ...input, approvedPlan, organization: 'org_2' })).toBeDefined();
      const names = (list: typeof subjects) =>
        list
          .map(({ kind, id }) => `${kind}/${id}`)
          .sort()
          .join();
      if (names(others) !== names(subjects) && others.length > 0)
        expect(guardRevocations({ ...input, approvedPlan, revoke: others })).toBeDefined();
    }),
  );
});
