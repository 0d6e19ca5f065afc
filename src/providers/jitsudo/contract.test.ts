import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { assumptions } from './assumptions.ts';
import { assumedOperations, operations } from './contract.ts';

interface Operation {
  readonly operationId?: string;
  readonly 'x-assumed'?: boolean;
}

const contract = parse(readFileSync(new URL('../../../contracts/jitsudo.openapi.yaml', import.meta.url), 'utf8')) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, { readonly properties?: Readonly<Record<string, { readonly pattern?: string }>> }>>;
  };
};

const published = Object.entries(contract.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
);

describe('the table of operations', () => {
  it.each(Object.entries(operations))('says of %s what the contract says', (id, { method, path }) => {
    const operation = published.find(({ operationId }) => operationId === id);

    expect(operation).toMatchObject({ method, path });
    expect(assumedOperations.has(id)).toBe(operation?.['x-assumed'] === true);
  });
});

describe('a slug', () => {
  it('has the form of the contract', () => {
    expect(assumptions.slug.source).toBe(contract.components.schemas.CreateRole?.properties?.slug?.pattern);
  });
});
