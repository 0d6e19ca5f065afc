import type { EmulatedOperation, EmulatedRequest, Reply } from '../types.ts';
import { assumptions } from './assumptions.ts';
import { descriptionLength, Fields, nameLength, slugLength } from './fields.ts';
import { wholeList } from './pages.ts';
import { answerWith, missing, refuse } from './replies.ts';
import type { OrganizationRecord, RoleRecord, WorkosState } from './state.ts';
import { roleView } from './views.ts';

const environmentPath = '/authorization/roles';
const organizationPath = '/authorization/organizations/{organizationId}/roles';
const organizationSlug = /^org-[a-z0-9_-]+$/;

const lane = (params: Readonly<Record<string, string>>): string => params.organizationId ?? 'environment';

/** Roles of the environment and of organizations, and their permissions. */
export function roleOperations(state: WorkosState): readonly EmulatedOperation[] {
  return [...environmentOperations(state), ...organizationOperations(state)];
}

function environmentOperations(state: WorkosState): readonly EmulatedOperation[] {
  const role = (request: EmulatedRequest): RoleRecord => state.environmentRoles.get(slugOf(request)) ?? missing('Role', slugOf(request));
  return [
    {
      operationId: 'listEnvironmentRoles',
      method: 'GET',
      path: environmentPath,
      handle: () => wholeList([...state.environmentRoles.values()].map(roleView)),
    },
    {
      operationId: 'createEnvironmentRole',
      method: 'POST',
      path: environmentPath,
      lane,
      handle: (request) => {
        const fields = new Fields(request.body);
        const slug = fields.text('slug', { maxLength: slugLength, pattern: assumptions.environmentSlug });
        if (state.environmentRoles.has(slug)) refuse(409, `A role with the slug ${slug} exists.`, { code: 'role_slug_conflict' });
        const created = newRole(state, fields, slug, 'EnvironmentRole');
        state.environmentRoles.set(slug, created);
        return { status: 201, body: roleView(created) };
      },
    },
    { operationId: 'getEnvironmentRole', method: 'GET', path: `${environmentPath}/{slug}`, handle: (request) => shown(role(request)) },
    {
      operationId: 'updateEnvironmentRole',
      method: 'PATCH',
      path: `${environmentPath}/{slug}`,
      lane,
      handle: (request) => updated(state, role(request), request),
    },
    {
      operationId: 'setEnvironmentRolePermissions',
      method: 'PUT',
      path: `${environmentPath}/{slug}/permissions`,
      lane,
      handle: (request) => permissionsSet(state, role(request), request),
    },
    {
      operationId: 'addEnvironmentRolePermission',
      method: 'POST',
      path: `${environmentPath}/{slug}/permissions`,
      lane,
      handle: (request) => permissionAdded(state, role(request), request),
    },
  ];
}

function organizationOperations(state: WorkosState): readonly EmulatedOperation[] {
  const organization = (request: EmulatedRequest): OrganizationRecord => state.organization(request.params.organizationId ?? '');
  return [
    {
      operationId: 'listOrganizationRoles',
      method: 'GET',
      path: organizationPath,
      handle: (request) => wholeList(state.rolesOf(organization(request)).map(roleView)),
    },
    {
      operationId: 'createOrganizationRole',
      method: 'POST',
      path: organizationPath,
      lane,
      handle: (request) => organizationRoleCreated(state, organization(request), request),
    },
    {
      operationId: 'getOrganizationRole',
      method: 'GET',
      path: `${organizationPath}/{slug}`,
      handle: (request) => shown(state.findRole(organization(request), slugOf(request)) ?? missing('Role', slugOf(request))),
    },
    {
      operationId: 'updateOrganizationRole',
      method: 'PATCH',
      path: `${organizationPath}/{slug}`,
      lane,
      handle: (request) => updated(state, ownRole(state, organization(request), request), request),
    },
    {
      operationId: 'deleteOrganizationRole',
      method: 'DELETE',
      path: `${organizationPath}/{slug}`,
      lane,
      handle: (request) => roleDeleted(state, organization(request), request),
    },
    {
      operationId: 'setOrganizationRolePermissions',
      method: 'PUT',
      path: `${organizationPath}/{slug}/permissions`,
      lane,
      handle: (request) => permissionsSet(state, ownRole(state, organization(request), request), request),
    },
    {
      operationId: 'addOrganizationRolePermission',
      method: 'POST',
      path: `${organizationPath}/{slug}/permissions`,
      lane,
      handle: (request) => permissionAdded(state, ownRole(state, organization(request), request), request),
    },
    {
      operationId: 'removeOrganizationRolePermission',
      method: 'DELETE',
      path: `${organizationPath}/{slug}/permissions/{permissionSlug}`,
      lane,
      handle: (request) => permissionRemoved(state, ownRole(state, organization(request), request), request),
    },
  ];
}

/** A role that the organization's path may change. */
function ownRole(state: WorkosState, organization: OrganizationRecord, request: EmulatedRequest): RoleRecord {
  const slug = slugOf(request);
  const own = organization.roles.get(slug);
  if (own !== undefined) return own;
  return state.environmentRoles.has(slug) ? answerWith(assumptions.protectedRole(slug)) : missing('Role', slug);
}

function organizationRoleCreated(state: WorkosState, organization: OrganizationRecord, request: EmulatedRequest): Reply {
  const fields = new Fields(request.body);
  const given = fields.optionalText('slug', { maxLength: slugLength, pattern: organizationSlug });
  const slug = given ?? derivedSlug(fields.text('name', { maxLength: nameLength }));
  if (state.findRole(organization, slug) !== undefined) {
    refuse(409, `A role with the slug ${slug} exists in the organization.`, { code: 'organization_role_slug_conflict' });
  }
  const created = newRole(state, fields, slug, 'OrganizationRole');
  organization.roles.set(slug, created);
  return { status: 201, body: roleView(created) };
}

function newRole(state: WorkosState, fields: Fields, slug: string, kind: RoleRecord['kind']): RoleRecord {
  const now = state.now();
  return {
    id: state.newID('role'),
    slug,
    kind,
    name: fields.text('name', { maxLength: nameLength }),
    description: fields.clearableText('description', { maxLength: descriptionLength }) ?? null,
    permissions: new Set(),
    createdAt: now,
    updatedAt: now,
  };
}

function updated(state: WorkosState, role: RoleRecord, request: EmulatedRequest): Reply {
  const fields = new Fields(request.body);
  const name = fields.optionalText('name', { maxLength: nameLength });
  const description = fields.clearableText('description', { maxLength: descriptionLength });
  if (name !== undefined) role.name = name;
  if (description !== undefined) role.description = description;
  return touched(state, role);
}

function permissionsSet(state: WorkosState, role: RoleRecord, request: EmulatedRequest): Reply {
  const slugs = new Fields(request.body).texts('permissions');
  for (const slug of slugs) requirePermission(state, slug);
  role.permissions = new Set(slugs);
  return touched(state, role);
}

function permissionAdded(state: WorkosState, role: RoleRecord, request: EmulatedRequest): Reply {
  const slug = new Fields(request.body).text('slug');
  requirePermission(state, slug);
  role.permissions = new Set(role.permissions).add(slug);
  return touched(state, role);
}

function permissionRemoved(state: WorkosState, role: RoleRecord, request: EmulatedRequest): Reply {
  const slug = request.params.permissionSlug ?? '';
  if (!role.permissions.has(slug)) answerWith(assumptions.permissionNotHeld(slug));
  role.permissions = new Set([...role.permissions].filter((other) => other !== slug));
  return touched(state, role);
}

function roleDeleted(state: WorkosState, organization: OrganizationRecord, request: EmulatedRequest): Reply {
  const { slug } = ownRole(state, organization, request);
  if (state.holders(organization, slug) > 0) refuse(409, `Role ${slug} is assigned to members.`, { code: 'role_has_assignments' });
  if (organization.mappedRoles.has(slug)) refuse(409, `Groups are mapped to role ${slug}.`, { code: 'role_has_group_role_mappings' });
  organization.roles.delete(slug);
  return { status: 204 };
}

function requirePermission(state: WorkosState, slug: string): void {
  if (!state.permissions.has(slug)) refuse(state.unknownPermissionStatus, `Permission ${slug} not found.`);
}

function touched(state: WorkosState, role: RoleRecord): Reply {
  role.updatedAt = state.now();
  return shown(role);
}

function shown(role: RoleRecord): Reply {
  return { status: 200, body: roleView(role) };
}

function slugOf(request: EmulatedRequest): string {
  return request.params.slug ?? '';
}

function derivedSlug(name: string): string {
  const rest = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  return `org-${rest === '' ? 'role' : rest}`.slice(0, slugLength);
}
