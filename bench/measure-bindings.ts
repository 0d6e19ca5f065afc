import type { Role, RoleBinding } from '../src/api/index.ts';
import { type KubeApi, resources } from '../src/kube/index.ts';
import { heldForMs } from '../src/reconcile/lane-context.ts';
import { delay } from '../tools/lib/index.ts';
import type { MetricSample } from '../tools/stack/index.ts';
import { bindingName, membershipPages, wideName, wideSubjects } from './binding-load.ts';
import type { BindingSite, RemoteState } from './binding-site.ts';
import type { ProviderCall } from './call-log.ts';
import {
  clusterCalls,
  clusterWrites,
  cpuOf,
  isIdle,
  peakMemory,
  providerCalls,
  readyObjects,
  reconciles,
  until,
} from './operator-metrics.ts';
import { namespace } from './site.ts';

/** What it took until all RoleBindings were Ready. */
export interface Binding {
  /** From the first RoleBinding that was sent to the API server. */
  readonly seconds: number;
  /** Calls to the provider since then. */
  readonly calls: readonly ProviderCall[];
  /** What the provider held before. */
  readonly before: RemoteState;
  readonly writes: ClusterWrites;
  /** Largest resident memory of the operator since its start, in millions of bytes; undefined where the system doesn't tell. */
  readonly peakMB: number | undefined;
  /** CPU seconds of the operator. */
  readonly cpuSeconds: number;
}

/** Calls to the API server that write. */
export interface ClusterWrites {
  /** Statuses of RoleBindings. */
  readonly bindingStatuses: number;
  /** Numbers of holders, in the statuses of Roles. */
  readonly roleStatuses: number;
  /** All, finalizers and Events included. */
  readonly all: number;
}

/** What the first complete look of an operator took. */
export interface FirstLook {
  /** From the start of the process. */
  readonly seconds: number;
  readonly calls: readonly ProviderCall[];
  /** Writes to cluster and provider. */
  readonly writes: number;
  readonly peakMB: number | undefined;
}

/** What one change of the wide RoleBinding took. */
export interface WideChange {
  /** `fewer`: a subject was left out; `more`: it came back. */
  readonly kind: 'fewer' | 'more';
  /** From the change that was sent to the API server until its watch told of `Ready`. */
  readonly seconds: number;
  readonly calls: readonly ProviderCall[];
}

/** A look at the metrics costs the operator milliseconds. */
const pollMs = { bind: 250, look: 50 } as const;
const watchTimeoutSeconds = 600;

/**
 * Makes Roles, starts the operator and waits until they are Ready; then makes RoleBindings of them and measures until all of these are.
 * Leaves everything in place.
 */
export async function bindAll(site: BindingSite, note: (text: string) => void): Promise<Binding> {
  await site.createRoles();
  const operator = await site.startOperator();
  await until(site, 'all Roles to be Ready', pollMs.bind, (samples) => readyObjects(samples, 'Role') >= site.bindings && isIdle(samples));
  const before = site.remote();
  const first = await operator.metrics();
  site.calls.record();
  const begun = performance.now();
  await site.createBindings();
  await until(site, 'all RoleBindings to be Ready', pollMs.bind, (samples) => {
    const ready = readyObjects(samples, 'RoleBinding');
    note(`${ready} are Ready`);
    return ready >= site.bindings;
  });
  const seconds = (performance.now() - begun) / 1000;
  // The numbers of holders are written after the RoleBindings.
  await until(site, 'the operator to be idle', pollMs.bind, (samples) => isIdle(samples));
  const [last, peakMB] = await Promise.all([operator.metrics(), peakMemory(operator.pid)]);
  const calls = site.calls.recorded();
  await assertBound(site);
  return { seconds, calls, before, writes: writesBetween(first, last), peakMB, cpuSeconds: cpuOf(last) - cpuOf(first) };
}

/** Starts the operator on RoleBindings that are as they should be, and measures until it leads and has looked at every one. */
export async function firstLook(site: BindingSite): Promise<FirstLook> {
  const before = await versions(site);
  const written = site.calls.writes;
  site.calls.record();
  const begun = performance.now();
  const operator = await site.startOperator();
  await everyLooked(site);
  const seconds = (performance.now() - begun) / 1000;
  const [samples, peakMB] = await Promise.all([operator.metrics(), peakMemory(operator.pid)]);
  const calls = site.calls.recorded();
  const after = await versions(site);
  const changed = [...before.keys()].filter((key) => after.get(key) !== before.get(key));
  if (changed.length > 0) throw new Error(`a first look changed ${changed.length} objects that were in sync, for example ${changed[0]}`);
  return { seconds, calls, writes: clusterWrites(samples) + site.calls.writes - written, peakMB };
}

/** Lets an operator look at everything once, so that nothing that follows from the last changes is left to be written. */
export async function settle(site: BindingSite): Promise<void> {
  await site.startOperator();
  await everyLooked(site);
}

function everyLooked(site: BindingSite): Promise<void> {
  return until(site, 'every RoleBinding to be looked at', pollMs.look, (samples) => {
    const listed = providerCalls(samples, 'listOrganizationMemberships') >= membershipPages(site.subjects);
    return listed && reconciles(samples) >= 2 * site.bindings && isIdle(samples);
  });
}

/** Makes the wide RoleBinding on a running operator; seconds until it is Ready. */
export async function bindWide(site: BindingSite): Promise<number> {
  await site.createWideRole();
  await until(site, 'the Role to be Ready', pollMs.bind, (samples) => readyObjects(samples, 'Role') > site.bindings && isIdle(samples));
  await using watch = await WideWatch.open(site);
  const begun = performance.now();
  await Promise.all([watch.ready(1), site.createWideBinding()]);
  return (performance.now() - begun) / 1000;
}

/** Leaves one subject out of the wide RoleBinding and takes it in again, several times. */
export async function changeWide(site: BindingSite, rounds: number, onProgress: (done: number) => void): Promise<readonly WideChange[]> {
  await using watch = await WideWatch.open(site);
  const changes: WideChange[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const kind of ['fewer', 'more'] as const) {
      changes.push(await changeOnce(site, watch, kind, (round * 137) % wideSubjects));
      onProgress(changes.length);
    }
  }
  return changes;
}

async function changeOnce(site: BindingSite, watch: WideWatch, kind: WideChange['kind'], index: number): Promise<WideChange> {
  // A read that is younger than this is used again, so the change would cost less than one that comes alone.
  await delay(heldForMs + 200, site.signal);
  await until(site, 'the operator to be idle', pollMs.look, (samples) => isIdle(samples));
  site.calls.record();
  const begun = performance.now();
  await watch.ready(await site.changeWideBinding(kind === 'fewer' ? index : undefined));
  const seconds = (performance.now() - begun) / 1000;
  return { kind, seconds, calls: site.calls.recorded() };
}

/** Follows the wide RoleBinding, so that looking for its outcome costs the API server nothing. */
class WideWatch implements AsyncDisposable {
  readonly #api: KubeApi;
  readonly #stop = new AbortController();
  readonly #following: Promise<void>;
  #generation = 0;
  #failure: unknown;
  #changed = Promise.withResolvers<void>();

  private constructor(api: KubeApi, resourceVersion: string, signal: AbortSignal) {
    this.#api = api;
    this.#following = this.#follow(resourceVersion, AbortSignal.any([signal, this.#stop.signal]));
  }

  static async open(site: BindingSite): Promise<WideWatch> {
    const api = await site.operatorClient();
    const { resourceVersion } = await api.list(resources.roleBindings, { namespace, limit: 1 }, site.signal);
    return new WideWatch(api, resourceVersion, site.signal);
  }

  /** Resolves when the RoleBinding is Ready in this generation or a later one. */
  async ready(generation: number): Promise<void> {
    while (this.#generation < generation) {
      if (this.#failure !== undefined) throw this.#failure;
      await this.#changed.promise;
    }
  }

  async #follow(resourceVersion: string, signal: AbortSignal): Promise<void> {
    const options = { namespace, resourceVersion, timeoutSeconds: watchTimeoutSeconds, silenceMs: watchTimeoutSeconds * 1000 };
    try {
      for await (const event of this.#api.watch<RoleBinding>(resources.roleBindings, options, signal)) {
        if (event.type === 'BOOKMARK' || event.object.metadata.name !== wideName) continue;
        this.#generation = Math.max(this.#generation, readyGeneration(event.object));
        this.#tell();
      }
      throw new Error(`the watch of RoleBindings ended by itself; it should last for ${watchTimeoutSeconds} s`);
    } catch (error) {
      this.#failure = error;
      this.#tell();
    }
  }

  #tell(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#following;
    await this.#api.close();
  }
}

/** The generation that an object is Ready in; 0 when it isn't. */
function readyGeneration({ status }: Role | RoleBinding): number {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return ready?.status === 'True' ? (ready.observedGeneration ?? 0) : 0;
}

function writesBetween(first: readonly MetricSample[], last: readonly MetricSample[]): ClusterWrites {
  const grown = (count: (samples: readonly MetricSample[]) => number): number => count(last) - count(first);
  return {
    bindingStatuses: grown((samples) => clusterCalls(samples, 'orgrolebindings/status')),
    roleStatuses: grown((samples) => clusterCalls(samples, 'orgroles/status')),
    all: grown(clusterWrites),
  };
}

/** What the operator says of itself has to be so in the cluster and at the provider. */
async function assertBound(site: BindingSite): Promise<void> {
  const ready = (await site.listBindings()).filter((binding) => readyGeneration(binding) === binding.metadata.generation).length;
  const granted = new Set(Array.from({ length: site.bindings }, (_, index) => bindingName(index)));
  const held = site
    .remote()
    .organizations.flatMap(({ members }) => members.flatMap(({ roles }) => roles.filter((role) => granted.has(role))));
  if (ready !== site.bindings || held.length !== site.subjects) {
    throw new Error(`of ${site.bindings} RoleBindings, ${ready} are Ready; of ${site.subjects} grants, ${held.length} are at the provider`);
  }
}

async function versions(site: BindingSite): Promise<ReadonlyMap<string, string | undefined>> {
  const entries = (kind: string, objects: readonly (Role | RoleBinding)[]): readonly (readonly [string, string | undefined])[] =>
    objects.map(({ metadata }) => [`${kind}/${metadata.name}`, metadata.resourceVersion]);
  return new Map([...entries('Role', await site.listRoles()), ...entries('RoleBinding', await site.listBindings())]);
}
