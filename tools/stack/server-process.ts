import { readFile } from 'node:fs/promises';
import { Component, type Exit, inRepository, Reaper, signalQuietly, waitFor } from '../lib/index.ts';

/** What a rolekeeper process is started with. */
export interface ServerProcessOptions {
  /** For messages. */
  readonly name: string;
  /** Arguments of the command line, the command first. */
  readonly args: readonly string[];
  /** What Node.js runs; `src/main.ts` unless given. */
  readonly program?: string;
  /** Variables besides those of the machine. */
  readonly env?: Readonly<Record<string, string>>;
  /** In an existing directory. Gets everything the process prints, after what is in it already. */
  readonly logFile: string;
}

/** A process did not become ready. The message carries the end of its log. */
export class ProcessStartError extends Error {
  override readonly name = 'ProcessStartError';
  /** The log says that another process uses the port. */
  readonly portTaken: boolean;

  constructor(message: string, logTail: string, cause?: unknown) {
    super(logTail === '' ? message : `${message}\n${logTail}`, { cause });
    this.portTaken = /in use by another process/.test(logTail);
  }
}

/** The Node.js that comes with the dependencies, whichever one runs this. */
const pinnedNode = inRepository('node_modules', '.bin', 'node');

/** One run of `rolekeeper` in a session of its own. It ends with this program, however that ends, until it is released. */
export class ServerProcess {
  readonly #component: Component;
  readonly #reaper = new Reaper(undefined);
  readonly #logFile: string;
  #logOffset = 0;

  constructor({ name, args, logFile, program, env }: ServerProcessOptions) {
    this.#logFile = logFile;
    this.#component = new Component({
      name,
      command: pinnedNode,
      args: [program ?? inRepository('src', 'main.ts'), ...args],
      env: { ...plainEnvironment(process.env), ...env },
      cwd: inRepository(),
      logFile,
      onExit: () => this.#reaper.watch([]),
    });
  }

  async start(): Promise<void> {
    this.#logOffset = (await readFile(this.#logFile).catch(() => '')).length;
    try {
      await this.#component.start();
    } catch (error) {
      await this.#reaper.dismiss();
      throw error;
    }
    this.#reaper.watch(this.pid === undefined ? [] : [this.pid]);
  }

  /** Undefined once it has ended. */
  get pid(): number | undefined {
    return this.#component.pid;
  }

  /** How it ended; undefined while it runs. */
  get exit(): Exit | undefined {
    return this.#component.exit;
  }

  /** Resolves when it has ended, for whatever reason. */
  async ended(): Promise<Exit> {
    await this.#component.gone;
    await this.#reaper.dismiss();
    return this.#component.exit ?? { code: null, signal: null };
  }

  /** Asks it to end; ends it when it still runs after `graceMs`. */
  async stop(graceMs: number): Promise<Exit> {
    this.resume();
    await this.#component.stop(graceMs);
    return this.ended();
  }

  /** Ends it at once, as a crash would. */
  async kill(): Promise<Exit> {
    await this.#component.kill();
    return this.ended();
  }

  /** Stops it in the middle of whatever it does, as a machine without time for it would. */
  pause(): void {
    this.#signal('SIGSTOP');
  }

  /** Lets it go on after `pause`. */
  resume(): void {
    this.#signal('SIGCONT');
  }

  /** Lets go of it: this program may end, the process stays. */
  async release(): Promise<void> {
    this.#component.release();
    await this.#reaper.dismiss();
  }

  /** What this run has printed so far. */
  async logText(): Promise<string> {
    const bytes = await readFile(this.#logFile).catch(() => Buffer.alloc(0));
    return bytes.subarray(this.#logOffset).toString();
  }

  /** Waits until `look` finds something. Rejects with ProcessStartError when the process has ended or the time is over; then it is gone. */
  async ready<T>(what: string, look: () => Promise<T | undefined | false>, timeoutMs: number): Promise<T> {
    const { name } = this.#component;
    let message = '';
    let reason: unknown;
    try {
      const found = await waitFor(`${what} of ${name}`, async () => (this.pid === undefined ? 'ended' : await look()), { timeoutMs });
      if (found !== 'ended') {
        return found as T;
      }
      message = `${name} ${this.#component.ending} before it was ready`;
    } catch (cause) {
      message = (cause as Error).message;
      reason = cause;
    }
    const tail = (await this.logText()).trimEnd().split('\n').slice(-25).join('\n');
    await this.kill();
    throw new ProcessStartError(message, tail, reason);
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.pid !== undefined) {
      signalQuietly(this.pid, signal);
    }
  }
}

/** Settings of the developer's own shell must not become settings of the process. */
function plainEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => name !== 'KUBECONFIG' && !name.startsWith('ROLEKEEPER_')));
}
