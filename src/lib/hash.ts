/**
 * A 32-bit number in [0, 2^32) that is the same for the same text in every process and release, and spreads evenly over
 * similar texts. Not for secrets and not against an adversary.
 */
export function stableHash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  // FNV alone leaves the upper bits of short texts alike; who scales the number to a range would see clusters.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
