import type { KubeObject, Role } from '../../../src/api/index.ts';
import type { TestCluster } from '../control-plane.ts';
import { canaryKey, catalogue, createClusterProvider, eventually, type RoleInput, Tenant, type TenantOptions } from '../e2e.ts';

/** What kstatus can say of our kinds. */
export type KStatusWord = 'Current' | 'InProgress' | 'Failed' | 'Terminating';

/** A state that an object comes into, and what it is called elsewhere. */
export interface StateCase {
  /** Continues the kind: `Role that …`. */
  readonly state: string;
  /** Brings an object into the state and gives it back as the API server has it. */
  arrange(site: Site): Promise<KubeObject>;
  readonly argocd: 'Healthy' | 'Progressing' | 'Suspended' | 'Degraded';
  readonly kstatus: KStatusWord;
  /** What Flux says with the documented expressions; the same as kstatus unless given. */
  readonly expressions?: KStatusWord;
  /** Part of the message that Argo CD shows. */
  readonly says: string;
}

/** The name that Roles of these tests have. */
export const roleName = 'org-editor';

/** Where states are brought about: tenants of one cluster, each with an emulator of their own. */
export class Site implements AsyncDisposable {
  readonly cluster: TestCluster;
  readonly #tenants: Tenant[] = [];
  readonly #clusterProviders: string[] = [];

  constructor(cluster: TestCluster) {
    this.cluster = cluster;
  }

  async tenant(options: TenantOptions = {}): Promise<Tenant> {
    const tenant = await Tenant.create(this.cluster, { prefix: 'gitops', ...options });
    this.#tenants.push(tenant);
    return tenant;
  }

  /** One with users `user_0` to `user_2`, who are members of `org_1`. */
  peopled(): Promise<Tenant> {
    const users = [0, 1, 2].map((number) => ({ id: `user_${number}`, email: `user-${number}@example.com` }));
    const members = users.map(({ id }) => ({ user: id, roles: ['member'] }));
    const organizations = [{ id: 'org_1', name: 'One', members }];
    const environmentRoles = [{ slug: 'member', name: 'Member' }];
    const seed = { apiKey: canaryKey, permissions: catalogue, users, environmentRoles, organizations };
    return this.tenant({ emulator: { port: 0, rateLimit: 'off', seed } });
  }

  /** A Role that is ready. */
  async readyRole(tenant: Tenant, spec: Partial<RoleInput> = {}): Promise<Role> {
    await tenant.createRole(roleName, { permissions: ['p:1', 'p:2'], ...spec });
    return tenant.untilRole(roleName, 'True/Available');
  }

  /** A Role of a new tenant that comes to say this. */
  async roleThatSays(ready: string, spec: Partial<RoleInput>, options: TenantOptions = {}): Promise<Role> {
    const tenant = await this.tenant(options);
    await tenant.createRole(roleName, { permissions: ['p:1', 'p:2'], ...spec });
    return tenant.untilRole(roleName, ready);
  }

  /** A ClusterRoleProvider that reaches the tenant's emulator; it is called like the tenant's namespace. */
  async clusterProvider(tenant: Tenant, spec: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const name = tenant.namespace;
    this.#clusterProviders.push(name);
    const apiKeySecretRef = { namespace: tenant.namespace, name: 'workos', key: 'apiKey' };
    const workos = { baseURL: tenant.emulator.url, allowInsecureHTTP: true, apiKeySecretRef };
    await createClusterProvider(this.cluster.admin, name, { workos, ...spec });
    return name;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#tenants.map((tenant) => tenant[Symbol.asyncDispose]()));
    for (const name of this.#clusterProviders) {
      const path = `/apis/rolekeeper.dev/v1alpha1/clusterroleproviders/${name}`;
      await this.cluster.admin.mergePatch(path, { metadata: { finalizers: [] } });
      await this.cluster.admin.delete(path);
    }
  }
}

/** Asks for a look at a Role and waits for it. */
export async function look(tenant: Tenant, token: string): Promise<void> {
  await tenant.annotateRole(roleName, { 'rolekeeper.dev/reconcile-requested-at': token });
  await eventually(async () => {
    const { status } = await tenant.role(roleName);
    if (status?.lastHandledReconcileAt !== token) throw new Error(`${roleName} was not looked at: ${JSON.stringify(status?.conditions)}`);
  });
}
