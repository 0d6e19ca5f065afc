/** How often each of some things happened, by name. */
export type Counts = Readonly<Record<string, number>>;

/** What a run came to. */
export interface Summary {
  readonly providers: number;
  /** Moments at which people, strangers and faults did something at every provider. */
  readonly steps: number;
  /** Operators that were started. */
  readonly operators: number;
  readonly blows: Counts;
  readonly edits: Counts;
  readonly byHand: Counts;
  readonly faults: Counts;
  /** Requests to providers, and those of them that a fault hit. */
  readonly requests: number;
  readonly faultsHit: number;
  /** Changes of roles and holders at providers that were judged one by one. */
  readonly changesJudged: number;
  /** How long each phase took. */
  readonly seconds: Counts;
  /** Medians of the memory of the operator that lived to the end, in equal parts of its life. */
  readonly MiB: readonly number[];
}

/** A soak run that is over, as it is kept in a file. */
export interface SoakFigures extends Summary {
  /** Day of the run. */
  readonly date: string;
  readonly minutes: number;
  readonly seed: number;
  /** What was wrong; none where it passed. */
  readonly problems: readonly string[];
}

/** All of them together. */
export function total(counts: Counts): number {
  return Object.values(counts).reduce((sum, each) => sum + each, 0);
}

/** Each name with the sum of what is counted under it. */
export function summed(all: readonly Counts[]): Counts {
  const names = [...new Set(all.flatMap(Object.keys))].sort();
  return Object.fromEntries(names.map((name) => [name, all.reduce((sum, counts) => sum + (counts[name] ?? 0), 0)]));
}
