import fc from 'fast-check';
import { names, type RoleBindingSpec, type RoleSpec, type Subject } from '../../../src/api/index.ts';
import { KubeError, resources } from '../../../src/kube/index.ts';
import { ProviderError } from '../../../src/model/index.ts';
import type { HoldersFault } from '../../support/fake-holders.ts';
import { FakeKube } from '../../support/fake-kube.ts';
import { FakeProvider } from '../../support/fake-provider.ts';
import { type Crash, Rig } from '../../support/rig.ts';
import { BindingOracle, organization } from './binding-oracle.ts';

const external = (slug: string) => ({ roleRef: { external: { slug, organization, providerRef: {} } } });
/** Bindings that sequences declare: several of one role, through two provider objects of one account, and by slug. */
const objects = [
  { namespace: 'team', name: 'a', spec: { roleRef: { name: 'reader' } } },
  { namespace: 'team', name: 'b', spec: { roleRef: { name: 'reader' } } },
  { namespace: 'team', name: 'c', spec: { roleRef: { name: 'writer' } } },
  { namespace: 'other', name: 'd', spec: external('reader') },
  { namespace: 'other', name: 'e', spec: external('system') },
  { namespace: 'team', name: 'f', spec: external('system') },
] as const;
export const roles = ['reader', 'writer', 'system', 'stranger'] as const;
const people = ['ann', 'bob', 'cid', 'dan', 'eve'] as const;
export const subjects = people.map((id) => `User/${id}`);
const addresses = ['dan@example.com', 'eve@example.com'] as const;

/** A subject whose times are so many milliseconds from the moment it is declared. */
interface Entry {
  readonly who: string;
  readonly begins: number | undefined;
  readonly ends: number | undefined;
}

type FaultKind = 'cut' | 'cutAfter' | 'unavailable' | 'limited' | 'unauthorized' | 'forbidden' | 'invalid' | 'noSubject';

/** Something that happens. */
export type Command =
  | { readonly do: 'declare'; readonly object: number; readonly entries: readonly Entry[]; readonly spec: Partial<RoleBindingSpec> }
  | { readonly do: 'delete' | 'ask' | 'force'; readonly object: number }
  | { readonly do: 'role'; readonly name: 'reader' | 'writer'; readonly spec: Partial<RoleSpec> }
  | { readonly do: 'deleteRole'; readonly name: 'reader' | 'writer' }
  | { readonly do: 'give' | 'take'; readonly who: string; readonly role: string }
  | { readonly do: 'address'; readonly address: string; readonly owners: readonly string[] }
  | { readonly do: 'fault'; readonly operation: HoldersFault['operation']; readonly kind: FaultKind; readonly times: number }
  | { readonly do: 'emptyRead' }
  | { readonly do: 'approve' }
  | { readonly do: 'kubeFault'; readonly verb: 'get' | 'applyStatus' | 'mergePatch'; readonly after: boolean }
  | { readonly do: 'secret'; readonly namespace: 'team' | 'other'; readonly present: boolean }
  | { readonly do: 'stop'; readonly downFor: number }
  | { readonly do: 'startBlind'; readonly namespace: 'team' | 'other'; readonly reads: number }
  | { readonly do: 'crash'; readonly crash: Crash; readonly downFor: number }
  | { readonly do: 'pass'; readonly ms: number };

const entry: fc.Arbitrary<Entry> = fc.record({
  who: fc.constantFrom(...people, ...addresses),
  begins: fc.constantFrom(undefined, undefined, undefined, undefined, -1_000, 15_000, 90_000),
  ends: fc.constantFrom(undefined, undefined, undefined, undefined, 20_000, 100_000, 400_000),
});
const object = fc.nat({ max: objects.length - 1 });
const role = fc.constantFrom(...roles);
const who = fc.constantFrom(...people);
const name = fc.constantFrom('reader' as const, 'reader' as const, 'writer' as const);
const downFor = fc.nat({ max: 2 });
const operation = fc.constantFrom('lookup' as const, 'holders' as const, 'change' as const, 'change' as const, 'change' as const);
const kind = fc.constantFrom<FaultKind>(
  'cut',
  'cutAfter',
  'cutAfter',
  'unavailable',
  'limited',
  'unauthorized',
  'forbidden',
  'invalid',
  'noSubject',
);

/** Any command, the everyday ones more often. */
export const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant('declare' as const),
      object,
      entries: fc.uniqueArray(entry, { maxLength: 4, selector: ({ who: whom }) => whom }),
      spec: fc.record({
        managementMode: fc.constantFrom('Additive' as const, 'Additive' as const, 'Authoritative' as const),
        suspend: fc.constantFrom(false, false, false, false, true),
      }),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('delete' as const), object }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('ask' as const, 'force' as const), object }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('role' as const),
      name,
      spec: fc.record({
        permissions: fc.constantFrom(['a'], ['b'], ['a', 'b'], ['unknown']),
        deletionPolicy: fc.constantFrom('Retain' as const, 'Delete' as const),
        suspend: fc.constantFrom(false, false, false, true),
      }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('deleteRole' as const), name }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('give' as const, 'take' as const), who, role }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('address' as const),
      address: fc.constantFrom(...addresses),
      owners: fc.uniqueArray(who, { maxLength: 2 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('fault' as const), operation, kind, times: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'emptyRead' } as const) },
  { weight: 2, arbitrary: fc.constant({ do: 'approve' } as const) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('kubeFault' as const),
      verb: fc.constantFrom('get' as const, 'applyStatus' as const, 'mergePatch' as const),
      after: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('secret' as const),
      namespace: fc.constantFrom('team' as const, 'other' as const),
      present: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stop' as const), downFor }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('startBlind' as const),
      namespace: fc.constantFrom('team' as const, 'other' as const, 'other' as const),
      reads: fc.integer({ min: 1, max: 6 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('crash' as const),
      crash: fc.record({ call: fc.integer({ min: 1, max: 10 }), when: fc.constantFrom('before' as const, 'after' as const) }),
      downFor,
    }),
  },
  {
    weight: 16,
    arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(0, 300, 3_000, 3_000, 20_000, 70_000, 310_000) }),
  },
);

/** How a world is made. */
export interface BindingWorldOptions {
  /** The provider doesn't tell who holds a role. */
  readonly isBlind?: boolean;
}

/** Plans that an approval leads to in turn, at most. */
const approvalRounds = 6;

const unavailable = new KubeError('transient', 'the API server answered 503', { status: 503 });
const blind = { readable: false, readBindings: false, permissionCatalogue: false, deleteRole: false };

/** Cluster, provider, operator and those who use them, and an oracle that watches. */
export class BindingWorld {
  readonly rig: Rig;
  readonly oracle: BindingOracle;
  readonly #isBlind: boolean;
  #downFor = 0;

  constructor({ isBlind = false }: BindingWorldOptions = {}) {
    this.#isBlind = isBlind;
    this.rig = new Rig(new FakeKube(), new FakeProvider(isBlind ? blind : {}));
    this.oracle = new BindingOracle(this.rig, isBlind);
    for (const namespace of ['team', 'other']) this.rig.addProvider({ interval: '1m' }, namespace);
    for (const slug of ['reader', 'writer'] as const) this.#declareRole(slug, {});
    this.rig.provider.put(organization, 'system', ['a'], { system: true });
    for (const [index, address] of addresses.entries()) this.rig.provider.holders.emails.set(address, [people[index + 3] ?? 'dan']);
    this.oracle.give('User/ann', 'stranger');
    this.oracle.give('User/bob', 'reader');
    this.rig.start();
  }

  /** Makes it happen. */
  async run(next: Command): Promise<void> {
    this.#execute(next);
    if (next.do === 'pass') await this.rig.pass(next.ms);
    else await this.rig.clock.flush();
    if (this.rig.running) return;
    if (this.#downFor > 0) this.#downFor -= 1;
    else this.rig.start();
  }

  /** Writes so far: to the cluster, and changes at the provider. */
  get writes(): readonly number[] {
    return [this.rig.kube.writes.length, this.#isBlind ? 0 : this.rig.provider.holders.count('change')];
  }

  /** Faults end, the operator runs, and time passes until nothing waits any more. */
  async settle(): Promise<void> {
    const { rig } = this;
    rig.provider.holders.faults.length = 0;
    rig.provider.holders.emptyReads = 0;
    rig.kube.faults.length = 0;
    rig.pause(0);
    for (const namespace of ['team', 'other'] as const) this.#secret(namespace, true);
    rig.crashAt({ call: Number.POSITIVE_INFINITY, when: 'before' });
    if (!rig.running) rig.start();
    await rig.pass(1_300_000);
    for (let round = 0; round < approvalRounds && this.#approveAll(); round += 1) await rig.pass(1_300_000);
  }

  /** Somebody approves every plan that waits; false when none does. */
  #approveAll(): boolean {
    const waiting = this.rig.kube.bindings.filter(({ metadata, status }) => {
      return status?.plan !== undefined && metadata.annotations?.[names.approvedPlan] !== status.plan.hash;
    });
    for (const { metadata } of waiting) this.rig.approveBinding(metadata.name, metadata.namespace);
    return waiting.length > 0;
  }

  /** Every binding is deleted. */
  deleteAll(): void {
    for (const index of objects.keys()) this.#delete(index);
  }

  #execute(next: Command): void {
    const { oracle } = this;
    switch (next.do) {
      case 'declare':
        this.#declare(next.object, next.entries, next.spec);
        break;
      case 'delete':
        this.#delete(next.object);
        break;
      case 'ask':
        this.#annotate(next.object, names.reconcileRequestedAt, String(this.rig.clock.now()));
        break;
      case 'force':
        this.#annotate(next.object, names.forceDelete, 'true');
        break;
      case 'role':
        this.#declareRole(next.name, next.spec);
        break;
      case 'deleteRole':
        if (this.#mayEdit(this.rig.role(next.name))) this.rig.deleteRole(next.name);
        break;
      case 'give':
        oracle.give(`User/${next.who}`, next.role);
        break;
      case 'take':
        oracle.take(`User/${next.who}`, next.role);
        break;
      case 'address':
        this.rig.provider.holders.emails.set(next.address, next.owners);
        break;
      case 'approve':
        this.#approveAll();
        break;
      default:
        this.#disturb(next);
    }
  }

  /** What goes wrong, or just passes. */
  #disturb(next: Command): void {
    const { rig } = this;
    switch (next.do) {
      case 'fault':
        for (let time = 0; time < next.times; time += 1) rig.provider.holders.faults.push(faultOf(next.operation, next.kind));
        break;
      case 'emptyRead':
        rig.provider.holders.emptyReads += 1;
        break;
      case 'kubeFault':
        rig.kube.faults.push({
          verb: next.verb,
          after: next.after,
          error: unavailable,
        });
        break;
      case 'secret':
        this.#secret(next.namespace, next.present);
        break;
      case 'stop':
        this.#downFor = next.downFor;
        rig.stop();
        break;
      case 'startBlind':
        // A process that can't read the Secret doesn't know the provider for a while.
        rig.stop();
        for (let read = 0; read < next.reads; read += 1)
          rig.kube.faults.push({ verb: 'get', namespace: next.namespace, error: unavailable });
        rig.start();
        break;
      case 'crash':
        this.#downFor = next.downFor;
        rig.crashAt(next.crash);
        break;
      default:
        break;
    }
  }

  #declare(index: number, entries: readonly Entry[], spec: Partial<RoleBindingSpec>): void {
    const { namespace, name: called, spec: fixed } = objectAt(index);
    if (this.rig.kube.binding(namespace, called)?.metadata.deletionTimestamp !== undefined) return;
    const now = this.rig.clock.now();
    const list = entries.map(({ who: whom, begins, ends }): Subject => {
      const times = {
        ...(begins === undefined ? {} : { notBefore: new Date(now + begins).toISOString() }),
        ...(ends === undefined ? {} : { expiresAt: new Date(now + ends).toISOString() }),
      };
      return whom.includes('@') ? { email: whom, ...times } : { id: whom, ...times };
    });
    this.rig.addBinding(called, list, { ...spec, ...fixed }, { namespace });
  }

  #delete(index: number): void {
    const { namespace, name: called } = objectAt(index);
    if (!this.#mayEdit(this.rig.kube.binding(namespace, called))) return;
    this.rig.kube.delete(resources.roleBindings, { namespace, name: called });
  }

  #annotate(index: number, annotation: string, value: string): void {
    const { namespace, name: called } = objectAt(index);
    const held = this.rig.kube.binding(namespace, called);
    if (held === undefined) return;
    const annotations = { ...held.metadata.annotations, [annotation]: value };
    this.rig.addBinding(called, held.spec.subjects, held.spec, { namespace, annotations });
  }

  #declareRole(slug: 'reader' | 'writer', spec: Partial<RoleSpec>): void {
    const held = this.rig.role(slug);
    if (held?.metadata.deletionTimestamp !== undefined) return;
    this.rig.addRole(slug, { organization, adoptionPolicy: 'Always', permissions: ['a'], ...spec });
  }

  #mayEdit(object: { readonly metadata: { readonly deletionTimestamp?: string } } | undefined): boolean {
    return object !== undefined && object.metadata.deletionTimestamp === undefined;
  }

  #secret(namespace: 'team' | 'other', present: boolean): void {
    const isThere = this.rig.kube.secret(namespace, 'key') !== undefined;
    if (present === isThere) return;
    if (present) {
      this.rig.addSecret(undefined, namespace);
      this.oracle.found(namespace);
    } else {
      this.oracle.lost(namespace);
      this.rig.deleteSecret(namespace);
    }
  }
}

/** What comes of a call that goes wrong in this way. */
function faultOf(operation: HoldersFault['operation'], wrong: FaultKind): HoldersFault {
  const ambiguous = operation === 'change';
  const status = {
    cut: undefined,
    cutAfter: undefined,
    unavailable: 503,
    limited: 429,
    unauthorized: 401,
    forbidden: 403,
    invalid: 422,
    noSubject: 404,
  };
  const details = { operation, ...(status[wrong] === undefined ? { ambiguous } : { status: status[wrong] }) };
  switch (wrong) {
    case 'cut':
    case 'unavailable':
      return { operation, error: new ProviderError('transient', 'it failed', details) };
    case 'cutAfter':
      return { operation, after: true, error: new ProviderError('transient', 'it was cut off', details) };
    case 'limited':
      return { operation, error: new ProviderError('rateLimited', 'it is busy', { ...details, retryAfterMs: 5_000 }) };
    case 'noSubject':
      // Nobody says of somebody who is there that he isn't; a change that revokes would be taken for done.
      return { operation, error: new ProviderError('conflict', 'it changed meanwhile', details) };
    default:
      return { operation, error: new ProviderError(wrong, 'it was refused', details) };
  }
}

function objectAt(index: number): (typeof objects)[number] {
  return objects[index] ?? objects[0];
}
