import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createKubeApi, type KubeApi, KubeConnection, type RequestReport } from '../../src/kube/index.ts';
import { type Clock, systemClock } from '../../src/lib/index.ts';

/**
 * One request that a ScriptedKubeServer got. The test answers it, well or badly, bit by bit; until it does, the client waits.
 */
export class Exchange {
  readonly method: string;
  /** Path without query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Number of the connection it came over, from 1. */
  readonly connection: number;
  /** Settles when the client hangs up or the answer is complete. */
  readonly closed: Promise<unknown>;
  readonly #response: ServerResponse;

  constructor(request: IncomingMessage, body: string, response: ServerResponse, connection: number) {
    const url = new URL(request.url ?? '/', 'http://server');
    this.method = request.method ?? '';
    this.path = url.pathname;
    this.query = url.searchParams;
    this.headers = request.headers;
    this.body = body;
    this.connection = connection;
    this.#response = response;
    this.closed = once(response, 'close');
  }

  /** The whole answer, as JSON. */
  json(status: number, value: unknown, headers: Record<string, string> = {}): void {
    this.#response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
  }

  /** The whole answer, as it is. */
  text(status: number, text: string, headers: Record<string, string> = {}): void {
    this.#response.writeHead(status, { 'content-type': 'text/plain', ...headers }).end(text);
  }

  /** The whole answer, as a `Status`. */
  status(code: number, reason: string, message = reason, more: { details?: object; headers?: Record<string, string> } = {}): void {
    this.json(code, statusObject(code, reason, message, more.details), more.headers);
  }

  /** One page of a list. */
  list(items: readonly unknown[], resourceVersion: string, token?: string): void {
    this.json(200, { kind: 'List', apiVersion: 'v1', metadata: { resourceVersion, continue: token ?? '' }, items });
  }

  /** Begins an answer that goes on. */
  head(status = 200): void {
    this.#response.writeHead(status, { 'content-type': 'application/json' });
    this.#response.flushHeaders();
  }

  /** Sends bytes and resolves when the system has taken them. */
  write(bytes: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => this.#response.write(bytes, () => resolve()));
  }

  /** Sends one event of a watch. */
  event(type: string, object: unknown): Promise<void> {
    return this.write(`${JSON.stringify({ type, object })}\n`);
  }

  bookmark(resourceVersion: string): Promise<void> {
    return this.event('BOOKMARK', { kind: 'Role', apiVersion: 'rolekeeper.dev/v1alpha1', metadata: { resourceVersion } });
  }

  /** Ends the answer as it should end. */
  end(): void {
    this.#response.end();
  }

  /** Cuts the connection, in the middle of whatever it was. */
  cut(): void {
    this.#response.destroy();
  }

  /** Cuts the connection with a TCP reset. */
  reset(): void {
    this.#response.socket?.resetAndDestroy();
  }
}

/** How a ScriptedKubeServer's client is made. */
export interface ScriptedClientOptions {
  /** The real clock unless given. */
  readonly clock?: Clock;
  readonly timeoutMs?: number;
  readonly onRequest?: (report: RequestReport) => void;
  /** Credentials; none unless given. */
  readonly user?: { readonly token?: string; readonly tokenFile?: string; readonly username?: string; readonly password?: string };
}

/** An HTTP server on 127.0.0.1 that answers exactly what a test tells it to, request by request. */
export class ScriptedKubeServer {
  readonly #server: Server;
  readonly #arrived: Exchange[] = [];
  readonly #waiting: ((exchange: Exchange) => void)[] = [];
  readonly #numbers = new WeakMap<Socket, number>();
  readonly #clients: KubeApi[] = [];
  #connections = 0;

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket: Socket) => this.#numbers.set(socket, ++this.#connections));
    server.on('request', (request, response) => void this.#take(request, response));
  }

  static async start(): Promise<ScriptedKubeServer> {
    const server = createServer({ keepAliveTimeout: 0 });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new ScriptedKubeServer(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Connections that were ever made. */
  get connections(): number {
    return this.#connections;
  }

  /** Requests that arrived and no test has taken yet. */
  get untaken(): number {
    return this.#arrived.length;
  }

  /** The next request, in order of arrival; waits for it. */
  next(): Promise<Exchange> {
    const exchange = this.#arrived.shift();
    if (exchange !== undefined) return Promise.resolve(exchange);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** A client of this server. It is closed with the server. */
  client(options: ScriptedClientOptions = {}): KubeApi {
    const cluster = { name: 'scripted', server: this.url, skipTLSVerify: false };
    const connection = new KubeConnection('scripted', undefined, cluster, { name: 'user', ...options.user });
    const api = createKubeApi(connection, {
      clock: options.clock ?? systemClock,
      ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
      ...(options.onRequest === undefined ? {} : { onRequest: options.onRequest }),
    });
    this.#clients.push(api);
    return api;
  }

  /** Ends every connection and listens again on the same port. */
  async restart(): Promise<void> {
    const { port } = this.#server.address() as AddressInfo;
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A client that hangs up is what many tests are about.
    response.on('error', () => undefined);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const exchange = new Exchange(request, Buffer.concat(chunks).toString('utf8'), response, this.#numbers.get(request.socket) ?? 0);
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#arrived.push(exchange);
    else waiting(exchange);
  }
}

/** A `metav1.Status`. */
export function statusObject(code: number, reason: string, message = reason, details?: object): object {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message, ...(details === undefined ? {} : { details }) };
}

/** Lets real I/O happen until the condition holds. A test whose condition never does fails by its own time limit. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
