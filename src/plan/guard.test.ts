import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reasons } from '../api/index.ts';
import type { DesiredRole, ObservedRole } from '../model/index.ts';
import {
  type GuardInput,
  guardPlan,
  isOwnUnfinishedCreate,
  type ManagementMode,
  permissionsHash,
  planRole,
  sortedUnique,
  withCreatedPermissions,
} from './index.ts';

const ref = { organization: 'org_1', slug: 'reader' };
const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 4 }).map(sortedUnique);
const desired: fc.Arbitrary<DesiredRole> = fc.record({ ref: fc.constant(ref), permissions: names, extras: fc.constant({}) });
const role: fc.Arbitrary<ObservedRole> = fc.record({
  ref: fc.constant(ref),
  externalID: fc.constant('id-1'),
  displayName: fc.constant('reader'),
  description: fc.constant(''),
  permissions: names,
  extras: fc.constant({}),
  system: fc.boolean(),
});
const input: fc.Arbitrary<GuardInput> = fc
  .record({
    desired,
    observed: fc.option(role, { nil: undefined }),
    mode: fc.constantFrom<ManagementMode>('Enforce', 'Additive'),
    ours: fc.boolean(),
    adoptionPolicy: fc.constantFrom('Never' as const, 'IfIdentical' as const, 'Always' as const),
    unknownPermissions: fc.subarray(['x', 'y', 'z']),
    unknownPolicy: fc.constantFrom('Fail' as const, 'Create' as const),
    canCreatePermissions: fc.boolean(),
  })
  .map(({ desired: wanted, mode, ...rest }) => ({
    ...rest,
    plan: planRole({
      desired: wanted,
      observed: rest.observed === undefined ? { state: 'absent' } : { state: 'present', role: rest.observed },
      mode,
    }),
  }));

describe('guardPlan', () => {
  it('never lets a system role be written', () => {
    fc.assert(
      fc.property(input, (given) => {
        if (given.observed?.system === true) expect(guardPlan(given)?.reason).toBe(reasons.SystemRole);
      }),
    );
  });

  it('lets a role that is not ours be changed with the policy Always only', () => {
    fc.assert(
      fc.property(input, (given) => {
        if (given.observed === undefined || given.ours || given.adoptionPolicy === 'Always') return;
        if (given.plan.action !== 'none' || given.adoptionPolicy === 'Never') expect(guardPlan(given)).toBeDefined();
      }),
    );
  });

  it('lets nothing through while a name is unknown and may not be created', () => {
    fc.assert(
      fc.property(input, (given) => {
        if (given.unknownPermissions.length === 0 || (given.unknownPolicy === 'Create' && given.canCreatePermissions)) return;
        const refusal = guardPlan(given);
        expect(refusal).toBeDefined();
        if (refusal?.reason !== reasons.PermissionNotFound) return;
        for (const name of given.unknownPermissions) expect(refusal.message).toContain(`"${name}"`);
      }),
    );
  });

  it('refuses for a documented reason, names the role, says what to do, and always in the same words', () => {
    fc.assert(
      fc.property(input, (given) => {
        const refusal = guardPlan(given);
        if (refusal === undefined) return;
        expect(Object.values(reasons)).toContain(refusal.reason);
        expect(refusal.message).toContain('"reader"');
        expect(refusal.message).toMatch(/spec\.|another slug/);
        expect(refusal.message).toMatch(/\.$/);
        expect(refusal.terminal).toBe(true);
        expect(guardPlan(structuredClone(given))).toEqual(refusal);
      }),
    );
  });

  it('lets everything else through', () => {
    fc.assert(
      fc.property(input, (given) => {
        const isSystem = given.observed?.system === true;
        const isForeign = given.observed !== undefined && !given.ours;
        const mayAdopt = given.adoptionPolicy === 'Always' || (given.adoptionPolicy === 'IfIdentical' && given.plan.action === 'none');
        const mayUse = given.unknownPermissions.length === 0 || (given.unknownPolicy === 'Create' && given.canCreatePermissions);
        expect(guardPlan(given) === undefined).toBe(!isSystem && (!isForeign || mayAdopt) && mayUse);
      }),
    );
  });

  it.each([
    { reason: 'a system role before its adoption', change: { ours: false, system: true, unknown: ['x'] }, is: reasons.SystemRole },
    {
      reason: 'an adoption before unknown permissions',
      change: { ours: false, system: false, unknown: ['x'] },
      is: reasons.AdoptionRefused,
    },
    { reason: 'unknown permissions last', change: { ours: true, system: false, unknown: ['x'] }, is: reasons.PermissionNotFound },
  ])('tells people of $reason', ({ change, is }) => {
    const observed: ObservedRole = {
      ref,
      externalID: 'id-1',
      displayName: '',
      description: '',
      permissions: ['a'],
      extras: {},
      system: change.system,
    };
    const plan = planRole({
      desired: { ref, permissions: ['b'], extras: {} },
      observed: { state: 'present', role: observed },
      mode: 'Enforce',
    });
    const refusal = guardPlan({
      plan,
      observed,
      ours: change.ours,
      adoptionPolicy: 'Never',
      unknownPermissions: change.unknown,
      unknownPolicy: 'Fail',
      canCreatePermissions: false,
    });
    expect(refusal?.reason).toBe(is);
  });
});

describe('isOwnUnfinishedCreate', () => {
  const left = (permissions: readonly string[], system = false): ObservedRole => ({
    ref,
    externalID: 'id-1',
    displayName: '',
    description: '',
    permissions,
    extras: {},
    system,
  });

  it.each([
    { reason: 'a role without permissions, as the first of two calls leaves it', role: left([]), hash: undefined, is: true },
    { reason: 'a role with some of what is declared', role: left(['a']), hash: undefined, is: true },
    {
      reason: 'the role as it was announced before the manifest changed',
      role: left(['c', 'd']),
      hash: permissionsHash(['d', 'c']),
      is: true,
    },
    { reason: 'a role with something that nobody announced', role: left(['a', 'c']), hash: permissionsHash(['d', 'c']), is: false },
    {
      reason: 'a role with less than what was announced, of which nothing is declared now',
      role: left(['c']),
      hash: permissionsHash(['d', 'c']),
      is: false,
    },
    { reason: 'a system role', role: left([], true), hash: undefined, is: false },
  ])('takes, or not, $reason', ({ role: observed, hash, is }) => {
    expect(isOwnUnfinishedCreate(observed, { permissions: ['a', 'b'] }, hash)).toBe(is);
  });
});

describe('withCreatedPermissions', () => {
  it('adds to the plan what is to be created and leaves the rest', () => {
    const plan = planRole({ desired: { ref, permissions: ['a', 'b'], extras: {} }, observed: { state: 'absent' }, mode: 'Enforce' });
    expect(withCreatedPermissions(plan, ['b', 'a', 'b'])).toEqual({ ...plan, createPermissions: ['a', 'b'] });
  });
});
