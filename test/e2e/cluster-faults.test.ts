import { mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { overlappingWrites } from '../../src/emulators/index.ts';
import type { ServiceAccountKubeconfig } from '../../tools/controlplane/index.ts';
import { type OwnCluster, ownCluster } from '../support/control-plane.ts';
import { catalogue, eventually, pause, slugOfCall, Tenant } from '../support/e2e.ts';
import { type OperatorProcess, parseLog, startTestOperator, sumOf } from '../support/operator-process.ts';

const accounts = '/api/v1/namespaces/rolekeeper-system/serviceaccounts';
const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'rolekeeper' } };
const organizations = ['org_1', 'org_2'];

let cluster: OwnCluster;
let identity: ServiceAccountKubeconfig;
let operator: OperatorProcess;
let tenant: Tenant;
let created = 0;

beforeAll(async () => {
  cluster = await ownCluster();
  await cluster.admin.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'rolekeeper-system' } });
  await cluster.admin.create(accounts, account);
  identity = await cluster.serviceAccountKubeconfig();
});

afterAll(async () => {
  await operator?.stop();
  await tenant?.emulator.close();
  await cluster?.controlPlane.stop();
});

async function createMore(count: number): Promise<void> {
  const first = created;
  created += count;
  await tenant.createRoles(
    Array.from({ length: count }, (_, index) => [
      `org-r${first + index}`,
      { organization: organizations[index % organizations.length] ?? '', permissions: ['p:1', catalogue[(index % 30) + 2] ?? ''] },
    ]),
  );
}

/** Whatever happened to the cluster: every role was created once, never taken away, and no two writes overlapped. */
function expectUnharmed(): void {
  const journal = tenant.control.journal();
  const slugs = journal.filter(({ operationId, status }) => operationId === 'createOrganizationRole' && status === 201).map(slugOfCall);
  expect(slugs).toHaveLength(created);
  expect(new Set(slugs).size).toBe(created);
  expect(journal.filter(({ method }) => method === 'DELETE')).toEqual([]);
  expect(overlappingWrites(journal)).toEqual([]);
}

describe('the operator', () => {
  it('without rights says which and where they are to be found', async () => {
    await cluster.admin.create(accounts, { ...account, metadata: { name: 'stranger' } });
    const { kubeconfig } = await cluster.serviceAccountKubeconfig('rolekeeper-system', 'stranger');
    // It waits for them, so it never becomes ready; the error carries the end of its log.
    await expect(startTestOperator(cluster, { kubeconfig, readyTimeoutMs: 8_000 })).rejects.toThrow(
      /The operator may not list and watch orgroles\.rolekeeper\.dev: give its ServiceAccount the rights in charts.*rbac\.yaml/,
    );
  });

  it('started without CRDs says which are missing, waits, and goes on', async () => {
    await cluster.installRBAC();
    const directory = await mkdtemp(join(inject('scratch'), 'operator-'));
    const starting = startTestOperator(cluster, { kubeconfig: identity.kubeconfig, directory, readyTimeoutMs: 200_000 });
    await eventually(async () => {
      const lines = parseLog(await readFile(join(directory, 'operator.log'), 'utf8'));
      expect(lines.map(({ message }) => message)).toContainEqual(
        expect.stringMatching(/The CRD orgroles\.rolekeeper\.dev isn't installed.*kubectl apply .*crds\//),
      );
    });
    await cluster.installCRDs();
    operator = await starting;
    await operator.leading();

    tenant = await Tenant.create(cluster, { prefix: 'faults', organizations, emulator: { latencyMs: 20 } });
    await createMore(4);
    await tenant.untilReady(created);
    expectUnharmed();
  });

  it('converges although the API server is killed for 20 seconds in the middle of its work', async () => {
    const wrote = tenant.control.nextRequest({ operationId: 'setOrganizationRolePermissions' });
    await createMore(120);
    await wrote;
    await cluster.controlPlane.killApiServer();
    // Longer than the leader may write without renewing its Lease.
    await pause(20_000);
    const quiet = tenant.writes().length;
    expect(await operator.isLeading()).toBe(false);
    await pause(1_000);
    expect(tenant.writes()).toHaveLength(quiet);
    await cluster.controlPlane.startApiServer();
    await tenant.untilReady(created);

    expect(operator.exit).toBeUndefined();
    expectUnharmed();
  });

  it('converges although the API server is restarted in good order', async () => {
    const wrote = tenant.control.nextRequest({ operationId: 'setOrganizationRolePermissions' });
    await createMore(60);
    await wrote;
    await cluster.controlPlane.restartApiServer();
    await tenant.untilReady(created);
    expectUnharmed();
  });

  it('takes up a new token when the old one is worth nothing any more', async () => {
    await cluster.admin.delete(`${accounts}/rolekeeper`);
    await cluster.admin.create(accounts, account);
    await eventually(async () =>
      expect(sumOf(await operator.metrics(), 'rolekeeper_kubernetes_requests_total', { code: '401' })).toBeGreaterThan(0),
    );
    await identity.rotate();
    await createMore(2);
    await tenant.untilReady(created);
    expectUnharmed();
  });

  // For the API server deleting a CRD is deleting each of its objects, also those whose roles were to be deleted with them.
  it('takes no role away when the CRD is deleted, and takes them all up again when it is back', async () => {
    const complaints = async () =>
      (await operator.logLines()).filter(({ message }) => /The CRD orgroles.*isn't installed/.test(message)).length;
    const complained = await complaints();
    const doomed = { organization: organizations[0] ?? '', permissions: ['p:1'], deletionPolicy: 'Delete' } as const;
    await tenant.createRole('org-doomed', doomed);
    created += 1;
    await tenant.untilRole('org-doomed', 'True/Available');
    const writes = tenant.writes().length;
    await cluster.kubectl(['delete', 'crd', 'orgroles.rolekeeper.dev', '--wait=true', '--timeout=120s']);
    await eventually(async () => expect(await complaints()).toBeGreaterThan(complained));
    expect(tenant.remote('org-doomed', doomed.organization)).toBeDefined();
    await cluster.installCRDs();
    const before = created;
    created = 0;
    await createMore(4);
    await tenant.untilReady(4);
    created = before;

    expect((await tenant.roles()).map(({ status }) => status?.ownership)).toEqual(Array.from({ length: 4 }, () => 'Adopted'));
    expect(tenant.writes()).toHaveLength(writes);
    expectUnharmed();
  });
});
