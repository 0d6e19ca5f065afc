import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createKubeApi, KubeConnection, KubeError, type RequestReport, resources } from '../../../src/kube/index.ts';
import { type Exchange, ScriptedKubeServer, statusObject, until } from '../../support/scripted-kube-server.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

let server: ScriptedKubeServer;
const forever = new AbortController().signal;
const admin = { namespace: 'team-a', name: 'admin' };

beforeEach(async () => {
  server = await ScriptedKubeServer.start();
});

afterEach(() => server.close());

/** What the call rejected with; fails the test when it resolved or rejected with something else than a KubeError. */
async function failureOf(call: Promise<unknown>): Promise<KubeError> {
  const outcome = await call.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if (!('error' in outcome) || !(outcome.error instanceof KubeError)) {
    throw new Error(`Expected a KubeError, got ${String('error' in outcome ? outcome.error : outcome.value)}`, { cause: outcome });
  }
  return outcome.error;
}

test('goes nowhere else when the API server answers with a redirect, and says what it was', async () => {
  const elsewhere = await ScriptedKubeServer.start();
  try {
    const api = server.client({ user: { token: 'a-token' } });
    const call = failureOf(api.get(resources.roles, admin, forever));
    const exchange = await server.next();
    expect(exchange.headers.authorization).toBe('Bearer a-token');
    exchange.text(307, '', { location: `${elsewhere.url}/x` });

    expect((await call).status).toBe(307);
    expect(elsewhere.untaken).toBe(0);
  } finally {
    await elsewhere.close();
  }
});

describe('requests', () => {
  interface Case {
    readonly reason: string;
    readonly call: (api: ReturnType<ScriptedKubeServer['client']>) => Promise<unknown>;
    readonly method: string;
    readonly path: string;
    readonly query?: Record<string, string>;
    readonly contentType?: string;
    readonly body?: unknown;
  }
  const role = { apiVersion: 'rolekeeper.dev/v1alpha1', kind: 'Role', metadata: { namespace: 'team-a', name: 'admin' } };
  const strict = { fieldManager: 'rolekeeper', fieldValidation: 'Strict' };
  const cases: Case[] = [
    {
      reason: 'a list of all namespaces is paged and asks for the newest state',
      call: (api) => api.list(resources.roles, {}, forever),
      method: 'GET',
      path: '/apis/rolekeeper.dev/v1alpha1/orgroles',
      query: { limit: '500' },
    },
    {
      reason: 'every option of a list reaches the server',
      call: (api) =>
        api.list(
          resources.secrets,
          { namespace: 'team-a', limit: 7, continue: 'tok/en=', resourceVersion: '5', fieldSelector: 'metadata.name=x' },
          forever,
        ),
      method: 'GET',
      path: '/api/v1/namespaces/team-a/secrets',
      query: { limit: '7', continue: 'tok/en=', resourceVersion: '5', fieldSelector: 'metadata.name=x' },
    },
    {
      reason: 'a kind without namespaces ignores one',
      call: (api) => api.list(resources.namespaces, { namespace: 'team-a' }, forever),
      method: 'GET',
      path: '/api/v1/namespaces',
      query: { limit: '500' },
    },
    {
      reason: 'a name is one segment of the path, whatever is in it',
      call: (api) => api.get(resources.roles, { namespace: 'team-a', name: 'a/b?c' }, forever),
      method: 'GET',
      path: '/apis/rolekeeper.dev/v1alpha1/namespaces/team-a/orgroles/a%2Fb%3Fc',
    },
    {
      reason: 'creating names us as the field manager and refuses unknown fields',
      call: (api) => api.create(resources.roles, role, forever),
      method: 'POST',
      path: '/apis/rolekeeper.dev/v1alpha1/namespaces/team-a/orgroles',
      query: strict,
      contentType: 'application/json',
      body: role,
    },
    {
      reason: 'updating sends the whole object',
      call: (api) => api.update(resources.roles, role, forever),
      method: 'PUT',
      path: '/apis/rolekeeper.dev/v1alpha1/namespaces/team-a/orgroles/admin',
      query: strict,
      contentType: 'application/json',
      body: role,
    },
    {
      reason: 'a merge patch may speak to a subresource',
      call: (api) => api.mergePatch(resources.roles, admin, { status: { x: null } }, { subresource: 'status' }, forever),
      method: 'PATCH',
      path: '/apis/rolekeeper.dev/v1alpha1/namespaces/team-a/orgroles/admin/status',
      query: strict,
      contentType: 'application/merge-patch+json',
      body: { status: { x: null } },
    },
    {
      reason: 'the status is applied with force and guarded by uid and version',
      call: (api) => api.applyStatus(resources.roles, { ...admin, uid: 'u1', resourceVersion: '9' }, { ok: true }, forever),
      method: 'PATCH',
      path: '/apis/rolekeeper.dev/v1alpha1/namespaces/team-a/orgroles/admin/status',
      query: { ...strict, force: 'true' },
      contentType: 'application/apply-patch+yaml',
      body: { ...role, metadata: { ...admin, uid: 'u1', resourceVersion: '9' }, status: { ok: true } },
    },
    {
      reason: 'deleting can insist on one object and not its successor',
      call: (api) => api.delete(resources.roles, admin, { uid: 'u1' }, forever),
      method: 'DELETE',
      path: '/apis/rolekeeper.dev/v1alpha1/namespaces/team-a/orgroles/admin',
      contentType: 'application/json',
      body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: 'u1' } },
    },
  ];

  test.each(cases)('$reason', async ({ call, method, path, query = {}, contentType, body }) => {
    const answered = call(server.client());
    const request = await server.next();
    request.json(200, { items: [], metadata: { resourceVersion: '1' } });
    await answered;
    expect(request).toMatchObject({ method, path });
    expect(Object.fromEntries(request.query)).toEqual(query);
    expect(request.headers['content-type']).toBe(contentType);
    expect(request.body === '' ? undefined : JSON.parse(request.body)).toEqual(body);
  });

  test('a namespaced kind without a namespace is refused before anything is sent', () => {
    expect(() => server.client().get(resources.roles, { name: 'admin' }, forever)).toThrow(RangeError);
  });

  test('calls one after another share connections', async () => {
    const api = server.client();
    for (let call = 0; call < 20; call++) {
      const answered = api.get(resources.roles, admin, forever);
      (await server.next()).json(call === 2 ? 404 : 200, { metadata: {} });
      await answered.catch(() => undefined);
    }
    // A second one is made when a call follows before the pool has noticed that the first is free again.
    expect(server.connections).toBeLessThanOrEqual(2);
  });

  describe('a status for an object of which only the uid is known', () => {
    const identity = { name: 'p', uid: 'u1' };
    const apply = () => server.client().applyStatus(resources.clusterRoleProviders, identity, { ok: true }, forever);
    const answerRead = async (uid: string, resourceVersion: string): Promise<void> => {
      const read = await server.next();
      expect(read).toMatchObject({ method: 'GET', path: '/apis/rolekeeper.dev/v1alpha1/clusterroleproviders/p' });
      read.json(200, { metadata: { name: 'p', uid, resourceVersion } });
    };

    test('is applied to the version that was read, and again when somebody wrote in between', async () => {
      const applied = apply();
      await answerRead('u1', '9');
      const first = await server.next();
      expect(JSON.parse(first.body).metadata).toEqual({ name: 'p', uid: 'u1', resourceVersion: '9' });
      first.status(409, 'Conflict');
      await answerRead('u1', '12');
      const second = await server.next();
      expect(JSON.parse(second.body).metadata.resourceVersion).toBe('12');
      second.json(200, { metadata: {}, done: true });
      expect(await applied).toMatchObject({ done: true });
    });

    test('is applied to the version last seen without reading, and to the one that was read when that has changed', async () => {
      const seen = { ...identity, lastSeenVersion: '7' };
      const applied = server.client().applyStatus(resources.clusterRoleProviders, seen, { ok: true }, forever);
      const first = await server.next();
      expect(JSON.parse(first.body).metadata).toEqual({ name: 'p', uid: 'u1', resourceVersion: '7' });
      first.status(409, 'Conflict');
      await answerRead('u1', '9');
      const second = await server.next();
      expect(JSON.parse(second.body).metadata.resourceVersion).toBe('9');
      second.json(200, { metadata: {} });
      await applied;
    });

    test('is not applied to a successor', async () => {
      const applied = failureOf(apply());
      await answerRead('u2', '9');
      expect((await applied).kind).toBe('conflict');
      expect(server.untaken).toBe(0);
    });

    test('is given up when others never leave the object alone', async () => {
      const applied = failureOf(apply());
      for (let round = 1; round <= 5; round++) {
        await answerRead('u1', String(round));
        (await server.next()).status(409, 'Conflict');
      }
      expect((await applied).kind).toBe('conflict');
      expect(server.untaken).toBe(0);
    });

    test('fails at once for any other reason', async () => {
      const applied = failureOf(apply());
      await answerRead('u1', '9');
      (await server.next()).status(422, 'Invalid');
      expect((await applied).kind).toBe('invalid');
      expect(server.untaken).toBe(0);
    });
  });

  test('a list says where it goes on, and gives its objects the kind that the server leaves out', async () => {
    const api = server.client();
    const first = api.list(resources.secrets, {}, forever);
    const metadata = { name: 'a', uid: 'u', resourceVersion: '6' };
    (await server.next()).list([{ metadata }], '7', 'more');
    expect(await first).toEqual({
      items: [{ apiVersion: 'v1', kind: 'Secret', metadata }],
      resourceVersion: '7',
      continue: 'more',
    });
    const last = api.list(resources.secrets, { continue: 'more' }, forever);
    (await server.next()).list([], '7');
    expect(await last).not.toHaveProperty('continue');
  });

  test('the version of the server is told', async () => {
    const version = server.client().serverVersion(forever);
    const request = await server.next();
    request.json(200, { gitVersion: 'v1.37.2' });
    expect(await version).toBe('v1.37.2');
    expect(request.path).toBe('/version');
  });

  test('every call is reported once, with the status of its answer', async () => {
    const reports: RequestReport[] = [];
    const api = server.client({ onRequest: (report) => reports.push(report) });
    const applied = api.applyStatus(resources.roles, { ...admin, uid: 'u', resourceVersion: '1' }, {}, forever);
    (await server.next()).json(200, { metadata: {} });
    await applied;
    const refused = api.get(resources.roles, admin, forever);
    (await server.next()).status(403, 'Forbidden');
    await failureOf(refused);
    const cut = api.serverVersion(forever);
    (await server.next()).cut();
    await failureOf(cut);
    expect(reports).toMatchObject([
      { verb: 'apply', resource: 'orgroles/status', code: 200 },
      { verb: 'get', resource: 'orgroles', code: 403 },
      { verb: 'version', resource: '', code: 0 },
    ]);
  });
});

describe('failures', () => {
  interface Case {
    readonly reason: string;
    readonly answer: (request: Exchange) => void;
    readonly want: Partial<KubeError>;
    readonly call?: (api: ReturnType<ScriptedKubeServer['client']>) => Promise<unknown>;
  }
  const cases: Case[] = [
    {
      reason: 'an object that is not there',
      answer: (request) => request.status(404, 'NotFound', 'no', { details: { name: 'admin' } }),
      want: { kind: 'notFound', missingKind: false, status: 404 },
    },
    {
      reason: 'a kind that is not served has no Status',
      answer: (request) => request.text(404, '404 page not found\n'),
      want: { kind: 'notFound', missingKind: true },
    },
    {
      reason: 'a kind that is not served has a Status without a name',
      answer: (request) => request.status(404, 'NotFound', 'the server could not find the requested resource', { details: {} }),
      want: { kind: 'notFound', missingKind: true },
    },
    {
      reason: 'a list is only ever answered with 404 for the kind',
      call: (api) => api.list(resources.roles, {}, forever),
      answer: (request) => request.status(404, 'NotFound', 'no', { details: { name: 'x' } }),
      want: { kind: 'notFound', missingKind: true },
    },
    {
      reason: 'the namespace of a new object is not there',
      call: (api) => api.create(resources.roles, { apiVersion: 'v1', kind: 'Role', metadata: { namespace: 'gone', name: 'x' } }, forever),
      answer: (request) => request.status(404, 'NotFound', 'namespaces "gone" not found', { details: { name: 'gone' } }),
      want: { kind: 'notFound', missingKind: false },
    },
    { reason: 'another wrote first', answer: (request) => request.status(409, 'Conflict'), want: { kind: 'conflict' } },
    { reason: 'it is there already', answer: (request) => request.status(409, 'AlreadyExists'), want: { kind: 'alreadyExists' } },
    {
      reason: 'a write meant for a predecessor',
      answer: (request) => request.status(422, 'Invalid', 'uid', { details: { causes: [{ field: 'metadata.uid' }] } }),
      want: { kind: 'conflict', status: 422 },
    },
    {
      reason: 'an applied field that the installed CRD does not know',
      answer: (request) =>
        request.json(500, { kind: 'Status', code: 500, message: 'failed to create typed patch object (x): .status.y: field not declared' }),
      want: { kind: 'invalid', status: 500 },
    },
    { reason: 'validation refused it', answer: (request) => request.status(422, 'Invalid'), want: { kind: 'invalid' } },
    { reason: 'a field that the schema does not know', answer: (request) => request.status(400, 'BadRequest'), want: { kind: 'invalid' } },
    { reason: 'the credentials are refused', answer: (request) => request.status(401, 'Unauthorized'), want: { kind: 'unauthorized' } },
    { reason: 'the right is missing', answer: (request) => request.status(403, 'Forbidden'), want: { kind: 'forbidden' } },
    { reason: 'the version is too old', answer: (request) => request.status(410, 'Expired'), want: { kind: 'gone', status: 410 } },
    { reason: 'an expired token under another status', answer: (request) => request.status(400, 'Expired'), want: { kind: 'gone' } },
    {
      reason: 'the server is at fault',
      answer: (request) => request.status(500, 'InternalError'),
      want: { kind: 'transient', status: 500 },
    },
    { reason: 'a proxy is at fault', answer: (request) => request.text(502, '<html>bad</html>'), want: { kind: 'transient', status: 502 } },
    {
      reason: 'a redirect is not followed',
      answer: (request) => request.text(302, '', { location: 'http://127.0.0.1:1/' }),
      want: { kind: 'transient', status: 302 },
    },
    {
      reason: 'too many requests, with seconds',
      answer: (request) => request.status(429, 'TooManyRequests', 'slow', { headers: { 'retry-after': '7' } }),
      want: { kind: 'rateLimited', retryAfterMs: 7_000 },
    },
    {
      reason: 'too many requests, with seconds in the body only',
      answer: (request) => request.status(429, 'TooManyRequests', 'slow', { details: { retryAfterSeconds: 3 } }),
      want: { kind: 'rateLimited', retryAfterMs: 3_000 },
    },
    {
      reason: 'too many requests, without a word of when',
      answer: (request) => request.status(429, 'TooManyRequests'),
      want: { kind: 'rateLimited', retryAfterMs: undefined },
    },
    {
      reason: 'unavailable, with an HTTP date',
      answer: (request) => request.text(503, 'busy', { 'retry-after': 'Tue, 01 Jan 2030 00:00:09 GMT' }),
      want: { kind: 'transient', retryAfterMs: 9_000 },
    },
    {
      reason: 'the connection is cut before an answer',
      answer: (request) => request.cut(),
      want: { kind: 'transient', status: undefined },
    },
    { reason: 'the connection is reset', answer: (request) => request.reset(), want: { kind: 'transient', status: undefined } },
    {
      reason: 'the body is shorter than promised',
      answer: (request) => {
        request.head();
        void request.write('{"items":').then(() => request.cut());
      },
      want: { kind: 'transient', status: undefined },
    },
    { reason: 'the answer is not JSON', answer: (request) => request.text(200, '<html>'), want: { kind: 'transient', status: 200 } },
    { reason: 'the answer is not an object', answer: (request) => request.text(200, '7'), want: { kind: 'transient', status: 200 } },
    { reason: 'the answer is no Kubernetes object', answer: (request) => request.json(200, {}), want: { kind: 'transient', status: 200 } },
    {
      reason: 'the answer is not a list',
      call: (api) => api.list(resources.roles, {}, forever),
      answer: (request) => request.json(200, { items: [] }),
      want: { kind: 'transient', status: 200 },
    },
    {
      reason: 'an entry of the list does not say which object it is',
      call: (api) => api.list(resources.roles, {}, forever),
      answer: (request) => request.list([{ metadata: { name: 'admin', resourceVersion: '1' } }], '1'),
      want: { kind: 'transient', status: 200 },
    },
    {
      reason: 'the list does not say whether it goes on',
      call: (api) => api.list(resources.roles, {}, forever),
      answer: (request) => request.json(200, { items: [], metadata: { resourceVersion: '1', continue: null } }),
      want: { kind: 'transient', status: 200 },
    },
    {
      reason: 'the Status of a refusal holds other things than texts',
      answer: (request) => request.json(422, { kind: 'Status', message: 7, details: { causes: [null, 'x'] } }),
      want: { kind: 'invalid', status: 422 },
    },
  ];

  test.each(cases)('$reason', async ({ answer, want, call }) => {
    const api = server.client({ clock: new VirtualClock() });
    const failed = failureOf((call ?? ((client) => client.get(resources.roles, admin, forever)))(api));
    answer(await server.next());
    const { kind, status, retryAfterMs, missingKind } = await failed;
    expect({ kind, status, retryAfterMs, missingKind }).toMatchObject(want);
  });

  test('the message is one short line, says what was tried and quotes no raw body', async () => {
    const refused = failureOf(server.client().get(resources.roles, admin, forever));
    (await server.next()).status(422, 'Invalid', `spec.x:\n\tbad\u0007 ${'long '.repeat(500)}`);
    const { message } = await refused;
    expect(message).toMatch(/^Cannot get orgroles team-a\/admin: 422 spec\.x: bad long/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is what is tested.
    expect(message).not.toMatch(/[\u0000-\u001f]/);
    expect(message.length).toBeLessThan(600);
    const puzzling = failureOf(server.client().get(resources.secrets, admin, forever));
    (await server.next()).text(200, '{"data":{"password":"hunter2"');
    expect((await puzzling).message).not.toContain('hunter2');
  });

  test('a server that is not there is named, with the reason', async () => {
    const elsewhere = await ScriptedKubeServer.start();
    const { url } = elsewhere;
    await elsewhere.close();
    const cluster = { name: 'gone', server: url, skipTLSVerify: false };
    const api = createKubeApi(new KubeConnection('gone', undefined, cluster, { name: 'user' }), { clock: new VirtualClock() });
    const gone = await failureOf(api.serverVersion(forever));
    expect(gone).toMatchObject({ kind: 'transient', status: undefined });
    expect(gone.message).toBe(`Cannot ask for the version of the API server: no answer from ${url}: connection refused`);
    await api.close();
    expect((await failureOf(api.serverVersion(forever))).kind).toBe('transient');
  });

  test('a call that is not answered ends at its deadline and lets go of the connection', async () => {
    const clock = new VirtualClock();
    const failed = failureOf(server.client({ clock }).get(resources.roles, admin, forever));
    const request = await server.next();
    await clock.advance(29_999);
    await clock.advance(1);
    expect(await failed).toMatchObject({ kind: 'transient', status: undefined });
    await request.closed;
    expect(clock.pending).toBe(0);
  });

  test('the deadline covers the body, too', async () => {
    const clock = new VirtualClock();
    const failed = failureOf(server.client({ clock, timeoutMs: 5_000 }).get(resources.roles, admin, forever));
    const request = await server.next();
    request.head();
    await request.write('{"metadata":');
    await clock.advance(5_000);
    expect((await failed).kind).toBe('transient');
    await request.closed;
  });

  test("aborting rejects with the signal's reason", async () => {
    const controller = new AbortController();
    const call = server.client().get(resources.roles, admin, controller.signal);
    const request = await server.next();
    const reason = new Error('shutting down');
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
    await request.closed;
    await expect(server.client().get(resources.roles, admin, controller.signal)).rejects.toBe(reason);
    expect(server.untaken).toBe(0);
  });
});

describe('credentials', () => {
  let directory: string;
  let tokenFile: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'rolekeeper-kube-'));
    tokenFile = join(directory, 'token');
    await writeFile(tokenFile, 'first\n');
  });

  afterEach(() => rm(directory, { recursive: true }));

  test('a token, and basic credentials, go into the header', async () => {
    const bearer = server.client({ user: { token: 'abc' } }).serverVersion(forever);
    const first = await server.next();
    first.json(200, { gitVersion: 'v1' });
    await bearer;
    expect(first.headers.authorization).toBe('Bearer abc');
    const basic = server.client({ user: { username: 'u', password: 'p' } }).serverVersion(forever);
    const second = await server.next();
    second.json(200, { gitVersion: 'v1' });
    await basic;
    expect(second.headers.authorization).toBe(`Basic ${btoa('u:p')}`);
  });

  test('after 401 a rotated token is read and the call repeated once', async () => {
    const call = server.client({ user: { tokenFile } }).serverVersion(forever);
    const first = await server.next();
    expect(first.headers.authorization).toBe('Bearer first');
    await writeFile(tokenFile, 'second');
    first.status(401, 'Unauthorized');
    const second = await server.next();
    expect(second.headers.authorization).toBe('Bearer second');
    second.json(200, { gitVersion: 'v1' });
    expect(await call).toBe('v1');
  });

  test('a second 401 is final', async () => {
    const call = failureOf(server.client({ user: { tokenFile } }).serverVersion(forever));
    const first = await server.next();
    await writeFile(tokenFile, 'second');
    first.status(401, 'Unauthorized');
    (await server.next()).status(401, 'Unauthorized');
    expect((await call).kind).toBe('unauthorized');
    expect(server.untaken).toBe(0);
  });

  test('the same token is not tried twice', async () => {
    const call = failureOf(server.client({ user: { tokenFile } }).serverVersion(forever));
    (await server.next()).status(401, 'Unauthorized');
    expect((await call).kind).toBe('unauthorized');
    expect(server.untaken).toBe(0);
  });

  test('a token file is read again when what was read is a minute old', async () => {
    const clock = new VirtualClock();
    const api = server.client({ clock, user: { tokenFile } });
    const used: (string | undefined)[] = [];
    const call = async (): Promise<void> => {
      const version = api.serverVersion(forever);
      const request = await server.next();
      used.push(request.headers.authorization);
      request.json(200, { gitVersion: 'v1' });
      await version;
    };
    await call();
    await writeFile(tokenFile, 'second');
    await clock.advance(59_999);
    await call();
    await clock.advance(1);
    await call();
    expect(used).toEqual(['Bearer first', 'Bearer first', 'Bearer second']);
  });

  test('a token file that is gone is told without sending anything', async () => {
    await rm(tokenFile);
    const failed = await failureOf(server.client({ user: { tokenFile } }).serverVersion(forever));
    expect(failed.kind).toBe('unauthorized');
    expect(failed.message).toContain('ENOENT');
    expect(server.untaken).toBe(0);
  });

  test('certificates that were rotated are used by new connections, and a watch over an old one goes on', async () => {
    const clock = new VirtualClock();
    const caFile = join(directory, 'ca.crt');
    await writeFile(caFile, 'first');
    const cluster = { name: 'c', server: server.url, skipTLSVerify: false, caFile };
    const api = createKubeApi(new KubeConnection('c', undefined, cluster, { name: 'u' }), { clock });
    const options = { resourceVersion: '1', timeoutSeconds: 300, silenceMs: 1_000_000 };
    const events = api.watch(resources.roles, options, forever)[Symbol.asyncIterator]();
    const first = events.next();
    const watch = await server.next();
    watch.head();
    await watch.bookmark('2');
    await first;
    const connections: number[] = [];
    for (const ca of ['first', 'second', 'second']) {
      await writeFile(caFile, ca);
      await clock.advance(60_000);
      const call = api.serverVersion(forever);
      const request = await server.next();
      connections.push(request.connection);
      request.json(200, { gitVersion: 'v1' });
      await call;
    }
    expect(connections[1]).not.toBe(connections[0]);
    const next = events.next();
    await watch.bookmark('3');
    expect(await next).toMatchObject({ value: { resourceVersion: '3' } });
    const last = expect(events.next()).rejects.toMatchObject({ kind: 'transient' });
    await api.close();
    await last;
    await watch.closed;
  });

  test('a watch is opened again with a rotated token, too', async () => {
    const api = server.client({ user: { tokenFile } });
    const options = { resourceVersion: '1', timeoutSeconds: 300, silenceMs: 1_000_000 };
    const first = api.watch(resources.roles, options, forever)[Symbol.asyncIterator]().next();
    const refused = await server.next();
    await writeFile(tokenFile, 'second');
    refused.json(401, statusObject(401, 'Unauthorized'));
    const accepted = await server.next();
    expect(accepted.headers.authorization).toBe('Bearer second');
    accepted.head();
    await accepted.bookmark('2');
    expect(await first).toMatchObject({ value: { type: 'BOOKMARK' } });
    accepted.end();
    await until(() => server.untaken === 0);
  });
});
