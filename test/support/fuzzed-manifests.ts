import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { parseAllDocuments } from 'yaml';
import { inRepository } from '../../tools/lib/index.ts';
import { mutation } from './json-mutations.ts';

/** An object as somebody may write one. */
export interface FuzzedManifest {
  readonly kind: string;
  readonly spec: unknown;
  /** What was done to the example that it was made of. */
  readonly label: string;
}

const kinds: ReadonlySet<string> = new Set(['Role', 'RoleBinding', 'RoleProvider', 'ClusterRoleProvider']);

/** Every object of our kinds in `examples/`. */
export function exampleManifests(): readonly { readonly kind: string; readonly spec: object }[] {
  const files = readdirSync(inRepository('examples'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml'));
  return files
    .sort()
    .flatMap((name) => parseAllDocuments(readFileSync(inRepository('examples', name), 'utf8')).map((document) => document.toJS()))
    .filter((object) => kinds.has(object?.kind));
}

/** Fields that a spec may have besides those of the example, right or wrong, so that all of the schema is met. */
const additions: readonly object[] = [
  {},
  { interval: '30s' },
  { interval: '1h30m', suspend: true },
  { suspend: true },
  { deletionPolicy: 'Delete', adoptionPolicy: 'Always' },
  { managementMode: 'Observe' },
  { managementMode: 'Authoritative' },
  { unknownPermissions: 'Create' },
  { allowEmpty: true, permissions: [] },
  { protection: { minHolders: 3 } },
  { displayName: 'Zoë 👩‍🚀', description: 'x'.repeat(300) },
  { rateLimit: { requestsPerSecond: 5, burst: 2 }, timeout: '5s' },
  { guardrails: { removalBudget: { percent: 20, floor: 2 }, protectedSlugs: ['org-*'], minHolders: 1 } },
  { grants: [{ namespaces: ['*'], organizations: ['org_*'], permissions: { allow: ['*'], deny: ['admin*'] } }] },
  { allowedNamespaces: { names: ['a'], selector: { matchLabels: { a: 'b' } } } },
  { subjects: Array.from({ length: 150 }, (_, index) => ({ id: `user_${index}` })) },
  { permissions: Array.from({ length: 1_000 }, (_, index) => `thing:${index}`) },
];

/** Specs of examples of the kinds, as they are or spoilt in some places. */
export function fuzzedManifest(...only: readonly string[]): fc.Arbitrary<FuzzedManifest> {
  const examples = exampleManifests().filter(({ kind }) => only.includes(kind));
  return fc
    .tuple(fc.constantFrom(...examples), fc.array(fc.constantFrom(...additions), { maxLength: 2 }), fc.array(mutation, { maxLength: 3 }))
    .map(([{ kind, spec }, added, mutations]) => ({
      kind,
      spec: spoilt(Object.assign({}, spec, ...added), mutations),
      label: mutations.map(({ name }) => name).join('; '),
    }));
}

function spoilt(spec: object, mutations: readonly { readonly spoil: (text: string, secret: string) => string }[]): unknown {
  let text = JSON.stringify(spec);
  for (const { spoil } of mutations) {
    const next = spoil(text, 'secret');
    // A manifest is JSON by the time that anybody looks at it.
    if (isJSON(next)) text = next;
  }
  return JSON.parse(text);
}

function isJSON(text: string): boolean {
  try {
    JSON.stringify(JSON.parse(text));
    return true;
  } catch {
    return false;
  }
}
