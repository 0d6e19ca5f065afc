import { afterAll, beforeAll, expect, it } from 'vitest';
import { names } from '../../src/api/index.ts';
import { inRepository } from '../../tools/lib/index.ts';
import { type OwnCluster, ownCluster } from '../support/control-plane.ts';
import { canaryKey, catalogue, eventually, pause, Tenant } from '../support/e2e.ts';
import { type OperatorProcess, startTestOperator } from '../support/operator-process.ts';

const rbac = inRepository('charts', 'rolekeeper', 'install', 'rbac.yaml');
const rightsOfTheOperator = ['clusterrole/rolekeeper', 'clusterrolebinding/rolekeeper'];
const lastingMs = 2_000;

let cluster: OwnCluster;
let operator: OperatorProcess;

beforeAll(async () => {
  cluster = await ownCluster();
  await cluster.installCRDs();
  await cluster.installRBAC();
  operator = await startTestOperator(cluster);
  await operator.leading();
});

afterAll(async () => {
  await operator?.stop();
  await cluster?.controlPlane.stop();
});

/** Somebody's namespace with a role that is to be kept and one that is to go with its manifest, each held by a RoleBinding and by hand. */
async function start(): Promise<Tenant> {
  const users = ['bound', 'dropped', 'by-hand'].map((name) => ({ id: `user_${name}`, email: `${name}@example.com` }));
  const organization = { id: 'org_1', name: 'One', members: users.map(({ id }) => ({ user: id, roles: ['member'] })) };
  const environmentRoles = [{ slug: 'member', name: 'Member' }];
  const seed = { apiKey: canaryKey, multipleRoles: true, permissions: catalogue, environmentRoles, users, organizations: [organization] };
  const tenant = await Tenant.create(cluster, { prefix: 'deleted', emulator: { port: 0, rateLimit: 'off', seed }, connected: false });
  await tenant.putSecret({ apiKey: canaryKey });
  const apiKeySecretRef = { name: 'workos', key: 'apiKey' };
  await tenant.createProvider({ workos: { baseURL: tenant.emulator.url, allowInsecureHTTP: true, multipleRoles: true, apiKeySecretRef } });
  await tenant.createRole('org-keep', { permissions: ['p:1'] });
  await tenant.createRole('org-drop', { permissions: ['p:1'], deletionPolicy: 'Delete' });
  await tenant.untilReady(2);
  tenant.control.act('putMember', { organization: 'org_1', member: { user: 'user_by-hand', roles: ['member', 'org-keep'] } });
  await tenant.createBinding('keep', { roleRef: { name: 'org-keep' }, subjects: [{ id: 'user_bound' }] });
  await tenant.createBinding('drop', { roleRef: { name: 'org-drop' }, subjects: [{ id: 'user_dropped' }] });
  await tenant.untilBound(2);
  // A provider is held a moment after its first user has come.
  await eventually(async () => expect((await tenant.provider()).metadata.finalizers).toEqual([names.inUseFinalizer]));
  return tenant;
}

/** What there is at the provider. */
interface Left {
  readonly roles: readonly string[];
  readonly keep: readonly string[];
  readonly drop: readonly string[];
}

const everything: Left = { roles: ['org-drop', 'org-keep'], keep: ['user_bound', 'user_by-hand'], drop: ['user_dropped'] };
const withoutDrop: Left = { roles: ['org-keep'], keep: ['user_bound', 'user_by-hand'], drop: [] };
const onlyByHand: Left = { roles: ['org-keep'], keep: ['user_by-hand'], drop: [] };

function leftOf(tenant: Tenant): Left {
  return {
    roles: tenant
      .remotes()
      .map(({ slug }) => slug)
      .filter((slug) => slug.startsWith('org-'))
      .sort(),
    keep: tenant.holders('org-keep'),
    drop: tenant.holders('org-drop'),
  };
}

async function untilGone(tenant: Tenant, ...paths: readonly string[]): Promise<void> {
  for (const path of paths) await eventually(async () => expect(await tenant.admin.find(path)).toBeUndefined());
}

/** Deletes one object after another, as a pruning does; the objects that depend on it are the garbage collector's. */
async function prune(tenant: Tenant, propagation: 'Background' | 'Foreground', ...paths: readonly string[]): Promise<void> {
  for (const path of paths) await tenant.admin.delete(`${path}?propagationPolicy=${propagation}`);
  if (propagation === 'Foreground') for (const path of paths) await collectGarbage(tenant, path);
  await untilGone(tenant, ...paths);
}

/** There is no garbage collector here: it takes its finalizer off when nothing depends on the object any more. */
async function collectGarbage(tenant: Tenant, path: string): Promise<void> {
  await eventually(async () => {
    const { metadata } = await tenant.admin.get<{ readonly metadata: { readonly finalizers?: readonly string[] } }>(path);
    expect(metadata.finalizers).toEqual(['foregroundDeletion']);
  });
  await tenant.admin.mergePatch(path, { metadata: { finalizers: [] } });
}

type Plural = 'orgroles' | 'orgrolebindings' | 'roleproviders';

/** Deletes a namespace and what is in it, as the namespace controller does, which there isn't here: kind by kind, in any order. */
async function deleteNamespace(tenant: Tenant, ...kinds: readonly (Plural | 'secrets')[]): Promise<void> {
  const namespace = `/api/v1/namespaces/${tenant.namespace}`;
  await tenant.admin.delete(namespace);
  for (const kind of kinds) {
    const path = kind === 'secrets' ? `${namespace}/secrets` : tenant.path(kind);
    await tenant.admin.call('DELETE', path);
    if (kind === 'secrets') await tenant.untilProvider('False/SecretNotFound');
    // A provider that is in use goes with the last of those who use it.
    else if (kind !== 'roleproviders') await untilEmpty(tenant, kind);
  }
  await untilEmpty(tenant, 'roleproviders');
}

async function untilEmpty(tenant: Tenant, plural: Plural): Promise<void> {
  await eventually(async () => {
    const { items } = await tenant.admin.get<{ readonly items: readonly unknown[] }>(tenant.path(plural));
    expect(items).toEqual([]);
  });
}

async function deleteCRDs(): Promise<void> {
  await cluster.kubectl(['delete', '-f', inRepository('crds'), '--ignore-not-found', '--wait=true', '--timeout=120s']);
}

interface Row {
  readonly what: string;
  readonly act: (tenant: Tenant) => Promise<unknown>;
  /** `left` in words. */
  readonly stays: string;
  readonly left: Left;
}

const drops = (tenant: Tenant): readonly string[] => [tenant.path('orgrolebindings', 'drop'), tenant.path('orgroles', 'org-drop')];

// The last rows leave no operator behind that could do anything.
const rows: readonly Row[] = [
  {
    what: 'a Role with deletionPolicy Delete and its RoleBinding, pruned in the background',
    act: (tenant) => prune(tenant, 'Background', ...drops(tenant)),
    stays: 'all but that role and its grant',
    left: withoutDrop,
  },
  {
    what: 'a Role with deletionPolicy Delete and its RoleBinding, pruned in the foreground',
    act: (tenant) => prune(tenant, 'Foreground', ...drops(tenant)),
    stays: 'all but that role and its grant',
    left: withoutDrop,
  },
  {
    what: 'a Role with deletionPolicy Retain, pruned in the background',
    act: (tenant) => prune(tenant, 'Background', tenant.path('orgroles', 'org-keep')),
    stays: 'everything',
    left: everything,
  },
  {
    what: 'a Role with deletionPolicy Retain, pruned in the foreground',
    act: (tenant) => prune(tenant, 'Foreground', tenant.path('orgroles', 'org-keep')),
    stays: 'everything',
    left: everything,
  },
  {
    what: 'a RoleBinding',
    act: (tenant) => prune(tenant, 'Background', tenant.path('orgrolebindings', 'keep')),
    stays: 'all but what it granted',
    left: { ...everything, keep: ['user_by-hand'] },
  },
  {
    what: 'a namespace whose Secret and RoleProvider go first',
    act: (tenant) => deleteNamespace(tenant, 'secrets', 'roleproviders', 'orgroles', 'orgrolebindings'),
    stays: 'everything',
    left: everything,
  },
  {
    what: 'a namespace whose Secret goes first and whose RoleBindings go before their Roles',
    act: (tenant) => deleteNamespace(tenant, 'secrets', 'orgrolebindings', 'orgroles', 'roleproviders'),
    stays: 'everything',
    left: everything,
  },
  {
    what: 'a namespace whose Roles and RoleBindings go while the provider is there',
    act: (tenant) => deleteNamespace(tenant, 'roleproviders', 'orgrolebindings', 'orgroles'),
    stays: 'what is kept, and what was given by hand',
    left: onlyByHand,
  },
  {
    what: 'all CRDs',
    act: async () => {
      await deleteCRDs();
      await cluster.installCRDs();
    },
    stays: 'everything',
    left: everything,
  },
  {
    what: 'the rights of the operator, and then all CRDs, which end when the rights are back',
    act: async () => {
      await cluster.kubectl(['delete', ...rightsOfTheOperator]);
      await cluster.kubectl(['delete', '-f', inRepository('crds'), '--wait=false']);
      await pause(lastingMs);
      await cluster.installRBAC();
      await deleteCRDs();
      await cluster.installCRDs();
    },
    stays: 'everything',
    left: everything,
  },
  {
    what: 'every manifest of the installation at once, with the namespace and the identity of the operator',
    act: async () => {
      await cluster.kubectl(['delete', '-f', rbac, '-f', inRepository('crds'), '--wait=false']);
      await pause(lastingMs);
    },
    stays: 'everything',
    left: everything,
  },
];

it.each(rows)('deleting $what leaves $stays at the provider', async ({ act, left }) => {
  const tenant = await start();
  try {
    expect(leftOf(tenant)).toEqual(everything);
    const writes = tenant.writes().length;
    await act(tenant);
    // Long enough for another look at everything.
    await pause(lastingMs);

    expect(leftOf(tenant)).toEqual(left);
    if (left === everything) expect(tenant.writes()).toHaveLength(writes);
    expect(operator.exit).toBeUndefined();
  } finally {
    await tenant.emulator.close();
  }
});
