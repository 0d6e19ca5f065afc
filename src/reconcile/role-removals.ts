import type { RolePlan } from '../model/index.ts';
import type { RoleFacts } from '../status/index.ts';
import type { LaneContext } from './lane-context.ts';
import { isApprovedPlan } from './role-limits.ts';
import { removalFacts } from './role-reports.ts';
import type { RoleTarget } from './role-target.ts';
import type { Untold } from './untold-removals.ts';

/** What was sent counts until the status remembers it. */
export function countRemoved({ deps, untold }: LaneContext, { key, role }: RoleTarget, plan: RolePlan): void {
  const isApproved = isApprovedPlan(role, plan);
  const removed = isApproved ? [] : (plan.permissions?.remove ?? []);
  untold.add(key, { uid: role.metadata.uid, time: deps.clock.now(), removed, isApproved });
}

/** What the status of a Role doesn't remember yet. */
export function untoldOf({ untold }: LaneContext, { key, role }: RoleTarget): Untold | undefined {
  return untold.of(key, role.metadata.uid);
}

/** Beside a plan that is shown no approval is called spent: the hash that is shown would be outdated at once. */
export function removedFact(lanes: LaneContext, target: RoleTarget): Pick<RoleFacts, 'removed'> {
  const { isApprovalSpent: _, ...removed } = removalFacts(untoldOf(lanes, target));
  return removed;
}
