import type { Clock } from '../../lib/index.ts';
import {
  type Applied,
  type Capabilities,
  type DesiredRole,
  type ObservedRole,
  type OrganizationSnapshot,
  ProviderError,
  type ProviderErrorDetails,
  type ProviderErrorKind,
  type RolePlan,
  type RoleRef,
} from '../../model/index.ts';
import type { Normalized, PermissionCatalogue, RoleHolders, RoleProvider } from '../contract.ts';
import { CachingCatalogue, Turns } from '../http/index.ts';
import type { RoleAnswer } from './answers.ts';
import type { FrontierCalls, RoleDocument, RolePlace } from './client.ts';
import { FrontierHolders } from './holders.ts';
import { type Metadata, readMetadata, writeMetadata } from './metadata.ts';
import { normalize } from './normalize.ts';
import { permissionKey, permissionSlug } from './permissions.ts';

/** How long a role isn't tried again whose deletion the server failed at, in milliseconds: every attempt takes access away for a moment. */
const undeletableForMs = 600_000;

/** What a FrontierProvider works with. */
export interface FrontierProviderParts {
  readonly capabilities: Capabilities;
  readonly client: FrontierCalls;
  readonly clock: Clock;
}

/** The roles of the organizations of one Frontier server. */
export class FrontierProvider implements RoleProvider {
  readonly capabilities: Capabilities;
  readonly holders: RoleHolders;
  readonly #client: FrontierCalls;
  readonly #catalogue: CachingCatalogue;
  readonly #turns = new Turns();
  readonly #clock: Clock;
  /** Until when roles aren't deleted, by id. */
  readonly #undeletable = new Map<string, number>();

  constructor({ capabilities, client, clock }: FrontierProviderParts) {
    this.capabilities = capabilities;
    this.holders = new FrontierHolders({ client, clock });
    this.#client = client;
    this.#clock = clock;
    this.#catalogue = new CachingCatalogue({ clock, read: (signal) => client.listPermissions(signal) });
  }

  get catalogue(): PermissionCatalogue {
    return this.#catalogue;
  }

  async probe(signal: AbortSignal): Promise<void> {
    await this.#client.listPermissions(signal);
  }

  normalize(desired: DesiredRole): Normalized {
    return normalize(desired);
  }

  async observe(organization: string, signal: AbortSignal): Promise<OrganizationSnapshot> {
    const answers = await this.#client.listOrganizationRoles(organization, signal);
    return { organization, roles: new Map(answers.map((answer) => [answer.name, observedRole(organization, answer)])) };
  }

  async apply(plan: RolePlan, signal: AbortSignal): Promise<Applied> {
    if (plan.action === 'none') return {};
    return this.#alone(plan.ref, signal, () => (plan.action === 'create' ? this.#create(plan, signal) : this.#update(plan, signal)));
  }

  async remove(ref: RoleRef, externalID: string, signal: AbortSignal): Promise<void> {
    await this.#alone(ref, signal, () => this.#remove(ref, externalID, signal));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#catalogue[Symbol.dispose]();
    this.#client[Symbol.dispose]();
  }

  /** Two writes to one role at a time leave a permission in effect that neither shows. */
  #alone<T>({ organization, slug }: RoleRef, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return this.#turns.take(`${organization}/${slug}`, signal, work);
  }

  /** Looks first: Frontier would take over a role of that name, and what it granted would stay in effect unseen. */
  async #create(plan: RolePlan, signal: AbortSignal): Promise<Applied> {
    const { ref, target } = plan;
    if ((await this.#find(ref, signal)) !== undefined) throw refusal('conflict', 'CreateOrganizationRole', ref, 'it exists already');
    await this.#preparePermissions(plan, target.permissions, signal);
    const created = await this.#client.createOrganizationRole(ref.organization, documentOf(ref.slug, target), signal);
    return { externalID: created.id };
  }

  async #update(plan: RolePlan, signal: AbortSignal): Promise<Applied> {
    const { ref } = plan;
    const id = plan.externalID ?? (await this.#find(ref, signal))?.id;
    if (id === undefined) throw refusal('notFound', 'UpdateOrganizationRole', ref, "it doesn't exist", { missing: 'role' });
    const place = placeOf(ref, id);
    const body = await this.#next(plan, place, signal);
    await this.#preparePermissions(plan, body.permissions, signal);
    await this.#client.updateOrganizationRole(place, body, signal);
    return { externalID: id };
  }

  /**
   * An update replaces everything, so the role is read right before: what the plan leaves alone stays as it is by then. Under another name
   * it isn't touched, since renaming it to one that is taken would change what it grants, and be refused.
   */
  async #next({ ref, fields, permissions, target }: RolePlan, place: RolePlace, signal: AbortSignal): Promise<RoleDocument> {
    const present = observedRole(ref.organization, await this.#client.getOrganizationRole(place, signal));
    // The name that it has now is the server's word, which may be anything.
    if (present.ref.slug !== ref.slug) throw refusal('conflict', 'UpdateOrganizationRole', ref, 'it has been given another name');
    const union = [...new Set([...present.permissions, ...(permissions?.add ?? [])])].sort();
    return documentOf(ref.slug, {
      ...present,
      ...fields,
      extras: { ...present.extras, ...fields.extras },
      permissions: permissions?.addOnly === true ? union : target.permissions,
    });
  }

  async #remove(ref: RoleRef, externalID: string, signal: AbortSignal): Promise<void> {
    const id = externalID === '' ? (await this.#find(ref, signal))?.id : externalID;
    if (id === undefined) return;
    const place = placeOf(ref, id);
    // Servers before v0.106.1 would take the access of everybody who holds the role, and keep the role.
    const holders = await this.#countHolders(place, signal);
    if (holders > 0) throw refusal('inUse', 'DeleteOrganizationRole', ref, 'it is still held', { holders });
    if (this.#clock.monotonic() < (this.#undeletable.get(id) ?? Number.NEGATIVE_INFINITY)) throw failedBefore(ref);
    try {
      await this.#client.deleteOrganizationRole(place, signal);
    } catch (error) {
      if (isServersFailure(error)) await this.#restore(place, ref, signal);
      else if (!isKind(error, 'notFound')) throw error;
    }
    this.#undeletable.delete(id);
  }

  /** Where the server has failed to delete a role, what that grants may be gone already: writing the role again brings it back. */
  async #restore(place: RolePlace, ref: RoleRef, signal: AbortSignal): Promise<void> {
    let present: ObservedRole;
    try {
      present = observedRole(ref.organization, await this.#client.getOrganizationRole(place, signal));
    } catch (error) {
      if (isKind(error, 'notFound')) return;
      throw error;
    }
    await this.#client.updateOrganizationRole(place, documentOf(present.ref.slug, present), signal);
    this.#undeletable.set(place.id, this.#clock.monotonic() + undeletableForMs);
    throw failedBefore(ref);
  }

  /** Holders on the organization, and those on its projects and other resources where the service user may ask about them. */
  async #countHolders(place: RolePlace, signal: AbortSignal): Promise<number> {
    const onOrganization = await this.#client.listPolicies(place, 'organization', signal);
    if (onOrganization.length > 0) return onOrganization.length;
    try {
      return (await this.#client.listPolicies(place, 'anywhere', signal)).length;
    } catch (error) {
      if (isKind(error, 'forbidden')) return 0;
      throw error;
    }
  }

  /** The role as it is now; undefined when there is none. */
  async #find({ organization, slug }: RoleRef, signal: AbortSignal): Promise<RoleAnswer | undefined> {
    return (await this.#client.listOrganizationRoles(organization, signal)).find(({ name }) => name === slug);
  }

  /** Frontier names no permission that it refuses, and answers an update with a 500, so they are looked up before. */
  async #preparePermissions(plan: RolePlan, permissions: readonly string[], signal: AbortSignal): Promise<void> {
    await this.#createPermissions(plan, signal);
    const rejected = await this.#catalogue.unknown(permissions, signal);
    if (rejected.length === 0) return;
    const operation = plan.action === 'create' ? 'CreateOrganizationRole' : 'UpdateOrganizationRole';
    throw refusal('invalid', operation, plan.ref, `unknown permissions: ${shown(rejected)}`, { missing: 'permission', rejected });
  }

  async #createPermissions({ ref, createPermissions }: RolePlan, signal: AbortSignal): Promise<void> {
    if (createPermissions.length === 0) return;
    const keys = new Map(createPermissions.map((slug) => [slug, permissionKey(slug)]));
    const rejected = createPermissions.filter((slug) => keys.get(slug) === undefined);
    if (rejected.length > 0) {
      const why = `${shown(rejected)} can't be created, since nobody can tell where its service, resource and verb begin; create it at Frontier`;
      throw refusal('invalid', 'CreatePermission', ref, why, { missing: 'permission', rejected });
    }
    await this.#client.createPermissions(
      [...keys.values()].filter((key) => key !== undefined),
      signal,
    );
    for (const slug of createPermissions) this.#catalogue.add(slug);
  }
}

/** The document to send. Scopes and metadata come from the plan as well: what isn't managed stands there as it is. */
function documentOf(name: string, target: RolePlan['target']): RoleDocument {
  const { displayName, description, permissions, extras, mark } = target;
  return {
    name,
    title: displayName,
    permissions,
    scopes: (extras.scopes ?? []) as readonly string[],
    metadata: writeMetadata({ description, metadata: (extras.metadata ?? {}) as Metadata, ...(mark === undefined ? {} : { mark }) }),
  };
}

function observedRole(organization: string, answer: RoleAnswer): ObservedRole {
  const { description, mark, metadata } = readMetadata(answer.metadata);
  return {
    ref: { organization, slug: answer.name },
    externalID: answer.id,
    displayName: answer.title,
    description,
    permissions: sortedUnique(answer.permissions.map((permission) => permissionSlug(permission) ?? permission)),
    extras: { scopes: sortedUnique(answer.scopes.map((scope) => scope.toLowerCase())), metadata },
    system: false,
    ...(mark === undefined ? {} : { mark }),
  };
}

function sortedUnique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort();
}

function placeOf({ organization, slug }: RoleRef, id: string): RolePlace {
  return { organization, id, name: slug };
}

function shown(permissions: readonly string[]): string {
  const more = permissions.length - 10;
  return `${permissions.slice(0, 10).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function refusal(
  kind: ProviderErrorKind,
  operation: string,
  { organization, slug }: RoleRef,
  why: string,
  details: Omit<ProviderErrorDetails, 'operation'> = {},
): ProviderError {
  return new ProviderError(kind, `Frontier ${operation}, role ${slug} of organization ${organization}: ${why}`, { operation, ...details });
}

/** Frontier itself has answered 500, which says nothing of what it had done by then. */
function isServersFailure(error: unknown): boolean {
  return error instanceof ProviderError && error.details.status === 500 && error.details.code !== undefined;
}

function failedBefore(ref: RoleRef): ProviderError {
  const why = 'the server failed at it, as those before v0.106.1 do where a role is held on a project; what it grants was written again';
  return refusal('inUse', 'DeleteOrganizationRole', ref, why);
}

function isKind(error: unknown, kind: ProviderErrorKind): boolean {
  return error instanceof ProviderError && error.kind === kind;
}
