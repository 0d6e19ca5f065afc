import { beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../test/support/virtual-clock.ts';
import { HttpError, type HttpRequest, type HttpResponse } from '../../lib/index.ts';
import { ProviderError } from '../../model/index.ts';
import type { ProviderCall } from '../contract.ts';
import { type ApiCall, ProviderApi } from './provider-api.ts';
import { asObject, asString } from './shape.ts';

const secret = 'sk_live_hunter22';
const signal = new AbortController().signal;
const readThing = (body: unknown): string => asString(asObject(body, 'answer').id, 'id');
const write: ApiCall<string> = {
  operation: 'createThing',
  method: 'POST',
  path: '/things',
  body: { a: 1 },
  subject: 'thing x',
  missing: 'organization',
  read: readThing,
};
const read: ApiCall<string> = {
  operation: 'getThing',
  method: 'GET',
  path: '/things/x',
  query: { a: 'b' },
  subject: 'thing x',
  read: readThing,
};

let clock: VirtualClock;
let sent: HttpRequest[];
let calls: ProviderCall[];
let pauses: number[];
let respond: (request: HttpRequest) => Promise<HttpResponse>;
let api: ProviderApi;

function answer(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  const all: Readonly<Record<string, string>> = { 'content-type': 'application/json; charset=utf-8', 'x-request-id': 'req_1', ...headers };
  return { status, body: typeof body === 'string' ? body : JSON.stringify(body), header: (name) => all[name] };
}

beforeEach(() => {
  clock = new VirtualClock();
  sent = [];
  calls = [];
  pauses = [];
  respond = async () => answer(200, { id: 'thing_1' });
  api = new ProviderApi({
    provider: 'Acme',
    baseURL: 'https://api.test/v1',
    deps: {
      clock,
      http: {
        send: (request) => {
          sent.push(request);
          return respond(request);
        },
        close: async () => undefined,
      },
      limiter: { acquire: async () => 42, pause: (delayMs) => void pauses.push(delayMs), pausedForMs: () => 0 },
      timeoutMs: 1234,
      onCall: (call) => void calls.push(call),
    },
    authorize: async () => ({ authorization: `Bearer ${secret}` }),
    secrets: () => [secret],
    rules: [
      { status: 409, kind: 'inUse', when: ({ failure }) => failure?.code === 'held' },
      { status: 503, kind: 'forbidden', when: ({ failure }) => failure?.message === 'not for you', untouched: true },
      { status: 503, kind: 'transient', when: ({ failure }) => failure?.message === 'later', retryAfterMs: 300_000 },
      { status: 404, kind: 'unsupported', when: ({ body }) => body === undefined },
    ],
    readFailure: (body) => {
      const fields = body as { message?: string; code?: string; rejected?: string[] } | undefined;
      return typeof fields?.message === 'string' ? fields : undefined;
    },
  });
});

async function failureOf(call: ApiCall<unknown>): Promise<ProviderError> {
  const error = await api.call(call, signal).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ProviderError);
  return error as ProviderError;
}

describe('a call', () => {
  it('is sent once with its credentials, body and deadline, and its answer is read', async () => {
    expect(await api.call(write, signal)).toBe('thing_1');

    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({
      method: 'POST',
      url: 'https://api.test/v1/things',
      body: '{"a":1}',
      timeoutMs: 1234,
      signal,
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    });
    expect(calls).toEqual([{ operation: 'createThing', code: '200', durationMs: 0, waitedMs: 42 }]);
  });

  it('says whether it changes something, which is not always its method', async () => {
    await api.call(write, signal);
    await api.call(read, signal);
    await api.call({ ...read, writes: true }, signal);
    await api.call({ ...write, writes: false }, signal);

    expect(sent.map(({ writes }) => writes)).toEqual([true, false, true, false]);
  });

  it('has neither body nor content type when it reads', async () => {
    await api.call(read, signal);

    expect(sent[0]?.url).toBe('https://api.test/v1/things/x?a=b');
    expect(sent[0]).not.toHaveProperty('body');
    expect(sent[0]?.headers).not.toHaveProperty('content-type');
  });

  it('needs no body in the answer when it reads none', async () => {
    respond = async () => answer(204, '', { 'content-type': '' });

    await expect(api.call({ operation: 'deleteThing', method: 'DELETE', path: '/x', subject: 'x' }, signal)).resolves.toBeUndefined();
  });

  it('takes a page for people for no success, also when it reads none', async () => {
    respond = async () => answer(200, '<html>', { 'content-type': 'text/html; charset=utf-8' });

    const error = await failureOf({ operation: 'deleteThing', method: 'DELETE', path: '/x', subject: 'x' });

    expect(error).toMatchObject({ kind: 'transient', details: { ambiguous: true, status: 200 } });
    expect(error.message).toContain('check the base URL');
  });

  it('may be answered without a body where it says so, and with nothing but JSON otherwise', async () => {
    const call: ApiCall<unknown> = {
      operation: 'setThing',
      method: 'PUT',
      path: '/x',
      subject: 'x',
      mayBeEmpty: true,
      read: (body) => body,
    };
    respond = async () => answer(204, '', { 'content-type': '' });
    expect(await api.call(call, signal)).toBeUndefined();
    respond = async () => answer(200, { id: 1 });
    expect(await api.call(call, signal)).toEqual({ id: 1 });
    respond = async () => answer(200, '<html>', { 'content-type': 'text/html' });

    expect(await failureOf(call)).toMatchObject({ kind: 'transient', details: { ambiguous: true } });
  });

  it('is authorized after its wait for the limiter, so that a signature is fresh', async () => {
    const order: string[] = [];
    const signed = new ProviderApi({
      provider: 'Acme',
      baseURL: 'https://api.test',
      deps: {
        clock,
        http: {
          send: async () => {
            order.push('sent');
            return answer(200, { id: 'thing_1' });
          },
          close: async () => undefined,
        },
        limiter: {
          acquire: async () => {
            order.push('waited');
            return 0;
          },
          pause: () => undefined,
          pausedForMs: () => 0,
        },
        timeoutMs: 1,
        onCall: () => undefined,
      },
      authorize: async () => {
        order.push('authorized');
        return {};
      },
      secrets: () => [],
      rules: [],
      readFailure: () => undefined,
    });

    await signed.call(read, signal);

    expect(order).toEqual(['waited', 'authorized', 'sent']);
  });

  it('is not sent when no permission to call comes', async () => {
    const reason = new Error('shutting down');
    await expect(api.call({ ...read }, AbortSignal.abort(reason))).resolves.toBe('thing_1');
    const closed = new ProviderApi({
      provider: 'Acme',
      baseURL: 'https://api.test',
      deps: {
        clock,
        http: { send: async () => answer(200, {}), close: async () => undefined },
        limiter: { acquire: () => Promise.reject(reason), pause: () => undefined, pausedForMs: () => 0 },
        timeoutMs: 1,
        onCall: (call) => void calls.push(call),
      },
      authorize: async () => ({}),
      secrets: () => [],
      rules: [],
      readFailure: () => undefined,
    });
    calls.length = 0;

    await expect(closed.call(read, signal)).rejects.toBe(reason);
    expect(calls).toEqual([]);
  });
});

describe('a call without a complete answer', () => {
  const cases = [
    { reason: 'no connection: nothing was sent', failure: 'connect', code: 'network', ambiguous: undefined },
    { reason: 'a timeout: the write may have happened', failure: 'timeout', code: 'timeout', ambiguous: true },
    { reason: 'a cut connection: the write may have happened', failure: 'cut', code: 'network', ambiguous: true },
    { reason: 'too long an answer: the write may have happened', failure: 'tooLarge', code: 'network', ambiguous: true },
  ] as const;
  it.each(cases)('$reason', async ({ failure, code, ambiguous }) => {
    const cause = new HttpError(failure, 'it failed');
    respond = () => Promise.reject(cause);

    const error = await failureOf(write);

    expect(error).toMatchObject({ kind: 'transient', cause });
    expect(error.details.ambiguous).toBe(ambiguous);
    expect(calls[0]?.code).toBe(code);
    expect((await failureOf(read)).details.ambiguous).toBeUndefined();
  });

  it("rejects with the signal's reason when it was aborted", async () => {
    const stop = new AbortController();
    const reason = new Error('shutting down');
    respond = () => {
      stop.abort(reason);
      return Promise.reject(reason);
    };

    await expect(api.call(write, stop.signal)).rejects.toBe(reason);
    expect(calls[0]?.code).toBe('aborted');
  });
});

describe('a success that is not what the API promises', () => {
  const cases = [
    { reason: 'a page for people', response: answer(200, '<html>', { 'content-type': 'text/html' }) },
    { reason: 'a page for people that calls itself JSON', response: answer(200, '<html>') },
    { reason: 'JSON that does not call itself so', response: answer(200, '{"id":"x"}', { 'content-type': 'text/plain' }) },
    { reason: 'nothing', response: answer(200, '') },
    { reason: 'half a document', response: answer(200, '{"id":') },
    { reason: 'another shape', response: answer(200, { id: 7 }) },
    { reason: 'what is nested too deeply', response: answer(200, `{"id":"x","more":${'['.repeat(20_000)}${']'.repeat(20_000)}}`) },
  ];
  it.each(cases)('is transient: $reason', async ({ response }) => {
    respond = async () => response;

    const error = await failureOf(write);

    expect(error).toMatchObject({ kind: 'transient', details: { status: 200, ambiguous: true, requestID: 'req_1' } });
    expect(error.message).not.toContain('html>');
    expect(calls[0]?.code).toBe('invalid_answer');
    expect((await failureOf(read)).details.ambiguous).toBeUndefined();
  });
});

describe('a refusal', () => {
  const message = 'because';
  const cases: readonly { reason: string; response: HttpResponse; expected: object }[] = [
    { reason: '400 is invalid', response: answer(400, { message }), expected: { kind: 'invalid', details: { status: 400 } } },
    { reason: '401 is unauthorized, whoever says so', response: answer(401, ''), expected: { kind: 'unauthorized' } },
    { reason: '403 is forbidden', response: answer(403, { message }), expected: { kind: 'forbidden' } },
    {
      reason: '404 is what the call says is missing',
      response: answer(404, { message }),
      expected: { kind: 'notFound', details: { missing: 'organization' } },
    },
    {
      reason: '409 is a conflict',
      response: answer(409, { message, code: 'taken' }),
      expected: { kind: 'conflict', details: { code: 'taken' } },
    },
    { reason: "409 is what the provider's rule says", response: answer(409, { message, code: 'held' }), expected: { kind: 'inUse' } },
    {
      reason: '422 is invalid',
      response: answer(422, { message, rejected: ['a'] }),
      expected: { kind: 'invalid', details: { rejected: ['a'] } },
    },
    {
      reason: '408 leaves a write open',
      response: answer(408, { message }),
      expected: { kind: 'transient', details: { ambiguous: true } },
    },
    {
      reason: '499 leaves a write open, by which a proxy or Connect says that it was given up',
      response: answer(499, { message }),
      expected: { kind: 'transient', details: { ambiguous: true } },
    },
    {
      reason: '500 leaves a write open',
      response: answer(500, { message }),
      expected: { kind: 'transient', details: { ambiguous: true } },
    },
    {
      reason: '502 of a proxy leaves a write open',
      response: answer(502, '<html>'),
      expected: { kind: 'transient', details: { ambiguous: true } },
    },
    {
      reason: "a 5xx that the provider's rule explains leaves nothing open",
      response: answer(503, { message: 'not for you' }),
      expected: { kind: 'forbidden' },
    },
    { reason: 'a 404 page of a proxy is no absence', response: answer(404, { error: 'no route' }), expected: { kind: 'transient' } },
    {
      reason: "a rule can tell the API's 404 from a router's",
      response: answer(404, '404 page not found'),
      expected: { kind: 'unsupported' },
    },
    { reason: 'a 403 page of a firewall is no verdict on the role', response: answer(403, '<html>'), expected: { kind: 'transient' } },
    { reason: 'a 409 of somebody else is no conflict', response: answer(409, 'x'), expected: { kind: 'transient' } },
    {
      reason: 'a redirect is an odd answer',
      response: answer(307, '', { location: 'https://evil.test' }),
      expected: { kind: 'transient' },
    },
  ];
  it.each(cases)('$reason', async ({ response, expected }) => {
    respond = async () => response;

    const error = await failureOf(write);

    expect(error).toMatchObject(expected);
    expect(error.message).toMatch(/^Acme createThing, thing x: /);
    expect(error.details.requestID).toBe('req_1');
    expect(calls[0]?.code).toBe(String(response.status));
    if (response.status < 500 && ![408, 499].includes(response.status)) expect(error.details).not.toHaveProperty('ambiguous');
    if (response.status === 503) expect(error.details).not.toHaveProperty('ambiguous');
  });

  it('shows the words of the API without any credential', async () => {
    respond = async () => answer(400, { message: `no\nkey ${secret}\u0000 here`, code: secret });

    const error = await failureOf(write);

    expect(error.message).toContain('no key');
    expect(JSON.stringify([error.message, error.details])).not.toContain('hunter22');
  });

  it('never shows a body that is not the API’s', async () => {
    respond = async () => answer(500, 'stack trace of the proxy', { 'content-type': 'text/plain' });

    expect((await failureOf(write)).message).not.toContain('stack trace');
  });
});

describe('429', () => {
  const cases = [
    { reason: 'seconds', header: '7', retryAfterMs: 7000, pauseMs: 7000 },
    { reason: 'a date', header: 'Tue, 01 Jan 2030 00:00:09 GMT', retryAfterMs: 9000, pauseMs: 9000 },
    { reason: 'no wait, which would mean to ask again at once', header: '0', retryAfterMs: 0, pauseMs: 1000 },
    { reason: 'nothing', header: undefined, retryAfterMs: undefined, pauseMs: 5000 },
  ];
  it.each(cases)('pauses the whole provider when Retry-After says $reason', async ({ header, retryAfterMs, pauseMs }) => {
    respond = async () => answer(429, { message: 'slow down' }, header === undefined ? {} : { 'retry-after': header });

    const error = await failureOf(write);

    expect(error.kind).toBe('rateLimited');
    expect(error.details.retryAfterMs).toBe(retryAfterMs);
    expect(error.details.ambiguous).toBeUndefined();
    expect(pauses).toEqual([pauseMs]);
  });
});

describe('503', () => {
  it.each([
    { reason: 'as long as it asks for', header: '90', body: { message: 'busy' }, retryAfterMs: 90_000 },
    { reason: 'no longer than after other failures when it says nothing', header: undefined, body: { message: 'busy' } },
    { reason: 'as long as the rule says when it says nothing', header: undefined, body: { message: 'later' }, retryAfterMs: 300_000 },
    { reason: 'as long as it asks for, whatever the rule says', header: '7', body: { message: 'later' }, retryAfterMs: 7_000 },
  ])('is waited after $reason, and pauses nobody else', async ({ header, body, retryAfterMs }) => {
    respond = async () => answer(503, body, header === undefined ? {} : { 'retry-after': header });

    const error = await failureOf(write);

    expect(error).toMatchObject({ kind: 'transient', details: { ambiguous: true } });
    expect(error.details.retryAfterMs).toBe(retryAfterMs);
    expect(pauses).toEqual([]);
  });

  it('is the only failure besides a 429 that may ask for a wait', async () => {
    respond = async () => answer(500, { message: 'no' }, { 'retry-after': '90' });

    expect((await failureOf(write)).details).not.toHaveProperty('retryAfterMs');
  });
});

describe('words of a failure', () => {
  const told: readonly { reason: string; status: number; body: unknown; says: string }[] = [
    {
      reason: 'a full stop before more words',
      status: 400,
      body: { message: 'Bad.; name: too long.' },
      says: 'status 400: Bad; name: too long',
    },
    { reason: 'dots that mean something', status: 400, body: { message: 'and so on...' }, says: 'status 400: and so on...' },
    { reason: 'a page where the API should be', status: 404, body: '<html>', says: "isn't an error of the API: check the base URL" },
  ];
  it.each(told)('are fit to go on after: $reason', async ({ status, body, says }) => {
    respond = async () => answer(status, body);

    expect((await failureOf(read)).message.endsWith(says)).toBe(true);
  });

  it.each([429, 502, 503])('send nobody to the base URL where a server is only overloaded or failing: %i', async (status) => {
    respond = async () => answer(status, '<html>');

    expect((await failureOf(read)).message).not.toContain('base URL');
  });
});
