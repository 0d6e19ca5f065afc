import type { Refusal, RolePlan } from '../model/index.ts';
import { type BudgetContext, guardBudget } from './budget.ts';
import { planHash } from './canonical.ts';

/** What is known when a plan that removes permissions is about to be carried out. */
export interface RemovalInput extends BudgetContext {
  /** As it would be carried out, with permissions to create: the hash is taken of this. */
  readonly plan: RolePlan;
  /** Number of permissions that the role has at the provider. */
  readonly observed: number;
  readonly cause: 'create' | 'adopt' | 'spec' | 'drift' | 'repeat';
  /** Number of approved plans of the role that have been carried out. */
  readonly approvedPlans: number;
}

/** Why the removals of a plan must wait; undefined when they may be made now. A plan that removes nothing never waits. */
export function guardRemovals({ plan, observed, cause, approvedPlans, ...rest }: RemovalInput): Refusal | undefined {
  const count = plan.permissions?.remove.length ?? 0;
  const { slug, organization } = plan.ref;
  return guardBudget({
    ...rest,
    count,
    existing: observed,
    wouldRemove: `Role "${slug}" of organization "${organization}" would lose ${count} ${count === 1 ? 'permission' : 'permissions'}`,
    always: cause === 'adopt' ? 'The role is being taken over, and then every removal waits, whatever the budget.' : undefined,
    meanwhile: 'Nothing was written.',
    hash: planHash(plan, approvedPlans),
  });
}

/** Whether somebody approved exactly this plan, after the last one that was carried out. */
export function isApproved(plan: RolePlan, approvedPlan: string | undefined, approvedPlans: number): boolean {
  return approvedPlan === planHash(plan, approvedPlans);
}
