import { mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { inRepository } from '../../tools/lib/index.ts';
import { eventually, pause } from '../support/e2e.ts';
import { FaultScene, untilLogged } from '../support/e2e-fault-scene.ts';
import { type OperatorProcess, parseLog, startTestOperator, sumOf } from '../support/operator-process.ts';
import { shortLivedToken } from '../support/short-lived-token.ts';

const accounts = '/api/v1/namespaces/rolekeeper-system/serviceaccounts';
const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'rolekeeper' } };

let scene: FaultScene;
let operator: OperatorProcess;
/** The token that the operator used last. */
let shortLived = '';

beforeAll(async () => {
  scene = await FaultScene.create();
});

afterAll(async () => {
  await operator?.stop();
  await scene?.[Symbol.asyncDispose]();
});

/** Declares this much and resolves when the first permissions have been written: the rest is yet to come. */
async function inTheMiddleOf(roles: number, bindings: number): Promise<void> {
  const wrote = scene.tenant.control.nextRequest({ operationId: 'setOrganizationRolePermissions' });
  await scene.declare(roles, bindings);
  await wrote;
}

/** What was written before the Lease ran out is all that is written. */
async function expectQuiet(): Promise<void> {
  expect(await operator.isLeading()).toBe(false);
  const quiet = scene.tenant.writes().length;
  await pause(1_000);
  expect(scene.tenant.writes()).toHaveLength(quiet);
}

/** Installs the CRD of Roles as it would be if its status lacked a field. */
async function installWithout(field: string): Promise<void> {
  const crd = parse(await readFile(inRepository('crds', 'rolekeeper.dev_orgroles.yaml'), 'utf8'));
  delete crd.spec.versions[0].schema.openAPIV3Schema.properties.status.properties[field];
  await scene.cluster.admin.apply(`/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${crd.metadata.name}`, crd, 'kubectl');
  const explain = () => scene.cluster.kubectl(['explain', `orgroles.status.${field}`]);
  await eventually(() => expect(explain()).rejects.toThrow(/does not exist/));
}

describe('the operator', () => {
  it('without rights says which and where they are to be found', async () => {
    const { cluster } = scene;
    await cluster.admin.create(accounts, { ...account, metadata: { name: 'stranger' } });
    const { kubeconfig } = await cluster.serviceAccountKubeconfig('rolekeeper-system', 'stranger');
    // It waits for them, so it never becomes ready; the error carries the end of its log.
    await expect(startTestOperator(cluster, { kubeconfig, readyTimeoutMs: 8_000 })).rejects.toThrow(
      /The operator may not list and watch orgroles\.rolekeeper\.dev: give its ServiceAccount the rights in charts.*rbac\.yaml/,
    );
  });

  it('started without CRDs says which are missing, waits, and goes on', async () => {
    await scene.cluster.installRBAC();
    const directory = await mkdtemp(join(inject('scratch'), 'operator-'));
    const { kubeconfig } = scene.identity;
    const starting = startTestOperator(scene.cluster, { kubeconfig, directory, readyTimeoutMs: 200_000 });
    await eventually(async () => {
      const lines = parseLog(await readFile(join(directory, 'operator.log'), 'utf8'));
      expect(lines.map(({ message }) => message)).toContainEqual(
        expect.stringMatching(/The CRD orgroles\.rolekeeper\.dev isn't installed.*kubectl apply .*crds\//),
      );
    });
    await scene.install();
    operator = await starting;
    await operator.leading();

    await scene.declare(4, 2);
    await scene.untilConverged();
    scene.expectUnharmed();
  });

  it('converges although the API server is killed for 20 seconds in the middle of its work', async () => {
    await inTheMiddleOf(120, 10);
    await scene.cluster.controlPlane.killApiServer();
    // Longer than the leader may write without renewing its Lease.
    await pause(20_000);
    await expectQuiet();
    await scene.cluster.controlPlane.startApiServer();
    await scene.untilConverged();

    expect(operator.exit).toBeUndefined();
    scene.expectUnharmed();
  });

  it('converges although the API server is restarted in good order', async () => {
    await inTheMiddleOf(60, 10);
    await scene.cluster.controlPlane.restartApiServer();
    await scene.untilConverged();
    await scene.expectChangesArrive();
  });

  it('converges although etcd is killed in the middle of its work and comes back', async () => {
    await inTheMiddleOf(60, 10);
    await scene.cluster.controlPlane.restartEtcd();
    await scene.untilConverged();
    await scene.expectChangesArrive();
  });

  it('writes nothing while etcd is gone for 20 seconds, and converges when it is back', async () => {
    await inTheMiddleOf(60, 10);
    await scene.cluster.controlPlane.killEtcd();
    await pause(20_000);
    await expectQuiet();
    await scene.cluster.controlPlane.startEtcd();
    await scene.untilConverged();

    expect(operator.exit).toBeUndefined();
    await scene.expectChangesArrive();
  });

  it('takes up a new token when the old one is worth nothing any more', async () => {
    await scene.cluster.admin.delete(`${accounts}/rolekeeper`);
    await scene.cluster.admin.create(accounts, account);
    await eventually(async () =>
      expect(sumOf(await operator.metrics(), 'rolekeeper_kubernetes_requests_total', { code: '401' })).toBeGreaterThan(0),
    );
    shortLived = await shortLivedToken(scene.cluster, scene.identity, 8);
    await scene.declare(2);
    await scene.untilConverged();
    scene.expectUnharmed();
  });

  it('with a token that expired says so, without the token, and goes on when the file has a new one', async () => {
    const seen = (await operator.logLines()).length;
    await untilLogged(operator, /refuses the credentials of the operator.*401/, seen);
    await eventually(async () => expect(await operator.isLeading()).toBe(false));
    await scene.change();
    await expectQuiet();
    await scene.identity.rotate();
    await scene.untilConverged();

    expect(operator.exit).toBeUndefined();
    scene.expectUnharmed();
    const [head = '', claims = '', signature = ''] = shortLived.split('.');
    const log = await readFile(operator.logFile, 'utf8');
    for (const part of [`${head}.`, claims, signature]) expect(log).not.toContain(part);
  });

  // For the API server deleting a CRD is deleting each of its objects, also those whose roles were to be deleted with them.
  it('takes no role away when the CRD is deleted, and takes them all up again when it is back', async () => {
    const seen = (await operator.logLines()).length;
    await scene.tenant.admin.mergePatch(scene.tenant.path('orgroles', 'org-r0'), { spec: { deletionPolicy: 'Delete' } });
    await scene.untilConverged();
    const writes = scene.tenant.writes().length;
    await scene.cluster.kubectl(['delete', 'crd', 'orgroles.rolekeeper.dev', '--wait=true', '--timeout=120s']);
    await untilLogged(operator, /The CRD orgroles.*isn't installed/, seen);
    await scene.cluster.installCRDs();
    await scene.declareAgain('orgroles');
    await scene.untilConverged();

    expect(new Set((await scene.tenant.roles()).map(({ status }) => status?.ownership))).toEqual(new Set(['Adopted']));
    expect(scene.tenant.writes()).toHaveLength(writes);
    await scene.expectChangesArrive();
  });

  it('takes no grant away when the CRD of RoleBindings is deleted, and keeps them when it is back', async () => {
    const seen = (await operator.logLines()).length;
    const writes = scene.tenant.writes().length;
    await scene.cluster.kubectl(['delete', 'crd', 'orgrolebindings.rolekeeper.dev', '--wait=true', '--timeout=120s']);
    await untilLogged(operator, /The CRD orgrolebindings.*isn't installed/, seen);
    await scene.cluster.installCRDs();
    await scene.declareAgain('orgrolebindings');
    await scene.untilConverged();

    expect(scene.tenant.writes()).toHaveLength(writes);
    await scene.expectChangesArrive();
  });

  it('says that a CRD is older than itself, writes nothing twice, and goes on when it is brought up to date', async () => {
    const seen = (await operator.logLines()).length;
    await installWithout('lastChange');
    await scene.declare(2, 1);
    await untilLogged(operator, /lastChange.*CRDs seem to be of another version: kubectl apply --server-side -f crds\//, seen);
    await scene.cluster.installCRDs();
    await scene.untilConverged();
    await scene.expectChangesArrive();
  });
});
