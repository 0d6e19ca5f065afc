import { type Role, type RoleStatus, reasons } from '../api/index.ts';
import { timestamp } from '../lib/index.ts';
import type { BlastRadius, RolePlan } from '../model/index.ts';
import { changedFieldNames, computeBlastRadius, sameJson } from '../plan/index.ts';
import { cut, type RoleFacts, radiusStatus } from '../status/index.ts';
import type { EventDraft } from './ports.ts';
import { planStatus, type RoleDecision, type WriteRecord } from './role-decision.ts';
import type { RoleTarget } from './role-target.ts';
import { countOf, describeChange } from './texts.ts';
import type { Untold } from './untold-removals.ts';

/** What every pass that reached the provider knows. */
export function commonFacts(target: RoleTarget, observed: RoleFacts['observed']): Omit<RoleFacts, 'outcome'> {
  return {
    desiredCount: target.desired.permissions.length,
    ...(observed === undefined ? {} : { observed, blastRadius: observed.blastRadius ?? reachOf(target, observed.permissions) }),
    ...(target.requested === undefined ? {} : { handledReconcileAt: target.requested }),
  };
}

/** How far permissions reach, by the rules of our own. */
export function reachOf({ role }: RoleTarget, permissions: readonly string[]): BlastRadius {
  return computeBlastRadius({ permissions, holders: role.status?.holders });
}

/** The provider holds what is declared, and what we wrote to get there. */
export function inSyncFacts(
  target: RoleTarget,
  decision: Extract<RoleDecision, { kind: 'inSync' }>,
  record: WriteRecord | undefined,
  untold: Untold | undefined,
): RoleFacts {
  const changed =
    record !== undefined && (record.cause === 'create' || record.added.length + record.removed.length + record.fields.length > 0);
  // The id of a role that took the place of ours must not stand beside our ownership of the one that is gone.
  const isStranger = decision.ownership === undefined && target.role.status?.ownership !== undefined;
  return {
    ...commonFacts(target, decision.observed),
    outcome: { kind: 'inSync', verification: 'Observed' },
    ...(isStranger ? {} : { externalID: decision.observed.externalID }),
    ...(decision.ownership === undefined ? {} : { ownership: decision.ownership }),
    pendingCreate: null,
    plan: null,
    drift: null,
    driftCorrected: record?.cause === 'drift',
    ...(changed ? { lastChange: lastChange(record) } : {}),
    ...removalFacts(untold),
  };
}

/** What the status has to remember for the removal budget, and that an approval is spent, which makes the hash of the next plan another. */
export function removalFacts(untold: Untold | undefined): Pick<RoleFacts, 'removed' | 'isApprovalSpent'> {
  if (untold === undefined) return {};
  const { time, removed, isApproved } = untold;
  return {
    ...(removed.size === 0 ? {} : { removed: { time: timestamp(time), count: removed.size } }),
    ...(isApproved ? { isApprovalSpent: true } : {}),
  };
}

/** Mode `Observe` found a difference. */
export function differsFacts(target: RoleTarget, decision: Extract<RoleDecision, { kind: 'differs' }>): RoleFacts {
  const { plan, observed } = decision;
  const summary = `The provider differs from what is declared: ${describePlan(plan)}. spec.managementMode is Observe, so nothing is written.`;
  return {
    ...commonFacts(target, observed),
    outcome: { kind: 'differs', summary },
    plan: planStatus(target.role, plan),
    drift: driftOf(plan),
  };
}

/**
 * The status with another number of holders. How far the role reaches is told with it, where that was computed from what is declared: the
 * next look would write nothing else.
 */
export function statusWithHolders(status: RoleStatus, permissions: readonly string[], holders: number): RoleStatus {
  const told = status.blastRadius;
  const isComputed =
    told !== undefined && sameJson({ ...told }, { ...radiusStatus(computeBlastRadius({ permissions, holders: status.holders })) });
  return { ...status, holders, ...(isComputed ? { blastRadius: radiusStatus(computeBlastRadius({ permissions, holders })) } : {}) };
}

/** Something speaks against carrying a plan out; one that waits for a person, or for somebody else to stop, is shown. */
export function refusedFacts(target: RoleTarget, decision: Extract<RoleDecision, { kind: 'refused' }>): RoleFacts {
  const { reason, message, terminal, waiting } = decision;
  const plan = waiting === undefined || reason !== reasons.PlanPending ? null : planStatus(target.role, waiting.plan);
  return {
    ...commonFacts(target, undefined),
    // A role that isn't ours is no trace of a create of ours.
    ...(reason === reasons.AdoptionRefused ? { pendingCreate: null } : {}),
    outcome: { kind: 'refused', reason, message, terminal },
    plan,
    ...(waiting?.isDrift === true ? { drift: driftOf(waiting.plan), isFought: reason === reasons.ManagementConflict } : {}),
  };
}

/** What drift looks like in a status. */
export function driftOf(plan: RolePlan): NonNullable<RoleFacts['drift']> {
  const { add = [], remove = [] } = plan.permissions ?? {};
  return { add, remove };
}

/** The Event of a write that was read back; undefined when a role was taken over and nothing had to be written. */
export function writtenEvent(target: RoleTarget, record: WriteRecord): EventDraft {
  const change = describeChange(record.added, record.removed, record.fields);
  const ref = nameOf(target);
  switch (record.cause) {
    case 'create':
      return {
        type: 'Normal',
        reason: 'CreatedExternalRole',
        action: 'Create',
        note: `Created ${ref} with ${countOf(record.added.length, 'permission')}.`,
      };
    case 'adopt':
      return adoptedEvent(target, change);
    case 'drift':
      return { type: 'Normal', reason: 'DriftCorrected', action: 'Update', note: `Corrected ${ref}: ${change}.` };
    case 'spec':
    case 'repeat':
      return { type: 'Normal', reason: 'UpdatedExternalRole', action: 'Update', note: `Updated ${ref}: ${change}.` };
  }
}

/** The Event of a role that was taken over. */
export function adoptedEvent(target: RoleTarget, change: string): EventDraft {
  return { type: 'Normal', reason: 'AdoptedExternalRole', action: 'Adopt', note: `Took over ${nameOf(target)}: ${change}.` };
}

/** The Event of what is declared being sent without anybody seeing what was there before. */
export function assertedEvent(target: RoleTarget): EventDraft {
  const count = countOf(target.desired.permissions.length, 'permission');
  return {
    type: 'Normal',
    reason: 'AssertedExternalRole',
    action: 'Assert',
    note: `Sent ${nameOf(target)} with ${count}; this provider cannot be read back.`,
  };
}

/** The Event of drift that was found. */
export function driftEvent(plan: RolePlan): EventDraft {
  const what = plan.action === 'create' ? 'the role is gone from the provider' : describePlan(plan);
  return { type: 'Warning', reason: 'DriftDetected', action: 'Observe', note: `The provider differs from what is declared: ${what}.` };
}

/** Whether a condition of the Role gives this reason already. */
export function saysAlready(role: Role, reason: string): boolean {
  return role.status?.conditions?.some((entry) => entry.reason === reason) === true;
}

function describePlan(plan: RolePlan): string {
  const { add, remove } = driftOf(plan);
  return describeChange(add, remove, changedFieldNames(plan));
}

function nameOf(target: RoleTarget): string {
  return `role "${target.desired.ref.slug}" of organization "${target.desired.ref.organization}"`;
}

function lastChange({ time, added, removed, isApproved }: WriteRecord): NonNullable<RoleFacts['lastChange']> {
  return {
    time: timestamp(time),
    ...(added.length === 0 ? {} : { added: cut(added) }),
    ...(removed.length === 0 ? {} : { removed: cut(removed) }),
    addedCount: added.length,
    removedCount: removed.length,
    ...(isApproved === true ? { approved: true } : {}),
  };
}
