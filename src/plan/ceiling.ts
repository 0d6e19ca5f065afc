import type { Refusal } from '../model/index.ts';
import { type BlastRadiusLevel, isLevelAbove } from './blast-radius.ts';
import { covers, matches, overlaps } from './globs.ts';
import { quoteName, quoteNames } from './names.ts';
import { sortedUnique } from './sets.ts';

/** Globs that allow and deny; deny wins. */
export interface CeilingGlobs {
  /** What is allowed. Undefined: everything; an empty list: nothing. */
  readonly allow?: readonly string[] | undefined;
  /** What is denied, whatever `allow` says. */
  readonly deny?: readonly string[] | undefined;
}

/** What the namespaces of one entry of `spec.grants` may manage. A part that is undefined restricts nothing. */
export interface CeilingGrant {
  /** Globs. */
  readonly namespaces: readonly string[];
  readonly organizations?: CeilingGlobs | undefined;
  readonly slugs?: CeilingGlobs | undefined;
  readonly permissions?: CeilingGlobs | undefined;
  readonly maxBlastRadius?: BlastRadiusLevel | undefined;
}

/** A role as it will be at the provider after the change, and who wants it so. */
export interface CeilingInput {
  /** Undefined: nothing is restricted; an empty list: nothing is allowed. */
  readonly grants: readonly CeilingGrant[] | undefined;
  /** The provider object that has the grants, as messages name it, for example `ClusterRoleProvider "shared"`. */
  readonly provider: string;
  readonly namespace: string;
  readonly organization: string;
  /** Canonical. */
  readonly slug: string;
  /** Every permission that the role will have, canonical, whoever gave it; undefined where that can't be known. */
  readonly permissions: readonly string[] | undefined;
  /** Undefined: not known. */
  readonly blastRadius: BlastRadiusLevel | undefined;
}

/** What one part of the grants says against a role. */
interface Excess {
  /** How far it is from what is allowed, by part: organization, slug, permissions, blast radius. */
  readonly distance: readonly number[];
  /** One text for each limit that is exceeded, the limit first. */
  readonly limits: readonly string[];
}

const namesInMessage = 10;

/** Permissions that nobody can read may be any. */
const anyPermission: readonly string[] = ['*'];

/**
 * Why a namespace may not manage a role as it will be; undefined when it may. What the deny lists of any grant of the namespace
 * deny is refused; of what is left, one grant must allow everything together. The message tells of the namespace's own grants only.
 */
export function checkCeiling(input: CeilingInput): Refusal | undefined {
  const { grants, namespace, provider } = input;
  if (grants === undefined) return undefined;
  const own = grants.filter(({ namespaces }) => namespaces.some((glob) => matches(glob, namespace)));
  if (own.length === 0) return refusal(input, `no entry of spec.grants of ${provider} is for this namespace`);
  const denied = deniedBy(own, input);
  if (denied.limits.length > 0) return refusal(input, `in spec.grants of ${provider}, ${denied.limits.join('; ')}`);
  const nearest = own.map((grant) => notAllowedBy(grant, input)).reduce((best, next) => (isNearer(next, best) ? next : best));
  if (nearest.limits.length === 0) return undefined;
  const where = own.length === 1 ? '' : 'the nearest of several entries of ';
  return refusal(input, `in ${where}spec.grants of ${provider}, ${nearest.limits.join('; ')}`);
}

/** Why a slug may not be managed by anybody; undefined when none of the globs in `spec.guardrails.protectedSlugs` matches it. */
export function protectedSlug(globs: readonly string[] | undefined, slug: string): Refusal | undefined {
  const hits = sortedUnique(globs ?? []).filter((glob) => overlaps(glob, slug));
  if (hits.length === 0) return undefined;
  return {
    reason: 'Protected',
    message: `Slug ${quoteName(slug)} is protected: spec.guardrails.protectedSlugs of the provider object lists ${quoteNames(hits, namesInMessage)}. Use another slug, or ask the owner of the provider object to take this one off the list.`,
    terminal: true,
  };
}

function deniedBy(grants: readonly CeilingGrant[], input: CeilingInput): Excess {
  const globs = (part: 'organizations' | 'slugs' | 'permissions'): readonly string[] => grants.flatMap((grant) => grant[part]?.deny ?? []);
  const denied = (part: readonly string[], names: readonly string[]): readonly string[] =>
    names.filter((name) => part.some((glob) => overlaps(glob, name)));
  return excess(input, {
    organizations: denied(globs('organizations'), [input.organization]),
    slugs: denied(globs('slugs'), [input.slug]),
    permissions: denied(globs('permissions'), input.permissions ?? anyPermission),
    list: 'deny',
    verb: 'denies',
  });
}

function notAllowedBy({ organizations, slugs, permissions, maxBlastRadius }: CeilingGrant, input: CeilingInput): Excess {
  const left = (part: CeilingGlobs | undefined, names: readonly string[]): readonly string[] => {
    const allow = part?.allow;
    return allow === undefined ? [] : names.filter((name) => !allow.some((glob) => covers(glob, name)));
  };
  const named = excess(input, {
    organizations: left(organizations, [input.organization]),
    slugs: left(slugs, [input.slug]),
    permissions: left(permissions, input.permissions ?? anyPermission),
    list: 'allow',
    verb: "doesn't cover",
  });
  const reach = reachAbove(maxBlastRadius, input);
  return {
    distance: [...named.distance, reach === undefined ? 0 : 1],
    limits: reach === undefined ? named.limits : [...named.limits, reach],
  };
}

function excess(
  input: CeilingInput,
  found: Readonly<Record<'organizations' | 'slugs' | 'permissions', readonly string[]>> & { readonly list: string; readonly verb: string },
): Excess {
  const { organizations, slugs, list, verb } = found;
  const permissions = sortedUnique(found.permissions);
  const limits: string[] = [];
  if (organizations.length > 0) limits.push(`organizations.${list} ${verb} organization ${quoteName(input.organization)}`);
  if (slugs.length > 0) limits.push(`slugs.${list} ${verb} slug ${quoteName(input.slug)}`);
  if (permissions.length > 0) limits.push(`permissions.${list} ${permissionsText(input, verb, permissions)}`);
  return { distance: [organizations.length, slugs.length, permissions.length], limits };
}

function permissionsText(input: CeilingInput, verb: string, names: readonly string[]): string {
  if (input.permissions === undefined) return "restricts permissions, and those of this role can't be read";
  const count = names.length === 1 ? 'permission' : `${names.length} permissions:`;
  const note = names.some((name) => name.includes('*')) ? ' (one with "*" counts as everything that it would match)' : '';
  return `${verb} ${count} ${quoteNames(names, namesInMessage)}${note}`;
}

/** A level is an estimate of permissions, so without them there is none. */
function reachAbove(limit: BlastRadiusLevel | undefined, { permissions, blastRadius }: CeilingInput): string | undefined {
  if (limit === undefined) return undefined;
  if (permissions === undefined || blastRadius === undefined)
    return `maxBlastRadius is ${limit}, and the blast radius of this role isn't known`;
  return isLevelAbove(blastRadius, limit) ? `maxBlastRadius is ${limit}, and the blast radius of this role is ${blastRadius}` : undefined;
}

/** Equally near ones are told apart by their text, so that the order of the grants doesn't change the message. */
function isNearer(left: Excess, right: Excess): boolean {
  for (const [index, distance] of left.distance.entries()) {
    const other = right.distance[index] ?? 0;
    if (distance !== other) return distance < other;
  }
  return left.limits.join() < right.limits.join();
}

function refusal({ namespace, organization, slug, provider }: CeilingInput, why: string): Refusal {
  return {
    reason: 'CeilingExceeded',
    message: `Namespace ${quoteName(namespace)} may not manage role ${quoteName(slug)} of organization ${quoteName(organization)} as it would be: ${why}. Ask for less, or ask the owner of ${provider} to widen spec.grants.`,
    terminal: true,
  };
}
