/** What one room may take from another. */
export interface Permission {
  readonly room: string;
  /** Only these files of the room. With `types`, types may come from anywhere in it besides. Undefined: the whole room. */
  readonly files?: readonly string[];
  /** Only `import type`. */
  readonly types?: true;
}

const whole = (room: string): Permission => ({ room });
const types = (room: string): Permission => ({ room, types: true });
const files = (room: string, ...names: readonly string[]): Permission => ({ room, files: names });

/**
 * Rooms of `src/` and what each may import besides itself: one direction, so that a room can be read without those that use
 * it. Files of `src/` itself stand under their own names.
 */
export const rooms: Readonly<Record<string, readonly Permission[]>> = {
  lib: [],
  model: [types('lib')],
  api: [whole('model')],
  queue: [whole('lib')],
  plan: [whole('model')],
  status: [whole('api'), whole('model')],
  telemetry: [whole('lib')],
  kube: [whole('api'), whole('lib')],
  cache: [whole('api'), whole('kube'), whole('lib')],
  providers: [whole('model'), whole('lib')],
  controller: [whole('queue'), whole('lib'), whole('telemetry')],
  // Where the rooms meet: it gets clients, stores and the queue handed in, so it knows them as types and plain values only.
  reconcile: [
    whole('api'),
    whole('lib'),
    whole('model'),
    whole('plan'),
    whole('status'),
    files('providers', 'contract.ts'),
    { ...files('controller', 'types.ts'), types: true },
    { ...files('queue', 'types.ts'), types: true },
    { ...files('cache', 'types.ts'), types: true },
    // Plain values: the kinds of errors, and which resources there are.
    files('kube', 'types.ts', 'resources.ts'),
  ],
  // Composes the operator out of all rooms; the providers are handed in by main.
  operator: ['api', 'cache', 'controller', 'kube', 'lib', 'model', 'plan', 'providers', 'queue', 'reconcile', 'status', 'telemetry'].map(
    whole,
  ),
  emulators: [whole('lib'), whole('model')],
  cli: [
    ...['api', 'cache', 'controller', 'emulators', 'kube', 'lib', 'model', 'plan', 'providers', 'queue', 'reconcile'].map(whole),
    whole('status'),
    whole('telemetry'),
  ],
  'config.ts': [whole('cli'), whole('lib'), whole('telemetry')],
  // The list of providers: main hands it to the operator, the docs are generated from it.
  'drivers.ts': [whole('providers')],
  'main.ts': [],
};

/** Composes everything: it may import whatever there is, and nothing imports it. */
export const mainFile = 'main.ts';

/** Read by `main.ts` alone, which hands out what others need. */
export const configFile = 'config.ts';

/** Lists the providers. */
export const driversFile = 'drivers.ts';

/** Files of `src/providers/` that providers share, beside those that lie directly in it. */
export const sharedProviderFolders: readonly string[] = ['http', 'conformance'];

/** Rooms that compute and do nothing else. */
export const pureRooms: readonly string[] = ['model', 'plan', 'status'];

/** Packages of which only some rooms know, so that each can be replaced in one place. A `/` goes down to one provider. */
export const packageHomes: Readonly<Record<string, readonly string[]>> = {
  '@kubernetes/client-node': ['kube'],
  undici: ['kube', 'lib'],
  pino: ['telemetry'],
  'pino-pretty': ['telemetry'],
  'prom-client': ['telemetry'],
  commander: ['cli'],
  '@workos-inc/node': ['providers/workos'],
  '@smithy/signature-v4': ['providers/karmo'],
  '@aws-crypto/sha256-js': ['providers/karmo'],
  '@aws-sdk/credential-provider-node': ['providers/karmo'],
  '@bufbuild/protobuf': ['providers/frontier'],
  '@connectrpc/connect-web': ['providers/frontier'],
  'ts-morph': [],
  vitest: [],
  'fast-check': [],
};
