import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import type { Cluster } from '@kubernetes/client-node/dist/config_types.js';
// A deep import for the reason given in kubeconfig.ts.
import { ExecAuth } from '@kubernetes/client-node/dist/exec_auth.js';
import type { Clock } from '../lib/index.ts';
import type { KubeConnection } from './connection.ts';
import type { KubeconfigUser } from './kubeconfig.ts';
import { oneLine } from './one-line.ts';

/** Credentials at one moment. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsSettings;
  /** Equal exactly when `tls` is equal, so that the pool of connections is rebuilt only when it must be. */
  readonly tlsFingerprint: string;
}

/** What a TLS connection is made with. PEM throughout. */
export interface TlsSettings {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  readonly rejectUnauthorized: boolean;
}

/** A kubelet replaces a token when four fifths of its life are over; client-go looks once a minute, too. */
const rereadAfterMs = 60_000;

/** Keeps the credentials of a connection current: files are re-read, plugins are asked again. */
export class CredentialSource {
  readonly #cluster: Cluster;
  readonly #user: KubeconfigUser;
  readonly #server: string;
  readonly #clock: Clock;
  #exec = new ExecAuth();
  #oidc: Promise<Authenticator> | undefined;
  #current: { readonly credentials: Credentials; readonly readAt: number } | undefined;
  #pending: Promise<Credentials> | undefined;

  constructor(connection: KubeConnection, clock: Clock) {
    const { cluster, user } = connection.settings();
    this.#cluster = cluster;
    this.#user = user;
    this.#server = connection.server;
    this.#clock = clock;
  }

  /** The credentials, not older than a minute. Rejects when a file can't be read or a plugin fails. */
  async get(): Promise<Credentials> {
    const current = this.#current;
    if (current !== undefined && !this.#isStale(current.readAt)) return current.credentials;
    // Many calls may come at once; a plugin must not be started for each.
    this.#pending ??= this.#read().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  /** Says that the server refused these credentials: the next `get` reads anew, unless that has happened since. */
  refuse(refused: Credentials): void {
    const current = this.#current?.credentials;
    if (current === undefined || !isSame(current, refused)) return;
    this.#current = undefined;
    this.#exec = new ExecAuth();
    this.#oidc = undefined;
  }

  #isStale(readAt: number): boolean {
    // A plugin's answer has its own end of life, which ExecAuth and the OIDC client look after when they are asked.
    return this.#user.exec || this.#user.authProvider ? true : this.#clock.monotonic() - readAt >= rereadAfterMs;
  }

  async #read(): Promise<Credentials> {
    const readAt = this.#clock.monotonic();
    const plugin: RequestOptions & { headers: Record<string, string> } = { headers: {} };
    await this.#askPlugin(plugin);
    const headers: Record<string, string> = { ...plugin.headers, ...(await this.#ownHeaders()) };
    const tls = await this.#tls(plugin);
    const credentials = { headers, tls, tlsFingerprint: fingerprint(tls) };
    this.#current = { credentials, readAt };
    return credentials;
  }

  async #ownHeaders(): Promise<Record<string, string>> {
    const user = this.#user;
    const headers: Record<string, string> = {};
    if (user.tokenFile !== undefined) {
      headers.authorization = `Bearer ${(await readFile(user.tokenFile, 'utf8')).trim()}`;
    } else if (user.token) {
      headers.authorization = `Bearer ${user.token.trim()}`;
    } else if (user.username) {
      headers.authorization = `Basic ${Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64')}`;
    }
    if (user.impersonateUser) headers['impersonate-user'] = user.impersonateUser;
    return headers;
  }

  async #tls(plugin: RequestOptions): Promise<TlsSettings> {
    const ca = await fileOrData(this.#cluster.caFile, this.#cluster.caData);
    const cert = (await fileOrData(this.#user.certFile, this.#user.certData)) ?? textOf(plugin.cert);
    const key = (await fileOrData(this.#user.keyFile, this.#user.keyData)) ?? textOf(plugin.key);
    return {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(this.#cluster.tlsServerName ? { servername: this.#cluster.tlsServerName } : {}),
      rejectUnauthorized: !this.#cluster.skipTLSVerify,
    };
  }

  async #askPlugin(options: RequestOptions & { headers: Record<string, string> }): Promise<void> {
    const user = this.#user;
    if (this.#exec.isAuthProvider(user)) {
      await this.#askExecPlugin(options);
      return;
    }
    if (!user.authProvider) return;
    const name = String(user.authProvider.name);
    if (name !== 'oidc') {
      throw new Error(`auth-provider ${oneLine(name, 40)} was removed from Kubernetes; use an exec plugin`);
    }
    // Loaded only where it is used: it brings client-node's generated API with it.
    this.#oidc ??= import('@kubernetes/client-node/dist/oidc_auth.js').then((module) => new module.OpenIDConnectAuth());
    const oidc = await this.#oidc;
    await oidc.applyAuthentication(user, options);
    lowerCaseHeaders(options.headers);
  }

  async #askExecPlugin(options: RequestOptions & { headers: Record<string, string> }): Promise<void> {
    try {
      await this.#exec.applyAuthentication(this.#withExecInfo(), options);
    } catch (error) {
      throw new Error(`the credential plugin ${oneLine(String(this.#user.exec?.command ?? 'exec'), 100)} failed: ${pluginFault(error)}`);
    }
    lowerCaseHeaders(options.headers);
  }

  /** Plugins built with client-go refuse to run without KUBERNETES_EXEC_INFO, which ExecAuth doesn't set. */
  #withExecInfo(): KubeconfigUser {
    const exec = this.#user.exec;
    if (!exec) return this.#user;
    const info = {
      apiVersion: exec.apiVersion ?? 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      spec: { interactive: false, ...(exec.provideClusterInfo ? { cluster: this.#clusterInfo() } : {}) },
    };
    const env = [...(exec.env ?? []), { name: 'KUBERNETES_EXEC_INFO', value: JSON.stringify(info) }];
    return { ...this.#user, exec: { ...exec, env } };
  }

  #clusterInfo(): Record<string, unknown> {
    const { caData, skipTLSVerify, tlsServerName } = this.#cluster;
    return {
      server: this.#server,
      ...(caData ? { 'certificate-authority-data': caData } : {}),
      ...(skipTLSVerify ? { 'insecure-skip-tls-verify': true } : {}),
      ...(tlsServerName ? { 'tls-server-name': tlsServerName } : {}),
    };
  }
}

/** client-node's form of a source of credentials. */
interface Authenticator {
  applyAuthentication(user: KubeconfigUser, options: RequestOptions): Promise<void>;
}

/** The cause isn't kept: the parser's message quotes the answer, which holds a token. */
function pluginFault(error: unknown): string {
  if (error instanceof SyntaxError) return 'its answer is not JSON';
  if (error instanceof TypeError) return 'its answer is not an ExecCredential';
  return error instanceof Error ? oneLine(error.message, 200) : 'unknown fault';
}

/** Whether both would be the same to the server. */
export function isSame(one: Credentials, other: Credentials): boolean {
  return (
    one.tlsFingerprint === other.tlsFingerprint &&
    one.headers.authorization === other.headers.authorization &&
    one.headers['impersonate-user'] === other.headers['impersonate-user']
  );
}

async function fileOrData(file: string | undefined, data: string | undefined): Promise<string | undefined> {
  if (file) return readFile(file, 'utf8');
  return data ? Buffer.from(data, 'base64').toString('utf8') : undefined;
}

function textOf(pem: RequestOptions['cert'] | RequestOptions['key']): string | undefined {
  return typeof pem === 'string' ? pem : undefined;
}

function lowerCaseHeaders(headers: Record<string, string>): void {
  for (const [name, value] of Object.entries(headers)) {
    delete headers[name];
    headers[name.toLowerCase()] = value;
  }
}

function fingerprint(tls: TlsSettings): string {
  return createHash('sha256').update(JSON.stringify(tls)).digest('base64');
}
