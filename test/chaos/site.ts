import type { Role, RoleBinding } from '../../src/api/index.ts';
import { type ExchangeRecord, overlappingWrites } from '../../src/emulators/index.ts';
import type { ProviderFixture } from '../conformance/suite/fixture.ts';
import type { Picture } from '../matrix/oracle.ts';
import type { ApiClient, TestCluster } from '../support/control-plane.ts';
import { apiRoot, conditionOf } from '../support/e2e.ts';
import { createFixtureProvider } from '../support/e2e-fixtures.ts';
import { Holders } from './holders.ts';
import { RoleSlot } from './role-slot.ts';
import type { SiteSetup } from './sites.ts';
import { duplicatesAt, listsOf, pictureOf, readsOf, startHeard } from './watch.ts';

/** Plurals of the kinds in paths. */
export type Plural = 'orgroles' | 'orgrolebindings' | 'roleproviders';

/** Users by number, by what happens to them. */
export const users = {
  /** Only RoleBindings give them roles. */
  declared: [1, 2, 3, 4, 5, 6],
  /** They hold the first lasting role by hand, and RoleBindings name them too. */
  shared: [11, 12],
  /** No RoleBinding ever names them. */
  byHand: [21, 22, 23],
} as const;

/** Numbers of slugs: those of Roles that come and go, and those of Roles that stay and are given to users. */
const passing = [1, 2, 3, 4];
const lasting = [11, 12, 13];

/** An object is certainly forgotten by an operator this long after it was seen to be gone, in milliseconds. */
const forgottenAfterMs = 30_000;

/** Lines of history that explain what is found wrong. */
const keptNotes = 3_000;

/** Permissions that every provider's catalogue holds. */
const permissionNumbers = Array.from({ length: 300 }, (_, index) => index);

/** One provider, its namespace in the cluster, and what is known of both without asking the operator. */
export class Site {
  readonly setup: SiteSetup;
  readonly fixture: ProviderFixture;
  readonly namespace: string;
  readonly admin: ApiClient;
  readonly slots: readonly RoleSlot[];
  readonly holders: Holders;
  /** Every credential, and every token that was issued for one. */
  readonly secrets: Set<string>;
  /** One operator runs alone, so it has sent every token since `rest` itself and knows it. */
  isAlone = true;
  /** What was found wrong so far. */
  readonly violations: string[] = [];
  readonly counts = { requests: 0, hits: 0, changes: 0 };
  /** Lists that were answered in full and as they are since one was made to lie. */
  truths = Number.POSITIVE_INFINITY;
  readonly #reads: ReadonlySet<string>;
  readonly #lists: ReadonlySet<string>;
  readonly #ids: ReadonlyMap<number, string>;
  readonly #goneAt = new Map<object, number>();
  readonly #doubts: { readonly what: string; readonly binding: string; readonly at: number }[] = [];
  #tokens = new Set<string>();
  #last: Picture;
  #history: string[] = [];
  #contractViolations = 0;

  private constructor(setup: SiteSetup, fixture: ProviderFixture, namespace: string, admin: ApiClient) {
    this.setup = setup;
    this.fixture = fixture;
    this.namespace = namespace;
    this.admin = admin;
    const { vocabulary, people, backdoor, driver, capabilities = driver.capabilities } = fixture;
    this.holders = new Holders(capabilities);
    this.slots = [
      ...passing.map((number) => new RoleSlot(vocabulary.slug(number), false)),
      ...lasting.map((number) => new RoleSlot(vocabulary.slug(number), true)),
    ];
    this.secrets = new Set(Object.values(fixture.credentials));
    this.#reads = readsOf(fixture);
    this.#lists = new Set(listsOf(fixture));
    const numbers = [...users.declared, ...users.shared, ...users.byHand];
    this.#ids = new Map(numbers.map((number) => [number, people?.user(number).id ?? '']));
    backdoor.putPermissions(permissionNumbers.map((number) => vocabulary.permission(number)));
    this.#last = this.picture();
  }

  /** Starts the emulator and creates namespace, Secret and RoleProvider. */
  static async open(setup: SiteSetup, cluster: TestCluster): Promise<Site> {
    let listen: Site['heard'] = () => undefined;
    const fixture = await setup.start(startHeard((exchange) => listen(exchange)));
    const namespace = await cluster.createNamespace(`chaos-${setup.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`);
    const site = new Site(setup, fixture, namespace, cluster.admin);
    listen = site.heard;
    await createFixtureProvider(cluster.admin, namespace, fixture, {
      interval: '10s',
      timeout: '2s',
      ...(setup.isGuarded === true ? {} : { guardrails: { removalBudget: { percent: 100 } } }),
    });
    return site;
  }

  /** The provider's word for a user. */
  idOf(user: number): string {
    return this.#ids.get(user) ?? '';
  }

  path(plural: Plural, name?: string): string {
    return `${apiRoot}/namespaces/${this.namespace}/${plural}${name === undefined ? '' : `/${name}`}`;
  }

  picture(): Picture {
    return pictureOf(
      this.fixture,
      this.slots.map(({ slug }) => slug),
      this.#ids,
    );
  }

  /** Credentials that whoever sends a request now has sent at some time. */
  sentSecrets(): readonly string[] {
    return [...Object.values(this.fixture.credentials), ...(this.isAlone ? [...this.#tokens].slice(-3) : [])];
  }

  /** Remembers something that explains what follows. */
  note(what: string): void {
    this.#history.push(`${new Date().toISOString().slice(11)} ${what}`);
    if (this.#history.length > 2 * keptNotes) this.#history = this.#history.slice(-keptNotes);
  }

  /** Somebody changes something at the provider; it isn't laid to the operator's charge. */
  byHand(what: string, act: () => void): void {
    this.#notice('before somebody acted by hand');
    this.note(`by hand: ${what}`);
    act();
    this.#last = this.picture();
  }

  /** What is in the namespace. */
  async list<T extends Role | RoleBinding = Role | RoleBinding>(plural: Plural): Promise<ReadonlyMap<string, T>> {
    const { items } = await this.admin.get<{ readonly items: readonly T[] }>(this.path(plural));
    return new Map(items.map((item) => [item.metadata.name, item]));
  }

  /** Takes down what the statuses say: which specs the operator has seen, and what is gone. */
  async look(): Promise<void> {
    const [roles, bindings] = await Promise.all([this.list<Role>('orgroles'), this.list<RoleBinding>('orgrolebindings')]);
    for (const each of this.slots.flatMap(({ declared }) => declared)) {
      const { status } = roles.get(each.name) ?? {};
      each.hear(status?.observedGeneration ?? 0);
      each.isOwner ||= status?.ownership !== undefined;
      each.isGone ||= !roles.has(each.name);
    }
    const numbers = new Map([...this.#ids].map(([number, id]) => [id, number]));
    for (const each of this.holders.declared) {
      const { status } = bindings.get(each.name) ?? {};
      each.hear(status?.observedGeneration ?? 0);
      each.recorded = new Set(status?.grants?.map(({ id }) => numbers.get(id) ?? 0));
      each.isGone ||= !bindings.has(each.name);
    }
    this.#dispelDoubts(bindings);
    for (const { metadata, status } of [...roles.values(), ...bindings.values()]) {
      const broken = status?.conditions?.find(({ reason }) => reason === 'InternalError');
      if (broken !== undefined) this.#blame(`${metadata.name} says InternalError: ${broken.message}`);
    }
    this.#forget((at) => performance.now() - at > forgottenAfterMs);
  }

  /** A RoleBinding that is ready since before something went didn't wait for its Role then. */
  #dispelDoubts(bindings: ReadonlyMap<string, RoleBinding>): void {
    for (const { what, binding, at } of this.#doubts.splice(0)) {
      const ready = conditionOf(bindings.get(binding) ?? {}, 'Ready');
      if (ready?.status === 'True' && Date.parse(ready.lastTransitionTime) < Math.floor(at / 1000) * 1000) this.#blame(what);
    }
  }

  /** No operator runs: what is gone from the cluster is known to nobody, and the journal is complete. */
  rest(): void {
    this.#notice('when no operator ran');
    this.#forget(() => true);
    this.#judgeJournal();
    this.#tokens = new Set();
    this.fixture.emulator.control.clearJournal();
  }

  /** Looks for two writers, and for what isn't in the contract. */
  #judgeJournal(): void {
    for (const { exchange, message } of this.fixture.validator.violations.slice(this.#contractViolations)) {
      this.#blame(`${exchange} leaves the contract: ${message}`);
    }
    this.#contractViolations = this.fixture.validator.violations.length;
    for (const { lane, first, second } of overlappingWrites(this.fixture.emulator.control.journal())) {
      this.#blame(`two writes of ${lane} at once: ${JSON.stringify(first)} and ${JSON.stringify(second)}`);
    }
  }

  #forget(isOver: (goneAt: number) => boolean): void {
    const now = performance.now();
    const isForgotten = (each: { readonly isGone: boolean }): boolean => {
      if (!each.isGone) return false;
      const at = this.#goneAt.get(each) ?? now;
      this.#goneAt.set(each, at);
      if (isOver(at)) this.#goneAt.delete(each);
      return isOver(at);
    };
    for (const slot of this.slots) slot.forgetGone(isForgotten, this.#last.roles[slot.slug]);
    this.holders.declared = this.holders.declared.filter((each) => !isForgotten(each));
  }

  /** Takes every exchange of the emulator. */
  readonly heard = (exchange: ExchangeRecord): void => {
    const { operationId, tampered, response, request } = exchange;
    this.counts.requests += 1;
    if (tampered) this.counts.hits += 1;
    else if (operationId !== undefined && this.#lists.has(operationId) && response?.status === 200) this.truths += 1;
    this.note(`${operationId} ${response?.status ?? 'unanswered'}${tampered ? ' (hit)' : ''}`);
    this.#learnSecrets(exchange);
    if (operationId !== undefined && this.#reads.has(operationId)) return;
    this.#notice(
      `${operationId ?? `${request.method} ${request.path}`} ${response?.status ?? 'unanswered'}${tampered ? ' (hit)' : ''} ${request.body}`,
    );
  };

  #learnSecrets({ request, operationId }: ExchangeRecord): void {
    const token = request.headers.authorization?.split(' ').at(-1);
    if (token !== undefined && !request.headers.authorization?.startsWith('AWS4')) {
      this.secrets.add(token);
      this.#tokens.add(token);
    }
    const address = `${request.path}?${request.query}`;
    for (const secret of this.secrets) if (address.includes(secret)) this.#blame(`${operationId} has a credential in its address`);
  }

  /** Judges what has changed at the provider since it was last looked at. */
  #notice(cause: string): void {
    const [before, after] = [this.#last, this.picture()];
    this.#last = after;
    if (JSON.stringify(before) !== JSON.stringify(after)) this.note(`${cause.slice(0, 600)} has changed something`);
    for (const slot of this.slots) {
      const [was, is] = [before.roles[slot.slug], after.roles[slot.slug]];
      if (was?.join() === is?.join()) continue;
      this.counts.changes += 1;
      const wrong = slot.judge(was, is);
      if (wrong !== undefined) this.#blame(`${slot.slug}: ${wrong}, by ${cause}; known: ${JSON.stringify(slot.declared)}`);
    }
    for (const user of this.#ids.keys()) this.#noticeHolder(user, before.held[user] ?? [], after.held[user] ?? [], cause);
    for (const slug of duplicatesAt(this.fixture, Object.keys(after.roles))) this.#blame(`${slug} is there twice, by ${cause}`);
  }

  #noticeHolder(user: number, was: readonly string[], is: readonly string[], cause: string): void {
    const judge = (slug: string, change: 'got' | 'lost'): void => {
      this.counts.changes += 1;
      const wrong = this.holders.judge(user, slug, change, Date.now());
      const known = this.holders.declared.filter(({ spec }) => spec.slug === slug);
      if (wrong === undefined) return;
      const what = `user ${user} ${change} ${slug}, but ${wrong.what}, by ${cause}; known: ${JSON.stringify(known)}`;
      if (wrong.unless === undefined) this.#blame(what);
      else this.#doubts.push({ what, binding: wrong.unless, at: Date.now() });
    };
    for (const slug of was) if (!is.includes(slug)) judge(slug, 'lost');
    for (const slug of is) if (!was.includes(slug)) judge(slug, 'got');
  }

  #blame(what: string): void {
    this.note(`WRONG: ${what}`);
    this.violations.push(`${this.setup.name}: ${what}`);
  }

  /** What isn't as it has to be once everything has had its time. */
  async unsettled(): Promise<readonly string[]> {
    await this.look();
    this.#notice('at the end');
    const [roles, bindings] = await Promise.all([this.list<Role>('orgroles'), this.list<RoleBinding>('orgrolebindings')]);
    const wrong = [
      ...this.slots.flatMap((slot) => slot.unsettled(roles, this.#last.roles[slot.slug])),
      ...this.holders.unsettled(bindings),
    ];
    const now = Date.now();
    for (const { slug } of this.slots) {
      for (const user of this.#ids.keys()) {
        const isHeld = this.#last.held[user]?.includes(slug) === true;
        const isWanted = this.holders.wants(user, slug, now);
        if (isWanted !== undefined && isHeld !== isWanted) wrong.push(`user ${user} ${isHeld ? 'holds' : 'does not hold'} ${slug}`);
      }
    }
    return wrong.map((each) => `${this.setup.name}: ${each}`);
  }

  /** What explains how things came to be, for whoever reads a failure. */
  history(): string {
    return `${this.#history.join('\n')}\n`;
  }

  async close(): Promise<void> {
    await this.fixture.emulator.close();
  }
}
