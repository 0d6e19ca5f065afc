import { names, reasons } from '../api/index.ts';
import type { Outcome } from '../status/index.ts';
import type { ReconcileKey } from './keys.ts';
import type { ReconcileDeps } from './ports.ts';
import { findProvider, label, type RoleTarget } from './role-target.ts';

/** Whose writes are paused. */
export interface Pause {
  readonly scope: 'cluster' | 'namespace' | 'provider';
  /** Who says so, and how it ends. */
  readonly message: string;
}

/** The pause that an object is under; undefined when it may be worked on. The widest one counts. */
export function pauseOf(
  deps: Pick<ReconcileDeps, 'stores' | 'pause'>,
  namespace: string | undefined,
  providerKey: ReconcileKey | undefined,
): Pause | undefined {
  const { stores, pause } = deps;
  if (pause.all)
    return { scope: 'cluster', message: 'The operator was started with --pause: no Role or RoleBinding is worked on. Start it without.' };
  if (isPaused(deps, pause.operatorNamespace)) return { scope: 'cluster', message: byNamespace(pause.operatorNamespace, 'of the cluster') };
  if (namespace !== undefined && isPaused(deps, namespace)) return { scope: 'namespace', message: byNamespace(namespace, 'of it') };
  const provider = providerKey === undefined ? undefined : findProvider(providerKey, stores);
  if (providerKey === undefined || provider?.spec.pause !== true) return undefined;
  return {
    scope: 'provider',
    message: `${label(providerKey)} has spec.pause: true: no Role or RoleBinding is worked on through it. Set it to false to go on.`,
  };
}

/** Whether a Role was paused since its turn began, so that what was decided isn't written any more. */
export function isPausedNow(
  deps: Pick<ReconcileDeps, 'stores' | 'pause'>,
  { role, connection }: Pick<RoleTarget, 'role' | 'connection'>,
): boolean {
  return pauseOf(deps, role.metadata.namespace, connection.key) !== undefined;
}

/** What a paused object says. */
export function pausedOutcome({ message }: Pause): Outcome {
  return { kind: 'suspended', reason: reasons.Paused, message };
}

function isPaused({ stores }: Pick<ReconcileDeps, 'stores'>, namespace: string): boolean {
  return stores.namespaces.get(namespace)?.metadata.annotations?.[names.pause] === 'true';
}

function byNamespace(namespace: string, where: string): string {
  return `Namespace "${namespace}" is annotated with ${names.pause}=true: no Role or RoleBinding ${where} is worked on. To go on: kubectl annotate namespace ${namespace} ${names.pause}-`;
}
