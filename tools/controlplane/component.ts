import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** What a server process is started with. */
export interface ComponentOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Gets everything the process prints, one start after the other. */
  readonly logFile: string;
  /** Called whenever the process has ended, for whatever reason. */
  readonly onExit: () => void;
}

/**
 * One server process with its log. It runs in a session of its own, so that a Ctrl-C in the terminal reaches only the program
 * that owns it, which then ends its servers in the right order.
 */
export class Component {
  readonly name: string;
  readonly logFile: string;
  readonly #command: string;
  readonly #args: readonly string[];
  readonly #onExit: () => void;
  #child: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();

  constructor(options: ComponentOptions) {
    this.name = options.name;
    this.logFile = options.logFile;
    this.#command = options.command;
    this.#args = options.args;
    this.#onExit = options.onExit;
  }

  /** The id of the running process, or undefined when none runs. */
  get pid(): number | undefined {
    return this.running ? this.#child?.pid : undefined;
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** How the last process ended, for people. */
  get ending(): string {
    if (this.#child?.signalCode != null) {
      return `was ended by ${this.#child.signalCode}`;
    }
    return this.#child?.exitCode == null ? 'runs' : `ended with code ${this.#child.exitCode}`;
  }

  /** Starts the process. It is not ready yet when this resolves. */
  async start(): Promise<void> {
    if (this.running) {
      throw new Error(`${this.name} already runs as process ${this.pid}`);
    }
    const log = openSync(this.logFile, 'a', 0o600);
    try {
      const child = spawn(this.#command, [...this.#args], { detached: true, stdio: ['ignore', log, log] });
      const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      await new Promise<void>((resolve, reject) => {
        child.once('spawn', resolve);
        child.once('error', (cause) => reject(new Error(`can't start ${this.#command}`, { cause })));
      });
      this.#child = child;
      this.#exited = exited.then(this.#onExit);
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
