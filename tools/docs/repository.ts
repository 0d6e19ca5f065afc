import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { inRepository } from '../lib/index.ts';

/** The files of the project, and what is in them. */
export interface ProjectFiles {
  /** Relative to the repository, with `/`, sorted. */
  readonly paths: readonly string[];
  /** The text of one of them. */
  read(path: string): string;
}

/** The files that are tracked or could be. */
export function projectFiles(): ProjectFiles {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: inRepository(),
    encoding: 'utf8',
  });
  const isFile = (path: string): boolean => path !== '' && statSync(inRepository(path), { throwIfNoEntry: false })?.isFile() === true;
  const paths = [...new Set(listed.split('\0'))].filter(isFile).sort();
  return { paths, read: (path) => readFileSync(join(inRepository(), path), 'utf8') };
}
