import type { FaultRule, JournalEntry } from '../../../src/emulators/index.ts';
import type { Capabilities, Holding, HoldingApplied, HoldingChange, ProviderError, SubjectRef } from '../../../src/model/index.ts';
import type { RoleHolders } from '../../../src/providers/index.ts';
import type { Duty } from './case.ts';
import type { BindingOperation, People, ProviderFixture } from './fixture.ts';
import { Scenario } from './scenario.ts';

/** One duty of every provider whose roles can be given to somebody. */
export interface BindingCase extends Omit<Duty, 'applies'> {
  /** Whether providers with these capabilities and subjects have this duty. Default: all have. */
  readonly applies?: (capabilities: Capabilities, people: People) => boolean;
  readonly run: (scenario: BindingScenario) => Promise<void>;
}

/** What a case says of a change; the rest follows from the emulator's state. */
export interface ChangeOf {
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
  /** Roles that bindings manage besides those that change. */
  readonly managed?: readonly string[];
  readonly reactivate?: boolean;
  readonly previous?: Holding;
}

/** One running case about who holds roles. */
export class BindingScenario {
  readonly base: Scenario;
  readonly people: People;
  readonly holders: RoleHolders;

  private constructor(base: Scenario, people: People, holders: RoleHolders) {
    this.base = base;
    this.people = people;
    this.holders = holders;
  }

  static async start(fixture: ProviderFixture): Promise<BindingScenario> {
    const { people } = fixture;
    if (people === undefined) throw new Error('the fixture has no people');
    const base = await Scenario.start(fixture);
    const { holders } = base.provider;
    if (holders === undefined) throw new Error('capabilities.bindings is true and there are no holders');
    return new BindingScenario(base, people, holders);
  }

  get capabilities(): Capabilities {
    return this.base.capabilities;
  }

  get organization(): string {
    return this.base.organization;
  }

  get signal(): AbortSignal {
    return this.base.signal;
  }

  /** Slug of a role that is there from now on. */
  role(number: number): string {
    const stored = this.base.stored(number, [number]);
    if (this.base.fixture.backdoor.role(stored.slug) === undefined) this.base.fixture.backdoor.putRole(stored);
    return stored.slug;
  }

  /** A user who holds exactly these roles from now on. */
  user(number: number, ...roles: readonly string[]): SubjectRef {
    const subject: SubjectRef = { kind: 'User', id: this.people.user(number).id };
    if (roles.length > 0) this.people.hold(subject, roles);
    return subject;
  }

  /** What a subject holds after its last role was revoked. */
  get nothing(): readonly string[] {
    const { fallbackRole } = this.holders;
    return fallbackRole === undefined ? [] : [fallbackRole];
  }

  /** The change as the operator would ask for it. */
  change(subject: SubjectRef, { add = [], remove = [], managed = [], reactivate = false, previous }: ChangeOf): HoldingChange {
    const held = this.people.held(subject);
    const all = sorted([...add, ...remove, ...managed]);
    return {
      organization: this.organization,
      subject,
      add: sorted(add),
      remove: sorted(remove),
      managed: all,
      next: all.filter((role) => !remove.includes(role) && (add.includes(role) || held.includes(role))),
      ...(previous === undefined ? {} : { previous }),
      reactivate,
    };
  }

  /** Carries out a change of what the subject holds now. */
  apply(subject: SubjectRef, change: ChangeOf, signal: AbortSignal = this.signal): Promise<HoldingApplied> {
    return this.holders.apply(this.change(subject, change), signal);
  }

  /** What the provider reports of those who hold one of the roles, by id. */
  async observed(...roles: readonly string[]): Promise<Readonly<Record<string, readonly string[]>>> {
    const { holdings } = await this.holders.observe(this.organization, sorted(roles), this.signal);
    return Object.fromEntries([...holdings.values()].map((holding) => [holding.subject.id, holding.roles]));
  }

  failure(call: Promise<unknown>): Promise<ProviderError> {
    return this.base.failure(call);
  }

  inject(operation: BindingOperation, fault: Omit<FaultRule, 'operationId'>): void {
    this.base.fixture.emulator.control.inject({ ...fault, operationId: this.people.operations[operation] });
  }

  /** Requests of these operations since they were last forgotten. */
  requests(...operations: readonly BindingOperation[]): readonly JournalEntry[] {
    const ids = operations.flatMap((each) => this.people.operations[each]);
    return this.base.fixture.emulator.control.journal({ operationId: ids });
  }

  /** Requests that change something, since they were last forgotten: those the suite knows of, and whatever isn't a GET. */
  writes(): readonly JournalEntry[] {
    const known = new Set(this.requests('grant', 'revoke').map(({ sequence }) => sequence));
    const reads = new Set(this.requests('listHolders', 'readHolder', 'findUser').map(({ sequence }) => sequence));
    const { control } = this.base.fixture.emulator;
    return control.journal().filter(({ sequence, lane }) => known.has(sequence) || (lane !== undefined && !reads.has(sequence)));
  }

  forgetRequests(): void {
    this.base.forgetRequests();
  }

  /**
   * What the subject holds after each request from now on, as soon as it was carried out; grows while requests come. The
   * last entry may be missing as long as its request isn't answered.
   */
  watch(subject: SubjectRef): readonly (readonly string[])[] {
    const seen: (readonly string[])[] = [this.people.held(subject)];
    const next = (): void => {
      void this.base.fixture.emulator.control.nextRequest().then(() => {
        seen.push(this.people.held(subject));
        next();
      });
    };
    next();
    return seen;
  }

  /** Begins a call of which one request will hang, and lets the call's time pass once that request is there. */
  async timeOut<T>(operation: BindingOperation, call: () => Promise<T>): Promise<T> {
    const arrived = this.base.fixture.emulator.control.nextRequest({ operationId: this.people.operations[operation] });
    const outcome = call();
    // It is awaited below; until then nothing else may take its failure for unhandled.
    outcome.catch(() => undefined);
    await arrived;
    await this.base.clock.advance(Scenario.timeoutMs);
    return outcome;
  }

  async end(): Promise<void> {
    await this.base.end();
  }
}

/** In the order of every list of roles, each once. */
export function sorted(texts: Iterable<string>): readonly string[] {
  return [...new Set(texts)].sort();
}
