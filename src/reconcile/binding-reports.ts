import { type OwnGrant, type Reason, reasons, type SubjectFailure } from '../api/index.ts';
import type { Result } from '../controller/types.ts';
import { timestamp } from '../lib/index.ts';
import { type NamedSubject, type ProviderError, type SubjectRef, subjectKey } from '../model/index.ts';
import type { BindingPlan, HoldersPlan } from '../plan/index.ts';
import {
  type BindingFacts,
  failureRule,
  failuresMessage,
  getCondition,
  grantFailureMessage,
  isTrue,
  type Outcome,
} from '../status/index.ts';
import type { Assertions } from './binding-assertions.ts';
import type { Failures } from './binding-changes.ts';
import { type BindingHost, dropFinalizer } from './binding-deletion.ts';
import { keysOf, type Member } from './binding-members.ts';
import type { HeldBack } from './binding-removals.ts';
import { endedGrants, subjectName } from './binding-subjects.ts';
import type { BindingTarget } from './binding-target.ts';
import { removalFacts } from './role-reports.ts';

/** How many subjects an Event names. */
const namedInEvents = 5;
/** How soon a RoleBinding whose deletion waits is looked at again, in milliseconds. */
const waitingLookMs = 60_000;

/** What a pass came to. */
export interface PassResult {
  /** As it was decided on, before anything was changed. */
  readonly plan: HoldersPlan;
  /** The same on what was read after the changes. */
  readonly final: HoldersPlan;
  /** Changes that failed. */
  readonly failures: Failures;
  /** Where the provider doesn't tell who holds a role: what was sent. */
  readonly assertions: Assertions | undefined;
  /** Revocations that wait for a person. */
  readonly heldBack: HeldBack;
  /** Something failed for a RoleBinding whose key wasn't handed out, so that nobody comes back for it soon unless the others do. */
  readonly isUnfinished: boolean;
  /** By role: why some of those can't be looked for just now whom its RoleBindings name. */
  readonly unseen: ReadonlyMap<string, ProviderError>;
}

/** Whether something is left to do for a member that may succeed when it is tried again. */
export function isUnfinished({ target, error }: Member, { plan, final, failures }: Omit<PassResult, 'isUnfinished' | 'unseen'>): boolean {
  if (error !== undefined) return !failureRule(error).terminal;
  const { granting = [], revoking = [] } = plan.bindings.get(target.key) ?? {};
  const failed = [...granting, ...revoking].flatMap((subject) => failures.of(target, subject) ?? []);
  return failed.some((one) => !failureRule(one).terminal) || (failed.length === 0 && final.bindings.get(target.key)?.done === false);
}

/** Writes what a pass came to for one RoleBinding, and settles its key if it was handed out. */
export async function reportMember(
  run: BindingHost,
  member: Member,
  result: PassResult,
  before: BindingPlan,
  after: BindingPlan,
): Promise<void> {
  const { target } = member;
  // Of one that was only met on the way nothing was learned, unless it takes part; its own turn tells more.
  const isMute = target.state === 'frozen' && before.revoking.length === 0 && (member.error !== undefined || target.refusal === undefined);
  if (!member.isTaken && isMute) return;
  const pass = { run, member, result, before, after, failures: failuresOf(member, result, before, after) };
  tellChanges(pass);
  if (target.state === 'ending') return reportEnding(pass);
  const facts = factsOf(pass);
  const isTold = await conclude(pass, facts, nextResult(pass, facts.outcome));
  if (isTold) tellNotice(pass, facts);
}

/** All that is known of one RoleBinding after a pass. */
interface Report {
  readonly run: BindingHost;
  readonly member: Member;
  readonly result: PassResult;
  readonly before: BindingPlan;
  readonly after: BindingPlan;
  readonly failures: readonly SubjectFailure[];
}

/** Grants as a status records them, with the address by which each was named. */
export function grantsOf(target: BindingTarget, subjects: readonly SubjectRef[], emails: ReadonlyMap<string, string>): readonly OwnGrant[] {
  const grantOf = granterOf(target, emails);
  return subjects.map((subject) => grantOf(subject));
}

/** Reads the record once for all the subjects that it is asked about. */
function granterOf(target: BindingTarget, emails: ReadonlyMap<string, string>): (subject: SubjectRef) => OwnGrant {
  const before = new Map((target.binding.status?.grants ?? []).map((grant) => [subjectKey(grant), grant.email]));
  return ({ kind, id }) => {
    const key = subjectKey({ kind, id });
    const email = emails.get(key) ?? before.get(key);
    return { kind, id, ...(email === undefined ? {} : { email }) };
  };
}

function factsOf(report: Report): BindingFacts {
  const { member, result, after, failures } = report;
  const { target, now, subjects, error } = member;
  const outcome = outcomeOf(report);
  const common: BindingFacts = {
    outcome,
    // That the role is in the status is evidence that the binding once counted.
    ...(target.isBarred === true ? {} : { role: target.role }),
    grants: grantsOf(target, after.own, subjects.emails),
    fallbackRole: target.holders.fallbackRole ?? null,
    ...revocationFacts(report),
    ...(target.requested === undefined || target.state !== 'active' ? {} : { handledReconcileAt: target.requested }),
  };
  if (target.state !== 'active' || error !== undefined) return common;
  const isWaiting = outcome.kind === 'refused' && outcome.reason === reasons.PlanPending && failures.length === 0;
  const isSent = result.assertions !== undefined && (outcome.kind === 'inSync' || isWaiting);
  if (isSent && result.assertions?.waitMs(member) === 0) result.assertions.sent(member);
  return {
    ...common,
    desired: subjects.count,
    granted: after.held.length,
    expiring: now.expiring,
    failures,
    nextTransition: now.nextTransition === undefined ? null : timestamp(now.nextTransition),
    drift: null,
    // Of an Authoritative one: its role was seen in nobody else's hands.
    ...(outcome.kind === 'inSync' ? { exclusive: true } : {}),
    ...(isSent ? { assertedHash: result.assertions?.hash(target.key) ?? '' } : {}),
  };
}

/** What waits for a person, and what was revoked without one. An approval of which nothing could be done stands. */
function revocationFacts({ run, member, result }: Report): Pick<BindingFacts, 'plan' | 'removed' | 'isApprovalSpent'> {
  const { target, error } = member;
  const mine = result.heldBack.byBinding.get(target.key);
  const told = removalFacts(run.lanes.untold.of(target.key, target.binding.metadata.uid));
  const { isApprovalSpent: _, ...removed } = told;
  // Were an approval called spent beside it, the hash that is shown would be outdated at once.
  if (mine?.waiting !== undefined) return { plan: mine.waiting.plan, ...removed };
  const isOpen = mine?.isApproved === true && told.isApprovalSpent !== true;
  const isSettled = told.isApprovalSpent === true || (target.state === 'active' && error === undefined);
  return { ...(isSettled && !isOpen ? { plan: null } : {}), ...told };
}

function outcomeOf({ member, result, after, failures, before }: Report): Outcome {
  const { target, error } = member;
  if (error !== undefined) {
    const { reason, terminal } = failureRule(error);
    return { kind: 'failed', reason, message: grantFailureMessage(error), terminal };
  }
  if (target.state === 'frozen') return target.refusal === undefined ? { kind: 'suspended' } : { kind: 'refused', ...target.refusal };
  // Whether somebody is to be revoked is known once the others can be looked for again.
  const unseen =
    failures.every(({ reason }) => reason === 'Undecided') && failures.length > 0 ? result.unseen.get(target.role.slug) : undefined;
  const passing =
    unseen ?? applyErrors(target, before, result).find((entry) => !failureRule(entry).terminal && entry.details.missing === undefined);
  if (passing !== undefined)
    return { kind: 'failed', reason: failureRule(passing).reason, message: grantFailureMessage(passing), terminal: false };
  const { byBinding, sharedBy } = result.heldBack;
  const waits = byBinding.get(target.key)?.waiting?.refusal ?? sharedBy.get(target.key);
  if (waits !== undefined) return { kind: 'refused', ...waits, reason: reasons.PlanPending };
  if (failures.length > 0) return { kind: 'refused', reason: reasons.SubjectsFailed, message: failuresMessage(failures), terminal: true };
  if (after.done) return { kind: 'inSync', verification: result.assertions === undefined ? 'Observed' : 'Asserted' };
  const message = `Role "${target.role.slug}" of organization "${target.role.organization}" was given or taken, and reading it back shows something else. It is done again.`;
  return { kind: 'failed', reason: reasons.VerificationFailed, message, terminal: false };
}

/** When a RoleBinding is looked at again. */
function nextResult({ run, member, result, before }: Report, outcome: Outcome): Result {
  const { target } = member;
  if (outcome.kind === 'suspended') return { kind: 'done' };
  const failed = member.error ?? applyErrors(target, before, result)[0] ?? result.unseen.get(target.role.slug);
  const isFrozen = isHeldUp(target);
  if ((outcome.kind === 'failed' && !outcome.terminal) || (isFrozen && failed !== undefined)) {
    const pause = Math.max(target.connection.pausedForMs(), failed?.details.retryAfterMs ?? 0);
    const error = failed ?? new Error('message' in outcome ? outcome.message : outcome.kind);
    return { kind: 'retry', error, ...(pause === 0 ? {} : { notBeforeMs: pause }) };
  }
  const delayMs = nextLookMs(run, member, result);
  if (isFrozen) return { kind: 'after', delayMs };
  if (outcome.kind === 'refused' || outcome.kind === 'failed') return { kind: 'terminal', error: new Error(outcome.message), delayMs };
  return { kind: 'after', delayMs };
}

/** Whether it waits for something that will wake it. */
function isHeldUp({ state, refusal }: BindingTarget): boolean {
  return state === 'frozen' && refusal !== undefined;
}

/** How long until there may be something to do, in milliseconds. */
function nextLookMs({ lanes, work }: BindingHost, { target, now }: Member, { isUnfinished: isSoon }: PassResult): number {
  const look = isHeldUp(target) ? lanes.idleLook.delayMs : lanes.nextLook(target, work.group).delayMs;
  const transition = now.nextTransition === undefined ? look : Math.max(1, now.nextTransition - lanes.deps.clock.now());
  return Math.min(look, transition, isSoon ? waitingLookMs : look);
}

async function reportEnding(report: Report): Promise<void> {
  const { run, member, after, failures } = report;
  const { target, subjects } = member;
  if (after.own.length === 0) {
    if (member.isTaken) await dropFinalizer(run, target.key, target.binding);
    return;
  }
  const error = applyErrors(target, report.before, report.result)[0];
  const reason: Reason = error === undefined ? reasons.Deleting : failureRule(error).reason;
  const why = failures.length === 0 ? `${after.own.length} grants could not be revoked yet.` : failuresMessage(failures);
  const message = `Deletion waits: ${why} To leave the grants at the provider, annotate the object with rolekeeper.dev/force-delete=true.`;
  const facts: BindingFacts = {
    outcome: { kind: 'deleting', reason, message },
    grants: grantsOf(target, after.own, subjects.emails),
    failures,
  };
  const isFinal = error === undefined && failures.length > 0;
  const next: Result = isFinal
    ? { kind: 'terminal', error: new Error(message), delayMs: waitingLookMs }
    : { kind: 'retry', error: error ?? new Error(message) };
  await conclude(report, facts, next);
}

async function conclude({ run, member }: Report, facts: BindingFacts, result: Result): Promise<boolean> {
  const { target, isTaken } = member;
  const { lanes, work, signal } = run;
  const isTold = isTaken
    ? await lanes.concludeBinding(work, target.key, target.binding, facts, result, signal)
    : (await lanes.bindingWriter.report(target.binding, facts, { exact: true }, signal)).kind === 'written';
  if (isTold) lanes.untold.told(target.key, facts);
  return isTold;
}

/** Everybody who isn't as the binding wants it, and why; sorted. */
function failuresOf({ target, subjects }: Member, result: PassResult, before: BindingPlan, after: BindingPlan): readonly SubjectFailure[] {
  const name = namerOf(target, subjects.emails);
  const planned = after.failures.map(({ subject, reason, message }) => ({ subject: name(subject), reason, message }));
  const applied = [...before.granting, ...before.revoking].flatMap((subject) => {
    const error = result.failures.of(target, subject);
    return error === undefined ? [] : [{ subject: name(subject), reason: reasonOf(error), message: grantFailureMessage(error) }];
  });
  const all = new Map([...planned, ...applied, ...subjects.failures].map((failure) => [failure.subject, failure]));
  return [...all.values()].sort((a, b) => (a.subject < b.subject ? -1 : 1));
}

function reasonOf(error: ProviderError): string {
  return error.details.missing === 'subject' ? 'NotFound' : failureRule(error).reason;
}

function applyErrors(target: BindingTarget, { granting, revoking }: BindingPlan, { failures }: PassResult): readonly ProviderError[] {
  return [...granting, ...revoking].flatMap((subject) => failures.of(target, subject) ?? []);
}

/** Events of what was given and taken. */
function tellChanges({ run, member, result, before }: Report): void {
  const { target } = member;
  const { binding, role } = target;
  const succeeded = (subjects: readonly SubjectRef[]): readonly SubjectRef[] =>
    subjects.filter((subject) => result.failures.of(target, subject) === undefined);
  const [granted, revoked] = [succeeded(before.granting), succeeded(before.revoking)];
  const ref = `role "${role.slug}" of organization "${role.organization}"`;
  const names = (subjects: readonly SubjectRef[]): string => listOf(subjects, namerOf(target, member.subjects.emails));
  // What a provider that doesn't tell who holds a role is sent again is no news.
  const isNews = result.assertions === undefined || binding.status?.assertedHash !== result.assertions.hash(target.key);
  if (granted.length > 0 && isNews) {
    tellDrift(run, member, granted);
    run.lanes.emitOn(binding, {
      type: 'Normal',
      reason: 'GrantedExternalRole',
      action: 'Grant',
      note: `Gave ${ref} to ${names(granted)}.`,
    });
  }
  if (revoked.length === 0) return;
  const ended = endedAmong(member, revoked);
  if (ended.length > 0) {
    const note = `The time of ${listOf(ended, subjectName)} is over: took ${ref} from them.`;
    run.lanes.emitOn(binding, { type: 'Normal', reason: 'BindingExpired', action: 'Revoke', note });
  }
  if (ended.length === revoked.length) return;
  run.lanes.emitOn(binding, {
    type: 'Normal',
    reason: 'RevokedExternalRole',
    action: 'Revoke',
    note: `Took ${ref} from ${names(revoked)}.`,
  });
}

/** A grant that was in place and is given again was taken away by somebody else. */
function tellDrift({ lanes }: BindingHost, { target, recordedBefore }: Member, granted: readonly SubjectRef[]): void {
  const { binding, connection, role } = target;
  const ready = getCondition(binding.status?.conditions, 'Ready');
  const wasInPlace = ready?.status === 'True' && ready.observedGeneration === binding.metadata.generation;
  const lost = granted.filter((subject) => recordedBefore.has(subjectKey(subject)));
  if (!wasInPlace || lost.length === 0 || !isTrue(binding.status?.conditions, 'Synced')) return;
  lanes.deps.metrics.driftDetected(connection.driver.type);
  lanes.deps.metrics.driftCorrected(connection.driver.type);
  const note = `${lost.length} ${lost.length === 1 ? 'subject' : 'subjects'} had lost role "${role.slug}" of organization "${role.organization}" at the provider.`;
  lanes.emitOn(binding, { type: 'Warning', reason: 'DriftCorrected', action: 'Grant', note });
}

/** Those whose time is over and who were revoked for it. */
function endedAmong({ now, target }: Member, revoked: readonly SubjectRef[]): readonly NamedSubject[] {
  const keys = keysOf(revoked);
  const ended = endedGrants(now.ended, target.binding.status?.grants ?? []);
  return ended.filter(({ ref }) => keys.has(subjectKey(ref))).map(({ named }) => named);
}

/** An Event when more grants than before end within a day, or more subjects fail. */
function tellNotice({ run, member, failures }: Report, { expiring = 0, outcome }: BindingFacts): void {
  const { binding, role } = member.target;
  const before = binding.status?.subjects?.expiring ?? 0;
  if (expiring > before) {
    const [count, end] = expiring === 1 ? ['1 grant', 'ends'] : [`${expiring} grants`, 'end'];
    const note = `${count} of role "${role.slug}" of organization "${role.organization}" ${end} within a day.`;
    run.lanes.emitOn(binding, { type: 'Normal', reason: 'BindingExpiring', action: 'Grant', note });
  }
  if (outcome.kind !== 'refused') return;
  const told = binding.status?.conditions?.some(({ message }) => message === outcome.message);
  if (told === true) return;
  if (outcome.reason === reasons.PlanPending)
    run.lanes.emitOn(binding, { type: 'Warning', reason: 'PlanPending', action: 'Revoke', note: outcome.message });
  else if (failures.length > 0)
    run.lanes.emitOn(binding, { type: 'Warning', reason: 'CannotGrantExternalRole', action: 'Grant', note: outcome.message });
}

/** Names subjects as the manifest does, or as the record has them. */
function namerOf(target: BindingTarget, emails: ReadonlyMap<string, string>): (subject: SubjectRef) => string {
  const grantOf = granterOf(target, emails);
  return (subject) => subjectName(grantOf(subject));
}

function listOf<T>(subjects: readonly T[], name: (subject: T) => string): string {
  const shown = subjects
    .slice(0, namedInEvents)
    .map((subject) => name(subject))
    .join(', ');
  return subjects.length > namedInEvents ? `${shown} and ${subjects.length - namedInEvents} more` : shown;
}
