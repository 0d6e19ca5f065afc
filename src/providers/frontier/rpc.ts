import type { DescMessage, DescMethodUnary, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import type { ApiCall } from '../http/index.ts';
import { routeOf } from './contract.ts';

/** One call, whichever way it goes. */
export interface RpcCall<I extends DescMessage, O extends DescMessage, T> extends Pick<ApiCall<T>, 'missing' | 'subject'> {
  readonly method: DescMethodUnary<I, O>;
  readonly input: MessageInitShape<I>;
  /** The `authorization` header; undefined: the call carries none. */
  readonly authorization?: string;
  /** Takes from the answer what the caller wants; throws ShapeError when it isn't there. */
  readonly read: (answer: MessageShape<O>) => T;
}

/**
 * A way to the server. Sends one request per call. Rejects with ProviderError, or with the signal's reason; a call that the server
 * doesn't have by this way is `transient` with status 404.
 */
export interface Rpc {
  call<I extends DescMessage, O extends DescMessage, T>(call: RpcCall<I, O, T>, signal: AbortSignal): Promise<T>;
}

/** Whether a call changes something. A token that nobody uses is no change. */
export function writes(name: string): boolean {
  return name !== 'AuthToken' && routeOf(name).method !== 'GET';
}
