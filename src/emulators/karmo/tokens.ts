import type { EmulatedOperation, EmulatedRequest, Reply } from '../types.ts';
import { assumptions } from './assumptions.ts';
import { mintToken, partnerAudience, serviceAudience } from './jwt.ts';
import { failure, routeOf } from './replies.ts';
import { verifySignature } from './sigv4.ts';
import type { KarmoState } from './state.ts';

/** How long a partner's token is good, in seconds. */
const partnerLifetime = 3600;

/** The operation that issues tokens. */
export function tokenOperation(state: KarmoState): EmulatedOperation {
  return { ...routeOf(state, 'issueToken'), readsText: true, handle: (request) => issued(state, request) };
}

function issued(state: KarmoState, request: EmulatedRequest): Reply {
  const refuse = (status: number, detail: string): Reply => failure(status, { detail }, state.names.errorMetadata);
  let subject = 'developer';
  if (state.authentication === 'sigv4') {
    if (request.header('authorization') === undefined) return refuse(401, 'The request is not signed.');
    const verdict = verdictOn(state, request);
    if (!verdict.ok) return refuse(assumptions.badSignatureStatus, verdict.why);
    subject = verdict.keyID;
  }
  const form = formOf(request);
  if (form === undefined) return refuse(assumptions.malformedStatus, 'The body can not be read.');
  if (form.grant_type === undefined) return answer(state, serviceAudience, subject, state.tokenLifetime);
  if (form.grant_type !== 'client_credentials') return refuse(assumptions.malformedStatus, 'The grant type is not supported.');
  const partner = state.partners.find(({ id, secret }) => id === form.client_id && secret === form.client_secret);
  return partner === undefined ? refuse(401, 'The partner is not known.') : answer(state, partnerAudience, partner.id, partnerLifetime);
}

function verdictOn(state: KarmoState, request: EmulatedRequest): ReturnType<typeof verifySignature> {
  const { method, path, query, text: body } = request;
  return verifySignature(
    { method, path, query, header: (name) => request.header(name), body },
    {
      region: state.region,
      service: state.service,
      nowMs: state.now(),
      keyOf: (id) => state.accessKeys.find((key) => key.id === id),
    },
  );
}

function answer(state: KarmoState, audience: string, subject: string, lifetime: number): Reply {
  const token = mintToken(state, audience, subject, lifetime);
  return { status: 200, body: { [state.names.accessToken]: token, token_type: 'Bearer', [state.names.lifetime]: lifetime } };
}

/** The fields of the body, JSON or form; undefined when it is neither. */
function formOf({ text, header }: EmulatedRequest): Readonly<Record<string, unknown>> | undefined {
  if (text === '') return {};
  if ((header('content-type') ?? '').startsWith('application/x-www-form-urlencoded')) return Object.fromEntries(new URLSearchParams(text));
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null ? (body as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}
