import type { Condition, ObjectMeta } from './meta.ts';
import type { Duration, ProviderRef, RemovalRecord } from './shared.ts';

/**
 * A Role declares one organization role at an identity or access provider: its complete permission set, its name and how
 * rolekeeper may treat it.
 *
 * @resource plural=orgroles singular=orgrole shortNames=orole scope=Namespaced
 * @rule (has(self.spec.slug) ? self.spec.slug : self.metadata.name) == (has(oldSelf.spec.slug) ? oldSelf.spec.slug : oldSelf.metadata.name) :: spec.slug is immutable: it identifies the role at the provider. Create a new Role with the other slug and delete this one.
 * @printColumn Provider :: string :: .spec.providerRef.name :: The provider that holds the role. :: priority=1
 * @printColumn Organization :: string :: .spec.organization :: The provider's organization.
 * @printColumn Ready :: string :: .status.conditions[?(@.type=="Ready")].status :: Whether the provider holds the role as declared.
 * @printColumn Reason :: string :: .status.conditions[?(@.type=="Ready")].reason :: Why it is or isn't ready.
 * @printColumn Perms :: integer :: .status.permissions.observed :: Number of permissions the role has at the provider.
 * @printColumn Blast :: string :: .status.blastRadius.level :: How far the role reaches. :: priority=1
 * @printColumn Slug :: string :: .spec.slug :: The role's slug at the provider, where it isn't the object's name. :: priority=1
 * @printColumn Age :: date :: .metadata.creationTimestamp :: Time since the object was created.
 */
export interface Role {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec: RoleSpec;
  readonly status?: RoleStatus;
}

/**
 * What the role shall be.
 *
 * @rule size(self.permissions) > 0 || (has(self.allowEmpty) && self.allowEmpty) :: spec.permissions is empty. List at least one permission, or set spec.allowEmpty: true to declare a role that grants nothing.
 * @rule !(has(self.klustr) && has(self.frontier)) :: spec.klustr and spec.frontier exclude each other: a Role has one provider.
 */
export interface RoleSpec {
  /**
   * The provider that holds the role.
   * @default {}
   */
  readonly providerRef: ProviderRef;
  /**
   * The provider's id of the organization or tenant, for example a WorkOS `org_…` id. Immutable.
   * @minLength 1
   * @maxLength 255
   * @pattern ^[^\s/?#%\\]+$
   * @rule self == oldSelf :: spec.organization is immutable: it identifies the role at the provider. Create a new Role for the other organization and delete this one.
   */
  readonly organization: string;
  /**
   * The role's identity at the provider, in the provider's spelling; `metadata.name` where absent. Immutable. WorkOS and
   * Karmo want a slug that begins with `org-`.
   * @minLength 1
   * @maxLength 255
   * @pattern ^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9_])?$
   */
  readonly slug?: string;
  /**
   * Name shown to people. Where absent, the slug names a new role and an existing name is left alone.
   * @minLength 1
   * @maxLength 255
   */
  readonly displayName?: string;
  /**
   * What the role is for. Where absent, the provider's text is left alone; an empty string clears it.
   * @maxLength 1024
   */
  readonly description?: string;
  /**
   * The complete set of permissions, in any spelling the provider accepts. In mode `Enforce` the role ends up with exactly
   * these. The list has one owner: server-side apply replaces it as a whole, so an entry that somebody else added goes.
   * @listType atomic
   * @maxItems 2000
   * @uniqueItems spec.permissions lists an entry twice. Remove the duplicate.
   * @items minLength=1 maxLength=255 pattern=^[A-Za-z0-9*]([A-Za-z0-9_.:/#*-]*[A-Za-z0-9*])?$
   */
  readonly permissions: readonly string[];
  /**
   * Allows an empty `permissions` list: a role that grants nothing.
   * @default false
   */
  readonly allowEmpty?: boolean;
  /**
   * What rolekeeper may do: `Enforce` replaces the permission set, `Additive` only adds missing permissions, `Observe` never
   * writes and shows the difference in `status.plan`.
   * @default "Enforce"
   */
  readonly managementMode?: 'Enforce' | 'Additive' | 'Observe';
  /**
   * What to do when the role exists already and isn't ours: `Never` leaves it alone and reports it, `IfIdentical` takes it over
   * only when it is exactly as declared, `Always` takes it over and changes it to what is declared.
   * @default "IfIdentical"
   */
  readonly adoptionPolicy?: 'Never' | 'IfIdentical' | 'Always';
  /**
   * What happens at the provider when this object is deleted: `Retain` leaves the role there, `Delete` deletes it unless
   * people still hold it.
   * @default "Retain"
   */
  readonly deletionPolicy?: 'Retain' | 'Delete';
  /**
   * What to do with permissions that the provider doesn't know: `Fail` names them all and writes nothing, `Create` adds them
   * to the provider's catalogue first.
   * @default "Fail"
   */
  readonly unknownPermissions?: 'Fail' | 'Create';
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
  /** Limits of what may happen to the role. */
  readonly protection?: RoleProtection;
  /** What only Klustr roles have. Refused for other providers. */
  readonly klustr?: KlustrRole;
  /** What only Frontier roles have. Refused for other providers. */
  readonly frontier?: FrontierRole;
}

/** Limits of what may happen to a role. */
export interface RoleProtection {
  /**
   * Fewest holders that RoleBindings may leave the role with: a change that would leave fewer is not made and reported.
   * @type int32
   * @minimum 0
   * @maximum 100000
   */
  readonly minHolders?: number;
}

/** The fields of RoleSpec that belong to one provider each. */
export const roleBlocks = ['klustr', 'frontier'] as const;

/**
 * Role fields of the Klustr Directory API.
 *
 * @rule !(has(self.generate) && self.generate) || has(self.namespace) :: spec.klustr.generate needs spec.klustr.namespace: it names the namespace whose roles are generated.
 */
export interface KlustrRole {
  /**
   * The role's namespace at Klustr.
   * @minLength 1
   * @maxLength 255
   */
  readonly namespace?: string;
  /** Life-cycle stage of the role at Klustr. */
  readonly stage?: 'alpha' | 'beta' | 'ga' | 'disabled' | 'deprecated';
  /**
   * Has Klustr generate its own two roles of the namespace, `<namespace>.admin.role` and `<namespace>.read-only.role`, where they
   * are missing. They belong to Klustr: they are never changed and stay when this object goes.
   * @default false
   */
  readonly generate?: boolean;
}

/** Role fields of Raystack Frontier. */
export interface FrontierRole {
  /**
   * Resource types that the role can be given on, for example `app/organization`.
   * @listType atomic
   * @maxItems 64
   * @uniqueItems spec.frontier.scopes lists an entry twice. Remove the duplicate.
   * @items minLength=1 maxLength=255
   */
  readonly scopes?: readonly string[];
  /**
   * Metadata of the role besides the ownership mark that rolekeeper keeps there.
   * @maxProperties 64
   */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * What rolekeeper last saw and did. Written by the operator only.
 * @default {"observedGeneration":-1,"conditions":[{"type":"Ready","status":"Unknown","reason":"Pending","message":"Waiting for the operator.","lastTransitionTime":"1970-01-01T00:00:00Z"}]}
 */
export interface RoleStatus {
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
  /** The provider's own id of the role. */
  readonly externalID?: string;
  /** How the role came under management. Absent: it isn't. */
  readonly ownership?: 'Created' | 'Adopted';
  /** A create that was announced before it was sent; gone once its outcome is known. */
  readonly pendingCreate?: PendingCreate;
  /** Whether the last statement about the role was read back (`Observed`) or only sent (`Asserted`). */
  readonly verification?: 'Observed' | 'Asserted';
  /**
   * Hash of what was last sent to a provider that can't be read, and of its address: the same again is sent only on the interval.
   * Absent where roles are read back.
   */
  readonly assertedHash?: string;
  /** Size of the permission sets. */
  readonly permissions?: PermissionCounts;
  /**
   * Number of subjects that hold the role through RoleBindings; absent where no RoleBinding refers to this Role.
   * @type int32
   */
  readonly holders?: number;
  /** Changes that wait or, in mode `Observe`, would be made. */
  readonly plan?: PlanStatus;
  /**
   * Number of approved plans that have been carried out. It goes into the hash of a plan: the same plan, should it ever come again, has
   * another hash and waits for another approval.
   * @type int32
   */
  readonly approvedPlans?: number;
  /**
   * What was removed lately without approval, oldest first, for the removal budget. At most ten entries: the oldest are added up.
   * @listType atomic
   */
  readonly removals?: readonly RemovalRecord[];
  /** A difference between what is declared and what the provider holds, and the history of repairs. */
  readonly drift?: DriftStatus;
  /** The last change that rolekeeper made at the provider. */
  readonly lastChange?: LastChange;
  /** How far the role reaches. */
  readonly blastRadius?: BlastRadiusStatus;
  /** The value of the `rolekeeper.dev/reconcile-requested-at` annotation that was last acted on. */
  readonly lastHandledReconcileAt?: string;
}

/** A create on its way to the provider. */
export interface PendingCreate {
  /** Slug of the role being created. */
  readonly slug: string;
  /** Organization of the role being created. */
  readonly organization: string;
  /** Hash of the permission set that the role is created with, to know the role again after the manifest has changed. */
  readonly permissionsHash?: string;
}

/** Sizes of the permission sets. */
export interface PermissionCounts {
  /**
   * Number of permissions declared.
   * @type int32
   */
  readonly desired: number;
  /**
   * Number of permissions the role had when it was last read (or sent, where the provider can't be read).
   * @type int32
   */
  readonly observed?: number;
}

/** A set of changes not made. Long lists are cut; the counts are complete. */
export interface PlanStatus {
  /** Hash of the complete plan, for `rolekeeper.dev/approved-plan`. */
  readonly hash: string;
  /**
   * Permissions to add.
   * @listType atomic
   */
  readonly add?: readonly string[];
  /**
   * Permissions to remove.
   * @listType atomic
   */
  readonly remove?: readonly string[];
  /**
   * Number of permissions to add.
   * @type int32
   */
  readonly addCount: number;
  /**
   * Number of permissions to remove.
   * @type int32
   */
  readonly removeCount: number;
  /**
   * Other fields to change, by name.
   * @listType atomic
   */
  readonly fields?: readonly string[];
}

/** Drift: the provider differed from what was declared and had been in place. */
export interface DriftStatus {
  /**
   * When the drift now present was first seen; absent when there is none.
   * @format date-time
   */
  readonly since?: string;
  /**
   * Permissions that were missing at the provider when drift was last seen.
   * @listType atomic
   */
  readonly add?: readonly string[];
  /**
   * Permissions that were too many at the provider when drift was last seen.
   * @listType atomic
   */
  readonly remove?: readonly string[];
  /**
   * How often drift was corrected since the object was created.
   * @type int32
   */
  readonly timesReverted?: number;
  /**
   * When drift was corrected, newest last: the last ten times.
   * @listType atomic
   */
  readonly history?: readonly string[];
}

/** The last change made at the provider. Long lists are cut; the counts are complete. */
export interface LastChange {
  /**
   * When the change was made.
   * @format date-time
   */
  readonly time: string;
  /**
   * Permissions added.
   * @listType atomic
   */
  readonly added?: readonly string[];
  /**
   * Permissions removed.
   * @listType atomic
   */
  readonly removed?: readonly string[];
  /**
   * Number of permissions added.
   * @type int32
   */
  readonly addedCount: number;
  /**
   * Number of permissions removed.
   * @type int32
   */
  readonly removedCount: number;
  /** Whether a person approved exactly this change. */
  readonly approved?: boolean;
}

/** How far a role reaches. */
export interface BlastRadiusStatus {
  /** Level, from harmless to everything. */
  readonly level: 'low' | 'medium' | 'high' | 'admin';
  /** One line for people. */
  readonly summary: string;
  /**
   * What to look at.
   * @listType atomic
   */
  readonly warnings?: readonly string[];
}
