import { setTimeout as wait } from 'node:timers/promises';
import type {
  ClusterRoleProvider,
  Condition,
  ObjectMeta,
  Role,
  RoleBinding,
  RoleBindingSpec,
  RoleProvider,
  RoleSpec,
} from '../../src/api/index.ts';
import { type EmulatorOptions, type JournalEntry, type RunningEmulator, startEmulator } from '../../src/emulators/index.ts';
import type { ApiClient, TestCluster } from './control-plane.ts';
import { type PatientProxy, startPatientProxy } from './e2e-proxy.ts';

/** Group and version of the project's kinds in paths. */
export const apiRoot = '/apis/rolekeeper.dev/v1alpha1';
/** The key that emulators of these tests accept; it must never show up anywhere. */
export const canaryKey = 'sk_canary_5d1f0c7e9a';
/** A guard against hanging, in milliseconds: no test says how long something may take. */
const patienceMs = 150_000;

/** A Role as a user writes it. */
export type RoleInput = Pick<RoleSpec, 'permissions'> & Partial<RoleSpec>;

/** An Event, as far as tests look. */
export interface KubeEvent {
  readonly metadata: ObjectMeta;
  readonly type: string;
  readonly reason: string;
  readonly note: string;
  readonly regarding: { readonly kind: string; readonly name: string };
  readonly series?: { readonly count: number };
}

/** A role as the emulator holds it. */
export interface RemoteRole {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly permissions: readonly string[];
}

interface RemoteState {
  readonly organizations: readonly {
    readonly id: string;
    readonly roles: readonly RemoteRole[];
    readonly members?: readonly { readonly user: string; readonly roles: readonly string[] }[];
  }[];
}

/** How a Tenant is set up. */
export interface TenantOptions {
  readonly prefix?: string;
  /** Ids of the organizations; `org_1` unless given. */
  readonly organizations?: readonly string[];
  readonly permissions?: readonly string[];
  /** Added to the provider's spec. */
  readonly provider?: Readonly<Record<string, unknown>>;
  readonly emulator?: EmulatorOptions;
  /** True: calls go through a proxy that keeps connections open. */
  readonly proxied?: boolean;
  /** False: the user has not created Secret and RoleProvider yet. */
  readonly connected?: boolean;
}

/** Permissions that emulators know unless told otherwise. */
export const catalogue: readonly string[] = Array.from({ length: 40 }, (_, index) => `p:${index}`);

/**
 * Calls `check` until it no longer throws and gives back what it returns; with the last error when it never comes true. The limit
 * is a guard against hanging only.
 */
export async function eventually<T>(check: () => Promise<T> | T, limitMs = patienceMs): Promise<T> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() >= deadline) throw error;
      await wait(150);
    }
  }
}

/** Waits, for what can only be seen by nothing happening. */
export function pause(ms: number): Promise<void> {
  return wait(ms);
}

/** The condition of a type; undefined where there is none. */
export function conditionOf(
  object: { readonly status?: { readonly conditions?: readonly Condition[] } },
  type: string,
): Condition | undefined {
  return object.status?.conditions?.find((entry) => entry.type === type);
}

/** `True/Available`, for example. */
export function stateOf(object: Parameters<typeof conditionOf>[0], type = 'Ready'): string {
  const condition = conditionOf(object, type);
  return condition === undefined ? 'absent' : `${condition.status}/${condition.reason}`;
}

/** Whether an object is ready as it is declared now. */
export function isReady(object: Role | RoleBinding): boolean {
  const ready = conditionOf(object, 'Ready');
  return ready?.status === 'True' && ready.observedGeneration === object.metadata.generation;
}

/** Entries of a journal that could change something. */
export function writesOf(entries: readonly JournalEntry[]): readonly JournalEntry[] {
  return entries.filter(({ method }) => method !== 'GET');
}

/** The slug that a call about a role of an organization names, in its path or its body. */
export function slugOfCall({ path, body, operationId }: JournalEntry): string {
  if (operationId === 'createOrganizationRole') return (JSON.parse(body ?? '{}') as { readonly slug?: string }).slug ?? '';
  return /\/roles\/([^/?]+)/.exec(path)?.[1] ?? '';
}

/** One user's namespace, with an emulated provider of their own. What is done here is what the user would do. */
export class Tenant implements AsyncDisposable {
  readonly cluster: TestCluster;
  readonly namespace: string;
  readonly emulator: RunningEmulator;
  readonly #options: TenantOptions;
  readonly #proxy: PatientProxy | undefined;

  private constructor(
    cluster: TestCluster,
    namespace: string,
    emulator: RunningEmulator,
    options: TenantOptions,
    proxy: PatientProxy | undefined,
  ) {
    this.cluster = cluster;
    this.namespace = namespace;
    this.emulator = emulator;
    this.#options = options;
    this.#proxy = proxy;
  }

  static async create(cluster: TestCluster, options: TenantOptions = {}): Promise<Tenant> {
    const { organizations = ['org_1'], permissions = catalogue } = options;
    const emulator = await startEmulator('workos', {
      port: 0,
      rateLimit: 'off',
      seed: { apiKey: canaryKey, permissions, organizations: organizations.map((id) => ({ id, name: id })) },
      ...options.emulator,
    });
    const proxy = options.proxied === true ? await startPatientProxy(emulator.url) : undefined;
    const tenant = new Tenant(cluster, await cluster.createNamespace(options.prefix ?? 'tenant'), emulator, options, proxy);
    if (options.connected !== false) {
      await tenant.putSecret({ apiKey: canaryKey });
      await tenant.createProvider();
    }
    return tenant;
  }

  get admin(): ApiClient {
    return this.cluster.admin;
  }

  get control(): RunningEmulator['control'] {
    return this.emulator.control;
  }

  /** Path of the collection of a kind in this namespace. */
  path(plural: 'orgroles' | 'orgrolebindings' | 'roleproviders', name?: string): string {
    return `${apiRoot}/namespaces/${this.namespace}/${plural}${name === undefined ? '' : `/${name}`}`;
  }

  putSecret(data: Readonly<Record<string, string>>, name = 'workos'): Promise<unknown> {
    return this.admin.apply(`/api/v1/namespaces/${this.namespace}/secrets/${name}`, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name },
      stringData: data,
    });
  }

  createProvider(spec: Readonly<Record<string, unknown>> = {}, name = 'default'): Promise<RoleProvider> {
    return this.admin.create(this.path('roleproviders'), {
      apiVersion: 'rolekeeper.dev/v1alpha1',
      kind: 'RoleProvider',
      metadata: { name },
      spec: {
        interval: '10s',
        rateLimit: { requestsPerSecond: 10_000, burst: 10_000 },
        workos: {
          baseURL: this.#proxy?.url ?? this.emulator.url,
          allowInsecureHTTP: true,
          apiKeySecretRef: { name: 'workos', key: 'apiKey' },
        },
        ...this.#options.provider,
        ...spec,
      },
    });
  }

  provider(name = 'default'): Promise<RoleProvider> {
    return this.admin.get(this.path('roleproviders', name));
  }

  createRole(name: string, spec: RoleInput, annotations: Readonly<Record<string, string>> = {}): Promise<Role> {
    return this.admin.create(this.path('orgroles'), {
      apiVersion: 'rolekeeper.dev/v1alpha1',
      kind: 'Role',
      metadata: { name, annotations },
      spec: { organization: 'org_1', ...spec },
    });
  }

  /** Creates many, some at a time. */
  async createRoles(roles: readonly (readonly [name: string, spec: RoleInput])[]): Promise<void> {
    const left = [...roles].reverse();
    const worker = async (): Promise<void> => {
      for (let next = left.pop(); next !== undefined; next = left.pop()) await this.createRole(...next);
    };
    await Promise.all(Array.from({ length: 16 }, worker));
  }

  createBinding(name: string, spec: Pick<RoleBindingSpec, 'roleRef' | 'subjects'> & Partial<RoleBindingSpec>): Promise<RoleBinding> {
    return this.admin.create(this.path('orgrolebindings'), {
      apiVersion: 'rolekeeper.dev/v1alpha1',
      kind: 'RoleBinding',
      metadata: { name },
      spec,
    });
  }

  binding(name: string): Promise<RoleBinding> {
    return this.admin.get(this.path('orgrolebindings', name));
  }

  async bindings(): Promise<readonly RoleBinding[]> {
    return (await this.admin.get<{ readonly items: readonly RoleBinding[] }>(this.path('orgrolebindings'))).items;
  }

  /** Waits until this many RoleBindings are ready as they are declared, and all there are. */
  async untilBound(count: number): Promise<readonly RoleBinding[]> {
    return eventually(async () => {
      const bindings = await this.bindings();
      const ready = bindings.filter(isReady);
      if (ready.length !== count || bindings.length !== count) {
        const other = bindings.find((binding) => !isReady(binding));
        throw new Error(
          `${ready.length} of ${bindings.length} RoleBindings are ready; ${other?.metadata.name}: ${JSON.stringify(other?.status?.conditions)}`,
        );
      }
      return bindings;
    });
  }

  /** Who holds a role at the provider, by user id, sorted. */
  holders(slug: string, organization = 'org_1'): readonly string[] {
    const state = this.control.state() as unknown as RemoteState;
    const { members = [] } = state.organizations.find(({ id }) => id === organization) ?? {};
    return members.flatMap(({ user, roles }) => (roles.includes(slug) ? [user] : [])).sort();
  }

  patchRole(name: string, spec: Partial<RoleSpec>): Promise<Role> {
    return this.admin.mergePatch(this.path('orgroles', name), { spec });
  }

  annotateRole(name: string, annotations: Readonly<Record<string, string>>): Promise<Role> {
    return this.admin.mergePatch(this.path('orgroles', name), { metadata: { annotations } });
  }

  deleteRole(name: string): Promise<void> {
    return this.admin.delete(this.path('orgroles', name));
  }

  role(name: string): Promise<Role> {
    return this.admin.get(this.path('orgroles', name));
  }

  findRole(name: string): Promise<Role | undefined> {
    return this.admin.find(this.path('orgroles', name));
  }

  async roles(): Promise<readonly Role[]> {
    return (await this.admin.get<{ readonly items: readonly Role[] }>(this.path('orgroles'))).items;
  }

  /** Waits until a Role says this of its condition for the generation that it has now. */
  async untilRole(name: string, state: string, type = 'Ready'): Promise<Role> {
    return eventually(async () => {
      const role = await this.role(name);
      const condition = conditionOf(role, type);
      if (stateOf(role, type) !== state || condition?.observedGeneration !== role.metadata.generation) {
        throw new Error(`${type} of ${name} is ${stateOf(role, type)}: ${condition?.message}; wanted ${state}`);
      }
      return role;
    });
  }

  /** Waits until the provider object says this. */
  async untilProvider(state: string, name = 'default'): Promise<RoleProvider> {
    return eventually(async () => {
      const provider = await this.provider(name);
      const condition = conditionOf(provider, 'Ready');
      if (stateOf(provider) !== state || condition?.observedGeneration !== provider.metadata.generation) {
        throw new Error(`Ready of ${name} is ${stateOf(provider)}: ${condition?.message}; wanted ${state}`);
      }
      return provider;
    });
  }

  async untilGone(name: string): Promise<void> {
    await eventually(async () => {
      const role = await this.findRole(name);
      if (role !== undefined) throw new Error(`${name} is still there: ${JSON.stringify(role.status?.conditions)}`);
    });
  }

  /** Waits until this many Roles are ready as they are declared, and all there are. */
  async untilReady(count: number): Promise<readonly Role[]> {
    return eventually(async () => {
      const roles = await this.roles();
      const ready = roles.filter(isReady);
      if (ready.length !== count || roles.length !== count) {
        const other = roles.find((role) => !isReady(role));
        throw new Error(`${ready.length} of ${roles.length} Roles are ready; ${other?.metadata.name}: ${JSON.stringify(other?.status)}`);
      }
      return roles;
    });
  }

  async events(name?: string): Promise<readonly KubeEvent[]> {
    const list = await this.admin.get<{ readonly items: readonly KubeEvent[] }>(
      `/apis/events.k8s.io/v1/namespaces/${this.namespace}/events`,
    );
    return list.items.filter(({ regarding }) => name === undefined || regarding.name === name);
  }

  /** Waits for an Event of this reason on an object. */
  async untilEvent(name: string, reason: string): Promise<KubeEvent> {
    return eventually(async () => {
      const events = await this.events(name);
      const event = events.find((entry) => entry.reason === reason);
      if (event === undefined) throw new Error(`${name} has no Event ${reason}, only ${events.map((entry) => entry.reason).join(', ')}`);
      return event;
    });
  }

  /** The role at the provider; undefined where there is none. */
  remote(slug: string, organization = 'org_1'): RemoteRole | undefined {
    return this.remotes(organization).find((role) => role.slug === slug);
  }

  remotes(organization = 'org_1'): readonly RemoteRole[] {
    const state = this.control.state() as unknown as RemoteState;
    return state.organizations.find(({ id }) => id === organization)?.roles ?? [];
  }

  /** Changes a role past the operator. */
  tamper(slug: string, permissions: readonly string[], organization = 'org_1'): void {
    this.control.act('putRole', { organization, role: { slug, permissions } });
  }

  writes(): readonly JournalEntry[] {
    return writesOf(this.control.journal());
  }

  /** The namespace stays, but nothing in it that an operator would work on. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const plural of ['orgrolebindings', 'orgroles', 'roleproviders'] as const) {
      const { items } = await this.admin.get<{ readonly items: readonly (Role | RoleBinding | RoleProvider)[] }>(this.path(plural));
      for (const { metadata } of items) {
        if (metadata.finalizers?.length) await this.admin.mergePatch(this.path(plural, metadata.name), { metadata: { finalizers: [] } });
      }
      await this.admin.call('DELETE', this.path(plural));
    }
    await this.#proxy?.[Symbol.asyncDispose]();
    await this.emulator.close();
  }
}

/** Creates a ClusterRoleProvider. */
export function createClusterProvider(admin: ApiClient, name: string, spec: unknown): Promise<ClusterRoleProvider> {
  return admin.create(`${apiRoot}/clusterroleproviders`, {
    apiVersion: 'rolekeeper.dev/v1alpha1',
    kind: 'ClusterRoleProvider',
    metadata: { name },
    spec,
  });
}
