import type { ClusterRoleProvider, KubeObject, Role, RoleBinding, RoleProvider } from '../api/index.ts';
import { ObjectStore, Reflector, type ReflectorState } from '../cache/index.ts';
import { type KubeApi, type ResourceType, resources } from '../kube/index.ts';
import { type Clock, formatDuration, type Random } from '../lib/index.ts';
import { bindingIndexers, roleIndexers, type Stores } from '../reconcile/index.ts';
import type { Logger, Metrics, ReadyCheck } from '../telemetry/index.ts';
import { adviceOnKind } from './advice.ts';

/** What watching the cluster takes. */
export interface ClusterOptions {
  readonly api: KubeApi;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'reflectorSynced' | 'reflectorRelisted' | 'reflectorReconnected'>;
  /** Only these namespaces; all where empty. */
  readonly namespaces: readonly string[];
  /** Id of the cluster; the uid of namespace kube-system where undefined. */
  readonly clusterID: string | undefined;
  /** A watch that is silent for longer has a dead connection. */
  readonly watchSilenceMs: number;
}

/** The kinds that are watched, with their stores. */
interface Watched<T extends KubeObject> {
  readonly resource: ResourceType;
  readonly store: ObjectStore<T>;
}

/** The plural names of the kinds that are watched. */
export const watchedResources: readonly string[] = [
  resources.roles,
  resources.roleBindings,
  resources.roleProviders,
  resources.clusterRoleProviders,
  resources.namespaces,
].map(({ plural }) => plural);

/** What the operator knows of the cluster, kept current for as long as it runs. */
export class ClusterView {
  readonly stores: Stores;
  readonly readyChecks: readonly ReadyCheck[];
  readonly #options: ClusterOptions;
  readonly #watched: readonly Watched<KubeObject>[];
  readonly #reflectors: readonly Reflector<KubeObject>[];

  constructor(options: ClusterOptions) {
    this.#options = options;
    const onError = (error: unknown, thrownBy: string): void => options.log.error('A cache callback threw', { thrownBy, error });
    const roles = new ObjectStore<Role>({ indexes: roleIndexers, onError });
    const roleBindings = new ObjectStore<RoleBinding>({ indexes: bindingIndexers, onError });
    const roleProviders = new ObjectStore<RoleProvider>({ onError });
    const clusterRoleProviders = new ObjectStore<ClusterRoleProvider>({ onError });
    const namespaces = new ObjectStore<KubeObject>({ onError });
    const clusterID = (): string | undefined => options.clusterID ?? namespaces.get('kube-system')?.metadata.uid;
    this.stores = { roles, roleBindings, roleProviders, clusterRoleProviders, namespaces, clusterID };
    this.#watched = [
      { resource: resources.roles, store: roles },
      { resource: resources.roleBindings, store: roleBindings },
      { resource: resources.roleProviders, store: roleProviders },
      { resource: resources.clusterRoleProviders, store: clusterRoleProviders },
      { resource: resources.namespaces, store: namespaces },
    ] as unknown as readonly Watched<KubeObject>[];
    this.#reflectors = this.#watched.flatMap((watched) => this.#reflectorsOf(watched));
    this.readyChecks = this.#watched.map(({ resource, store }) => ({
      name: `cache-${resource.plural}`,
      problem: () => (store.hasSynced ? undefined : `${resource.plural} have not been listed completely`),
    }));
  }

  /** Watches until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#reflectors.map((reflector) => reflector.run(signal)));
  }

  /** Resolves once everything has been listed completely; rejects with the signal's reason. */
  async synced(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#watched.map(({ store }) => store.synced(signal)));
  }

  /** Lists everything anew and resolves once all of it is known; rejects with the signal's reason. */
  async refresh(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#reflectors.map((reflector) => reflector.refresh(signal)));
    await this.synced(signal);
  }

  #reflectorsOf(watched: Watched<KubeObject>): readonly Reflector<KubeObject>[] {
    const { api, clock, random, namespaces, watchSilenceMs: silenceMs } = this.#options;
    const onState = this.#stateReporter(watched.resource);
    const base = { api, resource: watched.resource, clock, random, onState, silenceMs };
    if (namespaces.length === 0 || !watched.resource.namespaced) return [new Reflector({ ...base, store: watched.store })];
    return watched.store.scopes(namespaces).map(({ namespace, store }) => new Reflector({ ...base, store, namespace }));
  }

  #stateReporter(resource: ResourceType): (state: ReflectorState) => void {
    const { log, metrics } = this.#options;
    let lists = 0;
    let watches = 0;
    return (state) => {
      const fields = { resource: resource.plural };
      if (state.kind === 'listing') {
        lists += 1;
        if (lists > 1) metrics.reflectorRelisted(resource.plural);
        log.debug('Listing', fields);
        return;
      }
      if (state.kind === 'watching') {
        watches += 1;
        if (watches > 1) metrics.reflectorReconnected(resource.plural);
        metrics.reflectorSynced(resource.plural, true);
        log.debug('Watching', fields);
        return;
      }
      metrics.reflectorSynced(resource.plural, false);
      const advice = adviceOnKind(state.error, resource);
      log.warn(advice ?? 'The API server could not be read; it is tried again', {
        ...fields,
        error: state.error,
        retryIn: formatDuration(state.retryInMs),
      });
    };
  }
}
