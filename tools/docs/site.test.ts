import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { inRepository, run } from '../lib/index.ts';

/** Whatever a browser fetches by itself. */
const fetched = /<(?:script|img|link|iframe|source)\b[^>]*?\s(?:src|href)="([^"]+)"|url\((?:["']?)([^)"']+)/g;

it('the site is built from the pages, without a dead link, and asks nobody else for anything', { timeout: 300_000 }, async () => {
  await mkdir(inRepository('dist'), { recursive: true });
  const directory = await mkdtemp(inRepository('dist', 'docs-test-'));
  try {
    const site = join(directory, 'site');
    const built = await run(inRepository('node_modules', '.bin', 'node'), [
      inRepository('tools', 'docs', 'main.ts'),
      'build',
      `--out=${site}`,
      `--pages=${join(directory, 'pages')}`,
      '--base=/rolekeeper/',
    ]);
    expect(built.code, built.stdout + built.stderr).toBe(0);

    const home = await readFile(join(site, 'index.html'), 'utf8');
    expect(home).toContain('href="/rolekeeper/quick-start.html"');
    const served = (await readdir(site, { recursive: true })).filter((name) => /\.(html|css)$/.test(name));
    expect(served.length).toBeGreaterThan(30);
    const asked = await Promise.all(served.map(async (name) => addresses(await readFile(join(site, name), 'utf8'))));
    expect(asked.flat().filter((address) => /^(?:https?:)?\/\//.test(address))).toEqual([]);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

function addresses(text: string): readonly string[] {
  return [...text.matchAll(fetched)].map(([, attribute, style]) => attribute ?? style ?? '');
}
