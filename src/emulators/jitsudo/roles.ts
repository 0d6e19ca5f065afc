import type { JsonValue } from '../../model/index.ts';
import type { Reply } from '../types.ts';
import { assumptions } from './assumptions.ts';
import type { Call, JitsudoOperation } from './guard.ts';
import { failure, ok, refuse } from './replies.ts';
import { holdersOf, type RoleRecord, type ScopeRecord } from './state.ts';

/** Roles and the scopes that they may have. */
export const roleOperations: readonly JitsudoOperation[] = [
  {
    operationId: 'listRoles',
    method: 'GET',
    path: '/v1/roles',
    handle: (call) => ok({ data: [...call.tenant.roles.values()].map(roleView) }),
  },
  { operationId: 'createRole', method: 'POST', path: '/v1/roles', handle: created },
  { operationId: 'getRole', method: 'GET', path: '/v1/roles/{slug}', handle: (call) => ok(roleView(roleOfPath(call))) },
  { operationId: 'updateRole', method: 'PATCH', path: '/v1/roles/{slug}', handle: updated },
  { operationId: 'deleteRole', method: 'DELETE', path: '/v1/roles/{slug}', handle: deleted },
  {
    operationId: 'listPermissions',
    method: 'GET',
    path: '/v1/permissions',
    handle: ({ state }) => ok({ data: grouped([...state.scopes.values()]) }),
  },
];

function created(call: Call): Reply {
  const { slug, ...rest } = fieldsOf(call.request.body, invalid);
  if (typeof slug !== 'string' || !assumptions.slug.test(slug)) return invalid('slug is missing or has characters that are not allowed.');
  const { name, description, scopes } = readFields(rest, invalid);
  if (name === undefined || scopes === undefined) return invalid('name and scopes are required.');
  if (call.tenant.roles.has(slug)) return assumptions.slugTaken(slug);
  refuseUnknown(call, scopes);
  const now = call.state.now();
  const role: RoleRecord = {
    id: call.state.newID(),
    slug,
    name,
    description: description === undefined ? null : assumptions.description(description),
    scopes,
    system: false,
    createdAt: now,
    updatedAt: now,
  };
  call.tenant.roles.set(slug, role);
  return { status: 201, body: roleView(role) };
}

function updated(call: Call): Reply {
  const present = writableRole(call);
  const { name, description, scopes } = readFields(fieldsOf(call.request.body, assumptions.badChange), assumptions.badChange);
  refuseUnknown(call, scopes ?? []);
  const next: RoleRecord = {
    ...present,
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description: assumptions.description(description) }),
    ...(scopes === undefined ? {} : { scopes }),
    updatedAt: call.state.now(),
  };
  call.tenant.roles.set(present.slug, next);
  return ok(roleView(next));
}

function deleted(call: Call): Reply {
  const { slug } = writableRole(call);
  const holders = holdersOf(call.tenant, slug).length;
  if (holders > 0) return assumptions.roleHeld(slug, holders);
  call.tenant.roles.delete(slug);
  return { status: 204 };
}

function writableRole(call: Call): RoleRecord {
  const role = roleOfPath(call);
  return role.system ? refuse(assumptions.systemRole(role.slug)) : role;
}

function roleOfPath(call: Call): RoleRecord {
  return call.tenant.roles.get(call.place('slug')) ?? refuse(failure(404, 'not_found', 'There is no such role.'));
}

function refuseUnknown(call: Call, scopes: readonly string[]): void {
  const unknown = scopes.filter((scope) => !call.state.scopes.has(scope));
  if (unknown.length > 0) refuse(assumptions.unknownScopes(unknown));
}

function roleView({ id, slug, name, description, scopes, system, createdAt, updatedAt }: RoleRecord): JsonValue {
  return {
    id,
    slug,
    name,
    description,
    scopes,
    is_system: system,
    blast_radius: assumptions.blastRadius(scopes),
    created_by: null,
    updated_by: null,
    created_at: createdAt,
    updated_at: updatedAt,
  };
}

function grouped(scopes: readonly ScopeRecord[]): JsonValue {
  const groups = Map.groupBy(scopes, ({ scope }) => scope.slice(0, Math.max(scope.lastIndexOf(':'), 0)));
  return [...groups].map(([resource, members]) => ({
    resource,
    scopes: members.map(({ scope, name, description }) => ({
      scope,
      resource,
      action: scope.slice(scope.lastIndexOf(':') + 1),
      name,
      ...(description === undefined ? {} : { description }),
    })),
  }));
}

function invalid(message: string): Reply {
  return failure(400, 'invalid_request', message);
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(body: unknown, bad: (message: string) => Reply): Fields {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return refuse(bad('The body must be an object.'));
  return body as Fields;
}

interface RoleFields {
  readonly name: string | undefined;
  readonly description: string | undefined;
  readonly scopes: readonly string[] | undefined;
}

function readFields({ name, description, scopes }: Fields, bad: (message: string) => Reply): RoleFields {
  const text = (value: unknown, what: string): string | undefined =>
    value === undefined || typeof value === 'string' ? value : refuse(bad(`${what} must be a string.`));
  if (scopes !== undefined && !(Array.isArray(scopes) && scopes.every((scope) => typeof scope === 'string'))) {
    return refuse(bad('scopes must be a list of strings.'));
  }
  if (name === '') return refuse(bad('name must not be empty.'));
  return { name: text(name, 'name'), description: text(description, 'description'), scopes };
}
