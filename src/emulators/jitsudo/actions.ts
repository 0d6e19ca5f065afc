import { SeedError, SeedReader } from '../seed-reader.ts';
import { putDenial, putRole, putScope, putTenant, putUser, setServer } from './seed.ts';
import type { JitsudoState, TenantRecord } from './state.ts';

type Action = (state: JitsudoState, args: SeedReader) => void;

/** What somebody else may do past the API, by name. */
const actions: Readonly<Record<string, Action>> = {
  /** `{tenant, role: {slug, …}}`: creates or changes a role. */
  putRole: (state, args) => putRole(state, tenantOf(state, args), args.any('role'), 'role'),
  /** `{tenant, slug}`: deletes a role; who holds it loses it. */
  deleteRole: (state, args) => {
    const tenant = tenantOf(state, args);
    const slug = args.string('slug');
    tenant.roles.delete(slug);
    for (const user of tenant.users.values()) {
      tenant.users.set(user.id, { ...user, roles: user.roles.filter((role) => role !== slug) });
    }
  },
  /** `{tenant, user: {email, …}}`: creates or replaces a user. */
  putUser: (state, args) => putUser(state, tenantOf(state, args), args.any('user'), 'user'),
  /** `{tenant, id}`: deletes a user. */
  deleteUser: (state, args) => void tenantOf(state, args).users.delete(args.string('id').toLowerCase()),
  /** `{scopes: [...]}`: adds scopes to the catalogue. */
  putScopes: (state, args) => void args.list('scopes', (value, path) => putScope(state, value, path)),
  /** `{tenant: {id, …}}`: creates or replaces a tenant. */
  putTenant: (state, args) => putTenant(state, args.any('tenant'), 'tenant'),
  /** `{tenant, apiKeys?, tokens?}`: from now on these credentials are good, and no others. */
  setCredentials: (state, args) => {
    const tenant = tenantOf(state, args);
    tenant.apiKeys = args.strings('apiKeys');
    tenant.tokens = args.strings('tokens');
  },
  /** `{operation, notices?}`: a policy denies the operation. */
  deny: (state, args) => putDenial(state, { operation: args.string('operation'), notices: args.strings('notices') }, ''),
  /** `{operation}`: the policy is taken back. */
  allow: (state, args) => void state.denials.delete(args.string('operation')),
  /** `{unknownRoutes?, createSupported?, deleteSupported?, …}`: what the server has. */
  setServer: (state, args) => setServer(state, args),
};

/** Carries out an action. Throws SeedError. */
export function act(state: JitsudoState, name: string, args: unknown): void {
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action === undefined) throw new SeedError(`There is no action "${name}"; there are ${Object.keys(actions).sort().join(', ')}`);
  SeedReader.read(args, '', (reader) => action(state, reader));
}

function tenantOf(state: JitsudoState, args: SeedReader): TenantRecord {
  const id = args.string('tenant');
  const tenant = state.tenants.get(id.toLowerCase());
  if (tenant === undefined) throw new SeedError(`There is no tenant ${id}`);
  return tenant;
}
