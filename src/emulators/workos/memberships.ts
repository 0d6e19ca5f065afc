import type { EmulatedOperation, EmulatedRequest, Reply } from '../types.ts';
import { assumptions } from './assumptions.ts';
import { Fields } from './fields.ts';
import { pageOf } from './pages.ts';
import { answerWith, missing, refuse } from './replies.ts';
import { type MembershipRecord, membershipStatuses, type OrganizationRecord, type WorkosState } from './state.ts';
import { membershipView } from './views.ts';

const path = '/user_management/organization_memberships';

/** Machine code of refused parameters. */
const invalidParameters = 'invalid_request_parameters';

/** Memberships: which user belongs to which organization, with which roles. */
export function membershipOperations(state: WorkosState): readonly EmulatedOperation[] {
  const membership = (id: string): MembershipRecord => state.memberships.get(id) ?? missing('Organization membership', id);
  const of = (request: EmulatedRequest): MembershipRecord => membership(request.params.id ?? '');
  const lane = (params: Readonly<Record<string, string>>): string =>
    state.memberships.get(params.id ?? '')?.organizationID ?? 'memberships';
  const shown = (found: MembershipRecord, status = 200): Reply => ({ status, body: membershipView(state, found) });
  return [
    { operationId: 'listOrganizationMemberships', method: 'GET', path, handle: (request) => membershipsListed(state, request) },
    {
      operationId: 'createOrganizationMembership',
      method: 'POST',
      path,
      lane,
      handle: (request) => shown(membershipCreated(state, request), 201),
    },
    { operationId: 'getOrganizationMembership', method: 'GET', path: `${path}/{id}`, handle: (request) => shown(of(request)) },
    {
      operationId: 'updateOrganizationMembership',
      method: 'PUT',
      path: `${path}/{id}`,
      lane,
      handle: (request) => {
        const found = of(request);
        const roles = requestedRoles(state, state.organization(found.organizationID), request);
        if (roles !== undefined) found.roles = roles;
        found.updatedAt = state.now();
        return shown(found);
      },
    },
    {
      operationId: 'deleteOrganizationMembership',
      method: 'DELETE',
      path: `${path}/{id}`,
      lane,
      handle: (request) => {
        state.removeMembership(of(request));
        return { status: 200 };
      },
    },
    statusOperation(state, 'deactivate', 'inactive', of),
    statusOperation(state, 'reactivate', 'active', of),
    {
      operationId: 'listRoleAssignments',
      method: 'GET',
      path: '/authorization/organization_memberships/{organization_membership_id}/role_assignments',
      handle: (request) => assignmentsListed(state, membership(request.params.organization_membership_id ?? ''), request),
    },
  ];
}

function statusOperation(
  state: WorkosState,
  verb: 'deactivate' | 'reactivate',
  status: MembershipRecord['status'],
  of: (request: EmulatedRequest) => MembershipRecord,
): EmulatedOperation {
  return {
    operationId: `${verb}OrganizationMembership`,
    method: 'PUT',
    path: `${path}/{id}/${verb}`,
    lane: (params) => state.memberships.get(params.id ?? '')?.organizationID ?? 'memberships',
    handle: (request) => {
      const found = of(request);
      if (found.status === 'pending') refusePending(verb);
      if (found.status !== status) {
        found.status = status;
        found.updatedAt = state.now();
      }
      return { status: 200, body: membershipView(state, found) };
    },
  };
}

function membershipsListed(state: WorkosState, request: EmulatedRequest): Reply {
  const { query } = request;
  const [organization, user] = [query.get('organization_id'), query.get('user_id')];
  if (organization === null && user === null) {
    refuse(400, 'Give user_id or organization_id.', { code: 'missing_user_id_or_organization_id' });
  }
  const statuses = (query.get('statuses') ?? 'active').split(',');
  if (statuses.some((status) => !membershipStatuses.some((known) => known === status))) {
    refuse(400, `statuses must be among ${membershipStatuses.join(', ')}.`, { code: invalidParameters });
  }
  const scope =
    organization === null ? state.memberships : (state.organizations.get(organization)?.members ?? new Map<string, MembershipRecord>());
  const found = [...scope.values()].filter(
    (membership) => (user === null || membership.user.id === user) && statuses.includes(membership.status),
  );
  return pageOf(found, query, (membership) => membershipView(state, membership));
}

function membershipCreated(state: WorkosState, request: EmulatedRequest): MembershipRecord {
  const fields = new Fields(request.body, invalidParameters);
  const [userID, organizationID] = [fields.text('user_id'), fields.text('organization_id')];
  const organization = state.organization(organizationID);
  const user = state.users.get(userID) ?? missing('User', userID);
  const roles = requestedRoles(state, organization, request) ?? [state.defaultRole];
  const present = state.membershipOf(organization, userID);
  if (present !== undefined) return reactivated(state, present, roles);
  const now = state.now();
  const created: MembershipRecord = {
    id: state.newID('om'),
    user,
    organizationID,
    directoryManaged: false,
    status: 'active',
    roles,
    createdAt: now,
    updatedAt: now,
  };
  state.addMembership(created);
  return created;
}

function reactivated(state: WorkosState, membership: MembershipRecord, roles: readonly string[]): MembershipRecord {
  if (membership.status === 'active') answerWith(assumptions.activeMember());
  if (membership.status === 'pending') refusePending('reactivate');
  membership.status = 'active';
  membership.roles = roles;
  membership.updatedAt = state.now();
  return membership;
}

/** The roles that a request asks for; undefined when it names none. */
function requestedRoles(state: WorkosState, organization: OrganizationRecord, request: EmulatedRequest): readonly string[] | undefined {
  const fields = new Fields(request.body, invalidParameters);
  if (fields.has('role_slug') && fields.has('role_slugs')) {
    refuse(422, 'role_slug and role_slugs exclude each other.', { code: invalidParameters });
  }
  if (!fields.has('role_slug') && !fields.has('role_slugs')) return undefined;
  const slugs = fields.has('role_slug') ? [fields.text('role_slug')] : fields.texts('role_slugs');
  if (slugs.length === 0) refuse(422, 'role_slugs must name at least one role.', { code: invalidParameters });
  if (new Set(slugs).size > 1 && !state.multipleRoles) {
    refuse(422, 'Multiple roles are not enabled in this environment.', { code: 'multiple_roles_not_enabled' });
  }
  const unknown = slugs.find((slug) => state.findRole(organization, slug) === undefined);
  if (unknown !== undefined) refuse(422, `Role ${unknown} does not exist.`, { code: 'invalid_role' });
  return state.byPriority(organization, slugs);
}

function assignmentsListed(state: WorkosState, membership: MembershipRecord, request: EmulatedRequest): Reply {
  const { createdAt, updatedAt, organizationID } = membership;
  const organization = state.organization(organizationID);
  const assignments = membership.roles.map((slug) => ({ id: `role_assignment_${membership.id}_${slug}`, slug }));
  return pageOf(assignments, request.query, ({ id, slug }) => ({
    object: 'role_assignment',
    id,
    role: { slug },
    resource: { id: organizationID, external_id: organization.externalID ?? organizationID, resource_type_slug: 'organization' },
    created_at: createdAt,
    updated_at: updatedAt,
  }));
}

function refusePending(verb: 'deactivate' | 'reactivate'): never {
  return refuse(400, `A pending membership can't be ${verb}d.`, { code: `cannot_${verb}_pending_organization_membership` });
}
