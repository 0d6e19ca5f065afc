import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { drivers } from '../../src/drivers.ts';
import { emulators } from '../../src/emulators/index.ts';

const root = new URL('../../', import.meta.url);
const at = (path: string): URL => new URL(path, root);
const guidePath = 'docs/contributing/add-a-provider.md';
const guide = readFileSync(at(guidePath), 'utf8');
const names = drivers.map(({ type }) => type);

/** Whether a path is there; one with `<name>` has to be there for one provider at least. */
function isThere(path: string): boolean {
  return path.includes('<name>') ? names.some((name) => existsSync(at(path.replaceAll('<name>', name)))) : existsSync(at(path));
}

describe('the guide to adding a provider', () => {
  it('names only paths that exist', () => {
    const paths = [...guide.matchAll(/\b(?:src|test|docs|contracts|examples|tools|crds)\/[\w<>./-]*[\w>/]/g)].map(([path]) => path);

    expect(paths.length).toBeGreaterThan(40);
    expect([...new Set(paths)].filter((path) => !isThere(path))).toEqual([]);
  });

  it('names only scripts and targets that exist', () => {
    const { scripts } = JSON.parse(readFileSync(at('package.json'), 'utf8')) as { readonly scripts: Readonly<Record<string, string>> };
    const makefile = readFileSync(at('Makefile'), 'utf8');
    const run = [...guide.matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => name);
    const made = [...guide.matchAll(/\bmake ([a-z-]+)/g)].map(([, name = '']) => name);

    expect(run.length).toBeGreaterThan(3);
    expect(run.filter((name) => scripts[name] === undefined)).toEqual([]);
    expect(made.length).toBeGreaterThan(0);
    expect(made.filter((name) => !makefile.includes(`\n${name}:`))).toEqual([]);
  });

  it('names only types and lists that exist', () => {
    const source = ['src/api/provider-settings.ts', 'src/api/provider.ts', 'src/api/role.ts', 'tools/verify/rooms.ts']
      .map((path) => readFileSync(at(path), 'utf8'))
      .join('\n');

    for (const name of ['ProviderSpecBase', 'JitsudoSettings', 'KlustrRole', 'roleBlocks', 'packageHomes']) {
      expect(guide).toContain(`\`${name}\``);
      expect(source).toMatch(new RegExp(`(?:interface|const) ${name}\\b`));
    }
  });

  it('says how small a provider can be', () => {
    const folder = at('test/support/sixth-provider/');
    const files = readdirSync(folder).filter((file) => file.endsWith('.ts') && file !== 'emulator.ts');
    const lines = files.reduce((sum, file) => sum + readFileSync(new URL(file, folder), 'utf8').trimEnd().split('\n').length, 0);

    const [, said] = /(\d+) lines for a service/.exec(guide) ?? [];
    expect(lines).toBeLessThanOrEqual(Number(said));
  });

  it('is short enough to be read', () => {
    expect(guide.split('\n').length).toBeLessThanOrEqual(151);
  });
});

describe.each(names)('the registered provider %s', (name) => {
  const files = [
    { reason: 'a folder of its own', path: `src/providers/${name}/index.ts` },
    { reason: 'a fixture', path: `test/conformance/${name}-fixture.ts` },
    { reason: 'a pass of the conformance suite', path: `test/conformance/${name}.test.ts` },
    { reason: 'a page', path: `docs/providers/${name}.md` },
    { reason: 'manifests to begin with', path: `examples/${name}` },
  ];
  it.each(files)('has $reason', ({ path }) => {
    expect(existsSync(at(path)), path).toBe(true);
  });

  it('has a contract', () => {
    expect(readdirSync(at('contracts')).filter((file) => file.startsWith(name) && file.endsWith('.openapi.yaml'))).not.toEqual([]);
  });

  it('has a table of what people read when it fails', () => {
    const tables = readdirSync(at('test/conformance')).filter((file) => file.startsWith(`${name}-`) && file.endsWith('faults.test.ts'));
    expect(tables).not.toEqual([]);
  });

  it('has an emulator', () => {
    expect(emulators.map((emulator) => emulator.name)).toContain(name);
  });

  it.each(['roleproviders', 'clusterroleproviders'])('has a block in the CRD of %s that excludes the others', (plural) => {
    const crd = parse(readFileSync(at(`crds/rolekeeper.dev_${plural}.yaml`), 'utf8')) as Definition;
    const { spec } = crd.spec.versions[0].schema.openAPIV3Schema.properties;

    expect(Object.keys(spec.properties)).toContain(name);
    expect(spec['x-kubernetes-validations'].filter(({ message }) => /^Set exactly one of/.test(message))).toEqual([
      expect.objectContaining({ rule: expect.stringContaining(`has(self.${name})`), message: expect.stringContaining(`spec.${name}`) }),
    ]);
  });
});

interface Definition {
  readonly spec: {
    readonly versions: readonly [{ readonly schema: { readonly openAPIV3Schema: { readonly properties: { spec: SpecSchema } } } }];
  };
}

interface SpecSchema {
  readonly properties: object;
  readonly 'x-kubernetes-validations': readonly { readonly rule: string; readonly message: string }[];
}
