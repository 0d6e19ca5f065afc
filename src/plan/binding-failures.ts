import type { SubjectObstacle, SubjectRef } from '../model/index.ts';
import type { Claim, SubjectClaims } from './binding-claims.ts';
import type { Tally } from './binding-limits.ts';
import type { HoldingFailure } from './binding-values.ts';

/** An older binding gives the subject another role, and it can hold one only. */
export function conflict(subject: SubjectRef, role: string, winner: Claim): HoldingFailure {
  return {
    subject,
    reason: 'Conflict',
    message: `${nameOf(subject)} isn't granted role "${role}": it can hold one role only, and ${winner.oldest?.key ?? 'another binding'}, which is older, grants it role "${winner.role}". Take it out of spec.subjects of one of the two.`,
  };
}

/** The subject holds a role that stays, and can hold one only. */
export function holdsOtherRole(
  { subject, claims }: SubjectClaims,
  role: string,
  occupant: string,
  { tally, isPending }: { readonly tally: Tally | undefined; readonly isPending: boolean },
): HoldingFailure {
  const keeper = claims.get(occupant)?.keeper;
  const why = `${nameOf(subject)} isn't granted role "${role}": it can hold one role only and holds role "${occupant}"`;
  if (keeper !== undefined) {
    return {
      subject,
      reason: 'HoldsOtherRole',
      message: `${why}, which ${keeper.key} granted and keeps while it is suspended or not ready. Take it out of spec.subjects of one of the two, and resume or mend ${keeper.key}.`,
    };
  }
  if (isPending) {
    return {
      subject,
      reason: 'HoldsOtherRole',
      message: `${why}, whose revocation waits for approval: see status.plan of the RoleBinding that lets it go.`,
    };
  }
  if (tally !== undefined && tally.withheld > 0) {
    return {
      subject,
      reason: 'HoldsOtherRole',
      message: `${why}, which has to keep its holders: ${arithmetic(tally)}. ${whatToDo(occupant)}`,
    };
  }
  return {
    subject,
    reason: 'HoldsOtherRole',
    message: `${why}, which no binding granted. Take that role from it at the provider, or take it out of spec.subjects.`,
  };
}

/** The subject keeps a role that would be left with too few holders. */
export function minHolders(subject: SubjectRef, role: string, tally: Tally): HoldingFailure {
  return {
    subject,
    reason: 'MinHolders',
    message: `${nameOf(subject)} isn't revoked of role "${role}": ${arithmetic(tally)}. ${whatToDo(role)}`,
  };
}

/** The subject keeps a role that another binding may want for it. */
export function undecided(subject: SubjectRef, role: string): HoldingFailure {
  return {
    subject,
    reason: 'Undecided',
    message: `${nameOf(subject)} isn't revoked of role "${role}" yet: not everybody is known whom RoleBindings of the role name. Mend the RoleBindings of it that name somebody who isn't found or whose provider isn't ready.`,
  };
}

/** The subject can't be changed. */
export function obstructed(subject: SubjectRef, role: string, wish: 'granted' | 'revoked of', obstacle: SubjectObstacle): HoldingFailure {
  return { subject, reason: obstacle.reason, message: `${nameOf(subject)} isn't ${wish} role "${role}": ${obstacle.message}` };
}

function nameOf({ kind, id }: SubjectRef): string {
  return `${kind} "${id}"`;
}

function arithmetic({ before, withheld, gained, min }: Tally): string {
  return `of ${before} active holders ${withheld} would go and ${gained} would come, which leaves ${before - withheld + gained} and spec.guardrails.minHolders is ${min}`;
}

function whatToDo(role: string): string {
  return `Grant role "${role}" to others first, or lower spec.guardrails.minHolders of the provider.`;
}
