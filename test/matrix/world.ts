import { inspect } from 'node:util';
import type { Condition, Subject } from '../../src/api/index.ts';
import { drivers } from '../../src/drivers.ts';
import type { ExchangeRecord, FaultRule } from '../../src/emulators/index.ts';
import { resources } from '../../src/kube/index.ts';
import { TokenBucket } from '../../src/lib/index.ts';
import type { ProviderDriver } from '../../src/providers/index.ts';
import { type ProviderFixture, writingOperations } from '../conformance/suite/fixture.ts';
import { InProcessEmulators } from '../support/in-process-emulators.ts';
import { Rig } from '../support/rig.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import type { Hits, Operation } from './cells.ts';
import { Oracle } from './oracle.ts';
import { type MatrixSubject, required, roles, Scene, type User, users } from './scene.ts';

const second = 1_000;

/** Longer than the interval on which everything is looked at, in milliseconds. */
export const oneLookMs = 660_000;

/** How long it may take until everything is as declared once nothing fails any more, in milliseconds: several intervals. */
const patienceMs = 3_600_000;

/** One request after the operation has begun. */
export interface SentRequest {
  readonly name: string;
  readonly kinds: ReadonlySet<Hits>;
  readonly isHit: boolean;
}

/** The operator, its cluster and one provider, with roles and users beside those that an operation is about. */
export class MatrixWorld {
  readonly clock: VirtualClock;
  readonly emulators: InProcessEmulators;
  readonly fixture: ProviderFixture;
  /** Requests since the operation began, oldest first. */
  readonly sent: SentRequest[] = [];
  readonly #rig: Rig;
  readonly #operation: Operation;
  readonly #scene: Scene;
  /** Every credential and every token that was issued for one, with the name of the emulator that gets it. */
  readonly #secrets = new Map<string, string>();
  readonly #log: string[] = [];
  #oracle: Oracle | undefined;

  private constructor(
    subject: MatrixSubject,
    operation: Operation,
    emulators: InProcessEmulators,
    clock: VirtualClock,
    fixture: ProviderFixture,
  ) {
    this.clock = clock;
    this.emulators = emulators;
    this.fixture = fixture;
    this.#rig = new Rig(undefined, undefined, clock);
    this.#operation = operation;
    this.#scene = new Scene(subject, operation, fixture);
    for (const [field, secret] of Object.entries(fixture.credentials)) this.#secrets.set(secret, receiverOf(field, fixture));
    emulators.refusal = (name) => `You sent ${this.#secretsOf(name).join(' and ')} to us`;
    emulators.onExchange = (exchange, name) => this.#heard(exchange, name);
    this.#rig.http = emulators;
    this.#rig.createLimiter = (limit) => new TokenBucket(clock, limit);
    this.#rig.drivers.push(...drivers);
    this.#rig.onLog = (message, fields) =>
      void this.#log.push(`${message} ${inspect(fields, { depth: 8, showHidden: fields.error !== undefined })}`);
  }

  /** A world in which everything up to the operation is in place; `isCrowded`: with lists of several pages. */
  static async start(subject: MatrixSubject, operation: Operation, isCrowded: boolean): Promise<MatrixWorld> {
    const clock = new VirtualClock();
    const emulators = new InProcessEmulators(clock);
    const world = new MatrixWorld(subject, operation, emulators, clock, await subject.start(emulators.start));
    if (isCrowded) world.#crowd();
    await world.#prepare();
    return world;
  }

  /** Declares what the operation is about; from now on the oracle watches. */
  begin(): void {
    this.#oracle = new Oracle(this.#scene.picture(), this.#scene.declared(1));
    if (this.#operation === 'delete') this.#rig.deleteRole('tried');
    if (this.#operation === 'create' || this.#operation === 'replace') this.#rig.addRole('tried', this.#scene.tried(1));
    if (this.#operation === 'bind') this.#bind('tried', this.#scene.bound());
    if (this.#operation === 'revoke') this.#bind('tried', this.#scene.bound().slice(0, 1));
  }

  /** Lets time pass. */
  async pass(ms: number): Promise<void> {
    await this.#rig.pass(ms);
  }

  /** Lets the operator carry out the operation. */
  async operate(): Promise<void> {
    if (this.#operation === 'look') await this.pass(oneLookMs);
    else await this.settle();
  }

  /** Lets time pass until all objects say that they are as declared, or patience ends. */
  async settle(): Promise<void> {
    const until = this.clock.monotonic() + patienceMs;
    for (let steps = 0; this.unsettled().length > 0 && this.clock.monotonic() < until; steps++) {
      await this.pass(steps < 40 ? second : 15 * second);
    }
  }

  /** What isn't as declared, by its own words or in truth. */
  unsettled(): readonly string[] {
    const stage = this.#oracle === undefined ? 0 : 1;
    const problems: string[] = [];
    const expectReady = (name: string, object: { metadata: object; status?: object } | undefined): void => {
      const { generation } = (object?.metadata ?? {}) as { generation?: number };
      const { conditions = [] } = (object?.status ?? {}) as { conditions?: readonly Condition[] };
      const ready = conditions.find(({ type }) => type === 'Ready');
      if (ready?.status === 'True' && ready.observedGeneration === generation) return;
      problems.push(
        `${name} is ${ready?.status} (${ready?.reason}: ${ready?.message}), generation ${ready?.observedGeneration} of ${generation}`,
      );
    };
    expectReady('Role steady', this.#rig.role('steady'));
    expectReady('RoleBinding steady', this.#rig.binding('steady'));
    if (this.#scene.tried(stage) !== undefined) expectReady('Role tried', this.#rig.role('tried'));
    else if (this.#rig.role('tried') !== undefined) problems.push(`Role tried is there: ${this.#rig.ready('tried')}`);
    if (this.#scene.isBound(stage)) expectReady('RoleBinding tried', this.#rig.binding('tried'));
    const [picture, declared] = [JSON.stringify(this.#scene.picture()), JSON.stringify(this.#scene.declared(stage))];
    if (picture !== declared) problems.push(`the provider has ${picture} instead of ${declared}`);
    return problems;
  }

  /** Looks at everything once more. Gives back writes that nothing called for. */
  async lookAgain(): Promise<readonly string[]> {
    // What was given up and acts late has done so by then.
    await this.pass(60 * second);
    const before = this.sent.length;
    await this.pass(oneLookMs);
    const { driver, capabilities = driver.capabilities } = this.fixture;
    // Who can't read sends everything again.
    if (!capabilities.readable) return [];
    const writes = this.sent.slice(before).filter(({ kinds }) => kinds.has('writes'));
    return writes.map(({ name }) => `${name} was sent although nothing differed`);
  }

  /** What went wrong on the way, whatever the end is like. */
  violations(): readonly string[] {
    const byHand = this.fixture.backdoor.role(this.fixture.vocabulary.slug(roles.byHand));
    const isTouched = JSON.stringify(byHand) !== JSON.stringify(this.#scene.byHand());
    return [
      ...(this.#oracle?.violations ?? []),
      ...(isTouched ? [`the role that nobody declared is ${JSON.stringify(byHand)}`] : []),
      ...this.fixture.validator.violations.map(({ exchange, message }) => `${exchange} leaves the contract: ${message}`),
      ...this.#leaks(),
    ];
  }

  /** Ends everything. */
  async end(): Promise<void> {
    this.#rig.stop();
    await this.fixture.emulator.close();
  }

  #crowd(): void {
    const { backdoor, vocabulary, people } = this.fixture;
    const { manyHolders } = required(people);
    backdoor.putPermissions(Array.from({ length: manyHolders }, (_, index) => vocabulary.permission(index + 100)));
    backdoor.putRole(this.#scene.byHand());
    backdoor.hold(vocabulary.slug(roles.byHand), manyHolders);
  }

  async #prepare(): Promise<void> {
    const { backdoor, vocabulary } = this.fixture;
    backdoor.putPermissions([1, 2, 3, 4, 5].map((number) => vocabulary.permission(number)));
    backdoor.putRole(this.#scene.byHand());
    for (const user of Object.keys(users) as User[]) this.#scene.user(user);
    this.#addProvider();
    this.#rig.start();
    this.#rig.addRole('steady', this.#scene.steady());
    const tried = this.#scene.tried(0);
    if (tried !== undefined) this.#rig.addRole('tried', tried);
    await this.pass(10 * second);
    this.#scene.holdByHand();
    this.#bind('steady', [this.#scene.user('steadyByBinding')]);
    if (this.#scene.isBound(0)) this.#bind('tried', this.#scene.bound());
    await this.settle();
    // Whatever is remembered for a minute has to be read again.
    await this.pass(120 * second);
    const problems = this.unsettled();
    if (problems.length > 0) throw new Error(`The world isn't ready for the operation: ${problems.join('; ')}`);
  }

  #bind(name: 'steady' | 'tried', subjects: readonly Subject[]): void {
    this.#rig.addBinding(name, subjects, { roleRef: { name } });
  }

  #addProvider(): void {
    const { fixture } = this;
    const block = fixture.settings(fixture.emulator.url) as object;
    const refs = driverOf(fixture.driver.type).secretRefs(block);
    const secrets = new Map<string, Record<string, string>>();
    for (const [field, { name, key }] of Object.entries(refs)) {
      const value = Buffer.from(required(fixture.credentials[field])).toString('base64');
      secrets.set(name, { ...secrets.get(name), [key]: value });
    }
    for (const [name, data] of secrets) {
      this.#rig.kube.apply(resources.secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { namespace: 'team', name }, data } as never);
    }
    this.#rig.addProvider({ fake: undefined, [fixture.driver.type]: block });
  }

  #secretsOf(name: string): readonly string[] {
    return [...this.#secrets].flatMap(([secret, receiver]) => (receiver === name ? [secret] : []));
  }

  #heard(exchange: ExchangeRecord, emulator: string): void {
    const { authorization } = exchange.request.headers;
    const token = authorization?.split(' ').at(-1);
    if (token !== undefined && !authorization?.startsWith('AWS4')) this.#secrets.set(token, emulator);
    if (this.#oracle === undefined) return;
    const name = exchange.operationId ?? `${exchange.request.method} ${exchange.request.path}`;
    this.sent.push({ name, kinds: this.#kindsOf(exchange), isHit: exchange.tampered });
    this.#oracle.see(this.#scene.picture(), `${this.sent.length}. ${name}${exchange.tampered ? ' (hit)' : ''}`);
    const url = `${exchange.request.path}?${exchange.request.query}`;
    for (const secret of this.#secrets.keys()) {
      if (url.includes(secret)) this.#oracle.violations.push(`${name} has a credential in its address`);
    }
  }

  #kindsOf({ operationId = '', request }: ExchangeRecord): ReadonlySet<Hits> {
    const kinds: readonly Hits[] = ['requests', 'writes', 'lists'];
    const fitting = kinds.filter((hits) => this.operationsHitBy(hits).operationId?.includes(operationId) ?? true);
    const isLaterPage = pageParameters.some((name) => request.query.has(name));
    return new Set(isLaterPage && fitting.includes('lists') ? [...fitting, 'pages'] : fitting);
  }

  /** Which operations a kind of fault can hit. */
  operationsHitBy(hits: Hits): Pick<FaultRule, 'operationId'> {
    const { operations } = this.fixture;
    const { listHolders, readHolder, grant, revoke, findUser } = required(this.fixture.people).operations;
    if (hits === 'writes') return { operationId: [...writingOperations.flatMap((each) => operations[each]), ...grant, ...revoke] };
    if (hits === 'requests') return {};
    return { operationId: [...operations.listRoles, ...operations.listPermissions, ...listHolders, ...readHolder, ...findUser] };
  }

  /** Credentials in anything that people or programs read. */
  #leaks(): readonly string[] {
    const { kube, events } = this.#rig;
    const { roles: roleStore, roleBindings, roleProviders } = kube.stores;
    const objects = [...roleStore.values(), ...roleBindings.values(), ...roleProviders.values()];
    const places = {
      'the log': this.#log.join('\n'),
      'an Event': JSON.stringify(events),
      'a status': JSON.stringify(objects.map(({ status }) => status)),
    };
    return Object.entries(places).flatMap(([place, text]) =>
      [...this.#secrets.keys()].flatMap((secret) =>
        text.includes(secret.slice(0, longestHarmlessPart)) ? [`${place} has "${secret}" in it`] : [],
      ),
    );
  }
}

/** Query parameters by which lists are read on. */
const pageParameters: readonly string[] = ['after', 'start'];

/** A part of a credential that is longer than this counts as the whole of it, in characters. */
const longestHarmlessPart = 12;

/** The name of the emulator to which a credential is sent. */
function receiverOf(field: string, { driver }: ProviderFixture): string {
  return field.startsWith('readBack.') ? 'workos' : driver.type;
}

function driverOf(type: string): ProviderDriver {
  return required(drivers.find((driver) => driver.type === type));
}
