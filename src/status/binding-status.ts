import {
  type GrantedRole,
  names,
  type OwnGrant,
  type Reason,
  type RemovalRecord,
  type RevocationPlan,
  type RoleBinding,
  type RoleBindingStatus,
  reasons,
  type SubjectFailure,
} from '../api/index.ts';
import { type ConditionDraft, condition, getCondition, settleConditions } from './conditions.ts';
import { type Outcome, outcomeConditions } from './outcome.ts';
import { addRemoval, longestList, present } from './values.ts';

const texts = {
  available: 'Every subject that is to hold the role holds it.',
  asserted: () => 'The grants were sent; this provider does not tell who holds a role.',
  creating: 'The grants are being made at the provider.',
};

/** Everything that a pass learned of a RoleBinding, besides how it ended. An undefined field keeps what the status says; null removes it. */
export interface BindingFacts {
  readonly outcome: Outcome;
  readonly role?: GrantedRole;
  /** Own grants, sorted by kind and id. */
  readonly grants?: readonly OwnGrant[];
  /** Number of subjects that are to hold the role now. */
  readonly desired?: number;
  /** Number of those that hold it. */
  readonly granted?: number;
  /** Number of grants that end soon. */
  readonly expiring?: number;
  /** All of them, sorted by subject. */
  readonly failures?: readonly SubjectFailure[];
  readonly fallbackRole?: string | null;
  /** RFC 3339. */
  readonly nextTransition?: string | null;
  readonly assertedHash?: string;
  /** Who holds the role although the binding says otherwise, or the reverse, before this pass mended it; null when nobody. */
  readonly drift?: { readonly add: number; readonly remove: number } | null;
  readonly handledReconcileAt?: string;
  /** Revocations that wait; null when none do. */
  readonly plan?: RevocationPlan | null;
  /** What was revoked without approval, since the status was last told of revocations. */
  readonly removed?: RemovalRecord;
  /** An approved plan was carried out, as far as it could be. */
  readonly isApprovalSpent?: true;
  /** Nobody else holds the role of an Authoritative binding. */
  readonly exclusive?: true;
}

/**
 * The status after a pass. What the pass didn't learn stays as it was. `now` is an RFC 3339 time, used only where a condition's status
 * changed.
 */
export function nextBindingStatus(binding: RoleBinding, facts: BindingFacts, now: string): RoleBindingStatus {
  const previous = binding.status ?? {};
  const generation = binding.metadata.generation ?? 0;
  const isObserved = facts.outcome.kind === 'inSync' && facts.outcome.verification === 'Observed';
  const grants = facts.grants ?? previous.grants ?? [];
  const drafts = [...outcomeConditions(binding, facts.outcome, texts), driftedCondition(binding, facts)];
  return {
    observedGeneration: generation,
    conditions: settleConditions(previous.conditions, drafts, generation, now),
    ...present({ role: facts.role ?? previous.role, grants: grants.length === 0 ? undefined : grants }),
    ...subjectCounts(previous, facts),
    ...failureList(previous, facts),
    ...present({
      plan: keep(previous.plan, facts.plan),
      approvedPlans: approvedPlans(binding, facts),
      removals: addRemoval(previous.removals, facts.removed),
      exclusive: exclusive(binding, facts),
      fallbackRole: keep(previous.fallbackRole, facts.fallbackRole),
      nextTransition: keep(previous.nextTransition, facts.nextTransition),
      verification: facts.outcome.kind === 'inSync' ? facts.outcome.verification : previous.verification,
      assertedHash: isObserved ? undefined : (facts.assertedHash ?? previous.assertedHash),
      lastHandledReconcileAt: facts.handledReconcileAt ?? previous.lastHandledReconcileAt,
    }),
  };
}

function keep<T>(previous: T | undefined, next: T | null | undefined): T | undefined {
  return next === undefined ? previous : (next ?? undefined);
}

/** What was seen of one role says nothing about another one, nor about what others gave while the binding wasn't Authoritative. */
function exclusive({ spec, status }: RoleBinding, { role, exclusive: seen }: BindingFacts): true | undefined {
  if (spec.managementMode !== 'Authoritative') return undefined;
  return seen === true || isExclusive(status, role ?? status?.role) ? true : undefined;
}

/** Whether a role was seen to be held by nobody else. */
export function isExclusive(status: RoleBindingStatus | undefined, role: GrantedRole | undefined): boolean {
  return status?.exclusive === true && isSameRole(status.role, role);
}

/** Whether both are the same role at the same provider object. */
export function isSameRole(one: GrantedRole | undefined, other: GrantedRole | undefined): boolean {
  return one !== undefined && other !== undefined && placeOf(one) === placeOf(other);
}

function placeOf({ providerRef, organization, slug }: GrantedRole): string {
  return [providerRef.kind ?? 'RoleProvider', providerRef.name ?? 'default', organization, slug].join('\n');
}

/**
 * The plan that was waiting with this very approval was carried out, as far as it could be: its hash isn't to let anything through again, nor
 * is one that was carried out when another plan was shown.
 */
function approvedPlans({ metadata, status }: RoleBinding, { plan, isApprovalSpent }: BindingFacts): number | undefined {
  const waiting = status?.plan?.hash;
  const isUsed = plan === null && waiting !== undefined && metadata.annotations?.[names.approvedPlan] === waiting;
  return isUsed || isApprovalSpent === true ? (status?.approvedPlans ?? 0) + 1 : status?.approvedPlans;
}

function subjectCounts(previous: RoleBindingStatus, facts: BindingFacts): Pick<RoleBindingStatus, 'subjects'> {
  const { desired = previous.subjects?.desired } = facts;
  if (desired === undefined) return {};
  const expiring = facts.expiring ?? previous.subjects?.expiring ?? 0;
  return {
    subjects: {
      desired,
      granted: facts.granted ?? previous.subjects?.granted ?? 0,
      failed: facts.failures?.length ?? previous.subjects?.failed ?? 0,
      ...(expiring === 0 ? {} : { expiring }),
    },
  };
}

function failureList(
  previous: RoleBindingStatus,
  { failures = previous.failures ?? [] }: BindingFacts,
): Pick<RoleBindingStatus, 'failures'> {
  return failures.length === 0 ? {} : { failures: failures.slice(0, longestList) };
}

function driftedCondition(binding: RoleBinding, { drift, outcome }: BindingFacts): ConditionDraft {
  if (drift !== undefined && drift !== null) {
    return condition('Drifted', 'True', reasons.DriftFound, `${drift.add} lack the role and ${drift.remove} hold it who should not.`);
  }
  if (outcome.kind === 'inSync' && outcome.verification === 'Asserted')
    return condition('Drifted', 'Unknown', reasons.Asserted, 'Nobody can see who holds the role.');
  const before = getCondition(binding.status?.conditions, 'Drifted');
  if (drift === undefined && before !== undefined) return condition('Drifted', before.status, before.reason as Reason, before.message);
  if (drift === undefined)
    return condition('Drifted', 'Unknown', reasons.Pending, 'The holders have not been compared with the provider yet.');
  return condition('Drifted', 'False', reasons.NoDrift, 'Those hold the role who should.');
}

/** One line for a condition: how many subjects failed, and the first of them. */
export function failuresMessage(failures: readonly SubjectFailure[]): string {
  const [first] = failures;
  if (first === undefined) return '';
  const more = failures.length === 1 ? '' : ` ${failures.length - 1} more: see status.failures.`;
  return `${failures.length === 1 ? 'A subject' : `${failures.length} subjects`} could not be handled. ${first.subject}: ${first.message}${more}`;
}
