import type { Reason } from '../api/index.ts';
import type { Result } from '../controller/types.ts';
import type { Refusal, RolePlan } from '../model/index.ts';
import {
  changedFieldNames,
  guardAssertion,
  guardPlan,
  permissionsHash,
  planHash,
  planRole,
  withCreatedPermissions,
} from '../plan/index.ts';
import { isTrue, type RoleFacts } from '../status/index.ts';
import { isProviderError } from './lane-context.ts';
import { isPausedNow } from './pause.ts';
import { assertMayWrite } from './ports.ts';
import { isUnconfirmed } from './role-decision.ts';
import type { DeletionHost } from './role-deletion.ts';
import { limitPlan } from './role-limits.ts';
import { assertedEvent, commonFacts, reachOf } from './role-reports.ts';
import type { RoleTarget } from './role-target.ts';

/** The turn in which Roles are asserted. */
export type AssertionHost = Pick<DeletionHost, 'lanes' | 'work' | 'signal' | 'conclude'>;

interface Sending {
  readonly target: RoleTarget;
  readonly plan: RolePlan;
  readonly hash: string;
}

/**
 * Keeps Roles of a provider that can't be read back: what is declared is sent once, and again on the interval, because nobody can see
 * whether it is still there. In between nothing is sent: the hash in the status tells that it was, also after a restart.
 */
export async function assertRoles(run: AssertionHost, targets: readonly RoleTarget[]): Promise<void> {
  const sendings: Sending[] = [];
  await run.lanes.each(targets, async (target) => {
    const sending = await prepare(run, target);
    if (sending !== undefined) sendings.push(sending);
  });
  const sent = await send(run, inOrder(sendings, targets));
  await run.lanes.each(sent, (sending) => concludeSent(run, sending));
}

/** Settles what needs no call; gives back what is to be sent. */
async function prepare(run: AssertionHost, target: RoleTarget): Promise<Sending | undefined> {
  const { adoptionPolicy = 'IfIdentical' } = target.role.spec;
  const isOurs = target.role.status?.ownership !== undefined;
  const refusal =
    limitPlan(target, undefined, undefined) ?? guardAssertion({ ref: target.desired.ref, mode: target.mode, adoptionPolicy, isOurs });
  if (refusal !== undefined) {
    await refuse(run, target, refusal);
    return undefined;
  }
  const plan = planRole({ desired: target.desired, observed: { state: 'unreadable' }, mode: target.mode });
  const hash = assertionHash(target, plan);
  const waitMs = waitBeforeNext(run, target, hash);
  if (waitMs > 0) {
    await run.conclude(target.key, target.role, assertedFacts(target, hash), { kind: 'after', delayMs: waitMs });
    return undefined;
  }
  return checkPermissions(run, { target, plan, hash });
}

/** How long until what is declared is sent again, in milliseconds; 0: now. */
function waitBeforeNext({ lanes, work }: AssertionHost, target: RoleTarget, hash: string): number {
  const { status, metadata } = target.role;
  const wasSent = status?.assertedHash === hash && isTrue(status.conditions, 'Synced') && !isUnconfirmed(target);
  if (!wasSent || target.requested !== undefined) return 0;
  const now = lanes.deps.clock.now();
  const next = now + lanes.nextLook(target, work.group).delayMs;
  const known = lanes.assertions.get(target.key);
  // What an earlier process sent is sent again at the next instant of the lane.
  const dueAt = known?.uid === metadata.uid && known?.hash === hash ? Math.min(known.dueAt, next) : next;
  lanes.assertions.set(target.key, { uid: metadata.uid ?? '', hash, dueAt });
  return Math.max(0, dueAt - now);
}

/** Where the provider has a catalogue although its roles can't be read, nothing is sent while one permission is wrong. */
async function checkPermissions(run: AssertionHost, sending: Sending): Promise<Sending | undefined> {
  const { target, plan } = sending;
  const { catalogue, capabilities } = target.connection.provider;
  if (catalogue === undefined) return sending;
  try {
    const unknown = await catalogue.unknown(plan.permissions?.add ?? [], run.signal);
    const refusal = guardPlan({
      plan,
      observed: undefined,
      ours: true,
      adoptionPolicy: 'Always',
      unknownPermissions: unknown,
      unknownPolicy: target.role.spec.unknownPermissions ?? 'Fail',
      canCreatePermissions: capabilities.createPermission,
    });
    if (refusal === undefined) return { ...sending, plan: withCreatedPermissions(plan, unknown) };
    await refuse(run, target, refusal);
  } catch (error) {
    await failed(run, target, error, 'observe');
  }
  return undefined;
}

async function send(run: AssertionHost, sendings: readonly Sending[]): Promise<readonly Sending[]> {
  const { deps } = run.lanes;
  const sent: Sending[] = [];
  for (const [index, sending] of sendings.entries()) {
    const { target, plan } = sending;
    if (isPausedNow(deps, target)) {
      run.work.settle(target.key, { kind: 'after', delayMs: 0 });
      continue;
    }
    try {
      assertMayWrite(deps);
      const { externalID } = await target.connection.provider.apply(plan, run.signal);
      deps.metrics.roleWritten(target.connection.driver.type, 'assert');
      deps.log.info('Sent a role', { role: target.key, ...target.desired.ref, provider: target.connection.key });
      sent.push(externalID === undefined ? sending : { ...sending, plan: { ...plan, externalID } });
    } catch (error) {
      const kind = await failed(run, target, error, 'apply');
      if (kind !== 'rateLimited' && kind !== 'unauthorized') continue;
      for (const { target: left } of sendings.slice(index + 1)) {
        run.work.settle(left.key, { kind: 'after', delayMs: Math.max(1_000, left.connection.pausedForMs()) });
      }
      break;
    }
  }
  return sent;
}

async function concludeSent(run: AssertionHost, { target, plan, hash }: Sending): Promise<void> {
  const { lanes, work } = run;
  const { delayMs } = lanes.nextLook(target, work.group);
  lanes.laneSucceeded(work.group);
  lanes.assertions.set(target.key, { uid: target.role.metadata.uid ?? '', hash, dueAt: lanes.deps.clock.now() + delayMs });
  const isNew = target.role.status?.assertedHash !== hash;
  const facts: RoleFacts = {
    ...assertedFacts(target, hash),
    ...(plan.externalID === undefined ? {} : { externalID: plan.externalID }),
  };
  const isTold = await run.conclude(target.key, target.role, facts, { kind: 'after', delayMs });
  if (isTold && isNew) lanes.emit(target.role, assertedEvent(target));
}

function assertedFacts(target: RoleTarget, hash: string): RoleFacts {
  const { capabilities } = target.connection.provider;
  const isUnchecked = !capabilities.permissionCatalogue && capabilities.createsUnknownPermissions;
  return {
    ...commonFacts(target, undefined),
    outcome: { kind: 'inSync', verification: 'Asserted', unchecked: isUnchecked && target.role.spec.unknownPermissions !== 'Create' },
    // Whether the role was there before can't be known; from now on it is ours.
    ownership: target.role.status?.ownership ?? 'Adopted',
    blastRadius: reachOf(target, target.desired.permissions),
    assertedHash: hash,
    pendingCreate: null,
    plan: null,
    drift: null,
  };
}

async function refuse(run: AssertionHost, target: RoleTarget, refusal: Refusal): Promise<void> {
  const { message, terminal } = refusal;
  const reason = refusal.reason as Reason;
  run.lanes.emitFailure(target, reason, message, 'apply');
  const look = run.lanes.nextLook(target, run.work.group);
  const result: Result = terminal ? { ...look, kind: 'terminal', error: new Error(message) } : look;
  const facts: RoleFacts = { ...commonFacts(target, undefined), outcome: { kind: 'refused', reason, message, terminal }, plan: null };
  await run.conclude(target.key, target.role, facts, result);
}

/** Gives back the kind of the provider's error; throws what isn't one. */
async function failed(run: AssertionHost, target: RoleTarget, error: unknown, step: 'observe' | 'apply'): Promise<string> {
  run.signal.throwIfAborted();
  if (!isProviderError(error)) throw error;
  const { facts, result } = run.lanes.failure(target, error, step, run.work.group);
  await run.conclude(target.key, target.role, facts, result);
  return error.kind;
}

/** Of what is sent and where to: another address or another set is something new. */
function assertionHash(target: RoleTarget, plan: RolePlan): string {
  return permissionsHash([target.connection.account, planHash(plan), ...changedFieldNames(plan)]);
}

function inOrder(sendings: readonly Sending[], targets: readonly RoleTarget[]): readonly Sending[] {
  const place = new Map(targets.map(({ key }, index) => [key, index]));
  return [...sendings].sort((a, b) => (place.get(a.target.key) ?? 0) - (place.get(b.target.key) ?? 0));
}
