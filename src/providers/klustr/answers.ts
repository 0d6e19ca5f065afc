import {
  asArray,
  asConstant,
  asFilledString,
  asObject,
  asString,
  type Failure,
  requireUnique,
  ShapeError,
  type UnknownObject,
} from '../http/index.ts';
import { canonicalID } from './ids.ts';

/** A role as Klustr reports it. */
export interface RoleAnswer {
  /** In the server's own spelling. */
  readonly id: string;
  readonly name: string | undefined;
  readonly namespace: string | undefined;
  readonly description: string | undefined;
  /** As the server says it: a stage that is not known yet is no reason to distrust the list. */
  readonly stage: string | undefined;
  /** Scopes, as they came. */
  readonly permissions: readonly string[];
  /** The whole answer, so that a replacement loses no field that is not known here. */
  readonly document: UnknownObject;
}

/** One holder of a role. */
export interface AssignmentAnswer {
  readonly role: string;
  readonly assignedTo: string;
  /** False: a group or something else that is no user. Where the answer doesn't say, it is a user. */
  readonly isUser: boolean;
}

/** Who holds a role. */
export interface AssignmentPageAnswer {
  /** As the server counts, at least the number of entries. */
  readonly count: number;
  /** How many entries a page holds at most, by its own word; undefined: it doesn't say. */
  readonly limit: number | undefined;
  readonly assignments: readonly AssignmentAnswer[];
}

/** The roles of one user. */
export interface EntitlementsAnswer {
  readonly user: string;
  readonly roles: readonly RoleAnswer[];
}

/** One role, which has to be the one that was asked for. Throws ShapeError. */
export function readRole(id: string): (value: unknown) => RoleAnswer {
  return (value) => {
    const role = roleAt(value, 'role');
    if (canonicalID(role.id) !== canonicalID(id)) throw new ShapeError('role.id is that of another role');
    return role;
  };
}

/** A bare array of roles. The same id may come twice: what that means is not decided here. Throws ShapeError. */
export function readRoleList(value: unknown): readonly RoleAnswer[] {
  return asArray(value, 'roles', roleAt);
}

/** Scopes in a bare array. Throws ShapeError. */
export function readScopes(value: unknown): readonly string[] {
  return asArray(value, 'permissions', scopeAt);
}

/** Who holds a role; the entries are absent where nobody does. Throws ShapeError. */
export function readAssignmentPage(value: unknown): AssignmentPageAnswer {
  const page = asObject(value, 'the answer');
  if (typeof page.count !== 'number') throw new ShapeError('count is not a number');
  const assignments = page.docs === undefined ? [] : asArray(page.docs, 'docs', assignmentAt);
  const limit = typeof page.limit === 'number' ? page.limit : undefined;
  return { count: Math.max(page.count, assignments.length), limit, assignments };
}

/** One assignment. Throws ShapeError. */
export function readAssignment(value: unknown): AssignmentAnswer {
  return assignmentAt(value, 'assignment');
}

/** Assignments in a bare array. Throws ShapeError. */
export function readAssignments(value: unknown): readonly AssignmentAnswer[] {
  return asArray(value, 'assignments', assignmentAt);
}

/** The roles of one user; absent where there are none. Throws ShapeError. */
export function readEntitlements(value: unknown): EntitlementsAnswer {
  const entitlements = asObject(value, 'the answer');
  return {
    user: asFilledString(entitlements.user_id, 'user_id'),
    roles: entitlements.roles === undefined ? [] : asArray(entitlements.roles, 'roles', roleAt),
  };
}

/** Ids of the roles that one user holds, in the server's spelling, out of the user's relations. Throws ShapeError. */
export function readRoleRelations(user: string): (value: unknown) => readonly string[] {
  return (value) =>
    asArray(value, 'relations', (entry, path) => {
      const { subject, scope } = asObject(entry, path);
      if (asObject(subject, `${path}.subject`).id !== user) throw new ShapeError(`${path}.subject.id is that of another user`);
      const { relation, namespace } = asObject(scope, `${path}.scope`);
      asConstant(namespace, `${path}.scope.namespace`, roleNamespace);
      return asFilledString(relation, `${path}.scope.relation`);
    });
}

/** Namespace of the relations that say who holds a role. */
export const roleNamespace = 'roles';

/** Somebody who can log in. */
export interface IdentityAnswer {
  readonly id: string;
  /** Undefined: none is known. */
  readonly email: string | undefined;
}

/** Every identity. Throws ShapeError. */
export function readIdentities(value: unknown): readonly IdentityAnswer[] {
  const identities = asArray(value, 'identities', identityAt);
  requireUnique(identities, 'identities', (identity) => identity.id);
  return identities;
}

/** Code of the answer to a token that lacks a right. */
export const missingPermissions = 'MissingPermissionsException';

/**
 * The API's error body, in one of its three forms; undefined when it isn't one. The framework below the API has a form of its
 * own, with a status and a text for an error: that one comes from where the API wasn't reached, so nothing is concluded from it.
 */
export function readFailure(body: unknown): Failure | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { status, error, message, path, missing_permissions: missing } = body as UnknownObject;
  if (Array.isArray(missing)) {
    return { code: missingPermissions, message: `the client lacks ${missing.filter((name) => typeof name === 'string').join(', ')}` };
  }
  if (typeof status === 'number') return typeof error === 'object' && error !== null ? deliberate(error as UnknownObject) : undefined;
  if (typeof error !== 'string' || typeof path !== 'string') return undefined;
  return { code: error, ...(typeof message === 'string' ? { message } : {}) };
}

function deliberate({ reason, id }: UnknownObject): Failure | undefined {
  if (typeof reason !== 'string') return undefined;
  return { message: reason, ...(typeof id === 'string' ? { code: id } : {}) };
}

function roleAt(value: unknown, path: string): RoleAnswer {
  const role = asObject(value, path);
  const text = (key: string): string | undefined => optionalString(role[key], `${path}.${key}`);
  return {
    id: asFilledString(role.id, `${path}.id`),
    name: text('name'),
    namespace: text('namespace'),
    description: text('description'),
    stage: text('stage'),
    permissions: asArray(role.permissions, `${path}.permissions`, scopeAt),
    document: role,
  };
}

function scopeAt(value: unknown, path: string): string {
  return asFilledString(asObject(value, path).scope, `${path}.scope`);
}

function assignmentAt(value: unknown, path: string): AssignmentAnswer {
  const assignment = asObject(value, path);
  return {
    role: asFilledString(assignment.role_id, `${path}.role_id`),
    assignedTo: asFilledString(assignment.assigned_to, `${path}.assigned_to`),
    isUser: (assignment.assignee_type ?? 'user') === 'user',
  };
}

function identityAt(value: unknown, path: string): IdentityAnswer {
  const identity = asObject(value, path);
  const traits = identity.traits === undefined || identity.traits === null ? {} : asObject(identity.traits, `${path}.traits`);
  return { id: asFilledString(identity.id, `${path}.id`), email: optionalString(traits.email, `${path}.traits.email`) };
}

/** Empty fields are left out of answers; null says the same. */
function optionalString(value: unknown, path: string): string | undefined {
  return value === undefined || value === null ? undefined : asString(value, path);
}
