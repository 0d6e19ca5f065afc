import type { KubeObject } from '../api/index.ts';

/** A kind of Kubernetes resource as the API server addresses it. */
export interface ResourceType {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** Which object. `namespace` is undefined for cluster-scoped kinds. */
export interface ObjectName {
  readonly namespace?: string;
  readonly name: string;
}

/** Which object, at which state. `uid` guards against an object that was deleted and created again. */
export interface ObjectIdentity extends ObjectName {
  readonly uid: string;
  /** When given, the write is refused with `conflict` unless the object is still at this version. */
  readonly resourceVersion?: string;
  /** The version last seen, where any version will do: it is tried first and spares the read in most cases. */
  readonly lastSeenVersion?: string;
}

/** One page of a list. */
export interface ListPage<T extends KubeObject = KubeObject> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
  /** Token of the next page; undefined on the last. */
  readonly continue?: string;
}

/** One event of a watch. */
export type WatchEvent<T extends KubeObject = KubeObject> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string };

/**
 * Why a call to the API server failed:
 * - `notFound`: no such object, or no such kind (`missingKind`).
 * - `alreadyExists`, `conflict` (the object changed meanwhile or has another uid), `invalid` (validation refused it).
 * - `unauthorized`, `forbidden`.
 * - `gone`: the resourceVersion or continue token is too old; list again.
 * - `rateLimited`: 429, with `retryAfterMs` where said.
 * - `transient`: network, timeout, 5xx, an answer that can't be read.
 */
export type KubeErrorKind =
  | 'notFound'
  | 'alreadyExists'
  | 'conflict'
  | 'invalid'
  | 'unauthorized'
  | 'forbidden'
  | 'gone'
  | 'rateLimited'
  | 'transient';

/** A failed call to the API server. The message is one line, safe to show, without headers or raw bodies. */
export class KubeError extends Error {
  override readonly name = 'KubeError';
  readonly kind: KubeErrorKind;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
  /** True when the API server doesn't serve the kind at all: the CRD isn't installed. */
  readonly missingKind: boolean;

  constructor(
    kind: KubeErrorKind,
    message: string,
    details: { status?: number; retryAfterMs?: number; missingKind?: boolean; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.kind = kind;
    this.status = details.status;
    this.retryAfterMs = details.retryAfterMs;
    this.missingKind = details.missingKind ?? false;
  }
}

/**
 * A watch brought no byte, not even a bookmark, for as long as it may: the connection is dead or the server is quiet. Nothing
 * was missed that watching on from the last resourceVersion doesn't bring.
 */
export class WatchSilenceError extends KubeError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('transient', message, options);
  }
}

/**
 * The API server as rolekeeper uses it, over one shared pool of connections. Every call has a deadline, obeys its signal,
 * and rejects with KubeError (or the signal's reason). No call retries by itself, but for one repeat with a freshly read
 * token after 401.
 */
export interface KubeApi {
  /** One page. `namespace` undefined: all namespaces. `limit` 500 unless given. */
  list<T extends KubeObject>(
    resource: ResourceType,
    options: { namespace?: string; limit?: number; continue?: string; resourceVersion?: string; fieldSelector?: string },
    signal: AbortSignal,
  ): Promise<ListPage<T>>;

  /**
   * Events after `resourceVersion`, with bookmarks, until the server ends the stream (the iteration then ends without error).
   * An `ERROR` event is thrown as KubeError, a line that can't be read as `transient` with status 200. `silenceMs` without a byte
   * throws WatchSilenceError.
   */
  watch<T extends KubeObject>(
    resource: ResourceType,
    options: { namespace?: string; resourceVersion: string; timeoutSeconds: number; silenceMs: number },
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>>;

  /** One object, as it is now. */
  get<T extends KubeObject>(resource: ResourceType, name: ObjectName, signal: AbortSignal): Promise<T>;

  /** Creates the object and resolves with what the server made of it; `alreadyExists` when there is one of that name. */
  create<T extends KubeObject>(resource: ResourceType, object: T, signal: AbortSignal): Promise<T>;

  /** Replaces the object; `metadata.resourceVersion` makes it refuse a stale one. */
  update<T extends KubeObject>(resource: ResourceType, object: T, signal: AbortSignal): Promise<T>;

  /**
   * JSON merge patch of the object or of a subresource. To spare a successor of the same name put `metadata.resourceVersion` into
   * the patch, or `metadata.uid`, which the API server ignores for a subresource: `conflict` when it differs.
   */
  mergePatch<T extends KubeObject>(
    resource: ResourceType,
    name: ObjectName,
    patch: object,
    options: { subresource?: 'status' },
    signal: AbortSignal,
  ): Promise<T>;

  /**
   * Server-side apply of the whole status through the status subresource, as our field manager and with force: fields that are
   * left out and were ours are removed. Never creates an object. `conflict` when the object has another uid. The API server
   * checks only the resourceVersion of an applied status and ignores its uid, so without `resourceVersion` the object is read
   * first, unless `lastSeenVersion` is right.
   */
  applyStatus<T extends KubeObject>(resource: ResourceType, identity: ObjectIdentity, status: object, signal: AbortSignal): Promise<T>;

  /** Deletes the object, or marks it when it has finalizers. With `uid`, `conflict` for a successor of the same name. */
  delete(resource: ResourceType, name: ObjectName, options: { uid?: string }, signal: AbortSignal): Promise<void>;

  /** The server's version, for example `v1.37.2`: the cheapest proof that it answers. */
  serverVersion(signal: AbortSignal): Promise<string>;

  /** Cuts off what is under way and closes the connections; later calls reject. */
  close(): Promise<void>;
}
