import type { Clock } from '../../lib/index.ts';
import { ProviderError, type ProviderErrorKind } from '../../model/index.ts';

/** A token as it was issued. */
export interface IssuedToken {
  readonly value: string;
  /** Undefined: the server doesn't say. */
  readonly lifetimeMs: number | undefined;
}

/** What tokens are got with. */
export interface TokenSourceOptions {
  readonly clock: Clock;
  /** The provider's name, for messages. */
  readonly provider: string;
  /** The operation that issues tokens, for errors. */
  readonly operation: string;
  /**
   * Asks for a token, once. Rejects with ProviderError, or with the signal's reason; a refusal that isn't about the credentials counts
   * as `transient`. `issued` are the tokens before it, which must be
   * kept out of every message.
   */
  readonly request: (issued: readonly string[], signal: AbortSignal) => Promise<IssuedToken>;
}

/** A token is renewed this long before its end, or a tenth of its life where that is less, in milliseconds. */
const marginMs = 30_000;
/** How long a token is kept where the server doesn't say, in milliseconds. */
const unsaidLifetimeMs = 300_000;

/** So many of the newest tokens are kept out of messages: a server that refuses one after another may repeat one from before all of them. */
const keptOut = 50;

interface Kept {
  readonly value: string;
  readonly renewAtMs: number;
}

interface Request {
  readonly token: Promise<Kept>;
  readonly stop: AbortController;
  waiting: number;
}

/**
 * The access token of one client: kept until shortly before its end. Callers at the same time share one request, which goes on as
 * long as one of them waits for it.
 */
export class TokenSource implements Disposable {
  readonly #options: TokenSourceOptions;
  #kept: Kept | undefined;
  #request: Request | undefined;
  /** The newest tokens, newest first: a server may still repeat one that was discarded. */
  #issued: readonly string[] = [];

  constructor(options: TokenSourceOptions) {
    this.#options = options;
  }

  /** The newest tokens, which must never be shown. */
  get issued(): readonly string[] {
    return this.#issued;
  }

  /** A token that is good for a while. Rejects with ProviderError, or with the signal's reason. */
  async get(signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    const kept = this.#kept;
    if (kept !== undefined && this.#options.clock.monotonic() < kept.renewAtMs) return kept.value;
    return this.renew(signal);
  }

  /** A token that is asked for now, whether or not one is kept. Rejects with ProviderError, or with the signal's reason. */
  async renew(signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    return (await this.#waitFor(this.#request ?? this.#begin(), signal)).value;
  }

  /** Says that a token was refused; one that was issued since stays. */
  discard(token: string): void {
    if (this.#kept?.value === token) this.#kept = undefined;
  }

  /**
   * Sends something with a token, and once more with a new one when the token was refused with 401: whoever is refused for the token
   * has done nothing, so a write may be sent again as well.
   */
  async use<T>(send: (token: string) => Promise<T>, signal: AbortSignal): Promise<T> {
    const token = await this.get(signal);
    try {
      return await send(token);
    } catch (error) {
      if (!refusesToken(error)) throw error;
      this.discard(token);
      return send(await this.get(signal));
    }
  }

  /** Stops a request under way. */
  [Symbol.dispose](): void {
    this.#request?.stop.abort(this.#ended('the connection to the provider was closed'));
  }

  #begin(): Request {
    const stop = new AbortController();
    const request: Request = { token: this.#issue(stop.signal), stop, waiting: 0 };
    this.#request = request;
    const end = (): void => {
      if (this.#request === request) this.#request = undefined;
    };
    request.token.then(end, end);
    return request;
  }

  async #issue(signal: AbortSignal): Promise<Kept> {
    // Counted from before the request, so that a slow answer can't make the token seem younger than it is.
    const startedAt = this.#options.clock.monotonic();
    const { value, lifetimeMs = unsaidLifetimeMs } = await this.#ask(signal);
    const kept: Kept = { value, renewAtMs: startedAt + lifetimeMs - Math.min(marginMs, lifetimeMs / 10) };
    this.#kept = kept;
    this.#issued = [value, ...this.#issued].slice(0, keptOut);
    return kept;
  }

  async #ask(signal: AbortSignal): Promise<IssuedToken> {
    try {
      return await this.#options.request(this.#issued, signal);
    } catch (error) {
      throw saysNothingOfRoles(error);
    }
  }

  async #waitFor(request: Request, signal: AbortSignal): Promise<Kept> {
    request.waiting += 1;
    const aborted = Promise.withResolvers<never>();
    const onAbort = (): void => aborted.reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await Promise.race([request.token, aborted.promise]);
    } finally {
      signal.removeEventListener('abort', onAbort);
      request.waiting -= 1;
      if (request.waiting === 0) this.#abandon(request);
    }
  }

  /** Nobody may join a request that is about to be stopped. */
  #abandon(request: Request): void {
    if (this.#request === request) this.#request = undefined;
    request.stop.abort(this.#ended('nobody waits for it any more'));
  }

  #ended(why: string): ProviderError {
    const { provider, operation } = this.#options;
    return new ProviderError('transient', `${provider} ${operation} ended: ${why}`, { operation });
  }
}

/** Kinds that blame the spec of a Role, or what it names. */
const blamingRoles: ReadonlySet<ProviderErrorKind> = new Set(['invalid', 'notFound', 'conflict', 'inUse', 'unsupported']);

/** No role takes part in a request for a token, so whatever such a request is refused for must not lead anybody to change a Role. */
function saysNothingOfRoles(error: unknown): unknown {
  if (!(error instanceof ProviderError) || !blamingRoles.has(error.kind)) return error;
  return new ProviderError('transient', error.message, { ...error.details, cause: error });
}

function refusesToken(error: unknown): boolean {
  return error instanceof ProviderError && error.kind === 'unauthorized' && error.details.status === 401;
}
