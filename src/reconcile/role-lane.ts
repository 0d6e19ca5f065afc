import type { Reconcile } from '../controller/types.ts';
import type { ConnectionRegistry } from './connections.ts';
import type { ReconcileKey } from './keys.ts';
import { LaneContext } from './lane-context.ts';
import type { ReconcileDeps } from './ports.ts';
import { LaneRun } from './role-lane-run.ts';

/**
 * Keeps Roles lane by lane, a lane being one organization at one account: one worker at a time, one list of the organization for all
 * its Roles, writes one after another, and one list to read back what was written.
 */
export class RoleLanes {
  readonly #context: LaneContext;

  constructor(deps: ReconcileDeps, registry: ConnectionRegistry) {
    this.#context = new LaneContext(deps, registry);
  }

  /** Works on the ready Roles of one lane. */
  readonly reconcile: Reconcile<ReconcileKey> = async (work, signal) => {
    await new LaneRun(this.#context, work, signal).run();
    this.#context.prune();
  };

  /** The group of a Role's key: its lane, or the key itself while the lane can't be told. */
  laneOf(key: ReconcileKey): string {
    return this.#context.laneOf(key);
  }
}
