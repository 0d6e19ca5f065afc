import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/api/index.ts';
import { freePorts } from '../../tools/lib/index.ts';
import { apiRoot, canaryKey, createClusterProvider, eventually, stateOf, type Tenant } from '../support/e2e.ts';
import { type AuditedCall, type AuditedCluster, auditedCluster } from '../support/e2e-audit.ts';
import { tenantWithMember } from '../support/e2e-fixtures.ts';
import { chartDirectory, Helm, helmBuildTimeoutMs, type Manifest, manifestsOf } from '../support/helm.ts';
import type { OperatorProcess } from '../support/operator-process.ts';
import { startPod } from '../support/pod-process.ts';

const namespace = 'rolekeeper-system';
const vault = 'vault';
const release = ['rolekeeper', '--namespace', namespace];
const providerRef = { kind: 'ClusterRoleProvider', name: 'shared' } as const;

let cluster: AuditedCluster;
let helm: Helm;
let inside: Tenant;
let outside: Tenant;
let operator: OperatorProcess;

beforeAll(async () => {
  cluster = await auditedCluster();
  helm = await Helm.find(cluster.kubeconfig);
  // Somebody else has put the CRDs there: the chart is not the only one who may.
  await cluster.installCRDs();
  [inside, outside] = await Promise.all([tenantWithMember(cluster, 'inside'), tenantWithMember(cluster, 'outside')]);
  await cluster.admin.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: vault } });
  await cluster.admin.create(`/api/v1/namespaces/${vault}/secrets`, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'shared' },
    stringData: { apiKey: canaryKey },
  });
  const [metrics, health] = await freePorts(2);
  await helm.run(
    'install',
    ...release,
    chartDirectory,
    '--create-namespace',
    '--set',
    `watchNamespaces={${inside.namespace}},credentialsNamespaces={${vault}},ports.metrics=${metrics},ports.health=${health},crds.enabled=false`,
  );
  operator = await startPod(cluster, namespace, 'rolekeeper');
}, helmBuildTimeoutMs);

afterAll(async () => {
  await operator?.stop();
  await Promise.all([inside?.emulator.close(), outside?.emulator.close()]);
  await cluster?.controlPlane.stop();
});

/** Everything that an operator does for a namespace: roles of its own and of a shared provider, bindings, drift, deletion. */
async function useEverything(): Promise<void> {
  await createClusterProvider(cluster.admin, 'shared', {
    workos: {
      baseURL: inside.emulator.url,
      allowInsecureHTTP: true,
      multipleRoles: true,
      apiKeySecretRef: { namespace: vault, name: 'shared', key: 'apiKey' },
    },
    allowedNamespaces: { names: [inside.namespace, outside.namespace] },
    interval: '10s',
  });
  await inside.createRole('org-own', { permissions: ['p:1'], deletionPolicy: 'Delete' });
  await inside.createRole('org-shared', { permissions: ['p:1'], providerRef, deletionPolicy: 'Delete' });
  await outside.createRole('org-outside', { permissions: ['p:1'] });
  await outside.createRole('org-outside-shared', { permissions: ['p:1'], providerRef });
  await inside.untilReady(2);
  await inside.createBinding('shared', { roleRef: { name: 'org-shared' }, subjects: [{ id: 'user_1' }] });
  await inside.untilBound(1);
  inside.tamper('org-own', ['p:2']);
  await inside.annotateRole('org-own', { 'rolekeeper.dev/reconcile-requested-at': 'now' });
  await eventually(() => expect(inside.remote('org-own')?.permissions).toEqual(['p:1']));
  const providers = [`${apiRoot}/clusterroleproviders/shared`, inside.path('roleproviders', 'default')];
  // They are held as long as they are used, which is found out at the next look at them.
  for (const path of providers)
    await eventually(async () => expect((await cluster.admin.get<KubeObject>(path)).metadata.finalizers).toHaveLength(1));
  await cluster.admin.delete(inside.path('orgrolebindings', 'shared'));
  await eventually(async () => expect(await cluster.admin.find(inside.path('orgrolebindings', 'shared'))).toBeUndefined());
  await Promise.all(['org-shared', 'org-own'].map((name) => inside.deleteRole(name)));
  await Promise.all(['org-shared', 'org-own'].map((name) => inside.untilGone(name)));
  for (const path of providers) {
    await cluster.admin.delete(path);
    await eventually(async () => expect(await cluster.admin.find(path)).toBeUndefined());
  }
}

interface RoleManifest extends Manifest {
  readonly rules: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
  }[];
}

/** What the release gives its operator, as `verb group/resource in NAMESPACE`, or `in *` for what is not limited to one. */
async function granted(): Promise<readonly string[]> {
  const manifests = manifestsOf(await helm.run('get', 'manifest', ...release));
  const roles = manifests.filter(
    (manifest): manifest is RoleManifest =>
      manifest.kind === 'Role' || (manifest.kind === 'ClusterRole' && manifest.metadata.name === 'rolekeeper'),
  );
  return roles
    .flatMap(({ metadata, rules }) =>
      rules.flatMap(({ apiGroups, resources, verbs }) =>
        apiGroups.flatMap((group) =>
          resources.flatMap((resource) => verbs.map((verb) => `${verb} ${group}/${resource} in ${metadata.namespace ?? '*'}`)),
        ),
      ),
    )
    .sort();
}

/** A namespace is itself what it is in, for the API server. */
function describeCall({ verb, group, resource, namespace: within }: AuditedCall): string {
  return `${verb} ${group}/${resource} in ${within === '' || resource === 'namespaces' ? '*' : within}`;
}

/**
 * Whether a right is needed for what doesn't happen here: an object is read only when its status is written at the very moment in
 * which somebody else writes to it, and an Event is counted up when it is told again a minute later.
 */
function isByChance(right: string): boolean {
  return right.startsWith('patch events.k8s.io/events in ') || right.startsWith('get rolekeeper.dev/');
}

describe('an operator that is limited to a namespace', () => {
  let calls: readonly AuditedCall[] = [];

  beforeAll(async () => {
    await useEverything();
    await operator.stop();
    calls = (await cluster.calls()).filter(({ resource }) => resource !== '');
  }, 300_000);

  it('is refused nothing', () => {
    expect(calls.filter(({ code }) => code === 401 || code === 403)).toEqual([]);
  });

  it('uses each right that the chart gives it, and no other', async () => {
    const given = await granted();
    const used = [...new Set(calls.map(describeCall))].sort();
    expect(given).toEqual(expect.arrayContaining(used));
    const chance = given.filter((right) => isByChance(right));
    expect([...new Set([...used, ...chance])].sort()).toEqual(given);
  });

  it('touches neither the objects of another namespace nor the provider that they name', async () => {
    for (const name of ['org-outside', 'org-outside-shared']) expect(stateOf(await outside.role(name))).toBe('Unknown/Pending');
    expect(outside.control.journal()).toEqual([]);
    expect(inside.remote('org-outside-shared')).toBeUndefined();
  });

  it('could not read what it is not to look after, if it tried', async () => {
    const { kubeconfig } = await cluster.serviceAccountKubeconfig(namespace);
    const can = (...args: readonly string[]) =>
      cluster.kubectl(['auth', 'can-i', ...args], { kubeconfig }).then(
        () => true,
        () => false,
      );
    expect(await can('get', 'secrets/shared', '-n', vault)).toBe(true);
    expect(await can('get', 'secrets/workos', '-n', inside.namespace)).toBe(true);
    expect(await can('get', 'secrets/workos', '-n', outside.namespace)).toBe(false);
    expect(await can('list', 'orgroles.rolekeeper.dev', '-n', outside.namespace)).toBe(false);
    expect(await can('list', 'secrets', '-n', vault)).toBe(false);
  });

  it('takes up another namespace when it is added to the list', async () => {
    const [metrics, health] = await freePorts(2);
    await helm.run(
      'upgrade',
      ...release,
      chartDirectory,
      '--reuse-values',
      '--set',
      `watchNamespaces={${inside.namespace},${outside.namespace}},ports.metrics=${metrics},ports.health=${health}`,
    );
    operator = await startPod(cluster, namespace, 'rolekeeper');
    await outside.untilRole('org-outside', 'True/Available');
    expect(outside.remote('org-outside')?.permissions).toEqual(['p:1']);
  });
});
