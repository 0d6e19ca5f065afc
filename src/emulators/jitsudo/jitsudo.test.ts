import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ContractValidator } from '../../../test/support/contract-validator.ts';
import { VirtualClock } from '../../../test/support/virtual-clock.ts';
import { type RunningEmulator, startEmulator } from '../start.ts';

const tenant = '3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f';
const alex = '11111111-2222-4333-8444-555555555555';
const seed = {
  scopes: ['requests:read', 'requests:approve', { scope: 'audit:read', name: 'Read the log', description: 'All of it' }],
  tenants: [
    {
      id: tenant,
      apiKeys: ['key'],
      tokens: ['token'],
      roles: [
        { slug: 'admin', name: 'Admin', scopes: ['requests:approve'], system: true },
        { slug: 'editor', name: 'Editor', description: 'Edits', scopes: ['requests:read'] },
        { slug: 'clerk', name: 'Clerk' },
      ],
      users: [{ id: alex, email: 'alex@acme.example', name: 'Alex', roles: ['editor'], owner: true }],
    },
    { id: '91c0d2aa-0b6f-4f6e-a1de-5566778899aa', apiKeys: ['other'] },
  ],
};

interface Answer {
  readonly status: number;
  /** Undefined where there is none. */
  readonly body: unknown;
}

const good = { 'x-api-key': 'key', 'x-tenant-id': tenant };

let emulator: RunningEmulator;
let validator: ContractValidator;

beforeEach(async () => {
  validator = ContractValidator.load('jitsudo');
  emulator = await startEmulator('jitsudo', { port: 0, seed, clock: new VirtualClock(), onExchange: validator.onExchange });
});

afterEach(async () => {
  await emulator.close();
  validator.assertNone();
});

/** For requests and answers that leave the contract on purpose. */
function leaveContract(): void {
  validator = ContractValidator.load('jitsudo');
}

async function ask(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = good): Promise<Answer> {
  const response = await fetch(`${emulator.url}${path}`, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJSON = response.headers.get('content-type')?.startsWith('application/json') === true;
  return { status: response.status, body: isJSON ? JSON.parse(text) : text === '' ? undefined : text };
}

describe('a request', () => {
  it.each([
    { reason: 'an API key', headers: good, status: 200 },
    { reason: 'a token', headers: { authorization: 'Bearer token', 'x-tenant-id': tenant }, status: 200 },
    { reason: 'the tenant in capitals', headers: { ...good, 'x-tenant-id': tenant.toUpperCase() }, status: 200 },
    { reason: 'nothing to prove itself', headers: { 'x-tenant-id': tenant }, status: 401 },
    { reason: 'an unknown key, whatever the tenant', headers: { 'x-api-key': 'x', 'x-tenant-id': alex }, status: 401 },
    { reason: 'an unknown token', headers: { authorization: 'Bearer key', 'x-tenant-id': tenant }, status: 401 },
    { reason: 'the key of another tenant', headers: { ...good, 'x-api-key': 'other' }, status: 403 },
    { reason: 'a tenant that does not exist', headers: { ...good, 'x-tenant-id': alex }, status: 403 },
  ])('with $reason is answered $status', async ({ headers, status }) => {
    const answer = await ask('GET', '/v1/roles', undefined, headers);

    expect(answer.status).toBe(status);
    if (status === 403) expect(answer.body).toMatchObject({ code: 'tenant_mismatch' });
  });

  it('needs the header of the tenant, except for health', async () => {
    expect((await ask('GET', '/healthz', undefined, {})).status).toBe(200);
    const answer = await ask('GET', '/v1/roles', undefined, { 'x-api-key': 'key' });
    leaveContract();

    expect(answer).toMatchObject({ status: 403, body: { code: 'tenant_mismatch' } });
  });

  it('is denied by a policy, with its notices, until that is taken back', async () => {
    emulator.control.act('deny', { operation: 'listRoles', notices: ['Change freeze'] });
    expect(await ask('GET', '/v1/roles')).toMatchObject({ status: 403, body: { notices: ['Change freeze'] } });
    emulator.control.act('allow', { operation: 'listRoles' });
    expect((await ask('GET', '/v1/roles')).status).toBe(200);
  });
});

describe('roles', () => {
  it('are listed, those of the system among them', async () => {
    expect((await ask('GET', '/v1/roles')).body).toMatchObject({
      data: [
        { slug: 'admin', is_system: true, blast_radius: { level: 'high' } },
        { slug: 'editor', is_system: false, description: 'Edits', scopes: ['requests:read'], blast_radius: { level: 'low' } },
        { slug: 'clerk', description: null, scopes: [] },
      ],
    });
    expect((await ask('GET', '/v1/roles/editor')).body).toMatchObject({ slug: 'editor' });
    expect((await ask('GET', '/v1/roles/none')).status).toBe(404);
  });

  it('are created once, with a slug and scopes that are allowed', async () => {
    const body = { slug: 'viewer', name: 'Viewer', description: '', scopes: ['audit:read'] };

    expect(await ask('POST', '/v1/roles', body)).toMatchObject({ status: 201, body: { slug: 'viewer', description: null } });
    expect(await ask('POST', '/v1/roles', body)).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect(await ask('POST', '/v1/roles', { ...body, slug: 'v2', scopes: ['audit:read', 'no:such'] })).toMatchObject({
      status: 422,
      body: { code: 'invalid_scopes', details: { scopes: ['no:such'] } },
    });
    expect((await ask('POST', '/v1/roles', { ...body, slug: 'v3', name: '' })).status).toBe(400);
  });

  it.each([
    [],
    { name: 'x', scopes: [] },
    { slug: 'V', name: 'x', scopes: [] },
    { slug: 'v', scopes: [] },
    { slug: 'v', name: 'x', scopes: 'a' },
  ])('are not created from %j', async (body) => {
    const answer = await ask('POST', '/v1/roles', body);
    leaveContract();

    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
  });

  it('keep what a change leaves out, and lose a description to an empty one', async () => {
    expect((await ask('PATCH', '/v1/roles/editor', { name: 'E' })).body).toMatchObject({
      name: 'E',
      description: 'Edits',
      scopes: ['requests:read'],
    });
    expect((await ask('PATCH', '/v1/roles/editor', { description: '', scopes: ['audit:read'] })).body).toMatchObject({
      name: 'E',
      description: null,
      scopes: ['audit:read'],
    });
  });

  it('are not changed by what can not be understood, nor where there is none, nor those of the system', async () => {
    expect((await ask('PATCH', '/v1/roles/editor', { scopes: ['no:such'] })).status).toBe(422);
    expect((await ask('PATCH', '/v1/roles/none', { name: 'x' })).status).toBe(404);
    expect(await ask('PATCH', '/v1/roles/admin', { name: 'x' })).toMatchObject({ status: 403, body: { code: 'system_role' } });
    expect(await ask('DELETE', '/v1/roles/admin')).toMatchObject({ status: 403, body: { code: 'system_role' } });
    const answer = await ask('PATCH', '/v1/roles/editor', { description: null });
    leaveContract();
    expect(answer.status).toBe(422);
  });

  it('are deleted unless somebody holds them', async () => {
    expect(await ask('DELETE', '/v1/roles/editor')).toMatchObject({ status: 409, body: { details: { users: 1 } } });
    expect((await ask('DELETE', '/v1/roles/clerk')).status).toBe(204);
    expect((await ask('DELETE', '/v1/roles/clerk')).status).toBe(404);
  });
});

describe('scopes', () => {
  it('are grouped by their resource', async () => {
    expect((await ask('GET', '/v1/permissions')).body).toEqual({
      data: [
        {
          resource: 'requests',
          scopes: [
            { scope: 'requests:read', resource: 'requests', action: 'read', name: 'requests:read' },
            { scope: 'requests:approve', resource: 'requests', action: 'approve', name: 'requests:approve' },
          ],
        },
        {
          resource: 'audit',
          scopes: [{ scope: 'audit:read', resource: 'audit', action: 'read', name: 'Read the log', description: 'All of it' }],
        },
      ],
    });
  });
});

describe('users', () => {
  it('are listed, found by address and read', async () => {
    const one = { id: alex, email: 'alex@acme.example', roles: ['editor'], is_owner: true };

    expect((await ask('GET', '/v1/users')).body).toMatchObject({ data: [one] });
    expect((await ask('GET', '/v1/users?email=nobody%40acme.example')).body).toEqual({ data: [] });
    expect((await ask('GET', `/v1/users/${alex}`)).body).toMatchObject(one);
    expect((await ask('GET', `/v1/users/${tenant}`)).status).toBe(404);
  });

  it('have exactly the roles of the last write', async () => {
    expect((await ask('PUT', `/v1/users/${alex}`, { name: 'A', roles: ['clerk'] })).body).toMatchObject({ name: 'A', roles: ['clerk'] });
    expect((await ask('PUT', `/v1/users/${alex}`, { name: 'A', roles: ['none'] })).status).toBe(400);
    expect((await ask('PUT', `/v1/users/${alex}`, { roles: [] })).status).toBe(400);
    expect((await ask('DELETE', '/v1/roles/editor')).status).toBe(204);
  });
});

describe('operations that the server is without', () => {
  it.each([
    { unknownRoutes: 'error', expected: { status: 404, body: { code: 'not_found' } } },
    { unknownRoutes: 'text', expected: { status: 404, body: '"404 page not found"' } },
    { unknownRoutes: 'method', expected: { status: 405, body: { code: 'method_not_allowed' } } },
  ])('are answered in form $unknownRoutes', async ({ unknownRoutes, expected }) => {
    emulator.control.act('setServer', { unknownRoutes, createSupported: false });

    const answer = await ask('POST', '/v1/roles', { slug: 'v', name: 'V', scopes: [] });
    const deleted = await ask('DELETE', '/v1/roles/clerk');
    leaveContract();

    expect(answer).toMatchObject(expected);
    expect(deleted.status).toBe(204);
    expect(emulator.control.state()).toMatchObject({ unknownRoutes, createSupported: false, deleteSupported: true });
  });
});

describe('the state', () => {
  it('is the same after it was written out and read in', () => {
    const state = emulator.control.state();

    emulator.control.reset(state);

    expect(emulator.control.state()).toEqual(state);
    expect(state).toMatchObject({ tenants: [{ id: tenant, users: [{ id: alex, owner: true }] }, {}] });
  });

  it.each([
    { reason: 'no uuid', bad: { tenants: [{ id: 'acme' }] }, message: /tenants\[0\]\.id/ },
    {
      reason: 'an unknown scope',
      bad: { tenants: [{ id: tenant, roles: [{ slug: 'a', scopes: ['x'] }] }] },
      message: /x, which is no scope/,
    },
    {
      reason: 'an unknown role',
      bad: { tenants: [{ id: tenant, users: [{ email: 'a', roles: ['x'] }] }] },
      message: /x, which is no role/,
    },
    { reason: 'an unknown field', bad: { createSuported: false }, message: /createSuported/ },
  ])('is not replaced by a seed with $reason', ({ bad, message }) => {
    const state = emulator.control.state();

    expect(() => emulator.control.reset(bad)).toThrow(message);
    expect(emulator.control.state()).toEqual(state);
  });

  it('changes past the API', async () => {
    const { control } = emulator;
    control.act('putScopes', { scopes: ['new:read'] });
    control.act('putRole', { tenant, role: { slug: 'editor', scopes: ['new:read'] } });
    control.act('putUser', { tenant, user: { email: 'kim@acme.example', roles: ['clerk'] } });
    control.act('deleteRole', { tenant, slug: 'clerk' });
    control.act('putTenant', { tenant: { id: '00000000-1111-4222-8333-444444444444' } });
    control.act('setCredentials', { tenant, apiKeys: ['next'] });

    expect((await ask('GET', '/v1/roles')).status).toBe(401);
    expect((await ask('GET', '/v1/roles', undefined, { ...good, 'x-api-key': 'next' })).body).toMatchObject({
      data: [{ slug: 'admin' }, { slug: 'editor', name: 'Editor', scopes: ['new:read'] }],
    });
    expect(control.state()).toMatchObject({ tenants: [{ users: [{ roles: ['editor'] }, { roles: [] }] }, {}, {}] });
    expect(() => control.act('putRole', { tenant: alex, role: {} })).toThrow(/no tenant/);
    expect(() => control.act('undo', {})).toThrow(/no action "undo"/);
  });
});
