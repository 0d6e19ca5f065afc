import type { Clock } from '../../lib/index.ts';
import { assumptions } from './assumptions.ts';
import type { AccessKey } from './sigv4.ts';

/** Operations by their id in the contract. */
export type OperationID = keyof typeof assumptions.operations;

/** What a name stands for. */
export type NameMeaning = keyof typeof assumptions.names;

/** What a membership can be. */
export const membershipStatuses = ['active', 'inactive', 'pending'] as const;

/** How callers prove who they are: as in a deployment, or not at all as on a developer's machine. */
export const authentications = ['sigv4', 'none'] as const;

/** A role of an organization. */
export interface RoleRecord {
  readonly id: string;
  readonly slug: string;
  name: string;
  /** In the order in which they came. */
  permissions: readonly string[];
}

/** A user. */
export interface UserRecord {
  readonly id: string;
  readonly email: string;
  readonly mobileNumber?: string;
  readonly firstName?: string;
  readonly lastName?: string;
}

/** A user's place in an organization. */
export interface MembershipRecord {
  readonly user: string;
  roles: readonly string[];
  status: (typeof membershipStatuses)[number];
}

/** An organization: a tenant, as Karmo says. */
export interface OrganizationRecord {
  readonly id: string;
  readonly roles: Map<string, RoleRecord>;
  readonly members: Map<string, MembershipRecord>;
}

/** A partner that may have tokens for another API. */
export interface PartnerRecord {
  readonly id: string;
  readonly secret: string;
}

/** Everything that the emulator holds. */
export class KarmoState {
  authentication: (typeof authentications)[number] = 'sigv4';
  region = 'us-east-1';
  service: string = assumptions.service;
  /** Of a service token, in seconds. */
  tokenLifetime = 900;
  /** False: the access provider isn't configured. */
  configured = true;
  accessKeys: readonly AccessKey[] = [];
  partners: readonly PartnerRecord[] = [];
  /** What the access provider's environment knows; grows with every unknown permission that a role gets. */
  permissions = new Set<string>();
  /** Roles that every organization has besides its own; nobody can write them here. */
  environmentRoles: readonly string[] = [assumptions.fallbackRole];
  users = new Map<string, UserRecord>();
  organizations = new Map<string, OrganizationRecord>();
  operations: Readonly<Record<OperationID, string>> = assumptions.operations;
  names: Readonly<Record<NameMeaning, string>> = assumptions.names;
  readonly #clock: Clock;
  #tokens = 0;
  #ids = 0;
  /** Tokens of an earlier generation are revoked. */
  generation = 1;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Becomes what `other` is. Operations keep referring to this object. Tokens that were issued are no longer good. */
  adopt(other: KarmoState): void {
    const { generation } = this;
    Object.assign(this, other);
    this.generation = generation + 1;
    this.#ids = Math.max(this.#ids, other.#ids);
  }

  now(): number {
    return this.#clock.now();
  }

  /** A new number for a token. */
  nextToken(): number {
    this.#tokens += 1;
    return this.#tokens;
  }

  /** A new id. */
  newID(prefix: string): string {
    this.#ids += 1;
    return `${prefix}_01KARMO${String(this.#ids).padStart(19, '0')}`;
  }

  /** From now on every token issued so far is refused. */
  revokeTokens(): void {
    this.generation += 1;
  }

  /** Whether an organization knows a role: its own, or the environment's. */
  knowsRole(organization: OrganizationRecord, slug: string): boolean {
    return organization.roles.has(slug) || this.environmentRoles.includes(slug);
  }
}
