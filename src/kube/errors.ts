import { oneLine } from './one-line.ts';
import { KubeError, type KubeErrorKind } from './types.ts';

/** The parts of `metav1.Status` that are used. */
export interface StatusAnswer {
  readonly reason?: string;
  readonly message?: string;
  readonly code?: number;
  readonly details?: {
    readonly name?: string;
    readonly retryAfterSeconds?: number;
    readonly causes?: readonly { readonly field?: string }[];
  };
}

/** An answer of the API server that isn't a success. */
export interface FailedAnswer {
  readonly status: number;
  /** Value of the `Retry-After` header. */
  readonly retryAfter: string | undefined;
  readonly body: string;
}

/**
 * Turns a failed answer into a KubeError. `what` says what was tried, for example `list orgroles`. `onCollection` says that the
 * call spoke of a kind as a whole: the API server never answers those with 404 unless it doesn't serve the kind.
 */
export function errorFromAnswer(what: string, answer: FailedAnswer, onCollection: boolean, nowMs: number): KubeError {
  const status = parseStatus(answer.body);
  const retryAfterMs = parseRetryAfter(answer.retryAfter, nowMs) ?? secondsToMs(status?.details?.retryAfterSeconds);
  return build(what, answer.status, status, retryAfterMs, onCollection);
}

/** Turns the `Status` of an `ERROR` event of a watch into a KubeError. */
export function errorFromWatchStatus(what: string, status: StatusAnswer): KubeError {
  return build(what, status.code ?? 500, status, secondsToMs(status.details?.retryAfterSeconds), true);
}

/** Milliseconds that a `Retry-After` header asks for: seconds or an HTTP date. Undefined when it says neither. */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  const text = value.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  // Date.parse accepts far more than HTTP dates, "-5" for one; those all have a comma and a zone.
  const date = /^[A-Za-z]+, .*GMT$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

function build(
  what: string,
  code: number,
  status: StatusAnswer | undefined,
  retryAfterMs: number | undefined,
  onCollection: boolean,
): KubeError {
  const kind = kindOf(code, status);
  const missingKind = code === 404 && (onCollection || status?.details?.name === undefined);
  const explanation = messageOf(status) === '' ? undefined : oneLine(messageOf(status));
  const named = missingKind ? "the API server doesn't serve this kind" : explanation;
  return new KubeError(kind, `Cannot ${what}: ${code}${named === undefined ? '' : ` ${named}`}`, {
    status: code,
    missingKind,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** Whatever stands there, it must not hide the code. */
function messageOf(status: StatusAnswer | undefined): string {
  return typeof status?.message === 'string' ? status.message : '';
}

function blames(status: StatusAnswer | undefined, field: string): boolean {
  const causes: unknown = status?.details?.causes;
  return Array.isArray(causes) && causes.some((cause) => cause?.field === field);
}

const kindsByCode: Readonly<Record<number, KubeErrorKind>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'notFound',
  408: 'transient',
  409: 'conflict',
  410: 'gone',
  429: 'rateLimited',
};

function kindOf(code: number, status: StatusAnswer | undefined): KubeErrorKind {
  const reason = status?.reason;
  if (code === 409 && reason === 'AlreadyExists') return 'alreadyExists';
  // An expired resourceVersion is told as 410 almost everywhere, but the reason is what is promised.
  if (reason === 'Expired' || reason === 'Gone') return 'gone';
  // A write that names a uid and meets a successor: told as a change of an immutable field.
  if (code === 422 && blames(status, 'metadata.uid')) return 'conflict';
  // What is applied doesn't fit the schema: our mistake, or a CRD that is older than we are. Told as a fault of the server.
  if (code === 500 && messageOf(status).startsWith('failed to create typed patch object')) return 'invalid';
  const known = kindsByCode[code];
  if (known !== undefined) return known;
  return code >= 400 && code < 500 ? 'invalid' : 'transient';
}

function parseStatus(body: string): StatusAnswer | undefined {
  if (!body.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(body);
    return isStatus(value) ? value : undefined;
  } catch {
    // A proxy's or load balancer's page; its status code says enough.
    return undefined;
  }
}

/** Whether a value is a `Status` object. */
export function isStatus(value: unknown): value is StatusAnswer {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'Status';
}

function secondsToMs(seconds: number | undefined): number | undefined {
  return seconds === undefined || !(seconds > 0) ? undefined : seconds * 1000;
}

const networkReasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  ENOTFOUND: 'host name not found',
  EAI_AGAIN: 'host name lookup failed',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  ETIMEDOUT: 'connection timed out',
  EPIPE: 'connection closed',
  UND_ERR_SOCKET: 'connection closed',
  UND_ERR_CONNECT_TIMEOUT: 'connection timed out',
  UND_ERR_CLOSED: 'client closed',
  UND_ERR_DESTROYED: 'client closed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by an unknown authority',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by an unknown authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is signed by an unknown authority',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};

/** Says in a few words why there is no answer. */
export function describeNetworkError(error: unknown): string {
  for (let current: unknown = error, depth = 0; current instanceof Error && depth < 5; current = innerError(current), depth++) {
    const reason = 'code' in current && typeof current.code === 'string' ? networkReasons[current.code] : undefined;
    if (reason !== undefined) return reason;
  }
  return error instanceof Error && error.message !== '' ? oneLine(error.message, 200) : 'connection failed';
}

/** Node tries all addresses of a host and reports them as one AggregateError. */
function innerError(error: Error): unknown {
  return error instanceof AggregateError ? error.errors[0] : error.cause;
}
