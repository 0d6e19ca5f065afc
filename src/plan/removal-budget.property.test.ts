import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DesiredRole, ObservedRole, RolePlan } from '../model/index.ts';
import {
  allowedRemovals,
  guardRemovals,
  isApproved,
  planHash,
  planRole,
  type RemovalInput,
  type RemovalLimits,
  type RemovalUse,
} from './index.ts';

const universe = Array.from({ length: 40 }, (_, index) => `p${String(index).padStart(2, '0')}`);

interface Case {
  readonly desired: DesiredRole;
  readonly role: ObservedRole;
}

const someCase: fc.Arbitrary<Case> = fc
  .record({
    desired: fc.subarray(universe),
    observed: fc.subarray(universe),
    slug: fc.constantFrom('reader', 'writer'),
    organization: fc.constantFrom('org_1', 'org_2'),
    externalID: fc.constantFrom('id-1', 'id-2'),
    displayName: fc.option(fc.constantFrom('Reader', 'Writer'), { nil: undefined }),
  })
  .map(({ desired, observed, slug, organization, externalID, displayName }) => {
    const ref = { organization, slug };
    return {
      desired: { ref, permissions: desired, extras: {}, ...(displayName === undefined ? {} : { displayName }) },
      role: { ref, externalID, displayName: 'Reader', description: '', permissions: observed, extras: {}, system: false },
    };
  });

const planOf = ({ desired, role }: Case): RolePlan => planRole({ desired, observed: { state: 'present', role }, mode: 'Enforce' });

const percent = fc.option(fc.oneof(fc.integer({ min: 0, max: 100 }), fc.constantFrom(0, 30, 99, 100)), { nil: undefined });
const floor = fc.option(fc.integer({ min: 0, max: 45 }), { nil: undefined });
const limits: fc.Arbitrary<RemovalLimits | undefined> = fc.option(
  fc.record({ percent, floor }).map((given) => JSON.parse(JSON.stringify(given)) as RemovalLimits),
  { nil: undefined },
);
const use: fc.Arbitrary<RemovalUse> = fc
  .record({ removed: fc.integer({ min: 0, max: 60 }), rest: fc.integer({ min: 0, max: 200 }) })
  .map(({ removed, rest }) => ({ removed, total: removed + rest }));

type Rest = Omit<RemovalInput, 'plan' | 'observed'>;
const rest: fc.Arbitrary<Rest> = fc.record({
  cause: fc.constantFrom<RemovalInput['cause']>('create', 'adopt', 'spec', 'drift', 'repeat'),
  budget: limits,
  used: fc.record({ organization: use, provider: use }),
  approvedPlans: fc.nat({ max: 2 }),
  approvedPlan: fc.option(fc.constantFrom('', '0123456789ab', 'yes'), { nil: undefined }),
  provider: fc.constant('RoleProvider "team/default"'),
  object: fc.constant({ resource: 'orgrole', namespace: 'team', name: 'billing' }),
});

const inputOf = (given: Case, others: Rest): RemovalInput => ({ ...others, plan: planOf(given), observed: given.role.permissions.length });
const anything = fc.tuple(someCase, rest).map(([given, others]) => inputOf(given, others));
const removed = (input: RemovalInput): number => input.plan.permissions?.remove.length ?? 0;

/** Told with whole numbers only, unlike the code. */
function fits(count: number, total: number, { percent: share = 30, floor: least = 10 }: RemovalLimits = {}): boolean {
  return share === 100 || count <= least || count * 100 <= share * total;
}

function isWithinAll(input: RemovalInput): boolean {
  const { observed, budget, cause, used } = input;
  const count = removed(input);
  const scopes = [used.organization, used.provider];
  return cause !== 'adopt' && fits(count, observed, budget) && scopes.every((scope) => fits(scope.removed + count, scope.total, budget));
}

describe('guardRemovals', () => {
  it('lets nothing through that is over a budget or comes with a takeover, and holds nothing else up', () => {
    fc.assert(
      fc.property(anything, (input) => {
        expect(guardRemovals(input) === undefined).toBe(removed(input) === 0 || isWithinAll(input));
      }),
      { numRuns: 1000 },
    );
  });

  it('lets the approved plan through, whatever the budgets', () => {
    fc.assert(
      fc.property(anything, (input) => {
        expect(guardRemovals({ ...input, approvedPlan: planHash(input.plan, input.approvedPlans) })).toBeUndefined();
      }),
    );
  });

  it('lets no other plan through than the approved one', () => {
    fc.assert(
      fc.property(someCase, someCase, rest, (approved, given, others) => {
        const input = inputOf(given, others);
        const plan = planOf(approved);
        fc.pre(JSON.stringify(plan) !== JSON.stringify(input.plan));
        expect(isApproved(input.plan, planHash(plan, input.approvedPlans), input.approvedPlans)).toBe(false);
        const verdict = guardRemovals({ ...input, approvedPlan: planHash(plan, input.approvedPlans) });
        expect(verdict === undefined).toBe(guardRemovals({ ...input, approvedPlan: undefined }) === undefined);
      }),
      { numRuns: 500 },
    );
  });

  it('lets an approved plan through once', () => {
    fc.assert(
      fc.property(anything, (input) => {
        const approval = planHash(input.plan, input.approvedPlans);
        expect(isApproved(input.plan, approval, input.approvedPlans + 1)).toBe(false);
      }),
    );
  });

  it('takes an approval back when the provider changes in between', () => {
    fc.assert(
      fc.property(someCase, rest, fc.constantFrom(...universe), (given, others, permission) => {
        fc.pre(!given.role.permissions.includes(permission));
        const later = { ...given, role: { ...given.role, permissions: [...given.role.permissions, permission] } };
        const input = inputOf(later, others);
        expect(isApproved(input.plan, planHash(planOf(given), input.approvedPlans), input.approvedPlans)).toBe(false);
      }),
    );
  });

  it('never holds fewer removals up when more would pass', () => {
    fc.assert(
      fc.property(someCase, rest, fc.infiniteStream(fc.boolean()), (given, others, coins) => {
        const input = inputOf(given, others);
        const kept = (input.plan.permissions?.remove ?? []).filter(() => coins.next().value);
        const fewer = inputOf({ ...given, desired: { ...given.desired, permissions: [...given.desired.permissions, ...kept] } }, others);
        if (guardRemovals(input) === undefined) expect(guardRemovals(fewer)).toBeUndefined();
      }),
    );
  });

  it('never holds a plan up because a budget was raised or less of it used', () => {
    fc.assert(
      fc.property(anything, fc.nat(50), fc.nat(50), fc.nat(50), (input, morePercent, moreFloor, lessUsed) => {
        const { percent: share = 30, floor: least = 10 } = input.budget ?? {};
        const less = (scope: RemovalUse): RemovalUse => ({ ...scope, removed: Math.max(0, scope.removed - lessUsed) });
        const easier = {
          ...input,
          budget: { percent: Math.min(100, share + morePercent), floor: least + moreFloor },
          used: { organization: less(input.used.organization), provider: less(input.used.provider) },
        };
        if (guardRemovals(input) === undefined) expect(guardRemovals(easier)).toBeUndefined();
      }),
    );
  });

  it('says the same in whatever order permissions are listed', () => {
    const shuffled = <T>(list: readonly T[]): fc.Arbitrary<T[]> => fc.shuffledSubarray([...list], { minLength: list.length });
    const twice = someCase.chain((given) =>
      fc
        .tuple(shuffled(given.desired.permissions), shuffled(given.role.permissions))
        .map(
          ([permissions, observed]) =>
            [given, { desired: { ...given.desired, permissions }, role: { ...given.role, permissions: observed } }] as const,
        ),
    );
    fc.assert(
      fc.property(twice, rest, ([given, other], others) => {
        expect(guardRemovals(inputOf(other, others))).toEqual(guardRemovals(inputOf(given, others)));
      }),
    );
  });

  it('lets no more go in a window than the budget of the organization, in whatever order the plans come', () => {
    const plans = fc.array(someCase, { minLength: 1, maxLength: 8 });
    const orders = plans.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })));
    fc.assert(
      fc.property(orders, rest, ([list, reordered], others) => {
        const first = carryOut(list, others);
        const second = carryOut(reordered, others);
        for (const { sum, total } of [first, second]) expect(fits(sum, total, others.budget)).toBe(true);
        expect(first.waiting === 0).toBe(second.waiting === 0);
      }),
    );
  });

  it('has budgets that never are narrower for more roles than for one of them', () => {
    fc.assert(
      fc.property(limits, fc.nat(500), fc.nat(500), (budget, observed, others) => {
        expect(allowedRemovals(budget, observed + others)).toBeGreaterThanOrEqual(allowedRemovals(budget, observed));
      }),
    );
  });

  it('waits rather than go by a number that is none', () => {
    fc.assert(
      fc.property(anything, fc.constantFrom('organization', 'provider'), (given, where) => {
        const input = { ...given, budget: { percent: 30, floor: 10 }, used: { ...given.used, [where]: { removed: Number.NaN, total: 1 } } };
        if (removed(input) > 0) expect(guardRemovals(input)).toBeDefined();
      }),
    );
  });

  it('says what, how much, and what to type; always in the same words', () => {
    fc.assert(
      fc.property(anything, (input) => {
        const refusal = guardRemovals(input);
        if (refusal === undefined) return;
        expect(refusal).toMatchObject({ reason: 'PlanPending', terminal: true });
        expect(refusal.message).toContain(`Role "${input.plan.ref.slug}" of organization "${input.plan.ref.organization}"`);
        expect(refusal.message).toMatch(new RegExp(`lose ${removed(input)} permission`));
        expect(
          refusal.message.endsWith(
            `: kubectl annotate orgrole billing -n team --overwrite rolekeeper.dev/approved-plan=${planHash(input.plan, input.approvedPlans)}`,
          ),
        ).toBe(true);
        expect(refusal.message).not.toMatch(/Infinity|undefined|\n/);
        expect(guardRemovals(structuredClone(input))).toEqual(refusal);
      }),
    );
  });
});

/** Carries out one organization's plans after another, as far as they may be. */
function carryOut(cases: readonly Case[], others: Rest): { readonly sum: number; readonly total: number; readonly waiting: number } {
  const total = cases.reduce((count, { role }) => count + role.permissions.length, 0);
  let sum = 0;
  let waiting = 0;
  for (const given of cases) {
    const scope = { removed: sum, total };
    const input = inputOf(given, { ...others, cause: 'spec', used: { organization: scope, provider: scope } });
    if (guardRemovals(input) !== undefined) waiting += 1;
    else sum += removed(input);
  }
  return { sum, total, waiting };
}
