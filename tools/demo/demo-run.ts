import { type EmulatorProcess, formatLogLine, type OperatorProcess } from '../stack/index.ts';
import type { DemoProvider } from './demo-provider.ts';
import type { DemoCluster } from './kubectl.ts';
import { applyStep, clusterStep, type DemoContext, emulatorStep, installStep, operatorStep } from './parts.ts';
import type { Screen } from './screen.ts';
import { counted, type TourContext } from './tour.ts';

/** What a demo is run with. */
export interface DemoOptions {
  /** At least one. */
  readonly providers: readonly DemoProvider[];
  readonly screen: Screen;
  /** Ends the demo early. */
  readonly signal: AbortSignal;
}

/** How the parts are started. */
export interface StartOptions {
  readonly startCluster: () => Promise<DemoCluster>;
  /** How long the operator's token is good for; nothing renews it. */
  readonly tokenSeconds: number;
}

const shownLogLines = 25;

/** The parts of one demo: started in order, ended in the opposite one whatever happens, unless they are kept. */
export class DemoRun {
  readonly #options: DemoOptions;
  readonly #parts = new AsyncDisposableStack();
  readonly #partLost = new AbortController();
  readonly #owned: (EmulatorProcess | OperatorProcess)[] = [];
  #operator: OperatorProcess | undefined;

  constructor(options: DemoOptions) {
    this.#options = options;
  }

  /** Does `work`, shows why it failed when it does, and ends everything. Resolves with whether it succeeded; rejects when interrupted. */
  async carryOut(work: () => Promise<void>): Promise<boolean> {
    await using _parts = this.#parts;
    try {
      await work();
      return true;
    } catch (error) {
      this.#options.signal.throwIfAborted();
      await this.#showFailure(this.#partLost.signal.aborted ? this.#partLost.signal.reason : error);
      return false;
    }
  }

  /** Something to do at the end, after what is started later has ended. */
  atEnd(work: () => Promise<unknown>): void {
    this.#parts.defer(async () => void (await work()));
  }

  /** Starts the parts one after the other, each as a step, up to the examples being applied. */
  async start({ startCluster, tokenSeconds }: StartOptions): Promise<readonly TourContext[]> {
    const { screen } = this.#options;
    // Without this, whoever waits for something that a lost part should do would wait for long.
    const signal = AbortSignal.any([this.#options.signal, this.#partLost.signal]);
    signal.throwIfAborted();
    const cluster = await clusterStep(screen, startCluster);
    const context: DemoContext = { ...this.#options, cluster, signal };
    signal.throwIfAborted();
    await installStep(context);
    const emulated = await emulatorStep(context, this.#options.providers, (emulator) => this.#own('an emulator', emulator));
    signal.throwIfAborted();
    const operator = await operatorStep(context, tokenSeconds, (started) => {
      this.#own('the operator', started);
      this.#operator = started;
    });
    await applyStep(context, emulated);
    return emulated.map((one) => ({ ...context, provider: one.provider, emulated: one, operator }));
  }

  /** Lets the parts go on after this program; nothing that was to be done at the end is. */
  async keep(): Promise<void> {
    await Promise.all(this.#owned.map((part) => part.release()));
    this.#parts.move();
  }

  /** From now on the part ends with this run, and the run with the part. */
  #own(name: string, part: EmulatorProcess | OperatorProcess): void {
    this.#owned.push(part);
    this.#parts.use(part);
    void part.ended().then(({ code, signal }) => {
      this.#partLost.abort(new Error(`${name} ended unexpectedly (${signal ?? `code ${code}`})`));
    });
  }

  async #showFailure(error: unknown): Promise<void> {
    const { screen } = this.#options;
    screen.failure(`Step ${screen.stepNumber} failed: ${messageOf(error)}`);
    const lines = (await this.#operator?.logLines())?.slice(-shownLogLines) ?? [];
    if (lines.length > 0) {
      screen.heading(`The last ${counted(lines.length, 'line')} of the operator's log:`);
      screen.verbatim(lines.map(formatLogLine).join('\n'));
    }
  }
}

/** What went wrong, with its causes. */
function messageOf(error: unknown): string {
  const messages: string[] = [];
  for (let next = error; next instanceof Error; next = next.cause) {
    messages.push(next.message);
  }
  return messages.length === 0 ? String(error) : messages.join(': ');
}
