import { describe, expect, it } from 'vitest';
import type { SubjectLookup } from '../model/index.ts';
import { changedRoles, findSubjects, foundUser, nameOfSubject, sameRoles } from './holdings.ts';

describe('changedRoles', () => {
  it.each([
    { reason: 'adds and takes, and keeps the rest', held: ['c', 'a'], add: ['b'], remove: ['c'], next: ['a', 'b'] },
    { reason: 'does what is so already once', held: ['a'], add: ['a'], remove: ['x'], next: ['a'] },
    { reason: 'takes what it has just given, as two calls would', held: [], add: ['a'], remove: ['a'], next: [] },
    { reason: 'changes nothing for nothing', held: ['b', 'a'], add: [], remove: [], next: ['a', 'b'] },
  ])('$reason', ({ held, add, remove, next }) => {
    expect(changedRoles(held, { add, remove })).toEqual(next);
  });
});

describe('sameRoles', () => {
  it.each([
    { a: ['a', 'b'], b: ['b', 'a', 'a'], same: true },
    { a: [], b: [], same: true },
    { a: ['a'], b: [], same: false },
    { a: ['a'], b: ['b'], same: false },
    { a: ['a', 'b'], b: ['a'], same: false },
  ])('of $a and $b is $same', ({ a, b, same }) => {
    expect(sameRoles(a, b)).toBe(same);
    expect(sameRoles(b, a)).toBe(same);
  });
});

describe('findSubjects', () => {
  const asked: string[] = [];
  const finder = {
    refusedKind: (kind: string) => (kind === 'Group' ? 'no groups here' : undefined),
    byID: ({ id }: { readonly id: string }): SubjectLookup => foundUser(id),
    byEmail: async (email: string): Promise<SubjectLookup> => {
      asked.push(email);
      return foundUser(`id of ${email}`);
    },
  };

  it('keeps the order, asks for an address once and says what names nobody', async () => {
    const results = await findSubjects(
      [
        { kind: 'Group', id: 'g' },
        { kind: 'User', email: ' a@x.test ' },
        { kind: 'User', id: 'u' },
        { kind: 'User', email: 'a@x.test' },
        { kind: 'User', email: ' ' },
        { kind: 'User' },
      ],
      finder,
    );

    expect(results).toEqual([
      { state: 'unsupported', message: 'no groups here' },
      foundUser('id of a@x.test'),
      foundUser('u'),
      foundUser('id of a@x.test'),
      expect.objectContaining({ state: 'unknown' }),
      expect.objectContaining({ state: 'unknown' }),
    ]);
    expect(asked).toEqual(['a@x.test']);
  });
});

it('subjects are called by what they are', () => {
  expect(nameOfSubject({ kind: 'ServiceAccount', id: 's1' }, 'org_1')).toBe('service account s1 of organization org_1');
});
