import { watch } from 'node:fs';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build, createServer } from 'vitepress';
import { inRepository } from '../lib/index.ts';
import { sitePages } from './pages.ts';
import { projectFiles } from './repository.ts';

/** Where a site is made. */
export interface SiteOptions {
  /** Gets the pages as VitePress reads them; within the repository, since its libraries are looked for from there. */
  readonly pagesDirectory: string;
  /** Gets the site. */
  readonly outDirectory: string;
  /** The path below which it will be served, for example `/rolekeeper/`. */
  readonly base?: string;
}

/** Builds the site. Rejects when a link of it is dead. */
export async function buildSite({ pagesDirectory, outDirectory, base = '/' }: SiteOptions): Promise<void> {
  await rm(pagesDirectory, { recursive: true, force: true });
  await writePages(pagesDirectory);
  await rm(outDirectory, { recursive: true, force: true });
  await build(pagesDirectory, { outDir: outDirectory, base });
}

/** Serves the site on this machine and shows changes of its pages as they are made. Pages that are new show after a restart. */
export async function serveSite({ pagesDirectory }: Pick<SiteOptions, 'pagesDirectory'>, port: number): Promise<void> {
  await rm(pagesDirectory, { recursive: true, force: true });
  await writePages(pagesDirectory);
  watch(inRepository('docs'), { recursive: true }, () => {
    writePages(pagesDirectory).catch((error: unknown) => console.error(error));
  });
  const server = await createServer(pagesDirectory, { host: '127.0.0.1', port });
  await server.listen();
  server.printUrls();
}

async function writePages(directory: string): Promise<void> {
  const files = projectFiles();
  for (const { path, text } of sitePages(files)) {
    await writeText(join(directory, path), text);
  }
  for (const path of files.paths.filter((candidate) => /^docs\/.*\.(svg|png)$/.test(candidate))) {
    await cp(inRepository(path), join(directory, path.slice('docs/'.length)));
  }
  const library = (name: string): string => JSON.stringify(inRepository('tools', 'docs', name));
  await writeText(
    join(directory, '.vitepress', 'config.mts'),
    `import { projectConfig } from ${library('config.ts')};\nexport default projectConfig();\n`,
  );
  await writeText(
    join(directory, '.vitepress', 'theme', 'index.js'),
    `import theme from 'vitepress/theme';\nimport ${library('style.css')};\nexport default theme;\n`,
  );
}

/** A file that is what it should be stays untouched, so that nobody who watches it takes notice. */
async function writeText(path: string, text: string): Promise<void> {
  if ((await readFile(path, 'utf8').catch(() => undefined)) === text) return;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
