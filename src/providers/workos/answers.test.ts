import { describe, expect, it } from 'vitest';
import { ShapeError } from '../http/index.ts';
import {
  readFailure,
  readMembership,
  readMembershipPage,
  readPermissionPage,
  readRole,
  readRoleList,
  readUser,
  readUserPage,
} from './answers.ts';

const role = {
  object: 'role',
  id: 'role_1',
  slug: 'org-editor',
  name: 'Editor',
  description: null,
  type: 'OrganizationRole',
  permissions: ['a'],
};
const permission = { object: 'permission', id: 'perm_1', slug: 'a' };
const membership = {
  object: 'organization_membership',
  id: 'om_1',
  user_id: 'user_1',
  organization_id: 'org_1',
  status: 'active',
  directory_managed: false,
  role: { slug: 'member' },
};
const last = { before: null, after: null };

function without(value: Readonly<Record<string, unknown>>, key: string): object {
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
}

describe('what is believed', () => {
  it('reads the fields that are used and ignores what is new', () => {
    expect(readRole({ ...role, priority: 3 })).toEqual({
      id: 'role_1',
      slug: 'org-editor',
      name: 'Editor',
      description: null,
      type: 'OrganizationRole',
      permissions: ['a'],
    });
  });

  it('takes a kind of role that is not known yet', () => {
    expect(readRoleList({ object: 'list', data: [{ ...role, type: 'ProjectRole' }] })[0]?.type).toBe('ProjectRole');
  });

  it('says where the next page begins', () => {
    const page = { object: 'list', data: [permission], list_metadata: { before: null, after: 'perm_1' } };

    expect(readPermissionPage(page)).toEqual({ items: [{ id: 'perm_1', slug: 'a' }], next: 'perm_1' });
    expect(readPermissionPage({ ...page, list_metadata: last }).next).toBeUndefined();
  });

  it('takes the one role of a membership where the list of roles is absent', () => {
    const read = { userID: 'user_1', organizationID: 'org_1', status: 'active', directoryManaged: false };
    const both = { ...membership, id: 'om_2', roles: [{ slug: 'member' }, { slug: 'org-editor' }] };

    expect(readMembershipPage({ object: 'list', data: [membership, both], list_metadata: last }).items).toEqual([
      { ...read, id: 'om_1', roles: ['member'], listsRoles: false },
      { ...read, id: 'om_2', roles: ['member', 'org-editor'], listsRoles: true },
    ]);
  });
});

describe('what is not believed', () => {
  it.each(['object', 'id', 'slug', 'name', 'description', 'type', 'permissions'])('a role without %s', (key) => {
    expect(() => readRole(without(role, key))).toThrow(ShapeError);
    expect(() => readRoleList({ object: 'list', data: [role, without({ ...role, slug: 'org-b' }, key)] })).toThrow(ShapeError);
  });

  const lists = [
    { reason: 'a list without data', value: { object: 'list' } },
    { reason: 'a list that is an error', value: { message: 'oops' } },
    { reason: 'a bare array', value: [role] },
    { reason: 'null', value: null },
    { reason: 'a role twice', value: { object: 'list', data: [role, role] } },
    { reason: 'other objects', value: { object: 'list', data: [permission] } },
  ];
  it.each(lists)('$reason for a list of roles', ({ value }) => {
    expect(() => readRoleList(value)).toThrow(ShapeError);
  });

  it.each([undefined, null, {}, { before: null }, { before: null, after: 7 }])('a page whose metadata is %j', (metadata) => {
    expect(() => readPermissionPage({ object: 'list', data: [permission], list_metadata: metadata })).toThrow(ShapeError);
  });

  it.each(['id', 'user_id', 'organization_id', 'status', 'directory_managed', 'role'])('a membership without %s', (key) => {
    expect(() => readMembership(without(membership, key))).toThrow(ShapeError);
    expect(() => readMembershipPage({ object: 'list', data: [without(membership, key)], list_metadata: last })).toThrow(ShapeError);
  });

  it('a membership of a status that is not known, since whether it may be written hangs on it', () => {
    expect(() => readMembership({ ...membership, status: 'frozen' })).toThrow(ShapeError);
  });

  it.each(['object', 'id', 'email'])('a user without %s', (key) => {
    const user = { object: 'user', id: 'user_1', email: 'alex@example.com' };

    expect(readUser(user)).toEqual({ id: 'user_1', email: 'alex@example.com' });
    expect(() => readUser(without(user, key))).toThrow(ShapeError);
    expect(() => readUserPage({ object: 'list', data: [without(user, key)], list_metadata: last })).toThrow(ShapeError);
  });
});

describe('readFailure', () => {
  const cases = [
    { reason: 'a plain message', body: { message: 'Role not found.' }, failure: { message: 'Role not found.' } },
    { reason: 'a code', body: { message: 'no', code: 'x' }, failure: { message: 'no', code: 'x' } },
    {
      reason: 'reasons by field or code',
      body: { message: 'Invalid', errors: [{ field: 'name', code: 'required' }, { code: 'bad', message: 'is bad' }, 7] },
      failure: { message: 'Invalid; name: required; is bad' },
    },
    { reason: 'no message: somebody else has answered', body: { error: 'no route' }, failure: undefined },
    { reason: 'no object', body: 'oops', failure: undefined },
    { reason: 'no JSON', body: undefined, failure: undefined },
  ];
  it.each(cases)('$reason', ({ body, failure }) => {
    expect(readFailure(body)).toEqual(failure);
  });
});
