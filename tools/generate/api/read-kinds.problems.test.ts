import { describe, expect, it } from 'vitest';
import { readFixture, thing } from '../fixtures/fixture.ts';

/** An interface with one described member; a doc comment must not stand on the line of the brace. */
const part = '/** P. */ interface Part {\n/** N. */ n: string }';
const partWithOptional = part.replace('n:', 'n?:');

describe('problems', () => {
  const mistakes: readonly { reason: string; members: string; declarations?: string; line?: number; says: RegExp }[] = [
    { reason: 'a field nobody described', members: '\nreadonly a: string;', line: 2, says: /a has no description/ },
    { reason: 'a list without merge strategy', members: '\n/** A. */\nreadonly a: string[];', line: 3, says: /needs @listType/ },
    { reason: 'a number of unknown size', members: '/** A. */ readonly a: number;', says: /needs @type int32 or @type int64/ },
    { reason: 'any', members: '/** A. */ readonly a: any;', says: /The type any has no schema/ },
    { reason: 'unknown', members: '/** A. */ readonly a: unknown;', says: /The type unknown has no schema/ },
    { reason: 'null', members: '/** A. */ readonly a: string | null;', says: /The type string \| null has no schema/ },
    { reason: 'a mixed union', members: '/** A. */ readonly a: string | boolean;', says: /has no schema/ },
    { reason: 'a union of numbers', members: '/** A. */ readonly a: 1 | 2;', says: /has no schema/ },
    { reason: 'an unnamed object', members: '/** A. */ readonly a: { readonly b: string };', says: /has no schema.*a named interface/ },
    { reason: 'a function', members: '/** A. */ readonly a: () => void;', says: /has no schema/ },
    { reason: 'a method', members: '/** A. */ a(): void;', says: /a is not a plain property/ },
    { reason: 'a tuple', members: '/** A. */ readonly a: [string, string];', says: /has no schema/ },
    { reason: 'an intersection', members: '/** A. */ readonly a: string & { b: string };', says: /has no schema/ },
    {
      reason: 'a map of lists, which nothing merges',
      members: '/** A. */ readonly a: Record<string, string[]>;',
      says: /needs @listType/,
    },
    {
      reason: 'a type that contains itself',
      members: '/** A. */ readonly a: Tree;',
      declarations: '/** T. */ interface Tree {\n/** C. */ readonly child?: Tree }',
      line: 5,
      says: /Tree contains itself/,
    },
    {
      reason: 'an undescribed type',
      members: '/** A. */ readonly a: Part;',
      declarations: 'interface Part {\n/** N. */ n: string }',
      line: 4,
      says: /Part has no description/,
    },
    {
      reason: 'an undescribed named type',
      members: '/** A. */ readonly a: Span;',
      declarations: 'type Span = string;',
      line: 4,
      says: /Span has no description/,
    },
    {
      reason: 'a tag that does not fit',
      members: '\n/**\n * A.\n * @maxItems 3\n */\nreadonly a: string;',
      line: 6,
      says: /@maxItems says nothing about a value of type string/,
    },
    {
      reason: 'items that do not fit',
      members: '\n/**\n * A.\n * @listType set\n * @items minimum=3\n */\nreadonly a: string[];',
      line: 7,
      says: /@minimum says nothing/,
    },
    {
      reason: 'an unknown tag, with its own line',
      members: '\n/**\n * A.\n * @maxLenght 3\n */\nreadonly a: string;',
      line: 4,
      says: /Unknown tag @maxLenght/,
    },
    {
      reason: 'a rule without message, with its own line',
      members: '\n/**\n * A.\n *\n * @rule self\n */\nreadonly a: string;',
      line: 5,
      says: /@rule: expects/,
    },
    {
      reason: 'a default of the wrong type',
      members: '\n/**\n * A.\n * @default 3\n */\nreadonly a?: string;',
      line: 6,
      says: /default 3 doesn't fit.*must be string/,
    },
    {
      reason: 'a default outside the enum',
      members: "\n/**\n * A.\n * @default \"c\"\n */\nreadonly a?: 'a' | 'b';",
      line: 6,
      says: /default "c" doesn't fit/,
    },
    {
      reason: 'a default that breaks the pattern',
      members: '\n/**\n * A.\n * @default "b"\n * @pattern ^a$\n */\nreadonly a?: string;',
      line: 7,
      says: /default "b" doesn't fit/,
    },
    {
      reason: 'bounds that nothing satisfies',
      members: '\n/**\n * A.\n * @minLength 3\n * @maxLength 2\n */\nreadonly a?: string;',
      line: 7,
      says: /lower bound 3 is above the upper bound 2/,
    },
    {
      reason: 'a list map without key',
      members: '\n/**\n * A.\n * @listType map\n */\nreadonly a: Part[];',
      declarations: part,
      line: 6,
      says: /needs @listMapKey/,
    },
    {
      reason: 'a list map with a key that is no field',
      members: '\n/**\n * A.\n * @listType map\n * @listMapKey x\n */\nreadonly a: Part[];',
      declarations: part,
      line: 7,
      says: /@listMapKey x is not a field/,
    },
    {
      reason: 'a list map with a key that may be absent',
      members: '\n/**\n * A.\n * @listType map\n * @listMapKey n\n */\nreadonly a: Part[];',
      declarations: partWithOptional,
      line: 7,
      says: /must be required or have a default/,
    },
    {
      reason: 'a set of objects',
      members: '\n/**\n * A.\n * @listType set\n */\nreadonly a: Part[];',
      declarations: part,
      line: 6,
      says: /A set holds scalars only/,
    },
    {
      reason: 'uniqueness without a bound',
      members: '\n/**\n * A.\n * @listType atomic\n * @uniqueItems Twice.\n */\nreadonly a: string[];',
      line: 7,
      says: /@uniqueItems needs @maxItems/,
    },
    {
      reason: 'uniqueness of a set',
      members: '\n/**\n * A.\n * @listType set\n * @maxItems 1\n * @uniqueItems Twice.\n */\nreadonly a: string[];',
      line: 8,
      says: /goes with @listType atomic only/,
    },
    {
      reason: 'a description that kubectl explain would drown in',
      members: `/** ${'Long '.repeat(201)} */ readonly a: string;`,
      says: /has 1004 characters; at most 1000/,
    },
  ];
  it.each(mistakes)('reports $reason', ({ members, declarations, line = 2, says }) => {
    const { problems } = readFixture(thing(members, declarations));
    expect(problems).toEqual([{ filePath: '/api.ts', line, message: expect.stringMatching(says) }]);
  });

  it('reports all problems at once, by line, each once', () => {
    const { problems } = readFixture(
      thing(
        `
        readonly a: string;
        /** B. */ readonly b: any;
        /** C. */ readonly c: Part;
        /** D. */ readonly d: Part;`,
        '/** P. */ interface Part { readonly n: string }',
      ),
    );
    expect(problems.map(({ line }) => line)).toEqual([2, 3, 7]);
  });

  it('reports what a kind lacks or has too much', () => {
    const { problems } = readFixture(
      '/**\n * A.\n * @resource plural=as singular=a shortNames=x scope=Cluster\n */\ninterface A { kind: string; metadata: ObjectMeta;\n data: string }\n',
    );
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringContaining('lacks apiVersion'),
      expect.stringContaining('lacks spec'),
      expect.stringContaining('data belongs into spec or status'),
    ]);
  });

  const columns = [
    { path: '.spec.a', fits: true },
    { path: '.spec.list[?(@.key=="Ready")].key', fits: true },
    { path: '.metadata.creationTimestamp', fits: true },
    { path: '.spec.b', fits: false },
    { path: '.spec.list.key', fits: false },
    { path: '.spec.list[?(@.key=="Ready")]', fits: false },
    { path: '.spec', fits: false },
    { path: '.data', fits: false },
  ];
  it.each(columns)('follows the path $path of a column (fits: $fits)', ({ path, fits }) => {
    const { problems } = readFixture(
      thing(
        '/** A. */ readonly a: string;\n/**\n * L.\n * @listType atomic\n */\nreadonly list: Entry[];',
        '/** E. */ interface Entry {\n/** K. */ readonly key: string }',
      ).replace(' * @resource', ` * @printColumn A :: string :: ${path} :: The a.\n * @resource`),
    );
    expect(problems.map(({ message }) => message)).toEqual(fits ? [] : [`@printColumn A: the path ${path} leads to no scalar field.`]);
  });

  it('reports names that two kinds share', () => {
    const other = thing('').replaceAll('Thing', 'Other').replace('plural=things singular=thing', 'plural=others singular=other');
    const { problems } = readFixture(`${thing('')}${other}`);
    expect(problems.map(({ message }) => message)).toEqual(['The resource name th is taken by Other.']);
  });
});
