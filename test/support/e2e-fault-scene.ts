import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject } from 'vitest';
import { type JournalEntry, overlappingWrites } from '../../src/emulators/index.ts';
import type { ServiceAccountKubeconfig } from '../../tools/controlplane/index.ts';
import { type OwnCluster, ownCluster } from './control-plane.ts';
import { canaryKey, catalogue, eventually, slugOfCall, Tenant } from './e2e.ts';
import { ApiProxy } from './e2e-api-proxy.ts';
import { type OperatorProcess, type OperatorProcessOptions, startTestOperator } from './operator-process.ts';

const organizations = ['org_1', 'org_2'];
const usersPerOrganization = 12;
const byHand = 'org-by-hand';

const usersOf = (organization: string): readonly string[] =>
  Array.from({ length: usersPerOrganization }, (_, index) => `user_${organization}_${index}`);
/** What everybody held before there was any RoleBinding. */
const emulatorSeed = {
  apiKey: canaryKey,
  multipleRoles: true,
  permissions: catalogue,
  users: organizations.flatMap(usersOf).map((id) => ({ id, email: `${id}@example.com` })),
  organizations: organizations.map((id) => ({
    id,
    name: id,
    roles: [{ slug: byHand, name: byHand }],
    members: usersOf(id).map((user) => ({ user, roles: [byHand] })),
  })),
};

interface DeclaredRole {
  readonly organization: string;
  /** Every set of permissions that was ever declared, oldest first. */
  readonly versions: (readonly string[])[];
}

interface DeclaredBinding {
  readonly organization: string;
  readonly slug: string;
  users: readonly string[];
}

/**
 * A cluster to break with one user's Roles and RoleBindings in it, and the oracle of cluster faults. Only ever more is declared, so
 * no write may take anything away, whatever happens in between.
 */
export class FaultScene implements AsyncDisposable {
  readonly cluster: OwnCluster;
  readonly identity: ServiceAccountKubeconfig;
  readonly proxy: ApiProxy;
  readonly #operators: OperatorProcess[] = [];
  readonly #roles = new Map<string, DeclaredRole>();
  readonly #bindings = new Map<string, DeclaredBinding>();
  #tenant: Tenant | undefined;

  private constructor(cluster: OwnCluster, identity: ServiceAccountKubeconfig, proxy: ApiProxy) {
    this.cluster = cluster;
    this.identity = identity;
    this.proxy = proxy;
  }

  /** Starts a cluster with the operator's ServiceAccount, and nothing else of it. */
  static async create(): Promise<FaultScene> {
    const cluster = await ownCluster();
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'rolekeeper-system' } };
    await cluster.admin.create('/api/v1/namespaces', namespace);
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'rolekeeper' } };
    await cluster.admin.create('/api/v1/namespaces/rolekeeper-system/serviceaccounts', account);
    return new FaultScene(cluster, await cluster.serviceAccountKubeconfig(), await ApiProxy.start(cluster.admin.connection));
  }

  get tenant(): Tenant {
    if (this.#tenant === undefined) throw new Error('the tenant is not there yet');
    return this.#tenant;
  }

  /** Installs what the operator needs, and a user with a provider. */
  async install(): Promise<void> {
    await this.cluster.installRBAC();
    await this.cluster.installCRDs();
    const emulator = { latencyMs: 20, seed: emulatorSeed };
    this.#tenant = await Tenant.create(this.cluster, { prefix: 'faults', emulator, connected: false });
    await this.tenant.putSecret({ apiKey: canaryKey });
    const workos = { baseURL: this.tenant.emulator.url, allowInsecureHTTP: true, multipleRoles: true };
    await this.tenant.createProvider({ workos: { ...workos, apiKeySecretRef: { name: 'workos', key: 'apiKey' } } });
  }

  /** An operator straight at the API server, or through the proxy. */
  async startOperator(options: Partial<OperatorProcessOptions> & { readonly through?: ApiProxy } = {}): Promise<OperatorProcess> {
    const { through, ...rest } = options;
    const directory = await mkdtemp(join(inject('scratch'), 'operator-'));
    const kubeconfig = through === undefined ? this.identity.kubeconfig : await through.kubeconfig(directory, this.identity.tokenFile);
    const operator = await startTestOperator(this.cluster, { directory, kubeconfig, ...rest });
    this.#operators.push(operator);
    return operator;
  }

  /** Creates so many Roles, and RoleBindings of three users each to some of all Roles. */
  async declare(roles: number, bindings = 0): Promise<void> {
    const names = Array.from({ length: roles }, () => this.#newRole());
    await this.tenant.createRoles(
      names.map((name) => {
        const { organization, versions } = this.#role(name);
        return [name, { organization, permissions: versions[0] ?? [] }];
      }),
    );
    for (let count = 0; count < bindings; count += 1) await this.#createBinding();
  }

  /** Waits until everything is ready as it is declared, and the provider has it. */
  async untilConverged(): Promise<void> {
    await this.tenant.untilReady(this.#roles.size);
    await this.tenant.untilBound(this.#bindings.size);
    for (const [name, { organization, versions }] of this.#roles) {
      expect([...(this.tenant.remote(name, organization)?.permissions ?? [])].sort(), name).toEqual(versions.at(-1));
    }
    for (const { organization, slug } of this.#bindings.values()) {
      const named = [...this.#bindings.values()].filter((other) => other.slug === slug).flatMap(({ users }) => users);
      expect(this.tenant.holders(slug, organization), slug).toEqual([...new Set(named)].sort());
    }
  }

  /**
   * Whatever happened: nothing was created twice or taken away, no set was written that was never declared or is older than what
   * was there, and no two writes to an organization overlapped.
   */
  expectUnharmed(): void {
    const journal = this.tenant.control.journal();
    const done = journal.filter(({ status }) => status !== undefined && status < 300);
    const created = done.filter(({ operationId }) => operationId === 'createOrganizationRole').map(slugOfCall);
    expect([...created].sort()).toEqual([...new Set(created)].sort());
    expect(new Set(created)).toEqual(new Set(this.#roles.keys()));
    expect(journal.filter(({ method }) => method === 'DELETE')).toEqual([]);
    expect(done.filter(({ operationId }) => operationId === 'createOrganizationMembership')).toEqual([]);
    expect(overlappingWrites(journal)).toEqual([]);
    this.#expectOrderedSets(done);
    this.#expectGrowingMemberships(done);
  }

  /** A change of one Role and of one RoleBinding reaches the provider. */
  async expectChangesArrive(): Promise<void> {
    await this.change();
    await this.untilConverged();
    this.expectUnharmed();
  }

  /** Changes one Role and one RoleBinding. */
  async change(): Promise<void> {
    await Promise.all([this.#changeRole(), this.#changeBinding()]);
  }

  /** Declares one permission more for the Role that was changed least. */
  async #changeRole(): Promise<void> {
    const [name, { versions }] = [...this.#roles].reduce((one, other) => (other[1].versions.length < one[1].versions.length ? other : one));
    const last = versions.at(-1) ?? [];
    const next = [...last, catalogue.find((permission) => !last.includes(permission)) ?? ''].sort();
    versions.push(next);
    await this.tenant.patchRole(name, { permissions: next });
  }

  /** Declares again what there was of a kind whose CRD was deleted. */
  async declareAgain(kind: 'orgroles' | 'orgrolebindings'): Promise<void> {
    if (kind === 'orgrolebindings') {
      for (const [name, binding] of this.#bindings) await this.#putBinding(name, binding);
      return;
    }
    const roles = [...this.#roles].map(
      ([name, { organization, versions }]) => [name, { organization, permissions: versions.at(-1) ?? [] }] as const,
    );
    await this.tenant.createRoles(roles);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#operators.map((operator) => operator.stop()));
    await this.proxy[Symbol.asyncDispose]();
    await this.#tenant?.emulator.close();
    await this.cluster.controlPlane.stop();
  }

  #newRole(): string {
    const number = this.#roles.size;
    const name = `org-r${number}`;
    const versions = [['p:1', catalogue[(number % 30) + 2] ?? ''].sort()];
    this.#roles.set(name, { organization: organizations[number % organizations.length] ?? '', versions });
    return name;
  }

  #role(name: string): DeclaredRole {
    const role = this.#roles.get(name);
    if (role === undefined) throw new Error(`${name} was not declared`);
    return role;
  }

  async #createBinding(): Promise<void> {
    const number = this.#bindings.size;
    const slugs = [...this.#roles.keys()];
    const slug = slugs[(number * 7) % slugs.length] ?? '';
    const { organization } = this.#role(slug);
    const users = usersOf(organization).filter((_, index) => (index + number) % 4 === 0);
    const binding = { organization, slug, users };
    this.#bindings.set(`b${number}`, binding);
    await this.#putBinding(`b${number}`, binding);
  }

  async #putBinding(name: string, { slug, users }: DeclaredBinding): Promise<void> {
    await this.tenant.createBinding(name, { roleRef: { name: slug }, subjects: users.map((id) => ({ id })) });
  }

  /** Gives the role of a RoleBinding to one more. */
  async #changeBinding(): Promise<void> {
    const [name, binding] = [...this.#bindings].reduce((one, other) => (other[1].users.length < one[1].users.length ? other : one));
    const more = usersOf(binding.organization).find((user) => !binding.users.includes(user)) ?? '';
    binding.users = [...binding.users, more];
    await this.tenant.admin.mergePatch(this.tenant.path('orgrolebindings', name), {
      spec: { subjects: binding.users.map((id) => ({ id })) },
    });
  }

  #expectOrderedSets(done: readonly JournalEntry[]): void {
    for (const [name, { versions }] of this.#roles) {
      const sets = done.filter((entry) => entry.operationId === 'setOrganizationRolePermissions' && slugOfCall(entry) === name);
      const order = sets.map(({ body }) => versions.findIndex((version) => `${version}` === `${permissionsOf(body)}`));
      expect(order, name).not.toContain(-1);
      expect(order, name).toEqual([...order].sort((a, b) => a - b));
    }
  }

  #expectGrowingMemberships(done: readonly JournalEntry[]): void {
    const held = new Map<string, readonly string[]>();
    for (const { operationId, path, body } of done) {
      if (operationId !== 'updateOrganizationMembership') continue;
      const { role_slugs } = JSON.parse(body ?? '{}') as { readonly role_slugs: readonly string[] };
      expect(role_slugs, path).toEqual(expect.arrayContaining([...(held.get(path) ?? [byHand])]));
      held.set(path, role_slugs);
    }
  }
}

function permissionsOf(body: string | undefined): readonly string[] {
  return [...(JSON.parse(body ?? '{}') as { readonly permissions: readonly string[] }).permissions].sort();
}

/** Waits for a line of the operator's log that comes after the first `seen` ones. */
export async function untilLogged(operator: OperatorProcess, pattern: RegExp, seen = 0): Promise<void> {
  await eventually(async () => {
    const lines = (await operator.logLines()).slice(seen).map((line) => `${line.message} ${JSON.stringify(line.error ?? '')}`);
    expect(lines).toContainEqual(expect.stringMatching(pattern));
  });
}
