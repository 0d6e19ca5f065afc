import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { bundleFiles } from '../bundle/index.ts';
import { inRepository, run, UserError } from '../lib/index.ts';
import { type Entry, file } from './entries.ts';

/** Files of the project that are in the image, with where they come from: a build's directory or the repository. */
const fromBundle = [bundleFiles.program, bundleFiles.legalComments, bundleFiles.billOfMaterials, bundleFiles.thirdPartyLicences];
const fromRepository = ['LICENSE'];

/** Builds the bundle into `directory` and returns the project's own files of the image. */
export async function appFiles(buildDirectory: string): Promise<readonly Entry[]> {
  // By the program that users build with: inside a test there is another console, which esbuild's plug-in does not take.
  const built = await run(process.execPath, [inRepository('tools', 'build.ts'), '--directory', buildDirectory]);
  if (built.code !== 0) throw new UserError(`The bundle can't be built:\n${built.stderr}`);
  const sources = [...fromBundle.map((name) => join(buildDirectory, name)), ...fromRepository.map((name) => inRepository(name))];
  const names = [...fromBundle, ...fromRepository];
  return Promise.all(sources.map(async (source, index) => file(join('/app', names[index] ?? ''), await readFile(source))));
}

/** Lays the same files down in a directory, as the Dockerfile copies them into the image. */
export async function stage(target: string, buildDirectory: string): Promise<void> {
  for (const entry of await appFiles(buildDirectory)) {
    if (entry.kind !== 'file') continue;
    const path = join(target, entry.path);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, entry.content, { mode: entry.mode });
  }
}
