import { names, type RoleBinding } from '../api/index.ts';
import type { Work } from '../controller/types.ts';
import { resources } from '../kube/resources.ts';
import { hasGrants } from './binding-target.ts';
import type { ReconcileKey } from './keys.ts';
import type { LaneContext } from './lane-context.ts';
import { isKindUninstalling } from './uninstalling.ts';

/** The turn in which RoleBindings are kept. */
export interface BindingHost {
  readonly lanes: LaneContext;
  readonly work: Work<ReconcileKey>;
  readonly signal: AbortSignal;
}

/** Why a RoleBinding that is being deleted goes without its provider being asked; undefined when its grants are to be revoked first. */
export async function isLetGo(run: BindingHost, binding: RoleBinding): Promise<string | undefined> {
  if (binding.metadata.annotations?.[names.forceDelete] === 'true') return `the object is annotated with ${names.forceDelete}=true`;
  if (!hasGrants(binding)) return '';
  if (await isKindUninstalling(run.lanes.deps.api, resources.roleBindings, run.signal)) return 'the CRD of RoleBindings is being deleted';
  return undefined;
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
  run.work.settle(key, write.kind === 'stale' ? run.lanes.staleLook : { kind: 'done' });
}
