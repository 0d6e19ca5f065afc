import type { EmulatedOperation, EmulatedRequest, Reply } from '../types.ts';
import { Fields } from './fields.ts';
import { pageOf } from './pages.ts';
import { missing, refuse } from './replies.ts';
import type { OrganizationRecord, UserRecord, WorkosState } from './state.ts';
import { organizationView, userView } from './views.ts';

const emailPattern = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/** Users. */
export function userOperations(state: WorkosState): readonly EmulatedOperation[] {
  const path = '/user_management/users';
  const shown = (user: UserRecord, status = 200): Reply => ({ status, body: userView(user) });
  return [
    { operationId: 'listUsers', method: 'GET', path, handle: (request) => usersListed(state, request) },
    { operationId: 'createUser', method: 'POST', path, lane: () => 'users', handle: (request) => shown(userCreated(state, request), 201) },
    {
      operationId: 'getUser',
      method: 'GET',
      path: `${path}/{id}`,
      handle: ({ params }) => shown(state.users.get(params.id ?? '') ?? missing('User', params.id ?? '')),
    },
    {
      operationId: 'getUserByExternalId',
      method: 'GET',
      path: `${path}/external_id/{external_id}`,
      handle: ({ params }) => shown(byExternalID(state.users, 'User', params.external_id ?? '')),
    },
  ];
}

/** Organizations. */
export function organizationOperations(state: WorkosState): readonly EmulatedOperation[] {
  const path = '/organizations';
  const shown = (organization: OrganizationRecord): Reply => ({ status: 200, body: organizationView(organization) });
  return [
    { operationId: 'listOrganizations', method: 'GET', path, handle: (request) => organizationsListed(state, request) },
    {
      operationId: 'getOrganization',
      method: 'GET',
      path: `${path}/{id}`,
      handle: ({ params }) => shown(state.organization(params.id ?? '')),
    },
    {
      operationId: 'getOrganizationByExternalId',
      method: 'GET',
      path: `${path}/external_id/{external_id}`,
      handle: ({ params }) => shown(byExternalID(state.organizations, 'Organization', params.external_id ?? '')),
    },
  ];
}

function usersListed(state: WorkosState, { query }: EmulatedRequest): Reply {
  const email = query.get('email')?.toLowerCase();
  const organization = query.get('organization_id');
  const members =
    organization === null
      ? undefined
      : state.organizations
          .get(organization)
          ?.members.values()
          .map(({ user }) => user.id);
  const wanted = organization === null ? undefined : new Set(members ?? []);
  const users = [...state.users.values()].filter(
    (user) => (email === undefined || user.email.toLowerCase() === email) && (wanted === undefined || wanted.has(user.id)),
  );
  return pageOf(users, query, userView);
}

function userCreated(state: WorkosState, request: EmulatedRequest): UserRecord {
  const fields = new Fields(request.body);
  const email = fields.text('email');
  if (!emailPattern.test(email)) refuseUser('email_required', 'The email address is not valid.');
  const taken = state.users.values().some((user) => user.email.toLowerCase() === email.toLowerCase());
  if (taken) refuseUser('email_not_available', 'This email address is not available.');
  const created: UserRecord = {
    id: state.newID('user'),
    email,
    firstName: fields.clearableText('first_name') ?? null,
    lastName: fields.clearableText('last_name') ?? null,
    externalID: fields.clearableText('external_id', { maxLength: 128 }) ?? null,
    emailVerified: fields.optionalBoolean('email_verified') ?? false,
    createdAt: state.now(),
  };
  state.users.set(created.id, created);
  return created;
}

function refuseUser(code: string, message: string): never {
  return refuse(400, 'Could not create user.', { code: 'user_creation_error', errors: [{ code, message }] });
}

function organizationsListed(state: WorkosState, { query }: EmulatedRequest): Reply {
  const search = query.get('search')?.toLowerCase();
  const domains = query.getAll('domains').flatMap((text) => text.split(','));
  const organizations = [...state.organizations.values()].filter(
    (organization) =>
      (search === undefined || organization.name.toLowerCase().includes(search)) &&
      (domains.length === 0 || organization.domains.some((domain) => domains.includes(domain))),
  );
  return pageOf(organizations, query, organizationView);
}

function byExternalID<T extends { readonly externalID: string | null }>(records: ReadonlyMap<string, T>, what: string, id: string): T {
  return records.values().find((record) => record.externalID === id) ?? missing(what, id);
}
