/** One tag of a doc comment: `@name text`. */
export interface DocTag {
  readonly name: string;
  /** Everything up to the next tag, on one line. */
  readonly text: string;
  readonly line: number;
}

/** A doc comment taken apart. */
export interface DocComment {
  /** The prose before the tags, with its line breaks inside paragraphs undone. */
  readonly description: string;
  readonly tags: readonly DocTag[];
}

type Report = (line: number, message: string) => void;

const tagLine = /^@([A-Za-z][A-Za-z0-9]*)\s*(.*)$/;

/**
 * Parses a `/** … *\/` comment. The compiler's own parser isn't used: it takes `@` and braces inside a pattern, a rule or a
 * default for syntax. Here a tag begins only at the beginning of a line.
 */
export function parseDocComment(text: string, firstLine: number, report: Report): DocComment {
  const prose: string[] = [];
  const tags: { name: string; lines: string[]; line: number }[] = [];
  let closed = false;
  for (const [index, line] of contentLines(text).entries()) {
    const match = tagLine.exec(line);
    const current = tags.at(-1);
    if (match) {
      tags.push({ name: match[1] ?? '', lines: [match[2] ?? ''], line: firstLine + index });
      closed = false;
    } else if (current === undefined) {
      prose.push(line);
    } else if (line === '') {
      closed = true;
    } else if (closed) {
      report(firstLine + index, 'Text after the tags would be lost: put it before the first tag.');
    } else {
      current.lines.push(line);
    }
  }
  return {
    description: joinParagraphs(prose),
    tags: tags.map(({ name, lines, line }) => ({ name, text: lines.join(' ').trim(), line })),
  };
}

function contentLines(text: string): readonly string[] {
  return text
    .replace(/^\/\*\*/, '')
    .replace(/\*\/$/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\*(?!\*)/, '').trim());
}

/** Undoes line breaks inside a paragraph; list entries keep a line of their own. */
function joinParagraphs(lines: readonly string[]): string {
  const text = lines.join('\n').trim();
  return text
    .split(/\n{2,}/)
    .map((paragraph) => paragraph.replace(/\n(?!- |\d+\. )/g, ' '))
    .join('\n\n')
    .replace(/\{@link\s+([^}|]+?)\s*(?:\|[^}]*)?\}/g, '`$1`');
}
