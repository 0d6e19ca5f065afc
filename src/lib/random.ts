/** A source of numbers in [0, 1). Injected wherever jitter is needed, so that tests are repeatable. */
export type Random = () => number;

/** The process-wide source. Not for secrets. */
export const systemRandom: Random = () => Math.random();

/** A repeatable source for tests and fixed-seed runs (mulberry32). `seed` is taken modulo 2^32. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
