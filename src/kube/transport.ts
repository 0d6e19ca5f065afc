import type { Readable } from 'node:stream';
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import type { Clock } from '../lib/index.ts';
import { type CallScope, untilAborted } from './call-scope.ts';
import type { KubeConnection } from './connection.ts';
import { CredentialSource, type Credentials, isSame, type TlsSettings } from './credentials.ts';
import { describeNetworkError } from './errors.ts';
import { KubeError } from './types.ts';

/** One HTTP request to the API server. */
export interface TransportRequest {
  /** What is tried, for messages: `list orgroles`. */
  readonly what: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query. */
  readonly path: string;
  readonly contentType?: string;
  readonly body?: string;
}

/** The head of an answer. `body` must be read to its end or destroyed. */
export interface TransportAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: Readable;
}

/** Most connections at once; each watch holds one for minutes. */
const mostConnections = 64;
/** kube-apiserver closes idle connections after 90 s; we go first, so that a request doesn't meet a closing one. */
const keepAliveMs = 60_000;
const connectTimeoutMs = 10_000;

/**
 * Sends requests over one pool of connections. The pool is replaced, without cutting requests off, only when certificates
 * changed.
 */
export class Transport {
  readonly #credentials: CredentialSource;
  readonly #origin: string;
  readonly #prefix: string;
  readonly #server: string;
  readonly #proxyUrl: string | undefined;
  readonly #userAgent: string;
  #pool: { readonly fingerprint: string; readonly dispatcher: Dispatcher } | undefined;
  readonly #retired = new Set<Promise<void>>();

  constructor(connection: KubeConnection, clock: Clock, userAgent: string) {
    const url = new URL(connection.server);
    this.#origin = url.origin;
    this.#prefix = url.pathname === '/' ? '' : url.pathname;
    this.#server = connection.server;
    this.#proxyUrl = connection.settings().cluster.proxyUrl || undefined;
    this.#userAgent = userAgent;
    this.#credentials = new CredentialSource(connection, clock);
  }

  /**
   * Sends a request, once more after 401 if re-reading brings other credentials, and resolves with the head of the answer,
   * whatever its status. Rejects with KubeError; what the scope's signal brings about is for `failure` to explain.
   */
  async send(request: TransportRequest, scope: CallScope): Promise<TransportAnswer> {
    const credentials = await this.#readCredentials(request.what, scope);
    const answer = await this.#dispatch(request, credentials, scope.signal);
    if (answer.status !== 401) return answer;
    this.#credentials.refuse(credentials);
    const renewed = await this.#readCredentials(request.what, scope);
    if (isSame(renewed, credentials)) return answer;
    answer.body.on('error', () => undefined).destroy();
    return this.#dispatch(request, renewed, scope.signal);
  }

  /** Turns whatever a request failed with into what the caller gets: the caller's own reason for aborting, or a KubeError. */
  failure(what: string, error: unknown, scope: CallScope, signal: AbortSignal): unknown {
    if (signal.aborted) return signal.reason;
    if (error instanceof KubeError) return error;
    if (scope.timedOut) {
      return new KubeError('transient', `Cannot ${what}: ${messageOf(scope.signal.reason)} from ${this.#server}`, { cause: error });
    }
    return new KubeError('transient', `Cannot ${what}: no answer from ${this.#server}: ${describeNetworkError(error)}`, { cause: error });
  }

  /** Closes all connections once the requests over them have ended: abort them before. */
  async close(): Promise<void> {
    const current = this.#pool?.dispatcher;
    this.#pool = undefined;
    if (current !== undefined) this.#retire(current);
    await Promise.all(this.#retired);
  }

  async #readCredentials(what: string, scope: CallScope): Promise<Credentials> {
    try {
      return await untilAborted(this.#credentials.get(), scope.signal);
    } catch (error) {
      if (scope.signal.aborted) throw error;
      throw new KubeError('unauthorized', `Cannot ${what}: no credentials: ${messageOf(error)}`, { cause: error });
    }
  }

  async #dispatch(request: TransportRequest, credentials: Credentials, signal: AbortSignal): Promise<TransportAnswer> {
    const answer = await this.#dispatcher(credentials).request({
      origin: this.#origin,
      path: `${this.#prefix}${request.path}`,
      method: request.method,
      signal,
      headers: {
        accept: 'application/json',
        'user-agent': this.#userAgent,
        ...(request.contentType === undefined ? {} : { 'content-type': request.contentType }),
        ...credentials.headers,
      },
      ...(request.body === undefined ? {} : { body: request.body }),
    });
    const retryAfter = answer.headers['retry-after'];
    return { status: answer.statusCode, retryAfter: Array.isArray(retryAfter) ? retryAfter[0] : retryAfter, body: answer.body };
  }

  #dispatcher(credentials: Credentials): Dispatcher {
    if (this.#pool?.fingerprint === credentials.tlsFingerprint) return this.#pool.dispatcher;
    const retired = this.#pool?.dispatcher;
    if (retired !== undefined) this.#retire(retired);
    const dispatcher = createDispatcher(credentials.tls, this.#proxyUrl);
    this.#pool = { fingerprint: credentials.tlsFingerprint, dispatcher };
    return dispatcher;
  }

  /** Lets requests under way end by themselves; a watch takes minutes for that. */
  #retire(dispatcher: Dispatcher): void {
    const closed = dispatcher
      .close()
      .catch(() => undefined)
      .then(() => void this.#retired.delete(closed));
    this.#retired.add(closed);
  }
}

function createDispatcher(tls: TlsSettings, proxyUrl: string | undefined): Dispatcher {
  const pool = {
    connections: mostConnections,
    pipelining: 1,
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: keepAliveMs,
    // A watch is silent for as long as nothing changes. Deadlines and silence are ours, on our clock.
    headersTimeout: 0,
    bodyTimeout: 0,
    allowH2: false,
  } as const;
  const connect = { timeout: connectTimeoutMs, keepAlive: true, keepAliveInitialDelay: 30_000 };
  if (proxyUrl === undefined) return new Agent({ ...pool, connect: { ...connect, ...tls } });
  return new ProxyAgent({ ...pool, uri: proxyUrl, requestTls: { ...tls }, connect });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
