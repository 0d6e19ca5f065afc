import type { JsonValue } from '../../model/index.ts';
import { type Reply, ReplyError } from '../types.ts';

/** What an error body may say besides its message: `code`, `errors` and, with one code, `role_slug`. */
export type FailureParts = Readonly<Record<string, JsonValue>>;

/** An error in the form of the contract. */
export function failure(status: number, message: string, parts: FailureParts = {}): Reply {
  return { status, body: { message, ...parts } };
}

/** Throws an error answer. */
export function refuse(status: number, message: string, parts: FailureParts = {}): never {
  throw new ReplyError(failure(status, message, parts));
}

/** Throws the answer for something that doesn't exist. */
export function missing(what: string, id: string): never {
  return refuse(404, `${what} ${id} not found.`);
}

/** Throws a ready answer. */
export function answerWith(reply: Reply): never {
  throw new ReplyError(reply);
}
