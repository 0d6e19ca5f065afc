import { create, type DescMessage, toJson } from '@bufbuild/protobuf';
import type { ConnectDeps } from '../contract.ts';
import { fillPath, ProviderApi, type Query } from '../http/index.ts';
import { type Route, routeOf } from './contract.ts';
import { readRestFailure, rules } from './failures.ts';
import { readMessage } from './messages.ts';
import { type Rpc, type RpcCall, writes } from './rpc.ts';

/** What a way to the server is made of. */
export interface RpcParts {
  /** Canonical. */
  readonly baseURL: string;
  readonly deps: ConnectDeps;
  /** Every value that must never be shown. */
  readonly secrets: () => readonly string[];
}

/** REST v1beta1, which servers up to v0.90 have. */
export class RestRpc implements Rpc {
  readonly #api: ProviderApi;

  constructor({ baseURL, deps, secrets }: RpcParts) {
    this.#api = new ProviderApi({
      provider: 'Frontier',
      baseURL,
      deps,
      authorize: async () => ({}),
      secrets,
      rules,
      readFailure: readRestFailure,
    });
  }

  call<I extends DescMessage, O extends DescMessage, T>(call: RpcCall<I, O, T>, signal: AbortSignal): Promise<T> {
    const { method, input, authorization, subject, missing, read } = call;
    const json = toJson(method.input, create(method.input, input), { useProtoFieldName: true }) as Readonly<Record<string, unknown>>;
    const route = routeOf(method.name);
    const { path, query, body } = placed(route, json);
    return this.#api.call(
      {
        operation: method.name,
        method: route.method,
        path,
        ...(query === undefined ? {} : { query }),
        ...(body === undefined ? {} : { body }),
        ...(authorization === undefined ? {} : { headers: { authorization } }),
        subject,
        ...(missing === undefined ? {} : { missing }),
        writes: writes(method.name),
        read: (answer) => read(readMessage(method.output, answer, 'written')),
      },
      signal,
    );
  }
}

/** The request's fields where the route has them. */
function placed(
  { method, path, unwrapped }: Route,
  request: Readonly<Record<string, unknown>>,
): { readonly path: string; readonly query?: Query; readonly body?: unknown } {
  const isPlaced = (name: string): boolean => path.includes(`{${name}}`);
  const fields = Object.entries(request);
  const places = Object.fromEntries(fields.filter(([name]) => isPlaced(name))) as Readonly<Record<string, string>>;
  const rest = Object.fromEntries(fields.filter(([name]) => !isPlaced(name)));
  const filled = { path: fillPath<string>(path, places) };
  if (method === 'GET') return { ...filled, query: rest as Query };
  if (method === 'DELETE') return filled;
  return { ...filled, body: unwrapped === true ? rest.body : rest };
}
