import { Worker } from 'node:worker_threads';
import type { BareCallsTask } from './bare-calls-worker.ts';
import type { BindingSite, RemoteState } from './binding-site.ts';
import type { ProviderCall } from './call-log.ts';

/** Organizations in which calls are under way at once: as many as the operator has workers by default. */
const lanesAtOnce = 10;

/** Seconds that these calls take by themselves, and how many they were. */
export interface BareCalls {
  readonly seconds: number;
  readonly calls: number;
}

/**
 * Makes calls once more that the operator has made, on the state of the provider that it made them on: the same ones in the same order
 * in each organization, through the operator's own HTTP client, without an operator. A thread of its own makes them, because the emulator
 * has this one.
 */
export async function timeBareCalls(site: BindingSite, calls: readonly ProviderCall[], before: RemoteState): Promise<BareCalls> {
  const failed = calls.find(({ status }) => status === undefined || status >= 400);
  if (failed !== undefined) throw new Error(`the provider answered ${failed.status} to ${failed.operation}: such calls can't be compared`);
  site.emulator.control.reset(before);
  const task: BareCallsTask = {
    baseURL: site.emulator.url,
    apiKey: (before as unknown as { readonly apiKey: string }).apiKey,
    lanes: lanesOf(calls, before),
    lanesAtOnce,
  };
  const worker = new Worker(new URL('./bare-calls-worker.ts', import.meta.url), { workerData: task });
  const abort = (): void => void worker.terminate();
  site.signal.addEventListener('abort', abort, { once: true });
  try {
    const seconds = await new Promise<number>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', () => reject(site.signal.reason ?? new Error('the thread of the bare calls ended early')));
    });
    return { seconds, calls: calls.length };
  } finally {
    site.signal.removeEventListener('abort', abort);
    await worker.terminate();
  }
}

/**
 * Calls by the organization that they are about, in the order in which the first one of each came; those about none are one lane of their
 * own. Throws for a membership that `state` doesn't have.
 */
export function lanesOf(calls: readonly ProviderCall[], state: RemoteState): readonly (readonly ProviderCall[])[] {
  const organizations = new Map(state.organizations.flatMap(({ id, members }) => members.map((member) => [member.id, id] as const)));
  return [...Map.groupBy(calls, (call) => organizationOf(call, organizations)).values()];
}

function organizationOf({ operation, target }: ProviderCall, organizations: ReadonlyMap<string, string>): string | undefined {
  const { pathname, searchParams } = new URL(target, 'http://provider.invalid');
  const membership = /^\/user_management\/organization_memberships\/([^/]+)/.exec(pathname)?.[1];
  if (membership === undefined)
    return searchParams.get('organization_id') ?? /^\/authorization\/organizations\/([^/]+)/.exec(pathname)?.[1];
  const organization = organizations.get(membership);
  if (organization === undefined) throw new Error(`${operation} is about membership ${membership}, which was not there before`);
  return organization;
}
