import { beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../test/support/virtual-clock.ts';
import { HttpError, type HttpRequest, type HttpResponse } from '../../lib/index.ts';
import { ProviderError } from '../../model/index.ts';
import type { ProviderCall } from '../contract.ts';
import { TokenSource } from './tokens.ts';

const clientID = 'purple monkey:dishwasher';
const clientSecret = 'horse+battery%staple';
const { signal } = new AbortController();

let clock: VirtualClock;
let sent: HttpRequest[];
let calls: ProviderCall[];
let pauses: number[];
let respond: (request: HttpRequest) => Promise<HttpResponse>;
let tokens: TokenSource;

function answer(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  const all: Readonly<Record<string, string>> = { 'content-type': 'application/json', ...headers };
  return { status, body: typeof body === 'string' ? body : JSON.stringify(body), header: (name) => all[name] };
}

function issued(value: string, seconds: unknown = 3600): HttpResponse {
  return answer(200, { access_token: value, token_type: 'bearer', scope: '', ...(seconds === null ? {} : { expires_in: seconds }) });
}

beforeEach(() => {
  clock = new VirtualClock();
  sent = [];
  calls = [];
  pauses = [];
  respond = async () => issued(`token-${sent.length}`);
  tokens = source();
});

function source(tokenURL = 'https://auth.test/hydra/oauth2/token'): TokenSource {
  return new TokenSource(
    { tokenURL, clientID, clientSecret },
    {
      clock,
      http: {
        send: (request) => {
          sent.push(request);
          return respond(request);
        },
        close: async () => undefined,
      },
      limiter: {
        acquire: async (stop) => {
          stop.throwIfAborted();
          return 7;
        },
        pause: (delayMs) => void pauses.push(delayMs),
        pausedForMs: () => 0,
      },
      timeoutMs: 1234,
      onCall: (call) => void calls.push(call),
    },
  );
}

async function failure(): Promise<ProviderError> {
  const error = await tokens.get(signal).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ProviderError);
  const shown = JSON.stringify([
    (error as ProviderError).message,
    (error as ProviderError).details,
    String((error as ProviderError).cause),
  ]);
  for (const secret of [clientID, clientSecret, 'token-1']) expect(shown).not.toContain(secret);
  return error as ProviderError;
}

describe('a token', () => {
  it('is asked for with the client’s credentials, over the connection’s HTTP client and with its deadline', async () => {
    expect(await tokens.get(signal)).toBe('token-1');

    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({ method: 'POST', url: 'https://auth.test/hydra/oauth2/token', timeoutMs: 1234 });
    expect(sent[0]?.body).toBe('grant_type=client_credentials');
    expect(sent[0]?.headers['content-type']).toMatch(/^application\/x-www-form-urlencoded/);
    const basic = Buffer.from(String(sent[0]?.headers.authorization).replace('Basic ', ''), 'base64').toString();
    expect(new URLSearchParams(`v=${basic.split(':')[0]}`).get('v')).toBe(clientID);
    expect(new URLSearchParams(`v=${basic.split(':')[1]}`).get('v')).toBe(clientSecret);
    expect(calls).toEqual([{ operation: 'issueToken', code: '200', durationMs: 0, waitedMs: 7 }]);
  });

  it('is asked for at the address as it was given, also without encryption where that was allowed', async () => {
    await source('http://127.0.0.1:9/token/').get(signal);

    expect(sent[0]?.url).toBe('http://127.0.0.1:9/token/');
  });

  const lifetimes = [
    { reason: '30 seconds before the end of a long life', seconds: 3600, renewedAfterMs: 3_570_000 },
    { reason: 'in the last tenth of a short life', seconds: 60, renewedAfterMs: 54_000 },
    { reason: 'after a while where the server does not say how long it is good', seconds: null, renewedAfterMs: 270_000 },
    { reason: 'in time where the server says the number as a text', seconds: '60', renewedAfterMs: 54_000 },
  ];
  it.each(lifetimes)('is renewed $reason', async ({ seconds, renewedAfterMs }) => {
    respond = async () => issued(`token-${sent.length}`, seconds);
    await tokens.get(signal);
    await clock.advance(renewedAfterMs - 1);
    expect(await tokens.get(signal)).toBe('token-1');
    await clock.advance(1);
    expect(await tokens.get(signal)).toBe('token-2');
  });

  it('is as old as its request, however slow the answer was', async () => {
    const slow = Promise.withResolvers<HttpResponse>();
    respond = () => slow.promise;
    const first = tokens.get(signal);
    await clock.advance(50_000);
    slow.resolve(issued('token-1', 60));
    expect(await first).toBe('token-1');
    respond = async () => issued('token-2');
    await clock.advance(4_000);

    expect(await tokens.get(signal)).toBe('token-2');
  });

  it('is asked for anew when it was refused, but not when an older one was', async () => {
    const first = await tokens.get(signal);
    tokens.discard(first);
    const second = await tokens.get(signal);
    tokens.discard(first);

    expect(await tokens.get(signal)).toBe(second);
    expect(sent).toHaveLength(2);
  });

  it('is a secret, and so are those before it', async () => {
    tokens.discard(await tokens.get(signal));
    await tokens.get(signal);

    expect(tokens.secrets).toEqual(expect.arrayContaining(['token-1', 'token-2', clientID, clientSecret]));
  });
});

describe('callers at the same time', () => {
  it('share one request', async () => {
    const all = await Promise.all(Array.from({ length: 50 }, () => tokens.get(signal)));

    expect(new Set(all)).toEqual(new Set(['token-1']));
    expect(sent).toHaveLength(1);
  });

  it('share its failure, and the next one asks again', async () => {
    respond = async () => answer(503, 'busy');
    const outcomes = await Promise.allSettled([tokens.get(signal), tokens.get(signal)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    respond = async () => issued('token-9');

    expect(await tokens.get(signal)).toBe('token-9');
    expect(sent).toHaveLength(2);
  });

  it('go on waiting when one of them gives up', async () => {
    const slow = Promise.withResolvers<HttpResponse>();
    respond = () => slow.promise;
    const stop = new AbortController();
    const reason = new Error('enough');
    const leaver = tokens.get(stop.signal).catch((error: unknown) => error);
    const stayer = tokens.get(signal);
    stop.abort(reason);
    expect(await leaver).toBe(reason);
    expect(sent[0]?.signal.aborted).toBe(false);
    slow.resolve(issued('token-1'));

    expect(await stayer).toBe('token-1');
    expect(sent).toHaveLength(1);
  });

  it('end the request when all of them give up', async () => {
    respond = (request) => new Promise((_resolve, reject) => request.signal.addEventListener('abort', () => reject(request.signal.reason)));
    const stop = new AbortController();
    const leaver = tokens.get(stop.signal).catch((error: unknown) => error);
    await clock.advance(0);
    stop.abort(new Error('enough'));
    await leaver;
    await clock.advance(0);

    expect(sent[0]?.signal.aborted).toBe(true);
    expect(calls.map(({ code }) => code)).toEqual(['aborted']);
    respond = async () => issued('token-2');
    expect(await tokens.get(signal)).toBe('token-2');
  });

  it('are told when the connection is closed', async () => {
    respond = (request) => new Promise((_resolve, reject) => request.signal.addEventListener('abort', () => reject(request.signal.reason)));
    const waiting = failure();
    await clock.advance(0);
    tokens[Symbol.dispose]();

    expect((await waiting).kind).toBe('transient');
  });

  it('send nothing for a signal that is aborted already', async () => {
    const reason = new Error('too late');

    await expect(tokens.get(AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(sent).toEqual([]);
  });
});

describe('no token', () => {
  const refusal = (error: string) => ({ error, error_description: `not ${clientSecret}` });
  const cases: readonly { reason: string; response: HttpResponse; expected: object; code?: string }[] = [
    {
      reason: 'a client that is refused',
      response: answer(401, refusal('invalid_client')),
      expected: { kind: 'unauthorized', details: { code: 'invalid_client' } },
    },
    {
      reason: 'a client that is refused with a challenge',
      response: answer(401, refusal('invalid_client'), { 'www-authenticate': 'Basic realm="x"' }),
      expected: { kind: 'unauthorized' },
    },
    {
      reason: 'a client that is refused with 400',
      response: answer(400, refusal('unauthorized_client')),
      expected: { kind: 'unauthorized' },
    },
    { reason: 'a 401 without a word', response: answer(401, '', { 'content-type': '' }), expected: { kind: 'unauthorized' } },
    {
      reason: 'a request that is refused, for which no Role is to blame',
      response: answer(400, refusal('invalid_scope')),
      expected: { kind: 'transient' },
    },
    { reason: 'a client without the right', response: answer(403, refusal('forbidden')), expected: { kind: 'forbidden' } },
    { reason: 'a firewall', response: answer(403, '<html>', { 'content-type': 'text/html' }), expected: { kind: 'transient' } },
    {
      reason: 'an address at which there is nothing',
      response: answer(404, 'no', { 'content-type': 'text/plain' }),
      expected: { kind: 'transient' },
    },
    { reason: 'a server that fails', response: answer(500, { error: 'server_error' }), expected: { kind: 'transient' } },
    { reason: 'a redirect', response: answer(302, '', { location: 'https://evil.test' }), expected: { kind: 'transient' } },
    { reason: 'an answer without content', response: answer(204, ''), expected: { kind: 'transient' } },
    {
      reason: 'a page for people',
      response: answer(200, '<html>', { 'content-type': 'text/html' }),
      expected: { kind: 'transient' },
      code: 'invalid_answer',
    },
    { reason: 'nothing', response: answer(200, ''), expected: { kind: 'transient' }, code: 'invalid_answer' },
    {
      reason: 'half a document',
      response: answer(200, '{"access_token":"token-1'),
      expected: { kind: 'transient' },
      code: 'invalid_answer',
    },
    {
      reason: 'another kind of token',
      response: answer(200, { access_token: 'token-1', token_type: 'mac' }),
      expected: { kind: 'transient' },
      code: 'invalid_answer',
    },
    {
      reason: 'a token that is bound to a key',
      response: answer(200, { access_token: 'token-1', token_type: 'dpop' }),
      expected: { kind: 'transient' },
      code: 'invalid_answer',
    },
    { reason: 'a token that no header can carry', response: issued('token-1\n'), expected: { kind: 'transient' }, code: 'invalid_answer' },
    { reason: 'a life that is no number', response: issued('token-1', 'soon'), expected: { kind: 'transient' }, code: 'invalid_answer' },
  ];
  it.each(cases)('comes of $reason', async ({ response, expected, code }) => {
    respond = async () => response;

    const error = await failure();

    expect(error).toMatchObject(expected);
    expect(error.details.ambiguous).toBeUndefined();
    expect(error.message).toMatch(/^Klustr issueToken, OAuth2 client at https:\/\/auth\.test: /);
    expect(calls.map((call) => call.code)).toEqual([code ?? String(response.status)]);
    expect(sent).toHaveLength(1);
  });

  it.each([
    { reason: 'connect', code: 'network' },
    { reason: 'timeout', code: 'timeout' },
    { reason: 'cut', code: 'network' },
  ] as const)('comes of a connection that fails: $reason', async ({ reason, code }) => {
    const cause = new HttpError(reason, 'it failed');
    respond = () => Promise.reject(cause);

    const error = await failure();

    expect(error).toMatchObject({ kind: 'transient', cause });
    expect(error.details.ambiguous).toBeUndefined();
    expect(calls.map((call) => call.code)).toEqual([code]);
  });

  it('comes of too many requests, and everybody pauses', async () => {
    respond = async () => answer(429, '', { 'retry-after': '7' });
    expect(await failure()).toMatchObject({ kind: 'rateLimited', details: { retryAfterMs: 7000 } });
    respond = async () => answer(429, '');
    expect((await failure()).details.retryAfterMs).toBeUndefined();

    expect(pauses).toEqual([7000, 5000]);
  });
});
