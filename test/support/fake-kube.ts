import type { KubeObject, Role, RoleProvider } from '../../src/api/index.ts';
import { ObjectStore } from '../../src/cache/index.ts';
import { type KubeApi, KubeError, type ObjectIdentity, type ObjectName, type ResourceType } from '../../src/kube/index.ts';
import { roleIndexers, type Stores } from '../../src/reconcile/index.ts';

/** One write to the API server. */
export interface FakeWrite {
  readonly verb: 'applyStatus' | 'mergePatch' | 'delete';
  readonly name: string;
}

/**
 * An API server in memory, as far as reconcilers use one: objects with uid, generation, resourceVersion and finalizers, and a store
 * that hears of every change at once.
 */
export class FakeKube {
  readonly writes: FakeWrite[] = [];
  readonly stores: Stores;
  readonly api: KubeApi;
  /** The CRDs are being deleted. */
  uninstalling = false;
  /** Thrown by the next write. */
  failNext: Error | undefined;
  readonly #stores: Record<string, ObjectStore<KubeObject>>;
  #version = 0;

  constructor() {
    const roles = new ObjectStore<Role>({ indexes: roleIndexers });
    const others = {
      orgrolebindings: new ObjectStore(),
      roleproviders: new ObjectStore(),
      clusterroleproviders: new ObjectStore(),
      namespaces: new ObjectStore(),
      secrets: new ObjectStore(),
    };
    this.#stores = { orgroles: roles as unknown as ObjectStore<KubeObject>, ...others };
    for (const store of Object.values(this.#stores)) store.replace([]);
    this.stores = {
      roles,
      roleBindings: others.orgrolebindings,
      roleProviders: others.roleproviders,
      clusterRoleProviders: others.clusterroleproviders,
      namespaces: others.namespaces,
    } as unknown as Stores;
    this.api = {
      get: async (resource: ResourceType, name: ObjectName) =>
        resource.plural === 'customresourcedefinitions' ? this.#definition(name.name) : this.#find(resource, name),
      mergePatch: async (resource: ResourceType, name: ObjectName, patch: { metadata?: Record<string, unknown> }) => {
        const object = this.#find(resource, name);
        const { resourceVersion, uid, ...metadata } = patch.metadata ?? {};
        this.#check(object, { uid, resourceVersion });
        return this.#write('mergePatch', resource, { ...object, metadata: { ...object.metadata, ...metadata } });
      },
      applyStatus: async (resource: ResourceType, identity: ObjectIdentity, status: object) => {
        const object = this.#find(resource, identity);
        this.#check(object, identity);
        return this.#write('applyStatus', resource, { ...object, status } as KubeObject);
      },
    } as unknown as KubeApi;
  }

  /** Creates an object or changes its spec or annotations, as kubectl apply would. */
  apply<T extends KubeObject>(resource: ResourceType, object: T): T {
    const store = this.#store(resource);
    const held = store.get(keyIn(object.metadata)) as (T & { spec?: unknown; status?: unknown }) | undefined;
    this.#version += 1;
    const changed = JSON.stringify(held?.spec) !== JSON.stringify((object as { spec?: unknown }).spec);
    const metadata = {
      creationTimestamp: new Date(1_700_000_000_000 + this.#version * 1000).toISOString(),
      uid: `uid-${this.#version}`,
      ...held?.metadata,
      ...object.metadata,
      generation: (held?.metadata.generation ?? 0) + (changed ? 1 : 0),
      resourceVersion: String(this.#version),
    };
    const next = { ...object, metadata, ...(held?.status === undefined ? {} : { status: held.status }) };
    store.apply({ type: held === undefined ? 'ADDED' : 'MODIFIED', object: next });
    return next;
  }

  /** Deletes an object as kubectl delete would: at once, or when its finalizers are gone. */
  delete(resource: ResourceType, name: ObjectName): void {
    const object = this.#find(resource, name);
    const next = {
      ...object,
      metadata: { ...object.metadata, deletionTimestamp: '2026-01-01T00:00:00Z', resourceVersion: String(++this.#version) },
    };
    this.#store(resource).apply({ type: (object.metadata.finalizers ?? []).length === 0 ? 'DELETED' : 'MODIFIED', object: next });
  }

  role(namespace: string, name: string): Role | undefined {
    return this.stores.roles.get(`${namespace}/${name}`);
  }

  provider(namespace: string, name: string): RoleProvider | undefined {
    return this.stores.roleProviders.get(`${namespace}/${name}`);
  }

  #definition(name: string): KubeObject {
    const deleted = this.uninstalling ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {};
    return { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name, ...deleted } };
  }

  #store(resource: ResourceType): ObjectStore<KubeObject> {
    const store = this.#stores[resource.plural];
    if (store === undefined) throw new Error(`no store for ${resource.plural}`);
    return store;
  }

  #find(resource: ResourceType, name: ObjectName): KubeObject {
    const object = this.#store(resource).get(keyIn(name));
    if (object === undefined) throw new KubeError('notFound', `${resource.plural} "${name.name}" not found`, { status: 404 });
    return object;
  }

  #check(object: KubeObject, expected: { readonly uid?: unknown; readonly resourceVersion?: unknown }): void {
    if (this.failNext !== undefined) {
      const error = this.failNext;
      this.failNext = undefined;
      throw error;
    }
    const { uid, resourceVersion } = object.metadata;
    const stale = expected.resourceVersion !== undefined && expected.resourceVersion !== resourceVersion;
    if (stale || expected.uid !== uid) throw new KubeError('conflict', `${object.metadata.name} has changed`, { status: 409 });
  }

  #write(verb: FakeWrite['verb'], resource: ResourceType, object: KubeObject): KubeObject {
    this.writes.push({ verb, name: object.metadata.name });
    const next = { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.#version) } };
    const gone = next.metadata.deletionTimestamp !== undefined && (next.metadata.finalizers ?? []).length === 0;
    this.#store(resource).apply({ type: gone ? 'DELETED' : 'MODIFIED', object: next });
    return next;
  }
}

function keyIn(name: { readonly namespace?: string; readonly name: string }): string {
  return name.namespace === undefined || name.namespace === '' ? name.name : `${name.namespace}/${name.name}`;
}
