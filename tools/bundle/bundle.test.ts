import { cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import type { Metafile } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inRepository, repositoryRoot, run } from '../lib/index.ts';
import { bundleFiles } from './index.ts';

interface Component {
  readonly group?: string;
  readonly name: string;
  readonly version: string;
  readonly licenses?: readonly unknown[];
}

interface BillOfMaterials {
  readonly metadata: { readonly component: Component; readonly timestamp?: string };
  readonly serialNumber?: string;
  readonly components: readonly Component[];
}

let scratch: string;
let repository: string;
let copy: string;

/** What a build read, in another place; with the manifests and licences of the packages. */
async function copySources(target: string, inputs: readonly string[]): Promise<void> {
  const folders = new Set(inputs.flatMap(foldersAbove));
  const beside = await Promise.all(
    [...folders].map(async (folder) => (await readdir(inRepository(folder))).filter(isAboutPackage).map((name) => join(folder, name))),
  );
  await mkdir(target, { recursive: true });
  const archive = join(target, 'sources.tar');
  const list = [...new Set([...inputs, 'package.json', ...beside.flat()])].join('\n');
  await runOrFail('tar', ['-cf', archive, '-C', repositoryRoot, '-T', '-'], list);
  await runOrFail('tar', ['-xf', archive, '-C', target]);
}

function foldersAbove(file: string): readonly string[] {
  const folders: string[] = [];
  for (let folder = dirname(file); folder !== '.'; folder = dirname(folder)) folders.push(folder);
  return folders;
}

function isAboutPackage(name: string): boolean {
  return name === 'package.json' || /^(licen[cs]e|copying|notice)/i.test(name);
}

async function runOrFail(command: string, args: readonly string[], input = ''): Promise<void> {
  const { code, stderr } = await run(command, args, { input });
  if (code !== 0) throw new Error(stderr);
}

/** In a process of its own, as users build. */
async function build(root: string, directory: string): Promise<void> {
  await runOrFail(process.execPath, [inRepository('tools', 'build.ts'), '--root', root, '--directory', directory]);
}

/** Folders below `node_modules` from which modules are in a bundle, as esbuild's comments between the modules tell. */
function packagesInside(program: string): readonly string[] {
  const modules = program.matchAll(/^\/\/ node_modules\/((?:.*\/node_modules\/)?(?:@[^/\s]+\/)?[^/\s]+)\//gm);
  return [...new Set([...modules].map(([, name = '']) => name))].sort();
}

const read = (directory: string, name: keyof typeof bundleFiles): Promise<string> => readFile(join(directory, bundleFiles[name]), 'utf8');

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'rolekeeper-bundle-'));
  repository = join(scratch, 'one');
  await build(repositoryRoot, repository);
  const root = join(scratch, 'in', 'another', 'place');
  copy = join(root, 'dist');
  const { inputs } = JSON.parse(await read(repository, 'inputs')) as Metafile;
  await copySources(root, Object.keys(inputs));
  await build(root, copy);
}, 120_000);

afterAll(() => rm(scratch, { recursive: true, force: true }));

describe('the bundle', () => {
  it.each(['program', 'legalComments', 'billOfMaterials', 'thirdPartyLicences'] as const)(
    'is the same to the byte wherever it is built: %s',
    async (name) => {
      expect((await read(copy, name)) === (await read(repository, name))).toBe(true);
    },
  );

  it('holds no path of the machine on which it was built', async () => {
    for (const name of Object.keys(bundleFiles) as (keyof typeof bundleFiles)[]) {
      const text = await read(copy, name);
      expect(text.includes(scratch), name).toBe(false);
      expect(text.includes(relative('/', repositoryRoot)), name).toBe(false);
    }
  });

  it('runs without anything beside it', async () => {
    const alone = join(scratch, 'alone');
    await mkdir(alone);
    await cp(join(copy, bundleFiles.program), join(alone, bundleFiles.program));
    const { version } = JSON.parse(await readFile(inRepository('package.json'), 'utf8')) as { readonly version: string };
    const finished = await run(process.execPath, [join(alone, bundleFiles.program), '--version'], { cwd: alone, env: {} });
    expect(finished).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });
});

describe('the bill of materials', () => {
  let bill: BillOfMaterials;
  let inside: readonly string[];

  beforeAll(async () => {
    bill = JSON.parse(await read(copy, 'billOfMaterials')) as BillOfMaterials;
    inside = packagesInside(await read(copy, 'program'));
  });

  it('is valid CycloneDX', async () => {
    const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
    expect(await validator.validate(JSON.stringify(bill))).toBeNull();
    expect(await validator.validate(JSON.stringify({ ...bill, components: [{ name: 'of no type' }] }))).not.toBeNull();
  });

  it('names every package that is in the program, and no other', async () => {
    const manifests = await Promise.all(inside.map((name) => readFile(inRepository('node_modules', name, 'package.json'), 'utf8')));
    const expected = manifests.map((text) => JSON.parse(text) as Component).map(({ name, version }) => `${name}@${version}`);
    expect(expected.length).toBeGreaterThan(20);
    expect(bill.components.map(nameOf).sort()).toEqual(expected.sort());
  });

  it('says of each under which licence it is', () => {
    expect(bill.components.filter(({ licenses }) => licenses === undefined || licenses.length === 0).map(nameOf)).toEqual([]);
  });

  it('is that of this version of rolekeeper, and of no moment', async () => {
    const { name, version } = JSON.parse(await readFile(inRepository('package.json'), 'utf8')) as Component;
    expect(bill.metadata.component).toMatchObject({ name, version });
    expect(bill).not.toHaveProperty('serialNumber');
    expect(bill.metadata).not.toHaveProperty('timestamp');
  });

  it('goes with a licence text for every package', async () => {
    const licences = await read(copy, 'thirdPartyLicences');
    const headed = [...licences.matchAll(/^-{80}\n(\S+) (\S+) \(.+\)\n-{80}$/gm)].map(([, name, version]) => `${name}@${version}`);
    expect(headed.sort()).toEqual(bill.components.map(nameOf).sort());
  });
});

function nameOf({ group, name, version }: Component): string {
  return `${group === undefined ? '' : `${group}/`}${name}@${version}`;
}
