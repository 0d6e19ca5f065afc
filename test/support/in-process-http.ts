import { type EmulatedApi, type EmulatedOperation, type EmulatedRequest, type Reply, ReplyError } from '../../src/emulators/types.ts';
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
    const route = routeOf(this.#api, method, pathname);
    this.sent.push({ operationId: route?.operation.operationId, method });
    const request: EmulatedRequest = {
      method,
      path: pathname,
      params: route?.params ?? {},
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

/** The operation that serves a path, which is still encoded, with the decoded values of its `{…}` places; undefined: none does. */
export function routeOf(
  api: EmulatedApi,
  method: string,
  pathname: string,
): { readonly operation: EmulatedOperation; readonly params: Readonly<Record<string, string>> } | undefined {
  for (const operation of api.operations) {
    const found = operation.method === method ? pattern(operation.path).exec(pathname) : null;
    if (found === null) continue;
    const params = Object.entries(found.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)] as const);
    return { operation, params: Object.fromEntries(params) };
  }
  return undefined;
}

function answer(handle: () => Reply): Reply {
  try {
    return handle();
  } catch (error) {
    if (error instanceof ReplyError) return error.reply;
    throw error;
  }
}

const patterns = new Map<string, RegExp>();

function pattern(template: string): RegExp {
  const known = patterns.get(template);
  if (known !== undefined) return known;
  const made = new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\{([^}]+)\}/g, '(?<$1>[^/]+)')}$`);
  patterns.set(template, made);
  return made;
}
