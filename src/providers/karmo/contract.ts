import { ProviderError } from '../../model/index.ts';
import { assumptions } from './assumptions.ts';

/** An operation by its id in contracts/karmo.openapi.yaml. */
export type OperationID = keyof typeof assumptions.operations;

/** What a property or parameter means. */
export type PropertyMeaning = keyof typeof assumptions.properties;

/** How an operation is called. */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Template with `{…}` places. */
  readonly path: string;
}

/** The settings that change how operations and properties are called; what is left out is as assumed. */
export interface DialectSettings {
  readonly operations?: Readonly<Partial<Record<OperationID, Partial<Operation>>>>;
  readonly properties?: Readonly<Partial<Record<PropertyMeaning, string>>>;
}

/** How one deployment calls its operations and properties. */
export interface Dialect {
  readonly operations: Readonly<Record<OperationID, Operation>>;
  readonly properties: Readonly<Record<PropertyMeaning, string>>;
}

/** The largest page that listUsers gives. */
export const pageSize = 100;

/** A membership to make or change. Each of `roles` is also one of `roleSet`; roles outside of `roleSet` are kept. */
export interface LinkUser {
  readonly roles: readonly string[];
  readonly roleSet: readonly string[];
}

/** A user to create. */
export interface CreateUser {
  readonly email: string;
  /** In E.164, for example `+61412345678`. */
  readonly mobileNumber?: string;
  readonly firstName?: string;
  readonly lastName?: string;
}

/** The dialect of a deployment. Throws `invalid` for a path that lacks one of its places or has one that nothing fills. */
export function dialectOf({ operations = {}, properties = {} }: DialectSettings): Dialect {
  const entries = Object.entries(assumptions.operations).map(([id, assumed]) => {
    const operation: Operation = { ...assumed, ...defined(operations[id as OperationID] ?? {}) };
    requirePlaces(id, operation.path, assumed.path);
    return [id, operation] as const;
  });
  return {
    operations: Object.fromEntries(entries) as Dialect['operations'],
    properties: { ...assumptions.properties, ...defined(properties) },
  };
}

function requirePlaces(id: string, path: string, assumed: string): void {
  const places = placesOf(path);
  const wanted = placesOf(assumed);
  if (path.startsWith('/') && !/[?#\s]/.test(path) && wanted.join() === places.join()) return;
  const names = wanted.length === 0 ? 'no {…}' : wanted.map((name) => `{${name}}`).join(' and ');
  throw new ProviderError(
    'invalid',
    `Karmo: operations.${id}.path is ${JSON.stringify(path)}; it must begin with "/" and have ${names}, for example ${assumed}`,
    {
      operation: 'connect',
    },
  );
}

/** Sorted, each once. */
function placesOf(path: string): readonly string[] {
  return [...new Set([...path.matchAll(/\{([^}]*)\}/g)].map(([, name = '']) => name))].sort();
}

function defined<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}
