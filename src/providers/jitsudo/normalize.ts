import type { DesiredRole } from '../../model/index.ts';
import type { Normalized, SpecProblem } from '../contract.ts';
import { assumptions } from './assumptions.ts';
import { isTenantID } from './tenant.ts';

/**
 * A role as jitsudo would report it, or what can't be kept there. Nothing is corrected silently: one tenant in two spellings would
 * be written by two lanes, and a slug with a capital letter may be a slip.
 */
export function normalize(desired: DesiredRole): Normalized {
  const problems = [
    ...organizationProblems(desired.ref.organization),
    ...slugProblems(desired.ref.slug),
    ...nameProblems(desired.displayName),
    ...permissionProblems(desired.permissions),
    ...extraProblems(desired),
  ];
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, role: { ...desired, permissions: [...desired.permissions].sort() } };
}

function organizationProblems(organization: string): readonly SpecProblem[] {
  if (isTenantID(organization)) return [];
  const lower = organization.toLowerCase();
  const hint = isTenantID(lower) ? `; write it in lower case: ${quote(lower)}` : '';
  return [
    {
      field: 'spec.organization',
      message: `${quote(organization)} is not the id of a jitsudo tenant, which is a uuid in lower case${hint}`,
    },
  ];
}

function slugProblems(slug: string): readonly SpecProblem[] {
  if (assumptions.slug.test(slug)) return [];
  const proposal = proposedSlug(slug);
  const hint = proposal === undefined ? '' : `, for example ${quote(proposal)}`;
  return [
    {
      field: 'spec.slug',
      message: `${quote(slug)} is not a slug for a jitsudo role: use lower-case letters, digits, "-" and "_", beginning with a letter or digit${hint}`,
    },
  ];
}

function nameProblems(name: string | undefined): readonly SpecProblem[] {
  if (name !== '') return [];
  return [{ field: 'spec.displayName', message: 'is empty; give a name, or leave the field out to keep the present one' }];
}

/** Which scopes there are is the catalogue's to say. */
function permissionProblems(permissions: readonly string[]): readonly SpecProblem[] {
  const firstAt = new Map<string, number>();
  return permissions.flatMap((permission, index) => {
    const field = `spec.permissions[${index}]`;
    const earlier = firstAt.get(permission);
    if (earlier !== undefined)
      return [{ field, message: `${quote(permission)} stands at spec.permissions[${earlier}] already; remove one` }];
    firstAt.set(permission, index);
    return permission.trim() === '' ? [{ field, message: 'is empty; a permission is a scope such as requests:read' }] : [];
  });
}

function extraProblems(desired: DesiredRole): readonly SpecProblem[] {
  return Object.keys(desired.extras)
    .sort()
    .map((key) => ({ field: `spec.${key}`, message: 'jitsudo roles have no such field; remove it' }));
}

/** The nearest slug that would do; undefined when nothing of the given one is left. */
function proposedSlug(slug: string): string | undefined {
  const proposal = slug
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]+/g, '-')
    .replaceAll(/^[-_]+|-+$/g, '');
  return proposal === '' ? undefined : proposal;
}

function quote(text: string): string {
  return JSON.stringify(text);
}
