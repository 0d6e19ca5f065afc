import type { Clock } from '../../lib/index.ts';

/** How long something is remembered, in milliseconds. */
const lifetimeMs = 60_000;
/** How much is remembered at most; the oldest goes first. */
const defaultCapacity = 10_000;

interface Entry<T> {
  readonly value: T;
  readonly untilMs: number;
}

/** What was found lately, by key: each for a minute, and never more than `capacity` of it. */
export class Recent<T> {
  readonly #clock: Clock;
  readonly #capacity: number;
  /** Oldest first. */
  readonly #entries = new Map<string, Entry<T>>();

  constructor(clock: Clock, capacity: number = defaultCapacity) {
    this.#clock = clock;
    this.#capacity = capacity;
  }

  /** Undefined: never known, or too long ago. */
  get(key: string): T | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (this.#clock.monotonic() < entry.untilMs) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  /** `asOfMs`, by the clock that never goes back: when the asking began, for what takes long to read. Default: now. */
  set(key: string, value: T, asOfMs: number = this.#clock.monotonic()): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, untilMs: asOfMs + lifetimeMs });
    if (this.#entries.size <= this.#capacity) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }

  /** Forgets it. */
  delete(key: string): void {
    this.#entries.delete(key);
  }

  /** How much is remembered, with what is too old and was not asked for since. */
  get size(): number {
    return this.#entries.size;
  }
}
