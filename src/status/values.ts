/** Longest list shown in a status; the counts beside it are complete. */
export const longestList = 50;

/** The first entries of a list that is shown to people. */
export function cut(list: readonly string[]): readonly string[] {
  return list.slice(0, longestList);
}

/** The entries that have a value. */
export function present<T extends object>(entries: T): { readonly [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined)) as {
    readonly [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
