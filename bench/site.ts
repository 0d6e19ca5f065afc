import { join } from 'node:path';
import { type RunningEmulator, startEmulator } from '../src/emulators/index.ts';
import { createKubeApi, type KubeApi, loadKubeConnection } from '../src/kube/index.ts';
import { forEachLimited, systemClock } from '../src/lib/index.ts';
import { ApiClient, type ControlPlane } from '../tools/controlplane/index.ts';
import { delay, inRepository } from '../tools/lib/index.ts';
import { type OperatorProcess, startOperator } from '../tools/stack/index.ts';
import { CallLog } from './call-log.ts';

const root = '/apis/rolekeeper.dev/v1alpha1';
const apiKey = 'sk_bench';
/** Where everything that is measured lives. */
export const namespace = 'bench';
/** Objects created at once. */
const createConcurrency = 16;

/** What a site is set up with. */
export interface SiteOptions {
  readonly controlPlane: ControlPlane;
  /** Existing directory for logs. */
  readonly directory: string;
  /** The operator's program. */
  readonly program: string;
  readonly signal: AbortSignal;
}

/** What there is to measure. */
export interface SiteContent {
  /** What the emulator holds in the beginning, but for the API key. */
  readonly seed: object;
  /** Settings of the RoleProvider's `workos` block besides how to reach the emulator. */
  readonly workos?: object;
}

/** Made by `setUpSite`. */
export interface SiteParts {
  readonly options: SiteOptions;
  readonly admin: ApiClient;
  readonly emulator: RunningEmulator;
  readonly calls: CallLog;
  readonly kubeconfig: string;
}

/** Installs what users install, into a control plane that has seen no other site, and starts the emulated provider. */
export async function setUpSite(options: SiteOptions, { seed, workos = {} }: SiteContent): Promise<SiteParts> {
  const calls = new CallLog();
  const emulator = await startEmulator('workos', {
    port: 0,
    rateLimit: 'off',
    journalSize: 100,
    seed: { apiKey, ...seed },
    onExchange: (exchange) => calls.notice(exchange),
  });
  const admin = await ApiClient.fromKubeconfig(options.controlPlane.kubeconfig);
  try {
    const kubeconfig = await install(options.controlPlane, admin, { ...workos, baseURL: emulator.url, allowInsecureHTTP: true });
    return { options, admin, emulator, calls, kubeconfig };
  } catch (error) {
    await emulator.close();
    admin.close();
    throw error;
  }
}

/** Gives the kubeconfig of the operator's ServiceAccount. */
async function install(controlPlane: ControlPlane, admin: ApiClient, workos: object): Promise<string> {
  await controlPlane.kubectl(['apply', '--server-side', '-f', inRepository('crds')]);
  await controlPlane.kubectl(['wait', '--for=condition=Established', '-f', inRepository('crds'), '--timeout=60s']);
  await controlPlane.kubectl(['apply', '-f', inRepository('charts', 'rolekeeper', 'install', 'rbac.yaml')]);
  const { kubeconfig } = await controlPlane.serviceAccountKubeconfig('rolekeeper-system', 'rolekeeper');
  await admin.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await admin.create(`/api/v1/namespaces/${namespace}/secrets`, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'workos' },
    stringData: { apiKey },
  });
  await admin.create(pathOf('roleproviders'), {
    apiVersion: 'rolekeeper.dev/v1alpha1',
    kind: 'RoleProvider',
    metadata: { name: 'default' },
    spec: {
      interval: '60m',
      rateLimit: { requestsPerSecond: 10_000, burst: 10_000 },
      workos: { ...workos, apiKeySecretRef: { name: 'workos', key: 'apiKey' } },
    },
  });
  return kubeconfig;
}

/** Path of a kind's collection, or of one object of it. */
export function pathOf(plural: 'orgroles' | 'orgrolebindings' | 'roleproviders', name?: string): string {
  return `${root}/namespaces/${namespace}/${plural}${name === undefined ? '' : `/${name}`}`;
}

/**
 * Everything that a measurement happens in: a cluster with CRDs, RBAC and a RoleProvider, an emulated provider in this process, so
 * that both ends of a latency are told by one clock, and at times objects and an operator.
 */
export class Site {
  readonly signal: AbortSignal;
  readonly emulator: RunningEmulator;
  /** What the provider was asked. */
  readonly calls: CallLog;
  protected readonly admin: ApiClient;
  readonly #options: SiteOptions;
  readonly #kubeconfig: string;
  #operator: OperatorProcess | undefined;

  constructor({ options, admin, emulator, calls, kubeconfig }: SiteParts) {
    this.signal = options.signal;
    this.emulator = emulator;
    this.calls = calls;
    this.admin = admin;
    this.#options = options;
    this.#kubeconfig = kubeconfig;
  }

  async close(): Promise<void> {
    await this.stopOperator();
    await this.emulator.close();
    this.admin.close();
  }

  /** The operator that runs. Throws when none does, also when it has ended by itself. */
  get operator(): OperatorProcess {
    if (this.#operator?.pid === undefined) throw new Error(`the operator does not run; its log: ${this.#logFile}`);
    return this.#operator;
  }

  get #logFile(): string {
    return join(this.#options.directory, 'operator.log');
  }

  async startOperator(): Promise<OperatorProcess> {
    this.signal.throwIfAborted();
    const { directory, program } = this.#options;
    this.#operator = await startOperator({ kubeconfig: this.#kubeconfig, directory, program, flags: { 'log-level': 'warn' } });
    return this.#operator;
  }

  async stopOperator(): Promise<void> {
    await this.#operator?.stop();
    this.#operator = undefined;
  }

  /** The operator's own client with the operator's own rights. */
  async operatorClient(): Promise<KubeApi> {
    return createKubeApi(await loadKubeConnection({ kubeconfig: this.#kubeconfig }), { clock: systemClock });
  }

  protected async createAll(plural: 'orgroles' | 'orgrolebindings', manifests: readonly object[]): Promise<void> {
    await forEachLimited(manifests, createConcurrency, async (manifest) => {
      this.signal.throwIfAborted();
      await this.admin.create(pathOf(plural), manifest);
    });
  }

  protected async list<T>(plural: 'orgroles' | 'orgrolebindings'): Promise<readonly T[]> {
    return (await this.admin.get<{ readonly items: readonly T[] }>(pathOf(plural))).items;
  }

  /** Removes all objects of a kind; they must have no finalizers. */
  protected async deleteAll(plural: 'orgroles' | 'orgrolebindings'): Promise<void> {
    while ((await this.admin.get<{ readonly items: readonly unknown[] }>(`${pathOf(plural)}?limit=1`)).items.length > 0) {
      // The server gives up after a minute, however many are left.
      await this.admin.request('DELETE', pathOf(plural), { timeoutMs: 120_000 });
      await delay(100, this.signal);
    }
  }
}
