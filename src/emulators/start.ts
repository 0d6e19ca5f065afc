import { systemClock, systemRandom } from '../lib/index.ts';
import { ControlRoom, controlRoutes, type EmulatorControl } from './control.ts';
import type { ExchangeParts } from './exchange.ts';
import { FaultBook } from './faults.ts';
import { frontierEmulator } from './frontier/index.ts';
import { jitsudoEmulator } from './jitsudo/index.ts';
import { Journal } from './journal.ts';
import { karmoEmulator } from './karmo/index.ts';
import { klustrEmulator } from './klustr/index.ts';
import { RateLimits } from './rate-limit.ts';
import { emulatorApp, listen, urlOf } from './server.ts';
import type { EmulatedApi, EmulatorDefinition, EmulatorOptions } from './types.ts';
import { workosEmulator } from './workos/index.ts';

/** The emulators there are, by name. A new one is a folder and a line here. */
export const emulators: readonly EmulatorDefinition[] = [workosEmulator, karmoEmulator, klustrEmulator, jitsudoEmulator, frontierEmulator];

/** An emulator that listens. */
export interface RunningEmulator {
  readonly name: string;
  /** Base URL of the API, without a slash at the end. */
  readonly url: string;
  readonly control: EmulatorControl;
  /** Cuts every connection and frees the port. */
  close(): Promise<void>;
}

/** Starts an emulator. Rejects with SeedError for a bad seed, RangeError for an unknown name, or when the port is taken. */
export function startEmulator(name: string, options: EmulatorOptions = {}): Promise<RunningEmulator> {
  const definition = emulators.find((candidate) => candidate.name === name);
  if (definition === undefined) {
    const known = emulators.map((candidate) => candidate.name).join(', ');
    return Promise.reject(new RangeError(`There is no emulator "${name}"; there are: ${known}`));
  }
  return startDefinition(definition, options);
}

/** An emulator without a server. */
export interface AssembledEmulator {
  /** What takes its requests through `exchange`. */
  readonly parts: ExchangeParts;
  readonly control: ControlRoom;
  /** Ends what waits. */
  close(): void;
}

/** Loads an emulator and makes all of it but the server. Throws SeedError for a bad seed. */
export function assembleEmulator(definition: EmulatorDefinition, options: EmulatorOptions): AssembledEmulator {
  const clock = options.clock ?? systemClock;
  const api = definition.create({ clock });
  const initialSeed = options.seed ?? definition.defaultSeed;
  api.load(initialSeed);
  const journal = new Journal(options.journalSize ?? 100_000);
  const faults = new FaultBook();
  const control = new ControlRoom({ api, journal, faults, initialSeed });
  const closing = new AbortController();
  const parts: ExchangeParts = {
    api,
    clock,
    random: options.random ?? systemRandom,
    latencyMs: typeof options.latencyMs === 'object' ? options.latencyMs : [options.latencyMs ?? 0, options.latencyMs ?? 0],
    faults,
    journal,
    limits: limitsOf(api, options),
    onExchange: options.onExchange ?? (() => undefined),
    onHandled: (sequence) => control.handled(sequence),
    nextRequestID: requestIDs(),
    closed: closing.signal,
  };
  return { parts, control, close: () => closing.abort() };
}

/** Starts an emulator that needn't be in the list. Rejects as `startEmulator` does. */
export async function startDefinition(definition: EmulatorDefinition, options: EmulatorOptions): Promise<RunningEmulator> {
  const { parts, control, close } = assembleEmulator(definition, options);
  const app = emulatorApp(parts, controlRoutes(control, parts.faults));
  const server = await listen(app, options.host ?? '127.0.0.1', options.port ?? definition.defaultPort);
  return {
    name: definition.name,
    url: urlOf(server),
    control,
    close: () =>
      new Promise((resolve) => {
        close();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function limitsOf(api: EmulatedApi, options: EmulatorOptions): RateLimits | undefined {
  const { rateLimit = 'contract' } = options;
  if (rateLimit === 'off') return undefined;
  return new RateLimits(options.clock ?? systemClock, api.limits, rateLimit === 'contract' ? 1 : rateLimit);
}

function requestIDs(): () => string {
  let count = 0;
  return () => {
    count += 1;
    return `req_${String(count).padStart(12, '0')}`;
  };
}
