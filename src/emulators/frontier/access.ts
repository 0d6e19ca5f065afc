import { createHmac } from 'node:crypto';
import type { EmulatedRequest } from '../types.ts';
import { assumptions } from './assumptions.ts';
import type { OrganizationRecord, ServiceUserRecord } from './records.ts';
import type { FrontierState } from './state.ts';

/** Signs tokens. It never changes, as a server that keeps its key file. */
const signingKey = 'frontier emulator';

interface Claims {
  readonly sub: string;
  /** In seconds since the epoch. */
  readonly exp: number;
  readonly generation: number;
}

/** A new access token. */
export function issueToken(state: FrontierState, { id }: ServiceUserRecord): string {
  const iat = Math.floor(state.nowMs() / 1000);
  const generation = state.tokenGenerations.get(id) ?? 0;
  const claims = {
    iss: 'http://frontier.emulated',
    sub: id,
    jti: state.newID(),
    iat,
    nbf: iat,
    exp: iat + state.tokenLifetime,
    generation,
  };
  const content = `${encoded({ alg: 'HS256', typ: 'JWT' })}.${encoded(claims)}`;
  return `${content}.${signatureOf(content)}`;
}

/** Who sends a request; undefined for nobody. */
export function callerOf(state: FrontierState, request: Pick<EmulatedRequest, 'header'>): ServiceUserRecord | undefined {
  const token = /^Bearer (.+)$/i.exec(request.header('authorization') ?? '')?.[1] ?? request.header('x-user-token');
  return (token === undefined ? undefined : holderOf(state, token)) ?? clientOf(state, request);
}

/** Who proves itself with id and secret in the header. */
export function clientOf(state: FrontierState, request: Pick<EmulatedRequest, 'header'>): ServiceUserRecord | undefined {
  const pair = secretPairIn(state, request);
  if (pair === undefined) return undefined;
  const text = Buffer.from(pair, 'base64').toString();
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : accountOf(state, text.slice(0, colon), text.slice(colon + 1));
}

/** The service user of an id and a secret. */
export function accountOf(state: FrontierState, clientID: string, secret: string): ServiceUserRecord | undefined {
  return [...state.serviceUsers.values()].find((each) => each.clientID === clientID && each.secret === secret);
}

/** The part of the header in which id and secret stand; undefined where it holds something else. */
export function secretPairIn(state: FrontierState, request: Pick<EmulatedRequest, 'header'>): string | undefined {
  const header = request.header('authorization') ?? '';
  const bare = assumptions.acceptsBareCredentials(state.version) && /^[A-Za-z0-9+/]+=*$/.test(header) ? header : undefined;
  return /^Basic (.+)$/i.exec(header)?.[1] ?? bare;
}

/** Whether a service user has a right on an organization, by what is really in force. */
export function allows(state: FrontierState, account: ServiceUserRecord, organization: OrganizationRecord, right: string): boolean {
  if (account.superuser) return true;
  // Up to v0.99 an account belongs to its organization by itself, later by a policy only.
  if (state.version !== 'v0.115' && account.organizationID === organization.id && right === 'app_organization_get') return true;
  return state
    .policiesOn(organization.id)
    .filter(({ principal }) => principal === `app/serviceuser:${account.id}`)
    .some(({ roleID }) => {
      const effective = state.roleByID(roleID)?.effective;
      return effective?.has(right) === true || effective?.has('app_organization_administer') === true;
    });
}

function holderOf(state: FrontierState, token: string): ServiceUserRecord | undefined {
  const [header, payload, signature] = token.split('.');
  if (header === undefined || payload === undefined || signature !== signatureOf(`${header}.${payload}`)) return undefined;
  const { sub, exp, generation } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims;
  const good = exp * 1000 > state.nowMs() && generation === (state.tokenGenerations.get(sub) ?? 0);
  return good ? state.serviceUsers.get(sub) : undefined;
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function signatureOf(content: string): string {
  return createHmac('sha256', signingKey).update(content).digest('base64url');
}
