import type { Role } from '../src/api/index.ts';
import { delay } from '../tools/lib/index.ts';
import { sumOf } from '../tools/stack/index.ts';
import {
  clusterCalls,
  clusterWrites,
  cpuOf,
  openKeys,
  peakMemory,
  providerCalls,
  readyObjects,
  reconciles as roleReconciles,
  until,
} from './operator-metrics.ts';
import { permissionNames, type RoleSite, roleName, rolesPerOrganization } from './role-site.ts';

/** What one way to the goal took. */
export interface Effort {
  readonly seconds: number;
  /** Largest resident memory of the process so far, in millions of bytes; undefined where the system doesn't tell. */
  readonly peakMB: number | undefined;
  /** CPU seconds of the process, its start included. */
  readonly cpuSeconds: number;
  /** Passes over one Role. */
  readonly reconciles: number;
  /** Calls to the API server that write, those for the Lease not counted. */
  readonly clusterWrites: number;
  /** Of these, how many wrote the status of a Role. */
  readonly statusWrites: number;
  /** Calls to the provider that write. */
  readonly providerWrites: number;
}

/** How long one change may take to arrive. */
const arrivalTimeoutMs = 60_000;
/** An operator that has not called the provider for this long counts as idle. */
const quietMs = 60;
/** A look at the metrics costs the operator milliseconds when it knows thousands of Roles: rarely where it is compared, often where it is short. */
const pollMs = { converge: 250, look: 50 } as const;

/** Makes the Roles, starts the operator, and measures from its start until all are Ready. Leaves both in place. */
export async function converge(site: RoleSite, note: (text: string) => void): Promise<Effort> {
  await site.createRoles();
  const effort = await measured(site, async () => {
    await until(site, 'all Roles to be Ready', pollMs.converge, (samples) => {
      const ready = readyObjects(samples, 'Role');
      note(`${ready} are Ready`);
      return ready >= site.roles;
    });
  });
  await assertConverged(site);
  return effort;
}

/** Starts the operator on Roles that are as they should be, and measures until it leads and has looked at every one. */
export async function coldStart(site: RoleSite): Promise<Effort> {
  const before = await versions(site);
  const effort = await measured(site, async () => {
    await until(site, 'every Role to be looked at', pollMs.look, (samples) => {
      const listed = providerCalls(samples, 'listOrganizationRoles');
      const leads = sumOf(samples, 'rolekeeper_leader') === 1;
      return leads && roleReconciles(samples) >= site.roles && listed >= site.roles / rolesPerOrganization && openKeys(samples) === 0;
    });
  });
  const after = await versions(site);
  const changed = [...before].filter(([name, version]) => after.get(name) !== version).length;
  if (changed > 0) throw new Error(`a cold start changed ${changed} Roles that were in sync`);
  return effort;
}

/** One look of a running operator at every Role. */
export type LookRound = Pick<Effort, 'cpuSeconds' | 'reconciles'>;

/** Makes a running operator look at every Role once more, and measures what that costs it. */
export async function lookAtAll(site: RoleSite): Promise<LookRound> {
  const before = await site.operator.metrics();
  await site.touchProvider();
  await until(site, 'every Role to be looked at again', pollMs.look, (samples) => {
    return roleReconciles(samples) - roleReconciles(before) >= site.roles && openKeys(samples) === 0;
  });
  const after = await site.operator.metrics();
  return { cpuSeconds: cpuOf(after) - cpuOf(before), reconciles: roleReconciles(after) - roleReconciles(before) };
}

/** Milliseconds from sending a change of a Role to the API server until the new permission set arrives at the provider, per change. */
export async function changeLatencies(site: RoleSite, count: number, onProgress: (done: number) => void): Promise<readonly number[]> {
  const latencies: number[] = [];
  for (let done = 0; done < count; done += 1) {
    await providerQuiet(site);
    // A step that shares no factor with the number of Roles visits all of them, in changing organizations.
    const index = (done * 137) % site.roles;
    const arrival = site.emulator.control.nextRequest({ operationId: 'setOrganizationRolePermissions' });
    const begun = performance.now();
    const [{ startMs, path }] = await Promise.all([inTime(arrival, roleName(index)), site.changeRole(index, permissionsOfChange(done))]);
    if (!path.includes(`/${roleName(index)}/`)) throw new Error(`another role than ${roleName(index)} was written: ${path}`);
    latencies.push(startMs - begun);
    onProgress(done + 1);
  }
  return latencies;
}

/** Waits until the operator has read back and reported every change. */
export async function settled(site: RoleSite): Promise<void> {
  const isDone = ({ metadata, status }: Role): boolean =>
    status?.conditions?.some((entry) => entry.type === 'Ready' && entry.status === 'True') === true &&
    status.conditions.every(({ observedGeneration }) => observedGeneration === metadata.generation);
  while (!(await site.listRoles()).every(isDone)) await delay(1_000, site.signal);
}

/** Another set than the Role was made with and than earlier changes gave it. */
function permissionsOfChange(change: number): readonly string[] {
  const count = permissionNames.length;
  return [3, 5, 11]
    .map((step) => permissionNames[(change * step + step) % count] ?? '')
    .filter((name, at, all) => all.indexOf(name) === at);
}

async function providerQuiet(site: RoleSite): Promise<void> {
  while (performance.now() - site.calls.lastAt < quietMs) await delay(quietMs / 4, site.signal);
}

async function inTime<T>(arrival: Promise<T>, what: string): Promise<T> {
  const given = new AbortController();
  const late = delay(arrivalTimeoutMs, given.signal).then(() => {
    throw new Error(`the change of ${what} did not arrive at the provider within ${arrivalTimeoutMs / 1000} s`);
  });
  try {
    return await Promise.race([arrival, late]);
  } finally {
    late.catch(() => undefined);
    given.abort();
  }
}

async function measured(site: RoleSite, goal: () => Promise<void>): Promise<Effort> {
  const providerWrites = site.calls.writes;
  const begun = performance.now();
  const operator = await site.startOperator();
  await goal();
  const seconds = (performance.now() - begun) / 1000;
  const [samples, peakMB] = await Promise.all([operator.metrics(), peakMemory(operator.pid)]);
  return {
    seconds,
    peakMB,
    cpuSeconds: cpuOf(samples),
    reconciles: roleReconciles(samples),
    clusterWrites: clusterWrites(samples),
    statusWrites: clusterCalls(samples, 'orgroles/status'),
    providerWrites: site.calls.writes - providerWrites,
  };
}

/** What the operator says of itself has to be so in the cluster and at the provider. */
async function assertConverged(site: RoleSite): Promise<void> {
  const roles = await site.listRoles();
  const ready = roles.filter(({ status }) => status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True'));
  const { organizations } = site.emulator.control.state() as { readonly organizations: readonly { readonly roles?: readonly unknown[] }[] };
  const atProvider = organizations.reduce((sum, organization) => sum + (organization.roles ?? []).length, 0);
  if (ready.length !== site.roles || atProvider !== site.roles) {
    throw new Error(`of ${site.roles} Roles, ${ready.length} are Ready and ${atProvider} are at the provider`);
  }
}

async function versions(site: RoleSite): Promise<ReadonlyMap<string, string | undefined>> {
  return new Map((await site.listRoles()).map(({ metadata }) => [metadata.name, metadata.resourceVersion]));
}
