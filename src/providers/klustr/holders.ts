import type { Clock } from '../../lib/index.ts';
import {
  type HoldersSnapshot,
  type Holding,
  type HoldingApplied,
  type HoldingChange,
  type NamedSubject,
  ProviderError,
  type RoleRef,
  type SubjectLookup,
  type SubjectRef,
  subjectKey,
} from '../../model/index.ts';
import type { RoleHolders } from '../contract.ts';
import { changedRoles, findSubjects, foundUser, nameOfSubject, sortedRoles } from '../holdings.ts';
import { Recent } from '../http/index.ts';
import type { AssignmentAnswer } from './answers.ts';
import type { HolderCalls, RolePlace } from './client.ts';
import { canonicalID, hiddenHolders } from './ids.ts';

/** Entries of one page, as documented for where none are asked for. */
const pageSize = 100;
/** More pages than this are an error. */
const mostPages = 10_000;

const onlyUsers = 'Klustr has no call that gives a role to anybody but a user';
const noSearch =
  'this gateway has no GET /identities/admin/users, without which nobody is found by e-mail address; name users by subject id';

/** Subject ids by address in lower case. */
type Directory = ReadonlyMap<string, readonly string[]>;

/** What KlustrHolders works with. */
export interface KlustrHoldersParts {
  readonly client: HolderCalls;
  readonly clock: Clock;
}

/**
 * Who holds the roles of Klustr organizations. Each role is given and taken by a call of its own, so nothing that somebody else does at
 * the same time is lost, and Klustr doesn't look whether a user exists.
 */
export class KlustrHolders implements RoleHolders {
  readonly #client: HolderCalls;
  readonly #clock: Clock;
  readonly #directory: Recent<Directory>;

  constructor({ client, clock }: KlustrHoldersParts) {
    this.#client = client;
    this.#clock = clock;
    this.#directory = new Recent(clock, 1);
  }

  canonicalRole(slug: string): string {
    return canonicalID(slug);
  }

  /** An id is taken as it is where Klustr can keep it. For addresses all identities are read, once for all of them. */
  async lookup(_organization: string, subjects: readonly NamedSubject[], signal: AbortSignal): Promise<readonly SubjectLookup[]> {
    signal.throwIfAborted();
    let fresh: Promise<Directory | undefined> | undefined;
    return findSubjects(subjects, {
      refusedKind: (kind) => (kind === 'User' ? undefined : onlyUsers),
      byID: ({ id }) => {
        const problem = userIDProblem(id);
        return problem === undefined ? foundUser(id) : { state: 'unknown', message: `${JSON.stringify(id)} ${problem}` };
      },
      byEmail: async (email) => {
        const address = email.toLowerCase();
        const remembered = this.#directory.get('')?.get(address) ?? [];
        if (remembered.length === 1) return found(remembered, email);
        fresh ??= this.#readDirectory(signal);
        const directory = await fresh;
        return directory === undefined ? { state: 'unsupported', message: noSearch } : found(directory.get(address) ?? [], email);
      },
    });
  }

  roleProblem(slug: string): string | undefined {
    const problem = hiddenHolders(canonicalID(slug));
    return problem === undefined ? undefined : `the id ${problem}`;
  }

  async observe(organization: string, roles: readonly string[], signal: AbortSignal): Promise<HoldersSnapshot> {
    const asked = sortedRoles(roles.map(canonicalID));
    refuseHidden(organization, asked);
    const held = new Map<string, { readonly subject: SubjectRef; readonly roles: string[] }>();
    for (const id of asked) {
      for (const assignment of await this.#assignments({ organization, id }, signal)) {
        const subject: SubjectRef = { kind: assignment.isUser ? 'User' : 'Group', id: assignment.assignedTo };
        const holding = held.get(subjectKey(subject)) ?? { subject, roles: [] };
        holding.roles.push(id);
        held.set(subjectKey(subject), holding);
      }
    }
    // Of an organization that doesn't exist nobody holds a role either; its roles can't be listed.
    if (held.size === 0 && asked.length > 0) await this.#client.listOrganizationRoles(organization, signal);
    const holdings = [...held].map(([key, { subject, roles: own }]): readonly [string, Holding] => [
      key,
      { subject, roles: sortedRoles(own) },
    ]);
    return { organization, holdings: new Map(holdings) };
  }

  async apply(change: HoldingChange, signal: AbortSignal): Promise<HoldingApplied> {
    const { organization, subject, add, remove } = change;
    if (subject.kind !== 'User') throw refusal('unsupported', change, onlyUsers);
    const problem = userIDProblem(subject.id);
    if (problem !== undefined) throw refusal('notFound', change, `the id ${problem}`, { missing: 'subject' });
    refuseHidden(organization, [...add, ...remove]);
    const relations = await this.#relations(organization, subject.id, signal);
    const held = new Set(relations?.map(canonicalID));
    for (const id of add) {
      if (!held.has(id)) await this.#grant({ organization, id, user: subject.id }, signal);
    }
    for (const id of remove) {
      // Also where the user's own relations don't have it: whoever asks has seen it held, and the two are read in different ways.
      const spelt = relations?.find((relation) => canonicalID(relation) === id) ?? id;
      await this.#client.dangerouslyRevokeUserRoleByGet({ organization, id: spelt, user: subject.id }, signal);
    }
    return relations === undefined ? {} : { roles: changedRoles([...held], change) };
  }

  async #grant(place: RolePlace & { readonly user: string }, signal: AbortSignal): Promise<void> {
    try {
      await this.#client.addUserToRole(place, signal);
    } catch (error) {
      // The same is said of a role and of an organization that isn't there; an organization's roles can be listed.
      if (isKind(error, 'notFound')) await this.#client.listOrganizationRoles(place.organization, signal);
      throw error;
    }
  }

  /**
   * The roles of one user, which the store behind Klustr tells completely, also where the holders of a role are too many for it;
   * undefined where they can't be read. Then every grant is sent, which changes nothing where it isn't needed.
   */
  async #relations(organization: string, user: string, signal: AbortSignal): Promise<readonly string[] | undefined> {
    try {
      return await this.#client.getUserRoleRelations(organization, user, signal);
    } catch (error) {
      if (isUnavailable(error)) return undefined;
      throw error;
    }
  }

  /** Everybody who holds a role. Klustr may give pages or everything at once, whatever is asked for. */
  async #assignments(place: RolePlace, signal: AbortSignal): Promise<readonly AssignmentAnswer[]> {
    const entries = new Map<string, AssignmentAnswer>();
    let count: number | undefined;
    for (let pages = 0; pages < mostPages; pages++) {
      const page = await this.#client.getOrgRoleAssignments(place, signal, { limit: pageSize, start: entries.size });
      const known = entries.size;
      for (const assignment of page.assignments) {
        if (canonicalID(assignment.role) !== place.id) throw doubtful(place, 'it has holders of another role');
        entries.set(`${assignment.role} ${assignment.assignedTo}`, assignment);
      }
      count ??= page.count;
      // An entry that goes moves the others up, so the next page would begin too late.
      if (page.count !== count) throw doubtful(place, 'it changed while it was read');
      if (entries.size === known || isShort(page)) return complete(place, [...entries.values()], count);
    }
    throw doubtful(place, `there are more than ${mostPages} pages`);
  }

  /** Undefined: there is no such operation. */
  async #readDirectory(signal: AbortSignal): Promise<Directory | undefined> {
    const asOfMs = this.#clock.monotonic();
    try {
      const directory = new Map<string, string[]>();
      for (const { id, email } of await this.#client.adminListIdentities(signal)) {
        if (email === undefined) continue;
        const address = email.trim().toLowerCase();
        directory.set(address, [...(directory.get(address) ?? []), id]);
      }
      this.#directory.set('', directory, asOfMs);
      return directory;
    } catch (error) {
      if (isKind(error, 'notFound') || isKind(error, 'unsupported')) return undefined;
      throw error;
    }
  }
}

function found(ids: readonly string[], email: string): SubjectLookup {
  const [id, ...others] = ids;
  if (id === undefined) return { state: 'unknown', message: `Klustr has no identity with the e-mail address ${email}` };
  if (others.length === 0) return foundUser(id);
  return {
    state: 'ambiguous',
    message: `Klustr has ${ids.length} identities with the e-mail address ${email}; name one of them by subject id`,
  };
}

/** Nobody at Klustr looks at an id, so what can't be one would be given a role that nobody ever has. */
function userIDProblem(id: string): string | undefined {
  if (id.includes(':')) return 'has a ":", and no subject id of Klustr has one';
  if (id.includes('@')) return 'is an e-mail address and no subject id; give it as email';
  return id === '' || id === '.' || id === '..' ? 'is no subject id' : undefined;
}

/** Whether a page is not full by its own word, so that no other follows. */
function isShort({ limit, assignments }: { readonly limit: number | undefined; readonly assignments: readonly unknown[] }): boolean {
  return limit !== undefined && assignments.length < Math.min(limit, pageSize);
}

function complete(place: RolePlace, assignments: readonly AssignmentAnswer[], count: number): readonly AssignmentAnswer[] {
  if (assignments.length >= count) return assignments;
  throw doubtful(place, `it has ${assignments.length} of ${count} holders`);
}

function refuseHidden(organization: string, roles: readonly string[]): void {
  for (const slug of roles) {
    const problem = hiddenHolders(slug);
    if (problem === undefined) continue;
    const operation = 'getOrgRoleAssignments';
    const message = `Klustr ${operation}, ${nameOf({ organization, slug })}: the id ${problem}`;
    throw new ProviderError('invalid', message, { operation, rejected: [slug] });
  }
}

/** The operation isn't there, or answers in another form than is assumed. */
function isUnavailable(error: unknown): boolean {
  if (isKind(error, 'notFound') || isKind(error, 'unsupported')) return true;
  return isKind(error, 'transient') && error.details.status === 200;
}

function refusal(
  kind: ProviderError['kind'],
  { organization, subject }: HoldingChange,
  why: string,
  details: Pick<ProviderError['details'], 'missing'> = {},
): ProviderError {
  const operation = 'addUserToRole';
  return new ProviderError(kind, `Klustr ${operation}, ${nameOfSubject(subject, organization)}: ${why}`, { operation, ...details });
}

function doubtful({ organization, id }: RolePlace, why: string): ProviderError {
  const operation = 'getOrgRoleAssignments';
  const name = nameOf({ organization, slug: id });
  return new ProviderError('transient', `Klustr ${operation}, holders of ${name}: the list can't be trusted: ${why}`, { operation });
}

function nameOf({ organization, slug }: RoleRef): string {
  return `role ${slug} of organization ${organization}`;
}

function isKind(error: unknown, kind: ProviderError['kind']): error is ProviderError {
  return error instanceof ProviderError && error.kind === kind;
}
