import type { JsonValue } from '../../model/index.ts';
import type { EmulatedOperation, EmulatedRequest, Reply } from '../types.ts';
import { assumptions } from './assumptions.ts';
import { Message } from './message.ts';
import { carriedOut, type FrontierOperation, type RestRoute, type View } from './operation.ts';
import { codeOf, Refusal } from './refusals.ts';
import type { FrontierState } from './state.ts';

type Params = Readonly<Record<string, string>>;

const connectBase = '/raystack.frontier.v1beta1';
const textHeaders = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };

/** The operations of REST: a message is put together from path, query and body, and answers hold every field. */
export function restOperations(state: FrontierState, operations: readonly FrontierOperation[]): readonly EmulatedOperation[] {
  return operations.flatMap((operation) => {
    const { operationId, rest } = operation;
    if (rest === undefined) return [];
    const { method, path } = rest;
    return {
      operationId,
      method,
      path,
      readsText: true,
      served: () => state.speaksREST,
      lane: (params: Params, text: string) => laneOf(state, operation, () => restMessage(rest, params, new URLSearchParams(), text)),
      handle: (request: EmulatedRequest) =>
        refusalsAnswered(state, () => {
          const message = restMessage(rest, request.params, request.query, request.text);
          const body = complete(carriedOut(state, operation, message, request));
          return { status: 200, body, headers: tokenHeader(body) };
        }),
    };
  });
}

/** The operations of Connect: the body is the message, and answers leave empty fields out. */
export function connectOperations(state: FrontierState, operations: readonly FrontierOperation[]): readonly EmulatedOperation[] {
  return operations.flatMap((operation) => {
    const { operationId, service } = operation;
    if (service === undefined) return [];
    return {
      operationId,
      method: 'POST' as const,
      path: `${connectBase}.${service}/${operationId}`,
      readsText: true,
      served: () => !state.speaksREST,
      lane: (_params: Params, text: string) => laneOf(state, operation, () => Message.parse(text)),
      handle: (request: EmulatedRequest) =>
        wrongType(operation, request) ??
        refusalsAnswered(state, () => {
          const message = Message.parse(request.text);
          return { status: 200, body: compact(carriedOut(state, operation, message, request)) };
        }),
    };
  });
}

/** An error in the form of the wire that the version speaks. */
export function errorReply(state: FrontierState, refusal: Refusal): Reply {
  const { status, number, code, message, messageOnREST } = refusal;
  return { status, body: state.speaksREST ? { code: number, message: messageOnREST, details: [] } : { code, message } };
}

/** An error of a status that no operation has answered. */
export function failure(state: FrontierState, status: number, message: string): Reply {
  return { ...errorReply(state, new Refusal(codeOf(status), message)), status };
}

/** The answer to a path that isn't there, or not with that method. */
export function unserved(state: FrontierState, served: readonly EmulatedOperation[], method: string, path: string): Reply {
  const isThere = (candidate: string): boolean =>
    served.some((operation) => operation.served?.() === true && patternOf(operation.path).test(candidate));
  if (!state.speaksREST) {
    return isThere(path) && method !== 'POST'
      ? { status: 405, headers: { allow: 'POST' } }
      : { status: 404, text: '404 page not found\n', headers: textHeaders };
  }
  if (isThere(path)) return errorReply(state, new Refusal('unimplemented', assumptions.methodNotAllowed));
  if (path.endsWith('/') && isThere(path.slice(0, -1))) return errorReply(state, new Refusal('internal', 'internal server error'));
  return errorReply(state, new Refusal('not_found', 'Not Found'));
}

function refusalsAnswered(state: FrontierState, handle: () => Reply): Reply {
  try {
    return handle();
  } catch (error) {
    if (error instanceof Refusal) return errorReply(state, error);
    throw error;
  }
}

/** What can't be read belongs to nothing: it isn't carried out either. */
function laneOf(state: FrontierState, operation: FrontierOperation, message: () => Message): string | undefined {
  try {
    return operation.lane?.(state, message());
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

/** Refused before anything is read. Only the token endpoint was seen to answer forms in words. */
function wrongType({ operationId }: FrontierOperation, request: EmulatedRequest): Reply | undefined {
  const type = (request.header('content-type') ?? '').split(';')[0]?.trim();
  if (type === 'application/json') return undefined;
  return operationId === 'AuthToken' && type === 'application/x-www-form-urlencoded' ? undefined : { status: 415 };
}

function restMessage({ query = [], lists = [], body }: RestRoute, params: Params, values: URLSearchParams, text: string): Message {
  const sent = body === undefined || text === '' ? new Message({}) : Message.parse(text);
  const content = body === undefined || body === '*' ? sent : sent.within(body);
  const fields = query.flatMap((name) => {
    const given = [...values.getAll(name), ...values.getAll(camel(name))].filter((_value, index, all) => all.indexOf(_value) === index);
    return given.length === 0 ? [] : [[name, lists.includes(name) ? given : given.at(-1)] as const];
  });
  return content.with({ ...Object.fromEntries(fields), ...params });
}

/** `getAll` twice finds one name twice where both spellings are the same. */
function camel(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase());
}

function tokenHeader(body: { readonly [field: string]: JsonValue }): Readonly<Record<string, string>> {
  return typeof body.access_token === 'string' ? { 'x-user-token': body.access_token } : {};
}

/** What is undefined stands for a message that isn't set. */
function complete(view: View): { readonly [field: string]: JsonValue } {
  return Object.fromEntries(Object.entries(view).filter(([, value]) => value !== undefined)) as { readonly [field: string]: JsonValue };
}

/** Without empty fields; free fields stay as they are. */
function compact(view: View): { readonly [field: string]: JsonValue } {
  const fields = Object.entries(view).flatMap(([name, value]): readonly (readonly [string, JsonValue])[] => {
    const kept = name === 'metadata' ? (value as JsonValue) : compacted(value as JsonValue | undefined);
    return isEmpty(kept) ? [] : [[name, kept as JsonValue]];
  });
  return Object.fromEntries(fields);
}

function compacted(value: JsonValue | undefined): JsonValue | undefined {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map((entry) => (isObject(entry) ? compact(entry) : entry));
  return isObject(value) ? compact(value) : value;
}

function isObject(value: JsonValue | undefined): value is { readonly [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmpty(value: JsonValue | undefined): boolean {
  if (value === undefined || value === '' || value === false || value === 0 || value === null) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function patternOf(path: string): RegExp {
  const source = path
    .split(/\{[^}]+\}/)
    .map((part) => RegExp.escape(part))
    .join('[^/]+');
  return new RegExp(`^${source}$`);
}
