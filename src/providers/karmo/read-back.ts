import {
  type Applied,
  type Capabilities,
  type DesiredRole,
  type ObservedRole,
  type OrganizationSnapshot,
  ProviderError,
  type RolePlan,
  type RoleRef,
} from '../../model/index.ts';
import type { Normalized, PermissionCatalogue, RoleHolders, RoleProvider } from '../contract.ts';
import { afterCreation } from '../http/index.ts';
import type { RoleCalls } from './client.ts';
import { normalize } from './normalize.ts';
import { cannotDelete, nameOf } from './provider.ts';

/** Every slug of an organization role begins so; anything else isn't the organization's. */
const organizationSlugPrefix = 'org-';

/** What a ReadBackProvider works with. */
export interface ReadBackProviderParts {
  readonly capabilities: Capabilities;
  readonly client: RoleCalls;
  readonly holders: RoleHolders;
  /** A connection to the access provider behind Karmo. Only ever read from; closed with this one. */
  readonly reader: RoleProvider;
}

/** Roles that are written through Karmo and read where Karmo writes them. */
export class ReadBackProvider implements RoleProvider {
  readonly capabilities: Capabilities;
  readonly catalogue?: PermissionCatalogue;
  readonly holders: RoleHolders;
  readonly #client: RoleCalls;
  readonly #reader: RoleProvider;
  /** Slugs of roles that aren't the organization's, from the latest reading of each organization. */
  readonly #systemSlugs = new Map<string, ReadonlySet<string>>();

  constructor({ capabilities, client, holders, reader }: ReadBackProviderParts) {
    this.capabilities = capabilities;
    this.holders = holders;
    this.#client = client;
    this.#reader = reader;
    if (reader.catalogue !== undefined) this.catalogue = reader.catalogue;
  }

  /** Proves both: where is written and where is read. */
  async probe(signal: AbortSignal): Promise<void> {
    await this.#client.probe(signal);
    await this.#reader.probe(signal);
  }

  normalize(desired: DesiredRole): Normalized {
    return normalize(desired);
  }

  async observe(organization: string, signal: AbortSignal): Promise<OrganizationSnapshot> {
    const snapshot = await this.#reader.observe(organization, signal);
    const system = [...snapshot.roles.values()].filter((role) => role.system);
    this.#systemSlugs.set(organization, new Set(system.map((role) => role.ref.slug)));
    return snapshot;
  }

  async apply(plan: RolePlan, signal: AbortSignal): Promise<Applied> {
    if (plan.action === 'none') return {};
    this.#refuseSystemRole(plan.ref);
    return plan.action === 'create' ? this.#create(plan, signal) : this.#update(plan, signal);
  }

  async remove(ref: RoleRef, _externalID: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    throw cannotDelete(ref);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client[Symbol.dispose]();
    await this.#reader[Symbol.asyncDispose]();
  }

  /** Looks first: Karmo would take over a role that is there already. */
  async #create(plan: RolePlan, signal: AbortSignal): Promise<Applied> {
    const { ref, target } = plan;
    if ((await this.#find(ref, signal)) !== undefined) {
      throw new ProviderError('conflict', `Karmo upsertRole, ${nameOf(ref)}: it exists already`, { operation: 'upsertRole' });
    }
    await this.#refuseUnknown(plan, target.permissions, signal);
    const externalID = await this.#client.upsertRole(ref, target.displayName, signal);
    // Sent although a new role has none: whoever made it in the meantime may have given it some.
    await this.#client.syncRolePermissions(ref, target.permissions, signal).catch((error: unknown) => {
      throw afterCreation(error);
    });
    return externalID === undefined ? {} : { externalID };
  }

  async #update(plan: RolePlan, signal: AbortSignal): Promise<Applied> {
    const { ref, fields, permissions } = plan;
    // The set goes first: it is what people's access hangs on. It also tells that the role is there, which sending a name doesn't: that
    // would make the role anew.
    if (permissions !== undefined) await this.#sync(plan, await this.#nextPermissions(plan, signal), signal);
    if (fields.displayName === undefined) return {};
    if (permissions === undefined && (await this.#find(ref, signal)) === undefined) throw goneError(ref, 'upsertRole');
    const externalID = await this.#client.upsertRole(ref, fields.displayName, signal);
    return externalID === undefined ? {} : { externalID };
  }

  /** The complete set to send. A permission can't be added by itself, so where others must survive, the set as it is now is added to. */
  async #nextPermissions({ ref, permissions }: RolePlan, signal: AbortSignal): Promise<readonly string[]> {
    if (permissions?.addOnly !== true) return permissions?.next ?? [];
    const present = await this.#find(ref, signal);
    if (present === undefined) throw goneError(ref, 'syncRolePermissions');
    return [...new Set([...present.permissions, ...permissions.add])].sort();
  }

  async #sync(plan: RolePlan, permissions: readonly string[], signal: AbortSignal): Promise<void> {
    await this.#refuseUnknown(plan, permissions, signal);
    try {
      await this.#client.syncRolePermissions(plan.ref, permissions, signal);
    } catch (error) {
      if (!(error instanceof ProviderError) || error.kind !== 'notFound') throw error;
      // Karmo says neither what is missing nor, with an assumed path, for certain that anything is: the list does.
      if ((await this.#find(plan.ref, signal)) === undefined) throw goneError(plan.ref, 'syncRolePermissions', error);
      throw new ProviderError(
        'transient',
        `${error.message.replace(/\.$/, '')}; the role is there, so the path may be wrong: check operations.syncRolePermissions`,
        { operation: 'syncRolePermissions', status: 404, cause: error },
      );
    }
  }

  /** Karmo would make every unknown permission, for the whole environment, so a misspelt one as well. */
  async #refuseUnknown({ ref, createPermissions }: RolePlan, permissions: readonly string[], signal: AbortSignal): Promise<void> {
    const wanted = new Set(createPermissions);
    const unknown =
      (await this.catalogue?.unknown(
        permissions.filter((permission) => !wanted.has(permission)),
        signal,
      )) ?? [];
    if (unknown.length === 0) return;
    throw new ProviderError(
      'invalid',
      `Karmo syncRolePermissions, ${nameOf(ref)}: the environment has no permission ${shortList(unknown)}, and Karmo would make it`,
      { operation: 'syncRolePermissions', missing: 'permission', rejected: unknown },
    );
  }

  /** The role as it is now. */
  async #find(ref: RoleRef, signal: AbortSignal): Promise<ObservedRole | undefined> {
    return (await this.observe(ref.organization, signal)).roles.get(ref.slug);
  }

  #refuseSystemRole(ref: RoleRef): void {
    if (ref.slug.startsWith(organizationSlugPrefix) && this.#systemSlugs.get(ref.organization)?.has(ref.slug) !== true) return;
    throw new ProviderError(
      'forbidden',
      `Karmo, ${nameOf(ref)}: roles of the environment are never changed, only roles of the organization are`,
      { operation: 'syncRolePermissions' },
    );
  }
}

function goneError(ref: RoleRef, operation: string, cause?: unknown): ProviderError {
  return new ProviderError('notFound', `Karmo ${operation}, ${nameOf(ref)}: it doesn't exist`, {
    operation,
    missing: 'role',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** A list that fits into a message; the whole of it is in the details. */
function shortList(names: readonly string[]): string {
  const shown = names.slice(0, 10).join(', ');
  return names.length <= 10 ? shown : `${shown} and ${names.length - 10} more`;
}
