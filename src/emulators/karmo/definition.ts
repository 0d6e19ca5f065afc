import type { JsonValue } from '../../model/index.ts';
import { SeedError } from '../seed-reader.ts';
import type { EmulatedApi, EmulatorDefinition, ListShape } from '../types.ts';
import { act } from './actions.ts';
import { memberOperations } from './members.ts';
import { failure, guarded } from './replies.ts';
import { roleOperations } from './roles.ts';
import { dumpSeed, loadSeed } from './seed.ts';
import { KarmoState } from './state.ts';
import { tokenOperation } from './tokens.ts';

const example: JsonValue = {
  region: 'us-east-1',
  accessKeys: [{ id: 'AKIAEMULATED', secret: 'emulated-secret' }],
  permissions: ['invoices:read', 'invoices:pay', 'reports:export', 'users:write'],
  organizations: [
    {
      id: 'org_123',
      roles: [{ slug: 'org-admin', name: 'Organization Admin', permissions: ['users:write'] }],
      members: [{ user: 'user_alex', roles: ['org-admin'] }],
    },
  ],
};

/** The Karmo emulator. */
export const karmoEmulator: EmulatorDefinition = {
  name: 'karmo',
  description: 'Karmo auth-api: roles, permissions, memberships, and service tokens for AWS signatures',
  defaultPort: 4101,
  defaultSeed: example,
  create: ({ clock }): EmulatedApi => {
    const state = new KarmoState(clock);
    let isServed = false;
    return {
      // Asked for once, when the emulator starts, after its seed has said how the operations are called.
      get operations() {
        isServed = true;
        return [tokenOperation(state), ...[...roleOperations, ...memberOperations].map((each) => guarded(state, each))];
      },
      // None are documented: a 429 is the access provider's.
      limits: [],
      lists: listsOf(state),
      requestIDHeader: 'x-request-id',
      // Each operation asks for its token itself: the one that issues tokens has none to ask for.
      authenticate: () => undefined,
      failure: (status, detail) => failure(status, { detail }, state.names.errorMetadata),
      load: (seed) => {
        // A bad seed must not leave half of itself behind.
        const next = new KarmoState(clock);
        loadSeed(next, seed);
        if (isServed && JSON.stringify(next.operations) !== JSON.stringify(state.operations)) {
          throw new SeedError('operations must be as they were when the emulator started: start another one for other paths');
        }
        state.adopt(next);
      },
      dump: () => dumpSeed(state),
      act: (action, args) => act(state, action, args),
    };
  },
};

/** The one list is that of users. */
function listsOf(state: KarmoState): ListShape {
  return {
    entries: (body) => {
      const users = fieldsOf(body)?.[state.names.users];
      return Array.isArray(users) ? (users as readonly JsonValue[]) : undefined;
    },
    withEntries: (body, entries) => ({
      ...fieldsOf(body),
      [state.names.users]: entries,
      pagination: { hasNextPage: false, hasPreviousPage: false },
    }),
    cursorParameters: ['after', 'before'],
  };
}

function fieldsOf(body: JsonValue): { readonly [key: string]: JsonValue } | undefined {
  return typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as { readonly [key: string]: JsonValue }) : undefined;
}
