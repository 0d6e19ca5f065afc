import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Condition, KubeObject } from '../api/index.ts';
import type { Store } from '../cache/index.ts';
import { Controller, each } from '../controller/index.ts';
import { createKubeApi, EventRecorder, type KubeApi, type KubeConnection, LeaderElector } from '../kube/index.ts';
import { createHttpClient, type RateLimiter, sleep, systemClock, systemRandom, TokenBucket } from '../lib/index.ts';
import type { ProviderDriver } from '../providers/index.ts';
import { createWorkQueue, type WorkQueue } from '../queue/index.ts';
import {
  ConnectionRegistry,
  Connector,
  DriverSet,
  ProviderReconciler,
  type ReconcileDeps,
  type ReconcileKey,
  RoleLanes,
} from '../reconcile/index.ts';
import {
  createMetrics,
  type Endpoints,
  type ListenAddress,
  type Logger,
  type Metrics,
  type Scrubber,
  serveEndpoints,
} from '../telemetry/index.ts';
import { adviceOnAccess } from './advice.ts';
import { ClusterView, watchedResources } from './cluster.ts';
import { type Queues, wireQueues } from './wiring.ts';

/** How the operator runs. Durations in milliseconds. */
export interface OperatorOptions {
  readonly connection: KubeConnection;
  readonly drivers: readonly ProviderDriver[];
  readonly log: Logger;
  readonly scrubber: Scrubber;
  readonly version: string;
  /** Namespace of the Lease. */
  readonly namespace: string;
  readonly watchNamespaces: readonly string[];
  /** Reads and writes nothing. */
  readonly pause: boolean;
  /** For ownership marks; the uid of namespace kube-system where undefined. */
  readonly clusterID: string | undefined;
  readonly leaderElection: {
    readonly enabled: boolean;
    readonly leaseName: string;
    readonly leaseDurationMs: number;
    readonly renewDeadlineMs: number;
    readonly retryPeriodMs: number;
  };
  /** A watch that is silent for longer has a dead connection. */
  readonly watchSilenceMs: number;
  readonly metricsAddress: ListenAddress | undefined;
  readonly healthAddress: ListenAddress | undefined;
  /** Lanes worked on at the same time. */
  readonly workers: number;
  readonly shutdownTimeoutMs: number;
}

/** Names of the controllers and of their queues. */
const controllers = { roles: 'role', providers: 'provider' } as const;
/** How a Role or provider that fails waits, in milliseconds. */
const backoff = { baseMs: 1_000, maxMs: 300_000 } as const;
/** Providers looked at at the same time. */
const providerWorkers = 4;
/** One look at a provider may take this long, whatever its own timeout, in milliseconds. */
const providerLookTimeoutMs = 120_000;
/** How often an API server that can't be reached is tried again at the start, in milliseconds. */
const reachRetryMs = 2_000;
/** Time kept from the shutdown timeout for aborting work and giving the Lease back, in milliseconds. */
const abortMs = 3_000;
/** How long Events that wait may still be written at the end, in milliseconds. */
const eventFlushMs = 2_000;

/**
 * The operator: watches the cluster, takes part in the election, and while it leads keeps providers and roles. Runs until the
 * signal aborts; then takes no more work, lets what is under way end within the shutdown timeout, and gives the Lease back.
 */
export class Operator {
  readonly #options: OperatorOptions;
  readonly #metrics: Metrics;
  readonly #api: KubeApi;
  readonly #view: ClusterView;
  #electionProblem = '';
  readonly #identity = `${hostname()}_${randomUUID().slice(0, 8)}`;

  constructor(options: OperatorOptions) {
    this.#options = options;
    this.#metrics = createMetrics({
      version: options.version,
      controllers: Object.values(controllers),
      providers: options.drivers.map(({ type }) => type),
      watchedResources,
    });
    this.#api = createKubeApi(options.connection, { clock: systemClock, onRequest: (report) => this.#metrics.kubeRequest(report) });
    this.#view = new ClusterView({
      api: this.#api,
      clock: systemClock,
      random: systemRandom,
      log: options.log,
      metrics: this.#metrics,
      namespaces: options.watchNamespaces,
      clusterID: options.clusterID,
      watchSilenceMs: options.watchSilenceMs,
    });
    this.#observeObjects();
  }

  /** Rejects with ListenError when an address is taken, and with what broke the operator itself. */
  async run(signal: AbortSignal): Promise<void> {
    const endpoints = await this.#serve();
    const watching = new AbortController();
    try {
      await this.#reach(signal);
      const view = this.#view.run(watching.signal);
      await this.#elect(signal);
      watching.abort();
      await view;
    } catch (error) {
      if (!signal.aborted || error !== signal.reason) throw error;
    } finally {
      watching.abort();
      await endpoints.close();
      await this.#api.close();
    }
  }

  #serve(): Promise<Endpoints> {
    const { metricsAddress, healthAddress, log } = this.#options;
    return serveEndpoints({
      metricsAddress,
      healthAddress,
      metrics: this.#metrics,
      readyChecks: this.#view.readyChecks,
      clock: systemClock,
      log,
    });
  }

  /** Waits for the API server: at the start of a cluster the operator may be there first. */
  async #reach(signal: AbortSignal): Promise<void> {
    const { log, connection } = this.#options;
    for (let told = false; ; told = true) {
      try {
        const version = await this.#api.serverVersion(signal);
        log.info('Connected to the API server', { server: connection.server, version });
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (!told)
          log.warn('The API server could not be reached; trying until it answers. Check --kubeconfig and the network', {
            server: connection.server,
            error,
          });
        await sleep(systemClock, reachRetryMs, signal);
      }
    }
  }

  async #elect(signal: AbortSignal): Promise<void> {
    const { leaderElection: election, log, namespace } = this.#options;
    if (!election.enabled) {
      await this.#lead(signal, new AbortController().signal, () => true);
      return;
    }
    const elector = new LeaderElector({
      api: this.#api,
      clock: systemClock,
      random: systemRandom,
      lease: { namespace, name: election.leaseName },
      identity: this.#identity,
      leaseDurationMs: election.leaseDurationMs,
      renewDeadlineMs: election.renewDeadlineMs,
      retryPeriodMs: election.retryPeriodMs,
      onError: (error) => this.#tellElectionProblem(error),
      onAnswer: () => {
        this.#electionProblem = '';
      },
    });
    log.info('Waiting to lead', { lease: `${namespace}/${election.leaseName}`, identity: this.#identity });
    await elector.run(
      {
        onStartedLeading: (leading) => this.#lead(signal, lostSignal(leading, signal), () => elector.mayWrite()),
        onStoppedLeading: () => log.info('Stopped leading', { identity: this.#identity }),
      },
      signal,
    );
  }

  /** A problem that goes on is told once. */
  #tellElectionProblem(error: unknown): void {
    const { leaderElection, log, namespace } = this.#options;
    const lease = `${namespace}/${leaderElection.leaseName}`;
    const message = error instanceof Error ? error.message : String(error);
    const tell = message === this.#electionProblem ? log.debug : log.warn;
    this.#electionProblem = message;
    tell(adviceOnAccess(error) ?? 'A try to take or renew the Lease failed and is repeated', { lease, error });
  }

  /** Works as the leader until `stop` (in order) or `lost` (at once). */
  async #lead(stop: AbortSignal, lost: AbortSignal, mayWrite: () => boolean): Promise<void> {
    const { log } = this.#options;
    log.info('Leading', { identity: this.#identity });
    this.#metrics.setLeader(true);
    const recorder = this.#createRecorder();
    const ended = AbortSignal.any([stop, lost]);
    try {
      // While another replica led, a watch of ours may have been dead unnoticed: what that one did would be undone as drift.
      await (this.#options.leaderElection.enabled ? this.#view.refresh(ended) : this.#view.synced(ended));
      const parts = this.#compose(recorder, mayWrite);
      const unwire = wireQueues(parts.deps, parts.registry, parts.queues);
      try {
        await Promise.all([
          this.#controller(controllers.roles, parts.queues.roles, parts.lanes.reconcile, this.#options.workers, lost, mayWrite).run(stop),
          this.#controller(
            controllers.providers,
            parts.queues.providers,
            each((key: ReconcileKey, signal) => parts.providers.reconcile(key, signal), {
              clock: systemClock,
              timeoutMs: providerLookTimeoutMs,
            }),
            providerWorkers,
            lost,
            mayWrite,
          ).run(stop),
        ]);
      } finally {
        unwire();
        await parts.providers.close();
      }
    } catch (error) {
      if (!ended.aborted) throw error;
    } finally {
      await recorder.flush(eventFlushMs);
      this.#metrics.setLeader(false);
    }
  }

  #compose(recorder: EventRecorder, mayWrite: () => boolean) {
    const { drivers, log, scrubber } = this.#options;
    const registry = new ConnectionRegistry();
    const deps: ReconcileDeps = {
      api: this.#api,
      stores: this.#view.stores,
      clock: systemClock,
      random: systemRandom,
      events: {
        emit: (object, event, summaryOn) =>
          recorder.record({ regarding: object, ...event, ...(summaryOn === undefined ? {} : { summaryOn }) }),
      },
      metrics: this.#metrics,
      log,
      pause: { all: this.#options.pause, operatorNamespace: this.#options.namespace },
      mayWrite,
    };
    const driverSet = new DriverSet(drivers);
    const connector = new Connector(deps, driverSet, {
      createHttpClient,
      createLimiter: (type, limit) => this.#createLimiter(type, limit),
      onCall: (type, call) => this.#metrics.providerRequest(type, call),
      registerSecret: (value) => scrubber.registerSecret(value),
    });
    const lanes = new RoleLanes(deps, registry);
    const queues: Queues = {
      roles: this.#createQueue(controllers.roles, (key) => lanes.laneOf(key)),
      providers: this.#createQueue(controllers.providers, (key) => key),
    };
    return { deps, registry, lanes, providers: new ProviderReconciler(deps, driverSet, registry, connector), queues };
  }

  #createLimiter(type: string, limit: ConstructorParameters<typeof TokenBucket>[1]): RateLimiter {
    const bucket = new TokenBucket(systemClock, limit);
    return {
      acquire: (signal) => bucket.acquire(signal),
      pausedForMs: () => bucket.pausedForMs(),
      pause: (delayMs) => {
        this.#metrics.providerPaused(type);
        bucket.pause(delayMs);
      },
    };
  }

  /** A queue whose depth, adds and retries are counted. */
  #createQueue(name: string, groupOf: (key: ReconcileKey) => string): WorkQueue<ReconcileKey> {
    const queue = createWorkQueue({ clock: systemClock, random: systemRandom, groupOf, backoff });
    this.#metrics.observeQueue(name, () => queue.depth);
    const { add, addRateLimited } = queue;
    return Object.assign(queue, {
      add: (...given: Parameters<typeof add>) => {
        this.#metrics.queueAdded(name);
        add.apply(queue, given);
      },
      addRateLimited: (...given: Parameters<typeof addRateLimited>) => {
        this.#metrics.queueRetried(name);
        return addRateLimited.apply(queue, given);
      },
    });
  }

  #controller(
    name: string,
    queue: Queues['roles'],
    reconcile: ConstructorParameters<typeof Controller<ReconcileKey>>[0]['reconcile'],
    workers: number,
    leadership: AbortSignal,
    gate: () => boolean,
  ): Controller<ReconcileKey> {
    const finishMs = Math.max(0, this.#options.shutdownTimeoutMs - abortMs);
    const timeouts = { finishMs, abortMs: Math.min(abortMs, this.#options.shutdownTimeoutMs) };
    const observer = {
      settled: (outcome: Parameters<Metrics['reconciled']>[0]) => this.#metrics.reconciled(outcome),
      panicked: (event: { readonly controller: string }) => this.#metrics.panicked(event),
      busy: (event: { readonly controller: string; readonly turns: number }) => this.#metrics.busy(event),
    };
    return new Controller({
      name,
      queue,
      reconcile,
      clock: systemClock,
      logger: this.#options.log,
      workers,
      leadership,
      gate,
      timeouts,
      observer,
    });
  }

  #createRecorder(): EventRecorder {
    const { log } = this.#options;
    return new EventRecorder({
      api: this.#api,
      clock: systemClock,
      random: systemRandom,
      instance: this.#identity,
      onDrop: ({ reason, regarding, count, cause }) => log.warn('An Event was not written', { reason, regarding, count, error: cause }),
    });
  }

  #observeObjects(): void {
    const { roles, roleBindings, roleProviders, clusterRoleProviders } = this.#view.stores;
    this.#metrics.observeObjects('Role', () => conditionsOf(roles));
    this.#metrics.observeObjects('RoleBinding', () => conditionsOf(roleBindings));
    this.#metrics.observeSubjects(() => Array.from(roleBindings.values(), ({ status }) => status?.subjects ?? { failed: 0 }));
    this.#metrics.observeObjects('RoleProvider', () => conditionsOf(roleProviders));
    this.#metrics.observeObjects('ClusterRoleProvider', () => conditionsOf(clusterRoleProviders));
  }
}

/** Aborts when leadership ends for another reason than that the process is to stop: then there is no time to end in order. */
function lostSignal(leading: AbortSignal, stop: AbortSignal): AbortSignal {
  const lost = new AbortController();
  const onAbort = (): void => {
    if (!stop.aborted || leading.reason !== stop.reason) lost.abort(leading.reason);
  };
  leading.addEventListener('abort', onAbort, { once: true });
  if (leading.aborted) onAbort();
  return lost.signal;
}

function conditionsOf(
  store: Store<KubeObject & { readonly status?: { readonly conditions?: readonly Condition[] } }>,
): readonly (readonly Condition[])[] {
  return Array.from(store.values(), ({ status }) => status?.conditions ?? []);
}
