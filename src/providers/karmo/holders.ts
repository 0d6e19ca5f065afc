import type { Clock } from '../../lib/index.ts';
import {
  type HoldersSnapshot,
  type HoldingApplied,
  type HoldingChange,
  type NamedSubject,
  ProviderError,
  type ProviderErrorDetails,
  type ProviderErrorKind,
  type SubjectLookup,
  subjectKey,
} from '../../model/index.ts';
import type { RoleHolders } from '../contract.ts';
import { findSubjects, foundUser, nameOfSubject, sameRoles, sortedRoles } from '../holdings.ts';
import { Recent, Turns } from '../http/index.ts';
import type { MembershipAnswer } from './answers.ts';
import { assumptions } from './assumptions.ts';
import type { MemberCalls } from './client.ts';
import { organizationProblem } from './normalize.ts';

/** What KarmoHolders works with. */
export interface KarmoHoldersParts {
  readonly client: MemberCalls;
  readonly clock: Clock;
  /** Who holds roles at the access provider behind Karmo. Only ever read from. Undefined: nobody can be asked. */
  readonly reader?: RoleHolders;
}

/** The users of one organization. */
interface Users {
  readonly ids: ReadonlySet<string>;
  /** By the address in lower case. */
  readonly byEmail: ReadonlyMap<string, readonly string[]>;
}

const onlyUsers = 'Karmo gives roles to users only';

/**
 * Who holds the roles of organizations behind Karmo. Of each membership the managed roles are replaced, all in one call, and Karmo keeps the
 * others. Without a reader nobody can tell who holds what, but for the answer to such a call.
 */
export class KarmoHolders implements RoleHolders {
  readonly fallbackRole: string;
  readonly #client: MemberCalls;
  readonly #clock: Clock;
  readonly #reader: RoleHolders | undefined;
  /** By organization. */
  readonly #users: Recent<Users>;
  readonly #turns = new Turns();

  constructor({ client, clock, reader }: KarmoHoldersParts) {
    this.#client = client;
    this.#clock = clock;
    this.#reader = reader;
    this.#users = new Recent(clock);
    this.fallbackRole = reader?.fallbackRole ?? assumptions.fallbackRole;
  }

  canonicalRole(slug: string): string {
    return this.#reader?.canonicalRole(slug) ?? slug;
  }

  /** An id is taken as it is: the next call says when there is no such user. An address is looked up where users can be searched, else listed. */
  async lookup(organization: string, subjects: readonly NamedSubject[], signal: AbortSignal): Promise<readonly SubjectLookup[]> {
    signal.throwIfAborted();
    requireOrganization('listUsers', organization);
    if (this.#reader !== undefined) return this.#reader.lookup(organization, subjects, signal);
    let fresh: Promise<Users> | undefined;
    return findSubjects(subjects, {
      refusedKind: (kind) => (kind === 'User' ? undefined : onlyUsers),
      byID: ({ id }) => (isPlace(id) ? foundUser(id) : { state: 'unknown', message: `${JSON.stringify(id)} can't be the id of a user` }),
      byEmail: async (email) => {
        const address = email.toLowerCase();
        const remembered = this.#users.get(organization)?.byEmail.get(address) ?? [];
        if (remembered.length === 1) return found(remembered, email, organization);
        fresh ??= this.#readUsers(organization, signal);
        return found((await fresh).byEmail.get(address) ?? [], email, organization);
      },
    });
  }

  async observe(organization: string, roles: readonly string[], signal: AbortSignal): Promise<HoldersSnapshot> {
    signal.throwIfAborted();
    if (this.#reader !== undefined) return this.#reader.observe(organization, roles, signal);
    const message = `Karmo, organization ${organization}: it has no operation that reads memberships; readBack would`;
    throw new ProviderError('unsupported', message, { operation: 'observe' });
  }

  async apply(change: HoldingChange, signal: AbortSignal): Promise<HoldingApplied> {
    signal.throwIfAborted();
    const { organization, subject } = change;
    if (subject.kind !== 'User') throw refusal('unsupported', change, onlyUsers);
    requireOrganization('linkUserToOrganization', organization);
    requireScope(change);
    requireNoObstacle(change);
    if (change.add.length + change.remove.length === 0 && !mayActivate(change)) return {};
    return this.#turns.take(`${organization}/${subjectKey(subject)}`, signal, async () => {
      if (!(await this.#isWorthACall(change, signal))) return { roles: [] };
      const linked = await this.#link(change, signal);
      return this.#applied(await this.#active(linked, change, signal), change);
    });
  }

  /**
   * Whoever isn't a member has nothing to lose, and Karmo would make them one, with the role that every member has. Asked for at that
   * moment: somebody may have left since.
   */
  async #isWorthACall({ organization, subject, next, previous }: HoldingChange, signal: AbortSignal): Promise<boolean> {
    return next.length > 0 || previous !== undefined || (await this.#readUsers(organization, signal)).ids.has(subject.id);
  }

  async #link(change: HoldingChange, signal: AbortSignal): Promise<MembershipAnswer> {
    const { organization, subject, next: roles, managed: roleSet } = change;
    try {
      return await this.#client.linkUserToOrganization({ tenant: organization, user: subject.id }, { roles, roleSet }, signal);
    } catch (error) {
      throw await this.#explained(error, change, signal);
    }
  }

  /** The membership, active where that is allowed. Somebody who only loses roles needn't be active for it. */
  async #active(membership: MembershipAnswer, change: HoldingChange, signal: AbortSignal): Promise<MembershipAnswer> {
    const { organization, subject, add } = change;
    const { active, inactive } = assumptions.status;
    if (membership.status === active) return membership;
    if (membership.status !== inactive || !mayActivate(change)) {
      if (add.length > 0) throw refusal('conflict', change, whyNotActive(membership.status));
      return membership;
    }
    const operation = 'reactivateOrganizationMembership';
    const place = { tenant: organization, user: subject.id };
    const reactivated = await this.#client.reactivateOrganizationMembership(place, signal);
    if (reactivated.status === active) return reactivated;
    throw refusal('transient', change, 'the membership is still not active although Karmo took the call', { operation });
  }

  /** Karmo says neither of a 404 what is missing nor of a refusal that a membership needs a role. */
  async #explained(error: unknown, change: HoldingChange, signal: AbortSignal): Promise<unknown> {
    if (!(error instanceof ProviderError)) return error;
    const { organization, subject, add, next } = change;
    if (error.kind === 'invalid' && next.length === 0) {
      return extended(
        error,
        'the access provider may want every member to have a role: give the user another one first, or end the membership',
      );
    }
    if (error.kind !== 'notFound' || error.details.missing !== undefined) return error;
    if (await this.#client.hasOrganization(organization, signal)) {
      // Somebody who isn't there has nothing to lose: on a wrong path's word, a member would keep what was to be taken away.
      if (add.length === 0 && (await this.#readUsers(organization, signal)).ids.has(subject.id)) {
        const why = 'the user is a member, so operations.linkUserToOrganization may have a wrong path';
        return new ProviderError('transient', `${error.message.replace(/\.$/, '')}; ${why}`, { ...error.details, cause: error });
      }
      return extended(error, 'there is no such user, or operations.linkUserToOrganization has a wrong path', { missing: 'subject' });
    }
    return extended(error, 'there is no such organization', { missing: 'organization' });
  }

  /** What is known from the answer, which has to be what was asked for: roles of others may be in it, and managed ones only as sent. */
  #applied(membership: MembershipAnswer, change: HoldingChange): HoldingApplied {
    const { managed, next } = change;
    const roles = sortedRoles(membership.roles);
    const [left] = roles;
    if (next.length === 0 && roles.length === 1 && left !== undefined && this.#isFallback(left, change)) return { roles, fallback: left };
    const held = roles.filter((role) => managed.includes(role));
    if (sameRoles(held, next)) return { roles };
    const why = `the answer says that the user holds ${listed(held)} of the managed roles, not ${listed(next)}`;
    throw refusal('transient', change, why, { ambiguous: true });
  }

  /** Of the only role that is left: it is the usual one, or it was to go, or it wasn't there before. */
  #isFallback(role: string, { managed, previous }: HoldingChange): boolean {
    if (role === this.fallbackRole || managed.includes(role)) return true;
    return previous !== undefined && !previous.roles.includes(role);
  }

  async #readUsers(organization: string, signal: AbortSignal): Promise<Users> {
    const asOfMs = this.#clock.monotonic();
    const answers = await this.#client.listUsers(organization, signal);
    const byEmail = Map.groupBy(answers, ({ email }) => email.trim().toLowerCase());
    const users: Users = {
      ids: new Set(answers.map(({ id }) => id)),
      byEmail: new Map([...byEmail].map(([email, holders]) => [email, holders.map(({ id }) => id)])),
    };
    this.#users.set(organization, users, asOfMs);
    return users;
  }
}

function found(ids: readonly string[], email: string, organization: string): SubjectLookup {
  const [id, ...others] = ids;
  if (id === undefined) {
    return {
      state: 'unknown',
      message: `no user of organization ${organization} has the e-mail address ${email}; name a user of none by id`,
    };
  }
  if (others.length === 0) return foundUser(id);
  const message = `${ids.length} users of organization ${organization} have the e-mail address ${email}; name one of them by id`;
  return { state: 'ambiguous', message };
}

/** The roles are as they should be by then, and give nobody anything. */
function whyNotActive(status: string): string {
  switch (status) {
    case assumptions.status.inactive:
      return 'the membership is inactive; set spec.reactivate: true to make it active, or end it at the access provider and take the subject out';
    case assumptions.status.pending:
      return 'the membership is pending: the user has not accepted the invitation yet; it is looked at again';
    default:
      // Another word of the server's is not repeated: it may be anything.
      return 'the membership is neither active nor inactive nor pending; see to it at the access provider';
  }
}

/** Nobody is made active to hold nothing. */
function mayActivate({ reactivate, next }: HoldingChange): boolean {
  return reactivate && next.length > 0;
}

/** A role outside of the set would be refused, or kept although it was to go. */
function requireScope(change: HoldingChange): void {
  const { add, remove, managed, next } = change;
  const outside = [...next, ...add, ...remove].filter((role) => !managed.includes(role));
  if (outside.length > 0) throw refusal('invalid', change, `${listed(sortedRoles(outside))} is not among the managed roles`);
  const contrary = [...add.filter((role) => !next.includes(role)), ...remove.filter((role) => next.includes(role))];
  if (contrary.length > 0) throw refusal('invalid', change, `${listed(sortedRoles(contrary))} is to be both held and not`);
}

/** A binding can name an organization that no Role has been checked for. */
function requireOrganization(operation: string, organization: string): void {
  const problem = organizationProblem(organization);
  if (problem !== undefined) throw new ProviderError('invalid', `Karmo ${operation}: ${problem}`, { operation });
}

/** What was seen before the change may speak against it. Without a reader only the answer to it shows that. */
function requireNoObstacle(change: HoldingChange): void {
  const obstacle = change.previous?.obstacle;
  if (obstacle === undefined) return;
  if (obstacle.reason !== 'Inactive' || !mayActivate(change)) throw refusal('conflict', change, obstacle.message);
}

/** Whether an id can stand in a path. Other forms are the access provider's business. */
function isPlace(id: string): boolean {
  return id !== '.' && id !== '..';
}

function listed(roles: readonly string[]): string {
  return roles.length === 0 ? 'none' : roles.join(', ');
}

function refusal(
  kind: ProviderErrorKind,
  { organization, subject }: HoldingChange,
  why: string,
  details: Partial<ProviderErrorDetails> = {},
): ProviderError {
  const operation = details.operation ?? 'linkUserToOrganization';
  return new ProviderError(kind, `Karmo ${operation}, ${nameOfSubject(subject, organization)}: ${why}`, { ...details, operation });
}

function extended(error: ProviderError, why: string, details: Pick<ProviderErrorDetails, 'missing'> = {}): ProviderError {
  return new ProviderError(error.kind, `${error.message.replace(/\.$/, '')}; ${why}`, { ...error.details, ...details, cause: error });
}
