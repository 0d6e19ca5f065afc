import { ProviderError } from '../../model/index.ts';
import type { Failure, StatusRule } from '../http/index.ts';
import { errorCodes } from './contract.ts';

/** What Frontier means by statuses that mean something else elsewhere. */
export const rules: readonly StatusRule[] = [
  // The role is held; servers before v0.106.1 answer 500 and have taken everybody's access by then.
  {
    status: 400,
    kind: 'inUse',
    when: ({ operation, failure }) => operation === 'DeleteOrganizationRole' && failure?.code === 'failed_precondition',
  },
  { status: 400, kind: 'conflict', when: ({ failure }) => failure?.code === 'failed_precondition' },
  // REST says so of paths that it doesn't have; of a missing object it says which kind of object that is.
  { status: 404, kind: 'transient', when: ({ failure }) => failure?.message === 'Not Found' },
  { status: 501, kind: 'unsupported', when: ({ failure }) => failure?.code === 'unimplemented', untouched: true },
  // The denial of what only superusers may do.
  {
    status: 503,
    kind: 'forbidden',
    when: ({ failure }) => failure?.code === 'unavailable' && /function not available/i.test(failure.message ?? ''),
    untouched: true,
  },
];

/** The error body of REST, where codes are numbers; undefined when it isn't one. */
export function readRestFailure(body: unknown): Failure | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { code, message } = body as { readonly code?: unknown; readonly message?: unknown };
  if (typeof code !== 'number' || typeof message !== 'string') return undefined;
  return { code: errorCodes[code] ?? String(code), message };
}

/** The error body of Connect, where codes are names; undefined when it isn't one. */
export function readConnectFailure(body: unknown): Failure | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { code, message } = body as { readonly code?: unknown; readonly message?: unknown };
  if (typeof code !== 'string' || !errorCodes.some((known) => known === code)) return undefined;
  return { code, ...(typeof message === 'string' ? { message } : {}) };
}

/** Whether the server has no such call by the way it went: another version, or another address. */
export function lacksCall(error: unknown): error is ProviderError {
  return error instanceof ProviderError && error.kind === 'transient' && error.details.status === 404;
}

/** The same error with a few more words. */
export function withHint({ kind, message, details }: ProviderError, hint: string): ProviderError {
  return new ProviderError(kind, `${message}; ${hint}`, details);
}
