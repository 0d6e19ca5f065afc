import type { Clock } from '../../lib/index.ts';
import { platformPermissions, platformRoles } from './platform.ts';
import {
  derivedUUID,
  type GroupRecord,
  type Metadata,
  type OrganizationRecord,
  organizationResource,
  type PermissionRecord,
  type PolicyRecord,
  type RoleRecord,
  type ServiceUserRecord,
  type UserRecord,
  type Version,
} from './records.ts';

/** Everything that the emulator holds. */
export class FrontierState {
  version: Version = 'v0.115';
  /** In seconds. */
  tokenLifetime = 3600;
  /** What checking a secret costs, in milliseconds. */
  basicDelayMs = 0;
  organizations = new Map<string, OrganizationRecord>();
  /** Roles of organizations, in order of their creation. */
  roles = new Map<string, RoleRecord>();
  /** Custom permissions, by slug. */
  permissions = new Map<string, PermissionRecord>();
  policies = new Map<string, PolicyRecord>();
  users = new Map<string, UserRecord>();
  groups = new Map<string, GroupRecord>();
  serviceUsers = new Map<string, ServiceUserRecord>();
  /** Service users by the generation of tokens that is good; absent: 0. Outlives a change of state, as tokens do. */
  readonly tokenGenerations = new Map<string, number>();
  readonly #clock: Clock;
  #made = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Becomes what `other` is. Operations keep referring to this object. */
  adopt(other: FrontierState): void {
    this.version = other.version;
    this.tokenLifetime = other.tokenLifetime;
    this.basicDelayMs = other.basicDelayMs;
    this.organizations = other.organizations;
    this.roles = other.roles;
    this.permissions = other.permissions;
    this.policies = other.policies;
    this.users = other.users;
    this.groups = other.groups;
    this.serviceUsers = other.serviceUsers;
    this.#made = other.#made;
  }

  get speaksREST(): boolean {
    return this.version === 'v0.90';
  }

  /** Milliseconds since the epoch. */
  nowMs(): number {
    return this.#clock.now();
  }

  now(): string {
    return new Date(this.#clock.now()).toISOString();
  }

  /** An id that nothing here has. */
  newID(): string {
    for (;;) {
      this.#made += 1;
      const id = derivedUUID(`made:${this.#made}`);
      if (!this.#taken(id)) return id;
    }
  }

  /** Custom permissions and the platform's. */
  catalogue(): readonly PermissionRecord[] {
    return [...platformPermissions, ...this.permissions.values()];
  }

  rolesOf(organizationID: string): readonly RoleRecord[] {
    return [...this.roles.values()].filter((role) => role.organizationID === organizationID);
  }

  /** A role of an organization or of the platform. */
  roleByID(id: string): RoleRecord | undefined {
    return this.roles.get(id) ?? platformRoles.find((role) => role.id === id);
  }

  organizationByName(name: string): OrganizationRecord | undefined {
    return [...this.organizations.values()].find((organization) => organization.name === name);
  }

  /** By uuid, email in any case, or name. */
  userOf(text: string): UserRecord | undefined {
    const users = [...this.users.values()];
    return (
      this.users.get(text) ??
      users.find(({ email }) => email.toLowerCase() === text.toLowerCase()) ??
      users.find(({ name }) => name === text)
    );
  }

  /** Policies on an organization. */
  policiesOn(organizationID: string): readonly PolicyRecord[] {
    return [...this.policies.values()].filter(({ resource }) => resource === organizationResource(organizationID));
  }

  /** The policy of the triple: the one that is there, or a new one. */
  bind(triple: Pick<PolicyRecord, 'roleID' | 'resource' | 'principal'>, metadata: Metadata = {}): PolicyRecord {
    const { roleID, resource, principal } = triple;
    const present = [...this.policies.values()].find(
      (policy) => policy.roleID === roleID && policy.resource === resource && policy.principal === principal,
    );
    const policy = present ?? { id: this.newID(), roleID, resource, principal, metadata, createdAt: this.now() };
    this.policies.set(policy.id, policy);
    return policy;
  }

  #taken(id: string): boolean {
    const all = [this.organizations, this.roles, this.policies, this.users, this.groups, this.serviceUsers];
    return all.some((records) => records.has(id));
  }
}
