import type { JsonValue } from '../../../src/model/index.ts';
import { type Api, type Field, type Kind, requiredNames, type Schema } from '../api/model.ts';
import { type Emitter, generatedNotice } from '../emitter.ts';

type JsonObject = Readonly<Record<string, JsonValue>>;

const integerBounds = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  // What a JavaScript number holds exactly; an int64 beyond it can't be read from JSON anyway.
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
} as const;

/** The part of metadata that a manifest's author gets wrong; the API server knows the rest. */
const metadataSchema: JsonObject = {
  type: 'object',
  description: 'Metadata that every Kubernetes object has.',
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 253, pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$' },
    namespace: { type: 'string', minLength: 1, maxLength: 63, pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$' },
    labels: { type: 'object', additionalProperties: { type: 'string' } },
    annotations: { type: 'object', additionalProperties: { type: 'string' } },
  },
  anyOf: [{ required: ['name'] }, { required: ['generateName'] }],
};

/** `src/api/generated/schemas.ts`: one JSON Schema per kind. */
export function jsonSchemaEmitter(api: Api): Emitter {
  return {
    name: 'JSON Schemas',
    directories: ['src/api/generated'],
    emit: () => [{ path: 'src/api/generated/schemas.ts', text: schemasModule(api) }],
  };
}

function schemasModule(api: Api): string {
  const kinds = api.kinds.map(({ kind }) => kind);
  const schemas = Object.fromEntries(api.kinds.map((kind) => [kind.kind, kindSchema(api, kind)]));
  return `// ${generatedNotice}

/** The kinds that have a schema, by name. */
export const kinds = ${JSON.stringify(kinds)} as const;

/** Name of a kind. */
export type Kind = (typeof kinds)[number];

/** JSON Schemas (draft 2020-12) of the kinds: the CRDs without their CEL rules, and closed, so that unknown fields are found. */
export const schemas: Readonly<Record<Kind, Readonly<Record<string, unknown>>>> = ${JSON.stringify(schemas, null, 1)};
`;
}

function kindSchema(api: Api, kind: Kind): JsonObject {
  const required = requiredNames(kind.fields);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: kind.kind,
    description: kind.description,
    type: 'object',
    properties: {
      apiVersion: { const: `${api.group}/${api.version}` },
      kind: { const: kind.kind },
      metadata: metadataSchema,
      ...Object.fromEntries(kind.fields.map(rootField)),
    },
    required: ['apiVersion', 'kind', 'metadata', ...required],
    additionalProperties: false,
  };
}

/** The default of `status` tells a new object in the cluster from one that was looked at; a manifest has no business with it. */
function rootField({ name, schema }: Field): readonly [string, JsonObject] {
  const { default: value, ...rest } = jsonSchemaOf(schema);
  return [name, name === 'status' || value === undefined ? rest : { ...rest, default: value }];
}

/** The JSON Schema of a value. */
export function jsonSchemaOf(schema: Schema): JsonObject {
  return {
    ...(schema.description === '' ? {} : { description: schema.description }),
    ...keywordsOf(schema),
    ...(schema.default === undefined ? {} : { default: schema.default }),
  };
}

function keywordsOf(schema: Schema): JsonObject {
  switch (schema.type) {
    case 'string':
      return { type: 'string', ...defined(schema, ['enum', 'pattern', 'minLength', 'maxLength', 'format']) };
    case 'integer': {
      const [minimum, maximum] = integerBounds[schema.format];
      return { type: 'integer', minimum: schema.minimum ?? minimum, maximum: schema.maximum ?? maximum };
    }
    case 'boolean':
      return { type: 'boolean' };
    case 'array': {
      const unique = schema.unique ? { uniqueItems: true } : {};
      return { type: 'array', items: jsonSchemaOf(schema.items), ...defined(schema, ['minItems', 'maxItems']), ...unique };
    }
    case 'map':
      return { type: 'object', additionalProperties: jsonSchemaOf(schema.values), ...defined(schema, ['minProperties', 'maxProperties']) };
    case 'object': {
      const required = requiredNames(schema.fields);
      return {
        type: 'object',
        properties: Object.fromEntries(schema.fields.map((field) => [field.name, jsonSchemaOf(field.schema)])),
        ...(required.length === 0 ? {} : { required }),
        additionalProperties: false,
      };
    }
  }
}

/** The named keywords that the schema has. */
export function defined<T extends Schema>(schema: T, keys: readonly (keyof T & string)[]): JsonObject {
  return Object.fromEntries(keys.filter((key) => schema[key] !== undefined).map((key) => [key, schema[key] as JsonValue]));
}
