import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { freePorts, inRepository, run, waitFor } from '../../tools/lib/index.ts';
import { type OwnCluster, ownCluster } from '../support/control-plane.ts';
import { apiRoot, canaryKey, catalogue, Tenant, writesOf } from '../support/e2e.ts';
import { chartDirectory, Helm, helmBuildTimeoutMs, type Manifest, manifestsOf } from '../support/helm.ts';
import type { OperatorProcess } from '../support/operator-process.ts';
import { type Container, startPod } from '../support/pod-process.ts';

const namespace = 'identity';
const release = ['rolekeeper', '--namespace', namespace];
const crd = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/orgroles.rolekeeper.dev';

let cluster: OwnCluster;
let helm: Helm;
let tenant: Tenant;
let operator: OperatorProcess | undefined;
let settings: readonly string[];

beforeAll(async () => {
  cluster = await ownCluster();
  helm = await Helm.find(cluster.kubeconfig);
  const [metrics, health] = await freePorts(2);
  // An uninstalled operator may no longer give its Lease back; waiting for its end is not what is tested.
  const lease = 'leaderElection.leaseDuration=4s,leaderElection.renewDeadline=3s,leaderElection.retryPeriod=1s';
  settings = ['--set', `ports.metrics=${metrics},ports.health=${health},${lease}`];
}, helmBuildTimeoutMs);

afterAll(async () => {
  await operator?.stop();
  await tenant?.emulator.close();
  await cluster?.controlPlane.stop();
});

interface OrgRoleCRD {
  spec: { versions: { schema: { openAPIV3Schema: { properties: { spec: { properties: Record<string, unknown> } } } } }[] };
}

const roleFields = (object: OrgRoleCRD): Record<string, unknown> =>
  object.spec.versions[0]?.schema.openAPIV3Schema.properties.spec.properties ?? {};

/**
 * The chart as an earlier version may have been. None was ever released: this is the present one with another version and a field less
 * in a CRD, which is what an upgrade has to add.
 */
async function earlierChart(): Promise<string> {
  const directory = join(await mkdtemp(join(inject('scratch'), 'chart-')), 'rolekeeper');
  await cp(chartDirectory, directory, { recursive: true });
  const about = join(directory, 'Chart.yaml');
  await writeFile(about, (await readFile(about, 'utf8')).replace(/^(version|appVersion): .*$/gm, '$1: 0.0.9'));
  const file = join(directory, 'files', 'crds', 'rolekeeper.dev_orgroles.yaml');
  const object = parse(await readFile(file, 'utf8')) as OrgRoleCRD;
  delete roleFields(object).protection;
  await writeFile(file, stringify(object));
  return directory;
}

/** How often the provider was written to and the Role's status changed: what must stay when nothing is to be done. */
async function traces(): Promise<object> {
  const { metadata } = await tenant.role('org-editor');
  return { writes: writesOf(tenant.control.journal()).length, resourceVersion: metadata.resourceVersion, uid: metadata.uid };
}

describe('the chart', () => {
  it('is installed, in a version before this one', async () => {
    await helm.run('install', ...release, await earlierChart(), '--create-namespace', ...settings);
    expect(await helm.run('list', '--namespace', namespace)).toMatch(/deployed\s+rolekeeper-0\.0\.9/);
    expect(Object.keys(roleFields(await cluster.admin.get(crd)))).not.toContain('protection');
    await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all']);
  });

  it('gives the operator the account, the arguments and the variables with which it works', async () => {
    tenant = await Tenant.create(cluster, {
      prefix: 'chart',
      emulator: {
        seed: {
          apiKey: canaryKey,
          permissions: catalogue,
          users: [{ id: 'user_1', email: 'one@example.com' }],
          organizations: [{ id: 'org_1', name: 'One', members: [{ user: 'user_1', roles: [] }] }],
        },
      },
    });
    operator = await startPod(cluster, namespace, 'rolekeeper');
    await operator.leading();
    await tenant.createRole('org-editor', { permissions: ['p:1', 'p:2'], deletionPolicy: 'Delete' });
    await tenant.createBinding('editors', { roleRef: { name: 'org-editor' }, subjects: [{ id: 'user_1' }] });
    await tenant.untilReady(1);
    await tenant.untilBound(1);
    expect(tenant.remote('org-editor')?.permissions).toEqual(['p:1', 'p:2']);
    expect(tenant.holders('org-editor')).toEqual(['user_1']);
    const lease = await cluster.admin.get<{ spec: { holderIdentity: string } }>(
      `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/rolekeeper`,
    );
    expect(lease.spec.holderIdentity).not.toBe('');
  });

  it.each([
    { role: 'view', may: ['list orgroles'], mayNot: ['create orgroles', 'patch orgrolebindings', 'delete roleproviders'] },
    { role: 'edit', may: ['create orgroles', 'patch orgrolebindings'], mayNot: ['create roleproviders', 'patch orgroles/status'] },
    { role: 'admin', may: ['create orgroles', 'create roleproviders'], mayNot: ['patch roleproviders/status', 'get secrets'] },
  ])('has a ClusterRole $role for people that goes as far as it should', async ({ role, may, mayNot }) => {
    const binding = ['rolebinding', role, `--clusterrole=rolekeeper-${role}`, `--user=${role}`, '-n', tenant.namespace];
    await cluster.kubectl(['create', ...binding]);
    const can = async (right: string): Promise<boolean> => {
      const [verb, resource = '', subresource] = right.split(/[ /]/);
      const group = resource === 'secrets' ? '' : 'rolekeeper.dev';
      const resourceAttributes = { namespace: tenant.namespace, verb, group, resource, subresource };
      const review = await cluster.admin.create<{ status: { allowed: boolean } }>('/apis/authorization.k8s.io/v1/subjectaccessreviews', {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec: { user: role, resourceAttributes },
      });
      return review.status.allowed;
    };
    for (const right of may) await waitFor(`${role} to ${right}`, () => can(right));
    for (const right of mayNot) expect(await can(right), right).toBe(false);
  });

  it('has a test that asks the operator through its Service', async () => {
    const [pod] = manifestsOf(await helm.run('get', 'hooks', ...release)) as readonly (Manifest & {
      readonly spec: { readonly containers: readonly Container[] };
    })[];
    expect(pod?.metadata.annotations?.['helm.sh/hook']).toBe('test');
    // There is no DNS for Services here, so the process of this machine stands in for the Service of the same ports.
    const args = (pod?.spec.containers[0]?.args ?? []).map((arg) => arg.replaceAll(`rolekeeper.${namespace}.svc`, '127.0.0.1'));
    const probe = () => run(process.execPath, [inRepository('src/main.ts'), ...args.filter((arg) => !arg.startsWith('--timeout'))]);
    expect(await probe()).toMatchObject({ code: 0, stderr: '' });
    expect(args.join(' ')).toContain('/readyz');
    await operator?.stop();
    expect(await probe()).toMatchObject({ code: 1, stdout: '' });
  });

  it('is upgraded with its CRDs, and nothing is written because of it', async () => {
    const before = await traces();
    await helm.run('upgrade', ...release, chartDirectory, ...settings);
    expect(Object.keys(roleFields(await cluster.admin.get(crd)))).toContain('protection');
    operator = await startPod(cluster, namespace, 'rolekeeper');
    await operator.leading();
    await tenant.untilReady(1);
    await tenant.untilBound(1);
    expect(await traces()).toEqual(before);
    await tenant.patchRole('org-editor', { protection: { minHolders: 1 } });
    await tenant.untilRole('org-editor', 'True/Available');
    expect((await tenant.role('org-editor')).spec.protection).toEqual({ minHolders: 1 });
  });

  it('is rolled back with its CRDs and forward again, and no object is lost', async () => {
    const { uid } = (await tenant.role('org-editor')).metadata;
    await helm.run('rollback', ...release);
    expect(Object.keys(roleFields(await cluster.admin.get(crd)))).not.toContain('protection');
    await helm.run('upgrade', ...release, chartDirectory, ...settings);
    expect(Object.keys(roleFields(await cluster.admin.get(crd)))).toContain('protection');
    expect((await tenant.role('org-editor')).metadata.uid).toBe(uid);
  });

  it('is uninstalled while objects and roles at the provider stay', async () => {
    const before = await traces();
    await helm.run('uninstall', ...release);
    // Kubernetes ends the pods of a Deployment that is gone.
    await operator?.stop();
    expect(await traces()).toEqual(before);
    expect(tenant.remote('org-editor')?.permissions).toEqual(['p:1', 'p:2']);
    expect(tenant.holders('org-editor')).toEqual(['user_1']);
    expect((await cluster.admin.get<{ items: readonly Manifest[] }>(`${apiRoot}/orgrolebindings`)).items).toHaveLength(1);
    const { items: crds } = await cluster.admin.get<{ items: readonly { metadata: object }[] }>(crd.replace(/\/[^/]*$/, ''));
    expect(crds).toHaveLength(4);
    for (const { metadata } of crds) expect(metadata).not.toHaveProperty('deletionTimestamp');
    for (const path of [
      `/apis/apps/v1/namespaces/${namespace}/deployments`,
      `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/roles`,
      '/apis/rbac.authorization.k8s.io/v1/clusterroles?labelSelector=app.kubernetes.io/instance=rolekeeper',
    ]) {
      expect((await cluster.admin.get<{ items: readonly object[] }>(path)).items, path).toEqual([]);
    }
  });

  it('is installed again over what it left, and goes on where it was', async () => {
    const before = await traces();
    await helm.run('install', ...release, chartDirectory, ...settings);
    operator = await startPod(cluster, namespace, 'rolekeeper');
    await operator.leading();
    await tenant.untilReady(1);
    await tenant.untilBound(1);
    expect(await traces()).toEqual(before);
  });

  it('is not put over CRDs that came from elsewhere, unless it is told to take them over', async () => {
    await helm.run('uninstall', ...release);
    for (const label of ['app.kubernetes.io/managed-by-', 'meta.helm.sh/release-name-', 'meta.helm.sh/release-namespace-']) {
      await cluster.kubectl([label.startsWith('meta') ? 'annotate' : 'label', 'crd', '--all', label]);
    }
    const install = (...args: readonly string[]) => helm.run('install', ...release, chartDirectory, ...settings, ...args);
    await expect(install()).rejects.toThrow(/CustomResourceDefinition .* cannot be imported/);
    await install('--take-ownership');
    expect((await tenant.role('org-editor')).spec.permissions).toEqual(['p:1', 'p:2']);
  });
});
