import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { delay } from './waiting.ts';

/** What a finished program left. */
export interface Finished {
  /** Exit code; 128 and the signal's number is not imitated: a program ended by a signal has `code` null. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a program is run. */
export interface RunOptions {
  readonly cwd?: string;
  /** The whole environment; the current one unless given. */
  readonly env?: NodeJS.ProcessEnv;
  /** Given to its standard input, which is empty otherwise. */
  readonly input?: string;
  readonly signal?: AbortSignal;
}

/** Runs a program to its end and returns what it said. Rejects only when it can't be started or `signal` aborts. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], { cwd: options.cwd, env: options.env, signal: options.signal, stdio: 'pipe' });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }));
    // A program that ends without reading its input must not end this one with EPIPE; its exit code tells the story.
    child.stdin.on('error', () => {});
    child.stdin.end(options.input ?? '');
  });
}

/** Whether a process of this id exists (it may belong to somebody else). */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * The command line of a running process, or undefined when there is none. Tells whether a process id from a file still is the
 * program meant. A process that has ended and waits to be noticed by its parent has no command line any more.
 */
export async function commandLineOf(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    // Small images have no ps.
    const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return words === '' ? undefined : words.replaceAll('\0', ' ').trim();
  }
  const { code, stdout } = await run('ps', ['-ww', '-o', 'stat=,command=', '-p', String(pid)]);
  const [, state, command] = /^\s*(\S+)\s+(.*)/.exec(stdout) ?? [];
  return code !== 0 || state?.startsWith('Z') ? undefined : command;
}

/** Asks a process to end (SIGTERM), and ends it (SIGKILL) when it still runs after `graceMs`. Resolves when it is gone. */
export async function endProcess(pid: number, graceMs: number): Promise<void> {
  signalQuietly(pid, 'SIGTERM');
  const deadline = performance.now() + graceMs;
  while ((await commandLineOf(pid)) !== undefined && performance.now() < deadline) {
    await delay(50);
  }
  if ((await commandLineOf(pid)) !== undefined) {
    signalQuietly(pid, 'SIGKILL');
  }
  while ((await commandLineOf(pid)) !== undefined) {
    await delay(50);
  }
}

/** Sends a signal to a process, or with a negative id to a process group; it may be gone already. */
export function signalQuietly(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') {
      throw error;
    }
  }
}
