import type { JsonValue } from '../../model/index.ts';
import { SeedError, SeedReader } from '../seed-reader.ts';
import { assumptions } from './assumptions.ts';
import type { AccessKey } from './sigv4.ts';
import {
  authentications,
  type KarmoState,
  type MembershipRecord,
  membershipStatuses,
  type NameMeaning,
  type OperationID,
  type OrganizationRecord,
  type UserRecord,
} from './state.ts';

/** Writes a seed into an empty state. Throws SeedError. */
export function loadSeed(state: KarmoState, seed: unknown): void {
  SeedReader.read(seed, '', (reader) => {
    state.authentication = reader.oneOf('authentication', authentications, state.authentication);
    state.region = reader.optionalString('region') ?? state.region;
    state.service = reader.optionalString('service') ?? state.service;
    state.tokenLifetime = reader.optionalNumber('tokenLifetime') ?? state.tokenLifetime;
    state.configured = reader.boolean('configured', true);
    state.accessKeys = reader.list('accessKeys', readAccessKey);
    state.partners = reader.list('partners', (value, path) =>
      SeedReader.read(value, path, (partner) => ({ id: partner.string('id'), secret: partner.string('secret') })),
    );
    state.permissions = new Set(reader.strings('permissions'));
    if (reader.any('environmentRoles') !== undefined) state.environmentRoles = reader.strings('environmentRoles');
    state.operations = readTable(reader.any('operations'), 'operations', assumptions.operations, readRoute);
    state.names = readTable(reader.any('names'), 'names', assumptions.names, (name) => name);
    reader.list('users', (value, path) => putUser(state, value, path));
    reader.list('organizations', (value, path) => putOrganization(state, value, path));
  });
}

/** An access key as AWS would give it out. */
export function readAccessKey(value: unknown, path: string): AccessKey {
  return SeedReader.read(value, path, (reader) => {
    const sessionToken = reader.optionalString('sessionToken');
    return { id: reader.string('id'), secret: reader.string('secret'), ...(sessionToken === undefined ? {} : { sessionToken }) };
  });
}

/** An organization; one with the same id is replaced. */
export function putOrganization(state: KarmoState, value: unknown, path: string): void {
  SeedReader.read(value, path, (reader) => {
    const organization: OrganizationRecord = { id: reader.string('id'), roles: new Map(), members: new Map() };
    reader.list('roles', (role, rolePath) => putRole(state, organization, role, rolePath));
    reader.list('members', (member, memberPath) => putMember(state, organization, member, memberPath));
    state.organizations.set(organization.id, organization);
  });
}

/** Creates a role, or changes the one of the same slug: what isn't given stays. Its permissions become known. */
export function putRole(state: KarmoState, organization: OrganizationRecord, value: unknown, path: string): void {
  SeedReader.read(value, path, (reader) => {
    const slug = reader.string('slug');
    const present = organization.roles.get(slug);
    const given = reader.any('permissions') === undefined ? undefined : reader.strings('permissions');
    const permissions = given ?? present?.permissions ?? [];
    for (const permission of permissions) state.permissions.add(permission);
    organization.roles.set(slug, {
      id: reader.optionalString('id') ?? present?.id ?? state.newID('role'),
      slug,
      name: reader.optionalString('name') ?? present?.name ?? slug,
      permissions,
    });
  });
}

/** A user; one with the same id is replaced. */
export function putUser(state: KarmoState, value: unknown, path: string): void {
  SeedReader.read(value, path, (reader) => {
    const fields = {
      mobileNumber: reader.optionalString('mobileNumber'),
      firstName: reader.optionalString('firstName'),
      lastName: reader.optionalString('lastName'),
    };
    const present = Object.fromEntries(Object.entries(fields).filter(([, field]) => field !== undefined));
    const user: UserRecord = { id: reader.string('id'), email: reader.string('email'), ...present };
    state.users.set(user.id, user);
  });
}

/** A member; one that exists gets these roles and this status. A user that nobody knows is made. */
export function putMember(state: KarmoState, organization: OrganizationRecord, value: unknown, path: string): void {
  SeedReader.read(value, path, (reader) => {
    const user = reader.string('user');
    if (!state.users.has(user)) state.users.set(user, { id: user, email: `${user}@example.com` });
    const roles = reader.any('roles') === undefined ? [assumptions.fallbackRole] : reader.strings('roles');
    const unknown = roles.find((slug) => !state.knowsRole(organization, slug));
    if (unknown !== undefined) throw new SeedError(`${path}.roles: organization ${organization.id} has no role ${unknown}`);
    const membership: MembershipRecord = { user, roles, status: reader.oneOf('status', membershipStatuses, 'active') };
    organization.members.set(user, membership);
  });
}

/** The whole state as a seed: loading it again gives the same state, without the tokens. */
export function dumpSeed(state: KarmoState): JsonValue {
  return {
    authentication: state.authentication,
    region: state.region,
    service: state.service,
    tokenLifetime: state.tokenLifetime,
    configured: state.configured,
    accessKeys: state.accessKeys.map((key) => ({ ...key })),
    partners: state.partners.map((partner) => ({ ...partner })),
    permissions: [...state.permissions].sort(),
    environmentRoles: state.environmentRoles,
    operations: { ...state.operations },
    names: { ...state.names },
    users: [...state.users.values()].map((user) => ({ ...user })),
    organizations: [...state.organizations.values()].map(({ id, roles, members }) => ({
      id,
      roles: [...roles.values()].map((role) => ({
        id: role.id,
        slug: role.slug,
        name: role.name,
        permissions: [...role.permissions].sort(),
      })),
      members: [...members.values()].map((member) => ({ ...member })),
    })),
  };
}

/** A table of defaults with what a seed changes of it. */
function readTable<Key extends OperationID | NameMeaning>(
  value: unknown,
  path: string,
  defaults: Readonly<Record<Key, string>>,
  read: (text: string, path: string) => string,
): Readonly<Record<Key, string>> {
  const table: Record<Key, string> = { ...defaults };
  SeedReader.read(value ?? {}, path, (reader) => {
    for (const key of Object.keys(defaults) as Key[]) {
      const given = reader.optionalString(key);
      if (given !== undefined) table[key] = read(given, `${path}.${key}`);
    }
  });
  return table;
}

function readRoute(text: string, path: string): string {
  if (/^(GET|POST|PUT|PATCH|DELETE) \/\S*$/.test(text)) return text;
  throw new SeedError(`${path} must be a method and a path, for example ${assumptions.operations.upsertRole}`);
}
