import {
  type Capabilities,
  type DesiredRole,
  type ObservedRole,
  type OrganizationSnapshot,
  ProviderError,
  type RolePlan,
  type RoleRef,
} from '../../src/model/index.ts';
import { sortedUnique } from '../../src/plan/index.ts';
import type { Normalized, ProviderDriver, RoleProvider } from '../../src/providers/contract.ts';

/** What a provider of every ability says of itself. */
export const allCapabilities: Capabilities = {
  readable: true,
  atomicReplace: true,
  createRole: true,
  deleteRole: true,
  permissionCatalogue: true,
  createPermission: true,
  emptyRole: true,
  systemRoles: true,
  description: true,
  ownershipMark: false,
  bindings: false,
  readBindings: false,
  multipleRolesPerUser: false,
  groups: false,
  serviceAccounts: false,
  userLookupByEmail: false,
};

/** One call that a FakeProvider was made. */
export interface FakeCall {
  readonly operation: 'probe' | 'observe' | 'unknown' | 'apply' | 'remove';
  readonly detail: string;
}

/** A fault for the next call of an operation: thrown before it acts, or (`after`) once it has acted. */
export interface Fault {
  readonly operation: FakeCall['operation'];
  readonly error: Error;
  readonly after?: boolean;
}

/** A provider in memory that keeps the contract, counts its calls and fails when told to. */
export class FakeProvider implements RoleProvider {
  readonly capabilities: Capabilities;
  readonly calls: FakeCall[] = [];
  readonly faults: Fault[] = [];
  /** Roles by `organization/slug`. */
  readonly roles = new Map<string, ObservedRole>();
  readonly organizations = new Set<string>(['org_1', 'org_2']);
  readonly known = new Set<string>(['a', 'b', 'c', 'd', 'e']);
  /** Runs before each operation acts; for what somebody else does in that moment. */
  onCall: (call: FakeCall) => void = () => undefined;
  #ids = 0;

  constructor(capabilities: Partial<Capabilities> = {}) {
    this.capabilities = { ...allCapabilities, ...capabilities };
  }

  readonly catalogue = {
    unknown: async (permissions: readonly string[]): Promise<readonly string[]> =>
      this.#act('unknown', permissions.join(','), () => permissions.filter((permission) => !this.known.has(permission))),
  };

  /** Puts a role there as somebody else would. */
  put(organization: string, slug: string, permissions: readonly string[], other: Partial<ObservedRole> = {}): ObservedRole {
    this.#ids += 1;
    const existing = this.roles.get(`${organization}/${slug}`);
    const role: ObservedRole = {
      ref: { organization, slug },
      externalID: existing?.externalID ?? `id-${this.#ids}`,
      displayName: slug,
      description: '',
      extras: {},
      system: false,
      ...other,
      permissions: sortedUnique(permissions),
    };
    this.roles.set(`${organization}/${slug}`, role);
    return role;
  }

  get(organization: string, slug: string): ObservedRole | undefined {
    return this.roles.get(`${organization}/${slug}`);
  }

  count(operation: FakeCall['operation']): number {
    return this.calls.filter((call) => call.operation === operation).length;
  }

  async probe(): Promise<void> {
    await this.#act('probe', '', () => undefined);
  }

  normalize(desired: DesiredRole): Normalized {
    if (desired.ref.slug.startsWith('bad')) return { ok: false, problems: [{ field: 'spec.slug', message: 'begins with bad' }] };
    return { ok: true, role: { ...desired, permissions: sortedUnique(desired.permissions) } };
  }

  async observe(organization: string): Promise<OrganizationSnapshot> {
    return this.#act('observe', organization, () => {
      if (!this.organizations.has(organization)) {
        throw new ProviderError('notFound', `organization "${organization}" doesn't exist`, {
          operation: 'list',
          missing: 'organization',
          status: 404,
        });
      }
      const roles = [...this.roles.values()].filter(({ ref }) => ref.organization === organization);
      return { organization, roles: new Map(roles.map((role) => [role.ref.slug, role])) };
    });
  }

  async apply(plan: RolePlan): Promise<{ externalID: string }> {
    const { organization, slug } = plan.ref;
    return this.#act('apply', `${plan.action} ${organization}/${slug}`, () => {
      const existing = this.get(organization, slug);
      if (plan.action === 'create' && existing !== undefined)
        throw new ProviderError('conflict', `role "${slug}" exists`, { operation: 'create', status: 409 });
      if (plan.action === 'update' && existing === undefined)
        throw new ProviderError('notFound', `role "${slug}" is gone`, { operation: 'update', missing: 'role', status: 404 });
      for (const permission of plan.createPermissions) this.known.add(permission);
      const { displayName, description, extras, permissions } = plan.target;
      return { externalID: this.put(organization, slug, permissions, { displayName, description, extras }).externalID };
    });
  }

  async remove(ref: RoleRef): Promise<void> {
    await this.#act('remove', `${ref.organization}/${ref.slug}`, () => void this.roles.delete(`${ref.organization}/${ref.slug}`));
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #act<T>(operation: FakeCall['operation'], detail: string, work: () => T): Promise<T> {
    const call = { operation, detail };
    this.calls.push(call);
    this.onCall(call);
    const index = this.faults.findIndex((fault) => fault.operation === operation);
    const [fault] = index === -1 ? [] : this.faults.splice(index, 1);
    if (fault !== undefined && fault.after !== true) throw fault.error;
    const result = work();
    if (fault !== undefined) throw fault.error;
    return result;
  }
}

/** A driver of type `fake` whose connections are one and the same provider. */
export function fakeDriver(provider: FakeProvider): ProviderDriver {
  return {
    type: 'fake',
    capabilities: provider.capabilities,
    account: () => 'account',
    secretRefs: () => ({ apiKeySecretRef: { name: 'key', key: 'apiKey' } }),
    connect: async () => provider,
  };
}
