import { mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { inRepository } from '../../tools/lib/index.ts';
import { apiRoot, canaryKey, createClusterProvider, eventually, type Tenant } from '../support/e2e.ts';
import { ApiProxy } from '../support/e2e-api-proxy.ts';
import { type AuditedCall, type AuditedCluster, auditedCluster } from '../support/e2e-audit.ts';
import { tenantWithMember } from '../support/e2e-fixtures.ts';
import { type OperatorProcess, startTestOperator } from '../support/operator-process.ts';

const vault = 'vault';

let cluster: AuditedCluster;
let proxy: ApiProxy;
let tenant: Tenant;
let operator: OperatorProcess;
let calls: readonly AuditedCall[] = [];
/** What kept the operator from doing all that it was asked for. */
let trouble: unknown;

beforeAll(async () => {
  cluster = await auditedCluster();
  await cluster.installCRDs();
  await cluster.installRBAC();
  await cluster.kubectl(['apply', '-f', inRepository('charts/rolekeeper/install/admission.yaml')]);
  tenant = await tenantWithMember(cluster, 'rights');
  await cluster.admin.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: vault } });
  for (const [namespace, name] of [
    [vault, 'shared'],
    [vault, 'not-ours'],
    [tenant.namespace, 'not-ours'],
  ])
    await putSecret(namespace ?? '', name ?? '');
  proxy = await ApiProxy.start(cluster.admin.connection);
  await useEverything().catch((error: unknown) => {
    trouble = error;
  });
  // Of a watch is told when it ends.
  await operator?.stop();
  calls = await cluster.calls();
});

afterAll(async () => {
  await operator?.stop();
  await proxy?.[Symbol.asyncDispose]();
  await tenant?.emulator.close();
  await cluster?.controlPlane.stop();
});

function putSecret(namespace: string, name: string): Promise<unknown> {
  const object = { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData: { apiKey: canaryKey } };
  return cluster.admin.create(`/api/v1/namespaces/${namespace}/secrets`, object);
}

/**
 * Somebody changes each object just before its status is written, so that it has to be read again. A Role's create is announced in its first
 * write, and what was changed by then is looked at anew instead, so there it is every other one.
 */
function interfere(): void {
  const writes = new Map<string, number>();
  proxy.intervene(({ method, resource, path }) => {
    if (method !== 'PATCH' || !resource.endsWith('/status')) return undefined;
    const before = writes.get(path) ?? 0;
    writes.set(path, before + 1);
    const touch = { metadata: { labels: { touched: `t${before}` } } };
    const act = () => cluster.admin.mergePatch(path.replace(/\/status$/, ''), touch);
    const isNow = resource === 'orgroles/status' ? before % 2 === 1 : before === 0;
    return isNow ? { kind: 'after', act } : undefined;
  });
}

/** Every kind of object is made, becomes ready, is asked to be kept and deleted again, and the same thing is told twice. */
async function useEverything(): Promise<void> {
  interfere();
  const { tokenFile } = await cluster.serviceAccountKubeconfig();
  const directory = await mkdtemp(join(inject('scratch'), 'rights-'));
  operator = await startTestOperator(cluster, { directory, kubeconfig: await proxy.kubeconfig(directory, tokenFile) });
  await createClusterProvider(cluster.admin, 'shared', {
    workos: {
      baseURL: tenant.emulator.url,
      allowInsecureHTTP: true,
      multipleRoles: true,
      apiKeySecretRef: { namespace: vault, name: 'shared', key: 'apiKey' },
    },
    allowedNamespaces: { names: [tenant.namespace] },
    grants: [{ namespaces: ['rights-*'], permissions: { allow: ['p:*'] } }],
    interval: '10s',
  });
  const providerRef = { kind: 'ClusterRoleProvider', name: 'shared' } as const;
  await tenant.createRole('org-own', { permissions: ['p:1'], deletionPolicy: 'Delete' });
  await tenant.createRole('org-shared', { permissions: ['p:1'], providerRef, deletionPolicy: 'Delete' });
  await tenant.untilReady(2);
  await tenant.createBinding('shared', { roleRef: { name: 'org-shared' }, subjects: [{ id: 'user_1' }] });
  await tenant.untilBound(1);

  // An Event that is told again is counted up.
  for (const _time of [1, 2]) {
    tenant.tamper('org-own', ['p:2']);
    await eventually(() => expect(tenant.remote('org-own')?.permissions).toEqual(['p:1']));
  }
  await eventually(async () => expect((await tenant.events('org-own')).some(({ series }) => series !== undefined)).toBe(true));

  await cluster.admin.delete(tenant.path('orgrolebindings', 'shared'));
  await eventually(async () => expect(await cluster.admin.find(tenant.path('orgrolebindings', 'shared'))).toBeUndefined());
  await tenant.deleteRole('org-shared');
  await tenant.deleteRole('org-own');
  await tenant.untilGone('org-shared');
  await tenant.untilGone('org-own');
  for (const path of [`${apiRoot}/clusterroleproviders/shared`, tenant.path('roleproviders', 'default')]) {
    await cluster.admin.delete(path);
    await eventually(async () => expect(await cluster.admin.find(path)).toBeUndefined());
  }
}

interface RoleManifest {
  readonly kind: string;
  readonly rules?: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
  }[];
}

/** What `rbac.yaml` grants, as `verb group/resource`. */
async function granted(): Promise<readonly string[]> {
  const text = await readFile(inRepository('charts/rolekeeper/install/rbac.yaml'), 'utf8');
  const manifests = parseAllDocuments(text).map((document) => document.toJS() as RoleManifest);
  return manifests
    .flatMap(({ rules = [] }) => rules)
    .flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => `${verb} ${group}/${resource}`))),
    )
    .sort();
}

describe('the rights in rbac.yaml', () => {
  it('are enough: nothing was refused, and everything came about', () => {
    expect(calls.filter(({ code }) => code === 401 || code === 403)).toEqual([]);
    expect(trouble).toBeUndefined();
  });

  it('are used, each of them, and no others', async () => {
    const used = new Set(
      calls.filter(({ resource }) => resource !== '').map(({ verb, group, resource }) => `${verb} ${group}/${resource}`),
    );
    expect([...used].sort()).toEqual(await granted());
  });

  it('let Secrets be read by name only, and only those were read that a provider object names', () => {
    const secrets = calls.filter(({ resource }) => resource === 'secrets');
    expect(new Set(secrets.map(({ verb }) => verb))).toEqual(new Set(['get']));
    expect(new Set(secrets.map(({ namespace, name }) => `${namespace}/${name}`))).toEqual(
      new Set([`${vault}/shared`, `${tenant.namespace}/workos`]),
    );
  });

  it('are used within the operator’s own namespace only, where they are about its Lease', () => {
    const leases = calls.filter(({ resource }) => resource === 'leases');
    expect(new Set(leases.map(({ namespace }) => namespace))).toEqual(new Set(['rolekeeper-system']));
  });
});
