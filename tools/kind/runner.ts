import { spawn } from 'node:child_process';
import { freePorts, inRepository, run, waitFor } from '../lib/index.ts';

/** What a program is given besides its arguments. */
export interface RunnerOptions {
  /** Its standard input. */
  readonly input?: string;
  /** It puts things in order and is run although everything else was given up. */
  readonly always?: boolean;
}

/** Runs programs in the repository. */
export interface Runner {
  /** Runs one to its end and returns what it printed; rejects with what it complained about. */
  run(command: string, args: readonly string[], options?: RunnerOptions): Promise<string>;
  /** Starts one that leads a port of this machine into the cluster; `args` gets the port. Resolves when something answers there. */
  forward(command: string, args: (port: number) => readonly string[]): Promise<Forwarded>;
}

/** A way into the cluster, for as long as it is held. */
export interface Forwarded extends AsyncDisposable {
  /** Without a slash at the end. */
  readonly url: string;
}

/** Runs them on this machine. */
export function systemRunner(signal: AbortSignal): Runner {
  return {
    async run(command, args, { input, always = false } = {}) {
      const finished = await run(command, args, {
        cwd: inRepository(),
        ...(always ? {} : { signal }),
        ...(input === undefined ? {} : { input }),
      });
      if (finished.code !== 0) {
        throw new Error(`${[command, ...args].join(' ')} ended with code ${finished.code}: ${finished.stderr.trim()}`);
      }
      return finished.stdout;
    },
    async forward(command, args) {
      const [port = 0] = await freePorts(1);
      const child = spawn(command, [...args(port)], { cwd: inRepository(), signal, stdio: 'ignore' });
      // Whoever waits for an answer learns that there is none; an abort is told by whoever aborts.
      child.once('error', () => {});
      const url = `http://127.0.0.1:${port}`;
      await waitFor(`an answer at ${url}`, async () => (await fetch(url)).status > 0, { signal });
      return { url, [Symbol.asyncDispose]: async () => void child.kill() };
    },
  };
}
