import type { EmulatedOperation, EmulatedRequest, Reply } from '../types.ts';
import type { KlustrState } from './state.ts';

/** Where tokens are issued. */
export const tokenPath = '/hydra/oauth2/token';

/** The token endpoint: client credentials, by Basic or in the form. */
export function tokenOperations(state: KlustrState): readonly EmulatedOperation[] {
  return [
    { operationId: 'issueToken', method: 'POST', path: tokenPath, readsText: true, handle: (request) => tokenIssued(state, request) },
  ];
}

function tokenIssued(state: KlustrState, request: EmulatedRequest): Reply {
  if (!(request.header('content-type') ?? '').startsWith('application/x-www-form-urlencoded')) {
    return refused(400, 'invalid_request', 'The body must be a form.');
  }
  const form = new URLSearchParams(request.text);
  const [id, secret] = credentialsOf(request, form);
  const client = state.clients.get(id);
  if (client === undefined || client.secret !== secret) return refused(401, 'invalid_client', 'Client authentication failed.');
  if (form.get('grant_type') !== 'client_credentials') {
    return refused(400, 'unsupported_grant_type', 'Only client_credentials is supported here.');
  }
  return {
    status: 200,
    headers: { 'cache-control': 'no-store' },
    body: { access_token: state.issueToken(client), expires_in: state.tokenLifetime, scope: '', token_type: 'bearer' },
  };
}

function credentialsOf(request: EmulatedRequest, form: URLSearchParams): readonly [id: string, secret: string] {
  const basic = /^Basic (.+)$/.exec(request.header('authorization') ?? '')?.[1];
  if (basic === undefined) return [form.get('client_id') ?? '', form.get('client_secret') ?? ''];
  const text = Buffer.from(basic, 'base64').toString();
  const colon = text.indexOf(':');
  return [formDecoded(text.slice(0, Math.max(0, colon))), formDecoded(text.slice(colon + 1))];
}

/** Id and secret stand form-encoded in the header. */
function formDecoded(text: string): string {
  return new URLSearchParams(`v=${text}`).get('v') ?? '';
}

function refused(status: number, error: string, description: string): Reply {
  return { status, headers: { 'cache-control': 'no-store' }, body: { error, error_description: description } };
}
