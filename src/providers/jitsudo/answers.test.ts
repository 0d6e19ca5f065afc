import { describe, expect, it } from 'vitest';
import { ShapeError } from '../http/index.ts';
import { readFailure, readRole, readRoleList, readScopes, readUserList } from './answers.ts';

const role = { id: 'r1', slug: 'editor', name: 'Editor', description: null, scopes: ['b', 'a'], is_system: false };

function without(value: Readonly<Record<string, unknown>>, key: string): object {
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
}

describe('what is believed', () => {
  it('reads the fields that are used and ignores what is new', () => {
    expect(readRole('editor')({ ...role, priority: 3 })).toEqual({
      id: 'r1',
      slug: 'editor',
      name: 'Editor',
      description: '',
      scopes: ['b', 'a'],
      isSystem: false,
      blastRadius: undefined,
    });
    expect(readRole('editor')(without(role, 'description')).description).toBe('');
  });

  it('takes scopes out of their groups', () => {
    const data = [
      { resource: 'a', scopes: [{ scope: 'a:x' }, { scope: 'a:y' }] },
      { resource: 'b', scopes: [] },
    ];

    expect(readScopes({ data })).toEqual(['a:x', 'a:y']);
  });

  it('reads who holds what', () => {
    expect(readUserList({ data: [{ id: 'u1', roles: ['editor'] }] })).toEqual([{ id: 'u1', roles: ['editor'] }]);
  });

  it.each([
    {
      reason: 'all of it',
      value: { level: 'high', summary: 's', warnings: ['w'] },
      expected: { level: 'high', summary: 's', warnings: ['w'] },
    },
    { reason: 'the level alone', value: { level: 'low' }, expected: { level: 'low', summary: '', warnings: [] } },
    {
      reason: 'one line of a text of many',
      value: { level: 'low', summary: 'a\nb' },
      expected: { level: 'low', summary: 'a b', warnings: [] },
    },
    { reason: 'nothing of a level that is not known', value: { level: 'cosmic', summary: 's' }, expected: undefined },
    { reason: 'nothing of what is none', value: 'low', expected: undefined },
  ])('takes of a blast radius $reason', ({ value, expected }) => {
    expect(readRole('editor')({ ...role, blast_radius: value }).blastRadius).toEqual(expected);
  });
});

describe('what is not believed', () => {
  it.each(['id', 'slug', 'name', 'scopes', 'is_system'])('a role without %s, and then the whole list', (key) => {
    expect(() => readRole('editor')(without(role, key))).toThrow(ShapeError);
    expect(() => readRoleList({ data: [role, without({ ...role, slug: 'b' }, key)] })).toThrow(ShapeError);
  });

  it.each([
    { reason: 'another role', read: () => readRole('viewer')(role) },
    { reason: 'a role twice', read: () => readRoleList({ data: [role, role] }) },
    { reason: 'a bare array', read: () => readRoleList([role]) },
    { reason: 'a user whose roles are not told', read: () => readUserList({ data: [{ id: 'u1' }] }) },
    {
      reason: 'a user twice',
      read: () =>
        readUserList({
          data: [
            { id: 'u1', roles: [] },
            { id: 'u1', roles: [] },
          ],
        }),
    },
    { reason: 'a scope without a name', read: () => readScopes({ data: [{ resource: 'a', scopes: [{}] }] }) },
    { reason: 'a word for whether it is a system role', read: () => readRole('editor')({ ...role, is_system: 'false' }) },
  ])('$reason', ({ read }) => {
    expect(read).toThrow(ShapeError);
  });
});

describe('errors', () => {
  it('have the notices of the policy in their message', () => {
    expect(readFailure({ code: 'forbidden', message: 'No.', notices: ['a', '', 7, 'b'] })).toEqual({
      code: 'forbidden',
      message: 'No. (policy: a; b)',
    });
    expect(readFailure({ code: 'forbidden', message: 'No.', notices: [] })?.message).toBe('No.');
  });

  it('name the scopes that they are about', () => {
    expect(readFailure({ code: 'invalid_scopes', message: 'No.', details: { scopes: ['a:b', 1] } })?.rejected).toEqual(['a:b']);
    expect(readFailure({ code: 'invalid_scopes', message: 'No.', details: { scopes: 'a:b' } })).not.toHaveProperty('rejected');
  });

  it.each([undefined, null, 'x', [], {}, { code: 'x' }, { message: 'x' }, { code: 1, message: 'x' }])('are not %j', (body) => {
    expect(readFailure(body)).toBeUndefined();
  });
});
