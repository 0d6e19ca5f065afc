import { asFilledString, requireUnique, ShapeError } from '../http/index.ts';
import { isToken } from './authorization.ts';
import type { AuthTokenResponse, Permission, Policy, Role, User } from './generated/frontier_pb.ts';
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
  /** `namespace:id`, for example `app/organization:` and a uuid. */
  readonly resource: string;
  /** `namespace:id`, for example `app/user:` and a uuid. */
  readonly principal: string;
}

/** A person. */
export interface UserAnswer {
  readonly id: string;
  /** Empty where nobody gave one. */
  readonly email: string;
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

/** The slugs of all permissions, without those that no Role can name. Throws ShapeError. */
export function readPermissions(permissions: readonly Permission[]): ReadonlySet<string> {
  const slugs = permissions.map((permission, index) => slugAt(permission, `permissions[${index}]`));
  return new Set(slugs.filter((slug) => slug !== undefined));
}

/** Policies. Throws ShapeError. */
export function readPolicies(policies: readonly Policy[]): readonly PolicyAnswer[] {
  const answers = policies.map((policy, index) => policyAt(policy, `policies[${index}]`));
  requireUnique(answers, 'policies', ({ id }) => id);
  return answers;
}

/** One policy, which must be the one that was asked for. Throws ShapeError. */
export function readPolicy(policy: Policy | undefined, { roleId, resource, principal }: Omit<PolicyAnswer, 'id'>): PolicyAnswer {
  if (policy === undefined) throw new ShapeError('policy is missing');
  const answer = policyAt(policy, 'policy');
  const isOther = answer.roleId !== roleId || answer.resource !== resource || answer.principal !== principal;
  if (isOther) throw new ShapeError('policy is that of another role, resource or principal');
  return answer;
}

/** Users. Throws ShapeError. */
export function readUsers(users: readonly User[]): readonly UserAnswer[] {
  const answers = users.map((user, index) => userAt(user, `users[${index}]`));
  requireUnique(answers, 'users', ({ id }) => id);
  return answers;
}

/** One user, whose uuid or e-mail address must be the text that was asked for: Frontier takes names there as well. Throws ShapeError. */
export function readUser(user: User | undefined, text: string): UserAnswer {
  if (user === undefined) throw new ShapeError('user is missing');
  const answer = userAt(user, 'user');
  const asked = text.toLowerCase();
  if (answer.id.toLowerCase() !== asked && answer.email.toLowerCase() !== asked) throw new ShapeError('user is another one');
  return answer;
}

/** The ids of a list. Throws ShapeError. */
export function readIDs(entries: readonly { readonly id: string }[], path: string): ReadonlySet<string> {
  const ids = entries.map(({ id }, index) => asFilledString(id, `${path}[${index}].id`));
  requireUnique(ids, path, (id) => id);
  return new Set(ids);
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
    metadata: metadataAt(role.metadata ?? {}, `${path}.metadata`),
  };
}

/** What is kept there by others goes back with every update, so it has to be fit to be sent: JSON knows larger numbers than can be. */
function metadataAt(metadata: Metadata, path: string): Metadata {
  const refuseInfinite = (_key: string, value: unknown): unknown => {
    if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError('the number is too large');
    return value;
  };
  try {
    JSON.stringify(metadata, refuseInfinite);
  } catch {
    throw new ShapeError(`${path} holds what can't be sent back`);
  }
  return metadata;
}

function policyAt({ id, roleId, resource, principal }: Policy, path: string): PolicyAnswer {
  return {
    id: asFilledString(id, `${path}.id`),
    roleId: asFilledString(roleId, `${path}.role_id`),
    resource: asFilledString(resource, `${path}.resource`),
    principal: asFilledString(principal, `${path}.principal`),
  };
}

function userAt({ id, email }: User, path: string): UserAnswer {
  return { id: asFilledString(id, `${path}.id`), email };
}

/** Older servers have no key. */
function slugAt({ key, namespace, name }: Permission, path: string): string | undefined {
  if (key === '' && (namespace === '' || name === '')) throw new ShapeError(`${path}.key is missing`);
  return permissionSlug(key === '' ? `${namespace}:${name}` : key);
}
