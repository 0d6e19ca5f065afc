import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type AccessKey, type SignedRequest, verifySignature } from './sigv4.ts';

/** The key, scope and date of the examples that AWS publishes for Signature Version 4. */
const key: AccessKey = { id: 'AKIDEXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const date = '20150830T123600Z';
const nowMs = Date.parse('2015-08-30T12:36:00Z');
const scope = { region: 'us-east-1', service: 'service', nowMs, keyOf: (id: string) => (id === key.id ? key : undefined) };

interface Example {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly signature: string;
}

const examples: readonly Example[] = [
  {
    name: 'get-vanilla',
    method: 'GET',
    path: '/',
    query: '',
    signature: '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
  },
  {
    name: 'post-vanilla',
    method: 'POST',
    path: '/',
    query: '',
    signature: '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
  },
  {
    name: 'get-vanilla-query-order-key-case',
    method: 'GET',
    path: '/',
    query: 'Param2=value2&Param1=value1',
    signature: 'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  },
];

function requestOf(example: Example, headers: Readonly<Record<string, string>> = {}, body = ''): SignedRequest {
  const all: Readonly<Record<string, string>> = {
    host: 'example.amazonaws.com',
    'x-amz-date': date,
    authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=${example.signature}`,
    ...headers,
  };
  return { method: example.method, path: example.path, query: new URLSearchParams(example.query), header: (name) => all[name], body };
}

describe('verifySignature', () => {
  it.each(examples)('accepts the published example $name', (example) => {
    expect(verifySignature(requestOf(example), scope)).toEqual({ ok: true, keyID: 'AKIDEXAMPLE' });
  });

  const [vanilla] = examples;
  const claim = (change: { scope?: string; headers?: string; signature?: string; id?: string }): string =>
    `AWS4-HMAC-SHA256 Credential=${change.id ?? 'AKIDEXAMPLE'}/${change.scope ?? '20150830/us-east-1/service'}/aws4_request, SignedHeaders=${change.headers ?? 'host;x-amz-date'}, Signature=${change.signature ?? vanilla?.signature}`;
  const refusals: readonly {
    reason: string;
    headers?: Readonly<Record<string, string>>;
    body?: string;
    example?: Partial<Example>;
    nowMs?: number;
  }[] = [
    { reason: 'another method', example: { method: 'POST' } },
    { reason: 'another path', example: { path: '/other' } },
    { reason: 'another query', example: { query: 'a=b' } },
    { reason: 'another host', headers: { host: 'evil.amazonaws.com' } },
    { reason: 'a body that was not signed', body: 'x' },
    { reason: 'a hash that is not that of the body', headers: { 'x-amz-content-sha256': createHash('sha256').update('x').digest('hex') } },
    { reason: 'another signature', headers: { authorization: claim({ signature: '0'.repeat(64) }) } },
    { reason: 'an unknown key', headers: { authorization: claim({ id: 'AKIDOTHER' }) } },
    { reason: 'another region', headers: { authorization: claim({ scope: '20150830/eu-west-1/service' }) } },
    { reason: 'another service', headers: { authorization: claim({ scope: '20150830/us-east-1/iam' }) } },
    { reason: 'another day in the scope', headers: { authorization: claim({ scope: '20150831/us-east-1/service' }) } },
    { reason: 'a host that is not signed', headers: { authorization: claim({ headers: 'x-amz-date' }) } },
    { reason: 'headers out of order', headers: { authorization: claim({ headers: 'x-amz-date;host' }) } },
    { reason: 'a session token that is not signed', headers: { 'x-amz-security-token': 'token' } },
    { reason: 'no date', headers: { 'x-amz-date': '' } },
    { reason: 'a date that is too old', nowMs: nowMs + 300_001 },
    { reason: 'a date that is too new', nowMs: nowMs - 300_001 },
    { reason: 'no signature', headers: { authorization: '' } },
    { reason: 'another scheme', headers: { authorization: 'Bearer abc' } },
  ];
  it.each(refusals)('refuses $reason', ({ headers, body, example, nowMs: now }) => {
    const request = requestOf({ ...(vanilla as Example), ...example }, headers, body);

    expect(verifySignature(request, { ...scope, nowMs: now ?? nowMs })).toMatchObject({ ok: false });
  });

  it('accepts a clock that is five minutes off', () => {
    expect(verifySignature(requestOf(vanilla as Example), { ...scope, nowMs: nowMs + 300_000 }).ok).toBe(true);
    expect(verifySignature(requestOf(vanilla as Example), { ...scope, nowMs: nowMs - 300_000 }).ok).toBe(true);
  });

  it('refuses a temporary key without its token', () => {
    const keyOf = (): AccessKey => ({ ...key, sessionToken: 'token' });

    expect(verifySignature(requestOf(vanilla as Example), { ...scope, keyOf })).toMatchObject({ ok: false });
  });
});
