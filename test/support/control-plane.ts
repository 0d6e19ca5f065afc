import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import type { ControlPlane, KubectlOptions, ServiceAccountKubeconfig } from '../../tools/controlplane/index.ts';
import { ApiClient, ensureBinaries, kubectl, serviceAccountKubeconfig, startControlPlane } from '../../tools/controlplane/index.ts';
import { inRepository, waitFor } from '../../tools/lib/index.ts';
// The types of what `inject` returns are declared there.
import type {} from './control-plane-setup.ts';

export { ApiClient, ApiError, startControlPlane } from '../../tools/controlplane/index.ts';
export { waitFor } from '../../tools/lib/index.ts';

/** An API server as a test sees it. */
export interface TestCluster {
  /** Path of the admin's kubeconfig. */
  readonly kubeconfig: string;
  /** A client with the admin's rights. */
  readonly admin: ApiClient;
  /** Runs kubectl, as the admin unless another kubeconfig is given. */
  kubectl(args: readonly string[], options?: KubectlOptions): Promise<string>;
  /** Installs the four kinds from `crds/` and waits until the server serves them. Harmless when they are there. */
  installCRDs(): Promise<void>;
  /** Installs the namespace, ServiceAccount and roles that the operator runs with. Harmless when they are there. */
  installRBAC(): Promise<void>;
  /** Creates a namespace that no other test uses and returns its name. Without a controller-manager none can be removed, so none is. */
  createNamespace(prefix?: string, labels?: Readonly<Record<string, string>>): Promise<string>;
  /** A kubeconfig that acts as a ServiceAccount; the operator's own unless given. Its files go when the run ends. */
  serviceAccountKubeconfig(namespace?: string, name?: string): Promise<ServiceAccountKubeconfig>;
}

/** The API server that the tests of this worker share. */
export async function sharedCluster(): Promise<TestCluster> {
  const kubeconfigs = inject('kubeconfigs');
  const worker = Number(process.env.VITEST_POOL_ID ?? 1);
  return testCluster(kubeconfigs[worker - 1] ?? kubeconfigs[0] ?? '');
}

/** The same helpers for any API server, for example one that a test started to break it. */
export async function testCluster(kubeconfig: string): Promise<TestCluster> {
  const admin = await ApiClient.fromKubeconfig(kubeconfig);
  const runKubectl: TestCluster['kubectl'] = (args, options = {}) => kubectl(inject('kubectl'), args, { kubeconfig, ...options });
  return {
    kubeconfig,
    admin,
    kubectl: runKubectl,
    installCRDs: () => installCRDs(admin, runKubectl),
    installRBAC: () => installRBAC(admin, runKubectl),
    createNamespace: async (prefix = 'test', labels = {}) => {
      const name = `${prefix}-${randomBytes(4).toString('hex')}`;
      await admin.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
      return name;
    },
    serviceAccountKubeconfig: async (namespace = 'rolekeeper-system', name = 'rolekeeper') => {
      // A directory for each, so that two tests that rotate the same account's token don't get into each other's way.
      const directory = await mkdtemp(join(inject('scratch'), `${name}-`));
      return serviceAccountKubeconfig({ admin, namespace, name, directory });
    },
  };
}

/** A cluster that belongs to one test, with the means to break it. */
export interface OwnCluster extends TestCluster {
  /** Kills, restarts and stops the servers. */
  readonly controlPlane: ControlPlane;
}

/** Starts an API server for one test or one file, which must call `controlPlane.stop()` when it is done. Takes about three seconds. */
export async function ownCluster(): Promise<OwnCluster> {
  const controlPlane = await startControlPlane({ binaries: await ensureBinaries() });
  return { ...(await testCluster(controlPlane.kubeconfig)), controlPlane };
}

async function installCRDs(admin: ApiClient, runKubectl: TestCluster['kubectl']): Promise<void> {
  const files = (await readdir(inRepository('crds'))).filter((name) => name.endsWith('.yaml'));
  if (files.length === 0) {
    throw new Error('crds/ has no manifests; run `npm run generate` first');
  }
  const names = await runKubectl(['apply', '--server-side', '--force-conflicts', '-o', 'name', '-f', inRepository('crds')]);
  for (const name of names.trim().split('\n')) {
    await waitFor(`the server to serve ${name}`, () => isServed(admin, name.slice(name.indexOf('/') + 1)));
  }
}

async function installRBAC(admin: ApiClient, runKubectl: TestCluster['kubectl']): Promise<void> {
  await runKubectl(['apply', '--server-side', '--force-conflicts', '-f', inRepository('charts', 'rolekeeper', 'install', 'rbac.yaml')]);
  // The server takes a moment to act on a new binding; a test that asked at once would be refused what it is granted.
  await Promise.all(
    [
      { group: 'rolekeeper.dev', resource: 'orgroles', verb: 'watch' },
      { group: 'coordination.k8s.io', resource: 'leases', verb: 'update', namespace: 'rolekeeper-system' },
    ].map((resourceAttributes) =>
      waitFor(`the operator's right to ${resourceAttributes.verb} ${resourceAttributes.resource}`, async () => {
        const review = await admin.create<{ readonly status: { readonly allowed: boolean } }>(
          '/apis/authorization.k8s.io/v1/subjectaccessreviews',
          {
            apiVersion: 'authorization.k8s.io/v1',
            kind: 'SubjectAccessReview',
            spec: { user: 'system:serviceaccount:rolekeeper-system:rolekeeper', resourceAttributes },
          },
        );
        return review.status.allowed;
      }),
    ),
  );
}

interface CustomResourceDefinition {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly plural: string };
    readonly versions: readonly { readonly name: string }[];
  };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Established is not enough: the condition can be true a moment before the first list succeeds. */
async function isServed(admin: ApiClient, name: string): Promise<boolean> {
  const crd = await admin.get<CustomResourceDefinition>(`/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`);
  const established = crd.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True');
  if (!established) {
    return false;
  }
  const { group, names, versions } = crd.spec;
  const answers = await Promise.all(
    versions.map((version) => admin.request('GET', `/apis/${group}/${version.name}/${names.plural}?limit=1`)),
  );
  return answers.every((answer) => answer.status === 200);
}
