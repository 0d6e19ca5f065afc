import {
  type BlastRadiusStatus,
  type LastChange,
  names,
  type PendingCreate,
  type PlanStatus,
  type Reason,
  type RemovalRecord,
  type Role,
  type RoleStatus,
  reasons,
} from '../api/index.ts';
import type { BlastRadius, ObservedRole } from '../model/index.ts';
import { type ConditionDraft, condition, getCondition, settleConditions } from './conditions.ts';
import { type Outcome, outcomeConditions } from './outcome.ts';
import { addRemoval, cut, present } from './values.ts';

const texts = {
  available: 'The provider holds the role as declared.',
  asserted: assertedMessage,
  creating: 'The role is being created at the provider.',
};

/** Everything that a pass learned, besides how it ended. An undefined field keeps what the status says; null removes it. */
export interface RoleFacts {
  readonly outcome: Outcome;
  readonly externalID?: string;
  readonly ownership?: 'Created' | 'Adopted';
  readonly pendingCreate?: PendingCreate | null;
  /** Hash of what was sent, with an outcome of `Asserted`. */
  readonly assertedHash?: string;
  /** Size of the declared set after normalising; undefined when it couldn't be normalised. */
  readonly desiredCount?: number;
  /** The role as last read. */
  readonly observed?: ObservedRole;
  /** How far the role reaches: the provider's own word, else computed. */
  readonly blastRadius?: BlastRadius;
  readonly plan?: PlanStatus | null;
  /** Number of subjects that hold the role through RoleBindings; null: no RoleBinding refers to it. */
  readonly holders?: number | null;
  /** What drift looks like now; null when there is none. */
  readonly drift?: { readonly add: readonly string[]; readonly remove: readonly string[] } | null;
  /** The difference isn't corrected now because something else keeps making it. */
  readonly isFought?: boolean;
  /** Drift was corrected in this pass. */
  readonly driftCorrected?: boolean;
  readonly lastChange?: LastChange;
  /** What was removed without approval, since the status was last told of removals. */
  readonly removed?: RemovalRecord;
  /** An approved plan was carried out. */
  readonly isApprovalSpent?: true;
  /** Value of the reconcile-requested-at annotation that this pass acted on. */
  readonly handledReconcileAt?: string;
}

/**
 * The status after a pass. What the pass didn't learn stays as it was, so that the last good state remains readable through a
 * failure. `now` is an RFC 3339 time, used only where something changed.
 */
export function nextRoleStatus(role: Role, facts: RoleFacts, now: string): RoleStatus {
  const previous = role.status ?? {};
  const generation = role.metadata.generation ?? 0;
  const pendingCreate = keep(previous.pendingCreate, facts.pendingCreate);
  const plan = keep(previous.plan, facts.plan);
  const ownership = facts.ownership ?? previous.ownership;
  const externalID = facts.externalID ?? previous.externalID;
  const lastChange = facts.lastChange ?? previous.lastChange;
  const verification = facts.outcome.kind === 'inSync' ? facts.outcome.verification : previous.verification;
  const isObserved = facts.outcome.kind === 'inSync' && facts.outcome.verification === 'Observed';
  const assertedHash = isObserved ? undefined : (facts.assertedHash ?? previous.assertedHash);
  const handled = facts.handledReconcileAt ?? previous.lastHandledReconcileAt;
  return {
    observedGeneration: generation,
    conditions: settleConditions(previous.conditions, roleConditions(role, facts), generation, now),
    ...present({ externalID, ownership, pendingCreate, verification, assertedHash }),
    ...permissionCounts(previous, facts),
    ...present({ holders: keep(previous.holders, facts.holders), plan, approvedPlans: approvedPlans(role, facts) }),
    ...driftStatus(previous, facts, now),
    ...present({ lastChange, removals: addRemoval(previous.removals, facts.removed) }),
    ...blastRadius(previous, facts),
    ...present({ lastHandledReconcileAt: handled }),
  };
}

/**
 * The plan that was waiting with this very approval is done: its hash isn't to let anything through again, nor is one that was carried out
 * when another plan was shown.
 */
function approvedPlans({ metadata, status }: Role, { outcome, plan, isApprovalSpent }: RoleFacts): number | undefined {
  const waiting = status?.plan?.hash;
  const isDone = outcome.kind === 'inSync' && plan === null;
  const isUsed = isDone && waiting !== undefined && metadata.annotations?.[names.approvedPlan] === waiting;
  return isUsed || isApprovalSpent === true ? (status?.approvedPlans ?? 0) + 1 : status?.approvedPlans;
}

function keep<T>(previous: T | undefined, next: T | null | undefined): T | undefined {
  return next === undefined ? previous : (next ?? undefined);
}

function permissionCounts(previous: RoleStatus, facts: RoleFacts): Pick<RoleStatus, 'permissions'> {
  const desired = facts.desiredCount ?? previous.permissions?.desired;
  if (desired === undefined) return {};
  const sent = isAsserted(facts) ? desired : undefined;
  const observed = facts.observed?.permissions.length ?? sent ?? previous.permissions?.observed;
  return { permissions: { desired, ...(observed === undefined ? {} : { observed }) } };
}

function revertHistory(before: readonly string[] | undefined, { driftCorrected }: RoleFacts, now: string): readonly string[] | undefined {
  return driftCorrected === true ? [...(before ?? []), now].slice(-longestHistory) : before;
}

/** How many corrections of drift a status remembers. */
const longestHistory = 10;

function driftStatus(previous: RoleStatus, facts: RoleFacts, now: string): Pick<RoleStatus, 'drift'> {
  const before = previous.drift ?? {};
  const times = (before.timesReverted ?? 0) + (facts.driftCorrected === true ? 1 : 0);
  const timesReverted = present({ timesReverted: times === 0 ? undefined : times, history: revertHistory(before.history, facts, now) });
  if (facts.drift === undefined) return previous.drift === undefined && times === 0 ? {} : { drift: { ...before, ...timesReverted } };
  if (facts.drift === null) return times === 0 ? {} : { drift: timesReverted };
  const { add, remove } = facts.drift;
  return {
    drift: {
      since: before.since ?? now,
      ...(add.length === 0 ? {} : { add: cut(add) }),
      ...(remove.length === 0 ? {} : { remove: cut(remove) }),
      ...timesReverted,
    },
  };
}

function blastRadius(previous: RoleStatus, facts: RoleFacts): Pick<RoleStatus, 'blastRadius'> {
  const radius = facts.blastRadius ?? facts.observed?.blastRadius;
  if (radius === undefined) return facts.observed !== undefined ? {} : present({ blastRadius: previous.blastRadius });
  return { blastRadius: radiusStatus(radius) };
}

/** How far a role reaches, as its status shows it. */
export function radiusStatus({ level, summary, warnings }: BlastRadius): BlastRadiusStatus {
  return { level, summary, ...(warnings.length === 0 ? {} : { warnings: cut(warnings) }) };
}

function roleConditions(role: Role, facts: RoleFacts): readonly ConditionDraft[] {
  const drifted = driftedCondition(role, facts);
  return [...outcomeConditions(role, facts.outcome, texts).map((draft) => keepUnconfirmed(role, facts.outcome, draft)), drifted];
}

/** Outcomes after which a write that was cut off is no longer ours to repeat. */
const endsRepeating: ReadonlySet<Reason> = new Set([reasons.AdoptionRefused, reasons.SystemRole]);

/**
 * `Synced` remembers a write that was cut off until it was repeated and read back, whatever else fails or waits in between: without
 * this, one failed read would be enough to forget it.
 */
function keepUnconfirmed(role: Role, outcome: Outcome, draft: ConditionDraft): ConditionDraft {
  const remembered = getCondition(role.status?.conditions, 'Synced')?.reason === reasons.WriteUnconfirmed;
  if (!remembered || draft.type !== 'Synced' || draft.reason === reasons.WriteUnconfirmed) return draft;
  if (outcome.kind === 'inSync' || outcome.kind === 'differs' || outcome.kind === 'deleting' || endsRepeating.has(draft.reason))
    return draft;
  return condition('Synced', draft.status, reasons.WriteUnconfirmed, `${draft.message} An earlier write was cut off and will be repeated.`);
}

function isAsserted({ outcome }: RoleFacts): boolean {
  return outcome.kind === 'inSync' && outcome.verification === 'Asserted';
}

function assertedMessage(isUnchecked: boolean): string {
  const sent = 'What is declared was sent; this provider cannot be read back.';
  if (!isUnchecked) return sent;
  return `${sent} It has no catalogue either: spec.unknownPermissions: Fail is not honoured, and a permission that is misspelt comes to exist.`;
}

function driftedCondition(role: Role, facts: RoleFacts): ConditionDraft {
  if (facts.drift !== undefined && facts.drift !== null) {
    const { add, remove } = facts.drift;
    return condition(
      'Drifted',
      'True',
      facts.isFought === true ? reasons.ManagementConflict : reasons.DriftFound,
      `The provider lacks ${add.length} and has ${remove.length} permissions too many.`,
    );
  }
  if (isAsserted(facts)) return condition('Drifted', 'Unknown', reasons.Asserted, 'Nobody can see what the provider holds.');
  const before = getCondition(role.status?.conditions, 'Drifted');
  if (facts.drift === undefined && before !== undefined) {
    return condition('Drifted', before.status, before.reason as Reason, before.message);
  }
  const unknown = facts.drift === undefined;
  return unknown
    ? condition('Drifted', 'Unknown', reasons.Pending, 'The role has not been compared with the provider yet.')
    : condition('Drifted', 'False', reasons.NoDrift, 'The provider holds what is declared.');
}
