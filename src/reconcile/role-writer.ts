import { names, type Role } from '../api/index.ts';
import { resources } from '../kube/resources.ts';
import { KubeError, type ObjectIdentity } from '../kube/types.ts';
import { timestamp } from '../lib/index.ts';
import { sameJson } from '../plan/index.ts';
import { nextRoleStatus, type RoleFacts } from '../status/index.ts';
import { assertMayWrite, type ReconcileDeps } from './ports.ts';
import { toJson } from './values.ts';

/** What came of writing to a Role object. `gone`: it was deleted or replaced; `stale`: it changed, come back with the newer one. */
export type RoleWrite =
  | { readonly kind: 'written' | 'unchanged'; readonly role: Role }
  | { readonly kind: 'gone' }
  | { readonly kind: 'stale' };

/** The API server doesn't take what this version writes. */
export class OutdatedCrdError extends Error {
  override readonly name = 'OutdatedCrdError';

  constructor(cause: KubeError) {
    super(`${cause.message}. The installed CRDs seem to be of another version: kubectl apply --server-side -f crds/`, { cause });
  }
}

/** Writes what is ours of a Role object: the status, only when it differs, and our finalizer. Never the spec. */
export class RoleWriter {
  readonly #deps: ReconcileDeps;

  constructor(deps: ReconcileDeps) {
    this.#deps = deps;
  }

  /**
   * Brings the status to what the facts say. With `exact` the write is refused (`stale`) unless the object is still the version
   * that the facts were made from. Rejects with KubeError when the API server can't be reached.
   */
  async report(role: Role, facts: RoleFacts, options: { readonly exact?: boolean }, signal: AbortSignal): Promise<RoleWrite> {
    const status = nextRoleStatus(role, facts, timestamp(this.#deps.clock.now()));
    if (sameJson(toJson(status), toJson(role.status ?? {}))) return { kind: 'unchanged', role };
    const { namespace = '', name, uid = '', resourceVersion = '' } = role.metadata;
    const identity: ObjectIdentity = {
      namespace,
      name,
      uid,
      ...(options.exact === true ? { resourceVersion } : { lastSeenVersion: resourceVersion }),
    };
    return this.#write(() => this.#deps.api.applyStatus<Role>(resources.roles, identity, status, signal));
  }

  /** Adds or removes our finalizer; nothing is written when it is as wanted. */
  async setFinalizer(role: Role, wanted: boolean, signal: AbortSignal): Promise<RoleWrite> {
    const finalizers = role.metadata.finalizers ?? [];
    if (finalizers.includes(names.externalRoleFinalizer) === wanted) return { kind: 'unchanged', role };
    const next = wanted
      ? [...finalizers, names.externalRoleFinalizer]
      : finalizers.filter((entry) => entry !== names.externalRoleFinalizer);
    const { namespace = '', name, uid, resourceVersion } = role.metadata;
    const patch = { metadata: { uid, resourceVersion, finalizers: next } };
    return this.#write(() => this.#deps.api.mergePatch<Role>(resources.roles, { namespace, name }, patch, {}, signal));
  }

  async #write(send: () => Promise<Role>): Promise<RoleWrite> {
    assertMayWrite(this.#deps);
    try {
      const role = await send();
      this.#deps.stores.roles.observeOwnWrite(role);
      return { kind: 'written', role };
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      if (error.kind === 'notFound') return { kind: 'gone' };
      if (error.kind === 'conflict') return { kind: 'stale' };
      if (error.kind === 'invalid') throw new OutdatedCrdError(error);
      throw error;
    }
  }
}
