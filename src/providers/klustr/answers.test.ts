import { describe, expect, it } from 'vitest';
import { ShapeError } from '../http/index.ts';
import { readAssignmentPage, readAssignments, readEntitlements, readFailure, readRole, readRoleList, readScopes } from './answers.ts';

const role = {
  id: 'Billing.Editor',
  name: 'Editor',
  namespace: 'billing',
  description: 'Edits',
  stage: 'ga',
  permissions: [{ scope: 'billing.get' }],
};
const assignment = { role_id: 'billing.editor', assigned_to: 'user-1', org_id: 'acme.test' };

describe('what is believed', () => {
  it('is a role with its own spelling, and with fields that are not known here', () => {
    const answer = { ...role, permissions: [{ scope: 'b' }, { scope: 'a' }], region: 'eu' };

    expect(readRole('billing.editor')(answer)).toEqual({ ...role, permissions: ['b', 'a'], document: answer });
  });

  it('is a role that has only an id and permissions', () => {
    expect(readRoleList([{ id: 'x', permissions: [], name: null }])[0]).toMatchObject({ id: 'x', name: undefined, stage: undefined });
  });

  it('is a stage that is not known yet', () => {
    expect(readRoleList([{ ...role, stage: 'retired' }])[0]?.stage).toBe('retired');
  });

  it('is a list with the same id twice: whoever asked has to decide what that means', () => {
    expect(readRoleList([role, role])).toHaveLength(2);
  });

  const pages = [
    { reason: 'nobody holds the role', page: { count: 0, limit: 1024, skip: 0 }, count: 0 },
    { reason: 'one does', page: { count: 1, docs: [assignment] }, count: 1 },
    { reason: 'the count is below the entries', page: { count: 0, docs: [assignment] }, count: 1 },
    { reason: 'the page is cut', page: { count: 7, docs: [assignment] }, count: 7 },
  ];
  it.each(pages)('is the larger number of holders where $reason', ({ page, count }) => {
    expect(readAssignmentPage(page).count).toBe(count);
  });

  it('is a user without roles', () => {
    expect(readEntitlements({ user_id: 'user-1', org_id: 'acme.test' })).toEqual({ user: 'user-1', roles: [] });
  });
});

describe('what is not believed', () => {
  const cases: readonly { reason: string; read: (value: unknown) => unknown; value: unknown }[] = [
    { reason: 'a role without an id', read: readRole('x'), value: { permissions: [] } },
    { reason: 'a role with an empty id', read: readRole('x'), value: { id: '', permissions: [] } },
    { reason: 'a role without permissions', read: readRole('x'), value: { id: 'x' } },
    { reason: 'a role whose permissions are null', read: readRole('x'), value: { id: 'x', permissions: null } },
    { reason: 'a permission that is a text', read: readRole('x'), value: { id: 'x', permissions: ['a'] } },
    { reason: 'a permission without a scope', read: readRole('x'), value: { id: 'x', permissions: [{}] } },
    { reason: 'a name that is a number', read: readRole('x'), value: { id: 'x', name: 7, permissions: [] } },
    { reason: 'another role than the one asked for', read: readRole('y'), value: { id: 'x', permissions: [] } },
    { reason: 'a list in an object', read: readRoleList, value: { roles: [] } },
    { reason: 'a list with something else in it', read: readRoleList, value: [role, null] },
    { reason: 'scopes that are texts', read: readScopes, value: ['a'] },
    { reason: 'assignments without a count', read: readAssignmentPage, value: { docs: [] } },
    { reason: 'an assignment to nobody', read: readAssignments, value: [{ role_id: 'x', org_id: 'y' }] },
    { reason: 'entitlements of nobody', read: readEntitlements, value: { org_id: 'y' } },
  ];
  it.each(cases)('$reason', ({ read, value }) => {
    expect(() => read(value)).toThrow(ShapeError);
  });
});

describe('readFailure', () => {
  const cases: readonly { reason: string; body: unknown; failure: unknown }[] = [
    { reason: 'a deliberate error', body: { status: 404, error: { reason: 'Gone.' } }, failure: { message: 'Gone.' } },
    { reason: 'one with an id', body: { status: 400, error: { reason: 'No.', id: 'bad' } }, failure: { message: 'No.', code: 'bad' } },
    {
      reason: 'an exception',
      body: { error: 'AuthorizationDeniedException', message: 'Access Denied', path: '/x', timestamp: 't' },
      failure: { code: 'AuthorizationDeniedException', message: 'Access Denied' },
    },
    {
      reason: 'an exception without a message',
      body: { error: 'NullPointerException', message: null, path: '/x', timestamp: 't' },
      failure: { code: 'NullPointerException' },
    },
    {
      reason: 'rights that are missing',
      body: { missing_permissions: ['org.roles.list'] },
      failure: { code: 'MissingPermissionsException', message: 'the client lacks org.roles.list' },
    },
    {
      reason: 'nothing where the framework below the API answers: that is no absent role',
      body: { timestamp: 't', status: 404, error: 'Not Found', path: '/x' },
      failure: undefined,
    },
    { reason: 'nothing for another object', body: { message: 'no route' }, failure: undefined },
    { reason: 'nothing for no object', body: 'oops', failure: undefined },
    { reason: 'nothing for no body', body: undefined, failure: undefined },
  ];
  it.each(cases)('reads $reason', ({ body, failure }) => {
    expect(readFailure(body)).toEqual(failure);
  });
});
