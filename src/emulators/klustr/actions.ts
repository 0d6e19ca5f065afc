import { SeedError, SeedReader } from '../seed-reader.ts';
import { assign, unassign } from './assignments.ts';
import { addRole, putClient, putIdentity, putOrganization, putRole } from './seed.ts';
import { type KlustrState, modes, type OrganizationRecord, sameID } from './state.ts';

type Action = (state: KlustrState, args: SeedReader) => void;

/** What somebody else may do past the API, by name. */
const actions: Readonly<Record<string, Action>> = {
  /** `{organization, role: {id, …}}`: creates or changes a role. */
  putRole: (state, args) => putRole(organizationOf(state, args), args.any('role'), 'role'),
  /** `{organization, role: {id, …}}`: adds a role, also a second one of the same id. */
  addRole: (state, args) => addRole(organizationOf(state, args), args.any('role'), 'role'),
  /** `{organization, id}`: deletes every role of that id; assignments stay. */
  deleteRole: (state, args) => {
    const organization = organizationOf(state, args);
    const id = args.string('id');
    organization.roles = (organization.roles ?? []).filter((role) => !sameID(role.id, id));
  },
  /** `{organization, role, user}`: gives a role. */
  assign: (state, args) => assign(organizationOf(state, args), { role: args.string('role'), user: args.string('user') }),
  /** `{organization, role, user}`: takes a role. */
  unassign: (state, args) => unassign(organizationOf(state, args), { role: args.string('role'), user: args.string('user') }),
  /** `{organization: {id, …}}`: creates or replaces an organization. */
  putOrganization: (state, args) => putOrganization(state, args.any('organization'), 'organization'),
  /** `{id}`: deletes an organization with everything in it. */
  deleteOrganization: (state, args) => void state.organizations.delete(args.string('id')),
  /** `{identity: {id, email, state?}}`: creates or replaces somebody who can log in. */
  putIdentity: (state, args) => putIdentity(state, args.any('identity'), 'identity'),
  /** `{client: {id, secret, authorities?}}`: creates a client or changes its secret and rights; its tokens are revoked. */
  putClient: (state, args) => {
    putClient(state, args.any('client'), 'client');
    state.revokeTokens();
  },
  /** `{}`: from now on, every token issued so far is refused. */
  revokeTokens: (state) => state.revokeTokens(),
  /** `{seconds}`: how long tokens are good from now on. */
  setTokenLifetime: (state, args) => {
    state.tokenLifetime = args.optionalNumber('seconds') ?? state.tokenLifetime;
  },
  /** `{mode}`: `documented` or `source`. */
  setMode: (state, args) => {
    state.mode = args.oneOf('mode', modes, state.mode);
  },
};

/** Carries out an action. Throws SeedError. */
export function act(state: KlustrState, name: string, args: unknown): void {
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action === undefined) throw new SeedError(`There is no action "${name}"; there are ${Object.keys(actions).sort().join(', ')}`);
  SeedReader.read(args, '', (reader) => action(state, reader));
}

function organizationOf(state: KlustrState, args: SeedReader): OrganizationRecord {
  const id = args.string('organization');
  const organization = state.organizations.get(id);
  if (organization === undefined) throw new SeedError(`There is no organization ${id}`);
  return organization;
}
