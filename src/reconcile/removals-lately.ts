import type { Guardrails, RemovalRecord } from '../api/index.ts';
import type { OrganizationSnapshot } from '../model/index.ts';
import { keyOf, type ReconcileKey } from './keys.ts';
import type { ReconcileDeps } from './ports.ts';
import type { WriteRecord } from './role-decision.ts';
import type { RemovalsLately } from './role-limits.ts';
import type { RoleTarget } from './role-target.ts';
import { durationOf } from './values.ts';

/** The window over which removals are added up unless the provider object says otherwise, in milliseconds. */
const defaultWindowMs = 3_600_000;

/** What this process knows besides the statuses. */
export interface Known {
  /** Writes that were not read back yet. */
  readonly records: ReadonlyMap<ReconcileKey, WriteRecord>;
  /** Removals that were decided on and not sent yet. */
  readonly planned: ReadonlyMap<ReconcileKey, number>;
}

/**
 * What was removed within the window, and what there is. The statuses of the Roles remember it through a restart; what was written and not
 * read back yet is added. What a person approved doesn't count.
 */
export function removalsLately(
  { stores, clock }: Pick<ReconcileDeps, 'stores' | 'clock'>,
  { records, planned }: Known,
  target: RoleTarget,
  snapshot: OrganizationSnapshot,
): RemovalsLately {
  const { connection, desired } = target;
  const since = windowStart(clock.now(), connection.limits.guardrails);
  const organization = { removed: 0, total: 0 };
  const provider = { removed: 0, total: 0 };
  for (const role of snapshot.roles.values()) if (!role.system) organization.total += role.permissions.length;
  for (const role of stores.roles.byIndex('provider', connection.key)) {
    const key = keyOf(role);
    const done = removedSince(role.status?.removals, since);
    const underWay = removedBy(records.get(key), since) ?? (key === target.key ? 0 : (planned.get(key) ?? 0));
    const removed = done + underWay;
    provider.removed += removed;
    // What is under way is still in what was read.
    provider.total += done + (role.status?.permissions?.observed ?? 0);
    if (role.spec.organization.toLowerCase() !== desired.ref.organization.toLowerCase()) continue;
    organization.removed += removed;
    organization.total += done;
  }
  return { organization, provider };
}

function removedBy(record: WriteRecord | undefined, since: number): number | undefined {
  if (record === undefined || record.time <= since) return undefined;
  return record.isApproved === true ? 0 : record.removed.length;
}

/** When the window of a provider object began, in milliseconds since the epoch. */
export function windowStart(now: number, guardrails: Guardrails | undefined): number {
  return now - durationOf(guardrails?.removalBudget?.window, defaultWindowMs);
}

/** How much a status remembers to have been removed since then. */
export function removedSince(removals: readonly RemovalRecord[] = [], since: number): number {
  return removals.filter(({ time }) => Date.parse(time) > since).reduce((sum, { count }) => sum + count, 0);
}
