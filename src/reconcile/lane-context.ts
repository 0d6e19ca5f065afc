import { names, type Role, type RoleBinding, reasons } from '../api/index.ts';
import type { Result, Work } from '../controller/types.ts';
import { resources } from '../kube/resources.ts';
import { backoffDelay, forEachLimited, nextLookDelay } from '../lib/index.ts';
import { type HoldersSnapshot, type OrganizationSnapshot, ProviderError } from '../model/index.ts';
import {
  type BindingFacts,
  failureEvents,
  failureMessage,
  failureRule,
  grantFailureMessage,
  nextBindingStatus,
  nextRoleStatus,
  type RoleFacts,
} from '../status/index.ts';
import { type BindingAddress, type BindingTarget, bindingAddress } from './binding-target.ts';
import type { Connection, ConnectionRegistry } from './connections.ts';
import { organizationValue, parseKey, providerKeyOfRole, type ReconcileKey } from './keys.ts';
import { ObjectWriter } from './object-writer.ts';
import type { ReconcileDeps } from './ports.ts';
import { removalsLately } from './removals-lately.ts';
import { type Assertion, decideRole, type RoleDecision, type WriteRecord } from './role-decision.ts';
import { isApprovedPlan } from './role-limits.ts';
import { findProvider, label, olderClaims, providerOf, type RoleTarget, resolveRole } from './role-target.ts';
import { Snapshots } from './snapshots.ts';
import { UntoldRemovals } from './untold-removals.ts';

/** Status writes under way at once in one lane. */
export const statusConcurrency = 16;
/** How Roles of a lane whose organization can't be read wait, together, in milliseconds. */
const laneBackoff = { baseMs: 1_000, maxMs: 300_000 } as const;
/** A Role that waits for something that will wake it is looked at again after this all the same, in milliseconds. */
const idleLookMs = 600_000;
/** How long the cache gets to hear of a change that a write ran into, in milliseconds. */
const staleLookMs = 500;

/** How long a read of who holds what is kept, in milliseconds. */
export const heldForMs = 2_000;

/** A complete read of who holds roles in an organization. `takenAt` is in monotonic milliseconds. */
export interface HeldLately {
  readonly snapshot: HoldersSnapshot;
  /** It shows somebody, or a second read shows nobody either. */
  readonly isConfirmed: boolean;
  /** What it was asked for: connection and roles. */
  readonly question: string;
  readonly takenAt: number;
}

/** What all turns of all lanes share: connections, reads, what was written and not read back yet, and how outcomes are told. */
export class LaneContext {
  readonly deps: ReconcileDeps;
  readonly registry: ConnectionRegistry;
  readonly writer: ObjectWriter<Role, RoleFacts>;
  readonly bindingWriter: ObjectWriter<RoleBinding, BindingFacts>;
  readonly snapshots: Snapshots;
  /** Writes that were not read back yet, by key. */
  readonly records = new Map<ReconcileKey, WriteRecord>();
  /** Removals of permissions and of holders that no status remembers yet. */
  readonly untold = new UntoldRemovals();
  /** Uids of Roles whose last write was cut off, by key: also where the status could not be told. */
  readonly cutOff = new Map<ReconcileKey, string | undefined>();
  /** What was last sent to providers that can't be read, by key. */
  readonly assertions = new Map<ReconcileKey, Assertion>();
  /** Organizations, as `organizationValue`, of which a connection has read who holds roles: its credentials have business there. */
  readonly seenThrough = new WeakMap<Connection, Set<string>>();
  /** Recent reads of who holds what, by lane. */
  readonly heldLately = new Map<string, HeldLately>();
  readonly #laneFailures = new Map<string, number>();

  constructor(deps: ReconcileDeps, registry: ConnectionRegistry) {
    this.deps = deps;
    this.registry = registry;
    const finalizer = names.externalRoleFinalizer;
    const { roles, roleBindings } = deps.stores;
    this.writer = new ObjectWriter(deps, { resource: resources.roles, store: roles, finalizer, nextStatus: nextRoleStatus });
    this.bindingWriter = new ObjectWriter(deps, {
      resource: resources.roleBindings,
      store: roleBindings,
      finalizer,
      nextStatus: nextBindingStatus,
    });
    this.snapshots = new Snapshots(deps);
  }

  /** The group of a key of a Role or RoleBinding: its lane, or the key itself while the lane can't be told. */
  laneOf(key: ReconcileKey): string {
    const { kind, storeKey } = parseKey(key);
    const address = kind === 'RoleBinding' ? this.#addressOfBinding(storeKey) : this.#addressOfRole(storeKey);
    if (address === undefined) return key;
    const provider = this.registry.get(address.providerKey);
    return provider.state === 'ready' ? `${provider.connection.account}|${organizationValue(address.organization)}` : key;
  }

  #addressOfRole(storeKey: string): BindingAddress | undefined {
    const role = this.deps.stores.roles.get(storeKey);
    return role === undefined ? undefined : { providerKey: providerKeyOfRole(role), organization: role.spec.organization };
  }

  #addressOfBinding(storeKey: string): BindingAddress | undefined {
    const binding = this.deps.stores.roleBindings.get(storeKey);
    return binding === undefined ? undefined : bindingAddress(binding, this.deps.stores);
  }

  /** When a Role that is as it should be is looked at again. All Roles of a lane with one interval come due in the same instant. */
  nextLook(target: { readonly intervalMs: number }, group: string): { readonly kind: 'after'; readonly delayMs: number } {
    return { kind: 'after', delayMs: nextLookDelay(this.deps.clock.now(), target.intervalMs, group) };
  }

  /** Drops what was read too long ago to be of use. */
  prune(): void {
    this.snapshots.prune();
    const now = this.deps.clock.monotonic();
    for (const [group, { takenAt }] of this.heldLately) if (now - takenAt >= heldForMs) this.heldLately.delete(group);
  }

  /** Counts a failure of a whole lane and gives the wait that all its Roles share, in milliseconds. */
  laneFailed(group: string): number {
    const failures = (this.#laneFailures.get(group) ?? 0) + 1;
    this.#laneFailures.set(group, failures);
    return backoffDelay(laneBackoff, failures, this.deps.random);
  }

  /** Starts the lane's backoff anew. */
  laneSucceeded(group: string): void {
    this.#laneFailures.delete(group);
  }

  /** Writes what happened to a Role's status and settles its key. False: the status doesn't say it, and the Role comes back. */
  async conclude(
    work: Work<ReconcileKey>,
    key: ReconcileKey,
    role: Role,
    facts: RoleFacts,
    result: Result,
    signal: AbortSignal,
  ): Promise<boolean> {
    try {
      const write = await this.writer.report(role, facts, {}, signal);
      const isTold = write.kind === 'written' || write.kind === 'unchanged';
      work.settle(key, isTold ? result : this.staleLook);
      return isTold;
    } catch (error) {
      signal.throwIfAborted();
      work.settle(key, { kind: 'retry', error });
      return false;
    }
  }

  /** The same for a RoleBinding. */
  async concludeBinding(
    work: Work<ReconcileKey>,
    key: ReconcileKey,
    binding: RoleBinding,
    facts: BindingFacts,
    result: Result,
    signal: AbortSignal,
  ): Promise<boolean> {
    try {
      // The record of grants is part of the status: what a cache that is behind doesn't have on record must not be lost.
      const write = await this.bindingWriter.report(binding, facts, { exact: true }, signal);
      const isTold = write.kind === 'written' || write.kind === 'unchanged';
      work.settle(key, isTold ? result : this.staleLook);
      return isTold;
    } catch (error) {
      signal.throwIfAborted();
      work.settle(key, { kind: 'retry', error });
      return false;
    }
  }

  /** What a failed provider call means for one Role: its status and when it is tried again. */
  failure(
    target: RoleTarget,
    error: ProviderError,
    step: keyof typeof failureEvents,
    group: string,
  ): { readonly facts: RoleFacts; readonly result: Result } {
    const rule = failureRule(error);
    if (rule.suspectsProvider) this.registry.suspect(target.connection.key);
    const outcome = { kind: 'failed', reason: rule.reason, message: failureMessage(error), terminal: rule.terminal } as const;
    this.emitFailure(target, outcome.reason, outcome.message, step);
    const facts: RoleFacts = { outcome, desiredCount: target.desired.permissions.length };
    if (rule.terminal) {
      return { facts, result: { kind: 'terminal', error, delayMs: nextLookDelay(this.deps.clock.now(), target.intervalMs, group) } };
    }
    const pause = Math.max(error.details.retryAfterMs ?? 0, target.connection.pausedForMs());
    return { facts, result: { kind: 'retry', error, ...(pause === 0 ? {} : { notBeforeMs: pause }) } };
  }

  /** The same for a RoleBinding. */
  bindingFailure(
    target: BindingTarget,
    error: ProviderError,
    step: 'observe' | 'apply',
    group: string,
  ): { readonly facts: BindingFacts; readonly result: Result } {
    const rule = failureRule(error);
    if (rule.suspectsProvider) this.registry.suspect(target.connection.key);
    const message = grantFailureMessage(error);
    const { conditions = [] } = target.binding.status ?? {};
    const isTold = conditions.some((entry) => entry.reason === rule.reason && entry.message.endsWith(message));
    if (!isTold) this.emitOn(target.binding, { type: 'Warning', reason: 'CannotGrantExternalRole', action: 'Grant', note: message });
    const outcome =
      target.state === 'ending'
        ? ({ kind: 'deleting', reason: rule.reason, message: `Deletion waits: ${message}` } as const)
        : ({ kind: 'failed', reason: rule.reason, message, terminal: rule.terminal } as const);
    const pause = Math.max(error.details.retryAfterMs ?? 0, target.connection.pausedForMs());
    const result: Result =
      rule.terminal && step === 'observe'
        ? { kind: 'terminal', error, delayMs: nextLookDelay(this.deps.clock.now(), target.intervalMs, group) }
        : { kind: 'retry', error, ...(pause === 0 ? {} : { notBeforeMs: pause }) };
    return { facts: { outcome }, result };
  }

  /** An Event for a failure, unless the status says the same already. */
  emitFailure(target: RoleTarget, reason: string, message: string, step: keyof typeof failureEvents): void {
    const { conditions = [] } = target.role.status ?? {};
    if (conditions.some((entry) => entry.type !== 'Ready' && entry.reason === reason && entry.message === message)) return;
    this.emit(target.role, {
      type: 'Warning',
      reason: failureEvents[step],
      action: step === 'observe' ? 'Observe' : step === 'apply' ? 'Apply' : 'Delete',
      note: message,
    });
  }

  /** An Event for something that speaks against carrying a plan out, unless the status says it already. */
  emitRefusal(target: RoleTarget, { reason, message }: { readonly reason: string; readonly message: string }): void {
    if (reason !== reasons.PlanPending) {
      this.emitFailure(target, reason, message, 'apply');
      return;
    }
    if (target.role.status?.conditions?.some((entry) => entry.message === message) === true) return;
    this.emit(target.role, { type: 'Warning', reason, action: 'Plan', note: message });
  }

  /** What to do about a Role, given one complete read of its organization. */
  decide(target: RoleTarget, snapshot: OrganizationSnapshot, unknownPermissions?: readonly string[]): RoleDecision {
    const { records, untold } = this;
    const decision = decideRole({
      target,
      snapshot,
      record: records.get(target.key),
      unknownPermissions,
      isCutOff: this.cutOff.get(target.key) === target.role.metadata.uid,
      now: this.deps.clock.now(),
      removalsLately: () => removalsLately(this.deps, untold, target, snapshot),
    });
    untold.unplan(target.key);
    if (decision.kind === 'write' && !isApprovedPlan(target.role, decision.plan)) {
      untold.plan(target.key, decision.plan.permissions?.remove.length ?? 0);
    }
    return decision;
  }

  /** An Event on a Role; a burst is summarised on its provider. */
  emit(role: Role, event: Parameters<ReconcileDeps['events']['emit']>[1]): void {
    this.deps.events.emit(role, event, providerOf(role, this.deps.stores));
  }

  /** An Event on a RoleBinding; a burst is summarised on its provider. */
  emitOn(binding: RoleBinding, event: Parameters<ReconcileDeps['events']['emit']>[1]): void {
    const address = bindingAddress(binding, this.deps.stores);
    this.deps.events.emit(binding, event, address === undefined ? undefined : findProvider(address.providerKey, this.deps.stores));
  }

  /** Resolves a Role and finds out whether another one has the older claim. */
  resolve(key: ReconcileKey, role: Role): ReturnType<typeof resolveRole> {
    const { stores } = this.deps;
    const resolution = resolveRole(key, role, stores, this.registry);
    if (resolution.kind !== 'ready') return resolution;
    const older = olderClaims(resolution.target, stores, this.registry);
    const winner = older.find(({ sure }) => sure)?.role;
    if (winner === undefined) return older.length === 0 ? resolution : { kind: 'pending' };
    const { slug, organization } = resolution.target.desired.ref;
    const message = `${label(`Role/${winner.metadata.namespace}/${winner.metadata.name}`)} is older and manages role "${slug}" of organization "${organization}". Delete one of the two objects; until then this one writes nothing.`;
    return { kind: 'refused', refusal: { reason: reasons.ManagementConflict, message, terminal: true }, providerLost: false };
  }

  /** How long a Role waits whose object isn't what the cache holds: the same write before the cache has heard would fail the same way. */
  get staleLook(): { readonly kind: 'after'; readonly delayMs: number } {
    return { kind: 'after', delayMs: staleLookMs };
  }

  /** How long a Role waits that something else will wake. */
  get idleLook(): { readonly kind: 'after'; readonly delayMs: number } {
    return { kind: 'after', delayMs: idleLookMs };
  }

  /** Runs a piece of work for every item, a bounded number at a time. */
  each<T>(items: readonly T[], fn: (item: T) => Promise<void>): Promise<void> {
    return forEachLimited(items, statusConcurrency, fn);
  }
}

/** Whether an error is a provider's, so that it says something about the provider and not about us. */
export function isProviderError(error: unknown): error is ProviderError {
  return error instanceof ProviderError;
}
