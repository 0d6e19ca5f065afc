import { readdir, readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { ClusterRoleProvider, KubeObject } from '../../src/api/index.ts';
import { inRepository } from '../../tools/lib/index.ts';
import { sharedCluster } from '../support/control-plane.ts';
import { expressionsFor, fluxKustomization } from '../support/gitops/flux.ts';
import { documentsOf } from '../support/gitops/manifests.ts';

const environments = ['staging', 'production'] as const;
const folder = (...path: readonly string[]): string => inRepository('examples', 'gitops', ...path);

const rendered = new Map<string, readonly KubeObject[]>();

beforeAll(async () => {
  const cluster = await sharedCluster();
  for (const environment of environments) {
    rendered.set(environment, documentsOf(await cluster.kubectl(['kustomize', folder('environments', environment)])));
  }
});

const objectsOf = (environment: string): readonly KubeObject[] => rendered.get(environment) ?? [];
const annotationOf = (object: KubeObject, name: string): string | undefined => object.metadata.annotations?.[`argocd.argoproj.io/${name}`];

describe.each(environments)('the repository of examples/gitops, in %s', (environment) => {
  it('has the provider first, then Roles, then RoleBindings', () => {
    const waves = { Namespace: undefined, ClusterRoleProvider: undefined, Role: '1', RoleBinding: '2' };
    const found = Object.fromEntries(objectsOf(environment).map((object) => [object.kind, new Set<string | undefined>()]));
    for (const object of objectsOf(environment)) found[object.kind]?.add(annotationOf(object, 'sync-wave'));
    expect(found).toEqual(Object.fromEntries(Object.entries(waves).map(([kind, wave]) => [kind, new Set([wave])])));
  });

  it('has Argo CD ask before it prunes where people would lose access', () => {
    const asked = environment === 'production' ? 'Prune=confirm,Delete=confirm' : undefined;
    for (const object of objectsOf(environment)) expect(annotationOf(object, 'sync-options'), object.metadata.name).toBe(asked);
  });

  it('lets its namespaces use the provider, and no others', () => {
    const [provider] = objectsOf(environment).filter(
      ({ kind }) => kind === 'ClusterRoleProvider',
    ) as unknown as readonly ClusterRoleProvider[];
    const namespaces = objectsOf(environment).filter(({ kind }) => kind === 'Namespace');
    expect(provider?.spec.allowedNamespaces?.names).toEqual(namespaces.map(({ metadata }) => metadata.name).sort());
  });

  it('is where Argo CD and Flux are pointed at', async () => {
    const path = `environments/${environment}`;
    expect(await readdir(folder(path))).toContain('kustomization.yaml');
    expect((await fluxKustomization(environment)).spec.path).toBe(`./${path}`);
    const [application] = parseAllDocuments(await readFile(folder('argocd', `${environment}.yaml`), 'utf8'));
    expect(application?.toJS()).toMatchObject({ kind: 'Application', spec: { source: { path } } });
  });

  it('gives Flux the same expressions for the four kinds as the docs', async () => {
    const kustomization = await fluxKustomization(environment);
    const [first, ...others] = ['Role', 'RoleBinding', 'RoleProvider', 'ClusterRoleProvider'].map((kind) =>
      expressionsFor(kustomization, kind),
    );
    for (const other of others) expect(other).toMatchObject({ failed: first?.failed, current: first?.current });
    const page = await readFile(inRepository('docs', 'operations', 'gitops.md'), 'utf8');
    const words = (text = ''): string => text.replaceAll(/\s+/g, ' ').trim();
    for (const expression of [first?.failed, first?.current]) expect(words(page)).toContain(words(expression));
  });
});
