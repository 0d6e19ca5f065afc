import { subjectKey } from '../model/index.ts';
import type { Claims, SubjectClaims } from './binding-claims.ts';
import { type Decision, decide } from './binding-decision.ts';
import type { HoldersPlanInput } from './binding-values.ts';

/** The arithmetic of how many subjects are left with a role. Inactive and invited subjects don't count: they can't use it. */
export interface Tally {
  /** Fewest that may be left; above 0. */
  readonly min: number;
  /** Who holds it now. */
  readonly before: number;
  /** Who loses it by the plan. */
  readonly lost: number;
  /** Who would lose it if there were holders enough. */
  readonly withheld: number;
  /** Who gets it by the plan. */
  readonly gained: number;
}

type TallyDraft = { -readonly [Key in keyof Tally]: Tally[Key] };

/** What happens to every subject, in the order of `claims.subjects`, and the arithmetic of every role with a limit. */
export interface Decisions {
  readonly decisions: readonly Decision[];
  readonly tallies: ReadonlyMap<string, Tally>;
}

/**
 * Decides about all subjects. A role that would be left with too few holders is closed: nobody is revoked of it. That can keep a subject
 * from being moved to another role, which then has one holder less; so it is looked at again until nothing more has to be closed.
 */
export function decideAll(claims: Claims, input: HoldersPlanInput): Decisions {
  const tallies = countHolders(claims, input);
  const closed = new Set<string>();
  const decideOne = (subject: SubjectClaims): Decision => decide(subject, claims, closed, input.heldBack?.get(subjectKey(subject.subject)));
  const decisions = claims.subjects.map((subject) => {
    const decision = decideOne(subject);
    count(tallies, subject, decision, 1);
    return decision;
  });
  for (let short = tooFew(tallies); short.length > 0; short = tooFew(tallies)) {
    for (const role of short) closed.add(role);
    for (const [index, subject] of claims.subjects.entries()) {
      const decision = decisions[index];
      if (decision === undefined || !short.some((role) => decision.revoke.has(role))) continue;
      count(tallies, subject, decision, -1);
      const next = decideOne(subject);
      count(tallies, subject, next, 1);
      decisions[index] = next;
    }
  }
  return { decisions, tallies };
}

/** Roles that are left with enough holders only because the plan grants them to somebody, sorted. */
export function rolesThatNeedGrants(tallies: ReadonlyMap<string, Tally>): readonly string[] {
  return [...tallies].filter(([, { before, lost, min }]) => lost > 0 && before - lost < min).map(([role]) => role);
}

/** In the order of `managed`, for roles with a limit only. */
function countHolders({ managed }: Claims, { minHolders, holders }: HoldersPlanInput): Map<string, TallyDraft> {
  const tallies = new Map<string, TallyDraft>();
  for (const role of managed) {
    const min = minHolders.get(role) ?? 0;
    if (min > 0) tallies.set(role, { min, before: 0, lost: 0, withheld: 0, gained: 0 });
  }
  if (tallies.size === 0) return tallies;
  for (const holding of holders.holdings.values()) {
    if (!canUseRoles(holding)) continue;
    for (const role of holding.roles) add(tallies.get(role), 'before', 1);
  }
  return tallies;
}

function canUseRoles(holding: SubjectClaims['holding']): boolean {
  return holding?.obstacle?.reason !== 'Inactive' && holding?.obstacle?.reason !== 'Pending';
}

function tooFew(tallies: ReadonlyMap<string, Tally>): readonly string[] {
  return [...tallies].filter(([, { before, lost, gained, min }]) => lost > 0 && before - lost + gained < min).map(([role]) => role);
}

function count(tallies: ReadonlyMap<string, TallyDraft>, subject: SubjectClaims, decision: Decision, by: 1 | -1): void {
  if (tallies.size === 0) return;
  for (const role of decision.grant) add(tallies.get(role), 'gained', by);
  if (canUseRoles(subject.holding)) {
    for (const role of decision.revoke) add(tallies.get(role), 'lost', by);
    for (const role of decision.withheld) add(tallies.get(role), 'withheld', by);
    return;
  }
  if (!decision.reactivate) return;
  for (const role of subject.held) if (!decision.revoke.has(role)) add(tallies.get(role), 'gained', by);
}

function add(tally: TallyDraft | undefined, number: 'before' | 'lost' | 'withheld' | 'gained', by: number): void {
  if (tally !== undefined) tally[number] += by;
}
