import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { stringify } from 'yaml';
import { projectFiles } from '../../tools/docs/repository.ts';
import { merged, type YamlBlock, yamlBlocks } from '../../tools/docs/yaml-blocks.ts';
import { sharedCluster, type TestCluster } from '../support/control-plane.ts';

const files = projectFiles();
const pages = files.paths.filter((path) => path.endsWith('.md') && !path.startsWith('test/'));
const blocks = yamlBlocks(pages, files);

/** Groups that this API server doesn't serve: kinds of programs that aren't there. Their objects are read as YAML and no more. */
const servedElsewhere =
  /^(argoproj\.io|kustomize\.config\.k8s\.io|monitoring\.coreos\.com|external-secrets\.io|\w+\.toolkit\.fluxcd\.io)\//;

/** The least object of each kind of ours, into which a fragment is put. */
const least: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  Role: { spec: { organization: 'org_1', permissions: ['a:read'] } },
  RoleBinding: { spec: { roleRef: { name: 'a' }, subjects: [{ id: 'user_1' }] } },
  RoleProvider: { spec: {} },
  ClusterRoleProvider: { spec: {} },
};
const anyProvider = {
  RoleProvider: { workos: { apiKeySecretRef: { name: 'a', key: 'b' } } },
  ClusterRoleProvider: { workos: { apiKeySecretRef: { namespace: 'a', name: 'a', key: 'b' } } },
};
const providers = ['workos', 'karmo', 'klustr', 'jitsudo', 'frontier'];

type Block<Is extends YamlBlock['is']> = Extract<YamlBlock, { readonly is: Is }>;
type Manifest = Readonly<Record<string, unknown>> & { readonly metadata?: Readonly<Record<string, unknown>> };

function blocksThatAre<Is extends YamlBlock['is']>(is: Is): readonly Block<Is>[] {
  return blocks.filter((block): block is Block<Is> => block.is === is);
}

/** The object that a fragment is part of. */
function completed({ kind, part }: Pick<Block<'fragment'>, 'kind' | 'part'>): Manifest {
  const whole = merged({ apiVersion: 'rolekeeper.dev/v1alpha1', kind, metadata: { name: 'a' }, ...least[kind] }, part);
  const spec = whole.spec as object;
  const needsProvider = kind in anyProvider && !providers.some((name) => name in spec);
  return needsProvider ? { ...whole, spec: { ...anyProvider[kind as keyof typeof anyProvider], ...spec } } : whole;
}

let cluster: TestCluster;
let namespace: string;

beforeAll(async () => {
  cluster = await sharedCluster();
  await cluster.installCRDs();
  namespace = await cluster.createNamespace('pages');
});

/** In a namespace of its own, and by a name that no other test has where there are no namespaces: nothing else decides about the object. */
function moved(object: Manifest): Manifest {
  const { namespace: given, name, ...metadata } = object.metadata ?? {};
  const isOurs = String(object.apiVersion).startsWith('rolekeeper.dev/');
  const isNamespaced = given !== undefined || (isOurs && object.kind !== 'ClusterRoleProvider');
  return { ...object, metadata: { ...metadata, ...(isNamespaced ? { name, namespace } : { name: `${namespace}-${name}` }) } };
}

/** What the API server says of each object. One call of kubectl for all: it names the file of an object that it refuses. */
async function ask(entries: readonly { readonly at: string; readonly object: Manifest }[]): Promise<string> {
  const directory = await mkdtemp(join(inject('scratch'), 'pages-'));
  for (const [index, { at, object }] of entries.entries()) {
    await writeFile(join(directory, `${at.replaceAll(/[/:]/g, '_')}_${index}.yaml`), stringify(moved(object)));
  }
  return cluster.kubectl(['apply', '--dry-run=server', '--validate=strict', '-o', 'name', '-f', directory]);
}

describe('a YAML block in the pages', () => {
  it('says what it is', () => {
    expect(blocks.length).toBeGreaterThan(15);
    expect(blocksThatAre('unclear')).toEqual([]);
  });

  it('with whole objects is taken by the API server as it stands', async () => {
    const objects = blocksThatAre('objects')
      .flatMap((block) => block.objects.map((object) => ({ at: block.at, object })))
      .filter(({ object }) => !servedElsewhere.test(String(object.apiVersion)));
    const named = (await ask(objects)).trim().split('\n');
    expect(named).toHaveLength(objects.length);
    expect(named.filter((name) => name.includes('.rolekeeper.dev/')).length).toBeGreaterThan(15);
  });

  it('with part of an object is taken as part of one', async () => {
    const fragments = blocksThatAre('fragment');
    expect(fragments.map(({ kind }) => kind).filter((kind) => least[kind] === undefined)).toEqual([]);
    const named = (await ask(fragments.map((block) => ({ at: block.at, object: completed(block) })))).trim().split('\n');
    expect(named).toHaveLength(fragments.length);
    expect(named.length).toBeGreaterThan(2);
  });

  it('with part of an object is refused for a field that the kind does not have', async () => {
    const object = completed({ kind: 'RoleProvider', part: { spec: { guardrails: { removalBudgets: { floor: 1 } } } } });
    await expect(ask([{ at: 'here:1', object }])).rejects.toThrow(/here_1_0\.yaml[\s\S]*unknown field "spec\.guardrails\.removalBudgets"/);
  });

  it('with values of the chart has only those that the chart knows', () => {
    const validate = new Ajv({ strict: false }).compile(JSON.parse(files.read('charts/rolekeeper/values.schema.json')) as object);
    const problems = blocksThatAre('values').filter(({ values }) => !validate(values));
    expect(problems).toEqual([]);
    expect(validate({ replicaz: 2 }), 'a value that the chart lacks').toBe(false);
  });
});
