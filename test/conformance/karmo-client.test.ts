import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KarmoClient } from '../../src/providers/karmo/client.ts';
import { KarmoBench } from './karmo-bench.ts';
import { organization } from './karmo-fixture.ts';

let bench: KarmoBench;
let karmo: KarmoClient;
const { signal } = new AbortController();

beforeEach(async () => {
  const members = Array.from({ length: 250 }, (_, number) => ({ user: `user_${String(number).padStart(3, '0')}` }));
  const roles = ['org-a', 'org-b', 'org-c'].map((slug) => ({ slug }));
  bench = await KarmoBench.start({ seed: { organizations: [{ id: organization, roles, members }, { id: 'org_empty' }] } });
  karmo = bench.client();
});

afterEach(async () => {
  karmo[Symbol.dispose]();
  await bench.end();
});

describe('linkUserToOrganization', () => {
  const place = { tenant: organization, user: 'user_007' };

  it('makes roles of the set exactly those given, and keeps every other', async () => {
    await karmo.linkUserToOrganization(place, { roles: ['org-a', 'org-c'], roleSet: ['org-a', 'org-c'] }, signal);
    const answer = await karmo.linkUserToOrganization(place, { roles: ['org-b'], roleSet: ['org-a', 'org-b'] }, signal);

    expect(answer).toEqual({ tenant: organization, user: 'user_007', roles: ['member', 'org-c', 'org-b'], status: 'active' });
  });

  it('makes a member of somebody who is none', async () => {
    const link = karmo.linkUserToOrganization({ tenant: 'org_empty', user: 'user_007' }, { roles: [], roleSet: ['org-a'] }, signal);

    expect(await link).toMatchObject({ roles: ['member'], status: 'active' });
  });

  it('is refused for a role outside of the set before it is sent', async () => {
    const error = await bench.scenario.failure(karmo.linkUserToOrganization(place, { roles: ['org-a'], roleSet: [] }, signal));

    expect(error).toMatchObject({ kind: 'invalid', details: { rejected: ['org-a'] } });
    expect(bench.sent()).toEqual([]);
  });

  it('is refused for a role that is not there, by its pointer', async () => {
    const error = await bench.scenario.failure(karmo.linkUserToOrganization(place, { roles: ['org-x'], roleSet: ['org-x'] }, signal));

    expect(error).toMatchObject({ kind: 'notFound', details: { missing: 'role', status: 422 } });
    expect(error.message).toContain('/roles/0 is not a role of the tenant');
  });

  it('is refused for a user that nobody knows', async () => {
    const call = karmo.linkUserToOrganization({ tenant: organization, user: 'user_x' }, { roles: [], roleSet: [] }, signal);

    expect((await bench.scenario.failure(call)).kind).toBe('notFound');
  });
});

describe('reactivateOrganizationMembership', () => {
  it('makes an inactive membership active and keeps its roles, also the second time', async () => {
    bench.act('putMember', { organization, member: { user: 'user_007', roles: ['org-b'], status: 'inactive' } });
    const place = { tenant: organization, user: 'user_007' };

    const once = await karmo.reactivateOrganizationMembership(place, signal);

    expect(once).toEqual({ tenant: organization, user: 'user_007', roles: ['org-b'], status: 'active' });
    expect(await karmo.reactivateOrganizationMembership(place, signal)).toEqual(once);
  });

  it('is refused where there is no membership, or one that nobody has taken yet', async () => {
    bench.act('putMember', { organization, member: { user: 'user_007', status: 'pending' } });
    const failure = async (tenant: string) =>
      (await bench.scenario.failure(karmo.reactivateOrganizationMembership({ tenant, user: 'user_007' }, signal))).kind;

    expect(await failure('org_empty')).toBe('notFound');
    expect(await failure(organization)).toBe('invalid');
  });
});

describe('listUsers', () => {
  it('reads every page', async () => {
    const users = await karmo.listUsers(organization, signal);

    expect(users.map(({ id }) => id)).toEqual(Array.from({ length: 250 }, (_, number) => `user_${String(number).padStart(3, '0')}`));
    expect(bench.fixture.emulator.control.journal({ operationId: 'listUsers' })).toHaveLength(3);
    expect(await karmo.listUsers('org_empty', signal)).toEqual([]);
  });

  it('believes no list that runs in circles, and no part of one', async () => {
    bench.fixture.emulator.control.inject({ kind: 'duplicatePage', operationId: 'listUsers', skip: 1, times: 0 });
    expect((await bench.scenario.failure(karmo.listUsers(organization, signal))).kind).toBe('transient');
    bench.fixture.emulator.control.clearFaults();
    bench.fixture.emulator.control.inject({ kind: 'status', status: 500, operationId: 'listUsers', skip: 2 });

    expect((await bench.scenario.failure(karmo.listUsers(organization, signal))).kind).toBe('transient');
  });

  it('says notFound for an unknown organization', async () => {
    const error = await bench.scenario.failure(karmo.listUsers('org_unknown', signal));

    expect(error).toMatchObject({ kind: 'notFound', details: { missing: 'organization' } });
  });
});

describe('createUser', () => {
  const user = { email: 'sam@example.com', mobileNumber: '+61412345678', firstName: 'Sam', lastName: 'Lee' };

  it('creates one, once', async () => {
    expect(await karmo.createUser(user, signal)).toMatchObject({ ...user, id: expect.stringMatching(/^user_/) });

    expect((await bench.scenario.failure(karmo.createUser({ email: 'SAM@example.com' }, signal))).kind).toBe('conflict');
  });

  it('leaves open what became of it when the answer is lost', async () => {
    bench.fixture.emulator.control.inject({ kind: 'cut', carryOut: true, operationId: 'createUser' });

    expect(await bench.scenario.failure(karmo.createUser(user, signal))).toMatchObject({ kind: 'transient', details: { ambiguous: true } });
  });
});

describe('roles', () => {
  it('are upserted and keep their id', async () => {
    const ref = { organization, slug: 'org-new' };
    const id = await karmo.upsertRole(ref, 'New', signal);

    expect(id).toMatch(/^role_/);
    expect(await karmo.upsertRole(ref, 'Newer', signal)).toBe(id);
    await karmo.syncRolePermissions(ref, ['made:here'], signal);
    expect(bench.fixture.backdoor.permissions()).toContain('made:here');
    expect(bench.fixture.backdoor.role('org-new')).toMatchObject({ displayName: 'Newer', permissions: ['made:here'] });
  });
});
