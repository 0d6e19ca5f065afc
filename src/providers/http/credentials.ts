import { ProviderError } from '../../model/index.ts';
import type { Credentials } from '../contract.ts';

/** Visible ASCII: what an HTTP header can carry unchanged. */
const headerSafe = /^[\x21-\x7e]+$/;

/**
 * The credential that the Secret key of `field` holds, without the white space around it that `echo` and editors leave.
 * Throws `unauthorized` when it is missing, empty or can't stand in an HTTP header; the value is never repeated.
 */
export function requireCredential(credentials: Credentials, field: string): string {
  const value = credentials[field]?.trim() ?? '';
  if (value === '') {
    throw new ProviderError('unauthorized', `${field}: the Secret key is empty`, { operation: 'connect' });
  }
  if (!headerSafe.test(value)) {
    throw new ProviderError('unauthorized', `${field}: the Secret key holds white space or characters outside of ASCII within the value`, {
      operation: 'connect',
    });
  }
  return value;
}
