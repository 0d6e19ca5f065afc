/** One expression of a panel. */
export interface Target {
  /** PromQL; `$namespace` and `$job` are the dashboard's variables. */
  readonly expr: string;
  readonly legend: string;
}

/** A part of the dashboard. */
export type Panel =
  | { readonly type: 'row'; readonly title: string }
  | {
      readonly type: 'stat' | 'timeseries';
      readonly title: string;
      readonly description: string;
      /** A unit of Grafana. */
      readonly unit: string;
      readonly targets: readonly Target[];
      /** From this value on it is red. */
      readonly bad?: number;
    };

const self = 'namespace=~"$namespace", job=~"$job"';

function stat(title: string, description: string, expr: string, bad?: number): Panel {
  return { type: 'stat', title, description, unit: 'short', targets: [{ expr, legend: '' }], ...(bad === undefined ? {} : { bad }) };
}

function graph(title: string, description: string, unit: string, ...targets: readonly Target[]): Panel {
  return { type: 'timeseries', title, description, unit, targets };
}

/** All replicas know the objects, so the highest count is taken and not the sum. */
function objects(metric: string, by: string, more = ''): string {
  return `max by (${by}) (${metric}{${self}${more === '' ? '' : `, ${more}`}})`;
}

function rate(metric: string, by: string, more = ''): string {
  return `sum by (${by}) (rate(${metric}{${self}${more === '' ? '' : `, ${more}`}}[$__rate_interval]))`;
}

function quantile(of: number, metric: string, by: string): string {
  return `histogram_quantile(${of}, sum by (${by}, le) (rate(${metric}_bucket{${self}}[$__rate_interval])))`;
}

/** The dashboard from top to bottom: what is kept, what is done, then the operator itself. */
export const panels: readonly Panel[] = [
  { type: 'row', title: 'At a glance' },
  stat('Leaders', 'Must be 1.', `sum(rolekeeper_leader{${self}})`, 2),
  stat(
    'Not ready',
    'Roles and RoleBindings that are not as declared.',
    `sum(${objects('rolekeeper_conditions', 'kind', 'kind=~"Role|RoleBinding", type="Ready", status="False"')})`,
    1,
  ),
  stat(
    'Plans that wait',
    'Removals that somebody must approve.',
    `sum(${objects('rolekeeper_condition_reasons', 'kind', 'type="Ready", reason="PlanPending"')}) or vector(0)`,
    1,
  ),
  stat('Drifted', 'Objects that differ from what is declared at this moment.', `sum(${objects('rolekeeper_drifted_objects', 'kind')})`, 1),
  stat('Paused', 'Objects that are not worked on because somebody stopped it.', `sum(${objects('rolekeeper_paused_objects', 'kind')})`, 1),
  stat('Grants that end', 'Grants of RoleBindings that end within a day.', `max(rolekeeper_grants_expiring{${self}})`),
  { type: 'row', title: 'What is kept' },
  graph('Objects', 'Objects that the operator knows.', 'short', { expr: objects('rolekeeper_objects', 'kind'), legend: '{{kind}}' }),
  graph('Why objects are not ready', 'Objects whose condition Ready is False, by its reason.', 'short', {
    expr: objects('rolekeeper_condition_reasons', 'kind, reason', 'type="Ready", status="False"'),
    legend: '{{kind}} {{reason}}',
  }),
  graph('Writes to roles', 'Roles created, updated, deleted or asserted at providers.', 'ops', {
    expr: rate('rolekeeper_role_writes_total', 'provider, action'),
    legend: '{{provider}} {{action}}',
  }),
  graph('Grants and revocations', 'Roles given to or taken from subjects.', 'ops', {
    expr: rate('rolekeeper_grant_writes_total', 'provider, action'),
    legend: '{{provider}} {{action}}',
  }),
  graph(
    'Drift',
    'Changes behind the back of the operator, found and undone.',
    'ops',
    { expr: rate('rolekeeper_drift_detected_total', 'provider'), legend: '{{provider}} found' },
    { expr: rate('rolekeeper_drift_corrected_total', 'provider'), legend: '{{provider}} undone' },
  ),
  graph('Subjects that failed', 'Subjects of RoleBindings that could not be handled.', 'short', {
    expr: `max(rolekeeper_subjects_failed{${self}})`,
    legend: 'failed',
  }),
  { type: 'row', title: 'Providers' },
  graph('Calls', 'Calls to providers, by outcome.', 'reqps', {
    expr: rate('rolekeeper_provider_requests_total', 'provider, code'),
    legend: '{{provider}} {{code}}',
  }),
  graph('Time of a call', 'The 95th percentile, without waiting for the rate limiter.', 's', {
    expr: quantile(0.95, 'rolekeeper_provider_request_duration_seconds', 'provider, operation'),
    legend: '{{provider}} {{operation}}',
  }),
  graph('Waiting for the rate limit', 'Seconds that calls waited, in each second.', 's', {
    expr: rate('rolekeeper_provider_rate_limit_wait_seconds_total', 'provider'),
    legend: '{{provider}}',
  }),
  graph('Asked to slow down', 'How often a provider had all calls pause.', 'ops', {
    expr: rate('rolekeeper_provider_pauses_total', 'provider'),
    legend: '{{provider}}',
  }),
  { type: 'row', title: 'Operator' },
  graph('Passes', 'Passes over one object, by how they ended.', 'ops', {
    expr: rate('rolekeeper_reconcile_total', 'controller, result'),
    legend: '{{controller}} {{result}}',
  }),
  graph(
    'Time of a pass',
    'Median and 99th percentile, waiting for the provider included.',
    's',
    { expr: quantile(0.5, 'rolekeeper_reconcile_duration_seconds', 'controller'), legend: '{{controller}} median' },
    { expr: quantile(0.99, 'rolekeeper_reconcile_duration_seconds', 'controller'), legend: '{{controller}} 99 %' },
  ),
  graph('Queue', 'Keys in the queue of the leader.', 'short', {
    expr: objects('rolekeeper_queue_depth', 'queue, state'),
    legend: '{{queue}} {{state}}',
  }),
  graph(
    'Workers and retries',
    'Lanes that are being worked on, and keys that are tried again.',
    'short',
    { expr: objects('rolekeeper_busy_workers', 'controller'), legend: '{{controller}} busy' },
    { expr: rate('rolekeeper_queue_retries_total', 'queue'), legend: '{{queue}} retries per second' },
  ),
  graph('Calls to the API server', 'By outcome.', 'reqps', {
    expr: rate('rolekeeper_kubernetes_requests_total', 'verb, code'),
    legend: '{{verb}} {{code}}',
  }),
  graph(
    'Watches',
    'Watches that were opened again, and lists that had to be repeated.',
    'ops',
    { expr: rate('rolekeeper_reflector_reconnects_total', 'resource'), legend: '{{resource}} watched again' },
    { expr: rate('rolekeeper_reflector_relists_total', 'resource'), legend: '{{resource}} listed again' },
  ),
  graph('Memory', 'Resident memory of each replica.', 'bytes', {
    expr: `rolekeeper_process_resident_memory_bytes{${self}}`,
    legend: '{{pod}}',
  }),
  graph('CPU', 'Seconds of CPU that each replica uses in a second.', 's', {
    expr: `rate(rolekeeper_process_cpu_seconds_total{${self}}[$__rate_interval])`,
    legend: '{{pod}}',
  }),
];
