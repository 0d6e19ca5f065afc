import type { JsonValue, OwnershipMark, RoleRef } from './role.ts';

/** A change of one permission set. All lists sorted and unique. */
export interface PermissionChange {
  /** The complete set after the change; what a provider with atomic replacement sends. */
  readonly next: readonly string[];
  readonly add: readonly string[];
  readonly remove: readonly string[];
  /**
   * True when permissions that the plan doesn't know of must survive, also those that somebody adds between our reading and
   * our writing: a provider that can add single permissions must do that instead of replacing the set.
   */
  readonly addOnly: boolean;
}

/** Fields to write; an absent key is left alone. */
export interface FieldChange {
  readonly displayName?: string;
  readonly description?: string;
  readonly extras?: Readonly<Record<string, JsonValue>>;
  readonly mark?: OwnershipMark;
}

/**
 * What to do to one role at the provider: a sorted, immutable value that feeds the dry run, the log, the Event, the
 * status and the call alike.
 */
export interface RolePlan {
  readonly ref: RoleRef;
  /** `none`: nothing differs. */
  readonly action: 'none' | 'create' | 'update';
  /** The provider's id of the role to update; undefined for a create. */
  readonly externalID?: string;
  readonly fields: FieldChange;
  /** Undefined when the permission set is as it should be. */
  readonly permissions?: PermissionChange;
  /** Permissions to create in the provider's catalogue first (`unknownPermissions: Create`). */
  readonly createPermissions: readonly string[];
  /** Every managed value after the change, for providers that only accept a whole document. */
  readonly target: {
    readonly displayName: string;
    readonly description: string;
    readonly permissions: readonly string[];
    readonly extras: Readonly<Record<string, JsonValue>>;
    readonly mark?: OwnershipMark;
  };
}

/** What a provider did for a plan. */
export interface Applied {
  /** The provider's id of the role, when its answer said so. */
  readonly externalID?: string;
}
