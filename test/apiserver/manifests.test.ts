import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { type ManifestProblem, validateManifest } from '../../src/api/validate.ts';
import { sharedCluster, type TestCluster } from '../support/control-plane.ts';
import { fuzz, fuzzTimeoutMs } from '../support/fuzz.ts';
import { fuzzedManifest } from '../support/fuzzed-manifests.ts';
import { readCrds, rulesOf } from './crds/manifests.ts';

const crds = readCrds();
const ruleMessages = crds.flatMap(rulesOf).map(({ message }) => message);
let cluster: TestCluster;
let namespace: string;

beforeAll(async () => {
  cluster = await sharedCluster();
  await cluster.installCRDs();
  namespace = await cluster.createNamespace('fuzz');
});

function collection(kind: string): string {
  const crd = crds.find(({ spec }) => spec.names.kind === kind);
  if (crd === undefined) throw new Error(`There is no CRD of ${kind}`);
  const { group, scope, names, versions } = crd.spec;
  return `/apis/${group}/${versions[0].name}/${scope === 'Cluster' ? '' : `namespaces/${namespace}/`}${names.plural}`;
}

/** The API server takes a list for a time. The operator takes it for none, so that a grant with such an end has ended. */
function isServersOversight({ path, message }: ManifestProblem): boolean {
  return /\.(?:notBefore|expiresAt)$/.test(path) && message.endsWith('not a list');
}

interface Refusal {
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { readonly message: string; readonly field: string }[] };
}

/** What the API server says: whether it accepts, and whether all that it has to say comes from CEL rules. */
async function ask(
  kind: string,
  body: object,
): Promise<{ readonly accepted: boolean; readonly isByRules: boolean; readonly said: string }> {
  const response = await cluster.admin.request('POST', `${collection(kind)}?dryRun=All&fieldValidation=Strict`, { body });
  const { message = '', details } = response.body as Refusal;
  const causes = details?.causes ?? [];
  const isByRules = causes.length > 0 && causes.every((cause) => ruleMessages.some((rule) => cause.message.includes(rule)));
  return { accepted: response.status === 201, isByRules, said: `${response.status} ${message.slice(0, 1_500)}` };
}

it(
  'validateManifest accepts exactly what the API server accepts, but for what only its rules refuse',
  async () => {
    const counts = { accepted: 0, refused: 0 };
    const any = fuzzedManifest('Role', 'RoleBinding', 'RoleProvider', 'ClusterRoleProvider');
    const property = fc.asyncProperty(any, async ({ kind, spec }) => {
      const manifest = { apiVersion: 'rolekeeper.dev/v1alpha1', kind, metadata: { name: 'fuzzed' }, spec };
      const { accepted, isByRules, said } = await ask(kind, manifest);
      const check = validateManifest(JSON.parse(JSON.stringify(manifest)));
      counts[accepted ? 'accepted' : 'refused'] += 1;
      if (accepted) expect(check.ok ? [] : check.problems.filter((problem) => !isServersOversight(problem)), said).toEqual([]);
      else if (!isByRules) expect(check.ok, said).toBe(false);
    });
    await fc.assert(property, fuzz(600));
    expect(counts.accepted).toBeGreaterThan(50);
    expect(counts.refused).toBeGreaterThan(50);
  },
  fuzzTimeoutMs,
);
