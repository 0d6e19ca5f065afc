import type { Clock } from '../../lib/index.ts';
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
import { afterCreation, CachingCatalogue, readAllPages } from '../http/index.ts';
import { organizationRoleType, type RoleAnswer } from './answers.ts';
import { roleHasAssignments, type WorkosClient } from './client.ts';
import type { UpdateRole } from './generated/contract.ts';
import { normalize } from './normalize.ts';

/** Every slug of an organization role begins so; anything else is the environment's. */
const organizationSlugPrefix = 'org-';

/** Members are counted for a message only, so a large organization isn't read to its end for it. */
const mostPagesCounted = 100;

/** What a WorkosProvider works with. */
export interface WorkosProviderParts {
  readonly capabilities: Capabilities;
  readonly client: WorkosClient;
  readonly clock: Clock;
  readonly holders: RoleHolders;
}

/** The roles of the organizations of one WorkOS environment. */
export class WorkosProvider implements RoleProvider {
  readonly capabilities: Capabilities;
  readonly catalogue: PermissionCatalogue;
  readonly holders: RoleHolders;
  readonly #catalogue: CachingCatalogue;
  readonly #client: WorkosClient;
  /**
   * Slugs of the environment's roles, from the latest list of any organization: they are the same in all of them. Nothing
   * but these and the prefix tells them from roles that may be written.
   */
  #environmentSlugs: ReadonlySet<string> = new Set();

  constructor(parts: WorkosProviderParts) {
    this.capabilities = parts.capabilities;
    this.holders = parts.holders;
    this.#client = parts.client;
    this.#catalogue = new CachingCatalogue({ clock: parts.clock, read: (signal) => this.#readCatalogue(signal) });
    this.catalogue = this.#catalogue;
  }

  async probe(signal: AbortSignal): Promise<void> {
    await this.#client.listPermissions(undefined, signal, 1);
  }

  normalize(desired: DesiredRole): Normalized {
    return normalize(desired);
  }

  async observe(organization: string, signal: AbortSignal): Promise<OrganizationSnapshot> {
    const answers = await this.#client.listOrganizationRoles(organization, signal);
    const roles = new Map(answers.map((answer) => [answer.slug, observedRole(organization, answer)]));
    this.#environmentSlugs = new Set([...roles.values()].filter((role) => role.system).map((role) => role.ref.slug));
    return { organization, roles };
  }

  async apply(plan: RolePlan, signal: AbortSignal): Promise<Applied> {
    if (plan.action === 'none') return {};
    this.#refuseEnvironmentRole(plan.ref, plan.action === 'create' ? 'createOrganizationRole' : 'updateOrganizationRole');
    await this.#createPermissions(plan.createPermissions, signal);
    return plan.action === 'create' ? this.#create(plan, signal) : this.#update(plan, signal);
  }

  async remove(ref: RoleRef, _externalID: string, signal: AbortSignal): Promise<void> {
    this.#refuseEnvironmentRole(ref, 'deleteOrganizationRole');
    try {
      await this.#client.deleteOrganizationRole(ref, signal);
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      if (error.kind === 'notFound') return;
      if (error.details.code === roleHasAssignments) throw await this.#withHolders(error, ref, signal);
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#catalogue[Symbol.dispose]();
  }

  /** Two calls, as the API wants it. What fails in between leaves a role without permissions, which the next plan fills. */
  async #create(plan: RolePlan, signal: AbortSignal): Promise<Applied> {
    const { displayName, description } = plan.target;
    const created = await this.#client.createOrganizationRole(
      plan.ref,
      { slug: plan.ref.slug, name: displayName, ...(description === '' ? {} : { description }) },
      signal,
    );
    // A new role has no permissions, so an empty set needs no call.
    if (plan.target.permissions.length > 0) {
      await this.#setPermissions(plan.ref, plan.target.permissions, signal).catch((error: unknown) => {
        throw afterCreation(error);
      });
    }
    return { externalID: created.id };
  }

  async #update(plan: RolePlan, signal: AbortSignal): Promise<Applied> {
    const { fields, permissions, ref } = plan;
    let answer: RoleAnswer | undefined;
    // The set goes first: it is what people's access hangs on, and the name must not keep it from being written.
    if (permissions?.addOnly === true) answer = await this.#addPermissions(ref, permissions.add, signal);
    else if (permissions !== undefined) answer = await this.#setPermissions(ref, permissions.next, signal);
    const body = fieldsBody(fields.displayName, fields.description);
    if (Object.keys(body).length > 0) answer = await this.#client.updateOrganizationRole(ref, body, signal);
    return answer === undefined ? {} : { externalID: answer.id };
  }

  async #setPermissions(ref: RoleRef, permissions: readonly string[], signal: AbortSignal): Promise<RoleAnswer> {
    try {
      return await this.#client.setOrganizationRolePermissions(ref, { permissions }, signal);
    } catch (error) {
      throw await this.#explained(error, permissions, signal);
    }
  }

  /** One by one, so that what others add at the same moment stays. */
  async #addPermissions(ref: RoleRef, permissions: readonly string[], signal: AbortSignal): Promise<RoleAnswer | undefined> {
    let answer: RoleAnswer | undefined;
    for (const slug of permissions) {
      try {
        answer = await this.#client.addOrganizationRolePermission(ref, { slug }, signal);
      } catch (error) {
        throw await this.#explained(error, permissions, signal);
      }
    }
    return answer;
  }

  async #createPermissions(slugs: readonly string[], signal: AbortSignal): Promise<void> {
    for (const slug of slugs) {
      try {
        await this.#client.createPermission({ slug, name: slug }, signal);
      } catch (error) {
        // Somebody else has created it since the catalogue was read, or an earlier try did.
        if (!(error instanceof ProviderError) || error.kind !== 'conflict') throw error;
      }
      this.#catalogue.add(slug);
    }
  }

  /**
   * The API answers 404 or 422 for a permission that it doesn't know and 404 for a role that is gone, and says neither in a
   * form to rely on: the catalogue tells which it is. Unexplained failures stay as they are.
   */
  async #explained(error: unknown, permissions: readonly string[], signal: AbortSignal): Promise<unknown> {
    if (!(error instanceof ProviderError) || (error.kind !== 'notFound' && error.kind !== 'invalid')) return error;
    const unknown = await this.#catalogue.unknown(permissions, signal).catch(() => undefined);
    if (signal.aborted) return signal.reason;
    if (unknown === undefined) return error;
    if (unknown.length > 0) {
      return new ProviderError('invalid', `${error.message.replace(/\.$/, '')}; the environment has no permission ${shortList(unknown)}`, {
        ...error.details,
        missing: 'permission',
        rejected: unknown,
        cause: error,
      });
    }
    if (error.kind === 'invalid') return error;
    return new ProviderError('notFound', error.message, { ...error.details, missing: 'role', cause: error });
  }

  async #withHolders(error: ProviderError, ref: RoleRef, signal: AbortSignal): Promise<unknown> {
    const holders = await this.#countHolders(ref, signal).catch(() => undefined);
    if (signal.aborted) return signal.reason;
    return holders === undefined ? error : new ProviderError(error.kind, error.message, { ...error.details, holders, cause: error });
  }

  async #countHolders(ref: RoleRef, signal: AbortSignal): Promise<number> {
    const memberships = await readAllPages({
      operation: 'listOrganizationMemberships',
      read: (after) => this.#client.listOrganizationMemberships({ organization: ref.organization }, after, signal),
      keyOf: (membership) => membership.id,
      maxPages: mostPagesCounted,
    });
    return memberships.filter((membership) => membership.roles.includes(ref.slug)).length;
  }

  async #readCatalogue(signal: AbortSignal): Promise<ReadonlySet<string>> {
    const permissions = await readAllPages({
      operation: 'listPermissions',
      read: (after) => this.#client.listPermissions(after, signal),
      keyOf: (permission) => permission.slug,
    });
    return new Set(permissions.map((permission) => permission.slug));
  }

  #refuseEnvironmentRole(ref: RoleRef, operation: string): void {
    if (ref.slug.startsWith(organizationSlugPrefix) && !this.#environmentSlugs.has(ref.slug)) return;
    throw new ProviderError(
      'forbidden',
      `WorkOS ${operation}, role ${ref.slug} of organization ${ref.organization}: roles of the environment are never changed, only roles of the organization are`,
      { operation },
    );
  }
}

/** A list that fits into a message; the whole of it is in the details. */
function shortList(names: readonly string[]): string {
  const shown = names.slice(0, 10).join(', ');
  return names.length <= 10 ? shown : `${shown} and ${names.length - 10} more`;
}

function observedRole(organization: string, answer: RoleAnswer): ObservedRole {
  return {
    ref: { organization, slug: answer.slug },
    externalID: answer.id,
    displayName: answer.name,
    description: answer.description ?? '',
    permissions: [...new Set(answer.permissions)].sort(),
    extras: {},
    system: answer.type !== organizationRoleType,
  };
}

/** An empty description is cleared with null, which the API reads back as none. */
function fieldsBody(displayName: string | undefined, description: string | undefined): UpdateRole {
  return {
    ...(displayName === undefined ? {} : { name: displayName }),
    ...(description === undefined ? {} : { description: description === '' ? null : description }),
  };
}
