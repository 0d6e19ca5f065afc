import { ProviderError } from '../../model/index.ts';

/** One page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page begins; undefined: this is the last page. */
  readonly next: string | undefined;
}

/** How to read a list. */
export interface PagedList<T> {
  /** The operation's id, for errors. */
  readonly operation: string;
  /** Reads one page; undefined: the first. */
  readonly read: (cursor: string | undefined) => Promise<Page<T>>;
  /** What identifies an item. */
  readonly keyOf: (item: T) => string;
  /** More pages than this are an error. Default 10,000. */
  readonly maxPages?: number;
}

/**
 * A list, read to its last page. A list that runs in circles or names an item twice is `transient`: something is wrong with
 * it, so nothing may be concluded from what it lacks.
 */
export async function readAllPages<T>(list: PagedList<T>): Promise<readonly T[]> {
  const items = new Map<string, T>();
  const cursors = new Set<string>();
  const maxPages = list.maxPages ?? 10_000;
  let cursor: string | undefined;
  for (let pages = 0; pages < maxPages; pages++) {
    const page = await list.read(cursor);
    for (const item of page.items) {
      const key = list.keyOf(item);
      if (items.has(key)) throw broken(list.operation, 'an entry came twice');
      items.set(key, item);
    }
    if (page.next === undefined) return [...items.values()];
    if (page.items.length === 0) throw broken(list.operation, 'an empty page says that another one follows');
    if (cursors.has(page.next)) throw broken(list.operation, 'a page points back to one that was read already');
    cursors.add(page.next);
    cursor = page.next;
  }
  throw broken(list.operation, `there are more than ${maxPages} pages`);
}

function broken(operation: string, why: string): ProviderError {
  return new ProviderError('transient', `${operation}: the list can't be trusted: ${why}`, { operation });
}
