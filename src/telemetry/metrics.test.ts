import { expect, test } from 'vitest';
import { type MetricDefinition, metricDefinitions } from './metric-definitions.ts';
import { type CountedCondition, createMetrics, type MetricsOptions } from './metrics.ts';

const options: MetricsOptions = {
  version: '1.2.3',
  controllers: ['role'],
  providers: ['fake'],
  watchedResources: ['orgroles'],
  processMetrics: false,
};

async function seriesOf(metrics: { expose(): Promise<string> }): Promise<Map<string, number>> {
  const lines = (await metrics.expose()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]));
}

test.each(Object.entries<MetricDefinition>(metricDefinitions))('%s follows the naming rules of Prometheus', (_, definition) => {
  expect(definition.name).toMatch(/^rolekeeper_[a-z]+(_[a-z]+)*$/);
  expect(definition.name.endsWith('_total')).toBe(definition.type === 'counter');
  expect(definition.help).toMatch(/^[A-Z0-9].*\.$/);
  expect(definition.buckets !== undefined).toBe(definition.type === 'histogram');
});

test('every metric is exposed with its help and type before anything happened', async () => {
  const text = await createMetrics(options).expose();
  for (const { name, help, type } of Object.values<MetricDefinition>(metricDefinitions)) {
    expect(text).toContain(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`);
  }
});

test('series of known labels begin at 0, so that a rate sees the first event', async () => {
  const series = await seriesOf(createMetrics(options));
  for (const result of ['done', 'after', 'retry', 'terminal']) {
    expect(series.get(`rolekeeper_reconcile_total{controller="role",result="${result}"}`)).toBe(0);
  }
  expect(series.get('rolekeeper_reconcile_duration_seconds_count{controller="role"}')).toBe(0);
  expect(series.get('rolekeeper_queue_retries_total{queue="role"}')).toBe(0);
  expect(series.get('rolekeeper_drift_corrected_total{provider="fake"}')).toBe(0);
  expect(series.get('rolekeeper_role_writes_total{provider="fake",action="delete"}')).toBe(0);
  expect(series.get('rolekeeper_reflector_synced{resource="orgroles"}')).toBe(0);
  expect(series.get('rolekeeper_leader')).toBe(0);
  expect(series.get(`rolekeeper_build_info{version="1.2.3",node_version="${process.version}"}`)).toBe(1);
});

test('events are counted and times are seconds', async () => {
  const metrics = createMetrics(options);
  metrics.reconciled({ controller: 'role', result: 'retry', seconds: 1.5 });
  metrics.panicked({ controller: 'role' });
  metrics.busy({ controller: 'role', turns: 3 });
  metrics.queueAdded('role');
  metrics.queueRetried('role');
  metrics.providerRequest('fake', { operation: 'listRoles', code: '200', durationMs: 250, waitedMs: 2000 });
  metrics.providerRequest('fake', { operation: 'listRoles', code: 'timeout', durationMs: 30_000, waitedMs: -5 });
  metrics.providerPaused('fake');
  metrics.driftDetected('fake');
  metrics.driftCorrected('fake');
  metrics.roleWritten('fake', 'update');
  metrics.kubeRequest({ verb: 'apply', resource: 'orgroles/status', code: 200, seconds: 0.01 });
  metrics.kubeRequest({ verb: 'list', resource: 'orgroles', code: 0, seconds: 30 });
  metrics.reflectorSynced('orgroles', true);
  metrics.reflectorRelisted('orgroles');
  metrics.reflectorReconnected('orgroles');
  metrics.setLeader(true);
  const series = await seriesOf(metrics);
  const want = {
    'rolekeeper_reconcile_total{controller="role",result="retry"}': 1,
    'rolekeeper_reconcile_duration_seconds_sum{controller="role"}': 1.5,
    'rolekeeper_reconcile_panics_total{controller="role"}': 1,
    'rolekeeper_busy_workers{controller="role"}': 3,
    'rolekeeper_queue_adds_total{queue="role"}': 1,
    'rolekeeper_queue_retries_total{queue="role"}': 1,
    'rolekeeper_provider_requests_total{provider="fake",operation="listRoles",code="200"}': 1,
    'rolekeeper_provider_requests_total{provider="fake",operation="listRoles",code="timeout"}': 1,
    'rolekeeper_provider_request_duration_seconds_sum{provider="fake",operation="listRoles"}': 30.25,
    'rolekeeper_provider_rate_limit_wait_seconds_total{provider="fake"}': 2,
    'rolekeeper_provider_pauses_total{provider="fake"}': 1,
    'rolekeeper_drift_detected_total{provider="fake"}': 1,
    'rolekeeper_drift_corrected_total{provider="fake"}': 1,
    'rolekeeper_role_writes_total{provider="fake",action="update"}': 1,
    'rolekeeper_kubernetes_requests_total{verb="apply",resource="orgroles/status",code="200"}': 1,
    'rolekeeper_kubernetes_requests_total{verb="list",resource="orgroles",code="0"}': 1,
    'rolekeeper_kubernetes_request_duration_seconds_sum{verb="apply",resource="orgroles/status"}': 0.01,
    'rolekeeper_reflector_synced{resource="orgroles"}': 1,
    'rolekeeper_reflector_relists_total{resource="orgroles"}': 1,
    'rolekeeper_reflector_reconnects_total{resource="orgroles"}': 1,
    rolekeeper_leader: 1,
  };
  expect(Object.fromEntries(Object.keys(want).map((name) => [name, series.get(name)]))).toEqual(want);
});

test('the depth of a queue is asked for at the scrape', async () => {
  const metrics = createMetrics(options);
  let ready = 1;
  metrics.observeQueue('role', () => ({ ready, delayed: 2, working: 3 }));
  ready = 7;
  const series = await seriesOf(metrics);
  expect(series.get('rolekeeper_queue_depth{queue="role",state="ready"}')).toBe(7);
  expect(series.get('rolekeeper_queue_depth{queue="role",state="delayed"}')).toBe(2);
  expect(series.get('rolekeeper_queue_depth{queue="role",state="working"}')).toBe(3);
});

test('objects and conditions are counted at the scrape, and what no object has any more is gone', async () => {
  const metrics = createMetrics(options);
  let objects: readonly (readonly CountedCondition[])[] = [
    [
      { type: 'Ready', status: 'True', reason: 'Available' },
      { type: 'Drifted', status: 'True' },
    ],
    [
      { type: 'Ready', status: 'False', reason: 'PlanPending' },
      { type: 'Synced', status: 'Unknown', reason: 'Paused' },
    ],
    [],
  ];
  metrics.observeObjects('Role', () => objects);
  const before = await seriesOf(metrics);
  expect(before.get('rolekeeper_objects{kind="Role"}')).toBe(3);
  expect(before.get('rolekeeper_drifted_objects{kind="Role"}')).toBe(1);
  expect(before.get('rolekeeper_paused_objects{kind="Role"}')).toBe(1);
  expect(before.get('rolekeeper_conditions{kind="Role",type="Ready",status="True"}')).toBe(1);
  expect(before.get('rolekeeper_conditions{kind="Role",type="Ready",status="Unknown"}')).toBe(0);
  expect(before.get('rolekeeper_condition_reasons{kind="Role",type="Ready",status="False",reason="PlanPending"}')).toBe(1);
  expect(before.get('rolekeeper_condition_reasons{kind="Role",type="Ready",status="True",reason="Available"}')).toBe(1);

  objects = [];
  const after = await seriesOf(metrics);
  expect(after.get('rolekeeper_objects{kind="Role"}')).toBe(0);
  expect(after.get('rolekeeper_drifted_objects{kind="Role"}')).toBe(0);
  expect([...after.keys()].filter((name) => name.startsWith('rolekeeper_condition'))).toEqual([]);
});

test('subjects of RoleBindings are counted at each scrape', async () => {
  const metrics = createMetrics(options);
  metrics.observeSubjects(() => [{ failed: 2 }, { failed: 1, expiring: 4 }]);
  metrics.grantWritten('fake', 'grant');
  const series = await seriesOf(metrics);
  expect(series.get('rolekeeper_grants_expiring')).toBe(4);
  expect(series.get('rolekeeper_subjects_failed')).toBe(3);
  expect(series.get('rolekeeper_grant_writes_total{provider="fake",action="grant"}')).toBe(1);
  expect(series.get('rolekeeper_grant_writes_total{provider="fake",action="revoke"}')).toBe(0);
});

test('two sets of metrics share nothing', async () => {
  const one = createMetrics({ ...options, processMetrics: true });
  const other = createMetrics(options);
  one.setLeader(true);
  expect((await seriesOf(other)).get('rolekeeper_leader')).toBe(0);
  expect(await one.expose()).toContain('rolekeeper_process_cpu_seconds_total');
  expect(await other.expose()).not.toContain('rolekeeper_process_');
});
