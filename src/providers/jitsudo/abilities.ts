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

/** What one server can do: everything that is documented or assumed, until it turns out to be without an operation. */
export class ServerAbilities {
  readonly #client: JitsudoClient;
  #capabilities: Capabilities;

  constructor(capabilities: Capabilities, client: JitsudoClient) {
    this.#capabilities = capabilities;
    this.#client = client;
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

  /** The error to throw for an operation that the server doesn't have. From now on the connection is without the capabilities. */
  unsupported({ operation, task, name, why = '', advice, capabilities }: MissingOperation, cause: unknown): ProviderError {
    // A page of a proxy is too little to go by for longer than this call.
    const certain = cause instanceof ProviderError && cause.kind !== 'transient';
    if (certain) this.#capabilities = { ...this.#capabilities, ...Object.fromEntries(capabilities.map((each) => [each, false])) };
    const { method, path } = operations[operation];
    const status = statusOf(cause);
    return new ProviderError(
      'unsupported',
      `jitsudo ${task}, ${name}: this server has no ${method} ${path}${why} (status ${status}); nothing was changed. ${advice}`,
      { operation, ...(status === undefined ? {} : { status }), cause },
    );
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
