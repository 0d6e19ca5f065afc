import type {
  ClusterRoleProvider,
  Condition,
  Role,
  RoleBinding,
  RoleBindingSpec,
  RoleProvider as RoleProviderObject,
  RoleSpec,
  Subject,
} from '../../src/api/index.ts';
import { apiVersion, names } from '../../src/api/index.ts';
import { Controller, each } from '../../src/controller/index.ts';
import { type KubeApi, resources } from '../../src/kube/index.ts';
import { type HttpClient, type RateLimit, type RateLimiter, seededRandom } from '../../src/lib/index.ts';
import { type HoldingChange, type NamedSubject, ProviderError, type RolePlan, type RoleRef } from '../../src/model/index.ts';
import { wireQueues } from '../../src/operator/wiring.ts';
import type { Credentials, ProviderDriver, RoleProvider } from '../../src/providers/contract.ts';
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
import type { HoldersCall } from './fake-holders.ts';
import { FakeKube } from './fake-kube.ts';
import { FakeProvider, fakeDriver } from './fake-provider.ts';
import { VirtualClock } from './virtual-clock.ts';

/** Where a process is when it is killed: at its n-th call to provider or API server, before or after that call acted. */
export interface Crash {
  /** 1 is the next call. */
  readonly call: number;
  readonly when: 'before' | 'after';
}

/** One process: once it is dead, nothing that it calls acts or answers any more. */
class Process {
  readonly #stop = new AbortController();
  /** Calls made so far. */
  calls = 0;
  crash: Crash | undefined;

  get alive(): boolean {
    return !this.#stop.signal.aborted;
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  kill(): void {
    this.#stop.abort(new Error('stopped'));
  }

  /** A function of the world outside as this process calls it. */
  guard<A extends readonly unknown[], R>(call: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
    return async (...args) => {
      await this.#step('before');
      try {
        const result = await call(...args);
        await this.#step('after');
        return result;
      } catch (error) {
        await this.#step('after');
        throw error;
      }
    };
  }

  async #step(when: Crash['when']): Promise<void> {
    if (when === 'before' && this.alive) this.calls += 1;
    if (this.crash?.when === when && this.calls === this.crash.call) this.kill();
    if (!this.alive) await new Promise(() => undefined);
  }
}

/** One run of the operator's controllers on a FakeKube and a FakeProvider, in virtual time. */
export class Rig {
  readonly kube: FakeKube;
  readonly provider: FakeProvider;
  readonly clock: VirtualClock;
  readonly events: (EventDraft & { readonly name: string })[] = [];
  /** Messages that the log got, with the error's text. */
  readonly logged: string[] = [];
  /** Further providers, by the account that a provider object names. */
  readonly accounts = new Map<string, FakeProvider>();
  /** Drivers beside the fake one, each registered by one entry. */
  readonly drivers: ProviderDriver[] = [];
  /** What connections send requests with; the fake one sends none. */
  http: HttpClient = { close: async () => undefined } as unknown as HttpClient;
  /** What connections ask before they send; unless given, only a pause holds them back. */
  createLimiter: ((limit: RateLimit) => RateLimiter) | undefined;
  /** Told of every log line. */
  onLog: (message: string, fields: Readonly<Record<string, unknown>>) => void = () => undefined;
  mayWrite = true;
  /** The flag --pause of processes started from now on. */
  pauseAll = false;
  #process = new Process();
  #pausedUntil = 0;

  constructor(kube = new FakeKube(), provider = new FakeProvider(), clock = new VirtualClock()) {
    this.kube = kube;
    this.provider = provider;
    this.clock = clock;
  }

  /** A rig with the RoleProvider `default` of namespace `team`, ready, and the operator running. */
  static async running(): Promise<Rig> {
    const rig = new Rig();
    rig.addProvider();
    rig.start();
    await rig.pass();
    return rig;
  }

  /** Whether the process runs: it was started, and neither stopped nor crashed. */
  get running(): boolean {
    return this.#process.alive;
  }

  /** Calls to provider and API server that the process has made. */
  get calls(): number {
    return this.#process.calls;
  }

  /** Starts the controllers; `stop` ends them as a crash would, keeping nothing but cluster and provider. */
  start(crash?: Crash): this {
    const process = new Process();
    process.crash = crash;
    this.#process = process;
    this.kube.relist();
    const registry = new ConnectionRegistry();
    const deps = this.#deps(process);
    const fake = fakeDriver(this.provider, (real, credentials) => guarded(process, real, credentials), this.accounts);
    const drivers = new DriverSet([fake as ProviderDriver, ...this.drivers]);
    const limiter: RateLimiter = {
      acquire: async () => 0,
      pause: (ms) => this.pause(ms),
      pausedForMs: () => Math.max(0, this.#pausedUntil - this.clock.monotonic()),
    };
    const connector = new Connector(deps, drivers, {
      createHttpClient: () => this.http,
      createLimiter: (_type, limit) => this.createLimiter?.(limit) ?? limiter,
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
    process.signal.addEventListener('abort', unwire, { once: true });
    const common = { clock: this.clock, logger: deps.log, leadership: process.signal, workers: 4 };
    const run = (controller: Controller<ReconcileKey>): void => void controller.run(process.signal).catch(() => undefined);
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
    this.#process.kill();
  }

  /** The process dies at its n-th call from now. */
  crashAt({ call, when }: Crash): void {
    this.#process.crash = { call: this.#process.calls + call, when };
  }

  #deps(process: Process): ReconcileDeps {
    const { api } = this.kube;
    const log = (message: string, fields?: Readonly<Record<string, unknown>>): void => {
      const { error } = fields ?? {};
      this.onLog(message, fields ?? {});
      this.logged.push(error instanceof Error ? `${message}: ${error.message}` : message);
    };
    return {
      api: {
        ...api,
        get: process.guard(api.get) as KubeApi['get'],
        mergePatch: process.guard(api.mergePatch) as KubeApi['mergePatch'],
        applyStatus: process.guard(api.applyStatus) as KubeApi['applyStatus'],
      },
      stores: this.kube.stores,
      clock: this.clock,
      random: seededRandom(1),
      events: { emit: (object, event) => void this.events.push({ ...event, name: object.metadata.name }) },
      metrics: {
        driftDetected: () => undefined,
        driftCorrected: () => undefined,
        roleWritten: () => undefined,
        grantWritten: () => undefined,
      },
      log: {
        debug: (message, fields) => this.onLog(message, fields ?? {}),
        info: (message, fields) => this.onLog(message, fields ?? {}),
        warn: log,
        error: log,
      },
      pause: { all: this.pauseAll, operatorNamespace: 'rolekeeper-system' },
      mayWrite: () => this.mayWrite && process.alive,
    };
  }

  /** Lets `ms` of virtual time pass, 5 seconds unless given. */
  async pass(ms = 5_000): Promise<void> {
    await this.clock.advance(ms);
  }

  /** Pauses the provider as a Retry-After does. */
  pause(ms: number): void {
    this.#pausedUntil = this.clock.monotonic() + ms;
  }

  /** Creates the Secret and the RoleProvider `default` of namespace `team`, or another one's. */
  addProvider(spec: object = {}, namespace = 'team'): void {
    this.addSecret(undefined, namespace);
    const object = {
      apiVersion,
      kind: 'RoleProvider',
      metadata: { namespace, name: 'default' },
      spec: { fake: {}, interval: '10m', ...spec },
    };
    this.kube.apply(resources.roleProviders, object as unknown as RoleProviderObject);
  }

  /** Creates or changes the ClusterRoleProvider `default`, whose Secret is that of namespace `team`. */
  addClusterProvider(spec: object = {}): void {
    this.addSecret();
    const object = {
      apiVersion,
      kind: 'ClusterRoleProvider',
      metadata: { name: 'default' },
      spec: { fake: { secretNamespace: 'team' }, interval: '10m', ...spec },
    };
    this.kube.apply(resources.clusterRoleProviders, object as unknown as ClusterRoleProvider);
  }

  /** Creates a Namespace or changes its labels and annotations. */
  addNamespace(name: string, labels: Record<string, string> = {}, annotations: Record<string, string> = {}): void {
    this.kube.apply(resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels, annotations } });
  }

  deleteProvider(namespace = 'team'): void {
    this.kube.delete(resources.roleProviders, { namespace, name: 'default' });
  }

  deleteSecret(namespace = 'team'): void {
    this.kube.delete(resources.secrets, { namespace, name: 'key' });
  }

  addSecret(data: Record<string, string> = { apiKey: 'sk_test' }, namespace = 'team'): void {
    const encoded = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));
    this.kube.apply(resources.secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace, name: 'key' },
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

  /** Approves the plan that a Role shows, as somebody who copies the command from the message. */
  approve(name: string, namespace = 'team'): void {
    const role = this.kube.role(namespace, name);
    if (role?.status?.plan === undefined) throw new Error(`${name} shows no plan`);
    const annotations = { ...role.metadata.annotations, [names.approvedPlan]: role.status.plan.hash };
    this.kube.apply(resources.roles, { ...role, metadata: { namespace, name, annotations } });
  }

  /** Approves the plan that a RoleBinding shows. */
  approveBinding(name: string, namespace = 'team'): void {
    const binding = this.kube.stores.roleBindings.get(`${namespace}/${name}`);
    if (binding?.status?.plan === undefined) throw new Error(`${name} shows no plan`);
    const annotations = { ...binding.metadata.annotations, [names.approvedPlan]: binding.status.plan.hash };
    this.kube.apply(resources.roleBindings, { ...binding, metadata: { namespace, name, annotations } });
  }

  deleteRole(name: string, namespace = 'team'): void {
    this.kube.delete(resources.roles, { namespace, name });
  }

  /** Creates or changes a RoleBinding of namespace `team`, to the Role of that name unless the spec says otherwise. */
  addBinding(
    name: string,
    subjects: readonly Subject[],
    spec: Partial<RoleBindingSpec> = {},
    metadata: Partial<Role['metadata']> = {},
  ): RoleBinding {
    return this.kube.apply(resources.roleBindings, {
      apiVersion,
      kind: 'RoleBinding',
      metadata: { namespace: 'team', name, ...metadata },
      spec: { roleRef: { name: 'reader' }, subjects, ...spec },
    } as RoleBinding);
  }

  deleteBinding(name: string): void {
    this.kube.delete(resources.roleBindings, { namespace: 'team', name });
  }

  binding(name: string): RoleBinding | undefined {
    return this.kube.stores.roleBindings.get(`team/${name}`);
  }

  /** `True/Available` and the like, of a RoleBinding. */
  bindingReady(name: string): string {
    const ready = this.bindingCondition(name, 'Ready');
    return `${ready?.status}/${ready?.reason}`;
  }

  bindingCondition(name: string, type: string): Condition | undefined {
    return this.binding(name)?.status?.conditions?.find((entry) => entry.type === type);
  }

  role(name: string): Role | undefined {
    return this.kube.role('team', name);
  }

  /** The provider object `default` of a namespace. */
  providerCondition(type: string, namespace = 'team'): Condition | undefined {
    return this.kube.provider(namespace, 'default')?.status?.conditions?.find((entry) => entry.type === type);
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

/** A connection as a process uses it: it ends with the process, and knows the credentials that it was opened with. */
function guarded(process: Process, real: FakeProvider, credentials: Credentials): RoleProvider {
  const checked = <A extends readonly unknown[], R>(call: (...args: A) => Promise<R>): ((...args: A) => Promise<R>) =>
    process.guard(async (...args: A) => {
      if (real.accepted !== undefined && credentials.apiKeySecretRef !== real.accepted) {
        throw new ProviderError('unauthorized', 'the key is refused', { operation: 'any', status: 401 });
      }
      return call(...args);
    });
  const ofHolders = <A extends readonly unknown[], R>(
    operation: HoldersCall['operation'],
    call: (...args: A) => Promise<R>,
  ): ((...args: A) => Promise<R>) =>
    checked(async (...args: A) => {
      const refusal = real.refusal(credentials, operation);
      if (refusal !== undefined) throw refusal;
      return call(...args);
    });
  return {
    capabilities: real.capabilities,
    ...(real.capabilities.permissionCatalogue
      ? { catalogue: { unknown: checked((permissions) => real.catalogue.unknown(permissions)) } }
      : {}),
    ...(real.capabilities.bindings
      ? {
          holders: {
            ...(real.holders.fallbackRole === undefined ? {} : { fallbackRole: real.holders.fallbackRole }),
            canonicalRole: (slug: string) => real.holders.canonicalRole(slug),
            roleProblem: (slug: string) => real.holders.roleProblem(slug),
            lookup: ofHolders('lookup', (organization: string, subjects: readonly NamedSubject[]) =>
              real.holders.lookup(organization, subjects),
            ),
            observe: ofHolders('holders', (organization: string, roles: readonly string[]) => real.holders.observe(organization, roles)),
            apply: ofHolders('change', (change: HoldingChange) => real.holders.apply(change)),
          },
        }
      : {}),
    normalize: (desired) => real.normalize(desired),
    probe: checked(() => real.probe()),
    observe: checked((organization: string) => real.observe(organization)),
    apply: checked((plan: RolePlan) => real.apply(plan)),
    remove: checked((ref: RoleRef) => real.remove(ref)),
    [Symbol.asyncDispose]: async () => {
      real.closed += 1;
    },
  };
}
