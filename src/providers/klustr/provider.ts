import {
  type Applied,
  type Capabilities,
  type DesiredRole,
  type JsonValue,
  type ObservedRole,
  type OrganizationSnapshot,
  ProviderError,
  type RolePlan,
  type RoleRef,
} from '../../model/index.ts';
import type { Normalized, RoleHolders, RoleProvider } from '../contract.ts';
import { afterCreation } from '../http/index.ts';
import type { RoleAnswer } from './answers.ts';
import { nullPointer, type RoleCalls, type RolePlace } from './client.ts';
import type { RoleDocument } from './contract.ts';
import { canonicalID, generatedIDs, isBuiltIn } from './ids.ts';
import { normalize } from './normalize.ts';

/** The probe asks for an organization that needn't exist: whether the token is accepted shows all the same. */
const probedOrganization = 'rolekeeper-probe';

/** What a KlustrProvider works with. */
export interface KlustrProviderParts {
  readonly capabilities: Capabilities;
  readonly client: RoleCalls;
  readonly holders: RoleHolders;
}

/** The roles of the organizations behind one Klustr gateway. */
export class KlustrProvider implements RoleProvider {
  readonly capabilities: Capabilities;
  readonly holders: RoleHolders;
  readonly #client: RoleCalls;

  constructor(parts: KlustrProviderParts) {
    this.capabilities = parts.capabilities;
    this.holders = parts.holders;
    this.#client = parts.client;
  }

  async probe(signal: AbortSignal): Promise<void> {
    try {
      // The one operation that needs no right of the client and no membership.
      await this.#client.listOrgPermissions(probedOrganization, signal);
    } catch (error) {
      if (!provesCredentials(error)) throw error;
    }
  }

  normalize(desired: DesiredRole): Normalized {
    return normalize(desired);
  }

  async observe(organization: string, signal: AbortSignal): Promise<OrganizationSnapshot> {
    const answers = await this.#client.listOrganizationRoles(organization, signal);
    refuseDuplicates(organization, answers);
    const ids = new Set(answers.map(({ id }) => canonicalID(id)));
    return { organization, roles: new Map(answers.map((answer) => [canonicalID(answer.id), observedRole(organization, answer, ids)])) };
  }

  async apply(plan: RolePlan, signal: AbortSignal): Promise<Applied> {
    if (plan.action === 'none') return {};
    refuseBuiltIn(plan.ref, plan.action === 'create' ? 'createOrgRole' : 'updateOrgRole');
    return plan.action === 'create' ? this.#create(plan, signal) : this.#update(plan, signal);
  }

  async remove(ref: RoleRef, externalID: string, signal: AbortSignal): Promise<void> {
    refuseBuiltIn(ref, 'deleteOrgRole');
    const place = placeOf(ref, externalID);
    // Klustr would delete the role and leave its holders with a role that isn't there.
    const holders = await this.#countHolders(place, signal);
    if (holders > 0) {
      throw new ProviderError('inUse', `Klustr deleteOrgRole, ${nameOf(ref)}: it is still held`, { operation: 'deleteOrgRole', holders });
    }
    try {
      await this.#client.deleteOrgRole(place, signal);
    } catch (error) {
      if (!isKind(error, 'notFound')) throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client[Symbol.dispose]();
  }

  /** Looks first: the API would add a second role of the same id. */
  async #create(plan: RolePlan, signal: AbortSignal): Promise<Applied> {
    const { ref, target } = plan;
    if ((await this.#find(placeOf(ref), signal)) !== undefined) {
      throw new ProviderError('conflict', `Klustr createOrgRole, ${nameOf(ref)}: it exists already`, { operation: 'createOrgRole' });
    }
    const { displayName: name, description, permissions, extras } = target;
    const document = { id: ref.slug, name, description, ...extrasOf(extras), permissions: scopesOf(permissions) };
    const created = await this.#client.createOrgRole(ref.organization, document, signal);
    await this.#generate(plan, signal).catch((error: unknown) => {
      throw afterCreation(error);
    });
    return { externalID: created.id };
  }

  /**
   * Changes the role as it is now and sends the whole of it: what others have changed since it was listed, and fields that are
   * not managed, stay as they are.
   */
  async #update(plan: RolePlan, signal: AbortSignal): Promise<Applied> {
    const present = await this.#find(placeOf(plan.ref, plan.externalID), signal);
    if (present === undefined) {
      throw new ProviderError('notFound', `Klustr updateOrgRole, ${nameOf(plan.ref)}: it doesn't exist`, {
        operation: 'updateOrgRole',
        missing: 'role',
      });
    }
    if (changesRole(plan)) await this.#client.updateOrgRole(plan.ref.organization, changed(present, plan), signal);
    await this.#generate(plan, signal);
    return { externalID: present.id };
  }

  /** Klustr's own roles of the namespace, which it makes where they are missing. */
  async #generate({ ref, fields, target }: RolePlan, signal: AbortSignal): Promise<void> {
    const { namespace } = target.extras;
    if (fields.extras?.generate !== true || typeof namespace !== 'string') return;
    await this.#client.generateOrgRoles(ref.organization, { resources: [{ namespace }] }, signal);
  }

  /** The role as it is now; undefined when there is none. */
  async #find(place: RolePlace, signal: AbortSignal): Promise<RoleAnswer | undefined> {
    try {
      return await this.#client.getOrgRoleById(place, signal);
    } catch (error) {
      if (isKind(error, 'notFound')) return undefined;
      if (!(error instanceof ProviderError) || error.details.code !== nullPointer) throw error;
      // So Klustr fails for an organization that never had a role; the list of its roles can be read.
      const answers = await this.#client.listOrganizationRoles(place.organization, signal);
      refuseDuplicates(place.organization, answers);
      return answers.find((answer) => canonicalID(answer.id) === canonicalID(place.id));
    }
  }

  async #countHolders(place: RolePlace, signal: AbortSignal): Promise<number> {
    try {
      return (await this.#client.getOrgRoleAssignments(place, signal)).count;
    } catch (error) {
      // Nobody holds a role that isn't there; of one that is there, nothing is known then.
      if (isKind(error, 'notFound') && (await this.#find(place, signal)) === undefined) return 0;
      throw error;
    }
  }
}

/** The document to send: the present one with the changes of the plan. */
function changed(present: RoleAnswer, { fields, permissions }: RolePlan): RoleDocument {
  const scopes = permissions === undefined ? present.permissions : permissions.next;
  return {
    ...present.document,
    ...(fields.displayName === undefined ? {} : { name: fields.displayName }),
    ...(fields.description === undefined ? {} : { description: fields.description }),
    ...extrasOf(fields.extras ?? {}),
    id: present.id,
    permissions: scopesOf(permissions?.addOnly === true ? [...present.permissions, ...permissions.add] : scopes),
  };
}

/** Whether the role's own document is to change, and not only what is generated beside it. */
function changesRole({ fields, permissions }: RolePlan): boolean {
  const { extras, ...others } = fields;
  return permissions !== undefined || Object.keys(others).length > 0 || Object.keys(extras ?? {}).some((key) => key !== 'generate');
}

function extrasOf(extras: Readonly<Record<string, JsonValue>>): Pick<RoleDocument, 'namespace' | 'stage'> {
  const { namespace, stage } = extras;
  return { ...(typeof namespace === 'string' ? { namespace } : {}), ...(typeof stage === 'string' ? { stage } : {}) };
}

function scopesOf(permissions: readonly string[]): RoleDocument['permissions'] {
  return [...new Set(permissions)].sort().map((scope) => ({ scope }));
}

function observedRole(organization: string, answer: RoleAnswer, ids: ReadonlySet<string>): ObservedRole {
  const { namespace, stage } = answer;
  const isGenerated = namespace !== undefined && generatedIDs(namespace).every((id) => ids.has(id));
  return {
    ref: { organization, slug: canonicalID(answer.id) },
    externalID: answer.id,
    displayName: answer.name ?? '',
    description: answer.description ?? '',
    permissions: [...new Set(answer.permissions)].sort(),
    extras: {
      ...(namespace === undefined ? {} : { namespace }),
      ...(stage === undefined ? {} : { stage }),
      ...(isGenerated ? { generate: true } : {}),
    },
    system: isBuiltIn(answer.id),
  };
}

/** Which of two roles with one id Klustr would read or change is not known, so neither is believed. */
function refuseDuplicates(organization: string, answers: readonly RoleAnswer[]): void {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const id of answers.map((answer) => canonicalID(answer.id))) {
    if (seen.has(id)) twice.add(id);
    seen.add(id);
  }
  if (twice.size === 0) return;
  const names = [...twice].sort();
  const shown = names.slice(0, 10).map((id) => JSON.stringify(id));
  const more = names.length > shown.length ? ` and ${names.length - shown.length} more` : '';
  throw new ProviderError(
    'conflict',
    `Klustr listOrganizationRoles, organization ${organization}: more than one role has the id ${shown.join(', ')}${more}; keep one of each at Klustr, until then no role of the organization is changed`,
    { operation: 'listOrganizationRoles' },
  );
}

function refuseBuiltIn(ref: RoleRef, operation: string): void {
  if (!isBuiltIn(ref.slug)) return;
  throw new ProviderError('forbidden', `Klustr ${operation}, ${nameOf(ref)}: roles that Klustr makes itself are never changed`, {
    operation,
  });
}

/** Where the role stands: under the id as the server spells it, where that is known. */
function placeOf({ organization, slug }: RoleRef, externalID: string | undefined = ''): RolePlace {
  // An id of another role can't be right, whatever it was recorded for.
  return { organization, id: canonicalID(externalID) === slug ? externalID : slug };
}

function nameOf({ organization, slug }: RoleRef): string {
  return `role ${slug} of organization ${organization}`;
}

/** Answers of the API itself, which it gives to a token that it accepts only. */
function provesCredentials(error: unknown): boolean {
  if (!(error instanceof ProviderError)) return false;
  // Errors of the authorization server have no say here: without a token nothing is proven.
  if (error.details.operation !== 'listOrgPermissions') return false;
  return ['notFound', 'forbidden', 'invalid'].includes(error.kind) || error.details.code === nullPointer;
}

function isKind(error: unknown, kind: ProviderError['kind']): boolean {
  return error instanceof ProviderError && error.kind === kind;
}
