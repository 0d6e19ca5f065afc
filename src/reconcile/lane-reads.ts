import type { LaneContext } from './lane-context.ts';
import type { RoleTarget } from './role-target.ts';
import type { Taken } from './snapshots.ts';

/** A turn reads its organization again after this, in milliseconds, however many Roles still wait. */
const longestBaseMs = 60_000;

/** The reads that one turn works from: two provider objects may lead to the same account. */
export class LaneReads {
  readonly #lanes: LaneContext;
  readonly #signal: AbortSignal;
  readonly #bases = new Map<string, Taken>();
  /** The latest second read, and the one before it: what neither shows is believed to be gone. */
  readonly #confirmed = new Map<string, { readonly order: number; readonly before: Taken }>();
  /** Where the turn begins in the order of reads and writes. */
  readonly #began: number;

  constructor(lanes: LaneContext, signal: AbortSignal) {
    this.#lanes = lanes;
    this.#signal = signal;
    this.#began = lanes.snapshots.nextOrder();
  }

  /**
   * The read that a Role is served from. A Role that we wrote, or that somebody asked to look at, gets one that began afterwards. A
   * role that should be there, or may be, and isn't is only believed to be gone when a second read says so too. With `isFresh` what an earlier turn
   * read isn't good enough: who deletes must not take a role that somebody has just made for the one that was there.
   */
  async base(target: RoleTarget, isFresh = target.requested !== undefined): Promise<Taken> {
    const key = readKey(target);
    const after = Math.max(this.#lanes.records.get(target.key)?.order ?? 0, isFresh ? this.#began : 0);
    const base = await this.after(target, after);
    const { ownership, pendingCreate } = target.role.status ?? {};
    const wasThere = ownership !== undefined || pendingCreate !== undefined || this.#lanes.records.has(target.key);
    const missing = wasThere && !base.snapshot.roles.has(target.desired.ref.slug);
    const confirmed = this.#confirmed.get(key);
    // A second read that was made for another role may be the one that is wrong.
    const isSure = confirmed?.order === base.order && !confirmed.before.snapshot.roles.has(target.desired.ref.slug);
    if (!missing || isSure) return base;
    const second = await this.#read(target, base.order);
    this.#confirmed.set(key, { order: second.order, before: base });
    return second;
  }

  /** The read that this turn works from, or a new one unless that began later than `after` in the order of reads and writes. */
  after(target: RoleTarget, after: number): Promise<Taken> {
    const held = this.#bases.get(readKey(target));
    const fresh = held !== undefined && held.order > after && this.#lanes.deps.clock.monotonic() - held.takenAt < longestBaseMs;
    return fresh ? Promise.resolve(held) : this.#read(target, after);
  }

  /** What was read before says nothing about what a write that failed did or found. */
  forget(target: RoleTarget): void {
    this.#lanes.snapshots.invalidate(target.connection, target.desired.ref.organization);
    this.#bases.delete(readKey(target));
  }

  async #read(target: RoleTarget, after: number): Promise<Taken> {
    const { organization } = target.desired.ref;
    const taken = await this.#lanes.snapshots.get(target.connection, organization, after, this.#signal);
    this.#bases.set(readKey(target), taken);
    return taken;
  }
}

/** Which read a Role is served from. */
export function readKey(target: RoleTarget): string {
  return `${target.connection.key}\n${target.desired.ref.organization}`;
}

/** Targets with one read each. */
export function byConnection(targets: readonly RoleTarget[]): readonly (readonly RoleTarget[])[] {
  const groups = new Map<string, RoleTarget[]>();
  for (const target of targets) {
    const group = groups.get(readKey(target));
    if (group === undefined) groups.set(readKey(target), [target]);
    else group.push(target);
  }
  return [...groups.values()];
}
