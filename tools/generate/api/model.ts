import type { JsonValue } from '../../../src/model/index.ts';
import type { Location } from '../problems.ts';

/** A CEL rule that the API server checks, and what it says when the rule doesn't hold. */
export interface Rule {
  readonly rule: string;
  readonly message: string;
}

interface SchemaBase {
  readonly origin: Location;
  /** Plain text; paragraphs are separated by an empty line. */
  readonly description: string;
  readonly default?: JsonValue;
  /** Rules of this use; those of an object's type are in `typeRules`. */
  readonly rules: readonly Rule[];
  /** The named type (`type Duration = string`) through which the value was declared. */
  readonly alias?: Alias;
}

/** A named type of a scalar, and its schema without what a use of it adds. */
export interface Alias {
  readonly name: string;
  readonly schema: Schema;
}

export interface StringSchema extends SchemaBase {
  readonly type: 'string';
  /** In the order of the source. */
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly format?: 'date-time';
}

export interface IntegerSchema extends SchemaBase {
  readonly type: 'integer';
  readonly format: 'int32' | 'int64';
  readonly minimum?: number;
  readonly maximum?: number;
}

export interface BooleanSchema extends SchemaBase {
  readonly type: 'boolean';
}

export interface ArraySchema extends SchemaBase {
  readonly type: 'array';
  readonly items: Schema;
  readonly listType: 'set' | 'map' | 'atomic';
  /** Only with `listType: 'map'`. */
  readonly listMapKey?: string;
  readonly minItems?: number;
  readonly maxItems?: number;
  /**
   * No item occurs twice. A set has this by itself; elsewhere `rules` has a CEL rule for it, because the API server refuses the
   * keyword `uniqueItems`.
   */
  readonly unique: boolean;
}

/** An object with free keys. */
export interface MapSchema extends SchemaBase {
  readonly type: 'map';
  readonly values: Schema;
  readonly minProperties?: number;
  readonly maxProperties?: number;
}

export interface ObjectSchema extends SchemaBase {
  readonly type: 'object';
  /** Name of the interface, without type arguments. */
  readonly typeName: string;
  readonly typeDescription: string;
  readonly typeRules: readonly Rule[];
  readonly fields: readonly Field[];
}

export type Schema = StringSchema | IntegerSchema | BooleanSchema | ArraySchema | MapSchema | ObjectSchema;

export interface Field {
  readonly name: string;
  /** A field with a default is never required. */
  readonly required: boolean;
  readonly schema: Schema;
}

/** A column of `kubectl get`. */
export interface PrintColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly jsonPath: string;
  readonly description: string;
  /** 0: always shown; above: only with `-o wide`. */
  readonly priority: number;
}

/** How a kind is called at the API server. */
export interface ResourceNames {
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly scope: 'Namespaced' | 'Cluster';
}

export interface Kind {
  readonly kind: string;
  readonly origin: Location;
  readonly description: string;
  readonly names: ResourceNames;
  readonly columns: readonly PrintColumn[];
  /** Rules of the whole object. */
  readonly rules: readonly Rule[];
  /** `spec` and, where there is one, `status`; what every object has (apiVersion, kind, metadata) is left out. */
  readonly fields: readonly Field[];
}

/** Everything that is generated from the API types. */
export interface Api {
  readonly group: string;
  readonly version: string;
  /** By name. */
  readonly kinds: readonly Kind[];
}

/** The CEL rules of a schema itself, those of its type first. */
export function rulesOf(schema: Schema): readonly Rule[] {
  return schema.type === 'object' ? [...schema.typeRules, ...schema.rules] : schema.rules;
}

/** Names of the fields that must be there. */
export function requiredNames(fields: readonly Field[]): readonly string[] {
  return fields.filter(({ required }) => required).map(({ name }) => name);
}

/** Calls `visit` for a schema and all that it contains. */
export function visitSchemas(schema: Schema, visit: (schema: Schema) => void): void {
  visit(schema);
  for (const child of childrenOf(schema)) visitSchemas(child, visit);
}

function childrenOf(schema: Schema): readonly Schema[] {
  if (schema.type === 'object') return schema.fields.map((field) => field.schema);
  if (schema.type === 'array') return [schema.items];
  return schema.type === 'map' ? [schema.values] : [];
}
