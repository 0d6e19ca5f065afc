import { type BackoffPolicy, backoffDelay, type Clock, type Random, type Timer } from '../lib/index.ts';
import { Heap, type HeapItem } from './heap.ts';
import { spellKey } from './key.ts';
import type { AddOptions, RetryOptions, Turn, WorkQueue } from './types.ts';

/** What a queue works with. */
export interface WorkQueueOptions<K> {
  readonly clock: Clock;
  readonly random: Random;
  /**
   * The group of a key at this moment. Asked when the key becomes ready and once more when it is about to be handed out, since
   * what it depends on may have changed in between. Must not throw and must not call the queue.
   */
  readonly groupOf: (key: K) => string;
  readonly backoff: BackoffPolicy;
  /** Spelling by which keys are told apart; `spellKey` unless given. */
  readonly keyOf?: (key: K) => string;
}

/** A wish to look at a key. */
interface Wish {
  readonly priority: number;
  /** Monotonic milliseconds. */
  readonly dueMs: number;
}

interface Entry<K> extends HeapItem {
  readonly id: string;
  readonly key: K;
  priority: number;
  dueMs: number;
  /** Breaks ties: the moment at which the key was put where it lies now. */
  order: number;
  /** Where the key is filed; set exactly while it is ready. */
  group: Group<K> | undefined;
  working: boolean;
  /** What was asked for while the key was in work; waits until it is done. */
  again: Wish | undefined;
}

interface Group<K> extends HeapItem {
  readonly name: string;
  readonly ready: Heap<Entry<K>>;
  held: boolean;
}

/** Hands a waiting taker its turn, or undefined at shutdown. */
type Taker<K> = (turn: Turn<K> | undefined) => void;

/** Makes an empty queue. Everything it does is synchronous except waiting in `take`; one timer is armed at most. */
export function createWorkQueue<K>(options: WorkQueueOptions<K>): WorkQueue<K> {
  return new GroupedWorkQueue(options);
}

class GroupedWorkQueue<K> implements WorkQueue<K> {
  readonly #options: WorkQueueOptions<K>;
  readonly #keyOf: (key: K) => string;
  /** Every key that is ready, delayed or in work. */
  readonly #entries = new Map<string, Entry<K>>();
  readonly #failures = new Map<string, number>();
  readonly #delayed = new Heap<Entry<K>>(
    (left, right) => left.dueMs < right.dueMs || (left.dueMs === right.dueMs && left.order < right.order),
  );
  /** Every group that is held or has a ready key. */
  readonly #groups = new Map<string, Group<K>>();
  /** Groups with a ready key that nobody holds, the one with the foremost key first. */
  readonly #free = new Heap<Group<K>>(hasForemostKey);
  readonly #takers = new Set<Taker<K>>();
  #order = 0;
  #ready = 0;
  #working = 0;
  #timer: Timer | undefined;
  #timerDueMs: number | undefined;
  #isShutDown = false;

  constructor(options: WorkQueueOptions<K>) {
    this.#options = options;
    this.#keyOf = options.keyOf ?? spellKey;
  }

  get depth(): { readonly ready: number; readonly delayed: number; readonly working: number } {
    return { ready: this.#ready, delayed: this.#delayed.size, working: this.#working };
  }

  add(key: K, options: AddOptions = {}): void {
    const priority = toNumber('priority', options.priority);
    const delayMs = toNumber('delay', options.delayMs);
    if (this.#isShutDown) {
      return;
    }
    this.#promoteDue();
    this.#wish(key, { priority, dueMs: this.#now() + Math.max(0, delayMs) });
    this.#handOut();
  }

  addRateLimited(key: K, options: RetryOptions = {}): number {
    const notBeforeMs = toNumber('wait', options.notBeforeMs);
    const failures = this.failures(key) + 1;
    const backoffMs = options.delayMs ?? backoffDelay(this.#options.backoff, failures, this.#options.random);
    const delayMs = Math.max(toNumber('wait', backoffMs), notBeforeMs);
    this.add(key, { priority: options.priority ?? 0, delayMs });
    this.#failures.set(this.#keyOf(key), failures);
    return delayMs;
  }

  forget(key: K): void {
    this.#failures.delete(this.#keyOf(key));
  }

  failures(key: K): number {
    return this.#failures.get(this.#keyOf(key)) ?? 0;
  }

  take(signal: AbortSignal): Promise<Turn<K> | undefined> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      if (this.#isShutDown) {
        resolve(undefined);
        return;
      }
      const onAbort = (): void => {
        this.#takers.delete(taker);
        reject(signal.reason);
      };
      const taker: Taker<K> = (turn) => {
        signal.removeEventListener('abort', onAbort);
        resolve(turn);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#takers.add(taker);
      this.#promoteDue();
      this.#handOut();
    });
  }

  shutDown(): void {
    this.#isShutDown = true;
    this.#timer?.cancel();
    for (const taker of this.#takers) {
      taker(undefined);
    }
    this.#takers.clear();
  }

  #now(): number {
    return this.#options.clock.monotonic();
  }

  #wish(key: K, wish: Wish): void {
    const id = this.#keyOf(key);
    const entry = this.#entries.get(id);
    if (!entry) {
      const fresh = { id, key, ...wish, order: 0, heapIndex: -1, group: undefined, working: false, again: undefined };
      this.#entries.set(id, fresh);
      this.#place(fresh, wish);
      return;
    }
    if (entry.working) {
      entry.again = entry.again ? merge(entry.again, wish) : wish;
      return;
    }
    if (entry.group) {
      this.#raise(entry, entry.group, wish.priority);
      return;
    }
    const merged = merge(entry, wish);
    if (merged.dueMs < entry.dueMs) {
      this.#delayed.remove(entry);
      this.#place(entry, merged);
    } else {
      entry.priority = merged.priority;
    }
  }

  /** Files a key that lies nowhere under what is ready or under what waits. */
  #place(entry: Entry<K>, wish: Wish): void {
    entry.priority = wish.priority;
    entry.dueMs = wish.dueMs;
    if (wish.dueMs <= this.#now()) {
      this.#makeReady(entry);
      return;
    }
    entry.order = ++this.#order;
    this.#delayed.push(entry);
  }

  /** Orders the key by this moment, not by the one at which it was added: a long delay must not let it jump the line. */
  #makeReady(entry: Entry<K>): void {
    entry.order = ++this.#order;
    this.#ready++;
    this.#file(entry, this.#options.groupOf(entry.key));
  }

  #file(entry: Entry<K>, name: string): void {
    const group = this.#groups.get(name) ?? { name, ready: new Heap<Entry<K>>(isBefore), held: false, heapIndex: -1 };
    this.#groups.set(name, group);
    entry.group = group;
    group.ready.push(entry);
    this.#groupChanged(group);
  }

  #unfile(entry: Entry<K>, group: Group<K>): void {
    group.ready.remove(entry);
    entry.group = undefined;
    this.#groupChanged(group);
  }

  #raise(entry: Entry<K>, group: Group<K>, priority: number): void {
    if (priority > entry.priority) {
      entry.priority = priority;
      group.ready.update(entry);
      this.#groupChanged(group);
    }
  }

  /** Brings a group to where it belongs after its ready keys or its holder changed. */
  #groupChanged(group: Group<K>): void {
    if (group.ready.size === 0 && !group.held) {
      this.#groups.delete(group.name);
    }
    if (group.held || group.ready.size === 0) {
      this.#free.remove(group);
    } else if (this.#free.has(group)) {
      this.#free.update(group);
    } else {
      this.#free.push(group);
    }
  }

  /**
   * Makes ready whatever is due. Every call does this first: a timer may be late, and a key whose moment has passed goes before
   * one that is added now.
   */
  #promoteDue(): void {
    if (this.#isShutDown) {
      return;
    }
    const now = this.#now();
    for (let entry = this.#delayed.peek(); entry && entry.dueMs <= now; entry = this.#delayed.peek()) {
      this.#delayed.remove(entry);
      this.#makeReady(entry);
    }
  }

  /** Gives turns to those who wait for one, and sees to the timer. Every call ends with this. */
  #handOut(): void {
    for (const taker of this.#takers) {
      const group = this.#claim();
      if (!group) {
        break;
      }
      this.#takers.delete(taker);
      taker(this.#openTurn(group));
    }
    this.#arm();
  }

  #arm(): void {
    const dueMs = this.#isShutDown ? undefined : this.#delayed.peek()?.dueMs;
    if (dueMs === this.#timerDueMs) {
      return;
    }
    this.#timer?.cancel();
    this.#timerDueMs = dueMs;
    this.#timer = undefined;
    if (dueMs !== undefined) {
      this.#timer = this.#options.clock.schedule(dueMs - this.#now(), () => {
        this.#timerDueMs = undefined;
        this.#promoteDue();
        this.#handOut();
      });
    }
  }

  /** Holds the free group with the foremost key. */
  #claim(): Group<K> | undefined {
    for (let group = this.#free.peek(); group && !this.#isShutDown; group = this.#free.peek()) {
      if (this.#foremost(group)) {
        group.held = true;
        this.#groupChanged(group);
        return group;
      }
    }
    return undefined;
  }

  /** The first ready key of the group, unless that key has moved to another group: then it is filed there instead. */
  #foremost(group: Group<K>): Entry<K> | undefined {
    const entry = group.ready.peek();
    if (!entry) {
      return undefined;
    }
    const name = this.#options.groupOf(entry.key);
    if (name === group.name) {
      return entry;
    }
    this.#unfile(entry, group);
    this.#file(entry, name);
    return undefined;
  }

  #openTurn(group: Group<K>): Turn<K> {
    const inHand = new Set<Entry<K>>();
    let released = false;
    return {
      group: group.name,
      next: () => (released ? undefined : this.#next(group, inHand)),
      done: (key) => {
        const entry = this.#entries.get(this.#keyOf(key));
        if (!entry || !inHand.delete(entry)) {
          return;
        }
        this.#promoteDue();
        this.#finish(entry);
        this.#handOut();
      },
      release: () => {
        if (released) {
          return;
        }
        released = true;
        this.#promoteDue();
        for (const entry of inHand) {
          this.#finish(entry);
        }
        inHand.clear();
        group.held = false;
        this.#groupChanged(group);
        this.#handOut();
      },
    };
  }

  #next(group: Group<K>, inHand: Set<Entry<K>>): K | undefined {
    this.#promoteDue();
    let entry: Entry<K> | undefined;
    while (group.ready.size > 0 && !entry && !this.#isShutDown) {
      entry = this.#foremost(group);
    }
    if (entry) {
      this.#unfile(entry, group);
      this.#ready--;
      this.#working++;
      entry.working = true;
      inHand.add(entry);
    }
    // Keys that became due or moved may belong to groups that others wait for.
    this.#handOut();
    return entry?.key;
  }

  #finish(entry: Entry<K>): void {
    const { again } = entry;
    this.#working--;
    entry.working = false;
    entry.again = undefined;
    if (again && !this.#isShutDown) {
      this.#place(entry, again);
    } else {
      this.#entries.delete(entry.id);
    }
  }
}

function isBefore(left: { priority: number; order: number }, right: { priority: number; order: number }): boolean {
  return left.priority > right.priority || (left.priority === right.priority && left.order < right.order);
}

function hasForemostKey<K>(left: Group<K>, right: Group<K>): boolean {
  const leftKey = left.ready.peek();
  const rightKey = right.ready.peek();
  return leftKey !== undefined && (rightKey === undefined || isBefore(leftKey, rightKey));
}

function merge(left: Wish, right: Wish): Wish {
  return { priority: Math.max(left.priority, right.priority), dueMs: Math.min(left.dueMs, right.dueMs) };
}

function toNumber(what: string, value = 0): number {
  if (Number.isNaN(value)) {
    throw new RangeError(`The ${what} of a key must be a number`);
  }
  return value;
}
