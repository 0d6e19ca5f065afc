import { names, type RevocationPlan, type RoleBinding } from '../api/index.ts';
import { type HoldersSnapshot, type Refusal, type SubjectRef, subjectKey } from '../model/index.ts';
import { guardRevocations, type HoldersPlan, type RevocationInput, revocationHash } from '../plan/index.ts';
import { cut, isExclusive } from '../status/index.ts';
import type { Failures } from './binding-changes.ts';
import type { BindingHost } from './binding-deletion.ts';
import { keysOf, type Member, recordedOf } from './binding-members.ts';
import { endedGrants } from './binding-subjects.ts';
import { ageOf, type BindingTarget } from './binding-target.ts';
import { keyOf, type ReconcileKey } from './keys.ts';
import { removedSince, windowStart } from './removals-lately.ts';
import { label } from './role-target.ts';

/** What one RoleBinding takes from people of its own accord, which time or deletion doesn't. */
export interface Revocations {
  /** Each subject is counted for one binding of a role only, the oldest. */
  readonly subjects: readonly SubjectRef[];
  readonly isApproved: boolean;
  /** Why they wait; undefined when they are made now. */
  readonly waiting: { readonly refusal: Refusal; readonly plan: RevocationPlan } | undefined;
}

/** Which revocations of a plan wait for a person. */
export interface HeldBack {
  /** By the binding's key. */
  readonly byBinding: ReadonlyMap<ReconcileKey, Revocations>;
  /** Why what a binding asks for waits as well: it is counted for an older one. By the younger one's key. */
  readonly sharedBy: ReadonlyMap<ReconcileKey, Refusal>;
  /** Roles by `subjectKey`, as planning takes them. */
  readonly bySubject: ReadonlyMap<string, ReadonlySet<string>>;
}

/**
 * Looks at everything that a plan revokes. What ends by its own time, and what goes with a RoleBinding that is deleted, was decided on by
 * whoever set that time or deletes it; the rest is held back where it exceeds the budget or takes a role from strangers for the first time.
 */
export function holdBack(run: BindingHost, members: readonly Member[], plan: HoldersPlan, before: HoldersSnapshot): HeldBack {
  const byBinding = new Map<ReconcileKey, Revocations>();
  // Most passes revoke nothing, and reading every record for that would be most of their work.
  if (plan.changes.every(({ remove }) => remove.length === 0)) return { byBinding, sharedBy: new Map(), bySubject: new Map() };
  const aged = members.map((member) => ({ member, age: ageOf(member.target.binding) }));
  const oldestFirst = aged.sort((a, b) => (a.age < b.age ? -1 : 1)).map(({ member }) => member);
  const told = new Set(oldestFirst.flatMap((member) => excusedOf(member, plan)));
  const granted = new Set(members.flatMap(({ target }) => recordedOf(target).map((subject) => at(subject, target))));
  let underWay = 0;
  for (const { target } of oldestFirst) {
    const subjects = (plan.bindings.get(target.key)?.revoking ?? []).filter((subject) => !told.has(at(subject, target)));
    if (subjects.length === 0) continue;
    for (const subject of subjects) told.add(at(subject, target));
    const strangers = subjects.filter((subject) => !granted.has(at(subject, target))).length;
    const revocations = judge(inputOf(run, target, { subjects, strangers, before, underWay }));
    byBinding.set(target.key, revocations);
    if (revocations.waiting === undefined && !revocations.isApproved) underWay += subjects.length;
  }
  for (const [key, { subjects, isApproved, waiting }] of byBinding) {
    if (waiting === undefined && !isApproved) run.lanes.untold.plan(key, subjects.length);
  }
  return { byBinding, sharedBy: refusalsShared(oldestFirst, byBinding, plan), bySubject: rolesHeldBack(oldestFirst, byBinding) };
}

/** What was decided on was sent, or won't be. */
export function settleRevoked({ lanes }: BindingHost, { byBinding }: HeldBack): void {
  for (const key of byBinding.keys()) lanes.untold.unplan(key);
}

/** Counts what was sent until the statuses remember it. */
export function countRevoked({ lanes }: BindingHost, members: readonly Member[], { byBinding }: HeldBack, failures: Failures): void {
  for (const { target } of members) {
    const revocations = byBinding.get(target.key);
    if (revocations === undefined || revocations.waiting !== undefined) continue;
    const { subjects, isApproved } = revocations;
    const errors = subjects.map((subject) => failures.of(target, subject));
    const isDone = errors.includes(undefined);
    // What was cut off may have been carried out.
    const sent = subjects.filter((_, index) => errors[index] === undefined || errors[index]?.details.ambiguous === true);
    const removed = isApproved ? [] : sent.map(subjectKey);
    const { uid } = target.binding.metadata;
    if (sent.length > 0) lanes.untold.add(target.key, { uid, time: lanes.deps.clock.now(), removed, isApproved: isApproved && isDone });
  }
}

function judge(input: RevocationInput): Revocations {
  const refusal = guardRevocations(input);
  return {
    subjects: input.revoke,
    isApproved: input.approvedPlan === revocationHash(input),
    waiting: refusal === undefined ? undefined : { refusal, plan: planOf(input) },
  };
}

function rolesHeldBack(
  members: readonly Member[],
  byBinding: ReadonlyMap<ReconcileKey, Revocations>,
): ReadonlyMap<string, ReadonlySet<string>> {
  const roles = new Map<string, Set<string>>();
  for (const { target } of members) {
    const revocations = byBinding.get(target.key);
    if (revocations?.waiting === undefined) continue;
    for (const key of revocations.subjects.map(subjectKey)) roles.set(key, (roles.get(key) ?? new Set()).add(target.role.slug));
  }
  return roles;
}

function refusalsShared(
  members: readonly Member[],
  byBinding: ReadonlyMap<ReconcileKey, Revocations>,
  plan: HoldersPlan,
): ReadonlyMap<ReconcileKey, Refusal> {
  const waiting = new Map<string, Refusal>();
  for (const { target } of members) {
    const { subjects = [], waiting: mine } = byBinding.get(target.key) ?? {};
    if (mine !== undefined) for (const subject of subjects) waiting.set(at(subject, target), mine.refusal);
  }
  const shared = new Map<ReconcileKey, Refusal>();
  for (const { target } of members) {
    const places = (plan.bindings.get(target.key)?.revoking ?? []).map((subject) => at(subject, target));
    const refusal = places.map((place) => waiting.get(place)).find((one) => one !== undefined);
    if (refusal !== undefined) shared.set(target.key, refusal);
  }
  return shared;
}

function at(subject: SubjectRef, { role }: BindingTarget): string {
  return `${subjectKey(subject)} ${role.slug}`;
}

function excusedOf(member: Member, plan: HoldersPlan): readonly string[] {
  const { target } = member;
  const revoking = plan.bindings.get(target.key)?.revoking ?? [];
  if (target.state === 'ending') return revoking.map((subject) => at(subject, target));
  // Only what it granted itself: who was given the role by somebody else is a stranger, whatever times the manifest has for them.
  const granted = keysOf(recordedOf(target));
  const refs = endedGrants(member.now.ended, target.binding.status?.grants ?? []).map(({ ref }) => ref);
  const ended = keysOf(refs.filter((ref) => granted.has(subjectKey(ref))));
  return revoking.filter((subject) => ended.has(subjectKey(subject))).map((subject) => at(subject, target));
}

interface Revoked {
  readonly subjects: readonly SubjectRef[];
  readonly strangers: number;
  readonly before: HoldersSnapshot;
  /** What older bindings of the organization revoke in the same pass. */
  readonly underWay: number;
}

function inputOf({ lanes }: BindingHost, target: BindingTarget, { subjects, strangers, before, underWay }: Revoked): RevocationInput {
  const { binding, connection, role } = target;
  const { metadata, spec, status } = binding;
  const holdings = [...before.holdings.values()];
  const lately = revokedLately(lanes, target);
  const existing = holdings.reduce((sum, { roles }) => sum + roles.length, 0);
  const { organization, provider } = lately;
  return {
    organization: role.organization,
    role: role.slug,
    revoke: subjects,
    strangers,
    isTakeover: spec.managementMode === 'Authoritative' && !isExclusive(status, role),
    holders: holdings.filter(({ roles }) => roles.includes(role.slug)).length,
    budget: connection.limits.guardrails?.removalBudget,
    used: {
      organization: { removed: organization.removed + underWay, total: existing + organization.removed },
      provider: { removed: provider.removed + underWay, total: existing + provider.held + provider.removed },
    },
    approvedPlan: metadata.annotations?.[names.approvedPlan],
    approvedPlans: status?.approvedPlans ?? 0,
    provider: label(connection.key),
    object: { resource: 'orgrolebinding', namespace: metadata.namespace ?? '', name: metadata.name },
  };
}

function planOf(input: RevocationInput): RevocationPlan {
  const revoke = input.revoke.map(({ kind, id }) => `${kind} ${id}`);
  return { hash: revocationHash(input), revoke: cut(revoke), revokeCount: revoke.length };
}

/** What RoleBindings revoked within the window, by what their statuses remember and what none of them tells yet, and what those of other organizations hold. */
function revokedLately({ deps: { stores, clock }, untold }: BindingHost['lanes'], { connection, role }: BindingTarget) {
  const since = windowStart(clock.now(), connection.limits.guardrails);
  const organization = { removed: 0 };
  const provider = { removed: 0, held: 0 };
  for (const binding of stores.roleBindings.byIndex('provider', connection.key)) {
    const { done, planned } = untold.countSince(keyOf(binding), binding.metadata.uid, since);
    const removed = removedSince(binding.status?.removals, since) + done + planned;
    provider.removed += removed;
    if (isIn(binding, role.organization)) organization.removed += removed;
    else provider.held += binding.status?.subjects?.granted ?? 0;
  }
  return { organization, provider };
}

function isIn({ status }: RoleBinding, organization: string): boolean {
  return status?.role?.organization.toLowerCase() === organization.toLowerCase();
}
