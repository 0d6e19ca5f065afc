import type { JsonValue } from '../../model/index.ts';
import type { EmulatedApi, EmulatorDefinition, ListShape } from '../types.ts';
import { secretPairIn } from './access.ts';
import { act } from './actions.ts';
import { directoryOperations } from './directory.ts';
import { example } from './example.ts';
import { memberOperations } from './members.ts';
import { permissionOperations } from './permissions.ts';
import { policyOperations } from './policies.ts';
import { roleOperations } from './roles.ts';
import { dumpSeed, loadSeed } from './seed.ts';
import { FrontierState } from './state.ts';
import { tokenOperation } from './tokens.ts';
import { connectOperations, failure, restOperations, unserved } from './wires.ts';

const core = [tokenOperation, ...roleOperations, ...permissionOperations, ...policyOperations, ...memberOperations, ...directoryOperations];

const listNames = ['roles', 'permissions', 'policies', 'users', 'groups', 'serviceusers', 'results'];

/** Lists stand under their name; on Connect an empty one isn't there at all. Users alone come in pages. */
function listsOf(state: FrontierState): ListShape {
  return {
    entries: (body) => {
      const list = fieldsOf(body)[listNameIn(body)];
      return Array.isArray(list) ? (list as readonly JsonValue[]) : undefined;
    },
    withEntries: (body, entries) => {
      const name = listNameIn(body);
      const { [name]: _list, ...others } = fieldsOf(body);
      return entries.length === 0 && !state.speaksREST ? others : { ...others, [name]: entries };
    },
    cursorParameters: ['page_num'],
  };
}

/** The Frontier emulator. */
export const frontierEmulator: EmulatorDefinition = {
  name: 'frontier',
  description: 'Raystack Frontier: roles, permissions and policies, over REST (v0.90) or Connect (v0.99, v0.115)',
  defaultPort: 4104,
  defaultSeed: example,
  create: ({ clock }): EmulatedApi => {
    const state = new FrontierState(clock);
    const operations = [...restOperations(state, core), ...connectOperations(state, core)];
    return {
      operations,
      // There are none.
      limits: [],
      lists: listsOf(state),
      requestIDHeader: 'x-request-id',
      // Each operation asks for its caller itself: bodies are read before, and the one that issues tokens has its own way.
      authenticate: () => undefined,
      failure: (status, message) => failure(state, status, message),
      unserved: (method, path) => unserved(state, operations, method, path),
      delayMs: (request) => (secretPairIn(state, request) === undefined ? 0 : state.basicDelayMs),
      load: (seed) => {
        // A bad seed must not leave half of itself behind.
        const next = new FrontierState(clock);
        loadSeed(next, seed);
        state.adopt(next);
      },
      dump: () => dumpSeed(state),
      act: (action, args) => act(state, action, args),
    };
  },
};

function listNameIn(body: JsonValue): string {
  const fields = fieldsOf(body);
  return listNames.find((name) => Array.isArray(fields[name])) ?? '';
}

function fieldsOf(body: JsonValue): { readonly [key: string]: JsonValue } {
  return typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as { readonly [key: string]: JsonValue }) : {};
}
