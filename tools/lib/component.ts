import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** What a server process is started with. */
export interface ComponentOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment; the current one unless given. */
  readonly env?: NodeJS.ProcessEnv;
  /** Its working directory; the current one unless given. */
  readonly cwd?: string;
  /** Gets everything the process prints, one start after the other. */
  readonly logFile: string;
  /** Called whenever the process has ended, for whatever reason. */
  readonly onExit: () => void;
}

/** How a process ended: by itself with a code, or by a signal. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * One server process with its log. It runs in a session of its own, so that a Ctrl-C in the terminal reaches only the program
 * that owns it, which then ends its servers in the right order.
 */
export class Component {
  readonly name: string;
  readonly logFile: string;
  readonly #options: ComponentOptions;
  #child: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();

  constructor(options: ComponentOptions) {
    this.name = options.name;
    this.logFile = options.logFile;
    this.#options = options;
  }

  /** The id of the running process, or undefined when none runs. */
  get pid(): number | undefined {
    return this.running ? this.#child?.pid : undefined;
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** How the last process ended; undefined while it runs and before the first start. */
  get exit(): Exit | undefined {
    return this.#child === undefined || this.running ? undefined : { code: this.#child.exitCode, signal: this.#child.signalCode };
  }

  /** How the last process ended, for people. */
  get ending(): string {
    const { exit } = this;
    if (exit === undefined) {
      return 'runs';
    }
    return exit.signal === null ? `ended with code ${exit.code}` : `was ended by ${exit.signal}`;
  }

  /** Resolves when the last process is gone. */
  get gone(): Promise<void> {
    return this.#exited;
  }

  /** Starts the process. It is not ready yet when this resolves. */
  async start(): Promise<void> {
    if (this.running) {
      throw new Error(`${this.name} already runs as process ${this.pid}`);
    }
    const log = openSync(this.logFile, 'a', 0o600);
    try {
      const { command, args, env, cwd } = this.#options;
      const child = spawn(command, [...args], { detached: true, stdio: ['ignore', log, log], env, cwd });
      const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      await new Promise<void>((resolve, reject) => {
        child.once('spawn', resolve);
        child.once('error', (cause) => reject(new Error(`can't start ${this.#options.command}`, { cause })));
      });
      this.#child = child;
      this.#exited = exited.then(this.#options.onExit);
    } finally {
      closeSync(log);
    }
  }

  /** Asks the process to end, and ends it when it hasn't after `graceMs`. Resolves when it is gone; harmless when none runs. */
  async stop(graceMs: number): Promise<void> {
    this.#child?.kill('SIGTERM');
    const escalation = setTimeout(() => this.#child?.kill('SIGKILL'), graceMs);
    await this.#exited;
    clearTimeout(escalation);
  }

  /** Ends the process at once, as a crash would. Resolves when it is gone. */
  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#exited;
  }

  /** Lets this program end although the process still runs. */
  release(): void {
    this.#child?.unref();
  }

  /** The last lines of the log. */
  async logTail(lines = 25): Promise<string> {
    const text = await readFile(this.logFile, 'utf8').catch(() => '');
    return text.trimEnd().split('\n').slice(-lines).join('\n');
  }
}
