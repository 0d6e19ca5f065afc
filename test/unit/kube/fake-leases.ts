import type { KubeObject } from '../../../src/api/index.ts';
import { type KubeApi, KubeError, type Lease } from '../../../src/kube/index.ts';
import type { Clock, Timer } from '../../../src/lib/index.ts';
import type { VirtualClock } from '../../support/virtual-clock.ts';

/** What becomes of one request. `lost`: it never reaches the server. `unanswered`: it does, and the answer is lost. */
export interface Passage {
  readonly fate: 'answered' | 'lost' | 'unanswered';
  /** Milliseconds until it reaches the server, and from there until the answer is back. */
  readonly thereMs: number;
  readonly backMs: number;
}

/** The one Lease of an API server, with optimistic locking, in virtual time. */
export class FakeLeases {
  lease: Lease | undefined;
  readonly history: Lease[] = [];
  #version = 100;
  #uid = 0;

  get(): Lease {
    if (this.lease === undefined) throw new KubeError('notFound', 'no lease', { status: 404 });
    return structuredClone(this.lease);
  }

  create(lease: Lease): Lease {
    if (this.lease !== undefined) throw new KubeError('alreadyExists', 'there is one', { status: 409 });
    return this.#store({ ...lease, metadata: { ...lease.metadata, uid: `uid-${++this.#uid}` } });
  }

  update(lease: Lease): Lease {
    if (this.lease === undefined) throw new KubeError('notFound', 'no lease', { status: 404 });
    if (lease.metadata.resourceVersion !== this.lease.metadata.resourceVersion) {
      throw new KubeError('conflict', 'changed meanwhile', { status: 409 });
    }
    return this.#store(lease);
  }

  #store(lease: Lease): Lease {
    this.lease = { ...lease, metadata: { ...lease.metadata, resourceVersion: String(++this.#version) } };
    this.history.push(this.lease);
    return structuredClone(this.lease);
  }
}

/**
 * One process with clocks of its own. While it is paused, as by SIGSTOP, its clocks go on and nothing of it runs; what came due is
 * made up for when it goes on.
 */
export class FakeProcess implements Clock {
  readonly #base: VirtualClock;
  readonly #monotonicOffset: number;
  #wallOffset: number;
  #paused = false;
  #deferred: (() => void)[] = [];

  constructor(base: VirtualClock, offsets: { readonly monotonic?: number; readonly wall?: number } = {}) {
    this.#base = base;
    this.#monotonicOffset = offsets.monotonic ?? 0;
    this.#wallOffset = offsets.wall ?? 0;
  }

  now(): number {
    return this.#base.now() + this.#wallOffset;
  }

  monotonic(): number {
    return this.#base.monotonic() + this.#monotonicOffset;
  }

  schedule(delayMs: number, callback: () => void): Timer {
    let isCancelled = false;
    const run = (): void => {
      if (!isCancelled) callback();
    };
    const timer = this.#base.schedule(delayMs, () => this.enter(run));
    return {
      cancel: () => {
        isCancelled = true;
        timer.cancel();
      },
    };
  }

  /** Runs something inside the process: now, or when it goes on. */
  enter(callback: () => void): void {
    if (this.#paused) this.#deferred.push(callback);
    else callback();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    const deferred = this.#deferred;
    this.#deferred = [];
    for (const callback of deferred) callback();
  }

  jumpWallClock(ms: number): void {
    this.#wallOffset += ms;
  }
}

/** The way from one process to the Lease. A request that was given up goes on to the server all the same. */
export function leaseApi(
  base: VirtualClock,
  process: FakeProcess,
  leases: FakeLeases,
  passage: () => Passage,
): Pick<KubeApi, 'get' | 'create' | 'update'> {
  const send = <T extends KubeObject>(act: () => Lease, signal: AbortSignal): Promise<T> =>
    new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      const { fate, thereMs, backMs } = passage();
      if (fate === 'lost') return;
      base.schedule(thereMs, () => {
        const outcome = attempt(act);
        if (fate === 'unanswered') return;
        base.schedule(backMs, () =>
          process.enter(() => {
            if ('error' in outcome) reject(outcome.error);
            else resolve(outcome.lease as KubeObject as T);
          }),
        );
      });
    });
  return {
    get: (_, __, signal) => send(() => leases.get(), signal),
    create: (_, lease, signal) => send(() => leases.create(structuredClone(lease)), signal),
    update: (_, lease, signal) => send(() => leases.update(structuredClone(lease)), signal),
  };
}

function attempt(act: () => Lease): { readonly lease: Lease } | { readonly error: unknown } {
  try {
    return { lease: act() };
  } catch (error) {
    return { error };
  }
}
