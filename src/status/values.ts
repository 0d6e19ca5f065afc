import type { RemovalRecord } from '../api/index.ts';

/** Longest list shown in a status; the counts beside it are complete. */
export const longestList = 50;

/** The first entries of a list that is shown to people. */
export function cut(list: readonly string[]): readonly string[] {
  return list.slice(0, longestList);
}

/** How many removals a status remembers one by one. */
const longestRecord = 10;

/** Adds a removal to those that a status remembers. What there is no room for is added to the next one, so that it is counted for longer. */
export function addRemoval(
  before: readonly RemovalRecord[] | undefined,
  removal: RemovalRecord | undefined,
): readonly RemovalRecord[] | undefined {
  if (removal === undefined || removal.count === 0) return before;
  const all = [...(before ?? []), removal];
  const [oldest, next, ...rest] = all;
  if (all.length <= longestRecord || oldest === undefined || next === undefined) return all;
  return [{ time: next.time, count: oldest.count + next.count }, ...rest];
}

/** The entries that have a value. */
export function present<T extends object>(entries: T): { readonly [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined)) as {
    readonly [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
