import { assumptions } from './assumptions.ts';
import type { Call, FrontierOperation, View } from './operation.ts';
import { slugsOf } from './permissions.ts';
import { platformRole } from './platform.ts';
import { nilUUID, type OrganizationRecord, organizationResource, type RoleRecord, type UserRecord } from './records.ts';
import { failedPrecondition, notFound } from './refusals.ts';
import type { FrontierState } from './state.ts';
import { memberView, roleView } from './views.ts';

const path = '/v1beta1/organizations/{id}/users';
const get = 'app_organization_get';
const change = 'app_organization_update';

/** Who belongs to an organization: whoever has a policy on it. */
export const memberOperations: readonly FrontierOperation[] = [
  {
    operationId: 'ListOrganizationUsers',
    service: 'FrontierService',
    rest: {
      method: 'GET',
      path,
      query: ['permission_filter', 'with_roles', 'role_filters'],
      lists: ['role_filters'],
    },
    handle: listed,
  },
  { operationId: 'SetOrganizationMemberRole', service: 'FrontierService', handle: roleSet },
  { operationId: 'RemoveOrganizationMember', service: 'FrontierService', handle: removed },
  { operationId: 'AddOrganizationMembers', service: 'AdminService', handle: membersAdded },
  { operationId: 'AddOrganizationUsers', rest: { method: 'POST', path, body: '*' }, handle: usersAdded },
  { operationId: 'RemoveOrganizationUser', rest: { method: 'DELETE', path: `${path}/{user_id}` }, handle: userRemoved },
];

function listed(call: Call): View {
  const { state, message } = call;
  const organization = call.organization(message.text('id'), get);
  const roles = [...message.texts('role_ids'), ...message.texts('role_filters')];
  const [permission] = slugsOf(
    state,
    [message.text('permission_filter')].filter((text) => text !== ''),
  ) ?? ['?'];
  const members = usersIn(state, organization)
    .map((user) => ({ user, held: rolesHeld(state, organization, `app/user:${user.id}`) }))
    .filter(({ held }) => roles.length === 0 || held.some(({ id, name }) => roles.includes(id) || roles.includes(name)))
    .filter(({ held }) => permission === undefined || held.some(({ effective }) => effective.has(permission)));
  const paired = !state.speaksREST || message.flag('with_roles');
  return {
    users: members.map(({ user }) => memberView(user)),
    role_pairs: paired ? members.map(({ user, held }) => ({ user_id: user.id, roles: held.map(roleView) })) : [],
  };
}

/** Takes every role of the member on the organization for the one. */
function roleSet(call: Call): View {
  const { state } = call;
  const [id, userID, roleID] = [call.uuid('org_id'), call.uuid('user_id'), call.uuid('role_id')];
  const organization = call.organization(id, 'app_organization_policymanage');
  const role = state.roleByID(roleID) ?? notFound('role');
  const fits = [organization.id, nilUUID].includes(role.organizationID) && role.scopes.includes('app/organization');
  if (!fits) call.invalid('role_id', assumptions.wrongScope);
  const principal = `app/user:${userID}`;
  requireMember(state, organization, principal);
  if (role.id !== ownerRole) keepOwner(state, organization, principal);
  unbind(state, organization, principal, (held) => held !== role.id);
  state.bind({ roleID: role.id, resource: organizationResource(organization.id), principal });
  return {};
}

function removed(call: Call): View {
  const { state, message } = call;
  const [id, principalID] = [call.uuid('org_id'), call.uuid('principal_id')];
  const type = message.text('principal_type');
  if (!['app/user', 'app/serviceuser'].includes(type)) call.invalid('principal_type', 'value must be app/user or app/serviceuser');
  const organization = call.organization(id, change);
  const principal = `${type}:${principalID}`;
  requireMember(state, organization, principal);
  keepOwner(state, organization, principal);
  unbind(state, organization, principal);
  return {};
}

/** Answers for each entry by itself. */
function membersAdded(call: Call): View {
  const { state, message } = call;
  const entries = message.messages('members').map((entry) => ({ userID: entry.text('user_id'), roleID: entry.text('role_id') }));
  const id = call.uuid('org_id');
  if (entries.length === 0) call.invalid('members', 'value must contain at least 1 item(s)');
  call.superuserOnly();
  const resource = organizationResource(call.organization(id, change).id);
  return {
    results: entries.map(({ userID, roleID }) => {
      const known = state.users.has(userID) && state.roleByID(roleID) !== undefined;
      if (known) state.bind({ roleID, resource, principal: `app/user:${userID}` });
      return { user_id: userID, role_id: roleID, success: known, error: known ? '' : 'not found' };
    }),
  };
}

function usersAdded(call: Call): View {
  const { state, message } = call;
  const userIDs = message.texts('user_ids');
  const resource = organizationResource(call.organization(message.text('id'), change).id);
  const roleID = platformRole(assumptions.defaultMemberRole)?.id ?? '';
  for (const userID of userIDs) state.bind({ roleID, resource, principal: `app/user:${userID}` });
  return {};
}

function userRemoved(call: Call): View {
  const organization = call.organization(call.message.text('id'), change);
  unbind(call.state, organization, `app/user:${call.message.text('user_id')}`);
  return {};
}

/** The users of an organization; principals that don't exist are none. */
export function usersIn(state: FrontierState, organization: OrganizationRecord): readonly UserRecord[] {
  const principals = new Set(state.policiesOn(organization.id).map(({ principal }) => principal));
  return [...state.users.values()].filter(({ id }) => principals.has(`app/user:${id}`));
}

const ownerRole = platformRole('app_organization_owner')?.id ?? '';

function rolesHeld(state: FrontierState, organization: OrganizationRecord, principal: string): readonly RoleRecord[] {
  const held = state.policiesOn(organization.id).filter((policy) => policy.principal === principal);
  return held.flatMap(({ roleID }) => state.roleByID(roleID) ?? []);
}

function requireMember(state: FrontierState, { id }: OrganizationRecord, principal: string): void {
  if (!state.policiesOn(id).some((policy) => policy.principal === principal)) failedPrecondition(assumptions.notMember);
}

function keepOwner(state: FrontierState, { id }: OrganizationRecord, principal: string): void {
  const owners = state.policiesOn(id).flatMap((policy) => (policy.roleID === ownerRole ? policy.principal : []));
  if (owners.includes(principal) && owners.every((owner) => owner === principal)) failedPrecondition(assumptions.lastOwner);
}

function unbind(
  state: FrontierState,
  { id }: OrganizationRecord,
  principal: string,
  which: (roleID: string) => boolean = () => true,
): void {
  for (const policy of state.policiesOn(id)) {
    if (policy.principal === principal && which(policy.roleID)) state.policies.delete(policy.id);
  }
}
