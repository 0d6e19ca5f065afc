import { type Refusal, type SubjectRef, subjectKey } from '../model/index.ts';
import { type BudgetContext, guardBudget } from './budget.ts';
import { shortHash } from './canonical.ts';

/** What is known when a role is about to be revoked of people because of one RoleBinding. */
export interface RevocationInput extends BudgetContext {
  readonly organization: string;
  /** Slug of the role. */
  readonly role: string;
  /** Who would lose it, in any order. */
  readonly revoke: readonly SubjectRef[];
  /** How many of them were given it by somebody else. */
  readonly strangers: number;
  /** The binding is Authoritative, and the role was never yet seen to be held by nobody else. */
  readonly isTakeover: boolean;
  /** How many hold the role. */
  readonly holders: number;
  /** Number of approved plans of the binding that have been carried out. */
  readonly approvedPlans: number;
}

/** Why revocations must wait; undefined when they may be made now. All of a binding's wait together. */
export function guardRevocations(input: RevocationInput): Refusal | undefined {
  const { organization, role, revoke, strangers, isTakeover, holders } = input;
  const count = revoke.length;
  return guardBudget({
    ...input,
    count,
    existing: holders,
    wouldRemove: `Role "${role}" of organization "${organization}" would lose ${count} ${count === 1 ? 'holder' : 'holders'}`,
    always:
      isTakeover && strangers > 0
        ? `${strangers} of them ${strangers === 1 ? 'was' : 'were'} given it by somebody else, and the first time that an Authoritative RoleBinding takes it from them waits, whatever the budget.`
        : undefined,
    meanwhile: 'Nobody loses it for now.',
    hash: revocationHash(input),
  });
}

/** Hash of who would lose the role: 12 hex digits. An approved plan that was carried out makes the next one's another. */
export function revocationHash({
  organization,
  role,
  revoke,
  approvedPlans,
}: Pick<RevocationInput, 'organization' | 'role' | 'revoke' | 'approvedPlans'>): string {
  return shortHash({ organization, role, revoke: revoke.map(subjectKey).sort(), approvedPlans });
}
