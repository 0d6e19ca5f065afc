import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { overlappingWrites } from '../../src/emulators/index.ts';
import { withCreatedPermissions } from '../../src/plan/index.ts';
import { FrontierBench, leastPrivileged } from './frontier-bench.ts';
import { organization, organizationTitle, serviceUser } from './frontier-fixture.ts';

const mark = { cluster: 'cluster-1', object: 'billing/editor' };
const onWire = { managed_by: 'rolekeeper', rolekeeper_object: 'billing/editor', rolekeeper_cluster: 'cluster-1' };
const name = 'conformance_role-0001';
const project = 'app/project:c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7cffff';

let bench: FrontierBench;

afterEach(() => bench.end());

describe.each(['v0.90', 'v0.99', 'v0.115'] as const)('server %s', (version) => {
  beforeEach(async () => {
    bench = await FrontierBench.start(version);
  });

  it('a role is created from its whole document, after a look whether it is there', async () => {
    bench.scenario.knowPermissions(3);
    const desired = bench.scenario.desired(1, [2, 1], { extras: { scopes: ['App/Organization'], metadata: { team: 'x' } }, mark });
    const plan = await bench.scenario.plan(desired);
    bench.scenario.forgetRequests();

    await bench.scenario.provider.apply(plan, bench.scenario.signal);

    expect(bench.asked()).toEqual(['ListOrganizationRoles', 'ListPermissions', 'CreateOrganizationRole']);
    expect(bench.sentRole('CreateOrganizationRole')).toEqual({
      name,
      title: 'Role 1',
      permissions: ['conformance_thing_act0001', 'conformance_thing_act0002'],
      scopes: ['app/organization'],
      metadata: { team: 'x', description: 'What role 1 is for', ...onWire },
    });
    expect((await bench.scenario.plan(desired)).action).toBe('none');
  });

  it('what is kept in metadata is reported where it belongs', async () => {
    const metadata = { description: 'Text', org_name: organizationTitle, team: 'x', size: 3, label: { a: 'b' }, ...onWire };
    bench.put({ name, title: 'T', permissions: ['a_b_ccc'], scopes: ['app/project', 'app/organization'], metadata });

    expect(await bench.scenario.observed(name)).toMatchObject({
      displayName: 'T',
      description: 'Text',
      mark,
      extras: { scopes: ['app/organization', 'app/project'], metadata: { team: 'x', size: 3, label: { a: 'b' } } },
    });
  });

  it('a change keeps what is not managed, also what is no text, and never sends what the server writes itself', async () => {
    const metadata = { description: 'Text', org_name: organizationTitle, size: 3, nested: { list: [1, null, 'x'] }, ...onWire };
    bench.put({ name, title: 'T', permissions: ['a_b_ccc', 'a_b_ddd'], scopes: ['app/project'], metadata });

    await bench.scenario.realize({ ref: { organization, slug: name }, permissions: ['a.b.ccc'], extras: {} });

    expect(bench.sentRole('UpdateOrganizationRole')).toEqual({
      name,
      title: 'T',
      permissions: ['a_b_ccc'],
      scopes: ['app/project'],
      metadata: { description: 'Text', size: 3, nested: { list: [1, null, 'x'] }, ...onWire },
    });
    expect(bench.role(name)).toMatchObject({ permissions: ['a_b_ccc'], effective: ['a_b_ccc'], title: 'T' });
  });

  it('a mark is set on a role that somebody else has marked, and is no difference the second time', async () => {
    bench.put({ name, title: 'T', permissions: ['a_b_ccc'], metadata: { managed_by: 'terraform', team: 'x' } });
    const desired = { ref: { organization, slug: name }, permissions: ['a.b.ccc'], extras: {}, mark };
    expect((await bench.scenario.observed(name))?.mark).toBeUndefined();

    expect((await bench.scenario.realize(desired)).fields).toEqual({ mark });

    expect(bench.role(name)?.metadata).toMatchObject({ ...onWire, team: 'x' });
    expect((await bench.scenario.plan(desired)).action).toBe('none');
  });

  it('metadata that is managed is replaced, and the description is none of it', async () => {
    bench.put({ name, title: 'T', permissions: ['a_b_ccc'], metadata: { description: 'Text', old: 'x' } });
    const desired = { ref: { organization, slug: name }, permissions: ['a.b.ccc'], extras: { metadata: { new: 'y' }, scopes: [] } };

    await bench.scenario.realize(desired);

    expect(bench.sentRole('UpdateOrganizationRole').metadata).toEqual({ new: 'y', description: 'Text' });
    expect((await bench.scenario.plan(desired)).action).toBe('none');
  });

  it.each(['a.b.ccc', 'a/b:ccc', 'a/b#ccc', 'a_b_ccc'])('a permission that is written as %s is no difference', async (spelling) => {
    bench.put({ name, title: 'T', permissions: ['a_b_ccc', 'a_b_ccc'] });

    expect((await bench.scenario.plan({ ref: { organization, slug: name }, permissions: [spelling], extras: {} })).action).toBe('none');
  });

  it('names that differ in case are different roles', async () => {
    bench.put({ name: 'Editor', title: 'Big', permissions: ['a_b_ccc'] });

    await bench.scenario.realize({ ref: { organization, slug: 'editor' }, displayName: 'Small', permissions: ['a_b_ccc'], extras: {} });

    expect([bench.role('Editor')?.title, bench.role('editor')?.title]).toEqual(['Big', 'Small']);
  });

  it('a plan that may only add reads the role right before, and keeps what others have changed meanwhile', async () => {
    bench.put({ name, title: 'T', permissions: ['a_b_ccc'], metadata: { description: 'Text', ...onWire } });
    bench.fixture.backdoor.putPermissions(['a_b_ddd', 'a_b_eee']);
    const plan = await bench.scenario.plan({ ref: { organization, slug: name }, permissions: ['a.b.ddd'], extras: {} }, 'Additive');
    bench.put({ name, title: 'By hand', permissions: ['a_b_ccc', 'a_b_eee'] });
    bench.scenario.forgetRequests();

    await bench.scenario.provider.apply(plan, bench.scenario.signal);

    expect(bench.asked()).toEqual(['GetOrganizationRole', 'ListPermissions', 'UpdateOrganizationRole']);
    expect(bench.role(name)).toMatchObject({ title: 'By hand', permissions: ['a_b_ccc', 'a_b_ddd', 'a_b_eee'] });
    expect(bench.role(name)?.metadata).toMatchObject({ description: 'Text', ...onWire });
  });

  it('what somebody else has changed since the plan was made stays, where the Role does not declare it', async () => {
    bench.put({ name, title: 'T', permissions: ['a_b_ccc'], metadata: { description: 'Text', team: 'x' } });
    bench.fixture.backdoor.putPermissions(['a_b_ddd']);
    const plan = await bench.scenario.plan({ ref: { organization, slug: name }, permissions: ['a.b.ddd'], extras: {} });
    bench.put({ name, title: 'By hand', scopes: ['app/project'], metadata: { description: 'Better', team: 'y', cost: { center: 7 } } });

    await bench.scenario.provider.apply(plan, bench.scenario.signal);

    expect(bench.sentRole('UpdateOrganizationRole')).toEqual({
      name,
      title: 'By hand',
      permissions: ['a_b_ddd'],
      scopes: ['app/project'],
      metadata: { description: 'Better', team: 'y', cost: { center: 7 } },
    });
  });

  it('a role that somebody has renamed meanwhile is left alone: renaming it back onto a taken name would change what it grants', async () => {
    bench.put({ name, title: 'T', permissions: ['a_b_ccc'] });
    bench.fixture.backdoor.putPermissions(['a_b_ddd']);
    const plan = await bench.scenario.plan({ ref: { organization, slug: name }, permissions: ['a.b.ddd'], extras: {} });
    bench.put({ id: bench.role(name)?.id ?? '', name: 'other' });
    bench.put({ name, title: 'Somebody else', permissions: ['a_b_ccc'] });
    bench.scenario.forgetRequests();

    expect(await bench.scenario.failure(bench.scenario.provider.apply(plan, bench.scenario.signal))).toMatchObject({ kind: 'conflict' });

    expect(bench.scenario.writes()).toEqual([]);
    expect(bench.role('other')?.effective).toEqual(['a_b_ccc']);
  });

  it('writes to one role wait for each other, those to others do not', async () => {
    for (const number of [1, 2]) bench.fixture.backdoor.putRole(bench.scenario.stored(number, [1]));
    bench.scenario.knowPermissions(5);
    const plans = await Promise.all(
      [2, 3, 4].flatMap((permission) => [1, 2].map((number) => bench.scenario.plan(bench.scenario.desired(number, [permission])))),
    );
    bench.scenario.forgetRequests();

    await Promise.all(plans.map((plan) => bench.scenario.provider.apply(plan, bench.scenario.signal)));

    const { control } = bench.fixture.emulator;
    expect(overlappingWrites(control.journal())).toEqual([]);
    expect(control.journal({ operationId: 'UpdateOrganizationRole' })).toHaveLength(6);
    for (const number of [1, 2]) {
      const { permissions, effective } = bench.role(bench.fixture.vocabulary.slug(number)) ?? {};
      expect(effective).toEqual(permissions);
    }
  });

  it('an organization that does not exist is forbidden, and the message says that it may not exist', async () => {
    const unknown = bench.fixture.vocabulary.unknownOrganization;

    const error = await bench.scenario.failure(bench.scenario.provider.observe(unknown, bench.scenario.signal));

    expect(error).toMatchObject({ kind: 'forbidden', details: { status: 403, operation: 'ListOrganizationRoles' } });
    expect(error.message).toMatch(/organization that doesn't exist/);
  });

  it('a permission whose slug does not tell its parts can not be created, and nothing is written', async () => {
    bench.scenario.knowPermissions(2);
    const plan = withCreatedPermissions(await bench.scenario.plan(bench.scenario.desired(1, [1])), ['my_own_thing_get']);

    const error = await bench.scenario.failure(bench.scenario.provider.apply(plan, bench.scenario.signal));

    expect(error).toMatchObject({ kind: 'invalid', details: { operation: 'CreatePermission', rejected: ['my_own_thing_get'] } });
    expect(bench.scenario.writes()).toEqual([]);
  });

  it('a permission that was deleted a moment ago leaves the change open: the server does not say what is wrong', async () => {
    bench.fixture.backdoor.putRole(bench.scenario.stored(1, [1]));
    bench.scenario.knowPermissions(3);
    const plan = await bench.scenario.plan(bench.scenario.desired(1, [2]));
    await bench.scenario.provider.catalogue?.unknown([bench.fixture.vocabulary.permission(2)], bench.scenario.signal);
    bench.act('deletePermission', { key: 'conformance.thing.act0002' });

    expect(await bench.scenario.failure(bench.scenario.provider.apply(plan, bench.scenario.signal))).toMatchObject({
      kind: 'transient',
      details: { status: 500, ambiguous: true },
    });
    await bench.scenario.clock.advance(60_001);
    expect(await bench.scenario.failure(bench.scenario.provider.apply(plan, bench.scenario.signal))).toMatchObject({
      kind: 'invalid',
      details: { rejected: ['conformance_thing_act0002'] },
    });
  });

  it('a role that is held on a project is not deleted where the service user may ask about it', async () => {
    bench.fixture.backdoor.putRole(bench.scenario.stored(1, [1]));
    const principal = `app/user:${organization}`;
    bench.act('putPolicy', { policy: { role: bench.role(name)?.id ?? '', resource: project, principal } });

    const { externalID = '' } = (await bench.scenario.observed(name)) ?? {};
    const call = bench.scenario.provider.remove({ organization, slug: name }, externalID, bench.scenario.signal);

    expect(await bench.scenario.failure(call)).toMatchObject({ kind: 'inUse', details: { holders: 1 } });
    expect(bench.role(name)?.effective).toEqual(['conformance_thing_act0001']);
  });

  it('a token is asked for once, with the secret in the header alone', async () => {
    await bench.scenario.provider.probe(bench.scenario.signal);
    await bench.scenario.provider.probe(bench.scenario.signal);

    const [token, ...others] = bench.fixture.emulator.control.journal({ operationId: 'AuthToken' });
    expect(others).toEqual([]);
    expect(token?.body).not.toContain(serviceUser.secret);
    expect(bench.scenario.calls.map(({ operation }) => operation)).toEqual(['AuthToken', 'ListPermissions', 'ListPermissions']);
  });

  it('a token is renewed before it ends, by its own word', async () => {
    bench.act('setTokenLifetime', { seconds: 100 });
    await bench.scenario.provider.probe(bench.scenario.signal);
    await bench.scenario.clock.advance(89_000);
    await bench.scenario.provider.probe(bench.scenario.signal);
    expect(bench.asked()).toEqual(['AuthToken', 'ListPermissions', 'ListPermissions']);

    await bench.scenario.clock.advance(2_000);
    await bench.scenario.provider.probe(bench.scenario.signal);

    expect(bench.asked().slice(3)).toEqual(['AuthToken', 'ListPermissions']);
  });

  it('a write whose token is refused is sent once more with a new one', async () => {
    bench.fixture.backdoor.putRole(bench.scenario.stored(1, [1]));
    bench.scenario.knowPermissions(3);
    const plan = await bench.scenario.plan(bench.scenario.desired(1, [2]));
    await bench.scenario.provider.catalogue?.unknown([bench.fixture.vocabulary.permission(2)], bench.scenario.signal);
    bench.scenario.forgetRequests();
    bench.fixture.emulator.control.inject({ kind: 'act', action: 'expireTokens', args: {}, operationId: 'GetOrganizationRole' });

    await bench.scenario.provider.apply(plan, bench.scenario.signal);

    expect(bench.asked()).toEqual(['GetOrganizationRole', 'UpdateOrganizationRole', 'AuthToken', 'UpdateOrganizationRole']);
    expect(bench.role(name)?.permissions).toEqual(['conformance_thing_act0002']);
  });

  it('no call is ever made but those that keep roles', async () => {
    bench.scenario.knowPermissions(4);
    await bench.scenario.provider.probe(bench.scenario.signal);
    for (const mode of ['Enforce', 'Additive'] as const) await bench.scenario.realize(bench.scenario.desired(1, [1, 2]), mode);
    await bench.scenario.realize(bench.scenario.desired(1, [1, 3]), 'Additive');
    await bench.scenario.provider.remove({ organization, slug: name }, '', bench.scenario.signal);

    expect(new Set(bench.asked())).toEqual(
      new Set([
        ...['AuthToken', 'CreateOrganizationRole', 'DeleteOrganizationRole', 'GetOrganizationRole', 'ListOrganizationRoles'],
        ...['ListPermissions', 'ListPolicies', 'UpdateOrganizationRole'],
      ]),
    );
    expect(bench.role(name)).toBeUndefined();
  });
});

describe.each(['v0.90', 'v0.99', 'v0.115'] as const)('a service user with the least rights, server %s', (version) => {
  beforeEach(async () => {
    bench = await FrontierBench.start(version, undefined, { serviceUsers: [{ ...serviceUser, ...leastPrivileged }] });
  });

  it('can create, change and delete roles of its organization', async () => {
    bench.scenario.knowPermissions(3);
    await bench.scenario.realize(bench.scenario.desired(1, [1]));
    await bench.scenario.realize(bench.scenario.desired(1, [2]));
    const { externalID = '' } = (await bench.scenario.observed(name)) ?? {};

    await bench.scenario.provider.remove({ organization, slug: name }, externalID, bench.scenario.signal);

    expect(bench.role(name)).toBeUndefined();
  });

  it('can not create permissions, and is told who can', async () => {
    const plan = withCreatedPermissions(await bench.scenario.plan(bench.scenario.desired(1, [1])), ['conformance_thing_act0001']);

    const error = await bench.scenario.failure(bench.scenario.provider.apply(plan, bench.scenario.signal));

    expect(error).toMatchObject({ kind: 'forbidden', details: { operation: 'CreatePermission' } });
    expect(error.message).toMatch(/superusers/);
    expect(bench.role(name)).toBeUndefined();
  });

  it('deletes no role that is held where it can not look, as far as the server refuses that', async () => {
    bench.fixture.backdoor.putRole(bench.scenario.stored(1, [1]));
    bench.act('putPolicy', { policy: { role: bench.role(name)?.id ?? '', resource: project, principal: `app/user:${organization}` } });
    const { externalID = '' } = (await bench.scenario.observed(name)) ?? {};

    const error = await bench.scenario.failure(
      bench.scenario.provider.remove({ organization, slug: name }, externalID, bench.scenario.signal),
    );

    expect(error).toMatchObject({ kind: 'inUse', details: version === 'v0.115' ? { status: 400 } : {} });
    expect(bench.role(name)).toMatchObject({ title: 'Role 1', effective: ['conformance_thing_act0001'] });
  });
});

describe.each(['v0.90', 'v0.99'] as const)('a server that takes access away before it fails to delete a role, %s', (version) => {
  const permissions = ['conformance_thing_act0001'];
  let remove: () => Promise<void>;

  beforeEach(async () => {
    bench = await FrontierBench.start(version, undefined, { serviceUsers: [{ ...serviceUser, ...leastPrivileged }] });
    bench.fixture.backdoor.putRole(bench.scenario.stored(1, [1]));
    bench.act('putPolicy', { policy: { role: bench.role(name)?.id ?? '', resource: project, principal: `app/user:${organization}` } });
    const { externalID = '' } = (await bench.scenario.observed(name)) ?? {};
    remove = () => bench.scenario.provider.remove({ organization, slug: name }, externalID, bench.scenario.signal);
  });

  it('gets the role written again, and is asked to delete it again only after a while', async () => {
    expect(await bench.scenario.failure(remove())).toMatchObject({ kind: 'inUse' });
    expect(bench.role(name)).toMatchObject({ permissions, effective: permissions, metadata: { description: 'What role 1 is for' } });
    bench.scenario.forgetRequests();

    expect(await bench.scenario.failure(remove())).toMatchObject({ kind: 'inUse' });
    expect(bench.scenario.writes()).toEqual([]);

    const { policies } = bench.fixture.emulator.control.state() as unknown as { policies: { id: string; resource: string }[] };
    for (const { id, resource } of policies) if (resource === project) bench.act('deletePolicy', { id });
    await bench.scenario.clock.advance(600_000);
    await remove();
    expect(bench.role(name)).toBeUndefined();
  });

  it('gets it written again with the next try where that failed as well', async () => {
    bench.scenario.inject('updateRole', { kind: 'status', status: 500 });
    expect(await bench.scenario.failure(remove())).toMatchObject({ kind: 'transient', details: { operation: 'UpdateOrganizationRole' } });
    expect(bench.role(name)?.effective).toEqual([]);

    expect(await bench.scenario.failure(remove())).toMatchObject({ kind: 'inUse' });
    expect(bench.role(name)?.effective).toEqual(permissions);
  });

  it('has deleted it all the same where it is gone afterwards', async () => {
    bench.fixture.emulator.control.inject({
      kind: 'status',
      status: 500,
      operationId: 'DeleteOrganizationRole',
    });
    bench.fixture.emulator.control.inject({
      kind: 'act',
      ...bench.fixture.backdoor.deleteRoleAction(name),
      operationId: 'ListPolicies',
      skip: 1,
    });

    await remove();

    expect(bench.role(name)).toBeUndefined();
  });
});

describe('a server that fails to issue tokens', () => {
  beforeEach(async () => {
    bench = await FrontierBench.start('v0.115', 'Connect', {
      serviceUsers: [{ ...serviceUser, superuser: true, bootstrap: true }],
    });
  });

  it('gets the secret itself for a while, and is asked for a token again after ten minutes', async () => {
    await bench.scenario.provider.probe(bench.scenario.signal);
    await bench.scenario.provider.probe(bench.scenario.signal);
    await bench.scenario.clock.advance(600_000);
    await bench.scenario.provider.probe(bench.scenario.signal);

    expect(bench.scenario.calls.map(({ operation, code }) => `${operation} ${code}`)).toEqual([
      'AuthToken 500',
      'ListPermissions 200',
      'ListPermissions 200',
      'AuthToken 500',
      'ListPermissions 200',
    ]);
  });

  it('does so for no other failure than a 500 of its own', async () => {
    const { control } = bench.fixture.emulator;
    for (const fault of [{ kind: 'html', status: 500 } as const, { kind: 'status', status: 503 } as const]) {
      control.inject({ ...fault, operationId: 'AuthToken' });
      expect((await bench.scenario.failure(bench.scenario.provider.probe(bench.scenario.signal))).kind).toBe('transient');
    }
    expect(bench.asked()).toEqual(['AuthToken', 'AuthToken']);
  });
});

describe('which transport a server has', () => {
  const question = 'GET /v1beta1/permissions';
  const observe = () => bench.scenario.provider.observe(organization, bench.scenario.signal);

  it.each([
    { version: 'v0.90', first: 'ListPermissions' },
    { version: 'v0.115', first: question },
  ] as const)('$version is found out once, without credentials, for all that ask at the same time', async ({ version, first }) => {
    bench = await FrontierBench.start(version, 'Auto');

    await Promise.all([observe(), observe(), observe()]);
    await observe();

    expect(bench.asked()).toEqual([first, 'AuthToken', ...Array.from({ length: 4 }, () => 'ListOrganizationRoles')]);
    expect(bench.scenario.calls[0]).toMatchObject({ operation: 'ListPermissions', code: version === 'v0.90' ? '401' : '404' });
  });

  it.each([
    { before: 'v0.90', after: 'v0.115' },
    { before: 'v0.115', after: 'v0.90' },
  ] as const)('is found out again where $before was replaced by $after, and nothing is taken for absent', async ({ before, after }) => {
    bench = await FrontierBench.start(before, 'Auto');
    bench.fixture.backdoor.putRole(bench.scenario.stored(1, [1]));
    await observe();
    bench.exchangeServer(after);

    expect((await bench.scenario.failure(observe())).kind).toBe('transient');
    expect([...(await observe()).roles.keys()]).toEqual([name]);
  });

  it('is not concluded from a server that fails, or from somebody else’s refusal', async () => {
    bench = await FrontierBench.start('v0.90', 'Auto');
    const { control } = bench.fixture.emulator;
    const faults = [{ kind: 'status', status: 500 }, { kind: 'html', status: 401 }, { kind: 'html' }, { kind: 'cut' }] as const;
    for (const fault of faults) control.inject({ ...fault, operationId: 'ListPermissions' });

    for (const kind of ['transient', 'unauthorized', 'transient', 'transient']) {
      expect((await bench.scenario.failure(observe())).kind).toBe(kind);
    }
    await observe();
    expect(bench.asked()).toEqual([...Array.from({ length: 5 }, () => 'ListPermissions'), 'AuthToken', 'ListOrganizationRoles']);
  });

  it.each([
    { version: 'v0.115', transport: 'REST' },
    { version: 'v0.90', transport: 'Connect' },
  ] as const)('is said where $transport is set for $version', async ({ version, transport }) => {
    bench = await FrontierBench.start(version, transport);

    const error = await bench.scenario.failure(bench.scenario.provider.probe(bench.scenario.signal));

    expect(error).toMatchObject({ kind: 'transient', details: { status: 404 } });
    expect(error.message).toMatch(/REST for servers up to v0\.90/);
  });
});
