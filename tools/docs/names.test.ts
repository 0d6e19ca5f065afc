import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { names } from '../../src/api/index.ts';
import { metricDefinitions } from '../../src/telemetry/index.ts';
import { inRepository } from '../lib/index.ts';
import { projectFiles } from './repository.ts';

const files = projectFiles();
const pages = files.paths.filter((path) => path === 'README.md' || (path.startsWith('docs/') && path.endsWith('.md')));

/** What the pattern's first group matches in the pages, each with where it stands. */
function mentioned(pattern: RegExp): readonly { readonly name: string; readonly page: string }[] {
  return pages.flatMap((page) => [...files.read(page).matchAll(pattern)].map(([, name = '']) => ({ name, page })));
}

it('the pages name only metrics that there are', () => {
  const known = new Set<string>(Object.values(metricDefinitions).map(({ name }) => name));
  const found = mentioned(/\b(rolekeeper_[a-z_]*[a-z])(?:_bucket|_sum|_count)?\b(?!_)/g).map(({ name, page }) => ({
    name: name.replace(/_(bucket|sum|count)$/, ''),
    page,
  }));
  expect(found.length).toBeGreaterThan(40);
  // Written by other programs: the process's own metrics, and fields that Frontier's metadata holds.
  const others = /^rolekeeper_(process|nodejs|object|cluster)/;
  expect(found.filter(({ name }) => !known.has(name) && !others.test(name))).toEqual([]);
});

it('the pages name only annotations and finalizers that there are', () => {
  const known = new Set<string>([...Object.values(names), 'rolekeeper.dev/v1alpha1']);
  const found = mentioned(/(?<![\w.])(rolekeeper\.dev\/[a-z][a-z0-9-]*[a-z0-9])/g);
  expect(found.length).toBeGreaterThan(40);
  expect(found.filter(({ name }) => !known.has(name))).toEqual([]);
});

it('the pages name only targets and scripts that there are', () => {
  const makefile = readFileSync(inRepository('Makefile'), 'utf8');
  const { scripts } = JSON.parse(readFileSync(inRepository('package.json'), 'utf8')) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  const targets = mentioned(/(?:^|`)make ([a-z][a-z0-9-]*)/gm);
  const run = mentioned(/\bnpm run (?:--\w+ )?([a-z][\w:]*)/g);
  expect(targets.length).toBeGreaterThan(5);
  expect(targets.filter(({ name }) => !makefile.includes(`\n${name}:`))).toEqual([]);
  expect(run.length).toBeGreaterThan(3);
  expect(run.filter(({ name }) => scripts[name] === undefined)).toEqual([]);
});
