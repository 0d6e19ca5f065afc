import type { Message } from './message.ts';
import type { Call, FrontierOperation, View } from './operation.ts';
import { isUUID, type PermissionRecord, slugOf } from './records.ts';
import { invalidBody, notFound } from './refusals.ts';
import type { FrontierState } from './state.ts';
import { permissionView } from './views.ts';

const path = '/v1beta1/permissions';

/** The catalogue of permissions. */
export const permissionOperations: readonly FrontierOperation[] = [
  {
    operationId: 'ListPermissions',
    service: 'FrontierService',
    rest: { method: 'GET', path },
    handle: (call) => ({ permissions: call.state.catalogue().map(permissionView) }),
  },
  {
    operationId: 'GetPermission',
    service: 'FrontierService',
    rest: { method: 'GET', path: `${path}/{id}` },
    handle: (call) => {
      const id = call.message.text('id');
      return { permission: permissionView(permissionOf(call.state, id) ?? notFound('permission')) };
    },
  },
  {
    operationId: 'CreatePermission',
    service: 'AdminService',
    rest: { method: 'POST', path, body: '*' },
    lane: () => 'permissions',
    handle: created,
  },
];

/** What a list of permissions in any spelling is in slugs, in order and with duplicates; undefined where one isn't in the catalogue. */
export function slugsOf(state: FrontierState, permissions: readonly string[]): readonly string[] | undefined {
  const slugs = permissions.flatMap((text) => {
    const found = permissionOf(state, text);
    return found === undefined ? [] : [slugOf(found.key)];
  });
  return slugs.length === permissions.length ? slugs : undefined;
}

/** The permission of a uuid, key, slug, `service/resource:verb` or `service/resource#verb`. */
function permissionOf(state: FrontierState, text: string): PermissionRecord | undefined {
  const spaced = /^([^/]+)\/([^:#]+)[:#](.+)$/.exec(text);
  const parts = spaced === null ? text.split('.') : spaced.slice(1);
  const slug = parts.length === 3 ? parts.join('_') : text;
  return state.catalogue().find(({ id, key }) => (isUUID(text) ? id === text : slugOf(key) === slug));
}

function created(call: Call): View {
  const { state } = call;
  const bodies = call.message.messages('bodies');
  call.superuserOnly();
  const keys = bodies.map((body, index) => keyOf(call, body, index));
  const permissions = bodies.map((body, index): PermissionRecord => {
    const key = keys[index] ?? '';
    const present = state.permissions.get(slugOf(key));
    if (present !== undefined) return present;
    return { id: state.newID(), key, title: body.text('title'), metadata: body.metadata('metadata'), createdAt: state.now() };
  });
  for (const permission of permissions) state.permissions.set(slugOf(permission.key), permission);
  return { permissions: permissions.map(permissionView) };
}

const newestPart = /^[a-z][a-z0-9]{2,63}$/;
const reservedVerbs = ['owner', 'project', 'granted'];

function keyOf(call: Call, body: Message, index: number): string {
  const newest = call.state.version === 'v0.115';
  const old = `${body.text('namespace').replace('/', '.')}.${body.text('name')}`;
  const key = body.has('key') || newest ? body.text('key') : old;
  const parts = key.split('.');
  const [service = '', , verb = ''] = parts;
  const field = `bodies[${index}].key`;
  if (parts.length !== 3 || parts.includes('')) return call.invalid(field, 'value must be service.resource.verb');
  if (service === 'app') return invalidBody();
  const good = newest
    ? parts.every((part) => newestPart.test(part)) && slugOf(key).length <= 64 && !reservedVerbs.includes(verb)
    : /^[A-Za-z0-9]+$/.test(verb);
  return good ? key : call.invalid(field, 'value has a part that is not allowed');
}
