import { names, type RoleBinding, reasons } from '../api/index.ts';
import type { Result } from '../controller/types.ts';
import { type ProviderError, type SubjectRef, subjectKey } from '../model/index.ts';
import type { BindingInput } from '../plan/index.ts';
import { failureRule, type Outcome } from '../status/index.ts';
import { type BindingHost, fateOf, letGo } from './binding-deletion.ts';
import { limitTarget } from './binding-limits.ts';
import { type ResolvedSubjects, resolveSubjects, type SubjectsNow, subjectsAt, withoutLookup } from './binding-subjects.ts';
import { ageOf, type BindingTarget, bindingAddress, resolveBinding } from './binding-target.ts';
import { keyOf, organizationValue, parseKey, type ReconcileKey } from './keys.ts';
import { isProviderError } from './lane-context.ts';
import { pausedOutcome, pauseOf } from './pause.ts';
import type { Stores } from './ports.ts';

/** A RoleBinding of the lane in one pass. */
export interface Member {
  readonly target: BindingTarget;
  /** Its key was handed out: it has to be settled. Others are only told what changed for them. */
  readonly isTaken: boolean;
  readonly now: SubjectsNow;
  readonly subjects: ResolvedSubjects;
  /** Its subjects were looked for; otherwise `subjects` has what is known without. */
  readonly isLookedUp: boolean;
  /** Keys of the subjects that were on record before this pass. */
  readonly recordedBefore: ReadonlySet<string>;
  /** Its subjects couldn't be looked for; until they can, what it granted is kept. */
  readonly error: ProviderError | undefined;
}

/** Settles keys that need no provider; gives back the targets of the others. */
export async function takeTargets(run: BindingHost, keys: readonly ReconcileKey[]): Promise<readonly BindingTarget[]> {
  const targets: BindingTarget[] = [];
  await run.lanes.each(keys, async (key) => {
    const binding = run.lanes.deps.stores.roleBindings.get(parseKey(key).storeKey);
    if (binding === undefined) {
      run.lanes.assertions.delete(key);
      run.lanes.untold.forget(key);
      run.work.settle(key, { kind: 'done' });
      return;
    }
    const target = await takeTarget(run, key, binding);
    if (target !== undefined) targets.push(target);
  });
  return targets;
}

async function takeTarget(run: BindingHost, key: ReconcileKey, binding: RoleBinding): Promise<BindingTarget | undefined> {
  const { lanes, work } = run;
  const isDeleted = isBeingDeleted(binding);
  const fate = isDeleted ? await fateOf(run, binding) : undefined;
  if (fate?.kind === 'goes') {
    await letGo(run, key, binding, fate.because);
    return undefined;
  }
  if (fate?.kind === 'waits') {
    const outcome = { kind: 'deleting', reason: reasons.Deleting, message: fate.message } as const;
    await lanes.concludeBinding(work, key, binding, { outcome }, { kind: 'retry', error: new Error(fate.message) }, run.signal);
    return undefined;
  }
  const paused = pausedBinding(run, binding);
  if (paused !== undefined) {
    await lanes.concludeBinding(work, key, binding, { outcome: paused }, { kind: 'done' }, run.signal);
    return undefined;
  }
  const resolution = resolveBinding(key, binding, lanes.deps.stores, lanes.registry);
  if (resolution.kind === 'pending') {
    work.settle(key, lanes.idleLook);
    return undefined;
  }
  if (resolution.kind === 'suspended') {
    await lanes.concludeBinding(work, key, binding, { outcome: { kind: 'suspended' } }, { kind: 'done' }, run.signal);
    return undefined;
  }
  if (resolution.kind === 'refused') {
    const { refusal, lost } = resolution;
    if (isDeleted && lost) {
      await letGo(run, key, binding, refusal.message);
      return undefined;
    }
    const waits = `Deletion waits: ${refusal.message} To leave the grants at the provider, annotate the object with ${names.forceDelete}=true.`;
    const outcome = isDeleted
      ? ({ kind: 'deleting', reason: refusal.reason, message: waits } as const)
      : ({ kind: 'refused', ...refusal } as const);
    const result: Result = refusal.terminal ? { ...lanes.idleLook, kind: 'terminal', error: new Error(refusal.message) } : lanes.idleLook;
    await lanes.concludeBinding(work, key, binding, { outcome }, result, run.signal);
    return undefined;
  }
  // Its provider became ready, or its Role was made, after the key was handed out: another worker may hold the lane it belongs to now.
  if (lanes.laneOf(key) !== work.group) {
    work.settle(key, { kind: 'after', delayMs: 0 });
    return undefined;
  }
  return resolution.target;
}

function isBeingDeleted({ metadata }: RoleBinding): boolean {
  return metadata.deletionTimestamp !== undefined;
}

/** What a paused RoleBinding says; undefined when it isn't paused. */
function pausedBinding({ lanes: { deps } }: BindingHost, binding: RoleBinding): Outcome | undefined {
  const pause = pauseOf(deps, binding.metadata.namespace, bindingAddress(binding, deps.stores)?.providerKey);
  if (pause === undefined) return undefined;
  if (!isBeingDeleted(binding)) return pausedOutcome(pause);
  return { kind: 'deleting', reason: reasons.Paused, message: `Deletion waits: ${pause.message}` };
}

/** The other RoleBindings of the lane that `one` is in: what they want and have on record decides about what is taken from whom. */
export function siblingTargets(
  { lanes, work }: BindingHost,
  one: BindingTarget,
  taken: ReadonlySet<ReconcileKey>,
): readonly BindingTarget[] {
  const { stores } = lanes.deps;
  return bindingsNear(one.binding, stores).flatMap((binding): readonly BindingTarget[] => {
    const key = keyOf(binding);
    if (taken.has(key) || lanes.laneOf(key) !== work.group) return [];
    const resolution = resolveBinding(key, binding, stores, lanes.registry);
    if (resolution.kind !== 'ready') return [];
    const isPaused = pauseOf(lanes.deps, binding.metadata.namespace, resolution.target.connection.key) !== undefined;
    return [isPaused ? { ...resolution.target, state: 'frozen' } : resolution.target];
  });
}

/** Every RoleBinding that may be in the lane of this one: what `bindingAddress` may tell of it, by way of the indexes. */
export function bindingsNear(one: RoleBinding, stores: Stores): readonly RoleBinding[] {
  const address = bindingAddress(one, stores);
  if (address === undefined) return [...stores.roleBindings.values()];
  const organization = organizationValue(address.organization);
  const byRole = stores.roles.byIndex('organization', organization).flatMap((role) => stores.roleBindings.byIndex('role', keyOf(role)));
  const byReference = stores.roleBindings.byIndex('organization', organization);
  return [...new Map([...byRole, ...byReference].map((binding) => [keyOf(binding), binding])).values()];
}

/**
 * Finds the subjects of a target, where that makes a difference: of one that is suspended only when somebody could be swept away whom it
 * names. `swept`: roles with an authoritative RoleBinding.
 */
export async function lookUp(run: BindingHost, target: BindingTarget, isTaken: boolean, swept: ReadonlySet<string>): Promise<Member> {
  const { binding, state } = target;
  const now = subjectsAt(binding, run.lanes.deps.clock.now());
  const subjects = withoutLookup(now.named, binding.status?.grants ?? []);
  const common = { target, isTaken, now, recordedBefore: keysOf(recordedOf(target)), error: undefined };
  const member: Member = { ...common, subjects, isLookedUp: now.named.length === 0 };
  try {
    const limited = { ...member, target: await limitTarget(run, target) };
    const found = needsLookup(limited, swept) ? await findNamed(run, limited) : limited;
    return found.target.isBarred === true ? barred(found) : found;
  } catch (error) {
    run.signal.throwIfAborted();
    if (!isProviderError(error)) throw error;
    return state === 'active' ? { ...member, target: { ...target, state: 'frozen' }, error } : member;
  }
}

function needsLookup({ target: { binding, state, refusal, role }, isLookedUp }: Member, swept: ReadonlySet<string>): boolean {
  return !isLookedUp && (state === 'active' || refusal !== undefined || (binding.spec.suspend === true && swept.has(role.slug)));
}

async function findNamed(run: BindingHost, member: Member): Promise<Member> {
  const { target, now } = member;
  const lookups = await target.holders.lookup(target.role.organization, now.named, run.signal);
  return { ...member, subjects: resolveSubjects(now.named, lookups, target.binding.status?.grants ?? []), isLookedUp: true };
}

/** Whom a binding names that may not grant the role is of no account; it only tells which of its grants are listed no more. */
function barred(member: Member): Member {
  const { isIncomplete: _, ...subjects } = member.subjects;
  const wanted = subjects.wanted.filter((subject) => member.recordedBefore.has(subjectKey(subject)));
  return { ...member, subjects: { ...subjects, wanted } };
}

/** Roles of which an authoritative RoleBinding takes care now. */
export function sweptRoles(targets: readonly BindingTarget[]): ReadonlySet<string> {
  const sweepers = targets.filter(({ binding, state }) => state === 'active' && binding.spec.managementMode === 'Authoritative');
  return new Set(sweepers.map(({ role }) => role.slug));
}

/**
 * What a member is to the plan. One whose Role isn't ready is granted nothing, and all the same lets go whom it doesn't list any more or
 * whose time is over.
 */
export function inputOf({ target, subjects, isLookedUp, error }: Member): BindingInput {
  const { binding, key, role, state, refusal } = target;
  const recorded = recordedOf(target);
  const wanted = keysOf(subjects.wanted);
  const lapsed =
    state === 'frozen' && refusal !== undefined && isLookedUp ? recorded.filter((subject) => !wanted.has(subjectKey(subject))) : [];
  return {
    key,
    age: ageOf(binding),
    role: role.slug,
    mode: binding.spec.managementMode ?? 'Additive',
    state,
    wanted: subjects.wanted,
    recorded,
    lapsed,
    isMomentary: error !== undefined && !failureRule(error).terminal,
    reactivate: binding.spec.reactivate === true,
  };
}

/** Whose grants a binding has on record. */
export function recordedOf({ binding }: Pick<BindingTarget, 'binding'>): readonly SubjectRef[] {
  return (binding.status?.grants ?? []).map(({ kind, id }) => ({ kind, id }));
}

/** The keys of subjects. */
export function keysOf(subjects: readonly SubjectRef[]): ReadonlySet<string> {
  return new Set(subjects.map(subjectKey));
}
