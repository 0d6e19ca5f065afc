import type { KubeObject } from '../api/index.ts';
import type { Store } from '../cache/types.ts';
import { KubeError, type ObjectIdentity, type ResourceType } from '../kube/types.ts';
import { timestamp } from '../lib/index.ts';
import { sameJson } from '../plan/index.ts';
import { assertMayWrite, type ReconcileDeps } from './ports.ts';
import { toJson } from './values.ts';

/** What came of writing to an object. `gone`: it was deleted or replaced; `stale`: it changed, come back with the newer one. */
export type ObjectWrite<T> =
  | { readonly kind: 'written' | 'unchanged'; readonly object: T }
  | { readonly kind: 'gone' }
  | { readonly kind: 'stale' };

/** The API server doesn't take what this version writes. */
export class OutdatedCrdError extends Error {
  override readonly name = 'OutdatedCrdError';

  constructor(cause: KubeError) {
    super(`${cause.message}. The installed CRDs seem to be of another version: kubectl apply --server-side -f crds/`, { cause });
  }
}

/** One kind of object, and how what happened to it becomes its status. */
export interface WrittenKind<T extends KubeObject, Facts> {
  readonly resource: ResourceType;
  readonly store: Store<T>;
  readonly finalizer: string;
  /** `now` is an RFC 3339 time. */
  readonly nextStatus: (object: T, facts: Facts, now: string) => object;
}

/** Writes what is ours of an object: the status, only when it differs, and our finalizer. Never the spec. */
export class ObjectWriter<T extends KubeObject & { readonly status?: object }, Facts> {
  readonly #deps: ReconcileDeps;
  readonly #kind: WrittenKind<T, Facts>;

  constructor(deps: ReconcileDeps, kind: WrittenKind<T, Facts>) {
    this.#deps = deps;
    this.#kind = kind;
  }

  /**
   * Brings the status to what the facts say. With `exact` the write is refused (`stale`) unless the object is still the version
   * that the facts were made from. Rejects with KubeError when the API server can't be reached.
   */
  report(object: T, facts: Facts, options: { readonly exact?: boolean }, signal: AbortSignal): Promise<ObjectWrite<T>> {
    return this.setStatus(object, this.#kind.nextStatus(object, facts, timestamp(this.#deps.clock.now())), options, signal);
  }

  /** The same with a status that is complete already. */
  async setStatus(object: T, status: object, options: { readonly exact?: boolean }, signal: AbortSignal): Promise<ObjectWrite<T>> {
    if (sameJson(toJson(status), toJson(object.status ?? {}))) return { kind: 'unchanged', object };
    const { namespace = '', name, uid = '', resourceVersion = '' } = object.metadata;
    const identity: ObjectIdentity = {
      namespace,
      name,
      uid,
      ...(options.exact === true ? { resourceVersion } : { lastSeenVersion: resourceVersion }),
    };
    return this.#write(() => this.#deps.api.applyStatus<T>(this.#kind.resource, identity, status, signal));
  }

  /** Adds or removes our finalizer; nothing is written when it is as wanted. */
  async setFinalizer(object: T, wanted: boolean, signal: AbortSignal): Promise<ObjectWrite<T>> {
    const { finalizer, resource } = this.#kind;
    const finalizers = object.metadata.finalizers ?? [];
    if (finalizers.includes(finalizer) === wanted) return { kind: 'unchanged', object };
    const next = wanted ? [...finalizers, finalizer] : finalizers.filter((entry) => entry !== finalizer);
    const { namespace = '', name, uid, resourceVersion } = object.metadata;
    const patch = { metadata: { uid, resourceVersion, finalizers: next } };
    return this.#write(() => this.#deps.api.mergePatch<T>(resource, { namespace, name }, patch, {}, signal));
  }

  async #write(send: () => Promise<T>): Promise<ObjectWrite<T>> {
    assertMayWrite(this.#deps);
    try {
      const object = await send();
      this.#kind.store.observeOwnWrite(object);
      return { kind: 'written', object };
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      if (error.kind === 'notFound') return { kind: 'gone' };
      if (error.kind === 'conflict') return { kind: 'stale' };
      if (error.kind === 'invalid') throw new OutdatedCrdError(error);
      throw error;
    }
  }
}
