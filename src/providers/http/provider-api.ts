import { HttpError, type HttpRequest, type HttpResponse, isWrite } from '../../lib/index.ts';
import { ProviderError, type ProviderErrorDetails, type ProviderErrorKind } from '../../model/index.ts';
import type { ConnectDeps } from '../contract.ts';
import { cleanText } from './clean-text.ts';
import { retryAfterMs } from './retry-after.ts';
import { ShapeError } from './shape.ts';
import { type FailedAnswer, type Failure, leavesOpen, ruleFor, type StatusRule, suspectsAddress } from './status-rules.ts';
import { callURL, type Query } from './urls.ts';

/** What is the same for all calls of one connection. */
export interface ProviderApiOptions {
  /** The provider's name, for messages. */
  readonly provider: string;
  /** Canonical: without a slash at the end. */
  readonly baseURL: string;
  readonly deps: ConnectDeps;
  /**
   * Headers that authenticate a call. Asked right before every call is sent, after any wait for the limiter, so that a signature is
   * fresh. Rejects with ProviderError, or with the signal's reason.
   */
  readonly authorize: (signal: AbortSignal) => Promise<Readonly<Record<string, string>>>;
  /** Every value that must never be shown: keys and the tokens got with them. */
  readonly secrets: () => readonly string[];
  /** The provider's own table of statuses. */
  readonly rules: readonly StatusRule[];
  /** Reads the API's error body; undefined when the body isn't one. Must not throw. */
  readonly readFailure: (body: unknown) => Failure | undefined;
  /** Answer header with the provider's id of a request. Default `x-request-id`. */
  readonly requestIDHeader?: string;
}

/** One call. */
export interface ApiCall<T> {
  /** The operation's id in the provider's contract. */
  readonly operation: string;
  readonly method: HttpRequest['method'];
  /** Encoded, begins with `/`; see fillPath. */
  readonly path: string;
  readonly query?: Query;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** What the call is about, for messages, for example `role org-editor of organization org_1`. */
  readonly subject: string;
  /** What doesn't exist when the answer is 404. */
  readonly missing?: ProviderErrorDetails['missing'];
  /**
   * Whether the call changes something: only the leader sends it, and a lost answer leaves it open. Default: every method but GET does.
   */
  readonly writes?: boolean;
  /**
   * Reads the JSON of a success; throws ShapeError when it isn't what the contract says. Undefined: a success has no body
   * that matters.
   */
  readonly read?: (body: unknown) => T;
  /** True: a success may come without a body, which `read` then gets as undefined. One that comes must be JSON all the same. */
  readonly mayBeEmpty?: boolean;
}

/** The pause after a 429 that doesn't say how long to wait, in milliseconds. */
const defaultPauseMs = 5_000;
/** The least pause after a 429: a server that asks for none would be asked again at once. */
const shortestPauseMs = 1_000;
/** No API nests as deep; what is nested much deeper would exhaust the stack of whoever walks through it. */
const deepestLevel = 100;

/**
 * Sends calls to one provider account, one request per call: it never repeats one. Rejects with ProviderError, or with the
 * signal's reason when it aborted.
 */
export class ProviderApi {
  readonly #options: ProviderApiOptions;

  constructor(options: ProviderApiOptions) {
    this.#options = options;
  }

  /** Waits for the limiter, sends the call once and reads its answer. */
  async call<T>(call: ApiCall<T>, signal: AbortSignal): Promise<T> {
    const { deps } = this.#options;
    const waitedMs = await deps.limiter.acquire(signal);
    const authorization = await this.#options.authorize(signal);
    const startedAt = deps.clock.monotonic();
    const report = (code: string): void => {
      deps.onCall({ operation: call.operation, code, durationMs: deps.clock.monotonic() - startedAt, waitedMs });
    };
    const response = await this.#send(call, authorization, signal, report);
    if (response.status < 200 || response.status > 299) {
      report(String(response.status));
      throw this.#refused(call, response);
    }
    try {
      const value = answerOf(call, response);
      report(String(response.status));
      return value;
    } catch (error) {
      report('invalid_answer');
      throw this.#misshapen(call, response, error);
    }
  }

  async #send<T>(
    call: ApiCall<T>,
    authorization: Readonly<Record<string, string>>,
    signal: AbortSignal,
    report: (code: string) => void,
  ): Promise<HttpResponse> {
    const { deps, baseURL } = this.#options;
    try {
      return await deps.http.send({
        method: call.method,
        url: callURL(baseURL, call.path, call.query),
        headers: {
          accept: 'application/json',
          'user-agent': 'rolekeeper',
          ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...call.headers,
          ...authorization,
        },
        ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
        timeoutMs: deps.timeoutMs,
        signal,
        writes: isWrite(call),
      });
    } catch (error) {
      if (signal.aborted && !(error instanceof HttpError)) {
        report('aborted');
        throw error;
      }
      report(error instanceof HttpError && error.reason === 'timeout' ? 'timeout' : 'network');
      throw this.#unanswered(call, error);
    }
  }

  #unanswered<T>(call: ApiCall<T>, error: unknown): ProviderError {
    const sent = !(error instanceof HttpError && error.reason === 'connect');
    const text = error instanceof Error ? error.message : String(error);
    return this.#error(call, 'transient', text, { ambiguous: sent && isWrite(call), cause: error });
  }

  #misshapen<T>(call: ApiCall<T>, response: HttpResponse, error: unknown): ProviderError {
    if (!(error instanceof ShapeError)) throw error;
    return this.#error(call, 'transient', `the answer (status ${response.status}) isn't what the API promises: ${error.message}`, {
      status: response.status,
      ...this.#requestID(response),
      ambiguous: isWrite(call),
      cause: error,
    });
  }

  #refused<T>(call: ApiCall<T>, response: HttpResponse): ProviderError {
    const { readFailure, rules, deps } = this.#options;
    const { status } = response;
    const body = tryParseJSON(response);
    const answer: FailedAnswer = { operation: call.operation, status, failure: readFailure(body), body };
    const rule = ruleFor(answer, rules);
    const waitMs = retryAfterMs(response.header('retry-after'), deps.clock.now());
    if (rule.kind === 'rateLimited') deps.limiter.pause(Math.max(shortestPauseMs, waitMs ?? defaultPauseMs));
    const mayAskForWait = rule.kind === 'rateLimited' || status === 503;
    const retryMs = (mayAskForWait ? waitMs : undefined) ?? rule.retryAfterMs;
    const missing = rule.missing ?? (rule.kind === 'notFound' ? call.missing : undefined);
    return this.#error(call, rule.kind, this.#why(answer), {
      status,
      ...this.#codeOf(answer),
      ...(retryMs === undefined ? {} : { retryAfterMs: retryMs }),
      ...(missing === undefined ? {} : { missing }),
      ...(answer.failure?.rejected === undefined ? {} : { rejected: this.#cleanAll(answer.failure.rejected) }),
      ...this.#requestID(response),
      ambiguous: isWrite(call) && leavesOpen(status) && rule.untouched !== true,
    });
  }

  /** The status and the API's own words; of an answer that isn't the API's nothing is shown, it may be any page. */
  #why(answer: FailedAnswer): string {
    const { status, failure } = answer;
    if (status >= 300 && status <= 399) return `status ${status} is a redirect, and redirects are not followed: check the base URL`;
    if (failure === undefined) {
      return `status ${status} with a body that isn't an error of the API${suspectsAddress(status) ? ': check the base URL' : ''}`;
    }
    const words = [failure.code, failure.message].filter((word) => word !== undefined && word !== '');
    return words.length === 0 ? `status ${status}` : `status ${status}: ${withoutStops(words.join(': '))}`;
  }

  #error<T>(
    call: ApiCall<T>,
    kind: ProviderErrorKind,
    why: string,
    details: Omit<ProviderErrorDetails, 'operation' | 'ambiguous'> & { readonly ambiguous: boolean },
  ): ProviderError {
    const { ambiguous, ...rest } = details;
    const message = `${this.#options.provider} ${call.operation}, ${call.subject}: ${this.#clean(why, 400)}`;
    return new ProviderError(kind, message, {
      operation: call.operation,
      ...rest,
      ...(ambiguous ? { ambiguous } : {}),
    });
  }

  #codeOf(answer: FailedAnswer): { readonly code?: string } {
    const code = answer.failure?.code;
    return code === undefined || code === '' ? {} : { code: this.#clean(code, 64) };
  }

  #requestID(response: HttpResponse): { readonly requestID?: string } {
    const value = response.header(this.#options.requestIDHeader ?? 'x-request-id');
    return value === undefined || value === '' ? {} : { requestID: this.#clean(value, 128) };
  }

  #cleanAll(texts: readonly string[]): readonly string[] {
    return texts.map((text) => this.#clean(text, 128));
  }

  #clean(text: string, maxLength: number): string {
    return cleanText(text, { secrets: this.#options.secrets(), maxLength });
  }
}

/** What a success says. Throws ShapeError. */
function answerOf<T>({ read, mayBeEmpty }: ApiCall<T>, response: HttpResponse): T {
  if (read === undefined) {
    // A sign-in page or a proxy's answer of its own comes with 200 as well, and nothing was done.
    if (isPage(response)) throw notJSON();
    return undefined as T;
  }
  return read(mayBeEmpty === true && response.body === '' ? undefined : parseJSON(response));
}

/** The API's words without the full stops of sentences that go on here: after them come others, or the stop of the whole message. */
function withoutStops(text: string): string {
  return text.replaceAll(/(?<!\.)\.(?=;|$)/g, '');
}

function notJSON(): ShapeError {
  return new ShapeError('the body is not JSON; check the base URL');
}

function isPage({ body, header }: HttpResponse): boolean {
  return body !== '' && /^text\/html\b/i.test(header('content-type') ?? '');
}

function isJSON(response: HttpResponse): boolean {
  return /^application\/(?:[\w.+-]*\+)?json\s*(?:;|$)/i.test(response.header('content-type') ?? '');
}

function parseJSON(response: HttpResponse): unknown {
  if (response.body === '') throw new ShapeError('the body is empty');
  if (!isJSON(response)) throw notJSON();
  const body = parsed(response.body);
  if (nestsDeeper(body, deepestLevel)) throw new ShapeError(`the body is nested deeper than ${deepestLevel} levels`);
  return body;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the body, which may be anything.
    throw new ShapeError('the body is not valid JSON');
  }
}

function nestsDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => nestsDeeper(inner, levels - 1));
}

function tryParseJSON(response: HttpResponse): unknown {
  try {
    return parseJSON(response);
  } catch {
    return undefined;
  }
}
