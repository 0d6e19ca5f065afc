import type { RolePlan } from '../model/index.ts';
import { permissionsHash } from '../plan/index.ts';
import type { RoleFacts } from '../status/index.ts';
import { isUnconfirmed, type RoleDecision, type WriteRecord } from './role-decision.ts';
import type { RoleTarget } from './role-target.ts';
import type { Taken } from './snapshots.ts';

/** A Role, what to do about it, and what that was decided on. */
export interface Decided<D extends RoleDecision = RoleDecision> {
  readonly target: RoleTarget;
  readonly decision: D;
  readonly snapshot: Taken['snapshot'];
}

/** A change on its way to the provider. */
export interface Write {
  readonly target: RoleTarget;
  readonly plan: RolePlan;
  readonly cause: WriteRecord['cause'];
  /** A create of the role had been announced before this pass, and nothing tells what became of it. */
  readonly isRepeated: boolean;
}

/** What must be on record about a write before it is sent; undefined when that is so already. */
export function announcement({ target, plan, cause }: Write): Pick<RoleFacts, 'pendingCreate' | 'ownership' | 'externalID'> | undefined {
  const { organization, slug } = target.desired.ref;
  if (plan.action === 'create')
    return { pendingCreate: { organization, slug, permissionsHash: permissionsHash(target.desired.permissions) } };
  if (cause !== 'create' || target.role.status?.ownership !== undefined || plan.externalID === undefined) return undefined;
  // The status that says that a write must be repeated stays until it was.
  if (isUnconfirmed(target)) return undefined;
  return { ownership: 'Created', externalID: plan.externalID, pendingCreate: null };
}

/** Whether a write adds permissions that the provider's catalogue can tell about. */
export function needsCatalogue(decided: Decided): decided is Decided<Extract<RoleDecision, { kind: 'write' }>> {
  const { target, decision } = decided;
  if (decision.kind !== 'write' || target.connection.provider.catalogue === undefined) return false;
  return (decision.plan.permissions?.add ?? []).length > 0;
}
