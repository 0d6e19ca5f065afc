import type { BlastRadius } from '../../model/index.ts';
import {
  asArray,
  asFilledString,
  asNullableString,
  asObject,
  asString,
  cleanText,
  type Failure,
  requireUnique,
  ShapeError,
  type UnknownObject,
} from '../http/index.ts';
import { assumptions } from './assumptions.ts';

/** The fields of a role that are used. */
export interface RoleAnswer {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  /** Empty where there is none. */
  readonly description: string;
  /** As they came. */
  readonly scopes: readonly string[];
  readonly isSystem: boolean;
  /** Undefined where the server computes none, or none that can be read. */
  readonly blastRadius: BlastRadius | undefined;
}

/** Who holds what, of a user. */
export interface UserAnswer {
  readonly id: string;
  /** Slugs, as they came. */
  readonly roles: readonly string[];
  /** Undefined: the answer has none. */
  readonly name: string | undefined;
  /** Undefined: the answer has none. */
  readonly email: string | undefined;
}

const levels = ['low', 'medium', 'high', 'admin'] as const;

/** One role, which has to be the one that was asked for. Throws ShapeError. */
export function readRole(slug: string): (value: unknown) => RoleAnswer {
  return (value) => {
    const role = roleAt(value, 'role');
    if (role.slug !== slug) throw new ShapeError('role.slug is that of another role');
    return role;
  };
}

/** All roles of a tenant. Throws ShapeError. */
export function readRoleList(value: unknown): readonly RoleAnswer[] {
  const roles = listAt(value, roleAt);
  requireUnique(roles, 'data', (role) => role.slug);
  return roles;
}

/** All scopes of the catalogue, out of their groups. Throws ShapeError. */
export function readScopes(value: unknown): readonly string[] {
  return listAt(value, (group, path) => asArray(asObject(group, path).scopes, `${path}.scopes`, scopeAt)).flat();
}

/** All users of a tenant. One without roles is an answer that can't be counted with. Throws ShapeError. */
export function readUserList(value: unknown): readonly UserAnswer[] {
  const users = listAt(value, userAt);
  requireUnique(users, 'data', (user) => user.id);
  return users;
}

/** One user, who has to be the one that was asked for. Throws ShapeError. */
export function readUser(id: string): (value: unknown) => UserAnswer {
  return (value) => {
    const user = userAt(value, 'user');
    requireSameUser(user.id, id);
    return user;
  };
}

/** The roles of a user after a change; undefined where the answer doesn't say. Throws ShapeError. */
export function readUpdatedUser(id: string): (value: unknown) => readonly string[] | undefined {
  return (value) => {
    const user = asObject(value, 'user');
    requireSameUser(asFilledString(user.id, 'user.id'), id);
    return user.roles === undefined ? undefined : asArray(user.roles, 'user.roles', asFilledString);
  };
}

/** The API's error body, the notices of its policy rules with the message; undefined when it isn't one. */
export function readFailure(body: unknown): Failure | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { code, message, details, notices } = body as UnknownObject;
  if (typeof code !== 'string' || typeof message !== 'string') return undefined;
  const told = textsOf(notices);
  const refused = typeof details === 'object' && details !== null ? textsOf(assumptions.refusedScopes(details as UnknownObject)) : [];
  return {
    code,
    message: told.length === 0 ? message : `${message} (policy: ${told.join('; ')})`,
    ...(refused.length === 0 ? {} : { rejected: refused }),
  };
}

function roleAt(value: unknown, path: string): RoleAnswer {
  const role = asObject(value, path);
  // Whether a role may be written hangs on it, so it is never guessed.
  if (typeof role.is_system !== 'boolean') throw new ShapeError(`${path}.is_system is not true or false`);
  return {
    id: asFilledString(role.id, `${path}.id`),
    slug: asFilledString(role.slug, `${path}.slug`),
    name: asString(role.name, `${path}.name`),
    description: role.description === undefined ? '' : (asNullableString(role.description, `${path}.description`) ?? ''),
    scopes: asArray(role.scopes, `${path}.scopes`, asFilledString),
    isSystem: role.is_system,
    blastRadius: blastRadiusOf(role.blast_radius),
  };
}

/** An estimate is for people to look at: one that can't be read is no reason to distrust the list. */
function blastRadiusOf(value: unknown): BlastRadius | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { level, summary, warnings } = value as UnknownObject;
  const known = levels.find((candidate) => candidate === level);
  if (known === undefined) return undefined;
  return {
    level: known,
    summary: typeof summary === 'string' ? cleanText(summary) : '',
    warnings: textsOf(warnings).map((warning) => cleanText(warning)),
  };
}

function scopeAt(value: unknown, path: string): string {
  return asFilledString(asObject(value, path).scope, `${path}.scope`);
}

function userAt(value: unknown, path: string): UserAnswer {
  const user = asObject(value, path);
  const text = (key: string): string | undefined => (user[key] === undefined ? undefined : asString(user[key], `${path}.${key}`));
  return {
    id: asFilledString(user.id, `${path}.id`),
    roles: asArray(user.roles, `${path}.roles`, asFilledString),
    name: text('name'),
    email: text('email'),
  };
}

function requireSameUser(id: string, wanted: string): void {
  if (id.toLowerCase() !== wanted.toLowerCase()) throw new ShapeError('user.id is that of another user');
}

function listAt<T>(value: unknown, item: (value: unknown, path: string) => T): readonly T[] {
  return asArray(asObject(value, 'the answer').data, 'data', item);
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((text) => typeof text === 'string' && text !== '') : [];
}
