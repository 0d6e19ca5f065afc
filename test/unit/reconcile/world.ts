import fc from 'fast-check';
import { names, type RoleSpec } from '../../../src/api/index.ts';
import { KubeError } from '../../../src/kube/index.ts';
import { sleep } from '../../../src/lib/index.ts';
import { ProviderError, type RoleRef } from '../../../src/model/index.ts';
import { FakeKube } from '../../support/fake-kube.ts';
import { FakeProvider, type Fault } from '../../support/fake-provider.ts';
import { type Crash, Rig } from '../../support/rig.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { Oracle, refOf } from './oracle.ts';

/** Objects that sequences declare: which Role, in which namespace, for which role. Several claim the same. */
const objects = [
  { namespace: 'team', name: 'x', organization: 'org_1', slug: 'reader' },
  { namespace: 'team', name: 'y', organization: 'org_1', slug: 'writer' },
  { namespace: 'team', name: 'z', organization: 'org_1', slug: 'reader' },
  { namespace: 'other', name: 'w', organization: 'org_1', slug: 'reader' },
  { namespace: 'other', name: 'v', organization: 'org_2', slug: 'writer' },
  { namespace: 'team', name: 's', organization: 'org_1', slug: 'system' },
] as const;

/** Roles that others use: declared ones, and one that no object ever declares. */
const refs: readonly RoleRef[] = [
  { organization: 'org_1', slug: 'reader' },
  { organization: 'org_1', slug: 'writer' },
  { organization: 'org_2', slug: 'writer' },
  { organization: 'org_1', slug: 'stranger' },
];

/** Something that happens. */
export type Command =
  | { readonly do: 'declare'; readonly object: number; readonly spec: Partial<RoleSpec> }
  | { readonly do: 'delete' | 'ask' | 'force'; readonly object: number }
  | { readonly do: 'othersPut' | 'othersRemake'; readonly ref: number; readonly permissions: readonly string[] }
  | { readonly do: 'othersRemove'; readonly ref: number }
  | {
      readonly do: 'fault';
      readonly operation: 'observe' | 'apply' | 'remove' | 'unknown' | 'probe';
      readonly kind: FaultKind;
      readonly times: number;
    }
  | { readonly do: 'emptyRead' }
  | { readonly do: 'kubeFault'; readonly verb: 'get' | 'applyStatus' | 'mergePatch'; readonly after: boolean }
  | { readonly do: 'secret'; readonly namespace: 'team' | 'other'; readonly present: boolean }
  | { readonly do: 'stop'; readonly downFor: number }
  | { readonly do: 'crash'; readonly crash: Crash; readonly downFor: number }
  | { readonly do: 'pass'; readonly ms: number };

type FaultKind =
  | 'cut'
  | 'cutAfter'
  | 'cutHalf'
  | 'unavailable'
  | 'limited'
  | 'unauthorized'
  | 'forbidden'
  | 'invalid'
  | 'conflict'
  | 'gone';

const faultKinds: readonly FaultKind[] = [
  'cut',
  'cutAfter',
  'cutHalf',
  'unavailable',
  'limited',
  'unauthorized',
  'forbidden',
  'invalid',
  'conflict',
  'gone',
];

const permissions = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 4 });
const spec: fc.Arbitrary<Partial<RoleSpec>> = fc.record({
  permissions,
  managementMode: fc.constantFrom('Enforce' as const, 'Enforce' as const, 'Enforce' as const, 'Additive' as const, 'Observe' as const),
  adoptionPolicy: fc.constantFrom('Never' as const, 'IfIdentical' as const, 'Always' as const),
  deletionPolicy: fc.constantFrom('Retain' as const, 'Delete' as const, 'Delete' as const),
  suspend: fc.constantFrom(false, false, false, false, true),
});
const object = fc.constantFrom(0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 5);
const ref = fc.constantFrom(0, 0, 0, 1, 1, 2, 3);
const downFor = fc.integer({ min: 0, max: 2 });

/** Any command, the everyday ones more often. */
export const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('declare' as const), object, spec }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('delete' as const), object }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('ask' as const, 'force' as const), object }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('othersPut' as const, 'othersRemake' as const), ref, permissions }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('othersRemove' as const), ref }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('fault' as const),
      operation: fc.constantFrom(
        'observe' as const,
        'apply' as const,
        'apply' as const,
        'apply' as const,
        'remove' as const,
        'unknown' as const,
        'probe' as const,
      ),
      kind: fc.constantFrom(...faultKinds),
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'emptyRead' } as const) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('kubeFault' as const),
      verb: fc.constantFrom('get' as const, 'applyStatus' as const, 'mergePatch' as const),
      after: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('secret' as const),
      namespace: fc.constantFrom('team' as const, 'other' as const),
      present: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stop' as const), downFor }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('crash' as const),
      crash: fc.record({ call: fc.integer({ min: 1, max: 6 }), when: fc.constantFrom('before' as const, 'after' as const) }),
      downFor,
    }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(0, 300, 3_000, 20_000, 70_000, 310_000) }) },
);

/** How a world is made. */
export interface WorldOptions {
  /** The operator hears of changes in the cluster after this many milliseconds. */
  readonly lagMs?: number;
  /** Each call to the provider takes this many milliseconds. */
  readonly latencyMs?: number;
}

/** Calls that a turn makes at most between looking at an object and its last write. */
const callsPerTurn = 15;

/** Cluster, provider, operator and those who use them, and an oracle that watches. */
export class World {
  readonly rig: Rig;
  readonly oracle: Oracle;
  #downFor = 0;

  constructor({ lagMs, latencyMs = 0 }: WorldOptions = {}) {
    const clock = new VirtualClock();
    const provider = new FakeProvider();
    this.rig = new Rig(new FakeKube(lagMs === undefined ? {} : { lagMs, clock }), provider, clock);
    this.oracle = new Oracle(this.rig, (lagMs ?? 0) + callsPerTurn * latencyMs);
    if (latencyMs > 0) provider.latency = () => sleep(clock, latencyMs, new AbortController().signal);
    this.oracle.othersPut({ organization: 'org_1', slug: 'system' }, ['a'], { system: true });
    this.oracle.othersPut({ organization: 'org_1', slug: 'stranger' }, ['a']);
    for (const namespace of ['team', 'other'])
      this.rig.addProvider({ interval: '1m', guardrails: { removalBudget: { percent: 100 } } }, namespace);
    this.rig.start();
  }

  /** Makes it happen. */
  async run(next: Command): Promise<void> {
    this.oracle.beforeChange();
    this.#execute(next);
    if (next.do === 'pass') await this.rig.pass(next.ms);
    else await this.rig.clock.flush();
    if (this.rig.running) return;
    this.oracle.died();
    if (this.#downFor > 0) this.#downFor -= 1;
    else this.rig.start();
  }

  /** Writes so far: to the cluster, to roles, removals of roles. */
  get writes(): readonly number[] {
    const { kube, provider } = this.rig;
    return [kube.writes.length, provider.count('apply'), provider.count('remove')];
  }

  /** Faults end, the operator runs, and time passes until nothing waits any more. */
  async settle(): Promise<void> {
    const { rig } = this;
    rig.provider.faults.length = 0;
    rig.provider.emptyReads = 0;
    rig.kube.faults.length = 0;
    rig.pause(0);
    for (const namespace of ['team', 'other'] as const) this.#secret(namespace, true);
    rig.crashAt({ call: Number.POSITIVE_INFINITY, when: 'before' });
    if (!rig.running) rig.start();
    await rig.pass(1_500_000);
  }

  #execute(next: Command): void {
    const { rig, oracle } = this;
    switch (next.do) {
      case 'declare':
        this.#declare(next.object, next.spec);
        break;
      case 'delete':
        this.#delete(next.object);
        break;
      case 'ask':
        this.#annotate(next.object, names.reconcileRequestedAt, String(rig.clock.now()));
        break;
      case 'force':
        this.#annotate(next.object, names.forceDelete, 'true');
        break;
      case 'othersPut':
        oracle.othersPut(refAt(next.ref), next.permissions);
        break;
      case 'othersRemake':
        oracle.othersRemove(refAt(next.ref));
        oracle.othersPut(refAt(next.ref), next.permissions);
        break;
      case 'othersRemove':
        oracle.othersRemove(refAt(next.ref));
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
        for (let time = 0; time < next.times; time += 1)
          rig.provider.faults.push({ operation: next.operation, ...faultOf(next.operation, next.kind) });
        break;
      case 'emptyRead':
        rig.provider.emptyReads += 1;
        break;
      case 'kubeFault':
        rig.kube.faults.push({
          verb: next.verb,
          after: next.after,
          error: new KubeError('transient', 'the API server answered 503', { status: 503 }),
        });
        break;
      case 'secret':
        this.#secret(next.namespace, next.present);
        break;
      case 'stop':
        this.#downFor = next.downFor;
        rig.stop();
        break;
      case 'crash':
        this.#downFor = next.downFor;
        rig.crashAt(next.crash);
        break;
      default:
        break;
    }
  }

  #declare(index: number, wanted: Partial<RoleSpec>): void {
    const { namespace, name, organization, slug } = objectAt(index);
    const held = this.rig.kube.role(namespace, name);
    if (held?.metadata.deletionTimestamp !== undefined) return;
    this.oracle.pardon({ organization, slug });
    if (wanted.managementMode === 'Observe') this.oracle.observedOnly({ organization, slug });
    this.rig.addRole(name, { ...wanted, organization, slug, allowEmpty: true }, { namespace });
  }

  #delete(index: number): void {
    const { namespace, name } = objectAt(index);
    const held = this.rig.kube.role(namespace, name);
    if (held === undefined || held.metadata.deletionTimestamp !== undefined) return;
    this.oracle.deleting(held, this.#isLost(namespace));
    this.rig.deleteRole(name, namespace);
  }

  #annotate(index: number, annotation: string, value: string): void {
    const { namespace, name } = objectAt(index);
    const held = this.rig.kube.role(namespace, name);
    if (held === undefined) return;
    if (annotation === names.forceDelete) {
      // Before the deletion it would only be a note for later; the oracle follows those that wait.
      if (held.metadata.deletionTimestamp === undefined) return;
      this.oracle.pardon(refOf(held));
    }
    this.rig.addRole(name, held.spec, { namespace, annotations: { ...held.metadata.annotations, [annotation]: value } });
  }

  #secret(namespace: 'team' | 'other', present: boolean): void {
    const isThere = !this.#isLost(namespace);
    if (present && !isThere) this.rig.addSecret(undefined, namespace);
    if (present || !isThere) return;
    this.oracle.pardon();
    this.rig.deleteSecret(namespace);
  }

  #isLost(namespace: string): boolean {
    return this.rig.kube.secret(namespace, 'key') === undefined;
  }
}

/** What comes of a call that goes wrong in this way. */
function faultOf(operation: string, kind: FaultKind): Omit<Fault, 'operation'> {
  const ambiguous = operation === 'apply' || operation === 'remove';
  switch (kind) {
    case 'cut':
      return { error: new ProviderError('transient', 'it timed out', { operation, ambiguous }) };
    case 'cutAfter':
      return { after: true, error: new ProviderError('transient', 'it was cut off', { operation, ambiguous }) };
    case 'cutHalf':
      return { half: true, error: new ProviderError('transient', 'it was cut off halfway', { operation, ambiguous }) };
    case 'unavailable':
      return { error: new ProviderError('transient', 'it answered 503', { operation, status: 503 }) };
    case 'limited':
      return { error: new ProviderError('rateLimited', 'it answered 429', { operation, status: 429, retryAfterMs: 5_000 }) };
    case 'unauthorized':
      return { error: new ProviderError('unauthorized', 'it answered 401', { operation, status: 401 }) };
    case 'forbidden':
      return { error: new ProviderError('forbidden', 'it answered 403', { operation, status: 403 }) };
    case 'invalid':
      return { error: new ProviderError('invalid', 'it answered 422', { operation, status: 422 }) };
    case 'conflict':
      return { error: new ProviderError('conflict', 'it answered 409', { operation, status: 409 }) };
    case 'gone':
      return { error: new ProviderError('notFound', 'it answered 404', { operation, status: 404 }) };
  }
}

function objectAt(index: number): (typeof objects)[number] {
  return objects[index] ?? objects[0];
}

function refAt(index: number): RoleRef {
  return refs[index] ?? { organization: 'org_1', slug: 'reader' };
}
