import type { JsonValue } from '../../model/index.ts';
import { type EmulatedOperation, type EmulatedRequest, type Reply, ReplyError } from '../types.ts';
import { assumptions } from './assumptions.ts';
import type { ClientRecord, KlustrState, OrganizationRecord } from './state.ts';

/** A success. */
export function ok(body: JsonValue): Reply {
  return { status: 200, body };
}

/** Success without a body: also the status of deletions. */
export const done: Reply = { status: 200 };

/** An error that the server means to answer. */
export function deliberate(status: number, reason: string): Reply {
  return { status, body: { status, error: { reason } } };
}

/** An error that nobody catches at the server. */
export function unhandled(error: string, message: string | null, path: string, timestamp: string): Reply {
  return { status: 500, body: { error, message, path, timestamp } };
}

/** One request of an accepted client. */
export interface Call {
  readonly state: KlustrState;
  readonly client: ClientRecord;
  readonly request: EmulatedRequest;
  /** The value of a place of the path. */
  place(name: string): string;
  /** The organization of the path. Answers 404 when there is none. */
  organization(): OrganizationRecord;
  /** The same, for operations to which an unknown organization is an empty one. */
  organizationOrEmpty(): OrganizationRecord;
  /** The JSON body. Answers 500 when it can't be read, as the server does. */
  body(): unknown;
  /** Answers with an error that nobody catches. */
  crash(error: string, message: string | null): never;
}

/** An operation of the Directory API. */
export interface KlustrOperation extends Pick<EmulatedOperation, 'operationId' | 'method' | 'path'> {
  /** True: it changes something although it is a GET. */
  readonly writes?: boolean;
  /** The right that a token needs. */
  readonly authority?: string;
  handle(call: Call): Reply;
}

/** The operation behind the check of token and right. */
export function guarded(state: KlustrState, operation: KlustrOperation): EmulatedOperation {
  const { operationId, method, path, authority, writes = method !== 'GET' } = operation;
  return {
    operationId,
    method,
    path,
    readsText: true,
    ...(!writes ? {} : { lane: (params: Readonly<Record<string, string>>) => params.organizationId ?? '' }),
    handle: (request) => {
      const token = /^Bearer (.+)$/.exec(request.header('authorization') ?? '')?.[1] ?? '';
      const client = state.holderOf(token);
      if (client === undefined) {
        return { ...deliberate(401, assumptions.unauthorized), headers: { 'www-authenticate': 'Bearer' } };
      }
      const call = callOf(state, client, operation, request);
      return allows(client, authority) ? operation.handle(call) : denied(call);
    },
  };
}

/** A missing role. */
export function missing(): never {
  throw new ReplyError(deliberate(404, 'Entity does not exist.'));
}

function allows(client: ClientRecord, authority: string | undefined): boolean {
  return authority === undefined || client.authorities === undefined || client.authorities.includes(authority);
}

function denied(call: Call): Reply {
  return call.state.mode === 'source' ? call.crash('AuthorizationDeniedException', 'Access Denied') : deliberate(403, 'Access Denied');
}

function callOf(state: KlustrState, client: ClientRecord, { path }: KlustrOperation, request: EmulatedRequest): Call {
  const place = (name: string): string => request.params[name] ?? '';
  const crash = (error: string, message: string | null): never => {
    const shownPath = path.replaceAll(/\{([^}]+)\}/g, (_place, name: string) => encodeURIComponent(place(name)));
    throw new ReplyError(unhandled(error, message, shownPath, state.now()));
  };
  return {
    state,
    client,
    request,
    place,
    crash,
    organization: () => state.organizations.get(place('organizationId')) ?? missing(),
    organizationOrEmpty: () => {
      const id = place('organizationId');
      return state.organizations.get(id) ?? { id, roles: undefined, assignments: [], members: [] };
    },
    body: () => {
      try {
        return JSON.parse(request.text);
      } catch {
        return crash('HttpMessageNotReadableException', 'JSON parse error');
      }
    },
  };
}
