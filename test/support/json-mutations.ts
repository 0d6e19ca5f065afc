import fc from 'fast-check';

/** A text in the place of a JSON value, written out as it is. */
class Raw {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Step = string | number;

/** One way in which a JSON text is spoilt. */
export interface Mutation {
  /** For reports of failures. */
  readonly name: string;
  /**
   * True: what comes out is no answer that says something else, but none at all: a value of another kind, a field that is gone, a text that
   * is cut.
   */
  readonly isGarbage: boolean;
  /** True: something is left out, which some formats do with what is empty. */
  readonly leavesOut?: boolean;
  /** Gives back the text as it is where the mutation finds no place for itself. `secret` is what must never be shown. */
  readonly spoil: (text: string, secret: string) => string;
}

/** Strings that have tripped programs up before. */
const oddStrings: readonly string[] = [
  '',
  ' ',
  '\u0000',
  '\ud800',
  '\u202e\u2028\r\n',
  '__proto__',
  'constructor',
  'toString',
  '../..',
  '?a=b#c',
  '%2e%2e%2f',
  '-1',
  'NaN',
  'é́日本👩‍🚀',
  'x'.repeat(5_000),
  '2030-13-45T99:99:99Z',
];

const oddNumbers: readonly string[] = ['0', '-0', '1e999', '-1e999', '1e-400', '0.1', '99999999999999999999999', '-1'];

/** Texts of JSON values of each kind. */
const valuesByKind: Readonly<Record<string, readonly string[]>> = {
  null: ['null'],
  boolean: ['true', 'false'],
  number: oddNumbers,
  string: oddStrings.map((text) => JSON.stringify(text)),
  array: ['[]', '[null]', '[[]]', `${'['.repeat(20_000)}${']'.repeat(20_000)}`, '[{}]', '["a"]'],
  object: ['{}', '{"__proto__":{"length":1}}', '{"length":0}', '{"0":"a"}', '{"toString":1,"message":{}}'],
};

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Every place of a JSON value, the whole first. */
function places(value: unknown, path: readonly Step[] = []): readonly (readonly Step[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  const entries: readonly (readonly [Step, unknown])[] = Array.isArray(value)
    ? value.map((entry, index) => [index, entry] as const)
    : Object.entries(value);
  return [path, ...entries.flatMap(([step, entry]) => places(entry, [...path, step]))];
}

function at(value: unknown, path: readonly Step[]): unknown {
  return path.reduce<unknown>((inner, step) => (inner as Record<Step, unknown>)[step], value);
}

function written(value: unknown): string {
  if (value instanceof Raw) return value.text;
  if (Array.isArray(value)) return `[${value.map(written).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}:${written(inner)}`);
  return `{${fields.join()}}`;
}

/** The text with another one in a place; undefined takes the place away. */
function replaced(value: unknown, [step, ...rest]: readonly Step[], text: string | undefined): unknown {
  if (step === undefined) return new Raw(text ?? 'null');
  const inner = (old: unknown): unknown => (rest.length === 0 && text !== undefined ? new Raw(text) : replaced(old, rest, text));
  if (Array.isArray(value)) {
    if (rest.length === 0 && text === undefined) return value.filter((_, index) => index !== step);
    return value.map((old, index) => (index === step ? inner(old) : old));
  }
  const entries = Object.entries(value as object);
  if (rest.length === 0 && text === undefined) return Object.fromEntries(entries.filter(([key]) => key !== step));
  return Object.fromEntries(entries.map(([key, old]) => [key, key === step ? inner(old) : old]));
}

/** A mutation of one place that `fits`. */
function placed(
  isGarbage: boolean,
  name: string,
  number: number,
  fits: (value: unknown, path: readonly Step[]) => boolean,
  change: (value: unknown, root: unknown, secret: string) => string | undefined,
): Mutation {
  return {
    name: `${name}, place ${number}`,
    isGarbage,
    spoil: (text, secret) => {
      const root = parsed(text);
      if (root === undefined) return text;
      const fitting = places(root).filter((path) => fits(at(root, path), path));
      const path = fitting[number % Math.max(1, fitting.length)];
      return path === undefined ? text : written(replaced(root, path, change(at(root, path), root, secret)));
    },
  };
}

const anywhere = (): boolean => true;
const place = fc.nat({ max: 200 });

/** A value of another kind somewhere. */
const otherKind = fc.tuple(place, fc.constantFrom(...Object.keys(valuesByKind)), fc.nat({ max: 30 })).map(
  ([number, kind, choice]): Mutation => ({
    ...placed(
      true,
      `a value of kind ${kind} (${choice}) instead of another kind`,
      number,
      (value) => kindOf(value) !== kind,
      () => {
        const values = valuesByKind[kind] ?? [];
        return values[choice % values.length];
      },
    ),
    // For many servers null is how they write what isn't there.
    ...(kind === 'null' ? { leavesOut: true } : {}),
  }),
);

const isField = (_: unknown, path: readonly Step[]): boolean => typeof path.at(-1) === 'string';
const isEntry = (_: unknown, path: readonly Step[]): boolean => typeof path.at(-1) === 'number';

/** A field that isn't there. */
const droppedField = place.map((number) => ({ ...placed(true, 'a field less', number, isField, () => undefined), leavesOut: true }));

/** The text ends too soon. */
const cut = fc.nat({ max: 100 }).map(
  (percent): Mutation => ({
    name: `cut after ${percent} of 101 parts`,
    isGarbage: true,
    spoil: (text) => text.slice(0, Math.floor((text.length * percent) / 101)),
  }),
);

/** Characters in the middle that don't belong there. */
const insertion = fc.tuple(fc.nat({ max: 100 }), fc.constantFrom('\u0000', '"', '{', ']', '\ufffd\ufffd', '<html>', ',,')).map(
  ([percent, junk]): Mutation => ({
    name: `${JSON.stringify(junk)} after ${percent} of 100 parts`,
    isGarbage: false,
    spoil: (text) => {
      const index = Math.floor((text.length * percent) / 100);
      return `${text.slice(0, index)}${junk}${text.slice(index)}`;
    },
  }),
);

/** Another JSON text altogether, or no JSON. */
const anythingElse = fc
  .oneof(
    { weight: 3, arbitrary: fc.json({ maxDepth: 4 }) },
    { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }) },
    fc.constantFrom('null', '0', '""', '[]', '"ok"', 'NaN', 'undefined', '<!DOCTYPE html><html></html>', '\ufeff[]', '1e999', 'true'),
  )
  .map((text): Mutation => ({ name: `instead: ${JSON.stringify(text.slice(0, 80))}`, isGarbage: true, spoil: () => text }));

/** Another string than the true one: an odd one, the secret, or one that stands elsewhere in the answer. */
const otherString = fc.tuple(place, fc.nat({ max: 60 })).map(([number, choice]) =>
  placed(
    false,
    `another string (${choice})`,
    number,
    (value) => typeof value === 'string',
    (_, root, secret) => {
      const strings = places(root)
        .map((path) => at(root, path))
        .filter((value) => typeof value === 'string');
      const choices = [secret, `Bearer ${secret}`, ...oddStrings, ...strings];
      return JSON.stringify(choices[choice % choices.length]);
    },
  ),
);

/** A field more, under a name that means something to JavaScript or to nobody. */
const extraField = fc
  .tuple(place, fc.constantFrom('__proto__', 'constructor', 'length', '', 'x', 'error', 'code', 'message'), fc.nat({ max: 40 }))
  .map(([number, name, choice]) =>
    placed(
      false,
      `a field ${JSON.stringify(name)} more`,
      number,
      (value) => kindOf(value) === 'object',
      (value) => {
        const values = Object.values(valuesByKind).flat();
        const text = written(value);
        return `{${JSON.stringify(name)}:${values[choice % values.length]}${text === '{}' ? '' : ','}${text.slice(1)}`;
      },
    ),
  );

/** A key that stands there twice, with the truth first or last. */
const repeatedKey = fc.tuple(place, fc.boolean(), fc.nat({ max: 40 })).map(([number, isLast, choice]) =>
  placed(
    false,
    `a key twice, the other value ${isLast ? 'last' : 'first'}`,
    number,
    (value) => kindOf(value) === 'object',
    (value) => {
      const [key] = Object.keys(value as object);
      const values = Object.values(valuesByKind).flat();
      const other = `${JSON.stringify(key ?? '')}:${values[choice % values.length]}`;
      const inner = written(value).slice(1, -1);
      return inner === '' ? `{${other}}` : `{${isLast ? `${inner},${other}` : `${other},${inner}`}}`;
    },
  ),
);

/** An entry that comes twice, or not at all. */
const repeatedEntry = place.map((number) =>
  placed(false, 'an entry twice', number, isEntry, (value) => `${written(value)},${written(value)}`),
);
const missingEntry = place.map((number) => placed(false, 'an entry less', number, isEntry, () => undefined));

/** A number out of this world. */
const oddNumber = fc.tuple(place, fc.constantFrom(...oddNumbers)).map(([number, text]) =>
  placed(
    false,
    `the number ${text}`,
    number,
    (value) => typeof value === 'number',
    () => text,
  ),
);

/** Far more than was asked for. */
const huge = place.map((number) => placed(false, 'a megabyte', number, anywhere, () => JSON.stringify('ab c'.repeat(250_000))));

/** Ways to spoil an answer in one place, or all of it. */
export const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  { weight: 8, arbitrary: otherKind },
  { weight: 4, arbitrary: droppedField },
  { weight: 6, arbitrary: otherString },
  { weight: 2, arbitrary: extraField },
  { weight: 2, arbitrary: repeatedKey },
  { weight: 1, arbitrary: repeatedEntry },
  { weight: 1, arbitrary: missingEntry },
  { weight: 1, arbitrary: oddNumber },
  { weight: 2, arbitrary: cut },
  { weight: 1, arbitrary: insertion },
  { weight: 4, arbitrary: anythingElse },
  { weight: 1, arbitrary: huge },
);
