import type { Reply } from '../types.ts';
import { assumptions } from './assumptions.ts';
import type { Call, KarmoOperation } from './replies.ts';

const slugPattern = /^org-[a-z0-9_-]+$/;
const permissionPattern = /^[a-z0-9:._*-]+$/;

/** What can be done to roles: nothing reads them. */
export const roleOperations: readonly KarmoOperation[] = [
  { operationId: 'upsertRole', handle: upserted },
  { operationId: 'syncRolePermissions', handle: synced },
];

function upserted(call: Call): Reply {
  const organization = call.organization();
  const slug = slugOf(call);
  const name = call.text('roleName') ?? '';
  if (name === '' || name.length > assumptions.longestName) {
    const detail = `must be longer than or equal to 1 and shorter than or equal to ${assumptions.longestName} characters`;
    return call.refuse(assumptions.malformedStatus, { errors: [{ pointer: `/${call.state.names.roleName}`, detail }] });
  }
  const role = organization.roles.get(slug) ?? { id: call.state.newID('role'), slug, name, permissions: [] };
  role.name = name;
  organization.roles.set(slug, role);
  return { status: 200, body: { [call.state.names.roleID]: role.id } };
}

/** Replaces the whole set; what is not known yet is made known first. */
function synced(call: Call): Reply {
  const { state } = call;
  const organization = call.organization();
  const slug = slugOf(call);
  const name = state.names.permissions;
  const permissions = call.texts(name);
  const errors = permissions.flatMap((permission, index) =>
    permissionPattern.test(permission) ? [] : [{ pointer: `/${name}/${index}`, detail: `must match ${permissionPattern.source}` }],
  );
  if (errors.length > 0) return call.refuse(assumptions.malformedStatus, { errors });
  const role =
    organization.roles.get(slug) ??
    call.refuse(404, { detail: 'Role not found.', metadata: { tenantId: organization.id, roleSlug: slug } });
  for (const permission of permissions) state.permissions.add(permission);
  role.permissions = [...new Set(permissions)];
  return { status: assumptions.syncStatus };
}

function slugOf(call: Call): string {
  const slug = call.place('roleSlug');
  if (slugPattern.test(slug) && slug.length <= assumptions.longestSlug) return slug;
  return call.refuse(assumptions.malformedStatus, { errors: [{ pointer: '/roleSlug', detail: `must match ${slugPattern.source}` }] });
}
