import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HoldersSnapshot, type HoldingChange, type SubjectObstacle, type SubjectRef, subjectKey } from '../model/index.ts';
import { type BindingInput, type BindingPlan, type HoldersPlan, planHolders, sortedUnique } from './index.ts';

const people = ['User/ada', 'User/bob', 'Group/cy', 'ServiceAccount/dan'] as const;
const roles = ['admin', 'reader', 'writer'] as const;
const fallback = 'member';
/** A role that no binding ever names. */
const foreign = 'foreign';
const refs = new Map(people.map((key) => [key as string, { kind: key.split('/')[0], id: key.split('/')[1] } as SubjectRef]));
const refOf = (key: string): SubjectRef => refs.get(key) ?? { kind: 'User', id: key };
const keysOf = (subjects: readonly SubjectRef[]): readonly string[] => subjects.map(subjectKey);

interface StoredBinding extends Omit<BindingInput, 'wanted' | 'recorded'> {
  readonly wanted: readonly string[];
  readonly recorded: readonly string[];
}

/** What the cluster and the provider hold. The provider does as it is told, and as its own rules say. */
class World {
  readonly multipleRoles: boolean;
  readonly minHolders: Map<string, number>;
  readonly held: Map<string, Set<string>>;
  readonly obstacles: Map<string, SubjectObstacle['reason']>;
  readonly bindings: Map<string, StoredBinding>;

  constructor(from: Pick<World, 'multipleRoles' | 'minHolders' | 'held' | 'obstacles' | 'bindings'>) {
    this.multipleRoles = from.multipleRoles;
    this.minHolders = new Map(from.minHolders);
    this.held = new Map([...from.held].map(([key, set]) => [key, new Set(set)]));
    this.obstacles = new Map(from.obstacles);
    this.bindings = new Map(from.bindings);
  }

  copy(): World {
    return new World(this);
  }

  holds(key: string): Set<string> {
    const set = this.held.get(key) ?? new Set();
    this.held.set(key, set);
    return set;
  }

  snapshot(): HoldersSnapshot {
    const holdings = [...this.held].map(([key, set]) => {
      const reason = this.obstacles.get(key);
      const obstacle = reason === undefined ? {} : { obstacle: { reason, message: 'It is so. Change it.' } };
      return [key, { subject: refOf(key), roles: sortedUnique(set), ...obstacle }] as const;
    });
    return { organization: 'org_1', holdings: new Map(holdings) };
  }

  inputs(): readonly BindingInput[] {
    return [...this.bindings.values()].map((stored) => ({
      ...stored,
      wanted: stored.wanted.map(refOf),
      recorded: stored.recorded.map(refOf),
    }));
  }

  plan(bindings = this.inputs()): HoldersPlan {
    const { multipleRoles, minHolders } = this;
    return planHolders({
      organization: 'org_1',
      bindings,
      holders: this.snapshot(),
      multipleRoles,
      fallbackRole: fallback,
      minHolders,
    });
  }

  /** Everything that a plan makes a lane do, in an order in which it may be done; each step happens or doesn't. */
  steps(plan: HoldersPlan, isReversed = false): readonly (() => void)[] {
    const plans = [...plan.bindings];
    const ordered = isReversed ? plans.reverse() : plans;
    return [
      ...ordered.map(
        ([key, { announce }]) =>
          () =>
            this.#store(key, announce),
      ),
      ...plan.changes.map((change) => () => this.apply(change)),
      ...ordered.map(([key, { own }]) => () => {
        this.#store(key, own);
        if (own.length === 0 && this.bindings.get(key)?.state === 'ending') this.bindings.delete(key);
      }),
    ];
  }

  #store(key: string, subjects: readonly SubjectRef[]): void {
    const stored = this.bindings.get(key);
    if (stored !== undefined) this.bindings.set(key, { ...stored, recorded: keysOf(subjects) });
  }

  apply({ subject, add, remove, reactivate }: HoldingChange): void {
    const key = subjectKey(subject);
    const held = this.holds(key);
    if (this.obstacles.has(key)) expect(reactivate).toBe(true);
    if (reactivate) this.obstacles.delete(key);
    for (const role of remove) held.delete(role);
    if (!this.multipleRoles && add.length > 0) held.delete(fallback);
    for (const role of add) held.add(role);
    this.fallBack(key);
  }

  fallBack(key: string): void {
    const held = this.holds(key);
    if (held.size === 0) held.add(fallback);
  }

  pass(isReversed = false): HoldersPlan {
    const plan = this.plan();
    for (const step of this.steps(plan, isReversed)) step();
    return plan;
  }

  /** What there is to compare in the end. */
  state(): unknown {
    return {
      held: [...this.held].map(([key, set]) => [key, sortedUnique(set)]).filter(([, set]) => set?.length !== 0),
      bindings: this.bindings,
    };
  }

  settle(): void {
    for (let passes = 0; passes < 3; passes += 1) this.pass();
  }
}

const somePeople = fc.subarray([...people]);
const obstacle = fc.constantFrom<SubjectObstacle['reason']>('Inactive', 'Pending', 'DirectoryManaged');
const mode = fc.constantFrom<BindingInput['mode']>('Additive', 'Additive', 'Authoritative');
const someBindings = fc
  .array(
    fc.record({
      role: fc.constantFrom<string>(...roles, ...roles, fallback),
      mode,
      state: fc.constantFrom<BindingInput['state']>('active', 'active', 'active', 'frozen', 'ending'),
      wanted: somePeople,
      recorded: somePeople,
      reactivate: fc.boolean(),
    }),
    { maxLength: 6, size: 'max' },
  )
  .map((list) => list.map((entry, index) => ({ ...entry, key: `RoleBinding/team/${index}`, age: String(index) })));
const world = fc
  .record({
    multipleRoles: fc.boolean(),
    // None for the fallback role: the provider hands it out as well, so that there can be holders enough at the next look.
    limits: fc.dictionary(fc.constantFrom(...roles), fc.integer({ min: 0, max: 3 })),
    held: fc.dictionary(fc.constantFrom(...people), fc.subarray([...roles, fallback, foreign]), { maxKeys: 4, size: 'max' }),
    obstacles: fc.option(fc.dictionary(fc.constantFrom(...people), obstacle), { nil: {} }),
    bindings: someBindings,
  })
  .map(({ multipleRoles, limits, held, obstacles, bindings }) => {
    const most = multipleRoles ? Number.POSITIVE_INFINITY : 1;
    return new World({
      multipleRoles,
      minHolders: new Map(Object.entries(limits)),
      held: new Map(Object.entries(held).map(([key, list]) => [key, new Set(list.slice(0, most))])),
      obstacles: new Map(Object.entries(obstacles).filter(([key]) => key in held)),
      bindings: new Map(bindings.map((stored) => [stored.key, stored])),
    });
  });

const wants = (stored: StoredBinding, role: string, key: string): boolean =>
  stored.role === role && stored.state === 'active' && stored.wanted.includes(key);
const records = (stored: StoredBinding, role: string, key: string): boolean => stored.role === role && stored.recorded.includes(key);
const sweeps = (stored: StoredBinding, role: string): boolean =>
  stored.role === role && stored.state === 'active' && stored.mode === 'Authoritative';
const canUse = (given: World, key: string): boolean => !['Inactive', 'Pending'].includes(given.obstacles.get(key) ?? '');
const holdersOf = (given: World, role: string): number =>
  [...given.held].filter(([key, set]) => set.has(role) && canUse(given, key)).length;
/** The record may lose what isn't held any more, and nothing else. */
function expectSameRecord(given: World, key: string, before: HoldersPlan, after: HoldersPlan): void {
  const { role } = given.inputs().find((stored) => stored.key === key) ?? {};
  if (role === undefined) return;
  const earlier = keysOf(before.bindings.get(key)?.own ?? []);
  const later = keysOf(after.bindings.get(key)?.own ?? []);
  expect(earlier).toEqual(expect.arrayContaining([...later]));
  expect(later).toEqual(expect.arrayContaining(earlier.filter((subject) => given.holds(subject).has(role))));
}

function expectRightfulGrant(given: World, key: string, role: string): void {
  expect(given.holds(key).has(role)).toBe(false);
  expect([...given.bindings.values()].some((stored) => wants(stored, role, key))).toBe(true);
}

/** `next`: with one role at most, what a binding wants may have to make room for what an older one does. */
function expectRightfulRevoke(given: World, key: string, role: string, next: string | undefined): void {
  const bindings = [...given.bindings.values()];
  const recorders = bindings.filter((stored) => records(stored, role, key));
  expect(given.holds(key).has(role)).toBe(true);
  expect(recorders.length > 0 || bindings.some((stored) => sweeps(stored, role))).toBe(true);
  expect(recorders.map(({ state }) => state)).not.toContain('frozen');
  const wanting = bindings.filter((stored) => wants(stored, role, key));
  if (given.multipleRoles) expect(wanting).toEqual([]);
  for (const { age } of wanting) {
    expect(bindings.some((older) => older.age < age && next !== undefined && wants(older, next, key))).toBe(true);
  }
}

function expectRightfulWaking(given: World, { subject, add, reactivate }: HoldingChange): void {
  const key = subjectKey(subject);
  expect(given.obstacles.get(key)).toBe(reactivate ? 'Inactive' : undefined);
  if (!reactivate) return;
  const wakers = [...given.bindings.values()].filter((stored) => stored.reactivate && add.some((role) => wants(stored, role, key)));
  expect(wakers).not.toEqual([]);
}

function expectConsistent(given: World, after: World, stored: StoredBinding, plan: BindingPlan): void {
  const { held, granting, revoking, own, announce, inherited, failures, done } = plan;
  const { role, state, wanted, recorded } = stored;
  const failed = failures.map(({ subject }) => subject);
  const holdsAfter = (subject: SubjectRef): boolean => after.holds(subjectKey(subject)).has(role);
  for (const list of [held, granting, revoking, own, announce, inherited, failed]) expect(keysOf(list)).toEqual(sortedUnique(keysOf(list)));
  expect([...held, ...granting].every(holdsAfter)).toBe(true);
  expect(role !== fallback && revoking.some(holdsAfter)).toBe(false);
  expect(held.every((subject) => given.holds(subjectKey(subject)).has(role))).toBe(true);
  expect(keysOf(own)).toEqual(expect.arrayContaining([...keysOf(inherited)]));
  expect(keysOf(announce)).toEqual(expect.arrayContaining([...keysOf(own)]));
  expect(done).toBe(granting.length + revoking.length === 0);
  if (state === 'frozen') expect([keysOf(own), granting, revoking, failures]).toEqual([sortedUnique(recorded), [], [], []]);
  if (state !== 'active') return;
  const missing = keysOf(failed).filter((key) => wanted.includes(key) && !keysOf(held).includes(key));
  expect([...keysOf(held), ...keysOf(granting), ...missing].sort()).toEqual([...wanted].sort());
}

describe('a plan of who holds what', () => {
  it('leaves nothing to do when it was carried out, and the same record but for what is gone', () => {
    fc.assert(
      fc.property(world, (given) => {
        const first = given.pass();
        const second = given.pass();
        expect(second.changes).toEqual([]);
        for (const key of given.bindings.keys()) expectSameRecord(given, key, first, second);
        const third = given.plan();
        expect(third.changes).toEqual([]);
        for (const [key, { own, announce, failures }] of third.bindings) {
          expect({ own, announce, failures }).toEqual({ own, announce: own, failures: second.bindings.get(key)?.failures });
          expect(own).toEqual(second.bindings.get(key)?.own);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('does not depend on the order of bindings, subjects or holders', () => {
    fc.assert(
      fc.property(world, fc.infiniteStream(fc.nat()), (given, numbers) => {
        const shuffle = <T>(list: readonly T[]): T[] =>
          list
            .map((value) => [numbers.next().value, value] as const)
            .sort(([a], [b]) => a - b)
            .map(([, value]) => value);
        const other = new World({ ...given, held: new Map(shuffle([...given.held])) } as World);
        const bindings = shuffle(other.inputs()).map((stored) => ({
          ...stored,
          wanted: shuffle(stored.wanted),
          recorded: shuffle(stored.recorded),
        }));
        const plan = given.plan();
        const same = other.plan(bindings);
        expect(same).toEqual(plan);
        expect([...same.bindings.keys()]).toEqual([...plan.bindings.keys()]);
      }),
    );
  });

  it('grants only what an active binding wants, and revokes only what nobody wants and a binding may', () => {
    fc.assert(
      fc.property(world, (given) => {
        const managed = sortedUnique([...given.bindings.values()].map(({ role }) => role));
        for (const change of given.plan().changes) {
          const key = subjectKey(change.subject);
          expect(change.managed).toEqual(managed);
          expect(managed).toEqual(expect.arrayContaining([...change.add, ...change.remove, ...change.next]));
          expect(change.add.length + change.remove.length).toBeGreaterThan(0);
          for (const role of change.add) expectRightfulGrant(given, key, role);
          for (const role of change.remove) expectRightfulRevoke(given, key, role, change.next[0]);
          expectRightfulWaking(given, change);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('tells of every subject that a binding wants whether it holds the role, gets it or why not', () => {
    fc.assert(
      fc.property(world, (given) => {
        const plan = given.plan();
        const after = given.copy();
        for (const change of plan.changes) after.apply(change);
        expect([...plan.bindings.keys()]).toEqual([...given.bindings.keys()].sort());
        for (const stored of given.bindings.values()) {
          const found = plan.bindings.get(stored.key);
          if (found !== undefined) expectConsistent(given, after, stored, found);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('gives everybody exactly what is wanted where nothing stands in the way', () => {
    fc.assert(
      fc.property(
        world.filter(({ multipleRoles }) => multipleRoles),
        (given) => {
          given.obstacles.clear();
          given.minHolders.clear();
          const bindings = [...given.bindings.values()];
          const before = given.copy();
          for (const change of given.plan().changes) given.apply(change);
          for (const key of people) {
            for (const role of roles) {
              const isWanted = bindings.some((stored) => wants(stored, role, key));
              const isKept = bindings.some((stored) => stored.state === 'frozen' && records(stored, role, key));
              const isOurs = bindings.some((stored) => records(stored, role, key));
              const isNamed = bindings.some(
                ({ state, role: named, wanted }) => state === 'frozen' && named === role && wanted.includes(key),
              );
              const isSwept = bindings.some((stored) => sweeps(stored, role)) && !isNamed;
              const stays = before.holds(key).has(role) && (isKept || !(isOurs || isSwept));
              expect(given.holds(key).has(role), `${role} of ${key}`).toBe(isWanted || stays);
            }
            expect(given.holds(key).has(foreign)).toBe(before.holds(key).has(foreign));
          }
        },
      ),
    );
  });

  it('never leaves two roles where one is the most, and never displaces one that no binding names', () => {
    fc.assert(
      fc.property(
        world.filter(({ multipleRoles }) => !multipleRoles),
        (given) => {
          const before = given.copy();
          given.settle();
          for (const [key, set] of given.held) {
            expect(set.size).toBeLessThanOrEqual(1);
            expect(set.has(foreign)).toBe(before.holds(key).has(foreign));
          }
        },
      ),
    );
  });

  it('never revokes below the least number of holders', () => {
    fc.assert(
      fc.property(world, (given) => {
        const after = given.copy();
        for (const change of given.plan().changes) after.apply(change);
        for (const [role, min] of given.minHolders) {
          expect(holdersOf(after, role)).toBeGreaterThanOrEqual(Math.min(min, holdersOf(given, role)));
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('names the roles that would be left with too few if its grants failed', () => {
    fc.assert(
      fc.property(world, (given) => {
        const { changes, grantFirst } = given.plan();
        const after = given.copy();
        for (const { subject, remove } of changes) for (const role of remove) after.holds(subjectKey(subject)).delete(role);
        for (const [role, min] of given.minHolders) {
          const left = holdersOf(after, role);
          expect(grantFirst.includes(role)).toBe(left < min && left < holdersOf(given, role));
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('does not change what anybody holds when a binding is suspended', () => {
    fc.assert(
      fc.property(world, fc.nat(), (given, pick) => {
        // An obstacle or a limit may stand in the way of the suspended binding only, and another then takes its turn.
        given.obstacles.clear();
        given.minHolders.clear();
        given.settle();
        const stored = [...given.bindings.values()][pick % Math.max(1, given.bindings.size)];
        if (stored?.state !== 'active') return;
        given.bindings.set(stored.key, { ...stored, state: 'frozen' });
        expect(given.plan().changes).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  it('comes to the same end when the process dies anywhere on the way', () => {
    fc.assert(
      fc.property(world, fc.nat({ max: 20 }), fc.boolean(), (given, survived, isReversed) => {
        const undisturbed = given.copy();
        undisturbed.settle();
        for (const step of given.steps(given.plan(), isReversed).slice(0, survived)) step();
        given.settle();
        expect(given.state()).toEqual(undisturbed.state());
      }),
      { numRuns: 2000 },
    );
  });
});

/** A world in which people edit bindings and change roles by hand, and which knows what is held by whose hand. */
class History extends World {
  readonly byHand = new Map<string, Set<string>>(people.map((key) => [key, new Set()]));
  #born = 0;

  constructor(multipleRoles: boolean) {
    super({ multipleRoles, minHolders: new Map(), held: new Map(), obstacles: new Map(), bindings: new Map() });
    for (const key of people) this.fallBack(key);
  }

  create(binding: Pick<StoredBinding, 'role' | 'mode' | 'wanted' | 'reactivate'>): void {
    this.#born += 1;
    const age = String(this.#born).padStart(3, '0');
    this.bindings.set(age, { ...binding, key: age, age, state: 'active', recorded: [] });
  }

  /** Returns the binding as it was before; undefined when there is none, or it can't be edited because it is being deleted. */
  edit(pick: number, change: Partial<Pick<StoredBinding, 'wanted' | 'state' | 'mode'>>): StoredBinding | undefined {
    const stored = [...this.bindings.values()][pick % Math.max(1, this.bindings.size)];
    if (stored === undefined || stored.state === 'ending') return undefined;
    this.bindings.set(stored.key, { ...stored, ...change });
    return stored;
  }

  grantByHand(key: string, role: string): void {
    const held = this.holds(key);
    if (held.has(role)) return;
    if (!this.multipleRoles) {
      held.clear();
      this.byHand.get(key)?.clear();
    }
    held.add(role);
    // Nobody can tell such a grant from the one on record.
    if (![...this.bindings.values()].some((stored) => records(stored, role, key))) this.byHand.get(key)?.add(role);
  }

  revokeByHand(key: string, role: string): void {
    this.holds(key).delete(role);
    this.byHand.get(key)?.delete(role);
    this.fallBack(key);
  }

  override apply(change: HoldingChange): void {
    const key = subjectKey(change.subject);
    for (const role of change.remove) {
      if (this.byHand.get(key)?.delete(role) !== true) continue;
      expect(
        [...this.bindings.values()].some((stored) => sweeps(stored, role)),
        `${role} of ${key} was granted by hand`,
      ).toBe(true);
    }
    super.apply(change);
  }

  work(survived: number, isReversed: boolean): void {
    for (const step of this.steps(this.plan(), isReversed).slice(0, survived)) step();
    for (const { role, recorded } of this.bindings.values())
      for (const key of recorded) expect(this.byHand.get(key)?.has(role)).toBe(false);
  }

  end(): void {
    this.obstacles.clear();
    this.minHolders.clear();
    for (const stored of this.bindings.values()) this.bindings.set(stored.key, { ...stored, state: 'ending' });
    this.settle();
  }
}

const person = fc.constantFrom(...people);
const pick = fc.nat({ max: 5 });
const edit: fc.Arbitrary<(history: History) => unknown> = fc.oneof(
  fc
    .record({ role: fc.constantFrom<string>(...roles), mode, wanted: somePeople, reactivate: fc.boolean() })
    .map((binding) => (history: History) => history.create(binding)),
  fc.tuple(pick, somePeople).map(
    ([which, wanted]) =>
      (history: History) =>
        history.edit(which, { wanted }),
  ),
  fc.tuple(pick, mode).map(
    ([which, next]) =>
      (history: History) =>
        history.edit(which, { mode: next }),
  ),
  fc.tuple(pick, fc.constantFrom<BindingInput['state']>('active', 'frozen', 'ending')).map(
    ([which, state]) =>
      (history: History) =>
        history.edit(which, { state }),
  ),
  fc.tuple(person, fc.constantFrom(...roles, foreign), fc.boolean()).map(
    ([key, role, isGrant]) =>
      (history: History) =>
        isGrant ? history.grantByHand(key, role) : history.revokeByHand(key, role),
  ),
  fc.tuple(person, fc.option(obstacle)).map(
    ([key, reason]) =>
      (history: History) =>
        reason === null ? history.obstacles.delete(key) : history.obstacles.set(key, reason),
  ),
  fc.tuple(fc.constantFrom(...roles), fc.nat({ max: 3 })).map(
    ([role, min]) =>
      (history: History) =>
        history.minHolders.set(role, min),
  ),
  fc.tuple(fc.oneof(fc.constant(99), fc.nat({ max: 12 })), fc.boolean()).map(
    ([survived, isReversed]) =>
      (history: History) =>
        history.work(survived, isReversed),
  ),
  fc.constant((history: History) => history.settle()),
);
const edits = fc.array(edit, { maxLength: 40, size: 'max' });

const pairs = people.flatMap((key) => [...roles, foreign].map((role) => [key, role] as const));
const isStillWanted = (others: readonly StoredBinding[], role: string, key: string): boolean =>
  others.some((stored) => wants(stored, role, key) || (stored.state === 'frozen' && records(stored, role, key)));

describe('after any history of edits, changes by hand and deaths of the process', () => {
  it('everybody holds exactly what was granted by other hands once all bindings are gone', () => {
    fc.assert(
      fc.property(fc.boolean(), edits, (multipleRoles, list) => {
        const history = new History(multipleRoles);
        for (const step of list) step(history);
        history.end();
        expect([...history.bindings.keys()]).toEqual([]);
        for (const [key, byHand] of history.byHand) {
          const held = [...history.holds(key)].filter((role) => role !== fallback);
          expect(sortedUnique(held), key).toEqual(sortedUnique(byHand));
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('a binding that goes takes with it what it granted and no other still wants, and nothing else', () => {
    fc.assert(
      fc.property(edits, pick, (list, which) => {
        const history = new History(true);
        for (const step of list) step(history);
        history.obstacles.clear();
        history.minHolders.clear();
        history.settle();
        const before = history.copy();
        const gone = history.edit(which, { state: 'ending' });
        if (gone === undefined) return;
        history.settle();
        const others = [...history.bindings.values()];
        expect(others.map(({ key }) => key)).not.toContain(gone.key);
        // An Authoritative sibling sweeps away what the binding wanted and somebody else had granted, too.
        const isSwept = (role: string): boolean => gone.role === role && others.some((stored) => sweeps(stored, role));
        for (const [key, role] of pairs.filter(([, each]) => !isSwept(each))) {
          const expected = before.holds(key).has(role) && (isStillWanted(others, role, key) || !records(gone, role, key));
          expect(history.holds(key).has(role), `${role} of ${key}`).toBe(expected);
        }
      }),
      { numRuns: 500 },
    );
  });
});
