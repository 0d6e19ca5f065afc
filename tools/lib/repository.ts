import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Absolute path of the repository, whatever the working directory is. */
export const repositoryRoot: string = fileURLToPath(new URL('../..', import.meta.url));

/** Absolute path of a file of the repository. */
export function inRepository(...segments: readonly string[]): string {
  return join(repositoryRoot, ...segments);
}
