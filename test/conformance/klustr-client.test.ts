import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KlustrBench, organization } from './klustr-bench.ts';
import type { KlustrMode } from './klustr-fixture.ts';

let bench: KlustrBench;

async function start(mode: KlustrMode): Promise<void> {
  bench = await KlustrBench.start(mode);
}

afterEach(() => bench.end());

describe('the rest of the vendor’s operations', () => {
  const role = { organization, id: 'conformance.role-0001' };
  const grant = { ...role, user: 'user-1' };
  const assignment = { role: role.id, assignedTo: 'user-1', isUser: true };

  it('give a role to a user, show it and take it back', async () => {
    await start('documented');
    bench.put({ id: role.id, permissions: ['a'] });
    const klustr = bench.client();
    const { signal } = bench.scenario;

    expect(await klustr.addUserToRole(grant, signal)).toEqual(assignment);
    await klustr.addUserToRole(grant, signal);
    expect(await klustr.getOrgRoleAssignments(role, signal)).toEqual({ count: 1, limit: 100, assignments: [assignment] });
    expect((await klustr.getUserRoles(organization, 'user-1', signal)).roles.map(({ id }) => id)).toEqual([role.id]);
    await klustr.dangerouslyRevokeUserRoleByGet(grant, signal);
    await klustr.dangerouslyRevokeUserRoleByGet(grant, signal);
    expect((await klustr.getOrgRoleAssignments(role, signal)).count).toBe(0);
    expect((await bench.scenario.failure(klustr.getOrgUserRoles(organization, signal))).kind).toBe('invalid');
    bench.act('assign', { organization, role: role.id, user: bench.fixture.credentials.clientIDSecretRef });
    expect((await klustr.getOrgUserRoles(organization, signal)).roles.map(({ id }) => id)).toEqual([role.id]);
  });

  it('count a revocation as a write, although it is a GET', async () => {
    await start('source');
    bench.fixture.emulator.control.inject({ kind: 'cut', carryOut: true, operationId: 'removeUserRole' });

    const error = await bench.scenario.failure(bench.client().dangerouslyRevokeUserRoleByGet(grant, bench.scenario.signal));

    expect(error).toMatchObject({ kind: 'transient', details: { ambiguous: true } });
    expect(bench.fixture.emulator.control.journal({ operationId: 'removeUserRole' })).toHaveLength(1);
  });

  it('generate the roles of a namespace, which nobody here will touch', async () => {
    await start('source');

    const roles = await bench
      .client()
      .generateOrgRoles(organization, { resources: [{ namespace: 'User Consent' }] }, bench.scenario.signal);

    expect(roles.map(({ id }) => id)).toEqual(['user.consent.admin.role', 'user.consent.read-only.role']);
    expect((await bench.scenario.observed('user.consent.admin.role'))?.system).toBe(true);
  });

  it.each([
    { mode: 'documented', left: ['user-2', 'user-1'], members: ['user-boss'] },
    { mode: 'source', left: ['user-1'], members: [] },
  ] as const)('that give a list of roles do in mode $mode what makes them dangerous', async ({ mode, left, members }) => {
    await start(mode);
    bench.put({ id: role.id, permissions: ['a'] });
    bench.act('assign', { organization, role: 'admin', user: 'user-2' });

    await bench.client().dangerouslyReplaceRelationsOfOrganization(organization, 'user-1', [role.id], bench.scenario.signal);

    expect(bench.stored(organization)).toMatchObject({ assignments: left.map((user) => ({ user })), members });
  });

  it('delete every role, also those of Klustr itself', async () => {
    await start('source');

    await bench.client().dangerouslyDeleteAllOrganizationRoles(organization, bench.scenario.signal);

    expect((await bench.scenario.provider.observe(organization, bench.scenario.signal)).roles.size).toBe(0);
  });
});

describe('connecting', () => {
  beforeEach(() => start('source'));

  const settings = {
    baseURL: 'https://gateway.example',
    tokenURL: 'https://auth.example/token',
    clientIDSecretRef: { name: 'klustr', key: 'clientID' },
    clientSecretSecretRef: { name: 'klustr', key: 'clientSecret' },
  };

  it.each([
    { reason: 'an address without encryption', change: { baseURL: 'http://gateway.example' } },
    { reason: 'a token address without encryption', change: { tokenURL: 'http://auth.example/token' } },
    { reason: 'credentials in the token address', change: { tokenURL: 'https://a:hunter22@auth.example/token' } },
  ])('refuses $reason', async ({ change }) => {
    const error = await bench.scenario.failure(
      bench.fixture.driver.connect({ ...settings, ...change }, bench.fixture.credentials, bench.deps()),
    );

    expect(error.kind).toBe('invalid');
    expect(error.message).not.toContain('hunter22');
  });

  it.each(['clientIDSecretRef', 'clientSecretSecretRef'])('refuses an empty %s', async (field) => {
    const call = bench.fixture.driver.connect(settings, { ...bench.fixture.credentials, [field]: ' ' }, bench.deps());

    expect((await bench.scenario.failure(call)).kind).toBe('unauthorized');
  });

  it('names the Secret of a private authority where there is one, and sends nothing', async () => {
    const caSecretRef = { name: 'klustr', key: 'ca' };

    expect(bench.fixture.driver.secretRefs({ ...settings, caSecretRef })).toHaveProperty('caSecretRef', caSecretRef);
    expect(bench.fixture.driver.roleBlock).toBe('klustr');
    await bench.fixture.driver.connect(settings, bench.fixture.credentials, bench.deps());
    expect(bench.fixture.emulator.control.journal()).toEqual([]);
  });
});
