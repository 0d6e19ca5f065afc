import type { JsonValue } from '../../model/index.ts';
import { SeedError, SeedReader } from '../seed-reader.ts';
import { platformRole } from './platform.ts';
import {
  idIn,
  isUUID,
  type Metadata,
  nilUUID,
  type OrganizationRecord,
  organizationResource,
  type RoleRecord,
  slugOf,
  versions,
} from './records.ts';
import { longPrincipal, longResource } from './references.ts';
import type { FrontierState } from './state.ts';

/** Writes a seed into an empty state. Throws SeedError. */
export function loadSeed(state: FrontierState, seed: unknown): void {
  SeedReader.read(seed, '', (reader) => {
    state.version = reader.oneOf('version', versions, state.version);
    state.tokenLifetime = reader.optionalNumber('tokenLifetimeSeconds') ?? state.tokenLifetime;
    state.basicDelayMs = reader.optionalNumber('basicDelayMs') ?? state.basicDelayMs;
    reader.list('permissions', (value, path) => putPermission(state, value, path));
    reader.list('users', (value, path) => putUser(state, value, path));
    reader.list('organizations', (value, path) => putOrganization(state, value, path));
    reader.list('serviceUsers', (value, path) => putServiceUser(state, value, path));
    reader.list('policies', (value, path) => putPolicy(state, value, path));
  });
}

/** A custom permission: its key, or an object; one with the same key is replaced. */
export function putPermission(state: FrontierState, value: unknown, path: string): void {
  SeedReader.read(typeof value === 'string' ? { key: value } : value, path, (reader) => {
    const key = reader.string('key');
    if (key.split('.').length !== 3) throw new SeedError(`${path} must be service.resource.verb, not ${key}`);
    const present = state.permissions.get(slugOf(key));
    state.permissions.set(slugOf(key), {
      id: idOf(reader, path) ?? present?.id ?? state.newID(),
      key,
      title: reader.optionalString('title') ?? '',
      metadata: metadataOf(reader, path) ?? {},
      createdAt: reader.optionalString('createdAt') ?? present?.createdAt ?? state.now(),
    });
  });
}

/** A person; one with the same id or email is replaced. */
export function putUser(state: FrontierState, value: unknown, path: string): void {
  SeedReader.read(value, path, (reader) => {
    const email = reader.string('email');
    const present = state.users.get(idOf(reader, path) ?? '') ?? state.userOf(email);
    const id = idOf(reader, path) ?? present?.id ?? state.newID();
    state.users.set(id, {
      id,
      email,
      name: reader.optionalString('name') ?? email.replaceAll(/\W/g, '_'),
      title: reader.optionalString('title') ?? '',
      state: reader.optionalString('state') ?? 'enabled',
      createdAt: reader.optionalString('createdAt') ?? present?.createdAt ?? state.now(),
    });
  });
}

/** An organization with roles and groups; what one with the same id or name holds beside those stays. */
export function putOrganization(state: FrontierState, value: unknown, path: string): void {
  SeedReader.read(value, path, (reader) => {
    const name = reader.string('name');
    const id = idOf(reader, path) ?? state.organizationByName(name)?.id ?? state.newID();
    const organization = { id, name, title: reader.optionalString('title') ?? '' };
    state.organizations.set(id, organization);
    reader.list('roles', (role, rolePath) => putRole(state, organization, role, rolePath));
    reader.list('groups', (group, groupPath) => putGroup(state, organization, group, groupPath));
  });
}

/**
 * Creates a role, or changes the one of the same id or name: what isn't given stays. New permissions are effective, and no
 * others, unless `effective` says so.
 */
export function putRole(state: FrontierState, organization: OrganizationRecord, value: unknown, path: string): void {
  SeedReader.read(value, path, (reader) => {
    const givenID = idOf(reader, path);
    const name = reader.optionalString('name');
    const present = roleIn(state, organization, givenID ?? name ?? '');
    const given = listed(reader, 'permissions')?.map(slugOf);
    const effective = listed(reader, 'effective')?.map(slugOf) ?? given ?? present?.effective ?? [];
    const id = present?.id ?? givenID ?? state.newID();
    state.roles.set(id, {
      id,
      organizationID: organization.id,
      name: name ?? present?.name ?? reader.string('name'),
      title: reader.optionalString('title') ?? present?.title ?? '',
      permissions: given ?? present?.permissions ?? [],
      scopes: listed(reader, 'scopes')?.map((scope) => scope.toLowerCase()) ?? present?.scopes ?? [],
      metadata: metadataOf(reader, path) ?? present?.metadata ?? {},
      createdAt: reader.optionalString('createdAt') ?? present?.createdAt ?? state.now(),
      updatedAt: reader.optionalString('updatedAt') ?? state.now(),
      effective: new Set(effective),
    });
  });
}

/** A role of an organization by uuid or name. */
export function roleIn(state: FrontierState, { id }: OrganizationRecord, text: string): RoleRecord | undefined {
  return state.rolesOf(id).find((role) => role.id === text || role.name === text);
}

/** A group; one with the same id or name is replaced. Members are given by uuid, email or name. */
export function putGroup(state: FrontierState, organization: OrganizationRecord, value: unknown, path: string): void {
  SeedReader.read(value, path, (reader) => {
    const name = reader.string('name');
    const present = [...state.groups.values()].find((group) => group.organizationID === organization.id && group.name === name);
    const id = idOf(reader, path) ?? present?.id ?? state.newID();
    state.groups.set(id, {
      id,
      organizationID: organization.id,
      name,
      title: reader.optionalString('title') ?? '',
      members: reader.strings('members').map((member) => state.userOf(member)?.id ?? member),
      createdAt: reader.optionalString('createdAt') ?? present?.createdAt ?? state.now(),
    });
  });
}

/** A machine account; one with the same id is replaced. `roles` are bound on its organization. */
export function putServiceUser(state: FrontierState, value: unknown, path: string): void {
  SeedReader.read(value, path, (reader) => {
    const id = idOf(reader, path) ?? state.newID();
    const organization = reader.optionalString('organization');
    const organizationID = organization === undefined ? nilUUID : organizationOf(state, organization, path).id;
    state.serviceUsers.set(id, {
      id,
      organizationID,
      title: reader.optionalString('title') ?? '',
      clientID: reader.optionalString('clientID') ?? id,
      secret: reader.string('secret'),
      superuser: reader.boolean('superuser', false),
      bootstrap: reader.boolean('bootstrap', false),
      createdAt: reader.optionalString('createdAt') ?? state.now(),
    });
    for (const role of reader.strings('roles')) {
      const resource = organizationResource(organizationID);
      state.bind({ roleID: roleIDOn(state, resource, role), resource, principal: `app/serviceuser:${id}` });
    }
  });
}

/** A policy. Nothing that it names has to exist, but names are understood only of what does. */
export function putPolicy(state: FrontierState, value: unknown, path: string): void {
  SeedReader.read(value, path, (reader) => {
    const organization = reader.optionalString('organization');
    const resource =
      organization === undefined
        ? longResource(reader.string('resource'))
        : organizationResource(organizationOf(state, organization, path).id);
    const principal = longPrincipal(reader.string('principal'));
    if (resource === undefined || principal === undefined) {
      throw new SeedError(`${path} must have a resource such as app/organization:<uuid> and a principal such as app/user:<uuid>`);
    }
    const triple = { roleID: roleIDOn(state, resource, reader.string('role')), resource, principal: resolved(state, principal) };
    const metadata = metadataOf(reader, path);
    const id = idOf(reader, path);
    const createdAt = reader.optionalString('createdAt');
    const { id: madeID, ...policy } = state.bind(triple, metadata);
    state.policies.delete(madeID);
    state.policies.set(id ?? madeID, { ...policy, id: id ?? madeID, createdAt: createdAt ?? policy.createdAt });
  });
}

/** Gives a principal policies for these roles on an organization, and takes all others. Policies that are there keep their ids. */
export function setHolding(state: FrontierState, { id }: OrganizationRecord, text: string, roles: readonly string[]): void {
  const long = longPrincipal(text);
  if (long === undefined) throw new SeedError(`principal must be such as app/user:<uuid>, not ${text}`);
  const [principal, resource] = [resolved(state, long), organizationResource(id)];
  const roleIDs = roles.map((role) => roleIDOn(state, resource, role));
  for (const policy of state.policiesOn(id)) {
    if (policy.principal === principal && !roleIDs.includes(policy.roleID)) state.policies.delete(policy.id);
  }
  for (const roleID of roleIDs) state.bind({ roleID, resource, principal });
}

/** An organization by uuid or name. Throws SeedError where there is none. */
export function organizationOf(state: FrontierState, text: string, path: string): OrganizationRecord {
  const found = state.organizations.get(text) ?? state.organizationByName(text);
  if (found === undefined) throw new SeedError(`${path === '' ? 'organization' : path}: there is no organization ${text}`);
  return found;
}

/** The whole state as a seed: loading it again gives the same state, and tokens stay good. */
export function dumpSeed(state: FrontierState): JsonValue {
  return {
    version: state.version,
    tokenLifetimeSeconds: state.tokenLifetime,
    basicDelayMs: state.basicDelayMs,
    permissions: [...state.permissions.values()].map((permission) => ({ ...permission })),
    users: [...state.users.values()].map((user) => ({ ...user })),
    organizations: [...state.organizations.values()].map((organization) => ({
      ...organization,
      roles: state.rolesOf(organization.id).map(({ organizationID: _home, effective, ...role }) => ({
        ...role,
        effective: [...effective].sort(),
      })),
      groups: [...state.groups.values()]
        .filter(({ organizationID }) => organizationID === organization.id)
        .map(({ organizationID: _home, ...group }) => ({ ...group })),
    })),
    serviceUsers: [...state.serviceUsers.values()].map(({ organizationID, ...serviceUser }) => ({
      ...serviceUser,
      ...(organizationID === nilUUID ? {} : { organization: organizationID }),
    })),
    policies: [...state.policies.values()].map(({ roleID, ...policy }) => ({ ...policy, role: roleID })),
  };
}

function roleIDOn(state: FrontierState, resource: string, text: string): string {
  if (isUUID(text)) return text;
  const organization = state.organizations.get(idIn(resource));
  const found = (organization === undefined ? undefined : roleIn(state, organization, text)) ?? platformRole(text);
  if (found === undefined) throw new SeedError(`There is no role ${text} on ${resource}`);
  return found.id;
}

function resolved(state: FrontierState, principal: string): string {
  if (!principal.startsWith('app/user:')) return principal;
  const user = state.userOf(idIn(principal));
  return user === undefined ? principal : `app/user:${user.id}`;
}

/** Undefined where the list isn't given. */
function listed(reader: SeedReader, key: string): readonly string[] | undefined {
  return reader.any(key) === undefined ? undefined : reader.strings(key);
}

function idOf(reader: SeedReader, path: string): string | undefined {
  const id = reader.optionalString('id');
  if (id !== undefined && !isUUID(id)) throw new SeedError(`${path}.id must be a uuid, not ${id}`);
  return id;
}

function metadataOf(reader: SeedReader, path: string): Metadata | undefined {
  const value = reader.any('metadata');
  if (value === undefined) return undefined;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new SeedError(`${path}.metadata must be an object`);
  return value as Metadata;
}
