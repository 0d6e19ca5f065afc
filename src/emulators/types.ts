import type { Clock, Random } from '../lib/index.ts';
import type { JsonValue } from '../model/index.ts';

/** A request as an emulated operation sees it. */
export interface EmulatedRequest {
  readonly method: string;
  /** As it was sent: without the query, still encoded. */
  readonly path: string;
  /** Values of the path's `{…}` places, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Header by lower-case name. */
  header(name: string): string | undefined;
  /** The JSON body; undefined where there is none. */
  readonly body: unknown;
  /** The body as it came. */
  readonly text: string;
}

/** An answer. */
export interface Reply {
  readonly status: number;
  /** Undefined: no body, unless there is `text`. */
  readonly body?: JsonValue;
  /** A body that isn't JSON; needs a `content-type` among the headers. */
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Thrown by an operation to answer with something else than a success. */
export class ReplyError extends Error {
  override readonly name = 'ReplyError';
  readonly reply: Reply;

  constructor(reply: Reply) {
    super(`answered ${reply.status}`);
    this.reply = reply;
  }
}

/** One operation of a contract. */
export interface EmulatedOperation {
  /** Its id in the contract. */
  readonly operationId: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path template with `{…}` places. */
  readonly path: string;
  /** Carried out in one go, so requests never interleave inside of an operation. */
  handle(request: EmulatedRequest): Reply;
  /** True: the operation reads `text` itself, so a body that isn't JSON reaches it. Default false: such a body is answered with 400. */
  readonly readsText?: boolean;
  /**
   * What a write belongs to, for finding writers that overlap, for example the organization. Reads have none. `text` is the
   * body as it came.
   */
  lane?(params: Readonly<Record<string, string>>, text: string): string | undefined;
  /** False: in the present state the path isn't there. Default: always there. */
  served?(): boolean;
}

/** Where the contract's lists keep their entries, so that faults can damage any list. */
export interface ListShape {
  /** The entries of an answer; undefined when it isn't a list. */
  entries(body: JsonValue): readonly JsonValue[] | undefined;
  /** The same answer with other entries, as the last page. */
  withEntries(body: JsonValue, entries: readonly JsonValue[]): JsonValue;
  /** Query parameters that say where a page begins. */
  readonly cursorParameters: readonly string[];
}

/** A rate limit of the contract: a token bucket that `requests` tokens flow into per window and that holds as many. */
export interface RateLimitRule {
  readonly requests: number;
  readonly windowMs: number;
  applies(operation: Pick<EmulatedOperation, 'method' | 'path'>): boolean;
}

/** One emulated provider: the operations of its contract over a state in memory. */
export interface EmulatedApi {
  readonly operations: readonly EmulatedOperation[];
  readonly limits: readonly RateLimitRule[];
  readonly lists: ListShape;
  /** Header that carries the id of a request. */
  readonly requestIDHeader: string;
  /** The answer to a request without good credentials; undefined lets it pass. */
  authenticate(request: EmulatedRequest): Reply | undefined;
  /** An answer in the form of the contract's errors. */
  failure(status: number, message: string): Reply;
  /** The answer to a path or method that no operation serves; `path` is still encoded. Default: `failure` with 404. */
  unserved?(method: string, path: string): Reply;
  /** How much longer than others a request takes, in milliseconds, on top of the emulator's latency. Default 0. */
  delayMs?(request: Pick<EmulatedRequest, 'header'>): number;
  /** Replaces the whole state. Throws SeedError. */
  load(seed: unknown): void;
  /** The whole state in the form of a seed. */
  dump(): JsonValue;
  /** Changes the state as somebody else would, past the API. Throws SeedError for an unknown action or bad arguments. */
  act(action: string, args: unknown): void;
}

/** What an emulated API works with. */
export interface EmulatedApiParts {
  readonly clock: Clock;
}

/** An emulator that can be started. */
export interface EmulatorDefinition {
  /** The provider's name. */
  readonly name: string;
  /** One line for a list of emulators. */
  readonly description: string;
  readonly defaultPort: number;
  /** What it holds when no seed is given. */
  readonly defaultSeed: JsonValue;
  /** An API with an empty state; it is loaded before it serves. */
  create(parts: EmulatedApiParts): EmulatedApi;
}

/** One request and its answer as they went over the wire. */
export interface ExchangeRecord {
  /** Undefined: the path isn't in the contract. */
  readonly operationId: string | undefined;
  readonly request: {
    readonly method: string;
    /** Without the query, still encoded. */
    readonly path: string;
    readonly query: URLSearchParams;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  };
  /** Undefined: no complete answer was sent. */
  readonly response: { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string } | undefined;
  /** True when a fault has changed the answer, so it need not fit the contract. */
  readonly tampered: boolean;
}

/** How an emulator is started. */
export interface EmulatorOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default: the emulator's own; 0 takes any free one. */
  readonly port?: number;
  /** The state to begin with, as an object; see `parseSeed` for files. Default: a small example. */
  readonly seed?: unknown;
  /**
   * `contract`: the limits that the provider documents (default); `off`; or a factor on them, for example 0.01 to run into
   * them soon.
   */
  readonly rateLimit?: 'contract' | 'off' | number;
  /** How long every answer takes, in milliseconds: fixed, or evenly spread between two values. Default 0. */
  readonly latencyMs?: number | readonly [min: number, max: number];
  /** Requests kept in the journal; the oldest go first. Default 100,000. */
  readonly journalSize?: number;
  /** Told of every exchange with the API, not of control requests. */
  readonly onExchange?: (exchange: ExchangeRecord) => void;
  readonly clock?: Clock;
  readonly random?: Random;
}
