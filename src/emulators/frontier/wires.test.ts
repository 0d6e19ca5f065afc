import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { basic, basicOf, FrontierRig, type FrontierVersion, ids, seed } from '../../../test/support/frontier-rig.ts';
import { startEmulator } from '../start.ts';

const versions: readonly FrontierVersion[] = ['v0.90', 'v0.99', 'v0.115'];
const connect = versions.slice(1);
const json = { 'content-type': 'application/json' };
const method = (name: string): string => `/raystack.frontier.v1beta1.FrontierService/${name}`;
const tokenPath = (version: FrontierVersion): string => (version === 'v0.90' ? '/v1beta1/auth/token' : method('AuthToken'));

let rig: FrontierRig;

afterEach(() => rig.end());

async function bearer(as: string = basic.manager): Promise<string> {
  const { body } = await rig.ask('AuthToken', { grant_type: 'client_credentials' }, as);
  return `Bearer ${body.access_token}`;
}

function claimsOf(token: string): { readonly exp: number; readonly iat: number } {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
}

describe.each(versions)('credentials, %s', (version) => {
  beforeEach(async () => {
    rig = await FrontierRig.start(version);
  });

  const status = async (as: string): Promise<number> => (await rig.ask('ListPermissions', {}, as)).status;

  it('are wanted, by Basic or as a token', async () => {
    const answer = await rig.ask('ListPermissions', {}, '');
    expect(answer).toMatchObject({
      status: 401,
      body: { code: version === 'v0.90' ? 16 : 'unauthenticated', message: 'not authenticated' },
    });
    expect(await status(basic.manager)).toBe(200);
    expect(await status(await bearer())).toBe(200);
    const { headers, token } = { headers: { authorization: '', ...json }, token: (await bearer()).slice(7) };
    const [verb, path, body] = version === 'v0.90' ? ['GET', '/v1beta1/permissions'] : ['POST', method('ListPermissions'), '{}'];
    const asHeader = { ...headers, 'x-user-token': token };
    expect((await rig.raw(verb ?? '', path ?? '', { headers: asHeader, ...(body === undefined ? {} : { body }) })).status).toBe(200);
  });

  it.each([
    { reason: 'a wrong secret', as: basicOf(ids.stranger, 'x') },
    { reason: 'an unknown id', as: basicOf('x', 's') },
    { reason: 'Basic without a colon', as: `Basic ${btoa('x')}` },
    { reason: 'id and secret as a token', as: basic.stranger.replace('Basic', 'Bearer') },
    { reason: 'a token that was not issued here', as: 'Bearer e30.e30.x' },
    { reason: 'garbage', as: '%%%' },
  ])('are refused where they are $reason', async ({ as }) => {
    expect(await status(as)).toBe(401);
  });

  it('may lack the word Basic with v0.99', async () => {
    expect(await status(basic.stranger.slice('Basic '.length))).toBe(version === 'v0.99' ? 200 : 401);
  });

  it('give a token when they stand in the header; up to v0.90 also in the body', async () => {
    const pair = { grant_type: 'client_credentials', client_id: 'manager id', client_secret: 'p+ss:w%rd' };
    const answer = await rig.ask('AuthToken', { grantType: 'client_credentials' }, basic.manager);
    expect(answer).toMatchObject({ status: 200, body: { token_type: 'Bearer' } });
    expect(Object.keys(answer.body)).toEqual(['access_token', 'token_type']);
    const { exp, iat } = claimsOf(answer.body.access_token);
    expect([iat * 1000, exp - iat]).toEqual([rig.clock.now(), 3600]);

    expect((await rig.ask('AuthToken', pair, '')).status).toBe(version === 'v0.90' ? 200 : 401);
    const headers = { 'content-type': 'application/x-www-form-urlencoded', authorization: basic.manager };
    const form = await rig.raw('POST', tokenPath(version), { headers, body: 'grant_type=client_credentials' });
    expect(form.status).toBe(400);
  });

  it('of the bootstrap account give no token from v0.115 on', async () => {
    const { status: answered } = await rig.ask('AuthToken', { grant_type: 'client_credentials' }, basic.root);
    expect(answered).toBe(version === 'v0.115' ? 500 : 200);
  });

  it('end: a token by its time or an action, a secret by another', async () => {
    const { control } = rig.emulator;
    control.act('setTokenLifetime', { seconds: 60 });
    const token = await bearer();
    control.act('setSecret', { serviceUser: 'manager id', secret: 'next' });
    expect(await status(basic.manager)).toBe(401);
    await rig.clock.advance(59_999);
    expect(await status(token)).toBe(200);
    await rig.clock.advance(1);
    expect(await status(token)).toBe(401);

    const [next, other] = [await bearer(basicOf('manager id', 'next')), await bearer(basic.stranger)];
    control.act('expireTokens', { serviceUser: ids.manager });
    expect([await status(next), await status(other)]).toEqual([401, 200]);
    control.act('deleteServiceUser', { serviceUser: ids.stranger });
    expect(await status(other)).toBe(401);
  });

  it('cost time only where a secret is checked', async () => {
    rig.emulator.control.reset({ version, ...seed, basicDelayMs: 1200 });
    const slow = rig.ask('AuthToken', { grant_type: 'client_credentials' }, basic.manager);
    while (rig.clock.pending === 0) await new Promise((resolve) => setImmediate(resolve));
    await rig.clock.advance(1200);
    const token = `Bearer ${(await slow).body.access_token}`;

    expect(await status(token)).toBe(200);
  });

  it('of an account without policies allow reading up to v0.99', async () => {
    const { status: answered } = await rig.ask('ListOrganizationRoles', { org_id: ids.acme }, basic.stranger);
    expect(answered).toBe(version === 'v0.115' ? 403 : 200);
    const body = { name: 'probe', permissions: ['compute_order_get'] };
    expect(await rig.ask('CreateOrganizationRole', { org_id: ids.acme, body }, basic.stranger)).toMatchObject({
      status: 403,
      body: { message: 'not authorized' },
    });
    expect((await rig.ask('CreateOrganizationRole', { org_id: ids.acme, body }, basic.manager)).status).toBe(200);
    expect((await rig.ask('ListOrganizationRoles', { org_id: ids.other }, basic.manager)).status).toBe(403);
  });
});

describe('REST', () => {
  beforeEach(async () => {
    rig = await FrontierRig.start('v0.90');
  });

  it('answers what is not there with JSON', async () => {
    const roles = `/v1beta1/organizations/${ids.acme}/roles`;
    expect(await rig.raw('GET', '/v1beta1/nothing')).toMatchObject({ status: 404, body: { code: 5, message: 'Not Found', details: [] } });
    expect(await rig.raw('POST', method('ListRoles'))).toMatchObject({ status: 404, body: { code: 5 } });
    expect(await rig.raw('PATCH', `${roles}/${ids.viewer}`)).toMatchObject({ status: 501, body: { code: 12 } });
    expect(await rig.raw('GET', `${roles}/`)).toMatchObject({ status: 500, body: { code: 13 } });
  });

  it('takes both spellings, ignores unknown fields, and says what it can not read', async () => {
    const policies = '/v1beta1/policies';
    expect((await rig.raw('GET', `${policies}?orgId=${ids.acme}&nonsense=1`)).body.policies).toHaveLength(3);
    const body = JSON.stringify({
      roleId: ids.viewer,
      resource: `org:${ids.acme}`,
      principal: `user:${ids.robin}`,
      nonsense: 1,
      title: null,
    });
    expect((await rig.raw('POST', policies, { headers: json, body })).body.policy.role_id).toBe(ids.viewer);
    for (const wrong of ['{"role', '[]', '{"role_id":7}']) {
      const answer = await rig.raw('POST', policies, { headers: json, body: wrong });
      expect(answer).toMatchObject({ status: 400, body: { code: 3, message: 'unexpected EOF', details: [] } });
    }
  });

  it('puts the token into a header too', async () => {
    const { headers, body } = await rig.ask('AuthToken', { grant_type: 'client_credentials' }, basic.manager);
    expect(headers.get('x-user-token')).toBe(body.access_token);
  });

  it('says which field is wrong', async () => {
    const { body } = await rig.askWrong('CreateOrganizationRole', { org_id: ids.acme, body: { name: 'probe' } });
    expect(body.message).toMatch(/^invalid CreateOrganizationRoleRequest\.Body: .+ \| caused by: .*permissions/);
  });
});

describe.each(connect)('Connect, %s', (version) => {
  beforeEach(async () => {
    rig = await FrontierRig.start(version);
  });

  it('answers what is not there in plain text', async () => {
    for (const [verb, path] of [
      ['POST', method('NoSuchMethod')],
      ['GET', '/v1beta1/permissions'],
      ['POST', '/raystack.frontier.v1beta1.FrontierService/CreatePermission'],
    ] as const) {
      const answer = await rig.raw(verb, path, { headers: json });
      expect([answer.status, answer.headers.get('content-type'), answer.text.trim()]).toEqual([
        404,
        'text/plain; charset=utf-8',
        '404 page not found',
      ]);
    }
  });

  it('has no words for a wrong method and a wrong content type', async () => {
    expect(await rig.raw('GET', method('ListRoles'))).toMatchObject({ status: 405, text: '' });
    expect(await rig.raw('POST', method('ListRoles'), { headers: { 'content-type': 'text/plain' }, body: '{}' })).toMatchObject({
      status: 415,
      text: '',
    });
  });

  it('takes both spellings, ignores unknown fields, and says what it can not read', async () => {
    const path = method('ListOrganizationRoles');
    const camel = await rig.raw('POST', path, { headers: json, body: JSON.stringify({ orgId: ids.acme, nonsense: 1, state: null }) });
    expect(camel.body.roles).toHaveLength(2);
    for (const body of ['{"org', '[]', '', '{"org_id":7}']) {
      expect(await rig.raw('POST', path, { headers: json, body })).toMatchObject({
        status: 400,
        body: { code: 'invalid_argument', message: 'unmarshal message: error not proto' },
      });
    }
  });
});

describe('the state', () => {
  it('comes back as a seed that gives the same state', async () => {
    rig = await FrontierRig.start('v0.99');
    await rig.ask('CreateOrganizationRole', { org_id: ids.acme, body: { name: 'viewer', permissions: ['compute.order.list'] } });
    const { control } = rig.emulator;
    const state = control.state();

    control.reset(state);

    expect(control.state()).toEqual(state);
    expect(rig.role(ids.viewer).effective).toEqual(['compute_order_get', 'compute_order_list']);
  });

  it('is changed past the API', async () => {
    rig = await FrontierRig.start('v0.115');
    const { control } = rig.emulator;
    const organization = 'acme';
    const act = (action: string, args: object): void => control.act(action, args);

    act('putPermissions', { permissions: ['compute.disk.get'] });
    act('putRole', { organization, role: { name: 'editor', permissions: ['compute.disk.get', 'compute_order_get'] } });
    act('putRole', { organization, role: { id: ids.viewer, title: 'Seen' } });
    act('putRole', { organization, role: { name: 'new', permissions: ['compute_disk_get'], effective: [] } });
    expect(rig.role(ids.editor)).toMatchObject({ effective: ['compute_disk_get', 'compute_order_get'] });
    expect(rig.role(ids.viewer)).toMatchObject({ title: 'Seen', permissions: ['compute_order_get'], effective: ['compute_order_get'] });
    act('deletePermission', { key: 'compute.disk.get' });
    expect(rig.role(ids.editor)).toMatchObject({ permissions: ['compute_order_get'], effective: ['compute_order_get'] });

    act('putUser', { user: { email: 'new@acme.test' } });
    act('putGroup', { organization, group: { name: 'team', members: ['new@acme.test', 'alex'] } });
    act('putPolicy', { policy: { organization, role: 'viewer', principal: `app/group:${ids.team}` } });
    expect((await rig.ask('GetUser', { id: 'new@acme.test' })).status).toBe(200);
    act('deleteRole', { organization, role: 'viewer' });
    act('deleteRole', { organization, role: 'viewer' });
    act('deleteUser', { user: 'new@acme.test' });
    expect((await rig.ask('ListPolicies', { org_id: ids.acme })).body.policies).toHaveLength(3);
    const [policy] = (await rig.ask('ListPolicies', { org_id: ids.acme, user_id: ids.alex })).body.policies;
    act('deletePolicy', { id: policy.id });
    expect((await rig.ask('GetPolicy', { id: policy.id })).status).toBe(404);
    act('putOrganization', { organization: { name: 'fresh', roles: [{ name: 'first', permissions: [] }] } });
    expect((await rig.ask('GetOrganization', { id: 'fresh' })).body.organization.name).toBe('fresh');
    act('deleteOrganization', { organization });
    expect((await rig.ask('GetOrganization', { id: 'acme' })).status).toBe(404);
    expect(() => act('makeCoffee', {})).toThrow(/putRole/);
  });

  it('is served as another release after an upgrade', async () => {
    rig = await FrontierRig.start('v0.115');
    rig.emulator.control.act('setVersion', { version: 'v0.90' });

    expect((await rig.raw('GET', '/v1beta1/permissions')).status).toBe(200);
    expect((await rig.raw('POST', method('ListPermissions'), { headers: json, body: '{}' })).body).toMatchObject({ code: 5 });
  });

  it.each([
    { reason: 'an unknown version', part: { version: 'v1' } },
    { reason: 'an id that is no uuid', part: { organizations: [{ id: 'acme', name: 'acme' }] } },
    { reason: 'a key of two parts', part: { permissions: ['order.get'] } },
    { reason: 'a role that is not there', part: { policies: [{ organization: 'acme', role: 'x', principal: 'user:alex' }] } },
    { reason: 'a principal of no type', part: { policies: [{ organization: 'acme', role: 'viewer', principal: 'alex' }] } },
    { reason: 'an unknown organization', part: { serviceUsers: [{ organization: 'x', secret: 's' }] } },
  ])('refuses $reason', async ({ part }) => {
    rig = await FrontierRig.start('v0.115');
    const before = rig.emulator.control.state();

    expect(() => rig.emulator.control.reset({ ...seed, ...part })).toThrow(expect.objectContaining({ name: 'SeedError' }));

    expect(rig.emulator.control.state()).toEqual(before);
  });

  it('begins with an example that works', async () => {
    rig = await FrontierRig.start('v0.115');
    const emulator = await startEmulator('frontier', { port: 0 });
    const authorization = basicOf('8f0a0c6e-4f6b-4a51-9d0e-6a2f3b7c5d01', 'emulated-secret');

    const body = JSON.stringify({ org_id: '8f0a0c6e-4f6b-4a51-9d0e-6a2f3b7c1d01' });
    const response = await fetch(`${emulator.url}${method('ListOrganizationRoles')}`, {
      method: 'POST',
      headers: { ...json, authorization },
      body,
    });

    expect(await response.json()).toMatchObject({ roles: [{ name: 'order-viewer' }] });
    await emulator.close();
  });
});

describe('faults', () => {
  it.each(versions)('answer in the words of the wire and damage its lists, %s', async (version) => {
    rig = await FrontierRig.start(version);
    const { control } = rig.emulator;
    const list = () => rig.ask('ListOrganizationRoles', { org_id: ids.acme });
    control.inject(
      { kind: 'status', status: 409 },
      { kind: 'truncateList', keep: 1 },
      { kind: 'emptyList' },
      { kind: 'wrongShape' },
      { kind: 'status', status: 502 },
    );

    expect((await list()).body.code).toBe(version === 'v0.90' ? 6 : 'already_exists');
    expect((await list()).body.roles).toMatchObject([{ name: 'viewer' }]);
    expect((await list()).body).toEqual(version === 'v0.90' ? { roles: [] } : {});
    expect((await list()).body).toEqual({ roles: [{}, {}] });
    expect(await list()).toMatchObject({ status: 502, body: { code: version === 'v0.90' ? 13 : 'internal' } });
  });
});
