import { posix } from 'node:path';
import { targetOf } from './links.ts';
import { readMarkdown } from './markdown.ts';
import type { ProjectFiles } from './repository.ts';

/** A page of the site. */
export interface SitePage {
  /** The file or folder of the project that it shows. */
  readonly source: string;
  /** Its file among the pages of the site, for example `providers/workos.md`. */
  readonly path: string;
  readonly title: string;
  readonly text: string;
}

const home = 'docs';
/** Where what lies outside of `docs/` stands on the site. */
const elsewhere = 'repository';

/**
 * The pages of the site: those of `docs/`, and whatever of the project they lead to. Nobody knows where a copy of the repository can
 * be seen, so the site brings along what its pages mention: other pages as they are, sources and folders as pages that show them.
 */
export function sitePages(files: ProjectFiles): readonly SitePage[] {
  const all = new Set(files.paths);
  const pages = new Map<string, SitePage>();
  const waiting = files.paths.filter((path) => path.startsWith(`${home}/`) && path.endsWith('.md'));
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const source = shownBy(next, all);
    if (pages.has(source)) continue;
    const page = pageOf(source, files, all);
    if (page === undefined) continue;
    pages.set(source, page);
    for (const target of linkedFrom(page)) waiting.push(target);
  }
  return [...pages.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** A folder with a README is shown by it. */
export function shownBy(source: string, all: ReadonlySet<string>): string {
  const readme = posix.join(source, 'README.md');
  return all.has(readme) ? readme : source;
}

function linkedFrom({ source, text }: SitePage): readonly string[] {
  return readMarkdown(text).links.flatMap(({ href }) => {
    const target = targetOf(source, href);
    return target === undefined || target.path.endsWith('.svg') ? [] : [target.path];
  });
}

function pageOf(source: string, files: ProjectFiles, all: ReadonlySet<string>): SitePage | undefined {
  if (!all.has(source)) return folderPage(source, files);
  const text = files.read(source);
  const path = placeOf(source);
  if (!source.endsWith('.md')) return { source, path: `${path}.md`, title: source, text: sourceText(source, text) };
  return { source, path: path.replace(/(^|\/)README\.md$/, '$1index.md'), title: readMarkdown(text).title, text };
}

/** A list of what is in a folder; undefined when there is none of this name. */
function folderPage(folder: string, files: ProjectFiles): SitePage | undefined {
  const inside = files.paths.filter((path) => path.startsWith(`${folder}/`));
  if (inside.length === 0) return undefined;
  const entries = inside.map((path) => `- [${entryTitle(path, folder, files)}](/${path})`);
  const title = folderTitles[folder] ?? folder;
  return { source: folder, path: `${placeOf(folder)}/index.md`, title, text: `# ${title}\n\n${entries.join('\n')}\n` };
}

function placeOf(source: string): string {
  return source.startsWith(`${home}/`) ? posix.relative(home, source) : posix.join(elsewhere, source);
}

const folderTitles: Readonly<Record<string, string>> = { 'docs/adr': 'Decisions' };

function entryTitle(path: string, folder: string, files: ProjectFiles): string {
  const title = path.endsWith('.md') ? readMarkdown(files.read(path)).title : '';
  return title === '' ? `\`${posix.relative(folder, path)}\`` : title;
}

const languages: Readonly<Record<string, string>> = { ts: 'ts', yaml: 'yaml', yml: 'yaml', json: 'json', sh: 'sh', proto: 'proto' };
/** Colours are most of what a build takes, and for more than this nobody misses them. */
const longestColoured = 4_000;

function sourceText(source: string, text: string): string {
  const extension = posix.extname(source).slice(1);
  const language = text.length > longestColoured ? 'text' : (languages[extension] ?? 'text');
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `---\nsearch: false\n---\n\n# \`${source}\`\n\n${fence}${language}\n${text.trimEnd()}\n${fence}\n`;
}
