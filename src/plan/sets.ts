/** Sorted and unique, in code point order, so that the same set always reads and hashes the same. */
export function sortedUnique(values: Iterable<string>): readonly string[] {
  return [...new Set(values)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** Those of `left` that `right` lacks, sorted. */
export function difference(left: readonly string[], right: readonly string[]): readonly string[] {
  const have = new Set(right);
  return sortedUnique(left.filter((value) => !have.has(value)));
}

/** Whether both lists hold the same set. */
export function sameSet(left: readonly string[], right: readonly string[]): boolean {
  return difference(left, right).length === 0 && difference(right, left).length === 0;
}
