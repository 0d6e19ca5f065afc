import { ProviderError } from '../../model/index.ts';

/**
 * An error of a later call of a creation, after the role itself was made. A conflict says no longer that somebody else has the slug: taken
 * for that, it would make a stranger of the role that was just made, which then stays without its permissions.
 */
export function afterCreation(error: unknown): unknown {
  if (!(error instanceof ProviderError) || error.kind !== 'conflict') return error;
  return new ProviderError('transient', error.message, { ...error.details, cause: error });
}
