import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../test/support/virtual-clock.ts';
import { systemClock } from '../../lib/index.ts';
import { SeedError } from '../seed-reader.ts';
import { type RunningEmulator, startEmulator } from '../start.ts';

const key = { id: 'AKIATEST', secret: 'test-secret' };
const clock = new VirtualClock();
const seed = {
  accessKeys: [key],
  partners: [{ id: 'partner', secret: 'partner-secret' }],
  permissions: ['users:read'],
  organizations: [
    {
      id: 'org_1',
      roles: [{ slug: 'org-a', name: 'A', permissions: ['users:read'] }, { slug: 'org-b' }],
      members: [{ user: 'user_1', roles: ['org-a'] }],
    },
  ],
};

let emulator: RunningEmulator;

beforeEach(() => start(seed));
afterEach(() => emulator.close());

async function start(state: object): Promise<void> {
  emulator = await startEmulator('karmo', { port: 0, seed: state, clock: { ...systemClock, now: () => clock.now() } });
}

async function restart(state: object): Promise<void> {
  await emulator.close();
  await start({ ...seed, ...state });
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

async function call(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const response = await fetch(`${emulator.url}${path}`, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

async function requestToken(body?: object, dateMs = clock.now()): Promise<Answer> {
  const url = new URL(`${emulator.url}/auth/token`);
  const credentials = { accessKeyId: key.id, secretAccessKey: key.secret };
  const signer = new SignatureV4({ region: 'us-east-1', service: 'execute-api', credentials, sha256: Sha256 });
  const { headers } = await signer.sign(
    {
      method: 'POST',
      protocol: 'http:',
      hostname: url.hostname,
      path: url.pathname,
      query: {},
      headers: { host: url.host },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    },
    { signingDate: new Date(dateMs) },
  );
  const { host: _host, ...rest } = headers;
  return call('POST', '/auth/token', body, rest);
}

async function authorized(): Promise<Readonly<Record<string, string>>> {
  const { body } = await requestToken();
  return { authorization: `Bearer ${(body as { readonly access_token: string }).access_token}` };
}

describe('tokens', () => {
  it('are JSON web tokens for services, good for 15 minutes', async () => {
    const { status, body } = await requestToken();

    expect(status).toBe(200);
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 900 });
    const [header, claims] = (body as { readonly access_token: string }).access_token
      .split('.')
      .slice(0, 2)
      .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as object);
    expect(header).toEqual({ alg: 'RS256', typ: 'JWT' });
    const iat = Math.floor(clock.now() / 1000);
    expect(claims).toMatchObject({ aud: 'pouch-services', sub: 'AKIATEST', iat, exp: iat + 900 });
  });

  it('are given to nobody without a signature, or with a signature of another time', async () => {
    expect((await call('POST', '/auth/token')).status).toBe(401);
    expect((await call('POST', '/auth/token', undefined, { authorization: 'Bearer x' })).status).toBe(403);
    expect((await requestToken(undefined, clock.now() - 300_001)).status).toBe(403);
    expect((await requestToken(undefined, clock.now() - 299_000)).status).toBe(200);
  });

  it('are asked for by every other operation, until they end', async () => {
    const headers = await authorized();
    expect((await call('GET', '/organizations/org_1/users')).status).toBe(401);
    expect((await call('GET', '/organizations/org_1/users', undefined, headers)).status).toBe(200);
    const other = { authorization: `${headers.authorization?.slice(0, -4)}AAAA` };
    expect((await call('GET', '/organizations/org_1/users', undefined, other)).status).toBe(401);
    await clock.advance(900_000);

    expect(await call('GET', '/organizations/org_1/users', undefined, headers)).toMatchObject({ status: 401, body: { code: '10000401' } });
  });

  it('are refused once they are revoked, or with the state that issued them', async () => {
    const headers = await authorized();
    emulator.control.act('revokeTokens', {});
    expect((await call('GET', '/organizations/org_1/users', undefined, headers)).status).toBe(401);
    const others = await authorized();
    emulator.control.reset(seed);

    expect((await call('GET', '/organizations/org_1/users', undefined, others)).status).toBe(401);
  });

  it('of partners are for another audience', async () => {
    const { body } = await requestToken({ grant_type: 'client_credentials', client_id: 'partner', client_secret: 'partner-secret' });
    expect(body).toMatchObject({ expires_in: 3600 });
    const headers = { authorization: `Bearer ${(body as { readonly access_token: string }).access_token}` };

    expect((await call('GET', '/organizations/org_1/users', undefined, headers)).status).toBe(401);
    expect((await requestToken({ grant_type: 'client_credentials', client_id: 'partner', client_secret: 'x' })).status).toBe(401);
    expect((await requestToken({ grant_type: 'password' })).status).toBe(400);
  });
});

describe('without authentication', () => {
  const put = (path: string, body: unknown): Promise<Answer> => call('PUT', path, body);
  const organizationOf = () => (emulator.control.state() as unknown as { readonly organizations: readonly object[] }).organizations[0];
  const permissionsOf = () => (emulator.control.state() as unknown as { readonly permissions: readonly string[] }).permissions;

  beforeEach(() => restart({ authentication: 'none' }));

  it('a role is made, renamed and keeps its id and its permissions', async () => {
    const made = await put('/organizations/org_1/roles/org-new', { name: 'New' });
    expect(made).toMatchObject({ status: 200, body: { id: expect.stringMatching(/^role_/) } });
    await put('/organizations/org_1/roles/org-new/permissions', { permissions: ['a'] });

    expect(await put('/organizations/org_1/roles/org-new', { name: 'Newer' })).toEqual(made);
    expect(organizationOf()).toMatchObject({ roles: [{}, {}, { slug: 'org-new', name: 'Newer', permissions: ['a'] }] });
  });

  it('a permission set is replaced, and what is unknown comes to exist', async () => {
    const answer = await put('/organizations/org_1/roles/org-a/permissions', { permissions: ['typo:raed', 'x*', 'typo:raed'] });

    expect(answer).toEqual({ status: 204, body: undefined });
    expect(permissionsOf()).toEqual(['typo:raed', 'users:read', 'x*']);
    expect(organizationOf()).toMatchObject({ roles: [{ slug: 'org-a', permissions: ['typo:raed', 'x*'] }, {}] });
  });

  const refusals: readonly { reason: string; path: string; body: unknown; status: number; pointer?: string }[] = [
    { reason: 'an unknown organization', path: '/organizations/org_x/roles/org-a', body: { name: 'A' }, status: 404 },
    { reason: 'an unknown role', path: '/organizations/org_1/roles/org-x/permissions', body: { permissions: [] }, status: 404 },
    {
      reason: 'a slug without its prefix',
      path: '/organizations/org_1/roles/admin',
      body: { name: 'A' },
      status: 400,
      pointer: '/roleSlug',
    },
    { reason: 'no name', path: '/organizations/org_1/roles/org-a', body: {}, status: 400, pointer: '/name' },
    { reason: 'a name that is a number', path: '/organizations/org_1/roles/org-a', body: { name: 7 }, status: 400, pointer: '/name' },
    { reason: 'no body', path: '/organizations/org_1/roles/org-a', body: [], status: 400 },
    {
      reason: 'a permission with capitals',
      path: '/organizations/org_1/roles/org-a/permissions',
      body: { permissions: ['a', 'B'] },
      status: 400,
      pointer: '/permissions/1',
    },
    {
      reason: 'no list',
      path: '/organizations/org_1/roles/org-a/permissions',
      body: { permissions: 'a' },
      status: 400,
      pointer: '/permissions',
    },
    {
      reason: 'a role outside of its set',
      path: '/organizations/org_1/users/user_1',
      body: { roles: ['org-a'], roleSet: ['org-b'] },
      status: 422,
      pointer: '/roles/0',
    },
    {
      reason: 'a role that the organization does not have',
      path: '/organizations/org_1/users/user_1',
      body: { roles: ['org-x'], roleSet: ['org-x'] },
      status: 422,
      pointer: '/roles/0',
    },
    { reason: 'an unknown user', path: '/organizations/org_1/users/user_x', body: { roles: [], roleSet: [] }, status: 404 },
  ];
  it.each(refusals)('refuses $reason and changes nothing', async ({ path, body, status, pointer }) => {
    const before = emulator.control.state();

    const answer = await put(path, body);

    expect(answer).toMatchObject({ status, body: { code: `10000${status}`, metadata: expect.any(Object) } });
    if (pointer !== undefined) expect(answer.body).toMatchObject({ errors: [{ pointer, detail: expect.any(String) }] });
    expect(emulator.control.state()).toEqual(before);
  });

  it('nobody is told of roles', async () => {
    expect((await call('GET', '/organizations/org_1/roles/org-a')).status).toBe(404);
    expect((await call('DELETE', '/organizations/org_1/roles/org-a')).status).toBe(404);
  });

  it('an access provider that is not configured answers every operation', async () => {
    emulator.control.act('setConfigured', { configured: false });

    expect(await put('/organizations/org_1/roles/org-a', { name: 'A' })).toMatchObject({ status: 503, body: { code: '10000503' } });
    expect((await call('POST', '/auth/token')).status).toBe(200);
  });

  describe('users', () => {
    const ids = Array.from({ length: 7 }, (_, number) => `user_${number}`);
    const page = async (query: string): Promise<{ users: readonly string[]; pagination: Readonly<Record<string, unknown>> }> => {
      const { body } = await call('GET', `/organizations/org_many/users?${query}`);
      const { users, pagination } = body as { users: readonly { id: string }[]; pagination: Readonly<Record<string, unknown>> };
      return { users: users.map(({ id }) => id), pagination };
    };

    beforeEach(() => emulator.control.act('putOrganization', { organization: { id: 'org_many', members: ids.map((user) => ({ user })) } }));

    it('come in pages, forwards and backwards', async () => {
      const first = await page('limit=3');
      expect(first).toMatchObject({ users: ids.slice(0, 3), pagination: { hasNextPage: true, hasPreviousPage: false } });
      const second = await page(`limit=3&after=${String(first.pagination.nextCursor)}`);
      expect(second).toMatchObject({ users: ids.slice(3, 6), pagination: { hasNextPage: true, hasPreviousPage: true } });
      const last = await page(`limit=3&after=${String(second.pagination.nextCursor)}`);
      expect(last).toMatchObject({ users: ids.slice(6), pagination: { hasNextPage: false } });
      expect(last.pagination).not.toHaveProperty('nextCursor');

      const back = await page(`limit=2&before=${String(last.pagination.previousCursor)}`);
      expect(back).toMatchObject({ users: ids.slice(4, 6), pagination: { hasNextPage: true, hasPreviousPage: true } });
      expect((await page('')).users).toEqual(ids);
    });

    it.each(['limit=0', 'limit=101', 'limit=x', 'after=bogus', 'before=bogus', 'before=a&after=b'])('are refused for %s', async (query) => {
      expect((await call('GET', `/organizations/org_many/users?${query}`)).status).toBe(400);
    });

    it('are created once, and with what can be checked', async () => {
      expect((await call('POST', '/users', { email: 'a@b.example', mobileNumber: '+61412345678' })).status).toBe(201);
      expect((await call('POST', '/users', { email: 'A@b.example' })).status).toBe(409);
      expect((await call('POST', '/users', { email: 'nobody' })).body).toMatchObject({ errors: [{ pointer: '/email' }] });
      expect((await call('POST', '/users', { email: 'c@d.example', mobileNumber: '0412' })).body).toMatchObject({
        errors: [{ pointer: '/mobileNumber' }],
      });
    });
  });

  it('a membership that was ended past the API is made anew', async () => {
    emulator.control.act('deleteMember', { organization: 'org_1', user: 'user_1' });
    expect(organizationOf()).toMatchObject({ members: [] });

    expect((await put('/organizations/org_1/users/user_1', { roles: ['org-b'], roleSet: ['org-b'] })).body).toMatchObject({
      roles: ['org-b'],
    });
  });

  it('a member who loses the last role gets the one that everybody has', async () => {
    const answer = await put('/organizations/org_1/users/user_1', { roles: [], roleSet: ['org-a'] });

    expect(answer.body).toEqual({ tenantId: 'org_1', userId: 'user_1', roles: ['member'], status: 'active' });
  });
});

describe('the state', () => {
  it('can be loaded again as it was dumped', () => {
    const dumped = emulator.control.state();
    emulator.control.reset(dumped);

    expect(emulator.control.state()).toEqual(dumped);
  });

  it.each([
    { reason: 'a field that nobody knows', state: { tenants: [] } },
    { reason: 'an operation without a method', state: { operations: { upsertRole: '/roles' } } },
    { reason: 'an operation that there is not', state: { operations: { deleteRole: 'DELETE /roles' } } },
    { reason: 'other paths than it was started with', state: { operations: { upsertRole: 'POST /roles' } } },
    {
      reason: 'a member with a role that there is not',
      state: { organizations: [{ id: 'o', members: [{ user: 'u', roles: ['org-x'] }] }] },
    },
    { reason: 'another way to authenticate', state: { authentication: 'basic' } },
  ])('is refused for $reason, and stays', ({ state }) => {
    const before = emulator.control.state();

    expect(() => emulator.control.reset(state)).toThrow(SeedError);
    expect(emulator.control.state()).toEqual(before);
  });

  it('knows no other actions', () => {
    expect(() => emulator.control.act('sing', {})).toThrow(SeedError);
    expect(() => emulator.control.act('putRole', { organization: 'org_x', role: { slug: 'org-a' } })).toThrow(SeedError);
  });
});
