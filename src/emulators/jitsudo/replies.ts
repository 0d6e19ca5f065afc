import type { JsonValue } from '../../model/index.ts';
import { type Reply, ReplyError } from '../types.ts';

/** A success. */
export function ok(body: JsonValue): Reply {
  return { status: 200, body };
}

/** An error in the form of the contract. */
export function failure(
  status: number,
  code: string,
  message: string,
  more: { readonly details?: JsonValue; readonly notices?: readonly string[] } = {},
): Reply {
  return { status, body: { code, message, ...more } };
}

/** Codes for errors that no operation has thought of. */
const codes: Readonly<Record<number, string>> = {
  400: 'invalid_request',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  422: 'invalid_request',
  429: 'rate_limited',
};

/** An error with the usual code of its status. */
export function plainFailure(status: number, message: string): Reply {
  return failure(status, codes[status] ?? 'internal', message);
}

/** Ends an operation with an error. */
export function refuse(reply: Reply): never {
  throw new ReplyError(reply);
}
