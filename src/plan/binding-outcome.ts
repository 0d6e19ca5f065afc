import type { SubjectRef } from '../model/index.ts';
import type { Claim, Claims, Party, SubjectClaims } from './binding-claims.ts';
import type { Decision } from './binding-decision.ts';
import { conflict, holdsOtherRole, minHolders, obstructed, undecided } from './binding-failures.ts';
import type { Decisions, Tally } from './binding-limits.ts';
import type { BindingInput, BindingPlan, HoldingFailure } from './binding-values.ts';

type Draft = {
  readonly [Key in keyof Omit<BindingPlan, 'done' | 'failures'>]: SubjectRef[];
} & { readonly failures: HoldingFailure[] };

/** Where one subject stands with one role, before and after the plan. */
interface Standing {
  readonly claim: Claim;
  readonly heldNow: boolean;
  readonly granted: boolean;
  readonly heldAfter: boolean;
  /** Whether another role was given precedence. */
  readonly outdone: boolean;
  /** Whether it can't be revoked and counts as the provider's from now on. */
  readonly left: boolean;
}

/** Everything that one subject's decision is told with. */
interface Case {
  readonly subject: SubjectClaims;
  readonly decision: Decision;
  readonly claims: Claims;
  readonly tallies: ReadonlyMap<string, Tally>;
  readonly draftOf: (binding: BindingInput) => Draft;
}

/** What the decisions mean to each binding, by key. Subjects come in order, so every list is sorted as it grows. */
export function bindingPlans(
  bindings: readonly BindingInput[],
  claims: Claims,
  { decisions, tallies }: Decisions,
): ReadonlyMap<string, BindingPlan> {
  const drafts = new Map<string, Draft>();
  for (const key of bindings.map((binding) => binding.key).sort()) drafts.set(key, emptyDraft());
  const draftOf = ({ key }: BindingInput): Draft => drafts.get(key) ?? emptyDraft();
  for (const [index, decision] of decisions.entries()) {
    const subject = claims.subjects[index];
    if (subject !== undefined) tell({ subject, decision, claims, tallies, draftOf });
  }
  const plans = new Map<string, BindingPlan>();
  for (const [key, draft] of drafts) plans.set(key, { ...draft, done: draft.granting.length === 0 && draft.revoking.length === 0 });
  return plans;
}

function emptyDraft(): Draft {
  return { held: [], granting: [], revoking: [], own: [], announce: [], inherited: [], failures: [] };
}

function tell(about: Case): void {
  for (const claim of about.subject.claims.values()) {
    const standing = standingOf(claim, about);
    for (const party of claim.parties) {
      tellWish(party, standing, about);
      tellRecord(party, standing, about);
    }
  }
  tellRevokes(about);
}

function standingOf(claim: Claim, { subject, decision }: Case): Standing {
  const { role } = claim;
  const heldNow = subject.held.has(role);
  const granted = decision.grant.has(role);
  return {
    claim,
    heldNow,
    granted,
    heldAfter: granted || (heldNow && !decision.revoke.has(role) && decision.gaveWay !== role),
    outdone: decision.winner !== undefined && decision.winner.role !== role,
    left: decision.left === role,
  };
}

function tellWish({ binding, wants }: Party, standing: Standing, about: Case): void {
  if (!wants) return;
  const draft = about.draftOf(binding);
  const { subject } = about.subject;
  if (standing.granted && binding.state === 'active') draft.granting.push(subject);
  else if (standing.heldNow && standing.heldAfter) draft.held.push(subject);
  else if (binding.state === 'active') draft.failures.push(...whyNotGranted(standing, about));
}

function whyNotGranted({ claim: { role }, outdone }: Standing, { subject, decision, tallies }: Case): readonly HoldingFailure[] {
  const { winner, occupant } = decision;
  const obstacle = subject.holding?.obstacle;
  if (outdone && winner !== undefined) return [conflict(subject.subject, role, winner)];
  if (occupant !== undefined)
    return [holdsOtherRole(subject, role, occupant, { tally: tallies.get(occupant), isPending: decision.pending.includes(occupant) })];
  return obstacle === undefined ? [] : [obstructed(subject.subject, role, 'granted', obstacle)];
}

function tellRecord(party: Party, standing: Standing, { subject: { subject }, draftOf }: Case): void {
  const draft = draftOf(party.binding);
  if (isOwn(party, standing)) {
    draft.own.push(subject);
    draft.announce.push(subject);
    if (!party.recorded && !standing.granted) draft.inherited.push(subject);
    return;
  }
  if (party.recorded && standing.heldNow) draft.announce.push(subject);
}

/** Whether a binding has the grant on record after the plan. The last one that has it on record and lets go revokes it. */
function isOwn({ binding, wants, recorded, lapsed }: Party, standing: Standing): boolean {
  const { claim, heldNow, granted, heldAfter, outdone, left } = standing;
  if (binding.state === 'unsure' || (binding.state === 'frozen' && !lapsed)) return recorded;
  if (!wants) return recorded && heldNow && !left && !isTakenOver(standing);
  if (granted) return true;
  if (recorded) return heldNow || !outdone;
  return heldAfter && (claim.recorded || claim.keeper !== undefined);
}

/** Whether what a binding lets go is on the record of another that wants it. */
function isTakenOver({ claim, heldAfter }: Standing): boolean {
  return heldAfter && (claim.oldest !== undefined || claim.keeper !== undefined);
}

function tellRevokes(about: Case): void {
  const { subject, decision, tallies, draftOf } = about;
  for (const role of decision.revoke) for (const binding of revokersOf(role, about)) draftOf(binding).revoking.push(subject.subject);
  for (const role of decision.withheld) {
    const tally = tallies.get(role);
    if (tally !== undefined) fail(revokersOf(role, about), minHolders(subject.subject, role, tally), about);
  }
  for (const role of decision.undecided) fail(waitingOf(role, about), undecided(subject.subject, role), about);
  const obstacle = subject.holding?.obstacle;
  if (obstacle === undefined) return;
  for (const role of decision.barred) {
    if (subject.held.has(role)) fail(revokersOf(role, about), obstructed(subject.subject, role, 'revoked of', obstacle), about);
  }
}

function fail(bindings: Iterable<BindingInput>, failure: HoldingFailure, { draftOf }: Case): void {
  for (const binding of bindings) draftOf(binding).failures.push(failure);
}

/** Who would have a role revoked if it were known that no other binding wants it. */
function waitingOf(role: string, { subject, claims }: Case): ReadonlySet<BindingInput> {
  const parties = subject.claims.get(role)?.parties ?? [];
  const recorders = parties.filter(({ binding, recorded }) => recorded && binding.state !== 'unsure').map(({ binding }) => binding);
  return new Set([...recorders, ...(claims.authoritative.get(role) ?? [])]);
}

/** For whose sake a role is revoked: those that have it on record, and the Authoritative ones. */
function revokersOf(role: string, { subject, claims }: Case): ReadonlySet<BindingInput> {
  const claim = subject.claims.get(role);
  const recorders = claim?.parties.filter(({ recorded }) => recorded).map(({ binding }) => binding) ?? [];
  const sweepers = claim?.spared === true ? [] : (claims.authoritative.get(role) ?? []);
  return new Set([...recorders, ...sweepers]);
}
