import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { Agent, type Dispatcher } from 'undici';
import { type Clock, systemClock, type Timer } from './clock.ts';
import { type HttpClient, HttpError, type HttpRequest, type HttpResponse } from './http.ts';

/** How an HttpClient connects. */
export interface HttpClientOptions {
  /** PEM certificates of authorities to trust besides the public ones. Servers are always verified. */
  readonly ca?: string;
  /** Connections kept to one origin at most. Default 16. */
  readonly connectionsPerOrigin?: number;
  /** Answers with a longer body are refused, in bytes. Default 10 MiB. */
  readonly maxBodyBytes?: number;
  /** Measures deadlines. Default: the real clock. */
  readonly clock?: Clock;
}

const defaultMaxBodyBytes = 10 * 1024 * 1024;

/** Clears up sockets that never connect, after the request that wanted them has met its own deadline. */
const connectTimeoutMs = 30_000;

/**
 * An HttpClient on a pool of keep-alive connections of its own. Requests that were never written to a connection fail with
 * `connect`; everything after the first byte counts as sent.
 */
export function createHttpClient(options: HttpClientOptions = {}): HttpClient {
  const clock = options.clock ?? systemClock;
  const maxBodyBytes = options.maxBodyBytes ?? defaultMaxBodyBytes;
  const agent = new Agent({
    connections: options.connectionsPerOrigin ?? 16,
    // One request at a time on a connection: a cut connection then fails exactly one request.
    pipelining: 1,
    // The deadline of the request is the only limit, so that there is one error for being late.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: {
      timeout: connectTimeoutMs,
      rejectUnauthorized: true,
      ...(options.ca === undefined ? {} : { secureContext: trusting(options.ca) }),
    },
  });
  return {
    send: (request) => new Exchange(agent, clock, maxBodyBytes, request).run(),
    close: () => agent.close(),
  };
}

/** Made once for all connections: reading every public certificate again for each would cost more than the handshake. */
function trusting(ca: string): SecureContext {
  return createSecureContext({ ca: [...getCACertificates('default'), ca] });
}

/**
 * HTTP clients by their connection settings: equal settings share one pool of connections, and a pool is closed when its
 * last user has closed it.
 */
export class HttpClientPool {
  readonly #defaults: HttpClientOptions;
  readonly #shared = new Map<string, { readonly client: HttpClient; users: number }>();

  /** `defaults` hold for every client of the pool. */
  constructor(defaults: Omit<HttpClientOptions, 'ca'> = {}) {
    this.#defaults = defaults;
  }

  /** A client with these settings. The caller closes it once, when it is done with it. */
  acquire(settings: Pick<HttpClientOptions, 'ca'> = {}): HttpClient {
    const key = settings.ca ?? '';
    const shared = this.#shared.get(key) ?? { client: createHttpClient({ ...this.#defaults, ...settings }), users: 0 };
    shared.users += 1;
    this.#shared.set(key, shared);
    let open = true;
    return {
      send: (request) => shared.client.send(request),
      close: async () => {
        if (!open) return;
        open = false;
        shared.users -= 1;
        if (shared.users > 0) return;
        if (this.#shared.get(key) === shared) this.#shared.delete(key);
        await shared.client.close();
      },
    };
  }
}

/** One request from its start to its complete answer or its one error. */
class Exchange {
  readonly #agent: Dispatcher;
  readonly #clock: Clock;
  readonly #maxBodyBytes: number;
  readonly #request: HttpRequest;
  /** Scheme, host and port only: paths hold ids that don't belong into every log line. */
  readonly #place: string;
  readonly #outcome = Promise.withResolvers<HttpResponse>();
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #head: { readonly status: number; readonly headers: Readonly<Record<string, string | string[] | undefined>> } | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #deadline: Timer | undefined;
  #settled = false;

  constructor(agent: Dispatcher, clock: Clock, maxBodyBytes: number, request: HttpRequest) {
    this.#agent = agent;
    this.#clock = clock;
    this.#maxBodyBytes = maxBodyBytes;
    this.#request = request;
    this.#place = URL.canParse(request.url) ? `${request.method} ${new URL(request.url).origin}` : request.method;
  }

  run(): Promise<HttpResponse> {
    const { signal, timeoutMs } = this.#request;
    if (signal.aborted) return Promise.reject(signal.reason);
    signal.addEventListener('abort', this.#onAbort, { once: true });
    this.#deadline = this.#clock.schedule(timeoutMs, () => this.#onDeadline());
    try {
      this.#dispatch();
    } catch (error) {
      this.#fail(new HttpError('connect', `${this.#place}: the request can't be sent: ${textOf(error)}`, { cause: error }));
    }
    return this.#outcome.promise;
  }

  #dispatch(): void {
    const { method, body, headers } = this.#request;
    const url = new URL(this.#request.url);
    this.#agent.dispatch(
      { origin: url.origin, path: `${url.pathname}${url.search}`, method, headers, ...(body === undefined ? {} : { body }) },
      {
        onRequestStart: (controller) => this.#onStart(controller),
        onResponseStart: (_controller, status, answered) => this.#onHead(status, answered),
        onResponseData: (_controller, chunk) => this.#onData(chunk),
        onResponseEnd: () => this.#onEnd(),
        onResponseError: (_controller, error) => this.#onError(error),
      },
    );
  }

  #onStart(controller: Dispatcher.DispatchController): void {
    if (this.#settled) {
      // The caller has gone while the request waited for a connection: nothing may be written any more.
      controller.abort(new Error('nobody waits for the answer'));
      return;
    }
    this.#controller = controller;
  }

  #onHead(status: number, headers: Readonly<Record<string, string | string[] | undefined>>): void {
    // 1xx announce the real answer.
    if (status < 200) return;
    this.#head = { status, headers };
    const announced = Number(single(headers['content-length']) ?? 0);
    if (announced > this.#maxBodyBytes) this.#failTooLarge();
  }

  #onData(chunk: Buffer): void {
    if (this.#settled) return;
    this.#bytes += chunk.length;
    if (this.#bytes > this.#maxBodyBytes) {
      this.#failTooLarge();
      return;
    }
    this.#chunks.push(chunk);
  }

  #onEnd(): void {
    const head = this.#head;
    if (head === undefined) {
      this.#fail(new HttpError('cut', `${this.#place}: the connection ended before an answer came`));
      return;
    }
    if (!this.#settle()) return;
    const body = Buffer.concat(this.#chunks).toString('utf8');
    this.#outcome.resolve({ status: head.status, body, header: (name) => single(head.headers[name.toLowerCase()]) });
  }

  #onError(error: Error): void {
    if (this.#controller === undefined) {
      this.#fail(new HttpError('connect', `${this.#place}: no connection: ${textOf(error)}`, { cause: error }));
      return;
    }
    const stage = this.#head === undefined ? 'before an answer came' : `while the answer (status ${this.#head.status}) was read`;
    this.#fail(new HttpError('cut', `${this.#place}: the connection failed ${stage}: ${textOf(error)}`, { cause: error }));
  }

  #onDeadline(): void {
    const { timeoutMs } = this.#request;
    this.#fail(
      this.#controller === undefined
        ? new HttpError('connect', `${this.#place}: no connection within ${timeoutMs} ms`)
        : new HttpError('timeout', `${this.#place}: no complete answer within ${timeoutMs} ms`),
    );
  }

  readonly #onAbort = (): void => {
    this.#fail(this.#request.signal.reason);
  };

  #failTooLarge(): void {
    this.#fail(new HttpError('tooLarge', `${this.#place}: the answer is longer than ${this.#maxBodyBytes} bytes`));
  }

  #fail(reason: unknown): void {
    if (!this.#settle()) return;
    this.#outcome.reject(reason);
    this.#controller?.abort(reason instanceof Error ? reason : new Error('aborted'));
  }

  /** False when the outcome is known already. */
  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#deadline?.cancel();
    this.#request.signal.removeEventListener('abort', this.#onAbort);
    return true;
  }
}

function single(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'object' ? value.join(', ') : value;
}

/** The words of an error; a failed connection to several addresses keeps its reasons in `errors`. */
function textOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(textOf).join('; ');
  return error instanceof Error ? error.message || error.name : String(error);
}
