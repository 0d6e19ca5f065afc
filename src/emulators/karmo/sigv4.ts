import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** A request as it came in. */
export interface SignedRequest {
  readonly method: string;
  /** Still encoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Header by lower-case name. */
  header(name: string): string | undefined;
  readonly body: string;
}

/** An access key that AWS has given out. */
export interface AccessKey {
  readonly id: string;
  readonly secret: string;
  /** Undefined: a permanent key. */
  readonly sessionToken?: string;
}

/** What a signature has to fit. */
export interface SignatureScope {
  readonly region: string;
  readonly service: string;
  readonly nowMs: number;
  /** The key of an id; undefined: nobody has it. */
  readonly keyOf: (id: string) => AccessKey | undefined;
}

/** Whose signature it is, or what is wrong with it. */
export type Verdict = { readonly ok: true; readonly keyID: string } | { readonly ok: false; readonly why: string };

interface Claim {
  readonly keyID: string;
  readonly day: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

const algorithm = 'AWS4-HMAC-SHA256';
const claimPattern =
  /^AWS4-HMAC-SHA256 Credential=([^/\s,]+)\/(\d{8})\/([^/\s,]+)\/([^/\s,]+)\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/;

/** How far a request's date may be off, in milliseconds. */
const longestSkewMs = 300_000;

/** These change what a signature means, so one that is sent and not signed is refused. */
const alwaysSigned = ['x-amz-date', 'x-amz-security-token', 'x-amz-content-sha256'];

/**
 * Verifies AWS Signature Version 4 in the `Authorization` header: everything is computed again from the request as it came and from the
 * secret of the key that it names.
 */
export function verifySignature(request: SignedRequest, scope: SignatureScope): Verdict {
  const claim = claimOf(request.header('authorization') ?? '');
  if (claim === undefined) return refused('The Authorization header is not a Signature Version 4.');
  const key = scope.keyOf(claim.keyID);
  if (key === undefined) return refused('The security token included in the request is invalid.');
  const why = problemOf(request, claim, key, scope);
  return why === undefined ? { ok: true, keyID: key.id } : refused(why);
}

function problemOf(request: SignedRequest, claim: Claim, key: AccessKey, scope: SignatureScope): string | undefined {
  const date = request.header('x-amz-date') ?? '';
  const dateMs = timeOf(date);
  if (Number.isNaN(dateMs)) return 'The request has no x-amz-date.';
  if (Math.abs(dateMs - scope.nowMs) > longestSkewMs) return `Signature expired or not yet current: ${date}.`;
  if (claim.day !== date.slice(0, 8)) return 'The date of the credential is not that of the request.';
  if (claim.region !== scope.region) return `Credential should be scoped to a valid region, not '${claim.region}'.`;
  if (claim.service !== scope.service) return `Credential should be scoped to correct service: '${scope.service}'.`;
  const unsigned = ['host', ...alwaysSigned.filter((name) => request.header(name) !== undefined)].find(
    (name) => !claim.signedHeaders.includes(name),
  );
  if (unsigned !== undefined) return `The header ${unsigned} must be signed.`;
  if (request.header('x-amz-security-token') !== key.sessionToken)
    return 'The security token included in the request is invalid or missing.';
  const payload = sha256(request.body);
  if ((request.header('x-amz-content-sha256') ?? payload) !== payload) return 'The x-amz-content-sha256 is not that of the body.';
  const expected = signatureOf(request, claim, key, date, payload);
  return timingSafeEqual(Buffer.from(expected), Buffer.from(claim.signature))
    ? undefined
    : 'The request signature we calculated does not match the signature you provided.';
}

function signatureOf(request: SignedRequest, claim: Claim, key: AccessKey, date: string, payload: string): string {
  const canonical = [
    request.method,
    canonicalPath(request.path),
    canonicalQuery(request.query),
    ...claim.signedHeaders.map((name) => `${name}:${(request.header(name) ?? '').trim().replaceAll(/\s+/g, ' ')}`),
    '',
    claim.signedHeaders.join(';'),
    payload,
  ].join('\n');
  const scope = [claim.day, claim.region, claim.service, 'aws4_request'];
  const text = [algorithm, date, scope.join('/'), sha256(canonical)].join('\n');
  const signingKey = scope.reduce<Buffer>((secret, part) => hmac(secret, part), Buffer.from(`AWS4${key.secret}`));
  return hmac(signingKey, text).toString('hex');
}

function claimOf(header: string): Claim | undefined {
  const [, keyID, day, region, service, names, signature] = claimPattern.exec(header) ?? [];
  if (keyID === undefined || day === undefined || region === undefined || service === undefined) return undefined;
  if (names === undefined || signature === undefined) return undefined;
  const signedHeaders = names.split(';');
  const isSorted = signedHeaders.every((name, index) => index === 0 || (signedHeaders[index - 1] ?? '') < name);
  return isSorted ? { keyID, day, region, service, signedHeaders, signature } : undefined;
}

/** The time of an `x-amz-date` in milliseconds since the epoch; NaN for anything else. */
function timeOf(date: string): number {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date);
  if (parts === null) return Number.NaN;
  const [, year, month, day, hours, minutes, seconds] = parts;
  return Date.parse(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`);
}

/** Every service but S3 encodes the path, as it was sent, a second time. */
function canonicalPath(path: string): string {
  return path === '' ? '/' : path.split('/').map(encoded).join('/');
}

function canonicalQuery(query: URLSearchParams): string {
  const pairs = [...query].map(([name, value]) => [encoded(name), encoded(value)] as const);
  const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return pairs
    .sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]))
    .map((pair) => pair.join('='))
    .join('&');
}

/** All but the unreserved characters. */
function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function refused(why: string): Verdict {
  return { ok: false, why };
}
