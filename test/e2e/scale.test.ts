import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JournalEntry } from '../../src/emulators/index.ts';
import { catalogue, eventually, pause, Tenant, writesOf } from '../support/e2e.ts';
import { type AuditedCluster, auditedCluster, changes, tally } from '../support/e2e-audit.ts';
import { type OperatorProcess, startTestOperator, sumOf } from '../support/operator-process.ts';

const roleCount = 1_000;
const organizations = Array.from({ length: 10 }, (_, index) => `org_${index}`);
const intervalMs = 20_000;

let cluster: AuditedCluster;
let tenant: Tenant;
let operator: OperatorProcess;

beforeAll(async () => {
  cluster = await auditedCluster();
  await cluster.installCRDs();
  await cluster.installRBAC();
  // Nothing is looked at again while the Roles are made, however long that takes here.
  tenant = await Tenant.create(cluster, { prefix: 'scale', organizations, provider: { interval: '1h' } });
  await tenant.createRoles(
    Array.from({ length: roleCount }, (_, index) => [
      `org-r${index}`,
      {
        organization: `org_${index % organizations.length}`,
        permissions: [catalogue[index % 40] ?? '', catalogue[(index + 7) % 40] ?? ''],
      },
    ]),
  );
});

afterAll(async () => {
  await operator?.stop();
  await tenant?.emulator.close();
  await cluster?.controlPlane.stop();
});

function count(entries: readonly JournalEntry[], operationId: string): number {
  return entries.filter((entry) => entry.operationId === operationId).length;
}

/** The provider counts its users with a delay; only then everything has been said. */
async function settled(): Promise<void> {
  await tenant.untilReady(roleCount);
  await eventually(async () => expect((await tenant.provider()).status?.roles).toBe(roleCount));
}

/** Lists per organization. */
function lists(entries: readonly JournalEntry[]): readonly number[] {
  return organizations.map(
    (id) => entries.filter(({ operationId, path }) => operationId === 'listOrganizationRoles' && path.includes(`/${id}/`)).length,
  );
}

describe(`${roleCount} Roles in ${organizations.length} organizations`, () => {
  it('converge with two provider calls and two writes per Role and few lists and Events', async () => {
    operator = await startTestOperator(cluster);
    await settled();
    const journal = tenant.control.journal();
    const written = tally(changes(await cluster.calls()));
    console.log('first convergence', { calls: journal.length, lists: lists(journal), written });

    expect(count(journal, 'createOrganizationRole')).toBe(roleCount);
    expect(count(journal, 'setOrganizationRolePermissions')).toBe(roleCount);
    expect(writesOf(journal)).toHaveLength(2 * roleCount);
    expect(Math.max(...lists(journal))).toBeLessThanOrEqual(3);
    // What is left: the catalogue, and probes of the provider.
    expect(journal.length - 2 * roleCount - count(journal, 'listOrganizationRoles')).toBeLessThanOrEqual(5);

    expect(written['patch orgroles/status']).toBe(2 * roleCount);
    expect(written['patch orgroles']).toBeUndefined();
    // A burst of one reason is 25 Events, and then one every six seconds: the rest is summarised.
    expect(written['create events'] ?? 0).toBeLessThanOrEqual(75);
    // The finalizer, and the status: ready, and the count of users as it becomes known.
    expect(written['patch roleproviders'] ?? 0).toBeLessThanOrEqual(1);
    expect(written['patch roleproviders/status'] ?? 0).toBeLessThanOrEqual(4);
  });

  it('cost one list per organization and no write in an interval without drift', async () => {
    // Events of the convergence that were held back are written until then.
    await eventually(async () => expect((await tenant.events()).some(({ reason }) => reason === 'EventsSummarized')).toBe(true));
    const before = tenant.control.journal().length;
    await tenant.admin.mergePatch(tenant.path('roleproviders', 'default'), { spec: { interval: `${intervalMs / 1000}s` } });
    // Everything is looked at with the new interval from the second round on.
    await eventually(() => expect(Math.min(...lists(tenant.control.journal().slice(before)))).toBeGreaterThanOrEqual(2));
    const [seen, called] = [tenant.control.journal().length, (await cluster.calls()).length];
    // A little less, so that a look that comes late at one end and in time at the other isn't counted twice.
    await pause(0.9 * intervalMs);
    const journal = tenant.control.journal().slice(seen);
    const written = tally(changes((await cluster.calls()).slice(called)));
    console.log('one interval', { calls: journal.length, lists: lists(journal), written });

    expect(Math.max(...lists(journal))).toBeLessThanOrEqual(1);
    expect(lists(journal).reduce((sum, value) => sum + value)).toBeGreaterThan(0);
    expect(writesOf(journal)).toEqual([]);
    expect(written).toEqual({});
  });

  it('are looked at by a restarted operator without a write to either side', async () => {
    await operator.stop();
    const [seen, called] = [tenant.control.journal().length, (await cluster.calls()).length];
    operator = await startTestOperator(cluster);
    await eventually(async () => {
      const samples = await operator.metrics();
      expect(sumOf(samples, 'rolekeeper_reconcile_total', { controller: 'role', result: 'after' })).toBeGreaterThanOrEqual(roleCount);
    });
    // The count of users is delayed; it must come to the same.
    await pause(5_000);
    const journal = tenant.control.journal().slice(seen);
    const written = tally(changes((await cluster.calls()).slice(called)));
    console.log('after a restart', { calls: journal.length, lists: lists(journal), written });

    expect(Math.min(...lists(journal))).toBeGreaterThanOrEqual(1);
    expect(writesOf(journal)).toEqual([]);
    expect(written).toEqual({});
  });
});
