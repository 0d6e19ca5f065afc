import type { ExchangeRecord } from '../src/emulators/index.ts';

/** One call to the provider as it was made, without its credentials. */
export interface ProviderCall {
  /** `unknown` for a path that isn't in the contract. */
  readonly operation: string;
  readonly method: string;
  /** Path and query, encoded. */
  readonly target: string;
  /** Empty: none. */
  readonly body: string;
  /** Undefined: no complete answer was sent. */
  readonly status: number | undefined;
}

/** What the provider was asked. */
export class CallLog {
  /** Calls so far that were no reads. */
  writes = 0;
  /** When the provider was last called, by `performance.now()`. */
  lastAt = 0;
  #recorded: ProviderCall[] | undefined;

  /** For the emulator. */
  notice({ operationId = 'unknown', request, response }: ExchangeRecord): void {
    const { method, path, query, body } = request;
    this.lastAt = performance.now();
    if (method !== 'GET') this.writes += 1;
    const target = query.size === 0 ? path : `${path}?${query}`;
    this.#recorded?.push({ operation: operationId, method, target, body, status: response?.status });
  }

  /** Keeps the calls from now on; those kept before are forgotten. */
  record(): void {
    this.#recorded = [];
  }

  /** The calls since `record`, oldest first. Nothing is kept from now on. */
  recorded(): readonly ProviderCall[] {
    const calls = this.#recorded ?? [];
    this.#recorded = undefined;
    return calls;
  }
}

/** How many calls there were of each operation, by its name in order. */
export function countByOperation(calls: readonly ProviderCall[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { operation } of calls) counts.set(operation, (counts.get(operation) ?? 0) + 1);
  return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
