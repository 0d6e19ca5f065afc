import type { DesiredRole } from '../../model/index.ts';
import type { Normalized, SpecProblem } from '../contract.ts';
import { assumptions } from './assumptions.ts';

const slugPattern = /^org-[a-z0-9_-]+$/;
const permissionPattern = /^[a-z0-9:._*-]+$/;
const { limits } = assumptions;

/**
 * A role as it can be kept through Karmo, or what can't. Nothing is corrected silently: a slug with a capital letter may be a slip of
 * somebody who has the lower-case one in use for something else.
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

/** Why a text can't be the id of an organization; undefined where it can. */
export function organizationProblem(organization: string): string | undefined {
  if (assumptions.organization.test(organization) && organization !== '.' && organization !== '..') return undefined;
  return `${quote(organization)} is not the id of an organization at Karmo, which is that of the access provider behind it, for example org_123`;
}

function organizationProblems(organization: string): readonly SpecProblem[] {
  const message = organizationProblem(organization);
  return message === undefined ? [] : [{ field: 'spec.organization', message }];
}

function slugProblems(slug: string): readonly SpecProblem[] {
  const field = 'spec.slug';
  if (slug.length > limits.slug) return [{ field, message: tooLong(slug, limits.slug) }];
  if (slugPattern.test(slug)) return [];
  const proposal = proposedSlug(slug);
  return [
    {
      field,
      message: `${quote(slug)} is not a slug that Karmo accepts: it must be "org-" and then lower-case letters, digits, "-" or "_"${proposal === undefined ? '' : `, for example ${quote(proposal)}`}`,
    },
  ];
}

function nameProblems(name: string | undefined): readonly SpecProblem[] {
  const field = 'spec.displayName';
  if (name === undefined) return [];
  if (name.trim() === '') return [{ field, message: 'is empty; give a name, or leave the field out to keep the present one' }];
  return name.length > limits.name ? [{ field, message: tooLong(name, limits.name) }] : [];
}

function descriptionProblems(description: string | undefined): readonly SpecProblem[] {
  if (description === undefined) return [];
  return [{ field: 'spec.description', message: "can't be kept: Karmo carries the name and the permissions of a role only; remove it" }];
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
  return `${quote(permission)} is not a permission slug: Karmo allows lower-case letters, digits and : . _ - *${hint}`;
}

function extraProblems(desired: DesiredRole): readonly SpecProblem[] {
  return Object.keys(desired.extras)
    .sort()
    .map((key) => ({ field: `spec.${key}`, message: 'roles at Karmo have no such field; remove it' }));
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
  return `is ${text.length} characters long; ${limit} are accepted at most`;
}

function quote(text: string): string {
  return JSON.stringify(text);
}
