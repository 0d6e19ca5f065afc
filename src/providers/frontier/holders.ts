import type { Clock } from '../../lib/index.ts';
import {
  type HoldersSnapshot,
  type Holding,
  type HoldingApplied,
  type HoldingChange,
  type NamedSubject,
  ProviderError,
  type ProviderErrorDetails,
  type ProviderErrorKind,
  type SubjectLookup,
  type SubjectRef,
  subjectKey,
} from '../../model/index.ts';
import type { RoleHolders } from '../contract.ts';
import { nameOfSubject, sortedRoles } from '../holdings.ts';
import { Turns } from '../http/index.ts';
import type { PolicyAnswer } from './answers.ts';
import type { FrontierCalls, GrantPlace } from './client.ts';
import { Directory } from './directory.ts';
import { organizationProblem } from './organizations.ts';
import { isSameSubject, organizationResource, principalOf, subjectOf } from './principals.ts';
import { RoleDirectory, type RoleNames } from './role-names.ts';

/** What FrontierHolders works with. */
export interface FrontierHoldersParts {
  readonly client: FrontierCalls;
  readonly clock: Clock;
}

/** A change, and what it is a change of. */
interface Change {
  readonly change: HoldingChange;
  readonly roles: RoleNames;
  /** What the subject holds on the organization. */
  readonly held: readonly PolicyAnswer[];
  readonly signal: AbortSignal;
}

/**
 * Who holds the roles of Frontier organizations: policies, one for each role and subject. Neither a policy on a project nor the members of
 * a group are anybody's holding here, and roles of other organizations are left alone.
 */
export class FrontierHolders implements RoleHolders {
  readonly #client: FrontierCalls;
  readonly #roles: RoleDirectory;
  readonly #directory: Directory;
  readonly #turns = new Turns();
  /** Grants that the server may have made by half: the policy is there and isn't in force. */
  readonly #open = new Set<string>();

  constructor(parts: FrontierHoldersParts) {
    this.#client = parts.client;
    this.#roles = new RoleDirectory(parts);
    this.#directory = new Directory(parts);
  }

  canonicalRole(slug: string): string {
    return slug;
  }

  /** Somebody is found who is a member, a group or a service user of the organization, and for superusers also any user of the server. */
  async lookup(organization: string, subjects: readonly NamedSubject[], signal: AbortSignal): Promise<readonly SubjectLookup[]> {
    signal.throwIfAborted();
    requireOrganization('ListOrganizationUsers', organization);
    return this.#directory.find(organization, subjects, signal);
  }

  async observe(organization: string, roles: readonly string[], signal: AbortSignal): Promise<HoldersSnapshot> {
    signal.throwIfAborted();
    requireOrganization('ListPolicies', organization);
    const names = await this.#roles.read(organization, roles, signal);
    const policies = await this.#client.listOrganizationPolicies(organization, undefined, signal);
    const asked = new Set(roles);
    const holdings = holdingsIn(organization, policies, names).filter((holding) => holding.roles.some((role) => asked.has(role)));
    return { organization, holdings: new Map(holdings.map((holding) => [subjectKey(holding.subject), holding])) };
  }

  async apply(asked: HoldingChange, signal: AbortSignal): Promise<HoldingApplied> {
    signal.throwIfAborted();
    const { organization, add, remove } = asked;
    const subject = { kind: asked.subject.kind, id: asked.subject.id.toLowerCase() };
    const change = { ...asked, subject };
    requireOrganization('CreatePolicy', organization);
    if (add.length + remove.length === 0) return {};
    await this.#turns.take(`${organization}/${subjectKey(subject)}`, signal, async () => {
      const roles = await this.#roles.known(organization, [...add, ...remove], signal);
      const rejected = add.filter((role) => roles.idOf(role) === undefined);
      if (rejected.length > 0) throw refusal('notFound', change, `there is no role ${rejected.join(', ')}`, { missing: 'role', rejected });
      const policies = await this.#client.listOrganizationPolicies(organization, subject.id, signal);
      const held = policies.filter((policy) => isOf(policy, organization, subject));
      await this.#grant({ change, roles, held, signal });
      await this.#revoke({ change, roles, held, signal });
    });
    return {};
  }

  async #grant({ change, roles, held, signal }: Change): Promise<void> {
    const { organization, subject, add } = change;
    const places = add
      .map((role): GrantPlace => ({ organization, role, roleID: roles.idOf(role) ?? '', principal: principalOf(subject) }))
      .filter((place) => this.#open.has(keyOf(place)) || !held.some(({ roleId }) => roleId === place.roleID));
    if (places.length === 0) return;
    // Frontier would grant a role to somebody who isn't there.
    await this.#requireSubject(change, signal);
    for (const place of places) await this.#create(place, signal);
  }

  async #create(place: GrantPlace, signal: AbortSignal): Promise<void> {
    try {
      await this.#client.createPolicy(place, signal);
      this.#open.delete(keyOf(place));
    } catch (error) {
      if (error instanceof ProviderError && error.details.ambiguous === true) this.#open.add(keyOf(place));
      // It may be a role that was made anew since its uuid was read.
      this.#roles.forget(place.organization);
      throw error;
    }
  }

  async #requireSubject(change: HoldingChange, signal: AbortSignal): Promise<void> {
    const [lookup] = await this.#directory.find(change.organization, [change.subject], signal);
    if (lookup === undefined || lookup.state === 'found') return;
    if (lookup.state === 'unknown') throw refusal('notFound', change, lookup.message, { missing: 'subject' });
    throw refusal('unsupported', change, lookup.message);
  }

  async #revoke({ change, roles, held, signal }: Change): Promise<void> {
    const { organization, remove } = change;
    for (const { id, roleId, principal } of held) {
      const role = roles.nameOf(roleId);
      if (role !== undefined && remove.includes(role)) await this.#delete(id, { organization, role, roleID: roleId, principal }, signal);
    }
  }

  async #delete(id: string, place: GrantPlace, signal: AbortSignal): Promise<void> {
    try {
      await this.#client.deletePolicy(id, place, signal);
    } catch (error) {
      if (!(error instanceof ProviderError) || error.kind !== 'notFound') throw error;
    }
  }
}

/** What everybody holds on an organization, of the roles that have a name there. */
function holdingsIn(organization: string, policies: readonly PolicyAnswer[], names: RoleNames): readonly Holding[] {
  const held = new Map<string, { readonly subject: SubjectRef; readonly roles: string[] }>();
  for (const policy of policies) {
    const subject = subjectOf(policy.principal);
    const role = names.nameOf(policy.roleId);
    if (subject === undefined || role === undefined || !isOf(policy, organization, subject)) continue;
    const holding = held.get(subjectKey(subject)) ?? { subject, roles: [] };
    holding.roles.push(role);
    held.set(subjectKey(subject), holding);
  }
  return [...held.values()].map(({ subject, roles }) => ({ subject, roles: sortedRoles(roles) }));
}

/** Whether a policy gives something to the subject on the organization itself. The filters of the list know no kinds of principals. */
function isOf({ resource, principal }: PolicyAnswer, organization: string, subject: SubjectRef): boolean {
  return resource === organizationResource(organization) && isSameSubject(subjectOf(principal), subject);
}

function keyOf({ organization, roleID, principal }: GrantPlace): string {
  return `${organization}/${roleID}/${principal}`;
}

/** A binding can name an organization that no Role has brought into its spelling. */
function requireOrganization(operation: string, organization: string): void {
  const problem = organizationProblem(organization);
  if (problem !== undefined) throw new ProviderError('invalid', `Frontier ${operation}: ${problem}`, { operation });
}

function refusal(
  kind: ProviderErrorKind,
  { organization, subject }: HoldingChange,
  why: string,
  details: Omit<ProviderErrorDetails, 'operation'> = {},
): ProviderError {
  const operation = 'CreatePolicy';
  return new ProviderError(kind, `Frontier ${operation}, ${nameOfSubject(subject, organization)}: ${why}`, { operation, ...details });
}
