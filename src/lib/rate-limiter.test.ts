import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { type RateLimit, TokenBucket } from './rate-limiter.ts';

const never = new AbortController().signal;

/** Asks for tokens and notes who got one when. */
class Callers {
  readonly granted: { readonly caller: number; readonly atMs: number; readonly waitedMs: number }[] = [];
  readonly aborted: number[] = [];
  readonly #clock: VirtualClock;
  readonly #bucket: TokenBucket;
  readonly #waiting = new Map<number, AbortController>();
  #count = 0;

  constructor(clock: VirtualClock, bucket: TokenBucket) {
    this.#clock = clock;
    this.#bucket = bucket;
  }

  ask(count = 1): void {
    for (let index = 0; index < count; index++) {
      const caller = this.#count++;
      const abort = new AbortController();
      this.#waiting.set(caller, abort);
      this.#bucket.acquire(abort.signal).then(
        (waitedMs) => {
          this.#waiting.delete(caller);
          this.granted.push({ caller, atMs: this.#clock.monotonic(), waitedMs });
        },
        () => this.aborted.push(caller),
      );
    }
  }

  /** Makes the caller at `place` (modulo their number) of those that wait give up. */
  giveUp(place: number): void {
    const callers = [...this.#waiting.keys()];
    const caller = callers[place % Math.max(1, callers.length)];
    if (caller !== undefined) {
      this.#waiting.get(caller)?.abort();
      this.#waiting.delete(caller);
    }
  }

  get asked(): number {
    return this.#count;
  }

  get grantedAt(): readonly number[] {
    return this.granted.map((grant) => grant.atMs);
  }
}

function setUp(limit: RateLimit): { clock: VirtualClock; bucket: TokenBucket; callers: Callers } {
  const clock = new VirtualClock();
  const bucket = new TokenBucket(clock, limit);
  return { clock, bucket, callers: new Callers(clock, bucket) };
}

describe('TokenBucket', () => {
  it('lets a burst through at once and the rest at the rate', async () => {
    const { clock, callers } = setUp({ requestsPerSecond: 10, burst: 3 });
    callers.ask(6);
    await clock.advance(1000);
    expect(callers.grantedAt).toEqual([0, 0, 0, 100, 200, 300]);
    expect(callers.granted.map((grant) => grant.waitedMs)).toEqual([0, 0, 0, 100, 200, 300]);
  });

  it('saves up no more than the burst', async () => {
    const { clock, callers } = setUp({ requestsPerSecond: 10, burst: 2 });
    await clock.advance(60_000);
    callers.ask(4);
    await clock.advance(1000);
    expect(callers.grantedAt).toEqual([60_000, 60_000, 60_100, 60_200]);
  });

  it('serves a newcomer after those who wait, even when a token has just come in', async () => {
    const { clock, callers } = setUp({ requestsPerSecond: 10, burst: 1 });
    callers.ask(2);
    // Asks in the very instant in which the token for the one before it falls due, ahead of that one's timer.
    clock.schedule(99.9999999, () => callers.ask());
    await clock.advance(300);
    expect(callers.granted.map((grant) => grant.caller)).toEqual([0, 1, 2]);
  });

  it('moves the others up when one gives up, and leaves no timer when all have', async () => {
    const { clock, bucket, callers } = setUp({ requestsPerSecond: 1, burst: 1 });
    callers.ask(4);
    await clock.flush();
    callers.giveUp(0);
    await clock.advance(1000);
    expect(callers.granted.map((grant) => grant.caller)).toEqual([0, 2]);
    callers.giveUp(0);
    await clock.flush();
    expect(callers.aborted).toEqual([1, 3]);
    expect(bucket.waiting).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('rejects with the reason of the signal, before and while waiting', async () => {
    const { clock, bucket } = setUp({ requestsPerSecond: 1, burst: 1 });
    const reason = new Error('shutting down');
    await expect(bucket.acquire(AbortSignal.abort(reason))).rejects.toBe(reason);
    await expect(bucket.acquire(never)).resolves.toBe(0);
    const abort = new AbortController();
    const waiting = bucket.acquire(abort.signal);
    abort.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    expect(clock.pending).toBe(0);
  });

  it('grants nothing during a pause and comes back one by one, not in a burst', async () => {
    const { clock, bucket, callers } = setUp({ requestsPerSecond: 10, burst: 5 });
    bucket.pause(2000);
    callers.ask(3);
    expect(bucket.pausedForMs()).toBe(2000);
    await clock.advance(1999);
    expect(callers.granted).toEqual([]);
    await clock.advance(1000);
    expect(callers.grantedAt).toEqual([2000, 2100, 2200]);
    expect(bucket.pausedForMs()).toBe(0);
  });

  it('keeps the longer of two pauses', async () => {
    const { clock, bucket, callers } = setUp({ requestsPerSecond: 10, burst: 1 });
    bucket.pause(2000);
    bucket.pause(500);
    bucket.pause(-1);
    bucket.pause(Number.NaN);
    callers.ask();
    await clock.advance(1000);
    bucket.pause(1500);
    await clock.advance(5000);
    expect(callers.grantedAt).toEqual([2500]);
  });

  it('applies a new limit to those who wait already', async () => {
    const { clock, bucket, callers } = setUp({ requestsPerSecond: 0.001, burst: 1 });
    callers.ask(3);
    await clock.advance(1000);
    bucket.reconfigure({ requestsPerSecond: 10, burst: 2 });
    await clock.advance(1000);
    expect(callers.grantedAt.map(Math.round)).toEqual([0, 1100, 1200]);
  });

  it('keeps of what was saved up what the new burst allows', async () => {
    const { clock, bucket, callers } = setUp({ requestsPerSecond: 1, burst: 100 });
    bucket.reconfigure({ requestsPerSecond: 1, burst: 2 });
    callers.ask(3);
    await clock.advance(1000);
    expect(callers.grantedAt).toEqual([0, 0, 1000]);
  });

  it.each([
    [{ requestsPerSecond: 0, burst: 1 }, 'nobody would ever get a token'],
    [{ requestsPerSecond: -1, burst: 1 }, 'tokens do not flow out'],
    [{ requestsPerSecond: Number.NaN, burst: 1 }, 'not a number'],
    [{ requestsPerSecond: Number.POSITIVE_INFINITY, burst: 1 }, 'no limit at all is another thing'],
    [{ requestsPerSecond: 1, burst: 0 }, 'the bucket could never hold a token'],
    [{ requestsPerSecond: 1, burst: 1.5 }, 'tokens are whole'],
  ])('refuses %j: %s', (limit) => {
    expect(() => new TokenBucket(new VirtualClock(), limit)).toThrow(RangeError);
    const bucket = new TokenBucket(new VirtualClock(), { requestsPerSecond: 1, burst: 1 });
    expect(() => bucket.reconfigure(limit)).toThrow(RangeError);
  });
});

type Step =
  | { readonly kind: 'ask'; readonly count: number }
  | { readonly kind: 'giveUp'; readonly place: number }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'pause'; readonly ms: number };

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('ask' as const), count: fc.integer({ min: 1, max: 8 }) }),
    fc.record({ kind: fc.constant('giveUp' as const), place: fc.nat(20) }),
    fc.record({ kind: fc.constant('pass' as const), ms: fc.double({ min: 0, max: 3000, noNaN: true }) }),
    fc.record({ kind: fc.constant('pause' as const), ms: fc.integer({ min: 0, max: 3000 }) }),
  ),
  { maxLength: 40, size: 'max' },
);
const limits: fc.Arbitrary<RateLimit> = fc.record({
  requestsPerSecond: fc.double({ min: 0.5, max: 200, noNaN: true }),
  burst: fc.integer({ min: 1, max: 10 }),
});

/** Plays the steps, then lets everybody have a turn. Returns the pauses that were in force. */
async function play(
  script: readonly Step[],
  clock: VirtualClock,
  bucket: TokenBucket,
  callers: Callers,
): Promise<readonly [number, number][]> {
  const pauses: [number, number][] = [];
  for (const step of script) {
    if (step.kind === 'ask') {
      callers.ask(step.count);
    } else if (step.kind === 'giveUp') {
      callers.giveUp(step.place);
    } else if (step.kind === 'pass') {
      await clock.advance(step.ms);
    } else {
      // Whatever was granted so far must be noted at its own moment, not counted into the pause.
      await clock.flush();
      pauses.push([clock.monotonic(), clock.monotonic() + step.ms]);
      bucket.pause(step.ms);
    }
    await clock.flush();
  }
  await clock.advance(1_000_000);
  return pauses;
}

describe('properties of TokenBucket', () => {
  it('never grants more than burst + rate * t in any span, nothing in a pause, in order of asking, and everybody in the end', async () => {
    await fc.assert(
      fc.asyncProperty(limits, steps, async (limit, script) => {
        const { clock, bucket, callers } = setUp(limit);
        const pauses = await play(script, clock, bucket, callers);
        const { granted, grantedAt } = callers;

        for (let first = 0; first < grantedAt.length; first++) {
          for (let last = first; last < grantedAt.length; last++) {
            const seconds = ((grantedAt[last] ?? 0) - (grantedAt[first] ?? 0)) / 1000;
            expect(last - first + 1).toBeLessThanOrEqual(limit.burst + limit.requestsPerSecond * seconds + 0.001);
          }
        }
        for (const [from, to] of pauses) {
          // The instants at both ends belong to before and after.
          expect(grantedAt.filter((atMs) => atMs > from && atMs < to - 0.001)).toEqual([]);
        }
        const order = granted.map((grant) => grant.caller);
        expect(order).toEqual(order.toSorted((left, right) => left - right));
        expect(granted.length + callers.aborted.length).toBe(callers.asked);
        expect(clock.pending).toBe(0);
      }),
      { numRuns: 150 },
    );
  });

  it('uses what it may: with a line of callers it grants at the full rate', async () => {
    await fc.assert(
      fc.asyncProperty(limits, fc.integer({ min: 1, max: 60 }), async (limit, count) => {
        const { clock, callers } = setUp(limit);
        callers.ask(count);
        await clock.advance(1_000_000);
        const expected = (Math.max(0, count - limit.burst) / limit.requestsPerSecond) * 1000;
        expect(callers.grantedAt.at(-1)).toBeCloseTo(expected, 2);
      }),
      { numRuns: 100 },
    );
  });
});
