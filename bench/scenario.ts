import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import type { Role } from '../src/api/index.ts';
import { type ExchangeRecord, type RunningEmulator, startEmulator } from '../src/emulators/index.ts';
import { createKubeApi, loadKubeConnection, resources } from '../src/kube/index.ts';
import { forEachLimited, systemClock } from '../src/lib/index.ts';
import { ApiClient, type ControlPlane } from '../tools/controlplane/index.ts';
import { inRepository } from '../tools/lib/index.ts';
import { type OperatorProcess, startOperator, sumOf } from '../tools/stack/index.ts';

/** One measured value. */
export interface Figure {
  readonly roles: number;
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What it should be, where something was aimed at. */
  readonly aim?: string;
}

const root = '/apis/rolekeeper.dev/v1alpha1';
const key = 'sk_bench';
const rolesPerOrganization = 100;
/** Status patches under way at once in the bare run: the number at which the API server of a small machine is fastest. */
const bareConcurrency = 16;
/** By then every change was read back and reported: reading back is spaced out over at most five seconds. */
const settleMs = 8_000;

/** One number of Roles, from nothing to converged, changed and started anew. */
export class Bench {
  readonly #controlPlane: ControlPlane;
  readonly #directory: string;
  readonly #roles: number;
  readonly #say: (text: string) => void;
  readonly #admin: ApiClient;
  readonly #emulator: RunningEmulator;
  readonly #puts = new Map<string, (at: number) => void>();
  readonly #namespace: string;
  #operator: OperatorProcess | undefined;
  #kubeconfig = '';

  private constructor(
    controlPlane: ControlPlane,
    directory: string,
    roles: number,
    say: (text: string) => void,
    admin: ApiClient,
    emulator: RunningEmulator,
  ) {
    this.#controlPlane = controlPlane;
    this.#directory = directory;
    this.#roles = roles;
    this.#say = say;
    this.#admin = admin;
    this.#emulator = emulator;
    this.#namespace = `bench-${roles}`;
  }

  /** Installs what users install and starts the emulator. */
  static async create(controlPlane: ControlPlane, directory: string, roles: number, say: (text: string) => void): Promise<Bench> {
    const admin = await ApiClient.fromKubeconfig(controlPlane.kubeconfig);
    const organizations = Array.from({ length: Math.ceil(roles / rolesPerOrganization) }, (_, index) => ({
      id: `org_${index}`,
      name: `Organization ${index}`,
    }));
    let bench: Bench | undefined;
    const emulator = await startEmulator('workos', {
      port: 0,
      rateLimit: 'off',
      journalSize: 10,
      seed: { apiKey: key, permissions: Array.from({ length: 40 }, (_, index) => `p:${index}`), organizations },
      onExchange: (exchange) => bench?.noticePut(exchange),
    });
    bench = new Bench(controlPlane, directory, roles, say, admin, emulator);
    await bench.#prepare();
    return bench;
  }

  async close(): Promise<void> {
    await this.#operator?.stop();
    await this.#emulator.close();
    await this.#deleteRoles();
    await this.#admin.close();
  }

  /** A permission set arrived at the provider. Public for the emulator's callback. */
  noticePut({ operationId, request }: ExchangeRecord): void {
    if (operationId !== 'setOrganizationRolePermissions') return;
    const slug = /\/roles\/([^/]+)\//.exec(request.path)?.[1] ?? '';
    this.#puts.get(slug)?.(performance.now());
  }

  async measure(samples: number): Promise<readonly Figure[]> {
    const bareBefore = await this.#bareStatusPatches();
    const converging = await this.#converge();
    const changes = this.#roles <= 1000 ? await this.#latencies(samples) : [];
    await this.#stop();
    const cold = await this.#coldStart();
    await this.#stop();
    await this.#deleteRoles();
    const bareAfter = await this.#bareStatusPatches();
    const bare = median([bareBefore, bareAfter]);
    const figure = (name: string, value: number, unit: string, aim?: string): Figure => ({
      roles: this.#roles,
      name,
      value: round(value),
      unit,
      ...(aim === undefined ? {} : { aim }),
    });
    return [
      figure('all Ready, from start of the process', converging.seconds, 's'),
      figure('the same status patches alone (median of two)', bare, 's'),
      figure('ratio', converging.seconds / bare, '', '≤ 2'),
      ...(changes.length === 0
        ? []
        : [
            figure('kubectl apply to PUT, p50', quantile(changes, 0.5), 'ms'),
            figure('kubectl apply to PUT, p99', quantile(changes, 0.99), 'ms'),
          ]),
      figure('cold start until every Role was looked at', cold.seconds, 's'),
      figure('writes during cold start', cold.writes, '', '0'),
      figure('peak memory while converging', converging.peakMB, 'MB', this.#roles >= 5000 ? '≤ 200' : undefined),
      figure('peak memory of a cold start', cold.peakMB, 'MB', this.#roles >= 5000 ? '≤ 200' : undefined),
      figure('CPU per 1,000 reconciles while converging', converging.cpu, 's'),
      figure('CPU per 1,000 reconciles of a cold start', cold.cpu, 's'),
    ];
  }

  async #prepare(): Promise<void> {
    const namespace = this.#namespace;
    await this.#controlPlane.kubectl(['apply', '--server-side', '-f', inRepository('crds')]);
    await this.#controlPlane.kubectl(['wait', '--for=condition=Established', '-f', inRepository('crds'), '--timeout=60s']);
    await this.#controlPlane.kubectl(['apply', '-f', inRepository('charts', 'rolekeeper', 'install', 'rbac.yaml')]);
    const account = await this.#controlPlane.serviceAccountKubeconfig('rolekeeper-system', 'rolekeeper');
    this.#kubeconfig = account.kubeconfig;
    await this.#admin.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    await this.#admin.create(`/api/v1/namespaces/${namespace}/secrets`, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'workos' },
      stringData: { apiKey: key },
    });
    await this.#admin.create(`${root}/namespaces/${namespace}/roleproviders`, {
      apiVersion: 'rolekeeper.dev/v1alpha1',
      kind: 'RoleProvider',
      metadata: { name: 'default' },
      spec: {
        interval: '1h',
        rateLimit: { requestsPerSecond: 10_000, burst: 10_000 },
        workos: { baseURL: this.#emulator.url, allowInsecureHTTP: true, apiKeySecretRef: { name: 'workos', key: 'apiKey' } },
      },
    });
  }

  /** Exactly the status writes that converging makes, and nothing else: two applies of a full status per Role. */
  async #bareStatusPatches(): Promise<number> {
    await this.#createRoles();
    this.#say(`${this.#roles} Roles: ${2 * this.#roles} bare status patches`);
    const api = createKubeApi(await loadKubeConnection({ kubeconfig: this.#kubeconfig }), { clock: systemClock });
    const { signal } = new AbortController();
    const listed = await this.#list();
    const begun = performance.now();
    await forEachLimited(listed, bareConcurrency, async (role) => {
      const { name, namespace = '', uid = '', resourceVersion = '' } = role.metadata;
      const identity = { name, namespace, uid };
      const written = await api.applyStatus<Role>(resources.roles, { ...identity, resourceVersion }, fullStatus('False'), signal);
      await api.applyStatus(
        resources.roles,
        { ...identity, lastSeenVersion: written.metadata.resourceVersion ?? '' },
        fullStatus('True'),
        signal,
      );
    });
    const seconds = (performance.now() - begun) / 1000;
    await api.close();
    await this.#deleteRoles();
    return seconds;
  }

  async #converge(): Promise<{ readonly seconds: number; readonly peakMB: number; readonly cpu: number }> {
    await this.#createRoles();
    this.#say(`${this.#roles} Roles: converging`);
    const begun = performance.now();
    const operator = await this.#start();
    await this.#until(
      async () => sumOf(await operator.metrics(), 'rolekeeper_conditions', { kind: 'Role', type: 'Ready', status: 'True' }) === this.#roles,
    );
    const seconds = (performance.now() - begun) / 1000;
    return { seconds, ...(await this.#resources(operator)) };
  }

  async #latencies(samples: number): Promise<readonly number[]> {
    this.#say(`${this.#roles} Roles: ${samples} changes, one at a time`);
    const latencies: number[] = [];
    for (let index = 0; index < samples; index += 1) {
      const name = `org-r${(index * 37) % this.#roles}`;
      const arrived = new Promise<number>((resolve) => this.#puts.set(name, resolve));
      const permissions = ['p:1', 'p:2', `p:${3 + (index % 37)}`, `p:${(index % 7) + 3}`];
      const begun = performance.now();
      await this.#admin.mergePatch(`${root}/namespaces/${this.#namespace}/orgroles/${name}`, {
        spec: { permissions: [...new Set(permissions)] },
      });
      latencies.push((await arrived) - begun);
      this.#puts.delete(name);
      await wait(30);
    }
    await wait(settleMs);
    return latencies;
  }

  async #coldStart(): Promise<{ readonly seconds: number; readonly peakMB: number; readonly cpu: number; readonly writes: number }> {
    this.#say(`${this.#roles} Roles: cold start`);
    const begun = performance.now();
    const operator = await this.#start();
    await this.#until(async () => {
      const samples = await operator.metrics();
      const looked = sumOf(samples, 'rolekeeper_reconcile_duration_seconds_count', { controller: 'role' });
      const listed = sumOf(samples, 'rolekeeper_provider_requests_total', { operation: 'listOrganizationRoles' });
      const open =
        sumOf(samples, 'rolekeeper_queue_depth', { queue: 'role', state: 'ready' }) +
        sumOf(samples, 'rolekeeper_queue_depth', { queue: 'role', state: 'working' });
      return looked >= this.#roles && listed >= this.#roles / rolesPerOrganization && open === 0;
    });
    const seconds = (performance.now() - begun) / 1000;
    const samples = await operator.metrics();
    const toCluster = ['apply', 'patch', 'create'].map(
      (verb) =>
        sumOf(samples, 'rolekeeper_kubernetes_requests_total', { verb }) -
        sumOf(samples, 'rolekeeper_kubernetes_requests_total', { verb, resource: 'leases' }),
    );
    const toProvider = sumOf(samples, 'rolekeeper_role_writes_total');
    return { seconds, ...(await this.#resources(operator)), writes: toCluster.reduce((sum, count) => sum + count, toProvider) };
  }

  async #start(): Promise<OperatorProcess> {
    this.#operator = await startOperator({
      kubeconfig: this.#kubeconfig,
      directory: this.#directory,
      program: inRepository('dist', 'rolekeeper.mjs'),
      flags: { 'log-level': 'warn' },
    });
    return this.#operator;
  }

  async #stop(): Promise<void> {
    await this.#operator?.stop();
    this.#operator = undefined;
  }

  async #resources(operator: OperatorProcess): Promise<{ readonly peakMB: number; readonly cpu: number }> {
    const samples = await operator.metrics();
    const reconciles = sumOf(samples, 'rolekeeper_reconcile_duration_seconds_count');
    const status = await readFile(`/proc/${operator.pid}/status`, 'utf8');
    const peakKB = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]);
    return { peakMB: (peakKB * 1024) / 1e6, cpu: (sumOf(samples, 'rolekeeper_process_cpu_seconds_total') / reconciles) * 1000 };
  }

  async #until(check: () => Promise<boolean>): Promise<void> {
    while (!(await check())) await wait(100);
  }

  async #createRoles(): Promise<void> {
    const numbers = Array.from({ length: this.#roles }, (_, index) => index);
    await forEachLimited(numbers, 16, async (index) => {
      await this.#admin.create(`${root}/namespaces/${this.#namespace}/orgroles`, {
        apiVersion: 'rolekeeper.dev/v1alpha1',
        kind: 'Role',
        metadata: { name: `org-r${index}` },
        spec: {
          organization: `org_${Math.floor(index / rolesPerOrganization)}`,
          permissions: [`p:${index % 40}`, `p:${(index + 7) % 40}`],
          adoptionPolicy: 'Always',
        },
      });
    });
  }

  async #list(): Promise<readonly Role[]> {
    const { items } = await this.#admin.get<{ readonly items: readonly Role[] }>(`${root}/namespaces/${this.#namespace}/orgroles`);
    return items;
  }

  async #deleteRoles(): Promise<void> {
    await this.#admin.delete(`${root}/namespaces/${this.#namespace}/orgroles`);
    while ((await this.#list()).length > 0) await wait(200);
  }
}

/** A status of the size that the operator writes. */
function fullStatus(ready: 'True' | 'False'): object {
  const conditions = ['Drifted', 'Ready', 'Reconciling', 'Stalled', 'Synced'].map((type) => ({
    type,
    status: type === 'Ready' ? ready : 'False',
    observedGeneration: 1,
    lastTransitionTime: '2026-01-01T00:00:00Z',
    reason: 'Bench',
    message: 'The provider holds what is declared, and this text is as long as most.',
  }));
  const lastChange = { time: '2026-01-01T00:00:00Z', added: ['p:1', 'p:2'], addedCount: 2, removedCount: 0 };
  return {
    observedGeneration: 1,
    conditions,
    externalID: 'role_01BENCH',
    ownership: 'Created',
    permissions: { desired: 2, observed: 2 },
    lastChange,
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle) - 1] ?? 0)) / 2;
}

function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
