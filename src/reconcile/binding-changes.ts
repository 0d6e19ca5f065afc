import { type HoldingChange, type ProviderError, subjectKey } from '../model/index.ts';
import type { HoldersPlan } from '../plan/index.ts';
import type { BindingHost } from './binding-deletion.ts';
import { keysOf, type Member } from './binding-members.ts';
import type { BindingTarget } from './binding-target.ts';
import { isProviderError } from './lane-context.ts';
import { assertMayWrite } from './ports.ts';

/** Why changes failed, by `subjectKey`. */
export type Failures = ReadonlyMap<string, ProviderError>;

/**
 * Makes the changes of a plan, one subject after another. What fails for one is no reason not to go on with the others, unless the provider
 * refuses the credentials or asks to slow down. Roles that keep their least number of holders only because somebody new is granted them
 * are revoked last, and not at all when such a grant failed.
 */
export async function carryOut(run: BindingHost, members: readonly Member[], plan: HoldersPlan): Promise<Failures> {
  const failures = new Map<string, ProviderError>();
  const unsafe = new Set<string>();
  const { first, later } = inTwo(plan, canSplit(members));
  for (const change of first) {
    if (!(await carryOne(run, members, plan, change, failures))) for (const slug of change.add) unsafe.add(slug);
  }
  for (const change of later) {
    if (failures.has(subjectKey(change.subject)) || change.remove.some((slug) => unsafe.has(slug))) continue;
    await carryOne(run, members, plan, change, failures);
  }
  return failures;
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

async function carryOne(
  run: BindingHost,
  members: readonly Member[],
  plan: HoldersPlan,
  change: HoldingChange,
  failures: Map<string, ProviderError>,
): Promise<boolean> {
  const key = subjectKey(change.subject);
  const stopped = [...failures.values()].find(stopsAll);
  if (stopped !== undefined) {
    failures.set(key, stopped);
    return false;
  }
  const { connection, holders } = changerOf(members, plan, key);
  const { deps } = run.lanes;
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
    failures.set(key, error);
    return false;
  }
}

/** Whose connection makes a change: that of the oldest RoleBinding that it is made for. */
function changerOf(members: readonly Member[], plan: HoldersPlan, key: string): BindingTarget {
  const isFor = ({ target }: Member): boolean => {
    const own = plan.bindings.get(target.key);
    return own !== undefined && (keysOf(own.granting).has(key) || keysOf(own.revoking).has(key));
  };
  const found = members.find(isFor) ?? members[0];
  if (found === undefined) throw new Error(`nobody asked for the change of ${key}`);
  return found.target;
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
