import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMap, isScalar, type Pair, parseDocument, type YAMLMap } from 'yaml';
import { code, page, table } from '../emit/markdown.ts';
import { type Emitter, generatedNotice } from '../emitter.ts';

const chart = 'charts/rolekeeper';

/** One value of a chart. */
export interface ChartValue {
  /** For example `image.tag`. */
  readonly path: string;
  /** What is in `values.yaml`. */
  readonly fallback: unknown;
  /** Its comment as one paragraph; empty where there is none. */
  readonly meaning: string;
}

/** Values under one heading. */
export interface ValueSection {
  readonly heading: string;
  readonly values: readonly ChartValue[];
}

/** The README of the chart. */
export function chartReadmeEmitter(root: string): Emitter {
  return {
    name: 'README of the chart',
    emit: () => [{ path: `${chart}/README.md`, text: readme(readValues(readFileSync(join(root, chart, 'values.yaml'), 'utf8'))) }],
  };
}

/**
 * Values with their comments. `## Heading` begins a section. A mapping whose entries have no comments is one value, which is what
 * mappings with keys of the user's choice or of Kubernetes are.
 */
export function readValues(text: string): readonly ValueSection[] {
  const { contents } = parseDocument(text);
  if (!isMap(contents)) throw new Error('values.yaml is no mapping');
  const sections: { heading: string; values: ChartValue[] }[] = [];
  for (const pair of contents.items) {
    const { heading, meaning } = splitComment(commentOf(contents, pair));
    if (heading !== undefined) sections.push({ heading, values: [] });
    sections.at(-1)?.values.push(...valuesOf(pair, '', meaning));
  }
  return sections;
}

function valuesOf(pair: Pair, parent: string, meaning: string): readonly ChartValue[] {
  const path = `${parent}${keyOf(pair)}`;
  const { value } = pair;
  if (isMap(value) && value.items.some((child) => commentOf(value, child) !== '')) {
    return value.items.flatMap((child) => valuesOf(child, `${path}.`, oneParagraph(commentOf(value, child))));
  }
  return [{ path, fallback: toJS(value), meaning }];
}

function keyOf({ key }: Pair): string {
  return String(isScalar(key) ? key.value : key);
}

function toJS(node: unknown): unknown {
  return isScalar(node) ? node.value : (JSON.parse(JSON.stringify(node)) as unknown);
}

/** The parser gives the comment before the first entry to the mapping. */
function commentOf(map: YAMLMap, pair: Pair): string {
  const own = isScalar(pair.key) ? (pair.key.commentBefore ?? '') : '';
  return own === '' && map.items[0] === pair ? (map.commentBefore ?? '') : own;
}

function splitComment(comment: string): { readonly heading: string | undefined; readonly meaning: string } {
  const lines = comment.split('\n');
  const heading = lines.findLast((line) => line.startsWith('# '))?.slice(2);
  return { heading, meaning: oneParagraph(lines.filter((line) => !line.startsWith('# ')).join('\n')) };
}

function oneParagraph(comment: string): string {
  return comment
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' ');
}

function readme(sections: readonly ValueSection[]): string {
  return page(
    `<!-- ${generatedNotice} -->`,
    '# rolekeeper, the Helm chart',
    'Installs the operator that keeps organization roles in identity and access providers as they are declared, with its CRDs. [Installation and operation](../../docs/operations/install.md) says how to install, upgrade and remove it, and which values serve what; [alerts](../../docs/operations/alerts.md) what to do about each alert.',
    '```sh\nhelm install rolekeeper charts/rolekeeper --namespace rolekeeper-system --create-namespace\n```',
    '## Values',
    'A default of `{}`, `[]` or `""` means that nothing is set. What is not listed here is refused.',
    ...sections.flatMap(({ heading, values }) => [
      `### ${heading}`,
      table(
        ['Value', 'Default', 'Meaning'],
        values.map(({ path, fallback, meaning }) => [code(path), code(JSON.stringify(fallback)), meaning]),
      ),
    ]),
  );
}
