import { type HoldingChange, type ProviderError, type SubjectRef, subjectKey } from '../model/index.ts';
import type { HoldersPlan } from '../plan/index.ts';
import { failureRule } from '../status/index.ts';
import type { BindingHost } from './binding-deletion.ts';
import type { Member } from './binding-members.ts';
import { Askers, type Share } from './binding-shares.ts';
import type { BindingTarget } from './binding-target.ts';
import type { ReconcileKey } from './keys.ts';
import { isProviderError } from './lane-context.ts';
import { assertMayWrite } from './ports.ts';

/** Why changes failed: each is told to those who asked for it, and concerns nobody else. */
export class Failures {
  readonly #errors = new Map<string, ProviderError>();
  readonly #subjects = new Set<string>();

  /** Why what a RoleBinding asked for could not be done for a subject; undefined: it was, or nothing was asked for. */
  of(target: BindingTarget, subject: SubjectRef): ProviderError | undefined {
    return this.#errors.get(`${target.connection.key} ${subjectKey(subject)}`);
  }

  /** Whether anything failed for a subject, given by `subjectKey`. */
  has(subject: string): boolean {
    return this.#subjects.has(subject);
  }

  add(askers: readonly BindingTarget[], subject: string, error: ProviderError): void {
    this.#subjects.add(subject);
    for (const { connection } of askers) this.#errors.set(`${connection.key} ${subject}`, error);
  }
}

/** Changes under way: what they are made with, and what became of those before. */
interface Progress {
  readonly run: BindingHost;
  readonly askers: Askers;
  readonly failures: Failures;
  /** Why no further change is tried through a connection, by its key. */
  readonly stopped: Map<ReconcileKey, ProviderError>;
}

/**
 * Makes the changes of a plan, one subject after another. What fails for one is no reason not to go on with the others, unless the provider
 * refuses the credentials or asks to slow down. Roles that keep their least number of holders only because somebody new is granted them
 * are revoked last, and not at all when such a grant failed.
 */
export async function carryOut(run: BindingHost, members: readonly Member[], plan: HoldersPlan): Promise<Failures> {
  const split = canSplit(members);
  const progress: Progress = { run, askers: new Askers(members, plan, split), failures: new Failures(), stopped: new Map() };
  const unsafe = new Set<string>();
  const { first, later } = inTwo(plan, split);
  for (const change of first) {
    if (!(await carryOne(progress, change))) for (const slug of change.add) unsafe.add(slug);
  }
  for (const change of later) {
    if (progress.failures.has(subjectKey(change.subject)) || change.remove.some((slug) => unsafe.has(slug))) continue;
    if (!(await carryOne(progress, change))) for (const slug of change.add) unsafe.add(slug);
  }
  return progress.failures;
}

function canSplit(members: readonly Member[]): boolean {
  return members.every(({ target }) => target.connection.provider.capabilities.multipleRolesPerUser);
}

/** What is done at once, and what waits for it. Who holds one role only exchanges it in one write, so there all of a change waits. */
function inTwo(
  { changes, grantFirst }: HoldersPlan,
  split: boolean,
): { readonly first: readonly HoldingChange[]; readonly later: readonly HoldingChange[] } {
  const waiting = new Set(grantFirst);
  const waits = ({ remove }: HoldingChange): boolean => remove.some((slug) => waiting.has(slug));
  const first = split ? changes.map((change) => without(change, waiting)) : changes.filter((change) => !waits(change));
  const later = changes.filter(waits).map((change) => (split ? onlyRemoving(change, waiting) : change));
  return { first: first.filter(({ add, remove }) => add.length + remove.length > 0), later };
}

/** False: something of the change could not be made. */
async function carryOne(progress: Progress, change: HoldingChange): Promise<boolean> {
  let isMade = true;
  for (const share of progress.askers.sharesOf(change)) {
    if (await carryShare(progress, share)) continue;
    isMade = false;
    for (const rest of progress.askers.withoutGrant(share)) await carryShare(progress, rest);
  }
  return isMade;
}

async function carryShare({ run, askers, failures, stopped }: Progress, { changer, change }: Share): Promise<boolean> {
  const key = subjectKey(change.subject);
  const { connection, holders } = changer;
  const stop = stopped.get(connection.key);
  if (stop !== undefined) {
    failures.add(askers.of(change), key, stop);
    return false;
  }
  const { deps, registry } = run.lanes;
  try {
    assertMayWrite(deps);
    await holders.apply(change, run.signal);
    const type = connection.driver.type;
    for (const _slug of change.add) deps.metrics.grantWritten(type, 'grant');
    for (const _slug of change.remove) deps.metrics.grantWritten(type, 'revoke');
    deps.log.info('Changed who holds a role', {
      organization: change.organization,
      subject: key,
      granted: change.add,
      revoked: change.remove,
      provider: connection.key,
    });
    return true;
  } catch (error) {
    run.signal.throwIfAborted();
    if (!isProviderError(error)) throw error;
    if (isGoneAlready(error, change)) return true;
    if (failureRule(error).suspectsProvider) registry.suspect(connection.key);
    if (stopsAll(error)) stopped.set(connection.key, error);
    failures.add(askers.of(change), key, error);
    return false;
  }
}

/** Who isn't there any more holds nothing, nor does anybody hold a role that isn't there. */
function isGoneAlready({ kind, details: { missing } }: ProviderError, { add, remove }: HoldingChange): boolean {
  return kind === 'notFound' && add.length === 0 && (missing === 'subject' || (missing === 'role' && remove.length === 1));
}

function stopsAll({ kind }: ProviderError): boolean {
  return kind === 'rateLimited' || kind === 'unauthorized';
}

function without(change: HoldingChange, later: ReadonlySet<string>): HoldingChange {
  const kept = change.remove.filter((slug) => later.has(slug));
  if (kept.length === 0) return change;
  return { ...change, remove: change.remove.filter((slug) => !later.has(slug)), next: [...change.next, ...kept].sort() };
}

function onlyRemoving(change: HoldingChange, later: ReadonlySet<string>): HoldingChange {
  return { ...change, add: [], remove: change.remove.filter((slug) => later.has(slug)) };
}
