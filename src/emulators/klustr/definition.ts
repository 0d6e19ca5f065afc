import type { JsonValue } from '../../model/index.ts';
import type { EmulatedApi, EmulatorDefinition, ListShape } from '../types.ts';
import { act } from './actions.ts';
import { assignmentOperations } from './assignments.ts';
import { identityOperations } from './identities.ts';
import { deliberate, guarded, unhandled } from './replies.ts';
import { roleOperations } from './roles.ts';
import { dumpSeed, loadSeed } from './seed.ts';
import { KlustrState } from './state.ts';
import { tokenOperations } from './tokens.ts';

/** Lists are bare arrays, and the assignments of a role an object around one. */
const lists: ListShape = {
  entries: (body) => {
    if (Array.isArray(body)) return body as readonly JsonValue[];
    const docs = fieldsOf(body)?.docs;
    return Array.isArray(docs) ? (docs as readonly JsonValue[]) : undefined;
  },
  withEntries: (body, entries) => {
    const fields = fieldsOf(body);
    return fields === undefined ? entries : { ...fields, count: entries.length, docs: entries };
  },
  cursorParameters: ['start'],
};

const example: JsonValue = {
  mode: 'source',
  clients: [{ id: 'rolekeeper', secret: 'emulated-secret' }],
  organizations: [
    { id: 'acme.test', builtInRoles: true, members: ['user-alex'], assignments: [{ role: 'admin', user: 'user-alex' }] },
    // Without roles, as an organization that never had one.
    { id: 'empty.test' },
  ],
  identities: [{ id: 'user-alex', email: 'alex@acme.test' }],
};

/** The Klustr emulator. */
export const klustrEmulator: EmulatorDefinition = {
  name: 'klustr',
  description: 'Klustr Directory API: roles, assignments, identities, and the OAuth2 token endpoint',
  defaultPort: 4102,
  defaultSeed: example,
  create: ({ clock }): EmulatedApi => {
    const state = new KlustrState(clock);
    return {
      operations: [
        ...tokenOperations(state),
        ...[...roleOperations, ...assignmentOperations, ...identityOperations].map((each) => guarded(state, each)),
      ],
      // None are documented.
      limits: [],
      lists,
      requestIDHeader: 'x-request-id',
      // Each operation asks for its token itself: the one that issues tokens has none to ask for.
      authenticate: () => undefined,
      failure: (status, message) =>
        status === 500 ? unhandled('RuntimeException', message, '/', state.now()) : deliberate(status, message),
      load: (seed) => {
        // A bad seed must not leave half of itself behind.
        const next = new KlustrState(clock);
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
