import { type Check, firstRefusal, type Refusal } from '../model/index.ts';

/** How much may be removed without approval; the same two numbers hold for a role, an organization and a provider. */
export interface RemovalLimits {
  /** Share of what exists, 0 to 100; 30 unless given. 100 turns the three budgets off. */
  readonly percent?: number;
  /** Number of removals that always fits; 10 unless given. It is not multiplied by the number of roles. */
  readonly floor?: number;
}

/** What became of the permissions, or the holders, of an organization or a provider within the window. */
export interface RemovalUse {
  /** Removals so far that nobody approved, with those that are under way. */
  readonly removed: number;
  /** What exists by the last read of each organization, all roles together, and what was removed within the window. */
  readonly total: number;
}

/** The object whose plan it is, as `kubectl` finds it. */
export interface PlannedObject {
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

/** What removals are measured by, whatever they remove. */
export interface BudgetContext {
  readonly budget: RemovalLimits | undefined;
  readonly used: { readonly organization: RemovalUse; readonly provider: RemovalUse };
  /** Value of the annotation `rolekeeper.dev/approved-plan`. */
  readonly approvedPlan: string | undefined;
  /** The provider object as messages name it, for example `RoleProvider "team/default"`. */
  readonly provider: string;
  readonly object: PlannedObject;
}

/** Removals that are about to be made, of permissions or of holders. */
export interface BudgetInput extends BudgetContext {
  /** How many. */
  readonly count: number;
  /** How many the role has. */
  readonly existing: number;
  /** As messages begin, for example `Role "reader" of organization "org_1" would lose 3 permissions`. */
  readonly wouldRemove: string;
  /** Why they wait whatever the budget; undefined when they don't. */
  readonly always: string | undefined;
  /** What is not done meanwhile, as a sentence. */
  readonly meanwhile: string;
  /** Hash of the plan. */
  readonly hash: string;
}

const defaultPercent = 30;
const defaultFloor = 10;

/** Whatever makes removals wait, narrowest first: the nearer the cause, the easier it is to find. */
const limits: readonly Check<BudgetInput>[] = [
  takeover, // nobody has said yet that what a stranger gave may go
  roleBudget, // one wrong manifest
  organizationBudget, // many wrong manifests, or one that comes in slices
  providerBudget, // a wrong commit for every organization
];

/** Why removals must wait for a person; undefined when they may be made now. */
export function guardBudget(input: BudgetInput): Refusal | undefined {
  if (input.count === 0 || input.approvedPlan === input.hash) return undefined;
  return firstRefusal(limits, input);
}

/** How many of `total` may be removed without approval: `floor` or `percent` of them, whichever is more. Infinity when the budget is off. */
export function allowedRemovals(budget: RemovalLimits | undefined, total: number): number {
  const { percent, floor } = limitsOf(budget);
  if (percent >= 100) return Number.POSITIVE_INFINITY;
  return Math.max(floor, Math.floor((percent * total) / 100));
}

function limitsOf(budget: RemovalLimits | undefined): Required<RemovalLimits> {
  return { percent: budget?.percent ?? defaultPercent, floor: budget?.floor ?? defaultFloor };
}

function takeover(input: BudgetInput): Refusal | undefined {
  return input.always === undefined ? undefined : wait(input, `${input.wouldRemove} of its ${input.existing}. ${input.always}`);
}

function roleBudget(input: BudgetInput): Refusal | undefined {
  const allowed = allowedRemovals(input.budget, input.existing);
  if (input.count <= allowed) return undefined;
  return wait(
    input,
    `${input.wouldRemove} of its ${input.existing}, and ${budgetAllows(input, allowed)} for one role ${arithmetic(input)}.`,
  );
}

function organizationBudget(input: BudgetInput): Refusal | undefined {
  return sharedBudget(input, input.used.organization, 'the organization');
}

function providerBudget(input: BudgetInput): Refusal | undefined {
  return sharedBudget(input, input.used.provider, 'the provider');
}

function sharedBudget(input: BudgetInput, { removed, total }: RemovalUse, where: string): Refusal | undefined {
  const allowed = allowedRemovals(input.budget, total);
  const sum = Math.max(0, removed) + input.count;
  // A number that isn't one compares as false and waits.
  if (sum <= allowed) return undefined;
  const before = `with ${removed} removed before within the window that makes ${sum} of the ${total} of ${where}`;
  return wait(input, `${input.wouldRemove}; ${before}, and ${budgetAllows(input, allowed)} ${arithmetic(input)}.`);
}

function budgetAllows({ provider }: BudgetInput, allowed: number): string {
  return `the removal budget of ${provider} allows ${allowed}`;
}

function arithmetic({ budget }: BudgetInput): string {
  const { percent, floor } = limitsOf(budget);
  return `(${percent} %, at least ${floor})`;
}

/** The command ends the message, without a full stop, so that it can be copied as it stands. */
function wait({ hash, approvedPlan, meanwhile, object }: BudgetInput, why: string): Refusal {
  const isOutdated = approvedPlan !== undefined && approvedPlan !== '';
  const outdated = isOutdated ? 'The approved plan no longer is the current one. ' : '';
  const command = `kubectl annotate ${object.resource} ${object.name} -n ${object.namespace} --overwrite rolekeeper.dev/approved-plan=${hash}`;
  return {
    reason: 'PlanPending',
    message: `${why} ${meanwhile} ${outdated}Look at status.plan; if that is meant, approve exactly this plan: ${command}`,
    terminal: true,
  };
}
