import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../lib/index.ts';
import { describeListenFailure, formatListenAddress, type ListenAddress } from './listen-address.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';

/** One thing that must be true before the operator counts as ready. */
export interface ReadyCheck {
  /** One word for what is looked at, for example `cache`. */
  readonly name: string;
  /** Undefined when all is well, else why not, in one line. Answers from memory: it's asked every few seconds. */
  problem(): string | undefined;
}

/** What the endpoints serve and where. */
export interface EndpointsOptions {
  /** Where `/metrics` is served; undefined: nowhere. */
  readonly metricsAddress: ListenAddress | undefined;
  /** Where `/healthz` and `/readyz` are served; undefined: nowhere. May equal `metricsAddress`. */
  readonly healthAddress: ListenAddress | undefined;
  readonly metrics: Pick<Metrics, 'expose' | 'contentType'>;
  /** All must be well for `/readyz` to answer 200. */
  readonly readyChecks: readonly ReadyCheck[];
  /** Bounds closing. */
  readonly clock: Clock;
  readonly log: Logger;
}

/** Endpoints that are being served. */
export interface Endpoints {
  /** Where each path is really served, with the port that was taken. */
  readonly addresses: ReadonlyMap<string, ListenAddress>;
  /** Takes no further connection, lets answers under way finish for at most two seconds, and closes. May be called twice. */
  close(): Promise<void>;
}

/** An address can't be listened on. The message names the address and what it was for. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

const closingLimitMs = 2000;

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly contentType?: string;
}

type Route = () => Answer | Promise<Answer>;

/**
 * Serves `/healthz` (200 as long as the event loop turns), `/readyz` (200, or 503 with a list of what isn't ready) and
 * `/metrics`. Rejects with ListenError when an address can't be had; then nothing is left open.
 */
export async function serveEndpoints(options: EndpointsOptions): Promise<Endpoints> {
  const open: EndpointServer[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(open.map((server) => server.close()));
  };
  const addresses = new Map<string, ListenAddress>();
  try {
    for (const [address, routes] of groupByAddress(options)) {
      const server = await EndpointServer.listen(address, routes, options);
      open.push(server);
      for (const path of routes.keys()) {
        addresses.set(path, server.address);
      }
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { addresses, close };
}

function groupByAddress({ metricsAddress, healthAddress, metrics, readyChecks }: EndpointsOptions): [ListenAddress, Map<string, Route>][] {
  const health = new Map<string, Route>([
    ['/healthz', () => ({ status: 200, body: 'ok\n' })],
    ['/readyz', () => readiness(readyChecks)],
  ]);
  const scrape: Route = async () => ({ status: 200, body: await metrics.expose(), contentType: metrics.contentType });
  const groups: [ListenAddress, Map<string, Route>][] = healthAddress === undefined ? [] : [[healthAddress, health]];
  if (metricsAddress === undefined) {
    return groups;
  }
  // Port 0 means any port, so two of them are two servers.
  const isShared =
    healthAddress !== undefined && metricsAddress.port !== 0 && formatListenAddress(metricsAddress) === formatListenAddress(healthAddress);
  if (isShared) {
    health.set('/metrics', scrape);
    return groups;
  }
  return [...groups, [metricsAddress, new Map([['/metrics', scrape]])]];
}

function readiness(checks: readonly ReadyCheck[]): Answer {
  const problems = checks.flatMap((check) => {
    const problem = check.problem();
    return problem === undefined ? [] : [`- ${check.name}: ${problem}\n`];
  });
  return problems.length === 0 ? { status: 200, body: 'ok\n' } : { status: 503, body: `not ready:\n${problems.join('')}` };
}

class EndpointServer {
  readonly #server: Server;
  readonly #routes: ReadonlyMap<string, Route>;
  readonly #clock: Clock;
  readonly #log: Logger;
  #closed: Promise<void> | undefined;

  private constructor(routes: ReadonlyMap<string, Route>, { clock, log }: Pick<EndpointsOptions, 'clock' | 'log'>) {
    this.#routes = routes;
    this.#clock = clock;
    this.#log = log;
    this.#server = createServer((request, response) => void this.#handle(request, response));
  }

  static async listen(
    address: ListenAddress,
    routes: ReadonlyMap<string, Route>,
    tools: Pick<EndpointsOptions, 'clock' | 'log'>,
  ): Promise<EndpointServer> {
    const endpoint = new EndpointServer(routes, tools);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    endpoint.#server.once('error', reject);
    endpoint.#server.listen(address, resolve);
    try {
      await promise;
    } catch (cause) {
      const purpose = [...routes.keys()].join(' and ');
      throw new ListenError(`Can't serve ${purpose} on ${formatListenAddress(address)}: ${describeListenFailure(cause)}`, { cause });
    }
    return endpoint;
  }

  get address(): ListenAddress {
    const { address, port } = this.#server.address() as AddressInfo;
    return { host: address, port };
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#server.closeIdleConnections();
    const timer = this.#clock.schedule(closingLimitMs, () => this.#server.closeAllConnections());
    await promise;
    timer.cancel();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = await this.#answer(request).catch((error: unknown): Answer => {
      this.#log.error('an endpoint failed', { path: request.url, error });
      return { status: 500, body: 'Failed. The log of rolekeeper says why.\n' };
    });
    response.writeHead(answer.status, {
      'content-type': answer.contentType ?? 'text/plain; charset=utf-8',
      'content-length': Buffer.byteLength(answer.body),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      // Probes and scrapes come seconds apart; a connection kept open would only delay closing.
      connection: 'close',
      ...(answer.status === 405 ? { allow: 'GET, HEAD' } : {}),
    });
    response.end(request.method === 'HEAD' ? undefined : answer.body);
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    const route = this.#routes.get(path);
    if (route === undefined) {
      return { status: 404, body: `Not found. Served here: ${[...this.#routes.keys()].join(', ')}\n` };
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return { status: 405, body: 'Only GET and HEAD are allowed.\n' };
    }
    return await route();
  }
}
