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
} from '../../src/model/index.ts';
import type { RoleHolders } from '../../src/providers/contract.ts';

/** One call that FakeHolders were made. */
export interface HoldersCall {
  readonly operation: 'lookup' | 'holders' | 'change';
  readonly detail: string;
}

/** A fault for the next call of an operation: thrown before it acts, or once it has acted (`after`). */
export interface HoldersFault {
  readonly operation: HoldersCall['operation'];
  readonly error: Error;
  readonly after?: boolean;
  /** Only for a call with this in its detail. */
  readonly about?: string;
}

/** Who holds what, in memory: keeps the contract, counts its calls and fails when told to. */
export class FakeHolders implements RoleHolders {
  readonly calls: HoldersCall[] = [];
  readonly faults: HoldersFault[] = [];
  /** Ids of users by address, in lower case. */
  readonly emails = new Map<string, readonly string[]>();
  /** Subjects that are not there, as `subjectKey`. */
  readonly missing = new Set<string>();
  readonly obstacles = new Map<string, SubjectObstacle>();
  /** Told of each change before it is made. */
  onChange: (change: HoldingChange) => void = () => undefined;
  /** Somebody can hold one role only. */
  oneRoleEach = false;
  /** How many reads turn out empty, never two in a row. */
  emptyReads = 0;
  #wasEmpty = false;
  /** By organization and `subjectKey`. */
  readonly #held = new Map<string, Map<string, Set<string>>>();
  fallbackRole?: string;

  roleProblem(slug: string): string | undefined {
    return slug.includes('_') ? 'a "_" hides who holds it' : undefined;
  }

  canonicalRole(slug: string): string {
    return slug;
  }

  async lookup(organization: string, subjects: readonly NamedSubject[]): Promise<readonly SubjectLookup[]> {
    return this.#act('lookup', `${organization} ${subjects.length}`, () => subjects.map((subject) => this.#find(subject)));
  }

  async observe(organization: string, roles: readonly string[]): Promise<HoldersSnapshot> {
    return this.#act('holders', `${organization} ${roles.join(',')}`, () => {
      if (this.emptyReads > 0 && !this.#wasEmpty) {
        this.emptyReads -= 1;
        this.#wasEmpty = true;
        return { organization, holdings: new Map() };
      }
      this.#wasEmpty = false;
      return { organization, holdings: new Map([...this.#of(organization)].map(([key, held]) => [key, this.#holding(key, held)])) };
    });
  }

  async apply(change: HoldingChange): Promise<HoldingApplied> {
    const { organization, subject, add, remove } = change;
    const key = subjectKey(subject);
    return this.#act('change', `${organization} ${key} +${add.join(',')} -${remove.join(',')}`, () => {
      if (this.missing.has(key))
        throw new ProviderError('notFound', `${key} is unknown`, { operation: 'change', missing: 'subject', status: 404 });
      this.onChange(change);
      const next = new Set([...this.roles(organization, key), ...add].filter((slug) => !remove.includes(slug)));
      if (this.oneRoleEach && next.size > 1) {
        throw new ProviderError('unsupported', `${key} would hold ${[...next].sort().join(' and ')}`, { operation: 'change', status: 422 });
      }
      for (const slug of add) this.give(organization, key, slug);
      for (const slug of remove) this.take(organization, key, slug);
      if (change.reactivate) this.obstacles.delete(key);
      return { roles: this.roles(organization, key) };
    });
  }

  /** Gives a role as somebody else would. */
  give(organization: string, key: string, slug: string): void {
    const held = this.#of(organization).get(key) ?? new Set<string>();
    held.add(slug);
    this.#of(organization).set(key, held);
  }

  take(organization: string, key: string, slug: string): void {
    this.#of(organization).get(key)?.delete(slug);
  }

  /** What a subject holds, sorted. */
  roles(organization: string, key: string): readonly string[] {
    return [...(this.#of(organization).get(key) ?? [])].sort();
  }

  /** Who holds a role, sorted. */
  holdersOf(organization: string, slug: string): readonly string[] {
    return [...this.#of(organization)].flatMap(([key, held]) => (held.has(slug) ? [key] : [])).sort();
  }

  count(operation: HoldersCall['operation']): number {
    return this.calls.filter((call) => call.operation === operation).length;
  }

  #find({ kind, id, email }: NamedSubject): SubjectLookup {
    if (kind !== 'User' && kind !== 'ServiceAccount') return { state: 'unsupported', message: 'The provider has no groups.' };
    if (id !== undefined) return { state: 'found', subject: { kind, id } };
    const ids = this.emails.get((email ?? '').toLowerCase()) ?? [];
    const [first] = ids;
    if (first === undefined) return { state: 'unknown', message: `Nobody has the address ${email}.` };
    return ids.length === 1
      ? { state: 'found', subject: { kind: 'User', id: first } }
      : { state: 'ambiguous', message: `${ids.length} users have the address ${email}.` };
  }

  #holding(key: string, held: ReadonlySet<string>): Holding {
    const [kind, id = ''] = key.split('/') as [SubjectRef['kind'], string];
    const obstacle = this.obstacles.get(key);
    return { subject: { kind, id }, roles: [...held].sort(), ...(obstacle === undefined ? {} : { obstacle }) };
  }

  #of(organization: string): Map<string, Set<string>> {
    const held = this.#held.get(organization) ?? new Map<string, Set<string>>();
    this.#held.set(organization, held);
    return held;
  }

  async #act<T>(operation: HoldersCall['operation'], detail: string, work: () => T): Promise<T> {
    this.calls.push({ operation, detail });
    const index = this.faults.findIndex((fault) => fault.operation === operation && detail.includes(fault.about ?? ''));
    const [fault] = index === -1 ? [] : this.faults.splice(index, 1);
    if (fault !== undefined && fault.after !== true) throw fault.error;
    const result = work();
    if (fault !== undefined) throw fault.error;
    return result;
  }
}
