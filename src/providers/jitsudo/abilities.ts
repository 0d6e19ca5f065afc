import type { Clock } from '../../lib/index.ts';
import { type Capabilities, ProviderError } from '../../model/index.ts';
import type { JitsudoClient } from './client.ts';
import { operations } from './contract.ts';

/** What an operation that the server doesn't have keeps from being done. */
export interface MissingOperation {
  readonly operation: keyof typeof operations;
  /** What can't be done, for messages. */
  readonly task: string;
  /** What it was to be done to, for messages. */
  readonly name: string;
  /** Why the operation is needed for it, where that isn't plain; begins with a comma. */
  readonly why?: string;
  /** What people do without it. */
  readonly advice: string;
  /** Capabilities that go with the operation. */
  readonly capabilities: readonly (keyof Capabilities)[];
}

/**
 * A 404 is said of an operation that isn't there, and now and then of one that is, for example while a new version is rolled out. It takes a
 * second one, so much later but not too much, to go by it from then on. In milliseconds.
 */
const confirmedBy = { notBefore: 60_000, notAfter: 3_600_000 } as const;

/** What one server can do: everything that is documented or assumed, until it turns out to be without an operation. */
export class ServerAbilities {
  readonly #client: JitsudoClient;
  readonly #clock: Clock;
  /** When a 404 was first taken for the lack of an operation. */
  readonly #missedAt = new Map<MissingOperation['operation'], number>();
  #capabilities: Capabilities;

  constructor(capabilities: Capabilities, client: JitsudoClient, clock: Clock) {
    this.#capabilities = capabilities;
    this.#client = client;
    this.#clock = clock;
  }

  get capabilities(): Capabilities {
    return this.#capabilities;
  }

  /**
   * Whether an assumed operation failed because the server doesn't have it. A 404 is believed only while the same server answers
   * a documented operation; when it doesn't, the failure of that one is what counts.
   */
  async lacks(error: unknown, tenant: string, signal: AbortSignal): Promise<boolean> {
    if (isUnsupported(error)) return true;
    if (statusOf(error) !== 404) return false;
    await this.#client.listRoles(tenant, signal);
    return true;
  }

  /** The error to throw for an operation that the server doesn't have. Once that is certain, the connection is without the capabilities. */
  unsupported({ operation, task, name, why = '', advice, capabilities }: MissingOperation, cause: unknown): ProviderError {
    if (this.#isCertain(operation, cause))
      this.#capabilities = { ...this.#capabilities, ...Object.fromEntries(capabilities.map((each) => [each, false])) };
    const { method, path } = operations[operation];
    const status = statusOf(cause);
    return new ProviderError(
      'unsupported',
      `jitsudo ${task}, ${name}: this server has no ${method} ${path}${why} (status ${status}); nothing was changed. ${advice}`,
      { operation, ...(status === undefined ? {} : { status }), cause },
    );
  }

  #isCertain(operation: MissingOperation['operation'], cause: unknown): boolean {
    if (isUnsupported(cause)) return true;
    // A page of a proxy is too little to go by for longer than this call.
    if (!(cause instanceof ProviderError) || cause.kind === 'transient') return false;
    const now = this.#clock.monotonic();
    const sinceMs = now - (this.#missedAt.get(operation) ?? Number.NEGATIVE_INFINITY);
    if (sinceMs > confirmedBy.notAfter) this.#missedAt.set(operation, now);
    return sinceMs >= confirmedBy.notBefore && sinceMs <= confirmedBy.notAfter;
  }
}

/** Whether the server has said that it doesn't have the operation. */
export function isUnsupported(error: unknown): boolean {
  return error instanceof ProviderError && error.kind === 'unsupported';
}

/** The HTTP status of a failed call; undefined where no answer came. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof ProviderError ? error.details.status : undefined;
}
