import type { DescMessage } from '@bufbuild/protobuf';
import { ProviderError } from '../../model/index.ts';
import { asArray, asObject, ProviderApi } from '../http/index.ts';
import { ConnectRpc } from './connect-rpc.ts';
import { routeOf } from './contract.ts';
import { lacksCall, readRestFailure, rules } from './failures.ts';
import { RestRpc, type RpcParts } from './rest-rpc.ts';
import type { Rpc, RpcCall } from './rpc.ts';
import { SharedWork } from './shared-work.ts';

/** The one call by which the two ways are told apart: every server with REST has it. */
const probed = 'ListPermissions';

/**
 * Finds out by asking which way the server has, once, and again after a call that the server doesn't have: it may have been changed
 * for one of another version. Such a call fails all the same, and is right the next time.
 */
export class AutoRpc implements Rpc, Disposable {
  readonly #api: ProviderApi;
  readonly #rest: RestRpc;
  readonly #connect: ConnectRpc;
  readonly #detection: SharedWork<Rpc>;
  #detected: Rpc | undefined;

  constructor(parts: RpcParts) {
    const { baseURL, deps, secrets } = parts;
    this.#api = new ProviderApi({
      provider: 'Frontier',
      baseURL,
      deps,
      // Without credentials: they go to a server only once it is known what to say to it.
      authorize: async () => ({}),
      secrets,
      rules,
      readFailure: readRestFailure,
    });
    this.#rest = new RestRpc(parts);
    this.#connect = new ConnectRpc(parts);
    this.#detection = new SharedWork({
      run: (signal) => this.#detect(signal),
      ended: (why) => new ProviderError('transient', `Frontier ${probed} ended: ${why}`, { operation: probed }),
    });
  }

  async call<I extends DescMessage, O extends DescMessage, T>(call: RpcCall<I, O, T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const rpc = this.#detected ?? (await this.#detection.join(signal));
    try {
      return await rpc.call(call, signal);
    } catch (error) {
      if (lacksCall(error) && this.#detected === rpc) this.#detected = undefined;
      throw error;
    }
  }

  /** Stops asking. */
  [Symbol.dispose](): void {
    this.#detection[Symbol.dispose]();
  }

  async #detect(signal: AbortSignal): Promise<Rpc> {
    const rpc = (await this.#hasRest(signal)) ? this.#rest : this.#connect;
    this.#detected = rpc;
    return rpc;
  }

  /** True for an answer of REST, be it a refusal, and false where there is no such path; whatever else happens decides nothing. */
  async #hasRest(signal: AbortSignal): Promise<boolean> {
    const { method, path } = routeOf(probed);
    const read = (body: unknown): boolean => {
      asArray(asObject(body, 'the body').permissions, 'permissions', (each) => each);
      return true;
    };
    try {
      return await this.#api.call({ operation: probed, method, path, subject: 'which transport the server has', read }, signal);
    } catch (error) {
      if (isRefusalOfRest(error)) return true;
      if (lacksCall(error) && error.details.code === undefined) return false;
      throw error;
    }
  }
}

/** Without a token a server with REST refuses in its own words. */
function isRefusalOfRest(error: unknown): boolean {
  if (!(error instanceof ProviderError)) return false;
  const { status, code } = error.details;
  return (status === 401 || status === 403) && code !== undefined;
}
