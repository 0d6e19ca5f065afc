import { join } from 'node:path';
import { type Exit, freePorts, waitFor } from '../lib/index.ts';
import { type LogLine, parseLog } from './log-lines.ts';
import { type MetricSample, parseMetrics, sumOf } from './metric-samples.ts';
import { ProcessStartError, ServerProcess } from './server-process.ts';

/** How an operator is started. */
export interface OperatorProcessOptions {
  /** Should act as the operator's ServiceAccount: with the rights of an admin a missing rule of its role goes unseen. */
  readonly kubeconfig: string;
  /** Existing directory for the log. */
  readonly directory: string;
  /** Name of the log file without `.log`, to tell replicas apart; `operator` unless given. */
  readonly name?: string;
  /** Flags by name without dashes, for example `{ 'lease-duration': '3s' }`; they win over the usual ones. */
  readonly flags?: Readonly<Record<string, string>>;
  /** What Node.js runs, for example the bundle; `src/main.ts` unless given. */
  readonly program?: string;
  /** Milliseconds it gets to become ready; one minute unless given, for slow machines. */
  readonly readyTimeoutMs?: number;
}

/** Longer than the operator gives itself by default. */
const stopGraceMs = 30_000;
const callTimeoutMs = 10_000;

/** Starts `rolekeeper operator` and resolves when `/readyz` says that it is. Rejects with ProcessStartError, and then nothing runs. */
export async function startOperator(options: OperatorProcessOptions): Promise<OperatorProcess> {
  // Another program may take the port between its choice and its use.
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(options);
    } catch (error) {
      if (attempt === 3 || !(error instanceof ProcessStartError && error.portTaken)) {
        throw error;
      }
    }
  }
}

async function startOnce(options: OperatorProcessOptions): Promise<OperatorProcess> {
  const [port] = await freePorts(1);
  const address = `127.0.0.1:${port}`;
  const name = options.name ?? 'operator';
  const flags = {
    kubeconfig: options.kubeconfig,
    'metrics-address': address,
    'health-address': address,
    'log-format': 'json',
    ...options.flags,
  };
  const logFile = join(options.directory, `${name}.log`);
  const server = new ServerProcess({
    name,
    args: ['operator', ...flagArguments(flags)],
    logFile,
    ...(options.program === undefined ? {} : { program: options.program }),
  });
  const operator = new OperatorProcess(server, logFile, {
    metrics: `http://${flags['metrics-address']}`,
    health: `http://${flags['health-address']}`,
  });
  await server.start();
  await server.ready('readiness', () => operator.isReady(), options.readyTimeoutMs ?? 60_000);
  return operator;
}

function flagArguments(flags: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
}

/** A running operator. */
export class OperatorProcess {
  readonly logFile: string;
  readonly #server: ServerProcess;
  readonly #urls: { readonly metrics: string; readonly health: string };

  /** Use `startOperator`. */
  constructor(server: ServerProcess, logFile: string, urls: { readonly metrics: string; readonly health: string }) {
    this.#server = server;
    this.logFile = logFile;
    this.#urls = urls;
  }

  /** Undefined once it has ended. */
  get pid(): number | undefined {
    return this.#server.pid;
  }

  /** How it ended; undefined while it runs. */
  get exit(): Exit | undefined {
    return this.#server.exit;
  }

  /** URL of `/metrics`. */
  get metricsURL(): string {
    return `${this.#urls.metrics}/metrics`;
  }

  /** URL of `/readyz`. */
  get readyURL(): string {
    return `${this.#urls.health}/readyz`;
  }

  /** Whether `/readyz` says so. */
  async isReady(): Promise<boolean> {
    const answer = await fetch(this.readyURL, { signal: AbortSignal.timeout(callTimeoutMs) });
    await answer.text();
    return answer.ok;
  }

  /** Everything that `/metrics` says. */
  async metrics(): Promise<readonly MetricSample[]> {
    const answer = await fetch(this.metricsURL, { signal: AbortSignal.timeout(callTimeoutMs) });
    if (!answer.ok) {
      throw new Error(`${this.metricsURL} answered ${answer.status}`);
    }
    return parseMetrics(await answer.text());
  }

  /** Whether it holds the Lease. */
  async isLeading(): Promise<boolean> {
    return sumOf(await this.metrics(), 'rolekeeper_leader') === 1;
  }

  /** Resolves when it leads; another one's Lease may have to run out first. */
  async leading(signal?: AbortSignal): Promise<void> {
    await waitFor('the operator to lead', () => this.isLeading(), { timeoutMs: 120_000, ...(signal === undefined ? {} : { signal }) });
  }

  /** What it has logged so far, also after its end. */
  async logLines(): Promise<readonly LogLine[]> {
    return parseLog(await this.#server.logText());
  }

  /** Resolves when it has ended, for whatever reason. */
  ended(): Promise<Exit> {
    return this.#server.ended();
  }

  /** Asks it to end (SIGTERM) and resolves when it has, with how; harmless when it has already. */
  stop(): Promise<Exit> {
    return this.#server.stop(stopGraceMs);
  }

  /** Ends it at once (SIGKILL), as a crash would. */
  kill(): Promise<Exit> {
    return this.#server.kill();
  }

  /** Stops it in the middle of whatever it does (SIGSTOP). */
  pause(): void {
    this.#server.pause();
  }

  /** Lets it go on after `pause` (SIGCONT). */
  resume(): void {
    this.#server.resume();
  }

  /** Lets go of it: this program may end, the operator stays. */
  release(): Promise<void> {
    return this.#server.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
