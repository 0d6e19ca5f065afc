import { SeedError, SeedReader } from '../seed-reader.ts';
import { putMember, putOrganization, putPermission, putRole, putUser } from './seed.ts';
import type { OrganizationRecord, WorkosState } from './state.ts';

type Action = (state: WorkosState, args: SeedReader) => void;

/** What somebody else may do past the API, by name. */
const actions: Readonly<Record<string, Action>> = {
  /** `{apiKey}`: from now on only this key is good. */
  setAPIKey: (state, args) => {
    state.apiKey = args.string('apiKey');
  },
  /** `{organization, role: {slug, …}}`: creates or changes a role of the organization. */
  putRole: (state, args) => putRole(state, organizationOf(state, args).roles, 'OrganizationRole', args.any('role'), 'role'),
  /** `{role: {slug, …}}`: creates or changes a role of the environment. */
  putEnvironmentRole: (state, args) => putRole(state, state.environmentRoles, 'EnvironmentRole', args.any('role'), 'role'),
  /** `{organization, slug}`: deletes a role of the organization, whoever holds it. */
  deleteRole: (state, args) => {
    const organization = organizationOf(state, args);
    const slug = args.string('slug');
    organization.roles.delete(slug);
    for (const membership of organization.members.values()) {
      const rest = membership.roles.filter((role) => role !== slug);
      membership.roles = rest.length > 0 ? rest : [state.defaultRole];
    }
  },
  /** `{permissions: [slug or {slug, …}]}`: adds to the catalogue. */
  putPermissions: (state, args) => {
    args.list('permissions', (value, path) => putPermission(state, value, path));
  },
  /** `{slug}`: takes a permission out of the catalogue and out of every role. */
  deletePermission: (state, args) => state.removePermission(args.string('slug')),
  /** `{organization: {id, …}}`: creates or replaces an organization. */
  putOrganization: (state, args) => putOrganization(state, args.any('organization'), 'organization'),
  /** `{id}`: deletes an organization with everything in it. */
  deleteOrganization: (state, args) => {
    const organization = state.organizations.get(args.string('id'));
    if (organization === undefined) return;
    for (const membership of [...organization.members.values()]) state.removeMembership(membership);
    state.organizations.delete(organization.id);
  },
  /** `{user: {id?, email, …}}`: creates or replaces a user. */
  putUser: (state, args) => putUser(state, args.any('user'), 'user'),
  /** `{organization, member: {user, roles?, status?, directoryManaged?}}`: gives a user these roles. */
  putMember: (state, args) => putMember(state, organizationOf(state, args), args.any('member'), 'member'),
  /** `{organization, user}`: ends a membership. */
  deleteMember: (state, args) => {
    const membership = state.membershipOf(organizationOf(state, args), args.string('user'));
    if (membership !== undefined) state.removeMembership(membership);
  },
  /** `{organization, slug}`: maps a group of a directory to the role. */
  mapGroup: (state, args) => void organizationOf(state, args).mappedRoles.add(args.string('slug')),
};

/** Carries out an action. Throws SeedError. */
export function act(state: WorkosState, name: string, args: unknown): void {
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action === undefined) throw new SeedError(`There is no action "${name}"; there are ${Object.keys(actions).sort().join(', ')}`);
  SeedReader.read(args, '', (reader) => action(state, reader));
}

function organizationOf(state: WorkosState, args: SeedReader): OrganizationRecord {
  const id = args.string('organization');
  const organization = state.organizations.get(id);
  if (organization === undefined) throw new SeedError(`There is no organization ${id}`);
  return organization;
}
