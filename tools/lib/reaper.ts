import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/*
 * Each line of its input replaces the list of processes to end. The input ends when the program that holds the other end of the
 * pipe does, however it dies. $1 is a directory to remove then, or empty.
 */
const script = `
pids=
while read -r line; do pids=$line; done
if [ -n "$pids" ]; then kill -9 $pids 2>/dev/null; sleep 1; fi
[ -z "$1" ] || rm -rf -- "$1"
`;

/**
 * A tiny shell process that outlives this program by a moment: when this program dies, even by SIGKILL, it ends the processes that
 * were named to it and removes their data.
 */
export class Reaper {
  readonly #shell: ChildProcess;

  /** @param directory Removed when this program ends; undefined: nothing is. */
  constructor(directory: string | undefined) {
    this.#shell = spawn('/bin/sh', ['-c', script, 'rolekeeper-reaper', directory ?? ''], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#shell.on('error', () => {});
    this.#shell.stdin?.on('error', () => {});
    // Neither the shell nor the pipe may keep this program running.
    this.#shell.unref();
    (this.#shell.stdin as Socket | null)?.unref();
  }

  /** The processes that must not outlive this program, from now on. */
  watch(pids: readonly number[]): void {
    if (this.#shell.stdin?.writable === true) {
      this.#shell.stdin.write(`${pids.join(' ')}\n`);
    }
  }

  /** Nothing is left to watch over: ends the shell, which then removes nothing. */
  async dismiss(): Promise<void> {
    if (this.#shell.exitCode === null && this.#shell.signalCode === null) {
      const ended = new Promise<void>((resolve) => this.#shell.once('exit', () => resolve()));
      this.#shell.ref();
      this.#shell.kill('SIGKILL');
      await ended;
    }
  }
}
