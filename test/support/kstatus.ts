import type { Condition, KubeObject } from '../../src/api/index.ts';

/** What kstatus, and with it Flux and kubectl-like tools, makes of an object. */
export type KStatus = 'Current' | 'InProgress' | 'Failed' | 'Terminating';

interface WithStatus extends KubeObject {
  readonly status?: { readonly observedGeneration?: number; readonly conditions?: readonly Condition[] };
}

/** The rules of sigs.k8s.io/cli-utils for kinds that it doesn't know: deletion, generation, Reconciling, Stalled, then Ready. */
export function kstatusOf({ metadata, status = {} }: WithStatus): KStatus {
  const { observedGeneration, conditions = [] } = status;
  const is = (type: string, wanted: string): boolean => conditions.some((entry) => entry.type === type && entry.status === wanted);
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  if (observedGeneration !== undefined && observedGeneration !== metadata.generation) return 'InProgress';
  if (is('Reconciling', 'True')) return 'InProgress';
  if (is('Stalled', 'True')) return 'Failed';
  return is('Ready', 'False') || is('Ready', 'Unknown') ? 'InProgress' : 'Current';
}
