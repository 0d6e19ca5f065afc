import type { Clock } from '../../lib/index.ts';
import {
  type HoldersSnapshot,
  type Holding,
  type HoldingApplied,
  type HoldingChange,
  type NamedSubject,
  ProviderError,
  type SubjectLookup,
  subjectKey,
} from '../../model/index.ts';
import type { RoleHolders } from '../contract.ts';
import { changedRoles, findSubjects, foundUser, sameRoles, sortedRoles } from '../holdings.ts';
import { Recent, Turns } from '../http/index.ts';
import { isUnsupported, type ServerAbilities, statusOf } from './abilities.ts';
import type { RoleAnswer, UserAnswer } from './answers.ts';
import { assumptions } from './assumptions.ts';
import type { JitsudoClient } from './client.ts';

const onlyUsers = 'jitsudo has no other holders of roles than users';

/** What JitsudoHolders works with. */
export interface JitsudoHoldersParts {
  readonly client: JitsudoClient;
  readonly abilities: ServerAbilities;
  readonly clock: Clock;
}

/**
 * Who holds the roles of a jitsudo tenant: each user has a list of them, which is written as a whole and without a version. What
 * somebody else changes between the read and the write of one `apply` is lost.
 */
export class JitsudoHolders implements RoleHolders {
  readonly #client: JitsudoClient;
  readonly #abilities: ServerAbilities;
  readonly #clock: Clock;
  /** Users by tenant. */
  readonly #users: Recent<readonly UserAnswer[]>;
  readonly #turns = new Turns();

  constructor({ client, abilities, clock }: JitsudoHoldersParts) {
    this.#client = client;
    this.#abilities = abilities;
    this.#clock = clock;
    this.#users = new Recent(clock, 10);
  }

  canonicalRole(slug: string): string {
    return slug;
  }

  /** An id is taken as it is where it is a uuid. For addresses all users are read, once for all of them. */
  async lookup(organization: string, subjects: readonly NamedSubject[], signal: AbortSignal): Promise<readonly SubjectLookup[]> {
    signal.throwIfAborted();
    let fresh: Promise<readonly UserAnswer[] | SubjectLookup> | undefined;
    return findSubjects(subjects, {
      refusedKind: (kind) => (kind === 'User' ? undefined : onlyUsers),
      byID: ({ id }) => {
        if (isUserID(id)) return foundUser(id.toLowerCase());
        return { state: 'unknown', message: `${JSON.stringify(id)} is not the id of a jitsudo user, which is a uuid` };
      },
      byEmail: async (email) => {
        const remembered = withEmail(this.#users.get(organization) ?? [], email);
        if (remembered.state === 'found') return remembered;
        fresh ??= this.#readForLookup(organization, signal);
        const users = await fresh;
        return 'state' in users ? users : withEmail(users, email);
      },
    });
  }

  async observe(organization: string, roles: readonly string[], signal: AbortSignal): Promise<HoldersSnapshot> {
    const asked = new Set(roles);
    const holdings = (await this.#readUsers(organization, 'readBindings', signal))
      .filter((user) => user.roles.some((role) => asked.has(role)))
      .map((user): Holding => ({ subject: { kind: 'User', id: user.id.toLowerCase() }, roles: sortedRoles(user.roles) }));
    return { organization, holdings: new Map(holdings.map((holding) => [subjectKey(holding.subject), holding])) };
  }

  async apply(change: HoldingChange, signal: AbortSignal): Promise<HoldingApplied> {
    const { organization, subject } = change;
    if (subject.kind !== 'User') throw refusal('unsupported', change, onlyUsers);
    if (!isUserID(subject.id)) throw refusal('notFound', change, 'there is no such user: ids are uuids', { missing: 'subject' });
    return this.#turns.take(`${organization}/${subject.id.toLowerCase()}`, signal, async () => {
      const user = await this.#user(change, signal);
      const roles = changedRoles(user.roles, change);
      if (sameRoles(roles, user.roles)) return { roles };
      return this.#write(user, roles, change, signal);
    });
  }

  async #write(user: UserAnswer, next: readonly string[], change: HoldingChange, signal: AbortSignal): Promise<HoldingApplied> {
    const { name } = user;
    // A change has to send the name as well, and one that was made up would rename somebody.
    if (name === undefined) throw refusal('unsupported', change, 'the server does not tell the name, which goes with every change');
    try {
      const roles = await this.#client.updateUser(change.organization, user.id, { name, roles: next }, signal);
      return roles === undefined ? {} : { roles: sortedRoles(roles) };
    } catch (error) {
      throw await this.#explained(error, user, change, signal);
    }
  }

  /** The user as of now. A 404 may be said of the user or of the operation: the list of users tells which. */
  async #user(change: HoldingChange, signal: AbortSignal): Promise<UserAnswer> {
    const { organization, subject } = change;
    try {
      return await this.#client.getUser(organization, subject.id, signal);
    } catch (error) {
      if (!isUnsupported(error) && statusOf(error) !== 404) throw error;
      const users = await this.#readUsers(organization, 'bindings', signal);
      const user = users.find(({ id }) => id.toLowerCase() === subject.id.toLowerCase());
      if (user !== undefined) return user;
      throw refusal('notFound', change, 'there is no such user', { missing: 'subject', cause: error });
    }
  }

  async #readUsers(tenant: string, capability: 'bindings' | 'readBindings', signal: AbortSignal): Promise<readonly UserAnswer[]> {
    const asOfMs = this.#clock.monotonic();
    try {
      const users = await this.#client.listUsers(tenant, signal);
      this.#users.set(tenant, users, asOfMs);
      return users;
    } catch (error) {
      if (!(await this.#abilities.lacks(error, tenant, signal))) throw error;
      const reads = ['readBindings', 'userLookupByEmail'] as const;
      throw this.#abilities.unsupported(
        {
          operation: 'listUsers',
          task: capability,
          name: `the users of tenant ${tenant}`,
          why: ', without which nobody can say who holds a role',
          advice: 'Give roles to users in jitsudo.',
          capabilities: capability === 'bindings' ? ['bindings', ...reads] : reads,
        },
        error,
      );
    }
  }

  /** A server that can't list its users is one that finds nobody by address, and no failure. */
  async #readForLookup(tenant: string, signal: AbortSignal): Promise<readonly UserAnswer[] | SubjectLookup> {
    try {
      return await this.#readUsers(tenant, 'readBindings', signal);
    } catch (error) {
      if (!isUnsupported(error)) throw error;
      return {
        state: 'unsupported',
        message: 'this server does not list its users, so nobody is found by e-mail address; name users by id',
      };
    }
  }

  /** Says what a refusal of roles is about, which the server may leave open. Other failures stay as they are. */
  async #explained(error: unknown, user: UserAnswer, change: HoldingChange, signal: AbortSignal): Promise<unknown> {
    if (!(error instanceof ProviderError) || !assumptions.refusesRoles(error.details.status)) return error;
    const roles = await this.#rolesOf(change.organization, signal);
    if (roles === undefined) return error;
    const unknown = change.add.filter((slug) => !roles.has(slug));
    if (unknown.length > 0) {
      return extended(error, 'notFound', `tenant ${change.organization} has no role ${unknown.join(', ')}`, {
        missing: 'role',
        rejected: unknown,
      });
    }
    const isCustom = (slug: string): boolean => roles.get(slug)?.isSystem === false;
    const refused = change.add.filter(isCustom);
    // Who holds one already shows that the server takes them.
    if (refused.length === 0 || user.roles.some(isCustom)) return error;
    const why = `this server seems to give users no other roles than those of the system, and not ${refused.join(', ')}`;
    return extended(error, 'unsupported', why, { rejected: refused });
  }

  async #rolesOf(tenant: string, signal: AbortSignal): Promise<ReadonlyMap<string, RoleAnswer> | undefined> {
    try {
      return new Map((await this.#client.listRoles(tenant, signal)).map((role) => [role.slug, role]));
    } catch {
      signal.throwIfAborted();
      return undefined;
    }
  }
}

function isUserID(id: string): boolean {
  return assumptions.userID.test(id.toLowerCase());
}

function withEmail(users: readonly UserAnswer[], email: string): SubjectLookup {
  const known = users.flatMap(({ id, email: own }) => (own === undefined ? [] : [{ id: id.toLowerCase(), email: own }]));
  if (known.length === 0 && users.length > 0) {
    return { state: 'unsupported', message: 'this server does not tell the e-mail addresses of its users; name users by id' };
  }
  const [first, ...others] = known.filter((user) => assumptions.sameEmail(user.email, email));
  if (first !== undefined && others.length === 0) return foundUser(first.id);
  if (first !== undefined) {
    return {
      state: 'ambiguous',
      message: `jitsudo has ${others.length + 1} users with the e-mail address ${email}; name one of them by id`,
    };
  }
  const similar = known.find((user) => user.email.toLowerCase() === email.toLowerCase());
  const hint = similar === undefined ? '' : `; there is ${similar.email}, and capital letters count`;
  return { state: 'unknown', message: `jitsudo has no user with the e-mail address ${email}${hint}` };
}

function refusal(
  kind: ProviderError['kind'],
  { organization, subject }: HoldingChange,
  why: string,
  details: Pick<ProviderError['details'], 'missing' | 'cause'> = {},
): ProviderError {
  const operation = 'updateUser';
  return new ProviderError(kind, `jitsudo ${operation}, user ${subject.id} of tenant ${organization}: ${why}`, { operation, ...details });
}

function extended(
  error: ProviderError,
  kind: ProviderError['kind'],
  why: string,
  details: Pick<ProviderError['details'], 'missing' | 'rejected'>,
): ProviderError {
  return new ProviderError(kind, `${error.message.replace(/\.$/, '')}; ${why}`, { ...error.details, ...details, cause: error });
}
