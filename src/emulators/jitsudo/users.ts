import type { JsonValue } from '../../model/index.ts';
import type { Reply } from '../types.ts';
import type { Call, JitsudoOperation } from './guard.ts';
import { failure, ok, refuse } from './replies.ts';
import type { UserRecord } from './state.ts';

/** Users and the roles that they hold. */
export const userOperations: readonly JitsudoOperation[] = [
  { operationId: 'listUsers', method: 'GET', path: '/v1/users', handle: listed },
  { operationId: 'getUser', method: 'GET', path: '/v1/users/{id}', handle: (call) => ok(userView(userOfPath(call))) },
  { operationId: 'updateUser', method: 'PUT', path: '/v1/users/{id}', handle: updated },
];

function listed({ tenant, request }: Call): Reply {
  const email = request.query.get('email');
  const users = [...tenant.users.values()].filter((user) => email === null || user.email === email);
  return ok({ data: users.map(userView) });
}

/** The list of roles is the whole of it: what isn't named is taken away. */
function updated(call: Call): Reply {
  const present = userOfPath(call);
  const { body } = call.request;
  const { name, roles } = typeof body === 'object' && body !== null ? (body as Readonly<Record<string, unknown>>) : {};
  if (typeof name !== 'string' || !Array.isArray(roles)) return invalid('name and roles are required.');
  const unknown = roles.find((slug) => !call.tenant.roles.has(slug));
  if (unknown !== undefined) return invalid(`There is no role ${JSON.stringify(unknown)}.`);
  const custom = roles.find((slug) => call.tenant.roles.get(slug)?.system === false);
  if (custom !== undefined && !call.state.customRolesForUsers) return invalid(`roles must be roles of the system, not ${custom}.`);
  const next: UserRecord = { ...present, name, roles: [...new Set<string>(roles)] };
  call.tenant.users.set(present.id, next);
  return ok(userView(next));
}

function userOfPath(call: Call): UserRecord {
  return call.tenant.users.get(call.place('id')) ?? refuse(failure(404, 'not_found', 'There is no such user.'));
}

function userView({ id, email, name, roles, owner }: UserRecord): JsonValue {
  return { id, email, name, roles, is_owner: owner, auth_provider: 'local' };
}

function invalid(message: string): Reply {
  return failure(400, 'invalid_request', message);
}
