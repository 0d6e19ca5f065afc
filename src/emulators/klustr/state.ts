import type { Clock } from '../../lib/index.ts';
import { assumptions } from './assumptions.ts';

/** What a role's stage can be. */
export const stages = ['alpha', 'beta', 'ga', 'disabled', 'deprecated'] as const;

/** As the vendor documents the API, or as the public source of the server behaves. */
export const modes = ['documented', 'source'] as const;

/** See modes. */
export type Mode = (typeof modes)[number];

/** A role. */
export interface RoleRecord {
  readonly id: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly description?: string;
  readonly stage?: (typeof stages)[number];
  /** Scopes, in the order in which they came. */
  readonly permissions: readonly string[];
}

/** That a user holds a role: what the relation store keeps under `roles_<id>`. */
export interface AssignmentRecord {
  readonly role: string;
  readonly user: string;
}

/** An organization. */
export interface OrganizationRecord {
  readonly id: string;
  /** One id may be there twice. Undefined: there is no role document yet. */
  roles: RoleRecord[] | undefined;
  assignments: AssignmentRecord[];
  /** Relations besides roles. */
  members: string[];
}

/** Somebody who can log in, in whatever organization. */
export interface IdentityRecord {
  readonly id: string;
  readonly email: string;
  readonly state: (typeof identityStates)[number];
}

/** What an identity can be. */
export const identityStates = ['active', 'inactive'] as const;

/** A client of the authorization server. */
export interface ClientRecord {
  readonly id: string;
  readonly secret: string;
  /** Rights of its tokens; undefined: all. */
  readonly authorities: readonly string[] | undefined;
}

interface TokenRecord {
  readonly client: ClientRecord;
  readonly endsAtMs: number;
}

/** Everything that the emulator holds. */
export class KlustrState {
  mode: Mode = 'source';
  /** In seconds. */
  tokenLifetime = 3600;
  /** How many relations of an organization the store behind it gives at once in mode `source`, which asks once; undefined: all. */
  relationsPage: number | undefined;
  clients = new Map<string, ClientRecord>();
  organizations = new Map<string, OrganizationRecord>();
  identities = new Map<string, IdentityRecord>();
  readonly #clock: Clock;
  #tokens = new Map<string, TokenRecord>();
  #issued = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Becomes what `other` is. Operations keep referring to this object. Tokens that were issued are no longer good. */
  adopt(other: KlustrState): void {
    this.mode = other.mode;
    this.tokenLifetime = other.tokenLifetime;
    this.relationsPage = other.relationsPage;
    this.clients = other.clients;
    this.organizations = other.organizations;
    this.identities = other.identities;
    this.revokeTokens();
  }

  now(): string {
    return new Date(this.#clock.now()).toISOString();
  }

  /** A new token for a client. */
  issueToken(client: ClientRecord): string {
    this.#issued += 1;
    const token = `ory_at_emulated-${String(this.#issued).padStart(8, '0')}`;
    this.#tokens.set(token, { client, endsAtMs: this.#clock.monotonic() + this.tokenLifetime * 1000 });
    return token;
  }

  /** Whose token it is; undefined for one that is unknown, revoked or over. */
  holderOf(token: string): ClientRecord | undefined {
    const record = this.#tokens.get(token);
    return record === undefined || record.endsAtMs <= this.#clock.monotonic() ? undefined : record.client;
  }

  /** No token issued so far is good any more. */
  revokeTokens(): void {
    this.#tokens = new Map();
  }
}

/** Whether two ids are the same to the server. */
export function sameID(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** The role that the server takes for an id. */
export function roleOf(organization: OrganizationRecord, id: string): RoleRecord | undefined {
  return assumptions.chosenDuplicate((organization.roles ?? []).filter((role) => sameID(role.id, id)));
}

/** Puts `next` where `present` stands, or takes it away. */
export function exchangeRole(organization: OrganizationRecord, present: RoleRecord, next: RoleRecord | undefined): void {
  organization.roles = (organization.roles ?? []).flatMap((role) => (role === present ? (next === undefined ? [] : [next]) : [role]));
}

/** The two roles of a namespace. */
export function generatedRoles(name: string): readonly RoleRecord[] {
  const namespace = name.toLowerCase().replaceAll(/[^a-z0-9]/g, '.');
  const make = (kind: string, text: string, verbs: readonly string[]): RoleRecord => ({
    id: `${namespace}.${kind}.role`,
    name: `${namespace} ${text}`,
    namespace,
    description: `Generated for ${namespace}.`,
    stage: 'alpha',
    permissions: verbs.map((verb) => `${namespace}.${verb}`),
  });
  return [make('admin', 'admin', assumptions.adminVerbs), make('read-only', 'read only', assumptions.readOnlyVerbs)];
}

/** What a new organization begins with. */
export function builtInRoles(): readonly RoleRecord[] {
  const pairs = assumptions.builtInNamespaces.flatMap(generatedRoles);
  const all = [...new Set(pairs.flatMap((role) => role.permissions))];
  return [{ id: 'admin', name: 'Admin', namespace: 'org', description: 'Everything.', stage: 'alpha', permissions: all }, ...pairs];
}
