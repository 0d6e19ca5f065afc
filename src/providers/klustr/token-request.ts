import {
  allowInsecureRequests,
  ClientSecretBasic,
  clientCredentialsGrantRequest,
  customFetch,
  processClientCredentialsResponse,
} from 'oauth4webapi';
import { HttpError, type HttpResponse } from '../../lib/index.ts';
import { ProviderError, type ProviderErrorKind } from '../../model/index.ts';
import type { ConnectDeps } from '../contract.ts';
import { cleanText, type Failure, type IssuedToken, retryAfterMs, ruleFor, type StatusRule, suspectsAddress } from '../http/index.ts';

/** Name of the token request in metrics and errors: the contract of the API has none for it. */
export const issueToken = 'issueToken';

/** A client of the authorization server. */
export interface OAuthClient {
  /** Absolute; https unless the settings allow otherwise. */
  readonly tokenURL: string;
  readonly clientID: string;
  readonly clientSecret: string;
}

/** What is used of a connection. */
export type TokenDeps = Pick<ConnectDeps, 'clock' | 'http' | 'limiter' | 'timeoutMs' | 'onCall'>;

/** Codes by which the authorization server says that it is the client that it doesn't accept. */
const clientRefused: ReadonlySet<string> = new Set(['invalid_client', 'unauthorized_client', 'access_denied']);

const rules: readonly StatusRule[] = [{ status: 400, kind: 'unauthorized', when: ({ failure }) => clientRefused.has(failure?.code ?? '') }];

/** How long a 429 pauses the provider at least, and where it doesn't say how long, in milliseconds. */
const pauseMs = { least: 1_000, unsaid: 5_000 } as const;

/** Fit for a header. */
const tokenPattern = /^[\x21-\x7e]+$/;

/**
 * Asks for a token with the client's credentials, once. Rejects with ProviderError, never `ambiguous` since no role hangs on it,
 * or with the signal's reason. `secrets` are kept out of every message.
 */
export async function requestToken(
  client: OAuthClient,
  deps: TokenDeps,
  secrets: readonly string[],
  signal: AbortSignal,
): Promise<IssuedToken> {
  const request = new TokenRequest(client, deps, secrets, signal);
  const waitedMs = await deps.limiter.acquire(signal);
  const startedAt = deps.clock.monotonic();
  try {
    return await request.run();
  } finally {
    deps.onCall({ operation: issueToken, code: request.code, durationMs: deps.clock.monotonic() - startedAt, waitedMs });
  }
}

/** One request for a token. */
class TokenRequest {
  readonly #client: OAuthClient;
  readonly #deps: TokenDeps;
  readonly #secrets: readonly string[];
  readonly #signal: AbortSignal;
  #response: HttpResponse | undefined;
  /** How it ended, for metrics. */
  code = 'network';

  constructor(client: OAuthClient, deps: TokenDeps, secrets: readonly string[], signal: AbortSignal) {
    this.#client = client;
    this.#deps = deps;
    this.#secrets = secrets;
    this.#signal = signal;
  }

  async run(): Promise<IssuedToken> {
    const { tokenURL, clientID, clientSecret } = this.#client;
    const server = { issuer: new URL(tokenURL).origin, token_endpoint: tokenURL };
    const client = { client_id: clientID };
    try {
      // Assumed: the client is registered for Basic, the default of the server. ClientSecretPost would be the other way.
      const response = await clientCredentialsGrantRequest(server, client, ClientSecretBasic(clientSecret), new URLSearchParams(), {
        [customFetch]: (url, { headers, body }) => this.#fetch(url, headers, String(body)),
        // Whether http:// may be used was decided when the connection was opened.
        [allowInsecureRequests]: tokenURL.startsWith('http:'),
      });
      const {
        access_token: value,
        token_type: type,
        expires_in: seconds,
      } = await processClientCredentialsResponse(server, client, response);
      if (type !== 'bearer' || !tokenPattern.test(value)) throw new Error('it is not a bearer token that a header can carry');
      this.code = '200';
      return { value, lifetimeMs: seconds === undefined ? undefined : seconds * 1000 };
    } catch (error) {
      throw this.#failure(error);
    }
  }

  async #fetch(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<Response> {
    const { http, timeoutMs } = this.#deps;
    const answer = await http.send({
      method: 'POST',
      url,
      headers: { ...headers, 'user-agent': 'rolekeeper' },
      body,
      timeoutMs,
      signal: this.#signal,
    });
    this.#response = answer;
    const contentType = answer.header('content-type');
    return new Response(answer.body === '' ? null : answer.body, {
      // The library only asks whether it is 200; some statuses can't be put into a Response.
      status: answer.status >= 200 && answer.status <= 599 ? answer.status : 500,
      headers: contentType === undefined ? {} : { 'content-type': contentType },
    });
  }

  #failure(error: unknown): unknown {
    const response = this.#response;
    if (response === undefined) return this.#unanswered(error);
    // The library's errors hold the answer, and so maybe a token: only their words go on.
    if (response.status === 200) {
      this.code = 'invalid_answer';
      const words = error instanceof Error ? error.message : String(error);
      return this.#error('transient', `the answer (status 200) isn't what OAuth2 promises: ${words}; check the token URL`, { status: 200 });
    }
    this.code = String(response.status);
    return this.#refused(response);
  }

  #unanswered(error: unknown): unknown {
    if (this.#signal.aborted && !(error instanceof HttpError)) {
      this.code = 'aborted';
      return this.#signal.reason;
    }
    if (error instanceof HttpError && error.reason === 'timeout') this.code = 'timeout';
    return this.#error('transient', error instanceof Error ? error.message : String(error), { cause: error });
  }

  #refused(response: HttpResponse): ProviderError {
    const { status } = response;
    const failure = failureOf(response.body);
    const { kind } = ruleFor({ operation: issueToken, status, failure, body: undefined }, rules);
    const waitMs = retryAfterMs(response.header('retry-after'), this.#deps.clock.now());
    if (kind === 'rateLimited') this.#deps.limiter.pause(Math.max(pauseMs.least, waitMs ?? pauseMs.unsaid));
    return this.#error(kind, whyRefused(status, failure), {
      status,
      ...(failure?.code === undefined ? {} : { code: this.#clean(failure.code, 64) }),
      ...(kind === 'rateLimited' && waitMs !== undefined ? { retryAfterMs: waitMs } : {}),
    });
  }

  #error(kind: ProviderErrorKind, why: string, details: Omit<ProviderError['details'], 'operation'>): ProviderError {
    const place = new URL(this.#client.tokenURL).origin;
    return new ProviderError(kind, `Klustr ${issueToken}, OAuth2 client at ${place}: ${this.#clean(why, 400)}`, {
      operation: issueToken,
      ...details,
    });
  }

  #clean(text: string, maxLength: number): string {
    return cleanText(text, { secrets: this.#secrets, maxLength });
  }
}

/** The status and the server's own words; of an answer that isn't in the form of OAuth2 nothing is shown, it may be any page. */
function whyRefused(status: number, failure: Failure | undefined): string {
  if (status >= 300 && status <= 399) return `status ${status} is a redirect, and redirects are not followed: check the token URL`;
  if (failure === undefined) {
    return `status ${status} with a body that isn't an error of OAuth2${suspectsAddress(status) ? ': check the token URL' : ''}`;
  }
  return [`status ${status}`, failure.code, failure.message].filter((word) => word !== undefined).join(': ');
}

/** The error body of OAuth2; undefined when it isn't one. */
function failureOf(body: string): Failure | undefined {
  try {
    const { error, error_description: message } = JSON.parse(body) as { readonly error?: unknown; readonly error_description?: unknown };
    return typeof error === 'string' ? { code: error, ...(typeof message === 'string' ? { message } : {}) } : undefined;
  } catch {
    return undefined;
  }
}
