import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { errorCodes, routeOf, routes } from './contract.ts';
import { AdminService, FrontierService } from './generated/frontier_pb.ts';

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId?: string }>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, { readonly properties?: object }>> };
}

function contract(name: string): Document {
  return parse(readFileSync(new URL(`../../../contracts/${name}.openapi.yaml`, import.meta.url), 'utf8')) as Document;
}

function operationsOf({ paths }: Document): readonly { readonly id: string | undefined; readonly method: string; readonly path: string }[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId: id }]) => ({ id, method: method.toUpperCase(), path })),
  );
}

const rest = contract('frontier-rest');
const connect = contract('frontier-connect');
const methods = [...FrontierService.methods, ...AdminService.methods];

describe('the calls', () => {
  it.each(Object.entries(routes))('%s is where both contracts have it', (id, { method, path }) => {
    expect(operationsOf(rest).find((operation) => operation.id === id)).toMatchObject({ method, path });
    const message = methods.find(({ name }) => name === id);
    expect(operationsOf(connect).find((operation) => operation.id === id)?.path).toBe(`/${message?.parent.typeName}/${id}`);
  });

  it('that no route has are a mistake of the client', () => {
    expect(() => routeOf('DeleteEverything')).toThrow(/DeleteEverything/);
  });
});

describe('the messages', () => {
  it.each([
    ...['Role', 'RoleRequestBody', 'Permission', 'PermissionRequestBody', 'Policy', 'PolicyRequestBody', 'AuthTokenRequest'],
    ...['User', 'Group', 'ServiceUser'],
  ])('%s has no field that the contracts lack', (name) => {
    const message = [...methods.flatMap(({ input, output }) => [input, output])]
      .flatMap((each) => [each, ...each.fields.map((field) => field.message)])
      .find((each) => each?.name === name);
    for (const { components } of [rest, connect]) {
      const known = Object.keys(components.schemas[name]?.properties ?? {});
      expect(known).toEqual(expect.arrayContaining(message?.fields.map((field) => field.name) ?? ['no such message']));
    }
  });
});

describe('the codes of errors', () => {
  it('are those of the contract, in the order of their numbers', () => {
    expect(errorCodes[5]).toBe('not_found');
    expect(errorCodes[16]).toBe('unauthenticated');
    const { code } = (connect.components.schemas.ConnectError?.properties ?? {}) as {
      readonly code?: { readonly enum: readonly string[] };
    };
    expect([...errorCodes].filter((each) => each !== 'ok').sort()).toEqual([...(code?.enum ?? [])].sort());
  });
});
