import { parseAllDocuments } from 'yaml';
import { readMarkdown } from './markdown.ts';
import type { ProjectFiles } from './repository.ts';

type Json = Readonly<Record<string, unknown>>;

/** A YAML block of a page, by what it claims to be. */
export type YamlBlock = { readonly at: string } & (
  | {
      /** Whole objects, as `kubectl apply` takes them. */
      readonly is: 'objects';
      readonly objects: readonly Json[];
    }
  | {
      /** Part of an object of a kind of ours, written from the top of the object: `yaml fragment=RoleProvider`. */
      readonly is: 'fragment';
      readonly kind: string;
      readonly part: Json;
    }
  | {
      /** Values of the chart: `yaml values`. */
      readonly is: 'values';
      readonly values: unknown;
    }
  /** Something of another program, which it names: `yaml of=Kustomize`. Only its form is known. */
  | { readonly is: 'other' }
  /** None of these. */
  | { readonly is: 'unclear'; readonly problem: string }
);

/** The YAML blocks of some pages. */
export function yamlBlocks(pages: readonly string[], files: Pick<ProjectFiles, 'read'>): readonly YamlBlock[] {
  return pages.flatMap((page) =>
    readMarkdown(files.read(page))
      .fences.filter(({ language }) => language === 'yaml' || language === 'yml')
      .map(({ line, mark, text }) => readYamlBlock(`${page}:${line}`, mark, text)),
  );
}

/**
 * Reads one block.
 * @param at where it stands, for messages
 * @param mark what stands behind `yaml`
 */
export function readYamlBlock(at: string, mark: string, text: string): YamlBlock {
  const documents = parseAllDocuments(text);
  if (!Array.isArray(documents) || documents.length === 0) return { at, is: 'unclear', problem: 'It is empty.' };
  const errors = documents.flatMap((document) => document.errors);
  if (errors.length > 0) return { at, is: 'unclear', problem: errors.map(({ message }) => message).join(' ') };
  const values = documents.map((document): unknown => document.toJS());
  return { at, ...meaningOf(mark, values) } as YamlBlock;
}

type Meaning = YamlBlock extends infer Block ? (Block extends YamlBlock ? Omit<Block, 'at'> : never) : never;

function meaningOf(mark: string, values: readonly unknown[]): Meaning {
  const [, name = '', value = ''] = /^(\w+)(?:=(\S+))?$/.exec(mark) ?? [];
  const [first] = values;
  if (mark === '') {
    const objects = values.filter(isObject);
    const whole = objects.length === values.length && objects.every((object) => 'apiVersion' in object && 'kind' in object);
    return whole
      ? { is: 'objects', objects }
      : { is: 'unclear', problem: 'It has no apiVersion and kind. Mark it: `yaml fragment=KIND`, `yaml values` or `yaml of=PROGRAM`.' };
  }
  if (name === 'fragment' && isObject(first)) return { is: 'fragment', kind: value, part: first };
  if (name === 'values' && value === '') return { is: 'values', values: first };
  if (name === 'of' && value !== '') return { is: 'other' };
  return { is: 'unclear', problem: `Nobody knows what "${mark}" means.` };
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Puts what a fragment says into an object; lists are replaced. */
export function merged(base: Json, part: Json): Json {
  const entries = Object.entries(part).map(([key, value]): [string, unknown] => {
    const before = base[key];
    return [key, isObject(before) && isObject(value) ? merged(before, value) : value];
  });
  return { ...base, ...Object.fromEntries(entries) };
}
