import type { JsonValue } from '../../model/index.ts';
import { SeedError, SeedReader } from '../seed-reader.ts';
import { assign } from './assignments.ts';
import {
  builtInRoles,
  exchangeRole,
  identityStates,
  type KlustrState,
  modes,
  type OrganizationRecord,
  type RoleRecord,
  roleOf,
  stages,
} from './state.ts';

/** Writes a seed into an empty state. Throws SeedError. */
export function loadSeed(state: KlustrState, seed: unknown): void {
  SeedReader.read(seed, '', (reader) => {
    state.mode = reader.oneOf('mode', modes, state.mode);
    state.tokenLifetime = reader.optionalNumber('tokenLifetime') ?? state.tokenLifetime;
    state.relationsPage = reader.optionalNumber('relationsPage');
    reader.list('clients', (value, path) => putClient(state, value, path));
    reader.list('organizations', (value, path) => putOrganization(state, value, path));
    reader.list('identities', (value, path) => putIdentity(state, value, path));
  });
}

/** A client; one with the same id is replaced. */
export function putClient(state: KlustrState, value: unknown, path: string): void {
  SeedReader.read(value, path, (reader) => {
    const id = reader.string('id');
    const authorities = reader.any('authorities') === undefined ? undefined : reader.strings('authorities');
    state.clients.set(id, { id, secret: reader.string('secret'), authorities });
  });
}

/** An identity; one with the same id is replaced. */
export function putIdentity(state: KlustrState, value: unknown, path: string): void {
  SeedReader.read(value, path, (reader) => {
    const id = reader.string('id');
    state.identities.set(id, { id, email: reader.string('email'), state: reader.oneOf('state', identityStates, 'active') });
  });
}

/** An organization; one with the same id is replaced. Without roles it has no role document. */
export function putOrganization(state: KlustrState, value: unknown, path: string): void {
  SeedReader.read(value, path, (reader) => {
    const builtIn = reader.boolean('builtInRoles', false) ? builtInRoles() : undefined;
    const given = reader.any('roles') === undefined ? undefined : reader.list('roles', readRole);
    const organization: OrganizationRecord = {
      id: reader.string('id'),
      roles: builtIn === undefined && given === undefined ? undefined : [...(builtIn ?? []), ...(given ?? [])],
      assignments: [],
      members: [...reader.strings('members')],
    };
    reader.list('assignments', (assignment, assignmentPath) => putAssignment(organization, assignment, assignmentPath));
    state.organizations.set(organization.id, organization);
  });
}

/** Creates a role, or changes the one of the same id: what isn't given stays. */
export function putRole(organization: OrganizationRecord, value: unknown, path: string): void {
  const { id, ...given } = readRole(value, path);
  const present = roleOf(organization, id);
  if (present === undefined) {
    organization.roles = [...(organization.roles ?? []), { id, ...given }];
    return;
  }
  const kept = (value as { readonly permissions?: unknown }).permissions === undefined ? { permissions: present.permissions } : {};
  exchangeRole(organization, present, { ...present, ...given, ...kept });
}

/** Adds a role, whether or not its id is there already. */
export function addRole(organization: OrganizationRecord, value: unknown, path: string): void {
  organization.roles = [...(organization.roles ?? []), readRole(value, path)];
}

/** Gives a role to a user; neither has to exist. */
export function putAssignment(organization: OrganizationRecord, value: unknown, path: string): void {
  SeedReader.read(value, path, (reader) => assign(organization, { role: reader.string('role'), user: reader.string('user') }));
}

/** The whole state as a seed: loading it again gives the same state, without the tokens. */
export function dumpSeed(state: KlustrState): JsonValue {
  return {
    mode: state.mode,
    tokenLifetime: state.tokenLifetime,
    ...(state.relationsPage === undefined ? {} : { relationsPage: state.relationsPage }),
    clients: [...state.clients.values()].map(({ id, secret, authorities }) => ({
      id,
      secret,
      ...(authorities === undefined ? {} : { authorities }),
    })),
    organizations: [...state.organizations.values()].map(({ id, roles, assignments, members }) => ({
      id,
      ...(roles === undefined ? {} : { roles: roles.map((role) => ({ ...role, permissions: [...role.permissions].sort() })) }),
      assignments: assignments.map(({ role, user }) => ({ role, user })),
      members,
    })),
    identities: [...state.identities.values()].map((identity) => ({ ...identity })),
  };
}

function readRole(value: unknown, path: string): RoleRecord {
  return SeedReader.read(value, path, (reader) => {
    const stage = reader.optionalString('stage');
    if (stage !== undefined && !stages.some((known) => known === stage)) {
      throw new SeedError(`${path}.stage must be one of ${stages.join(', ')}`);
    }
    const fields = {
      name: reader.optionalString('name'),
      namespace: reader.optionalString('namespace'),
      description: reader.optionalString('description'),
      stage,
    };
    const present = Object.fromEntries(Object.entries(fields).filter(([, field]) => field !== undefined));
    return { id: reader.string('id'), ...present, permissions: reader.strings('permissions') };
  });
}
