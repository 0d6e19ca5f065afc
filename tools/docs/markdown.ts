import MarkdownIt, { type Token } from 'markdown-it';
import { anchorsOf } from './anchors.ts';

/** A fenced block of a page. */
export interface Fence {
  /** The first word after the fence, for example `yaml`. */
  readonly language: string;
  /** The rest of that line. */
  readonly mark: string;
  /** What is in it, as it is written. */
  readonly text: string;
  /** Line of the fence, from 1. */
  readonly line: number;
}

/** A link or an image of a page. */
export interface PageLink {
  readonly href: string;
  readonly line: number;
}

/** What is asked of a Markdown page. */
export interface MarkdownPage {
  /** The first heading. */
  readonly title: string;
  readonly anchors: readonly string[];
  readonly links: readonly PageLink[];
  readonly fences: readonly Fence[];
}

const parser = new MarkdownIt({ html: true });

/** Reads a Markdown page. */
export function readMarkdown(text: string): MarkdownPage {
  const tokens = parser.parse(text, {});
  const headings = tokens.flatMap((token, index) => (token.type === 'heading_open' ? [shownText(tokens[index + 1])] : []));
  return {
    title: headings[0] ?? '',
    anchors: anchorsOf(headings),
    links: tokens.flatMap(linksOf),
    fences: tokens.filter(({ type }) => type === 'fence').map(fenceOf),
  };
}

/** The text of a heading as a reader sees it. */
export function shownText(inline: Token | undefined): string {
  return (inline?.children ?? [])
    .filter(({ type }) => type === 'text' || type === 'code_inline')
    .map(({ content }) => content)
    .join('');
}

function linksOf(token: Token): readonly PageLink[] {
  const line = (token.map?.[0] ?? 0) + 1;
  return (token.children ?? []).flatMap((child) => {
    const href = child.type === 'link_open' ? child.attrGet('href') : child.type === 'image' ? child.attrGet('src') : null;
    return href === null ? [] : [{ href: String(href), line }];
  });
}

function fenceOf({ info, content, map }: Token): Fence {
  const [language = '', ...mark] = info.trim().split(/\s+/);
  return { language, mark: mark.join(' '), text: content, line: (map?.[0] ?? 0) + 1 };
}
