import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { contractTypesEmitter, staleContractTypes } from './index.ts';
import { type Schema, typeDeclarations } from './schema-types.ts';

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

describe('typeDeclarations', () => {
  const cases: readonly { reason: string; schema: Schema; type: string }[] = [
    { reason: 'plain types keep their name', schema: { type: 'string' }, type: 'string' },
    { reason: 'integers are numbers', schema: { type: 'integer' }, type: 'number' },
    { reason: 'a list of types is a union', schema: { type: ['string', 'null'] }, type: 'string | null' },
    { reason: 'constants are literals', schema: { type: 'string', const: "it's" }, type: "'it\\'s'" },
    { reason: 'enums are unions of literals', schema: { enum: ['a', 1, null] }, type: "'a' | 1 | null" },
    { reason: 'arrays are readonly', schema: { type: 'array', items: { type: 'string' } }, type: 'readonly string[]' },
    {
      reason: 'a union in an array stands in brackets',
      schema: { type: 'array', items: { type: ['string', 'null'] } },
      type: 'readonly (string | null)[]',
    },
    {
      reason: 'free objects are maps',
      schema: { type: 'object', additionalProperties: { type: 'string' } },
      type: 'Readonly<Record<string, string>>',
    },
    { reason: 'no type at all can be anything', schema: {}, type: 'unknown' },
  ];
  it.each(cases)('$reason', ({ schema, type }) => {
    expect(typeDeclarations({ Thing: schema }, ['Thing'])[0]).toContain(`export type Thing = ${type};`);
  });

  it('brings along what a schema refers to, marks what may be absent and leaves the rest out', () => {
    const schemas: Readonly<Record<string, Schema>> = {
      List: { type: 'object', properties: { data: { type: 'array', items: { $ref: '#/components/schemas/Item' } } }, required: ['data'] },
      Item: { type: 'object', properties: { id: { type: 'string' } } },
      Other: { type: 'string' },
    };

    const text = typeDeclarations(schemas, ['List']).join('\n');

    expect(text).toContain('readonly data: readonly Item[];');
    expect(text).toContain('readonly id?: string;');
    expect(text).not.toContain('Other');
  });

  it('refuses what it does not understand instead of guessing', () => {
    expect(() => typeDeclarations({}, ['Missing'])).toThrow('Missing');
    expect(() => typeDeclarations({ Thing: { type: 'date' } }, ['Thing'])).toThrow('date');
    expect(() => typeDeclarations({ Thing: { $ref: 'other.yaml#/x' } }, ['Thing'])).toThrow('other.yaml');
  });
});

describe('the generated files', () => {
  it('are what the contracts say now; otherwise run `npm run generate`', async () => {
    expect(await staleContractTypes(root)).toEqual([]);
  });

  it('can not name an operation that the contract lacks', async () => {
    const emitter = contractTypesEmitter(root, [{ contract: 'workos', output: 'x/y.ts', schemas: [], operations: ['dropTables'] }]);

    await expect(emitter.emit()).rejects.toThrow('dropTables');
  });
});
