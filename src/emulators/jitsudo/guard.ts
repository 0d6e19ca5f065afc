import type { EmulatedOperation, EmulatedRequest, Reply } from '../types.ts';
import { assumptions } from './assumptions.ts';
import { failure } from './replies.ts';
import type { JitsudoState, TenantRecord } from './state.ts';

/** One request of an accepted credential. */
export interface Call {
  readonly state: JitsudoState;
  readonly tenant: TenantRecord;
  readonly request: EmulatedRequest;
  /** The value of a place of the path. */
  place(name: string): string;
}

/** Operations that a server may be without. */
export const optionalOperations = ['createRole', 'getRole', 'deleteRole', 'listUsers', 'getUser'] as const;

/** See optionalOperations. */
export type OptionalOperation = (typeof optionalOperations)[number];

/** An operation of a tenant. */
export interface JitsudoOperation extends Pick<EmulatedOperation, 'operationId' | 'method' | 'path'> {
  handle(call: Call): Reply;
}

/** The operation behind credential, tenant and policy, if the server has it. */
export function guarded(state: JitsudoState, operation: JitsudoOperation): EmulatedOperation {
  const { operationId, method, path } = operation;
  return {
    operationId,
    method,
    path,
    // No path names its tenant, so writes for two tenants at once count as overlapping, too.
    ...(method === 'GET' ? {} : { lane: () => 'tenant' }),
    handle: (request) => {
      const owner = state.ownerOf(request.header('x-api-key'), request.header('authorization'));
      if (owner === undefined) return failure(401, 'unauthenticated', 'Authentication is required.');
      if (state.lacks(operationId)) return unknownRoute(state, method, path);
      const named = request.header('x-tenant-id');
      if (named === undefined) return assumptions.noTenant();
      if (named.toLowerCase() !== owner.id) return failure(403, 'tenant_mismatch', 'The credential belongs to another tenant.');
      const notices = state.denials.get(operationId);
      if (notices !== undefined) return failure(403, 'forbidden', 'A policy denies this.', { notices });
      return operation.handle({ state, tenant: owner, request, place: (name) => request.params[name] ?? '' });
    },
  };
}

/** How servers answer for what they don't have: in the form of their errors, as the framework below does, or by the method. */
function unknownRoute(state: JitsudoState, method: string, path: string): Reply {
  switch (state.unknownRoutes) {
    case 'error':
      return failure(404, 'not_found', 'Not found.');
    case 'text':
      return { status: 404, body: '404 page not found', headers: { 'content-type': 'text/plain; charset=utf-8' } };
    case 'method':
      return failure(405, 'method_not_allowed', `${method} is not allowed for ${path}.`);
  }
}
