import type { JsonValue } from '../../model/index.ts';
import type { EmulatedApi, EmulatedOperation, EmulatorDefinition, ListShape } from '../types.ts';
import { act } from './actions.ts';
import { guarded } from './guard.ts';
import { plainFailure } from './replies.ts';
import { roleOperations } from './roles.ts';
import { dumpSeed, loadSeed } from './seed.ts';
import { JitsudoState } from './state.ts';
import { userOperations } from './users.ts';

/** Every list is an object with `data`, complete. */
const lists: ListShape = {
  entries: (body) => {
    const data = fieldsOf(body)?.data;
    return Array.isArray(data) ? (data as readonly JsonValue[]) : undefined;
  },
  withEntries: (body, entries) => ({ ...fieldsOf(body), data: entries }),
  cursorParameters: [],
};

/** Alone in needing neither credential nor tenant. */
const health: EmulatedOperation = { operationId: 'healthz', method: 'GET', path: '/healthz', handle: () => ({ status: 200 }) };

const example: JsonValue = {
  scopes: ['requests:read', 'requests:write', 'requests:approve', 'audit:read', 'users:admin'],
  tenants: [
    {
      id: '7d9f2c34-51ab-4e0c-9b7e-2f6a8c1d0e55',
      apiKeys: ['emulated-api-key'],
      tokens: ['emulated-token'],
      roles: [
        { slug: 'admin', name: 'Admin', scopes: ['requests:read', 'requests:write', 'requests:approve', 'users:admin'], system: true },
        { slug: 'user', name: 'User', scopes: ['requests:read', 'requests:write'], system: true },
      ],
      users: [{ email: 'alex@acme.example', name: 'Alex', roles: ['admin'], owner: true }],
    },
  ],
};

/** The jitsudo emulator. */
export const jitsudoEmulator: EmulatorDefinition = {
  name: 'jitsudo',
  description: 'jitsudo v1: roles of a tenant, scopes, users',
  defaultPort: 4103,
  defaultSeed: example,
  create: ({ clock }): EmulatedApi => {
    const state = new JitsudoState(clock);
    return {
      operations: [...[...roleOperations, ...userOperations].map((each) => guarded(state, each)), health],
      // None are documented.
      limits: [],
      lists,
      requestIDHeader: 'x-request-id',
      // Each operation asks for its credential itself: one of them needs none.
      authenticate: () => undefined,
      failure: plainFailure,
      load: (seed) => {
        // A bad seed must not leave half of itself behind.
        const next = new JitsudoState(clock);
        loadSeed(next, seed);
        state.adopt(next);
      },
      dump: () => dumpSeed(state),
      act: (action, args) => act(state, action, args),
    };
  },
};

function fieldsOf(body: JsonValue): { readonly [key: string]: JsonValue } | undefined {
  return typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as { readonly [key: string]: JsonValue }) : undefined;
}
