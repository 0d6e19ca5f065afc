import { asFilledString, requireUnique, ShapeError } from '../http/index.ts';
import { isToken } from './authorization.ts';
import type { AuthTokenResponse, Permission, Policy, Role } from './generated/frontier_pb.ts';
import type { Metadata } from './metadata.ts';
import { permissionSlug } from './permissions.ts';

/** A role as Frontier reports it. */
export interface RoleAnswer {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  /** Slugs, as they came: the same one may come twice. */
  readonly permissions: readonly string[];
  readonly scopes: readonly string[];
  readonly metadata: Metadata;
}

/** Who holds a role where. */
export interface PolicyAnswer {
  readonly id: string;
  readonly roleId: string;
}

/** The roles of an organization. Throws ShapeError. */
export function readRoles(organization: string, roles: readonly Role[]): readonly RoleAnswer[] {
  const answers = roles.map((role, index) => roleAt(organization, role, `roles[${index}]`));
  requireUnique(answers, 'roles', ({ id }) => id);
  // Names are unique in an organization, and exact: those that differ in case only are different.
  requireUnique(answers, 'roles', ({ name }) => name);
  return answers;
}

/** One role, which must be of the organization and have the name, where one is known. Throws ShapeError. */
export function readRole(organization: string, role: Role | undefined, name?: string): RoleAnswer {
  const answer = roleAt(organization, role, 'role');
  if (name !== undefined && answer.name !== name) throw new ShapeError('role.name is that of another role');
  return answer;
}

/** The slugs of all permissions. Throws ShapeError. */
export function readPermissions(permissions: readonly Permission[]): ReadonlySet<string> {
  return new Set(permissions.map((permission, index) => slugAt(permission, `permissions[${index}]`)));
}

/** Policies. Throws ShapeError. */
export function readPolicies(policies: readonly Policy[]): readonly PolicyAnswer[] {
  return policies.map(({ id, roleId }, index) => ({
    id: asFilledString(id, `policies[${index}].id`),
    roleId: asFilledString(roleId, `policies[${index}].role_id`),
  }));
}

/** An access token. Throws ShapeError. */
export function readToken({ accessToken, tokenType }: AuthTokenResponse): string {
  if (tokenType.toLowerCase() !== 'bearer') throw new ShapeError('token_type is not Bearer');
  if (!isToken(accessToken)) throw new ShapeError('access_token is nothing that a header can carry');
  return accessToken;
}

function roleAt(organization: string, role: Role | undefined, path: string): RoleAnswer {
  if (role === undefined) throw new ShapeError(`${path} is missing`);
  if (role.orgId !== '' && role.orgId !== organization) throw new ShapeError(`${path}.org_id is that of another organization`);
  return {
    id: asFilledString(role.id, `${path}.id`),
    name: asFilledString(role.name, `${path}.name`),
    title: role.title,
    permissions: role.permissions.map((each, index) => asFilledString(each, `${path}.permissions[${index}]`)),
    scopes: role.scopes,
    metadata: role.metadata ?? {},
  };
}

/** Older servers have no key. */
function slugAt({ key, namespace, name }: Permission, path: string): string {
  const slug = permissionSlug(key === '' ? `${namespace}:${name}` : key);
  if (slug === undefined) throw new ShapeError(`${path}.key is no permission`);
  return slug;
}
