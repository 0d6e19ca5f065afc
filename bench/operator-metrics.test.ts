import { expect, it } from 'vitest';
import { parseMetrics } from '../tools/stack/index.ts';
import { clusterCalls, clusterWrites, isIdle, openKeys, providerCalls, readyObjects } from './operator-metrics.ts';

const samples = parseMetrics(`
rolekeeper_kubernetes_requests_total{verb="apply",resource="orgrolebindings/status",code="200"} 5
rolekeeper_kubernetes_requests_total{verb="patch",resource="orgrolebindings",code="200"} 3
rolekeeper_kubernetes_requests_total{verb="update",resource="leases",code="200"} 40
rolekeeper_kubernetes_requests_total{verb="list",resource="orgroles",code="200"} 2
rolekeeper_provider_requests_total{provider="workos",operation="listUsers",code="200"} 7
rolekeeper_provider_requests_total{provider="workos",operation="getUser",code="404"} 1
rolekeeper_conditions{kind="Role",type="Ready",status="True"} 4
rolekeeper_conditions{kind="RoleBinding",type="Ready",status="True"} 6
rolekeeper_conditions{kind="RoleBinding",type="Ready",status="False"} 9
rolekeeper_queue_depth{queue="role",state="ready"} 1
rolekeeper_queue_depth{queue="role",state="working"} 2
rolekeeper_queue_depth{queue="role",state="delayed"} 100
rolekeeper_queue_depth{queue="provider",state="ready"} 1
`);

it('counts what writes to the cluster, without reads and the Lease', () => {
  expect(clusterWrites(samples)).toBe(8);
  expect(clusterCalls(samples, 'orgrolebindings/status')).toBe(5);
});

it('counts calls to the provider, of one operation or of all', () => {
  expect([providerCalls(samples), providerCalls(samples, 'getUser')]).toEqual([8, 1]);
});

it('counts objects that are Ready by their kind', () => {
  expect([readyObjects(samples, 'Role'), readyObjects(samples, 'RoleBinding')]).toEqual([4, 6]);
});

it('takes keys that wait for their time for no work', () => {
  expect(openKeys(samples)).toBe(3);
});

it.each([
  { depth: 0, busy: 0, idle: true, reason: 'nothing is left' },
  { depth: 1, busy: 0, idle: false, reason: 'a key waits for a worker' },
  { depth: 0, busy: 1, idle: false, reason: 'a worker has settled its keys and writes on' },
])('calls $depth open keys and $busy busy workers idle: $idle, because $reason', ({ depth, busy, idle }) => {
  const seen = parseMetrics(`
rolekeeper_queue_depth{queue="role",state="ready"} ${depth}
rolekeeper_busy_workers{controller="role"} ${busy}
rolekeeper_busy_workers{controller="provider"} 1
`);
  expect(isIdle(seen)).toBe(idle);
});
