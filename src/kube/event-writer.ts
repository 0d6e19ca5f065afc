import { backoffDelay, type Clock, type Random, sleep } from '../lib/index.ts';
import { KubeError } from './types.ts';

/** Something to write, and whom to tell when it wasn't. */
export interface EventJob {
  /** Writes; called again after a failure that may pass. */
  write(signal: AbortSignal): Promise<void>;
  /** Called once when it was given up. Must not throw. */
  dropped(cause: unknown): void;
}

const backoff = { baseMs: 1_000, maxMs: 30_000 };
const mostTries = 5;

/** Writes jobs one after another in the background. Bounded: it refuses when full, and gives up on what keeps failing. */
export class EventWriter {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #capacity: number;
  #jobs: EventJob[] = [];
  #stop = new AbortController();
  #working: Promise<void> | undefined;

  constructor(clock: Clock, random: Random, capacity: number) {
    this.#clock = clock;
    this.#random = random;
    this.#capacity = capacity;
  }

  /** False when there is no room; the job is then forgotten without a word to it. */
  enqueue(job: EventJob): boolean {
    if (this.#jobs.length >= this.#capacity) return false;
    this.#jobs.push(job);
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
    });
    return true;
  }

  /** Resolves when everything is written or dropped, after `timeoutMs` at the latest: what is left then is dropped. */
  async drain(timeoutMs: number): Promise<void> {
    const stop = this.#stop;
    const timer = this.#clock.schedule(timeoutMs, () => stop.abort(new Error('there was no time left to write it')));
    while (this.#working !== undefined) await this.#working;
    timer.cancel();
    if (stop.signal.aborted) this.#stop = new AbortController();
  }

  async #work(): Promise<void> {
    for (let job = this.#jobs.shift(); job !== undefined; job = this.#jobs.shift()) {
      await this.#write(job, this.#stop.signal);
    }
  }

  async #write(job: EventJob, signal: AbortSignal): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        signal.throwIfAborted();
        await job.write(signal);
        return;
      } catch (error) {
        if (signal.aborted || tries >= mostTries || !isPassing(error)) {
          job.dropped(error);
          return;
        }
        const waitMs = Math.max(backoffDelay(backoff, tries, this.#random), Math.min(retryAfterMs(error), backoff.maxMs));
        await sleep(this.#clock, waitMs, signal).catch(() => undefined);
      }
    }
  }
}

function isPassing(error: unknown): boolean {
  return error instanceof KubeError && (error.kind === 'transient' || error.kind === 'rateLimited' || error.kind === 'unauthorized');
}

function retryAfterMs(error: unknown): number {
  return error instanceof KubeError ? (error.retryAfterMs ?? 0) : 0;
}
