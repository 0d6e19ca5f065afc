import { names, type RoleBinding, reasons } from '../api/index.ts';
import type { Result } from '../controller/types.ts';
import { type ProviderError, type SubjectRef, subjectKey } from '../model/index.ts';
import type { BindingInput } from '../plan/index.ts';
import type { Outcome } from '../status/index.ts';
import { type BindingHost, isLetGo, letGo } from './binding-deletion.ts';
import { type ResolvedSubjects, resolveSubjects, type SubjectsNow, subjectsAt } from './binding-subjects.ts';
import { type BindingTarget, bindingAddress, resolveBinding } from './binding-target.ts';
import { keyOf, parseKey, type ReconcileKey } from './keys.ts';
import { isProviderError } from './lane-context.ts';
import { pausedOutcome, pauseOf } from './pause.ts';

/** A RoleBinding of the lane in one pass. */
export interface Member {
  readonly target: BindingTarget;
  /** Its key was handed out: it has to be settled. Others are only told what changed for them. */
  readonly isTaken: boolean;
  readonly now: SubjectsNow;
  readonly subjects: ResolvedSubjects;
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
  const because = isDeleted ? await isLetGo(run, binding) : undefined;
  if (because !== undefined) {
    await letGo(run, key, binding, because);
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

/** The other RoleBindings of the lane: what they want and have on record decides about what is taken from whom. */
export function siblingTargets({ lanes, work }: BindingHost, taken: ReadonlySet<ReconcileKey>): readonly BindingTarget[] {
  const { stores } = lanes.deps;
  return [...stores.roleBindings.values()].flatMap((binding): readonly BindingTarget[] => {
    const key = keyOf(binding);
    if (taken.has(key) || lanes.laneOf(key) !== work.group) return [];
    const resolution = resolveBinding(key, binding, stores, lanes.registry);
    if (resolution.kind !== 'ready') return [];
    const isPaused = pauseOf(lanes.deps, binding.metadata.namespace, resolution.target.connection.key) !== undefined;
    return [isPaused ? { ...resolution.target, state: 'frozen' } : resolution.target];
  });
}

/** Finds the subjects of a target. */
export async function lookUp(run: BindingHost, target: BindingTarget, isTaken: boolean): Promise<Member> {
  const { binding, holders, role, state } = target;
  const now = subjectsAt(binding, run.lanes.deps.clock.now());
  const subjects: ResolvedSubjects = { wanted: [], emails: new Map(), failures: [] };
  const member: Member = { target, isTaken, now, subjects, recordedBefore: keysOf(recordedOf(target)), error: undefined };
  if (state !== 'active' || now.named.length === 0) return member;
  try {
    const lookups = await holders.lookup(role.organization, now.named, run.signal);
    return { ...member, subjects: resolveSubjects(now.named, lookups, binding.status?.grants ?? []) };
  } catch (error) {
    run.signal.throwIfAborted();
    if (!isProviderError(error)) throw error;
    return { ...member, target: { ...target, state: 'frozen' }, error };
  }
}

/** What a member is to the plan; `recorded` unless it is what the status says. */
export function inputOf({ target, subjects }: Member, recorded: readonly SubjectRef[] = recordedOf(target)): BindingInput {
  const { binding, key, role, state } = target;
  const { creationTimestamp = '', namespace, name } = binding.metadata;
  return {
    key,
    age: `${creationTimestamp} ${namespace}/${name}`,
    role: role.slug,
    mode: binding.spec.managementMode ?? 'Additive',
    state,
    wanted: subjects.wanted,
    recorded,
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
