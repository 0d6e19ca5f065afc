import type { Clock } from '../../lib/index.ts';

/** How a server answers for operations that it doesn't have. */
export const unknownRouteForms = ['error', 'text', 'method'] as const;

/** See unknownRouteForms. */
export type UnknownRouteForm = (typeof unknownRouteForms)[number];

/** A scope of the catalogue. */
export interface ScopeRecord {
  /** `resource:action`. */
  readonly scope: string;
  readonly name: string;
  readonly description: string | undefined;
}

/** A role of a tenant. */
export interface RoleRecord {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly description: string | null;
  readonly scopes: readonly string[];
  readonly system: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** A user of a tenant. */
export interface UserRecord {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  /** Slugs. */
  readonly roles: readonly string[];
  readonly owner: boolean;
}

/** A tenant with the credentials that belong to it. */
export interface TenantRecord {
  /** A uuid in lower case. */
  readonly id: string;
  apiKeys: readonly string[];
  tokens: readonly string[];
  /** By slug. */
  readonly roles: Map<string, RoleRecord>;
  /** By id. */
  readonly users: Map<string, UserRecord>;
}

/** Everything that the emulator holds. */
export class JitsudoState {
  unknownRoutes: UnknownRouteForm = 'error';
  /** Whether users may hold roles that aren't the system's; nobody says that a server lets them. */
  customRolesForUsers = true;
  /** Operations that this server doesn't have. */
  unsupported = new Set<string>();
  /** Operations that a policy denies, with its notices. */
  denials = new Map<string, readonly string[]>();
  scopes = new Map<string, ScopeRecord>();
  tenants = new Map<string, TenantRecord>();
  readonly #clock: Clock;
  #made = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Becomes what `other` is. Operations keep referring to this object. */
  adopt(other: JitsudoState): void {
    this.unknownRoutes = other.unknownRoutes;
    this.customRolesForUsers = other.customRolesForUsers;
    this.unsupported = other.unsupported;
    this.denials = other.denials;
    this.scopes = other.scopes;
    this.tenants = other.tenants;
    this.#made = Math.max(this.#made, other.#made);
  }

  now(): string {
    return new Date(this.#clock.now()).toISOString();
  }

  /** A uuid that was not given before. */
  newID(): string {
    this.#made += 1;
    return `00000000-0000-4000-8000-${this.#made.toString(16).padStart(12, '0')}`;
  }

  lacks(operationId: string): boolean {
    return this.unsupported.has(operationId);
  }

  /** The tenant that a credential belongs to; undefined for an unknown one. */
  ownerOf(apiKey: string | undefined, authorization: string | undefined): TenantRecord | undefined {
    const token = /^Bearer (.+)$/.exec(authorization ?? '')?.[1];
    const owns = (tenant: TenantRecord): boolean =>
      (apiKey !== undefined && tenant.apiKeys.includes(apiKey)) || (token !== undefined && tenant.tokens.includes(token));
    return [...this.tenants.values()].find(owns);
  }
}

/** Who holds a role. */
export function holdersOf(tenant: TenantRecord, slug: string): readonly UserRecord[] {
  return [...tenant.users.values()].filter((user) => user.roles.includes(slug));
}
