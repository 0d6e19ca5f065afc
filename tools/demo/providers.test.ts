import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { emulators, parseSeed } from '../../src/emulators/index.ts';
import { systemClock } from '../../src/lib/index.ts';
import { inRepository, UserError } from '../lib/index.ts';
import { demoProvider, demoProviders } from './providers.ts';

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: { readonly [field: string]: unknown; readonly permissions?: readonly string[] };
}

async function manifestsOf(name: string): Promise<readonly Manifest[]> {
  const folder = inRepository('examples', name);
  const texts = await Promise.all((await readdir(folder)).sort().map((file) => readFile(`${folder}/${file}`, 'utf8')));
  return texts.flatMap((text) => parseAllDocuments(text).map((document) => document.toJS() as Manifest));
}

describe('demoProvider', () => {
  it('names those there are when asked for another', () => {
    expect(() => demoProvider('nobody')).toThrow(UserError);
    expect(() => demoProvider('nobody')).toThrow(/nobody.*workos/);
  });
});

// The table repeats facts of the examples; these tests keep the two from drifting apart.
describe.each(demoProviders)('$name', (provider) => {
  it('has an emulator, which takes its seed', async () => {
    const emulator = emulators.find(({ name }) => name === provider.name);
    const seed = parseSeed(await readFile(inRepository('examples', 'emulators', `${provider.name}.yaml`), 'utf8'));
    expect(emulator?.defaultPort).toBe(provider.port);
    expect(() => emulator?.create({ clock: systemClock }).load(seed)).not.toThrow();
  });

  it('points at examples that are what it says', async () => {
    const manifests = await manifestsOf(provider.name);
    const roleAt = ({ namespace, name }: { readonly namespace: string; readonly name: string }): Manifest['spec'] | undefined =>
      manifests.find(({ kind, metadata }) => kind === 'Role' && metadata.name === name && metadata.namespace === namespace)?.spec;
    const { observed, tampered, deleted, retained } = provider;
    if (observed !== undefined) expect(roleAt(observed)).toMatchObject({ managementMode: 'Observe', organization: observed.organization });
    if (deleted !== undefined) expect(roleAt(deleted)).toMatchObject({ deletionPolicy: 'Delete', organization: deleted.organization });
    expect(roleAt(retained)).toMatchObject({ organization: retained.organization });
    expect(roleAt(retained)?.deletionPolicy ?? 'Retain').toBe('Retain');
    // In one spelling: a provider may take several and report another.
    const declared = roleAt(tampered)?.permissions?.map((permission) => permission.replaceAll(/[./#]/g, '_'));
    expect(declared).toContain(tampered.remove.replaceAll(/[./#]/g, '_'));
    expect(declared).not.toContain(tampered.add.replaceAll(/[./#]/g, '_'));
  });

  it('has a RoleBinding that grants the role it says', async () => {
    const { bound } = provider;
    const manifests = await manifestsOf(provider.name);
    const binding = manifests.find(({ kind, metadata }) => kind === 'RoleBinding' && metadata.name === bound.name);
    const { name } = (binding?.spec.roleRef ?? {}) as { readonly name?: string };
    const role = manifests.find(
      ({ kind, metadata }) => kind === 'Role' && metadata.name === name && metadata.namespace === bound.namespace,
    );
    expect(binding?.metadata.namespace).toBe(bound.namespace);
    expect(role?.spec.organization).toBe(bound.organization);
    expect(role?.spec.slug ?? role?.metadata.name).toBe(bound.slug);
  });

  it('waits for every Role of the examples', async () => {
    const roles = (await manifestsOf(provider.name)).filter(({ kind }) => kind === 'Role');
    const namespaces = new Set(roles.map(({ metadata }) => metadata.namespace ?? ''));
    const { readyNamespaces, observed } = provider;
    expect([...namespaces].sort()).toEqual([...readyNamespaces, ...(observed === undefined ? [] : [observed.namespace])].sort());
  });
});
