import { type EmulatedApi, type EmulatedRequest, type Reply, ReplyError } from '../../src/emulators/types.ts';
import type { HttpClient, HttpRequest, HttpResponse } from '../../src/lib/index.ts';

/** A request that an in-process client was asked to send. */
export interface SentRequest {
  /** Undefined: no operation has the path. */
  readonly operationId: string | undefined;
  readonly method: string;
}

/** An HttpClient that asks an emulated API directly, without a socket, so that virtual time can go by between call and answer. */
export class InProcessHttp implements HttpClient {
  readonly #api: EmulatedApi;
  /** Requests so far, oldest first. */
  readonly sent: SentRequest[] = [];

  constructor(api: EmulatedApi) {
    this.#api = api;
  }

  async send({ method, url, headers, body, signal }: HttpRequest): Promise<HttpResponse> {
    signal.throwIfAborted();
    const { pathname, searchParams } = new URL(url);
    const routes = this.#api.operations.flatMap((operation) => {
      const found = operation.method === method ? pattern(operation.path).exec(pathname) : null;
      return found === null ? [] : [{ operation, params: found.groups ?? {} }];
    });
    const [route] = routes;
    this.sent.push({ operationId: route?.operation.operationId, method });
    const request: EmulatedRequest = {
      method,
      path: pathname,
      params: Object.fromEntries(Object.entries(route?.params ?? {}).map(([name, value]) => [name, decodeURIComponent(value)])),
      query: searchParams,
      header: (name) => headers[name],
      body: body === undefined ? undefined : JSON.parse(body),
      text: body ?? '',
    };
    const reply = this.#api.authenticate(request) ?? (route && answer(() => route.operation.handle(request))) ?? this.#api.failure(404, '');
    const responseHeaders: Readonly<Record<string, string>> = { 'content-type': 'application/json', ...reply.headers };
    return {
      status: reply.status,
      header: (name) => responseHeaders[name],
      body: reply.body === undefined ? '' : JSON.stringify(reply.body),
    };
  }

  async close(): Promise<void> {}
}

function answer(handle: () => Reply): Reply {
  try {
    return handle();
  } catch (error) {
    if (error instanceof ReplyError) return error.reply;
    throw error;
  }
}

function pattern(template: string): RegExp {
  return new RegExp(`^${template.replaceAll(/\{([^}]+)\}/g, '(?<$1>[^/]+)')}$`);
}
