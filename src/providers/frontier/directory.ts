import type { Clock } from '../../lib/index.ts';
import { type NamedSubject, ProviderError, type ProviderErrorKind, type SubjectKind, type SubjectLookup } from '../../model/index.ts';
import { findSubjects, foundUser } from '../holdings.ts';
import { Recent } from '../http/index.ts';
import type { UserAnswer } from './answers.ts';
import type { FrontierCalls } from './client.ts';
import { isUUID } from './permissions.ts';
import { isSameSubject, subjectOf } from './principals.ts';

/** What a Directory works with. */
export interface DirectoryParts {
  readonly client: FrontierCalls;
  readonly clock: Clock;
}

/** Kinds that are found in a list of their own. */
type ListedKind = Exclude<SubjectKind, 'User'>;

/** Those who hold something in an organization. */
interface Members {
  readonly ids: ReadonlySet<string>;
  /** By the address in lower case. */
  readonly byEmail: ReadonlyMap<string, readonly string[]>;
}

/** What was found lately, and what was refused. */
interface Memory {
  /** By organization. */
  readonly members: Recent<Members>;
  /** Uuids of groups and service users, by kind and organization. */
  readonly listed: Recent<ReadonlySet<string>>;
  /** Uuids of users of the server, by uuid or by the address in lower case. */
  readonly users: Recent<string>;
  /** Why a question can't be asked that was refused. */
  readonly refused: Recent<ProviderError>;
}

/**
 * Finds subjects. Frontier grants roles to anybody, also to nobody, so whoever isn't found here must not be granted one. What was found is
 * remembered for a minute; what wasn't is asked for again.
 */
export class Directory {
  readonly #client: FrontierCalls;
  readonly #clock: Clock;
  readonly #memory: Memory;

  constructor({ client, clock }: DirectoryParts) {
    this.#client = client;
    this.#clock = clock;
    this.#memory = { members: new Recent(clock), listed: new Recent(clock), users: new Recent(clock), refused: new Recent(clock) };
  }

  /** In the order of `subjects`. Rejects when anything that has to be asked for one of them isn't answered. */
  find(organization: string, subjects: readonly NamedSubject[], signal: AbortSignal): Promise<readonly SubjectLookup[]> {
    const look = new Look({ client: this.#client, clock: this.#clock, memory: this.#memory, organization, signal });
    return findSubjects(subjects, {
      byID: ({ kind, id }) => look.byID(kind, id),
      byEmail: (email) => look.byEmail(email),
      refusedKind: () => undefined,
    });
  }
}

interface LookParts extends DirectoryParts {
  readonly memory: Memory;
  readonly organization: string;
  readonly signal: AbortSignal;
}

/** One lookup, which reads no list twice. */
class Look {
  readonly #parts: LookParts;
  /** Keys of lists that were read by this lookup. */
  readonly #fresh = new Set<string>();

  constructor(parts: LookParts) {
    this.#parts = parts;
  }

  async byID(kind: SubjectKind, text: string): Promise<SubjectLookup> {
    const id = text.toLowerCase();
    if (!isUUID(id)) {
      return unknown(`${JSON.stringify(text)} is not the uuid of a ${nouns[kind]}, by which Frontier knows it; write the uuid`);
    }
    return kind === 'User' ? this.#user(id) : this.#listed(kind, id);
  }

  async byEmail(email: string): Promise<SubjectLookup> {
    const address = email.toLowerCase();
    const known = this.#parts.memory.users.get(address);
    if (known !== undefined) return foundUser(known);
    const { byEmail } = await this.#members((members) => members.byEmail.has(address));
    const [id, ...others] = byEmail.get(address) ?? [];
    if (id === undefined) return this.#userOfServer(address, `A user with the address ${email}`);
    if (others.length === 0) return foundUser(id);
    const why = `${others.length + 1} members of organization ${this.#parts.organization} have the address ${email}`;
    return { state: 'ambiguous', message: `${why}; name the user by id` };
  }

  async #user(id: string): Promise<SubjectLookup> {
    if (this.#parts.memory.users.get(id) !== undefined) return foundUser(id);
    const { ids } = await this.#members((members) => members.ids.has(id));
    return ids.has(id) ? foundUser(id) : this.#userOfServer(id, `User ${id}`);
  }

  /** Somebody who is no member and becomes one by the grant. Only superusers may ask for such a user. */
  async #userOfServer(text: string, name: string): Promise<SubjectLookup> {
    const { memory, client, organization, signal } = this.#parts;
    try {
      const id = (await this.#unlessRefused('GetUser', () => client.getUser(text, signal))).id.toLowerCase();
      memory.users.set(text, id);
      return foundUser(id);
    } catch (error) {
      if (isKind(error, 'notFound')) return unknown(`${name} doesn't exist at Frontier; create the user first, or correct the entry`);
      if (!isKind(error, 'forbidden')) throw error;
      const why = 'and only superusers of the platform can look up others';
      return unknown(`${name} is no member of organization ${organization}, ${why}; add the user there first, or correct the entry`);
    }
  }

  async #listed(kind: ListedKind, id: string): Promise<SubjectLookup> {
    const { client, memory, organization, signal } = this.#parts;
    const key = `${kind}/${organization}`;
    const read = (): Promise<ReadonlySet<string>> =>
      kind === 'Group' ? client.listOrganizationGroups(organization, signal) : client.listOrganizationServiceUsers(organization, signal);
    try {
      const ids = await this.#unlessRefused(key, () =>
        this.#list(
          memory.listed,
          key,
          async () => lowered(await read()),
          (list) => list.has(id),
        ),
      );
      if (ids.has(id)) return { state: 'found', subject: { kind, id } };
    } catch (error) {
      if (kind !== 'Group' || !isKind(error, 'forbidden')) throw error;
      return this.#heldByGroup(id, error);
    }
    return unknown(`Organization ${organization} has no ${nouns[kind]} ${id}; create it first, or correct the entry`);
  }

  /** Who may not list groups still sees which of them hold something. Those must not seem to have vanished: they would lose it. */
  async #heldByGroup(id: string, refusal: ProviderError): Promise<SubjectLookup> {
    const { client, organization, signal } = this.#parts;
    const policies = await client.listOrganizationPolicies(organization, id, signal);
    const subject = { kind: 'Group', id } as const;
    if (policies.some(({ principal }) => isSameSubject(subjectOf(principal), subject))) return { state: 'found', subject };
    const advice = 'let the service user list groups (app.organization.grouplist)';
    return { state: 'unsupported', message: `Nobody can tell whether there is a group ${id}: ${refusal.message}; ${advice}` };
  }

  #members(suffices: (members: Members) => boolean): Promise<Members> {
    const { client, memory, organization, signal } = this.#parts;
    const read = async (): Promise<Members> => membersOf(await client.listOrganizationUsers(organization, signal));
    return this.#list(memory.members, organization, read, suffices);
  }

  /** The list that is remembered, where that suffices; else the list as it is now. */
  async #list<T>(recent: Recent<T>, key: string, read: () => Promise<T>, suffices: (list: T) => boolean): Promise<T> {
    const known = recent.get(key);
    if (known !== undefined && (this.#fresh.has(key) || suffices(known))) return known;
    const asOfMs = this.#parts.clock.monotonic();
    const list = await read();
    recent.set(key, list, asOfMs);
    this.#fresh.add(key);
    return list;
  }

  /** Asks nothing that was refused within the last minute. */
  async #unlessRefused<T>(question: string, ask: () => Promise<T>): Promise<T> {
    const { refused } = this.#parts.memory;
    const earlier = refused.get(question);
    if (earlier !== undefined) throw earlier;
    try {
      return await ask();
    } catch (error) {
      if (isKind(error, 'forbidden')) refused.set(question, error);
      throw error;
    }
  }
}

const nouns: Readonly<Record<SubjectKind, string>> = { User: 'user', Group: 'group', ServiceAccount: 'service user' };

function membersOf(users: readonly UserAnswer[]): Members {
  const byEmail = Map.groupBy(
    users.filter(({ email }) => email !== ''),
    ({ email }) => email.toLowerCase(),
  );
  return {
    ids: new Set(users.map(({ id }) => id.toLowerCase())),
    byEmail: new Map([...byEmail].map(([email, holders]) => [email, holders.map(({ id }) => id.toLowerCase())])),
  };
}

function lowered(ids: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...ids].map((id) => id.toLowerCase()));
}

function unknown(message: string): SubjectLookup {
  return { state: 'unknown', message };
}

function isKind(error: unknown, kind: ProviderErrorKind): error is ProviderError {
  return error instanceof ProviderError && error.kind === kind;
}
