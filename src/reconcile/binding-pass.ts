import { names, type OwnGrant, type Role, type RoleBinding } from '../api/index.ts';
import { type HoldersSnapshot, type ProviderError, subjectKey } from '../model/index.ts';
import { type BindingPlan, type HoldersPlan, planHolders } from '../plan/index.ts';
import { failureRule, isSameRole } from '../status/index.ts';
import { type Absent, absentBindings } from './binding-absent.ts';
import { type Access, accessOf, rememberAccess } from './binding-access.ts';
import { Assertions } from './binding-assertions.ts';
import { carryOut } from './binding-changes.ts';
import type { BindingHost } from './binding-deletion.ts';
import { inputOf, keysOf, lookUp, type Member, recordedOf, siblingTargets, sweptRoles, takeTargets } from './binding-members.ts';
import { countRevoked, type HeldBack, holdBack, settleRevoked } from './binding-removals.ts';
import { grantsOf, isUnfinished, type PassResult, reportMember } from './binding-reports.ts';
import type { BindingTarget } from './binding-target.ts';
import type { Connection } from './connections.ts';
import { keyOf, type ReconcileKey } from './keys.ts';
import { heldForMs, isProviderError } from './lane-context.ts';
import { statusWithHolders } from './role-reports.ts';

/** How soon a pass is tried again that waits for a provider to be looked at for the first time, in milliseconds. */
const waitingLookMs = 2_000;

/** A RoleBinding changed between being read and being written; the pass starts anew. */
class StaleBinding extends Error {
  override readonly name = 'StaleBinding';
}

/**
 * Keeps the RoleBindings of one lane: who is to hold what follows from all of them together. What is about to be granted is put on record
 * before it is sent, changes are made subject by subject, and what came of it is read back.
 */
export async function keepBindings(run: BindingHost, keys: readonly ReconcileKey[]): Promise<void> {
  let open = await takeTargets(run, keys);
  const failed = new Set<Connection>();
  for (let [first] = open; first !== undefined; [first] = open) {
    const { connection } = first;
    if (await keepThrough(run, first, open, failed)) return;
    // What its credentials may not see those of another provider object may.
    failed.add(connection);
    open = open.filter((target) => target.connection !== connection);
  }
}

/**
 * Keeps what was taken, reading through one connection. False: that can't be read through, and only those that use it are settled.
 * `failed`: connections that can't be read through.
 */
async function keepThrough(
  run: BindingHost,
  reader: BindingTarget,
  taken: readonly BindingTarget[],
  failed: ReadonlySet<Connection>,
): Promise<boolean> {
  const { connection } = reader;
  const through = taken.filter((target) => target.connection === connection);
  if (connection.pausedForMs() > 0) {
    waitForPauses(run, through);
    return false;
  }
  const siblings = siblingTargets(run, reader, new Set(taken.map(({ key }) => key)));
  const mine = await accessOf(run, reader, taken);
  const near = await accessOf(run, reader, siblings, new Set([...failed, ...mine.refused.flatMap(connectionsOf)]));
  try {
    await new BindingPass(run, reader, mine.admitted, near.admitted).carryOut();
    rememberAccess(run, reader);
  } catch (error) {
    run.signal.throwIfAborted();
    if (error instanceof StaleBinding) {
      for (const { key } of mine.admitted) run.work.settle(key, run.lanes.staleLook);
    } else if (isProviderError(error)) {
      await failTogether(run, through, error);
      return false;
    } else throw error;
  }
  for (const { targets, error } of mine.refused) await failTogether(run, targets, error);
  waitForPauses(run, mine.paused);
  return true;
}

function waitForPauses(run: BindingHost, targets: readonly BindingTarget[]): void {
  for (const { key, connection } of targets) run.work.settle(key, { kind: 'after', delayMs: connection.pausedForMs() });
}

function connectionsOf({ targets }: Access['refused'][number]): readonly Connection[] {
  return targets.map(({ connection }) => connection);
}

/** Nobody can tell who holds what: every RoleBinding says so, and all are tried again together. */
async function failTogether(run: BindingHost, targets: readonly BindingTarget[], error: ProviderError): Promise<void> {
  const shared = run.lanes.laneFailed(run.work.group);
  await run.lanes.each(targets, async (target) => {
    const { facts, result } = run.lanes.bindingFailure(target, error, 'observe', run.work.group);
    const together = result.kind === 'retry' ? { ...result, delayMs: Math.max(shared, result.notBeforeMs ?? 0) } : result;
    await run.lanes.concludeBinding(run.work, target.key, target.binding, facts, together, run.signal);
  });
}

class BindingPass {
  readonly #run: BindingHost;
  /** Whose connection reads. All of the lane lead to the same organization of the same account. */
  readonly #reader: BindingTarget;
  readonly #taken: readonly BindingTarget[];
  readonly #siblings: readonly BindingTarget[];

  constructor(run: BindingHost, reader: BindingTarget, taken: readonly BindingTarget[], siblings: readonly BindingTarget[]) {
    this.#run = run;
    this.#reader = reader;
    this.#taken = taken;
    this.#siblings = siblings;
  }

  async carryOut(): Promise<void> {
    const members = await this.#lookUpAll();
    const present = new Set(members.map(({ target }) => target.key));
    const absent = await absentBindings(this.#run, this.#reader, present, new Set(rolesOf(members)));
    const canRead = this.#reader.connection.provider.capabilities.readBindings;
    if (!canRead && absent.isWaiting) {
      // What they granted can't be read, and may not be taken for nothing.
      for (const { key } of this.#taken) this.#run.work.settle(key, { kind: 'after', delayMs: waitingLookMs });
      return;
    }
    const assertions = canRead ? undefined : new Assertions(this.#run, members, absent.inputs);
    const before = assertions?.before() ?? this.#lately(members) ?? (await this.#observe(members));
    const wish = this.#plan(members, absent, before);
    const heldBack = holdBack(this.#run, members, wish, before);
    const plan = heldBack.bySubject.size === 0 ? wish : this.#plan(members, absent, before, heldBack);
    this.#run.lanes.laneSucceeded(this.#run.work.group);
    const { announced, failures } = await this.#change(members, plan, heldBack);
    const after =
      plan.changes.length === 0 ? before : (assertions?.after(before, plan, failures) ?? (await this.#observe(announced, plan)));
    const final = plan.changes.length === 0 ? plan : this.#plan(announced, absent, after, heldBack);
    await this.#report(announced, { plan, final, failures, assertions, heldBack });
  }

  async #change(members: readonly Member[], plan: HoldersPlan, heldBack: HeldBack) {
    try {
      const announced = await this.#announce(members, plan);
      // What was read before says nothing about what is changed from here on.
      if (plan.changes.length > 0) this.#run.lanes.heldLately.delete(this.#run.work.group);
      const failures = await carryOut(this.#run, announced, plan);
      countRevoked(this.#run, announced, heldBack, failures);
      return { announced, failures };
    } finally {
      settleRevoked(this.#run, heldBack);
    }
  }

  async #lookUpAll(): Promise<readonly Member[]> {
    const members: Member[] = [];
    const swept = sweptRoles([...this.#taken, ...this.#siblings]);
    for (const target of this.#taken) members.push(await lookUp(this.#run, target, true, swept));
    for (const target of this.#siblings) members.push(await lookUp(this.#run, target, false, swept));
    return members;
  }

  #plan(members: readonly Member[], absent: Absent, holders: HoldersSnapshot, heldBack?: HeldBack): HoldersPlan {
    const { capabilities } = this.#reader.connection.provider;
    const { fallbackRole } = this.#reader.holders;
    return planHolders({
      organization: this.#reader.role.organization,
      bindings: [...members.map(inputOf), ...absent.inputs],
      holders,
      multipleRoles: capabilities.multipleRolesPerUser,
      ...(fallbackRole === undefined ? {} : { fallbackRole }),
      minHolders: this.#minHolders(members),
      incomplete: new Set([...absent.incomplete, ...incompleteRoles(members)]),
      ...(heldBack === undefined ? {} : { heldBack: heldBack.bySubject }),
    });
  }

  #minHolders(members: readonly Member[]): ReadonlyMap<string, number> {
    const limits = new Map<string, number>();
    for (const { target } of members) {
      const role = this.#roleOf(target);
      // A role that is to be deleted waits for its bindings to go first, and needs no holders.
      if (role?.metadata.deletionTimestamp !== undefined) continue;
      const least = Math.max(role?.spec.protection?.minHolders ?? 0, target.connection.limits.guardrails?.minHolders ?? 0);
      limits.set(target.role.slug, Math.max(least, limits.get(target.role.slug) ?? 0));
    }
    return limits;
  }

  /** The Role that a binding names, if that is in this lane: another worker may be writing it otherwise. */
  #roleOf({ binding }: BindingTarget): Role | undefined {
    const { lanes, work } = this.#run;
    const { name } = binding.spec.roleRef;
    const role = name === undefined ? undefined : lanes.deps.stores.roles.get(`${binding.metadata.namespace}/${name}`);
    return role !== undefined && lanes.laneOf(keyOf(role)) === work.group ? role : undefined;
  }

  /**
   * One complete read. A grant on record that isn't in it, and that we have not just revoked, is believed to be gone only when a second read
   * says so too: what leaves the record wrongly is never revoked. Nor is a read believed at once that shows nobody at all: what it hides
   * would come to be on record as granted by us. What either of two reads shows is there, since the second may be the one that is wrong.
   */
  async #observe(members: readonly Member[], carriedOut?: HoldersPlan): Promise<HoldersSnapshot> {
    const { holders, role } = this.#reader;
    const roles = rolesOf(members);
    const snapshot = await holders.observe(role.organization, roles, this.#run.signal);
    const revoked = new Set(carriedOut?.changes.flatMap(({ subject, remove }) => remove.map((slug) => `${subjectKey(subject)} ${slug}`)));
    const isEmpty = snapshot.holdings.size === 0;
    const isDoubtful = (isEmpty && wantsAnybody(members)) || lacksRecorded(members, snapshot, revoked);
    const sure = isDoubtful ? together(snapshot, await holders.observe(role.organization, roles, this.#run.signal)) : snapshot;
    const takenAt = this.#run.lanes.deps.clock.monotonic();
    const isConfirmed = isDoubtful || !isEmpty;
    this.#run.lanes.heldLately.set(this.#run.work.group, { snapshot: sure, isConfirmed, question: this.#question(roles), takenAt });
    return sure;
  }

  /** What a turn a moment ago has read, so that bindings whose turns come one after another share one read; undefined: read anew. */
  #lately(members: readonly Member[]): HoldersSnapshot | undefined {
    const { lanes, work } = this.#run;
    const held = lanes.heldLately.get(work.group);
    const isAsked = members.some(({ target, isTaken }) => isTaken && target.requested !== undefined);
    if (held === undefined || isAsked || lanes.deps.clock.monotonic() - held.takenAt >= heldForMs) return undefined;
    if (!held.isConfirmed && wantsAnybody(members)) return undefined;
    const isSame = held.question === this.#question(rolesOf(members));
    return isSame && !lacksRecorded(members, held.snapshot, new Set()) ? held.snapshot : undefined;
  }

  #question(roles: readonly string[]): string {
    return [this.#reader.connection.key, this.#reader.role.organization, ...roles].join('\n');
  }

  /** Puts every grant on record that the plan makes or that a binding takes over from another, before anything is sent. */
  async #announce(members: readonly Member[], plan: HoldersPlan): Promise<readonly Member[]> {
    const announced = new Map<ReconcileKey, RoleBinding>();
    await this.#run.lanes.each(members, async ({ target, subjects }) => {
      const wanted = plan.bindings.get(target.key)?.announce ?? [];
      const recorded = keysOf(recordedOf(target));
      const isHeld = target.binding.metadata.finalizers?.includes(names.externalRoleFinalizer) === true;
      if (wanted.every((subject) => recorded.has(subjectKey(subject))) && (isHeld || wanted.length === 0)) return;
      const grants = grantsOf(target, wanted, subjects.emails);
      announced.set(target.key, await this.#record(target, grants));
    });
    return members.map((member) => {
      const binding = announced.get(member.target.key);
      return binding === undefined ? member : { ...member, target: { ...member.target, binding } };
    });
  }

  /** The finalizer stands before anything is granted, so that no grant outlives its object unseen. */
  async #record({ binding, role }: BindingTarget, grants: readonly OwnGrant[]): Promise<RoleBinding> {
    const { bindingWriter } = this.#run.lanes;
    const held = await bindingWriter.setFinalizer(binding, true, this.#run.signal);
    if (held.kind === 'gone' || held.kind === 'stale') throw new StaleBinding();
    const { exclusive, ...before } = held.object.status ?? {};
    const status = { ...before, ...(exclusive === true && isSameRole(before.role, role) ? { exclusive } : {}), role, grants };
    const written = await bindingWriter.setStatus(held.object, status, { exact: true }, this.#run.signal);
    if (written.kind === 'gone' || written.kind === 'stale') throw new StaleBinding();
    return written.object;
  }

  async #report(members: readonly Member[], came: Omit<PassResult, 'isUnfinished' | 'unseen'>): Promise<void> {
    const result: PassResult = {
      ...came,
      isUnfinished: members.some((member) => !member.isTaken && isUnfinished(member, came)),
      unseen: new Map(
        members.flatMap(({ target, error }) => (error === undefined || failureRule(error).terminal ? [] : [[target.role.slug, error]])),
      ),
    };
    await this.#run.lanes.each(members, async (member) => {
      const before = result.plan.bindings.get(member.target.key);
      const after = result.final.bindings.get(member.target.key);
      if (before !== undefined && after !== undefined) await reportMember(this.#run, member, result, before, after);
      else if (member.isTaken) throw new Error(`${member.target.key} has no plan`);
    });
    await this.#countHolders(members, result.final);
  }

  /** Says in each Role how many hold it through RoleBindings. */
  async #countHolders(members: readonly Member[], final: HoldersPlan): Promise<void> {
    const holders = new Map<string, Set<string>>();
    const uncounted = new Set<string>();
    for (const { target, error } of members) {
      const role = this.#roleOf(target);
      if (role === undefined) continue;
      const name = `${role.metadata.namespace}/${role.metadata.name}`;
      if (error !== undefined) uncounted.add(name);
      const known = holders.get(name) ?? new Set<string>();
      for (const key of heldKeys(target, final.bindings.get(target.key))) known.add(key);
      holders.set(name, known);
    }
    for (const name of uncounted) holders.delete(name);
    const { stores } = this.#run.lanes.deps;
    await this.#run.lanes.each([...holders], async ([name, subjects]) => {
      const role = stores.roles.get(name);
      if (role === undefined || role.status === undefined || role.status.holders === subjects.size) return;
      const target = this.#run.lanes.resolve(keyOf(role), role);
      const permissions = target.kind === 'ready' ? target.target.desired.permissions : role.spec.permissions;
      await this.#run.lanes.writer.setStatus(role, statusWithHolders(role.status, permissions, subjects.size), {}, this.#run.signal);
    });
  }
}

function rolesOf(members: readonly Member[]): readonly string[] {
  return [...new Set(members.map(({ target }) => target.role.slug))].sort();
}

function heldKeys({ state }: BindingTarget, plan: BindingPlan | undefined): readonly string[] {
  if (plan === undefined) return [];
  return [...plan.held, ...(state === 'frozen' ? plan.own : [])].map(subjectKey);
}

/** Roles of which a member names somebody who couldn't be looked for, or wasn't found by an address. */
function incompleteRoles(members: readonly Member[]): readonly string[] {
  return members.filter(({ subjects }) => subjects.isIncomplete === true).map(({ target }) => target.role.slug);
}

/** What either of two reads shows. */
function together(first: HoldersSnapshot, second: HoldersSnapshot): HoldersSnapshot {
  const holdings = new Map(first.holdings);
  for (const [key, holding] of second.holdings) {
    const roles = [...new Set([...(holdings.get(key)?.roles ?? []), ...holding.roles])].sort();
    holdings.set(key, { ...holding, roles });
  }
  return { ...second, holdings };
}

function wantsAnybody(members: readonly Member[]): boolean {
  return members.some(({ subjects }) => subjects.wanted.length > 0);
}

/** Whether a grant on record isn't in a read. `revoked`: those that needn't be, as subject and role. */
function lacksRecorded(members: readonly Member[], { holdings }: HoldersSnapshot, revoked: ReadonlySet<string>): boolean {
  return members.some(({ target: { binding, role } }) =>
    recordedOf({ binding }).some((subject) => {
      const key = subjectKey(subject);
      return holdings.get(key)?.roles.includes(role.slug) !== true && !revoked.has(`${key} ${role.slug}`);
    }),
  );
}
