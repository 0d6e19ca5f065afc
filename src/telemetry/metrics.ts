import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { metricDefinitions as definitions, type MetricDefinition } from './metric-definitions.ts';

/** How a pass over one object ended. */
export type ReconcileResult = 'done' | 'after' | 'retry' | 'terminal';

/** What was done to a role at a provider. */
export type WriteAction = 'create' | 'update' | 'delete' | 'assert';

/** What was done to who holds a role. */
export type GrantAction = 'grant' | 'revoke';

/** Keys in a queue at one moment. */
export interface QueueDepth {
  readonly ready: number;
  readonly delayed: number;
  readonly working: number;
}

/** One finished call to a provider, with times in milliseconds. */
export interface ProviderRequest {
  /** The operation's name in the provider's contract. */
  readonly operation: string;
  /** HTTP status, or a word for why no answer came. */
  readonly code: string;
  readonly durationMs: number;
  /** How long the call waited for the rate limiter before it was sent. */
  readonly waitedMs: number;
}

/** One finished call to the Kubernetes API server. */
export interface KubeRequest {
  /** `list`, `watch`, `get`, `create`, `update`, `patch`, `apply`, `delete` or `version`. */
  readonly verb: string;
  /** Plural name of the resource, with the subresource. */
  readonly resource: string;
  /** HTTP status; 0 when no answer came. */
  readonly code: number;
  /** Of a watch: until it began. */
  readonly seconds: number;
}

/** One pass over one object that ended. */
export interface FinishedReconcile {
  readonly controller: string;
  readonly result: ReconcileResult;
  /** From the moment the object's turn came. */
  readonly seconds: number;
}

/** The part of a condition that is counted. */
export interface CountedCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
}

/** What can be measured. Every method is cheap, none throws, and none needs its `this`. */
export interface Metrics {
  /** Records one pass over one object. */
  reconciled(pass: FinishedReconcile): void;
  /** Counts a pass that threw instead of reporting its outcome. */
  panicked(event: { readonly controller: string }): void;
  /** Says how many turns are under way. */
  busy(event: { readonly controller: string; readonly turns: number }): void;
  /** Reads the depth of a queue at each scrape. */
  observeQueue(queue: string, depth: () => QueueDepth): void;
  /** Counts a key that was added. */
  queueAdded(queue: string): void;
  /** Counts a key that goes back after a failure. */
  queueRetried(queue: string): void;
  /** Records one call to a provider of the given type. */
  providerRequest(provider: string, request: ProviderRequest): void;
  /** Counts a pause that a provider asked for. */
  providerPaused(provider: string): void;
  /** Counts drift that was found at a provider of the given type. */
  driftDetected(provider: string): void;
  /** Counts drift that was undone at a provider of the given type. */
  driftCorrected(provider: string): void;
  /** Counts a role that was written at a provider of the given type. */
  roleWritten(provider: string, action: WriteAction): void;
  /** A role was given to or taken from a subject. */
  grantWritten(provider: string, action: GrantAction): void;
  /** Counts objects and their conditions at each scrape; `objects` gives the conditions of every object of the kind. */
  observeObjects(kind: string, objects: () => Iterable<readonly CountedCondition[]>): void;
  /** Counts subjects of RoleBindings at each scrape; `bindings` gives the counts of every RoleBinding. */
  observeSubjects(bindings: () => Iterable<CountedSubjects>): void;
  /** Records one call to the API server. */
  kubeRequest(request: KubeRequest): void;
  /** Says whether a resource has been listed completely and is watched. */
  reflectorSynced(resource: string, synced: boolean): void;
  /** Counts a complete list after the first one. */
  reflectorRelisted(resource: string): void;
  /** Counts a watch that was opened again. */
  reflectorReconnected(resource: string): void;
  /** Says whether this replica may write. */
  setLeader(leader: boolean): void;
  /** Everything in the text format of Prometheus. */
  expose(): Promise<string>;
  /** Media type of what `expose` gives. */
  readonly contentType: string;
}

/** What is counted of one RoleBinding's subjects. */
export interface CountedSubjects {
  readonly expiring?: number;
  readonly failed: number;
}

/** What is known before anything happens. Series of these labels exist from the start, so that a rate sees the first event. */
export interface MetricsOptions {
  /** Version of rolekeeper. */
  readonly version: string;
  /** Names of the controllers, which are also the names of their queues. */
  readonly controllers: readonly string[];
  /** Types of the providers that are built in. */
  readonly providers: readonly string[];
  /** Plural names of the resources that are watched. */
  readonly watchedResources: readonly string[];
  /** Whether to add metrics of the process and of Node.js (`rolekeeper_process_…`, `rolekeeper_nodejs_…`). True unless given. */
  readonly processMetrics?: boolean;
}

const results: readonly ReconcileResult[] = ['done', 'after', 'retry', 'terminal'];
const grantActions: readonly GrantAction[] = ['grant', 'revoke'];
const writeActions: readonly WriteAction[] = ['create', 'update', 'delete', 'assert'];
const conditionStatuses = ['True', 'False', 'Unknown'];

/** Makes the metrics, in a registry of their own. */
export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry();
  const series = createSeries(registry);
  const collectors: (() => void)[] = [];
  const onScrape = (collect: () => void): void => void collectors.push(collect);
  initialise(series, options);
  if (options.processMetrics ?? true) {
    collectDefaultMetrics({ register: registry, prefix: 'rolekeeper_' });
  }
  return {
    ...passMetrics(series, onScrape),
    ...providerMetrics(series),
    ...objectMetrics(series, onScrape),
    ...subjectMetrics(series, onScrape),
    ...kubeMetrics(series),
    async expose() {
      // Statuses that no object has any more would otherwise stay at their last count.
      series.conditions.reset();
      series.conditionReasons.reset();
      for (const collect of collectors) {
        collect();
      }
      return await registry.metrics();
    },
    contentType: registry.contentType,
  };
}

type Series = ReturnType<typeof createSeries>;

function createSeries(registry: Registry) {
  const base = ({ name, help, labels }: MetricDefinition) => ({ name, help, labelNames: Object.keys(labels), registers: [registry] });
  const counter = (definition: MetricDefinition) => new Counter(base(definition));
  const histogram = (definition: MetricDefinition) => new Histogram({ ...base(definition), buckets: [...(definition.buckets ?? [])] });
  const gauge = (definition: MetricDefinition) => new Gauge(base(definition));
  return {
    buildInfo: gauge(definitions.buildInfo),
    leader: gauge(definitions.leader),
    reconciles: counter(definitions.reconciles),
    reconcileSeconds: histogram(definitions.reconcileSeconds),
    panics: counter(definitions.panics),
    busyWorkers: gauge(definitions.busyWorkers),
    queueDepth: gauge(definitions.queueDepth),
    queueAdds: counter(definitions.queueAdds),
    queueRetries: counter(definitions.queueRetries),
    providerRequests: counter(definitions.providerRequests),
    providerRequestSeconds: histogram(definitions.providerRequestSeconds),
    rateLimitWaitSeconds: counter(definitions.rateLimitWaitSeconds),
    providerPauses: counter(definitions.providerPauses),
    roleWrites: counter(definitions.roleWrites),
    grantWrites: counter(definitions.grantWrites),
    grantsExpiring: gauge(definitions.grantsExpiring),
    subjectsFailed: gauge(definitions.subjectsFailed),
    driftDetected: counter(definitions.driftDetected),
    driftCorrected: counter(definitions.driftCorrected),
    objects: gauge(definitions.objects),
    pausedObjects: gauge(definitions.pausedObjects),
    driftedObjects: gauge(definitions.driftedObjects),
    conditions: gauge(definitions.conditions),
    conditionReasons: gauge(definitions.conditionReasons),
    kubeRequests: counter(definitions.kubeRequests),
    kubeRequestSeconds: histogram(definitions.kubeRequestSeconds),
    reflectorSynced: gauge(definitions.reflectorSynced),
    reflectorRelists: counter(definitions.reflectorRelists),
    reflectorReconnects: counter(definitions.reflectorReconnects),
  } satisfies Record<keyof typeof definitions, unknown>;
}

/** Has `collect` called before every scrape. */
type OnScrape = (collect: () => void) => void;

function initialise(series: Series, options: MetricsOptions): void {
  series.buildInfo.set({ version: options.version, node_version: process.version }, 1);
  series.leader.set(0);
  for (const controller of options.controllers) {
    for (const result of results) {
      series.reconciles.inc({ controller, result }, 0);
    }
    series.reconcileSeconds.zero({ controller });
    series.panics.inc({ controller }, 0);
    series.busyWorkers.set({ controller }, 0);
    series.queueAdds.inc({ queue: controller }, 0);
    series.queueRetries.inc({ queue: controller }, 0);
  }
  for (const provider of options.providers) {
    series.rateLimitWaitSeconds.inc({ provider }, 0);
    series.providerPauses.inc({ provider }, 0);
    series.driftDetected.inc({ provider }, 0);
    series.driftCorrected.inc({ provider }, 0);
    for (const action of writeActions) {
      series.roleWrites.inc({ provider, action }, 0);
    }
    for (const action of grantActions) series.grantWrites.inc({ provider, action }, 0);
  }
  for (const resource of options.watchedResources) {
    series.reflectorSynced.set({ resource }, 0);
    series.reflectorRelists.inc({ resource }, 0);
    series.reflectorReconnects.inc({ resource }, 0);
  }
}

function passMetrics(series: Series, onScrape: OnScrape) {
  return {
    reconciled({ controller, result, seconds }: FinishedReconcile) {
      series.reconciles.inc({ controller, result });
      series.reconcileSeconds.observe({ controller }, seconds);
    },
    panicked: ({ controller }: { readonly controller: string }) => series.panics.inc({ controller }),
    busy: ({ controller, turns }: { readonly controller: string; readonly turns: number }) => series.busyWorkers.set({ controller }, turns),
    observeQueue(queue: string, depth: () => QueueDepth) {
      onScrape(() => {
        const { ready, delayed, working } = depth();
        series.queueDepth.set({ queue, state: 'ready' }, ready);
        series.queueDepth.set({ queue, state: 'delayed' }, delayed);
        series.queueDepth.set({ queue, state: 'working' }, working);
      });
    },
    queueAdded: (queue: string) => series.queueAdds.inc({ queue }),
    queueRetried: (queue: string) => series.queueRetries.inc({ queue }),
    setLeader: (leader: boolean) => series.leader.set(leader ? 1 : 0),
  };
}

function providerMetrics(series: Series) {
  return {
    providerRequest(provider: string, { operation, code, durationMs, waitedMs }: ProviderRequest) {
      series.providerRequests.inc({ provider, operation, code });
      series.providerRequestSeconds.observe({ provider, operation }, durationMs / 1000);
      // A clock that was set back must not make a counter throw.
      series.rateLimitWaitSeconds.inc({ provider }, Math.max(0, waitedMs) / 1000);
    },
    providerPaused: (provider: string) => series.providerPauses.inc({ provider }),
    driftDetected: (provider: string) => series.driftDetected.inc({ provider }),
    driftCorrected: (provider: string) => series.driftCorrected.inc({ provider }),
    roleWritten: (provider: string, action: WriteAction) => series.roleWrites.inc({ provider, action }),
    grantWritten: (provider: string, action: GrantAction) => series.grantWrites.inc({ provider, action }),
  };
}

function objectMetrics(series: Series, onScrape: OnScrape) {
  return {
    observeObjects(kind: string, objects: () => Iterable<readonly CountedCondition[]>) {
      onScrape(() => {
        const { total, paused, conditions, reasons } = countConditions(objects());
        series.objects.set({ kind }, total);
        series.pausedObjects.set({ kind }, paused);
        series.driftedObjects.set({ kind }, conditions.get('Drifted')?.get('True') ?? 0);
        for (const [type, byStatus] of conditions) {
          for (const status of conditionStatuses) {
            series.conditions.set({ kind, type, status }, byStatus.get(status) ?? 0);
          }
        }
        for (const { condition, count } of reasons) {
          const { type, status, reason = '' } = condition;
          series.conditionReasons.set({ kind, type, status, reason }, count);
        }
      });
    },
  };
}

function subjectMetrics(series: Series, onScrape: OnScrape) {
  return {
    observeSubjects(bindings: () => Iterable<CountedSubjects>) {
      onScrape(() => {
        let [expiring, failed] = [0, 0];
        for (const counts of bindings()) {
          expiring += counts.expiring ?? 0;
          failed += counts.failed;
        }
        series.grantsExpiring.set(expiring);
        series.subjectsFailed.set(failed);
      });
    },
  };
}

/** Reason of the condition `Synced` of an object that is paused. */
const pausedReason = 'Paused';

function countConditions(objects: Iterable<readonly CountedCondition[]>) {
  const conditions = new Map<string, Map<string, number>>();
  // Counted here first: the library's own counting is too slow for five conditions of ten thousand objects at every scrape.
  const reasons = new Map<string, { readonly condition: CountedCondition; count: number }>();
  let [total, paused] = [0, 0];
  for (const object of objects) {
    total += 1;
    if (object.some(({ type, reason }) => type === 'Synced' && reason === pausedReason)) paused += 1;
    for (const condition of object) {
      const { type, status, reason } = condition;
      const byStatus = conditions.get(type) ?? new Map<string, number>();
      byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
      conditions.set(type, byStatus);
      const key = `${type} ${status} ${reason}`;
      const counted = reasons.get(key) ?? { condition, count: 0 };
      counted.count += 1;
      reasons.set(key, counted);
    }
  }
  return { total, paused, conditions, reasons: reasons.values() };
}

function kubeMetrics(series: Series) {
  return {
    kubeRequest({ verb, resource, code, seconds }: KubeRequest) {
      series.kubeRequests.inc({ verb, resource, code });
      series.kubeRequestSeconds.observe({ verb, resource }, seconds);
    },
    reflectorSynced: (resource: string, synced: boolean) => series.reflectorSynced.set({ resource }, synced ? 1 : 0),
    reflectorRelisted: (resource: string) => series.reflectorRelists.inc({ resource }),
    reflectorReconnected: (resource: string) => series.reflectorReconnects.inc({ resource }),
  };
}
