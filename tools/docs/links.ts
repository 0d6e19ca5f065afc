import { posix } from 'node:path';
import type { MarkdownPage } from './markdown.ts';
import type { ProjectFiles } from './repository.ts';

/** Where a link within the project leads. */
export interface LinkTarget {
  /** A file or a folder, relative to the repository, without a slash at its end. */
  readonly path: string;
  /** Without `#`; empty where the link names none. */
  readonly anchor: string;
}

/**
 * Where a link leads; undefined when it leads out of the project.
 * @param from the page with the link, relative to the repository
 */
export function targetOf(from: string, href: string): LinkTarget | undefined {
  if (/^(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(href)) return undefined;
  const [written = '', anchor = ''] = href.split('#', 2);
  const path = decodeURI(written);
  if (path === '') return { path: from, anchor };
  const joined = path.startsWith('/') ? posix.normalize(path.slice(1)) : posix.join(posix.dirname(from), path);
  return { path: joined.replace(/\/$/, '') || '.', anchor };
}

/** A link that leads nowhere. */
export interface DeadLink {
  /** `page:line`. */
  readonly at: string;
  readonly href: string;
  readonly problem: string;
}

/**
 * The links of some pages that lead to no file, no folder and no heading of the project.
 * @param pages by their paths
 */
export function deadLinks(pages: ReadonlyMap<string, MarkdownPage>, { paths }: Pick<ProjectFiles, 'paths'>): readonly DeadLink[] {
  const there = new Set(paths.flatMap((path) => [path, ...foldersOf(path)]));
  const found: DeadLink[] = [];
  for (const [page, { links }] of pages) {
    for (const { href, line } of links) {
      const problem = problemOf(targetOf(page, href), there, pages);
      if (problem !== undefined) found.push({ at: `${page}:${line}`, href, problem });
    }
  }
  return found;
}

function problemOf(
  target: LinkTarget | undefined,
  there: ReadonlySet<string>,
  pages: ReadonlyMap<string, MarkdownPage>,
): string | undefined {
  if (target === undefined) return undefined;
  if (!there.has(target.path)) return `${target.path} is not there`;
  if (target.anchor === '') return undefined;
  const page = pages.get(target.path);
  if (page === undefined) return `${target.path} is no page with headings`;
  return page.anchors.includes(target.anchor) ? undefined : `${target.path} has no heading ${target.anchor}`;
}

function foldersOf(path: string): readonly string[] {
  const folder = posix.dirname(path);
  return folder === '.' ? [folder] : [folder, ...foldersOf(folder)];
}
