import type { JsonValue } from '../../model/index.ts';
import type { Reply } from '../types.ts';
import { type Call, deliberate, done, type KlustrOperation, missing, ok } from './replies.ts';
import { roleOfPath, roleView } from './roles.ts';
import { type AssignmentRecord, type OrganizationRecord, roleOf, sameID } from './state.ts';

const base = '/directory/orgs/{organizationId}';
const ofUser = `${base}/users/{userId}`;

/** Who holds which role. */
export const assignmentOperations: readonly KlustrOperation[] = [
  {
    operationId: 'getOrgRoleAssignments',
    method: 'GET',
    path: `${base}/roles/{roleId}/assignments`,
    authority: 'org.roles.list',
    handle: assignmentsListed,
  },
  { operationId: 'getOrgUserRoles', method: 'GET', path: `${base}/user/roles`, handle: (call) => entitlements(call, call.client.id) },
  {
    operationId: 'getUserRoles',
    method: 'GET',
    path: `${ofUser}/roles`,
    authority: 'org.user.permissions.list',
    // The source builds a query without a namespace and falls over it.
    handle: (call) => (call.state.mode === 'source' ? call.crash('NullPointerException', null) : entitlements(call, call.place('userId'))),
  },
  {
    operationId: 'getUserNamespacePermissions',
    method: 'GET',
    path: `${ofUser}/permissions/{namespace}`,
    authority: 'org.user.permissions.list',
    handle: relationsListed,
  },
  { operationId: 'updateUserRoles', method: 'POST', path: `${ofUser}/roles`, authority: 'org.user.roles.update', handle: rolesGiven },
  { operationId: 'addUserToRole', method: 'POST', path: `${ofUser}/roles/{roleId}`, handle: roleGiven },
  { operationId: 'removeUserRole', method: 'GET', path: `${ofUser}/roles/{roleId}/delete`, writes: true, handle: roleTaken },
  {
    operationId: 'listOrganizationMembers',
    method: 'GET',
    path: `${base}/members`,
    authority: 'org.directory.list',
    handle: (call) => {
      const { members, assignments } = call.organization();
      return ok([...new Set([...members, ...assignments.map(({ user }) => user)])]);
    },
  },
];

/** Gives a role to a user, once. */
export function assign(organization: OrganizationRecord, assignment: AssignmentRecord): void {
  if (!organization.assignments.some((other) => same(other, assignment))) organization.assignments.push(assignment);
}

/** Takes a role from a user who has it. */
export function unassign(organization: OrganizationRecord, assignment: AssignmentRecord): void {
  organization.assignments = organization.assignments.filter((other) => !same(other, assignment));
}

function assignmentsListed(call: Call): Reply {
  const organization = call.organizationOrEmpty();
  const held = firstPage(call, organization).filter(({ role }) => sameID(role, call.place('roleId')));
  const docs = held.map((assignment) => assignmentView(organization, assignment));
  const { query } = call.request;
  const [limit, skip] = call.state.mode === 'source' ? [1024, 0] : [Number(query.get('limit') ?? 100), Number(query.get('start') ?? 0)];
  const page = call.state.mode === 'source' ? docs : docs.slice(skip, skip + limit);
  return ok({ count: docs.length, limit, skip, ...(page.length === 0 ? {} : { docs: page }) });
}

/**
 * Relations are stored as `roles_<id>` and split at each underscore: one in the id hides the assignment, two are too much for the
 * source.
 */
function visible(call: Call, organization: OrganizationRecord): readonly AssignmentRecord[] {
  if (call.state.mode === 'documented') return organization.assignments;
  const parts = ({ role }: AssignmentRecord): number => `roles_${role}`.split('_').length;
  if (organization.assignments.some((assignment) => parts(assignment) > 3)) call.crash('ArrayIndexOutOfBoundsException', null);
  return organization.assignments.filter((assignment) => parts(assignment) === 2);
}

/** The source takes the first page of the organization's relations for all of them. */
function firstPage(call: Call, organization: OrganizationRecord): readonly AssignmentRecord[] {
  const assignments = visible(call, organization);
  return call.state.mode === 'source' ? assignments.slice(0, call.state.relationsPage) : assignments;
}

function entitlements(call: Call, user: string): Reply {
  const organization = call.organization();
  const held = visible(call, organization).filter((assignment) => assignment.user === user);
  if (held.length === 0) return deliberate(400, 'User is not a member of this organization.');
  const roles = held.flatMap(({ role }) => roleOf(organization, role) ?? []).map((role) => roleView(role));
  return ok({ user_id: user, org_id: organization.id, ...(roles.length === 0 ? {} : { roles }) });
}

function relationsListed(call: Call): Reply {
  const organization = call.organizationOrEmpty();
  const user = call.place('userId');
  const held = call.place('namespace') === 'roles' ? visible(call, organization).filter((assignment) => assignment.user === user) : [];
  return ok(
    held.map(({ role }) => ({
      subject: { type: 'user', id: user },
      scope: { relation: role, namespace: 'roles' },
      object: { value: organization.id, namespace: 'orgs' },
    })),
  );
}

function roleGiven(call: Call): Reply {
  const assignment = { role: roleOfPath(call).id, user: call.place('userId') };
  assign(call.organization(), assignment);
  return ok({ ...assignmentView(call.organization(), assignment), assignee_type: 'user' });
}

/** Also when the user doesn't have it. */
function roleTaken(call: Call): Reply {
  unassign(call.organizationOrEmpty(), { role: call.place('roleId'), user: call.place('userId') });
  return done;
}

/** Documented to add. The source then takes every other relation of the organization away, from everybody. */
function rolesGiven(call: Call): Reply {
  const organization = call.organization();
  const ids = call.body();
  if (!Array.isArray(ids) || ids.some((id) => typeof id !== 'string')) {
    return call.crash('HttpMessageNotReadableException', 'JSON parse error: Cannot deserialize value of type ArrayList');
  }
  const user = call.place('userId');
  const given = (ids as readonly string[]).map((id) => ({ role: roleOf(organization, id)?.id ?? missing(), user }));
  for (const assignment of given) assign(organization, assignment);
  if (call.state.mode === 'source') {
    organization.assignments = organization.assignments.filter(({ role }) => given.some((assignment) => sameID(assignment.role, role)));
    organization.members = [];
  }
  return ok(given.map((assignment) => assignmentView(organization, assignment)));
}

function assignmentView(organization: OrganizationRecord, { role, user }: AssignmentRecord): { readonly [key: string]: JsonValue } {
  return { role_id: role, assigned_to: user, org_id: organization.id };
}

function same(a: AssignmentRecord, b: AssignmentRecord): boolean {
  return a.user === b.user && sameID(a.role, b.role);
}
