import { ProviderError } from '../../model/index.ts';
import { type IssuedToken, issueToken, type OAuthClient, requestToken, type TokenDeps } from './token-request.ts';

/** A token is renewed this long before its end, or a tenth of its life where that is less, in milliseconds. */
const marginMs = 30_000;
/** How long a token is kept where the server doesn't say, in milliseconds. */
const unsaidLifetimeMs = 300_000;

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
  readonly #client: OAuthClient;
  readonly #deps: TokenDeps;
  #kept: Kept | undefined;
  #request: Request | undefined;
  /** The newest tokens, newest first: a server may still repeat one that was discarded. */
  #issued: readonly string[] = [];

  constructor(client: OAuthClient, deps: TokenDeps) {
    this.#client = client;
    this.#deps = deps;
  }

  /** Everything that must never be shown. */
  get secrets(): readonly string[] {
    const { clientID, clientSecret } = this.#client;
    return [`${clientID}:${clientSecret}`, clientSecret, clientID, ...this.#issued];
  }

  /** A token that is good for a while. Rejects with ProviderError, or with the signal's reason. */
  async get(signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    const kept = this.#kept;
    if (kept !== undefined && this.#deps.clock.monotonic() < kept.renewAtMs) return kept.value;
    return (await this.#waitFor(this.#request ?? this.#begin(), signal)).value;
  }

  /** Says that a token was refused; one that was issued since stays. */
  discard(token: string): void {
    if (this.#kept?.value === token) this.#kept = undefined;
  }

  /** Stops a request under way. */
  [Symbol.dispose](): void {
    this.#request?.stop.abort(ended('the connection to the provider was closed'));
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
    const startedAt = this.#deps.clock.monotonic();
    const { value, lifetimeMs = unsaidLifetimeMs }: IssuedToken = await requestToken(this.#client, this.#deps, this.secrets, signal);
    const kept: Kept = { value, renewAtMs: startedAt + lifetimeMs - Math.min(marginMs, lifetimeMs / 10) };
    this.#kept = kept;
    this.#issued = [value, ...this.#issued].slice(0, 3);
    return kept;
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
    request.stop.abort(ended('nobody waits for it any more'));
  }
}

function ended(why: string): ProviderError {
  return new ProviderError('transient', `Klustr ${issueToken} ended: ${why}`, { operation: issueToken });
}
