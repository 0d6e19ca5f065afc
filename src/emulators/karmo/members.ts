import type { JsonValue } from '../../model/index.ts';
import type { Reply } from '../types.ts';
import { assumptions } from './assumptions.ts';
import type { Call, KarmoOperation } from './replies.ts';
import type { MembershipRecord, UserRecord } from './state.ts';

const largestPage = 100;

/** Users and their places in organizations. */
export const memberOperations: readonly KarmoOperation[] = [
  { operationId: 'linkUserToOrganization', handle: linked },
  { operationId: 'reactivateOrganizationMembership', handle: reactivated },
  { operationId: 'listUsers', handle: usersListed },
  { operationId: 'createUser', handle: userCreated },
];

/** Roles of `roleSet` become exactly `roles`, any other role stays. */
function linked(call: Call): Reply {
  const { state } = call;
  const organization = call.organization();
  const user = userOf(call);
  // Both names are documented.
  const roles = call.texts('roles');
  const roleSet = call.texts('roleSet');
  const errors = roles.flatMap((role, index) => {
    const pointer = `/roles/${index}`;
    if (!roleSet.includes(role)) return [{ pointer, detail: 'must be one of roleSet' }];
    return state.knowsRole(organization, role) ? [] : [{ pointer, detail: 'is not a role of the tenant' }];
  });
  if (errors.length > 0) return call.refuse(assumptions.unprocessableStatus, { errors });
  const membership = organization.members.get(user.id) ?? { user: user.id, roles: [], status: 'active' };
  const kept = membership.roles.filter((role) => !roleSet.includes(role));
  const next = [...new Set([...kept, ...roles])];
  membership.roles = next.length === 0 ? [assumptions.fallbackRole] : next;
  organization.members.set(user.id, membership);
  return membershipAnswer(call, membership);
}

function reactivated(call: Call): Reply {
  const membership =
    call.organization().members.get(userOf(call).id) ??
    call.refuse(404, { detail: 'Membership not found.', metadata: { userId: call.place('userId') } });
  if (membership.status === 'pending' && !assumptions.reactivatesPending) {
    return call.refuse(assumptions.unprocessableStatus, { detail: 'A pending membership can not be reactivated.' });
  }
  membership.status = 'active';
  return membershipAnswer(call, membership);
}

function usersListed(call: Call): Reply {
  const { state, request } = call;
  const users = [...call.organization().members.values()].flatMap(({ user }) => state.users.get(user) ?? []);
  const [after, before] = [request.query.get('after'), request.query.get('before')];
  if (after !== null && before !== null) return refuseParameter(call, 'before', 'must not be given together with after');
  const [start, end] = spanOf(call, users, after, before);
  const page = users.slice(start, end);
  const [first, last] = [page[0], page.at(-1)];
  const hasNext = last !== undefined && end < users.length;
  const hasPrevious = first !== undefined && start > 0;
  return {
    status: 200,
    body: {
      [state.names.users]: page.map((user) => userView(call, user)),
      pagination: {
        hasNextPage: hasNext,
        hasPreviousPage: hasPrevious,
        ...(hasNext ? { nextCursor: cursorOf(last) } : {}),
        ...(hasPrevious ? { previousCursor: cursorOf(first) } : {}),
      },
    },
  };
}

/** Both cursors are exclusive. */
function spanOf(
  call: Call,
  users: readonly UserRecord[],
  after: string | null,
  before: string | null,
): readonly [start: number, end: number] {
  const limit = limitOf(call);
  if (before !== null) {
    const end = indexOf(call, users, 'before', before);
    return [Math.max(0, end - limit), end];
  }
  const start = after === null ? 0 : indexOf(call, users, 'after', after) + 1;
  return [start, start + limit];
}

function userCreated(call: Call): Reply {
  const { state } = call;
  const email = call.text('email') ?? '';
  const mobileNumber = call.text('mobileNumber');
  const errors = [
    ...(/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(email) ? [] : [{ pointer: `/${state.names.email}`, detail: 'must be an email' }]),
    ...(mobileNumber === undefined || /^\+[1-9][0-9]{1,14}$/.test(mobileNumber)
      ? []
      : [{ pointer: `/${state.names.mobileNumber}`, detail: 'must be a valid phone number' }]),
  ];
  if (errors.length > 0) return call.refuse(assumptions.malformedStatus, { errors });
  const isTaken = state.users.values().some((user) => user.email.toLowerCase() === email.toLowerCase());
  if (isTaken) return call.refuse(409, { detail: 'The email is taken.' });
  const [firstName, lastName] = [call.text('firstName'), call.text('lastName')];
  const user: UserRecord = {
    id: state.newID('user'),
    email,
    ...(mobileNumber === undefined ? {} : { mobileNumber }),
    ...(firstName === undefined ? {} : { firstName }),
    ...(lastName === undefined ? {} : { lastName }),
  };
  state.users.set(user.id, user);
  return { status: assumptions.createdStatus, body: userView(call, user) };
}

function membershipAnswer({ state, place }: Call, { user, roles, status }: MembershipRecord): Reply {
  const { membershipTenant, membershipUser, membershipRoles, membershipStatus } = state.names;
  return {
    status: 200,
    body: { [membershipTenant]: place('tenantId'), [membershipUser]: user, [membershipRoles]: [...roles], [membershipStatus]: status },
  };
}

function userView({ state }: Call, user: UserRecord): JsonValue {
  const { userID, email, mobileNumber, firstName, lastName } = state.names;
  const fields: Readonly<Record<string, string | undefined>> = {
    [userID]: user.id,
    [email]: user.email,
    [mobileNumber]: user.mobileNumber,
    [firstName]: user.firstName,
    [lastName]: user.lastName,
  };
  return Object.fromEntries(Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined));
}

function userOf(call: Call): UserRecord {
  const id = call.place('userId');
  return call.state.users.get(id) ?? call.refuse(404, { detail: 'User not found.', metadata: { userId: id } });
}

function cursorOf(user: UserRecord): string {
  return Buffer.from(`after:${user.id}`).toString('base64url');
}

function indexOf(call: Call, users: readonly UserRecord[], parameter: string, cursor: string): number {
  const index = users.findIndex((user) => cursorOf(user) === cursor);
  return index < 0 ? refuseParameter(call, parameter, 'is not a cursor of this list') : index;
}

function limitOf(call: Call): number {
  const name = call.state.names.pageSize;
  const text = call.request.query.get(name);
  const limit = text === null ? largestPage : Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= largestPage) return limit;
  return refuseParameter(call, name, `must be between 1 and ${largestPage}`);
}

function refuseParameter(call: Call, name: string, detail: string): never {
  return call.refuse(assumptions.malformedStatus, { errors: [{ pointer: `/${name}`, detail }] });
}
