import { describe, expect, it } from 'vitest';
import { anchorsOf } from './anchors.ts';
import { deadLinks } from './links.ts';
import { readMarkdown } from './markdown.ts';
import { sitePages } from './pages.ts';
import { projectFiles } from './repository.ts';
import { pagesWithoutPlace } from './sidebar.ts';

const files = projectFiles();
const written = files.paths.filter((path) => path.endsWith('.md'));

describe('the pages of this project', () => {
  it('link only to files, folders and headings that are there', () => {
    const pages = new Map(written.map((path) => [path, readMarkdown(files.read(path))]));
    const count = [...pages.values()].reduce((sum, { links }) => sum + links.length, 0);
    expect(count).toBeGreaterThan(100);
    expect(deadLinks(pages, files)).toEqual([]);
  });

  it('can all be found by the navigation of the site', () => {
    expect(pagesWithoutPlace(sitePages(files))).toEqual([]);
  });
});

describe('a link', () => {
  const pages = new Map([
    ['docs/a.md', readMarkdown('# A\n\n[b](b.md#x) [c](../c.ts) [d](#here) [f](../) [out](mailto:a@example.com)\n\n## Here\n')],
    ['docs/b.md', readMarkdown('# B\n')],
  ]);

  it.each([
    { reason: 'a page that is gone', paths: ['c.ts', 'docs/a.md'], problem: 'docs/b.md is not there' },
    { reason: 'a file that is gone', paths: ['docs/a.md', 'docs/b.md'], problem: 'c.ts is not there' },
    { reason: 'a heading that is gone', paths: ['c.ts', 'docs/a.md', 'docs/b.md'], problem: 'docs/b.md has no heading x' },
  ])('to $reason is dead', ({ paths, problem }) => {
    expect(deadLinks(pages, { paths }).map((link) => link.problem)).toContain(problem);
  });

  it('is dead with the line on which it stands, and no other is', () => {
    expect(deadLinks(pages, { paths: ['c.ts', 'docs/a.md', 'docs/b.md'] })).toEqual([
      { at: 'docs/a.md:3', href: 'b.md#x', problem: 'docs/b.md has no heading x' },
    ]);
  });
});

describe('anchors', () => {
  it('are those of GitHub', () => {
    expect(anchorsOf(["Klustr's own roles", 'A & B', '`spec.karmo`: _what_', 'A & B', 'Größe  1'])).toEqual([
      'klustrs-own-roles',
      'a--b',
      'speckarmo-_what_',
      'a--b-1',
      'größe--1',
    ]);
  });
});
