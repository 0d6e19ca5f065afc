import { stringify } from 'yaml';
import type { JsonValue } from '../../../src/model/index.ts';
import { type Api, type Kind, type PrintColumn, type Rule, requiredNames, rulesOf, type Schema } from '../api/model.ts';
import { type Emitter, type GeneratedFile, generatedNotice } from '../emitter.ts';
import { defined } from './json-schemas.ts';

type JsonObject = Readonly<Record<string, JsonValue>>;

/** All kinds, so that `kubectl get rolekeeper` lists everything there is. Never `all`: `kubectl delete all --all` would end access. */
const categories = ['rolekeeper'];

/** `crds/<group>_<plural>.yaml`, one for each kind. */
export function crdEmitter(api: Api): Emitter {
  return { name: 'CRDs', directories: ['crds'], emit: () => crdFiles(api, 'crds') };
}

/**
 * The CRDs as files.
 * @param directory relative to the repository
 */
export function crdFiles(api: Api, directory: string): readonly GeneratedFile[] {
  return api.kinds.map((kind) => ({
    path: `${directory}/${api.group}_${kind.names.plural}.yaml`,
    text: `# ${generatedNotice}\n${toYaml(crdOf(api, kind))}`,
  }));
}

/** YAML 1.1 is what kubectl reads: words like `on` need quotes there. Sorted keys keep the diff of a change small. */
function toYaml(value: JsonObject): string {
  return stringify(value, { version: '1.1', sortMapEntries: true, lineWidth: 120, aliasDuplicateObjects: false });
}

function crdOf(api: Api, kind: Kind): JsonObject {
  const { plural, singular, shortNames, scope } = kind.names;
  const hasStatus = kind.fields.some(({ name }) => name === 'status');
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${api.group}` },
    spec: {
      group: api.group,
      names: { kind: kind.kind, listKind: `${kind.kind}List`, plural, singular, shortNames, categories },
      scope,
      versions: [
        {
          name: api.version,
          served: true,
          storage: true,
          additionalPrinterColumns: kind.columns.map(columnOf),
          schema: { openAPIV3Schema: rootSchema(api, kind) },
          ...(hasStatus ? { subresources: { status: {} } } : {}),
        },
      ],
    },
  };
}

function columnOf({ name, type, jsonPath, description, priority }: PrintColumn): JsonObject {
  return { name, type, jsonPath, description, ...(priority === 0 ? {} : { priority }) };
}

function rootSchema(api: Api, kind: Kind): JsonObject {
  const required = requiredNames(kind.fields);
  return {
    description: kind.description,
    type: 'object',
    properties: {
      apiVersion: { type: 'string', description: `Always \`${api.group}/${api.version}\`.` },
      kind: { type: 'string', description: `Always \`${kind.kind}\`.` },
      metadata: { type: 'object' },
      ...Object.fromEntries(kind.fields.map((field) => [field.name, schemaOf(field.schema)])),
    },
    ...(required.length === 0 ? {} : { required }),
    ...validationsOf(kind.rules),
  };
}

/** `kubectl explain` shows a description and no default, so the one says the other. */
function describe({ description, default: value }: Schema): string {
  return value === undefined || typeof value === 'object' ? description : `${description} Default: \`${value}\`.`;
}

function schemaOf(schema: Schema): JsonObject {
  return {
    ...(schema.description === '' ? {} : { description: describe(schema) }),
    ...keywordsOf(schema),
    ...(schema.default === undefined ? {} : { default: schema.default }),
    ...validationsOf(rulesOf(schema)),
  };
}

function keywordsOf(schema: Schema): JsonObject {
  switch (schema.type) {
    case 'string':
      return { type: 'string', ...defined(schema, ['enum', 'pattern', 'minLength', 'maxLength', 'format']) };
    case 'integer':
      return { type: 'integer', ...defined(schema, ['format', 'minimum', 'maximum']) };
    case 'boolean':
      return { type: 'boolean' };
    case 'array': {
      const keys = schema.listMapKey === undefined ? {} : { 'x-kubernetes-list-map-keys': [schema.listMapKey] };
      return {
        type: 'array',
        items: schemaOf(schema.items),
        'x-kubernetes-list-type': schema.listType,
        ...keys,
        ...defined(schema, ['minItems', 'maxItems']),
      };
    }
    case 'map':
      return { type: 'object', additionalProperties: schemaOf(schema.values), ...defined(schema, ['minProperties', 'maxProperties']) };
    case 'object': {
      const required = requiredNames(schema.fields);
      return {
        type: 'object',
        properties: Object.fromEntries(schema.fields.map((field) => [field.name, schemaOf(field.schema)])),
        ...(required.length === 0 ? {} : { required }),
      };
    }
  }
}

function validationsOf(rules: readonly Rule[]): JsonObject {
  if (rules.length === 0) return {};
  return { 'x-kubernetes-validations': rules.map(({ rule, message }) => ({ rule, message })) };
}
