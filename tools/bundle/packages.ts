import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Metafile } from 'esbuild';

/** A package of which something is in the program. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** SPDX expression, as the package states it. */
  readonly licence: string;
  /** Absolute path. */
  readonly directory: string;
}

/** Every package, but for the program's own, that left at least a byte in an output; by name and version. */
export async function bundledPackages(root: string, metafile: Pick<Metafile, 'outputs'>): Promise<readonly BundledPackage[]> {
  const files = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : [])),
  );
  const directories = new Set(files.filter((file) => file.includes('node_modules/')).map((file) => packageDirectory(join(root, file))));
  const packages = await Promise.all([...directories].map(readPackage));
  const key = ({ name, version }: BundledPackage): string => `${name} ${version}`;
  return [...new Map(packages.map((found) => [key(found), found])).values()].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** The folder right below the last `node_modules` of a path: packages have further package.json files inside, without a name. */
function packageDirectory(file: string): string {
  const [path, name] = /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)(?=\/)/.exec(file) ?? [];
  if (path === undefined || name === undefined || !existsSync(join(path, 'package.json'))) {
    throw new Error(`${dirname(file)} belongs to no package`);
  }
  return path;
}

async function readPackage(directory: string): Promise<BundledPackage> {
  const { name, version, license } = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')) as Record<string, unknown>;
  if (typeof name !== 'string' || typeof version !== 'string' || typeof license !== 'string') {
    throw new Error(`${directory}/package.json lacks a name, a version or a licence`);
  }
  return { name, version, licence: license, directory };
}
