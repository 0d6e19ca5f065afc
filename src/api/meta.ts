/** The API group of all rolekeeper kinds. */
export const group = 'rolekeeper.dev';
/** The served and stored version. */
export const version = 'v1alpha1';
/** `apiVersion` of every rolekeeper object. */
export const apiVersion = `${group}/${version}` as const;

/** Annotations and finalizers that rolekeeper reads or sets. */
export const names = {
  /** Any new value asks for a reconcile at once; it is acknowledged in `status.lastHandledReconcileAt`. */
  reconcileRequestedAt: `${group}/reconcile-requested-at`,
  /** Lets exactly the plan with this hash through once. */
  approvedPlan: `${group}/approved-plan`,
  /** `"true"` on an object under deletion: its finalizer goes at once and the remote role is retained. */
  forceDelete: `${group}/force-delete`,
  /** `"true"` on a Namespace pauses all reading and writing for its objects; on the operator's own namespace for the whole cluster. */
  pause: `${group}/pause`,
  /** On a Role or RoleBinding whose deletion must act on the provider first. */
  externalRoleFinalizer: `${group}/external-role`,
  /** On a RoleProvider or ClusterRoleProvider that Roles or RoleBindings use. */
  inUseFinalizer: `${group}/in-use`,
  /** Field manager of every write of the operator. */
  fieldManager: 'rolekeeper',
} as const;

/** The parts of Kubernetes object metadata that rolekeeper uses. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
}

/** Any Kubernetes object. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/**
 * One aspect of an object's state, in the form of `metav1.Condition`.
 */
export interface Condition {
  /**
   * Which aspect, in CamelCase.
   * @maxLength 316
   * @pattern ^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$
   */
  readonly type: string;
  /** Whether the condition holds. */
  readonly status: 'True' | 'False' | 'Unknown';
  /**
   * `metadata.generation` of the object that the condition was computed for.
   * @type int64
   * @minimum -1
   */
  readonly observedGeneration?: number;
  /**
   * When `status` last changed; stays when only the reason or the message does.
   * @format date-time
   */
  readonly lastTransitionTime: string;
  /**
   * Why, as one CamelCase word that programs may rely on.
   * @minLength 1
   * @maxLength 1024
   * @pattern ^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$
   */
  readonly reason: string;
  /**
   * Why, for people, and what to do next. Stable: it holds no time and lists are sorted.
   * @maxLength 32768
   */
  readonly message: string;
}
