/** What a provider can do, said honestly. Shared code asks these questions and never which provider it talks to. */
export interface Capabilities {
  /** Roles can be read back. False: they are asserted on the interval, never observed. */
  readonly readable: boolean;
  /** A role's permission set is replaced in one call. */
  readonly atomicReplace: boolean;
  /** A role that isn't there can be created. */
  readonly createRole: boolean;
  /** A role can be deleted (`deletionPolicy: Delete`). */
  readonly deleteRole: boolean;
  /** The catalogue of permissions can be read, so unknown ones are found before anything is written. */
  readonly permissionCatalogue: boolean;
  /** Permissions can be added to the catalogue (`unknownPermissions: Create`). */
  readonly createPermission: boolean;
  /** A permission that the provider doesn't know comes to exist by being given to a role, so a misspelt one does too. */
  readonly createsUnknownPermissions: boolean;
  /** A role may have no permission at all. */
  readonly emptyRole: boolean;
  /** The provider has roles of its own that must never be written. */
  readonly systemRoles: boolean;
  /** Roles carry a description. */
  readonly description: boolean;
  /** Roles carry metadata in which ownership can be marked. */
  readonly ownershipMark: boolean;
  /** Who holds a role can be changed. */
  readonly bindings: boolean;
  /** Who holds a role can be read. */
  readonly readBindings: boolean;
  /** A user can hold more than one role of an organization. */
  readonly multipleRolesPerUser: boolean;
  /** A group can hold a role. */
  readonly groups: boolean;
  /** A service account can hold a role. */
  readonly serviceAccounts: boolean;
  /** A user can be found by e-mail. */
  readonly userLookupByEmail: boolean;
}
