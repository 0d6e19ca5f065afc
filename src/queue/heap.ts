/** What can lie in a heap: it remembers its own place, so that taking it out of the middle needs no search. */
export interface HeapItem {
  /** Kept by the heap; -1 while the item lies in none. An item lies in one heap at a time. */
  heapIndex: number;
}

/** A binary heap whose items can be moved and removed wherever they lie, each in O(log n). */
export class Heap<T extends HeapItem> {
  readonly #items: T[] = [];
  readonly #before: (left: T, right: T) => boolean;

  /** `before` must be a strict order without ties between items that lie in the heap together. */
  constructor(before: (left: T, right: T) => boolean) {
    this.#before = before;
  }

  get size(): number {
    return this.#items.length;
  }

  /** The first item by order; undefined when the heap is empty. */
  peek(): T | undefined {
    return this.#items[0];
  }

  has(item: T): boolean {
    return this.#items[item.heapIndex] === item;
  }

  push(item: T): void {
    this.#put(item, this.#items.length);
    this.#rise(item);
  }

  /** Takes the item out; nothing happens when it isn't there. */
  remove(item: T): void {
    if (!this.has(item)) {
      return;
    }
    const index = item.heapIndex;
    const last = this.#items.pop();
    item.heapIndex = -1;
    if (last && last !== item) {
      this.#put(last, index);
      this.update(last);
    }
  }

  /** Restores the order after something changed that the item is ordered by. */
  update(item: T): void {
    this.#rise(item);
    this.#sink(item);
  }

  #put(item: T, index: number): void {
    this.#items[index] = item;
    item.heapIndex = index;
  }

  #rise(item: T): void {
    let index = item.heapIndex;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = this.#items[parentIndex];
      if (!parent || !this.#before(item, parent)) {
        break;
      }
      this.#put(parent, index);
      index = parentIndex;
    }
    this.#put(item, index);
  }

  #sink(item: T): void {
    let index = item.heapIndex;
    for (;;) {
      const child = this.#firstChild(index);
      if (!child || !this.#before(child, item)) {
        break;
      }
      const childIndex = child.heapIndex;
      this.#put(child, index);
      index = childIndex;
    }
    this.#put(item, index);
  }

  #firstChild(index: number): T | undefined {
    const left = this.#items[2 * index + 1];
    const right = this.#items[2 * index + 2];
    return left && right && this.#before(right, left) ? right : left;
  }
}
