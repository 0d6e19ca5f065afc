import { join } from 'node:path';
import type { Role } from '../src/api/index.ts';
import { type ExchangeRecord, type RunningEmulator, startEmulator } from '../src/emulators/index.ts';
import { createKubeApi, type KubeApi, loadKubeConnection } from '../src/kube/index.ts';
import { forEachLimited, systemClock } from '../src/lib/index.ts';
import { ApiClient, type ControlPlane } from '../tools/controlplane/index.ts';
import { delay, inRepository } from '../tools/lib/index.ts';
import { type OperatorProcess, startOperator } from '../tools/stack/index.ts';

/** Organizations hold this many Roles each. */
export const rolesPerOrganization = 100;

const root = '/apis/rolekeeper.dev/v1alpha1';
const apiKey = 'sk_bench';
const namespace = 'bench';
/** Objects created at once. */
const createConcurrency = 16;

/** What a site is set up with. */
export interface SiteOptions {
  readonly controlPlane: ControlPlane;
  /** Existing directory for logs. */
  readonly directory: string;
  /** The operator's program. */
  readonly program: string;
  readonly roles: number;
  readonly signal: AbortSignal;
}

/**
 * Everything that a measurement happens in: a cluster with CRDs, RBAC and a RoleProvider, an emulated provider in this process, so
 * that both ends of a latency are told by one clock, and at times Roles and an operator.
 */
export class Site {
  readonly roles: number;
  readonly signal: AbortSignal;
  readonly emulator: RunningEmulator;
  /** Calls to the provider so far that were no reads. */
  providerWrites = 0;
  /** When the provider was last called, by `performance.now()`. */
  lastCallAt = 0;
  readonly #admin: ApiClient;
  readonly #options: SiteOptions;
  #kubeconfig = '';
  #intervals = 0;
  #operator: OperatorProcess | undefined;

  private constructor(options: SiteOptions, admin: ApiClient, emulator: RunningEmulator) {
    this.roles = options.roles;
    this.signal = options.signal;
    this.#options = options;
    this.#admin = admin;
    this.emulator = emulator;
  }

  /** Installs what users install, into a control plane that has seen no other site. */
  static async open(options: SiteOptions): Promise<Site> {
    let site: Site | undefined;
    const emulator = await startEmulator('workos', {
      port: 0,
      rateLimit: 'off',
      journalSize: 100,
      seed: { apiKey, permissions: permissionNames, organizations: organizationsFor(options.roles) },
      onExchange: (exchange) => site?.noticeCall(exchange),
    });
    site = new Site(options, await ApiClient.fromKubeconfig(options.controlPlane.kubeconfig), emulator);
    try {
      await site.#install();
      return site;
    } catch (error) {
      await site.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.stopOperator();
    await this.emulator.close();
    this.#admin.close();
  }

  /** Public for the emulator's callback. */
  noticeCall({ request }: ExchangeRecord): void {
    this.lastCallAt = performance.now();
    if (request.method !== 'GET') this.providerWrites += 1;
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

  async createRoles(): Promise<void> {
    const numbers = Array.from({ length: this.roles }, (_, index) => index);
    await forEachLimited(numbers, createConcurrency, async (index) => {
      this.signal.throwIfAborted();
      await this.#admin.create(rolesPath, roleManifest(index));
    });
  }

  async listRoles(): Promise<readonly Role[]> {
    return (await this.#admin.get<{ readonly items: readonly Role[] }>(rolesPath)).items;
  }

  /** Removes all Roles from the cluster and from the provider, as if there had never been any. */
  async deleteRoles(): Promise<void> {
    while ((await this.#admin.get<{ readonly items: readonly unknown[] }>(`${rolesPath}?limit=1`)).items.length > 0) {
      // The server gives up after a minute, however many are left.
      await this.#admin.request('DELETE', rolesPath, { timeoutMs: 120_000 });
      await delay(100, this.signal);
    }
    this.emulator.control.reset(undefined);
  }

  /** Gives a Role another set of permissions. */
  async changeRole(index: number, permissions: readonly string[]): Promise<void> {
    await this.#admin.mergePatch(`${rolesPath}/${roleName(index)}`, { spec: { permissions } });
  }

  /** Changes the RoleProvider, so that every Role is looked at again. */
  async touchProvider(): Promise<void> {
    this.#intervals += 1;
    await this.#admin.mergePatch(`${providersPath}/default`, { spec: { interval: `${60 + this.#intervals}m` } });
  }

  async #install(): Promise<void> {
    const { controlPlane } = this.#options;
    await controlPlane.kubectl(['apply', '--server-side', '-f', inRepository('crds')]);
    await controlPlane.kubectl(['wait', '--for=condition=Established', '-f', inRepository('crds'), '--timeout=60s']);
    await controlPlane.kubectl(['apply', '-f', inRepository('charts', 'rolekeeper', 'install', 'rbac.yaml')]);
    this.#kubeconfig = (await controlPlane.serviceAccountKubeconfig('rolekeeper-system', 'rolekeeper')).kubeconfig;
    await this.#admin.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    await this.#admin.create(`/api/v1/namespaces/${namespace}/secrets`, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'workos' },
      stringData: { apiKey },
    });
    await this.#admin.create(providersPath, {
      apiVersion: 'rolekeeper.dev/v1alpha1',
      kind: 'RoleProvider',
      metadata: { name: 'default' },
      spec: {
        interval: '60m',
        rateLimit: { requestsPerSecond: 10_000, burst: 10_000 },
        workos: { baseURL: this.emulator.url, allowInsecureHTTP: true, apiKeySecretRef: { name: 'workos', key: 'apiKey' } },
      },
    });
  }
}

const rolesPath = `${root}/namespaces/${namespace}/orgroles`;
const providersPath = `${root}/namespaces/${namespace}/roleproviders`;

/** Permissions of the provider's catalogue. */
export const permissionNames: readonly string[] = Array.from({ length: 40 }, (_, index) => `p:${index}`);

function organizationsFor(roles: number): readonly { readonly id: string; readonly name: string }[] {
  const count = Math.ceil(roles / rolesPerOrganization);
  return Array.from({ length: count }, (_, index) => ({ id: `org_${index}`, name: `Organization ${index}` }));
}

/** Name and slug of a Role. */
export function roleName(index: number): string {
  return `org-r${index}`;
}

function roleManifest(index: number): object {
  return {
    apiVersion: 'rolekeeper.dev/v1alpha1',
    kind: 'Role',
    metadata: { name: roleName(index) },
    spec: {
      organization: `org_${Math.floor(index / rolesPerOrganization)}`,
      permissions: [`p:${index % 40}`, `p:${(index + 7) % 40}`],
    },
  };
}
