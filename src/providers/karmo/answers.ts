import {
  asArray,
  asFilledString,
  asObject,
  asString,
  type Failure,
  type IssuedToken,
  type Page,
  ShapeError,
  type UnknownObject,
} from '../http/index.ts';
import { assumptions } from './assumptions.ts';
import type { Dialect } from './contract.ts';

type Properties = Dialect['properties'];

/** A membership as it is after the call. */
export interface MembershipAnswer {
  readonly tenant: string;
  readonly user: string;
  /** All roles that the user has in the organization now. */
  readonly roles: readonly string[];
  /** `active`, or what the access provider calls it. */
  readonly status: string;
}

/** A user. */
export interface UserAnswer {
  readonly id: string;
  readonly email: string;
  readonly mobileNumber: string | undefined;
  readonly firstName: string | undefined;
  readonly lastName: string | undefined;
}

/** Fit for a header. */
const tokenPattern = /^[\x21-\x7e]+$/;

/** A service token. Throws ShapeError. */
export function readToken(value: unknown): IssuedToken {
  const answer = asObject(value, 'the answer');
  const token = asFilledString(firstOf(answer, assumptions.token.value), assumptions.token.value[0]);
  if (!tokenPattern.test(token)) throw new ShapeError(`${assumptions.token.value[0]} has characters that a header can't carry`);
  const type = answer.token_type ?? 'Bearer';
  if (typeof type !== 'string' || type.toLowerCase() !== 'bearer') throw new ShapeError('token_type is not Bearer');
  const lifetime = firstOf(answer, assumptions.token.lifetime);
  if (lifetime === undefined) return { value: token, lifetimeMs: undefined };
  const seconds = typeof lifetime === 'string' && /^\d+$/.test(lifetime) ? Number(lifetime) : lifetime;
  if (typeof seconds !== 'number' || seconds <= 0) throw new ShapeError(`${assumptions.token.lifetime[0]} is not a number of seconds`);
  return { value: token, lifetimeMs: seconds * 1000 };
}

/** The id of an upserted role, if the answer has one: it isn't needed for anything, and its name is assumed. Throws ShapeError. */
export function readRoleID(properties: Properties): (value: unknown) => string | undefined {
  return (value) => {
    if (value === undefined) return undefined;
    const id = asObject(value, 'role')[properties.roleID];
    return id === undefined || id === null ? undefined : asFilledString(id, `role.${properties.roleID}`);
  };
}

/** Any JSON, or nothing: the answer says no more than that it is a success. */
export function readNothing(): undefined {
  return undefined;
}

/** A membership, which has to be the one that was asked for. Throws ShapeError. */
export function readMembership(properties: Properties, tenant: string, user: string): (value: unknown) => MembershipAnswer {
  return (value) => {
    const membership = asObject(value, 'membership');
    const text = (name: string): string => asFilledString(membership[name], `membership.${name}`);
    const { membershipRoles, membershipStatus, membershipTenant, membershipUser } = properties;
    const answer: MembershipAnswer = {
      tenant: text(membershipTenant),
      user: text(membershipUser),
      roles: asArray(membership[membershipRoles], `membership.${membershipRoles}`, asFilledString),
      status: text(membershipStatus),
    };
    if (answer.tenant !== tenant || answer.user !== user) throw new ShapeError('membership is that of another user or organization');
    return answer;
  };
}

/** A user. Throws ShapeError. */
export function readUser(properties: Properties): (value: unknown) => UserAnswer {
  return (value) => userAt(properties, value, 'user');
}

/** One page of users. The names of its cursors are documented. Throws ShapeError. */
export function readUserPage(properties: Properties): (value: unknown) => Page<UserAnswer> {
  return (value) => {
    const page = asObject(value, 'the answer');
    const items = asArray(page[properties.users], properties.users, (entry, path) => userAt(properties, entry, path));
    const { nextCursor } = asObject(page.pagination, 'pagination');
    const next = nextCursor === undefined || nextCursor === null ? '' : asString(nextCursor, 'pagination.nextCursor');
    return { items, next: next === '' ? undefined : next };
  };
}

/** Karmo's error body; undefined when it isn't one. */
export function readFailure(body: unknown): Failure | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const fields = body as UnknownObject;
  const code = typeof fields.code === 'number' ? String(fields.code) : fields.code;
  if (typeof code !== 'string' || !assumptions.errorCode.test(code)) return undefined;
  const reasons = Array.isArray(fields.errors) ? fields.errors.flatMap(reasonOf) : [];
  const text = firstOf(fields, assumptions.error.text);
  const words = [...(typeof text === 'string' ? [text] : []), ...reasons, ...metadataOf(firstOf(fields, assumptions.error.metadata))];
  return { code, ...(words.length === 0 ? {} : { message: words.join('; ') }) };
}

/** What the errors of Karmo's error body point at. */
export function pointersIn(body: unknown): readonly string[] {
  const errors = typeof body === 'object' && body !== null ? (body as UnknownObject).errors : undefined;
  if (!Array.isArray(errors)) return [];
  return errors.flatMap((entry: unknown) => {
    const pointer = typeof entry === 'object' && entry !== null ? (entry as UnknownObject).pointer : undefined;
    return typeof pointer === 'string' ? [pointer] : [];
  });
}

/** The error body of a token request: Karmo's, or that of the AWS gateway in front of it. */
export function readTokenFailure(body: unknown): Failure | undefined {
  const own = readFailure(body);
  if (own !== undefined || typeof body !== 'object' || body === null) return own;
  const { message, Message } = body as UnknownObject;
  const text = message ?? Message;
  return typeof text === 'string' ? { message: text } : undefined;
}

function reasonOf(entry: unknown): readonly string[] {
  if (typeof entry !== 'object' || entry === null) return [];
  const { pointer, detail } = entry as UnknownObject;
  const words = [pointer, detail].filter((word) => typeof word === 'string' && word !== '');
  return words.length === 0 ? [] : [words.join(' ')];
}

/** Scalars only: what is nested deeper is for programs. */
function metadataOf(metadata: unknown): readonly string[] {
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) return [];
  const pairs = Object.entries(metadata).filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value));
  const words = pairs.map(([key, value]) => `${key}=${value}`).sort();
  return words.length === 0 ? [] : [words.join(' ')];
}

function userAt(properties: Properties, value: unknown, path: string): UserAnswer {
  const user = asObject(value, path);
  const optional = (name: string): string | undefined =>
    user[name] === undefined || user[name] === null ? undefined : asString(user[name], `${path}.${name}`);
  return {
    id: asFilledString(user[properties.userID], `${path}.${properties.userID}`),
    email: asFilledString(user[properties.email], `${path}.${properties.email}`),
    mobileNumber: optional(properties.mobileNumber),
    firstName: optional(properties.firstName),
    lastName: optional(properties.lastName),
  };
}

/** The value under the first of these names that is there. */
function firstOf(fields: UnknownObject, names: readonly string[]): unknown {
  return names.map((name) => fields[name]).find((value) => value !== undefined && value !== null);
}
