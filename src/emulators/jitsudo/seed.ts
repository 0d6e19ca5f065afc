import type { JsonValue } from '../../model/index.ts';
import { SeedError, SeedReader } from '../seed-reader.ts';
import { optionalOperations } from './guard.ts';
import { type JitsudoState, type RoleRecord, type TenantRecord, unknownRouteForms } from './state.ts';

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The switch of an optional operation. */
const switches = {
  createRole: 'createSupported',
  getRole: 'getSupported',
  deleteRole: 'deleteSupported',
  listUsers: 'listUsersSupported',
  getUser: 'getUserSupported',
} as const satisfies Record<(typeof optionalOperations)[number], string>;

/** Writes a seed into an empty state. Throws SeedError. */
export function loadSeed(state: JitsudoState, seed: unknown): void {
  SeedReader.read(seed, '', (reader) => {
    setServer(state, reader);
    reader.list('scopes', (value, path) => putScope(state, value, path));
    reader.list('denials', (value, path) => putDenial(state, value, path));
    reader.list('tenants', (value, path) => putTenant(state, value, path));
  });
}

/** What the server has and how it answers for the rest; what isn't given stays. */
export function setServer(state: JitsudoState, reader: SeedReader): void {
  state.unknownRoutes = reader.oneOf('unknownRoutes', unknownRouteForms, state.unknownRoutes);
  state.customRolesForUsers = reader.boolean('customRolesForUsers', state.customRolesForUsers);
  for (const operation of optionalOperations) {
    if (reader.boolean(switches[operation], !state.lacks(operation))) state.unsupported.delete(operation);
    else state.unsupported.add(operation);
  }
}

/** A scope: its name alone, or an object. One that exists is replaced. */
export function putScope(state: JitsudoState, value: unknown, path: string): void {
  if (typeof value === 'string') {
    state.scopes.set(value, { scope: value, name: value, description: undefined });
    return;
  }
  SeedReader.read(value, path, (reader) => {
    const scope = reader.string('scope');
    state.scopes.set(scope, { scope, name: reader.optionalString('name') ?? scope, description: reader.optionalString('description') });
  });
}

/** An operation that a policy denies, with its notices. */
export function putDenial(state: JitsudoState, value: unknown, path: string): void {
  SeedReader.read(value, path, (reader) => state.denials.set(reader.string('operation'), reader.strings('notices')));
}

/** A tenant; one with the same id is replaced. */
export function putTenant(state: JitsudoState, value: unknown, path: string): void {
  SeedReader.read(value, path, (reader) => {
    const id = idOf(reader.string('id'), `${path}.id`);
    const tenant: TenantRecord = {
      id,
      apiKeys: reader.strings('apiKeys'),
      tokens: reader.strings('tokens'),
      roles: new Map(),
      users: new Map(),
    };
    reader.list('roles', (role, rolePath) => putRole(state, tenant, role, rolePath));
    reader.list('users', (user, userPath) => putUser(state, tenant, user, userPath));
    state.tenants.set(id, tenant);
  });
}

/** Creates a role, or changes the one of the same slug: what isn't given stays. */
export function putRole(state: JitsudoState, tenant: TenantRecord, value: unknown, path: string): void {
  SeedReader.read(value, path, (reader) => {
    const slug = reader.string('slug');
    const present = tenant.roles.get(slug);
    const id = reader.optionalString('id');
    const role: RoleRecord = {
      id: id === undefined ? (present?.id ?? state.newID()) : idOf(id, `${path}.id`),
      slug,
      name: reader.optionalString('name') ?? present?.name ?? slug,
      description: reader.optionalString('description') ?? present?.description ?? null,
      scopes: reader.any('scopes') === undefined ? (present?.scopes ?? []) : reader.strings('scopes'),
      system: reader.boolean('system', present?.system ?? false),
      createdAt: present?.createdAt ?? state.now(),
      updatedAt: state.now(),
    };
    const unknown = role.scopes.find((scope) => !state.scopes.has(scope));
    if (unknown !== undefined) throw new SeedError(`${path}.scopes names ${unknown}, which is no scope of the catalogue`);
    tenant.roles.set(slug, role);
  });
}

/** Creates a user, or replaces the one with the same id. */
export function putUser(state: JitsudoState, tenant: TenantRecord, value: unknown, path: string): void {
  SeedReader.read(value, path, (reader) => {
    const id = reader.optionalString('id');
    const email = reader.string('email');
    const user = {
      id: id === undefined ? state.newID() : idOf(id, `${path}.id`),
      email,
      name: reader.optionalString('name') ?? email,
      roles: reader.strings('roles'),
      owner: reader.boolean('owner', false),
    };
    const unknown = user.roles.find((slug) => !tenant.roles.has(slug));
    if (unknown !== undefined) throw new SeedError(`${path}.roles names ${unknown}, which is no role of the tenant`);
    tenant.users.set(user.id, user);
  });
}

/** The whole state as a seed: loading it again gives the same state, apart from times. */
export function dumpSeed(state: JitsudoState): JsonValue {
  return {
    unknownRoutes: state.unknownRoutes,
    customRolesForUsers: state.customRolesForUsers,
    ...Object.fromEntries(optionalOperations.map((operation) => [switches[operation], !state.lacks(operation)])),
    scopes: [...state.scopes.values()].map(({ scope, name, description }) => ({
      scope,
      name,
      ...(description === undefined ? {} : { description }),
    })),
    denials: [...state.denials].map(([operation, notices]) => ({ operation, notices })),
    tenants: [...state.tenants.values()].map(dumpTenant),
  };
}

function dumpTenant({ id, apiKeys, tokens, roles, users }: TenantRecord): JsonValue {
  return {
    id,
    apiKeys,
    tokens,
    roles: [...roles.values()].map(({ createdAt: _created, updatedAt: _updated, description, ...role }) => ({
      ...role,
      ...(description === null ? {} : { description }),
    })),
    users: [...users.values()].map((user) => ({ ...user })),
  };
}

function idOf(text: string, path: string): string {
  if (!uuid.test(text)) throw new SeedError(`${path} must be a uuid`);
  return text.toLowerCase();
}
