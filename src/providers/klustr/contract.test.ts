import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { operations, stages, unpublishedOperations } from './contract.ts';

interface Operation {
  readonly operationId?: string;
  readonly 'x-on-vendor-page'?: boolean;
}

const contract = parse(readFileSync(new URL('../../../contracts/klustr.openapi.yaml', import.meta.url), 'utf8')) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, { readonly enum?: readonly string[]; readonly properties?: object }>> };
};

const published = Object.entries(contract.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
);

describe('the table of operations', () => {
  it.each(Object.entries(operations))('says of %s what the contract says', (id, { method, path }) => {
    expect(published.find((operation) => operation.operationId === id)).toMatchObject({ method, path });
  });

  it.each([...unpublishedOperations])('calls %s unpublished, as the contract does', (id) => {
    expect(published.find((operation) => operation.operationId === id)?.['x-on-vendor-page']).toBe(false);
  });

  it('has all that stand on the page of the vendor', () => {
    const onPage = published.filter((operation) => operation['x-on-vendor-page'] === true).map(({ operationId }) => operationId);

    expect(onPage).toHaveLength(13);
    expect(Object.keys(operations)).toEqual(expect.arrayContaining(onPage));
  });
});

describe('a role', () => {
  it('has the stages and the fields of the contract', () => {
    const { Stage, RoleWrite } = contract.components.schemas;

    expect(stages).toEqual(Stage?.enum);
    expect(Object.keys(RoleWrite?.properties ?? {}).sort()).toEqual(['description', 'id', 'name', 'namespace', 'permissions', 'stage']);
  });
});
