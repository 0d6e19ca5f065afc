import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { rbacManifest } from './rights.ts';

const rights = `
cluster:
  # Why a.
  - {apiGroups: [g], resources: [a], verbs: [get]}
objects:
  # Why b.
  - {apiGroups: [g], resources: [b], verbs: [get]}
events:
  - {apiGroups: [g], resources: [c], verbs: [create]}
credentials:
  - {apiGroups: [g], resources: [d], verbs: [get]}
lease:
  # Why e.
  - {apiGroups: [g], resources: [e], verbs: [update]}
`;

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly namespace?: string };
  readonly rules?: readonly { readonly resources: readonly string[] }[];
}

test('everything but the Lease is given in the whole cluster, the Lease in the operator’s own namespace', () => {
  const manifests = parseAllDocuments(rbacManifest(rights)).map((document) => document.toJS() as Manifest);
  const resourcesOf = (kind: string) => manifests.find((manifest) => manifest.kind === kind)?.rules?.flatMap(({ resources }) => resources);
  expect(resourcesOf('ClusterRole')).toEqual(['a', 'b', 'c', 'd']);
  expect(resourcesOf('Role')).toEqual(['e']);
  expect(manifests.find(({ kind }) => kind === 'Role')?.metadata.namespace).toBe('rolekeeper-system');
});

test('the reasons of the rights come along', () => {
  const manifest = rbacManifest(rights);
  for (const reason of ['# Why a.', '# Why b.', '# Why e.']) expect(manifest).toContain(reason);
});

test('a list that is missing is an error and not a lack of rights', () => {
  expect(() => rbacManifest(rights.replace('credentials:', 'credential:'))).toThrow('credentials');
});
