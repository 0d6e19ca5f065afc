/**
 * A Kubernetes control plane on this machine: etcd and kube-apiserver as plain processes, without Docker and without root. Tests,
 * the demo and the benchmarks use it. It differs from a whole cluster:
 *
 * - There is no controller-manager. A deleted namespace stays `Terminating`, owner references collect no garbage, and no namespace
 *   gets a `default` ServiceAccount. Tokens come from the TokenRequest API only (`serviceAccountKubeconfig`).
 * - There is no scheduler and no kubelet: a pod is stored and never runs.
 * - etcd does not wait for the disk. The data survives a crash of the processes, not of the machine.
 * - The servers listen on 127.0.0.1 only. Requests to kube-apiserver are authenticated and go through RBAC; etcd trusts every
 *   process of this machine, so nothing worth protecting belongs into it.
 *
 * Custom resources, server-side apply, ValidatingAdmissionPolicy, RBAC, namespace lifecycle admission and everything else that
 * kube-apiserver does by itself works as in production.
 * @module
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Component, freePorts, Reaper, run, waitFor } from '../lib/index.ts';
import { ApiClient } from './api-client.ts';
import type { Binaries } from './binaries.ts';
import type { ServiceAccountKubeconfig } from './kubeconfig.ts';
import { serviceAccountKubeconfig, writeKubeconfig } from './kubeconfig.ts';

/** How a control plane is started. */
export interface ControlPlaneOptions {
  readonly binaries: Binaries;
  /**
   * Where data, logs and credentials go; created when missing, and its old data is removed. `stop()` leaves the logs in it. Unless
   * given, a temporary directory is used, which `stop()` removes.
   */
  readonly directory?: string;
  /** More flags for kube-apiserver, for example a shorter `--etcd-compaction-interval`; a flag given here wins over the usual one. */
  readonly apiServerFlags?: readonly string[];
  /** Milliseconds that each server gets to become ready; two minutes unless given, for slow machines. */
  readonly readyTimeoutMs?: number;
}

/** How `kubectl` is called. */
export interface KubectlOptions {
  /** The admin's unless given. */
  readonly kubeconfig?: string;
  /** Given to its standard input, for `-f -`. */
  readonly input?: string;
}

/** The ids of the two server processes; undefined for one that doesn't run. */
export interface ControlPlaneProcesses {
  readonly etcd?: number | undefined;
  readonly apiServer?: number | undefined;
}

interface Ports {
  readonly etcdClient: number;
  readonly etcdPeer: number;
  readonly apiServer: number;
}

const defaultReadyTimeoutMs = 120_000;
/** How long a server may take to end after SIGTERM. kube-apiserver would wait up to a minute for calls in flight. */
const stopGraceMs = 5_000;

/** Starts a control plane and resolves when it is ready to be used. When it can't be, the error carries the end of the log. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const directory =
    options.directory === undefined ? await mkdtemp(join(tmpdir(), 'rolekeeper-control-plane-')) : resolve(options.directory);
  // Another program may take a port between its choice and its use; new ports usually help.
  for (let attempt = 1; ; attempt += 1) {
    const controlPlane = new ControlPlane(options, directory, await choosePorts());
    try {
      await controlPlane.start();
      return controlPlane;
    } catch (error) {
      await controlPlane.abandon();
      if (attempt === 3 || !(error instanceof StartError && error.portTaken)) {
        throw error;
      }
    }
  }
}

async function choosePorts(): Promise<Ports> {
  const [etcdClient = 0, etcdPeer = 0, apiServer = 0] = await freePorts(3);
  return { etcdClient, etcdPeer, apiServer };
}

/** A server did not become ready. The message carries the end of its log and where the rest is. */
export class StartError extends Error {
  override readonly name = 'StartError';
  /** The log says that another process uses the port. */
  readonly portTaken: boolean;

  constructor(message: string, logTail: string, logFile: string, cause?: unknown) {
    super(`${message}\n--- the end of ${logFile} ---\n${logTail}`, { cause });
    this.portTaken = /address already in use/i.test(logTail);
  }
}

/** A running control plane. */
export class ControlPlane {
  readonly directory: string;
  /** Path of the admin's kubeconfig (`system:masters`: everything is allowed). */
  readonly kubeconfig: string;
  readonly binaries: Binaries;
  readonly #options: ControlPlaneOptions;
  readonly #ports: Ports;
  readonly #etcd: Component;
  readonly #apiServer: Component;
  readonly #reaper: Reaper;
  #admin: ApiClient | undefined;

  /** Use `startControlPlane`. */
  constructor(options: ControlPlaneOptions, directory: string, ports: Ports) {
    this.#options = options;
    this.binaries = options.binaries;
    this.directory = directory;
    this.kubeconfig = join(directory, 'kubeconfig');
    this.#ports = ports;
    this.#etcd = new Component({
      name: 'etcd',
      command: options.binaries.etcd,
      args: etcdArguments(directory, ports),
      logFile: join(directory, 'logs', 'etcd.log'),
      onExit: () => this.#watch(),
    });
    this.#apiServer = new Component({
      name: 'kube-apiserver',
      command: options.binaries['kube-apiserver'],
      args: [...apiServerArguments(directory, ports), ...(options.apiServerFlags ?? [])],
      logFile: join(directory, 'logs', 'kube-apiserver.log'),
      onExit: () => this.#watch(),
    });
    this.#reaper = new Reaper(this.#isTemporary ? directory : undefined);
  }

  get #isTemporary(): boolean {
    return this.#options.directory === undefined;
  }

  /** For example `https://127.0.0.1:40123`. */
  get server(): string {
    return `https://127.0.0.1:${this.#ports.apiServer}`;
  }

  /** A client with the admin's rights. */
  get admin(): ApiClient {
    if (this.#admin === undefined) {
      throw new Error('the control plane is not running');
    }
    return this.#admin;
  }

  /** The process ids, to find the servers again or to check that they are gone. */
  get processes(): ControlPlaneProcesses {
    return { etcd: this.#etcd.pid, apiServer: this.#apiServer.pid };
  }

  /** Paths of the logs. */
  get logs(): { readonly etcd: string; readonly apiServer: string } {
    return { etcd: this.#etcd.logFile, apiServer: this.#apiServer.logFile };
  }

  /** Used by `startControlPlane` only. */
  async start(): Promise<void> {
    await Promise.all(['etcd', 'pki', 'logs'].map((name) => rm(join(this.directory, name), { recursive: true, force: true })));
    await mkdir(join(this.directory, 'logs'), { recursive: true });
    const token = await writeCredentials(this.directory);
    await this.startEtcd();
    await this.#launch(this.#apiServer);
    // kube-apiserver makes a certificate for itself at its first start and keeps it for the next ones.
    const ca = await this.#ready(this.#apiServer, 'the certificate', async () => {
      const text = await readFile(join(this.directory, 'pki', 'apiserver.crt'), 'utf8');
      return text.trimEnd().endsWith('-----END CERTIFICATE-----') && text;
    });
    this.#admin = new ApiClient({ server: this.server, ca, token });
    await writeKubeconfig(this.kubeconfig, 'admin', this.#admin.connection, { token });
    await this.#apiServerReady();
  }

  /** Ends both servers and removes their data; with a temporary directory, everything. Harmless when they are gone already. */
  async stop(): Promise<void> {
    await this.abandon();
    const rubbish = this.#isTemporary
      ? [this.directory]
      : ['etcd', 'pki', 'kubectl-cache', 'kubeconfig'].map((name) => join(this.directory, name));
    await Promise.all(rubbish.map((path) => rm(path, { recursive: true, force: true })));
  }

  /** Ends both servers and leaves every file, for those who want to look into them. */
  async abandon(): Promise<void> {
    this.#admin?.close();
    await this.#apiServer.stop(stopGraceMs);
    await this.#etcd.stop(stopGraceMs);
    await this.#reaper.dismiss();
  }

  /** Lets go of the servers: this program may end, they and their files stay. Until then they end with it, however it ends. */
  async release(): Promise<void> {
    this.#admin?.close();
    this.#etcd.release();
    this.#apiServer.release();
    await this.#reaper.dismiss();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Ends kube-apiserver as a crash would: connections are cut, nothing is said. `startApiServer` brings it back. */
  async killApiServer(): Promise<void> {
    await this.#apiServer.kill();
  }

  /** Starts kube-apiserver again after `killApiServer`: same address, same data, same credentials. */
  async startApiServer(): Promise<void> {
    await this.#launch(this.#apiServer);
    await this.#apiServerReady();
  }

  /** Ends kube-apiserver in good order and starts it again. */
  async restartApiServer(): Promise<void> {
    await this.#apiServer.stop(stopGraceMs);
    await this.startApiServer();
  }

  /** Ends etcd as a crash would. kube-apiserver goes on and answers errors. `startEtcd` brings it back. */
  async killEtcd(): Promise<void> {
    await this.#etcd.kill();
  }

  /** Starts etcd again after `killEtcd`, with the same data. */
  async startEtcd(): Promise<void> {
    await this.#launch(this.#etcd);
    await this.#ready(this.#etcd, 'a healthy answer', async () => {
      const answer = await fetch(`http://127.0.0.1:${this.#ports.etcdClient}/health`, { signal: AbortSignal.timeout(5_000) });
      return answer.ok && ((await answer.json()) as { health?: string }).health === 'true';
    });
  }

  /** Ends etcd, starts it again with the same data, and waits until kube-apiserver has found it. */
  async restartEtcd(): Promise<void> {
    // In good order it would wait for the connections of kube-apiserver to end, which never happens.
    await this.#etcd.kill();
    await this.startEtcd();
    await this.#apiServerReady();
  }

  /** Runs the control plane's own kubectl and returns what it printed; rejects with what it complained about. */
  kubectl(args: readonly string[], options: KubectlOptions = {}): Promise<string> {
    return kubectl(this.binaries.kubectl, args, { kubeconfig: this.kubeconfig, ...options });
  }

  /** A kubeconfig that acts as a ServiceAccount, in this control plane's directory. */
  serviceAccountKubeconfig(namespace: string, name: string): Promise<ServiceAccountKubeconfig> {
    return serviceAccountKubeconfig({ admin: this.admin, namespace, name, directory: this.directory });
  }

  async #launch(component: Component): Promise<void> {
    await component.start();
    this.#watch();
  }

  /** Keeps the reaper's list true: a process id that has become somebody else's must not be on it. */
  #watch(): void {
    this.#reaper.watch([this.#etcd.pid, this.#apiServer.pid].filter((pid) => pid !== undefined));
  }

  async #apiServerReady(): Promise<void> {
    await this.#ready(this.#apiServer, 'a ready answer', async () => {
      const { status } = await this.admin.request('GET', '/readyz', { timeoutMs: 5_000 });
      return status === 200;
    });
    // The readiness of kube-apiserver does not include the namespaces that it makes for itself a little later.
    await this.#ready(this.#apiServer, 'the namespace default', () => this.admin.find('/api/v1/namespaces/default'));
  }

  /** Waits until `look` is satisfied or the process has ended. */
  async #ready<T>(component: Component, what: string, look: () => Promise<T | undefined | false>): Promise<T> {
    const timeoutMs = this.#options.readyTimeoutMs ?? defaultReadyTimeoutMs;
    try {
      const found = await waitFor(`${what} of ${component.name}`, async () => (component.running ? await look() : 'ended'), { timeoutMs });
      if (found !== 'ended') {
        return found as T;
      }
    } catch (cause) {
      throw new StartError((cause as Error).message, await component.logTail(), component.logFile, cause);
    }
    throw new StartError(`${component.name} ${component.ending} before it was ready`, await component.logTail(), component.logFile);
  }
}

/** Runs a kubectl and returns what it printed; rejects with what it complained about. */
export async function kubectl(
  program: string,
  args: readonly string[],
  options: KubectlOptions & { readonly kubeconfig: string },
): Promise<string> {
  const finished = await run(program, args, {
    // Its cache of API groups must not be shared between servers that used the same port one after the other.
    env: { ...process.env, KUBECONFIG: options.kubeconfig, KUBECACHEDIR: join(options.kubeconfig, '..', 'kubectl-cache') },
    ...(options.input === undefined ? {} : { input: options.input }),
  });
  if (finished.code !== 0) {
    throw new Error(`kubectl ${args.join(' ')} ended with code ${finished.code}: ${finished.stderr.trim()}`);
  }
  return finished.stdout;
}

/** Writes the key pair of the ServiceAccount tokens and the admin's token, and returns the latter. */
async function writeCredentials(directory: string): Promise<string> {
  const pki = join(directory, 'pki');
  await mkdir(pki, { recursive: true, mode: 0o700 });
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const token = randomBytes(32).toString('base64url');
  await writeFile(join(pki, 'service-accounts.key'), keys.privateKey.export({ type: 'sec1', format: 'pem' }), { mode: 0o600 });
  await writeFile(join(pki, 'service-accounts.pub'), keys.publicKey.export({ type: 'spki', format: 'pem' }));
  await writeFile(join(pki, 'tokens.csv'), `${token},admin,admin,"system:masters"\n`, { mode: 0o600 });
  return token;
}

function etcdArguments(directory: string, ports: Ports): readonly string[] {
  const client = `http://127.0.0.1:${ports.etcdClient}`;
  const peer = `http://127.0.0.1:${ports.etcdPeer}`;
  return [
    `--data-dir=${join(directory, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    // A control plane that is thrown away gains nothing from a safe disk, and loses much of its speed.
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
}

function apiServerArguments(directory: string, ports: Ports): readonly string[] {
  const pki = join(directory, 'pki');
  return [
    `--etcd-servers=http://127.0.0.1:${ports.etcdClient}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${ports.apiServer}`,
    `--cert-dir=${pki}`,
    `--token-auth-file=${join(pki, 'tokens.csv')}`,
    `--service-account-issuer=https://127.0.0.1:${ports.apiServer}`,
    `--service-account-key-file=${join(pki, 'service-accounts.pub')}`,
    `--service-account-signing-key-file=${join(pki, 'service-accounts.key')}`,
    '--service-cluster-ip-range=10.0.0.0/24',
    '--authorization-mode=RBAC',
    // No node reaches this server through the Service `kubernetes`, and its endpoint may not be a loopback address.
    '--endpoint-reconciler-type=none',
    '--profiling=false',
  ];
}
