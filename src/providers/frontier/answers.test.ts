import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { readIDs, readPermissions, readPolicies, readPolicy, readRole, readRoles, readToken, readUser, readUsers } from './answers.ts';
import { AuthTokenResponseSchema, PermissionSchema, PolicySchema, type Role, RoleSchema, UserSchema } from './generated/frontier_pb.ts';

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
    {
      reason: 'a number that no JSON can hold',
      read: () => readRoles('o', [role({ metadata: { cost: { center: Number.POSITIVE_INFINITY } } })]),
      message: /roles\[0\]\.metadata holds what can't be sent back/,
    },
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

  it('are passed over where they have other than three parts: one odd permission is no reason to keep no role at all', () => {
    const permissions = [{ key: 'potato.cut' }, { namespace: 'potato', name: 'cut' }, { key: 'a.b.ccc' }];

    expect([...readPermissions(permissions.map((each) => create(PermissionSchema, each)))]).toEqual(['a_b_ccc']);
  });

  it('are not believed without either', () => {
    expect(() => readPermissions([create(PermissionSchema, { id: '1' })])).toThrow(/permissions\[0\]\.key/);
  });
});

describe('policies', () => {
  const fields = { id: '1', roleId: 'r', resource: 'app/organization:o', principal: 'app/user:u' };
  const policy = (change: object = {}) => create(PolicySchema, { ...fields, ...change });

  it('say who holds which role on what', () => {
    expect(readPolicies([policy()])).toEqual([fields]);
    expect(readPolicy(policy(), fields)).toEqual(fields);
  });

  it.each(['id', 'roleId', 'resource', 'principal'])('are not believed without %s', (field) => {
    expect(() => readPolicies([policy({ [field]: '' })])).toThrow(/policies\[0\]\.\w+ is empty/);
  });

  it('are not believed where one comes twice', () => {
    expect(() => readPolicies([policy(), policy({ roleId: 's' })])).toThrow(/two entries/);
  });

  it.each([
    { reason: 'no policy', answer: undefined, message: /policy is missing/ },
    { reason: 'another role', answer: policy({ roleId: 's' }), message: /another role/ },
    { reason: 'another resource', answer: policy({ resource: 'app/project:o' }), message: /another role/ },
    { reason: 'another principal', answer: policy({ principal: 'app/group:u' }), message: /another role/ },
  ])('are not made with $reason', ({ answer, message }) => {
    expect(() => readPolicy(answer, fields)).toThrow(message);
  });
});

describe('users', () => {
  const user = (change: object = {}) => create(UserSchema, { id: 'u', email: 'A@b.test', name: 'alex', ...change });

  it('have an id, and an address where somebody gave one', () => {
    expect(readUsers([user(), user({ id: 'v', email: '' })])).toEqual([
      { id: 'u', email: 'A@b.test' },
      { id: 'v', email: '' },
    ]);
  });

  it.each(['u', 'U', 'a@B.test'])('are found by %s', (text) => {
    expect(readUser(user(), text).id).toBe('u');
  });

  it.each([
    { reason: 'no user', read: () => readUser(undefined, 'u'), message: /user is missing/ },
    { reason: 'no id', read: () => readUsers([user({ id: '' })]), message: /users\[0\]\.id is empty/ },
    { reason: 'an id twice', read: () => readUsers([user(), user()]), message: /two entries/ },
    { reason: 'somebody who has the text for a name', read: () => readUser(user(), 'alex'), message: /another one/ },
  ])('are not believed with $reason', ({ read, message }) => {
    expect(read).toThrow(message);
  });
});

describe('a list of ids', () => {
  it('is read, and not believed with an empty one or one twice', () => {
    expect([...readIDs([{ id: 'a' }, { id: 'b' }], 'groups')]).toEqual(['a', 'b']);
    expect(() => readIDs([{ id: '' }], 'groups')).toThrow(/groups\[0\]\.id is empty/);
    expect(() => readIDs([{ id: 'a' }, { id: 'a' }], 'groups')).toThrow(/two entries/);
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
