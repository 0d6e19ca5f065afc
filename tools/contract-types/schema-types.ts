/** The part of JSON Schema 2020-12 that the contracts use. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: string | number | boolean;
  readonly enum?: readonly (string | number | boolean | null)[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly description?: string;
}

const refPrefix = '#/components/schemas/';

/** One exported interface or type per schema of `roots` and per schema they refer to, sorted by name. */
export function typeDeclarations(schemas: Readonly<Record<string, Schema>>, roots: readonly string[]): readonly string[] {
  const wanted = new Set<string>();
  const visit = (name: string): void => {
    const schema = schemas[name];
    if (schema === undefined) throw new Error(`The contract has no schema ${name}`);
    if (wanted.has(name)) return;
    wanted.add(name);
    for (const reference of referencesOf(schema)) visit(reference);
  };
  for (const root of roots) visit(root);
  return [...wanted].sort().map((name) => declaration(name, schemas[name] ?? {}));
}

function declaration(name: string, schema: Schema): string {
  const comment = `/** ${oneLine(schema.description) ?? `Schema \`${name}\` of the contract.`} */\n`;
  if (schema.properties !== undefined) return `${comment}export interface ${name} ${objectType(schema, '')}`;
  return `${comment}export type ${name} = ${typeOf(schema, '')};`;
}

function objectType(schema: Schema, indent: string): string {
  const required = new Set(schema.required ?? []);
  const lines = Object.entries(schema.properties ?? {}).map(([name, property]) => {
    const text = oneLine(property.description);
    const comment = text === undefined ? '' : `${indent}  /** ${text} */\n`;
    return `${comment}${indent}  readonly ${name}${required.has(name) ? '' : '?'}: ${typeOf(property, `${indent}  `)};`;
  });
  return `{\n${lines.join('\n')}\n${indent}}`;
}

function typeOf(schema: Schema, indent: string): string {
  if (schema.$ref !== undefined) return nameOf(schema.$ref);
  if (schema.const !== undefined) return literal(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(literal).join(' | ');
  if (schema.type === undefined) return 'unknown';
  const types = typeof schema.type === 'string' ? [schema.type] : schema.type;
  return types.map((type) => typeNamed(type, schema, indent)).join(' | ');
}

function typeNamed(type: string, schema: Schema, indent: string): string {
  switch (type) {
    case 'string':
    case 'boolean':
    case 'null':
      return type;
    case 'integer':
    case 'number':
      return 'number';
    case 'array':
      return `readonly ${inArray(typeOf(schema.items ?? {}, indent))}[]`;
    case 'object':
      return schema.properties === undefined ? mapType(schema, indent) : objectType(schema, indent);
    default:
      throw new Error(`A contract uses the type ${type}, which has no TypeScript form here`);
  }
}

function mapType(schema: Schema, indent: string): string {
  const values = typeof schema.additionalProperties === 'object' ? typeOf(schema.additionalProperties, indent) : 'unknown';
  return `Readonly<Record<string, ${values}>>`;
}

function inArray(type: string): string {
  return type.includes(' | ') && !type.startsWith('{') ? `(${type})` : type;
}

function literal(value: string | number | boolean | null): string {
  return typeof value === 'string' ? `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'` : String(value);
}

function nameOf(reference: string): string {
  if (!reference.startsWith(refPrefix)) throw new Error(`A schema refers to ${reference}; only ${refPrefix}… is understood`);
  return reference.slice(refPrefix.length);
}

function referencesOf(schema: Schema): readonly string[] {
  const own = schema.$ref === undefined ? [] : [nameOf(schema.$ref)];
  const children = [...Object.values(schema.properties ?? {}), schema.items, schema.additionalProperties];
  return [...own, ...children.flatMap((child) => (typeof child === 'object' ? referencesOf(child) : []))];
}

function oneLine(text: string | undefined): string | undefined {
  return text?.replaceAll('*/', '* /').replaceAll(/\s+/g, ' ').trim();
}
