import { describe, expect, it } from 'vitest';
import { ShapeError } from '../http/index.ts';
import { pointersIn, readFailure, readMembership, readRoleID, readToken, readTokenFailure, readUser, readUserPage } from './answers.ts';
import { assumptions } from './assumptions.ts';

const { properties } = assumptions;
const user = { id: 'user_1', email: 'alex@example.com', firstName: null };
const membership = { tenantId: 'org_1', userId: 'user_1', roles: ['org-a'], status: 'active' };

describe('what is believed', () => {
  it.each([
    { reason: 'as the contract has it', value: { access_token: 'a.b.c', token_type: 'Bearer', expires_in: 900 }, lifetimeMs: 900_000 },
    { reason: 'in the other spelling', value: { accessToken: 'a.b.c', expiresIn: 900 }, lifetimeMs: 900_000 },
    { reason: 'with its lifetime as a text', value: { access_token: 'a.b.c', expires_in: '60' }, lifetimeMs: 60_000 },
    { reason: 'without a lifetime', value: { access_token: 'a.b.c' }, lifetimeMs: undefined },
  ])('is a token $reason', ({ value, lifetimeMs }) => {
    expect(readToken(value)).toEqual({ value: 'a.b.c', lifetimeMs });
  });

  it('is the id of a role, and an answer without one', () => {
    const read = readRoleID(properties);

    expect(read({ id: 'role_1' })).toBe('role_1');
    expect([read({}), read({ id: null }), read(undefined)]).toEqual([undefined, undefined, undefined]);
    expect(readRoleID({ ...properties, roleID: 'roleId' })({ roleId: 'role_1', id: 7 })).toBe('role_1');
  });

  it('is a membership that was asked for', () => {
    expect(readMembership(properties, 'org_1', 'user_1')(membership)).toEqual({
      tenant: 'org_1',
      user: 'user_1',
      roles: ['org-a'],
      status: 'active',
    });
  });

  it.each([
    { reason: 'another one follows', pagination: { nextCursor: 'c', hasNextPage: true }, next: 'c' },
    { reason: 'there is no cursor', pagination: {}, next: undefined },
    { reason: 'the cursor is null', pagination: { nextCursor: null }, next: undefined },
    { reason: 'the cursor is empty', pagination: { nextCursor: '' }, next: undefined },
  ])('is a page of users where $reason', ({ pagination, next }) => {
    const page = readUserPage(properties)({ users: [user], pagination });

    expect(page).toEqual({
      items: [{ id: 'user_1', email: 'alex@example.com', mobileNumber: undefined, firstName: undefined, lastName: undefined }],
      next,
    });
  });
});

describe('what is not believed', () => {
  const member = readMembership(properties, 'org_1', 'user_1');
  const cases: readonly { reason: string; read: (value: unknown) => unknown; value: unknown }[] = [
    { reason: 'no token', read: readToken, value: {} },
    { reason: 'an empty token', read: readToken, value: { access_token: '' } },
    { reason: 'a token that no header can carry', read: readToken, value: { access_token: 'a b' } },
    { reason: 'another kind of token', read: readToken, value: { access_token: 'a', token_type: 'mac' } },
    { reason: 'a lifetime that is no number', read: readToken, value: { access_token: 'a', expires_in: 'soon' } },
    { reason: 'a lifetime of nothing', read: readToken, value: { access_token: 'a', expires_in: 0 } },
    { reason: 'an id that is a number', read: readRoleID(properties), value: { id: 7 } },
    { reason: 'a role in a list', read: readRoleID(properties), value: [{ id: 'role_1' }] },
    { reason: 'the membership of another user', read: member, value: { ...membership, userId: 'user_2' } },
    { reason: 'the membership of another organization', read: member, value: { ...membership, tenantId: 'org_2' } },
    { reason: 'a membership without roles', read: member, value: { ...membership, roles: undefined } },
    { reason: 'a membership without a status', read: member, value: { ...membership, status: undefined } },
    { reason: 'a user without an id', read: readUser(properties), value: { email: 'a@b.c' } },
    { reason: 'a user whose name is an object', read: readUser(properties), value: { ...user, firstName: {} } },
    { reason: 'a page without pagination', read: readUserPage(properties), value: { users: [] } },
    { reason: 'a page whose cursor is a number', read: readUserPage(properties), value: { users: [], pagination: { nextCursor: 7 } } },
    { reason: 'users outside of a page', read: readUserPage(properties), value: [user] },
  ];
  it.each(cases)('$reason', ({ read, value }) => {
    expect(() => read(value)).toThrow(ShapeError);
  });
});

describe('readFailure', () => {
  const cases: readonly { reason: string; body: unknown; failure: unknown }[] = [
    { reason: 'a code alone', body: { code: '10000404', metadata: {}, errors: [] }, failure: { code: '10000404' } },
    { reason: 'a code that is a number', body: { code: 10000404 }, failure: { code: '10000404' } },
    {
      reason: 'fields with their pointers',
      body: { code: '10000400', errors: [{ detail: 'must be an email', pointer: '/email' }, { detail: 'odd' }, null, {}] },
      failure: { code: '10000400', message: '/email must be an email; odd' },
    },
    {
      reason: 'words, fields and metadata, in this order',
      body: { code: '10000400', title: 'Bad', metadata: { b: 1, a: 'x', deep: { c: 1 } }, errors: [{ pointer: '/p', detail: 'no' }] },
      failure: { code: '10000400', message: 'Bad; /p no; a=x b=1' },
    },
    {
      reason: 'metadata in its other spelling',
      body: { code: '10000400', meta: { a: true } },
      failure: { code: '10000400', message: 'a=true' },
    },
    {
      reason: 'nothing where the framework below answers: that is no absent role',
      body: { statusCode: 404, message: 'Cannot PUT /x' },
      failure: undefined,
    },
    { reason: 'nothing for a code of another form', body: { code: 'not_found' }, failure: undefined },
    { reason: 'nothing for no object', body: 'oops', failure: undefined },
    { reason: 'nothing for no body', body: undefined, failure: undefined },
  ];
  it.each(cases)('reads $reason', ({ body, failure }) => {
    expect(readFailure(body)).toEqual(failure);
  });

  it('reads the words of the gateway for a token only', () => {
    expect(readTokenFailure({ message: 'Forbidden' })).toEqual({ message: 'Forbidden' });
    expect(readTokenFailure({ Message: 'not authorized' })).toEqual({ message: 'not authorized' });
    expect(readTokenFailure({ code: '10000403', detail: 'x' })).toEqual({ code: '10000403', message: 'x' });
    expect([readTokenFailure({}), readTokenFailure(undefined)]).toEqual([undefined, undefined]);
  });
});

describe('what an error points at', () => {
  it('is read from the errors that have a pointer', () => {
    expect(pointersIn({ code: '1', errors: [{ pointer: '/roles/0', detail: 'x' }, { detail: 'y' }, null, { pointer: 7 }] })).toEqual([
      '/roles/0',
    ]);
  });

  it.each([undefined, null, 'x', {}, { errors: '/roles/0' }])('is nothing in %j', (body) => {
    expect(pointersIn(body)).toEqual([]);
  });
});
