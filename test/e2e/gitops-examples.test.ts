import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Condition, KubeObject } from '../../src/api/index.ts';
import { type OwnCluster, ownCluster } from '../support/control-plane.ts';
import { conditionOf, eventually } from '../support/e2e.ts';
import { differences, fieldsOfOperator, withoutHistory } from '../support/gitops/compare.ts';
import { exampleRepositories, gitopsRepository, type Repository, yamlOf } from '../support/gitops/manifests.ts';
import { type OperatorProcess, startTestOperator } from '../support/operator-process.ts';

type Live = KubeObject & { readonly status?: { readonly observedGeneration?: number; readonly conditions?: readonly Condition[] } };

/** How a GitOps tool applies, and which environment of `examples/gitops` is applied beside the other examples. */
const ways = [
  { way: 'client-side apply', flags: [], environment: 'production' },
  { way: 'server-side apply', flags: ['--server-side', '--field-manager=argocd-controller'], environment: 'staging' },
] as const;

const isOurs = ({ apiVersion }: KubeObject): boolean => apiVersion.startsWith('rolekeeper.dev/');

/** The objects of a list that kubectl printed; one alone is printed without a list. */
function itemsOf(json: string): readonly Live[] {
  const read = JSON.parse(json) as Live & { readonly items?: readonly Live[] };
  return read.items ?? [read];
}

const keyOf = ({ kind, metadata }: KubeObject): string => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;

/** The one Role in mode Observe of each provider differs, which is what it is there to show; everything else is to be ready. */
function isSettled(object: Live): boolean {
  const { spec } = object as unknown as { readonly spec: { readonly managementMode?: string } };
  const isReady = conditionOf(object, 'Ready')?.status === 'True' || spec.managementMode === 'Observe';
  const isIdle = conditionOf(object, 'Reconciling')?.status === 'False';
  return isReady && isIdle && object.status?.observedGeneration === object.metadata.generation;
}

describe.each(ways)('the examples, applied by $way', ({ flags, environment }) => {
  let cluster: OwnCluster;
  let operator: OperatorProcess | undefined;
  const repositories: Repository[] = [];
  let desired: readonly KubeObject[] = [];

  const manifests = (): string => yamlOf(desired.filter(isOurs));
  const apply = (input: string, more: readonly string[] = []): Promise<string> =>
    cluster.kubectl(['apply', ...flags, ...more, '-f', '-'], { input });
  const diff = (): Promise<string> => cluster.kubectl(['diff', ...flags, '-f', '-'], { input: manifests() });
  const live = async (): Promise<readonly Live[]> =>
    itemsOf(await cluster.kubectl(['get', '-o', 'json', '--show-managed-fields', '-f', '-'], { input: manifests() }));

  beforeAll(async () => {
    cluster = await ownCluster();
    await cluster.installCRDs();
    await cluster.installRBAC();
    repositories.push(...(await exampleRepositories()), await gitopsRepository(cluster, environment));
    desired = repositories.flatMap(({ objects }) => objects);
    operator = await startTestOperator(cluster);
    // Namespaces first, as every tool does it.
    await apply(yamlOf(desired.filter(({ kind }) => kind === 'Namespace')));
    await apply(yamlOf(desired.filter(({ kind }) => kind !== 'Namespace')));
  });

  afterAll(async () => {
    await operator?.stop();
    await Promise.all(repositories.map(({ emulator }) => emulator.close()));
    await cluster?.controlPlane.stop();
  });

  it('settle', async () => {
    await eventually(async () => {
      const unsettled = (await live()).filter((object) => !isSettled(object));
      expect(unsettled.map((object) => [keyOf(object), object.status?.conditions])).toEqual([]);
    });
  });

  it('differ in no field from Git, whoever compares', async () => {
    const found = new Map((await live()).map((object) => [keyOf(object), object]));
    expect(found.size).toBe(desired.filter(isOurs).length);
    for (const object of desired.filter(isOurs)) expect(differences(object, found.get(keyOf(object))), keyOf(object)).toEqual([]);
    expect(await diff()).toBe('');
  });

  it('are left as they are when they are applied again', async () => {
    // A provider object counts its users a moment after they are ready.
    await eventually(async () => {
      const would = itemsOf(await apply(manifests(), ['--dry-run=server', '-o', 'json']));
      const now = new Map((await live()).map((object) => [keyOf(object), withoutHistory(object)]));
      for (const object of would) expect(withoutHistory(object), keyOf(object)).toEqual(now.get(keyOf(object)));
    });
  });

  it('have finalizers of the operator and nothing else of it outside of the status', async () => {
    for (const object of await live()) {
      expect(object.metadata.generation, keyOf(object)).toBe(1);
      for (const field of fieldsOfOperator(object)) expect(field, keyOf(object)).toBe('f:metadata/f:finalizers');
    }
  });

  it('are shown in tables that fit 120 characters', async () => {
    for (const kind of ['orgroles', 'orgrolebindings', 'roleproviders', 'clusterroleproviders']) {
      const scope = kind.startsWith('cluster') ? [] : ['-A'];
      const lines = (await cluster.kubectl(['get', kind, ...scope])).trimEnd().split('\n');
      expect(lines.length).toBeGreaterThan(1);
      for (const line of lines) expect(line.trimEnd().length, line).toBeLessThanOrEqual(120);
    }
  });

  it('are waited for with kubectl, all four kinds', async () => {
    const ready = (await live()).filter((object) => conditionOf(object, 'Ready')?.status === 'True');
    expect(new Set(ready.map(({ kind }) => kind)).size).toBe(4);
    const input = yamlOf(
      ready.map(({ apiVersion, kind, metadata: { name, namespace } }) => ({ apiVersion, kind, metadata: { name, namespace } })),
    );
    const said = await cluster.kubectl(['wait', '--for=condition=Ready', '--timeout=60s', '-f', '-'], { input });
    expect(said.match(/condition met/g)).toHaveLength(ready.length);
    const observed = (await live()).find((object) => conditionOf(object, 'Ready')?.reason === 'DriftFound') as Live;
    const one = ['orgrole', observed.metadata.name, '-n', observed.metadata.namespace ?? ''];
    await expect(cluster.kubectl(['wait', '--for=condition=Ready', '--timeout=1s', ...one])).rejects.toThrow('timed out');
    await cluster.kubectl(['wait', '--for=condition=Ready=false', '--timeout=60s', ...one]);
  });

  it('show a difference when somebody changes one by hand', async () => {
    const role = desired.find(({ kind }) => kind === 'Role') as KubeObject;
    const path = `/apis/rolekeeper.dev/v1alpha1/namespaces/${role.metadata.namespace}/orgroles/${role.metadata.name}`;
    const changed = await cluster.admin.mergePatch<Live>(path, { spec: { permissions: ['by:hand'] } });
    expect(differences(role, changed)).toEqual(['.spec.permissions']);
    await expect(diff()).rejects.toThrow();
  });
});
