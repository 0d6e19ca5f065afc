import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { GeneratedFile } from './emitter.ts';
import { compareText } from './problems.ts';

/** A generated file that the repository has otherwise, or not at all, or too many. */
export interface Stale {
  readonly path: string;
  /** What is wrong with it, as the end of a sentence that begins with the path. */
  readonly difference: string;
}

/** A generated file says so near its top. */
const headLength = 200;

/**
 * Compares the repository with what it should hold.
 * @param directories where nothing but `files` may lie
 * @returns by path
 */
export function findStale(root: string, files: readonly GeneratedFile[], directories: readonly string[]): readonly Stale[] {
  const stale = files.flatMap(({ path, text }): readonly Stale[] => {
    const target = join(root, path);
    if (!existsSync(target)) return [{ path, difference: 'is missing' }];
    const present = readFileSync(target, 'utf8');
    return present === text ? [] : [{ path, difference: firstDifference(present, text) }];
  });
  const superfluous = findSuperfluous(root, files, directories).map((path) => ({ path, difference: 'is no longer generated' }));
  return [...stale, ...superfluous].sort((a, b) => compareText(a.path, b.path));
}

/**
 * Writes what differs, and deletes files in `directories` that were generated once and no longer are. A file there that
 * doesn't say it was generated is left alone.
 * @returns what was done, by path
 */
export function writeFiles(root: string, files: readonly GeneratedFile[], directories: readonly string[]): readonly string[] {
  const done: string[] = [];
  for (const { path, text } of files) {
    const target = join(root, path);
    if (existsSync(target) && readFileSync(target, 'utf8') === text) continue;
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
    done.push(`wrote ${path}`);
  }
  for (const path of findSuperfluous(root, files, directories)) {
    const target = join(root, path);
    if (!readFileSync(target, 'utf8').slice(0, headLength).includes('DO NOT EDIT')) continue;
    rmSync(target);
    done.push(`deleted ${path}`);
  }
  return done.sort(compareText);
}

function findSuperfluous(root: string, files: readonly GeneratedFile[], directories: readonly string[]): readonly string[] {
  const wanted = new Set(files.map(({ path }) => path));
  return directories
    .filter((directory) => existsSync(join(root, directory)))
    .flatMap((directory) =>
      readdirSync(join(root, directory), { withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => `${directory}/${entry.name}`),
    )
    .filter((path) => !wanted.has(path));
}

function firstDifference(present: string, wanted: string): string {
  const have = present.split('\n');
  const want = wanted.split('\n');
  const index = want.findIndex((line, at) => line !== have[at]);
  const at = index === -1 ? want.length : index;
  return `differs from line ${at + 1} on\n  is:        ${have[at] ?? '(end of file)'}\n  should be: ${want[at] ?? '(end of file)'}`;
}
