import type { Condition, ObjectMeta } from './meta.ts';
import type { Duration, ProviderRef, RemovalRecord } from './shared.ts';

/**
 * A RoleBinding declares who holds a role at the provider.
 *
 * @resource plural=orgrolebindings singular=orgrolebinding shortNames=orb scope=Namespaced
 * @printColumn Role :: string :: .spec.roleRef.name :: The Role that is granted.
 * @printColumn Ready :: string :: .status.conditions[?(@.type=="Ready")].status :: Whether every subject holds the role.
 * @printColumn Reason :: string :: .status.conditions[?(@.type=="Ready")].reason :: Why it is or isn't ready.
 * @printColumn Subjects :: integer :: .status.subjects.desired :: Number of subjects that are to hold the role now.
 * @printColumn Granted :: integer :: .status.subjects.granted :: Number of subjects that hold the role through this binding.
 * @printColumn Failed :: integer :: .status.subjects.failed :: Number of subjects that couldn't be handled.
 * @printColumn External :: string :: .spec.roleRef.external.slug :: Slug of the role that is granted, where no Role declares it. :: priority=1
 * @printColumn Age :: date :: .metadata.creationTimestamp :: Time since the object was created.
 */
export interface RoleBinding {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec: RoleBindingSpec;
  readonly status?: RoleBindingStatus;
}

/** Which role, and who holds it. */
export interface RoleBindingSpec {
  /**
   * The role that is granted. Immutable.
   * @rule self == oldSelf :: spec.roleRef is immutable: create a new RoleBinding for the other role and delete this one.
   */
  readonly roleRef: BindingRoleRef;
  /**
   * Who holds the role.
   * @listType atomic
   * @maxItems 10000
   * @rule size(self) <= 1000 :: spec.subjects has more than 1000 entries. Split them over several RoleBindings with the same roleRef: what they grant is added up.
   */
  readonly subjects: readonly Subject[];
  /**
   * `Additive` grants what is listed and revokes only what it granted itself; `Authoritative` makes sure that nobody else
   * holds the role.
   * @default "Additive"
   */
  readonly managementMode?: 'Additive' | 'Authoritative';
  /**
   * Makes a subject active again whose membership is inactive at the provider, in order to grant it the role. Otherwise it is reported.
   * @default false
   */
  readonly reactivate?: boolean;
  /**
   * How often to look for drift; the provider's interval where absent. At least 10s.
   * @rule duration(self) >= duration('10s') :: spec.interval is below 10s. Use 10s or more, for example 10m.
   */
  readonly interval?: Duration;
  /**
   * Stops all work on this object. It can still be deleted.
   * @default false
   */
  readonly suspend?: boolean;
}

/**
 * A Role of the same namespace, or a role that no manifest declares.
 * @rule has(self.name) != has(self.external) :: Set exactly one of roleRef.name and roleRef.external.
 */
export interface BindingRoleRef {
  /**
   * Name of a Role in the same namespace.
   * @minLength 1
   * @maxLength 253
   * @pattern ^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$
   */
  readonly name?: string;
  /** A role that exists at the provider without a Role object, for example a system role. */
  readonly external?: ExternalRoleRef;
}

/** A role at a provider. */
export interface ExternalRoleRef {
  /**
   * The role's slug at the provider.
   * @minLength 1
   * @maxLength 255
   * @pattern ^[^\s/?#%\\]+$
   */
  readonly slug: string;
  /**
   * The provider's id of the organization.
   * @minLength 1
   * @maxLength 255
   * @pattern ^[^\s/?#%\\]+$
   */
  readonly organization: string;
  /**
   * The provider that holds the role.
   * @default {}
   */
  readonly providerRef: ProviderRef;
}

/**
 * Somebody or something that holds a role.
 * @rule has(self.id) != has(self.email) :: Set exactly one of id and email for a subject.
 * @rule !has(self.email) || self.kind == 'User' :: Only a subject of kind User can be named by email.
 * @rule !has(self.notBefore) || !has(self.expiresAt) || self.notBefore < self.expiresAt :: notBefore must be earlier than expiresAt.
 */
export interface Subject {
  /**
   * What the subject is.
   * @default "User"
   */
  readonly kind?: 'User' | 'Group' | 'ServiceAccount';
  /**
   * The provider's id of the subject.
   * @minLength 1
   * @maxLength 255
   * @pattern ^\S+$
   */
  readonly id?: string;
  /**
   * E-mail address of a user. White space around it doesn't count, and capital letters count where they do for the provider.
   * @minLength 3
   * @maxLength 320
   * @pattern ^\s*[^@\s]+@[^@\s]+\s*$
   */
  readonly email?: string;
  /**
   * The grant begins at this moment.
   * @format date-time
   */
  readonly notBefore?: string;
  /**
   * The grant ends at this moment.
   * @format date-time
   */
  readonly expiresAt?: string;
}

/**
 * What rolekeeper last saw and did. Written by the operator only.
 * @default {"observedGeneration":-1,"conditions":[{"type":"Ready","status":"Unknown","reason":"Pending","message":"Waiting for the operator.","lastTransitionTime":"1970-01-01T00:00:00Z"}]}
 */
export interface RoleBindingStatus {
  /**
   * `metadata.generation` that the rest of the status speaks of; -1 before the operator has seen the object.
   * @type int64
   */
  readonly observedGeneration?: number;
  /**
   * `Ready`, `Synced`, `Drifted`, `Reconciling` and `Stalled`.
   * @listType map
   * @listMapKey type
   * @maxItems 16
   */
  readonly conditions?: readonly Condition[];
  /** The role at the provider that the grants are of. */
  readonly role?: GrantedRole;
  /**
   * The grants that this binding made, and revokes when it no longer declares them. What a subject held already by somebody else's hand
   * isn't among them.
   * @listType atomic
   */
  readonly grants?: readonly OwnGrant[];
  /** Numbers of subjects. */
  readonly subjects?: SubjectCounts;
  /**
   * Subjects that couldn't be handled, the first fifty; `subjects.failed` counts all.
   * @listType atomic
   */
  readonly failures?: readonly SubjectFailure[];
  /** Revocations that wait for approval. */
  readonly plan?: RevocationPlan;
  /**
   * Number of approved plans that have been carried out. It goes into the hash of a plan, so that an approval holds once.
   * @type int32
   */
  readonly approvedPlans?: number;
  /**
   * How many were revoked lately without approval, oldest first, for the removal budget. At most ten entries: the oldest are added up.
   * @listType atomic
   */
  readonly removals?: readonly RemovalRecord[];
  /** The role was seen to be held by nobody else: whoever gets it from somebody else from now on has drifted in. Absent in mode `Additive`. */
  readonly exclusive?: boolean;
  /** Role that a subject is left with whose last managed role is revoked, where the provider wants one. */
  readonly fallbackRole?: string;
  /**
   * The next moment at which a grant begins or ends.
   * @format date-time
   */
  readonly nextTransition?: string;
  /** Whether the last statement about the grants was read back (`Observed`) or only sent (`Asserted`). */
  readonly verification?: 'Observed' | 'Asserted';
  /** Hash of what was last sent to a provider that doesn't tell who holds a role. */
  readonly assertedHash?: string;
  /** The value of the `rolekeeper.dev/reconcile-requested-at` annotation that was last acted on. */
  readonly lastHandledReconcileAt?: string;
}

/** Revocations that wait. The list is cut; the count is complete. */
export interface RevocationPlan {
  /** Hash of the complete plan, for `rolekeeper.dev/approved-plan`. */
  readonly hash: string;
  /**
   * Who would lose the role: kind and id, for example `User user_01KIM`.
   * @listType atomic
   */
  readonly revoke: readonly string[];
  /**
   * Number of those who would lose it.
   * @type int32
   */
  readonly revokeCount: number;
}

/** A role at a provider, as it is addressed there. */
export interface GrantedRole {
  /** The provider object through which it was granted. */
  readonly providerRef: ProviderRef;
  /** The provider's id of the organization. */
  readonly organization: string;
  /** The role's slug in the provider's spelling. */
  readonly slug: string;
}

/** A grant that a binding made. */
export interface OwnGrant {
  /** What the subject is. */
  readonly kind: 'User' | 'Group' | 'ServiceAccount';
  /** The provider's id of the subject. */
  readonly id: string;
  /** The e-mail address by which the binding named it. */
  readonly email?: string;
}

/** A subject that couldn't be handled. */
export interface SubjectFailure {
  /** Kind and id or e-mail address, for example `User alice@example.com`. */
  readonly subject: string;
  /** Why, in one word. */
  readonly reason: string;
  /** Why, and what to do. */
  readonly message: string;
}

/** Numbers of subjects of a binding. */
export interface SubjectCounts {
  /**
   * Subjects that are to hold the role now, each once.
   * @type int32
   */
  readonly desired: number;
  /**
   * Subjects whose grant ends within a day.
   * @type int32
   */
  readonly expiring?: number;
  /**
   * Subjects that hold the role through this binding.
   * @type int32
   */
  readonly granted: number;
  /**
   * Subjects that couldn't be handled.
   * @type int32
   */
  readonly failed: number;
}
