import { type ChildProcess, spawn } from 'node:child_process';

/** What a block of commands printed to its standard output. */
export interface Printed {
  readonly text: string;
}

/**
 * A shell that somebody types into: what one block of commands sets, the next one sees. The first command that fails ends it, as
 * does `close`.
 */
export class ShellSession {
  readonly #shell: ChildProcess;
  readonly #ended: Promise<string>;
  #output = '';
  #complaints = '';
  #count = 0;
  #onOutput: () => void = () => {};

  constructor(directory: string, env: Readonly<Record<string, string | undefined>>) {
    this.#shell = spawn('bash', ['-e'], { cwd: directory, env: { ...env }, stdio: 'pipe' });
    this.#shell.stdout?.on('data', (chunk: Buffer) => {
      this.#output += chunk.toString();
      this.#onOutput();
    });
    this.#shell.stderr?.on('data', (chunk: Buffer) => (this.#complaints += chunk.toString()));
    this.#shell.stdin?.on('error', () => {});
    this.#ended = new Promise((resolve, reject) => {
      this.#shell.once('error', reject);
      this.#shell.once('close', (code) => resolve(`the shell ended with code ${code}\n${this.#output}\n${this.#complaints}`));
    });
  }

  /** Runs a block of commands and resolves with what it printed. Rejects with all output when one of them fails. */
  async run(commands: string): Promise<Printed> {
    this.#count += 1;
    const mark = `@@ end of block ${this.#count} @@`;
    this.#output = '';
    const marked = new Promise<string>((resolve) => {
      this.#onOutput = () => {
        const end = this.#output.indexOf(mark);
        if (end !== -1) resolve(this.#output.slice(0, end));
      };
    });
    this.#shell.stdin?.write(`${commands}\nprintf '%s\\n' '${mark}'\n`);
    const failed = this.#ended.then((how): never => {
      throw new Error(`${commands}\n${how}`);
    });
    return { text: await Promise.race([marked, failed]) };
  }

  /** Ends the shell. */
  async close(): Promise<void> {
    this.#shell.stdin?.end();
    await this.#ended;
  }
}
