import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type JournalEntry, overlappingWrites } from '../../src/emulators/index.ts';
import { sharedCluster, type TestCluster } from '../support/control-plane.ts';
import { eventually, slugOfCall, Tenant } from '../support/e2e.ts';
import { type OperatorProcess, startTestOperator, sumOf } from '../support/operator-process.ts';
import { programWithClock } from '../support/program-with-clock.ts';

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
async function pair(
  options: Parameters<typeof Tenant.create>[1] = {},
  clocks = { first: 0, second: 0 },
): Promise<readonly [OperatorProcess, OperatorProcess]> {
  tenant = await Tenant.create(cluster, { prefix: 'leader', ...options });
  lease = `e2e-${tenant.namespace}`;
  const first = await replica('first', clocks.first);
  await first.leading();
  return [first, await replica('second', clocks.second)];
}

/** `aheadMs`: how far its wall clock is ahead of the API server's. */
async function replica(name: string, aheadMs = 0): Promise<OperatorProcess> {
  const program = aheadMs === 0 ? {} : { program: await programWithClock(aheadMs) };
  const operator = await startTestOperator(cluster, { name, flags: { ...timing, 'lease-name': lease }, ...program });
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

/** Operations of the writes that the provider hasn't carried out yet. */
function openWrites(): readonly unknown[] {
  return tenant
    .writes()
    .filter(({ endMs }) => endMs === undefined)
    .map(({ operationId }) => operationId);
}

/** Each role was created once, given its permissions at most twice, and no two writes of the organization overlapped. */
function expectOneWriter(journal: readonly JournalEntry[], roles = count): void {
  const created = journal.filter(({ operationId, status }) => operationId === 'createOrganizationRole' && status === 201).map(slugOfCall);
  expect(new Set(created).size).toBe(created.length);
  expect(created).toHaveLength(roles);
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

  it('do not write both when the leader is stopped while the provider still works on its write', async () => {
    const [first, second] = await pair({ proxied: true });
    await tenant.createRole('org-r0', { permissions: ['p:1'] });
    await tenant.untilReady(1);
    // Of the two writes of a creation the second one is what the stopped leader would send next.
    tenant.control.inject({ kind: 'delay', operationId: 'createOrganizationRole', delayMs: 3_000 });
    await tenant.createRole('org-r1', { permissions: ['p:1', 'p:2'] });
    await eventually(() => expect(openWrites()).toEqual(['createOrganizationRole']));
    first.pause();
    await second.leading();
    await tenant.untilReady(2);
    await tenant.patchRole('org-r1', { permissions: ['p:3'] });
    await tenant.untilReady(2);
    const writes = tenant.writes().length;
    first.resume();
    await eventually(async () => expect((await first.logLines()).map(({ message }) => message)).toContain('Stopped leading'));
    expect(await first.isLeading()).toBe(false);
    expect(tenant.writes()).toHaveLength(writes);
    await second.kill();
    await first.leading();
    await tenant.patchRole('org-r0', { permissions: ['p:4'] });
    await tenant.untilReady(2);

    expect(tenant.writes().slice(writes).map(slugOfCall)).toEqual(['org-r0']);
    expect(tenant.remote('org-r1')?.permissions).toEqual(['p:3']);
    expectOneWriter(tenant.control.journal(), 2);
  });

  it('lead one after the other although their clocks are two hours apart', async () => {
    const [first, second] = await pair({}, { first: 3_600_000, second: -3_600_000 });
    await createMany();
    await tenant.untilReady(count);
    expect(await second.isLeading()).toBe(false);
    await first.kill();
    await second.leading();
    const third = await replica('third', 3_600_000);
    await tenant.patchRole('org-r0', { permissions: ['p:39'] });
    await tenant.untilReady(count);

    expect(await third.isLeading()).toBe(false);
    expect(await second.isLeading()).toBe(true);
    expect(tenant.remote('org-r0')?.permissions).toEqual(['p:39']);
    expectOneWriter(tenant.control.journal());
  });
});
