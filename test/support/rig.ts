import type { Condition, Role, RoleProvider, RoleSpec } from '../../src/api/index.ts';
import { apiVersion } from '../../src/api/index.ts';
import { Controller, each } from '../../src/controller/index.ts';
import { resources } from '../../src/kube/index.ts';
import { type HttpClient, type RateLimiter, seededRandom } from '../../src/lib/index.ts';
import { wireQueues } from '../../src/operator/wiring.ts';
import { createWorkQueue } from '../../src/queue/index.ts';
import {
  ConnectionRegistry,
  Connector,
  DriverSet,
  type EventDraft,
  ProviderReconciler,
  type ReconcileDeps,
  type ReconcileKey,
  RoleLanes,
} from '../../src/reconcile/index.ts';
import { FakeKube } from './fake-kube.ts';
import { FakeProvider, fakeDriver } from './fake-provider.ts';
import { VirtualClock } from './virtual-clock.ts';

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** One run of the operator's controllers on a FakeKube and a FakeProvider, in virtual time. */
export class Rig {
  readonly kube: FakeKube;
  readonly provider: FakeProvider;
  readonly clock: VirtualClock;
  readonly events: (EventDraft & { readonly name: string })[] = [];
  mayWrite = true;
  #stop = new AbortController();
  #pausedUntil = 0;

  constructor(kube = new FakeKube(), provider = new FakeProvider(), clock = new VirtualClock()) {
    this.kube = kube;
    this.provider = provider;
    this.clock = clock;
  }

  /** Starts the controllers; `stop` ends them as a crash would, keeping nothing but cluster and provider. */
  start(): this {
    const registry = new ConnectionRegistry();
    const deps: ReconcileDeps = {
      api: this.kube.api,
      stores: this.kube.stores,
      clock: this.clock,
      random: seededRandom(1),
      events: { emit: (object, event) => void this.events.push({ ...event, name: object.metadata.name }) },
      metrics: { driftDetected: () => undefined, driftCorrected: () => undefined, roleWritten: () => undefined },
      log: silent,
      mayWrite: () => this.mayWrite,
    };
    const drivers = new DriverSet([fakeDriver(this.provider)]);
    const limiter: RateLimiter = {
      acquire: async () => 0,
      pause: (ms) => this.pause(ms),
      pausedForMs: () => Math.max(0, this.#pausedUntil - this.clock.monotonic()),
    };
    const connector = new Connector(deps, drivers, {
      createHttpClient: () => ({ close: async () => undefined }) as unknown as HttpClient,
      createLimiter: () => limiter,
      onCall: () => undefined,
      registerSecret: () => undefined,
    });
    const lanes = new RoleLanes(deps, registry);
    const providers = new ProviderReconciler(deps, drivers, registry, connector);
    const backoff = { baseMs: 1000, maxMs: 300_000 };
    const options = { clock: this.clock, random: seededRandom(2), backoff };
    const queues = {
      roles: createWorkQueue<ReconcileKey>({ ...options, groupOf: (key) => lanes.laneOf(key) }),
      providers: createWorkQueue<ReconcileKey>({ ...options, groupOf: (key) => key }),
    };
    const unwire = wireQueues(deps, registry, queues);
    this.#stop = new AbortController();
    this.#stop.signal.addEventListener('abort', unwire, { once: true });
    const common = { clock: this.clock, logger: silent, leadership: this.#stop.signal, workers: 4 };
    const run = (controller: Controller<ReconcileKey>): void => void controller.run(this.#stop.signal).catch(() => undefined);
    run(new Controller({ ...common, name: 'role', queue: queues.roles, reconcile: lanes.reconcile }));
    run(
      new Controller({
        ...common,
        name: 'provider',
        queue: queues.providers,
        reconcile: each((key, signal) => providers.reconcile(key, signal)),
      }),
    );
    return this;
  }

  stop(): void {
    this.#stop.abort(new Error('stopped'));
  }

  /** Lets `ms` of virtual time pass, 5 seconds unless given. */
  async pass(ms = 5_000): Promise<void> {
    await this.clock.advance(ms);
  }

  /** Pauses the provider as a Retry-After does. */
  pause(ms: number): void {
    this.#pausedUntil = this.clock.monotonic() + ms;
  }

  /** Creates the Secret and the RoleProvider `default` of namespace `team`. */
  addProvider(spec: object = {}): void {
    this.addSecret();
    const object = {
      apiVersion,
      kind: 'RoleProvider',
      metadata: { namespace: 'team', name: 'default' },
      spec: { fake: {}, interval: '10m', ...spec },
    };
    this.kube.apply(resources.roleProviders, object as unknown as RoleProvider);
  }

  addSecret(data: Record<string, string> = { apiKey: 'sk_test' }): void {
    const encoded = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));
    this.kube.apply(resources.secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace: 'team', name: 'key' },
      data: encoded,
    } as never);
  }

  /** Creates or changes a Role of namespace `team`. */
  addRole(name: string, spec: Partial<RoleSpec> = {}, metadata: Partial<Role['metadata']> = {}): Role {
    const full = { providerRef: {}, organization: 'org_1', permissions: ['a', 'b'], ...spec };
    return this.kube.apply(resources.roles, {
      apiVersion,
      kind: 'Role',
      metadata: { namespace: 'team', name, ...metadata },
      spec: full,
    } as Role);
  }

  deleteRole(name: string): void {
    this.kube.delete(resources.roles, { namespace: 'team', name });
  }

  role(name: string): Role | undefined {
    return this.kube.role('team', name);
  }

  condition(name: string, type: string): Condition | undefined {
    return this.role(name)?.status?.conditions?.find((entry) => entry.type === type);
  }

  /** `True/Available` and the like. */
  ready(name: string): string {
    const ready = this.condition(name, 'Ready');
    return `${ready?.status}/${ready?.reason}`;
  }

  eventReasons(name: string): readonly string[] {
    return this.events.filter((event) => event.name === name).map(({ reason }) => reason);
  }
}
