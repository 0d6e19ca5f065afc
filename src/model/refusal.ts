/** Why something is not done, in the words of a condition. */
export interface Refusal {
  /** A reason of src/api/reasons.ts. */
  readonly reason: string;
  /** What is wrong, with which object, and what to do next. Stable: sorted lists, no times. */
  readonly message: string;
  /**
   * True when nothing changes until a person acts (`Stalled`); false when it mends itself, for example when a provider
   * becomes ready.
   */
  readonly terminal: boolean;
}

/** A precondition: a refusal, or undefined when nothing speaks against going on. */
export type Check<Input> = (input: Input) => Refusal | undefined;

/** The first refusal of a chain of checks, in the order of the list; undefined when all let it pass. */
export function firstRefusal<Input>(chain: readonly Check<Input>[], input: Input): Refusal | undefined {
  for (const check of chain) {
    const refusal = check(input);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}
