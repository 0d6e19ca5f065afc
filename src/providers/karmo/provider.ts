import {
  type Applied,
  type Capabilities,
  type DesiredRole,
  type OrganizationSnapshot,
  ProviderError,
  type RolePlan,
  type RoleRef,
} from '../../model/index.ts';
import type { Normalized, RoleHolders, RoleProvider } from '../contract.ts';
import type { RoleCalls } from './client.ts';
import { normalize } from './normalize.ts';

/** What a KarmoProvider works with. */
export interface KarmoProviderParts {
  readonly capabilities: Capabilities;
  readonly client: RoleCalls;
  readonly holders: RoleHolders;
}

/** Roles that are written through Karmo and can't be read: what is declared is sent, and sent again. */
export class KarmoProvider implements RoleProvider {
  readonly capabilities: Capabilities;
  readonly holders: RoleHolders;
  readonly #client: RoleCalls;

  constructor({ capabilities, client, holders }: KarmoProviderParts) {
    this.capabilities = capabilities;
    this.holders = holders;
    this.#client = client;
  }

  async probe(signal: AbortSignal): Promise<void> {
    await this.#client.probe(signal);
  }

  normalize(desired: DesiredRole): Normalized {
    return normalize(desired);
  }

  async observe(organization: string, signal: AbortSignal): Promise<OrganizationSnapshot> {
    signal.throwIfAborted();
    throw new ProviderError('unsupported', `Karmo, organization ${organization}: it has no operation that reads roles; readBack would`, {
      operation: 'observe',
    });
  }

  /**
   * Sends the complete permission set. A declared name is sent with it; without one the role is only named where it has to be made, so
   * that a name which somebody gave it stays.
   */
  async apply(plan: RolePlan, signal: AbortSignal): Promise<Applied> {
    if (plan.action === 'none') return {};
    if (plan.permissions?.addOnly === true) throw cannotAdd(plan.ref);
    const { ref, fields, target } = plan;
    const permissions = plan.permissions?.next ?? target.permissions;
    if (fields.displayName !== undefined) return this.#assert(ref, fields.displayName, permissions, signal);
    try {
      await this.#client.syncRolePermissions(ref, permissions, signal);
      return {};
    } catch (error) {
      if (!(error instanceof ProviderError) || error.kind !== 'notFound') throw error;
      // It may be the role or the organization that isn't there: making the role tells.
      return this.#assert(ref, target.displayName, permissions, signal);
    }
  }

  async remove(ref: RoleRef, _externalID: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    throw cannotDelete(ref);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client[Symbol.dispose]();
  }

  async #assert(ref: RoleRef, name: string, permissions: readonly string[], signal: AbortSignal): Promise<Applied> {
    const externalID = await this.#client.upsertRole(ref, name, signal);
    await this.#client.syncRolePermissions(ref, permissions, signal);
    return externalID === undefined ? {} : { externalID };
  }
}

/** Karmo has no operation that deletes a role. */
export function cannotDelete(ref: RoleRef): ProviderError {
  return new ProviderError(
    'unsupported',
    `Karmo, ${nameOf(ref)}: it has no operation that deletes roles. Delete it at the access provider behind Karmo, or set spec.deletionPolicy: Retain.`,
    { operation: 'remove' },
  );
}

/** A role in messages. */
export function nameOf({ organization, slug }: RoleRef): string {
  return `role ${slug} of organization ${organization}`;
}

/** Without knowing the set there is nothing to add to. */
function cannotAdd(ref: RoleRef): ProviderError {
  return new ProviderError(
    'unsupported',
    `Karmo syncRolePermissions, ${nameOf(ref)}: it only replaces the whole set, and the present one can't be read; readBack would`,
    { operation: 'syncRolePermissions' },
  );
}
