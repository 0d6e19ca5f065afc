import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reasons } from '../api/index.ts';
import type { DesiredRole, Observation, ObservedRole, RolePlan } from '../model/index.ts';
import { guardPlan, type ManagementMode, planHash, planRole, sameSet, sortedUnique } from './index.ts';

const ref = { organization: 'org_1', slug: 'reader' };
const permission = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
const permissions = fc.uniqueArray(permission, { maxLength: 6, size: 'max' }).map(sortedUnique);
const text = fc.constantFrom('', 'one', 'two');
const extras = fc.dictionary(fc.constantFrom('stage', 'scopes'), fc.oneof(text, fc.array(text)), { maxKeys: 2 });
const desiredRole: fc.Arbitrary<DesiredRole> = fc.record(
  { ref: fc.constant(ref), permissions, extras, displayName: text.filter((value) => value !== ''), description: text },
  { requiredKeys: ['ref', 'permissions', 'extras'] },
);
const observedRole: fc.Arbitrary<ObservedRole> = fc.record({
  ref: fc.constant(ref),
  externalID: fc.constant('id-1'),
  displayName: text,
  description: text,
  permissions,
  extras,
  system: fc.constant(false),
});
const observation: fc.Arbitrary<Observation> = fc.oneof(
  fc.constant({ state: 'absent' as const }),
  observedRole.map((role) => ({ state: 'present' as const, role })),
);
const mode = fc.constantFrom<ManagementMode>('Enforce', 'Additive', 'Observe');

/** What a provider that does as it is told holds afterwards. */
function carriedOut(plan: RolePlan): Observation {
  const { displayName, description, permissions: held, extras: other } = plan.target;
  return {
    state: 'present',
    role: { ref, externalID: plan.externalID ?? 'id-1', displayName, description, permissions: held, extras: other, system: false },
  };
}

describe('planRole', () => {
  it('finds nothing to do after its plan was carried out', () => {
    fc.assert(
      fc.property(desiredRole, observation, mode, (desired, observed, how) => {
        const plan = planRole({ desired, observed, mode: how });
        expect(planRole({ desired, observed: carriedOut(plan), mode: how }).action).toBe('none');
      }),
    );
  });

  it('ends with exactly the declared set in mode Enforce, and takes nothing away in mode Additive', () => {
    fc.assert(
      fc.property(desiredRole, observedRole, (desired, role) => {
        const observed = { state: 'present', role } as const;
        expect(planRole({ desired, observed, mode: 'Enforce' }).target.permissions).toEqual(desired.permissions);
        const additive = planRole({ desired, observed, mode: 'Additive' });
        expect(additive.target.permissions).toEqual(sortedUnique([...role.permissions, ...desired.permissions]));
        expect(additive.permissions?.remove ?? []).toEqual([]);
        expect(additive.permissions?.addOnly ?? true).toBe(true);
        expect(additive.fields).toEqual({});
      }),
    );
  });

  it('leaves alone what the manifest does not manage', () => {
    fc.assert(
      fc.property(desiredRole, observedRole, (desired, role) => {
        const { target, fields } = planRole({ desired, observed: { state: 'present', role }, mode: 'Enforce' });
        if (desired.displayName === undefined) expect(target.displayName).toBe(role.displayName);
        if (desired.description === undefined) expect(target.description).toBe(role.description);
        for (const [key, value] of Object.entries(role.extras)) if (!(key in desired.extras)) expect(target.extras[key]).toEqual(value);
        expect(Object.keys(fields.extras ?? {}).every((key) => key in desired.extras)).toBe(true);
      }),
    );
  });

  it('says what it adds and removes as the difference of the sets', () => {
    fc.assert(
      fc.property(desiredRole, observedRole, (desired, role) => {
        const change = planRole({ desired, observed: { state: 'present', role }, mode: 'Enforce' }).permissions;
        if (change === undefined) {
          expect(sameSet(desired.permissions, role.permissions)).toBe(true);
          return;
        }
        const applied = role.permissions.filter((entry) => !change.remove.includes(entry)).concat(change.add);
        expect(sameSet(applied, change.next)).toBe(true);
        expect(change.add.some((entry) => role.permissions.includes(entry))).toBe(false);
        expect(change.remove.every((entry) => role.permissions.includes(entry))).toBe(true);
      }),
    );
  });

  it('writes the set once more when told to, and only then', () => {
    const role = { ref, externalID: 'id-1', displayName: '', description: '', permissions: ['a'], extras: {}, system: false };
    const input = { desired: { ref, permissions: ['a'], extras: {} }, observed: { state: 'present', role }, mode: 'Enforce' } as const;
    expect(planRole(input).action).toBe('none');
    expect(planRole({ ...input, rewrite: true })).toMatchObject({ action: 'update', permissions: { next: ['a'], add: [], remove: [] } });
  });

  it('hashes what would be done: equal plans alike, different ones apart', () => {
    fc.assert(
      fc.property(desiredRole, observation, desiredRole, (desired, observed, other) => {
        const plan = planRole({ desired, observed, mode: 'Enforce' });
        const again = planRole({ desired: { ...desired, permissions: [...desired.permissions].reverse() }, observed, mode: 'Enforce' });
        expect(planHash(again)).toBe(planHash(plan));
        const different = planRole({ desired: other, observed, mode: 'Enforce' });
        const essence = ({ action, fields, permissions: change }: RolePlan): string => JSON.stringify([action, fields, change]);
        if (essence(different) !== essence(plan)) expect(planHash(different)).not.toBe(planHash(plan));
      }),
    );
  });
});

describe('guardPlan', () => {
  const role: ObservedRole = {
    ref,
    externalID: 'id-1',
    displayName: '',
    description: '',
    permissions: ['a', 'b'],
    extras: {},
    system: false,
  };
  const plan = planRole({ desired: { ref, permissions: ['a', 'c'], extras: {} }, observed: { state: 'present', role }, mode: 'Enforce' });
  const free = {
    plan,
    observed: role,
    ours: true,
    adoptionPolicy: 'IfIdentical',
    unknownPermissions: [],
    unknownPolicy: 'Fail',
    canCreatePermissions: true,
  } as const;

  it.each([
    { reason: 'a role of ours passes', input: free, refused: undefined, says: [] },
    {
      reason: 'a system role never passes',
      input: { ...free, observed: { ...role, system: true } },
      refused: 'SystemRole',
      says: ['"reader"', '"org_1"'],
    },
    {
      reason: 'a foreign role that differs does not pass',
      input: { ...free, ours: false },
      refused: 'AdoptionRefused',
      says: ['+1 −1', 'Always'],
    },
    { reason: 'Always takes it over', input: { ...free, ours: false, adoptionPolicy: 'Always' as const }, refused: undefined, says: [] },
    {
      reason: 'Never does not, even an identical one',
      input: { ...free, ours: false, adoptionPolicy: 'Never' as const },
      refused: 'AdoptionRefused',
      says: ['Never'],
    },
    {
      reason: 'every unknown permission is named',
      input: { ...free, unknownPermissions: ['x', 'y'] },
      refused: 'PermissionNotFound',
      says: ['"x", "y"', '2 permissions'],
    },
    {
      reason: 'what cannot be created is said',
      input: { ...free, unknownPermissions: ['x'], unknownPolicy: 'Create' as const, canCreatePermissions: false },
      refused: 'Unsupported',
      says: ['"x"'],
    },
  ])('$reason', ({ input, refused, says }) => {
    const refusal = guardPlan(input);
    expect(refusal?.reason).toBe(refused);
    for (const part of says) expect(refusal?.message).toContain(part);
    if (refusal !== undefined) expect(Object.values(reasons)).toContain(refusal.reason);
  });
});
