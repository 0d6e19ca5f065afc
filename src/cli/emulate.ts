import { readFile } from 'node:fs/promises';
import {
  type EmulatorOptions,
  type ExchangeRecord,
  emulators,
  parseSeed,
  type RunningEmulator,
  SeedError,
  startEmulator,
} from '../emulators/index.ts';
import { describeListenFailure, ListenError } from '../telemetry/index.ts';
import { type CommandContext, defineCommand } from './command.ts';
import { booleanFlag, countFlag, type FlagType, pathFlag, textFlag } from './flag-types.ts';
import { type FlagValues, flag, optionalFlag } from './flags.ts';
import { UsageError } from './usage-error.ts';

const longestLatencyMs = 600_000;

/** Milliseconds, fixed or between two bounds. */
const latencyFlag: FlagType<readonly [min: number, max: number]> = {
  placeholder: 'ms',
  form: 'milliseconds, such as 50, or two bounds, such as 20-200',
  parse(text) {
    const match = /^(?<min>[0-9]{1,6})(-(?<max>[0-9]{1,6}))?$/.exec(text);
    const min = Number(match?.groups?.min);
    const max = Number(match?.groups?.max ?? match?.groups?.min);
    return min <= max && max <= longestLatencyMs ? [min, max] : undefined;
  },
  format: ([min, max]) => (min === max ? String(min) : `${min}-${max}`),
};

/** The documented limits, none, or the documented ones times a factor. */
const rateLimitFlag: FlagType<'contract' | 'off' | number> = {
  placeholder: 'limit',
  form: 'contract, off, or a factor above 0 on the limits of the contract, such as 0.01',
  parse(text) {
    if (text === 'contract' || text === 'off') {
      return text;
    }
    const factor = /^[0-9]{1,6}(\.[0-9]{1,6})?$/.test(text) ? Number(text) : 0;
    return factor > 0 ? factor : undefined;
  },
  format: String,
};

/** Flags of `rolekeeper emulate`. It is a tool of developers, so there are no variables for them. */
const emulateFlags = {
  host: flag({ name: 'host', type: textFlag, help: 'Interface to listen on', fallback: '127.0.0.1', env: false }),
  port: optionalFlag({
    name: 'port',
    type: countFlag({ min: 0, max: 65_535 }),
    help: 'Port to listen on; 0 takes any free one',
    fallbackText: 'the one of the emulator',
    env: false,
  }),
  seed: optionalFlag({
    name: 'seed',
    type: pathFlag,
    help: 'YAML or JSON file with the state to begin with',
    fallbackText: 'a small example',
    env: false,
  }),
  rateLimit: flag<'contract' | 'off' | number>({
    name: 'rate-limit',
    type: rateLimitFlag,
    help: 'Limits that the emulator enforces',
    fallback: 'contract',
    env: false,
  }),
  latency: flag<readonly [min: number, max: number]>({
    name: 'latency',
    type: latencyFlag,
    help: 'How long every answer takes, fixed or evenly spread',
    fallback: [0, 0],
    env: false,
  }),
  journalSize: flag({
    name: 'journal-size',
    type: countFlag({ min: 1, max: 10_000_000 }),
    help: 'Requests that are remembered for the control routes; the oldest go first',
    fallback: 100_000,
    env: false,
  }),
  logRequests: flag({ name: 'log-requests', type: booleanFlag, help: 'Print a line for each request', fallback: false, env: false }),
};

/** `rolekeeper emulate PROVIDER`: serves a provider's contract until the process is asked to end. */
export const emulateCommand = defineCommand({
  name: 'emulate',
  summary: 'Serve the API of a provider from memory, for tests and demos',
  details:
    'It forgets everything when it ends. Under /_emulator/ there are routes to look at its state and its journal of requests, to change the state past the API, and to inject faults.',
  argument: {
    name: 'provider',
    choices: Object.fromEntries(emulators.map(({ name, description, defaultPort }) => [name, `${description} (port ${defaultPort})`])),
  },
  flags: emulateFlags,
  run: emulate,
});

async function emulate(values: FlagValues<typeof emulateFlags>, { stdout, signal }: CommandContext, name: string): Promise<number> {
  const emulator = await start(name, {
    host: values.host,
    rateLimit: values.rateLimit,
    latencyMs: values.latency,
    journalSize: values.journalSize,
    ...(values.port === undefined ? {} : { port: values.port }),
    ...(values.seed === undefined ? {} : { seed: await readSeed(values.seed) }),
    ...(values.logRequests ? { onExchange: (exchange: ExchangeRecord) => void stdout.write(`${describeExchange(exchange)}\n`) } : {}),
  });
  try {
    stdout.write(`${name} is served at ${emulator.url}, its control routes at ${emulator.url}/_emulator/\n`);
    await aborted(signal);
  } finally {
    await emulator.close();
  }
  return 0;
}

async function start(name: string, options: EmulatorOptions): Promise<RunningEmulator> {
  try {
    return await startEmulator(name, options);
  } catch (cause) {
    if (cause instanceof SeedError) {
      throw new UsageError([`--seed: ${cause.message}`]);
    }
    if ((cause as { syscall?: unknown }).syscall === undefined) {
      throw cause;
    }
    const port = options.port ?? emulators.find((emulator) => emulator.name === name)?.defaultPort;
    throw new ListenError(`Can't serve ${name} on ${options.host}:${port}: ${describeListenFailure(cause)}. Choose another --port.`, {
      cause,
    });
  }
}

async function readSeed(path: string): Promise<unknown> {
  try {
    return parseSeed(await readFile(path, 'utf8'));
  } catch (error) {
    const problem = error instanceof SeedError ? error.message : `the file can't be read (${(error as { code?: string }).code})`;
    throw new UsageError([`--seed: ${path}: ${problem}`]);
  }
}

/** The query stays out: that is where careless clients put credentials. */
function describeExchange({ operationId = 'unknown path', request, response }: ExchangeRecord): string {
  return `${request.method} ${request.path} ${response?.status ?? 'no answer'} (${operationId})`;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
    }
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
