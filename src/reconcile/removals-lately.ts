import type { Guardrails, RemovalRecord } from '../api/index.ts';
import type { OrganizationSnapshot } from '../model/index.ts';
import { keyOf } from './keys.ts';
import type { ReconcileDeps } from './ports.ts';
import type { RemovalsLately } from './role-limits.ts';
import type { RoleTarget } from './role-target.ts';
import type { UntoldRemovals } from './untold-removals.ts';
import { durationOf } from './values.ts';

/** The window over which removals are added up unless the provider object says otherwise, in milliseconds. */
const defaultWindowMs = 3_600_000;

/**
 * What was removed within the window, and what there is. The statuses of the Roles remember it through a restart; what none of them
 * tells yet is added. What a person approved doesn't count.
 */
export function removalsLately(
  { stores, clock }: Pick<ReconcileDeps, 'stores' | 'clock'>,
  untold: UntoldRemovals,
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
    const underWay = untold.countSince(key, role.metadata.uid, since);
    const removed = done + underWay.done + (key === target.key ? 0 : underWay.planned);
    provider.removed += removed;
    // What is under way is still in what was read.
    provider.total += done + (role.status?.permissions?.observed ?? 0);
    if (role.spec.organization.toLowerCase() !== desired.ref.organization.toLowerCase()) continue;
    organization.removed += removed;
    organization.total += done;
  }
  return { organization, provider };
}

/** When the window of a provider object began, in milliseconds since the epoch. */
export function windowStart(now: number, guardrails: Guardrails | undefined): number {
  return now - durationOf(guardrails?.removalBudget?.window, defaultWindowMs);
}

/** How much a status remembers to have been removed since then. */
export function removedSince(removals: readonly RemovalRecord[] = [], since: number): number {
  return removals.filter(({ time }) => Date.parse(time) > since).reduce((sum, { count }) => sum + count, 0);
}
