import type { Clock, Timer } from '../../src/lib/index.ts';
import { systemClock } from '../../src/lib/index.ts';

/** Where progress goes; `process.stderr` is one. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** How often the time is shown: a terminal's line is rewritten, a log gets a new line each time. */
const terminalIntervalMs = 1_000;
const logIntervalMs = 15_000;

/**
 * Shows that something long goes on: its title at once, then the time it took so far and the latest note, until it has ended.
 * A terminal gets one line that changes; anything else gets plain lines.
 */
export class Progress {
  readonly #title: string;
  readonly #output: ProgressOutput;
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #startedAt: number;
  #timer: Timer;
  #note = '';

  constructor(title: string, output: ProgressOutput = process.stderr, clock: Clock = systemClock) {
    this.#title = title;
    this.#output = output;
    this.#clock = clock;
    this.#startedAt = clock.monotonic();
    this.#intervalMs = output.isTTY === true ? terminalIntervalMs : logIntervalMs;
    this.#timer = clock.schedule(this.#intervalMs, () => this.#show());
    this.#output.write(output.isTTY === true ? title : `${title}\n`);
  }

  /** What is being done at the moment, in one short line. Shown once, with the next time. */
  note(text: string): void {
    this.#note = text;
  }

  /** Ends the display with a last line. */
  end(verdict: string): void {
    this.#timer.cancel();
    this.#line(`${this.#title}: ${verdict} after ${this.#elapsed()}`, true);
  }

  #show(): void {
    this.#timer = this.#clock.schedule(this.#intervalMs, () => this.#show());
    this.#line(`${this.#title}: ${this.#elapsed()}${this.#note === '' ? '' : `, ${this.#note}`}`, false);
    // A note that is not renewed is no longer true.
    this.#note = '';
  }

  #line(text: string, last: boolean): void {
    if (this.#output.isTTY === true) {
      this.#output.write(`\r\u001b[K${text}${last ? '\n' : ''}`);
      return;
    }
    this.#output.write(`${text}\n`);
  }

  #elapsed(): string {
    return formatSeconds((this.#clock.monotonic() - this.#startedAt) / 1000);
  }
}

/** For example `45 s` or `4 min 5 s`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
