import { readFile } from 'node:fs/promises';
import { parseAllDocuments } from 'yaml';
import type { HealthExpressions } from '../../../tools/judges/index.ts';
import { inRepository } from '../../../tools/lib/index.ts';

interface Kustomization {
  readonly kind: string;
  readonly spec: { readonly path: string; readonly healthCheckExprs?: readonly (HealthExpressions & { readonly kind: string })[] };
}

/** The Flux Kustomization of an environment of `examples/gitops`. */
export async function fluxKustomization(environment: string): Promise<Kustomization> {
  const text = await readFile(inRepository('examples', 'gitops', 'flux', `${environment}.yaml`), 'utf8');
  const documents = parseAllDocuments(text).map((document) => document.toJS() as Kustomization);
  const found = documents.find(({ kind }) => kind === 'Kustomization');
  if (found === undefined) throw new Error(`flux/${environment}.yaml has no Kustomization`);
  return found;
}

/** What users are told to give Flux for a kind. */
export function expressionsFor({ spec }: Kustomization, kind: string): HealthExpressions {
  const found = spec.healthCheckExprs?.find((entry) => entry.kind === kind);
  if (found === undefined) throw new Error(`there is no expression for ${kind}`);
  return found;
}
