/** The middle value; the mean of the two in the middle for an even number of values. NaN when there are none. */
export function median(values: readonly number[]): number {
  const sorted = ascending(values);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (lower + upper) / 2;
}

/** The smallest value that at least the share `q` (above 0, at most 1) of the values does not exceed. NaN when there are none. */
export function quantile(values: readonly number[], q: number): number {
  return ascending(values)[Math.max(0, Math.ceil(q * values.length) - 1)] ?? Number.NaN;
}

/** To three significant digits, or whole where that is finer. */
export function rounded(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}

function ascending(values: readonly number[]): readonly number[] {
  return [...values].sort((a, b) => a - b);
}
