import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import type { AddOptions, Turn, WorkQueue } from './types.ts';
import { createWorkQueue } from './work-queue.ts';

const never = new AbortController().signal;
const backoff = { baseMs: 100, maxMs: 1000, jitter: 0 };

interface NaiveKey {
  readonly key: string;
  state: 'delayed' | 'ready' | 'working';
  priority: number;
  dueMs: number;
  order: number;
  filed: string;
  again: { priority: number; dueMs: number } | undefined;
}

interface NaiveTurn {
  readonly group: string;
  readonly inHand: string[];
}

/** What the queue must do, by looking through everything each time. */
class NaiveQueue {
  now = 0;
  readonly keys: NaiveKey[] = [];
  readonly turns: NaiveTurn[] = [];
  /** Turns in the order in which they were given, over all time. */
  readonly given: string[] = [];
  takers = 0;
  readonly #failures = new Map<string, number>();
  readonly #groups: ReadonlyMap<string, string>;
  #order = 0;

  constructor(groups: ReadonlyMap<string, string>) {
    this.#groups = groups;
  }

  get depth(): { ready: number; delayed: number; working: number } {
    const count = (state: NaiveKey['state']): number => this.keys.filter((key) => key.state === state).length;
    return { ready: count('ready'), delayed: count('delayed'), working: count('working') };
  }

  add(key: string, { priority = 0, delayMs = 0 }: AddOptions): void {
    const dueMs = this.now + delayMs;
    const known = this.keys.find((candidate) => candidate.key === key);
    if (!known) {
      this.keys.push({ key, state: 'delayed', priority, dueMs: Number.POSITIVE_INFINITY, order: 0, filed: '', again: undefined });
      this.add(key, { priority, delayMs });
    } else if (known.state === 'working') {
      const again = known.again ?? { priority, dueMs };
      known.again = { priority: Math.max(again.priority, priority), dueMs: Math.min(again.dueMs, dueMs) };
    } else {
      known.priority = Math.max(known.priority, priority);
      if (known.state === 'delayed' && dueMs < known.dueMs) {
        known.dueMs = dueMs;
        known.order = ++this.#order;
      }
    }
    this.#serve();
  }

  addRateLimited(key: string, notBeforeMs: number): number {
    const failures = this.failures(key) + 1;
    const delayMs = Math.max(notBeforeMs, Math.min(backoff.maxMs, backoff.baseMs * 2 ** (failures - 1)));
    this.#failures.set(key, failures);
    this.add(key, { delayMs });
    return delayMs;
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }

  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  take(): void {
    this.takers++;
    this.#serve();
  }

  next(turn: NaiveTurn): string | undefined {
    const key = this.#foremost((candidate) => candidate.filed === turn.group);
    if (key) {
      key.state = 'working';
      turn.inHand.push(key.key);
    }
    this.#serve();
    return key?.key;
  }

  done(turn: NaiveTurn, key: string): void {
    turn.inHand.splice(turn.inHand.indexOf(key), 1);
    this.#finish(key);
    this.#serve();
  }

  release(turn: NaiveTurn): void {
    this.turns.splice(this.turns.indexOf(turn), 1);
    for (const key of turn.inHand) {
      this.#finish(key);
    }
    this.#serve();
  }

  pass(ms: number): void {
    const end = this.now + ms;
    const due = this.keys.filter((key) => key.state === 'delayed' && key.dueMs <= end).map((key) => key.dueMs);
    for (const moment of [...new Set(due)].toSorted((left, right) => left - right)) {
      this.now = moment;
      this.#serve();
    }
    this.now = end;
  }

  #finish(key: string): void {
    const index = this.keys.findIndex((candidate) => candidate.key === key);
    const again = this.keys.splice(index, 1)[0]?.again;
    if (again) {
      this.keys.push({ key, state: 'delayed', ...again, order: ++this.#order, filed: '', again: undefined });
    }
    this.#promote();
  }

  #promote(): void {
    const due = this.keys.filter((key) => key.state === 'delayed' && key.dueMs <= this.now);
    for (const key of due.toSorted((left, right) => left.dueMs - right.dueMs || left.order - right.order)) {
      key.state = 'ready';
      key.order = ++this.#order;
      key.filed = this.#groups.get(key.key) ?? '';
    }
  }

  #serve(): void {
    this.#promote();
    while (this.takers > 0) {
      const key = this.#foremost((candidate) => !this.turns.some((turn) => turn.group === candidate.filed));
      if (!key) {
        return;
      }
      this.takers--;
      this.turns.push({ group: key.filed, inHand: [] });
      this.given.push(key.filed);
    }
  }

  /** The foremost ready key among those that `mayGo`, which are filed anew when their group has changed. */
  #foremost(mayGo: (key: NaiveKey) => boolean): NaiveKey | undefined {
    for (;;) {
      const ready = this.keys.filter((key) => key.state === 'ready' && mayGo(key));
      const [first] = ready.toSorted((left, right) => right.priority - left.priority || left.order - right.order);
      const group = this.#groups.get(first?.key ?? '') ?? '';
      if (!first || first.filed === group) {
        return first;
      }
      first.filed = group;
    }
  }
}

/** Plays the same steps on the queue and on the naive one. */
class Play {
  readonly clock = new VirtualClock();
  readonly groups = new Map<string, string>();
  readonly naive = new NaiveQueue(this.groups);
  readonly queue: WorkQueue<string>;
  readonly turns: Turn<string>[] = [];
  readonly given: string[] = [];
  readonly inHand = new Map<string, Turn<string>>();
  readonly added = new Set<string>();
  readonly handedOut = new Set<string>();

  constructor() {
    this.queue = createWorkQueue<string>({
      clock: this.clock,
      random: () => 0,
      groupOf: (key) => this.groups.get(key) ?? '',
      backoff,
    });
  }

  async step(step: Step): Promise<void> {
    this.#act(step);
    if (step.kind === 'pass') {
      await this.clock.advance(step.ms);
      this.naive.pass(step.ms);
    }
    await this.clock.flush();
    expect(this.given).toEqual(this.naive.given);
    expect(this.queue.depth).toEqual(this.naive.depth);
    expect(this.clock.pending).toBe(this.naive.depth.delayed > 0 ? 1 : 0);
  }

  #act(step: Step): void {
    switch (step.kind) {
      case 'add':
        this.added.add(step.key);
        this.queue.add(step.key, step);
        this.naive.add(step.key, step);
        break;
      case 'fail':
        this.added.add(step.key);
        expect(this.queue.addRateLimited(step.key, step)).toBe(this.naive.addRateLimited(step.key, step.notBeforeMs));
        break;
      case 'forget':
        this.queue.forget(step.key);
        this.naive.forget(step.key);
        expect(this.queue.failures(step.key)).toBe(0);
        break;
      case 'move':
        this.groups.set(step.key, step.group);
        break;
      case 'take':
        this.#take();
        break;
      case 'work':
        this.#work(step);
        break;
      case 'pass':
        break;
    }
  }

  #take(): void {
    void this.queue.take(never).then((turn) => {
      if (turn) {
        expect(this.turns.map((other) => other.group)).not.toContain(turn.group);
        this.turns.push(turn);
        this.given.push(turn.group);
      }
    });
    this.naive.take();
  }

  #work({ place, what }: Step & { kind: 'work' }): void {
    const index = place % Math.max(1, this.turns.length);
    const turn = this.turns[index];
    const naiveTurn = this.naive.turns[index];
    if (!turn || !naiveTurn) {
      return;
    }
    const [key] = naiveTurn.inHand;
    if (what === 'next') {
      this.#next(turn, naiveTurn);
    } else if (what === 'release') {
      this.turns.splice(index, 1);
      this.#putDown(naiveTurn.inHand);
      turn.release();
      this.naive.release(naiveTurn);
    } else if (key !== undefined) {
      this.#putDown([key]);
      turn.done(key);
      this.naive.done(naiveTurn, key);
    }
  }

  #next(turn: Turn<string>, naiveTurn: NaiveTurn): void {
    const key = turn.next();
    expect(key).toBe(this.naive.next(naiveTurn));
    if (key !== undefined) {
      expect(this.inHand.has(key), `${key} is in two hands`).toBe(false);
      expect(this.groups.get(key) ?? '').toBe(turn.group);
      this.inHand.set(key, turn);
      this.handedOut.add(key);
    }
  }

  #putDown(keys: readonly string[]): void {
    for (const key of keys) {
      this.inHand.delete(key);
    }
  }

  /** Gives everything back and works off what is left. */
  async finish(): Promise<void> {
    for (let round = 0; round < 1000 && Object.values(this.queue.depth).some((count) => count > 0); round++) {
      await this.step({ kind: 'work', place: 0, what: 'release' });
      await this.step({ kind: 'take' });
      await this.step({ kind: 'work', place: 0, what: 'next' });
      await this.step({ kind: 'pass', ms: 100 });
    }
  }
}

type Step =
  | { readonly kind: 'add'; readonly key: string; readonly priority: number; readonly delayMs: number }
  | { readonly kind: 'fail'; readonly key: string; readonly notBeforeMs: number }
  | { readonly kind: 'forget'; readonly key: string }
  | { readonly kind: 'move'; readonly key: string; readonly group: string }
  | { readonly kind: 'take' }
  | { readonly kind: 'work'; readonly place: number; readonly what: 'next' | 'done' | 'release' }
  | { readonly kind: 'pass'; readonly ms: number };

const key = fc.constantFrom('k1', 'k2', 'k3', 'k4', 'k5', 'k6', 'k7');
const delayMs = fc.constantFrom(0, 0, 0, 100, 100, 200, 300, 500);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('add' as const), key, priority: fc.constantFrom(0, 50, 100), delayMs }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('fail' as const), key, notBeforeMs: delayMs }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('forget' as const), key }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('move' as const), key, group: fc.constantFrom('', 'a', 'b', 'c') }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('take' as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('work' as const),
      place: fc.nat(5),
      what: fc.constantFrom('next' as const, 'next' as const, 'done' as const, 'release' as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 300 }) }) },
);

describe('properties of the work queue', () => {
  it('does what the naive queue does, never lets a key or group into two hands, and hands out every key in the end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 120, size: 'max' }), async (script) => {
        const play = new Play();
        for (const next of script) {
          await play.step(next);
        }
        await play.finish();
        expect(play.handedOut).toEqual(play.added);
        expect(play.queue.depth).toEqual({ ready: 0, delayed: 0, working: 0 });
      }),
      { numRuns: 300 },
    );
  });

  it('starves no key within a priority: each is handed out before any other comes a second time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom('', 'a', 'b'), { minLength: 1, maxLength: 8 }), async (groupNames) => {
        const play = new Play();
        const keys = groupNames.map((group, index) => {
          play.groups.set(`k${index}`, group);
          return `k${index}`;
        });
        keys.forEach((name) => void play.queue.add(name));
        for (let round = 0; round < 5; round++) {
          const seen: string[] = [];
          while (seen.length < keys.length) {
            const turn = await play.queue.take(never);
            const name = turn?.next() ?? 'none';
            play.queue.add(name);
            turn?.release();
            seen.push(name);
          }
          expect(seen.toSorted()).toEqual(keys);
        }
      }),
    );
  });
});
