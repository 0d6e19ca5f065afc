import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Heap, type HeapItem } from './heap.ts';

interface Item extends HeapItem {
  readonly id: number;
  rank: number;
}

const inOrder = (left: Item, right: Item): boolean => left.rank < right.rank || (left.rank === right.rank && left.id < right.id);
const first = (items: readonly Item[]): Item | undefined => items.toSorted((left, right) => (inOrder(left, right) ? -1 : 1))[0];

type Action =
  | { readonly kind: 'push'; readonly rank: number }
  | { readonly kind: 'remove'; readonly place: number }
  | { readonly kind: 'move'; readonly place: number; readonly rank: number };

/** Does the same to the heap and to the list; returns the list as it is then. */
function act(heap: Heap<Item>, items: readonly Item[], action: Action, id: number): readonly Item[] {
  if (action.kind === 'push') {
    const item = { id, rank: action.rank, heapIndex: -1 };
    heap.push(item);
    return [...items, item];
  }
  const chosen = items[action.place % Math.max(1, items.length)];
  if (!chosen) {
    return items;
  }
  if (action.kind === 'move') {
    chosen.rank = action.rank;
    heap.update(chosen);
    return items;
  }
  heap.remove(chosen);
  expect(heap.has(chosen)).toBe(false);
  return items.filter((item) => item !== chosen);
}

const actions: fc.Arbitrary<readonly Action[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('push' as const), rank: fc.nat(20) }),
    fc.record({ kind: fc.constant('remove' as const), place: fc.nat(100) }),
    fc.record({ kind: fc.constant('move' as const), place: fc.nat(100), rank: fc.nat(20) }),
  ),
  { maxLength: 120, size: 'max' },
);

describe('Heap', () => {
  it('agrees with a sorted array, whatever is put in, taken out of the middle or moved', () => {
    fc.assert(
      fc.property(actions, (script) => {
        const heap = new Heap<Item>(inOrder);
        let items: readonly Item[] = [];
        for (const [id, action] of script.entries()) {
          items = act(heap, items, action, id);
          expect(heap.peek()).toBe(first(items));
          expect(heap.size).toBe(items.length);
          expect(items.every((item) => heap.has(item))).toBe(true);
        }
      }),
    );
  });

  it('leaves alone what lies in another heap', () => {
    const heap = new Heap<Item>(inOrder);
    const other = new Heap<Item>(inOrder);
    const item = { id: 1, rank: 1, heapIndex: -1 };
    const stranger = { id: 2, rank: 2, heapIndex: -1 };
    heap.push(item);
    other.push(stranger);
    heap.remove(stranger);
    expect([heap.size, other.size, heap.has(stranger), other.has(stranger)]).toEqual([1, 1, false, true]);
  });
});
