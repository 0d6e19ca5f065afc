import { type InterfaceDeclaration, Node, type SourceFile } from 'ts-morph';
import { compareText, locationOf, type Problems } from '../problems.ts';
import type { Kind } from './model.ts';
import { readDocumentation, SchemaReader } from './read-schema.ts';

/** What every Kubernetes object has; the API server defines it. */
const commonFields = ['apiVersion', 'kind', 'metadata'];

/** The kinds that the files declare: exported interfaces with `@resource`, by name. */
export function readKinds(files: readonly SourceFile[], problems: Problems): readonly Kind[] {
  const declarations = files.flatMap((file) => file.getInterfaces()).filter(isKind);
  const kinds = declarations.map((declaration) => readKind(declaration, problems)).filter((kind) => kind !== undefined);
  return kinds.sort((a, b) => compareText(a.kind, b.kind));
}

function isKind(declaration: InterfaceDeclaration): boolean {
  return declaration.getJsDocs().some((doc) => /^[\s/*]*@resource\b/m.test(doc.getText()));
}

function readKind(declaration: InterfaceDeclaration, problems: Problems): Kind | undefined {
  const origin = locationOf(declaration);
  const doc = readDocumentation(declaration, 'kind', problems);
  if (doc.description === '') problems.add(origin, `${declaration.getName()} has no description: add a doc comment.`);
  const properties = declaration.getType().getProperties();
  const names = new Set(properties.map((property) => property.getName()));
  for (const name of [...commonFields, 'spec']) {
    if (!names.has(name)) problems.add(origin, `The kind ${declaration.getName()} lacks ${name}.`);
  }
  for (const property of properties) {
    const name = property.getName();
    const place = property.getDeclarations()[0] ?? declaration;
    if (![...commonFields, 'spec', 'status'].includes(name)) {
      problems.add(locationOf(place), `A kind has apiVersion, kind, metadata, spec and status; ${name} belongs into spec or status.`);
    }
  }
  if (doc.resource === undefined) return undefined;
  const reader = new SchemaReader(problems);
  const fields = properties
    .filter((property) => ['spec', 'status'].includes(property.getName()))
    .map((property) => reader.readField(property, property.getDeclarations().find(Node.isPropertySignature) ?? declaration, true));
  return {
    kind: declaration.getName(),
    origin,
    description: doc.description,
    names: doc.resource,
    columns: doc.columns,
    rules: doc.constraints.rules,
    fields: fields.filter((field) => field !== undefined),
  };
}
