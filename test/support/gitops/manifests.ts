import { readdir, readFile } from 'node:fs/promises';
import { parseAllDocuments, stringify } from 'yaml';
import type { KubeObject, Role, RoleBinding } from '../../../src/api/index.ts';
import { type RunningEmulator, startEmulator } from '../../../src/emulators/index.ts';
import { demoProviders } from '../../../tools/demo/index.ts';
import { inRepository } from '../../../tools/lib/index.ts';
import type { TestCluster } from '../control-plane.ts';

/** Manifests that belong together, as somebody has them in Git, with the emulator that they point at. */
export interface Repository {
  readonly name: string;
  readonly objects: readonly KubeObject[];
  readonly emulator: RunningEmulator;
}

/** The documents of a YAML text. */
export function documentsOf(text: string): readonly KubeObject[] {
  return parseAllDocuments(text).flatMap((document) => (document.toJS() as KubeObject | null) ?? []);
}

/** Objects as kubectl reads them. */
export function yamlOf(objects: readonly unknown[]): string {
  return objects.map((object) => `---\n${stringify(object)}`).join('');
}

/** The folders of `examples/` that have an emulator of their own. */
export function exampleRepositories(): Promise<readonly Repository[]> {
  return Promise.all(
    demoProviders.map(async ({ name, port }) => {
      const [seed] = documentsOf(await readFile(inRepository('examples', 'emulators', `${name}.yaml`), 'utf8'));
      const emulator = await startEmulator(name, { port: 0, rateLimit: 'off', seed });
      const directory = inRepository('examples', name);
      const files = (await readdir(directory)).filter((file) => file.endsWith('.yaml')).sort();
      const texts = await Promise.all(files.map((file) => readFile(`${directory}/${file}`, 'utf8')));
      const objects = texts.flatMap((text) => documentsOf(text.replaceAll(`http://127.0.0.1:${port}`, emulator.url)));
      return { name, objects, emulator };
    }),
  );
}

/** An environment of `examples/gitops` as kustomize renders it, with an emulator that has what it takes for granted. */
export async function gitopsRepository(cluster: TestCluster, environment: string): Promise<Repository> {
  const rendered = documentsOf(await cluster.kubectl(['kustomize', inRepository('examples', 'gitops', 'environments', environment)]));
  const apiKey = 'sk_example_not_a_real_key';
  const emulator = await startEmulator('workos', { port: 0, rateLimit: 'off', seed: seedFor(rendered, apiKey) });
  return { name: `gitops/${environment}`, objects: [...credentials(rendered, apiKey), ...rendered.map(pointAt(emulator))], emulator };
}

interface WorkosProvider extends KubeObject {
  readonly spec: { readonly workos: { readonly apiKeySecretRef: { readonly namespace: string; readonly name: string } } };
}

function isProvider(object: KubeObject): object is WorkosProvider {
  return object.kind === 'ClusterRoleProvider';
}

function pointAt(emulator: RunningEmulator): (object: KubeObject) => KubeObject {
  return (object) => {
    if (!isProvider(object)) return object;
    const workos = { ...object.spec.workos, baseURL: emulator.url, allowInsecureHTTP: true };
    return { ...object, spec: { ...object.spec, workos } } as KubeObject;
  };
}

/** The Secrets that the README says somebody else writes. */
function credentials(objects: readonly KubeObject[], apiKey: string): readonly KubeObject[] {
  return objects.filter(isProvider).flatMap(({ spec }) => {
    const { namespace, name } = spec.workos.apiKeySecretRef;
    return [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData: { apiKey } },
    ];
  });
}

function seedFor(objects: readonly KubeObject[], apiKey: string): unknown {
  const roles = objects.filter(({ kind }) => kind === 'Role') as unknown as readonly Role[];
  const bindings = objects.filter(({ kind }) => kind === 'RoleBinding') as unknown as readonly RoleBinding[];
  const emails = new Set(bindings.flatMap(({ spec }) => spec.subjects.flatMap(({ email }) => email ?? [])));
  return {
    apiKey,
    permissions: [...new Set(roles.flatMap(({ spec }) => spec.permissions))],
    users: [...emails].map((email) => ({ id: `user_${email.replaceAll(/\W/g, '_')}`, email })),
    organizations: [...new Set(roles.map(({ spec }) => spec.organization))].map((id) => ({ id, name: id })),
  };
}
