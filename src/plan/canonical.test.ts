import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue, RolePlan } from '../model/index.ts';
import { canonicalJson, permissionsHash, planHash, sameJson } from './index.ts';

const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<JsonValue>;

/** The same value with the keys of every object in the opposite order. */
function reversed(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(reversed);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, entry]) => [key, reversed(entry as JsonValue)]),
  );
}

describe('canonicalJson', () => {
  it('is JSON of the same value', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('does not depend on the order of keys', () => {
    fc.assert(fc.property(json, (value) => sameJson(value, reversed(value))));
  });

  it('tells values apart that differ', () => {
    fc.assert(
      fc.property(json, json, (left, right) => {
        const isEqual = sameJson(left, right);
        if (isEqual) expect(JSON.parse(JSON.stringify(left))).toEqual(JSON.parse(JSON.stringify(right)));
        else expect(canonicalJson(left)).not.toBe(canonicalJson(right));
      }),
    );
    for (const [left, right] of [
      [
        [1, 2],
        [2, 1],
      ],
      ['1', 1],
      [null, 'null'],
      [{}, []],
      [
        [['a'], 'b'],
        ['a', ['b']],
      ],
    ] as const) {
      expect(sameJson(left, right)).toBe(false);
    }
  });
});

describe('planHash', () => {
  const plan: RolePlan = {
    ref: { organization: 'org_1', slug: 'reader' },
    action: 'update',
    externalID: 'id-1',
    fields: { displayName: 'Reader', description: 'reads', extras: { stage: 'ga' } },
    permissions: { next: ['a', 'b'], add: ['b'], remove: ['c'], addOnly: false },
    createPermissions: ['b'],
    target: { displayName: 'Reader', description: 'reads', permissions: ['a', 'b'], extras: { stage: 'ga' } },
  };
  const { permissions, fields } = plan;
  if (permissions === undefined) throw new Error('the plan changes permissions');

  it('is twelve hexadecimal digits, and stable', () => {
    expect(planHash(plan)).toMatch(/^[0-9a-f]{12}$/);
    expect(planHash(structuredClone(plan))).toBe(planHash(plan));
  });

  it.each([
    { reason: 'the organization', other: { ...plan, ref: { ...plan.ref, organization: 'org_2' } } },
    { reason: 'the slug', other: { ...plan, ref: { ...plan.ref, slug: 'writer' } } },
    { reason: 'what is done', other: { ...plan, action: 'create' as const } },
    { reason: 'the role at the provider', other: { ...plan, externalID: 'id-2' } },
    { reason: 'the name', other: { ...plan, fields: { ...fields, displayName: 'Other' } } },
    { reason: 'the description', other: { ...plan, fields: { ...fields, description: '' } } },
    { reason: 'a field of the provider', other: { ...plan, fields: { ...fields, extras: { stage: 'beta' } } } },
    { reason: 'a field that is left alone', other: { ...plan, fields: {} } },
    { reason: 'an addition', other: { ...plan, permissions: { ...permissions, add: ['b', 'd'], next: ['a', 'b', 'd'] } } },
    { reason: 'a removal', other: { ...plan, permissions: { ...permissions, remove: [] } } },
    { reason: 'what the set becomes', other: { ...plan, permissions: { ...permissions, next: ['a'] } } },
    { reason: 'what is created in the catalogue', other: { ...plan, createPermissions: [] } },
  ])('changes with $reason', ({ other }) => {
    expect(planHash(other)).not.toBe(planHash(plan));
  });
});

describe('permissionsHash', () => {
  it('is that of the set', () => {
    expect(permissionsHash(['b', 'a'])).toBe(permissionsHash(['a', 'b']));
    expect(permissionsHash([])).not.toBe(permissionsHash(['']));
    expect(permissionsHash(['a,b'])).not.toBe(permissionsHash(['a', 'b']));
  });
});
