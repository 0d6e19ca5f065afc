import { type Role, reasons } from '../api/index.ts';
import type { Result, Work } from '../controller/types.ts';
import { changedFieldNames, withCreatedPermissions } from '../plan/index.ts';
import type { RoleFacts } from '../status/index.ts';
import { keepBindings } from './binding-pass.ts';
import { isBindingKey, parseKey, providerKeyOfRole, type ReconcileKey } from './keys.ts';
import { isProviderError, type LaneContext } from './lane-context.ts';
import { byConnection, LaneReads } from './lane-reads.ts';
import { isPausedNow, pausedOutcome, pauseOf } from './pause.ts';
import { assertMayWrite } from './ports.ts';
import { assertRoles } from './role-assertion.ts';
import type { RoleDecision } from './role-decision.ts';
import { type DeletionHost, deleteRoles } from './role-deletion.ts';
import { isApprovedPlan } from './role-limits.ts';
import { countRemoved, removedFact, untoldOf } from './role-removals.ts';
import {
  adoptedEvent,
  commonFacts,
  differsFacts,
  driftEvent,
  driftOf,
  inSyncFacts,
  refusedFacts,
  saysAlready,
  writtenEvent,
} from './role-reports.ts';
import type { RoleTarget } from './role-target.ts';
import { announcement, type Decided, needsCatalogue, type Write } from './role-writes.ts';
import type { Taken } from './snapshots.ts';

/** Roles taken from the queue at once: a change of spec that arrives meanwhile waits for at most this many others. */
const chunkSize = 32;

/** One turn of one worker in one lane. */
export class LaneRun implements DeletionHost {
  readonly lanes: LaneContext;
  readonly work: Work<ReconcileKey>;
  readonly signal: AbortSignal;
  readonly reads: LaneReads;
  /** Roles written in this turn, waiting to be read back. */
  readonly #written: RoleTarget[] = [];

  constructor(lanes: LaneContext, work: Work<ReconcileKey>, signal: AbortSignal) {
    this.lanes = lanes;
    this.work = work;
    this.signal = signal;
    this.reads = new LaneReads(lanes, signal);
  }

  /** Takes ready Roles until there are none, then reads back what was written. */
  async run(): Promise<void> {
    const bindings: ReconcileKey[] = [];
    for (let taken = this.#take(); taken.length > 0; taken = this.#take()) {
      bindings.push(...taken.filter(isBindingKey));
      const keys = taken.filter((key) => !isBindingKey(key));
      const targets: RoleTarget[] = [];
      const deleted: (readonly [ReconcileKey, Role])[] = [];
      await this.lanes.each(keys, async (key) => {
        const role = this.#find(key);
        if (role === undefined) return;
        if (role.metadata.deletionTimestamp !== undefined) {
          deleted.push([key, role]);
          return;
        }
        const target = await this.#prepare(key, role);
        if (target !== undefined) targets.push(target);
      });
      for (const group of byConnection(targets)) await this.#process(group);
      await deleteRoles(this, deleted);
    }
    for (const group of byConnection(this.#written)) await this.#readBack(group);
    if (bindings.length > 0) await keepBindings(this, bindings);
  }

  #take(): readonly ReconcileKey[] {
    const keys: ReconcileKey[] = [];
    while (keys.length < chunkSize) {
      const key = this.work.next();
      if (key === undefined) break;
      keys.push(key);
    }
    return keys;
  }

  #find(key: ReconcileKey): Role | undefined {
    const role = this.lanes.deps.stores.roles.get(parseKey(key).storeKey);
    if (this.lanes.records.get(key)?.uid !== role?.metadata.uid) this.lanes.records.delete(key);
    if (role !== undefined) return role;
    this.lanes.assertions.delete(key);
    this.lanes.cutOff.delete(key);
    this.lanes.untold.forget(key);
    this.work.settle(key, { kind: 'done' });
    return undefined;
  }

  /** Settles what needs no provider; gives back what does. */
  async #prepare(key: ReconcileKey, role: Role): Promise<RoleTarget | undefined> {
    if (role.spec.suspend === true) {
      await this.conclude(key, role, { outcome: { kind: 'suspended' } }, { kind: 'done' });
      return undefined;
    }
    const pause = pauseOf(this.lanes.deps, role.metadata.namespace, providerKeyOfRole(role));
    if (pause !== undefined) {
      await this.conclude(key, role, { outcome: pausedOutcome(pause) }, { kind: 'done' });
      return undefined;
    }
    return this.#resolve(key, role);
  }

  async #resolve(key: ReconcileKey, role: Role): Promise<RoleTarget | undefined> {
    const resolution = this.lanes.resolve(key, role);
    if (resolution.kind === 'pending') {
      this.work.settle(key, this.lanes.idleLook);
      return undefined;
    }
    if (resolution.kind === 'refused') {
      const { refusal } = resolution;
      if (refusal.reason === reasons.ManagementConflict) this.#emitOnce(role, refusal.reason, refusal.message);
      const result: Result = refusal.terminal
        ? { ...this.lanes.idleLook, kind: 'terminal', error: new Error(refusal.message) }
        : this.lanes.idleLook;
      await this.conclude(key, role, { outcome: { kind: 'refused', ...refusal } }, result);
      return undefined;
    }
    // Its provider became ready, or another one, after the key was handed out: another worker may hold the lane it belongs to now.
    if (this.lanes.laneOf(key) !== this.work.group) {
      this.work.settle(key, { kind: 'after', delayMs: 0 });
      return undefined;
    }
    return this.#withFinalizer(key, resolution.target);
  }

  /** The finalizer stands before anything is created, so that no crash leaves a role that nobody will delete. */
  async #withFinalizer(key: ReconcileKey, target: RoleTarget): Promise<RoleTarget | undefined> {
    const wanted = target.role.spec.deletionPolicy === 'Delete' && target.mode !== 'Observe';
    const write = await this.lanes.writer.setFinalizer(target.role, wanted, this.signal);
    if (write.kind === 'gone' || write.kind === 'stale') {
      this.work.settle(key, this.lanes.staleLook);
      return undefined;
    }
    return { ...target, role: write.object };
  }

  async #process(targets: readonly RoleTarget[]): Promise<void> {
    const paused = targets[0]?.connection.pausedForMs() ?? 0;
    if (paused > 0) {
      for (const target of targets) this.work.settle(target.key, { kind: 'after', delayMs: paused });
      return;
    }
    if (targets[0]?.connection.provider.capabilities.readable === false) return assertRoles(this, targets);
    let decisions: readonly Decided[];
    try {
      decisions = await this.#decide(targets);
    } catch (error) {
      await this.failTogether(targets, error, 'observe');
      return;
    }
    const checked = await this.#checkAll(decisions);
    await this.lanes.each(checked, ({ target, decision }) => this.#settleUnlessWrite(target, decision));
    const writes = checked.flatMap(({ target, decision }) =>
      decision.kind === 'write'
        ? [{ target, plan: decision.plan, cause: decision.cause, isRepeated: target.role.status?.pendingCreate !== undefined }]
        : [],
    );
    await this.#write(await this.#announce(writes));
  }

  async #decide(targets: readonly RoleTarget[]): Promise<readonly Decided[]> {
    const decisions: Decided[] = [];
    for (const target of targets) {
      const { snapshot } = await this.reads.base(target);
      const decision = this.lanes.decide(target, snapshot);
      decisions.push({ target, decision, snapshot });
    }
    return decisions;
  }

  /** The decisions after the catalogue was asked. When it can't be, those that need it fail together and the others go on. */
  async #checkAll(decisions: readonly Decided[]): Promise<readonly Decided[]> {
    const checked = decisions.filter((decided) => !needsCatalogue(decided));
    const open = decisions.filter(needsCatalogue);
    for (const [index, decided] of open.entries()) {
      try {
        checked.push({ ...decided, decision: await this.#checkPermissions(decided.target, decided.decision, decided.snapshot) });
      } catch (error) {
        await this.failTogether(
          open.slice(index).map(({ target }) => target),
          error,
          'observe',
        );
        return checked;
      }
    }
    this.lanes.laneSucceeded(this.work.group);
    return checked;
  }

  /** Asks the catalogue about permissions to be added, so that nothing is written while one of them is wrong. */
  async #checkPermissions(
    target: RoleTarget,
    decision: Extract<RoleDecision, { kind: 'write' }>,
    snapshot: Taken['snapshot'],
  ): Promise<RoleDecision> {
    const { catalogue } = target.connection.provider;
    const add = decision.plan.permissions?.add ?? [];
    if (catalogue === undefined || add.length === 0) return decision;
    const unknown = await catalogue.unknown(add, this.signal);
    if (unknown.length === 0) return decision;
    const again = this.lanes.decide(target, snapshot, unknown);
    return again.kind === 'write' ? { ...again, plan: withCreatedPermissions(again.plan, unknown) } : again;
  }

  async #settleUnlessWrite(target: RoleTarget, decision: RoleDecision): Promise<void> {
    const { key } = target;
    const result = this.lanes.nextLook(target, this.work.group);
    if (decision.kind === 'inSync') {
      const facts = inSyncFacts(target, decision, this.lanes.records.get(key), untoldOf(this.lanes, target));
      if (!(await this.#tell(target, facts, result))) return;
      this.#tellInSync(target, decision.ownership);
      this.lanes.records.delete(key);
    } else if (decision.kind === 'differs') {
      await this.#tell(target, { ...differsFacts(target, decision), ...removedFact(this.lanes, target) }, result);
    } else if (decision.kind === 'refused') {
      const { message, terminal } = decision;
      this.lanes.emitRefusal(target, decision);
      const facts = { ...refusedFacts(target, decision), ...removedFact(this.lanes, target) };
      await this.#tell(target, facts, terminal ? { ...result, kind: 'terminal', error: new Error(message) } : result);
    }
  }

  /** Concludes with facts that may tell of removals. */
  async #tell(target: RoleTarget, facts: RoleFacts, result: Result): Promise<boolean> {
    const isTold = await this.conclude(target.key, target.role, facts, result);
    if (isTold) this.lanes.untold.told(target.key, facts);
    return isTold;
  }

  #tellInSync(target: RoleTarget, ownership: 'Created' | 'Adopted' | undefined): void {
    const record = this.lanes.records.get(target.key);
    if (record !== undefined) this.lanes.emit(target.role, writtenEvent(target, record));
    else if (ownership === 'Adopted' && target.role.status?.ownership === undefined) {
      this.lanes.emit(target.role, adoptedEvent(target, 'no change of content'));
    }
    if (record?.cause === 'drift') this.lanes.deps.metrics.driftCorrected(target.connection.driver.type);
  }

  /**
   * Says in the status of each new role that its create is about to be sent: after a crash the next start knows whose it is. A role
   * that a crash left behind is recorded by its id before it is changed, so that another crash doesn't make it a stranger.
   */
  async #announce(writes: readonly Write[]): Promise<readonly Write[]> {
    const ready = new Map<ReconcileKey, Write>();
    await this.lanes.each(writes, async (write) => {
      const { target } = write;
      const ownership = announcement(write);
      if (ownership === undefined) {
        ready.set(target.key, write);
        return;
      }
      const facts: RoleFacts = { outcome: { kind: 'creating' }, ...ownership, desiredCount: target.desired.permissions.length };
      const written = await this.lanes.writer.report(target.role, facts, { exact: true }, this.signal);
      if (written.kind === 'gone' || written.kind === 'stale') this.work.settle(target.key, this.lanes.staleLook);
      else ready.set(target.key, { ...write, target: { ...target, role: written.object } });
    });
    return writes.flatMap((write) => ready.get(write.target.key) ?? []);
  }

  async #write(writes: readonly Write[]): Promise<void> {
    for (const [index, write] of writes.entries()) {
      if (isPausedNow(this.lanes.deps, write.target)) {
        this.work.settle(write.target.key, { kind: 'after', delayMs: 0 });
        continue;
      }
      const error = await this.#apply(write);
      this.lanes.untold.unplan(write.target.key);
      if (error === undefined) continue;
      const left = writes.slice(index + 1).map(({ target }) => target);
      if (!isProviderError(error)) throw error;
      await this.#applyFailed(write, error);
      if (error.kind !== 'rateLimited' && error.kind !== 'unauthorized') continue;
      for (const target of left) this.work.settle(target.key, { kind: 'after', delayMs: Math.max(1_000, target.connection.pausedForMs()) });
      return;
    }
  }

  async #apply({ target, plan, cause }: Write): Promise<unknown> {
    const { deps, records } = this.lanes;
    const added = plan.permissions?.add ?? [];
    const removed = plan.permissions?.remove ?? [];
    const fields = plan.action === 'create' ? [] : changedFieldNames(plan);
    const type = target.connection.driver.type;
    if (cause === 'drift' && !records.has(target.key) && target.role.status?.drift?.since === undefined) {
      deps.metrics.driftDetected(type);
      this.lanes.emit(target.role, driftEvent(plan));
    }
    try {
      assertMayWrite(deps);
      const applied = await target.connection.provider.apply(plan, this.signal);
      deps.metrics.roleWritten(type, plan.action === 'create' ? 'create' : 'update');
      deps.log.info('Wrote a role', {
        role: target.key,
        ...target.desired.ref,
        provider: target.connection.key,
        cause,
        added: added.length,
        removed: removed.length,
      });
      this.lanes.cutOff.delete(target.key);
      const externalID = applied.externalID ?? plan.externalID;
      const { uid = '' } = target.role.metadata;
      records.set(target.key, {
        uid,
        order: this.lanes.snapshots.nextOrder(),
        time: deps.clock.now(),
        cause,
        added,
        removed,
        fields,
        externalID,
        isApproved: isApprovedPlan(target.role, plan),
      });
      countRemoved(this.lanes, target, plan);
      this.#written.push(target);
      return undefined;
    } catch (error) {
      return error;
    }
  }

  async #applyFailed({ target, plan, cause, isRepeated }: Write, error: Parameters<LaneContext['failure']>[1]): Promise<void> {
    this.reads.forget(target);
    const record = this.lanes.records.get(target.key);
    if (error.details.ambiguous === true) {
      this.lanes.cutOff.set(target.key, target.role.metadata.uid);
      countRemoved(this.lanes, target, plan);
    }
    if (record !== undefined && error.details.ambiguous === true) this.lanes.records.set(target.key, { ...record, isOutdated: true });
    const failure = this.lanes.failure(target, error, 'apply', this.work.group);
    const facts = cause === 'drift' ? { ...failure.facts, drift: driftOf(plan) } : failure.facts;
    // The slug was taken before our first create arrived: what is there isn't ours, and nothing may say so. After an earlier create
    // whose end nobody saw it may well be.
    const lost = plan.action === 'create' && error.kind === 'conflict' && !isRepeated;
    await this.conclude(target.key, target.role, lost ? { ...facts, pendingCreate: null } : facts, failure.result);
  }

  /** Reads back what was written; a lane in a burst of changes does so less often, and its Roles come back for it. */
  async #readBack(targets: readonly RoleTarget[]): Promise<void> {
    const [first] = targets;
    if (first === undefined) return;
    const delayMs = this.lanes.snapshots.verifyDelay(first.connection, first.desired.ref.organization);
    if (delayMs > 0) {
      for (const target of targets) this.work.settle(target.key, { kind: 'after', delayMs });
      return;
    }
    try {
      for (const target of targets) await this.reads.base(target);
    } catch (error) {
      await this.failTogether(targets, error, 'observe');
      return;
    }
    await this.lanes.each(targets, (target) => this.#verify(target));
  }

  async #verify(target: RoleTarget): Promise<void> {
    const { snapshot } = await this.reads.base(target);
    const decision = this.lanes.decide(target, snapshot);
    if (decision.kind === 'inSync') return this.#settleUnlessWrite(target, decision);
    this.lanes.untold.unplan(target.key);
    const message = `Role "${target.desired.ref.slug}" of organization "${target.desired.ref.organization}" was written, and reading it back shows something else. It is written again.`;
    this.lanes.emitFailure(target, reasons.VerificationFailed, message, 'apply');
    const outcome = { kind: 'failed', reason: reasons.VerificationFailed, message, terminal: false } as const;
    await this.conclude(
      target.key,
      target.role,
      { ...commonFacts(target, undefined), outcome },
      { kind: 'retry', error: new Error(message) },
    );
  }

  /** The organization can't be read: every Role of it says so, and all are tried again together. */
  async failTogether(targets: readonly RoleTarget[], error: unknown, step: 'observe'): Promise<void> {
    this.signal.throwIfAborted();
    if (!isProviderError(error)) throw error;
    const shared = this.lanes.laneFailed(this.work.group);
    await this.lanes.each(targets, async (target) => {
      const { facts, result } = this.lanes.failure(target, error, step, this.work.group);
      const together: Result = result.kind === 'retry' ? { ...result, delayMs: Math.max(shared, result.notBeforeMs ?? 0) } : result;
      await this.conclude(target.key, target.role, facts, together);
    });
  }

  /** Writes what happened to a Role's status and settles its key. */
  conclude(key: ReconcileKey, role: Role, facts: RoleFacts, result: Result): Promise<boolean> {
    return this.lanes.conclude(this.work, key, role, facts, result, this.signal);
  }

  #emitOnce(role: Role, reason: 'ManagementConflict', message: string): void {
    if (!saysAlready(role, reason)) this.lanes.emit(role, { type: 'Warning', reason, action: 'Resolve', note: message });
  }
}
