import type { Clock } from '../../lib/index.ts';
import { ProviderError } from '../../model/index.ts';
import { type IssuedToken, TokenSource } from '../http/index.ts';

/** How long a server that fails to issue tokens isn't asked for one again, in milliseconds. */
const basicForMs = 600_000;

/** Fit for a header. */
const tokenPattern = /^[\x21-\x7e]+$/;

/** Credentials of a service user. */
export interface ServiceUser {
  readonly clientID: string;
  readonly clientSecret: string;
}

/** What an Authorization works with. */
export interface AuthorizationParts {
  readonly user: ServiceUser;
  readonly clock: Clock;
  /** How long a token is kept that doesn't say how long it lives, in milliseconds. */
  readonly lifetimeMs: number;
  /** Asks for a token with these credentials in the `authorization` header. Rejects with ProviderError. */
  readonly issue: (basic: string, signal: AbortSignal) => Promise<string>;
}

/**
 * What calls are authorized with: an access token, since Frontier takes more than a second to check a secret; the secret itself for a
 * while where the server fails to issue tokens.
 */
export class Authorization implements Disposable {
  readonly #user: ServiceUser;
  readonly #clock: Clock;
  readonly #tokens: TokenSource;
  #basicUntilMs = Number.NEGATIVE_INFINITY;

  constructor({ user, clock, lifetimeMs, issue }: AuthorizationParts) {
    this.#user = user;
    this.#clock = clock;
    this.#tokens = new TokenSource({
      clock,
      provider: 'Frontier',
      operation: 'AuthToken',
      request: async (_issued, signal): Promise<IssuedToken> => {
        const value = await issue(this.#basic, signal);
        return { value, lifetimeMs: lifetimeOf(value, clock.now()) ?? lifetimeMs };
      },
    });
  }

  /** Everything that must never be shown. */
  get secrets(): readonly string[] {
    const { clientID, clientSecret } = this.#user;
    return [`${clientID}:${clientSecret}`, clientSecret, clientID, ...this.#tokens.issued];
  }

  /**
   * Sends something with the `authorization` header that it gets, and once more where a token was refused. Rejects with ProviderError,
   * or with the signal's reason.
   */
  async use<T>(send: (authorization: string) => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    if (this.#clock.monotonic() < this.#basicUntilMs) return send(this.#basic);
    try {
      return await this.#tokens.use((token) => send(`Bearer ${token}`), signal);
    } catch (error) {
      // Nothing was sent by then, or what was sent was refused for its token.
      if (!failsToIssue(error)) throw error;
      this.#basicUntilMs = this.#clock.monotonic() + basicForMs;
      return send(this.#basic);
    }
  }

  /** Stops a request for a token. */
  [Symbol.dispose](): void {
    this.#tokens[Symbol.dispose]();
  }

  get #basic(): string {
    const { clientID, clientSecret } = this.#user;
    return `Basic ${Buffer.from(`${clientID}:${clientSecret}`).toString('base64')}`;
  }
}

/** Whether a text can be sent as an access token. */
export function isToken(text: string): boolean {
  return tokenPattern.test(text);
}

/**
 * How long a JSON web token lives, in milliseconds: from its issue where it says when that was, so that clocks needn't agree, else from
 * `nowMs`. Undefined for any other token, and for one that would be over already.
 */
export function lifetimeOf(token: string, nowMs: number): number | undefined {
  const { exp, iat } = claimsOf(token);
  if (typeof exp !== 'number') return undefined;
  const lifetimeMs = typeof iat === 'number' ? (exp - iat) * 1000 : exp * 1000 - nowMs;
  return lifetimeMs > 0 ? lifetimeMs : undefined;
}

function claimsOf(token: string): { readonly exp?: unknown; readonly iat?: unknown } {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    return typeof claims === 'object' && claims !== null ? claims : {};
  } catch {
    return {};
  }
}

/** The account of the server's own administrator gets no token, and nobody does where the server has no key to sign one. */
function failsToIssue(error: unknown): boolean {
  if (!(error instanceof ProviderError)) return false;
  const { operation, status, code } = error.details;
  return operation === 'AuthToken' && status === 500 && code !== undefined;
}
