import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { LeaderElector, type LeaderElectorOptions, LeadershipLostError } from '../../../src/kube/index.ts';
import { type Random, seededRandom, sleep } from '../../../src/lib/index.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { FakeLeases, FakeProcess, leaseApi, type Passage } from './fake-leases.ts';

const smooth: Passage = { fate: 'answered', thereMs: 5, backMs: 5 };
const lease = { namespace: 'rolekeeper-system', name: 'rolekeeper' };

let clock: VirtualClock;
let leases: FakeLeases;

beforeEach(() => {
  clock = new VirtualClock();
  leases = new FakeLeases();
});

/** One replica: a process, its elector and what happened to it. */
class Replica {
  readonly process: FakeProcess;
  readonly elector: LeaderElector;
  readonly log: string[] = [];
  readonly errors: unknown[] = [];
  readonly stop = new AbortController();
  /** What its requests meet from now on. */
  passage: () => Passage = () => smooth;
  /** Milliseconds that its work needs to wind down. */
  windDownMs = 0;
  endWork: (how: 'resolve' | Error) => void = () => undefined;
  lostBecause: unknown;
  running: Promise<unknown> = Promise.resolve();

  constructor(identity: string, options: Partial<LeaderElectorOptions> & { offsets?: { monotonic?: number; wall?: number } } = {}) {
    this.process = new FakeProcess(clock, options.offsets);
    this.elector = new LeaderElector({
      api: leaseApi(clock, this.process, leases, () => this.passage()),
      clock: this.process,
      random: () => 0.5,
      lease,
      identity,
      onError: (error) => this.errors.push(error),
      ...options,
    });
  }

  start(): this {
    this.running = this.elector
      .run({ onStartedLeading: (signal) => this.#work(signal), onStoppedLeading: () => this.log.push('stopped') }, this.stop.signal)
      .catch((error: unknown) => error);
    return this;
  }

  async #work(signal: AbortSignal): Promise<void> {
    this.log.push('started');
    await new Promise<void>((resolve, reject) => {
      this.endWork = (how) => (how === 'resolve' ? resolve() : reject(how));
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    if (!signal.aborted) return;
    this.lostBecause = signal.reason;
    this.log.push(this.elector.mayWrite() ? 'aborted, may write' : 'aborted');
    await sleep(this.process, this.windDownMs);
    this.log.push('wound down');
  }
}

describe('taking the Lease', () => {
  test('the first replica creates it and leads', async () => {
    const replica = new Replica('one').start();
    await clock.advance(100);
    expect(replica.log).toEqual(['started']);
    expect(replica.elector).toMatchObject({ isLeader: true, holder: 'one' });
    expect(replica.elector.mayWrite()).toBe(true);
    expect(leases.lease).toMatchObject({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: lease,
      spec: {
        holderIdentity: 'one',
        leaseDurationSeconds: 15,
        leaseTransitions: 0,
        acquireTime: '2030-01-01T00:00:00.010000Z',
        renewTime: '2030-01-01T00:00:00.010000Z',
      },
    });
  });

  test('renewing moves only the time of renewal, every two seconds', async () => {
    new Replica('one').start();
    await clock.advance(10_000);
    const renewals = leases.history.map((version) => version.spec?.renewTime?.slice(17, 23));
    expect(renewals).toEqual(['00.010', '02.030', '04.050', '06.070', '08.090']);
    expect(leases.lease?.spec).toMatchObject({ acquireTime: '2030-01-01T00:00:00.010000Z', leaseTransitions: 0 });
  });

  test('another replica waits as long as it is renewed', async () => {
    new Replica('one').start();
    await clock.advance(1_000);
    const second = new Replica('two').start();
    await clock.advance(120_000);
    expect(second.log).toEqual([]);
    expect(second.elector).toMatchObject({ isLeader: false, holder: 'one', writeDeadline: undefined });
    expect(second.elector.mayWrite()).toBe(false);
  });

  test('what others wrote into it stays', async () => {
    leases.create({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { ...lease, labels: { a: 'b' } }, spec: {} });
    new Replica('one').start();
    await clock.advance(100);
    expect(leases.lease).toMatchObject({ metadata: { labels: { a: 'b' } }, spec: { holderIdentity: 'one', leaseTransitions: 1 } });
  });

  test('of a holder that died it is taken after the duration since it was last seen to change, by no wall clock', async () => {
    const first = new Replica('one', { offsets: { wall: 86_400_000 } }).start();
    await clock.advance(1_000);
    first.process.pause();
    await clock.advance(60_000);
    // However long nothing happened: the second hasn't seen it and gives the holder its full time.
    const second = new Replica('two', { offsets: { wall: -86_400_000, monotonic: 5_000_000 } }).start();
    await clock.advance(14_900);
    expect(second.log).toEqual([]);
    await clock.advance(4_600);
    expect(second.log).toEqual(['started']);
    expect(leases.lease?.spec).toMatchObject({ holderIdentity: 'two', leaseTransitions: 1 });
    const taken = leases.history.find((version) => version.spec?.holderIdentity === 'two')?.spec;
    expect(taken?.acquireTime).toBe(taken?.renewTime);
  });

  test("the duration that counts is the holder's own", async () => {
    const first = new Replica('one', { leaseDurationMs: 60_000, renewDeadlineMs: 50_000 }).start();
    await clock.advance(1_000);
    first.process.pause();
    const second = new Replica('two').start();
    await clock.advance(59_900);
    expect(second.log).toEqual([]);
    await clock.advance(5_000);
    expect(second.log).toEqual(['started']);
  });

  test('a Lease that is deleted while somebody holds it still binds those who saw it', async () => {
    const first = new Replica('one').start();
    await clock.advance(1_000);
    const second = new Replica('two').start();
    await clock.advance(1_000);
    first.process.pause();
    leases.lease = undefined;
    await clock.advance(12_000);
    expect([first, second].map((replica) => replica.elector.mayWrite())).toEqual([false, false]);
    await clock.advance(10_000);
    expect(second.log).toEqual(['started']);
  });

  test('an answer that comes after the right to write has ended begins nothing', async () => {
    const replica = new Replica('one');
    replica.passage = () => ({ ...smooth, backMs: 2_000 });
    replica.start();
    await clock.advance(2_010);
    expect(leases.lease?.spec?.holderIdentity).toBe('one');
    replica.process.pause();
    await clock.advance(20_000);
    replica.process.resume();
    await clock.flush();
    expect(replica.log).toEqual([]);
    replica.passage = () => smooth;
    await clock.advance(5_000);
    expect(replica.log).toEqual(['started']);
  });

  test('an API server that fails is asked again, and told about', async () => {
    const replica = new Replica('one');
    replica.passage = () => ({ fate: 'lost', thereMs: 0, backMs: 0 });
    replica.start();
    await clock.advance(60_000);
    expect(replica.errors.length).toBeGreaterThan(5);
    expect(replica.log).toEqual([]);
    replica.passage = () => smooth;
    await clock.advance(10_000);
    expect(replica.log).toEqual(['started']);
  });
});

describe('losing the Lease', () => {
  test('tells of tries that failed, and when one did not again', async () => {
    const told: string[] = [];
    const replica = new Replica('one', { onError: () => told.push('failed'), onAnswer: () => told.push('answered') }).start();
    await clock.advance(100);
    replica.passage = () => ({ fate: 'lost', thereMs: 0, backMs: 0 });
    await clock.advance(7_500);
    replica.passage = () => smooth;
    await clock.advance(2_500);
    expect(told).toEqual(['answered', 'failed', 'answered']);
    const follower: string[] = [];
    new Replica('two', { onAnswer: () => follower.push('answered') }).start();
    await clock.advance(100);
    expect(follower).toEqual(['answered']);
  });

  test('when it could not be renewed in time the work is told to stop, and may not write from then on', async () => {
    const replica = new Replica('one').start();
    await clock.advance(100);
    const deadline = replica.elector.writeDeadline ?? 0;
    expect(deadline).toBe(10 + 10_000);
    replica.passage = () => ({ fate: 'lost', thereMs: 0, backMs: 0 });
    await clock.advance(deadline - clock.monotonic() - 1);
    expect(replica.elector.mayWrite()).toBe(true);
    expect(replica.log).toEqual(['started']);
    await clock.advance(1);
    expect(replica.elector.mayWrite()).toBe(false);
    expect(replica.log).toEqual(['started', 'aborted', 'wound down', 'stopped']);
    expect(replica.lostBecause).toBeInstanceOf(LeadershipLostError);
    expect(replica.elector.isLeader).toBe(false);
  });

  test('it takes part again, but only after its work has stopped', async () => {
    const replica = new Replica('one').start();
    await clock.advance(100);
    replica.windDownMs = 60_000;
    replica.passage = () => ({ fate: 'lost', thereMs: 0, backMs: 0 });
    await clock.advance(20_000);
    replica.passage = () => smooth;
    await clock.advance(30_000);
    expect(replica.log).toEqual(['started', 'aborted']);
    await clock.advance(25_000);
    expect(replica.log).toEqual(['started', 'aborted', 'wound down', 'stopped', 'started']);
  });

  test('one lost request does not cost leadership', async () => {
    const replica = new Replica('one').start();
    await clock.advance(100);
    let left = 1;
    replica.passage = () => (left-- > 0 ? { fate: 'lost', thereMs: 0, backMs: 0 } : smooth);
    await clock.advance(60_000);
    expect(replica.log).toEqual(['started']);
    expect(replica.elector.mayWrite()).toBe(true);
  });

  test('a renewal whose answer was lost does not lengthen the right to write', async () => {
    const replica = new Replica('one').start();
    await clock.advance(100);
    const deadline = replica.elector.writeDeadline;
    replica.passage = () => ({ fate: 'unanswered', thereMs: 5, backMs: 0 });
    await clock.advance(9_000);
    expect(replica.elector.writeDeadline).toBe(deadline);
  });

  test('finding another holder ends it at once', async () => {
    const replica = new Replica('one').start();
    await clock.advance(100);
    const stolen = leases.get();
    leases.update({ ...stolen, spec: { ...stolen.spec, holderIdentity: 'thief' } });
    await clock.advance(2_100);
    expect(replica.log).toEqual(['started', 'aborted', 'wound down', 'stopped']);
    expect(replica.elector.holder).toBe('thief');
  });

  test('a process that was stopped and goes on after its time may not write, before any of its timers has fired', async () => {
    const replica = new Replica('one').start();
    await clock.advance(100);
    replica.process.pause();
    await clock.advance(9_000);
    expect(replica.elector.mayWrite()).toBe(true);
    await clock.advance(60_000);
    expect(replica.elector.mayWrite()).toBe(false);
    expect(replica.log).toEqual(['started']);
    replica.process.resume();
    await clock.advance(1);
    expect(replica.log).toEqual(['started', 'aborted', 'wound down', 'stopped']);
  });

  test('a wall clock that is set back lengthens nothing', async () => {
    const replica = new Replica('one').start();
    await clock.advance(100);
    replica.process.pause();
    replica.process.jumpWallClock(-3_600_000);
    await clock.advance(10_000);
    expect(replica.elector.mayWrite()).toBe(false);
  });

  test('a machine that was suspended, where only the wall clock went on, may not write until it has renewed', async () => {
    const replica = new Replica('one').start();
    await clock.advance(100);
    replica.process.jumpWallClock(3_600_000);
    expect(replica.elector.mayWrite()).toBe(false);
    await clock.advance(2_100);
    expect(replica.elector.mayWrite()).toBe(true);
    replica.process.jumpWallClock(-7_200_000);
    expect(replica.elector.mayWrite()).toBe(true);
    await clock.advance(60_000);
    expect(replica.log).toEqual(['started']);
  });
});

describe('stopping', () => {
  test('the Lease is renewed until the work has stopped, then given back, and the next replica leads at once', async () => {
    const first = new Replica('one').start();
    await clock.advance(100);
    const second = new Replica('two').start();
    first.windDownMs = 40_000;
    await clock.advance(1_000);
    first.stop.abort(new Error('shutting down'));
    await clock.advance(39_900);
    expect(first.log).toEqual(['started', 'aborted, may write']);
    expect(second.log).toEqual([]);
    await clock.advance(200);
    await first.running;
    expect(first.log).toEqual(['started', 'aborted, may write', 'wound down', 'stopped']);
    expect(first.elector.mayWrite()).toBe(false);
    expect(leases.lease?.spec).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions: 0 });
    await clock.advance(4_500);
    expect(second.log).toEqual(['started']);
    expect(leases.lease?.spec).toMatchObject({ holderIdentity: 'two', leaseDurationSeconds: 15, leaseTransitions: 1 });
  });

  test('it may not write from before it gives the Lease back', async () => {
    const replica = new Replica('one').start();
    await clock.advance(100);
    replica.passage = () => ({ ...smooth, thereMs: 1_000 });
    replica.stop.abort();
    await clock.advance(1);
    expect(replica.log).toContain('wound down');
    expect(leases.lease?.spec?.holderIdentity).toBe('one');
    expect(replica.elector.mayWrite()).toBe(false);
    await clock.advance(3_000);
    expect(leases.lease?.spec?.holderIdentity).toBe('');
  });

  test('an API server that is away does not hold the shutdown up for long', async () => {
    const replica = new Replica('one').start();
    await clock.advance(100);
    replica.passage = () => ({ fate: 'lost', thereMs: 0, backMs: 0 });
    replica.stop.abort();
    await clock.advance(5_000);
    await replica.running;
    expect(replica.errors).toHaveLength(1);
  });

  test('a Lease that another took meanwhile is left alone', async () => {
    const replica = new Replica('one').start();
    await clock.advance(100);
    const stolen = leases.get();
    leases.update({ ...stolen, spec: { ...stolen.spec, holderIdentity: 'thief' } });
    replica.stop.abort();
    await clock.advance(100);
    await replica.running;
    expect(leases.lease?.spec?.holderIdentity).toBe('thief');
  });

  test('a Lease that came when it was stopping already is given back, and no work begins', async () => {
    const replica = new Replica('one');
    replica.start();
    await clock.advance(19);
    // The answer is on its way; aborting and answering fall together.
    replica.process.pause();
    await clock.advance(10);
    replica.process.enter(() => replica.stop.abort());
    replica.process.resume();
    await clock.advance(1_000);
    await replica.running;
    expect(replica.log).toEqual(['stopped']);
    expect(leases.lease?.spec?.holderIdentity).toBe('');
  });

  test('while waiting for the Lease nothing is left to do', async () => {
    new Replica('one').start();
    await clock.advance(100);
    const second = new Replica('two').start();
    await clock.advance(1_000);
    second.stop.abort();
    await second.running;
    expect(leases.lease?.spec?.holderIdentity).toBe('one');
  });

  test('work that ends by itself gives leadership up and ends the run', async () => {
    const replica = new Replica('one').start();
    await clock.advance(100);
    replica.endWork('resolve');
    await clock.advance(100);
    expect(await replica.running).toBeUndefined();
    expect(leases.lease?.spec?.holderIdentity).toBe('');
    expect(clock.pending).toBe(0);
  });

  test('work that fails gives leadership up and the run rejects with its error', async () => {
    const replica = new Replica('one').start();
    await clock.advance(100);
    const boom = new Error('boom');
    replica.endWork(boom);
    await clock.advance(100);
    expect(await replica.running).toBe(boom);
    expect(replica.log).toEqual(['started', 'stopped']);
    expect(leases.lease?.spec?.holderIdentity).toBe('');
  });

  test('running twice at once is a mistake', async () => {
    const replica = new Replica('one').start();
    await expect(replica.elector.run({ onStartedLeading: async () => undefined }, replica.stop.signal)).rejects.toThrow(/already/);
  });
});

test('work that rejects with the reason it was aborted for counts as stopped', async () => {
  const stop = new AbortController();
  const process = new FakeProcess(clock);
  const api = leaseApi(clock, process, leases, () => smooth);
  const elector = new LeaderElector({ api, clock: process, random: () => 0.5, lease, identity: 'one' });
  const running = elector.run({ onStartedLeading: (signal) => sleep(clock, 1e9, signal) }, stop.signal);
  await clock.advance(100);
  stop.abort(new Error('shutting down'));
  await clock.advance(100);
  await expect(running).resolves.toBeUndefined();
});

describe('periods that do not fit together are refused', () => {
  test.each([
    { reason: 'an empty identity', options: { identity: '' } },
    { reason: 'a lease duration of part of a second, which the Lease can not express', options: { leaseDurationMs: 15_500 } },
    { reason: 'no lease duration', options: { leaseDurationMs: 0 } },
    { reason: 'a renew deadline that leaves no margin', options: { renewDeadlineMs: 15_000 } },
    { reason: 'no renew deadline', options: { renewDeadlineMs: 0 } },
    { reason: 'too few tries before the deadline', options: { retryPeriodMs: 6_000 } },
    { reason: 'no time between tries', options: { retryPeriodMs: 0 } },
    { reason: 'not a number', options: { retryPeriodMs: Number.NaN } },
  ])('$reason', ({ options }) => {
    expect(() => new Replica('one', options)).toThrow(RangeError);
  });
});

describe('whatever processes and networks do', () => {
  type Step =
    | { readonly do: 'wait'; readonly ms: number }
    | { readonly do: 'pause' | 'resume' | 'stop' | 'isolate' | 'restore'; readonly who: number }
    | { readonly do: 'jump'; readonly who: number; readonly ms: number };

  const who = fc.nat({ max: 2 });
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 20_000 }) }) },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constantFrom<'pause' | 'resume' | 'stop' | 'isolate' | 'restore'>('pause', 'resume', 'isolate', 'restore', 'stop'),
        who,
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('jump' as const), who, ms: fc.integer({ min: -100_000, max: 100_000 }) }) },
  );

  /** A network in which each request may be slow, late beyond every deadline, lost, or carried out without an answer. */
  function weather(random: Random): () => Passage {
    return () => {
      const fate = random() < 0.7 ? 'answered' : random() < 0.5 ? 'lost' : 'unanswered';
      const delay = (): number => (random() < 0.8 ? Math.floor(random() * 300) : Math.floor(random() * 30_000));
      return { fate, thereMs: delay(), backMs: delay() };
    };
  }

  /** Periods with hardly any margin, too: the proof doesn't lean on it. */
  const periods = fc.record({ renewDeadlineMs: fc.constantFrom(10_000, 14_999), retryPeriodMs: fc.constantFrom(200, 2_000) });

  async function play(steps: readonly Step[], seed: number, chosen: { renewDeadlineMs: number; retryPeriodMs: number }): Promise<void> {
    clock = new VirtualClock();
    leases = new FakeLeases();
    const random = seededRandom(seed);
    const stormy = weather(random);
    const makeReplica = (index: number): Replica => {
      const offsets = { monotonic: Math.floor(random() * 1e6), wall: Math.floor((random() - 0.5) * 1e8) };
      const replica = new Replica(`r${index}`, { random, offsets, ...chosen });
      replica.windDownMs = Math.floor(random() * 5_000);
      replica.passage = stormy;
      return replica.start();
    };
    const replicas = [0, 1, 2].map(makeReplica);
    const all = [...replicas];

    const check = (): void => {
      const writers = all.filter((replica) => replica.elector.mayWrite());
      expect(writers.length).toBeLessThanOrEqual(1);
    };
    const pass = async (ms: number): Promise<void> => {
      const end = clock.monotonic() + ms;
      for (let next = clock.nextInMs; next !== undefined && clock.monotonic() + next <= end; next = clock.nextInMs) {
        await clock.advance(next);
        check();
      }
      await clock.advance(end - clock.monotonic());
      check();
    };
    const actions = {
      pause: (replica: Replica) => replica.process.pause(),
      resume: (replica: Replica) => replica.process.resume(),
      isolate: (replica: Replica) => {
        replica.passage = () => ({ fate: 'lost', thereMs: 0, backMs: 0 });
      },
      restore: (replica: Replica) => {
        replica.passage = stormy;
      },
      stop: (replica: Replica) => {
        replica.process.enter(() => replica.stop.abort());
        const successor = makeReplica(all.length);
        replicas[replicas.indexOf(replica)] = successor;
        all.push(successor);
      },
    };
    const act = async (current: Step): Promise<void> => {
      if (current.do === 'wait') return pass(current.ms);
      const replica = replicas[current.who] as Replica;
      if (current.do === 'jump') replica.process.jumpWallClock(current.ms);
      else actions[current.do](replica);
      await clock.flush();
      check();
    };
    for (const current of steps) await act(current);

    for (const replica of all) {
      replica.passage = () => smooth;
      replica.process.resume();
    }
    await pass(90_000);
    expect(all.filter((replica) => replica.elector.mayWrite())).toHaveLength(1);
    for (const replica of all) replica.stop.abort();
    await pass(60_000);
    await Promise.all(all.map((replica) => replica.running));
    expect(leases.lease?.spec?.holderIdentity).toBe('');
  }

  test('never may two write at once, and in the end one may', async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.nat(), periods, play), { numRuns: 100 });
  }, 120_000);
});
