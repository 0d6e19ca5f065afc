import type { DescMessage } from '@bufbuild/protobuf';
import { createConnectTransport } from '@connectrpc/connect-web';
import { ProviderApi } from '../http/index.ts';
import { readConnectFailure, rules } from './failures.ts';
import { readMessage } from './messages.ts';
import type { RpcParts } from './rest-rpc.ts';
import { type Rpc, type RpcCall, writes } from './rpc.ts';

/** Headers of a request that are set here, whatever the library says. */
const ownHeaders: ReadonlySet<string> = new Set(['accept', 'content-type', 'user-agent']);

/** Connect RPC with JSON, which servers have from v0.69 and have alone from v0.91. */
export class ConnectRpc implements Rpc {
  readonly #baseURL: string;
  readonly #api: ProviderApi;

  constructor({ baseURL, deps, secrets }: RpcParts) {
    this.#baseURL = baseURL;
    this.#api = new ProviderApi({
      provider: 'Frontier',
      baseURL,
      deps,
      authorize: async () => ({}),
      secrets,
      rules,
      readFailure: readConnectFailure,
    });
  }

  async call<I extends DescMessage, O extends DescMessage, T>(call: RpcCall<I, O, T>, signal: AbortSignal): Promise<T> {
    let failure: { readonly error: unknown } | undefined;
    const transport = createConnectTransport({
      baseUrl: this.#baseURL,
      useBinaryFormat: false,
      jsonOptions: { useProtoFieldName: true, ignoreUnknownFields: true },
      fetch: async (url, init) => {
        try {
          const answer = await this.#send(call, String(url).slice(this.#baseURL.length), init, signal);
          return Response.json(answer);
        } catch (error) {
          failure = { error };
          throw error;
        }
      },
    });
    const headers = call.authorization === undefined ? {} : { authorization: call.authorization };
    try {
      // The signal stays here: the library would end the call before the request has ended and been counted.
      const { message } = await transport.unary(call.method, undefined, undefined, headers, call.input);
      return call.read(message);
    } catch (error) {
      // The library wraps what comes from the request into errors of its own, which know less.
      throw failure === undefined ? error : failure.error;
    }
  }

  /** Sends what the library has made of a call. Resolves to the body of a success, from which the call's answer can be read. */
  #send<I extends DescMessage, O extends DescMessage, T>(
    { method, subject, missing, read }: RpcCall<I, O, T>,
    path: string,
    init: RequestInit | undefined,
    signal: AbortSignal,
  ): Promise<unknown> {
    const headers = [...new Headers(init?.headers)].filter(([name]) => !ownHeaders.has(name));
    return this.#api.call<unknown>(
      {
        operation: method.name,
        method: 'POST',
        path,
        headers: Object.fromEntries(headers),
        body: JSON.parse(new TextDecoder().decode(init?.body as Uint8Array)),
        subject,
        ...(missing === undefined ? {} : { missing }),
        writes: writes(method.name),
        read: (answer) => {
          // Read once here, where an answer that can't be believed is told from others and counted.
          read(readMessage(method.output, answer, 'leftOut'));
          return answer;
        },
      },
      signal,
    );
  }
}
