import { type Alias, type Field, type Kind, type ObjectSchema, type Schema, visitSchemas } from '../api/model.ts';

/** A field of a type, as each kind that uses the type sees it. */
export interface FieldEntry {
  readonly name: string;
  /** Differs between kinds only where the type has type parameters. */
  readonly byKind: ReadonlyMap<string, Field>;
}

/** An object type, once for all kinds that use it. */
export interface TypeEntry {
  readonly typeName: string;
  /** From the first use met. */
  readonly schema: ObjectSchema;
  readonly fields: readonly FieldEntry[];
  /** Kinds that use the type. */
  readonly kinds: readonly string[];
}

/** Every object type below the kinds, in the order in which a reader meets them. */
export function collectTypes(kinds: readonly Kind[]): readonly TypeEntry[] {
  const uses = new Map<string, Map<string, ObjectSchema>>();
  for (const { kind, fields } of kinds) {
    for (const { schema } of fields) {
      visitObjects(schema, (object) => {
        const byKind = uses.get(object.typeName) ?? new Map<string, ObjectSchema>();
        uses.set(object.typeName, byKind.set(kind, object));
      });
    }
  }
  return [...uses].flatMap(([typeName, byKind]) => {
    const [schema] = byKind.values();
    return schema === undefined ? [] : [{ typeName, schema, fields: mergeFields(byKind), kinds: [...byKind.keys()] }];
  });
}

/** Every named scalar type, by name. */
export function collectAliases(kinds: readonly Kind[]): readonly Alias[] {
  const found = new Map<string, Alias>();
  const visit = (schema: Schema): void => {
    if (schema.alias !== undefined) found.set(schema.alias.name, schema.alias);
  };
  for (const kind of kinds) for (const field of kind.fields) visitSchemas(field.schema, visit);
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function visitObjects(schema: Schema, visit: (object: ObjectSchema) => void): void {
  visitSchemas(schema, (found) => {
    if (found.type === 'object') visit(found);
  });
}

function mergeFields(byKind: ReadonlyMap<string, ObjectSchema>): readonly FieldEntry[] {
  const fields = new Map<string, Map<string, Field>>();
  for (const [kind, { fields: own }] of byKind) {
    for (const field of own) fields.set(field.name, (fields.get(field.name) ?? new Map<string, Field>()).set(kind, field));
  }
  return [...fields].map(([name, uses]) => ({ name, byKind: uses }));
}
