import { readFile } from 'node:fs/promises';
import { delay } from '../tools/lib/index.ts';
import { type MetricSample, sumOf } from '../tools/stack/index.ts';
import type { Site } from './site.ts';

/** No measurement takes this long; only a guard against waiting for what will not happen. */
const longestMs = 15 * 60_000;

const requestsTotal = 'rolekeeper_kubernetes_requests_total';
const writingVerbs = ['create', 'update', 'patch', 'apply', 'delete'];

/** Looks at the operator's metrics until they say that it is done. Looking costs the operator time of its own. */
export async function until(
  site: Site,
  what: string,
  intervalMs: number,
  check: (samples: readonly MetricSample[]) => boolean,
): Promise<void> {
  const deadline = performance.now() + longestMs;
  while (!check(await site.operator.metrics())) {
    if (performance.now() > deadline) throw new Error(`waited ${longestMs / 60_000} minutes in vain for ${what}`);
    await delay(intervalMs, site.signal);
  }
}

/** Largest resident memory of a process so far, in millions of bytes. Undefined where the system doesn't tell: only Linux does. */
export async function peakMemory(pid: number | undefined): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kilobytes = /VmHWM:\s+(\d+) kB/.exec(status)?.[1];
  return kilobytes === undefined ? undefined : (Number(kilobytes) * 1024) / 1e6;
}

/** Calls to the API server that write, those for the Lease not counted. */
export function clusterWrites(samples: readonly MetricSample[]): number {
  return samples
    .filter(({ name, labels }) => name === requestsTotal && writingVerbs.includes(labels.verb ?? '') && labels.resource !== 'leases')
    .reduce((sum, { value }) => sum + value, 0);
}

/** Calls to the API server about a resource, for example `orgroles/status`. */
export function clusterCalls(samples: readonly MetricSample[], resource: string): number {
  return sumOf(samples, requestsTotal, { resource });
}

/** Objects of a kind that say `Ready=True`. */
export function readyObjects(samples: readonly MetricSample[], kind: 'Role' | 'RoleBinding'): number {
  return sumOf(samples, 'rolekeeper_conditions', { kind, type: 'Ready', status: 'True' });
}

/** Passes over one Role or RoleBinding. */
export function reconciles(samples: readonly MetricSample[]): number {
  return sumOf(samples, 'rolekeeper_reconcile_duration_seconds_count', { controller: 'role' });
}

/** Roles and RoleBindings that are being worked on or wait for a worker. */
export function openKeys(samples: readonly MetricSample[]): number {
  const depth = 'rolekeeper_queue_depth';
  return sumOf(samples, depth, { queue: 'role', state: 'ready' }) + sumOf(samples, depth, { queue: 'role', state: 'working' });
}

/** Whether nothing is under way for any Role or RoleBinding: a worker that has settled its keys may still write what follows from them. */
export function isIdle(samples: readonly MetricSample[]): boolean {
  return openKeys(samples) === 0 && sumOf(samples, 'rolekeeper_busy_workers', { controller: 'role' }) === 0;
}

/** Calls to the provider, of one operation or of all. */
export function providerCalls(samples: readonly MetricSample[], operation?: string): number {
  return sumOf(samples, 'rolekeeper_provider_requests_total', operation === undefined ? {} : { operation });
}

/** CPU seconds of the process so far, its start included. */
export function cpuOf(samples: readonly MetricSample[]): number {
  return sumOf(samples, 'rolekeeper_process_cpu_seconds_total');
}
