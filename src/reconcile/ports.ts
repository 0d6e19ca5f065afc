import type { ClusterRoleProvider, EventReason, KubeObject, Role, RoleBinding, RoleProvider } from '../api/index.ts';
import type { Store } from '../cache/types.ts';
import type { Logger } from '../controller/types.ts';
import type { KubeApi } from '../kube/types.ts';
import type { Clock, Random } from '../lib/index.ts';

/** A Namespace, as far as its labels are asked for. */
export type Namespace = KubeObject;

/** What the operator knows of the cluster. */
export interface Stores {
  readonly roles: Store<Role>;
  readonly roleBindings: Store<RoleBinding>;
  readonly roleProviders: Store<RoleProvider>;
  readonly clusterRoleProviders: Store<ClusterRoleProvider>;
  readonly namespaces: Store<Namespace>;
  /** Id of the cluster for ownership marks at providers; undefined while it isn't known, and nothing is marked then. */
  readonly clusterID: () => string | undefined;
}

/** Something that happened to an object, for people who look at it. */
export interface EventDraft {
  readonly type: 'Normal' | 'Warning';
  readonly reason: EventReason;
  /** In the past tense, with the values. */
  readonly note: string;
  /** What was being done, as one CamelCase word. */
  readonly action: string;
}

/** Takes Events; never fails and never blocks. */
export interface EventSink {
  /** `summaryOn`: the object on which a burst is summarised. */
  emit(object: KubeObject, event: EventDraft, summaryOn?: KubeObject): void;
}

/** Counts of what reconcilers see. */
export interface ReconcileMetrics {
  /** A role of a provider of this type differs from what was in place. */
  driftDetected(provider: string): void;
  /** Such a difference was undone. */
  driftCorrected(provider: string): void;
  /** A change was written to a provider. */
  roleWritten(provider: string, action: 'create' | 'update' | 'delete' | 'assert'): void;
  /** A role was given to or taken from a subject. */
  grantWritten(provider: string, action: 'grant' | 'revoke'): void;
}

/** What reconcilers work with. */
export interface ReconcileDeps {
  readonly api: KubeApi;
  readonly stores: Stores;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: EventSink;
  readonly metrics: ReconcileMetrics;
  readonly log: Logger;
  /** What pauses the whole cluster: the flag, and the operator's own namespace when it is annotated. */
  readonly pause: { readonly all: boolean; readonly operatorNamespace: string };
  /** Whether this process may still write: false once its lease could have passed to another. */
  readonly mayWrite: () => boolean;
}

/** Thrown instead of writing when the lease may have passed to another process. */
export class NotLeaderError extends Error {
  override readonly name = 'NotLeaderError';
  constructor() {
    super('this process may no longer write: its lease could have passed to another');
  }
}

/** Throws NotLeaderError unless this process may write. Called right before every write, to a provider or to Kubernetes. */
export function assertMayWrite(deps: Pick<ReconcileDeps, 'mayWrite'>): void {
  if (!deps.mayWrite()) throw new NotLeaderError();
}
