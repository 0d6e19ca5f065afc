import type { JsonValue } from '../../model/index.ts';
import { type EmulatedOperation, type EmulatedRequest, type Reply, ReplyError } from '../types.ts';
import { assumptions } from './assumptions.ts';
import { refusalOf } from './jwt.ts';
import type { KarmoState, NameMeaning, OperationID, OrganizationRecord } from './state.ts';

/** What is wrong with one field. */
export interface FieldError {
  readonly pointer: string;
  readonly detail: string;
}

/** What an error says besides its status. */
export interface ErrorContent {
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  readonly metadata?: Readonly<Record<string, JsonValue>>;
}

/** An error in the form of the contract. */
export function failure(status: number, { detail, errors = [], metadata = {} }: ErrorContent = {}, metadataName = 'metadata'): Reply {
  return {
    status,
    body: {
      code: `10000${status}`,
      ...(detail === undefined ? {} : { detail }),
      [metadataName]: metadata,
      errors: errors.map(({ pointer, detail: why }) => ({ pointer, detail: why })),
    },
  };
}

/** One request of somebody who may call. */
export interface Call {
  readonly state: KarmoState;
  readonly request: EmulatedRequest;
  /** The value of a place of the path. */
  place(name: string): string;
  /** The organization of the path. Answers 404 when there is none. */
  organization(): OrganizationRecord;
  /** A field of the JSON body, by what it means. */
  field(meaning: NameMeaning): unknown;
  /** A text of the JSON body; undefined when it isn't there. Answers 400 for something else. */
  text(meaning: NameMeaning): string | undefined;
  /** A list of texts of the JSON body, by its name. Answers 400 for something else. */
  texts(name: string): readonly string[];
  /** Answers with an error. */
  refuse(status: number, content?: ErrorContent): never;
}

/** An operation behind the service token. */
export interface KarmoOperation {
  readonly operationId: Exclude<OperationID, 'issueToken'>;
  handle(call: Call): Reply;
}

/** Method and path that an operation has in this deployment. */
export function routeOf(state: KarmoState, operationId: OperationID): Pick<EmulatedOperation, 'operationId' | 'method' | 'path'> {
  const [method = '', path = ''] = state.operations[operationId].split(' ');
  return { operationId, method: method as EmulatedOperation['method'], path };
}

/** The operation behind the check of the token and of the access provider. */
export function guarded(state: KarmoState, { operationId, handle }: KarmoOperation): EmulatedOperation {
  return {
    ...routeOf(state, operationId),
    ...(operationId === 'listUsers' ? {} : { lane: (params: Readonly<Record<string, string>>) => params.tenantId ?? '' }),
    handle: (request) => {
      const why = state.authentication === 'none' ? undefined : refusalOf(state, request.header('authorization') ?? '');
      if (why !== undefined) return failure(401, { detail: why }, state.names.errorMetadata);
      if (!state.configured) {
        const detail = 'Access-management provider is not configured for this environment.';
        return failure(assumptions.notConfiguredStatus, { detail, metadata: { provider: 'none' } }, state.names.errorMetadata);
      }
      return handle(callOf(state, request));
    },
  };
}

function callOf(state: KarmoState, request: EmulatedRequest): Call {
  const place = (name: string): string => request.params[name] ?? '';
  const refuse = (status: number, content?: ErrorContent): never => {
    throw new ReplyError(failure(status, content, state.names.errorMetadata));
  };
  const malformed = (name: string, detail: string): never =>
    refuse(assumptions.malformedStatus, { errors: [{ pointer: `/${name}`, detail }] });
  const named = (name: string): unknown => {
    const { body } = request;
    if (typeof body !== 'object' || body === null || Array.isArray(body)) return malformed('', 'must be an object');
    return (body as Readonly<Record<string, unknown>>)[name];
  };
  return {
    state,
    request,
    place,
    refuse,
    organization: () =>
      state.organizations.get(place('tenantId')) ?? refuse(404, { detail: 'Tenant not found.', metadata: { tenantId: place('tenantId') } }),
    field: (meaning) => named(state.names[meaning]),
    text: (meaning) => {
      const value = named(state.names[meaning]);
      return value === undefined || typeof value === 'string' ? value : malformed(state.names[meaning], 'must be a string');
    },
    texts: (name) => {
      const value = named(name);
      if (!Array.isArray(value)) return malformed(name, 'must be an array');
      const index = value.findIndex((entry) => typeof entry !== 'string');
      return index < 0 ? (value as readonly string[]) : malformed(`${name}/${index}`, 'must be a string');
    },
  };
}
