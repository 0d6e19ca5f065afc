import { type KubeObject, names } from '../api/index.ts';
import type { Clock } from '../lib/index.ts';
import { CallScope } from './call-scope.ts';
import type { KubeConnection } from './connection.ts';
import { errorFromAnswer } from './errors.ts';
import { LineSplitter, LineTooLongError } from './line-splitter.ts';
import { readListPage } from './list-page.ts';
import { collectionPath, objectPath } from './paths.ts';
import { Transport, type TransportAnswer, type TransportRequest } from './transport.ts';
import {
  type KubeApi,
  KubeError,
  type ListPage,
  type ObjectIdentity,
  type ObjectName,
  type ResourceType,
  type WatchEvent,
  WatchSilenceError,
} from './types.ts';
import { parseWatchLine, unreadable } from './watch-events.ts';

/** How calls are made. */
export interface KubeApiOptions {
  readonly clock: Clock;
  /** Deadline of each call, and of the head of a watch's answer; 30 s unless given. */
  readonly timeoutMs?: number;
  /** `rolekeeper` unless given. */
  readonly userAgent?: string;
  /** Told once for every call that ended, and for every watch when it began or failed to. Must not throw. */
  readonly onRequest?: (report: RequestReport) => void;
}

/** What was called, as Kubernetes' own request metrics name it. */
export type RequestVerb = 'list' | 'watch' | 'get' | 'create' | 'update' | 'patch' | 'apply' | 'delete' | 'version';

/** One call that ended. */
export interface RequestReport {
  readonly verb: RequestVerb;
  /** Plural of the kind, with the subresource: `orgroles/status`. Empty for `version`. */
  readonly resource: string;
  /** HTTP status; 0 when there was no answer. */
  readonly code: number;
  readonly seconds: number;
}

const defaultTimeoutMs = 30_000;
const defaultPageSize = 500;
/** Tries to apply a status to an object that others keep changing. */
const mostRaces = 5;

/** Opens no connection before the first call. */
export function createKubeApi(connection: KubeConnection, options: KubeApiOptions): KubeApi {
  return new HttpKubeApi(connection, options);
}

interface Call extends TransportRequest {
  readonly verb: RequestVerb;
  readonly resource: string;
  readonly onCollection: boolean;
}

class HttpKubeApi implements KubeApi {
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #onRequest: (report: RequestReport) => void;
  readonly #closing = new AbortController();

  constructor(connection: KubeConnection, options: KubeApiOptions) {
    this.#transport = new Transport(connection, options.clock, options.userAgent ?? names.fieldManager);
    this.#clock = options.clock;
    this.#timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
    this.#onRequest = options.onRequest ?? (() => undefined);
  }

  async list<T extends KubeObject>(
    resource: ResourceType,
    options: { namespace?: string; limit?: number; continue?: string; resourceVersion?: string; fieldSelector?: string },
    signal: AbortSignal,
  ): Promise<ListPage<T>> {
    const query = {
      limit: String(options.limit ?? defaultPageSize),
      continue: options.continue,
      resourceVersion: options.resourceVersion,
      fieldSelector: options.fieldSelector,
    };
    const call = collectionCall('list', 'GET', resource, options.namespace, query);
    return readListPage<T>(call.what, resource, await this.#call<unknown>(call, signal));
  }

  async *watch<T extends KubeObject>(
    resource: ResourceType,
    options: { namespace?: string; resourceVersion: string; timeoutSeconds: number; silenceMs: number },
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent<T>, void, undefined> {
    const call = collectionCall('watch', 'GET', resource, options.namespace, {
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: options.resourceVersion,
      timeoutSeconds: String(options.timeoutSeconds),
    });
    const scope = new CallScope(this.#clock, signal, this.#closing.signal);
    try {
      const answer = await this.#openWatch(call, scope, options.silenceMs);
      for await (const line of readLines(call.what, answer, scope, options.silenceMs)) {
        yield parseWatchLine<T>(call.what, resource, line);
        signal.throwIfAborted();
      }
    } catch (error) {
      throw this.#transport.failure(call.what, error, scope, signal);
    } finally {
      scope.dispose();
    }
  }

  get<T extends KubeObject>(resource: ResourceType, name: ObjectName, signal: AbortSignal): Promise<T> {
    return this.#object<T>(objectCall('get', 'GET', resource, name), signal);
  }

  create<T extends KubeObject>(resource: ResourceType, object: T, signal: AbortSignal): Promise<T> {
    const call = collectionCall('create', 'POST', resource, object.metadata.namespace, writeQuery);
    return this.#object<T>({ ...call, ...json(object), what: described('create', resource, object.metadata), onCollection: false }, signal);
  }

  update<T extends KubeObject>(resource: ResourceType, object: T, signal: AbortSignal): Promise<T> {
    return this.#object<T>({ ...objectCall('update', 'PUT', resource, object.metadata, writeQuery), ...json(object) }, signal);
  }

  mergePatch<T extends KubeObject>(
    resource: ResourceType,
    name: ObjectName,
    patch: object,
    options: { subresource?: 'status' },
    signal: AbortSignal,
  ): Promise<T> {
    const call = objectCall('patch', 'PATCH', resource, name, writeQuery, options.subresource);
    return this.#object<T>({ ...call, ...json(patch, 'application/merge-patch+json') }, signal);
  }

  async applyStatus<T extends KubeObject>(
    resource: ResourceType,
    identity: ObjectIdentity,
    status: object,
    signal: AbortSignal,
  ): Promise<T> {
    if (identity.resourceVersion !== undefined) return this.#applyStatus(resource, identity, status, signal);
    for (let tries = 1; ; tries++) {
      const lastSeen = tries === 1 ? identity.lastSeenVersion : undefined;
      const resourceVersion = lastSeen ?? (await this.#versionOf(resource, identity, signal));
      try {
        return await this.#applyStatus(resource, { ...identity, resourceVersion }, status, signal);
      } catch (error) {
        const isRace = error instanceof KubeError && error.kind === 'conflict';
        if (!isRace || tries >= mostRaces) throw error;
      }
    }
  }

  #applyStatus<T extends KubeObject>(resource: ResourceType, identity: ObjectIdentity, status: object, signal: AbortSignal): Promise<T> {
    const { name, namespace, uid, resourceVersion } = identity;
    const body = {
      apiVersion: resource.group === '' ? resource.version : `${resource.group}/${resource.version}`,
      kind: resource.kind,
      metadata: { name, ...(namespace === undefined ? {} : { namespace }), uid, resourceVersion },
      status,
    };
    const call = objectCall('apply', 'PATCH', resource, identity, { ...writeQuery, force: 'true' }, 'status');
    return this.#object<T>({ ...call, ...json(body, 'application/apply-patch+yaml') }, signal);
  }

  /** The version at which the object of that uid is now. */
  async #versionOf(resource: ResourceType, identity: ObjectIdentity, signal: AbortSignal): Promise<string> {
    const { metadata } = await this.get(resource, identity, signal);
    if (metadata.uid === identity.uid && metadata.resourceVersion !== undefined) return metadata.resourceVersion;
    const what = described('apply', resource, identity, 'status');
    throw new KubeError('conflict', `Cannot ${what}: the object with uid ${identity.uid} was deleted and created again`);
  }

  async delete(resource: ResourceType, name: ObjectName, options: { uid?: string }, signal: AbortSignal): Promise<void> {
    const preconditions = options.uid === undefined ? {} : { preconditions: { uid: options.uid } };
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', ...preconditions };
    await this.#call({ ...objectCall('delete', 'DELETE', resource, name), ...json(body) }, signal);
  }

  async serverVersion(signal: AbortSignal): Promise<string> {
    const what = 'ask for the version of the API server';
    const call: Call = { verb: 'version', resource: '', what, method: 'GET', path: '/version', onCollection: true };
    const answer = await this.#call<{ readonly gitVersion?: unknown }>(call, signal);
    if (typeof answer.gitVersion !== 'string') throw unreadable(what, 'it has no gitVersion');
    return answer.gitVersion;
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the client is closed'));
    await this.#transport.close();
  }

  /** A call whose answer is the object that it was about. */
  async #object<T extends KubeObject>(call: Call, signal: AbortSignal): Promise<T> {
    const object = await this.#call<T>(call, signal);
    if (typeof object.metadata !== 'object') throw unreadable(call.what, 'it has no metadata');
    return object;
  }

  /** A call whose answer is JSON. */
  async #call<T>(call: Call, signal: AbortSignal): Promise<T> {
    const scope = new CallScope(this.#clock, signal, this.#closing.signal);
    try {
      const answer = await this.#open(call, scope);
      return parseObject<T>(call.what, await readText(answer));
    } catch (error) {
      throw this.#transport.failure(call.what, error, scope, signal);
    } finally {
      scope.dispose();
    }
  }

  /** What holds back a watch's events may hold back the head of its answer, too: it counts as silence. */
  async #openWatch(call: Call, scope: CallScope, silenceMs: number): Promise<TransportAnswer> {
    const timeoutMs = Math.min(silenceMs, this.#timeoutMs);
    try {
      return await this.#open(call, scope, timeoutMs);
    } catch (error) {
      throw scope.timedOut ? silenceError(call.what, timeoutMs, error) : error;
    }
  }

  /** Sends the call and resolves with an answer of success. The deadline stays in force: it covers the body, too. */
  async #open(call: Call, scope: CallScope, timeoutMs = this.#timeoutMs): Promise<TransportAnswer> {
    const startedAt = this.#clock.monotonic();
    let code = 0;
    try {
      scope.setDeadline(timeoutMs);
      scope.signal.throwIfAborted();
      const answer = await this.#transport.send(call, scope);
      code = answer.status;
      if (code >= 200 && code < 300) return answer;
      const failed = { status: code, retryAfter: answer.retryAfter, body: await readText(answer) };
      throw errorFromAnswer(call.what, failed, call.onCollection, this.#clock.now());
    } finally {
      const seconds = (this.#clock.monotonic() - startedAt) / 1000;
      this.#onRequest({ verb: call.verb, resource: call.resource, code, seconds });
    }
  }
}

/** Strict: a field that the schema doesn't know is our mistake, and dropping it silently would hide it. */
const writeQuery = { fieldManager: names.fieldManager, fieldValidation: 'Strict' } as const;

type Query = Readonly<Record<string, string | undefined>>;

function collectionCall(
  verb: RequestVerb,
  method: Call['method'],
  resource: ResourceType,
  namespace: string | undefined,
  query: Query,
): Call {
  const what = `${verb} ${resource.plural}${namespace === undefined ? '' : ` in ${namespace}`}`;
  return { verb, method, resource: resource.plural, what, path: withQuery(collectionPath(resource, namespace), query), onCollection: true };
}

function objectCall(
  verb: RequestVerb,
  method: Call['method'],
  resource: ResourceType,
  name: ObjectName,
  query: Query = {},
  subresource?: 'status',
): Call {
  const label = subresource === undefined ? resource.plural : `${resource.plural}/${subresource}`;
  const what = described(verb, resource, name, subresource);
  return { verb, method, resource: label, what, path: withQuery(objectPath(resource, name, subresource), query), onCollection: false };
}

function described(verb: RequestVerb, resource: ResourceType, name: ObjectName, subresource?: string): string {
  const label = subresource === undefined ? resource.plural : `${resource.plural}/${subresource}`;
  return `${verb} ${label} ${name.namespace === undefined ? '' : `${name.namespace}/`}${name.name}`;
}

function withQuery(path: string, query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(name, value);
  }
  return parameters.size === 0 ? path : `${path}?${parameters}`;
}

function json(value: object, contentType = 'application/json'): { readonly body: string; readonly contentType: string } {
  return { body: JSON.stringify(value), contentType };
}

async function readText(answer: TransportAnswer): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer.body) {
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseObject<T>(what: string, text: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's message quotes what it read, which may be part of a Secret.
    throw unreadable(what, 'it is not JSON');
  }
  if (typeof value !== 'object' || value === null) throw unreadable(what, 'it is not an object');
  return value as T;
}

/** The lines of a watch. The deadline of `scope` guards each wait for bytes and none of the reader's own time. */
async function* readLines(
  what: string,
  answer: TransportAnswer,
  scope: CallScope,
  silenceMs: number,
): AsyncGenerator<string, void, undefined> {
  const splitter = new LineSplitter();
  scope.setDeadline(silenceMs);
  try {
    for await (const chunk of answer.body) {
      scope.clearDeadline();
      yield* splitLines(what, splitter, chunk as Uint8Array);
      scope.setDeadline(silenceMs);
    }
  } catch (error) {
    throw scope.timedOut ? silenceError(what, silenceMs, error) : error;
  }
  if (splitter.pendingBytes > 0) {
    throw new KubeError('transient', `Cannot ${what}: the stream ended in the middle of a line`);
  }
}

function silenceError(what: string, silenceMs: number, cause: unknown): WatchSilenceError {
  return new WatchSilenceError(`Cannot ${what}: silence for ${silenceMs} ms`, { cause });
}

function splitLines(what: string, splitter: LineSplitter, chunk: Uint8Array): readonly string[] {
  try {
    return splitter.push(chunk);
  } catch (error) {
    throw error instanceof LineTooLongError ? unreadable(what, error.message) : error;
  }
}
