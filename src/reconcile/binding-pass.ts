import type { OwnGrant, RoleBinding } from '../api/index.ts';
import { type HoldersSnapshot, type ProviderError, subjectKey } from '../model/index.ts';
import { type BindingPlan, type HoldersPlan, planHolders } from '../plan/index.ts';
import { Assertions } from './binding-assertions.ts';
import { carryOut } from './binding-changes.ts';
import type { BindingHost } from './binding-deletion.ts';
import { inputOf, keysOf, lookUp, type Member, recordedOf, siblingTargets, takeTargets } from './binding-members.ts';
import { grantsOf, type PassResult, reportMember } from './binding-reports.ts';
import type { BindingTarget } from './binding-target.ts';
import type { ReconcileKey } from './keys.ts';
import { heldForMs, isProviderError } from './lane-context.ts';

/** A RoleBinding changed between being read and being written; the pass starts anew. */
class StaleBinding extends Error {
  override readonly name = 'StaleBinding';
}

/**
 * Keeps the RoleBindings of one lane: who is to hold what follows from all of them together. What is about to be granted is put on record
 * before it is sent, changes are made subject by subject, and what came of it is read back.
 */
export async function keepBindings(run: BindingHost, keys: readonly ReconcileKey[]): Promise<void> {
  const taken = await takeTargets(run, keys);
  const [first] = taken;
  if (first === undefined) return;
  const paused = first.connection.pausedForMs();
  if (paused > 0) {
    for (const { key } of taken) run.work.settle(key, { kind: 'after', delayMs: paused });
    return;
  }
  const siblings = siblingTargets(run, new Set(keys));
  try {
    await new BindingPass(run, first, taken, siblings).carryOut();
  } catch (error) {
    run.signal.throwIfAborted();
    if (error instanceof StaleBinding) {
      for (const { key } of taken) run.work.settle(key, run.lanes.staleLook);
      return;
    }
    if (!isProviderError(error)) throw error;
    await failTogether(run, taken, error);
  }
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
    const members: Member[] = [];
    for (const target of this.#taken) members.push(await lookUp(this.#run, target, true));
    for (const target of this.#siblings) members.push(await lookUp(this.#run, target, false));
    const canRead = this.#reader.connection.provider.capabilities.readBindings;
    const assertions = canRead ? undefined : new Assertions(this.#run, members);
    const before = assertions?.before() ?? this.#lately(members) ?? (await this.#observe(members));
    const plan = this.#plan(members, before);
    this.#run.lanes.laneSucceeded(this.#run.work.group);
    const announced = await this.#announce(members, plan);
    // What was read before says nothing about what is changed from here on.
    if (plan.changes.length > 0) this.#run.lanes.heldLately.delete(this.#run.work.group);
    const failures = await carryOut(this.#run, announced, plan);
    const after =
      plan.changes.length === 0 ? before : (assertions?.after(before, plan, failures) ?? (await this.#observe(announced, plan)));
    const final = plan.changes.length === 0 ? plan : this.#plan(announced, after);
    await this.#report(announced, { plan, final, failures, assertions });
  }

  #plan(members: readonly Member[], holders: HoldersSnapshot): HoldersPlan {
    const { capabilities } = this.#reader.connection.provider;
    const { fallbackRole } = this.#reader.holders;
    return planHolders({
      organization: this.#reader.role.organization,
      bindings: members.map((member) => inputOf(member)),
      holders,
      multipleRoles: capabilities.multipleRolesPerUser,
      ...(fallbackRole === undefined ? {} : { fallbackRole }),
      minHolders: this.#minHolders(members),
    });
  }

  #minHolders(members: readonly Member[]): ReadonlyMap<string, number> {
    const limits = new Map<string, number>();
    for (const { target } of members) {
      const least = this.#roleOf(target)?.spec.protection?.minHolders ?? 0;
      limits.set(target.role.slug, Math.max(least, limits.get(target.role.slug) ?? 0));
    }
    return limits;
  }

  #roleOf({ binding }: BindingTarget) {
    const { name } = binding.spec.roleRef;
    return name === undefined ? undefined : this.#run.lanes.deps.stores.roles.get(`${binding.metadata.namespace}/${name}`);
  }

  /**
   * One complete read. A grant on record that isn't in it, and that we have not just revoked, is believed to be gone only when a second read
   * says so too: what leaves the record wrongly is never revoked.
   */
  async #observe(members: readonly Member[], carriedOut?: HoldersPlan): Promise<HoldersSnapshot> {
    const { holders, role } = this.#reader;
    const roles = rolesOf(members);
    const snapshot = await holders.observe(role.organization, roles, this.#run.signal);
    const revoked = new Set(carriedOut?.changes.flatMap(({ subject, remove }) => remove.map((slug) => `${subjectKey(subject)} ${slug}`)));
    const isMissing = members.some(({ target }) =>
      recordedOf(target).some((subject) => {
        const key = subjectKey(subject);
        const holds = snapshot.holdings.get(key)?.roles.includes(target.role.slug) === true;
        return !holds && !revoked.has(`${key} ${target.role.slug}`);
      }),
    );
    const sure = isMissing ? await holders.observe(role.organization, roles, this.#run.signal) : snapshot;
    const takenAt = this.#run.lanes.deps.clock.monotonic();
    this.#run.lanes.heldLately.set(this.#run.work.group, { snapshot: sure, question: this.#question(roles), takenAt });
    return sure;
  }

  /** What a turn a moment ago has read, so that bindings whose turns come one after another share one read; undefined: read anew. */
  #lately(members: readonly Member[]): HoldersSnapshot | undefined {
    const { lanes, work } = this.#run;
    const held = lanes.heldLately.get(work.group);
    const isAsked = members.some(({ target, isTaken }) => isTaken && target.requested !== undefined);
    if (held === undefined || isAsked || lanes.deps.clock.monotonic() - held.takenAt >= heldForMs) return undefined;
    return held.question === this.#question(rolesOf(members)) ? held.snapshot : undefined;
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
      if (wanted.every((subject) => recorded.has(subjectKey(subject)))) return;
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
    const status = { ...held.object.status, role, grants };
    const written = await bindingWriter.setStatus(held.object, status, { exact: true }, this.#run.signal);
    if (written.kind === 'gone' || written.kind === 'stale') throw new StaleBinding();
    return written.object;
  }

  async #report(members: readonly Member[], result: PassResult): Promise<void> {
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
    for (const { target } of members) {
      const role = this.#roleOf(target);
      if (role === undefined) continue;
      const name = `${role.metadata.namespace}/${role.metadata.name}`;
      const known = holders.get(name) ?? new Set<string>();
      for (const key of heldKeys(final.bindings.get(target.key))) known.add(key);
      holders.set(name, known);
    }
    const { stores } = this.#run.lanes.deps;
    await this.#run.lanes.each([...holders], async ([name, subjects]) => {
      const role = stores.roles.get(name);
      if (role === undefined || role.status === undefined || role.status.holders === subjects.size) return;
      await this.#run.lanes.writer.setStatus(role, { ...role.status, holders: subjects.size }, {}, this.#run.signal);
    });
  }
}

function rolesOf(members: readonly Member[]): readonly string[] {
  return [...new Set(members.map(({ target }) => target.role.slug))].sort();
}

function heldKeys(plan: BindingPlan | undefined): readonly string[] {
  return plan === undefined ? [] : [...plan.held].map(subjectKey);
}
