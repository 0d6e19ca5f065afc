import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Api } from '../api/model.ts';
import { generatedNotice } from '../emitter.ts';
import { readKind } from '../fixtures/fixture.ts';
import { apiPageEmitter } from './api-page.ts';
import { crdEmitter, crdFiles } from './crds.ts';
import { jsonSchemaEmitter, jsonSchemaOf } from './json-schemas.ts';

const source = `
/**
 * A Thing: it has a part. And more.
 * @resource plural=things singular=thing shortNames=th scope=Namespaced
 * @rule self.spec.id == oldSelf.spec.id :: spec.id is immutable.
 * @printColumn Id :: string :: .spec.id :: The id.
 * @printColumn Seen :: integer :: .status.seen :: How often. :: priority=1
 */
export interface Thing {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec: ThingSpec;
  readonly status?: ThingStatus;
}
/**
 * What it shall be.
 * @rule has(self.tags) || has(self.part) :: Give tags or a part.
 */
interface ThingSpec {
  /**
   * The id.
   *
   * Second paragraph.
   * @pattern ^(a|b)+$
   * @minLength 1
   * @rule self != 'ab' :: spec.id is ab.
   */
  readonly id: string;
  /**
   * Whether.
   * @default "on"
   */
  readonly mode?: 'on' | 'off';
  /**
   * Tags.
   * @listType set
   * @maxItems 3
   * @items minLength=1
   */
  readonly tags?: readonly string[];
  /**
   * Names.
   * @listType atomic
   * @maxItems 3
   * @uniqueItems Twice.
   */
  readonly names?: readonly string[];
  /**
   * How often.
   * @default "1m"
   */
  readonly interval?: Span;
  /** A part. */
  readonly part?: Part;
  /**
   * Labels.
   * @maxProperties 2
   */
  readonly labels?: Record<string, string>;
}
/** A part. */
interface Part {
  /**
   * Size.
   * @type int32
   * @minimum 1
   * @maximum 9
   */
  readonly size: number;
}
/**
 * A span of time.
 * @pattern ^[0-9]+m$
 */
type Span = string;
/**
 * Seen.
 * @default {"seen":-1,"text":"This default is long enough to be shown in the meaning instead."}
 */
interface ThingStatus {
  /**
   * How often.
   * @type int64
   */
  readonly seen?: number;
  /** Text. */
  readonly text?: string;
  /**
   * When.
   * @format date-time
   */
  readonly at?: string;
}
`;

const { api } = readKind(source);

async function emitted(emitter: { emit(): unknown }): Promise<{ readonly path: string; readonly text: string }> {
  const [file] = (await emitter.emit()) as readonly { readonly path: string; readonly text: string }[];
  if (file === undefined) throw new Error('Nothing was emitted.');
  return file;
}

describe('crdEmitter', () => {
  it('names the file and the resource by group and plural, and joins no other category than its own', async () => {
    const { path, text } = await emitted(crdEmitter(api));
    expect(path).toBe('crds/example.dev_things.yaml');
    expect(text.startsWith(`# ${generatedNotice}\n`)).toBe(true);
    const { metadata, spec } = parse(text);
    expect(metadata).toEqual({ name: 'things.example.dev' });
    expect(spec.names).toEqual({
      kind: 'Thing',
      listKind: 'ThingList',
      plural: 'things',
      singular: 'thing',
      shortNames: ['th'],
      categories: ['rolekeeper'],
    });
    expect(spec.versions).toMatchObject([
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        additionalPrinterColumns: [
          { name: 'Id', type: 'string', jsonPath: '.spec.id', description: 'The id.' },
          { name: 'Seen', type: 'integer', jsonPath: '.status.seen', description: 'How often.', priority: 1 },
        ],
      },
    ]);
  });

  it('emits the whole schema', async () => {
    const { spec } = parse((await emitted(crdEmitter(api))).text);
    const schema = spec.versions[0].schema.openAPIV3Schema;
    expect(schema).toMatchObject({
      type: 'object',
      required: ['spec'],
      properties: { metadata: { type: 'object' } },
      'x-kubernetes-validations': [{ rule: 'self.spec.id == oldSelf.spec.id', message: 'spec.id is immutable.' }],
    });
    expect(schema.properties.spec).toEqual({
      description: 'What it shall be.',
      type: 'object',
      required: ['id'],
      'x-kubernetes-validations': [{ rule: 'has(self.tags) || has(self.part)', message: 'Give tags or a part.' }],
      properties: {
        id: {
          description: 'The id.\n\nSecond paragraph.',
          type: 'string',
          pattern: '^(a|b)+$',
          minLength: 1,
          'x-kubernetes-validations': [{ rule: "self != 'ab'", message: 'spec.id is ab.' }],
        },
        mode: { description: 'Whether. Default: `on`.', type: 'string', enum: ['on', 'off'], default: 'on' },
        tags: {
          description: 'Tags.',
          type: 'array',
          items: { type: 'string', minLength: 1 },
          maxItems: 3,
          'x-kubernetes-list-type': 'set',
        },
        names: {
          description: 'Names.',
          type: 'array',
          items: { type: 'string' },
          maxItems: 3,
          'x-kubernetes-list-type': 'atomic',
          'x-kubernetes-validations': [{ rule: expect.stringContaining('transformMapEntry'), message: 'Twice.' }],
        },
        interval: { description: 'How often. Default: `1m`.', type: 'string', pattern: '^[0-9]+m$', default: '1m' },
        part: {
          description: 'A part.',
          type: 'object',
          required: ['size'],
          properties: { size: { description: 'Size.', type: 'integer', format: 'int32', minimum: 1, maximum: 9 } },
        },
        labels: { description: 'Labels.', type: 'object', additionalProperties: { type: 'string' }, maxProperties: 2 },
      },
    });
    expect(schema.properties.status.default).toMatchObject({ seen: -1 });
  });

  it('quotes what YAML 1.1 would read as a boolean', async () => {
    const { text } = await emitted(crdEmitter(api));
    expect(parse(text, { version: '1.1' })).toEqual(parse(text));
  });

  it('makes the same text whatever the order of the fields', () => {
    const reversed: Api = {
      ...api,
      kinds: api.kinds.map((kind) => ({ ...kind, fields: [...kind.fields].reverse() })),
    };
    expect(crdFiles(reversed, 'crds')).toEqual(crdFiles(api, 'crds'));
  });
});

describe('jsonSchemaEmitter', () => {
  async function schemaOfThing(): Promise<Record<string, unknown>> {
    const { path, text } = await emitted(jsonSchemaEmitter(api));
    expect(path).toBe('src/api/generated/schemas.ts');
    const json = /Readonly<Record<string, unknown>>>> = (.*);\n$/s.exec(text)?.[1] ?? '';
    return JSON.parse(json).Thing;
  }

  async function errorsFor(manifest: unknown): Promise<readonly string[]> {
    const ajv = new Ajv2020({ allErrors: true });
    addFormats.default(ajv);
    const validate = ajv.compile(await schemaOfThing());
    validate(manifest);
    return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.keyword}`);
  }

  const thing = { apiVersion: 'example.dev/v1', kind: 'Thing', metadata: { name: 'a' } };

  it('knows no Kubernetes extension and no default of status', async () => {
    const schema = await schemaOfThing();
    expect(JSON.stringify(schema)).not.toContain('x-kubernetes');
    expect(schema).toMatchObject({ properties: { spec: { properties: { mode: { default: 'on' } } } } });
    expect(schema).not.toHaveProperty('properties.status.default');
  });

  const cases = [
    { reason: 'least object', spec: { id: 'a' }, errors: [] },
    { reason: 'everything', spec: { id: 'ab', tags: ['x'], names: ['y'], part: { size: 9 }, labels: { a: 'b' } }, errors: [] },
    { reason: 'required field absent', spec: {}, errors: ['/spec required'] },
    { reason: 'unknown field', spec: { id: 'a', x: 1 }, errors: ['/spec additionalProperties'] },
    { reason: 'set with a duplicate', spec: { id: 'a', tags: ['x', 'x'] }, errors: ['/spec/tags uniqueItems'] },
    { reason: 'unique list with a duplicate', spec: { id: 'a', names: ['x', 'x'] }, errors: ['/spec/names uniqueItems'] },
    { reason: 'integer with a fraction', spec: { id: 'a', part: { size: 1.5 } }, errors: ['/spec/part/size type'] },
    { reason: 'integer out of bounds', spec: { id: 'a', part: { size: 10 } }, errors: ['/spec/part/size maximum'] },
  ];
  it.each(cases)('judges: $reason', async ({ spec, errors }) => {
    expect(await errorsFor({ ...thing, spec })).toEqual(errors);
  });

  it('bounds integers by their format', () => {
    const base = { type: 'integer', origin: { filePath: '', line: 1 }, description: '', rules: [] } as const;
    expect(jsonSchemaOf({ ...base, format: 'int32' })).toMatchObject({ minimum: -2147483648, maximum: 2147483647 });
    expect(jsonSchemaOf({ ...base, format: 'int64', minimum: 0 })).toMatchObject({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
  });
});

describe('apiPageEmitter', () => {
  it('writes a page that people can read', async () => {
    const { path, text } = await emitted(apiPageEmitter(api));
    expect(path).toBe('docs/reference/api.md');
    const lines = text.split('\n');
    for (const line of [
      '| [Thing](#thing) | `things` | `th` | namespace | A Thing. |',
      '## Thing',
      '- kubectl: `things`, `thing` or `th`',
      '| `id` | string | *required* | The id.<br>Second paragraph.<br>At least 1 character; matches `^(a\\|b)+$`. |',
      '| `mode` | `on` or `off` | `on` | Whether. |',
      '| `tags` | list of strings |  | Tags.<br>At most 3 entries; no entry twice; each entry has at least 1 character. |',
      '| `interval` | [Span](#span) | `1m` | How often. |',
      '| `part` | [Part](#part) |  | A part. |',
      '| `labels` | map of string to string |  | Labels.<br>At most 2 entries. |',
      '| `size` | integer | *required* | Size.<br>1 to 9. |',
      '| `at` | date and time (RFC 3339) |  | When. |',
      '- Give tags or a part.<br>',
      '- `id`: spec.id is ab.<br>',
      "  `self != 'ab'`",
      '| Seen (`-o wide`) | How often. |',
      'Type: string. Matches `^[0-9]+m$`.',
    ]) {
      expect(lines).toContain(line);
    }
  });

  it('links only to headings that exist', async () => {
    const { text } = await emitted(apiPageEmitter(api));
    const headings = new Set([...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading.toLowerCase().replaceAll(' ', '-')));
    const links = [...text.matchAll(/\]\(#([^)]+)\)/g)].map(([, target = '']) => target);
    expect(links.length).toBeGreaterThan(3);
    expect(links.filter((target) => !headings.has(target))).toEqual([]);
  });

  it('says where kinds differ in a type', async () => {
    const both = readKind(`
      /** B. */ interface Base<R> {
        /** A reference. */ readonly ref: R;
      }
      /** N. */ interface Near {
        /** N. */ readonly name: string;
      }
      /** F. */ interface Far {
        /** P. */ readonly place: string;
      }
      /** X. */ interface SpecA {
        /** B. */ readonly base: Base<Near>;
      }
      /** Y. */ interface SpecB {
        /** B. */ readonly base: Base<Far>;
      }
      /**
       * A.
       * @resource plural=as singular=a shortNames=xa scope=Namespaced
       */
      interface A { apiVersion: string; kind: string; metadata: ObjectMeta; spec: SpecA }
      /**
       * B.
       * @resource plural=bs singular=b shortNames=xb scope=Cluster
       */
      interface B { apiVersion: string; kind: string; metadata: ObjectMeta; spec: SpecB }
    `);
    const { text } = await emitted(apiPageEmitter(both.api));
    expect(text).toContain('| `ref` | [Near](#near) in a [A](#a), [Far](#far) in a [B](#b) | *required* | A reference. |');
  });
});
