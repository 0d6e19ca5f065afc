import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { readPermissions, readPolicies, readRole, readRoles, readToken } from './answers.ts';
import { AuthTokenResponseSchema, PermissionSchema, PolicySchema, type Role, RoleSchema } from './generated/frontier_pb.ts';

const role = (change: object = {}): Role =>
  create(RoleSchema, { id: '1', name: 'editor', title: 'Editor', permissions: ['a_b_ccc'], orgId: 'o', ...change });

describe('roles', () => {
  it('are read with everything that is kept of them', () => {
    const [first] = readRoles('o', [role({ scopes: ['app/x'], metadata: { team: 'x' } })]);

    expect(first).toEqual({
      id: '1',
      name: 'editor',
      title: 'Editor',
      permissions: ['a_b_ccc'],
      scopes: ['app/x'],
      metadata: { team: 'x' },
    });
  });

  it('need neither title nor permissions nor metadata, and no organization where an older server does not say it', () => {
    expect(readRole('o', role({ title: '', permissions: [], orgId: '' }))).toMatchObject({ title: '', permissions: [], metadata: {} });
  });

  const wrong: readonly { reason: string; read: () => unknown; message: RegExp }[] = [
    { reason: 'no role', read: () => readRole('o', undefined), message: /role is missing/ },
    { reason: 'no id', read: () => readRoles('o', [role({ id: '' })]), message: /roles\[0\]\.id is empty/ },
    { reason: 'no name', read: () => readRoles('o', [role({ name: '' })]), message: /roles\[0\]\.name is empty/ },
    { reason: 'an empty permission', read: () => readRoles('o', [role({ permissions: ['a', ''] })]), message: /permissions\[1\] is empty/ },
    { reason: 'another organization', read: () => readRoles('o', [role({ orgId: 'p' })]), message: /another organization/ },
    { reason: 'another role', read: () => readRole('o', role(), 'viewer'), message: /another role/ },
    { reason: 'an id twice', read: () => readRoles('o', [role(), role({ name: 'other' })]), message: /two entries/ },
    { reason: 'a name twice', read: () => readRoles('o', [role(), role({ id: '2' })]), message: /two entries/ },
  ];
  it.each(wrong)('are not believed with $reason', ({ read, message }) => {
    expect(read).toThrow(message);
  });
});

describe('permissions', () => {
  it('are known by their slugs, also where an older server gives no key', () => {
    const permissions = [{ key: 'a.b.ccc' }, { namespace: 'd/e', name: 'fff' }].map((each) => create(PermissionSchema, each));

    expect([...readPermissions(permissions)]).toEqual(['a_b_ccc', 'd_e_fff']);
  });

  it('are not believed without either', () => {
    expect(() => readPermissions([create(PermissionSchema, { id: '1' })])).toThrow(/permissions\[0\]\.key/);
  });
});

describe('policies', () => {
  it('have an id and a role', () => {
    expect(readPolicies([create(PolicySchema, { id: '1', roleId: 'r' })])).toEqual([{ id: '1', roleId: 'r' }]);
    expect(() => readPolicies([create(PolicySchema, { id: '1' })])).toThrow(/policies\[0\]\.role_id is empty/);
  });
});

describe('a token', () => {
  const token = (accessToken: string, tokenType = 'Bearer') => create(AuthTokenResponseSchema, { accessToken, tokenType });

  it('is what a header can carry', () => {
    expect(readToken(token('eyJ.x.y'))).toBe('eyJ.x.y');
  });

  it.each([token(''), token('a b'), token('a\nb'), token('eyJ', 'MAC'), token('eyJ', '')])('is nothing else', (answer) => {
    expect(() => readToken(answer)).toThrow(/access_token|token_type/);
  });
});
