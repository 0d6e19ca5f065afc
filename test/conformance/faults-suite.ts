import { describe, expect, it } from 'vitest';
import { apiVersion, type Reason, type Role } from '../../src/api/index.ts';
import type { FaultRule } from '../../src/emulators/index.ts';
import type { ProviderError } from '../../src/model/index.ts';
import { type ConditionType, failureMessage, failureRule, getCondition, nextRoleStatus, type RoleFacts } from '../../src/status/index.ts';
import type { ProviderFixture } from './provider-suite.ts';
import type { ProviderOperation, StoredRole } from './suite/fixture.ts';
import { Scenario } from './suite/scenario.ts';

/** What the operator is doing when something goes wrong. */
export type Step = 'read' | 'update' | 'create' | 'token';

type Injected = Omit<FaultRule, 'operationId'>;

/** How a fault comes about: at the wire, as somebody else's act, or with an answer that takes longer than a call may. */
type Cause = Injected | 'expire' | 'slow' | 'repeatCredentials';

/** What goes wrong, for as long as it does. */
export const faults = {
  'credentials expire in mid-run': 'expire',
  'status 400 that repeats the credentials': 'repeatCredentials',
  'status 401': { kind: 'status', status: 401 },
  'status 403': { kind: 'status', status: 403 },
  'status 404': { kind: 'status', status: 404 },
  'status 409': { kind: 'status', status: 409 },
  'status 422': { kind: 'status', status: 422 },
  'status 429 with Retry-After': { kind: 'status', status: 429, headers: { 'retry-after': '7' } },
  'status 429 without Retry-After': { kind: 'status', status: 429 },
  'status 500': { kind: 'status', status: 500 },
  'status 503': { kind: 'status', status: 503 },
  'redirect to another place': { kind: 'status', status: 302, headers: { location: 'https://elsewhere.example/' } },
  '404 page of a proxy': { kind: 'html', status: 404 },
  '502 page of a proxy': { kind: 'html', status: 502 },
  'slow: no answer within the timeout': 'slow',
  'cut before an answer': { kind: 'cut' },
  'cut after it was carried out': { kind: 'cut', carryOut: true },
  'cut in the middle of the answer': { kind: 'truncateBody' },
  'an empty answer': { kind: 'emptyBody' },
  'a page instead of JSON': { kind: 'html' },
  'broken JSON': { kind: 'garbage' },
  'JSON of another shape': { kind: 'wrongShape' },
} as const satisfies Readonly<Record<string, Cause>>;

/** See faults. */
export type FaultName = keyof typeof faults;

/** What a person reads in the Role's conditions after a fault. */
export interface Told {
  readonly reason: Reason;
  readonly message: string;
  /** True: the Role is `Stalled`. False: it is tried again. */
  readonly terminal: boolean;
}

/** A fault after which the Role is tried again. */
export function waits(reason: Reason, message: string): Told {
  return { reason, message, terminal: false };
}

/** A fault after which a person has to act. */
export function stalls(reason: Reason, message: string): Told {
  return { reason, message, terminal: true };
}

/** What is told of each fault; `survived` where the client gets over it by itself. */
export type ToldByFault = Readonly<Record<FaultName, Told | 'survived'>>;

/** What is told, word for word. A step that a provider doesn't have is left out. */
export interface FaultExpectations {
  /** Listing the organization's roles. Left out where roles can't be read. */
  readonly read?: ToldByFault;
  /** Changing a role's permissions. */
  readonly update: ToldByFault;
  /** Making a role. Left out where none can be made. */
  readonly create?: ToldByFault;
  /** Getting an access token for a change. Left out where calls need none. */
  readonly token?: ToldByFault;
  /**
   * A list that ends too early and doesn't show it: the role seems absent, so it is made. Left out where roles can't be read.
   */
  readonly shortenedList?: Told;
}

/** A provider to be disturbed. */
export interface FaultSubject {
  readonly name: string;
  /** Makes a fresh world; called once for every fault. */
  start(): Promise<ProviderFixture>;
  /** Operation id of the request for an access token, where there is one. */
  readonly tokenOperation?: string;
}

/** A moment that stands in no condition's message. */
const now = '2026-01-31T12:00:00Z';

/** Numbers of the roles in the world: one that is changed, one that is made, one that nobody may touch. */
const numbers = { changed: 1, made: 2, bystander: 7 } as const;

/** Declares a test for every fault of every step that the provider has. */
export function runProviderFaults(subject: FaultSubject, expected: FaultExpectations): void {
  describe(`${subject.name}: what a Role says when its provider fails`, () => {
    it('has words for every step that the provider has', async () => {
      const { driver, capabilities = driver.capabilities, emulator, operations } = await subject.start();
      await emulator.close();
      const { readable, createRole } = capabilities;

      expect({
        read: expected.read !== undefined,
        create: expected.create !== undefined,
        token: expected.token !== undefined,
        shortenedList: expected.shortenedList !== undefined,
      }).toEqual({
        read: readable,
        create: createRole && operations.createRole.length > 0,
        token: subject.tokenOperation !== undefined,
        shortenedList: readable,
      });
    });

    for (const step of ['read', 'update', 'create', 'token'] as const) {
      const told = expected[step];
      if (told === undefined) continue;
      it.for(Object.keys(faults) as FaultName[])(`${step}: %s`, async (fault) => {
        const world = await FaultWorld.start(subject, step);
        try {
          expect(await world.disturb(fault)).toEqual(shown(step, told[fault]));
          await world.expectNothingLost();
          await world.recover();
        } finally {
          await world.end();
        }
      });
    }

    const { shortenedList } = expected;
    if (shortenedList === undefined) return;
    it('read: a list that ends too early removes nothing', async () => {
      const world = await FaultWorld.start(subject, 'read');
      try {
        expect(await world.believeShortenedList()).toEqual(shown('read', shortenedList));
        await world.expectNothingLost();
        await world.recover();
      } finally {
        await world.end();
      }
    });
  });
}

/** Conditions that programs and people decide by. */
const shownTypes = ['Ready', 'Synced', 'Reconciling', 'Stalled'] as const satisfies readonly ConditionType[];

/** The conditions as a person sees them, or that nothing went wrong. */
export type Shown = Readonly<Record<string, string>> | 'survived';

/** What the conditions must be: all four say the same, apart from a Ready that a passing fault leaves as it was. */
function shown(step: Step, told: Told | 'survived'): Shown {
  if (told === 'survived') return told;
  const failed = (status: string): string => `${status} ${told.reason}: ${told.message}`;
  return {
    Ready: step === 'read' && !told.terminal ? 'True Available: The provider holds the role as declared.' : failed('False'),
    Synced: failed('False'),
    Reconciling: told.terminal ? 'False Idle: Nothing is under way.' : failed('True'),
    Stalled: told.terminal ? failed('True') : 'False Idle: Nothing needs a person.',
  };
}

/** One provider, one step, one fault. */
export class FaultWorld {
  readonly #subject: FaultSubject;
  readonly #step: Step;
  readonly #scenario: Scenario;
  readonly #call: () => Promise<unknown>;
  readonly #stateBefore: unknown;
  #hasExpired = false;

  private constructor(subject: FaultSubject, step: Step, scenario: Scenario, call: () => Promise<unknown>) {
    this.#subject = subject;
    this.#step = step;
    this.#scenario = scenario;
    this.#call = call;
    this.#stateBefore = scenario.fixture.emulator.control.state();
  }

  static async start(subject: FaultSubject, step: Step): Promise<FaultWorld> {
    const fixture = await subject.start();
    const scenario = await Scenario.start(fixture);
    const { backdoor } = fixture;
    scenario.knowPermissions(5);
    backdoor.putRole(scenario.stored(numbers.changed, [1, 2]));
    backdoor.putRole(scenario.stored(numbers.bystander, [1, 3]));
    const call = await callOf(step, scenario);
    scenario.forgetRequests();
    return new FaultWorld(subject, step, scenario, call);
  }

  /** Makes the step's call while the fault lasts. Gives back what its Role's conditions say then. */
  async disturb(fault: FaultName): Promise<Shown> {
    const cause: Cause = faults[fault];
    const { fixture, provider, signal } = this.#scenario;
    if (cause === 'expire') {
      // That the credentials were good is no comfort to the call after.
      await provider.probe(signal);
      fixture.backdoor.expireCredentials();
      this.#hasExpired = true;
      return this.#outcome(this.#call());
    }
    this.#inject(this.#injected(cause));
    return this.#outcome(cause === 'slow' ? this.#timeOut() : this.#call());
  }

  /** Reads a list that lacks its end, once, plans what follows from it for a smaller set, and carries it out. */
  async believeShortenedList(): Promise<Shown> {
    this.#inject({ kind: 'truncateList', keep: 0, times: 1 });
    const plan = await this.#scenario.plan(this.#scenario.desired(numbers.changed, [1]));
    expect(plan.action).toBe('create');
    return this.#outcome(this.#scenario.provider.apply(plan, this.#scenario.signal));
  }

  /** Whatever went wrong, nobody has lost what they are to keep. */
  async expectNothingLost(): Promise<void> {
    const { changed, bystander } = numbers;
    expect(this.#role(bystander)).toEqual(this.#scenario.stored(bystander, [1, 3]));
    const permissions = this.#role(changed)?.permissions;
    const { permissions: kept } = this.#scenario.stored(changed, this.#changes ? [2] : [1, 2]);
    expect(permissions).toEqual(expect.arrayContaining([...kept]));
  }

  /** The fault ends: the same call succeeds and everything is as it should be. */
  async recover(): Promise<void> {
    const { control } = this.#scenario.fixture.emulator;
    control.clearFaults();
    if (this.#step === 'create' && this.#role(numbers.made) !== undefined) await this.#recreate();
    else {
      // The only fault that is part of the state is that of the credentials, and it never comes with a change of a role.
      if (this.#hasExpired) control.reset(this.#stateBefore);
      await this.#call();
    }
    const { changed, made, bystander } = numbers;
    expect(this.#role(changed)).toEqual(this.#scenario.stored(changed, this.#changes ? [2, 3] : [1, 2]));
    expect(this.#role(made)).toEqual(this.#step === 'create' ? this.#scenario.stored(made, [1, 2]) : undefined);
    expect(this.#role(bystander)).toEqual(this.#scenario.stored(bystander, [1, 3]));
    this.#scenario.fixture.validator.assertNone();
  }

  async end(): Promise<void> {
    await this.#scenario.end();
  }

  /** A create that was carried out is found when the organization is read again, and ended as an update. */
  async #recreate(): Promise<void> {
    await this.#scenario.realize(this.#scenario.desired(numbers.made, [1, 2]));
  }

  #role(number: number): StoredRole | undefined {
    return this.#scenario.fixture.backdoor.role(this.#scenario.fixture.vocabulary.slug(number));
  }

  get #changes(): boolean {
    return this.#step === 'update' || this.#step === 'token';
  }

  get #operations(): readonly string[] {
    const { tokenOperation = '' } = this.#subject;
    const byStep: Readonly<Record<Exclude<Step, 'token'>, ProviderOperation>> = {
      read: 'listRoles',
      update: 'setPermissions',
      create: 'createRole',
    };
    return this.#step === 'token' ? [tokenOperation] : this.#scenario.fixture.operations[byStep[this.#step]];
  }

  #inject(fault: Injected): void {
    this.#scenario.fixture.emulator.control.inject({ times: 0, ...fault, operationId: this.#operations });
  }

  #injected(cause: Exclude<Cause, 'expire'>): Injected {
    if (cause === 'slow') return { kind: 'hang', carryOut: true };
    if (cause !== 'repeatCredentials') return cause;
    const { credentials, errorBody } = this.#scenario.fixture;
    return { kind: 'status', status: 400, body: errorBody(`You sent ${Object.values(credentials).join(' and ')} to us`) };
  }

  async #timeOut(): Promise<unknown> {
    const arrived = this.#scenario.fixture.emulator.control.nextRequest({ operationId: this.#operations });
    const outcome = this.#call();
    // It is awaited below; until then nothing else may take its failure for unhandled.
    outcome.catch(() => undefined);
    await arrived;
    await this.#scenario.clock.advance(Scenario.timeoutMs);
    return outcome;
  }

  async #outcome(call: Promise<unknown>): Promise<Shown> {
    const error = await call.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error === undefined) return 'survived';
    // Checks that it is a ProviderError without credentials in it.
    const failure = await this.#scenario.failure(Promise.reject(error));
    return this.#conditionsAfter(failure);
  }

  /** The conditions that the reconciler would write for the failure, to a Role in the state in which the step finds one. */
  #conditionsAfter(error: ProviderError): Shown {
    const rule = failureRule(error);
    const outcome = { kind: 'failed', reason: rule.reason, message: failureMessage(error), terminal: rule.terminal } as const;
    const facts: RoleFacts = { outcome, desiredCount: 2 };
    const { conditions } = nextRoleStatus(roleBefore(this.#step), facts, now);
    for (const secret of Object.values(this.#scenario.fixture.credentials)) {
      expect(JSON.stringify(conditions), 'no credential may be shown').not.toContain(secret);
    }
    return Object.fromEntries(
      shownTypes.map((type) => {
        const condition = getCondition(conditions, type);
        return [type, withoutPort(`${condition?.status} ${condition?.reason}: ${condition?.message}`)];
      }),
    );
  }
}

/** What differs from run to run is the port on which an emulator listens, and nothing else: all other words are compared as they are. */
function withoutPort(text: string): string {
  return text.replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, 'http://emulator');
}

/** The call that the fault hits: made as often as one likes, always the same. */
async function callOf(step: Step, scenario: Scenario): Promise<() => Promise<unknown>> {
  const { organization, provider, signal } = scenario;
  if (step === 'read') return () => provider.observe(organization, signal);
  const { changed, made } = numbers;
  const plan = await scenario.plan(step === 'create' ? scenario.desired(made, [1, 2]) : scenario.desired(changed, [2, 3]));
  // Who can't read makes and changes by the same plan.
  expect(plan.action).toBe(step === 'create' && scenario.capabilities.readable ? 'create' : 'update');
  if (step !== 'token') return () => provider.apply(plan, signal);
  return async () => {
    // A connection that has no token yet has to get one for its first call.
    await using fresh = await scenario.connect();
    await fresh.apply(plan, signal);
  };
}

/**
 * The Role to which the step belongs: one in sync for a look at the provider, one whose spec has changed since for an update,
 * a new one for a create.
 */
function roleBefore(step: Step): Role {
  const role: Role = {
    apiVersion,
    kind: 'Role',
    metadata: { namespace: 'team', name: 'editor', generation: 1 },
    spec: { organization: 'any', permissions: ['a', 'b'], providerRef: {} },
  };
  if (step === 'create') return role;
  const status = nextRoleStatus(role, { outcome: { kind: 'inSync', verification: 'Observed' }, drift: null }, now);
  return { ...role, metadata: { ...role.metadata, generation: step === 'read' ? 1 : 2 }, status };
}
