/**
 * Why a provider call failed, in the words the rest of the code decides by:
 * - `invalid`: the provider refused the input; the same input will be refused again.
 * - `unauthorized`: the credentials are wrong, expired or belong to another tenant.
 * - `forbidden`: good credentials without the right, or a protected object.
 * - `notFound`: the organization or role doesn't exist.
 * - `conflict`: the object exists already or changed meanwhile; read again.
 * - `inUse`: the role is still held or referenced and can't be deleted now.
 * - `rateLimited`: too many requests; the whole provider pauses.
 * - `transient`: timeout, cut connection, 5xx, an answer that isn't what the contract says.
 * - `unsupported`: the provider has no such operation.
 */
export type ProviderErrorKind =
  | 'invalid'
  | 'unauthorized'
  | 'forbidden'
  | 'notFound'
  | 'conflict'
  | 'inUse'
  | 'rateLimited'
  | 'transient'
  | 'unsupported';

/** What is known about a failed call besides its kind. */
export interface ProviderErrorDetails {
  /** The operation, in the words of the provider's API, for example `listOrganizationRoles`. */
  readonly operation: string;
  /** HTTP status; undefined when no answer came. */
  readonly status?: number;
  /** The provider's machine code. */
  readonly code?: string;
  /**
   * How long to wait at least before the next try, in milliseconds: what the provider asked for with `rateLimited` or a 503, or what is known
   * of a failure that doesn't pass by itself. Undefined: nothing is known.
   */
  readonly retryAfterMs?: number;
  /**
   * True when a write may have been carried out although the call failed (timeout or cut connection after sending, 5xx).
   * Such a write is remembered and repeated once.
   */
  readonly ambiguous?: boolean;
  /** What exactly doesn't exist, where the provider or the client can tell. */
  readonly missing?: 'organization' | 'role' | 'permission' | 'subject';
  /** Values the provider refused, for example unknown permissions. */
  readonly rejected?: readonly string[];
  /** How many hold the role, with `inUse`. */
  readonly holders?: number;
  /** The provider's id of this request, for its support. */
  readonly requestID?: string;
  readonly cause?: unknown;
}

/**
 * A failed provider call. The message is safe to show: it says what failed, where and why in one line, is cut to a
 * bounded length and never holds a credential, a header or a raw body.
 */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  readonly kind: ProviderErrorKind;
  readonly details: ProviderErrorDetails;

  constructor(kind: ProviderErrorKind, message: string, details: ProviderErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.kind = kind;
    this.details = details;
  }
}
