import type { ClusterRoleProvider, KubeObject, Role, RoleBinding, RoleProvider } from '../../src/api/index.ts';
import { ObjectStore } from '../../src/cache/index.ts';
import { type KubeApi, KubeError, type ObjectIdentity, type ObjectName, type ResourceType } from '../../src/kube/index.ts';
import type { Clock } from '../../src/lib/index.ts';
import { bindingIndexers, roleIndexers, type Stores } from '../../src/reconcile/index.ts';

/** One write to the API server. */
export interface FakeWrite {
  readonly verb: 'applyStatus' | 'mergePatch' | 'delete';
  readonly name: string;
}

/** A fault for the next write, or the next read of a Secret: thrown before it acts, or (`after`) once it has acted. */
export interface KubeFault {
  readonly verb: 'get' | 'applyStatus' | 'mergePatch';
  readonly error: Error;
  readonly after?: boolean;
  /** Only for objects of this namespace. */
  readonly namespace?: string;
}

/** What a FakeKube is made with. */
export interface FakeKubeOptions {
  /** The stores hear of changes only after this many milliseconds of `clock`; at once unless given. */
  readonly lagMs?: number;
  readonly clock?: Clock;
}

/**
 * An API server in memory, as far as reconcilers use one: objects with uid, generation, resourceVersion and finalizers, and stores
 * that hear of every change, at once or late.
 */
export class FakeKube {
  readonly writes: FakeWrite[] = [];
  readonly faults: KubeFault[] = [];
  readonly stores: Stores;
  readonly api: KubeApi;
  /** Told of each write, before it is made. */
  onWrite: (before: KubeObject, after: KubeObject) => void = () => undefined;
  /** The CRDs are being deleted. */
  uninstalling = false;
  /** The operator may not read CRDs. */
  hidesDefinitions = false;
  /** Thrown by the next write. */
  failNext: Error | undefined;
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  readonly #stores: Record<string, ObjectStore<KubeObject>>;
  readonly #options: FakeKubeOptions;
  #version = 0;
  #epoch = 0;

  constructor(options: FakeKubeOptions = {}) {
    this.#options = options;
    const roles = new ObjectStore<Role>({ indexes: roleIndexers });
    const others = {
      orgrolebindings: new ObjectStore<RoleBinding>({ indexes: bindingIndexers }) as unknown as ObjectStore<KubeObject>,
      roleproviders: new ObjectStore(),
      clusterroleproviders: new ObjectStore(),
      namespaces: new ObjectStore(),
      secrets: new ObjectStore(),
    };
    this.#stores = { orgroles: roles as unknown as ObjectStore<KubeObject>, ...others };
    for (const plural of Object.keys(this.#stores)) this.#objects.set(plural, new Map());
    this.relist();
    this.stores = {
      roles,
      roleBindings: others.orgrolebindings,
      roleProviders: others.roleproviders,
      clusterRoleProviders: others.clusterroleproviders,
      namespaces: others.namespaces,
      clusterID: () => 'cluster-1',
    } as unknown as Stores;
    this.api = {
      get: async (resource: ResourceType, name: ObjectName) => {
        const fault = this.#fault('get', name.namespace);
        if (fault !== undefined) throw fault.error;
        return resource.plural === 'customresourcedefinitions' ? this.#definition(name.name) : this.#find(resource, name);
      },
      mergePatch: async (resource: ResourceType, name: ObjectName, patch: { metadata?: Record<string, unknown> }) => {
        const object = this.#find(resource, name);
        const { resourceVersion, uid, ...metadata } = patch.metadata ?? {};
        this.#check(object, { uid, resourceVersion });
        refuseNewFinalizer(object, metadata.finalizers);
        return this.#write('mergePatch', resource, { ...object, metadata: { ...object.metadata, ...metadata } });
      },
      applyStatus: async (resource: ResourceType, identity: ObjectIdentity, status: object) => {
        const object = this.#find(resource, identity);
        this.#check(object, identity);
        return this.#write('applyStatus', resource, { ...object, status } as KubeObject);
      },
    } as unknown as KubeApi;
  }

  /** What a process that starts does first: the stores hold exactly what there is, and nothing is on its way to them any more. */
  relist(): void {
    this.#epoch += 1;
    for (const [plural, store] of Object.entries(this.#stores)) store.replace([...(this.#objects.get(plural)?.values() ?? [])]);
  }

  /** Creates an object or changes its spec, labels or annotations, as kubectl apply would. */
  apply<T extends KubeObject>(resource: ResourceType, object: T): T {
    const held = this.#table(resource).get(keyIn(object.metadata)) as (T & { spec?: unknown; status?: unknown }) | undefined;
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
    this.#put(resource, next, held === undefined ? 'ADDED' : 'MODIFIED');
    return next;
  }

  /** Deletes an object as kubectl delete would: at once, or when its finalizers are gone. */
  delete(resource: ResourceType, name: ObjectName): void {
    const object = this.#find(resource, name);
    const next = {
      ...object,
      metadata: { ...object.metadata, deletionTimestamp: '2026-01-01T00:00:00Z', resourceVersion: String(++this.#version) },
    };
    this.#put(resource, next, (object.metadata.finalizers ?? []).length === 0 ? 'DELETED' : 'MODIFIED');
  }

  secret(namespace: string, name: string): KubeObject | undefined {
    return this.#objects.get('secrets')?.get(`${namespace}/${name}`);
  }

  clusterProvider(name: string): ClusterRoleProvider | undefined {
    return this.#objects.get('clusterroleproviders')?.get(name) as ClusterRoleProvider | undefined;
  }

  /** Every Role as the API server holds it. */
  get roles(): readonly Role[] {
    return [...(this.#objects.get('orgroles')?.values() ?? [])] as unknown as readonly Role[];
  }

  role(namespace: string, name: string): Role | undefined {
    return this.#objects.get('orgroles')?.get(`${namespace}/${name}`) as Role | undefined;
  }

  /** Every RoleBinding as the API server holds it. */
  get bindings(): readonly RoleBinding[] {
    return [...(this.#objects.get('orgrolebindings')?.values() ?? [])] as unknown as readonly RoleBinding[];
  }

  binding(namespace: string, name: string): RoleBinding | undefined {
    return this.#objects.get('orgrolebindings')?.get(`${namespace}/${name}`) as RoleBinding | undefined;
  }

  provider(namespace: string, name: string): RoleProvider | undefined {
    return this.#objects.get('roleproviders')?.get(`${namespace}/${name}`) as RoleProvider | undefined;
  }

  #definition(name: string): KubeObject {
    if (this.hidesDefinitions) throw new KubeError('forbidden', `${name} may not be read`, { status: 403 });
    const deleted = this.uninstalling ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {};
    return { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name, ...deleted } };
  }

  #table(resource: ResourceType): Map<string, KubeObject> {
    const table = this.#objects.get(resource.plural);
    if (table === undefined) throw new Error(`no objects of kind ${resource.plural}`);
    return table;
  }

  #put(resource: ResourceType, object: KubeObject, type: 'ADDED' | 'MODIFIED' | 'DELETED'): void {
    if (type === 'DELETED') this.#table(resource).delete(keyIn(object.metadata));
    else this.#table(resource).set(keyIn(object.metadata), object);
    const deliver = (): void => this.#stores[resource.plural]?.apply({ type, object });
    const { lagMs, clock } = this.#options;
    if (lagMs === undefined || clock === undefined) {
      deliver();
      return;
    }
    const epoch = this.#epoch;
    clock.schedule(lagMs, () => {
      if (epoch === this.#epoch) deliver();
    });
  }

  #find(resource: ResourceType, name: ObjectName): KubeObject {
    const object = this.#table(resource).get(keyIn(name));
    if (object === undefined) throw new KubeError('notFound', `${resource.plural} "${name.name}" not found`, { status: 404 });
    return object;
  }

  #fault(verb: KubeFault['verb'], namespace: string | undefined): KubeFault | undefined {
    const index = this.faults.findIndex((fault) => fault.verb === verb && (fault.namespace ?? namespace) === namespace);
    return index === -1 ? undefined : this.faults.splice(index, 1)[0];
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

  #write(verb: 'applyStatus' | 'mergePatch', resource: ResourceType, object: KubeObject): KubeObject {
    const fault = this.#fault(verb, object.metadata.namespace);
    if (fault !== undefined && fault.after !== true) throw fault.error;
    this.writes.push({ verb, name: object.metadata.name });
    this.onWrite(this.#find(resource, object.metadata), object);
    const next = { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.#version) } };
    const gone = next.metadata.deletionTimestamp !== undefined && (next.metadata.finalizers ?? []).length === 0;
    this.#put(resource, next, gone ? 'DELETED' : 'MODIFIED');
    if (fault !== undefined) throw fault.error;
    return next;
  }
}

/** The API server takes no new finalizer on an object that is being deleted. */
function refuseNewFinalizer({ metadata }: KubeObject, wanted: unknown): void {
  if (metadata.deletionTimestamp === undefined || !Array.isArray(wanted)) return;
  const added = wanted.filter((entry) => metadata.finalizers?.includes(entry) !== true);
  if (added.length > 0) throw new KubeError('invalid', `no new finalizers on ${metadata.name}, which is being deleted`, { status: 422 });
}

function keyIn(name: { readonly namespace?: string; readonly name: string }): string {
  return name.namespace === undefined || name.namespace === '' ? name.name : `${name.namespace}/${name.name}`;
}
