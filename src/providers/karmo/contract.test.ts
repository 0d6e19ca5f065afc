import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { assumptions } from './assumptions.ts';
import { dialectOf, pageSize } from './contract.ts';

interface Schema {
  readonly properties?: Readonly<Record<string, Schema & { readonly default?: unknown }>>;
  readonly maximum?: number;
}

function read(path: string): unknown {
  return parse(readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8'));
}

const contract = read('contracts/karmo.openapi.yaml') as {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<Record<string, { readonly operationId?: string; readonly parameters?: readonly { name: string; schema: Schema }[] }>>
    >
  >;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
};
const crd = read('crds/rolekeeper.dev_roleproviders.yaml') as {
  readonly spec: { readonly versions: readonly { readonly schema: { readonly openAPIV3Schema: Schema } }[] };
};

const published = Object.entries(contract.paths).flatMap(([path, methods]) =>
  Object.entries(methods).flatMap(([method, { operationId }]) =>
    operationId === undefined ? [] : [[operationId, { method: method.toUpperCase(), path }] as const],
  ),
);

describe('the assumed operations', () => {
  it('are those of the contract, all of them', () => {
    expect(assumptions.operations).toEqual(Object.fromEntries(published));
  });

  it('have the page size of the contract', () => {
    const parameters = contract.paths['/organizations/{tenantId}/users']?.get?.parameters ?? [];

    expect(parameters.find(({ name }) => name === assumptions.properties.pageSize)?.schema.maximum).toBe(pageSize);
  });
});

describe('the assumed names', () => {
  const { properties } = assumptions;
  const places = [
    { schema: 'UpsertRole', names: [properties.roleName] },
    { schema: 'RoleRef', names: [properties.roleID] },
    { schema: 'RolePermissions', names: [properties.permissions] },
    { schema: 'CreateUser', names: [properties.email, properties.mobileNumber, properties.firstName, properties.lastName] },
    { schema: 'User', names: [properties.userID, properties.email, properties.mobileNumber, properties.firstName, properties.lastName] },
    {
      schema: 'Membership',
      names: [properties.membershipTenant, properties.membershipUser, properties.membershipRoles, properties.membershipStatus],
    },
    { schema: 'LinkUser', names: ['roles', 'roleSet'] },
    { schema: 'TokenResponse', names: [assumptions.token.value[0], assumptions.token.lifetime[0], 'token_type'] },
  ];
  it.each(places)('of $schema are those of the contract', ({ schema, names }) => {
    expect([...names].sort()).toEqual(Object.keys(contract.components.schemas[schema]?.properties ?? {}).sort());
  });

  it('are the defaults of the settings', () => {
    const spec = crd.spec.versions[0]?.schema.openAPIV3Schema.properties?.spec?.properties?.karmo?.properties;
    const defaults = Object.entries(spec?.properties?.properties ?? {}).map(([name, value]) => [name, value.default]);

    expect(Object.fromEntries(defaults)).toEqual(properties);
    expect(spec?.aws?.properties?.service?.default).toBe(assumptions.service);
    expect(Object.keys(spec?.operations?.properties ?? {}).sort()).toEqual(Object.keys(assumptions.operations).sort());
  });
});

describe('dialectOf', () => {
  it('changes what is set and nothing else', () => {
    const dialect = dialectOf({ operations: { upsertRole: { method: 'POST' } }, properties: { roleName: 'title' } });

    expect(dialect.operations).toEqual({
      ...assumptions.operations,
      upsertRole: { method: 'POST', path: assumptions.operations.upsertRole.path },
    });
    expect(dialect.properties).toEqual({ ...assumptions.properties, roleName: 'title' });
    expect(dialectOf({})).toEqual({ operations: assumptions.operations, properties: assumptions.properties });
  });
});
