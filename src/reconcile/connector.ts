import { type HttpClient, HttpError, type HttpRequest, isWrite, type RateLimiter } from '../lib/index.ts';
import type { Credentials, ProviderCall, ProviderDriver } from '../providers/contract.ts';
import type { Connection } from './connections.ts';
import type { DriverSet } from './drivers.ts';
import { isClusterScoped, keyOf, type ProviderObject, type ReconcileKey } from './keys.ts';
import { pauseOf } from './pause.ts';
import { NotLeaderError, type ReconcileDeps } from './ports.ts';
import { durationOf } from './values.ts';

/** A connection and what it takes to end it. */
export interface Live {
  readonly connection: Connection;
  /** Ends the connection once the calls under way are over. */
  close(): Promise<void>;
}

/** Makes the parts that a connection works with; main supplies them. */
export interface ConnectorParts {
  /** `ca`: PEM certificates to trust besides the public ones. */
  readonly createHttpClient: (options: { readonly ca?: string }) => HttpClient;
  /** Shared by all lanes of the connection. */
  readonly createLimiter: (type: string, limit: { readonly requestsPerSecond: number; readonly burst: number }) => RateLimiter;
  /** Told of every provider call. */
  readonly onCall: (type: string, call: ProviderCall) => void;
  /** Told of every credential, so that no log line can hold it. */
  readonly registerSecret: (value: string) => void;
}

/** Defaults of the provider spec, as its schema has them; used where an object was stored before they existed. */
const defaults = { intervalMs: 600_000, timeoutMs: 30_000, requestsPerSecond: 50, burst: 100 } as const;

/** Opens connections to providers as their objects say. */
export class Connector {
  readonly #deps: ReconcileDeps;
  readonly #drivers: DriverSet;
  readonly #parts: ConnectorParts;

  constructor(deps: ReconcileDeps, drivers: DriverSet, parts: ConnectorParts) {
    this.#deps = deps;
    this.#drivers = drivers;
    this.#parts = parts;
  }

  /** Connects with these credentials. Rejects when the object sets no block that this build knows. */
  async connect(object: ProviderObject, credentials: Credentials, _signal: AbortSignal): Promise<Live> {
    const block = this.#drivers.blockOf(object);
    if (block?.driver === undefined || block.account === undefined) throw new Error(`provider ${keyOf(object)} has no driver`);
    const { caSecretRef: ca, ...secrets } = credentials;
    for (const value of Object.values(secrets)) this.#parts.registerSecret(value);
    const limiter = this.#parts.createLimiter(block.type, {
      requestsPerSecond: object.spec.rateLimit?.requestsPerSecond ?? defaults.requestsPerSecond,
      burst: object.spec.rateLimit?.burst ?? defaults.burst,
    });
    const http = this.#parts.createHttpClient(ca === undefined ? {} : { ca });
    const { driver, settings, account } = block;
    const connection = await this.#open(object, { driver, settings, account }, credentials, this.#guarded(http, keyOf(object)), limiter);
    return {
      connection,
      close: async () => {
        await connection.provider[Symbol.asyncDispose]();
        await http.close();
      },
    };
  }

  /**
   * Asks before every single request that may write: a change can take several, and the process may have been stopped between two
   * of them for so long that another one leads, or somebody may have paused everything.
   */
  #guarded(http: HttpClient, key: ReconcileKey): HttpClient {
    const send = async (request: HttpRequest): ReturnType<HttpClient['send']> => {
      if (isWrite(request) && !this.#deps.mayWrite()) {
        const cause = new NotLeaderError();
        throw new HttpError('connect', cause.message, { cause });
      }
      const pause = isWrite(request) ? pauseOf(this.#deps, undefined, key) : undefined;
      if (pause !== undefined) throw new HttpError('connect', pause.message);
      return http.send(request);
    };
    return { send, close: () => http.close() };
  }

  async #open(
    object: ProviderObject,
    { driver, settings, account }: { readonly driver: ProviderDriver; readonly settings: unknown; readonly account: string },
    credentials: Credentials,
    http: HttpClient,
    limiter: RateLimiter,
  ): Promise<Connection> {
    const provider = await driver.connect(settings, credentials, {
      clock: this.#deps.clock,
      http,
      limiter,
      timeoutMs: durationOf(object.spec.timeout, defaults.timeoutMs),
      onCall: (call) => this.#parts.onCall(driver.type, call),
      ownIdentity: isClusterScoped(object),
    });
    return {
      key: keyOf(object),
      driver,
      account,
      provider,
      intervalMs: durationOf(object.spec.interval, defaults.intervalMs),
      limits: {
        ...(object.spec.grants === undefined ? {} : { grants: object.spec.grants }),
        ...(object.spec.guardrails === undefined ? {} : { guardrails: object.spec.guardrails }),
      },
      pausedForMs: () => limiter.pausedForMs(),
    };
  }
}
