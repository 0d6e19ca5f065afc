import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JournalEntry } from '../../src/emulators/index.ts';
import { canaryKey, catalogue, eventually, pause, Tenant, writesOf } from '../support/e2e.ts';
import { type AuditedCluster, auditedCluster, changes, tally } from '../support/e2e-audit.ts';
import { type OperatorProcess, startTestOperator, sumOf } from '../support/operator-process.ts';

const organizations = Array.from({ length: 10 }, (_, index) => `org_${index}`);
const userCount = 1_000;
const bindingCount = 200;
const perBinding = 10;
const intervalMs = 20_000;
const users = Array.from({ length: userCount }, (_, index) => ({ id: `user_${index}`, email: `user-${index}@example.com` }));

let cluster: AuditedCluster;
let tenant: Tenant;
let operator: OperatorProcess;

/** Which users a binding names: ten in a row, five of which the next one of the same organization names too. */
function usersOf(binding: number): readonly number[] {
  const organization = binding % organizations.length;
  const place = Math.floor(binding / organizations.length);
  return Array.from({ length: perBinding }, (_, index) => organization * 100 + ((place * 5 + index) % 100));
}

/** The Role that a binding grants: one of four of its organization. */
function roleOf(binding: number): string {
  return `org-o${binding % organizations.length}-r${Math.floor(binding / organizations.length) % 4}`;
}

beforeAll(async () => {
  cluster = await auditedCluster();
  await cluster.installCRDs();
  await cluster.installRBAC();
  tenant = await Tenant.create(cluster, {
    prefix: 'bindings',
    organizations,
    provider: { interval: `${intervalMs / 1000}s` },
    emulator: {
      port: 0,
      rateLimit: 'off',
      seed: {
        apiKey: canaryKey,
        multipleRoles: true,
        permissions: catalogue,
        users,
        // Everybody is a member already and holds something by somebody else's hand.
        organizations: organizations.map((id, index) => ({
          id,
          name: id,
          roles: [{ slug: 'org-by-hand', name: 'By hand' }],
          members: users.slice(index * 100, index * 100 + 100).map(({ id: user }) => ({ user, roles: ['org-by-hand'] })),
        })),
      },
    },
    connected: false,
  });
  await tenant.putSecret({ apiKey: canaryKey });
  await tenant.createProvider({
    interval: `${intervalMs / 1000}s`,
    workos: {
      baseURL: tenant.emulator.url,
      allowInsecureHTTP: true,
      multipleRoles: true,
      apiKeySecretRef: { name: 'workos', key: 'apiKey' },
    },
  });
  await tenant.createRoles(
    organizations.flatMap((organization, index) =>
      [0, 1, 2, 3].map((role) => [`org-o${index}-r${role}`, { organization, permissions: [catalogue[role] ?? ''] }] as const),
    ),
  );
  operator = await startTestOperator(cluster);
  await tenant.untilReady(4 * organizations.length);
});

afterAll(async () => {
  await operator?.stop();
  await tenant?.emulator.close();
  await cluster?.controlPlane.stop();
});

function countByOperation(entries: readonly JournalEntry[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { operationId = 'unknown' } of entries) counts[operationId] = (counts[operationId] ?? 0) + 1;
  return counts;
}

/** Who is to hold each role by the bindings, by organization and slug. */
function wanted(): ReadonlyMap<string, readonly string[]> {
  const sets = new Map<string, Set<string>>();
  for (let binding = 0; binding < bindingCount; binding += 1) {
    const key = `org_${binding % organizations.length} ${roleOf(binding)}`;
    const set = sets.get(key) ?? new Set<string>();
    for (const user of usersOf(binding)) set.add(`user_${user}`);
    sets.set(key, set);
  }
  return new Map([...sets].map(([key, set]) => [key, [...set].sort()]));
}

function expectHeld(): void {
  for (const [key, holders] of wanted()) {
    const [organization = '', slug = ''] = key.split(' ');
    expect(tenant.holders(slug, organization), key).toEqual(holders);
  }
  for (const [index, organization] of organizations.entries()) {
    expect(tenant.holders('org-by-hand', organization), organization).toEqual(
      users
        .slice(index * 100, index * 100 + 100)
        .map(({ id }) => id)
        .sort(),
    );
  }
}

describe(`${bindingCount} RoleBindings over ${userCount} users in ${organizations.length} organizations`, () => {
  it('converge with one write for each user, and everybody keeps what they held by other hands', async () => {
    const [seen, called] = [tenant.control.journal().length, (await cluster.calls()).length];
    for (let binding = 0; binding < bindingCount; binding += 1) {
      // Every fifth user by address.
      const subjects = usersOf(binding).map((user) => (user % 5 === 0 ? { email: `User-${user}@Example.com` } : { id: `user_${user}` }));
      await tenant.createBinding(`b${binding}`, { roleRef: { name: roleOf(binding) }, subjects });
    }
    const bindings = await tenant.untilBound(bindingCount);
    const journal = tenant.control.journal().slice(seen);
    const calls = countByOperation(journal);
    const written = tally(changes((await cluster.calls()).slice(called)));
    console.log('convergence', { calls, written });
    expectHeld();
    expect(new Set(bindings.map(({ status }) => status?.subjects?.granted))).toEqual(new Set([perBinding]));
    // Nobody is written more often than bindings name them, and nobody is made a member who is one.
    const grants = [...wanted().values()].reduce((sum, holders) => sum + holders.length, 0);
    expect(calls.updateOrganizationMembership).toBeLessThanOrEqual(grants);
    expect(calls.createOrganizationMembership).toBeUndefined();
    // The finalizer; the record before anything is sent, and the outcome.
    expect(written['patch orgrolebindings']).toBe(bindingCount);
    expect(written['patch orgrolebindings/status']).toBeLessThanOrEqual(4 * bindingCount);
    expect(written['patch orgrolebindings/status']).toBeGreaterThanOrEqual(2 * bindingCount);
  });

  it('cost one look per organization and no write in an interval with nothing to do', async () => {
    await eventually(async () => {
      const roles = await tenant.roles();
      expect(roles.map(({ status }) => status?.holders ?? 0).every((holders) => holders > 0)).toBe(true);
    });
    // Events of the convergence that were held back are written until then.
    await eventually(async () => {
      const summaries = (await tenant.events()).filter(({ reason }) => reason === 'EventsSummarized');
      expect(summaries.map(({ note }) => note).join()).toContain('GrantedExternalRole');
    });
    const [seen, called] = [tenant.control.journal().length, (await cluster.calls()).length];
    await pause(0.9 * intervalMs);
    const journal = tenant.control.journal().slice(seen);
    const calls = countByOperation(journal);
    const written = tally(changes((await cluster.calls()).slice(called)));
    console.log('one interval', { calls, written });
    expect(writesOf(journal)).toEqual([]);
    expect(written).toEqual({});
    expect(calls.listOrganizationMemberships ?? 0).toBeLessThanOrEqual(organizations.length);
    expect(calls.listOrganizationRoles ?? 0).toBeLessThanOrEqual(organizations.length);
  });

  it('are looked at by a restarted operator without a write to either side', async () => {
    await operator.stop();
    const [seen, called] = [tenant.control.journal().length, (await cluster.calls()).length];
    operator = await startTestOperator(cluster);
    await eventually(async () => {
      const samples = await operator.metrics();
      const looked = sumOf(samples, 'rolekeeper_reconcile_total', { controller: 'role', result: 'after' });
      expect(looked).toBeGreaterThanOrEqual(bindingCount + 4 * organizations.length);
    });
    await pause(5_000);
    expect(writesOf(tenant.control.journal().slice(seen))).toEqual([]);
    expect(tally(changes((await cluster.calls()).slice(called)))).toEqual({});
  });

  it('revoke what they granted and nothing else when they go', async () => {
    await tenant.admin.call('DELETE', tenant.path('orgrolebindings'));
    await eventually(async () => expect(await tenant.bindings()).toEqual([]));
    for (const [index, organization] of organizations.entries()) {
      for (const role of [0, 1, 2, 3]) expect(tenant.holders(`org-o${index}-r${role}`, organization)).toEqual([]);
      expect(tenant.holders('org-by-hand', organization)).toHaveLength(100);
    }
  });
});
