import type { Clock } from '../../lib/index.ts';
import {
  type HoldersSnapshot,
  type Holding,
  type HoldingApplied,
  type HoldingChange,
  type NamedSubject,
  ProviderError,
  type SubjectLookup,
  type SubjectObstacle,
  type SubjectRef,
  subjectKey,
} from '../../model/index.ts';
import type { RoleHolders } from '../contract.ts';
import { changedRoles, findSubjects, foundUser, nameOfSubject, sameRoles, sortedRoles } from '../holdings.ts';
import { Recent, readAllPages, Turns } from '../http/index.ts';
import type { MembershipAnswer } from './answers.ts';
import { type MembershipPlace, multipleRolesNotEnabled, type WorkosClient } from './client.ts';
import type { UpdateOrganizationMembership } from './generated/contract.ts';

/** What the ids of users look like. */
const userIDPattern = /^user_[A-Za-z0-9_-]+$/;

/** Pages of users with one address; the filter is exact, so there is hardly ever more than one. */
const mostUserPages = 100;

const onlyUsers = 'WorkOS gives roles to users only; groups get theirs from a directory';

/** What WorkosHolders works with. */
export interface WorkosHoldersParts {
  readonly client: WorkosClient;
  readonly clock: Clock;
  /** Whether a membership of this environment may hold more than one role. */
  readonly multipleRoles: boolean;
  /** The role of a membership whose last one is revoked. */
  readonly fallbackRole: string;
}

/** What a membership is to hold. */
interface NextRoles {
  readonly roles: readonly string[];
  readonly fallback?: string;
}

/**
 * Who holds the roles of WorkOS organizations: memberships, each with at least one role. There is no version to write against, so
 * what somebody else changes between the read and the write of one `apply` is lost.
 */
export class WorkosHolders implements RoleHolders {
  readonly fallbackRole: string;
  readonly #client: WorkosClient;
  readonly #multipleRoles: boolean;
  /** Ids by address in lower case. */
  readonly #foundByEmail: Recent<string>;
  readonly #turns = new Turns();

  constructor({ client, clock, multipleRoles, fallbackRole }: WorkosHoldersParts) {
    this.fallbackRole = fallbackRole;
    this.#client = client;
    this.#multipleRoles = multipleRoles;
    this.#foundByEmail = new Recent(clock);
  }

  canonicalRole(slug: string): string {
    return slug;
  }

  /**
   * An id is taken as it is where it looks like one: whoever is a member stands in the list that `observe` reads, and for whoever isn't,
   * `apply` says when there is no such user. So only addresses cost a call.
   */
  async lookup(_organization: string, subjects: readonly NamedSubject[], signal: AbortSignal): Promise<readonly SubjectLookup[]> {
    signal.throwIfAborted();
    return findSubjects(subjects, {
      refusedKind: (kind) => (kind === 'User' ? undefined : onlyUsers),
      byID: ({ id }) =>
        userIDPattern.test(id)
          ? foundUser(id)
          : {
              state: 'unknown',
              message: `${JSON.stringify(id)} is not the id of a WorkOS user; ids look like user_01E4ZCR3C56J083X43JQXF3JK5`,
            },
      byEmail: (email) => this.#findByEmail(email.toLowerCase(), signal),
    });
  }

  async observe(organization: string, roles: readonly string[], signal: AbortSignal): Promise<HoldersSnapshot> {
    const memberships = await this.#memberships({ organization }, signal);
    // An organization that doesn't exist has no members either; its roles can't be listed.
    if (memberships.length === 0) await this.#client.listOrganizationRoles(organization, signal);
    const asked = new Set(roles);
    const holdings = memberships
      .map(holdingOf)
      .filter((holding) => holding.obstacle !== undefined || holding.roles.some((role) => asked.has(role)));
    return { organization, holdings: new Map(holdings.map((holding) => [subjectKey(holding.subject), holding])) };
  }

  async apply(change: HoldingChange, signal: AbortSignal): Promise<HoldingApplied> {
    const { organization, subject } = change;
    if (subject.kind !== 'User') throw refusal('unsupported', change, onlyUsers);
    return this.#turns.take(`${organization}/${subject.id}`, signal, async () => {
      const [membership] = await this.#memberships({ organization, user: subject.id }, signal);
      return membership === undefined ? this.#join(change, signal) : this.#change(membership, change, signal);
    });
  }

  /** Only with what is granted: WorkOS would give its default role to a membership that is made without one. */
  async #join(change: HoldingChange, signal: AbortSignal): Promise<HoldingApplied> {
    const roles = changedRoles([], change);
    if (roles.length === 0) return { roles: [] };
    if (!this.#multipleRoles && roles.length > 1) throw this.#tooMany(change, roles);
    const body = { user_id: change.subject.id, organization_id: change.organization, ...this.#bodyOf(roles) };
    try {
      return appliedOf(await this.#client.createOrganizationMembership(body, signal), { roles });
    } catch (error) {
      throw await this.#explained(error, change, signal);
    }
  }

  async #change(found: MembershipAnswer, change: HoldingChange, signal: AbortSignal): Promise<HoldingApplied> {
    // What can't be written is known before anybody is made active for it.
    this.#nextRoles(found.roles, change);
    const membership = await this.#reactivated(found, change, signal);
    const next = this.#nextRoles(membership.roles, change);
    if (sameRoles(next.roles, membership.roles)) return appliedOf(membership, next);
    const obstacle = obstacleOf(membership);
    if (obstacle !== undefined) throw refusal('conflict', change, obstacle.message);
    try {
      return appliedOf(await this.#client.updateOrganizationMembership(membership, this.#bodyOf(next.roles), signal), next);
    } catch (error) {
      throw await this.#explained(error, change, signal);
    }
  }

  /** The membership, active where that is allowed and somebody is to hold a role by it: nobody is woken up to lose one. */
  async #reactivated(membership: MembershipAnswer, change: HoldingChange, signal: AbortSignal): Promise<MembershipAnswer> {
    const { status, directoryManaged } = membership;
    if (status !== 'inactive' || directoryManaged || !change.reactivate || change.next.length === 0) return membership;
    try {
      const reactivated = await this.#client.reactivateOrganizationMembership(membership, signal);
      this.#requireAllRoles(reactivated);
      return reactivated;
    } catch (error) {
      throw await this.#explained(error, change, signal);
    }
  }

  /** Rejects when the roles can't be held together. */
  #nextRoles(held: readonly string[], change: HoldingChange): NextRoles {
    const changed = changedRoles(held, change);
    if (changed.length === 0) return { roles: [this.fallbackRole], fallback: this.fallbackRole };
    const adds = change.add.some((role) => changed.includes(role) && !held.includes(role));
    if (this.#multipleRoles || !adds || changed.length === 1) return { roles: changed };
    const wantsFallback = change.add.includes(this.fallbackRole) || change.next.includes(this.fallbackRole);
    const roles = wantsFallback ? changed : changed.filter((role) => role !== this.fallbackRole);
    if (roles.length > 1) throw this.#tooMany(change, roles);
    return { roles };
  }

  /** Several roles go together even where only one is allowed: then the membership has had several before, and loses one. */
  #bodyOf(roles: readonly string[]): UpdateOrganizationMembership {
    const [only] = roles;
    return this.#multipleRoles || roles.length !== 1 || only === undefined ? { role_slugs: roles } : { role_slug: only };
  }

  /** Memberships of every status, to the last page. */
  async #memberships(place: MembershipPlace, signal: AbortSignal): Promise<readonly MembershipAnswer[]> {
    const memberships = await readAllPages({
      operation: 'listOrganizationMemberships',
      read: (after) => this.#membershipPage(place, after, signal),
      keyOf: (membership) => membership.id,
    });
    const users = new Set<string>();
    for (const membership of memberships) {
      if (membership.organizationID !== place.organization || (place.user ?? membership.userID) !== membership.userID) {
        throw doubtful(place, 'it has a membership that was not asked for');
      }
      if (users.has(membership.userID)) throw doubtful(place, `user ${membership.userID} has more than one membership`);
      users.add(membership.userID);
      this.#requireAllRoles(membership);
    }
    return memberships;
  }

  async #membershipPage(place: MembershipPlace, after: string | undefined, signal: AbortSignal) {
    try {
      return await this.#client.listOrganizationMemberships(place, after, signal);
    } catch (error) {
      // The membership at which the page begins has ended meanwhile: that says nothing of the organization.
      if (after !== undefined && isKind(error, 'notFound')) throw doubtful(place, 'it changed while it was read', error);
      throw error;
    }
  }

  /** Roles that don't show would be taken away by the next write. */
  #requireAllRoles({ userID, organizationID, listsRoles }: MembershipAnswer): void {
    if (listsRoles || !this.#multipleRoles) return;
    throw doubtful({ organization: organizationID, user: userID }, 'it shows one role only of a membership that may hold several');
  }

  async #findByEmail(email: string, signal: AbortSignal): Promise<SubjectLookup> {
    const known = this.#foundByEmail.get(email);
    if (known !== undefined) return foundUser(known);
    const found = await this.#usersWith(email, signal);
    const [first, ...others] = found;
    if (first === undefined) return { state: 'unknown', message: `WorkOS has no user with the e-mail address ${email}` };
    if (others.length > 0) {
      return { state: 'ambiguous', message: `WorkOS has ${found.length} users with the e-mail address ${email}; name one of them by id` };
    }
    this.#foundByEmail.set(email, first);
    return foundUser(first);
  }

  async #usersWith(email: string, signal: AbortSignal): Promise<readonly string[]> {
    try {
      const users = await readAllPages({
        operation: 'listUsers',
        read: (after) => this.#client.listUsers(email, after, signal),
        keyOf: (user) => user.id,
        maxPages: mostUserPages,
      });
      return users.filter((user) => user.email.toLowerCase() === email).map((user) => user.id);
    } catch (error) {
      // What WorkOS takes for no address is nobody's.
      if (isKind(error, 'invalid')) return [];
      throw error;
    }
  }

  /** Says of a 404 what it means: neither its words nor a code do. Other failures stay as they are. */
  async #explained(error: unknown, change: HoldingChange, signal: AbortSignal): Promise<unknown> {
    if (!(error instanceof ProviderError)) return error;
    if (error.details.code === multipleRolesNotEnabled) {
      return extended(error, 'unsupported', 'set spec.workos.multipleRoles: false, or enable Multiple Roles in the WorkOS dashboard');
    }
    if (error.kind !== 'notFound' || error.details.missing !== undefined) return error;
    if (error.details.operation !== 'createOrganizationMembership') return extended(error, 'conflict', 'the membership ended meanwhile');
    try {
      await this.#client.getUser(change.subject.id, signal);
    } catch (reason) {
      signal.throwIfAborted();
      if (!isKind(reason, 'notFound')) return error;
      return extended(error, 'notFound', 'there is no such user', { missing: 'subject' });
    }
    return extended(error, 'notFound', 'there is no such organization', { missing: 'organization' });
  }

  #tooMany(change: HoldingChange, roles: readonly string[]): ProviderError {
    const why = `a membership holds one role unless spec.workos.multipleRoles is set, and it would hold ${roles.join(', ')}; nothing was changed`;
    return refusal('unsupported', change, why);
  }
}

function holdingOf(membership: MembershipAnswer): Holding {
  const obstacle = obstacleOf(membership);
  return {
    subject: subjectOf(membership),
    roles: sortedRoles(membership.roles),
    ...(obstacle === undefined ? {} : { obstacle }),
  };
}

/**
 * A directory writes roles again whenever it likes, so it goes before the rest. Of pending memberships it is only documented that they
 * can be neither activated nor deactivated; what happens to roles that are changed before the invitation is accepted isn't.
 */
function obstacleOf(membership: MembershipAnswer): SubjectObstacle | undefined {
  const name = nameOfSubject(subjectOf(membership), membership.organizationID);
  if (membership.directoryManaged) {
    return { reason: 'DirectoryManaged', message: `a directory decides the roles of ${name}; change its groups or their mapping to roles` };
  }
  if (membership.status === 'inactive') {
    return { reason: 'Inactive', message: `the membership of ${name} is inactive; reactivate it in WorkOS, or set spec.reactivate: true` };
  }
  if (membership.status === 'pending') {
    return { reason: 'Pending', message: `${name} has not accepted the invitation yet; roles are changed after that` };
  }
  return undefined;
}

function subjectOf({ userID }: MembershipAnswer): SubjectRef {
  return { kind: 'User', id: userID };
}

/** The answer may show the first role only, which is all of them where no more were sent. */
function appliedOf({ roles, listsRoles }: MembershipAnswer, sent: NextRoles): HoldingApplied {
  return {
    ...(listsRoles || sent.roles.length === 1 ? { roles: sortedRoles(roles) } : {}),
    ...(sent.fallback === undefined ? {} : { fallback: sent.fallback }),
  };
}

function refusal(kind: 'conflict' | 'unsupported', { organization, subject }: HoldingChange, why: string): ProviderError {
  const operation = 'updateOrganizationMembership';
  return new ProviderError(kind, `WorkOS ${operation}, ${nameOfSubject(subject, organization)}: ${why}`, { operation });
}

function doubtful({ organization, user }: MembershipPlace, why: string, cause?: unknown): ProviderError {
  const operation = 'listOrganizationMemberships';
  const place = user === undefined ? `organization ${organization}` : nameOfSubject({ kind: 'User', id: user }, organization);
  return new ProviderError('transient', `WorkOS ${operation}, ${place}: the list can't be trusted: ${why}`, { operation, cause });
}

function extended(
  error: ProviderError,
  kind: ProviderError['kind'],
  why: string,
  details: Pick<ProviderError['details'], 'missing'> = {},
): ProviderError {
  return new ProviderError(kind, `${error.message.replace(/\.$/, '')}; ${why}`, { ...error.details, ...details, cause: error });
}

function isKind(error: unknown, kind: ProviderError['kind']): boolean {
  return error instanceof ProviderError && error.kind === kind;
}
