import type { DesiredRole, JsonValue } from '../../model/index.ts';
import type { Normalized, SpecProblem } from '../contract.ts';
import { reservedFor } from './metadata.ts';
import { organizationProblem } from './organizations.ts';
import { isUUID, permissionSlug } from './permissions.ts';

const namePattern = /^[A-Za-z0-9_-]{2,255}$/;

type Extras = DesiredRole['extras'];

/** Something brought into canonical spelling, and what is wrong with it. */
interface Part<T> {
  readonly value: T;
  readonly problems: readonly SpecProblem[];
}

/** A role as Frontier would report it, or what can't be kept there. Names are exact: case counts. */
export function normalize(desired: DesiredRole): Normalized {
  const permissions = normalizePermissions(desired.permissions);
  const extras = normalizeExtras(desired.extras);
  const problems = [
    ...organizationProblems(desired.ref.organization),
    ...nameProblems(desired.ref.slug),
    ...titleProblems(desired.displayName),
    ...permissions.problems,
    ...extras.problems,
  ];
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, role: { ...desired, permissions: permissions.value, extras: extras.value } };
}

function organizationProblems(organization: string): readonly SpecProblem[] {
  const message = organizationProblem(organization);
  return message === undefined ? [] : [{ field: 'spec.organization', message }];
}

function nameProblems(name: string): readonly SpecProblem[] {
  if (namePattern.test(name)) return [];
  return [
    {
      field: 'spec.slug',
      message: `${quote(name)} is not a name that Frontier takes: use 2 to 255 letters, digits, "-" and "_"`,
    },
  ];
}

function titleProblems(title: string | undefined): readonly SpecProblem[] {
  if (title !== '') return [];
  return [{ field: 'spec.displayName', message: 'is empty; give a title, or leave the field out to keep the present one' }];
}

function normalizePermissions(permissions: readonly string[]): Part<readonly string[]> {
  const problems: SpecProblem[] = [];
  const firstAt = new Map<string, number>();
  for (const [index, permission] of permissions.entries()) {
    const slug = permissionSlug(permission);
    const earlier = slug === undefined ? undefined : firstAt.get(slug);
    const field = `spec.permissions[${index}]`;
    if (slug === undefined || isUUID(permission)) problems.push({ field, message: permissionProblem(permission) });
    else if (earlier === undefined) firstAt.set(slug, index);
    else problems.push({ field, message: `${quote(permission)} is what spec.permissions[${earlier}] grants already; remove one` });
  }
  if (permissions.length === 0) {
    problems.push({ field: 'spec.permissions', message: 'is empty, and Frontier keeps no role without a permission; list at least one' });
  }
  return { value: [...firstAt.keys()].sort(), problems };
}

function permissionProblem(permission: string): string {
  if (isUUID(permission))
    return `${quote(permission)} is the uuid of a permission, which says nothing to a reader; write service.resource.verb`;
  return `${quote(permission)} is not a permission: write service.resource.verb, service/resource:verb or service_resource_verb`;
}

function normalizeExtras(extras: Extras): Part<Extras> {
  const parts = Object.keys(extras)
    .sort()
    .map((key) => ({ key, ...normalizeExtra(key, extras[key] ?? null) }));
  return {
    value: Object.fromEntries(parts.map(({ key, value }) => [key, value])),
    problems: parts.flatMap(({ problems }) => problems),
  };
}

function normalizeExtra(key: string, value: JsonValue): Part<JsonValue> {
  const field = `spec.frontier.${key}`;
  switch (key) {
    case 'scopes':
      return normalizeScopes(field, value);
    case 'metadata':
      return { value, problems: metadataProblems(field, value) };
    default:
      return { value, problems: [{ field, message: 'is no field of a Frontier role; remove it' }] };
  }
}

function normalizeScopes(field: string, value: JsonValue): Part<JsonValue> {
  if (!isTexts(value)) return { value, problems: [{ field, message: 'must be a list of resource types such as app/organization' }] };
  const lowered = value.map((scope) => scope.toLowerCase());
  const problems = lowered.flatMap((scope, index): readonly SpecProblem[] => {
    const place = `${field}[${index}]`;
    if (scope.trim() === '') return [{ field: place, message: 'is empty; a scope is a resource type such as app/organization' }];
    const earlier = lowered.indexOf(scope);
    if (earlier === index) return [];
    return [{ field: place, message: `is the same as ${field}[${earlier}] to Frontier, which lowers scopes; remove one` }];
  });
  return { value: lowered.sort(), problems };
}

function metadataProblems(field: string, value: JsonValue): readonly SpecProblem[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [{ field, message: 'must hold texts by their names' }];
  return Object.entries(value)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .flatMap(([key, entry]) => {
      const reserved = reservedFor(key);
      if (reserved !== undefined) return [{ field: `${field}.${key}`, message: reserved }];
      return typeof entry === 'string' ? [] : [{ field: `${field}.${key}`, message: 'must be a text' }];
    });
}

function isTexts(value: JsonValue): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function quote(text: string): string {
  return JSON.stringify(text);
}
