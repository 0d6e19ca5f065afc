import { names, type Role } from '../api/index.ts';
import type { ObservedRole, Refusal, RolePlan } from '../model/index.ts';
import {
  type CeilingGlobs,
  type CeilingGrant,
  checkCeiling,
  computeBlastRadius,
  guardRemovals,
  isApproved,
  isLevelAbove,
  planHash,
  protectedSlug,
  type RemovalInput,
  type RemovalUse,
} from '../plan/index.ts';
import type { Connection } from './connections.ts';
import { label, type RoleTarget } from './role-target.ts';

/** What has been removed lately, in the role's organization and through its provider object. */
export interface RemovalsLately {
  readonly organization: RemovalUse;
  readonly provider: RemovalUse;
}

/** A role that somebody in a namespace wants to manage, or to give to others. */
export interface LimitedRole {
  readonly namespace: string;
  readonly organization: string;
  readonly slug: string;
  /** Everything that the role will hold, in the provider's spelling; undefined where that can't be known. */
  readonly permissions: readonly string[] | undefined;
  /** What the provider itself says of how far it reaches. */
  readonly observed?: ObservedRole | undefined;
}

/** Why a role is out of bounds for a namespace at a provider, by what the owner of the provider object says. */
export function limitRole(connection: Connection, role: LimitedRole): Refusal | undefined {
  const { guardrails } = connection.limits;
  const { driver } = connection;
  const spelt = (part: 'slug' | 'permission', globs: readonly string[] | undefined): readonly string[] | undefined =>
    globs?.map((glob) => driver.canonicalGlob?.(part, glob) ?? glob);
  const grants = connection.limits.grants?.map((grant) => canonicalGrant(grant, spelt));
  const { namespace, organization, slug, permissions, observed } = role;
  return (
    protectedSlug(spelt('slug', guardrails?.protectedSlugs), slug) ??
    checkCeiling({
      grants,
      provider: label(connection.key),
      namespace,
      organization,
      slug,
      permissions,
      blastRadius: permissions === undefined ? undefined : levelOf(permissions, observed),
    })
  );
}

type Spelt = (part: 'slug' | 'permission', globs: readonly string[] | undefined) => readonly string[] | undefined;

/** A grant with its globs in the spelling in which slugs and permissions are compared. */
function canonicalGrant(grant: CeilingGrant, spelt: Spelt): CeilingGrant {
  const both = (part: 'slug' | 'permission', globs: CeilingGlobs | undefined): CeilingGlobs | undefined =>
    globs === undefined ? undefined : { allow: spelt(part, globs.allow), deny: spelt(part, globs.deny) };
  return { ...grant, slugs: both('slug', grant.slugs), permissions: both('permission', grant.permissions) };
}

/** The higher of what the provider says and what the permissions look like: neither can talk the other down. */
function levelOf(permissions: readonly string[], observed: ObservedRole | undefined) {
  const computed = computeBlastRadius({ permissions }).level;
  const said = observed?.blastRadius?.level;
  return said !== undefined && isLevelAbove(said, computed) ? said : computed;
}

/** The same for a Role as its plan would leave it. */
export function limitPlan(target: RoleTarget, plan: RolePlan | undefined, observed: ObservedRole | undefined): Refusal | undefined {
  const { ref, permissions } = target.desired;
  return limitRole(target.connection, {
    namespace: target.role.metadata.namespace ?? '',
    ...ref,
    // What others gave a role that is only added to counts as well: it can be handed on with the rest.
    permissions: target.mode === 'Additive' ? (plan?.target.permissions ?? permissions) : permissions,
    // What the provider says is of the role as it is: it has no say about permissions that are going to change.
    observed: plan?.permissions === undefined ? observed : undefined,
  });
}

/** Why the removals of a plan wait for a person. */
export function limitRemovals(
  target: RoleTarget,
  plan: RolePlan,
  observed: ObservedRole | undefined,
  cause: RemovalInput['cause'],
  lately: () => RemovalsLately,
): Refusal | undefined {
  if ((plan.permissions?.remove.length ?? 0) === 0) return undefined;
  const { metadata } = target.role;
  return guardRemovals({
    plan,
    observed: observed?.permissions.length ?? 0,
    cause,
    budget: target.connection.limits.guardrails?.removalBudget,
    used: lately(),
    approvedPlan: approvedPlan(target.role),
    approvedPlans: approvedPlans(target.role),
    provider: label(target.connection.key),
    object: { resource: 'orgrole', namespace: metadata.namespace ?? '', name: metadata.name },
  });
}

/**
 * Whether somebody approved exactly this plan of a Role. It was shown before the catalogue was asked what it doesn't know, which only plans
 * that may go through are worth.
 */
export function isApprovedPlan(role: Role, plan: RolePlan): boolean {
  return isApproved({ ...plan, createPermissions: [] }, approvedPlan(role), approvedPlans(role));
}

/** The hash of a plan as a person approves it. */
export function approvalHash(role: Role, plan: RolePlan): string {
  return planHash(plan, approvedPlans(role));
}

function approvedPlan({ metadata }: Role): string | undefined {
  return metadata.annotations?.[names.approvedPlan];
}

function approvedPlans({ status }: Role): number {
  return status?.approvedPlans ?? 0;
}
