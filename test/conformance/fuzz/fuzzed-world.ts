import { expect } from 'vitest';
import {
  type DesiredRole,
  type HoldingChange,
  ProviderError,
  type RolePlan,
  type SubjectLookup,
  type SubjectRef,
  subjectKey,
} from '../../../src/model/index.ts';
import { planRole } from '../../../src/plan/index.ts';
import type { RoleHolders, RoleProvider } from '../../../src/providers/index.ts';
import { InProcessEmulators } from '../../support/in-process-emulators.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import type { ProviderFixture, StartEmulator } from '../suite/fixture.ts';
import { expectForm, expectShowable } from './forms.ts';
import { isGarbage } from './tampering.ts';
import { type Tampering, TamperingHttp } from './tampering-http.ts';

/** What the operator asks of a provider, in words that fit every contract. */
export const operationNames = [
  'probe',
  'observe',
  'unknown',
  'create',
  'update',
  'remove',
  'lookup',
  'holders',
  'grant',
  'revoke',
] as const;

/** See operationNames. */
export type OperationName = (typeof operationNames)[number];

/** How an operation ended: with an answer, or with an error. */
export type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** Operations that write nothing, whose answer is compared with the truth. */
const readers: ReadonlySet<OperationName> = new Set(['observe', 'unknown', 'lookup', 'holders']);

/** What is true of a provider's format. */
export interface FormatTraits {
  /** Operations whose answers may lack a field of theirs, which then means something. */
  readonly mayLeaveOut?: readonly OperationName[];
  /** An answer that says that a list is empty. */
  readonly emptyList?: '{}' | '[]';
}

/** Numbers of roles: those that operations are about, and one that none is about. */
const numbers = { updated: 1, granted: 2, removed: 3, other: 7, created: 20 } as const;
const hourMs = 3_600_000;

/** Spoils nothing. */
const untouched: Tampering = {
  request: Number.POSITIVE_INFINITY,
  goesOn: false,
  mutation: undefined,
  status: undefined,
  headers: {},
  lost: undefined,
  isCarriedOut: true,
};

/** A provider with roles and users, and a connection to it that gets spoilt answers. */
export class FuzzedWorld {
  readonly clock: VirtualClock;
  readonly fixture: ProviderFixture;
  readonly http: TamperingHttp;
  /** What the limiter was told, in milliseconds. */
  readonly pauses: number[] = [];
  readonly #traits: FormatTraits;
  readonly #signal = new AbortController().signal;

  private constructor(fixture: ProviderFixture, traits: FormatTraits, emulators: InProcessEmulators, clock: VirtualClock) {
    this.#traits = traits;
    this.fixture = fixture;
    this.clock = clock;
    this.http = new TamperingHttp(emulators, Object.values(fixture.credentials));
  }

  static async start(start: (start: StartEmulator) => Promise<ProviderFixture>, traits: FormatTraits = {}): Promise<FuzzedWorld> {
    const clock = new VirtualClock();
    const emulators = new InProcessEmulators(clock);
    const world = new FuzzedWorld(await start(emulators.start), traits, emulators, clock);
    world.#fill();
    return world;
  }

  async connect(): Promise<RoleProvider> {
    const { driver, settings, credentials, emulator } = this.fixture;
    return driver.connect(settings(emulator.url), credentials, {
      clock: this.clock,
      http: this.http,
      limiter: { acquire: async () => 0, pause: (ms) => void this.pauses.push(ms), pausedForMs: () => 0 },
      timeoutMs: 10_000,
      onCall: () => undefined,
    });
  }

  /** How many requests an operation takes when nothing is spoilt; 0 where the provider has no such operation. */
  async requestsOf(name: OperationName, isWarm: boolean): Promise<number> {
    await this.judge(name, untouched, isWarm);
    return this.http.requests;
  }

  /** Carries out an operation whose answers are spoilt, and says what is wrong with what came of it. */
  async judge(name: OperationName, tampering: Tampering, isWarm: boolean): Promise<void> {
    const calm = await this.connect();
    const operation = await this.#operation(name, calm);
    if (operation === undefined) return;
    const truth = readers.has(name) ? await this.#run(calm, operation) : undefined;
    const provider = isWarm ? calm : await this.connect();
    const before = this.#untouched();
    this.http.begin(tampering);
    const outcome = await this.#run(provider, operation);
    this.http.end();
    this.#expectDocumented(name, outcome);
    expect(this.#untouched(), 'nobody asked for that').toEqual(before);
    if (truth !== undefined && this.#wasGarbage(name, tampering) && 'value' in outcome) {
      if (name === 'lookup') expectLookups(outcome.value, truth);
      else expect(pictureOf(outcome), 'garbage is no other truth').toEqual(pictureOf(truth));
    }
    if (name === 'remove' && 'value' in outcome && this.#wasRefused(tampering)) {
      expect(this.fixture.backdoor.role(this.#slug(numbers.removed)), 'it counts as removed').toBeUndefined();
    }
    for (const ms of this.pauses) expect(ms >= 1_000 && ms <= hourMs, `a pause of ${ms} ms`).toBe(true);
    await calm[Symbol.asyncDispose]();
    if (provider !== calm) await provider[Symbol.asyncDispose]();
  }

  #wasGarbage(name: OperationName, tampering: Tampering): boolean {
    if (this.http.hits === 0 || !isGarbage(tampering)) return false;
    const { mayLeaveOut, emptyList } = this.#traits;
    if (emptyList !== undefined && this.http.answered(emptyList)) return false;
    return tampering.mutation?.leavesOut !== true || mayLeaveOut?.includes(name) !== true;
  }

  /** Whether nothing was done and the answer says so. */
  #wasRefused({ isCarriedOut, status = 503 }: Tampering): boolean {
    return this.http.hits > 0 && !isCarriedOut && (status < 200 || status > 299);
  }

  /** Ends with an error of this test where the call never ends. */
  async #run(provider: RoleProvider, operation: (provider: RoleProvider) => Promise<unknown>): Promise<Outcome> {
    const call = operation(provider).then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    return this.clock.runUntil(call, hourMs);
  }

  #expectDocumented(name: OperationName, outcome: Outcome): void {
    if ('value' in outcome) {
      expectForm(name, outcome.value, this.http.secrets);
      return;
    }
    const { error } = outcome;
    if (!(error instanceof ProviderError)) throw new Error(`Not a ProviderError: ${String(error)}`, { cause: error });
    const { cause: _cause, ...details } = error.details;
    const shown = [error.message, JSON.stringify(details), ...causesOf(error)].join('\n');
    for (const secret of this.http.secrets) expect(shown, 'a credential is shown').not.toContain(secret);
    expectShowable(error.message, this.http.secrets);
    expect(details.operation).not.toBe('');
    const { retryAfterMs = 0 } = details;
    expect(retryAfterMs >= 0 && retryAfterMs <= hourMs, `retryAfterMs is ${retryAfterMs}`).toBe(true);
  }

  #slug(number: number): string {
    return this.fixture.vocabulary.slug(number);
  }

  #user(number: number): SubjectRef {
    return { kind: 'User', id: this.#people.user(number).id };
  }

  get #people() {
    const { people } = this.fixture;
    if (people === undefined) throw new Error('the fixture has no people');
    return people;
  }

  #fill(): void {
    const { backdoor, vocabulary } = this.fixture;
    backdoor.putPermissions([1, 2, 3, 4].map((number) => vocabulary.permission(number)));
    for (const number of [numbers.updated, numbers.granted, numbers.removed, numbers.other]) {
      const permissions = [1, 2, 3].map((each) => vocabulary.permission(each));
      backdoor.putRole({ slug: this.#slug(number), displayName: `Role ${number}`, description: this.#description, permissions });
    }
    const held = [[numbers.updated], [numbers.updated, numbers.granted], [numbers.other], [numbers.granted]];
    for (const [index, roles] of held.entries()) {
      this.#people.hold(
        this.#user(index + 1),
        roles.map((number) => this.#slug(number)),
      );
    }
    const [obstacle] = this.#people.obstacles;
    if (obstacle !== undefined) this.#people.obstruct(this.#user(5), [this.#slug(numbers.granted)], obstacle);
  }

  get #description(): string {
    const { driver, capabilities = driver.capabilities } = this.fixture;
    return capabilities.description ? 'What it is for' : '';
  }

  /** What no operation is about: a role, and what two users hold. */
  #untouched(): unknown {
    const { backdoor } = this.fixture;
    return [backdoor.role(this.#slug(numbers.other)), this.#people.held(this.#user(3)), this.#people.held(this.#user(4))];
  }

  /** Undefined: the provider has no such operation. */
  async #operation(name: OperationName, calm: RoleProvider): Promise<((provider: RoleProvider) => Promise<unknown>) | undefined> {
    const { capabilities } = calm;
    const { organization } = this.fixture.vocabulary;
    switch (name) {
      case 'probe':
        return (provider) => provider.probe(this.#signal);
      case 'observe':
        return capabilities.readable ? (provider) => provider.observe(organization, this.#signal) : undefined;
      case 'unknown': {
        const permissions = [1, 2, 99].map((number) => this.fixture.vocabulary.permission(number));
        return calm.catalogue === undefined
          ? undefined
          : (provider) => provider.catalogue?.unknown(permissions, this.#signal) ?? Promise.reject(new Error('no catalogue'));
      }
      case 'create':
      case 'update': {
        const plan = await this.#plan(calm, name === 'create' ? numbers.created : numbers.updated);
        return (provider) => provider.apply(plan, this.#signal);
      }
      case 'remove':
        return capabilities.deleteRole ? this.#remover(calm) : undefined;
      default:
        return this.#holdersOperation(name);
    }
  }

  #holdersOperation(name: OperationName): (provider: RoleProvider) => Promise<unknown> {
    const { organization } = this.fixture.vocabulary;
    const [first, second] = [this.#slug(numbers.updated), this.#slug(numbers.granted)];
    const people = this.#people;
    return async (provider) => {
      const { holders } = provider;
      if (holders === undefined) throw new ProviderError('unsupported', 'no holders any more', { operation: 'any' });
      switch (name) {
        case 'lookup':
          return holders.lookup(
            organization,
            [
              { kind: 'User', id: people.user(1).id },
              { kind: 'User', email: people.user(2).email },
              { kind: 'User', email: people.unknownEmail },
            ],
            this.#signal,
          );
        case 'holders':
          return provider.capabilities.readBindings ? holders.observe(organization, [first, second].sort(), this.#signal) : new Map();
        case 'grant':
          return this.#change(holders, 1, { add: [second], remove: [], next: [first, second].sort() });
        default:
          return this.#change(holders, 2, { add: [], remove: [second], next: [first] });
      }
    };
  }

  #change(holders: RoleHolders, user: number, change: Pick<HoldingChange, 'add' | 'remove' | 'next'>): Promise<unknown> {
    const managed = [this.#slug(numbers.updated), this.#slug(numbers.granted)].sort();
    const { organization } = this.fixture.vocabulary;
    return holders.apply({ organization, subject: this.#user(user), managed, reactivate: false, ...change }, this.#signal);
  }

  async #plan(calm: RoleProvider, number: number): Promise<RolePlan> {
    const { vocabulary } = this.fixture;
    const desired: DesiredRole = {
      ref: { organization: vocabulary.organization, slug: vocabulary.slug(number) },
      displayName: `Another ${number}`,
      permissions: [2, 3, 4].map((each) => vocabulary.permission(each)),
      extras: {},
    };
    const normalized = calm.normalize(desired);
    if (!normalized.ok) throw new Error(`not normalised: ${JSON.stringify(normalized.problems)}`);
    if (!calm.capabilities.readable) return planRole({ desired: normalized.role, observed: { state: 'unreadable' }, mode: 'Enforce' });
    const role = await this.#observed(calm, number);
    return planRole({
      desired: normalized.role,
      observed: role === undefined ? { state: 'absent' } : { state: 'present', role },
      mode: 'Enforce',
    });
  }

  async #remover(calm: RoleProvider): Promise<(provider: RoleProvider) => Promise<unknown>> {
    const role = await this.#observed(calm, numbers.removed);
    if (role === undefined) throw new Error('the role to remove is missing');
    return (provider) => provider.remove(role.ref, role.externalID, this.#signal);
  }

  async #observed(calm: RoleProvider, number: number) {
    const { organization, slug } = this.fixture.vocabulary;
    const reading = calm.observe(organization, this.#signal);
    return (await this.clock.runUntil(reading)).roles.get(slug(number));
  }
}

function causesOf(error: unknown): readonly string[] {
  const texts: string[] = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause) texts.push(cause.message);
  return texts;
}

/** What an answer says of the things that matter, free of what may be spoilt without anybody losing anything. */
function pictureOf(outcome: Outcome): unknown {
  if ('error' in outcome) throw new Error('The undisturbed operation failed', { cause: outcome.error });
  const { value } = outcome;
  if (typeof value !== 'object' || value === null) return value;
  if ('roles' in value && value.roles instanceof Map) {
    return [...value.roles.values()].map(({ ref, permissions, system }) => [ref.slug, permissions, system]).sort();
  }
  if ('holdings' in value && value.holdings instanceof Map) {
    return [...value.holdings.values()].map(({ subject, roles, obstacle }) => [subjectKey(subject), roles, obstacle?.reason]).sort();
  }
  return value;
}

/** A SubjectLookup whose fields may be there or not. */
type Lookup = Pick<SubjectLookup, 'state'> & { readonly message?: string };

/** That a server can't say who somebody is may be concluded too soon: nobody is taken for another or for missing. */
function expectLookups(value: unknown, truth: Outcome): void {
  const lookups = value as readonly SubjectLookup[];
  for (const [index, { message: _words, ...expected }] of (pictureOf(truth) as readonly Lookup[]).entries()) {
    if (lookups[index]?.state !== 'unsupported') expect(lookups[index], 'garbage is no other truth').toMatchObject(expected);
  }
}
