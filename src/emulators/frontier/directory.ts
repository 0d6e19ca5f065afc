import { allows } from './access.ts';
import { assumptions } from './assumptions.ts';
import { usersIn } from './members.ts';
import type { Call, FrontierOperation, View } from './operation.ts';
import type { UserRecord } from './records.ts';
import { forbidden, notFound, unavailable } from './refusals.ts';
import { groupView, memberView, organizationView, serviceUserView, userView } from './views.ts';

const organizations = '/v1beta1/organizations';
const service = 'FrontierService';
const get = 'app_organization_get';

/** Organizations, users, groups and service users, to be looked up. */
export const directoryOperations: readonly FrontierOperation[] = [
  {
    operationId: 'GetOrganization',
    service,
    rest: { method: 'GET', path: `${organizations}/{id}` },
    handle: (call) => ({
      organization: organizationView(call.organization(call.message.text('id'), get), assumptions.platformCreatedAt),
    }),
  },
  {
    operationId: 'GetUser',
    service,
    rest: { method: 'GET', path: '/v1beta1/users/{id}' },
    handle: (call) => {
      if (!call.caller().superuser) unavailable();
      return { user: userView(call.state.userOf(call.message.text('id')) ?? notFound('user')) };
    },
  },
  {
    operationId: 'ListUsers',
    service,
    rest: { method: 'GET', path: '/v1beta1/users', query: ['page_size', 'page_num', 'keyword', 'org_id', 'group_id', 'state'] },
    handle: usersListed,
  },
  {
    operationId: 'ListOrganizationGroups',
    service,
    rest: {
      method: 'GET',
      path: `${organizations}/{org_id}/groups`,
      query: ['state', 'group_ids', 'with_members', 'with_member_count'],
      lists: ['group_ids'],
    },
    handle: groupsListed,
  },
  {
    operationId: 'ListOrganizationServiceUsers',
    service,
    rest: { method: 'GET', path: `${organizations}/{id}/serviceusers` },
    handle: (call) => serviceUsersListed(call, 'id'),
  },
  // Connect has it beside the other; its contract names the other only.
  { operationId: 'ListServiceUsers', service, handle: (call) => serviceUsersListed(call, 'org_id') },
];

/** `count` is the number on the page. */
function usersListed(call: Call): View {
  const { state, message } = call;
  const [size, number] = [message.integer('page_size') || 1000, message.integer('page_num') || 1];
  if (size < 1 || number < 1) call.invalid('page_size', 'value must be greater than or equal to 1');
  authorizeUsers(call);
  const keyword = message.text('keyword').toLowerCase();
  const found = [...state.users.values()].filter(
    (user) => [user.name, user.email].some((text) => text.toLowerCase().includes(keyword)) && belongs(call, user),
  );
  const page = found.slice((number - 1) * size, number * size);
  return { count: page.length, users: page.map(userView) };
}

function authorizeUsers(call: Call): void {
  const { state, message } = call;
  const caller = call.caller();
  if (state.version !== 'v0.115' || caller.superuser) return;
  const organization = state.organizations.get(message.text('org_id'));
  const byRight = assumptions.listUsersByOrganizationRight && organization !== undefined && allows(state, caller, organization, get);
  if (!byRight) forbidden();
}

function belongs({ state, message }: Call, user: UserRecord): boolean {
  const [organizationID, groupID, wanted] = [message.text('org_id'), message.text('group_id'), message.text('state')];
  const organization = state.organizations.get(organizationID);
  const isMember = organization !== undefined && usersIn(state, organization).includes(user);
  return (
    (organizationID === '' || isMember) &&
    (groupID === '' || state.groups.get(groupID)?.members.includes(user.id) === true) &&
    (wanted === '' || user.state === wanted)
  );
}

function groupsListed(call: Call): View {
  const { state, message } = call;
  const ids = message.texts('group_ids');
  const organization = call.organization(message.text('org_id'), 'app_organization_grouplist');
  const groups = [...state.groups.values()]
    .filter(({ organizationID }) => organizationID === organization.id)
    .filter(({ id }) => ids.length === 0 || ids.includes(id));
  const [withMembers, withCount] = [message.flag('with_members'), message.flag('with_member_count')];
  return {
    groups: groups.map((group) => {
      const members = group.members.flatMap((id) => state.users.get(id) ?? []);
      return groupView(group, withMembers ? members.map(memberView) : [], withCount ? members.length : 0);
    }),
  };
}

function serviceUsersListed(call: Call, field: 'id' | 'org_id'): View {
  const organization = call.organization(call.message.text(field), get);
  const found = [...call.state.serviceUsers.values()].filter(({ organizationID }) => organizationID === organization.id);
  return { serviceusers: found.map(serviceUserView) };
}
