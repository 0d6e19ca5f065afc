import type { HoldingChange } from '../model/index.ts';
import { type Claims, readClaims, type SubjectClaims } from './binding-claims.ts';
import type { Decision } from './binding-decision.ts';
import { decideAll, rolesThatNeedGrants } from './binding-limits.ts';
import { bindingPlans } from './binding-outcome.ts';
import type { HoldersPlan, HoldersPlanInput } from './binding-values.ts';
import { sortedUnique } from './sets.ts';

export type { BindingInput, BindingPlan, HoldersPlan, HoldersPlanInput, HoldingFailure, HoldingFailureReason } from './binding-values.ts';

/**
 * The fewest changes after which everybody in an organization holds what its bindings want: the union of all of them is formed for each
 * subject first, so that no binding undoes what another does. Planning again after the changes were carried out gives no change.
 *
 * Of what somebody else granted nothing is revoked, unless an active Authoritative binding names the role. Roles that no binding names are
 * never granted or revoked. The outcome doesn't depend on the order of bindings or subjects.
 */
export function planHolders(input: HoldersPlanInput): HoldersPlan {
  const claims = readClaims(input);
  const decided = decideAll(claims, input);
  return {
    changes: changesOf(input.organization, claims, decided.decisions),
    bindings: bindingPlans(input.bindings, claims, decided),
    grantFirst: rolesThatNeedGrants(decided.tallies),
  };
}

function changesOf(organization: string, claims: Claims, decisions: readonly Decision[]): readonly HoldingChange[] {
  const changes: HoldingChange[] = [];
  for (const [index, decision] of decisions.entries()) {
    const subject = claims.subjects[index];
    if (subject === undefined || (decision.grant.size === 0 && decision.revoke.size === 0)) continue;
    changes.push(changeOf(organization, claims, subject, decision));
  }
  return changes;
}

function changeOf(organization: string, claims: Claims, { subject, held, holding }: SubjectClaims, decision: Decision): HoldingChange {
  const { grant, revoke, gaveWay, reactivate } = decision;
  const kept = [...held].filter((role) => claims.isManaged.has(role) && !revoke.has(role) && role !== gaveWay);
  return {
    organization,
    subject,
    add: sortedUnique(grant),
    remove: sortedUnique(revoke),
    managed: claims.managed,
    next: sortedUnique([...kept, ...grant]),
    ...(holding === undefined ? {} : { previous: holding }),
    reactivate,
  };
}
