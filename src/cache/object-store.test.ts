import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../api/index.ts';
import { ObjectStore, type ReflectedStore } from './object-store.ts';
import { compareResourceVersions } from './resource-version.ts';
import type { StoreChange } from './types.ts';

interface Thing extends KubeObject {
  readonly spec: { readonly color: string };
}

function thing(name: string, uid: string, resourceVersion: string, color = 'red'): Thing {
  return { apiVersion: 'v1', kind: 'Thing', metadata: { namespace: 'ns', name, uid, resourceVersion }, spec: { color } };
}

/** A store with what it told its listener. */
function storeOf(...items: Thing[]): { store: ObjectStore<Thing>; told: string[]; changes: StoreChange<Thing>[] } {
  const store = new ObjectStore<Thing>({ indexes: { color: (object) => [object.spec.color] } });
  store.replace(items);
  const told: string[] = [];
  const changes: StoreChange<Thing>[] = [];
  store.onChange((change) => {
    const object = change.type === 'deleted' ? change.previous : change.current;
    told.push(`${change.type} ${object.metadata.uid}@${object.metadata.resourceVersion}`);
    changes.push(change);
  });
  return { store, told, changes };
}

const versionOf = (store: ObjectStore<Thing>, name = 'a'): string | undefined => store.get(`ns/${name}`)?.metadata.resourceVersion;
const colors = (store: ObjectStore<Thing>, color: string): readonly string[] =>
  store.byIndex('color', color).map((object) => object.metadata.name);

test('objects are kept deeply frozen, without managedFields, and the rest of their metadata is theirs', () => {
  const store = new ObjectStore<Thing>();
  const labels = { team: 'x' };
  const metadata = { ...thing('a', 'u1', '1').metadata, labels, managedFields: [{ manager: 'kubectl' }] };
  store.replace([{ ...thing('a', 'u1', '1'), metadata }]);
  const held = store.get('ns/a');
  expect(held?.metadata).toEqual({ namespace: 'ns', name: 'a', uid: 'u1', resourceVersion: '1', labels });
  expect([held, held?.metadata, held?.spec, held?.metadata.labels].every((part) => Object.isFrozen(part))).toBe(true);
});

describe('a complete list', () => {
  test('tells only what differs, after the whole of it is in place', () => {
    const { store, told } = storeOf(thing('a', 'u1', '1'), thing('b', 'u2', '2'), thing('c', 'u3', '3'));
    const seen: number[] = [];
    store.onChange(() => seen.push(store.size));
    store.replace([thing('a', 'u1', '1'), thing('b', 'u2', '9'), thing('d', 'u4', '8')]);
    expect(told).toEqual(['updated u2@9', 'added u4@8', 'deleted u3@3']);
    expect(seen).toEqual([3, 3, 3]);
  });

  test('an unchanged object stays the very same', () => {
    const { store } = storeOf(thing('a', 'u1', '1'));
    const before = store.get('ns/a');
    store.replace([thing('a', 'u1', '1')]);
    expect(store.get('ns/a')).toBe(before);
  });

  test('an object that was deleted and created again is told as deleted and added', () => {
    const { store, told } = storeOf(thing('a', 'u1', '1'));
    store.replace([thing('a', 'u2', '7')]);
    expect(told).toEqual(['deleted u1@1', 'added u2@7']);
  });

  test('is the truth even when its versions went back, as after a restore from a backup', () => {
    const { store, told } = storeOf(thing('a', 'u1', '5000'));
    store.beginReplace();
    store.replace([thing('a', 'u1', '90')]);
    expect(told).toEqual(['updated u1@90']);
  });

  test('does not undo an own write that was made while it was under way', () => {
    const { store } = storeOf(thing('a', 'u1', '1'), thing('b', 'u2', '2'));
    store.beginReplace();
    store.observeOwnWrite(thing('a', 'u1', '50'));
    store.replace([thing('a', 'u1', '1'), thing('b', 'u2', '2')]);
    expect(versionOf(store)).toBe('50');
    store.beginReplace();
    store.replace([thing('a', 'u1', '49'), thing('b', 'u2', '2')]);
    expect(versionOf(store)).toBe('49');
  });
});

describe('a store that several reflectors feed, each with a namespace', () => {
  const at = (namespace: string, name: string, uid: string, resourceVersion: string): Thing => {
    const object = thing(name, uid, resourceVersion);
    return { ...object, metadata: { ...object.metadata, namespace } };
  };

  function scoped(): { store: ObjectStore<Thing>; x: ReflectedStore<Thing>; y: ReflectedStore<Thing> } {
    const store = new ObjectStore<Thing>();
    const [x, y] = store.scopes(['x', 'y']).map((scope) => scope.store);
    if (x === undefined || y === undefined) throw new Error('two scopes were asked for');
    return { store, x, y };
  }

  test('is synced once all of them are, and not while one of them is not', () => {
    const { store, x, y } = scoped();
    x.replace([]);
    expect(store.hasSynced).toBe(false);
    y.replace([]);
    expect(store.hasSynced).toBe(true);
    x.markUnsynced();
    y.replace([]);
    expect(store.hasSynced).toBe(false);
    x.replace([]);
    expect(store.hasSynced).toBe(true);
  });

  test('loses by a list only what is of its namespace', () => {
    const { store, x, y } = scoped();
    x.replace([at('x', 'a', 'u1', '1')]);
    y.replace([at('y', 'b', 'u2', '2')]);
    x.replace([]);
    expect([...store.values()].map((object) => object.metadata.name)).toEqual(['b']);
  });

  test('keeps an own write through every list that was under way, however they overlap', () => {
    const { store, x, y } = scoped();
    x.replace([at('x', 'a', 'u1', '1')]);
    x.beginReplace();
    store.observeOwnWrite(at('x', 'a', 'u1', '50'));
    y.beginReplace();
    y.replace([]);
    x.replace([at('x', 'a', 'u1', '1')]);
    expect(store.get('x/a')?.metadata.resourceVersion).toBe('50');
  });
});

describe('an event', () => {
  interface Case {
    readonly reason: string;
    readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
    readonly object: Thing;
    readonly told: readonly string[];
  }
  const cases: Case[] = [
    { reason: 'a new object', type: 'ADDED', object: thing('b', 'u2', '6'), told: ['added u2@6'] },
    { reason: 'a newer version', type: 'MODIFIED', object: thing('a', 'u1', '6'), told: ['updated u1@6'] },
    { reason: 'ADDED for what is held counts as a change', type: 'ADDED', object: thing('a', 'u1', '6'), told: ['updated u1@6'] },
    { reason: 'MODIFIED for what is not held counts as new', type: 'MODIFIED', object: thing('b', 'u2', '6'), told: ['added u2@6'] },
    { reason: 'the version that is held is no news', type: 'MODIFIED', object: thing('a', 'u1', '5'), told: [] },
    { reason: 'an older version is ignored', type: 'MODIFIED', object: thing('a', 'u1', '4'), told: [] },
    { reason: 'versions are numbers, not texts', type: 'MODIFIED', object: thing('a', 'u1', '10'), told: ['updated u1@10'] },
    { reason: 'what is no number is taken from the watch', type: 'MODIFIED', object: thing('a', 'u1', 'x4'), told: ['updated u1@x4'] },
    {
      reason: 'a successor is told as deleted and added',
      type: 'MODIFIED',
      object: thing('a', 'u9', '6'),
      told: ['deleted u1@5', 'added u9@6'],
    },
    { reason: 'an older event of a predecessor is ignored', type: 'MODIFIED', object: thing('a', 'u0', '4'), told: [] },
    { reason: 'a deletion', type: 'DELETED', object: thing('a', 'u1', '6'), told: ['deleted u1@5'] },
    { reason: 'a deletion wins even when its version is older', type: 'DELETED', object: thing('a', 'u1', '4'), told: ['deleted u1@5'] },
    { reason: 'the deletion of a predecessor is ignored', type: 'DELETED', object: thing('a', 'u0', '6'), told: [] },
    { reason: 'the deletion of what is not held is ignored', type: 'DELETED', object: thing('b', 'u2', '6'), told: [] },
  ];
  test.each(cases)('$reason', ({ type, object, told: want }) => {
    const { store, told } = storeOf(thing('a', 'u1', '5'));
    store.apply({ type, object });
    expect(told).toEqual(want);
  });

  test('tells the object before and after', () => {
    const { store, changes } = storeOf(thing('a', 'u1', '5', 'red'));
    store.apply({ type: 'MODIFIED', object: thing('a', 'u1', '6', 'blue') });
    expect(changes).toMatchObject([{ key: 'ns/a', previous: { spec: { color: 'red' } }, current: { spec: { color: 'blue' } } }]);
  });
});

describe('an own write', () => {
  test.each([
    { reason: 'a newer version is taken', object: thing('a', 'u1', '6'), want: '6' },
    { reason: 'an older version is not', object: thing('a', 'u1', '4'), want: '5' },
    { reason: 'a version that is no number is left to the watch', object: thing('a', 'u1', 'x6'), want: '5' },
    { reason: 'a predecessor is not taken', object: thing('a', 'u0', '6'), want: '5' },
    { reason: 'what was deleted meanwhile stays deleted', object: thing('b', 'u2', '6'), want: '5' },
  ])('$reason', ({ object, want }) => {
    const { store } = storeOf(thing('a', 'u1', '5'));
    store.observeOwnWrite(object);
    expect(versionOf(store)).toBe(want);
    expect(store.size).toBe(1);
  });

  test('is not undone by what the watch still has on its way, and its own event is no news', () => {
    const { store, told } = storeOf(thing('a', 'u1', '5'));
    store.observeOwnWrite(thing('a', 'u1', '8'));
    store.apply({ type: 'MODIFIED', object: thing('a', 'u1', '7') });
    store.apply({ type: 'MODIFIED', object: thing('a', 'u1', '8') });
    store.apply({ type: 'MODIFIED', object: thing('a', 'u1', '9') });
    expect(told).toEqual(['updated u1@8', 'updated u1@9']);
  });

  test('does not outlive the object', () => {
    const { store, told } = storeOf(thing('a', 'u1', '5'));
    store.observeOwnWrite(thing('a', 'u1', '8'));
    store.apply({ type: 'DELETED', object: thing('a', 'u1', '7') });
    store.observeOwnWrite(thing('a', 'u1', '9'));
    expect(told).toEqual(['updated u1@8', 'deleted u1@8']);
    expect(store.size).toBe(0);
  });
});

describe('indexes', () => {
  test('follow every change', () => {
    const { store } = storeOf(thing('a', 'u1', '1', 'red'), thing('b', 'u2', '1', 'red'));
    expect(colors(store, 'red')).toEqual(['a', 'b']);
    store.apply({ type: 'MODIFIED', object: thing('a', 'u1', '2', 'blue') });
    store.apply({ type: 'DELETED', object: thing('b', 'u2', '3') });
    expect(colors(store, 'red')).toEqual([]);
    expect(colors(store, 'blue')).toEqual(['a']);
  });

  test('one that does not exist is a mistake', () => {
    expect(() => storeOf().store.byIndex('size', '7')).toThrow(RangeError);
  });

  test('an indexer that throws is reported and spoils nothing else', () => {
    const errors: unknown[] = [];
    const store = new ObjectStore<Thing>({
      indexes: {
        bad: (object) => {
          if (object.spec.color === 'black') throw new Error('no black');
          return ['x'];
        },
        color: (object) => [object.spec.color, object.spec.color],
      },
      onError: (error, thrownBy) => errors.push([(error as Error).message, thrownBy]),
    });
    store.replace([thing('a', 'u1', '1', 'black'), thing('b', 'u2', '1')]);
    expect(errors).toEqual([['no black', 'indexer']]);
    expect(store.byIndex('bad', 'x')).toHaveLength(1);
    expect(store.byIndex('color', 'black')).toHaveLength(1);
    store.replace([]);
    expect([store.byIndex('bad', 'x'), store.byIndex('color', 'black')]).toEqual([[], []]);
  });
});

describe('listeners', () => {
  test('one that throws is reported, kept, and keeps nobody else from hearing', () => {
    const errors: unknown[] = [];
    const heard: string[] = [];
    const store = new ObjectStore<Thing>({ onError: (error, thrownBy) => errors.push([error, thrownBy]) });
    store.onChange(() => {
      throw 'boom';
    });
    store.onChange((change) => heard.push(change.type));
    store.replace([thing('a', 'u1', '1')]);
    store.apply({ type: 'DELETED', object: thing('a', 'u1', '2') });
    expect(heard).toEqual(['added', 'deleted']);
    expect(errors).toEqual([
      ['boom', 'listener'],
      ['boom', 'listener'],
    ]);
  });

  test('one that has ended hears nothing more', () => {
    const { store } = storeOf();
    const heard: string[] = [];
    const listener = (change: StoreChange<Thing>): void => void heard.push(change.key);
    const end = store.onChange(listener);
    store.onChange(listener);
    end();
    end();
    store.apply({ type: 'ADDED', object: thing('a', 'u1', '1') });
    expect(heard).toEqual(['ns/a']);
  });
});

describe('synced', () => {
  test('comes with the first complete list and goes when the kind can not be read', async () => {
    const store = new ObjectStore<Thing>();
    const { signal } = new AbortController();
    const synced = store.synced(signal);
    store.apply({ type: 'ADDED', object: thing('a', 'u1', '1') });
    expect(store.hasSynced).toBe(false);
    store.replace([]);
    await synced;
    await store.synced(signal);
    store.markUnsynced();
    expect(store.hasSynced).toBe(false);
    const again = store.synced(signal);
    store.replace([]);
    await again;
    expect(store.hasSynced).toBe(true);
  });

  test('is true by the time that listeners hear of the first objects', () => {
    const store = new ObjectStore<Thing>();
    const seen: boolean[] = [];
    store.onChange(() => seen.push(store.hasSynced));
    store.replace([thing('a', 'u1', '1')]);
    expect(seen).toEqual([true]);
  });

  test("waiting ends with the signal's reason", async () => {
    const store = new ObjectStore<Thing>();
    const controller = new AbortController();
    const waiting = store.synced(controller.signal);
    controller.abort('enough');
    await expect(waiting).rejects.toBe('enough');
    await expect(store.synced(controller.signal)).rejects.toBe('enough');
  });
});

describe('compareResourceVersions', () => {
  test.each([
    { one: '5', other: '5', want: 0 },
    { one: '9', other: '10', want: -1 },
    { one: '123456789012345678901234567891', other: '123456789012345678901234567890', want: 1 },
    { one: 'abc', other: 'abc', want: 0 },
    { one: 'abc', other: '5', want: Number.NaN },
    { one: '05', other: '5', want: Number.NaN },
    { one: '', other: '5', want: Number.NaN },
    { one: undefined, other: '5', want: Number.NaN },
  ])('$one against $other', ({ one, other, want }) => {
    expect(Math.sign(compareResourceVersions(one, other) ?? Number.NaN)).toBe(want);
    expect(Math.sign(compareResourceVersions(other, one) ?? Number.NaN)).toBe(want === 0 ? 0 : -want);
  });
});
