import { leastKubernetes } from '../api/list-rules.ts';
import type { Alias, Api, Field, Kind, Rule, Schema } from '../api/model.ts';
import { type Emitter, generatedNotice } from '../emitter.ts';
import { factsOf } from './facts.ts';
import { alternatives, code, headingLink, page, table } from './markdown.ts';
import { collectAliases, collectTypes, type FieldEntry, type TypeEntry } from './type-entries.ts';

/** `docs/reference/api.md`: every kind and every type, for people. */
export function apiPageEmitter(api: Api): Emitter {
  return { name: 'API reference', emit: () => [{ path: 'docs/reference/api.md', text: apiPage(api) }] };
}

function apiPage(api: Api): string {
  const kinds = [...api.kinds].sort((a, b) => Number(a.names.scope === 'Cluster') - Number(b.names.scope === 'Cluster'));
  const types = collectTypes(kinds);
  return page(
    `<!-- ${generatedNotice} -->`,
    '# API reference',
    introduction(api),
    kindsTable(kinds),
    ...kinds.flatMap((kind) => [
      ...kindSection(api, kind),
      ...types.filter((type) => type.kinds.length === 1 && type.kinds[0] === kind.kind).flatMap(typeSection),
    ]),
    '## Shared types',
    'Types that several kinds use. A field that differs between kinds says so.',
    ...types.filter((type) => type.kinds.length > 1).flatMap(typeSection),
    ...collectAliases(kinds).flatMap(aliasSection),
  );
}

function introduction(api: Api): string {
  return [
    `All kinds have \`apiVersion: ${api.group}/${api.version}\`. What the tables call *required* has no default and must be given;`,
    'every other field may be left out. The API server refuses an object that breaks one of the rules, with the rule’s message.',
    `The CRDs need Kubernetes ${leastKubernetes} or newer.`,
  ].join('\n');
}

function kindsTable(kinds: readonly Kind[]): string {
  const rows = kinds.map(({ kind, names, description }) => [
    headingLink(kind),
    code(names.plural),
    names.shortNames.map(code).join(', '),
    names.scope === 'Cluster' ? 'cluster' : 'namespace',
    firstSentence(description),
  ]);
  return `${table(['Kind', 'Name for kubectl', 'Short', 'Scope', 'Meaning'], rows)}

\`kubectl get rolekeeper\` lists the objects of all these kinds; \`kubectl get roles\` still lists the Roles of Kubernetes RBAC.`;
}

function kindSection(api: Api, kind: Kind): readonly string[] {
  const head = [
    `- \`apiVersion: ${api.group}/${api.version}\`, \`kind: ${kind.kind}\``,
    `- kubectl: ${alternatives([kind.names.plural, kind.names.singular, ...kind.names.shortNames].map(code))}`,
    `- Scope: ${kind.names.scope === 'Cluster' ? 'the cluster' : 'a namespace'}`,
  ];
  const fields = kind.fields.map((field) => [code(field.name), typeText(field.schema), necessity(field), descriptionCell(field)]);
  return [
    `## ${kind.kind}`,
    kind.description,
    head.join('\n'),
    table(fieldHead, fields),
    rulesBlock(kind.rules.map((rule) => ({ rule, field: undefined }))),
    columnsBlock(kind),
  ];
}

function columnsBlock(kind: Kind): string {
  if (kind.columns.length === 0) return '';
  const rows = kind.columns.map((column) => [column.priority === 0 ? column.name : `${column.name} (\`-o wide\`)`, column.description]);
  return `Columns of \`kubectl get ${kind.names.plural}\`:\n\n${table(['Column', 'Meaning'], rows)}`;
}

const fieldHead = ['Field', 'Type', 'Default', 'Meaning'];

function typeSection(type: TypeEntry): readonly string[] {
  const rows = type.fields.map((entry) => {
    const field = firstField(entry);
    return [code(entry.name), typeCell(entry, type), necessity(field), descriptionCell(field)];
  });
  const typeRules = type.schema.typeRules.map((rule) => ({ rule, field: undefined }));
  const fieldRules = type.fields.flatMap((entry) => {
    const { schema, name } = firstField(entry);
    return schema.rules.map((rule) => ({ rule, field: name }));
  });
  return [`### ${type.typeName}`, type.schema.typeDescription, table(fieldHead, rows), rulesBlock([...typeRules, ...fieldRules])];
}

function firstField(entry: FieldEntry): Field {
  const [field] = entry.byKind.values();
  if (field === undefined) throw new Error(`The field ${entry.name} has no use.`);
  return field;
}

/** The field's type; where kinds differ, each with the kinds that have it. A kind whose type lacks the field is not named. */
function typeCell(entry: FieldEntry, type: TypeEntry): string {
  const kindsByText = Map.groupBy(entry.byKind.keys(), (kind) => typeText(fieldOf(entry, kind).schema));
  const [only] = kindsByText.keys();
  if (kindsByText.size === 1 && entry.byKind.size === type.kinds.length && only !== undefined) return only;
  return [...kindsByText].map(([text, kinds]) => `${text} in a ${alternatives(kinds.map(headingLink))}`).join(', ');
}

function fieldOf(entry: FieldEntry, kind: string): Field {
  const field = entry.byKind.get(kind);
  if (field === undefined) throw new Error(`${kind} has no field ${entry.name}.`);
  return field;
}

function typeText(schema: Schema): string {
  if (schema.alias !== undefined) return headingLink(schema.alias.name);
  switch (schema.type) {
    case 'string':
      if (schema.enum !== undefined) return alternatives(schema.enum.map(code));
      return schema.format === 'date-time' ? 'date and time (RFC 3339)' : 'string';
    case 'integer':
      return 'integer';
    case 'boolean':
      return 'boolean';
    case 'array':
      return `list of ${plural(schema.items)}`;
    case 'map':
      return `map of string to ${typeText(schema.values)}`;
    case 'object':
      return headingLink(schema.typeName);
  }
}

function plural(schema: Schema): string {
  return schema.type === 'string' && schema.enum === undefined && schema.alias === undefined ? 'strings' : typeText(schema);
}

function necessity(field: Field): string {
  if (field.required) return '*required*';
  const value = field.schema.default;
  if (value === undefined) return '';
  const text = JSON.stringify(value);
  // A long default (that of a status) would stretch the whole table.
  return text.length > 60 ? 'see right' : code(typeof value === 'string' ? value : text);
}

function descriptionCell(field: Field): string {
  const facts = factsOf(field.schema);
  const value = JSON.stringify(field.schema.default);
  return [
    field.schema.description,
    ...(facts.length === 0 ? [] : [`${capitalize(facts.join('; '))}.`]),
    ...(value !== undefined && value.length > 60 ? [`Default: ${code(value)}`] : []),
  ].join('\n');
}

function aliasSection({ name, schema }: Alias): readonly string[] {
  const facts = factsOf(schema);
  return [
    `### ${name}`,
    schema.description,
    `Type: ${typeText(schema)}.${facts.length === 0 ? '' : ` ${capitalize(facts.join('; '))}.`}`,
    rulesBlock(schema.rules.map((rule) => ({ rule, field: undefined }))),
  ];
}

/** Rules as a list; in a table the bars of CEL would need escaping. */
function rulesBlock(rules: readonly { readonly rule: Rule; readonly field: string | undefined }[]): string {
  if (rules.length === 0) return '';
  const entries = rules.map(
    ({ rule, field }) => `- ${field === undefined ? '' : `${code(field)}: `}${rule.message}<br>\n  ${code(rule.rule)}`,
  );
  return `Rules:\n\n${entries.join('\n')}`;
}

function firstSentence(text: string): string {
  return /^.*?[.:;](?=\s|$)/s.exec(text)?.[0].replace(/[:;]$/, '.') ?? text;
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
