import type { ProviderError } from '../model/index.ts';
import type { BindingHost } from './binding-deletion.ts';
import type { BindingTarget } from './binding-target.ts';
import type { Connection } from './connections.ts';
import { organizationValue } from './keys.ts';
import { isProviderError } from './lane-context.ts';

/** RoleBindings of one lane by whether their own credentials see who holds roles in the organization. */
export interface Access {
  readonly admitted: readonly BindingTarget[];
  /** With the error that says why not. */
  readonly refused: readonly { readonly targets: readonly BindingTarget[]; readonly error: ProviderError }[];
  /** Their connections may not call now: a call would wait, and the whole lane with it. */
  readonly paused: readonly BindingTarget[];
}

/**
 * Sorts out RoleBindings whose credentials have no business in the organization. All of a lane are planned together from what one of their
 * connections reads, and anybody may write an organization's name into a manifest: without this, who holds what there would be told to them,
 * and what they want would stand in the way of others. `failed`: connections that could not read just now.
 */
export async function accessOf(
  run: BindingHost,
  reader: BindingTarget,
  targets: readonly BindingTarget[],
  failed: ReadonlySet<Connection> = new Set(),
): Promise<Access> {
  const admitted: BindingTarget[] = [];
  const refused: Access['refused'][number][] = [];
  const paused: BindingTarget[] = [];
  const candidates = Map.groupBy(
    targets.filter(({ connection }) => !failed.has(connection)),
    ({ connection }) => connection,
  );
  for (const [connection, own] of candidates) {
    if (connection !== reader.connection && connection.pausedForMs() > 0) {
      paused.push(...own);
      continue;
    }
    const error = connection === reader.connection ? undefined : await refusalOf(run, own);
    if (error === undefined) admitted.push(...own);
    else refused.push({ targets: own, error });
  }
  return { admitted, refused, paused };
}

/** Remembers that a connection has read who holds roles in the organization of a target. */
export function rememberAccess({ lanes }: BindingHost, { connection, role }: BindingTarget): void {
  const seen = lanes.seenThrough.get(connection) ?? new Set<string>();
  seen.add(organizationValue(role.organization));
  lanes.seenThrough.set(connection, seen);
}

async function refusalOf(run: BindingHost, targets: readonly BindingTarget[]): Promise<ProviderError | undefined> {
  const [first] = targets;
  if (first === undefined || !first.connection.provider.capabilities.readBindings) return undefined;
  const { connection, holders, role } = first;
  if (run.lanes.seenThrough.get(connection)?.has(organizationValue(role.organization)) === true) return undefined;
  try {
    await holders.observe(role.organization, [...new Set(targets.map((target) => target.role.slug))].sort(), run.signal);
    rememberAccess(run, first);
    return undefined;
  } catch (error) {
    run.signal.throwIfAborted();
    if (!isProviderError(error)) throw error;
    return error;
  }
}
