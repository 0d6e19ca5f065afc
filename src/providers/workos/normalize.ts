import type { DesiredRole } from '../../model/index.ts';
import type { Normalized, SpecProblem } from '../contract.ts';

/** Lengths that WorkOS accepts, in UTF-16 code units: the narrowest way to count, so nothing passes here and fails there. */
const limits = { slug: 48, name: 48, description: 150, permission: 48 } as const;

const organizationPattern = /^[A-Za-z0-9_-]+$/;
const slugPattern = /^org-[a-z0-9_-]+$/;
const permissionPattern = /^[a-z0-9_:.*-]+$/;

/**
 * A role as WorkOS would report it, or what WorkOS would refuse. Nothing is corrected silently: a slug with a capital letter
 * may be a slip of somebody who has the lower-case one in use for something else.
 */
export function normalize(desired: DesiredRole): Normalized {
  const problems = [
    ...organizationProblems(desired.ref.organization),
    ...slugProblems(desired.ref.slug),
    ...nameProblems(desired.displayName),
    ...descriptionProblems(desired.description),
    ...permissionProblems(desired.permissions),
    ...extraProblems(desired),
  ];
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, role: { ...desired, permissions: [...desired.permissions].sort() } };
}

function organizationProblems(organization: string): readonly SpecProblem[] {
  if (organizationPattern.test(organization)) return [];
  return [
    {
      field: 'spec.organization',
      message: `${quote(organization)} is not a WorkOS organization id; ids look like org_01EHQMYV6MBK39QC5PZXHY59C3 and stand in the dashboard under Organizations`,
    },
  ];
}

function slugProblems(slug: string): readonly SpecProblem[] {
  const field = 'spec.slug';
  if (slug.length > limits.slug) return [{ field, message: tooLong(slug, limits.slug) }];
  if (slugPattern.test(slug)) return [];
  const proposal = proposedSlug(slug);
  return [
    {
      field,
      message: `${quote(slug)} is not a slug that WorkOS accepts for organization roles: it must be "org-" and then lower-case letters, digits, "-" or "_"${proposal === undefined ? '' : `, for example ${quote(proposal)}`}`,
    },
  ];
}

function nameProblems(name: string | undefined): readonly SpecProblem[] {
  const field = 'spec.displayName';
  if (name === undefined) return [];
  if (name === '')
    return [{ field, message: 'is empty; WorkOS roles have a name: give one, or leave the field out to keep the present one' }];
  return name.length > limits.name ? [{ field, message: tooLong(name, limits.name) }] : [];
}

function descriptionProblems(description: string | undefined): readonly SpecProblem[] {
  if (description === undefined || description.length <= limits.description) return [];
  return [{ field: 'spec.description', message: tooLong(description, limits.description) }];
}

function permissionProblems(permissions: readonly string[]): readonly SpecProblem[] {
  const firstAt = new Map<string, number>();
  return permissions.flatMap((permission, index) => {
    const field = `spec.permissions[${index}]`;
    const earlier = firstAt.get(permission);
    if (earlier !== undefined)
      return [{ field, message: `${quote(permission)} stands at spec.permissions[${earlier}] already; remove one` }];
    firstAt.set(permission, index);
    const message = permissionProblem(permission);
    return message === undefined ? [] : [{ field, message }];
  });
}

function permissionProblem(permission: string): string | undefined {
  if (permission.length > limits.permission) return tooLong(permission, limits.permission);
  if (permissionPattern.test(permission)) return undefined;
  const lower = permission.toLowerCase();
  const hint = permissionPattern.test(lower) ? `; did you mean ${quote(lower)}?` : '';
  return `${quote(permission)} is not a permission slug: WorkOS allows lower-case letters, digits and - _ : . *${hint}`;
}

function extraProblems(desired: DesiredRole): readonly SpecProblem[] {
  return Object.keys(desired.extras)
    .sort()
    .map((key) => ({ field: `spec.${key}`, message: 'WorkOS roles have no such field; remove it' }));
}

/** The nearest slug that would do; undefined when nothing of the given one is left. */
function proposedSlug(slug: string): string | undefined {
  const rest = slug
    .toLowerCase()
    .replace(/^org[-_.]?/, '')
    .replaceAll(/[^a-z0-9_-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  return rest === '' ? undefined : `org-${rest}`.slice(0, limits.slug);
}

function tooLong(text: string, limit: number): string {
  return `is ${text.length} characters long; WorkOS accepts ${limit} at most`;
}

function quote(text: string): string {
  return JSON.stringify(text);
}
