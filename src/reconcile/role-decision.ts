import { names, type PlanStatus, type Reason, type Role, reasons } from '../api/index.ts';
import type { Observation, ObservedRole, OrganizationSnapshot, Refusal, RolePlan } from '../model/index.ts';
import { changedFieldNames, flapping, guardPlan, isOwnUnfinishedCreate, planRole } from '../plan/index.ts';
import { cut, getCondition, isTrue } from '../status/index.ts';
import { approvalHash, isApprovedPlan, limitPlan, limitRemovals, type RemovalsLately } from './role-limits.ts';
import type { RoleTarget } from './role-target.ts';

/** What we wrote for a Role and have not read back yet. */
export interface WriteRecord {
  readonly uid: string;
  /** When the write ended, in the order of reads and writes; only a later read can confirm it. */
  readonly order: number;
  /** Wall-clock time of the write. */
  readonly time: number;
  readonly cause: 'create' | 'adopt' | 'spec' | 'drift' | 'repeat';
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Other fields that were changed. */
  readonly fields: readonly string[];
  readonly externalID: string | undefined;
  /** A later write of ours was cut off, so reading back what this one wrote doesn't confirm that one. */
  readonly isOutdated?: boolean;
  /** A person approved this very plan. */
  readonly isApproved?: boolean;
}

/** What was last sent for a Role to a provider that can't be read, as far as this process knows. */
export interface Assertion {
  readonly uid: string;
  readonly hash: string;
  /** Wall-clock time from which it is sent again, in milliseconds. */
  readonly dueAt: number;
}

/** What to do about a Role, given one complete read of its organization. */
export type RoleDecision =
  /** `ownership` is undefined for a role that is only observed and isn't ours. */
  | { readonly kind: 'inSync'; readonly observed: ObservedRole; readonly ownership: 'Created' | 'Adopted' | undefined }
  | { readonly kind: 'differs'; readonly plan: RolePlan; readonly observed: ObservedRole | undefined }
  | {
      readonly kind: 'refused';
      readonly reason: Reason;
      readonly message: string;
      readonly terminal: boolean;
      readonly observed: ObservedRole | undefined;
      /** What waits for a person, or for somebody else to stop. */
      readonly waiting?: { readonly plan: RolePlan; readonly isDrift: boolean };
    }
  | { readonly kind: 'write'; readonly plan: RolePlan; readonly cause: WriteRecord['cause']; readonly observed: ObservedRole | undefined };

/** What a decision is made from. */
export interface DecisionInput {
  readonly target: RoleTarget;
  readonly snapshot: OrganizationSnapshot;
  /** Our last write that wasn't confirmed yet. */
  readonly record: WriteRecord | undefined;
  /** Permissions the provider doesn't know; undefined while that hasn't been asked. */
  readonly unknownPermissions: readonly string[] | undefined;
  /** A write of this process was cut off, whatever the status says of it. */
  readonly isCutOff: boolean;
  /** Wall-clock time, in milliseconds. */
  readonly now: number;
  /** What has been removed lately; asked for only when something is to be removed. */
  readonly removalsLately: () => RemovalsLately;
}

/** The role of a target in a snapshot. */
export function observationOf(target: RoleTarget, snapshot: OrganizationSnapshot): Observation {
  const role = snapshot.roles.get(target.desired.ref.slug);
  return role === undefined ? { state: 'absent' } : { state: 'present', role };
}

/** Observe → plan → guard, without any effect. */
export function decideRole(input: DecisionInput): RoleDecision {
  const { target, snapshot, record } = input;
  const observation = observationOf(target, snapshot);
  const observed = observation.state === 'present' ? observation.role : undefined;
  const ours = observed !== undefined && isOurs(target, observed, record);
  const { adoptionPolicy = 'IfIdentical', unknownPermissions: unknownPolicy = 'Fail' } = target.role.spec;
  const plan = planRole({
    desired: target.desired,
    observed: observation,
    mode: target.mode,
    rewrite: (ours || adoptionPolicy === 'Always') && mustRewrite(target, record, input.isCutOff),
  });
  const ownership = ours ? ownershipOf(target, record) : undefined;
  const limit = limitPlan(target, plan, observed);
  if (limit !== undefined) return { kind: 'refused', ...limit, reason: limit.reason as Reason, observed };
  if (target.mode === 'Observe') return observeOnly(target, plan, observed, ownership);
  const refusal = guardPlan({
    plan,
    observed,
    ours,
    adoptionPolicy,
    unknownPermissions: input.unknownPermissions ?? [],
    unknownPolicy,
    canCreatePermissions: target.connection.provider.capabilities.createPermission,
  });
  if (refusal !== undefined) return { kind: 'refused', ...refusal, reason: refusal.reason as Reason, observed };
  if (plan.action === 'none' && observed !== undefined) return { kind: 'inSync', observed, ownership: ownership ?? 'Adopted' };
  const cause = causeOf(target, ours, plan, record);
  const waits = limitRemovals(target, plan, observed, cause, input.removalsLately) ?? fightRefusal(target, plan, cause, input.now);
  if (waits !== undefined) {
    return { kind: 'refused', ...waits, reason: waits.reason as Reason, observed, waiting: { plan, isDrift: cause === 'drift' } };
  }
  return { kind: 'write', plan, cause, observed };
}

/** Somebody else keeps changing the role: it is corrected more and more seldom, unless a person asks for it. */
function fightRefusal(target: RoleTarget, plan: RolePlan, cause: WriteRecord['cause'], now: number): Refusal | undefined {
  if (cause !== 'drift' || target.requested !== undefined || isApprovedPlan(target.role, plan)) return undefined;
  const history = (target.role.status?.drift?.history ?? []).map((time) => Date.parse(time));
  const { isFlapping, waitMs } = flapping(history, now, target.intervalMs);
  if (!isFlapping || waitMs === 0) return undefined;
  const { slug, organization } = target.desired.ref;
  return {
    reason: reasons.ManagementConflict,
    message: `Something else keeps changing role "${slug}" of organization "${organization}": it was put right ${history.length} times lately, see status.drift.history. It is corrected more seldom until that ends. Find out who else manages it, or set spec.managementMode: Observe; to correct it now, annotate the object with ${names.reconcileRequestedAt}.`,
    terminal: false,
  };
}

function observeOnly(
  target: RoleTarget,
  plan: RolePlan,
  observed: ObservedRole | undefined,
  ownership: 'Created' | 'Adopted' | undefined,
): RoleDecision {
  if (observed === undefined) {
    const { slug, organization } = target.desired.ref;
    const message = `Role "${slug}" doesn't exist in organization "${organization}" and spec.managementMode is Observe. Create it at the provider, or set spec.managementMode: Enforce.`;
    return { kind: 'refused', reason: reasons.RoleNotFound, message, terminal: true, observed };
  }
  if (plan.action === 'none') return { kind: 'inSync', observed, ownership };
  return { kind: 'differs', plan, observed };
}

/**
 * Whether a role at the provider is under our management: its id is the one we recorded or just created, or it is what an
 * announced create of ours left behind. An equal slug isn't enough: somebody may have deleted ours and made their own.
 */
export function isOurs(target: RoleTarget, observed: ObservedRole, record: WriteRecord | undefined): boolean {
  const { status } = target.role;
  if (record?.externalID !== undefined && record.externalID === observed.externalID) return true;
  if (status?.ownership !== undefined && status.externalID === observed.externalID) return true;
  // It was ours while the provider couldn't be read, and now it can be for the first time.
  if (status?.ownership !== undefined && status.assertedHash !== undefined && status.externalID === undefined) return true;
  const announced = status?.pendingCreate;
  const { slug, organization } = target.desired.ref;
  if (announced?.slug !== slug || announced.organization !== organization) return false;
  return isOwnUnfinishedCreate(observed, target.desired, announced.permissionsHash);
}

/** A write that was cut off is repeated even if the list looks right: not every provider's replacement is atomic. */
function mustRewrite(target: RoleTarget, record: WriteRecord | undefined, isCutOff: boolean): boolean {
  return (record === undefined || record.isOutdated === true) && (isCutOff || isUnconfirmed(target));
}

/** Whether the last write was cut off, so that nobody knows whether it was carried out. The status remembers it through a restart. */
export function isUnconfirmed(target: RoleTarget): boolean {
  return getCondition(target.role.status?.conditions, 'Synced')?.reason === reasons.WriteUnconfirmed;
}

function ownershipOf(target: RoleTarget, record: WriteRecord | undefined): 'Created' | 'Adopted' {
  const { status } = target.role;
  if (record?.cause === 'create') return 'Created';
  if (record?.cause === 'adopt') return 'Adopted';
  if (status?.ownership !== undefined) return status.ownership;
  return status?.pendingCreate === undefined ? 'Adopted' : 'Created';
}

function causeOf(target: RoleTarget, ours: boolean, plan: RolePlan, record: WriteRecord | undefined): WriteRecord['cause'] {
  if (record !== undefined) return record.cause;
  const { status } = target.role;
  if (wasInPlace(target))
    return plan.permissions !== undefined && emptyChange(plan) && changedFieldNames(plan).length === 0 ? 'repeat' : 'drift';
  if (plan.action === 'create') return 'create';
  if (ours) return status?.ownership === undefined ? 'create' : 'spec';
  return 'adopt';
}

function emptyChange(plan: RolePlan): boolean {
  return plan.permissions?.add.length === 0 && plan.permissions.remove.length === 0;
}

/** What drift that isn't corrected at once is reported with. */
const waitingReasons: readonly string[] = [reasons.ManagementConflict, reasons.PlanPending];

/** Whether the provider was seen to hold what this very generation declares: a difference now is drift, and stays drift while it waits. */
export function wasInPlace(target: RoleTarget): boolean {
  const { status, metadata } = target.role;
  const ready = getCondition(status?.conditions, 'Ready');
  if (status?.ownership === undefined || ready === undefined || ready.observedGeneration !== metadata.generation) return false;
  return ready.status === 'True' || (waitingReasons.includes(ready.reason) && isTrue(status.conditions, 'Drifted'));
}

/** A plan as a status shows it. */
export function planStatus(role: Role, plan: RolePlan): PlanStatus {
  const add = plan.permissions?.add ?? [];
  const remove = plan.permissions?.remove ?? [];
  const fields = changedFieldNames(plan);
  return {
    hash: approvalHash(role, plan),
    ...(add.length === 0 ? {} : { add: cut(add) }),
    ...(remove.length === 0 ? {} : { remove: cut(remove) }),
    addCount: add.length,
    removeCount: remove.length,
    ...(fields.length === 0 ? {} : { fields }),
  };
}
