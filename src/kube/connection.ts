import { access, readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Cluster } from '@kubernetes/client-node/dist/config_types.js';
import { type Kubeconfig, KubeconfigError, type KubeconfigUser, readKubeconfigs } from './kubeconfig.ts';

export { KubeconfigError } from './kubeconfig.ts';

/** Where a pod finds what it needs to call its own API server. */
const serviceAccountDirectory = '/var/run/secrets/kubernetes.io/serviceaccount';

/** How to find the API server. */
export interface LoadKubeConnectionOptions {
  /** Path of a kubeconfig. Where absent: `KUBECONFIG`, then the pod's own service account, then `~/.kube/config`. */
  readonly kubeconfig?: string;
  /** Name of a context of the kubeconfig; its current context where absent. Not allowed for a pod's own service account. */
  readonly context?: string;
  /**
   * The environment: `KUBECONFIG` (a list of files), `KUBERNETES_SERVICE_HOST`, `KUBERNETES_SERVICE_PORT`. Default empty; a pod
   * then uses the name `kubernetes.default.svc`.
   */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Directory of the pod's service account; for tests. */
  readonly serviceAccountDirectory?: string;
}

/** What is needed to call one API server as one user. Credentials stay out of sight: nothing of it can be logged by accident. */
export class KubeConnection {
  /** For people: the context's name, or `in-cluster`. */
  readonly context: string;
  /** URL without a trailing slash; it may have a path. */
  readonly server: string;
  /** Namespace of the context, or of the pod. */
  readonly namespace: string | undefined;
  readonly #cluster: Cluster;
  readonly #user: KubeconfigUser;

  constructor(context: string, namespace: string | undefined, cluster: Cluster, user: KubeconfigUser) {
    this.context = context;
    this.namespace = namespace;
    this.server = serverUrl(cluster);
    checkProxy(cluster);
    this.#cluster = cluster;
    this.#user = user;
  }

  /** The settings with their secrets. Only for the code that makes requests. */
  settings(): { readonly cluster: Cluster; readonly user: KubeconfigUser } {
    return { cluster: this.#cluster, user: this.#user };
  }
}

/**
 * Finds the API server and the credentials for it. It reads files and calls nobody: whether the server answers shows
 * `KubeApi.serverVersion`. Throws KubeconfigError.
 */
export async function loadKubeConnection(options: LoadKubeConnectionOptions = {}): Promise<KubeConnection> {
  const env = options.env ?? {};
  const files = options.kubeconfig ? [options.kubeconfig] : await existingOf((env.KUBECONFIG ?? '').split(delimiter));
  if (files.length > 0) {
    return fromKubeconfig(await readKubeconfigs(files), options.context);
  }
  const pod = options.serviceAccountDirectory ?? serviceAccountDirectory;
  if (await exists(join(pod, 'token'))) {
    return fromPod(pod, options.context, env);
  }
  const home = join(homedir(), '.kube', 'config');
  if (await exists(home)) {
    return fromKubeconfig(await readKubeconfigs([home]), options.context);
  }
  throw new KubeconfigError(`No kubeconfig: none is named, KUBECONFIG is not set, this is not a pod and ${home} doesn't exist`);
}

function fromKubeconfig(config: Kubeconfig, wanted: string | undefined): KubeConnection {
  const name = wanted ?? config.currentContext;
  const known = config.contexts.map((context) => context.name).sort();
  const choice = known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`;
  if (name === undefined) {
    throw new KubeconfigError(`Kubeconfig ${config.origin} has no current context; name one (${choice})`);
  }
  const context = config.contexts.find((candidate) => candidate.name === name);
  if (context === undefined) {
    throw new KubeconfigError(`Kubeconfig ${config.origin} has no context ${name}; ${choice}`);
  }
  const cluster = config.clusters.find((candidate) => candidate.name === context.cluster);
  if (cluster === undefined) {
    throw new KubeconfigError(`Context ${name} of kubeconfig ${config.origin} names cluster ${context.cluster}, which isn't there`);
  }
  const user = config.users.find((candidate) => candidate.name === context.user);
  if (user === undefined && context.user !== undefined) {
    throw new KubeconfigError(`Context ${name} of kubeconfig ${config.origin} names user ${context.user}, which isn't there`);
  }
  return new KubeConnection(name, context.namespace, cluster, user ?? { name: 'anonymous' });
}

const proxyProtocols = ['http:', 'https:', 'socks5:'];

function checkProxy(cluster: Cluster): void {
  if (!cluster.proxyUrl) return;
  const protocol = URL.parse(cluster.proxyUrl)?.protocol;
  if (protocol === undefined || !proxyProtocols.includes(protocol)) {
    // The URL isn't shown: it may hold a password.
    throw new KubeconfigError(`Cluster ${cluster.name} has a proxy-url that is not an http, https or socks5 URL`);
  }
}

async function fromPod(
  directory: string,
  context: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<KubeConnection> {
  if (context !== undefined) {
    throw new KubeconfigError(`Context ${context} is asked for, but this is a pod and no kubeconfig is named`);
  }
  const host = env.KUBERNETES_SERVICE_HOST ?? 'kubernetes.default.svc';
  const port = env.KUBERNETES_SERVICE_PORT ?? '443';
  const cluster: Cluster = {
    name: 'in-cluster',
    server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
    caFile: join(directory, 'ca.crt'),
    skipTLSVerify: false,
  };
  const user: KubeconfigUser = { name: 'in-cluster', tokenFile: join(directory, 'token') };
  const namespace = await readFile(join(directory, 'namespace'), 'utf8').catch(() => '');
  return new KubeConnection('in-cluster', namespace.trim() || undefined, cluster, user);
}

function serverUrl(cluster: Cluster): string {
  const url = URL.parse(cluster.server);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new KubeconfigError(`Cluster ${cluster.name} has server ${JSON.stringify(cluster.server)}, which is not an http or https URL`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new KubeconfigError(`Cluster ${cluster.name} has a server URL with a user name in it; put credentials into users`);
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

/** Of several files kubectl leaves out those that aren't there; when none is, the first is named. */
async function existingOf(files: readonly string[]): Promise<readonly string[]> {
  const named = files.filter((file) => file !== '');
  const found = await Promise.all(named.map(exists));
  const existing = named.filter((_, index) => found[index]);
  return existing.length > 0 ? existing : named.slice(0, 1);
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch {
    return false;
  }
}
