import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { inRepository } from '../../../tools/lib/index.ts';

/** The part of a CRD's schema that rules can stand in. */
interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly additionalProperties?: SchemaNode;
  readonly 'x-kubernetes-validations'?: readonly { readonly rule: string; readonly message: string }[];
}

/** A CRD as far as the tests look at it. */
export interface Crd {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly scope: 'Namespaced' | 'Cluster';
    readonly names: { readonly kind: string; readonly plural: string; readonly singular: string; readonly shortNames: readonly string[] };
    readonly versions: readonly [{ readonly name: string; readonly schema: { readonly openAPIV3Schema: SchemaNode } }];
  };
}

/** A CEL rule where it stands. */
export interface RuleAt {
  readonly kind: string;
  /** Path of the value it is about, for example `spec.subjects[]`; empty for the whole object. */
  readonly path: string;
  readonly message: string;
}

/** The CRDs of the repository. */
export function readCrds(): readonly Crd[] {
  const directory = inRepository('crds');
  return readdirSync(directory)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => parse(readFileSync(`${directory}/${name}`, 'utf8')) as Crd);
}

/** Every rule of a CRD, from the root down. */
export function rulesOf(crd: Crd): readonly RuleAt[] {
  return rulesBelow(crd.spec.names.kind, '', crd.spec.versions[0].schema.openAPIV3Schema);
}

function rulesBelow(kind: string, path: string, node: SchemaNode): readonly RuleAt[] {
  const own = (node['x-kubernetes-validations'] ?? []).map(({ message }) => ({ kind, path, message }));
  const children: readonly (readonly [string, SchemaNode | undefined])[] = [
    ...Object.entries(node.properties ?? {}).map(([name, child]) => [path === '' ? name : `${path}.${name}`, child] as const),
    [`${path}[]`, node.items],
    [`${path}{}`, node.additionalProperties],
  ];
  return [...own, ...children.flatMap(([childPath, child]) => (child === undefined ? [] : rulesBelow(kind, childPath, child)))];
}
