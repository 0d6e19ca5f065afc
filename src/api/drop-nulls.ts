/** The part of a schema that says what stands in an object or a list. */
interface SchemaNode {
  readonly default?: unknown;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly additionalProperties?: SchemaNode | boolean;
}

/**
 * Takes away every null in the place of a field that the schema knows, as the API server does: an empty key in YAML is as good as none. Where
 * the field has to be there it stays, so that it is told from one that was forgotten. `value` is changed.
 */
export function dropNulls(schema: SchemaNode | undefined, value: unknown): void {
  if (schema === undefined || typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) dropNulls(schema.items, item);
    return;
  }
  const fields = value as Record<string, unknown>;
  for (const [name, held] of Object.entries(fields)) {
    const field = schemaOf(schema, name);
    if (held !== null) dropNulls(field, held);
    else if (field !== undefined && (field.default !== undefined || schema.required?.includes(name) !== true)) delete fields[name];
  }
}

function schemaOf({ properties = {}, additionalProperties }: SchemaNode, name: string): SchemaNode | undefined {
  if (Object.hasOwn(properties, name)) return properties[name];
  return typeof additionalProperties === 'object' ? additionalProperties : undefined;
}
