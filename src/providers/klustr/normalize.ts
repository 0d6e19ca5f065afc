import type { DesiredRole, JsonValue } from '../../model/index.ts';
import type { Normalized, SpecProblem } from '../contract.ts';
import { stages } from './contract.ts';
import { canonicalID, isBuiltIn } from './ids.ts';

const organizationPattern = /^[^\s/?#%\\:]+$/;
const idPattern = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;

/** Parts of the API's own paths: a role of that id could be made and never be read. */
const pathWords: ReadonlySet<string> = new Set(['generate', 'permissions']);

/**
 * A role as Klustr would report it, or what can't be kept there. The slug is lowered, since Klustr takes ids that differ in case
 * only for the same; permissions are free text and stay as they are.
 */
export function normalize(desired: DesiredRole): Normalized {
  const slug = canonicalID(desired.ref.slug);
  const problems = [
    ...organizationProblems(desired.ref.organization),
    ...slugProblems(slug),
    ...nameProblems(desired.displayName),
    ...permissionProblems(desired.permissions),
    ...extraProblems(desired.extras),
  ];
  if (problems.length > 0) return { ok: false, problems };
  const { generate, ...extras } = desired.extras;
  const kept = generate === true ? { ...extras, generate } : extras;
  return { ok: true, role: { ...desired, ref: { ...desired.ref, slug }, permissions: [...desired.permissions].sort(), extras: kept } };
}

function organizationProblems(organization: string): readonly SpecProblem[] {
  if (organizationPattern.test(organization) && organization !== '.' && organization !== '..') return [];
  return [
    {
      field: 'spec.organization',
      message: `${quote(organization)} is not the id of a Klustr organization; ids usually are the lower-case domain, for example acme.test`,
    },
  ];
}

function slugProblems(id: string): readonly SpecProblem[] {
  const message = slugProblem(id);
  return message === undefined ? [] : [{ field: 'spec.slug', message: `${quote(id)} ${message}` }];
}

function slugProblem(id: string): string | undefined {
  if (id.includes('_')) {
    const hint = idPattern.test(id.replaceAll('_', '-')) ? `; use ${quote(id.replaceAll('_', '-'))}` : '';
    return `has a "_", with which Klustr loses sight of who holds the role: it stores holders under roles_<id> and splits that at every "_"${hint}`;
  }
  if (!idPattern.test(id))
    return 'is not an id that can be kept at Klustr: use letters, digits, "." and "-", beginning and ending with a letter or digit';
  if (pathWords.has(id)) return "is part of the paths of Klustr's API, so a role of that id could not be read; use another one";
  if (isBuiltIn(id)) {
    return 'is an id that Klustr gives to roles of its own (admin, ….admin.role, ….read-only.role), and those are never changed; use another one';
  }
  return undefined;
}

function nameProblems(name: string | undefined): readonly SpecProblem[] {
  if (name !== '') return [];
  return [{ field: 'spec.displayName', message: 'is empty; give a name, or leave the field out to keep the present one' }];
}

function permissionProblems(permissions: readonly string[]): readonly SpecProblem[] {
  const firstAt = new Map<string, number>();
  return permissions.flatMap((permission, index) => {
    const field = `spec.permissions[${index}]`;
    const earlier = firstAt.get(permission);
    if (earlier !== undefined)
      return [{ field, message: `${quote(permission)} stands at spec.permissions[${earlier}] already; remove one` }];
    firstAt.set(permission, index);
    return permission.trim() === '' ? [{ field, message: 'is empty; a permission is a scope such as billing.invoices.read' }] : [];
  });
}

function extraProblems(extras: DesiredRole['extras']): readonly SpecProblem[] {
  return Object.keys(extras)
    .sort()
    .flatMap((key) => {
      const message = extraProblem(key, extras[key]) ?? (key === 'generate' ? generateProblem(extras) : undefined);
      return message === undefined ? [] : [{ field: `spec.klustr.${key}`, message }];
    });
}

function extraProblem(key: string, value: JsonValue | undefined): string | undefined {
  switch (key) {
    case 'namespace':
      return typeof value === 'string' && value !== '' ? undefined : 'must be a text with at least one character';
    case 'stage':
      return stages.some((stage) => stage === value) ? undefined : `must be one of ${stages.join(', ')}`;
    case 'generate':
      return typeof value === 'boolean' ? undefined : 'must be true or false';
    default:
      return 'is no field of a Klustr role; remove it';
  }
}

function generateProblem({ generate, namespace }: DesiredRole['extras']): string | undefined {
  return generate === true && namespace === undefined ? 'needs spec.klustr.namespace, whose roles are to be generated' : undefined;
}

function quote(text: string): string {
  return JSON.stringify(text);
}
