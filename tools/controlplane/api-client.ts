import { readFile } from 'node:fs/promises';
import { Agent, request as httpsRequest } from 'node:https';
import { parse } from 'yaml';

/** What a call to the API server answered. */
export interface ApiResponse {
  readonly status: number;
  /** The parsed JSON body, or the text when it isn't JSON. */
  readonly body: unknown;
}

/** A call that was answered with a status of 400 or more. `body` usually is a Kubernetes `Status`. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly body: unknown;

  constructor(method: string, path: string, response: ApiResponse) {
    const said = (response.body as { message?: unknown } | undefined)?.message ?? response.body;
    super(`${method} ${path} answered ${response.status}: ${typeof said === 'string' ? said : JSON.stringify(said)}`);
    this.status = response.status;
    this.body = response.body;
  }
}

/** The parts of a call besides method and path. */
export interface ApiRequestOptions {
  readonly body?: unknown;
  /** `application/json` unless given; a patch needs its own. */
  readonly contentType?: string;
  /** Milliseconds until the call is given up; 30 s unless given. */
  readonly timeoutMs?: number;
}

/** The parts of a kubeconfig's current context that are needed to talk to its server. */
export interface Connection {
  readonly server: string;
  /** PEM certificates that may have signed the server's. Undefined: the system's. */
  readonly ca?: string;
  readonly token?: string;
  readonly clientCertificate?: string;
  readonly clientKey?: string;
}

/**
 * A minimal client of the API server for tools and tests: one call, one answer, nothing retried, nothing cached. It is deliberately
 * not the client of `src/kube`, so that a fault there can't hide itself in a test.
 */
export class ApiClient {
  readonly connection: Connection;
  readonly #agent: Agent;

  constructor(connection: Connection) {
    this.connection = connection;
    this.#agent = new Agent({
      keepAlive: true,
      maxSockets: 64,
      ca: connection.ca,
      cert: connection.clientCertificate,
      key: connection.clientKey,
    });
  }

  /** A client for the current context of a kubeconfig file. */
  static async fromKubeconfig(file: string): Promise<ApiClient> {
    return new ApiClient(readConnection(await readFile(file, 'utf8'), file));
  }

  /** Sends one call and returns its answer, whatever its status. Rejects when there is none. */
  request(method: string, path: string, options: ApiRequestOptions = {}): Promise<ApiResponse> {
    const { token, server } = this.connection;
    const body = options.body === undefined ? undefined : JSON.stringify(options.body);
    return new Promise((resolve, reject) => {
      const call = httpsRequest(
        new URL(path, server),
        {
          method,
          agent: this.#agent,
          timeout: options.timeoutMs ?? 30_000,
          headers: {
            accept: 'application/json',
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
            ...(body === undefined
              ? {}
              : { 'content-type': options.contentType ?? 'application/json', 'content-length': Buffer.byteLength(body) }),
          },
        },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.once('error', reject);
          answer.once('end', () => resolve({ status: answer.statusCode ?? 0, body: parseBody(Buffer.concat(chunks).toString()) }));
        },
      );
      call.once('timeout', () => call.destroy(new Error(`${method} ${path} was not answered in time`)));
      call.once('error', (error: NodeJS.ErrnoException) => {
        // The server closed a kept connection in the instant in which it was used again: nothing of the call was read.
        if (call.reusedSocket && error.code === 'ECONNRESET') resolve(this.request(method, path, options));
        else reject(error);
      });
      call.end(body);
    });
  }

  /** Sends one call and returns the body of its answer; rejects with ApiError for a status of 400 or more. */
  async call<T>(method: string, path: string, options: ApiRequestOptions = {}): Promise<T> {
    const response = await this.request(method, path, options);
    if (response.status >= 400) {
      throw new ApiError(method, path, response);
    }
    return response.body as T;
  }

  /** The object at `path`; rejects with ApiError when there is none. */
  get<T>(path: string): Promise<T> {
    return this.call<T>('GET', path);
  }

  /** The object at `path`, or undefined when there is none. */
  async find<T>(path: string): Promise<T | undefined> {
    const response = await this.request('GET', path);
    if (response.status === 404) {
      return undefined;
    }
    if (response.status >= 400) {
      throw new ApiError('GET', path, response);
    }
    return response.body as T;
  }

  /** Creates an object in the collection at `path`. */
  create<T>(path: string, object: unknown): Promise<T> {
    return this.call<T>('POST', path, { body: object });
  }

  /** Server-side apply of the object at `path`, with force. */
  apply<T>(path: string, object: unknown, fieldManager = 'rolekeeper-test'): Promise<T> {
    return this.call<T>('PATCH', `${path}?fieldManager=${encodeURIComponent(fieldManager)}&force=true`, {
      body: object,
      contentType: 'application/apply-patch+yaml',
    });
  }

  /** JSON merge patch of the object at `path`. */
  mergePatch<T>(path: string, patch: unknown): Promise<T> {
    return this.call<T>('PATCH', path, { body: patch, contentType: 'application/merge-patch+json' });
  }

  /** Deletes the object at `path`; one that is already gone is fine. */
  async delete(path: string): Promise<void> {
    const response = await this.request('DELETE', path);
    if (response.status >= 400 && response.status !== 404) {
      throw new ApiError('DELETE', path, response);
    }
  }

  /** Closes the idle connections, so that they don't keep a process alive. */
  close(): void {
    this.#agent.destroy();
  }
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

interface Kubeconfig {
  readonly 'current-context'?: string;
  readonly contexts?: readonly { readonly name: string; readonly context: { readonly cluster: string; readonly user: string } }[];
  readonly clusters?: readonly {
    readonly name: string;
    readonly cluster: { readonly server: string; readonly 'certificate-authority-data'?: string };
  }[];
  readonly users?: readonly {
    readonly name: string;
    readonly user: { readonly token?: string; readonly 'client-certificate-data'?: string; readonly 'client-key-data'?: string };
  }[];
}

/** Reads the current context of a kubeconfig; understands embedded certificates and tokens, not files and plugins. */
function readConnection(text: string, file: string): Connection {
  const config = parse(text) as Kubeconfig;
  const context = config.contexts?.find((entry) => entry.name === config['current-context'])?.context;
  const cluster = config.clusters?.find((entry) => entry.name === context?.cluster)?.cluster;
  const user = config.users?.find((entry) => entry.name === context?.user)?.user;
  if (cluster === undefined || user === undefined) {
    throw new Error(`${file} has no current context with a cluster and a user`);
  }
  return {
    server: cluster.server,
    ...present('ca', decode(cluster['certificate-authority-data'])),
    ...present('token', user.token),
    ...present('clientCertificate', decode(user['client-certificate-data'])),
    ...present('clientKey', decode(user['client-key-data'])),
  };
}

function decode(base64: string | undefined): string | undefined {
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64').toString();
}

function present<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, V>);
}
