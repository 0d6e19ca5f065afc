import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { jsonSchemaOf } from '../emit/json-schemas.ts';
import type { Problems } from '../problems.ts';
import { type Api, type Kind, type Schema, visitSchemas } from './model.ts';

/**
 * Finds what each tag alone looks right in and the whole does not: defaults that their own schema refuses, columns whose
 * path leads nowhere, bounds that nothing can satisfy, names that two kinds share. The API server would refuse some of them and ignore others.
 */
export function checkApi(api: Api, problems: Problems): void {
  for (const kind of api.kinds) {
    for (const field of kind.fields) visitSchemas(field.schema, (schema) => checkSchema(schema, problems));
    checkColumns(kind, problems);
  }
  checkNames(api, problems);
}

function checkSchema(schema: Schema, problems: Problems): void {
  if (schema.default !== undefined) {
    const ajv = new Ajv2020({ allErrors: true, useDefaults: true });
    addFormats.default(ajv);
    const fits = ajv.compile({ type: 'object', properties: { value: jsonSchemaOf(schema) } });
    if (!fits({ value: structuredClone(schema.default) })) {
      problems.add(
        schema.origin,
        `The default ${JSON.stringify(schema.default)} doesn't fit: ${ajv.errorsText(fits.errors, { dataVar: 'default' })}.`,
      );
    }
  }
  for (const [low, high] of boundsOf(schema)) {
    if (low !== undefined && high !== undefined && low > high) {
      problems.add(schema.origin, `The lower bound ${low} is above the upper bound ${high}.`);
    }
  }
}

function boundsOf(schema: Schema): readonly (readonly [number | undefined, number | undefined])[] {
  if (schema.type === 'string') return [[schema.minLength, schema.maxLength]];
  if (schema.type === 'integer') return [[schema.minimum, schema.maximum]];
  if (schema.type === 'array') return [[schema.minItems, schema.maxItems]];
  return schema.type === 'map' ? [[schema.minProperties, schema.maxProperties]] : [];
}

function checkColumns(kind: Kind, problems: Problems): void {
  const seen = new Set<string>();
  for (const { name, jsonPath } of kind.columns) {
    if (seen.has(name)) problems.add(kind.origin, `Two columns of ${kind.kind} are called ${name}.`);
    seen.add(name);
    if (!leadsSomewhere(kind, jsonPath)) problems.add(kind.origin, `@printColumn ${name}: the path ${jsonPath} leads to no scalar field.`);
  }
}

/** Follows `.a.b[?(…)].c`; what a filter says isn't looked at. */
function leadsSomewhere(kind: Kind, jsonPath: string): boolean {
  const [first, ...steps] = jsonPath
    .slice(1)
    .replace(/\[[^\]]*\]/g, '[]')
    .split('.');
  if (first === 'metadata') return true;
  let schema = kind.fields.find(({ name }) => name === first)?.schema;
  for (const step of steps) {
    const name = step.replace('[]', '');
    const child: Schema | undefined = schema?.type === 'object' ? schema.fields.find((field) => field.name === name)?.schema : undefined;
    schema = step.endsWith('[]') && child?.type === 'array' ? child.items : child;
  }
  return schema !== undefined && ['string', 'integer', 'boolean'].includes(schema.type);
}

function checkNames(api: Api, problems: Problems): void {
  const owners = new Map<string, string>();
  for (const { kind, names, origin } of api.kinds) {
    for (const name of new Set([names.plural, names.singular, ...names.shortNames])) {
      const owner = owners.get(name);
      if (owner !== undefined) problems.add(origin, `The resource name ${name} is taken by ${owner}.`);
      owners.set(name, kind);
    }
  }
}
