import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ContractValidator } from '../../../test/support/contract-validator.ts';
import { VirtualClock } from '../../../test/support/virtual-clock.ts';
import { type RunningEmulator, startEmulator } from '../start.ts';

const client = { id: 'some client', secret: 'p+ss:w%rd' };
const org = '/directory/orgs/acme.test';
const seed = {
  mode: 'source',
  tokenLifetime: 60,
  clients: [client, { id: 'reader', secret: 'r', authorities: ['org.roles.list'] }],
  organizations: [
    {
      id: 'acme.test',
      roles: [
        { id: 'Editor', name: 'Editor', namespace: 'docs', description: 'Edits', stage: 'ga', permissions: ['docs.update', 'docs.get'] },
        { id: 'viewer', permissions: ['docs.get'] },
      ],
      members: ['boss'],
      assignments: [{ role: 'viewer', user: 'u1' }],
    },
    { id: 'empty.test' },
  ],
};

interface Answer<Body = Readonly<Record<string, unknown>>> {
  readonly status: number;
  /** Undefined where there is none. */
  readonly body: Body;
}

type RoleList = readonly { readonly id: string; readonly permissions: unknown }[];

let clock: VirtualClock;
let emulator: RunningEmulator;
let validator: ContractValidator;
let bearer: string;

beforeEach(async () => {
  clock = new VirtualClock();
  validator = ContractValidator.load('klustr');
  emulator = await startEmulator('klustr', {
    port: 0,
    seed,
    clock,
    onExchange: (exchange) => {
      if (exchange.operationId !== 'issueToken') validator.onExchange(exchange);
    },
  });
  bearer = String((await askToken()).body.access_token);
});

afterEach(async () => {
  await emulator.close();
  validator.assertNone();
});

async function answerOf<Body>(response: Response): Promise<Answer<Body>> {
  const text = await response.text();
  return { status: response.status, body: (text === '' ? undefined : JSON.parse(text)) as Body };
}

function basic({ id, secret } = client): Readonly<Record<string, string>> {
  const encoded = (text: string): string => new URLSearchParams({ v: text }).toString().slice(2);
  return { authorization: `Basic ${btoa(`${encoded(id)}:${encoded(secret)}`)}` };
}

async function askToken(form: Readonly<Record<string, string>> = { grant_type: 'client_credentials' }, headers = basic()): Promise<Answer> {
  return answerOf(await fetch(`${emulator.url}/hydra/oauth2/token`, { method: 'POST', headers, body: new URLSearchParams(form) }));
}

async function ask<Body = Readonly<Record<string, unknown>>>(method: string, path: string, body?: unknown): Promise<Answer<Body>> {
  return answerOf(
    await fetch(`${emulator.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    }),
  );
}

const mode = (name: 'documented' | 'source'): void => emulator.control.act('setMode', { mode: name });

describe('the token endpoint', () => {
  it('gives a token to a client that proves itself, by Basic or in the form', async () => {
    const form = { grant_type: 'client_credentials', client_id: client.id, client_secret: client.secret };

    expect(await askToken()).toMatchObject({ status: 200, body: { token_type: 'bearer', expires_in: 60 } });
    expect(await askToken(form, {})).toMatchObject({ status: 200 });
  });

  it.each([
    { reason: 'a wrong secret', headers: basic({ ...client, secret: 'x' }) },
    { reason: 'an unknown client', headers: basic({ ...client, id: 'x' }) },
    { reason: 'no client', headers: {} },
    { reason: 'Basic without a colon', headers: { authorization: `Basic ${btoa('x')}` } },
  ])('refuses $reason', async ({ headers }) => {
    expect(await askToken(undefined, headers)).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  });

  it('refuses another grant, and what is no form', async () => {
    expect(await askToken({ grant_type: 'password' })).toMatchObject({ status: 400, body: { error: 'unsupported_grant_type' } });
    const json = { method: 'POST', headers: { ...basic(), 'content-type': 'application/json' }, body: '{}' };
    expect((await fetch(`${emulator.url}/hydra/oauth2/token`, json)).status).toBe(400);
  });

  it('gives tokens that end, and that can be revoked', async () => {
    await clock.advance(59_999);
    expect((await ask('GET', `${org}/roles`)).status).toBe(200);
    await clock.advance(1);
    expect((await ask('GET', `${org}/roles`)).status).toBe(401);
    bearer = String((await askToken()).body.access_token);
    emulator.control.act('revokeTokens', {});
    expect((await ask('GET', `${org}/roles`)).status).toBe(401);
  });
});

describe('a request', () => {
  it('needs a token', async () => {
    bearer = 'unknown';

    expect(await ask('DELETE', `${org}/roles/viewer`)).toMatchObject({ status: 401 });
    expect(emulator.control.state()).toMatchObject({ organizations: [{ roles: [{ id: 'Editor' }, { id: 'viewer' }] }, {}] });
  });

  it('needs the right of its operation', async () => {
    bearer = String((await askToken(undefined, basic({ id: 'reader', secret: 'r' }))).body.access_token);

    expect((await ask('GET', `${org}/roles`)).status).toBe(200);
    expect(await ask('DELETE', `${org}/roles/viewer`)).toMatchObject({ status: 500, body: { error: 'AuthorizationDeniedException' } });
    mode('documented');
    expect((await ask('DELETE', `${org}/roles/viewer`)).status).toBe(403);
    expect((await ask('GET', `${org}/roles/permissions`)).status).toBe(200);
  });

  it.each(['{"id":', '[]', '{"id":"x","stage":"gamma"}', '{"id":"x","permissions":["a"]}', '{"id":"x","name":7}'])(
    'that can not be read is a failure of the server: %s',
    async (text) => {
      const answer = await ask('POST', `${org}/roles`, text);
      // That such requests leave the contract is the point.
      validator = ContractValidator.load('klustr');

      expect(answer).toMatchObject({ status: 500, body: { error: 'HttpMessageNotReadableException', path: `${org}/roles` } });
    },
  );
});

describe('roles', () => {
  it('are listed as they stand there, or not at all', async () => {
    const { body } = await ask('GET', `${org}/roles`);

    expect(body).toEqual([
      {
        id: 'Editor',
        name: 'Editor',
        namespace: 'docs',
        description: 'Edits',
        stage: 'ga',
        permissions: [{ scope: 'docs.update' }, { scope: 'docs.get' }],
      },
      { id: 'viewer', permissions: [{ scope: 'docs.get' }] },
    ]);
    expect(await ask('GET', '/directory/orgs/empty.test/roles')).toEqual({ status: 200, body: [] });
    expect(await ask('GET', '/directory/orgs/nobody.test/roles')).toMatchObject({
      status: 404,
      body: { error: { reason: 'Entity does not exist.' } },
    });
  });

  it('are found whatever the case of the id, with sorted scopes', async () => {
    expect((await ask('GET', `${org}/roles/EDITOR`)).body).toMatchObject({
      id: 'Editor',
      permissions: [{ scope: 'docs.get' }, { scope: 'docs.update' }],
    });
    expect((await ask('GET', `${org}/roles/nothing`)).status).toBe(404);
  });

  it('of an organization that never had one make the source fall over', async () => {
    const path = '/directory/orgs/empty.test/roles/x';

    expect(await ask('GET', path)).toMatchObject({ status: 500, body: { error: 'NullPointerException' } });
    mode('documented');
    expect((await ask('GET', path)).status).toBe(404);
  });

  it('are created as often as one likes, but not without an id', async () => {
    const role = { id: 'twice', name: 'Twice', permissions: [{ scope: 'a' }] };

    expect(await ask('POST', `${org}/roles`, role)).toEqual({ status: 200, body: role });
    await ask('POST', `${org}/roles`, role);
    expect((await ask('GET', `${org}/roles`)).body).toHaveLength(4);
    const blank = await ask('POST', `${org}/roles`, { id: ' ' });
    expect(blank).toMatchObject({ status: 404, body: { error: { reason: 'ID is not valid' } } });
  });

  it('are replaced as a whole; the source answers what was there before', async () => {
    const next = { id: 'editor', name: 'New', permissions: [] };

    expect((await ask('PUT', `${org}/roles/EDITOR`, next)).body).toMatchObject({ name: 'Editor', stage: 'ga' });
    expect((await ask('GET', `${org}/roles/editor`)).body).toEqual(next);
    mode('documented');
    expect((await ask('PUT', `${org}/roles/editor`, { ...next, name: 'Newer' })).body.name).toBe('Newer');
    expect((await ask('PUT', `${org}/roles/editor`, { ...next, id: 'viewer' })).status).toBe(400);
    expect((await ask('PUT', `${org}/roles/none`, { ...next, id: 'none' })).status).toBe(404);
  });

  it('are deleted without a word, and their assignments stay', async () => {
    expect(await ask('DELETE', `${org}/roles/VIEWER`)).toEqual({ status: 200, body: undefined });
    expect((await ask('DELETE', `${org}/roles/viewer`)).status).toBe(404);
    expect((await ask('GET', `${org}/roles/viewer/assignments`)).body.count).toBe(1);
    expect((await ask('DELETE', `${org}/roles`)).status).toBe(200);
    expect((await ask('GET', `${org}/roles`)).body).toEqual([]);
  });

  it('are generated for namespaces where they are missing', async () => {
    const resources = [{ namespace: 'User.Consent' }];

    const { body } = await ask<RoleList>('POST', `${org}/roles/generate`, { resources });

    expect(body.map(({ id }) => id)).toEqual(['user.consent.admin.role', 'user.consent.read-only.role']);
    expect(body[1]?.permissions).toEqual([{ scope: 'user.consent.get' }, { scope: 'user.consent.list' }, { scope: 'user.consent.find' }]);
    await ask('POST', `${org}/roles/generate`, { resources });
    expect((await ask('GET', `${org}/roles`)).body).toHaveLength(4);
  });

  it('make up the permissions that there are', async () => {
    expect((await ask('GET', `${org}/roles/permissions`)).body).toEqual([{ scope: 'docs.update' }, { scope: 'docs.get' }]);
  });
});

describe('assignments', () => {
  it('are given and taken one by one, as often as one likes', async () => {
    expect((await ask('POST', `${org}/users/u2/roles/editor`)).body).toEqual({
      role_id: 'Editor',
      assigned_to: 'u2',
      assignee_type: 'user',
      org_id: 'acme.test',
    });
    await ask('POST', `${org}/users/u2/roles/Editor`);
    expect((await ask('GET', `${org}/roles/editor/assignments`)).body).toMatchObject({ count: 1, limit: 1024, skip: 0 });
    expect(await ask('GET', `${org}/users/u2/roles/EDITOR/delete`)).toEqual({ status: 200, body: undefined });
    expect((await ask('GET', `${org}/users/u2/roles/EDITOR/delete`)).status).toBe(200);
    expect((await ask('GET', `${org}/roles/editor/assignments`)).body).toEqual({ count: 0, limit: 1024, skip: 0 });
    expect((await ask('POST', `${org}/users/u2/roles/none`)).status).toBe(404);
  });

  it('have pages only where they are documented', async () => {
    for (const user of ['u2', 'u3']) await ask('POST', `${org}/users/${user}/roles/viewer`);
    const path = `${org}/roles/viewer/assignments?limit=1&start=1`;

    expect((await ask('GET', path)).body.docs).toHaveLength(3);
    mode('documented');
    expect((await ask('GET', path)).body).toMatchObject({ count: 3, limit: 1, skip: 1, docs: [{ assigned_to: 'u2' }] });
  });

  it('vanish from sight in the source where the id of the role has an underscore, and two are too many for it', async () => {
    for (const id of ['a_b', 'a_b_c']) emulator.control.act('putRole', { organization: 'acme.test', role: { id } });
    emulator.control.act('assign', { organization: 'acme.test', role: 'a_b', user: 'u1' });
    expect((await ask('GET', `${org}/roles/a_b/assignments`)).body.count).toBe(0);
    emulator.control.act('assign', { organization: 'acme.test', role: 'a_b_c', user: 'u1' });
    expect((await ask('GET', `${org}/roles/viewer/assignments`)).status).toBe(500);
    mode('documented');
    expect((await ask('GET', `${org}/roles/a_b/assignments`)).body.count).toBe(1);
  });

  it('of one user are shown by namespace, and by user only where that is documented', async () => {
    expect(await ask('GET', `${org}/users/u1/roles`)).toMatchObject({ status: 500 });
    expect((await ask('GET', `${org}/users/u1/permissions/roles`)).body).toMatchObject([{ scope: { relation: 'viewer' } }]);
    mode('documented');
    expect((await ask('GET', `${org}/users/u1/roles`)).body).toMatchObject({ user_id: 'u1', roles: [{ id: 'viewer' }] });
    expect((await ask('GET', `${org}/users/u9/roles`)).status).toBe(400);
    expect((await ask('GET', `${org}/user/roles`)).status).toBe(400);
  });

  it('are cut in the source where the store gives no more at once, and those of one user are not', async () => {
    emulator.control.reset({ ...seed, relationsPage: 2 });
    bearer = String((await askToken()).body.access_token);
    for (const user of ['u2', 'u3']) emulator.control.act('assign', { organization: 'acme.test', role: 'viewer', user });
    expect((await ask('GET', `${org}/roles/viewer/assignments`)).body).toMatchObject({ count: 2, docs: [{}, {}] });
    expect((await ask('GET', `${org}/users/u3/permissions/roles`)).body).toHaveLength(1);
    mode('documented');
    expect((await ask('GET', `${org}/roles/viewer/assignments`)).body.count).toBe(3);
  });

  it('given as a list take everything else away in the source', async () => {
    mode('documented');
    await ask('POST', `${org}/users/u2/roles`, ['Editor']);
    expect((await ask('GET', `${org}/members`)).body).toEqual(['boss', 'u1', 'u2']);
    mode('source');
    await ask('POST', `${org}/users/u2/roles`, ['Editor']);
    expect((await ask('GET', `${org}/members`)).body).toEqual(['u2']);
  });
});

describe('identities', () => {
  it('are listed as a whole and found by subject id', async () => {
    emulator.control.act('putIdentity', { identity: { id: 'u1', email: 'U1@acme.test' } });
    emulator.control.act('putIdentity', { identity: { id: 'u2', email: 'u2@acme.test', state: 'inactive' } });
    expect((await ask('GET', '/identities/admin/users')).body).toMatchObject([
      { id: 'u1', state: 'active', traits: { email: 'U1@acme.test' } },
      { id: 'u2', state: 'inactive' },
    ]);
    expect((await ask('GET', '/identities/admin/users/u2')).body).toMatchObject({ id: 'u2' });
    expect((await ask('GET', '/identities/admin/users/u9')).status).toBe(500);
    const shown = emulator.control.state();
    emulator.control.reset(shown);
    expect(emulator.control.state()).toEqual(shown);
  });
});

describe('the state', () => {
  it('comes back the same when what was shown is loaded', () => {
    const shown = emulator.control.state();
    emulator.control.reset(shown);

    expect(emulator.control.state()).toEqual(shown);
  });

  it('begins with the roles that Klustr makes, where asked for', async () => {
    emulator.control.act('putOrganization', { organization: { id: 'new.test', builtInRoles: true } });

    const { body } = await ask<RoleList>('GET', '/directory/orgs/new.test/roles');

    expect(body).toHaveLength(49);
    expect(body[0]?.id).toBe('admin');
    expect(new Set(body.map(({ id }) => id)).size).toBe(49);
    emulator.control.act('deleteOrganization', { id: 'new.test' });
    expect((await ask('GET', '/directory/orgs/new.test/roles')).status).toBe(404);
  });

  it.each([
    { reason: 'an unknown field', bad: { organisations: [] }, message: /organisations/ },
    { reason: 'an unknown mode', bad: { mode: 'strict' }, message: /documented, source/ },
    { reason: 'an unknown stage', bad: { organizations: [{ id: 'x', roles: [{ id: 'y', stage: 'z' }] }] }, message: /roles\[0\]\.stage/ },
  ])('is not changed by a seed with $reason', ({ bad, message }) => {
    const shown = emulator.control.state();

    expect(() => emulator.control.reset(bad)).toThrow(message);
    expect(emulator.control.state()).toEqual(shown);
  });

  it('is changed by actions, which keep what they are not told', async () => {
    const { control } = emulator;
    control.act('putRole', { organization: 'acme.test', role: { id: 'EDITOR', name: 'E' } });
    expect((await ask('GET', `${org}/roles/editor`)).body).toMatchObject({ id: 'Editor', name: 'E', stage: 'ga', permissions: [{}, {}] });
    control.act('deleteRole', { organization: 'acme.test', id: 'editor' });
    expect((await ask('GET', `${org}/roles/editor`)).status).toBe(404);
    control.act('unassign', { organization: 'acme.test', role: 'viewer', user: 'u1' });
    expect((await ask('GET', `${org}/roles/viewer/assignments`)).body.count).toBe(0);
    control.act('setTokenLifetime', { seconds: 5 });
    expect((await askToken()).body.expires_in).toBe(5);
    control.act('putClient', { client: { ...client, secret: 'other' } });
    expect((await askToken()).status).toBe(401);
    expect(() => control.act('putRole', { organization: 'nobody.test', role: { id: 'x' } })).toThrow(/nobody\.test/);
    expect(() => control.act('explode', {})).toThrow(/putRole/);
  });
});
