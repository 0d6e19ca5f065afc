/** How a fuzz test runs. */
export interface FuzzParameters {
  readonly numRuns: number;
  /** Undefined: another one each time; fast-check prints it when something fails. */
  readonly seed?: number;
}

/** Of a run that is repeated word for word. */
const fixedSeed = 20_260_101;

/**
 * So many runs with a fixed seed. For a soak run ROLEKEEPER_FUZZ_FACTOR makes them so many times as many, with another seed each time; a
 * seed that failed is repeated with ROLEKEEPER_FUZZ_SEED.
 */
export function fuzz(runs: number): FuzzParameters {
  const { ROLEKEEPER_FUZZ_FACTOR: factor, ROLEKEEPER_FUZZ_SEED: seed } = process.env;
  const numRuns = Math.ceil(runs * Number(factor ?? 1));
  if (seed !== undefined) return { numRuns, seed: Number(seed) };
  return factor === undefined ? { numRuns, seed: fixedSeed } : { numRuns };
}

/** No run takes long; how many there are is up to whoever runs them, and a failure is made smaller first. In milliseconds. */
export const fuzzTimeoutMs = 3_600_000;
