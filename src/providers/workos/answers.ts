import {
  asArray,
  asConstant,
  asFilledString,
  asNullableString,
  asObject,
  asString,
  type Failure,
  type Page,
  requireUnique,
  ShapeError,
  type UnknownObject,
} from '../http/index.ts';
import type { OrganizationMembership, Permission, Role, User } from './generated/contract.ts';

/** The fields of a role that are used, and so must be there. */
export type RoleAnswer = Pick<Role, 'id' | 'slug' | 'name' | 'description' | 'permissions'> & {
  /** As the server says it: a kind that is not known yet is no reason to distrust the whole list. */
  readonly type: string;
};

/** The fields of a permission that are used. */
export type PermissionAnswer = Pick<Permission, 'id' | 'slug'>;

/** Who holds what, of a membership. */
export interface MembershipAnswer extends Pick<OrganizationMembership, 'id' | 'status'> {
  readonly userID: string;
  readonly organizationID: string;
  /** Whether a directory decides the roles. */
  readonly directoryManaged: boolean;
  /** Slugs. */
  readonly roles: readonly string[];
  /** False: the answer shows the first role only, and there may be others. */
  readonly listsRoles: boolean;
}

/** The fields of a user that are used. */
export type UserAnswer = Pick<User, 'id' | 'email'>;

/** The type of roles that belong to one organization; every other type is the environment's. */
export const organizationRoleType = 'OrganizationRole' satisfies Role['type'];

/** What a membership can be. Whether it may be written hangs on it, so another one is no answer to go by. */
const statuses = ['active', 'inactive', 'pending'] as const satisfies readonly OrganizationMembership['status'][];

/** A single role. Throws ShapeError. */
export function readRole(value: unknown): RoleAnswer {
  return roleAt(value, 'role');
}

/** All roles of an organization: this list has no pages. Throws ShapeError. */
export function readRoleList(value: unknown): readonly RoleAnswer[] {
  const roles = listAt(value, roleAt);
  requireUnique(roles, 'data', (role) => role.slug);
  return roles;
}

/** One page of the permission catalogue. Throws ShapeError. */
export function readPermissionPage(value: unknown): Page<PermissionAnswer> {
  return { items: listAt(value, permissionAt), next: nextAfter(value) };
}

/** One page of memberships. Throws ShapeError. */
export function readMembershipPage(value: unknown): Page<MembershipAnswer> {
  return { items: listAt(value, membershipAt), next: nextAfter(value) };
}

/** One membership. Throws ShapeError. */
export function readMembership(value: unknown): MembershipAnswer {
  return membershipAt(value, 'membership');
}

/** One page of users. Throws ShapeError. */
export function readUserPage(value: unknown): Page<UserAnswer> {
  return { items: listAt(value, userAt), next: nextAfter(value) };
}

/** One user. Throws ShapeError. */
export function readUser(value: unknown): UserAnswer {
  return userAt(value, 'user');
}

/** The API's error body; undefined when it isn't one. */
export function readFailure(body: unknown): Failure | undefined {
  if (typeof body !== 'object' || body === null || !('message' in body) || typeof body.message !== 'string') return undefined;
  const reasons = 'errors' in body && Array.isArray(body.errors) ? body.errors.flatMap(reasonOf) : [];
  return {
    message: [body.message, ...reasons].join('; '),
    ...('code' in body && typeof body.code === 'string' ? { code: body.code } : {}),
  };
}

function roleAt(value: unknown, path: string): RoleAnswer {
  const role = asObject(value, path);
  asConstant(role.object, `${path}.object`, 'role');
  return {
    id: asFilledString(role.id, `${path}.id`),
    slug: asFilledString(role.slug, `${path}.slug`),
    name: asString(role.name, `${path}.name`),
    description: asNullableString(role.description, `${path}.description`),
    type: asFilledString(role.type, `${path}.type`),
    permissions: asArray(role.permissions, `${path}.permissions`, asFilledString),
  };
}

function permissionAt(value: unknown, path: string): PermissionAnswer {
  const permission = asObject(value, path);
  asConstant(permission.object, `${path}.object`, 'permission');
  return { id: asFilledString(permission.id, `${path}.id`), slug: asFilledString(permission.slug, `${path}.slug`) };
}

function membershipAt(value: unknown, path: string): MembershipAnswer {
  const membership = asObject(value, path);
  asConstant(membership.object, `${path}.object`, 'organization_membership');
  // `roles` is in the vendor's docs and library but not in its published schema, so it may be absent.
  const roles =
    membership.roles === undefined ? [slugAt(membership.role, `${path}.role`)] : asArray(membership.roles, `${path}.roles`, slugAt);
  const status = statuses.find((known) => known === membership.status);
  if (status === undefined) throw new ShapeError(`${path}.status is none of ${statuses.join(', ')}`);
  if (typeof membership.directory_managed !== 'boolean') throw new ShapeError(`${path}.directory_managed is not true or false`);
  return {
    id: asFilledString(membership.id, `${path}.id`),
    userID: asFilledString(membership.user_id, `${path}.user_id`),
    organizationID: asFilledString(membership.organization_id, `${path}.organization_id`),
    status,
    directoryManaged: membership.directory_managed,
    roles,
    listsRoles: membership.roles !== undefined,
  };
}

function userAt(value: unknown, path: string): UserAnswer {
  const user = asObject(value, path);
  asConstant(user.object, `${path}.object`, 'user');
  return { id: asFilledString(user.id, `${path}.id`), email: asString(user.email, `${path}.email`) };
}

function slugAt(value: unknown, path: string): string {
  return asFilledString(asObject(value, path).slug, `${path}.slug`);
}

function listAt<T>(value: unknown, item: (value: unknown, path: string) => T): readonly T[] {
  return asArray(listOf(value).data, 'data', item);
}

function nextAfter(value: unknown): string | undefined {
  const metadata = asObject(listOf(value).list_metadata, 'list_metadata');
  return metadata.after === null ? undefined : asFilledString(metadata.after, 'list_metadata.after');
}

function listOf(value: unknown): UnknownObject {
  const list = asObject(value, 'the answer');
  asConstant(list.object, 'object', 'list');
  return list;
}

function reasonOf(entry: unknown): readonly string[] {
  if (typeof entry !== 'object' || entry === null) return [];
  const { field, code, message } = entry as UnknownObject;
  const words = [field, message ?? code].filter((word) => typeof word === 'string');
  return words.length === 0 ? [] : [words.join(': ')];
}
