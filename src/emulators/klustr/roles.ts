import type { JsonValue } from '../../model/index.ts';
import type { Reply } from '../types.ts';
import { type Call, deliberate, done, type KlustrOperation, missing, ok } from './replies.ts';
import { exchangeRole, generatedRoles, type RoleRecord, roleOf, sameID, stages } from './state.ts';

const base = '/directory/orgs/{organizationId}/roles';

/** Roles of an organization. What stands in the path beside an id goes before the operations that take any id. */
export const roleOperations: readonly KlustrOperation[] = [
  { operationId: 'listOrganizationRoles', method: 'GET', path: base, authority: 'org.roles.list', handle: listed },
  { operationId: 'createOrgRole', method: 'POST', path: base, authority: 'org.roles.create', handle: created },
  { operationId: 'deleteAllOrganizationRoles', method: 'DELETE', path: base, authority: 'org.roles.delete', handle: allDeleted },
  { operationId: 'generateOrgRoles', method: 'POST', path: `${base}/generate`, authority: 'org.roles.create', handle: generated },
  { operationId: 'listOrgPermissions', method: 'GET', path: `${base}/permissions`, handle: permissionsListed },
  { operationId: 'getOrgRoleById', method: 'GET', path: `${base}/{roleId}`, authority: 'org.roles.get', handle: shown },
  { operationId: 'updateOrgRole', method: 'PUT', path: `${base}/{roleId}`, authority: 'org.roles.update', handle: updated },
  { operationId: 'deleteOrgRole', method: 'DELETE', path: `${base}/{roleId}`, authority: 'org.roles.delete', handle: deleted },
];

/** A role as answers have it: empty fields are left out, scopes are objects. */
export function roleView({ permissions, ...fields }: RoleRecord, sorted = false): { readonly [key: string]: JsonValue } {
  const scopes = sorted ? [...permissions].sort() : permissions;
  return { ...fields, permissions: scopes.map((scope) => ({ scope })) };
}

/** The role that the path names. Answers 404 when there is none. */
export function roleOfPath(call: Call): RoleRecord {
  return roleOf(call.organization(), call.place('roleId')) ?? missing();
}

function listed(call: Call): Reply {
  return ok((call.organization().roles ?? []).map((role) => roleView(role)));
}

/** Nobody looks whether the id is there already. */
function created(call: Call): Reply {
  const organization = call.organization();
  const role = roleOfBody(call);
  if (role.id.trim() === '') return deliberate(404, 'ID is not valid');
  organization.roles = [...(organization.roles ?? []), role];
  return ok(roleView(role));
}

function shown(call: Call): Reply {
  const { mode } = call.state;
  if (mode === 'source' && call.organization().roles === undefined) return call.crash('NullPointerException', null);
  return ok(roleView(roleOfPath(call), true));
}

function updated(call: Call): Reply {
  const organization = call.organization();
  const next = roleOfBody(call);
  if (!sameID(next.id, call.place('roleId'))) return deliberate(400, 'Entity does not match role ID.');
  const present = roleOfPath(call);
  exchangeRole(organization, present, next);
  return ok(roleView(call.state.mode === 'source' ? present : next));
}

/** Assignments stay. */
function deleted(call: Call): Reply {
  exchangeRole(call.organization(), roleOfPath(call), undefined);
  return done;
}

function allDeleted(call: Call): Reply {
  call.organization().roles = [];
  return done;
}

function generated(call: Call): Reply {
  const organization = call.organization();
  const { resources } = fieldsOf(call);
  const names = (Array.isArray(resources) ? resources : []).map((resource: { readonly namespace?: unknown } | null) => resource?.namespace);
  if (names.some((name) => typeof name !== 'string')) return call.crash('NullPointerException', null);
  const roles = (names as readonly string[]).flatMap(generatedRoles);
  const added = roles.filter((role) => roleOf(organization, role.id) === undefined);
  organization.roles = [...(organization.roles ?? []), ...added];
  return ok(roles.map((role) => roleView(role)));
}

function permissionsListed(call: Call): Reply {
  const scopes = new Set((call.organization().roles ?? []).flatMap((role) => role.permissions));
  return ok([...scopes].map((scope) => ({ scope })));
}

function roleOfBody(call: Call): RoleRecord {
  const fields = fieldsOf(call);
  const text = (key: string): string | undefined => {
    const value = fields[key] ?? undefined;
    return value === undefined || typeof value === 'string' ? value : unreadable(call, key);
  };
  const role = { name: text('name'), namespace: text('namespace'), description: text('description'), stage: stageOf(call, text('stage')) };
  const entries = fields.permissions ?? [];
  if (!Array.isArray(entries)) return unreadable(call, 'permissions');
  const permissions = entries.map((entry: { readonly scope?: unknown } | null) =>
    typeof entry?.scope === 'string' ? entry.scope : unreadable(call, 'permissions'),
  );
  const present = Object.fromEntries(Object.entries(role).filter(([, value]) => value !== undefined));
  return { id: text('id') ?? '', ...present, permissions: [...new Set(permissions)] };
}

function stageOf(call: Call, stage: string | undefined): RoleRecord['stage'] {
  if (stage === undefined) return undefined;
  return stages.find((candidate) => candidate === stage) ?? unreadable(call, 'stage');
}

function fieldsOf(call: Call): Readonly<Record<string, unknown>> {
  const body = call.body();
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return unreadable(call, 'body');
  return body as Readonly<Record<string, unknown>>;
}

function unreadable({ crash }: Call, what: string): never {
  return crash('HttpMessageNotReadableException', `JSON parse error: Cannot deserialize ${what}`);
}
