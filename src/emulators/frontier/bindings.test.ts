import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { basic, FrontierRig, type FrontierVersion, ids } from '../../../test/support/frontier-rig.ts';

const versions: readonly FrontierVersion[] = ['v0.90', 'v0.99', 'v0.115'];
const resource = `app/organization:${ids.acme}`;

let rig: FrontierRig;

afterEach(() => rig.end());

describe.each(versions)('policies, %s', (version) => {
  const onREST = version === 'v0.90';
  const binding = { role_id: ids.viewer, resource, principal: `app/user:${ids.robin}` };
  const bind = (changes: object = {}) => rig.ask('CreatePolicy', { body: { ...binding, ...changes } }, basic.manager);
  const list = async (filter: object = {}) => {
    const { body } = await rig.ask('ListPolicies', { org_id: ids.acme, ...filter }, basic.manager);
    return (body.policies ?? []) as readonly { id: string; principal: string }[];
  };

  beforeEach(async () => {
    rig = await FrontierRig.start(version);
  });

  it('are one for each triple, whatever short names it is given by', async () => {
    const first = await bind({ metadata: { owner: 'rolekeeper' } });

    expect(first).toMatchObject({ status: 200, body: { policy: { ...binding, metadata: { owner: 'rolekeeper' } } } });
    const again = await bind({ resource: `org:${ids.acme}`, principal: `user:${ids.robin}` });
    expect(again.body.policy.id).toBe(first.body.policy.id);
    expect(again.body.policy).toMatchObject(binding);
  });

  it('come back without dates and metadata', async () => {
    const { id } = (await bind({ metadata: { owner: 'rolekeeper' } })).body.policy;

    const shown = (await rig.ask('GetPolicy', { id }, basic.manager)).body.policy;

    expect(shown).toEqual(onREST ? { id, ...binding, title: '' } : { id, ...binding });
    expect(await list({ user_id: ids.robin })).toEqual([shown]);
  });

  it.each([
    { reason: 'a user that does not exist', changes: { principal: `app/user:${ids.nobody}` } },
    { reason: 'a group', changes: { principal: `group:${ids.team}` } },
    { reason: 'a role of another organization', changes: { role_id: ids.foreign } },
    { reason: 'a role of the platform by name', changes: { role_id: 'app_organization_viewer' } },
  ])('are made for $reason', async ({ changes }) => {
    expect((await bind(changes)).status).toBe(200);
  });

  it.each([
    { reason: 'an unknown role', changes: { role_id: ids.nobody }, status: 500 },
    { reason: 'a role of the organization by name', changes: { role_id: 'viewer' }, status: 500 },
    { reason: 'an email', changes: { principal: 'app/user:robin@acme.test' }, status: 500 },
    { reason: 'an unknown type of principal', changes: { principal: `app/robot:${ids.robin}` }, status: 400 },
    { reason: 'a principal without a type', changes: { principal: ids.robin }, status: onREST ? 500 : 400 },
    { reason: 'a resource without a type', changes: { resource: ids.acme }, status: 500 },
    { reason: 'an unknown organization', changes: { resource: `app/organization:${ids.nobody}` }, status: 403 },
    { reason: 'an organization without a right on it', changes: { resource: `app/organization:${ids.other}` }, status: 403 },
  ])('are not made for $reason', async ({ changes, status }) => {
    expect((await rig.askWrong('CreatePolicy', { body: { ...binding, ...changes } }, basic.manager)).status).toBe(status);
    expect(await list()).toHaveLength(3);
  });

  it('are found by filters that narrow each other down; what is unknown finds none', async () => {
    await bind();
    await bind({ principal: `app/group:${ids.team}` });
    await bind({ role_id: ids.editor });

    expect(await list({ role_id: ids.viewer })).toHaveLength(2);
    expect(await list({ role_id: ids.viewer, user_id: ids.robin })).toHaveLength(1);
    expect(await list({ user_id: 'ROBIN@acme.test' })).toHaveLength(2);
    expect(await list({ user_id: ids.team })).toMatchObject([{ principal: `app/group:${ids.team}` }]);
    expect(await list({ group_id: ids.team })).toEqual([]);
    expect(await list({ role_id: ids.nobody })).toEqual([]);
  });

  it('of no organization in particular are for superusers, except one’s own', async () => {
    expect((await rig.ask('ListPolicies', {}, basic.manager)).status).toBe(403);
    expect((await rig.ask('ListPolicies', { user_id: ids.manager }, basic.manager)).body.policies).toHaveLength(2);
    expect((await rig.ask('ListPolicies')).body.policies).toHaveLength(3);
    expect((await rig.ask('ListPolicies', { org_id: ids.nobody })).status).toBe(403);
  });

  it('are set past the API for one principal, and keep their ids where they stay', async () => {
    const { id } = (await bind()).body.policy;
    rig.emulator.control.act('setHolding', { organization: 'acme', principal: 'user:robin@acme.test', roles: ['viewer', 'editor'] });

    expect(await list({ user_id: ids.robin })).toMatchObject([{ id }, { role_id: ids.editor }]);
    rig.emulator.control.act('setHolding', { organization: 'acme', principal: `app/user:${ids.robin}`, roles: [] });
    expect(await list({ user_id: ids.robin })).toEqual([]);
    expect(await list()).toHaveLength(3);
    expect(() => rig.emulator.control.act('setHolding', { organization: 'acme', principal: 'robin', roles: [] })).toThrow(/app\/user/);
  });

  it('are deleted once', async () => {
    const { id } = (await bind()).body.policy;
    expect((await rig.ask('DeletePolicy', { id }, basic.stranger)).status).toBe(403);
    expect(await rig.ask('DeletePolicy', { id }, basic.manager)).toMatchObject({ status: 200, body: {} });
    expect((await rig.ask('DeletePolicy', { id }, basic.manager)).status).toBe(404);
    expect((await rig.askWrong('DeletePolicy', { id: 'x' }, basic.manager)).status).toBe(404);
  });
});

describe.each(versions)('the directory, %s', (version) => {
  beforeEach(async () => {
    rig = await FrontierRig.start(version);
  });

  it('resolves an organization by name or uuid', async () => {
    for (const id of ['acme', ids.acme]) {
      const { body } = await rig.ask('GetOrganization', { id }, basic.manager);
      expect(body.organization).toMatchObject({ id: ids.acme, name: 'acme', title: 'Acme' });
    }
    expect((await rig.ask('GetOrganization', { id: 'nobody' })).status).toBe(404);
    expect((await rig.ask('GetOrganization', { id: ids.nobody })).status).toBe(403);
  });

  it('shows a user to superusers, and is not available to others', async () => {
    for (const id of [ids.alex, 'ALEX@acme.test', 'alex']) {
      expect((await rig.ask('GetUser', { id })).body.user).toMatchObject({ id: ids.alex, email: 'Alex@acme.test' });
    }
    expect((await rig.ask('GetUser', { id: 'nobody' })).status).toBe(404);
    expect(await rig.ask('GetUser', { id: 'alex' }, basic.manager)).toMatchObject({
      status: 503,
      body: { code: version === 'v0.90' ? 14 : 'unavailable', message: 'function not available at the moment' },
    });
  });

  it('lists users in pages, to everybody up to v0.99', async () => {
    expect((await rig.ask('ListUsers', {}, basic.stranger)).status).toBe(version === 'v0.115' ? 403 : 200);
    expect((await rig.ask('ListUsers', { keyword: 'ALEX' })).body).toMatchObject({ count: 1, users: [{ id: ids.alex }] });
    expect((await rig.ask('ListUsers', { page_size: 1, page_num: 2 })).body).toMatchObject({ count: 1, users: [{ id: ids.robin }] });
    const past = await rig.ask('ListUsers', { page_size: 1, page_num: 3 });
    expect(past.body).toEqual(version === 'v0.90' ? { count: 0, users: [] } : {});
    expect((await rig.ask('ListUsers', { org_id: ids.acme })).body.users).toMatchObject([{ id: ids.alex }]);
    expect((await rig.ask('ListUsers', { group_id: ids.team })).body.users).toMatchObject([{ id: ids.robin }]);
  });

  it('lists members with their roles, without their dates', async () => {
    const { act } = rig.emulator.control;
    act.call(rig.emulator.control, 'putPolicy', { policy: { organization: 'acme', role: 'viewer', principal: 'user:robin@acme.test' } });

    const { body } = await rig.ask('ListOrganizationUsers', { id: ids.acme }, basic.manager);

    expect(body.users).toMatchObject([{ id: ids.alex, created_at: '0001-01-01T00:00:00Z' }, { id: ids.robin }]);
    expect(body.role_pairs[1]).toMatchObject({ user_id: ids.robin, roles: [{ id: ids.viewer }] });
    const held = await rig.ask('ListOrganizationUsers', { id: ids.acme, role_ids: [ids.viewer] }, basic.manager);
    expect(held.body.users).toHaveLength(1);
  });

  it('lists groups to those who may, and service users to members', async () => {
    expect((await rig.ask('ListOrganizationGroups', { org_id: ids.acme }, basic.manager)).status).toBe(403);
    const { body } = await rig.ask('ListOrganizationGroups', { org_id: ids.acme, with_members: true, with_member_count: true });
    expect(body.groups).toMatchObject([{ id: ids.team, name: 'team', members_count: 1, users: [{ id: ids.robin }] }]);
    const plain = await rig.ask('ListOrganizationGroups', { org_id: ids.acme });
    expect(plain.body.groups[0].users ?? []).toEqual([]);
  });
});

describe('service users', () => {
  it('are listed over REST', async () => {
    rig = await FrontierRig.start('v0.90');

    const { body } = await rig.ask('ListOrganizationServiceUsers', { id: ids.acme }, basic.manager);

    expect(body.serviceusers).toMatchObject([{ id: ids.manager, title: 'manager', org_id: ids.acme }, { id: ids.stranger }]);
  });

  it.each(['ListServiceUsers', 'ListOrganizationServiceUsers'])('are listed over Connect by %s', async (method) => {
    rig = await FrontierRig.start('v0.99');

    const { body } = await rig.raw('POST', `/raystack.frontier.v1beta1.FrontierService/${method}`, {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(method === 'ListServiceUsers' ? { orgId: 'acme' } : { id: ids.acme }),
    });

    expect(body.serviceusers).toHaveLength(2);
  });
});

describe('members over REST', () => {
  beforeEach(async () => {
    rig = await FrontierRig.start('v0.90');
  });

  it('are added as viewers and removed with everything', async () => {
    expect((await rig.ask('AddOrganizationUsers', { id: ids.acme, user_ids: [ids.robin] }, basic.manager)).status).toBe(403);
    expect((await rig.ask('AddOrganizationUsers', { id: ids.acme, user_ids: [ids.robin] })).status).toBe(200);
    const { body } = await rig.ask('ListOrganizationUsers', { id: ids.acme, permission_filter: 'app_organization_get' });
    expect(body.users).toMatchObject([{ id: ids.robin }]);
    expect((await rig.ask('ListOrganizationUsers', { id: ids.acme, with_roles: false })).body.role_pairs).toEqual([]);
    expect((await rig.ask('RemoveOrganizationUser', { id: ids.acme, user_id: ids.robin })).status).toBe(200);
    expect((await rig.ask('ListOrganizationUsers', { id: ids.acme })).body.users).toMatchObject([{ id: ids.alex }]);
  });
});
