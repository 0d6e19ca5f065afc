import type { JsonValue } from '../../model/index.ts';
import { SeedError, SeedReader } from '../seed-reader.ts';
import {
  type MembershipRecord,
  membershipStatuses,
  type OrganizationRecord,
  type RoleRecord,
  type UserRecord,
  type WorkosState,
} from './state.ts';

/** Writes a seed into an empty state. Throws SeedError. */
export function loadSeed(state: WorkosState, seed: unknown): void {
  SeedReader.read(seed, '', (reader) => {
    state.apiKey = reader.optionalString('apiKey') ?? state.apiKey;
    state.multipleRoles = reader.boolean('multipleRoles', state.multipleRoles);
    state.defaultRole = reader.optionalString('defaultRole') ?? state.defaultRole;
    state.unknownPermissionStatus = reader.oneOf('unknownPermissionStatus', [404, 422], 404);
    reader.list('permissions', (value, path) => putPermission(state, value, path));
    reader.list('users', (value, path) => putUser(state, value, path));
    reader.list('environmentRoles', (value, path) => putRole(state, state.environmentRoles, 'EnvironmentRole', value, path));
    reader.list('organizations', (value, path) => putOrganization(state, value, path));
  });
  if (!state.environmentRoles.has(state.defaultRole)) {
    putRole(state, state.environmentRoles, 'EnvironmentRole', { slug: state.defaultRole, name: 'Member' }, 'defaultRole');
  }
}

/** A permission of the catalogue: a slug, or an object with one. */
export function putPermission(state: WorkosState, value: unknown, path: string): void {
  SeedReader.read(typeof value === 'string' ? { slug: value } : value, path, (reader) => {
    const slug = reader.string('slug');
    const now = state.now();
    state.permissions.set(slug, {
      id: idOf(state, reader, 'perm', state.permissions.get(slug)),
      slug,
      name: reader.optionalString('name') ?? slug,
      description: reader.optionalString('description') ?? null,
      system: reader.boolean('system', false),
      createdAt: now,
      updatedAt: now,
    });
  });
}

/** A role; one with the same slug is changed and keeps its id. */
export function putRole(state: WorkosState, roles: Map<string, RoleRecord>, kind: RoleRecord['kind'], value: unknown, path: string): void {
  SeedReader.read(value, path, (reader) => {
    const slug = reader.string('slug');
    const present = roles.get(slug);
    const permissions = new Set(reader.any('permissions') === undefined ? present?.permissions : reader.strings('permissions'));
    const unknown = [...permissions].find((permission) => !state.permissions.has(permission));
    if (unknown !== undefined) throw new SeedError(`${path}.permissions: there is no permission ${unknown}; list it under permissions`);
    const now = state.now();
    roles.set(slug, {
      id: idOf(state, reader, 'role', present),
      slug,
      kind,
      name: reader.optionalString('name') ?? present?.name ?? slug,
      description: reader.optionalString('description') ?? present?.description ?? null,
      permissions,
      createdAt: present?.createdAt ?? now,
      updatedAt: now,
    });
  });
}

/** An organization with its roles and members; one with the same id is replaced. */
export function putOrganization(state: WorkosState, value: unknown, path: string): void {
  SeedReader.read(value, path, (reader) => {
    const id = reader.string('id');
    const organization: OrganizationRecord = {
      id,
      name: reader.optionalString('name') ?? id,
      externalID: reader.optionalString('externalId') ?? null,
      domains: reader.strings('domains'),
      createdAt: state.now(),
      roles: new Map(),
      mappedRoles: new Set(reader.strings('groupRoleMappings')),
      members: new Map(),
    };
    state.organizations.set(id, organization);
    reader.list('roles', (role, rolePath) => putRole(state, organization.roles, 'OrganizationRole', role, rolePath));
    reader.list('members', (member, memberPath) => putMember(state, organization, member, memberPath));
  });
}

/** A member, by the id or email of the user, who is made where unknown. One that exists gets these roles and this status. */
export function putMember(state: WorkosState, organization: OrganizationRecord, value: unknown, path: string): void {
  SeedReader.read(value, path, (reader) => {
    const user = findOrMakeUser(state, reader.string('user'));
    const present = state.membershipOf(organization, user.id);
    const roles = reader.any('roles') === undefined ? (present?.roles ?? [state.defaultRole]) : reader.strings('roles');
    const unknown = roles.find((slug) => state.findRole(organization, slug) === undefined);
    if (unknown !== undefined) throw new SeedError(`${path}.roles: organization ${organization.id} has no role ${unknown}`);
    const now = state.now();
    const membership: MembershipRecord = {
      id: idOf(state, reader, 'om', present),
      user,
      organizationID: organization.id,
      directoryManaged: reader.boolean('directoryManaged', false),
      status: reader.oneOf('status', membershipStatuses, 'active'),
      roles,
      createdAt: present?.createdAt ?? now,
      updatedAt: now,
    };
    state.addMembership(membership);
  });
}

/** The whole state as a seed: loading it again gives the same state, but for dates. */
export function dumpSeed(state: WorkosState): JsonValue {
  return {
    apiKey: state.apiKey,
    multipleRoles: state.multipleRoles,
    defaultRole: state.defaultRole,
    unknownPermissionStatus: state.unknownPermissionStatus,
    permissions: [...state.permissions.values()].map(({ id, slug, name, description, system }) => ({
      id,
      slug,
      name,
      ...present('description', description),
      system,
    })),
    users: [...state.users.values()].map((user) => ({
      id: user.id,
      email: user.email,
      ...present('firstName', user.firstName),
      ...present('lastName', user.lastName),
      ...present('externalId', user.externalID),
    })),
    environmentRoles: [...state.environmentRoles.values()].map(dumpRole),
    organizations: [...state.organizations.values()].map(dumpOrganization),
  };
}

function dumpOrganization(organization: OrganizationRecord): JsonValue {
  return {
    id: organization.id,
    name: organization.name,
    ...present('externalId', organization.externalID),
    domains: organization.domains,
    groupRoleMappings: [...organization.mappedRoles],
    roles: [...organization.roles.values()].map(dumpRole),
    members: [...organization.members.values()].map(({ id, user, status, roles, directoryManaged }) => ({
      id,
      user: user.id,
      status,
      roles,
      directoryManaged,
    })),
  };
}

function dumpRole(role: RoleRecord): JsonValue {
  return {
    id: role.id,
    slug: role.slug,
    name: role.name,
    ...present('description', role.description),
    permissions: [...role.permissions].sort(),
  };
}

/** A user; one with the same id is replaced, memberships keep what they were made with. */
export function putUser(state: WorkosState, value: unknown, path: string): void {
  SeedReader.read(value, path, (reader) => {
    const user: UserRecord = {
      id: idOf(state, reader, 'user', undefined),
      email: reader.string('email'),
      firstName: reader.optionalString('firstName') ?? null,
      lastName: reader.optionalString('lastName') ?? null,
      externalID: reader.optionalString('externalId') ?? null,
      emailVerified: true,
      createdAt: state.now(),
    };
    state.users.set(user.id, user);
  });
}

/** The id that the seed gives, the one that the object has, or a new one. */
function idOf(state: WorkosState, reader: SeedReader, prefix: string, present: { readonly id: string } | undefined): string {
  const given = reader.optionalString('id');
  return given === undefined ? (present?.id ?? state.newID(prefix)) : state.reserveID(given);
}

function findOrMakeUser(state: WorkosState, idOrEmail: string): UserRecord {
  const found = state.users.get(idOrEmail) ?? state.users.values().find((user) => user.email === idOrEmail);
  if (found !== undefined) return found;
  const isEmail = idOrEmail.includes('@');
  const made: UserRecord = {
    id: isEmail ? state.newID('user') : idOrEmail,
    email: isEmail ? idOrEmail : `${idOrEmail}@example.com`,
    firstName: null,
    lastName: null,
    externalID: null,
    emailVerified: true,
    createdAt: state.now(),
  };
  state.users.set(made.id, made);
  return made;
}

function present(key: string, value: string | null): Readonly<Record<string, string>> {
  return value === null ? {} : { [key]: value };
}
