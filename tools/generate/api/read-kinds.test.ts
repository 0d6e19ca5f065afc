import { describe, expect, it } from 'vitest';
import { readKind, thing } from '../fixtures/fixture.ts';
import type { Field } from './model.ts';

/** The fields of the spec of the fixture's only kind. */
function specFields(source: string): readonly Field[] {
  const spec = readKind(source).kind.fields.find(({ name }) => name === 'spec')?.schema;
  if (spec?.type !== 'object') throw new Error('The fixture has no spec.');
  return spec.fields;
}

describe('readKinds', () => {
  it('reads names, columns, rules and description of a kind', () => {
    const { kind } = readKind(`
      /**
       * A Thing
       * of two lines.
       * @resource plural=things singular=thing shortNames=th scope=Cluster
       * @rule self.spec.a == oldSelf.spec.a :: spec.a is immutable.
       * @printColumn A :: string :: .spec.a :: The a. :: priority=1
       */
      export interface Thing {
        readonly apiVersion: string; readonly kind: string; readonly metadata: ObjectMeta;
        readonly spec: Spec;
        readonly status?: Status;
      }
      /** What. */ interface Spec {
        /** An a. */ readonly a: string
      }
      /**
       * Seen.
       * @default {"b":1}
       */
      interface Status {
        /**
         * A b.
         * @type int64
         */
        readonly b: number }
    `);
    expect(kind).toMatchObject({
      kind: 'Thing',
      description: 'A Thing of two lines.',
      names: { plural: 'things', singular: 'thing', shortNames: ['th'], scope: 'Cluster' },
      rules: [{ rule: 'self.spec.a == oldSelf.spec.a', message: 'spec.a is immutable.' }],
      columns: [{ name: 'A', priority: 1 }],
      fields: [
        { name: 'spec', required: true, schema: { type: 'object', typeName: 'Spec', description: 'What.' } },
        { name: 'status', required: false, schema: { type: 'object', default: { b: 1 } } },
      ],
    });
  });

  it('reads each scalar type', () => {
    const fields = specFields(
      thing(`
        /** S. @minLength is not a tag here. */ readonly s: string;
        /** B. */ readonly b?: boolean;
        /**
         * I.
         * @type int32
         * @minimum 1
         */
        readonly i?: number;
        /**
         * T.
         * @format date-time
         */
        readonly t?: string;
        /** E. */ readonly e: 'zebra' | 'ape' | 'mule';
        /** One. */ readonly one?: 'only';`),
    );
    expect(fields).toMatchObject([
      { name: 's', required: true, schema: { type: 'string', description: 'S. @minLength is not a tag here.' } },
      { name: 'b', required: false, schema: { type: 'boolean' } },
      { name: 'i', required: false, schema: { type: 'integer', format: 'int32', minimum: 1 } },
      { name: 't', schema: { type: 'string', format: 'date-time' } },
      { name: 'e', required: true, schema: { type: 'string', enum: ['zebra', 'ape', 'mule'] } },
      { name: 'one', schema: { enum: ['only'] } },
    ]);
  });

  it('keeps the written order of an enum even where another type named its members before', () => {
    const fields = specFields(
      thing(
        `
        /** First. */ readonly first: 'high' | 'low';
        /** Second. */ readonly second?: 'low' | 'medium' | 'high';
        /** Third. */ readonly third?: Level;`,
        "/** A level. */ type Level = 'medium' | 'low' | 'high';",
      ),
    );
    expect(fields.map(({ schema }) => (schema.type === 'string' ? schema.enum : undefined))).toEqual([
      ['high', 'low'],
      ['low', 'medium', 'high'],
      ['medium', 'low', 'high'],
    ]);
  });

  it('reads lists and maps', () => {
    const fields = specFields(
      thing(
        `
        /**
         * L.
         * @listType atomic
         * @maxItems 3
         * @uniqueItems Twice.
         * @items minLength=1 maxLength=5
         */
        readonly l?: readonly string[];
        /**
         * M.
         * @listType map
         * @listMapKey key
         */
        readonly m?: Entry[];
        /**
         * R.
         * @maxProperties 2
         */
        readonly r?: Readonly<Record<string, string>>;`,
        '/** An entry. */ interface Entry {\n/** A key. */ readonly key: string }',
      ),
    );
    expect(fields).toMatchObject([
      {
        schema: {
          type: 'array',
          listType: 'atomic',
          unique: true,
          maxItems: 3,
          items: { type: 'string', minLength: 1, maxLength: 5 },
          rules: [{ rule: expect.stringContaining('transformMapEntry'), message: 'Twice.' }],
        },
      },
      { schema: { listType: 'map', listMapKey: 'key', unique: false, items: { typeName: 'Entry', description: 'An entry.' } } },
      { schema: { type: 'map', maxProperties: 2, values: { type: 'string' } } },
    ]);
  });

  it('resolves type parameters through inheritance', () => {
    const [ref] = specFields(`
      /** Base. */ interface Base<R> {
        /** A block. */ readonly block: Block<R>
      }
      /** Block. */ interface Block<R> {
        /** A reference. */ readonly ref?: R
      }
      /** Ref. */ interface Ref {
        /** A name. */ readonly name: string
      }
      /** What. */ interface ThingSpec extends Base<Ref> {}
      /**
       * A Thing.
       * @resource plural=things singular=thing shortNames=th scope=Cluster
       */
      interface Thing { apiVersion: string; kind: string; metadata: ObjectMeta; spec: ThingSpec }
    `);
    expect(ref).toMatchObject({
      name: 'block',
      schema: { typeName: 'Block', fields: [{ name: 'ref', required: false, schema: { typeName: 'Ref', description: 'A reference.' } }] },
    });
  });

  it('merges the tags of a named type with those of its use', () => {
    const [field] = specFields(
      thing(
        `
        /**
         * How often.
         * @default "10m"
         * @maxLength 8
         * @rule a :: Use.
         */
        readonly interval?: Span;`,
        `
        /**
         * A span.
         * @pattern ^[0-9]+m$
         * @maxLength 16
         * @rule b :: Type.
         */
        type Span = string;`,
      ),
    );
    expect(field).toMatchObject({
      required: false,
      schema: {
        description: 'How often.',
        default: '10m',
        pattern: '^[0-9]+m$',
        maxLength: 8,
        rules: [{ message: 'Type.' }, { message: 'Use.' }],
        alias: { name: 'Span', schema: { description: 'A span.', maxLength: 16, rules: [{ message: 'Type.' }] } },
      },
    });
  });

  it('does not require a field with a default', () => {
    const fields = specFields(
      thing(
        `
        /**
         * R.
         * @default {}
         */
        readonly r: Ref;
        /** D. */ readonly d: Defaulted;`,
        '/** Ref. */ interface Ref {\n/** N. */ readonly n?: string }\n/**\n * D.\n * @default {}\n */\ninterface Defaulted {\n/** N. */ readonly n?: string }',
      ),
    );
    expect(fields).toMatchObject([
      { name: 'r', required: false, schema: { default: {} } },
      { name: 'd', required: false, schema: { default: {} } },
    ]);
  });

  it('keeps the rules of a type apart from those of its use', () => {
    const [field] = specFields(
      thing(
        `
        /**
         * P.
         * @rule b :: Use.
         */
        readonly p: Part;`,
        '/**\n * A part.\n * @rule a :: Type.\n */\ninterface Part {\n/** N. */ readonly n?: string }',
      ),
    );
    expect(field).toMatchObject({ schema: { typeRules: [{ message: 'Type.' }], rules: [{ message: 'Use.' }] } });
  });
});
