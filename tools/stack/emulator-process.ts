import { join } from 'node:path';
import type { FaultRule, JournalEntry } from '../../src/emulators/index.ts';
import type { Exit } from '../lib/index.ts';
import { ServerProcess } from './server-process.ts';

/** How an emulator is started. */
export interface EmulatorProcessOptions {
  /** Existing directory for the log. */
  readonly directory: string;
  /** 0, which is the default, takes any free one. */
  readonly port?: number;
  /** YAML or JSON file with the state to begin with; the emulator's own example unless given. */
  readonly seedFile?: string;
  /** More flags by name without dashes, for example `{ latency: '20-200' }`. */
  readonly flags?: Readonly<Record<string, string>>;
}

const readyTimeoutMs = 60_000;
const stopGraceMs = 5_000;

/** Starts `rolekeeper emulate PROVIDER`. Rejects with ProcessStartError, for example when the port is taken, and then nothing runs. */
export async function startEmulatorProcess(provider: string, options: EmulatorProcessOptions): Promise<EmulatorProcess> {
  const flags = {
    port: String(options.port ?? 0),
    ...(options.seedFile === undefined ? {} : { seed: options.seedFile }),
    ...options.flags,
  };
  const args = ['emulate', provider, ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`)];
  const logFile = join(options.directory, `emulator-${provider}.log`);
  const server = new ServerProcess({ name: `the emulator of ${provider}`, args, logFile });
  await server.start();
  const url = await server.ready('the address', async () => /is served at (http:\S+?),/.exec(await server.logText())?.[1], readyTimeoutMs);
  return new EmulatorProcess(server, url, logFile);
}

/** A running emulator. */
export class EmulatorProcess {
  /** Base URL of the API, without a slash at the end. */
  readonly url: string;
  readonly control: EmulatorControlClient;
  readonly logFile: string;
  readonly #server: ServerProcess;

  /** Use `startEmulatorProcess`. */
  constructor(server: ServerProcess, url: string, logFile: string) {
    this.#server = server;
    this.url = url;
    this.logFile = logFile;
    this.control = new EmulatorControlClient(url);
  }

  /** Undefined once it has ended. */
  get pid(): number | undefined {
    return this.#server.pid;
  }

  /** Resolves when it has ended, for whatever reason. */
  ended(): Promise<Exit> {
    return this.#server.ended();
  }

  /** Ends it in good order; harmless when it has ended already. */
  stop(): Promise<Exit> {
    return this.#server.stop(stopGraceMs);
  }

  /** Ends it at once: the provider is down and has forgotten everything. */
  kill(): Promise<Exit> {
    return this.#server.kill();
  }

  /** Stops it from answering (SIGSTOP); connections stay open. */
  pause(): void {
    this.#server.pause();
  }

  /** Lets it answer again. */
  resume(): void {
    this.#server.resume();
  }

  /** Lets go of it: this program may end, the emulator stays. */
  release(): Promise<void> {
    return this.#server.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** The control routes of an emulator in another process. */
export class EmulatorControlClient {
  readonly #url: string;

  /** @param url Base URL of the emulated API. */
  constructor(url: string) {
    this.#url = `${url}/_emulator`;
  }

  /** The whole state in the form of a seed. */
  state(): Promise<unknown> {
    return this.#call('GET', '/state');
  }

  /** Goes back to the state it was started with, and forgets journal and faults. */
  async reset(): Promise<void> {
    await this.#call('POST', '/reset');
  }

  /** Changes the state as somebody else would, past the API. */
  async act(action: string, args: unknown): Promise<void> {
    await this.#call('POST', '/actions', { action, args });
  }

  /** Requests so far, oldest first. */
  async journal(): Promise<readonly JournalEntry[]> {
    return (await this.#call('GET', '/journal')) as readonly JournalEntry[];
  }

  async clearJournal(): Promise<void> {
    await this.#call('DELETE', '/journal');
  }

  /** Arms faults; older ones are asked first. */
  async inject(...rules: readonly FaultRule[]): Promise<void> {
    await this.#call('POST', '/faults', rules);
  }

  async clearFaults(): Promise<void> {
    await this.#call('DELETE', '/faults');
  }

  async #call(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(`${this.#url}${path}`, {
      method,
      signal: AbortSignal.timeout(30_000),
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await answer.text();
    if (!answer.ok) {
      throw new Error(`${method} ${this.#url}${path} answered ${answer.status}: ${text}`);
    }
    return text === '' ? undefined : JSON.parse(text);
  }
}
