import type { OrganizationSnapshot } from '../model/index.ts';
import type { Connection } from './connections.ts';
import type { ReconcileDeps } from './ports.ts';

/**
 * A snapshot and when its reading began: `order` counts reads and writes of this process, so a write with a higher one isn't in it,
 * however coarse the clock; `takenAt` is in monotonic milliseconds.
 */
export interface Taken {
  readonly snapshot: OrganizationSnapshot;
  readonly order: number;
  readonly takenAt: number;
}

/** A snapshot younger than this serves a new turn of the same lane, so that changes in quick succession share one list. */
const reuseMs = 2_000;
/** While writes keep coming, reading back waits longer and longer, up to this, so that a burst costs few lists. */
const longestSpacingMs = 5_000;
/** The first wait between two reads back of one lane. */
const firstSpacingMs = 500;
/** A lane that was quiet for this long reads back at once again. */
const quietMs = 10_000;

interface LaneReads {
  taken: Taken | undefined;
  /** When the last read back began, and how long the next has to wait after it. */
  verifiedAt: number;
  spacingMs: number;
}

/** Complete reads of organizations, shared by all Roles of a lane. */
export class Snapshots {
  readonly #deps: Pick<ReconcileDeps, 'clock'>;
  /** By connection, which is a new one when address or credentials change: what one of them read says nothing about another. */
  readonly #lanes = new Map<Connection, Map<string, LaneReads>>();
  #order = 0;

  constructor(deps: Pick<ReconcileDeps, 'clock'>) {
    this.#deps = deps;
  }

  /** The next number in the order of reads and writes. */
  nextOrder(): number {
    this.#order += 1;
    return this.#order;
  }

  /**
   * A complete read of the organization that began later than `after` in the order; a recent one is reused. Rejects with what the
   * provider's `observe` rejects with; a failed read leaves nothing behind.
   */
  async get(connection: Connection, organization: string, after: number, signal: AbortSignal): Promise<Taken> {
    const lane = this.#lane(connection, organization);
    const now = this.#deps.clock.monotonic();
    const { taken } = lane;
    if (taken !== undefined && taken.order > after && now - taken.takenAt < reuseMs) return taken;
    const order = this.nextOrder();
    const snapshot = await connection.provider.observe(organization, signal);
    lane.taken = { snapshot, order, takenAt: now };
    return lane.taken;
  }

  /** Forgets the last read, after a write whose outcome isn't known. */
  invalidate(connection: Connection, organization: string): void {
    this.#lane(connection, organization).taken = undefined;
  }

  /**
   * How long reading back has to wait in this lane, in milliseconds; 0 says now, and counts as done.
   */
  verifyDelay(connection: Connection, organization: string): number {
    const lane = this.#lane(connection, organization);
    const now = this.#deps.clock.monotonic();
    const since = now - lane.verifiedAt;
    if (since < lane.spacingMs) return lane.spacingMs - since;
    lane.spacingMs = since >= quietMs ? firstSpacingMs : Math.min(longestSpacingMs, lane.spacingMs * 2);
    lane.verifiedAt = now;
    return 0;
  }

  /** Drops what is too old to be of use, so that memory doesn't grow with organizations that are no longer asked about. */
  prune(): void {
    const now = this.#deps.clock.monotonic();
    for (const [connection, organizations] of this.#lanes) {
      for (const [organization, lane] of organizations) {
        if (lane.taken !== undefined && now - lane.taken.takenAt >= reuseMs) lane.taken = undefined;
        if (lane.taken === undefined && now - lane.verifiedAt >= quietMs) organizations.delete(organization);
      }
      if (organizations.size === 0) this.#lanes.delete(connection);
    }
  }

  #lane(connection: Connection, organization: string): LaneReads {
    const organizations = this.#lanes.get(connection) ?? new Map<string, LaneReads>();
    this.#lanes.set(connection, organizations);
    const lane = organizations.get(organization) ?? { taken: undefined, verifiedAt: Number.NEGATIVE_INFINITY, spacingMs: firstSpacingMs };
    organizations.set(organization, lane);
    return lane;
  }
}
