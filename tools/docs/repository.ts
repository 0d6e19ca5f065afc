import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
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
  const paths = [...new Set(listed.split('\0'))].filter((path) => path !== '' && existsSync(inRepository(path))).sort();
  return { paths, read: (path) => readFileSync(join(inRepository(), path), 'utf8') };
}
