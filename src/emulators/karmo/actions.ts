import { SeedError, SeedReader } from '../seed-reader.ts';
import { putMember, putOrganization, putRole, putUser, readAccessKey } from './seed.ts';
import type { KarmoState, OrganizationRecord } from './state.ts';

type Action = (state: KarmoState, args: SeedReader) => void;

/** What somebody else may do past the API, by name. */
const actions: Readonly<Record<string, Action>> = {
  /** `{organization, role: {slug, …}}`: creates or changes a role. */
  putRole: (state, args) => putRole(state, organizationOf(state, args), args.any('role'), 'role'),
  /** `{organization, slug}`: deletes a role. */
  deleteRole: (state, args) => void organizationOf(state, args).roles.delete(args.string('slug')),
  /** `{permissions: [slug]}`: makes permissions known. */
  putPermissions: (state, args) => {
    for (const permission of args.strings('permissions')) state.permissions.add(permission);
  },
  /** `{user: {id, email, …}}`: creates or replaces a user. */
  putUser: (state, args) => putUser(state, args.any('user'), 'user'),
  /** `{organization, member: {user, roles?, status?}}`: gives a user these roles. */
  putMember: (state, args) => putMember(state, organizationOf(state, args), args.any('member'), 'member'),
  /** `{organization, user}`: ends a membership; one that isn't there has ended. */
  deleteMember: (state, args) => void organizationOf(state, args).members.delete(args.string('user')),
  /** `{organization: {id, …}}`: creates or replaces an organization. */
  putOrganization: (state, args) => putOrganization(state, args.any('organization'), 'organization'),
  /** `{id}`: deletes an organization with everything in it. */
  deleteOrganization: (state, args) => void state.organizations.delete(args.string('id')),
  /** `{accessKeys: [{id, secret, sessionToken?}]}`: from now on only these keys are good; tokens are revoked. */
  setAccessKeys: (state, args) => {
    state.accessKeys = args.list('accessKeys', readAccessKey);
    state.revokeTokens();
  },
  /** `{}`: from now on, every token issued so far is refused. */
  revokeTokens: (state) => state.revokeTokens(),
  /** `{seconds}`: how long service tokens are good from now on. */
  setTokenLifetime: (state, args) => {
    state.tokenLifetime = args.optionalNumber('seconds') ?? state.tokenLifetime;
  },
  /** `{configured}`: whether there is an access provider behind Karmo. */
  setConfigured: (state, args) => {
    state.configured = args.boolean('configured', true);
  },
};

/** Carries out an action. Throws SeedError. */
export function act(state: KarmoState, name: string, args: unknown): void {
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action === undefined) throw new SeedError(`There is no action "${name}"; there are ${Object.keys(actions).sort().join(', ')}`);
  SeedReader.read(args, '', (reader) => action(state, reader));
}

function organizationOf(state: KarmoState, args: SeedReader): OrganizationRecord {
  const id = args.string('organization');
  const organization = state.organizations.get(id);
  if (organization === undefined) throw new SeedError(`There is no organization ${id}`);
  return organization;
}
