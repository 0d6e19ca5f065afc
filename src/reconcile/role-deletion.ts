import { names, type Reason, type Role, type RoleBinding, reasons } from '../api/index.ts';
import type { Result, Work } from '../controller/types.ts';
import { resources } from '../kube/resources.ts';
import type { ObservedRole } from '../model/index.ts';
import { failureMessage, failureRule, type RoleFacts } from '../status/index.ts';
import { hasGrants } from './binding-target.ts';
import { keyOf, providerKeyOfRole, type ReconcileKey, slugOf } from './keys.ts';
import { isProviderError, type LaneContext } from './lane-context.ts';
import type { LaneReads } from './lane-reads.ts';
import { pauseOf } from './pause.ts';
import { assertMayWrite } from './ports.ts';
import { isOurs } from './role-decision.ts';
import { claims, label, type RoleTarget, resolveRole } from './role-target.ts';
import { crdNameOf, isKindUninstalling } from './uninstalling.ts';

/** How soon a Role whose deletion waits is looked at again, in milliseconds. */
const waitingLookMs = 60_000;

/** The turn in which Roles are deleted. */
export interface DeletionHost {
  readonly lanes: LaneContext;
  readonly work: Work<ReconcileKey>;
  readonly signal: AbortSignal;
  readonly reads: LaneReads;
  /** Writes what happened to a Role's status and settles its key. */
  conclude(key: ReconcileKey, role: Role, facts: RoleFacts, result: Result): Promise<boolean>;
}

/** What is left to do for a Role under deletion once its provider has been heard. */
type Step =
  | { readonly kind: 'retain'; readonly because: string }
  /** Another Role may claim the role; its provider will be looked at soon. */
  | { readonly kind: 'pending' }
  /** A RoleBinding has given the role to somebody and not taken it back yet. */
  | { readonly kind: 'held'; readonly by: string }
  | { readonly kind: 'gone' }
  | { readonly kind: 'remove'; readonly observed: ObservedRole };

/**
 * Ends Roles that are being deleted: a role at the provider goes only when the manifest said `Delete`, it is ours, and nobody else
 * declares it. Whatever can't be known or reached for good leaves the role there and lets the object go, with an Event.
 */
export async function deleteRoles(run: DeletionHost, roles: readonly (readonly [ReconcileKey, Role])[]): Promise<void> {
  const removed: RoleTarget[] = [];
  for (const [key, role] of roles) {
    const target = await deleteRole(run, key, role);
    if (target !== undefined) removed.push(target);
  }
  const removedBy = run.lanes.snapshots.nextOrder();
  for (const target of removed) await confirmGone(run, target, removedBy);
}

/** Gives back a target whose role was deleted and must be read back before the object may go. */
async function deleteRole(run: DeletionHost, key: ReconcileKey, role: Role): Promise<RoleTarget | undefined> {
  if (role.metadata.finalizers?.includes(names.externalRoleFinalizer) !== true) {
    run.work.settle(key, { kind: 'done' });
    return undefined;
  }
  const waived = retainWithoutAsking(role) ?? (await uninstallation(run));
  if (waived !== undefined) return letGo(run, key, role, waived);
  const pause = pauseOf(run.lanes.deps, role.metadata.namespace, providerKeyOfRole(role));
  if (pause !== undefined) return wait(run, key, role, reasons.Paused, `Deletion waits: ${pause.message}`);
  const resolution = resolveRole(key, role, run.lanes.deps.stores, run.lanes.registry);
  if (resolution.kind === 'pending') {
    run.work.settle(key, run.lanes.idleLook);
    return undefined;
  }
  if (resolution.kind === 'refused') {
    const { refusal, providerLost } = resolution;
    if (providerLost || refusal.reason === reasons.InvalidSpec) return letGo(run, key, role, refusal.message);
    return wait(
      run,
      key,
      role,
      refusal.reason,
      `Deletion waits: ${refusal.message} To leave the role at the provider, annotate the object with ${names.forceDelete}=true.`,
    );
  }
  return deleteAtProvider(run, resolution.target);
}

function retainWithoutAsking(role: Role): string | undefined {
  if (role.metadata.annotations?.[names.forceDelete] === 'true') return `the object is annotated with ${names.forceDelete}=true`;
  if (role.spec.deletionPolicy !== 'Delete') return 'spec.deletionPolicy is Retain';
  if (role.spec.managementMode === 'Observe') return 'spec.managementMode is Observe';
  if (role.status?.ownership === undefined && role.status?.pendingCreate === undefined)
    return 'it never came under management of this object';
  return undefined;
}

/** Asked before anything that a deletion may wait for: an uninstallation must not hang on RoleBindings or on a provider that fails. */
async function uninstallation({ lanes, signal }: DeletionHost): Promise<string | undefined> {
  const isUninstalling = await isKindUninstalling(lanes.deps.api, resources.roles, signal);
  if (isUninstalling === 'yes') return 'the CRD of Roles is being deleted';
  // A role that nobody holds can be deleted later.
  if (isUninstalling === 'unknown') return `the operator may not read the CRD ${crdNameOf(resources.roles)}, so all Roles may be going`;
  return undefined;
}

async function deleteAtProvider(run: DeletionHost, target: RoleTarget): Promise<RoleTarget | undefined> {
  const { key, role, connection } = target;
  const paused = connection.pausedForMs();
  // In another lane than this turn holds, another worker may be writing.
  if (paused > 0 || run.lanes.laneOf(key) !== run.work.group) {
    run.work.settle(key, { kind: 'after', delayMs: paused });
    return undefined;
  }
  try {
    const step = await nextStep(run, target);
    if (step.kind === 'retain') return await letGo(run, key, role, step.because);
    if (step.kind === 'gone') return await finish(run, target);
    if (step.kind === 'held') {
      const message = `Deletion waits: ${step.by} grants the role. Delete it, or set spec.deletionPolicy: Retain; the deletion then goes on by itself.`;
      return await wait(run, key, role, reasons.RoleInUse, message);
    }
    if (step.kind === 'pending') {
      run.work.settle(key, run.lanes.idleLook);
      return undefined;
    }
    assertMayWrite(run.lanes.deps);
    await connection.provider.remove(target.desired.ref, step.observed.externalID, run.signal);
    run.lanes.deps.metrics.roleWritten(connection.driver.type, 'delete');
    run.lanes.deps.log.info('Deleted a role', { role: key, ...target.desired.ref, provider: connection.key });
    return target;
  } catch (error) {
    run.signal.throwIfAborted();
    if (!isProviderError(error)) throw error;
    run.reads.forget(target);
    if (failureRule(error).suspectsProvider) run.lanes.registry.suspect(connection.key);
    const { reason } = failureRule(error);
    const message = `Deletion waits: ${failureMessage(error)}`;
    run.lanes.emitFailure(target, reason, message, 'delete');
    const notBeforeMs = Math.max(error.details.retryAfterMs ?? 0, connection.pausedForMs());
    const result: Result =
      error.kind === 'inUse' || failureRule(error).terminal
        ? { kind: 'terminal', error, delayMs: waitingLookMs }
        : { kind: 'retry', error, notBeforeMs };
    return wait(run, key, role, reason, message, result);
  }
}

async function nextStep(run: DeletionHost, target: RoleTarget): Promise<Step> {
  const others = claims(target, run.lanes.deps.stores, run.lanes.registry);
  const heir = others.find(({ sure }) => sure)?.role;
  if (heir === undefined && others.length > 0) return { kind: 'pending' };
  if (heir !== undefined) {
    const name = label(`Role/${heir.metadata.namespace}/${heir.metadata.name}`);
    return { kind: 'retain', because: `${name} declares the same role` };
  }
  const binding = granterOf(run, target);
  if (binding !== undefined) return { kind: 'held', by: label(keyOf(binding)) };
  const { capabilities } = target.connection.provider;
  if (!capabilities.deleteRole) return { kind: 'retain', because: "the provider can't delete roles" };
  if (!capabilities.readable) return { kind: 'retain', because: "the provider can't be read, so nobody can tell whose role it is" };
  const { snapshot } = await run.reads.base(target, true);
  const observed = snapshot.roles.get(target.desired.ref.slug);
  if (observed === undefined) return { kind: 'gone' };
  if (observed.system) return { kind: 'retain', because: 'it is a system or environment role of the provider' };
  if (!isOurs(target, observed, run.lanes.records.get(target.key))) {
    return { kind: 'retain', because: 'the role there has another id than the one that was managed' };
  }
  return { kind: 'remove', observed };
}

/** A RoleBinding that has given the role to somebody: one that names the Role, or grants it by its slug. */
function granterOf({ lanes, work }: DeletionHost, { key, desired: { ref } }: RoleTarget): RoleBinding | undefined {
  const { roleBindings } = lanes.deps.stores;
  const grants = (binding: RoleBinding): boolean =>
    hasGrants(binding) && binding.status?.role?.slug === ref.slug && lanes.laneOf(keyOf(binding)) === work.group;
  return roleBindings.byIndex('role', key).find(hasGrants) ?? [...roleBindings.values()].find(grants);
}

async function confirmGone(run: DeletionHost, target: RoleTarget, removedBy: number): Promise<void> {
  try {
    const { snapshot } = await run.reads.after(target, removedBy);
    if (!snapshot.roles.has(target.desired.ref.slug)) {
      await finish(run, target);
      return;
    }
  } catch (error) {
    run.signal.throwIfAborted();
    if (!isProviderError(error)) throw error;
  }
  const message = 'Deletion waits: the role was deleted at the provider and that could not be confirmed yet. It is looked at again.';
  await wait(run, target.key, target.role, reasons.Deleting, message, { kind: 'retry', error: new Error(message) });
}

async function finish(run: DeletionHost, target: RoleTarget): Promise<undefined> {
  const { slug, organization } = target.desired.ref;
  run.lanes.emit(target.role, {
    type: 'Normal',
    reason: 'DeletedExternalRole',
    action: 'Delete',
    note: `Deleted role "${slug}" of organization "${organization}".`,
  });
  return dropFinalizer(run, target.key, target.role);
}

async function letGo(run: DeletionHost, key: ReconcileKey, role: Role, because: string): Promise<undefined> {
  const note = `Role "${slugOf(role)}" of organization "${role.spec.organization}" stays at the provider: ${because}.`;
  run.lanes.emit(role, { type: 'Normal', reason: 'RetainedExternalRole', action: 'Delete', note });
  return dropFinalizer(run, key, role);
}

async function dropFinalizer(run: DeletionHost, key: ReconcileKey, role: Role): Promise<undefined> {
  const write = await run.lanes.writer.setFinalizer(role, false, run.signal);
  run.lanes.records.delete(key);
  run.work.settle(key, write.kind === 'stale' ? run.lanes.staleLook : { kind: 'done' });
  return undefined;
}

async function wait(
  run: DeletionHost,
  key: ReconcileKey,
  role: Role,
  reason: Reason,
  message: string,
  result: Result = run.lanes.idleLook,
): Promise<undefined> {
  await run.conclude(key, role, { outcome: { kind: 'deleting', reason, message } }, result);
  return undefined;
}
