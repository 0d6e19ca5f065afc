import { describe, expect, it } from 'vitest';
import { ShapeError } from '../http/index.ts';
import {
  AuthTokenResponseSchema,
  DeleteOrganizationRoleResponseSchema,
  GetOrganizationRoleResponseSchema,
  ListOrganizationRolesResponseSchema,
} from './generated/frontier_pb.ts';
import { readMessage } from './messages.ts';

describe('readMessage', () => {
  it('takes both spellings of names and passes over what it does not know', () => {
    const body = {
      roles: [
        { id: '1', orgId: 'o', created_at: '0001-01-01T00:00:00Z', state: '' },
        { id: '2', org_id: 'o' },
      ],
      extra: 1,
    };

    const { roles } = readMessage(ListOrganizationRolesResponseSchema, body, 'leftOut');

    expect(roles.map(({ id, orgId }) => [id, orgId])).toEqual([
      ['1', 'o'],
      ['2', 'o'],
    ]);
  });

  it('keeps metadata as it is, whatever its values', () => {
    const metadata = { text: 'x', number: 1.5, none: null, list: [true, { deep: [] }] };

    const { role } = readMessage(GetOrganizationRoleResponseSchema, { role: { id: '1', metadata } }, 'leftOut');

    expect(role?.metadata).toEqual(metadata);
  });

  it('takes an empty object for an empty list only where empty fields are left out', () => {
    expect(readMessage(ListOrganizationRolesResponseSchema, {}, 'leftOut').roles).toEqual([]);
    expect(readMessage(ListOrganizationRolesResponseSchema, { roles: [] }, 'written').roles).toEqual([]);
    expect(() => readMessage(ListOrganizationRolesResponseSchema, {}, 'written')).toThrow(/roles is missing/);
  });

  it('takes a role without a list of permissions for one that has none only where empty fields are left out', () => {
    const body = { roles: [{ id: '1' }] };

    expect(readMessage(ListOrganizationRolesResponseSchema, body, 'leftOut').roles).toMatchObject([{ permissions: [] }]);
    expect(() => readMessage(ListOrganizationRolesResponseSchema, body, 'written')).toThrow(/Role\.permissions is missing/);
  });

  it('takes anything for a message without fields', () => {
    expect(() => readMessage(DeleteOrganizationRoleResponseSchema, { anything: 1 }, 'written')).not.toThrow();
  });

  const wrong: readonly { reason: string; body: unknown; message: RegExp }[] = [
    { reason: 'no object', body: [], message: /not an object/ },
    { reason: 'null', body: null, message: /null/ },
    { reason: 'the answer of something else', body: { users: [] }, message: /no field of ListOrganizationRolesResponse/ },
    { reason: 'a list that is none', body: { roles: {} }, message: /ListOrganizationRolesResponse\.roles has another type/ },
    { reason: 'an entry that is no object', body: { roles: ['x'] }, message: /type|no List/ },
    { reason: 'null for a list', body: { roles: null }, message: /ListOrganizationRolesResponse\.roles is null/ },
    { reason: 'null for a list further in', body: { roles: [{ id: '1', permissions: null }] }, message: /Role\.permissions is null/ },
    { reason: 'a field of another type', body: { roles: [{ title: 5 }] }, message: /Role\.title has another type/ },
    { reason: 'permissions that are no texts', body: { roles: [{ permissions: [{}] }] }, message: /Role\.permissions has another type/ },
  ];
  it.each(wrong)('refuses $reason', ({ body, message }) => {
    const read = () => readMessage(ListOrganizationRolesResponseSchema, body, 'leftOut');

    expect(read).toThrow(ShapeError);
    expect(read).toThrow(message);
  });

  it('never repeats a value', () => {
    expect(() => readMessage(AuthTokenResponseSchema, { access_token: { secret: 'value' } }, 'leftOut')).toThrow(
      /^AuthTokenResponse\.access_token has another type$/,
    );
  });
});
