import type { SitePage } from './pages.ts';

/** A group of the navigation, or one page of it. */
export interface SidebarItem {
  readonly text: string;
  readonly link?: string;
  readonly items?: readonly SidebarItem[];
  readonly collapsed?: boolean;
}

/** A group of pages in the order in which they are read. */
interface Section {
  readonly title: string;
  readonly pages: readonly string[];
  /** What else is in these folders follows, sorted by title. */
  readonly folders?: readonly string[];
  readonly collapsed?: true;
}

const sections: readonly Section[] = [
  { title: 'Start', pages: ['index.md', 'quick-start.md', 'concepts.md', 'faq.md'] },
  { title: 'Use', pages: ['roles.md', 'bindings.md', 'guardrails.md', 'repository/examples/index.md'] },
  { title: 'Providers', pages: ['reference/capabilities.md'], folders: ['providers/'] },
  { title: 'Migrate', pages: ['migration/adopt.md', 'migration/terraform.md'], folders: ['migration/'] },
  {
    title: 'Operate',
    pages: [
      'operations/install.md',
      'operations/upgrade.md',
      'operations/high-availability.md',
      'operations/metrics.md',
      'operations/alerts.md',
      'operations/troubleshooting.md',
      'operations/gitops.md',
      'operations/image.md',
      'repository/SECURITY.md',
      'reliability.md',
      'benchmarks.md',
    ],
    folders: ['operations/'],
  },
  {
    title: 'Reference',
    pages: ['reference/api.md', 'reference/reasons.md', 'reference/flags.md', 'reference/metrics.md'],
    folders: ['reference/'],
  },
  {
    title: 'Contribute',
    pages: ['repository/CONTRIBUTING.md', 'architecture.md', 'adr/index.md', 'repository/contracts/index.md', 'repository/CHANGELOG.md'],
    folders: ['contributing/'],
  },
];

/** Shown by a page that lists them. */
const listedElsewhere: readonly string[] = ['adr/', 'repository/'];

/** The navigation of the site: the pages in the order above, as far as they are there, and the rest of each folder after them. */
export function sidebar(pages: readonly SitePage[]): readonly SidebarItem[] {
  const byPath = new Map(pages.map((page) => [page.path, page]));
  const placed = new Set(sections.flatMap((section) => section.pages));
  return sections.map(({ title, pages: first, folders = [] }) => ({
    text: title,
    items: [
      ...first.flatMap((path) => byPath.get(path) ?? []),
      ...pages.filter(({ path }) => !placed.has(path) && folders.some((folder) => path.startsWith(folder))).sort(byTitle),
    ].map((page) => ({ text: shortTitles[page.path] ?? page.title, link: `/${page.path.replace(/(^|index)\.md$|\.md$/, '')}` })),
  }));
}

/** Pages of `docs/` that no one finds by the navigation. */
export function pagesWithoutPlace(pages: readonly SitePage[]): readonly string[] {
  const linked = new Set(sidebar(pages).flatMap(({ items = [] }) => items.map(({ link }) => link)));
  return pages
    .map(({ path }) => path)
    .filter(
      (path) => !listedElsewhere.some((folder) => path.startsWith(folder)) && !linked.has(`/${path.replace(/(^|index)\.md$|\.md$/, '')}`),
    );
}

/** What a title needs on its page and not in a list. */
const shortTitles: Readonly<Record<string, string>> = {
  'index.md': 'What it is',
  'reference/capabilities.md': 'What each can do',
  'reference/reasons.md': 'Reasons',
};

function byTitle(a: SitePage, b: SitePage): number {
  return a.title.toLowerCase() < b.title.toLowerCase() ? -1 : 1;
}
