import { describe, expect, it } from 'vitest';
import type { RolePlan } from '../model/index.ts';
import { allowedRemovals, guardRemovals, planHash, planRole, type RemovalInput, withCreatedPermissions } from './index.ts';

const ref = { organization: 'org_1', slug: 'reader' };
const names = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `p${String(index).padStart(3, '0')}`);

/** A plan that removes `remove` of `observed` permissions. */
function planOf(observed: number, remove: number): RolePlan {
  const permissions = names(observed);
  const role = { ref, externalID: 'id-1', displayName: '', description: '', permissions, extras: {}, system: false };
  return planRole({
    desired: { ref, permissions: permissions.slice(remove), extras: {} },
    observed: { state: 'present', role },
    mode: 'Enforce',
  });
}

function inputOf(observed: number, remove: number, change: Partial<RemovalInput> = {}): RemovalInput {
  const scope = { removed: 0, total: 10_000 };
  return {
    plan: planOf(observed, remove),
    observed,
    cause: 'spec',
    budget: undefined,
    used: { organization: scope, provider: scope },
    approvedPlan: undefined,
    approvedPlans: 0,
    provider: 'RoleProvider "team/default"',
    object: { resource: 'orgrole', namespace: 'team', name: 'billing' },
    ...change,
  };
}

describe('guardRemovals', () => {
  it.each<{ reason: string; input: RemovalInput; passes: boolean }>([
    { reason: 'nothing is removed, not even at a takeover', input: inputOf(20, 0, { cause: 'adopt' }), passes: true },
    { reason: 'ten removals fit by default', input: inputOf(12, 10), passes: true },
    { reason: 'the eleventh of 20 does not', input: inputOf(20, 11), passes: false },
    { reason: 'a share of 30 % fits by default', input: inputOf(100, 30), passes: true },
    { reason: 'one more than that does not', input: inputOf(100, 31), passes: false },
    { reason: 'a share is rounded down', input: inputOf(99, 30, { budget: { percent: 30, floor: 0 } }), passes: false },
    {
      reason: '29 % of 100 are 29, whatever binary fractions say',
      input: inputOf(100, 29, { budget: { percent: 29, floor: 0 } }),
      passes: true,
    },
    { reason: 'a small role may lose all it has within the floor', input: inputOf(8, 8), passes: true },
    { reason: 'no removal fits a budget of nothing', input: inputOf(100, 1, { budget: { percent: 0, floor: 0 } }), passes: false },
    { reason: 'the floor holds without a share', input: inputOf(100, 4, { budget: { percent: 0, floor: 4 } }), passes: true },
    { reason: 'a share of 100 % turns the budget off', input: inputOf(100, 100, { budget: { percent: 100 } }), passes: true },
    {
      reason: 'a budget that is off is not held against an outdated read of the organization',
      input: inputOf(100, 100, {
        budget: { percent: 100 },
        used: { organization: { removed: 5, total: 50 }, provider: { removed: 5, total: 50 } },
      }),
      passes: true,
    },
    {
      reason: 'a removal at a takeover waits, also when the budget is off',
      input: inputOf(100, 1, { cause: 'adopt', budget: { percent: 100 } }),
      passes: false,
    },
    { reason: 'drift is corrected within the budget', input: inputOf(20, 10, { cause: 'drift' }), passes: true },
    { reason: 'drift over the budget waits like any other change', input: inputOf(20, 11, { cause: 'drift' }), passes: false },
    {
      reason: 'slices of one role add up in the organization',
      input: inputOf(20, 10, { used: { organization: { removed: 10, total: 40 }, provider: { removed: 10, total: 10_000 } } }),
      passes: false,
    },
    {
      reason: 'slices of many organizations add up at the provider',
      input: inputOf(20, 10, { used: { organization: { removed: 0, total: 40 }, provider: { removed: 291, total: 1000 } } }),
      passes: false,
    },
    {
      reason: 'the last of what an organization may lose still fits',
      input: inputOf(20, 10, { used: { organization: { removed: 20, total: 100 }, provider: { removed: 20, total: 100 } } }),
      passes: true,
    },
    {
      reason: 'use below zero gives no credit',
      input: inputOf(100, 10, {
        budget: { percent: 30, floor: 9 },
        used: { organization: { removed: -5, total: 20 }, provider: { removed: 0, total: 10_000 } },
      }),
      passes: false,
    },
  ])('$reason', ({ input, passes }) => {
    expect(guardRemovals(input) === undefined).toBe(passes);
  });

  it('approves a plan with all that it does, also the permissions it creates', () => {
    const input = inputOf(20, 14);
    const plan = withCreatedPermissions(input.plan, ['new']);
    expect(guardRemovals({ ...input, plan, approvedPlan: planHash(plan) })).toBeUndefined();
    expect(guardRemovals({ ...input, plan, approvedPlan: planHash(input.plan) })).toBeDefined();
  });

  it.each([
    { reason: 'there is no approval', approvedPlan: undefined, isOutdated: false },
    { reason: 'the approval was emptied', approvedPlan: '', isOutdated: false },
    { reason: 'another plan was approved', approvedPlan: '0123456789ab', isOutdated: true },
  ])('speaks of an outdated approval only when there is one: $reason', ({ approvedPlan, isOutdated }) => {
    const { message = '' } = guardRemovals(inputOf(20, 14, { approvedPlan })) ?? {};
    expect(message.includes('approved plan no longer is the current one')).toBe(isOutdated);
  });

  it.each<{ reason: string; input: RemovalInput; arithmetic: string }>([
    {
      reason: 'of a role',
      input: inputOf(20, 14),
      arithmetic:
        'would lose 14 permissions of its 20, and the removal budget of RoleProvider "team/default" allows 10 for one role (30 %, at least 10).',
    },
    {
      reason: 'of an organization',
      input: inputOf(20, 1, {
        budget: { percent: 20, floor: 5 },
        used: { organization: { removed: 20, total: 100 }, provider: { removed: 90, total: 100 } },
      }),
      arithmetic:
        'would lose 1 permission; with 20 removed before within the window that makes 21 of the 100 of the organization, and the removal budget of RoleProvider "team/default" allows 20 (20 %, at least 5).',
    },
    {
      reason: 'of a provider',
      input: inputOf(20, 10, { used: { organization: { removed: 0, total: 20 }, provider: { removed: 25, total: 100 } } }),
      arithmetic: 'with 25 removed before within the window that makes 35 of the 100 of the provider',
    },
    {
      reason: 'of a takeover',
      input: inputOf(20, 14, { cause: 'adopt' }),
      arithmetic: 'would lose 14 permissions of its 20. The role is being taken over, and then every removal waits, whatever the budget.',
    },
  ])('gives the arithmetic $reason', ({ input, arithmetic }) => {
    expect(guardRemovals(input)?.message).toContain(arithmetic);
  });

  it('ends with the command that approves the plan', () => {
    const input = inputOf(20, 14);
    expect(guardRemovals(input)?.message.split(': ').at(-1)).toBe(
      `kubectl annotate orgrole billing -n team --overwrite rolekeeper.dev/approved-plan=${planHash(input.plan)}`,
    );
  });
});

describe('allowedRemovals', () => {
  it.each([
    { reason: 'the floor, where the share is less', total: 20, budget: undefined, allowed: 10 },
    { reason: 'the share, where it is more', total: 200, budget: undefined, allowed: 60 },
    { reason: 'the floor alone, where nothing exists', total: 0, budget: { floor: 3 }, allowed: 3 },
    { reason: 'everything, when the budget is off', total: 5, budget: { percent: 100, floor: 0 }, allowed: Number.POSITIVE_INFINITY },
  ])('is $reason', ({ total, budget, allowed }) => {
    expect(allowedRemovals(budget, total)).toBe(allowed);
  });
});
