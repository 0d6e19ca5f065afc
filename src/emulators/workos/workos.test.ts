import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ContractValidator } from '../../../test/support/contract-validator.ts';
import { type RunningEmulator, startEmulator } from '../start.ts';

const validator = ContractValidator.load('workos');
/** Operations that some test has called with success. */
const succeeded = new Set<string>();
const roles = '/authorization/organizations/org_1/roles';
const members = '/user_management/organization_memberships';

interface Body {
  readonly [key: string]: unknown;
}

interface Answer {
  readonly status: number;
  readonly body: Body;
}

let emulator: RunningEmulator;

beforeEach(async () => {
  emulator = await startEmulator('workos', {
    port: 0,
    onExchange: (exchange) => {
      validator.onExchange(exchange);
      if (exchange.operationId !== undefined && (exchange.response?.status ?? 500) < 300) succeeded.add(exchange.operationId);
    },
    seed: {
      permissions: ['a', 'b', 'c', { slug: 'widgets:manage', system: true }],
      environmentRoles: [
        { slug: 'admin', name: 'Admin', permissions: ['a'] },
        { slug: 'member', name: 'Member' },
      ],
      organizations: [
        {
          id: 'org_1',
          name: 'One',
          externalId: 'ext-1',
          domains: ['one.example'],
          roles: [{ slug: 'org-editor', name: 'Editor', permissions: ['a', 'b'] }],
          members: [
            { id: 'om_active', user: 'user_active', roles: ['member', 'org-editor'] },
            { id: 'om_inactive', user: 'user_inactive', status: 'inactive' },
            { id: 'om_pending', user: 'user_pending', status: 'pending' },
          ],
        },
        { id: 'org_2', name: 'Two' },
      ],
      users: [{ id: 'user_free', email: 'Free@example.com', externalId: 'free-1' }],
    },
  });
});

afterEach(async () => {
  await emulator.close();
  validator.assertNone();
});

afterAll(() => {
  const file = new URL('../../../contracts/workos.openapi.yaml', import.meta.url);
  const contract = parse(readFileSync(file, 'utf8')) as { paths: Record<string, Record<string, { operationId?: string }>> };
  const ids = Object.values(contract.paths).flatMap((item) => Object.values(item).flatMap(({ operationId }) => operationId ?? []));
  expect([...succeeded].sort(), 'every operation of the contract must have been called with success').toEqual(ids.sort());
});

async function ask(method: string, path: string, body?: unknown, key = 'sk_test_default'): Promise<Answer> {
  const response = await fetch(`${emulator.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Body) };
}

const slugs = (answer: Answer): readonly unknown[] => (answer.body.data as readonly Body[]).map(({ slug }) => slug);

describe('credentials', () => {
  it.each(['sk_test_other', ''])('refuses the key %j', async (key) => {
    expect(await ask('GET', roles, undefined, key)).toEqual({ status: 401, body: { message: 'Unauthorized' } });
  });
});

describe('organization roles', () => {
  it('list the environment’s roles first, without pages', async () => {
    for (let number = 0; number < 20; number++) await ask('POST', roles, { slug: `org-${number}`, name: 'N' });

    const answer = await ask('GET', roles);

    expect(slugs(answer).slice(0, 4)).toEqual(['admin', 'member', 'org-editor', 'org-0']);
    expect(slugs(answer)).toHaveLength(23);
    expect(answer.body).not.toHaveProperty('list_metadata');
  });

  it('are made without permissions, at the bottom, and once', async () => {
    const created = await ask('POST', roles, { slug: 'org-new', name: 'New', description: 'd' });

    expect(created).toMatchObject({ status: 201, body: { slug: 'org-new', type: 'OrganizationRole', permissions: [], description: 'd' } });
    expect(slugs(await ask('GET', roles)).at(-1)).toBe('org-new');
    expect(await ask('POST', roles, { slug: 'org-new', name: 'New' })).toMatchObject({
      status: 409,
      body: { code: 'organization_role_slug_conflict' },
    });
    expect((await ask('POST', '/authorization/organizations/org_2/roles', { slug: 'org-new', name: 'New' })).status).toBe(201);
  });

  it('get a slug from their name where none is given', async () => {
    expect((await ask('POST', roles, { name: 'Sales & Support' })).body.slug).toBe('org-sales-support');
  });

  it.each([
    { slug: 'editor' },
    { slug: 'org-Editor' },
    { slug: `org-${'x'.repeat(45)}` },
    { name: 'n'.repeat(49) },
    { description: 'd'.repeat(151) },
    { name: 7 },
  ])('refuse %j', async (change) => {
    // The request is meant to leave the contract, so it goes to an emulator that nobody checks.
    const free = await startEmulator('workos', { port: 0 });
    const response = await fetch(`${free.url}/authorization/organizations/org_acme/roles`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk_test_default', 'content-type': 'application/json' },
      body: JSON.stringify({ slug: 'org-x', name: 'X', ...change }),
    });
    await free.close();

    expect(response.status).toBe(422);
  });

  it('are read, changed and deleted', async () => {
    expect((await ask('GET', `${roles}/org-editor`)).body).toMatchObject({ name: 'Editor', permissions: ['a', 'b'] });
    expect((await ask('GET', `${roles}/admin`)).body.type).toBe('EnvironmentRole');
    expect((await ask('PATCH', `${roles}/org-editor`, { description: 'x' })).body).toMatchObject({ name: 'Editor', description: 'x' });
    expect((await ask('PATCH', `${roles}/org-editor`, { description: null, name: 'E' })).body).toMatchObject({
      name: 'E',
      description: null,
    });
    await ask('PUT', `${members}/om_active`, { role_slug: 'member' });
    expect((await ask('DELETE', `${roles}/org-editor`)).status).toBe(204);
    expect((await ask('DELETE', `${roles}/org-editor`)).status).toBe(404);
  });

  it('have their permissions replaced, added and taken away', async () => {
    expect((await ask('PUT', `${roles}/org-editor/permissions`, { permissions: ['c', 'c', 'a'] })).body.permissions).toEqual(['c', 'a']);
    expect((await ask('POST', `${roles}/org-editor/permissions`, { slug: 'c' })).body.permissions).toEqual(['c', 'a']);
    expect((await ask('POST', `${roles}/org-editor/permissions`, { slug: 'b' })).body.permissions).toEqual(['c', 'a', 'b']);
    expect(await ask('DELETE', `${roles}/org-editor/permissions/a`)).toMatchObject({ status: 200, body: { permissions: ['c', 'b'] } });
    expect((await ask('DELETE', `${roles}/org-editor/permissions/a`)).status).toBe(404);
    expect((await ask('PUT', `${roles}/org-editor/permissions`, { permissions: [] })).body.permissions).toEqual([]);
  });

  it('refuse a set with an unknown permission as a whole', async () => {
    expect((await ask('PUT', `${roles}/org-editor/permissions`, { permissions: ['c', 'zzz'] })).status).toBe(404);
    expect((await ask('GET', `${roles}/org-editor`)).body.permissions).toEqual(['a', 'b']);
  });

  it('cannot be deleted while members hold them or groups are mapped to them', async () => {
    expect(await ask('DELETE', `${roles}/org-editor`)).toMatchObject({ status: 409, body: { code: 'role_has_assignments' } });
    await ask('DELETE', `${members}/om_active`);
    emulator.control.act('mapGroup', { organization: 'org_1', slug: 'org-editor' });
    expect(await ask('DELETE', `${roles}/org-editor`)).toMatchObject({ status: 409, body: { code: 'role_has_group_role_mappings' } });
  });

  it('of the environment are protected from the organization’s path', async () => {
    expect((await ask('PATCH', `${roles}/admin`, { name: 'x' })).status).toBe(403);
    expect((await ask('PUT', `${roles}/admin/permissions`, { permissions: [] })).status).toBe(403);
    expect((await ask('DELETE', `${roles}/admin`)).status).toBe(403);
  });

  it('are not found in an organization that does not exist', async () => {
    expect((await ask('GET', '/authorization/organizations/org_9/roles')).status).toBe(404);
    expect((await ask('POST', '/authorization/organizations/org_9/roles', { name: 'X' })).status).toBe(404);
  });
});

describe('environment roles', () => {
  it('are listed, made, read and changed, and cannot be deleted', async () => {
    expect(slugs(await ask('GET', '/authorization/roles'))).toEqual(['admin', 'member']);
    expect((await ask('POST', '/authorization/roles', { slug: 'viewer', name: 'Viewer' })).status).toBe(201);
    expect(await ask('POST', '/authorization/roles', { slug: 'viewer', name: 'V' })).toMatchObject({
      status: 409,
      body: { code: 'role_slug_conflict' },
    });
    expect((await ask('PATCH', '/authorization/roles/viewer', { name: 'V' })).body.name).toBe('V');
    expect((await ask('PUT', '/authorization/roles/viewer/permissions', { permissions: ['a'] })).body.permissions).toEqual(['a']);
    expect((await ask('POST', '/authorization/roles/viewer/permissions', { slug: 'b' })).body.permissions).toEqual(['a', 'b']);
    expect((await ask('GET', '/authorization/roles/viewer')).body).toMatchObject({ name: 'V', type: 'EnvironmentRole' });
  });
});

describe('permissions', () => {
  const path = '/authorization/permissions';

  it('come ten to a page unless asked otherwise, newest first, and end with null', async () => {
    emulator.control.reset({ permissions: Array.from({ length: 25 }, (_, number) => `p:${number}`) });

    const first = await ask('GET', path);
    expect(slugs(first)).toHaveLength(10);
    expect(slugs(first)[0]).toBe('p:24');
    const walk = [...slugs(first)];
    let after = (first.body.list_metadata as Body).after;
    while (after !== null) {
      const page = await ask('GET', `${path}?after=${String(after)}`);
      walk.push(...slugs(page));
      after = (page.body.list_metadata as Body).after;
    }
    expect(walk).toEqual(Array.from({ length: 25 }, (_, number) => `p:${24 - number}`));
  });

  it('are walked backwards and in the other orders', async () => {
    emulator.control.reset({ permissions: Array.from({ length: 25 }, (_, number) => `p:${number}`) });
    const oldest = await ask('GET', `${path}?order=asc&limit=5`);
    expect(slugs(oldest)).toEqual(['p:0', 'p:1', 'p:2', 'p:3', 'p:4']);
    const { after } = oldest.body.list_metadata as Body;
    const next = await ask('GET', `${path}?order=asc&limit=5&after=${String(after)}`);
    const { before } = next.body.list_metadata as Body;
    expect(slugs(await ask('GET', `${path}?order=asc&limit=5&before=${String(before)}`))).toEqual(slugs(oldest));

    const normal = await ask('GET', `${path}?order=normal&limit=5`);
    expect(slugs(normal)).toEqual(['p:24', 'p:23', 'p:22', 'p:21', 'p:20']);
    expect(normal.body.list_metadata).toMatchObject({ after: null, before: expect.any(String) });
    const older = (normal.body.list_metadata as Body).before;
    expect(slugs(await ask('GET', `${path}?order=normal&limit=5&before=${String(older)}`))[0]).toBe('p:19');
  });

  it('are made once, read, changed and deleted with their uses', async () => {
    expect(await ask('POST', path, { slug: 'x:y.z*', name: 'X' })).toMatchObject({ status: 201, body: { system: false } });
    expect(await ask('POST', path, { slug: 'x:y.z*', name: 'X' })).toMatchObject({
      status: 409,
      body: { code: 'permission_slug_conflict' },
    });
    expect((await ask('PATCH', `${path}/x:y.z*`, { description: 'd' })).body.description).toBe('d');
    expect((await ask('GET', `${path}/${encodeURIComponent('x:y.z*')}`)).body.name).toBe('X');
    expect((await ask('DELETE', `${path}/a`)).status).toBe(204);
    expect((await ask('GET', `${roles}/org-editor`)).body.permissions).toEqual(['b']);
    expect((await ask('GET', `${roles}/admin`)).body.permissions).toEqual([]);
    expect((await ask('GET', `${path}/a`)).status).toBe(404);
    expect((await ask('DELETE', `${path}/widgets:manage`)).status).toBe(403);
  });
});

describe('memberships', () => {
  const ids = (answer: Answer): readonly unknown[] => (answer.body.data as readonly Body[]).map(({ id }) => id);

  it('list active ones only unless asked, and want a user or an organization', async () => {
    expect(await ask('GET', members)).toMatchObject({ status: 400, body: { code: 'missing_user_id_or_organization_id' } });
    expect(ids(await ask('GET', `${members}?organization_id=org_1`))).toEqual(['om_active']);
    const all = await ask('GET', `${members}?organization_id=org_1&statuses=active,inactive,pending`);
    expect(ids(all)).toEqual(['om_pending', 'om_inactive', 'om_active']);
    expect(ids(await ask('GET', `${members}?user_id=user_inactive&statuses=inactive`))).toEqual(['om_inactive']);
    expect(ids(await ask('GET', `${members}?organization_id=org_9`))).toEqual([]);
  });

  it('show their roles in priority order', async () => {
    const { body } = await ask('GET', `${members}/om_active`);

    expect(body).toMatchObject({ role: { slug: 'member' }, roles: [{ slug: 'member' }, { slug: 'org-editor' }], organization_name: 'One' });
    const { body: assignments } = await ask('GET', '/authorization/organization_memberships/om_active/role_assignments?order=asc');
    expect((assignments.data as readonly { role: Body }[]).map(({ role }) => role.slug)).toEqual(['member', 'org-editor']);
  });

  it('are made with roles, with the default role, and not twice', async () => {
    const member = { user_id: 'user_free', organization_id: 'org_1' };
    expect(await ask('POST', members, { ...member, role_slugs: ['org-editor', 'admin'] })).toMatchObject({
      status: 201,
      body: { status: 'active', role: { slug: 'admin' }, roles: [{ slug: 'admin' }, { slug: 'org-editor' }] },
    });
    expect(await ask('POST', members, member)).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect((await ask('POST', members, { ...member, organization_id: 'org_2' })).body.role).toEqual({ slug: 'member' });
  });

  it('that are inactive come back with the given roles, pending ones do not', async () => {
    const answer = await ask('POST', members, { user_id: 'user_inactive', organization_id: 'org_1', role_slug: 'admin' });
    expect(answer).toMatchObject({ status: 201, body: { id: 'om_inactive', status: 'active', role: { slug: 'admin' } } });
    expect(await ask('POST', members, { user_id: 'user_pending', organization_id: 'org_1' })).toMatchObject({
      status: 400,
      body: { code: 'cannot_reactivate_pending_organization_membership' },
    });
  });

  it('refuse unknown users, organizations and roles', async () => {
    expect((await ask('POST', members, { user_id: 'user_9', organization_id: 'org_1' })).status).toBe(404);
    expect((await ask('POST', members, { user_id: 'user_free', organization_id: 'org_9' })).status).toBe(404);
    expect(await ask('PUT', `${members}/om_active`, { role_slug: 'org-9' })).toMatchObject({ status: 422, body: { code: 'invalid_role' } });
  });

  it('take several roles only where the environment allows it', async () => {
    emulator.control.reset({ ...(emulator.control.state() as object), multipleRoles: false });

    const several = await ask('PUT', `${members}/om_active`, { role_slugs: ['admin', 'member'] });
    expect(several).toMatchObject({ status: 422, body: { code: 'multiple_roles_not_enabled' } });
    expect((await ask('PUT', `${members}/om_active`, { role_slugs: ['admin'] })).body.roles).toEqual([{ slug: 'admin' }]);
  });

  it('are put out of use and back, as often as one likes, keeping their roles', async () => {
    const steps = ['deactivate', 'deactivate', 'reactivate', 'reactivate'];
    const answers: unknown[] = [];
    for (const step of steps) answers.push((await ask('PUT', `${members}/om_active/${step}`)).body.status);

    expect(answers).toEqual(['inactive', 'inactive', 'active', 'active']);
    expect((await ask('GET', `${members}/om_active`)).body.roles).toHaveLength(2);
    expect(await ask('PUT', `${members}/om_pending/deactivate`)).toMatchObject({
      status: 400,
      body: { code: 'cannot_deactivate_pending_organization_membership' },
    });
  });

  it('are deleted with 200 and no body', async () => {
    expect(await ask('DELETE', `${members}/om_active`)).toEqual({ status: 200, body: {} });
    expect((await ask('GET', `${members}/om_active`)).status).toBe(404);
  });
});

describe('users and organizations', () => {
  it('are found by id, external id, email and search', async () => {
    const first = (answer: Answer): unknown => (answer.body.data as readonly Body[])[0]?.id;
    expect((await ask('GET', '/user_management/users/user_free')).body.email).toBe('Free@example.com');
    expect((await ask('GET', '/user_management/users/external_id/free-1')).body.id).toBe('user_free');
    expect(first(await ask('GET', '/user_management/users?email=free@example.com'))).toBe('user_free');
    expect((await ask('GET', '/user_management/users?organization_id=org_1')).body.data).toHaveLength(3);
    expect((await ask('GET', '/user_management/users?organization_id=org_9')).body.data).toHaveLength(0);
    expect((await ask('GET', '/organizations/org_1')).body).toMatchObject({ name: 'One', domains: [{ domain: 'one.example' }] });
    expect((await ask('GET', '/organizations/external_id/ext-1')).body.id).toBe('org_1');
    expect(first(await ask('GET', '/organizations?search=tw'))).toBe('org_2');
    expect(first(await ask('GET', '/organizations?domains=one.example'))).toBe('org_1');
    expect((await ask('GET', '/organizations/org_9')).status).toBe(404);
  });

  it('make users once by email', async () => {
    expect(await ask('POST', '/user_management/users', { email: 'new@example.com', first_name: 'N' })).toMatchObject({ status: 201 });
    expect(await ask('POST', '/user_management/users', { email: 'NEW@example.com' })).toMatchObject({
      status: 400,
      body: { code: 'user_creation_error', errors: [{ code: 'email_not_available' }] },
    });
  });
});

describe('the state', () => {
  it('comes back the same when what was shown is loaded, and new ids stay new', async () => {
    const shown = emulator.control.state();
    emulator.control.reset(shown);
    expect(emulator.control.state()).toEqual(shown);

    const created = await ask('POST', roles, { slug: 'org-new', name: 'New' });
    expect(JSON.stringify(shown)).not.toContain(String(created.body.id));
  });

  it('gives a role that is made again another id', async () => {
    const create = (): Promise<Answer> => ask('POST', roles, { slug: 'org-again', name: 'A' });
    const first = (await create()).body.id;
    emulator.control.act('deleteRole', { organization: 'org_1', slug: 'org-again' });

    expect((await create()).body.id).not.toBe(first);
  });
});

describe('actions', () => {
  it('change what the API shows', async () => {
    const { control } = emulator;
    control.act('putOrganization', { organization: { id: 'org_3', name: 'Three' } });
    control.act('putMember', { organization: 'org_3', member: { user: 'user_free', roles: ['admin'] } });
    control.act('putEnvironmentRole', { role: { slug: 'viewer' } });
    expect((await ask('GET', `${members}?organization_id=org_3`)).body.data).toHaveLength(1);
    expect(slugs(await ask('GET', '/authorization/organizations/org_3/roles'))).toContain('viewer');

    control.act('deleteMember', { organization: 'org_3', user: 'user_free' });
    expect((await ask('GET', `${members}?organization_id=org_3`)).body.data).toHaveLength(0);
    control.act('deleteRole', { organization: 'org_1', slug: 'org-editor' });
    expect((await ask('GET', `${members}/om_active`)).body.roles).toEqual([{ slug: 'member' }]);
    control.act('deletePermission', { slug: 'a' });
    expect((await ask('GET', `${roles}/admin`)).body.permissions).toEqual([]);
    control.act('deleteOrganization', { id: 'org_1' });
    expect((await ask('GET', roles)).status).toBe(404);
    expect((await ask('GET', `${members}/om_pending`)).status).toBe(404);
    control.act('setAPIKey', { apiKey: 'sk_test_next' });
    expect((await ask('GET', '/authorization/roles')).status).toBe(401);
  });
});
