import { names, type RoleBinding } from '../api/index.ts';
import type { Work } from '../controller/types.ts';
import { resources } from '../kube/resources.ts';
import { hasGrants } from './binding-target.ts';
import type { ReconcileKey } from './keys.ts';
import type { LaneContext } from './lane-context.ts';
import { crdNameOf, isKindUninstalling } from './uninstalling.ts';

/** The turn in which RoleBindings are kept. */
export interface BindingHost {
  readonly lanes: LaneContext;
  readonly work: Work<ReconcileKey>;
  readonly signal: AbortSignal;
}

/**
 * What becomes of a RoleBinding that is being deleted:
 * - `goes`: without its provider being asked
 * - `waits`: nobody can tell whether its grants are to be revoked
 * - `ends`: its grants are revoked first
 */
export type Fate =
  | { readonly kind: 'goes'; readonly because: string }
  | { readonly kind: 'waits'; readonly message: string }
  | { readonly kind: 'ends' };

/** Decides without asking the provider. */
export async function fateOf(run: BindingHost, binding: RoleBinding): Promise<Fate> {
  const { roleBindings } = resources;
  if (binding.metadata.annotations?.[names.forceDelete] === 'true')
    return { kind: 'goes', because: `the object is annotated with ${names.forceDelete}=true` };
  if (!hasGrants(binding)) return { kind: 'goes', because: '' };
  const isUninstalling = await isKindUninstalling(run.lanes.deps.api, roleBindings, run.signal);
  if (isUninstalling === 'yes') return { kind: 'goes', because: 'the CRD of RoleBindings is being deleted' };
  if (isUninstalling === 'no') return { kind: 'ends' };
  // To leave the grants would undo a revocation in silence, and to revoke them could lock everybody out.
  const message = `Deletion waits: the operator may not read the CRD ${crdNameOf(roleBindings)}, so nobody can tell whether all RoleBindings go or only this one. Allow its ServiceAccount to get it; to leave the grants at the provider, annotate the object with ${names.forceDelete}=true.`;
  return { kind: 'waits', message };
}

/** Takes the finalizer off and tells what stays at the provider, if anything does. */
export async function letGo(run: BindingHost, key: ReconcileKey, binding: RoleBinding, because: string): Promise<void> {
  const { grants = [], role } = binding.status ?? {};
  if (grants.length > 0 && role !== undefined) {
    const count = grants.length === 1 ? '1 grant' : `${grants.length} grants`;
    const note = `${count} of role "${role.slug}" of organization "${role.organization}" stay at the provider: ${because}.`;
    run.lanes.emitOn(binding, { type: 'Warning', reason: 'RetainedExternalGrants', action: 'Delete', note });
  }
  await dropFinalizer(run, key, binding);
}

/** Lets the object go. */
export async function dropFinalizer(run: BindingHost, key: ReconcileKey, binding: RoleBinding): Promise<void> {
  const write = await run.lanes.bindingWriter.setFinalizer(binding, false, run.signal);
  run.lanes.assertions.delete(key);
  run.lanes.untold.forget(key);
  run.work.settle(key, write.kind === 'stale' ? run.lanes.staleLook : { kind: 'done' });
}
