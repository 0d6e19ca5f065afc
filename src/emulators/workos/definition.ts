import type { JsonValue } from '../../model/index.ts';
import type { EmulatedApi, EmulatorDefinition, ListShape, RateLimitRule } from '../types.ts';
import { act } from './actions.ts';
import { organizationOperations, userOperations } from './directory.ts';
import { membershipOperations } from './memberships.ts';
import { permissionOperations } from './permissions.ts';
import { failure } from './replies.ts';
import { roleOperations } from './roles.ts';
import { dumpSeed, loadSeed } from './seed.ts';
import { WorkosState } from './state.ts';

/** The limits of the contract that apply to its operations. */
const limits: readonly RateLimitRule[] = [
  { requests: 6000, windowMs: 60_000, applies: () => true },
  { requests: 1000, windowMs: 10_000, applies: ({ method, path }) => path.startsWith('/user_management/') && method === 'GET' },
  { requests: 500, windowMs: 10_000, applies: ({ method, path }) => path.startsWith('/user_management/') && method !== 'GET' },
];

const lists: ListShape = {
  entries: (body) => {
    const list = asList(body);
    return list !== undefined && Array.isArray(list.data) ? (list.data as readonly JsonValue[]) : undefined;
  },
  withEntries: (body, entries) => {
    const list = asList(body) ?? {};
    const metadata = list.list_metadata === undefined ? {} : { list_metadata: { before: null, after: null } };
    return { ...list, data: entries, ...metadata };
  },
  cursorParameters: ['after', 'before'],
};

const example: JsonValue = {
  permissions: ['billing:read', 'billing:write', 'members:read', 'members:write', 'reports:export', 'reports:view'],
  environmentRoles: [
    { slug: 'admin', name: 'Admin', permissions: ['members:read', 'members:write'] },
    { slug: 'member', name: 'Member', permissions: ['members:read'] },
  ],
  organizations: [{ id: 'org_acme', name: 'Acme', members: [{ user: 'user_alex' }] }],
};

/** The WorkOS emulator. */
export const workosEmulator: EmulatorDefinition = {
  name: 'workos',
  description: 'WorkOS Authorization API: roles, permissions, memberships, users, organizations',
  defaultPort: 4100,
  defaultSeed: example,
  create: ({ clock }): EmulatedApi => {
    const state = new WorkosState(clock);
    return {
      operations: operationsOf(state),
      limits,
      lists,
      requestIDHeader: 'x-request-id',
      authenticate: (request) => (request.header('authorization') === `Bearer ${state.apiKey}` ? undefined : failure(401, 'Unauthorized')),
      failure: (status, message) => failure(status, message, status === 429 ? { code: 'rate_limit_exceeded' } : {}),
      load: (seed) => {
        // A bad seed must not leave half of itself behind.
        const next = new WorkosState(clock);
        loadSeed(next, seed);
        state.adopt(next);
      },
      dump: () => dumpSeed(state),
      act: (action, args) => act(state, action, args),
    };
  },
};

function operationsOf(state: WorkosState): EmulatedApi['operations'] {
  return [
    ...roleOperations(state),
    ...permissionOperations(state),
    ...membershipOperations(state),
    ...userOperations(state),
    ...organizationOperations(state),
  ];
}

function asList(body: JsonValue): { readonly [key: string]: JsonValue } | undefined {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined;
  const object = body as { readonly [key: string]: JsonValue };
  return object.object === 'list' ? object : undefined;
}
