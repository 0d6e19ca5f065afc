/** One request to an emulator. */
export interface JournalEntry {
  /** Counts up from 1 in order of arrival. */
  readonly sequence: number;
  /** When it arrived, as an ISO date. */
  readonly time: string;
  /** When it arrived, in milliseconds of a clock that never goes back. */
  readonly startMs: number;
  /** When it was answered or given up; undefined while it is open. */
  readonly endMs?: number;
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** Undefined: the path isn't in the contract. */
  readonly operationId?: string;
  /** What a write belongs to, for example the organization. */
  readonly lane?: string;
  /** Undefined: no answer was sent. */
  readonly status?: number;
  /** The request's body; long ones are cut. */
  readonly body?: string;
  readonly requestID: string;
  /** The fault that was injected. */
  readonly fault?: string;
}

/** Longest part of a body that is kept, in characters. */
const longestBody = 32_768;

/** What is known of a request when it arrives. */
export type Arrival = Pick<JournalEntry, 'time' | 'startMs' | 'method' | 'path' | 'requestID'> & {
  readonly operationId: string | undefined;
  readonly lane: string | undefined;
  readonly body: string;
};

/** What an entry is looked up by. */
export interface JournalQuery {
  readonly operationId?: string | readonly string[];
  readonly method?: string;
}

/** The requests that an emulator got, in order of arrival. */
export class Journal {
  readonly #size: number;
  #entries: JournalEntry[] = [];
  #sequence = 0;

  /** `size`: entries kept; the oldest go first. */
  constructor(size: number) {
    this.#size = size;
  }

  begin(arrival: Arrival): number {
    const { operationId, lane, body, ...rest } = arrival;
    this.#sequence += 1;
    this.#entries.push({
      sequence: this.#sequence,
      ...rest,
      ...(operationId === undefined ? {} : { operationId }),
      ...(lane === undefined ? {} : { lane }),
      ...(body === '' ? {} : { body: body.length > longestBody ? `${body.slice(0, longestBody)}…` : body }),
    });
    // Cutting in large steps keeps the cost per request constant.
    if (this.#entries.length > this.#size * 1.25) this.#entries = this.#entries.slice(-this.#size);
    return this.#sequence;
  }

  end(sequence: number, outcome: Pick<JournalEntry, 'endMs' | 'status' | 'fault'>): void {
    const first = this.#entries[0];
    const index = first === undefined ? -1 : sequence - first.sequence;
    const entry = this.#entries[index];
    if (entry !== undefined) this.#entries[index] = { ...entry, ...outcome };
  }

  /** The entries that fit, oldest first. */
  entries(query: JournalQuery = {}): readonly JournalEntry[] {
    const kept = this.#entries.slice(-this.#size);
    return kept.filter((entry) => matches(entry, query));
  }

  clear(): void {
    this.#entries = [];
  }
}

/** Two writes of one lane that were under way at the same time. */
export interface Overlap {
  readonly lane: string;
  readonly first: JournalEntry;
  readonly second: JournalEntry;
}

/** Writes that overlap in time within their lane: a sign of two writers. Entries still open count until now. */
export function overlappingWrites(entries: readonly JournalEntry[]): readonly Overlap[] {
  const overlaps: Overlap[] = [];
  const latest = new Map<string, JournalEntry>();
  // Reads have no lane; some APIs write with a GET.
  const writes = entries.filter((entry) => entry.lane !== undefined);
  for (const second of [...writes].sort((a, b) => a.startMs - b.startMs || a.sequence - b.sequence)) {
    const lane = second.lane ?? '';
    const first = latest.get(lane);
    if (first !== undefined && endOf(first) > second.startMs) overlaps.push({ lane, first, second });
    if (first === undefined || endOf(second) >= endOf(first)) latest.set(lane, second);
  }
  return overlaps;
}

function endOf(entry: JournalEntry): number {
  return entry.endMs ?? Number.POSITIVE_INFINITY;
}

function matches(entry: JournalEntry, query: JournalQuery): boolean {
  if (query.method !== undefined && query.method !== entry.method) return false;
  if (query.operationId === undefined) return true;
  const wanted = typeof query.operationId === 'string' ? [query.operationId] : query.operationId;
  return entry.operationId !== undefined && wanted.includes(entry.operationId);
}
