import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { DesiredRole, ObservedRole } from '../model/index.ts';
import { changedFieldNames, type ManagementMode, planHash, planRole, sortedUnique } from './index.ts';

const ref = { organization: 'org_1', slug: 'reader' };
const names = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 8, size: 'max' });
const mode = fc.constantFrom<ManagementMode>('Enforce', 'Additive', 'Observe');
const observed = (permissions: readonly string[]): ObservedRole => ({
  ref,
  externalID: 'id-1',
  displayName: 'Reader',
  description: 'reads',
  permissions: sortedUnique(permissions),
  extras: { scopes: ['x'], stage: 'ga' },
  system: false,
});
const wanted = (permissions: readonly string[]): DesiredRole => ({ ref, permissions, extras: {} });

it('does not depend on the order or the number of times in which permissions are listed', () => {
  fc.assert(
    fc.property(names, names, mode, (desired, held, how) => {
      const input = { observed: { state: 'present', role: observed(held) }, mode: how } as const;
      const plan = planRole({ ...input, desired: wanted(sortedUnique(desired)) });
      expect(planRole({ ...input, desired: wanted([...desired, ...desired].reverse()) })).toEqual(plan);
    }),
  );
});

it('lists what it does sorted and once, and hashes by what it does', () => {
  fc.assert(
    fc.property(names, names, mode, fc.boolean(), (desired, held, how, rewrite) => {
      const plan = planRole({ desired: wanted(desired), observed: { state: 'present', role: observed(held) }, mode: how, rewrite });
      for (const list of [plan.permissions?.add, plan.permissions?.remove, plan.permissions?.next, plan.target.permissions]) {
        expect(list ?? []).toEqual(sortedUnique(list ?? []));
      }
      expect(planHash(structuredClone(plan))).toBe(planHash(plan));
    }),
  );
});

it('leaves what it was made from as it was', () => {
  fc.assert(
    fc.property(names, names, mode, (desired, held, how) => {
      const input = { desired: wanted(desired), observed: { state: 'present', role: observed(held) }, mode: how } as const;
      const before = structuredClone(input);
      planRole(input);
      expect(input).toEqual(before);
    }),
  );
});

it('shows in mode Observe exactly what mode Enforce would do', () => {
  fc.assert(
    fc.property(names, names, (desired, held) => {
      const input = { desired: wanted(desired), observed: { state: 'present', role: observed(held) } } as const;
      expect(planRole({ ...input, mode: 'Observe' })).toEqual(planRole({ ...input, mode: 'Enforce' }));
    }),
  );
});

it.each([
  { reason: 'a name that differs', desired: { displayName: 'Other' }, changed: ['displayName'] },
  { reason: 'a description that is cleared', desired: { description: '' }, changed: ['description'] },
  { reason: 'nothing for equal values in another order', desired: { extras: { scopes: ['x'] } }, changed: [] },
  {
    reason: 'a list in another order, since its order may mean something',
    desired: { extras: { scopes: ['x', 'y'] } },
    changed: ['scopes'],
  },
  { reason: 'a field that is not there yet', desired: { extras: { metadata: { a: '1' } } }, changed: ['metadata'] },
  { reason: 'nothing for a field that shall not be there and is not', desired: { extras: { metadata: null } }, changed: [] },
  {
    reason: 'all of them at once, sorted',
    desired: { displayName: 'Other', extras: { stage: 'beta', metadata: {} } },
    changed: ['displayName', 'metadata', 'stage'],
  },
])('changes $reason', ({ desired, changed }) => {
  const plan = planRole({
    desired: { ...wanted(['a']), ...desired },
    observed: { state: 'present', role: observed(['a']) },
    mode: 'Enforce',
  });
  expect(changedFieldNames(plan)).toEqual(changed);
  expect(plan.action).toBe(changed.length === 0 ? 'none' : 'update');
  expect(plan.permissions).toBeUndefined();
  expect(
    planRole({ desired: { ...wanted(['a']), ...desired }, observed: { state: 'present', role: observed(['a']) }, mode: 'Additive' }).fields,
  ).toEqual({});
});

it('names a new role after its slug, and asserts everything where nothing can be read', () => {
  const created = planRole({ desired: wanted(['b', 'a']), observed: { state: 'absent' }, mode: 'Enforce' });
  expect(created).toMatchObject({ action: 'create', target: { displayName: 'reader', description: '', permissions: ['a', 'b'] } });
  expect(created.externalID).toBeUndefined();
  const asserted = planRole({ desired: wanted(['b', 'a']), observed: { state: 'unreadable' }, mode: 'Enforce' });
  expect(asserted).toMatchObject({ action: 'update', permissions: { next: ['a', 'b'], add: ['a', 'b'], remove: [] }, fields: {} });
});

it('adds nothing in mode Additive when told to write once more, and takes nothing away', () => {
  const plan = planRole({
    desired: wanted(['a']),
    observed: { state: 'present', role: observed(['a', 'e']) },
    mode: 'Additive',
    rewrite: true,
  });
  expect(plan).toMatchObject({ action: 'update', permissions: { next: ['a', 'e'], add: [], remove: [], addOnly: true } });
});
