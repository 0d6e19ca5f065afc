/** A spec as it was at one generation; Infinity: it was sent, and its generation isn't known yet. */
interface Version<S> {
  readonly generation: number;
  readonly spec: S;
}

/**
 * One manifest and all that was ever written into it. What an operator may believe of it isn't told by a clock: whoever has written into
 * its status that a generation was looked at can only know that generation or a later one.
 */
export class Declaration<S> {
  readonly name: string;
  /** Somebody has asked for its deletion. */
  isDeleted = false;
  /** It was seen to be gone from the cluster. */
  isGone = false;
  /** The newest generation that its status was seen to speak of; 0: none. */
  heard = 0;
  #versions: readonly Version<S>[];

  /** Make it before it is sent: an operator may know it before the answer is here. */
  constructor(name: string, spec: S) {
    this.name = name;
    this.#versions = [{ generation: Number.POSITIVE_INFINITY, spec }];
  }

  /** The newest spec. */
  get spec(): S {
    const newest = this.#versions.at(-1);
    if (newest === undefined) throw new Error(`${this.name} has no spec`);
    return newest.spec;
  }

  get generation(): number {
    return this.#versions.at(-1)?.generation ?? 0;
  }

  /** Every spec that an operator may believe to be the newest one. */
  get believed(): readonly S[] {
    return this.#versions.map(({ spec }) => spec);
  }

  toJSON(): object {
    const { name, isDeleted, isGone, heard, generation, believed } = this;
    return { name, isDeleted, isGone, heard, generation, believed };
  }

  /** Somebody is about to write another spec. */
  change(spec: S): void {
    this.#versions = [...this.#versions, { generation: Number.POSITIVE_INFINITY, spec }];
  }

  /** The cluster has it, as this generation. */
  wasSent(generation: number): void {
    this.#versions = this.#versions.map((version) =>
      version.generation === Number.POSITIVE_INFINITY ? { ...version, generation } : version,
    );
  }

  /** Its status speaks of this generation: older ones aren't believed any more. */
  hear(generation: number): void {
    if (generation <= this.heard) return;
    this.heard = generation;
    const newestHeard = this.#versions.findLastIndex((version) => version.generation <= generation);
    if (newestHeard > 0) this.#versions = this.#versions.slice(newestHeard);
  }
}
