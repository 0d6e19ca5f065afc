import { accountOf, clientOf, issueToken } from './access.ts';
import { assumptions } from './assumptions.ts';
import type { Call, FrontierOperation, View } from './operation.ts';
import { internal, invalidBody, unauthenticated } from './refusals.ts';

/** Where tokens are issued. */
export const tokenOperation: FrontierOperation = {
  operationId: 'AuthToken',
  service: 'FrontierService',
  rest: { method: 'POST', path: '/v1beta1/auth/token', body: '*' },
  open: true,
  handle: tokenIssued,
};

/** The header must prove the client; up to v0.90 the body may. */
function tokenIssued({ state, message, request }: Call): View {
  const grant = message.text('grant_type');
  const [id, secret] = [message.text('client_id'), message.text('client_secret')];
  const client = clientOf(state, request) ?? (state.speaksREST ? accountOf(state, id, secret) : undefined) ?? unauthenticated();
  const known = grant === 'client_credentials' || (grant === '' && assumptions.grantMayBeAbsent);
  if (!known) invalidBody();
  // That account's organization is the nil uuid, and the token's claims want an organization that exists.
  if (client.bootstrap && state.version === 'v0.115') internal();
  return { access_token: issueToken(state, client), token_type: 'Bearer' };
}
