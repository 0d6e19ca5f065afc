import type { Clock } from '../lib/index.ts';
import type { Turn } from '../queue/index.ts';
import type { Result, Work } from './types.ts';

/** A key in a reconciler's hands. */
export interface OpenKey<K> {
  readonly key: K;
  /** Monotonic milliseconds. */
  readonly sinceMs: number;
}

/** How an outcome is dealt with. */
export interface DecideOptions {
  /** The failure is in the log already. */
  readonly logged: boolean;
}

/** What a turn under way asks of the engine. */
export interface TurnHost<K> {
  readonly clock: Clock;
  readonly keyOf: (key: K) => string;
  /** May another key be begun? */
  mayBegin(): boolean;
  /** Acts on the outcome of a key. */
  decide(group: string, open: OpenKey<K>, result: Result, options: DecideOptions): void;
  /** A key was settled that isn't in the turn's hands. */
  misuse(group: string, key: K): void;
}

/** The reconciler's side of a turn: it keeps account of which keys are open. */
export class OpenTurn<K> implements Work<K> {
  readonly #turn: Turn<K>;
  readonly #host: TurnHost<K>;
  readonly #open = new Map<string, OpenKey<K>>();
  #begun = 0;

  constructor(turn: Turn<K>, host: TurnHost<K>) {
    this.#turn = turn;
    this.#host = host;
  }

  get group(): string {
    return this.#turn.group;
  }

  /** Keys handed out in this turn so far. */
  get begun(): number {
    return this.#begun;
  }

  /** Keys handed out and not settled. */
  get open(): readonly OpenKey<K>[] {
    return [...this.#open.values()];
  }

  /**
   * The keys that a reconciler that has ended left open. If it took none at all, every ready key of the group counts as left
   * open: untouched, they would bring the same turn about again at once, without end.
   */
  takeOpen(): readonly OpenKey<K>[] {
    if (this.#begun === 0) {
      while (this.next() !== undefined) {
        // `next` keeps account of the key.
      }
    }
    return this.open;
  }

  next(): K | undefined {
    if (!this.#host.mayBegin()) {
      return undefined;
    }
    const key = this.#turn.next();
    if (key !== undefined) {
      this.#begun++;
      this.#open.set(this.#host.keyOf(key), { key, sinceMs: this.#host.clock.monotonic() });
    }
    return key;
  }

  settle(key: K, result: Result, options: DecideOptions = { logged: false }): void {
    const id = this.#host.keyOf(key);
    const open = this.#open.get(id);
    if (!open) {
      this.#host.misuse(this.group, key);
      return;
    }
    // First the decision, which may refuse a malformed result: the key then stays open and is retried.
    this.#host.decide(this.group, open, result, options);
    this.#open.delete(id);
    this.#turn.done(key);
  }

  /** Gives the group back; from then on there is nothing to take. */
  end(): void {
    this.#turn.release();
  }
}
