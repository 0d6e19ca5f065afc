/** What a metric is: everything that its documentation says. */
export interface MetricDefinition {
  /** Full name, beginning with `rolekeeper_`. */
  readonly name: string;
  /** Kind of metric, as Prometheus knows it. */
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** One sentence; also the `# HELP` line. */
  readonly help: string;
  /** Labels by name, each with what its values are. All have few values: none is a name, an id or a path. */
  readonly labels: Readonly<Record<string, string>>;
  /** Upper bounds of a histogram's buckets, in the unit of its name. */
  readonly buckets?: readonly number[];
}

const controller = { controller: 'name of the controller' };
const queue = { queue: 'name of the queue, which is the name of its controller' };
const provider = { provider: 'type of the provider: the key of its block in the provider object' };
const resource = { resource: 'plural name of the resource, for example `orgroles`' };
const kind = { kind: 'kind of the objects' };

/** From a pass that finds nothing to do (tens of milliseconds) to one that waits for a slow provider (minutes). */
const passBuckets = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];
const callBuckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Every metric of rolekeeper itself. The reference page is generated from this list. */
export const metricDefinitions = {
  buildInfo: {
    name: 'rolekeeper_build_info',
    type: 'gauge',
    help: 'Always 1; the labels say which build is running.',
    labels: { version: 'version of rolekeeper', node_version: 'version of Node.js' },
  },
  leader: {
    name: 'rolekeeper_leader',
    type: 'gauge',
    help: '1 while this replica holds the lease and may write, else 0.',
    labels: {},
  },
  reconciles: {
    name: 'rolekeeper_reconcile_total',
    type: 'counter',
    help: 'Passes over one object, by how they ended.',
    labels: {
      ...controller,
      result: '`done`, `after` (looked at again later), `retry` (failed, tried again) or `terminal` (needs a person)',
    },
  },
  reconcileSeconds: {
    name: 'rolekeeper_reconcile_duration_seconds',
    type: 'histogram',
    help: 'How long passes over one object took, waiting for the provider included.',
    labels: controller,
    buckets: passBuckets,
  },
  panics: {
    name: 'rolekeeper_reconcile_panics_total',
    type: 'counter',
    help: 'Turns that threw instead of reporting an outcome: each is a fault in rolekeeper, and the log says where.',
    labels: controller,
  },
  busyWorkers: {
    name: 'rolekeeper_busy_workers',
    type: 'gauge',
    help: 'Lanes that are being worked on.',
    labels: controller,
  },
  queueDepth: {
    name: 'rolekeeper_queue_depth',
    type: 'gauge',
    help: 'Keys in the queue.',
    labels: { ...queue, state: '`ready` (waits for a worker), `delayed` (waits for its time) or `working`' },
  },
  queueAdds: {
    name: 'rolekeeper_queue_adds_total',
    type: 'counter',
    help: 'Keys put into the queue, those included that were there already.',
    labels: queue,
  },
  queueRetries: {
    name: 'rolekeeper_queue_retries_total',
    type: 'counter',
    help: 'Keys put back into the queue after a failure, to be tried again after a backoff.',
    labels: queue,
  },
  providerRequests: {
    name: 'rolekeeper_provider_requests_total',
    type: 'counter',
    help: 'Calls to providers, by outcome.',
    labels: {
      ...provider,
      operation: "name of the operation in the provider's contract",
      code: 'HTTP status, or `timeout`, `network`, `invalid_answer` or `aborted`',
    },
  },
  providerRequestSeconds: {
    name: 'rolekeeper_provider_request_duration_seconds',
    type: 'histogram',
    help: 'How long calls to providers took, without waiting for the rate limiter.',
    labels: { ...provider, operation: "name of the operation in the provider's contract" },
    buckets: callBuckets,
  },
  rateLimitWaitSeconds: {
    name: 'rolekeeper_provider_rate_limit_wait_seconds_total',
    type: 'counter',
    help: 'Time that calls to providers waited for the rate limiter, added up.',
    labels: provider,
  },
  providerPauses: {
    name: 'rolekeeper_provider_pauses_total',
    type: 'counter',
    help: 'How often a provider asked to slow down and all calls to it paused.',
    labels: provider,
  },
  roleWrites: {
    name: 'rolekeeper_role_writes_total',
    type: 'counter',
    help: 'Roles that were created, updated or deleted at providers, or sent whole to one that cannot be read.',
    labels: { ...provider, action: '`create`, `update`, `delete` or `assert`' },
  },
  grantWrites: {
    name: 'rolekeeper_grant_writes_total',
    type: 'counter',
    help: 'Roles that were given to or taken from subjects at providers.',
    labels: { ...provider, action: '`grant` or `revoke`' },
  },
  grantsExpiring: {
    name: 'rolekeeper_grants_expiring',
    type: 'gauge',
    help: 'Grants of RoleBindings that end within a day.',
    labels: {},
  },
  subjectsFailed: {
    name: 'rolekeeper_subjects_failed',
    type: 'gauge',
    help: 'Subjects of RoleBindings that could not be handled.',
    labels: {},
  },
  driftDetected: {
    name: 'rolekeeper_drift_detected_total',
    type: 'counter',
    help: 'How often a role was found changed behind the back of the operator.',
    labels: provider,
  },
  driftCorrected: {
    name: 'rolekeeper_drift_corrected_total',
    type: 'counter',
    help: 'How often a change made behind the back of the operator was undone.',
    labels: provider,
  },
  objects: {
    name: 'rolekeeper_objects',
    type: 'gauge',
    help: 'Objects that the operator knows.',
    labels: kind,
  },
  pausedObjects: {
    name: 'rolekeeper_paused_objects',
    type: 'gauge',
    help: 'Objects that are not worked on because the cluster, their namespace or their provider is paused.',
    labels: kind,
  },
  driftedObjects: {
    name: 'rolekeeper_drifted_objects',
    type: 'gauge',
    help: 'Objects that differ from what is declared at this moment.',
    labels: kind,
  },
  conditions: {
    name: 'rolekeeper_conditions',
    type: 'gauge',
    help: 'Objects by the status of their conditions.',
    labels: { ...kind, type: 'type of the condition', status: '`True`, `False` or `Unknown`' },
  },
  conditionReasons: {
    name: 'rolekeeper_condition_reasons',
    type: 'gauge',
    help: 'Objects by the reason of their conditions; only reasons that some object has.',
    labels: { ...kind, type: 'type of the condition', status: '`True`, `False` or `Unknown`', reason: 'one word of the list of reasons' },
  },
  kubeRequests: {
    name: 'rolekeeper_kubernetes_requests_total',
    type: 'counter',
    help: 'Calls to the Kubernetes API server, by outcome.',
    labels: { verb: 'verb of the call, for example `list`', ...resource, code: 'HTTP status; `0` when no answer came' },
  },
  kubeRequestSeconds: {
    name: 'rolekeeper_kubernetes_request_duration_seconds',
    type: 'histogram',
    help: 'How long calls to the Kubernetes API server took; of a watch, until it began.',
    labels: { verb: 'verb of the call, for example `list`', ...resource },
    buckets: callBuckets,
  },
  reflectorSynced: {
    name: 'rolekeeper_reflector_synced',
    type: 'gauge',
    help: '1 while a resource is listed completely and watched, 0 before and while it can not be read.',
    labels: resource,
  },
  reflectorRelists: {
    name: 'rolekeeper_reflector_relists_total',
    type: 'counter',
    help: 'Complete lists of a resource after the first one.',
    labels: resource,
  },
  reflectorReconnects: {
    name: 'rolekeeper_reflector_reconnects_total',
    type: 'counter',
    help: 'Watches of a resource that ended and were opened again.',
    labels: resource,
  },
} as const satisfies Record<string, MetricDefinition>;
