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
import type { Credentials, Normalized, ProviderDriver, RoleProvider } from '../../src/providers/contract.ts';
import { FakeHolders, type HoldersCall } from './fake-holders.ts';

/** What a provider of every ability says of itself. */
export const allCapabilities: Capabilities = {
  readable: true,
  atomicReplace: true,
  createRole: true,
  deleteRole: true,
  permissionCatalogue: true,
  createPermission: true,
  createsUnknownPermissions: false,
  emptyRole: true,
  systemRoles: true,
  description: true,
  ownershipMark: false,
  bindings: true,
  readBindings: true,
  multipleRolesPerUser: true,
  groups: false,
  serviceAccounts: false,
  userLookupByEmail: false,
};

/** One call that a FakeProvider was made. */
export interface FakeCall {
  readonly operation: 'probe' | 'observe' | 'unknown' | 'apply' | 'remove';
  readonly detail: string;
}

/**
 * A fault for the next call of an operation: thrown before it acts, once it has acted (`after`), or halfway (`half`: a role was
 * created without permissions; what was to be added is there and what was to be removed is too).
 */
export interface Fault {
  readonly operation: FakeCall['operation'];
  readonly error: Error;
  readonly after?: boolean;
  readonly half?: boolean;
}

/** A change that a call made to a role. */
export interface Effect {
  readonly operation: 'apply' | 'remove';
  readonly ref: RoleRef;
  readonly before: ObservedRole | undefined;
  readonly after: ObservedRole | undefined;
}

/** A provider in memory that keeps the contract, counts its calls and fails when told to. */
export class FakeProvider implements RoleProvider {
  readonly capabilities: Capabilities;
  readonly holders = new FakeHolders();
  readonly calls: FakeCall[] = [];
  readonly faults: Fault[] = [];
  /** Roles by `organization/slug`. */
  readonly roles = new Map<string, ObservedRole>();
  readonly organizations = new Set<string>(['org_1', 'org_2']);
  readonly known = new Set<string>(['a', 'b', 'c', 'd', 'e']);
  /** Credentials of every connection that was opened. */
  readonly connections: Credentials[] = [];
  /** Connections that were closed. */
  closed = 0;
  /** Credentials that calls are accepted with; undefined: any. */
  accepted: string | undefined;
  /** Why these credentials may not know (`lookup`, `holders`) or change who holds a role; undefined: they may. */
  refusal: (credentials: Credentials, operation: HoldersCall['operation']) => Error | undefined = () => undefined;
  /** How many reads turn out empty, never two in a row of one organization. */
  emptyReads = 0;
  readonly #wereEmpty = new Set<string>();
  /** Runs before each operation acts; for what somebody else does in that moment. */
  onCall: (call: FakeCall) => void = () => undefined;
  /** Told of each change that a call makes, before it is made. */
  onEffect: (effect: Effect) => void = () => undefined;
  /** Told how each call ended: with the fault that it met, or well. */
  onOutcome: (call: FakeCall, fault: Fault | undefined) => void = () => undefined;
  /** Told of each complete read of an organization. */
  onRead: (organization: string) => void = () => undefined;
  /** Awaited before each operation acts; for calls that take time. */
  latency: ((call: FakeCall) => Promise<void>) | undefined;
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
    const existing = this.roles.get(`${organization}/${slug}`);
    const role: ObservedRole = {
      ref: { organization, slug },
      externalID: existing?.externalID ?? this.#nextID(),
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
      if (!this.capabilities.readable) throw new ProviderError('unsupported', 'roles can not be read', { operation: 'list' });
      if (!this.organizations.has(organization)) {
        throw new ProviderError('notFound', `organization "${organization}" doesn't exist`, {
          operation: 'list',
          missing: 'organization',
          status: 404,
        });
      }
      const wasEmpty = this.#wereEmpty.delete(organization);
      if (this.emptyReads > 0 && !wasEmpty) {
        this.emptyReads -= 1;
        this.#wereEmpty.add(organization);
        return { organization, roles: new Map() };
      }
      this.onRead(organization);
      const roles = [...this.roles.values()].filter(({ ref }) => ref.organization === organization);
      return { organization, roles: new Map(roles.map((role) => [role.ref.slug, role])) };
    });
  }

  async apply(plan: RolePlan): Promise<{ externalID: string }> {
    const { organization, slug } = plan.ref;
    return this.#act('apply', `${plan.action} ${organization}/${slug}`, (half) => {
      const existing = this.get(organization, slug);
      this.#refuse(plan, existing);
      for (const permission of plan.createPermissions) this.known.add(permission);
      const { displayName, description, extras, mark } = this.#isBlind(existing) ? { ...existing, ...plan.fields } : plan.target;
      const after: ObservedRole = {
        ref: plan.ref,
        externalID: existing?.externalID ?? this.#nextID(),
        displayName,
        description,
        extras,
        ...(mark === undefined ? {} : { mark }),
        system: existing?.system ?? false,
        permissions: sortedUnique(half ? halfway(plan, existing) : nextPermissions(plan, existing)),
      };
      this.onEffect({ operation: 'apply', ref: plan.ref, before: existing, after });
      this.roles.set(`${organization}/${slug}`, after);
      return { externalID: after.externalID };
    });
  }

  async remove(ref: RoleRef): Promise<void> {
    const key = `${ref.organization}/${ref.slug}`;
    await this.#act('remove', key, () => {
      this.onEffect({ operation: 'remove', ref, before: this.roles.get(key), after: undefined });
      this.roles.delete(key);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #refuse({ action, ref: { slug } }: RolePlan, existing: ObservedRole | undefined): void {
    if (action === 'create' && existing !== undefined)
      throw new ProviderError('conflict', `role "${slug}" exists`, { operation: 'create', status: 409 });
    if (action === 'update' && existing === undefined && this.capabilities.readable)
      throw new ProviderError('notFound', `role "${slug}" is gone`, { operation: 'update', missing: 'role', status: 404 });
  }

  /** Whether a role is there whose other fields the plan can't know. */
  #isBlind(existing: ObservedRole | undefined): existing is ObservedRole {
    return existing !== undefined && !this.capabilities.readable;
  }

  #nextID(): string {
    this.#ids += 1;
    return `id-${this.#ids}`;
  }

  async #act<T>(operation: FakeCall['operation'], detail: string, work: (half: boolean) => T): Promise<T> {
    const call = { operation, detail };
    this.calls.push(call);
    this.onCall(call);
    if (this.latency !== undefined) await this.latency(call);
    const index = this.faults.findIndex((fault) => fault.operation === operation);
    const [fault] = index === -1 ? [] : this.faults.splice(index, 1);
    if (fault !== undefined && fault.after !== true && fault.half !== true) {
      this.onOutcome(call, fault);
      throw fault.error;
    }
    const result = work(fault?.half === true);
    this.onOutcome(call, fault);
    if (fault !== undefined) throw fault.error;
    return result;
  }
}

/** What a provider that replaces a set, or adds to what it has at that moment, holds afterwards. */
function nextPermissions({ target, permissions }: RolePlan, existing: ObservedRole | undefined): readonly string[] {
  if (existing === undefined || permissions === undefined) return existing?.permissions ?? target.permissions;
  return permissions.addOnly ? [...existing.permissions, ...permissions.add] : permissions.next;
}

function halfway({ permissions }: RolePlan, existing: ObservedRole | undefined): readonly string[] {
  return existing === undefined ? [] : [...existing.permissions, ...(permissions?.add ?? [])];
}

/** The `fake` block of a provider object. */
export interface FakeSettings {
  readonly account?: string;
  readonly secretNamespace?: string;
}

/** What stands between a driver's connections and the provider. */
export type Guard = (provider: FakeProvider, credentials: Credentials) => RoleProvider;

/** A driver of type `fake`. Its connections lead to the provider of the account that the settings name, which is one and the same unless they do. */
export function fakeDriver(
  provider: FakeProvider,
  guard: Guard = (real) => real,
  accounts: ReadonlyMap<string, FakeProvider> = new Map(),
): ProviderDriver<FakeSettings> {
  return {
    type: 'fake',
    capabilities: provider.capabilities,
    account: (settings) => settings.account ?? 'account',
    secretRefs: ({ secretNamespace }) => ({
      apiKeySecretRef: { name: 'key', key: 'apiKey', ...(secretNamespace === undefined ? {} : { namespace: secretNamespace }) },
    }),
    connect: async (settings, credentials) => {
      const real = accounts.get(settings.account ?? 'account') ?? provider;
      real.connections.push(credentials);
      return guard(real, credentials);
    },
  };
}
