import type { JsonValue } from '../../../src/model/index.ts';
import type { DocTag } from './doc-comment.ts';
import type { PrintColumn, ResourceNames, Rule, Schema } from './model.ts';

/** What may carry tags. A kind is an interface with `@resource`. */
export type TagPlace = 'kind' | 'type' | 'property' | 'alias';

type Report = (line: number, message: string) => void;

/** A tag's text isn't what the tag needs. Caught where tags are parsed and never seen outside. */
class TagError extends Error {
  override readonly name = 'TagError';
}

const valueParsers = {
  default: parseJson,
  type: oneOf('int32', 'int64'),
  pattern: parsePattern,
  minLength: parseCount,
  maxLength: parseCount,
  format: oneOf('date-time'),
  minimum: parseInteger,
  maximum: parseInteger,
  minItems: parseCount,
  maxItems: parseCount,
  minProperties: parseCount,
  maxProperties: parseCount,
  listType: oneOf('set', 'map', 'atomic'),
  listMapKey: parseWord,
  uniqueItems: parseMessage,
} as const satisfies Record<string, (text: string) => unknown>;

type ValueTag = keyof typeof valueParsers;
type TagValues = { readonly [K in ValueTag]?: ReturnType<(typeof valueParsers)[K]> };

/** What the tags of one declaration say about a value. */
export interface Constraints extends TagValues {
  readonly rules: readonly Rule[];
  /** About each item of a list. */
  readonly items?: Constraints;
}

/** The tags of one declaration. */
export interface ParsedTags {
  readonly constraints: Constraints;
  readonly columns: readonly PrintColumn[];
  readonly resource?: ResourceNames;
}

export const noConstraints: Constraints = { rules: [] };

const repeatable = new Set(['rule', 'printColumn']);

const propertyTags = new Set<string>([...Object.keys(valueParsers), 'items', 'rule']);
const tagsByPlace: Readonly<Record<TagPlace, ReadonlySet<string>>> = {
  kind: new Set(['resource', 'printColumn', 'rule']),
  type: new Set(['default', 'rule']),
  property: propertyTags,
  alias: propertyTags,
};

/** The types of value that a tag says something about; a tag that isn't listed fits every type. */
const fittingTypes: Readonly<Partial<Record<keyof Constraints, readonly Schema['type'][]>>> = {
  type: ['integer'],
  pattern: ['string'],
  minLength: ['string'],
  maxLength: ['string'],
  format: ['string'],
  minimum: ['integer'],
  maximum: ['integer'],
  minItems: ['array'],
  maxItems: ['array'],
  listType: ['array'],
  listMapKey: ['array'],
  uniqueItems: ['array'],
  items: ['array'],
  minProperties: ['map'],
  maxProperties: ['map'],
};

/** Parses all tags of a declaration; whatever can't be understood is reported with its line. */
export function parseTags(tags: readonly DocTag[], place: TagPlace, report: Report): ParsedTags {
  const seen = new Set<string>();
  const values: Record<string, unknown> = {};
  const rules: Rule[] = [];
  const columns: PrintColumn[] = [];
  for (const tag of tags) {
    if (!tagsByPlace[place].has(tag.name)) {
      report(tag.line, unknownTagMessage(tag.name, place));
      continue;
    }
    if (seen.has(tag.name) && !repeatable.has(tag.name)) report(tag.line, `@${tag.name} is given twice.`);
    seen.add(tag.name);
    try {
      if (tag.name === 'rule') rules.push(parseRule(tag.text));
      else if (tag.name === 'printColumn') columns.push(parsePrintColumn(tag.text));
      else values[tag.name] = parseValue(tag.name, tag.text);
    } catch (error) {
      if (!(error instanceof TagError)) throw error;
      report(tag.line, `@${tag.name}: ${error.message}`);
    }
  }
  const { resource, ...constraints } = values;
  return {
    constraints: { ...(constraints as Omit<Constraints, 'rules'>), rules },
    columns,
    ...(resource === undefined ? {} : { resource: resource as ResourceNames }),
  };
}

/** The tags among `constraints` that say nothing about a value of this type. */
export function misplacedTags(constraints: Constraints, type: Schema['type']): readonly string[] {
  const given = Object.keys(constraints) as (keyof Constraints)[];
  return given.filter((name) => fittingTypes[name]?.includes(type) === false);
}

/** What a use of a named type says wins over what the type says; rules add up. */
export function mergeConstraints(base: Constraints, use: Constraints): Constraints {
  return { ...base, ...use, rules: [...base.rules, ...use.rules] };
}

function unknownTagMessage(name: string, place: TagPlace): string {
  const elsewhere = Object.values(tagsByPlace).some((names) => names.has(name));
  const known = [...tagsByPlace[place]].sort().map((tag) => `@${tag}`);
  return `${elsewhere ? 'Misplaced' : 'Unknown'} tag @${name}. Known on a ${place}: ${known.join(', ')}.`;
}

function parseValue(name: string, text: string): unknown {
  if (name === 'items') return parseItems(text);
  if (name === 'resource') return parseResource(text);
  return valueParsers[name as ValueTag](text);
}

function parseJson(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (cause) {
    throw new TagError(`"${text}" is not JSON (a string needs its quotes): ${cause instanceof Error ? cause.message : ''}`);
  }
}

function parsePattern(text: string): string {
  if (text === '') throw new TagError('a regular expression is missing.');
  // The API server's regular expressions (RE2) have neither.
  if (/\(\?<?[=!]|\\[1-9]/.test(text)) throw new TagError('look-around and back references are not understood by the API server.');
  try {
    new RegExp(text, 'u');
  } catch (cause) {
    throw new TagError(`"${text}" is not a regular expression: ${cause instanceof Error ? cause.message : ''}`);
  }
  return text;
}

function parseInteger(text: string): number {
  if (!/^-?\d+$/.test(text)) throw new TagError(`"${text}" is not an integer.`);
  return Number(text);
}

function parseCount(text: string): number {
  if (!/^\d+$/.test(text)) throw new TagError(`"${text}" is not a count (an integer from 0).`);
  return Number(text);
}

function parseWord(text: string): string {
  if (!/^[A-Za-z][A-Za-z0-9]*$/.test(text)) throw new TagError(`"${text}" is not a name.`);
  return text;
}

function oneOf<const T extends string>(...choices: readonly T[]): (text: string) => T {
  return (text) => {
    const choice = choices.find((candidate) => candidate === text);
    if (choice === undefined) throw new TagError(`"${text}" is none of ${choices.join(', ')}.`);
    return choice;
  };
}

/** `k=v k=v …` with the value tags as keys; a value holds no white space. */
function parseItems(text: string): Constraints {
  const values: Record<string, unknown> = {};
  for (const [key, value] of parsePairs(text)) {
    if (!(key in valueParsers) || key === 'default') throw new TagError(`unknown key "${key}".`);
    values[key] = valueParsers[key as ValueTag](value);
  }
  return { ...(values as Omit<Constraints, 'rules'>), rules: [] };
}

function parseResource(text: string): ResourceNames {
  const given = new Map(parsePairs(text));
  const take = (key: string): string => {
    const value = given.get(key);
    if (value === undefined) throw new TagError(`${key}= is missing.`);
    given.delete(key);
    return value;
  };
  const names: ResourceNames = {
    plural: take('plural'),
    singular: take('singular'),
    shortNames: take('shortNames').split(','),
    scope: oneOf('Namespaced', 'Cluster')(take('scope')),
  };
  for (const key of given.keys()) throw new TagError(`unknown key "${key}".`);
  return names;
}

function parsePairs(text: string): readonly (readonly [string, string])[] {
  if (text === '') throw new TagError('expects key=value pairs.');
  return text.split(/\s+/).map((pair) => {
    const at = pair.indexOf('=');
    if (at < 1 || at === pair.length - 1) throw new TagError(`"${pair}" is not key=value.`);
    return [pair.slice(0, at), pair.slice(at + 1)] as const;
  });
}

/** The API server refuses a longer message. */
const longestRuleMessage = 2048;

function parseRule(text: string): Rule {
  const at = text.lastIndexOf(' :: ');
  if (at === -1) throw new TagError('expects `CEL :: message`; people need the message.');
  const rule = text.slice(0, at).trim();
  const message = text.slice(at + 4).trim();
  if (rule === '' || message === '') throw new TagError('expects `CEL :: message`; one of them is empty.');
  return { rule, message: parseMessage(message) };
}

function parseMessage(text: string): string {
  if (text === '') throw new TagError('a message for people is missing.');
  if (text.length > longestRuleMessage) throw new TagError(`the message is longer than ${longestRuleMessage} characters.`);
  return text;
}

function parsePrintColumn(text: string): PrintColumn {
  const [name, type, jsonPath, description, priority, ...rest] = text.split(' :: ').map((part) => part.trim());
  if (!name || !type || !jsonPath || !description || rest.length > 0) {
    throw new TagError('expects `name :: type :: jsonPath :: description [:: priority=N]`.');
  }
  if (!jsonPath.startsWith('.')) throw new TagError(`the path "${jsonPath}" doesn't begin with a dot.`);
  return {
    name,
    type: oneOf('string', 'integer', 'number', 'boolean', 'date')(type),
    jsonPath,
    description,
    priority: priority === undefined ? 0 : parsePriority(priority),
  };
}

function parsePriority(text: string): number {
  const match = /^priority=(\d+)$/.exec(text);
  if (match === null) throw new TagError(`"${text}" is not priority=N.`);
  return Number(match[1]);
}
