import { type Check, firstRefusal, type Refusal, type RolePlan } from '../model/index.ts';
import { planHash } from './canonical.ts';

/** How much may be removed without approval; the same two numbers hold for a role, an organization and a provider. */
export interface RemovalLimits {
  /** Share of what exists, 0 to 100; 30 unless given. 100 turns the three budgets off. */
  readonly percent?: number;
  /** Number of removals that always fits; 10 unless given. It is not multiplied by the number of roles. */
  readonly floor?: number;
}

/** What became of the permissions of an organization or a provider within the window. */
export interface RemovalUse {
  /** Removals so far that nobody approved, with those that are under way. */
  readonly removed: number;
  /** What exists by the last read of each organization, all roles together, and what was removed within the window. */
  readonly total: number;
}

/** What is known when a plan that removes permissions is about to be carried out. */
export interface RemovalInput {
  /** As it would be carried out, with permissions to create: the hash is taken of this. */
  readonly plan: RolePlan;
  /** Number of permissions that the role has at the provider. */
  readonly observed: number;
  readonly cause: 'create' | 'adopt' | 'spec' | 'drift' | 'repeat';
  readonly budget: RemovalLimits | undefined;
  readonly used: { readonly organization: RemovalUse; readonly provider: RemovalUse };
  /** Value of the annotation `rolekeeper.dev/approved-plan`. */
  readonly approvedPlan: string | undefined;
  /** Number of approved plans of the role that have been carried out. */
  readonly approvedPlans: number;
  /** The provider object as messages name it, for example `RoleProvider "team/default"`. */
  readonly provider: string;
  /** The Role as `kubectl` finds it. */
  readonly object: { readonly resource: string; readonly namespace: string; readonly name: string };
}

const defaultPercent = 30;
const defaultFloor = 10;

/** Whatever makes removals wait, narrowest first: the nearer the cause, the easier it is to find. */
const limits: readonly Check<RemovalInput>[] = [
  takeover, // nobody has said yet that what a stranger gave the role may go
  roleBudget, // one wrong manifest
  organizationBudget, // many wrong manifests, or one that comes in slices
  providerBudget, // a wrong commit for every organization
];

/** Why the removals of a plan must wait; undefined when they may be made now. A plan that removes nothing never waits. */
export function guardRemovals(input: RemovalInput): Refusal | undefined {
  if (countOf(input) === 0 || isApproved(input.plan, input.approvedPlan, input.approvedPlans)) return undefined;
  return firstRefusal(limits, input);
}

/** Whether somebody approved exactly this plan, after the last one that was carried out. */
export function isApproved(plan: RolePlan, approvedPlan: string | undefined, approvedPlans: number): boolean {
  return approvedPlan === planHash(plan, approvedPlans);
}

/**
 * How many of `total` permissions may be removed without approval: `floor` or `percent` of them, whichever is more. Infinity when the
 * budget is off.
 */
export function allowedRemovals(budget: RemovalLimits | undefined, total: number): number {
  const { percent, floor } = limitsOf(budget);
  if (percent >= 100) return Number.POSITIVE_INFINITY;
  return Math.max(floor, Math.floor((percent * total) / 100));
}

function limitsOf(budget: RemovalLimits | undefined): Required<RemovalLimits> {
  return { percent: budget?.percent ?? defaultPercent, floor: budget?.floor ?? defaultFloor };
}

function takeover(input: RemovalInput): Refusal | undefined {
  if (input.cause !== 'adopt') return undefined;
  return wait(
    input,
    `${wouldRemove(input)} of its ${input.observed}. The role is being taken over, and then every removal waits, whatever the budget.`,
  );
}

function roleBudget(input: RemovalInput): Refusal | undefined {
  const allowed = allowedRemovals(input.budget, input.observed);
  if (countOf(input) <= allowed) return undefined;
  return wait(
    input,
    `${wouldRemove(input)} of its ${input.observed}, and ${budgetAllows(input, allowed)} for one role ${arithmetic(input)}.`,
  );
}

function organizationBudget(input: RemovalInput): Refusal | undefined {
  return sharedBudget(input, input.used.organization, 'the organization');
}

function providerBudget(input: RemovalInput): Refusal | undefined {
  return sharedBudget(input, input.used.provider, 'the provider');
}

function sharedBudget(input: RemovalInput, { removed, total }: RemovalUse, where: string): Refusal | undefined {
  const allowed = allowedRemovals(input.budget, total);
  const sum = Math.max(0, removed) + countOf(input);
  // A number that isn't one compares as false and waits.
  if (sum <= allowed) return undefined;
  const before = `with ${removed} removed before within the window that makes ${sum} of the ${total} of ${where}`;
  return wait(input, `${wouldRemove(input)}; ${before}, and ${budgetAllows(input, allowed)} ${arithmetic(input)}.`);
}

function countOf({ plan }: RemovalInput): number {
  return plan.permissions?.remove.length ?? 0;
}

function wouldRemove(input: RemovalInput): string {
  const { slug, organization } = input.plan.ref;
  const count = countOf(input);
  return `Role "${slug}" of organization "${organization}" would lose ${count} ${count === 1 ? 'permission' : 'permissions'}`;
}

function budgetAllows({ provider }: RemovalInput, allowed: number): string {
  return `the removal budget of ${provider} allows ${allowed}`;
}

function arithmetic({ budget }: RemovalInput): string {
  const { percent, floor } = limitsOf(budget);
  return `(${percent} %, at least ${floor})`;
}

/** The command ends the message, without a full stop, so that it can be copied as it stands. */
function wait({ plan, approvedPlan, approvedPlans, object }: RemovalInput, why: string): Refusal {
  const isOutdated = approvedPlan !== undefined && approvedPlan !== '';
  const outdated = isOutdated ? 'The approved plan no longer is the current one. ' : '';
  const command = `kubectl annotate ${object.resource} ${object.name} -n ${object.namespace} --overwrite rolekeeper.dev/approved-plan=${planHash(plan, approvedPlans)}`;
  return {
    reason: 'PlanPending',
    message: `${why} Nothing was written. ${outdated}Look at status.plan; if that is meant, approve exactly this plan: ${command}`,
    terminal: true,
  };
}
