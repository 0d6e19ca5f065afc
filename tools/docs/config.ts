import { posix } from 'node:path';
import type { MarkdownRenderer, UserConfig } from 'vitepress';
import { anchorOf } from './anchors.ts';
import { targetOf } from './links.ts';
import { type SitePage, shownBy, sitePages } from './pages.ts';
import { type ProjectFiles, projectFiles } from './repository.ts';
import { sidebar } from './sidebar.ts';

/** What VitePress is told of the project as it is on disk. */
export function projectConfig(): UserConfig {
  const files = projectFiles();
  return siteConfig(sitePages(files), files);
}

/** What VitePress is told: nothing is loaded from elsewhere, search runs in the reader's browser. */
export function siteConfig(pages: readonly SitePage[], files: Pick<ProjectFiles, 'paths'>): UserConfig {
  return {
    title: 'rolekeeper',
    description: 'Organization roles in identity providers, kept as Git declares them',
    lang: 'en',
    head: [['link', { rel: 'icon', type: 'image/svg+xml', href: icon }]],
    markdown: {
      attrs: false,
      languageAlias: { promql: 'txt' },
      emoji: false,
      anchor: { slugify: anchorOf },
      headers: { slugify: anchorOf },
      config: (markdown: MarkdownRenderer) => followProjectLinks(markdown, pages, files),
    },
    themeConfig: {
      outline: { level: [2, 3] },
      search: { provider: 'local' },
      sidebar: sidebar(pages).map(({ text, items = [] }) => ({
        text,
        items: items.map((item) => ({ text: item.text, link: item.link ?? '' })),
      })),
    },
  };
}

const icon =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Ccircle cx='5' cy='8' r='3' fill='none' stroke='%233451b2' stroke-width='2'/%3E%3Cpath d='M8 8h7v3M12 8v2' fill='none' stroke='%233451b2' stroke-width='2'/%3E%3C/svg%3E";

/** Links lead through the repository, as on GitHub; here they are turned to the pages that show the same. */
function followProjectLinks(markdown: MarkdownRenderer, pages: readonly SitePage[], files: Pick<ProjectFiles, 'paths'>): void {
  const follow = linkFollower(pages, files);
  markdown.core.ruler.push('project-links', ({ tokens, env }) => {
    const links = tokens.flatMap(({ children }) => children ?? []).filter(({ type }) => type === 'link_open');
    for (const link of links) {
      link.attrSet('href', follow(String(env.relativePath), String(link.attrGet('href') ?? '')));
    }
  });
}

/**
 * Tells how a page of the site leads to what another page shows.
 * @returns takes the page's path on the site and the link as it is written; what leads out of the project stays as it is
 */
export function linkFollower(pages: readonly SitePage[], { paths }: Pick<ProjectFiles, 'paths'>): (from: string, href: string) => string {
  const places = new Map(pages.map(({ source, path }) => [source, path]));
  const sources = new Map(pages.map(({ source, path }) => [path, source]));
  const all = new Set(paths);
  return (from, href) => {
    const target = targetOf(sources.get(from) ?? from, href);
    const place = target === undefined ? undefined : places.get(shownBy(target.path, all));
    if (target === undefined || place === undefined) return href;
    const anchor = target.anchor === '' ? '' : `#${target.anchor}`;
    return place === from && anchor !== '' ? anchor : `${posix.relative(posix.dirname(from), place)}${anchor}`;
  };
}
