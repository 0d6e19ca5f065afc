import { assumptions } from './assumptions.ts';
import type { Message } from './message.ts';
import type { Call, FrontierOperation, View } from './operation.ts';
import { slugsOf } from './permissions.ts';
import { platformRole, platformRoles } from './platform.ts';
import { isUUID, type Metadata, type OrganizationRecord, type RoleRecord } from './records.ts';
import { failedPrecondition, forbidden, internal, invalidBody, notFound, taken } from './refusals.ts';
import type { FrontierState } from './state.ts';
import { roleView } from './views.ts';

const base = '/v1beta1/organizations/{org_id}/roles';
const service = 'FrontierService';
const read = 'app_organization_get';
const write = 'app_organization_rolemanage';

/** Roles of an organization, and those of the platform. */
export const roleOperations: readonly FrontierOperation[] = [
  {
    operationId: 'ListOrganizationRoles',
    service,
    rest: { method: 'GET', path: base, query: ['state', 'scopes'], lists: ['scopes'] },
    handle: listed,
  },
  {
    operationId: 'CreateOrganizationRole',
    service,
    rest: { method: 'POST', path: base, body: 'body' },
    lane: (state, message) => {
      const [organizationID, name] = [message.text('org_id'), message.message('body').text('name')];
      return namesake(state, organizationID, name)?.id ?? `${organizationID}/${name}`;
    },
    handle: created,
  },
  { operationId: 'GetOrganizationRole', service, rest: { method: 'GET', path: `${base}/{id}` }, handle: shown },
  {
    operationId: 'UpdateOrganizationRole',
    service,
    rest: { method: 'PUT', path: `${base}/{id}`, body: 'body' },
    lane: (_state, message) => message.text('id'),
    handle: updated,
  },
  {
    operationId: 'DeleteOrganizationRole',
    service,
    rest: { method: 'DELETE', path: `${base}/{id}` },
    lane: (_state, message) => message.text('id'),
    handle: deleted,
  },
  {
    operationId: 'ListRoles',
    service,
    rest: { method: 'GET', path: '/v1beta1/roles', query: ['state', 'scopes'], lists: ['scopes'] },
    handle: (call) => ({ roles: scoped(call, platformRoles).map(roleView) }),
  },
];

function listed(call: Call): View {
  const text = call.message.text('org_id');
  const organization = call.organization(text, read);
  // The query compares the id with what came, and a name is no uuid to the database.
  if (organization.id !== text) internal();
  return { roles: scoped(call, call.state.rolesOf(organization.id)).map(roleView) };
}

/** Nobody looks whether the name is taken: the row is overwritten, and tuples are only ever added. */
function created(call: Call): View {
  const { state } = call;
  const { organization, fields } = contentOf(call);
  const permissions = slugsOf(state, fields.permissions) ?? invalidBody();
  const present = namesake(state, organization.id, fields.name);
  const role: RoleRecord = {
    ...fields,
    id: present?.id ?? state.newID(),
    organizationID: organization.id,
    permissions,
    createdAt: present?.createdAt ?? state.now(),
    updatedAt: present?.updatedAt ?? state.now(),
    effective: new Set([...(present?.effective ?? []), ...permissions]),
  };
  return { role: roleView(written(state, role)) };
}

function shown(call: Call): View {
  return { role: roleView(own(call, call.organization(call.message.text('org_id'), read))) };
}

/** The tuples are rewritten before the row is, so a name that is taken leaves both apart. */
function updated(call: Call): View {
  const { state } = call;
  const { organization, fields } = contentOf(call);
  const present = own(call, organization);
  const permissions = slugsOf(state, fields.permissions) ?? internal();
  const effective = new Set(permissions);
  const other = namesake(state, organization.id, fields.name);
  if (other !== undefined && other.id !== present.id) {
    state.roles.set(present.id, { ...present, effective });
    taken();
  }
  return { role: roleView(written(state, { ...present, ...fields, permissions, effective, updatedAt: state.now() })) };
}

function deleted(call: Call): View {
  const { state } = call;
  const role = own(call, call.organization(call.message.text('org_id'), write));
  const bound = [...state.policies.values()].some(({ roleID }) => roleID === role.id);
  if (bound && state.version === 'v0.115') failedPrecondition('role is in use by one or more policies');
  if (bound) {
    // The tuples go first, then the row can't.
    state.roles.set(role.id, { ...role, effective: new Set() });
    internal();
  }
  state.roles.delete(role.id);
  return {};
}

/** The audit comes last and takes only so long a name. */
function written(state: FrontierState, role: RoleRecord): RoleRecord {
  state.roles.set(role.id, role);
  if (role.name.length > assumptions.longestAuditedName) internal();
  return role;
}

/** The role that the request names, which must be one of the organization that it names, by the very same id. */
function own(call: Call, organization: OrganizationRecord): RoleRecord {
  const id = call.message.text('id');
  const role = (isUUID(id) ? call.state.roleByID(id) : platformRole(id)) ?? notFound('role');
  return role.organizationID === call.message.text('org_id') && role.organizationID === organization.id
    ? role
    : forbidden('invalid arguments');
}

function contentOf(call: Call): {
  readonly organization: OrganizationRecord;
  readonly fields: Pick<RoleRecord, 'name' | 'title' | 'permissions' | 'scopes' | 'metadata'>;
} {
  const body = call.message.message('body');
  const fields = {
    name: nameOf(call, body),
    title: body.text('title'),
    permissions: body.texts('permissions'),
    scopes: body.texts('scopes').map((scope) => scope.toLowerCase()),
  };
  if (fields.permissions.length === 0) call.invalid('body.permissions', 'value must contain at least 1 item(s)');
  const id = call.uuid('org_id');
  const metadata = metadataOf(body);
  const organization = call.organization(id, write);
  const added = call.state.speaksREST ? {} : { org_name: organization.title };
  return { organization, fields: { ...fields, metadata: { ...metadata, ...added } } };
}

function nameOf(call: Call, body: Message): string {
  const name = body.text('name');
  if (name.length < 2) return call.invalid('body.name', 'value length must be at least 2 characters');
  if (!/^[A-Za-z0-9-_]+$/.test(name)) return call.invalid('body.name', 'value does not match regex pattern `^[A-Za-z0-9-_]+$`');
  return name;
}

function metadataOf(body: Message): Metadata {
  const metadata = body.metadata('metadata');
  const { description, label } = metadata;
  if (description !== undefined && typeof description !== 'string') invalidBody();
  if (label !== undefined && (typeof label !== 'object' || label === null || Array.isArray(label))) invalidBody();
  return metadata;
}

function namesake(state: FrontierState, organizationID: string, name: string): RoleRecord | undefined {
  return state.rolesOf(organizationID).find((role) => role.name === name);
}

function scoped(call: Call, roles: readonly RoleRecord[]): readonly RoleRecord[] {
  const scopes = call.message.texts('scopes');
  return scopes.length === 0 ? roles : roles.filter((role) => role.scopes.some((scope) => scopes.includes(scope)));
}
