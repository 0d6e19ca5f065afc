import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { basic, FrontierRig, type FrontierVersion, ids } from '../../../test/support/frontier-rig.ts';
import { overlappingWrites } from '../index.ts';

const versions: readonly FrontierVersion[] = ['v0.90', 'v0.99', 'v0.115'];
const connect = versions.slice(1);
const base = { org_id: ids.acme };

let rig: FrontierRig;

async function start(version: FrontierVersion): Promise<void> {
  rig = await FrontierRig.start(version);
}

afterEach(() => rig.end());

const refusal = (version: FrontierVersion, status: number, number: number, code: string) =>
  ({ status, body: { code: version === 'v0.90' ? number : code } }) as const;

describe.each(versions)('roles of an organization, %s', (version) => {
  beforeEach(() => start(version));

  const refused = (status: number, number: number, code: string) => refusal(version, status, number, code);
  const content = { name: 'probe', title: 'Probe', permissions: ['compute.order.get', 'compute.order.update'], metadata: { team: 'y' } };
  const orgName = version === 'v0.90' ? {} : { org_name: 'Acme' };

  it('are listed without those of the platform and of others', async () => {
    const { status, body } = await rig.ask('ListOrganizationRoles', base);

    expect(status).toBe(200);
    expect(body.roles.map(({ name }: { name: string }) => name)).toEqual(['viewer', 'editor']);
    const own = {
      id: ids.viewer,
      name: 'viewer',
      title: 'Viewer',
      permissions: ['compute_order_get'],
      scopes: ['app/organization'],
      metadata: { team: 'x' },
      org_id: ids.acme,
      created_at: '2026-01-01T00:00:00.000Z',
      updated_at: '2026-01-01T00:00:00.000Z',
    };
    expect(body.roles[0]).toEqual(version === 'v0.90' ? { ...own, state: '' } : own);
    expect((await rig.ask('GetOrganizationRole', { ...base, id: ids.viewer })).body.role).toEqual(body.roles[0]);
  });

  it('are filtered by scopes, and a list without entries is as each wire has it', async () => {
    expect((await rig.ask('ListOrganizationRoles', { ...base, scopes: ['app/group', 'app/organization'] })).body.roles).toHaveLength(1);
    const empty = await rig.ask('ListOrganizationRoles', { ...base, scopes: ['app/group'] });
    expect(empty.body).toEqual(version === 'v0.90' ? { roles: [] } : {});
  });

  it('are created, with permissions as slugs and scopes in small letters', async () => {
    const { status, body } = await rig.ask('CreateOrganizationRole', { ...base, body: { ...content, scopes: ['App/Organization'] } });

    expect(status).toBe(200);
    expect(body.role).toMatchObject({
      name: 'probe',
      permissions: ['compute_order_get', 'compute_order_update'],
      scopes: ['app/organization'],
    });
    expect(body.role.metadata).toEqual({ team: 'y', ...orgName });
    expect((await rig.ask('GetOrganizationRole', { ...base, id: body.role.id })).body.role).toEqual(body.role);
    expect((await rig.ask('ListOrganizationRoles', { org_id: ids.other })).body.roles).toHaveLength(1);
  });

  it('take any spelling of a permission, in order and twice', async () => {
    const { permissions: catalogue } = (await rig.ask('ListPermissions')).body;
    const { id } = catalogue.find(({ key }: { key: string }) => key === 'compute.order.get');
    const permissions = ['compute/order:list', 'compute.order.get', 'compute_order_get', 'compute/order#get', id];

    const { body } = await rig.ask('CreateOrganizationRole', { ...base, body: { ...content, permissions } });

    expect(body.role.permissions).toEqual(['compute_order_list', ...Array(4).fill('compute_order_get')]);
  });

  it('are taken over by a creation: the old permissions stay in force until an update', async () => {
    await rig.clock.advance(5000);
    const body = { name: 'viewer', permissions: ['compute_order_list'] };

    const over = await rig.ask('CreateOrganizationRole', { ...base, body });

    expect(over).toMatchObject({ status: 200, body: { role: { id: ids.viewer, permissions: ['compute_order_list'] } } });
    expect(over.body.role.updated_at).toBe('2026-01-01T00:00:00.000Z');
    expect(rig.role(ids.viewer)).toMatchObject({ title: '', scopes: [], metadata: orgName });
    expect(rig.role(ids.viewer).effective).toEqual(['compute_order_get', 'compute_order_list']);
    const updated = await rig.ask('UpdateOrganizationRole', { ...base, id: ids.viewer, body });
    expect(updated.body.role.updated_at).toBe('2030-01-01T00:00:05.000Z');
    expect(rig.role(ids.viewer).effective).toEqual(['compute_order_list']);
  });

  it('are replaced by an update: what is left out is cleared', async () => {
    const body = { name: 'renamed', permissions: ['compute_order_list', 'compute_order_list'] };

    expect((await rig.ask('UpdateOrganizationRole', { ...base, id: ids.viewer, body })).status).toBe(200);

    expect(rig.role(ids.viewer)).toMatchObject({ name: 'renamed', title: '', scopes: [], metadata: orgName });
    expect(rig.role(ids.viewer).permissions).toEqual(['compute_order_list', 'compute_order_list']);
    expect(rig.role(ids.viewer).effective).toEqual(['compute_order_list']);
  });

  it('refuse a permission that is not in the catalogue, each write in its own way, and nothing changes', async () => {
    const before = rig.emulator.control.state();
    const body = { name: 'viewer', permissions: ['compute_order_get', 'compute_order_nothing'] };

    const created = await rig.ask('CreateOrganizationRole', { ...base, body });
    const updated = await rig.ask('UpdateOrganizationRole', { ...base, id: ids.viewer, body });

    expect(created).toMatchObject({ ...refused(400, 3, 'invalid_argument'), body: { message: 'invalid syntax in body' } });
    expect(updated).toMatchObject({ ...refused(500, 13, 'internal'), body: { message: 'internal server error' } });
    expect(rig.emulator.control.state()).toEqual(before);
  });

  it.each([
    { reason: 'no name', body: { permissions: ['compute_order_get'] } },
    { reason: 'a name of one letter', body: { ...content, name: 'p' } },
    { reason: 'a name with a dot', body: { ...content, name: 'a.b' } },
    { reason: 'no permissions', body: { name: 'probe' } },
    { reason: 'empty permissions', body: { ...content, permissions: [] } },
    { reason: 'permissions that are no list', body: { ...content, permissions: 'compute_order_get' } },
    { reason: 'a label that is no object', body: { ...content, metadata: { label: 'x' } } },
  ])('refuse $reason', async ({ body }) => {
    expect(await rig.askWrong('CreateOrganizationRole', { ...base, body })).toMatchObject(refused(400, 3, 'invalid_argument'));
    const update = await rig.askWrong('UpdateOrganizationRole', { ...base, id: ids.viewer, body });
    expect(update).toMatchObject(refused(400, 3, 'invalid_argument'));
    expect(rig.role(ids.viewer)).toMatchObject({ name: 'viewer', effective: ['compute_order_get'] });
  });

  it('of a name too long for the audit are created, and the answer is a failure', async () => {
    const body = { ...content, name: 'x'.repeat(300) };

    expect(await rig.ask('CreateOrganizationRole', { ...base, body })).toMatchObject(refused(500, 13, 'internal'));

    expect((await rig.ask('ListOrganizationRoles', base)).body.roles).toHaveLength(3);
  });

  it('may have a name that is used elsewhere, but a rename onto one of their own leaves row and tuples apart', async () => {
    const platform = { ...content, name: 'app_organization_owner' };
    expect((await rig.ask('CreateOrganizationRole', { ...base, body: platform })).status).toBe(200);
    const body = { name: 'editor', permissions: ['compute_order_list'] };

    const answer = await rig.ask('UpdateOrganizationRole', { ...base, id: ids.viewer, body });

    expect(answer).toMatchObject({ ...refused(409, 6, 'already_exists'), body: { message: 'already exist' } });
    expect(rig.role(ids.viewer)).toMatchObject({ name: 'viewer', permissions: ['compute_order_get'], effective: ['compute_order_list'] });
  });

  it('are not found by an unknown id, and are forbidden in somebody else’s organization', async () => {
    expect(await rig.ask('GetOrganizationRole', { ...base, id: ids.nobody })).toMatchObject(refused(404, 5, 'not_found'));
    expect(await rig.askWrong('GetOrganizationRole', { ...base, id: 'viewer' })).toMatchObject(refused(404, 5, 'not_found'));
    const foreign = await rig.ask('DeleteOrganizationRole', { ...base, id: ids.foreign });
    expect(foreign).toMatchObject({ ...refused(403, 7, 'permission_denied'), body: { message: 'invalid arguments' } });
    const platform = await rig.askWrong('GetOrganizationRole', { ...base, id: 'app_organization_owner' });
    expect(platform).toMatchObject({ status: 403, body: { message: 'invalid arguments' } });
    expect(rig.role(ids.foreign)).toBeDefined();
  });

  it('want the uuid of the organization', async () => {
    const named = { org_id: 'acme' };
    expect(await rig.askWrong('CreateOrganizationRole', { ...named, body: content })).toMatchObject({ status: 400 });
    expect(await rig.ask('ListOrganizationRoles', named)).toMatchObject({ status: 500 });
    expect(await rig.ask('GetOrganizationRole', { ...named, id: ids.viewer })).toMatchObject({ status: 403 });
    expect(await rig.ask('ListOrganizationRoles', { org_id: ids.nobody })).toMatchObject({ status: 403 });
    expect(await rig.ask('ListOrganizationRoles', { org_id: 'nobody' })).toMatchObject({ status: 404 });
  });

  it('are deleted once', async () => {
    expect(await rig.ask('DeleteOrganizationRole', { ...base, id: ids.viewer })).toMatchObject({ status: 200, body: {} });
    expect(await rig.ask('DeleteOrganizationRole', { ...base, id: ids.viewer })).toMatchObject({ status: 404 });
  });

  it('that are in use are not deleted, but up to v0.99 they grant nothing any more', async () => {
    const control = rig.emulator.control;
    control.act('putPolicy', { policy: { organization: 'acme', role: 'viewer', principal: `app/user:${ids.robin}` } });

    const answer = await rig.ask('DeleteOrganizationRole', { ...base, id: ids.viewer });

    expect(answer).toMatchObject(version === 'v0.115' ? refused(400, 9, 'failed_precondition') : refused(500, 13, 'internal'));
    expect(rig.role(ids.viewer).permissions).toEqual(['compute_order_get']);
    expect(rig.role(ids.viewer).effective).toEqual(version === 'v0.115' ? ['compute_order_get'] : []);
  });

  it('of the platform are listed by themselves', async () => {
    const { body } = await rig.ask('ListRoles', {}, basic.stranger);
    expect(body.roles).toHaveLength(10);
    expect(body.roles[0]).toMatchObject({ name: 'app_organization_owner', org_id: '00000000-0000-0000-0000-000000000000' });
    expect((await rig.ask('ListRoles', { scopes: ['app/group'] })).body.roles).toHaveLength(2);
  });

  it('show writers of one role that overlap, and only those', async () => {
    const body = { name: 'viewer', permissions: ['compute_order_get'] };
    rig.emulator.control.inject({ kind: 'delay', delayMs: 100, times: 0 });
    const writes = [
      rig.ask('UpdateOrganizationRole', { ...base, id: ids.viewer, body }),
      rig.ask('CreateOrganizationRole', { ...base, body }),
      rig.ask('UpdateOrganizationRole', { ...base, id: ids.editor, body: { ...body, name: 'editor' } }),
      rig.ask('CreateOrganizationRole', { ...base, body: content }),
      rig.ask('ListOrganizationRoles', base),
    ];
    while (rig.clock.pending < writes.length) await new Promise((resolve) => setImmediate(resolve));

    await rig.clock.advance(100);
    await Promise.all(writes);

    expect(overlappingWrites(rig.emulator.control.journal()).map(({ lane }) => lane)).toEqual([ids.viewer]);
  });
});

describe.each(versions)('permissions, %s', (version) => {
  beforeEach(() => start(version));

  it('are listed with the platform’s own, to everybody', async () => {
    const { body } = await rig.ask('ListPermissions', {}, basic.stranger);
    const of = (wanted: string) => body.permissions.find(({ key }: { key: string }) => key === wanted);
    expect(of('compute.order.update')).toMatchObject({ name: 'update', namespace: 'compute/order', title: 'Update orders' });
    expect(of('app.organization.get')).toBeDefined();
    for (const id of ['compute.order.update', 'compute_order_update', of('compute.order.update').id]) {
      expect((await rig.ask('GetPermission', { id })).body.permission.key).toBe('compute.order.update');
    }
    expect(await rig.ask('GetPermission', { id: 'compute.order.x' })).toMatchObject({ status: 404 });
  });

  it('are created by superusers only, once', async () => {
    const message = { bodies: [{ key: 'compute.disk.delete' }, { key: 'compute.order.get' }] };
    expect(await rig.ask('CreatePermission', message, basic.manager)).toMatchObject(refusal(version, 403, 7, 'permission_denied'));

    const first = await rig.ask('CreatePermission', message);

    expect(first.body.permissions).toMatchObject([{ key: 'compute.disk.delete' }, { key: 'compute.order.get' }]);
    expect((await rig.ask('CreatePermission', message)).body).toEqual(first.body);
    const body = { name: 'probe', permissions: ['compute_disk_delete'] };
    expect((await rig.ask('CreateOrganizationRole', { ...base, body })).status).toBe(200);
  });

  it.each([
    { key: 'app.order.get', good: [] },
    { key: 'compute.order.ge_t', good: [] },
    { key: 'compute.order', good: [] },
    { key: 'compute.order.Get', good: ['v0.90', 'v0.99'] },
    { key: 'compute.order.do', good: ['v0.90', 'v0.99'] },
    { key: 'compute.order.owner', good: ['v0.90', 'v0.99'] },
  ])('of the key $key are good for $good', async ({ key, good }) => {
    const { status } = await rig.askWrong('CreatePermission', { bodies: [{ key }] });
    expect(status).toBe((good as readonly string[]).includes(version) ? 200 : 400);
  });
});

describe.each(connect)('members, %s', (version) => {
  beforeEach(() => start(version));

  const principals = async () => {
    const { body } = await rig.ask('ListPolicies', { org_id: ids.acme });
    return body.policies.map(({ principal, role_id }: { principal: string; role_id: string }) => [principal, role_id]);
  };

  it('get one role for all that they had', async () => {
    const control = rig.emulator.control;
    for (const role of ['editor', 'app_organization_viewer']) {
      control.act('putPolicy', { policy: { organization: 'acme', role, principal: 'user:robin@acme.test' } });
    }
    const message = { org_id: ids.acme, user_id: ids.robin, role_id: ids.viewer };

    expect((await rig.ask('SetOrganizationMemberRole', message, basic.manager)).status).toBe(200);

    const robins = (await principals()).filter(([principal]: [string]) => principal === `app/user:${ids.robin}`);
    expect(robins).toEqual([[`app/user:${ids.robin}`, ids.viewer]]);
  });

  it('keep an owner, are members before, and get roles of the organization', async () => {
    const set = (user_id: string, role_id: string) => rig.ask('SetOrganizationMemberRole', { org_id: ids.acme, user_id, role_id });
    expect(await set(ids.alex, ids.viewer)).toMatchObject({ status: 400, body: { code: 'failed_precondition' } });
    expect(await set(ids.robin, ids.viewer)).toMatchObject({ status: 400, body: { code: 'failed_precondition' } });
    expect(await set(ids.alex, ids.editor)).toMatchObject({ status: 400, body: { code: 'invalid_argument' } });
  });

  it('are added by superusers, each with an answer of its own, and removed', async () => {
    const members = [
      { user_id: ids.robin, role_id: ids.viewer },
      { user_id: ids.nobody, role_id: ids.viewer },
    ];
    expect((await rig.ask('AddOrganizationMembers', { org_id: ids.acme, members }, basic.manager)).status).toBe(403);
    const { body } = await rig.ask('AddOrganizationMembers', { org_id: ids.acme, members });
    expect(body.results).toMatchObject([{ success: true }, { error: 'not found' }]);
    const robin = { org_id: ids.acme, principal_id: ids.robin, principal_type: 'app/user' };
    expect((await rig.ask('RemoveOrganizationMember', robin)).status).toBe(200);
    expect((await rig.ask('RemoveOrganizationMember', robin)).body.code).toBe('failed_precondition');
  });
});
