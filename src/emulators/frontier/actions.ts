import { SeedError, SeedReader } from '../seed-reader.ts';
import { type OrganizationRecord, type ServiceUserRecord, slugOf, versions } from './records.ts';
import {
  organizationOf,
  putGroup,
  putOrganization,
  putPermission,
  putPolicy,
  putRole,
  putServiceUser,
  putUser,
  roleIn,
  setHolding,
} from './seed.ts';
import type { FrontierState } from './state.ts';

type Action = (state: FrontierState, args: SeedReader) => void;

/** What somebody else may do past the API, by name. An organization is given by uuid or name. */
const actions: Readonly<Record<string, Action>> = {
  /** `{organization: {name, …}}`: creates an organization or changes it; roles and groups are put into it. */
  putOrganization: (state, args) => putOrganization(state, args.any('organization'), 'organization'),
  /** `{organization}`: deletes an organization with its roles, groups and policies. */
  deleteOrganization: (state, args) => {
    const { id } = home(state, args);
    for (const policy of state.policiesOn(id)) state.policies.delete(policy.id);
    for (const role of state.rolesOf(id)) state.roles.delete(role.id);
    for (const group of state.groups.values()) if (group.organizationID === id) state.groups.delete(group.id);
    state.organizations.delete(id);
  },
  /** `{organization, role: {name or id, …}}`: creates or changes a role; what isn't given stays. */
  putRole: (state, args) => putRole(state, home(state, args), args.any('role'), 'role'),
  /** `{organization, role}`: deletes a role, by uuid or name, with its policies; one that isn't there is none. */
  deleteRole: (state, args) => {
    const role = roleIn(state, home(state, args), args.string('role'));
    if (role === undefined) return;
    for (const policy of state.policies.values()) if (policy.roleID === role.id) state.policies.delete(policy.id);
    state.roles.delete(role.id);
  },
  /** `{permissions: [key or {key, …}]}`: adds custom permissions to the catalogue. */
  putPermissions: (state, args) => void args.list('permissions', (value, path) => putPermission(state, value, path)),
  /** `{key}`: deletes a custom permission, from the catalogue and from every role. */
  deletePermission: (state, args) => removePermission(state, slugOf(args.string('key'))),
  /** `{policy: {role, organization or resource, principal, …}}`: binds a role. */
  putPolicy: (state, args) => putPolicy(state, args.any('policy'), 'policy'),
  /** `{id}`: deletes a policy. */
  deletePolicy: (state, args) => void state.policies.delete(args.string('id')),
  /** `{organization, principal, roles}`: the principal has policies for exactly these roles on the organization. */
  setHolding: (state, args) => setHolding(state, home(state, args), args.string('principal'), args.strings('roles')),
  /** `{user: {email, …}}`: creates a person or changes them. */
  putUser: (state, args) => putUser(state, args.any('user'), 'user'),
  /** `{user}`: deletes a person, by uuid, email or name; their policies stay. */
  deleteUser: (state, args) => void state.users.delete(state.userOf(args.string('user'))?.id ?? ''),
  /** `{organization, group: {name, …}}`: creates or replaces a group. */
  putGroup: (state, args) => putGroup(state, home(state, args), args.any('group'), 'group'),
  /** `{serviceUser: {secret, …}}`: creates or replaces a service user. */
  putServiceUser: (state, args) => putServiceUser(state, args.any('serviceUser'), 'serviceUser'),
  /** `{serviceUser}`: deletes a service user, by uuid or client id; its tokens are refused. */
  deleteServiceUser: (state, args) => void state.serviceUsers.delete(account(state, args.string('serviceUser')).id),
  /** `{serviceUser, secret}`: changes a secret; tokens that were issued stay good. */
  setSecret: (state, args) => {
    const found = account(state, args.string('serviceUser'));
    state.serviceUsers.set(found.id, { ...found, secret: args.string('secret') });
  },
  /** `{serviceUser?}`: every token issued so far is refused from now on, of one service user or of all. */
  expireTokens: (state, args) => {
    const named = args.optionalString('serviceUser');
    const ids = named === undefined ? [...state.serviceUsers.keys()] : [account(state, named).id];
    for (const id of ids) state.tokenGenerations.set(id, (state.tokenGenerations.get(id) ?? 0) + 1);
  },
  /** `{seconds}`: how long tokens are good from now on. */
  setTokenLifetime: (state, args) => {
    state.tokenLifetime = args.optionalNumber('seconds') ?? state.tokenLifetime;
  },
  /** `{version}`: the server is exchanged for another release, with the same data. */
  setVersion: (state, args) => {
    state.version = args.oneOf('version', versions, state.version);
  },
};

/** Carries out an action. Throws SeedError. */
export function act(state: FrontierState, name: string, args: unknown): void {
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action === undefined) throw new SeedError(`There is no action "${name}"; there are ${Object.keys(actions).sort().join(', ')}`);
  SeedReader.read(args, '', (reader) => action(state, reader));
}

function home(state: FrontierState, args: SeedReader): OrganizationRecord {
  return organizationOf(state, args.string('organization'), '');
}

function account(state: FrontierState, text: string): ServiceUserRecord {
  const found = [...state.serviceUsers.values()].find(({ id, clientID }) => id === text || clientID === text);
  if (found === undefined) throw new SeedError(`There is no service user ${text}`);
  return found;
}

function removePermission(state: FrontierState, slug: string): void {
  state.permissions.delete(slug);
  const others = (slugs: Iterable<string>): readonly string[] => [...slugs].filter((each) => each !== slug);
  for (const role of state.roles.values()) {
    state.roles.set(role.id, { ...role, permissions: others(role.permissions), effective: new Set(others(role.effective)) });
  }
}
