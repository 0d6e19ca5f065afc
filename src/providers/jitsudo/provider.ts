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
import { CachingCatalogue } from '../http/index.ts';
import { isUnsupported, type ServerAbilities, statusOf } from './abilities.ts';
import type { RoleAnswer } from './answers.ts';
import { assumptions } from './assumptions.ts';
import type { JitsudoClient } from './client.ts';
import { tenantMismatch, type UpdateRole } from './contract.ts';
import { normalize } from './normalize.ts';

/** What a JitsudoProvider works with. */
export interface JitsudoProviderParts {
  readonly abilities: ServerAbilities;
  readonly client: JitsudoClient;
  readonly clock: Clock;
  readonly holders: RoleHolders;
}

/** The roles of the tenant that a jitsudo credential belongs to. */
export class JitsudoProvider implements RoleProvider {
  readonly catalogue: PermissionCatalogue;
  readonly #catalogue: CachingCatalogue;
  readonly #client: JitsudoClient;
  readonly #abilities: ServerAbilities;
  readonly #holders: RoleHolders;
  /** The tenant that was last read; what the catalogue and probes are asked for. */
  #tenant: string | undefined;
  /** Slugs of the system roles by tenant, from its latest list. */
  readonly #systemSlugs = new Map<string, ReadonlySet<string>>();

  constructor(parts: JitsudoProviderParts) {
    this.#abilities = parts.abilities;
    this.#client = parts.client;
    this.#holders = parts.holders;
    this.#catalogue = new CachingCatalogue({ clock: parts.clock, read: (signal) => this.#readCatalogue(signal) });
    this.catalogue = this.#catalogue;
  }

  get capabilities(): Capabilities {
    return this.#abilities.capabilities;
  }

  get holders(): RoleHolders | undefined {
    return this.capabilities.bindings ? this.#holders : undefined;
  }

  async probe(signal: AbortSignal): Promise<void> {
    const known = this.#tenant;
    try {
      await this.#client.listPermissions(known ?? assumptions.nobodysTenant, signal);
    } catch (error) {
      if (known !== undefined || !provesCredential(error)) throw error;
    }
  }

  normalize(desired: DesiredRole): Normalized {
    return normalize(desired);
  }

  async observe(organization: string, signal: AbortSignal): Promise<OrganizationSnapshot> {
    const answers = await this.#list(organization, signal);
    return { organization, roles: new Map(answers.map((answer) => [answer.slug, observedRole(organization, answer)])) };
  }

  async apply(plan: RolePlan, signal: AbortSignal): Promise<Applied> {
    if (plan.action === 'none') return {};
    this.#refuseSystemRole(plan.ref, plan.action === 'create' ? 'createRole' : 'updateRole');
    refuseNewPermissions(plan);
    return plan.action === 'create' ? this.#create(plan, signal) : this.#update(plan, signal);
  }

  async remove(ref: RoleRef, _externalID: string, signal: AbortSignal): Promise<void> {
    this.#refuseSystemRole(ref, 'deleteRole');
    // That the server itself keeps a role which people hold is assumed only.
    const holders = await this.#countHolders(ref, signal);
    if (holders > 0) {
      throw new ProviderError('inUse', `jitsudo deleteRole, ${nameOf(ref)}: it is still held`, { operation: 'deleteRole', holders });
    }
    try {
      await this.#client.deleteRole(ref, signal);
    } catch (error) {
      if (statusOf(error) === 404) {
        // It may be said of the role or of the operation; the list of roles tells which.
        if (!(await this.#list(ref.organization, signal)).some((role) => role.slug === ref.slug)) return;
      } else if (!isUnsupported(error)) throw error;
      throw this.#unsupported('deleteRole', 'deleteRole', ref, error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#catalogue[Symbol.dispose]();
  }

  async #create({ ref, target }: RolePlan, signal: AbortSignal): Promise<Applied> {
    const { displayName: name, description, permissions: scopes } = target;
    try {
      const body = { slug: ref.slug, name, ...(description === '' ? {} : { description }), scopes };
      return { externalID: (await this.#client.createRole(ref, body, signal)).id };
    } catch (error) {
      if (await this.#abilities.lacks(error, ref.organization, signal)) throw this.#unsupported('createRole', 'createRole', ref, error);
      throw await this.#explained(error, ref, scopes, signal);
    }
  }

  /** One call for everything that differs. */
  async #update(plan: RolePlan, signal: AbortSignal): Promise<Applied> {
    const { ref, fields } = plan;
    const scopes = await this.#nextScopes(plan, signal);
    const body: UpdateRole = {
      ...(fields.displayName === undefined ? {} : { name: fields.displayName }),
      ...(fields.description === undefined ? {} : { description: fields.description || assumptions.clearedDescription }),
      ...(scopes === undefined ? {} : { scopes }),
    };
    if (Object.keys(body).length === 0) return {};
    try {
      return { externalID: (await this.#client.updateRole(ref, body, signal)).id };
    } catch (error) {
      throw await this.#explained(error, ref, scopes ?? [], signal);
    }
  }

  /**
   * The complete list to send; undefined where it stays. A scope can't be added by itself, so where others must survive the list as
   * it is now is what is added to.
   */
  async #nextScopes({ ref, permissions }: RolePlan, signal: AbortSignal): Promise<readonly string[] | undefined> {
    if (permissions === undefined) return undefined;
    if (!permissions.addOnly) return permissions.next;
    const present = (await this.#list(ref.organization, signal)).find((role) => role.slug === ref.slug);
    if (present === undefined) {
      // Whoever makes it again right now must not lose what it is made with.
      throw new ProviderError('notFound', `jitsudo updateRole, ${nameOf(ref)}: it doesn't exist`, {
        operation: 'updateRole',
        missing: 'role',
      });
    }
    return canonical([...present.scopes, ...permissions.add]);
  }

  async #list(tenant: string, signal: AbortSignal): Promise<readonly RoleAnswer[]> {
    const answers = await this.#client.listRoles(tenant, signal);
    this.#tenant = tenant;
    this.#systemSlugs.set(tenant, new Set(answers.filter((role) => role.isSystem).map((role) => role.slug)));
    return answers;
  }

  /** Scopes are asked for in the name of a tenant; before any was read there is none to ask for. */
  async #readCatalogue(signal: AbortSignal): Promise<ReadonlySet<string>> {
    if (this.#tenant === undefined) {
      throw new ProviderError('transient', 'jitsudo listPermissions: no tenant was read yet, so there is none to ask for', {
        operation: 'listPermissions',
      });
    }
    return new Set(await this.#client.listPermissions(this.#tenant, signal));
  }

  async #countHolders(ref: RoleRef, signal: AbortSignal): Promise<number> {
    try {
      const users = await this.#client.listUsers(ref.organization, signal);
      return users.filter((user) => user.roles.includes(ref.slug)).length;
    } catch (error) {
      if (await this.#abilities.lacks(error, ref.organization, signal)) throw this.#unsupported('deleteRole', 'listUsers', ref, error);
      throw error;
    }
  }

  /** `capability` is what can't be done without `operation`. */
  #unsupported(
    capability: 'createRole' | 'deleteRole',
    operation: 'createRole' | 'deleteRole' | 'listUsers',
    ref: RoleRef,
    cause: unknown,
  ): ProviderError {
    const why = operation === 'listUsers' ? { why: ', without which nobody can say who holds the role' } : {};
    return this.#abilities.unsupported(
      { operation, task: capability, name: nameOf(ref), ...why, advice: withoutIt[capability], capabilities: [capability] },
      cause,
    );
  }

  /** Names the scopes that a role was refused for: by what the server says, else by the catalogue. Other failures stay as they are. */
  async #explained(error: unknown, ref: RoleRef, scopes: readonly string[], signal: AbortSignal): Promise<unknown> {
    if (!(error instanceof ProviderError) || error.details.status !== 422) return error;
    const named = new Set(error.details.rejected ?? []);
    const told = canonical(scopes.filter((scope) => named.has(scope)));
    const unknown = told.length > 0 ? told : await this.#unknownScopes(scopes, signal);
    if (unknown.length === 0) return error;
    const message = `${error.message.replace(/\.$/, '')}; tenant ${ref.organization} has no scope ${shortList(unknown)}`;
    return new ProviderError('invalid', message, { ...error.details, missing: 'permission', rejected: unknown, cause: error });
  }

  async #unknownScopes(scopes: readonly string[], signal: AbortSignal): Promise<readonly string[]> {
    try {
      return await this.#catalogue.unknown(scopes, signal);
    } catch {
      signal.throwIfAborted();
      return [];
    }
  }

  #refuseSystemRole(ref: RoleRef, operation: string): void {
    if (this.#systemSlugs.get(ref.organization)?.has(ref.slug) !== true) return;
    throw new ProviderError('forbidden', `jitsudo ${operation}, ${nameOf(ref)}: system roles are never changed`, { operation });
  }
}

/** What people do where a server can't. */
const withoutIt: Readonly<Record<'createRole' | 'deleteRole', string>> = {
  createRole: 'Make the role at jitsudo and let the Role take it over by spec.adoptionPolicy.',
  deleteRole: 'Delete the role at jitsudo, or set spec.deletionPolicy: Retain.',
};

/** Scopes come with the product: nobody can add one. */
function refuseNewPermissions({ ref, createPermissions }: RolePlan): void {
  if (createPermissions.length === 0) return;
  throw new ProviderError(
    'unsupported',
    `jitsudo, ${nameOf(ref)}: scopes can't be created, and these don't exist: ${shortList(createPermissions)}`,
    { operation: 'listPermissions', missing: 'permission', rejected: createPermissions },
  );
}

/** What is only said to somebody whose credential was accepted. */
function provesCredential(error: unknown): boolean {
  if (!(error instanceof ProviderError)) return false;
  return error.kind === 'forbidden' || error.details.code === tenantMismatch;
}

function observedRole(organization: string, answer: RoleAnswer): ObservedRole {
  return {
    ref: { organization, slug: answer.slug },
    externalID: answer.id,
    displayName: answer.name,
    description: answer.description,
    permissions: canonical(answer.scopes),
    extras: {},
    system: answer.isSystem,
    ...(answer.blastRadius === undefined ? {} : { blastRadius: answer.blastRadius }),
  };
}

function canonical(scopes: readonly string[]): readonly string[] {
  return [...new Set(scopes)].sort();
}

/** A list that fits into a message; the whole of it is in the details. */
function shortList(names: readonly string[]): string {
  const shown = names.slice(0, 10).join(', ');
  return names.length <= 10 ? shown : `${shown} and ${names.length - 10} more`;
}

function nameOf({ organization, slug }: RoleRef): string {
  return `role ${slug} of tenant ${organization}`;
}
