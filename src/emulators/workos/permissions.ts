import type { EmulatedOperation, EmulatedRequest } from '../types.ts';
import { assumptions } from './assumptions.ts';
import { descriptionLength, Fields, nameLength, slugLength } from './fields.ts';
import { pageOf } from './pages.ts';
import { answerWith, missing, refuse } from './replies.ts';
import type { PermissionRecord, WorkosState } from './state.ts';
import { permissionView } from './views.ts';

const path = '/authorization/permissions';
const slugPattern = /^[a-z0-9_:.*-]+$/;

const lane = (): string => 'permissions';

/** The permission catalogue of the environment. */
export function permissionOperations(state: WorkosState): readonly EmulatedOperation[] {
  const permission = (request: EmulatedRequest): PermissionRecord => {
    const slug = request.params.slug ?? '';
    return state.permissions.get(slug) ?? missing('Permission', slug);
  };
  return [
    {
      operationId: 'listPermissions',
      method: 'GET',
      path,
      handle: (request) => pageOf([...state.permissions.values()], request.query, permissionView),
    },
    {
      operationId: 'createPermission',
      method: 'POST',
      path,
      lane,
      handle: (request) => ({ status: 201, body: permissionView(permissionCreated(state, request)) }),
    },
    {
      operationId: 'getPermission',
      method: 'GET',
      path: `${path}/{slug}`,
      handle: (request) => ({ status: 200, body: permissionView(permission(request)) }),
    },
    {
      operationId: 'updatePermission',
      method: 'PATCH',
      path: `${path}/{slug}`,
      lane,
      handle: (request) => {
        const found = permission(request);
        changeFields(found, new Fields(request.body));
        found.updatedAt = state.now();
        return { status: 200, body: permissionView(found) };
      },
    },
    {
      operationId: 'deletePermission',
      method: 'DELETE',
      path: `${path}/{slug}`,
      lane,
      handle: (request) => {
        const { slug, system } = permission(request);
        if (system) answerWith(assumptions.protectedPermission(slug));
        state.removePermission(slug);
        return { status: 204 };
      },
    },
  ];
}

function permissionCreated(state: WorkosState, request: EmulatedRequest): PermissionRecord {
  const fields = new Fields(request.body);
  const slug = fields.text('slug', { maxLength: slugLength, pattern: slugPattern });
  const name = fields.text('name', { maxLength: nameLength });
  const description = fields.clearableText('description', { maxLength: descriptionLength }) ?? null;
  if (state.permissions.has(slug)) refuse(409, `A permission with the slug ${slug} exists.`, { code: 'permission_slug_conflict' });
  const now = state.now();
  const created = { id: state.newID('perm'), slug, name, description, system: false, createdAt: now, updatedAt: now };
  state.permissions.set(slug, created);
  return created;
}

function changeFields(permission: PermissionRecord, fields: Fields): void {
  const name = fields.optionalText('name', { maxLength: nameLength });
  const description = fields.clearableText('description', { maxLength: descriptionLength });
  if (name !== undefined) permission.name = name;
  if (description !== undefined) permission.description = description;
}
