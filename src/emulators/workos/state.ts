import type { Clock } from '../../lib/index.ts';
import { missing } from './replies.ts';

/** A role of the environment or of one organization. */
export interface RoleRecord {
  readonly id: string;
  readonly slug: string;
  readonly kind: 'EnvironmentRole' | 'OrganizationRole';
  readonly createdAt: string;
  name: string;
  description: string | null;
  permissions: ReadonlySet<string>;
  updatedAt: string;
}

/** A permission of the environment's catalogue. */
export interface PermissionRecord {
  readonly id: string;
  readonly slug: string;
  readonly system: boolean;
  readonly createdAt: string;
  name: string;
  description: string | null;
  updatedAt: string;
}

/** An organization. Its roles stand in priority order, after those of the environment. */
export interface OrganizationRecord {
  readonly id: string;
  readonly name: string;
  readonly externalID: string | null;
  readonly domains: readonly string[];
  readonly createdAt: string;
  readonly roles: Map<string, RoleRecord>;
  /** Slugs of roles that groups of a directory are mapped to. */
  readonly mappedRoles: Set<string>;
  /** By membership id. */
  readonly members: Map<string, MembershipRecord>;
}

/** A person. */
export interface UserRecord {
  readonly id: string;
  readonly email: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly externalID: string | null;
  readonly emailVerified: boolean;
  readonly createdAt: string;
}

/** What a membership can be. */
export const membershipStatuses = ['active', 'inactive', 'pending'] as const;

/** That a user belongs to an organization, with at least one role. */
export interface MembershipRecord {
  readonly id: string;
  readonly user: UserRecord;
  readonly organizationID: string;
  readonly directoryManaged: boolean;
  readonly createdAt: string;
  status: (typeof membershipStatuses)[number];
  roles: readonly string[];
  updatedAt: string;
}

/** Everything that one WorkOS environment holds. */
export class WorkosState {
  apiKey = 'sk_test_default';
  /** Whether a membership may have more than one role. */
  multipleRoles = true;
  /** Role of a membership that is made without one. */
  defaultRole = 'member';
  /** Status for an unknown permission in a role's set; the contract lists both. */
  unknownPermissionStatus: 404 | 422 = 404;
  permissions = new Map<string, PermissionRecord>();
  environmentRoles = new Map<string, RoleRecord>();
  organizations = new Map<string, OrganizationRecord>();
  users = new Map<string, UserRecord>();
  memberships = new Map<string, MembershipRecord>();
  readonly #clock: Clock;
  #ids = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Becomes what `other` is. Operations keep referring to this object. */
  adopt(other: WorkosState): void {
    this.apiKey = other.apiKey;
    this.multipleRoles = other.multipleRoles;
    this.defaultRole = other.defaultRole;
    this.unknownPermissionStatus = other.unknownPermissionStatus;
    this.permissions = other.permissions;
    this.environmentRoles = other.environmentRoles;
    this.organizations = other.organizations;
    this.users = other.users;
    this.memberships = other.memberships;
    this.#ids = Math.max(this.#ids, other.#ids);
  }

  now(): string {
    return new Date(this.#clock.now()).toISOString();
  }

  /** An id in the form of WorkOS: a prefix and 26 characters that grow. */
  newID(prefix: string): string {
    this.#ids += 1;
    return `${prefix}_01EMULATED${String(this.#ids).padStart(16, '0')}`;
  }

  /** Notes an id from a seed, so that no new one is the same. */
  reserveID(id: string): string {
    const count = Number(/_01EMULATED(\d{16})$/.exec(id)?.[1] ?? 0);
    this.#ids = Math.max(this.#ids, count);
    return id;
  }

  /** The organization. Answers 404 when there is none. */
  organization(id: string): OrganizationRecord {
    return this.organizations.get(id) ?? missing('Organization', id);
  }

  /** Roles that apply to an organization, in priority order. */
  rolesOf(organization: OrganizationRecord): readonly RoleRecord[] {
    return [...this.environmentRoles.values(), ...organization.roles.values()];
  }

  /** A role that applies to an organization. */
  findRole(organization: OrganizationRecord, slug: string): RoleRecord | undefined {
    return organization.roles.get(slug) ?? this.environmentRoles.get(slug);
  }

  /** How many memberships of any status have the role. */
  holders(organization: OrganizationRecord, slug: string): number {
    return [...organization.members.values()].filter((membership) => membership.roles.includes(slug)).length;
  }

  /** Slugs of `roles` in the organization's priority order, those that don't exist last. */
  byPriority(organization: OrganizationRecord, roles: readonly string[]): readonly string[] {
    const order = this.rolesOf(organization).map((role) => role.slug);
    const rank = (slug: string): number => (order.includes(slug) ? order.indexOf(slug) : order.length);
    return [...new Set(roles)].sort((a, b) => rank(a) - rank(b));
  }

  addMembership(membership: MembershipRecord): void {
    this.memberships.set(membership.id, membership);
    this.organization(membership.organizationID).members.set(membership.id, membership);
  }

  removeMembership(membership: MembershipRecord): void {
    this.memberships.delete(membership.id);
    this.organizations.get(membership.organizationID)?.members.delete(membership.id);
  }

  membershipOf(organization: OrganizationRecord, userID: string): MembershipRecord | undefined {
    return organization.members.values().find((membership) => membership.user.id === userID);
  }

  /** Takes a permission out of the catalogue and out of every role. */
  removePermission(slug: string): void {
    this.permissions.delete(slug);
    const roles = [this.environmentRoles, ...[...this.organizations.values()].map((organization) => organization.roles)];
    for (const role of roles.flatMap((map) => [...map.values()])) {
      if (role.permissions.has(slug)) role.permissions = new Set([...role.permissions].filter((other) => other !== slug));
    }
  }
}
