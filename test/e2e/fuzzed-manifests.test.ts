import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Condition, ObjectMeta } from '../../src/api/index.ts';
import { sharedCluster, type TestCluster } from '../support/control-plane.ts';
import { apiRoot, canaryKey, catalogue, eventually, pause, slugOfCall, Tenant } from '../support/e2e.ts';
import { fuzz, fuzzTimeoutMs } from '../support/fuzz.ts';
import { exampleManifests, type FuzzedManifest, fuzzedManifest } from '../support/fuzzed-manifests.ts';
import { type LogLine, type OperatorProcess, startTestOperator, sumOf } from '../support/operator-process.ts';

interface Stored {
  readonly kind: string;
  readonly metadata: ObjectMeta & { readonly generation: number };
  readonly spec: {
    readonly suspend?: boolean;
    readonly organization?: string;
    readonly slug?: string;
    readonly permissions?: readonly string[];
  };
  readonly status?: { readonly observedGeneration?: number; readonly conditions?: readonly Condition[] };
}

const plurals: Readonly<Record<string, string>> = {
  Role: 'orgroles',
  RoleBinding: 'orgrolebindings',
  RoleProvider: 'roleproviders',
  ClusterRoleProvider: 'clusterroleproviders',
};

let cluster: TestCluster;
let operator: OperatorProcess;
let tenant: Tenant;
const clusterWide: string[] = [];

beforeAll(async () => {
  cluster = await sharedCluster();
  await cluster.installCRDs();
  await cluster.installRBAC();
  operator = await startTestOperator(cluster, { flags: { 'lease-name': 'e2e-fuzzed-manifests' } });
  const seed = {
    apiKey: canaryKey,
    permissions: [...new Set([...catalogue, ...declaredPermissions])],
    organizations: organizations.map((id) => ({ id, name: id })),
  };
  tenant = await Tenant.create(cluster, { prefix: 'fuzz', emulator: { port: 0, rateLimit: 'off', seed } });
});

afterAll(async () => {
  for (const path of clusterWide) {
    await cluster.admin.mergePatch(path, { metadata: { finalizers: [] } }).catch(() => undefined);
    await cluster.admin.delete(path).catch(() => undefined);
  }
  await tenant?.[Symbol.asyncDispose]();
  await operator?.stop();
});

/** Those that WorkOS takes. */
const declaredPermissions = exampleManifests()
  .flatMap(({ spec }) => (spec as { readonly permissions?: readonly string[] }).permissions ?? [])
  .filter((permission) => /^[a-z0-9:_-]+$/.test(permission));

/** Those that examples name, so that some of what they declare can be carried out; `org_untouched` is in none. */
const organizations = ['org_01ACME', 'org_01GLOBEX', 'org_untouched'];

function collection(kind: string): string {
  return kind === 'ClusterRoleProvider' ? `${apiRoot}/clusterroleproviders` : `${apiRoot}/namespaces/${tenant.namespace}/${plurals[kind]}`;
}

/** Whether whoever connects with such a spec calls nobody outside of this machine. */
function staysHere({ kind, spec }: FuzzedManifest): boolean {
  if (!kind.endsWith('Provider')) return true;
  const blocks = Object.values(spec ?? {}).filter((block) => typeof block === 'object' && block !== null && !Array.isArray(block));
  return blocks.every(({ apiKeySecretRef, baseURL, tokenURL, aws, readBack }) => {
    const isNoBlock = baseURL === undefined && tokenURL === undefined && aws === undefined && apiKeySecretRef === undefined;
    const isLocal = isHere(baseURL) && (tokenURL === undefined || isHere(tokenURL)) && readBack === undefined;
    return isNoBlock || (isLocal && (aws === undefined || aws?.accessKeyIDSecretRef !== undefined));
  });
}

function isHere(url: unknown): boolean {
  return typeof url === 'string' && /^http:\/\/127\.0\.0\.1:\d+(?:\/[\w/]*)?$/.test(url);
}

/** The same Role where the provider can hold it: a wrong organization would hide whatever else is odd. */
function inKnownOrganization(manifest: FuzzedManifest): FuzzedManifest {
  const { kind, spec } = manifest;
  if (kind !== 'Role' || typeof spec !== 'object' || spec === null || Array.isArray(spec)) return manifest;
  return 'organization' in spec ? { ...manifest, spec: { ...spec, organization: 'org_01ACME' } } : manifest;
}

/** Creates what the API server accepts. Gives back undefined for the rest. */
async function create({ kind, spec }: FuzzedManifest, number: number): Promise<Stored | undefined> {
  const name = kind === 'ClusterRoleProvider' ? `${tenant.namespace}-${number}` : `org-fuzzed-${number}`;
  const body = { apiVersion: 'rolekeeper.dev/v1alpha1', kind, metadata: { name }, spec };
  const response = await cluster.admin.request('POST', collection(kind), { body });
  if (response.status !== 201) return undefined;
  if (kind === 'ClusterRoleProvider') clusterWide.push(`${collection(kind)}/${name}`);
  return response.body as Stored;
}

/** Names of errors that nobody throws on purpose. */
const slips: ReadonlySet<unknown> = new Set(['TypeError', 'RangeError', 'ReferenceError', 'SyntaxError', 'ReconcileBugError']);

/** A spec that can't work is told at level error as well; anything else there is a fault of ours. */
function isUnexpected({ level, message, error }: LogLine): boolean {
  if (slips.has((error as { readonly name?: unknown } | undefined)?.name)) return true;
  return level === 'error' && message !== 'Reconcile failed and is not retried until something changes';
}

/** Everything that an object says about what the operator made of it. */
function isTold({ metadata, status, spec }: Stored): boolean {
  return status?.observedGeneration === metadata.generation || spec.suspend === true;
}

it(
  'whatever the API server takes, the operator survives it, says something about it and writes only what it declares',
  async () => {
    const { numRuns, seed } = fuzz(150);
    const any = fuzzedManifest('Role', 'Role', 'RoleBinding', 'RoleProvider', 'ClusterRoleProvider');
    const manifests = fc.sample(any.filter(staysHere), { numRuns, ...(seed === undefined ? {} : { seed }) });
    const stored: Stored[] = [];
    for (const [number, manifest] of manifests.entries()) {
      const object = await create(number % 3 === 0 ? manifest : inKnownOrganization(manifest), number);
      if (object !== undefined) stored.push(object);
    }
    expect(stored.length).toBeGreaterThan(30);

    await eventually(async () => {
      const untold: string[] = [];
      for (const { kind, metadata } of stored) {
        const now = await cluster.admin.get<Stored>(`${collection(kind)}/${metadata.name}`);
        if (!isTold(now)) untold.push(JSON.stringify(now));
      }
      if (untold.length > 0) throw new Error(`${untold.length} objects without a word, the first: ${untold[0]?.slice(0, 3_000)}`);
    });
    // A second look at all of them.
    await pause(3_000);

    expect(await operator.isReady()).toBe(true);
    expect(sumOf(await operator.metrics(), 'rolekeeper_reconcile_panics_total')).toBe(0);
    expect((await operator.logLines()).filter(isUnexpected).map((line) => JSON.stringify(line))).toEqual([]);
    expect(tenant.writes().length).toBeGreaterThan(0);
    expectOnlyDeclared(stored);
  },
  fuzzTimeoutMs,
);

/** Every write names a role of a Role, and every role that is there has nothing but what its Role declares. */
function expectOnlyDeclared(stored: readonly Stored[]): void {
  const roles = stored.filter(({ kind }) => kind === 'Role');
  const declared = new Map(
    roles.map(({ metadata, spec }) => [`${spec.organization} ${spec.slug ?? metadata.name}`, spec.permissions ?? []]),
  );
  const slugs = new Set([...declared.keys()].map((key) => key.slice(key.indexOf(' ') + 1)));
  for (const entry of tenant.writes()) {
    if (entry.operationId?.includes('OrganizationRole')) expect(slugs).toContain(slugOfCall(entry));
  }
  for (const organization of organizations) {
    for (const { slug, permissions } of tenant.remotes(organization)) {
      const wanted = declared.get(`${organization} ${slug}`);
      if (!slug.startsWith('org-')) continue;
      expect(wanted, `role ${slug} of ${organization} is declared`).toBeDefined();
      expect(wanted).toEqual(expect.arrayContaining([...permissions]));
    }
  }
  expect(tenant.remotes('org_untouched').filter(({ slug }) => slug.startsWith('org-'))).toEqual([]);
}
