import { type Clock, type Random, sleep, type Timer } from '../lib/index.ts';
import { CallScope } from './call-scope.ts';
import type { Lease, LeaseSpec } from './lease.ts';
import { microTime } from './micro-time.ts';
import { resources } from './resources.ts';
import { type KubeApi, KubeError } from './types.ts';

/** How one replica takes part in an election. */
export interface LeaderElectorOptions {
  readonly api: Pick<KubeApi, 'get' | 'create' | 'update'>;
  readonly clock: Clock;
  readonly random: Random;
  /** The Lease that all replicas share. */
  readonly lease: { readonly namespace: string; readonly name: string };
  /** Must differ between replicas and between restarts, for example pod name and a random part. */
  readonly identity: string;
  /** How long others leave the Lease alone after its holder's last renewal: whole seconds, default 15000. */
  readonly leaseDurationMs?: number;
  /** How long after the begin of its last successful renewal the holder may write: below `leaseDurationMs`, default 10000. */
  readonly renewDeadlineMs?: number;
  /** Time between two tries; at most half of `renewDeadlineMs`, default 2000. */
  readonly retryPeriodMs?: number;
  /** Told of every try that failed; the next one follows. Must not throw. */
  readonly onError?: (error: unknown) => void;
  /** Told of every try that didn't fail, whoever holds the Lease. Must not throw. */
  readonly onAnswer?: () => void;
}

/** What to do with leadership. */
export interface LeaderCallbacks {
  /**
   * Begins to work as the leader. The signal aborts when leadership ends for whatever reason; settle once all work has stopped.
   * Resolving by itself gives leadership up and ends `run`; rejecting does so, too, and `run` rejects with it.
   */
  readonly onStartedLeading: (signal: AbortSignal) => Promise<void>;
  /** Called after all work has stopped. Must not throw. */
  readonly onStoppedLeading?: () => void;
}

/** Why a leader's signal aborted while the process goes on. */
export class LeadershipLostError extends Error {
  override readonly name = 'LeadershipLostError';
}

/** A time during which this replica holds the Lease. The moments are when its rights end unless it renews them. */
interface Term {
  /** On the monotonic clock. */
  writeDeadline: number;
  /** On the wall clock, which goes on while a machine is suspended and the monotonic clock stands. */
  wallDeadline: number;
}

/** The Lease as last seen, and when that was. */
interface Sighting {
  readonly lease: Lease;
  /** Monotonic time after the answer that showed this version for the first time. */
  readonly seenAt: number;
}

const defaults = { leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000 };

/** Spreads the tries of waiting replicas over 1 to 2.2 times the retry period. */
const retryJitter = 1.2;

/**
 * Elects one leader among replicas by a Lease.
 *
 * Two replicas never have `mayWrite()` at once:
 * 1. A holder's renewal begins at s and takes effect at the server at w >= s. From it the holder may write until s + renewDeadline.
 * 2. Another replica takes the Lease only after it has seen that very version unchanged for the lease duration written in it. It
 *    can't have seen it before w, so it doesn't take it before w + leaseDuration > s + renewDeadline.
 * 3. Each take-over names the resourceVersion it is based on. A request that was delayed and arrives after the Lease changed
 *    is refused, and one that was never confirmed extends nobody's right to write.
 * 4. A holder that gives the Lease back stops being allowed to write before it sends the request.
 *
 * Only differences of one replica's own monotonic clock are used, so skew and jumps of wall clocks don't matter (a jump ahead of
 * its own wall clock makes a holder pause until its next renewal, because it can't be told from a suspended machine). A process that
 * was stopped and goes on later finds `mayWrite()` false, whatever its timers have yet to notice. What remains is a write that
 * was on its way when its sender stopped: the time between renewDeadline and leaseDuration is there for it to end. Deleting the
 * Lease by hand breaks the promise for replicas that start at that very moment.
 */
export class LeaderElector {
  readonly #options: LeaderElectorOptions & typeof defaults;
  readonly #clock: Clock;
  #sighting: Sighting | undefined;
  #term: Term | undefined;
  #running = false;

  /** Throws RangeError when the periods don't fit together. */
  constructor(options: LeaderElectorOptions) {
    this.#options = { ...defaults, ...options };
    this.#clock = options.clock;
    validate(this.#options);
  }

  /** Whether this replica leads, or did when it last looked. For people and metrics; before a write ask `mayWrite`. */
  get isLeader(): boolean {
    return this.#term !== undefined;
  }

  /** Who held the Lease when it was last seen; undefined when nobody did or it wasn't seen yet. */
  get holder(): string | undefined {
    return this.#sighting?.lease.spec?.holderIdentity || undefined;
  }

  /** Monotonic time at which the right to write ends unless it is renewed; undefined for who doesn't lead. */
  get writeDeadline(): number | undefined {
    return this.#term?.writeDeadline;
  }

  /** Whether a write may begin at this instant. Ask immediately before each write. */
  mayWrite(): boolean {
    const term = this.#term;
    return term !== undefined && this.#clock.monotonic() < term.writeDeadline && this.#clock.now() < term.wallDeadline;
  }

  /**
   * Takes part until the signal aborts, then gives the Lease back and resolves. After losing leadership it waits until the work has
   * stopped and takes part again.
   */
  async run(callbacks: LeaderCallbacks, signal: AbortSignal): Promise<void> {
    if (this.#running) throw new Error(`${this.#options.identity} already takes part in the election`);
    this.#running = true;
    try {
      let goOn = true;
      while (goOn && !signal.aborted) {
        const term = await this.#acquire(signal);
        goOn = term !== undefined && (await this.#lead(term, callbacks, signal));
      }
    } finally {
      this.#running = false;
    }
  }

  /** Tries until it holds the Lease. Undefined when the signal aborted. */
  async #acquire(signal: AbortSignal): Promise<Term | undefined> {
    while (!signal.aborted) {
      const term = await this.#try(signal);
      // The answer may have come so late that the right to write is over already.
      if (term !== undefined && this.#clock.monotonic() < term.writeDeadline) return term;
      const waitMs = this.#options.retryPeriodMs * (1 + retryJitter * this.#options.random());
      await sleep(this.#clock, waitMs, signal).catch(() => undefined);
    }
    return undefined;
  }

  /** Leads until the Lease is lost, the work ends or the signal aborts. True when it was lost and one may take part again. */
  async #lead(term: Term, callbacks: LeaderCallbacks, signal: AbortSignal): Promise<boolean> {
    this.#term = term;
    const leading = new AbortController();
    const worked = new AbortController();
    const onAbort = (): void => leading.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    const keeping = this.#keep(leading, worked.signal);
    try {
      // Nothing may begin once the signal has aborted, though the Lease came.
      if (signal.aborted) onAbort();
      else await this.#work(callbacks, leading.signal);
    } finally {
      worked.abort();
      await keeping;
      signal.removeEventListener('abort', onAbort);
      const isHeld = this.#term !== undefined;
      this.#term = undefined;
      if (isHeld) await this.#giveBack();
      callbacks.onStoppedLeading?.();
    }
    return leading.signal.reason instanceof LeadershipLostError;
  }

  async #work(callbacks: LeaderCallbacks, signal: AbortSignal): Promise<void> {
    try {
      await callbacks.onStartedLeading(signal);
    } catch (error) {
      // Rejecting with the signal's reason is how work says that it stopped as it was told.
      if (!signal.aborted || error !== signal.reason) throw error;
    }
  }

  /** Renews until the work has ended, also while it winds down after `leading` was aborted, or until the Lease is lost. */
  async #keep(leading: AbortController, worked: AbortSignal): Promise<void> {
    const lost = new AbortController();
    const lose = (why: string): void => {
      this.#term = undefined;
      lost.abort();
      leading.abort(new LeadershipLostError(`${this.#options.identity} lost the Lease ${this.#leaseName}: ${why}`));
    };
    let watchdog: Timer | undefined;
    const guard = (): void => {
      watchdog?.cancel();
      if (this.#term === undefined) return;
      const remainingMs = this.#term.writeDeadline - this.#clock.monotonic();
      watchdog = this.#clock.schedule(remainingMs, () => lose('it could not be renewed in time'));
    };
    const stop = AbortSignal.any([worked, lost.signal]);
    guard();
    while (!stop.aborted) {
      await sleep(this.#clock, this.#options.retryPeriodMs, stop).catch(() => undefined);
      if (stop.aborted) break;
      // A renewal under way when the work ends is seen through, so that the Lease's version is known for giving it back.
      const renewed = await this.#try(lost.signal);
      if (renewed !== undefined && !lost.signal.aborted) this.#term = renewed;
      else if (this.#isHeldByOther()) lose(`${this.holder} holds it`);
      guard();
    }
    watchdog?.cancel();
  }

  /** One try to take or renew the Lease. Undefined when that wasn't possible now. Never rejects. */
  async #try(signal: AbortSignal): Promise<Term | undefined> {
    const scope = new CallScope(this.#clock, signal);
    // Half of the deadline, so that one request lost in the network doesn't cost leadership.
    scope.setDeadline(this.#options.renewDeadlineMs / 2);
    try {
      const term = await this.#takeOrRenew(scope.signal);
      this.#options.onAnswer?.();
      return term;
    } catch (error) {
      // What the Lease holds now isn't known any more: it is read before the next try.
      if (!signal.aborted) this.#report(error);
      return undefined;
    } finally {
      scope.dispose();
    }
  }

  async #takeOrRenew(signal: AbortSignal): Promise<Term | undefined> {
    const lease = await this.#read(signal);
    if (this.#isHeldByOther() && !this.#hasRunOut()) return undefined;
    const begun = { monotonic: this.#clock.monotonic(), wall: this.#clock.now() };
    const written = lease === undefined ? await this.#create(begun.wall, signal) : await this.#update(lease, begun.wall, signal);
    this.#see(written);
    if (written.spec?.holderIdentity !== this.#options.identity) return undefined;
    const { renewDeadlineMs } = this.#options;
    return { writeDeadline: begun.monotonic + renewDeadlineMs, wallDeadline: begun.wall + renewDeadlineMs };
  }

  async #read(signal: AbortSignal): Promise<Lease | undefined> {
    try {
      const lease = await this.#options.api.get<Lease>(resources.leases, this.#options.lease, signal);
      this.#see(lease);
      return lease;
    } catch (error) {
      // A Lease that was deleted while somebody held it still binds us: the holder may not know yet.
      if (error instanceof KubeError && error.kind === 'notFound' && !error.missingKind) return undefined;
      throw error;
    }
  }

  #see(lease: Lease): void {
    const last = this.#sighting?.lease.metadata;
    const isNew = last?.uid !== lease.metadata.uid || last?.resourceVersion !== lease.metadata.resourceVersion;
    if (isNew || last === undefined) this.#sighting = { lease, seenAt: this.#clock.monotonic() };
  }

  #isHeldByOther(): boolean {
    const holder = this.holder;
    return holder !== undefined && holder !== this.#options.identity;
  }

  #hasRunOut(): boolean {
    if (this.#sighting === undefined) return true;
    const seconds = this.#sighting.lease.spec?.leaseDurationSeconds;
    // The holder counts by the duration it wrote, which may differ from ours while versions are rolled out.
    const durationMs = seconds !== undefined && seconds > 0 ? seconds * 1000 : this.#options.leaseDurationMs;
    return this.#clock.monotonic() >= this.#sighting.seenAt + durationMs;
  }

  #create(wallMs: number, signal: AbortSignal): Promise<Lease> {
    const now = microTime(wallMs);
    const spec = { ...this.#claim(now), acquireTime: now, leaseTransitions: 0 };
    return this.#options.api.create<Lease>(resources.leases, leaseObject(this.#options.lease, spec), signal);
  }

  #update(lease: Lease, wallMs: number, signal: AbortSignal): Promise<Lease> {
    const now = microTime(wallMs);
    const isOurs = lease.spec?.holderIdentity === this.#options.identity;
    const change = isOurs ? {} : { acquireTime: now, leaseTransitions: (lease.spec?.leaseTransitions ?? 0) + 1 };
    const spec = { ...lease.spec, ...change, ...this.#claim(now) };
    return this.#options.api.update<Lease>(resources.leases, { ...lease, spec }, signal);
  }

  #claim(now: string): Pick<LeaseSpec, 'holderIdentity' | 'leaseDurationSeconds' | 'renewTime'> {
    const { identity, leaseDurationMs } = this.#options;
    return { holderIdentity: identity, leaseDurationSeconds: leaseDurationMs / 1000, renewTime: now };
  }

  /** Lets another replica take over at once. Failing is harmless: it then waits until the Lease has run out. */
  async #giveBack(): Promise<void> {
    const scope = new CallScope(this.#clock, new AbortController().signal);
    scope.setDeadline(this.#options.renewDeadlineMs / 2);
    try {
      const lease = await this.#read(scope.signal);
      if (lease?.spec?.holderIdentity !== this.#options.identity) return;
      const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(this.#clock.now()) };
      this.#see(await this.#options.api.update<Lease>(resources.leases, { ...lease, spec }, scope.signal));
    } catch (error) {
      this.#report(error);
    } finally {
      scope.dispose();
    }
  }

  get #leaseName(): string {
    return `${this.#options.lease.namespace}/${this.#options.lease.name}`;
  }

  #report(error: unknown): void {
    this.#options.onError?.(error);
  }
}

function leaseObject(name: LeaderElectorOptions['lease'], spec: LeaseSpec): Lease {
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: name.name, namespace: name.namespace }, spec };
}

function validate(options: LeaderElectorOptions & typeof defaults): void {
  const { leaseDurationMs, renewDeadlineMs, retryPeriodMs, identity } = options;
  if (identity === '') throw new RangeError('Leader election needs an identity');
  if (!Number.isInteger(leaseDurationMs / 1000) || leaseDurationMs < 1000) {
    throw new RangeError(`Lease duration is ${leaseDurationMs} ms; it must be whole seconds, at least one`);
  }
  if (!(renewDeadlineMs > 0 && renewDeadlineMs < leaseDurationMs)) {
    throw new RangeError(
      `Renew deadline is ${renewDeadlineMs} ms; it must be above 0 and below the lease duration of ${leaseDurationMs} ms`,
    );
  }
  if (!(retryPeriodMs > 0 && retryPeriodMs <= renewDeadlineMs / 2)) {
    throw new RangeError(
      `Retry period is ${retryPeriodMs} ms; it must be above 0 and at most half of the renew deadline of ${renewDeadlineMs} ms`,
    );
  }
}
