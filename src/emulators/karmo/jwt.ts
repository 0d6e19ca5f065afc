import { generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import type { KarmoState } from './state.ts';

/** Who may read a service token. */
export const serviceAudience = 'pouch-services';
/** Who may read a partner's token; none of the other operations does. */
export const partnerAudience = 'partners-api';

interface Claims {
  readonly aud: string;
  readonly sub: string;
  readonly iat: number;
  readonly exp: number;
  readonly jti: string;
  /** The emulator's own: which tokens are revoked. */
  readonly gen: number;
}

interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

const algorithm = 'RSA-SHA256';

let keyPair: KeyPair | undefined;

/** A signed token for an audience that is good for so many seconds. */
export function mintToken(state: KarmoState, aud: string, sub: string, lifetime: number): string {
  const iat = Math.floor(state.now() / 1000);
  const claims: Claims = { aud, sub, iat, exp: iat + lifetime, jti: `token-${state.nextToken()}`, gen: state.generation };
  const text = [{ alg: 'RS256', typ: 'JWT' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${text}.${sign(algorithm, Buffer.from(text), keys().privateKey).toString('base64url')}`;
}

/** Why an `Authorization` header isn't that of a service; undefined when it is. */
export function refusalOf(state: KarmoState, header: string): string | undefined {
  const token = /^Bearer (\S+)$/.exec(header)?.[1];
  if (token === undefined) return 'A service token is required.';
  const claims = claimsOf(token);
  if (claims === undefined || claims.gen !== state.generation) return 'The token is not valid.';
  if (claims.exp * 1000 <= state.now()) return 'The token is expired.';
  return claims.aud === serviceAudience ? undefined : 'The token is for another audience.';
}

/** The claims of a token that was signed here; undefined for any other. */
function claimsOf(token: string): Claims | undefined {
  const [header, claims, signature] = token.split('.');
  if (header === undefined || claims === undefined || signature === undefined) return undefined;
  const isOurs = verify(algorithm, Buffer.from(`${header}.${claims}`), keys().publicKey, Buffer.from(signature, 'base64url'));
  return isOurs ? (JSON.parse(Buffer.from(claims, 'base64url').toString()) as Claims) : undefined;
}

/** Made once for all emulators of the process: it takes longer than most tests. */
function keys(): KeyPair {
  keyPair ??= generateKeyPairSync('rsa', { modulusLength: 2048 });
  return keyPair;
}
