import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type JournalEntry, overlappingWrites } from '../../src/emulators/index.ts';
import { sharedCluster, type TestCluster } from '../support/control-plane.ts';
import { eventually, slugOfCall, Tenant } from '../support/e2e.ts';
import { type OperatorProcess, startTestOperator, sumOf } from '../support/operator-process.ts';

const timing = { 'lease-duration': '6s', 'renew-deadline': '4s', 'retry-period': '1s' };
const count = 40;

interface Lease {
  readonly spec: { readonly holderIdentity?: string };
}

let cluster: TestCluster;
let tenant: Tenant;
let lease: string;
let running: OperatorProcess[] = [];

beforeAll(async () => {
  cluster = await sharedCluster();
  await cluster.installCRDs();
  await cluster.installRBAC();
});

afterEach(async () => {
  await Promise.all(running.map((operator) => operator.stop()));
  running = [];
  await tenant[Symbol.asyncDispose]();
});

/** A pair of replicas of which the first leads. */
async function pair(options: Parameters<typeof Tenant.create>[1] = {}): Promise<readonly [OperatorProcess, OperatorProcess]> {
  tenant = await Tenant.create(cluster, { prefix: 'leader', ...options });
  lease = `e2e-${tenant.namespace}`;
  const first = await replica('first');
  await first.leading();
  return [first, await replica('second')];
}

async function replica(name: string): Promise<OperatorProcess> {
  const operator = await startTestOperator(cluster, { name, flags: { ...timing, 'lease-name': lease } });
  running.push(operator);
  return operator;
}

function createMany(): Promise<void> {
  return tenant.createRoles(
    Array.from({ length: count }, (_, index) => [`org-r${index}`, { permissions: ['p:1', `p:${(index % 30) + 2}`] }]),
  );
}

async function rolesWritten(operator: OperatorProcess): Promise<number> {
  return sumOf(await operator.metrics(), 'rolekeeper_role_writes_total');
}

async function holder(): Promise<string> {
  const path = `/apis/coordination.k8s.io/v1/namespaces/rolekeeper-system/leases/${lease}`;
  return (await cluster.admin.get<Lease>(path)).spec.holderIdentity ?? '';
}

/** Each role was created once, given its permissions at most twice, and no two writes of the organization overlapped. */
function expectOneWriter(journal: readonly JournalEntry[]): void {
  const created = journal.filter(({ operationId, status }) => operationId === 'createOrganizationRole' && status === 201).map(slugOfCall);
  expect(new Set(created).size).toBe(created.length);
  expect(created).toHaveLength(count);
  expect(overlappingWrites(journal)).toEqual([]);
}

describe('two replicas', () => {
  it('let only the leader write', async () => {
    const [first, second] = await pair();
    await createMany();
    await tenant.untilReady(count);

    expect(await first.isLeading()).toBe(true);
    expect(await second.isLeading()).toBe(false);
    expect(await rolesWritten(first)).toBe(count);
    expect(await rolesWritten(second)).toBe(0);
    expect(sumOf(await second.metrics(), 'rolekeeper_provider_requests_total')).toBe(0);
    expect(tenant.writes()).toHaveLength(2 * count);
    expectOneWriter(tenant.control.journal());
  });

  it('go on when the leader is killed in the middle of its work', async () => {
    const [first, second] = await pair({ emulator: { latencyMs: 20 } });
    const before = await holder();
    const killed = tenant.control.nextRequest({ operationId: 'createOrganizationRole' }).then(() => first.kill());
    await createMany();
    await killed;
    await second.leading();
    await tenant.untilReady(count);

    expect(await holder()).not.toBe(before);
    expect(await rolesWritten(second)).toBeGreaterThan(0);
    expectOneWriter(tenant.control.journal());
  });

  it('hand over at once when the leader ends in order', async () => {
    const [first, second] = await pair({ emulator: { latencyMs: 20 } });
    const leader = await holder();
    const ending = tenant.control.nextRequest({ operationId: 'createOrganizationRole' }).then(() => first.stop());
    await createMany();
    // Handed over, not run out: the Lease says that nobody holds it, or already that the other one does.
    await first.ended();
    expect(await holder()).not.toBe(leader);
    expect(await ending).toEqual({ code: 0, signal: null });
    await second.leading();
    await tenant.untilReady(count);

    expect((await first.logLines()).map(({ message }) => message)).toEqual(expect.arrayContaining(['Stopped leading', 'Stopped']));
    expectOneWriter(tenant.control.journal());
  });

  it('do not write both when the leader is stopped, replaced and goes on', async () => {
    const [first, second] = await pair({ emulator: { latencyMs: 20 }, proxied: true });
    // Stopped after its create was carried out and before it has seen the answer: the permissions are yet to come.
    const paused = tenant.control.nextRequest({ operationId: 'createOrganizationRole' }).then((entry) => {
      first.pause();
      return entry;
    });
    await createMany();
    const { body } = await paused;
    const slug = (JSON.parse(body ?? '{}') as { readonly slug: string }).slug;
    await second.leading();
    await tenant.untilReady(count);
    // What the stopped one is about to send is out of date by now.
    await tenant.patchRole(slug, { permissions: ['p:39'] });
    await tenant.untilReady(count);
    const seen = tenant.control.journal().length;
    first.resume();
    await eventually(async () => {
      expect(await first.isLeading()).toBe(false);
      expect((await first.logLines()).map(({ message }) => message)).toContain('Stopped leading');
    });
    // It takes part again, and writes again when it is its turn.
    await second.kill();
    await first.leading();
    await tenant.patchRole('org-r0', { permissions: ['p:38'] });
    await tenant.untilReady(count);

    const after = tenant.control
      .journal()
      .slice(seen)
      .filter(({ method }) => method !== 'GET');
    expect(after.map((entry) => [slugOfCall(entry), entry.body])).toEqual([['org-r0', JSON.stringify({ permissions: ['p:38'] })]]);
    if (slug !== 'org-r0') expect(tenant.remote(slug)?.permissions).toEqual(['p:39']);
    expectOneWriter(tenant.control.journal());
  });
});
