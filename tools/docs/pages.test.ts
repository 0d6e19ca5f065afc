import { describe, expect, it } from 'vitest';
import { linkFollower } from './config.ts';
import { sitePages } from './pages.ts';
import type { ProjectFiles } from './repository.ts';
import { pagesWithoutPlace, sidebar } from './sidebar.ts';

function project(files: Readonly<Record<string, string>>): ProjectFiles {
  return { paths: Object.keys(files).sort(), read: (path) => files[path] ?? '' };
}

const files = project({
  'docs/README.md': '# What it is\n\n[sources](../src/a.ts), [all](../src), [examples](../examples/), [decisions](adr/)\n',
  'docs/quick-start.md': '# Quick start\n\n## Watch it\n\n[home](README.md) [not here](https://example.com/src/a.ts)\n',
  'docs/adr/0001-a.md': '# 0001: A\n',
  'docs/operations/zebra.md': '# Zebra\n',
  'docs/operations/upgrade.md': '# Upgrade\n\n[watch](../quick-start.md#watch-it)\n',
  'examples/README.md': '# Examples\n',
  'src/a.ts': 'export const fence = "````";\n',
  'src/b.ts': 'unseen',
  LICENSE: 'nobody links it',
});
const pages = sitePages(files);

describe('the pages of the site', () => {
  it('are those of docs, and what these lead to', () => {
    expect(pages.map(({ path, source }) => [path, source])).toEqual([
      ['adr/0001-a.md', 'docs/adr/0001-a.md'],
      ['adr/index.md', 'docs/adr'],
      ['index.md', 'docs/README.md'],
      ['operations/upgrade.md', 'docs/operations/upgrade.md'],
      ['operations/zebra.md', 'docs/operations/zebra.md'],
      ['quick-start.md', 'docs/quick-start.md'],
      ['repository/examples/index.md', 'examples/README.md'],
      ['repository/src/a.ts.md', 'src/a.ts'],
      ['repository/src/b.ts.md', 'src/b.ts'],
      ['repository/src/index.md', 'src'],
    ]);
  });

  it('show a source whole, whatever is in it', () => {
    const [page] = pages.filter(({ source }) => source === 'src/a.ts');
    expect(page?.text).toContain('`````ts\nexport const fence = "````";\n`````\n');
  });

  it('list what is in a folder, pages by their titles', () => {
    expect(pages.find(({ source }) => source === 'docs/adr')?.text).toContain('- [0001: A](/docs/adr/0001-a.md)');
  });
});

describe('links on the site', () => {
  const follow = linkFollower(pages, files);
  it.each([
    { reason: 'another page', from: 'quick-start.md', href: 'README.md', to: 'index.md' },
    { reason: 'a source', from: 'index.md', href: '../src/a.ts', to: 'repository/src/a.ts.md' },
    { reason: 'a folder with a README', from: 'index.md', href: '../examples/', to: 'repository/examples/index.md' },
    {
      reason: 'a heading of another page',
      from: 'operations/upgrade.md',
      href: '../quick-start.md#watch-it',
      to: '../quick-start.md#watch-it',
    },
    { reason: 'a heading of the page itself', from: 'quick-start.md', href: '#watch-it', to: '#watch-it' },
    { reason: 'a file, from the root of the project', from: 'repository/src/index.md', href: '/src/a.ts', to: 'a.ts.md' },
    {
      reason: 'another site, which stays as it is',
      from: 'quick-start.md',
      href: 'https://example.com/src/a.ts',
      to: 'https://example.com/src/a.ts',
    },
    { reason: 'nothing, which the build then refuses', from: 'quick-start.md', href: 'gone.md', to: 'gone.md' },
  ])('lead to $reason', ({ from, href, to }) => {
    expect(follow(from, href)).toBe(to);
  });
});

describe('the navigation', () => {
  it('has the pages in the order in which they are read, and those it does not know after them', () => {
    const operate = sidebar(pages).find(({ text }) => text === 'Operate');
    expect(operate?.items?.map(({ link }) => link)).toEqual(['/operations/upgrade', '/operations/zebra']);
  });

  it('links the first page as the home of the site', () => {
    expect(sidebar(pages)[0]?.items?.[0]).toEqual({ text: 'What it is', link: '/' });
  });

  it('says which pages it leaves out', () => {
    const more = sitePages(project({ 'docs/README.md': '# A\n', 'docs/lonely.md': '# B\n' }));
    expect(pagesWithoutPlace(more)).toEqual(['lonely.md']);
  });
});
