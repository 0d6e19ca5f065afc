/**
 * Compares two resourceVersions of one kind of object: negative when `one` is older, 0 when equal, positive when newer. Undefined
 * when they can't be compared. Kubernetes promises since 1.35 that they are integers of any size in decimal.
 */
export function compareResourceVersions(one: string | undefined, other: string | undefined): number | undefined {
  if (one === undefined || other === undefined) return undefined;
  if (one === other) return 0;
  if (!isInteger(one) || !isInteger(other)) return undefined;
  // Decimal integers without leading zeros are in order of length, then of spelling.
  if (one.length !== other.length) return one.length - other.length;
  return one < other ? -1 : 1;
}

function isInteger(text: string): boolean {
  return /^(0|[1-9]\d*)$/.test(text);
}
