/** Organizations have this many users each; the last one may have fewer. */
export const usersPerOrganization = 500;
/** RoleBindings name this many users each, and every user is named once; the last one may name fewer. */
export const usersPerBinding = 100;
/** As many as one RoleBinding may name. */
export const wideSubjects = 1_000;
/** The RoleBinding that names so many, and its Role. */
export const wideName = 'org-wide';

/** As many as WorkOS gives at most. */
const membersPerPage = 100;
const wideOrganization = 'org_wide';
const apiVersion = 'rolekeeper.dev/v1alpha1';

/** Number of organizations that so many users fill, the one of the wide RoleBinding not counted. */
export function organizationCount(subjects: number): number {
  return Math.ceil(subjects / usersPerOrganization);
}

/** Number of RoleBindings that name so many users. Each has a Role of its own. */
export function bindingCount(subjects: number): number {
  return Math.ceil(subjects / usersPerBinding);
}

/** Calls that it takes to read the members of all these organizations once. */
export function membershipPages(subjects: number): number {
  const organizations = Array.from({ length: organizationCount(subjects) }, (_, index) => usersOf(index, subjects).length);
  return organizations.reduce((sum, users) => sum + Math.ceil(users / membersPerPage), 0);
}

/** Name of a RoleBinding, and name and slug of its Role. */
export function bindingName(index: number): string {
  return `org-b${index}`;
}

/** Everybody is a member of an organization already and holds the role that WorkOS gives to everybody. */
export function bindingSeed(subjects: number): object {
  const organizations = Array.from({ length: organizationCount(subjects) }, (_, index) =>
    organization(organizationID(index), usersOf(index, subjects)),
  );
  return {
    multipleRoles: true,
    permissions: ['p:0'],
    environmentRoles: [{ slug: 'member', name: 'Member', permissions: [] }],
    users: [...userIDs(0, subjects), ...wideUserIDs()].map((id) => ({ id, email: `${id}@example.com` })),
    organizations: [...organizations, organization(wideOrganization, wideUserIDs())],
  };
}

/** The Roles that are granted. */
export function roleManifests(subjects: number): readonly object[] {
  return Array.from({ length: bindingCount(subjects) }, (_, index) => {
    return role(bindingName(index), organizationID(Math.floor((index * usersPerBinding) / usersPerOrganization)));
  });
}

/** The RoleBindings that grant them. */
export function bindingManifests(subjects: number): readonly object[] {
  return Array.from({ length: bindingCount(subjects) }, (_, index) => {
    return binding(bindingName(index), userIDs(index * usersPerBinding, Math.min(subjects, (index + 1) * usersPerBinding)));
  });
}

/** The Role of the wide RoleBinding. */
export function wideRole(): object {
  return role(wideName, wideOrganization);
}

/** A RoleBinding of as many subjects as fit into one, in an organization of its own. */
export function wideBinding(): object {
  return binding(wideName, wideUserIDs());
}

/** The subjects of the wide RoleBinding, without one of them. */
export function wideSubjectsWithout(index: number): readonly object[] {
  return wideUserIDs()
    .toSpliced(index, 1)
    .map((id) => ({ id }));
}

/** All subjects of the wide RoleBinding. */
export function allWideSubjects(): readonly object[] {
  return wideUserIDs().map((id) => ({ id }));
}

function organizationID(index: number): string {
  return `org_${index}`;
}

/** Users of one organization. */
function usersOf(index: number, subjects: number): readonly string[] {
  return userIDs(index * usersPerOrganization, Math.min(subjects, (index + 1) * usersPerOrganization));
}

/** Ids from `start` up to `end`, which isn't one of them. */
function userIDs(start: number, end: number): readonly string[] {
  return Array.from({ length: end - start }, (_, index) => `user_${start + index}`);
}

function wideUserIDs(): readonly string[] {
  return Array.from({ length: wideSubjects }, (_, index) => `user_wide${index}`);
}

function organization(id: string, users: readonly string[]): object {
  return { id, name: id, members: users.map((user) => ({ user })) };
}

function role(name: string, of: string): object {
  return { apiVersion, kind: 'Role', metadata: { name }, spec: { organization: of, permissions: ['p:0'] } };
}

function binding(name: string, users: readonly string[]): object {
  return {
    apiVersion,
    kind: 'RoleBinding',
    metadata: { name },
    spec: { roleRef: { name }, subjects: users.map((id) => ({ id })) },
  };
}
