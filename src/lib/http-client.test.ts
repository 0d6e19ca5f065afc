import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createSocketServer, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { authority, serverCertificate } from '../../test/support/certificates.ts';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { type HttpClient, HttpError, type HttpRequest, type HttpResponse } from './http.ts';
import { createHttpClient, HttpClientPool } from './http-client.ts';

const cleanups: (() => Promise<void> | void)[] = [];
let clock: VirtualClock;
let client: HttpClient;

beforeEach(() => {
  clock = new VirtualClock();
  client = createHttpClient({ clock, maxBodyBytes: 1000 });
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  await client.close();
});

async function listen(server: Pick<Server, 'listen' | 'address' | 'close' | 'on'>): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => void sockets.add(socket));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  cleanups.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => void server.close(() => resolve()));
  });
  return (server.address() as AddressInfo).port;
}

async function serve(listener: RequestListener): Promise<string> {
  return `http://127.0.0.1:${await listen(createServer(listener))}`;
}

/** A server that answers every connection with these bytes, whatever was asked, and then closes it. */
async function serveBytes(bytes: string): Promise<string> {
  const server = createSocketServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(bytes));
  });
  return `http://127.0.0.1:${await listen(server as unknown as Server)}`;
}

function send(url: string, overrides: Partial<HttpRequest> = {}, via: HttpClient = client): Promise<HttpResponse> {
  return via.send({ method: 'GET', url, headers: {}, timeoutMs: 1000, signal: new AbortController().signal, ...overrides });
}

async function failureOf(promise: Promise<unknown>): Promise<HttpError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(HttpError);
  return error as HttpError;
}

describe('answers', () => {
  it('sends method, path, query, headers and body and returns status, headers and body', async () => {
    const url = await serve((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        response.writeHead(418, { 'content-type': 'text/plain', 'x-seen': `${request.method} ${request.url} ${request.headers['x-a']}` });
        response.end(body);
      });
    });

    const answer = await send(`${url}/a/b%2Fc?d=e`, { method: 'PUT', headers: { 'x-a': '1' }, body: 'häppy' });

    expect(answer.status).toBe(418);
    expect(answer.header('X-Seen')).toBe('PUT /a/b%2Fc?d=e 1');
    expect(answer.header('x-none')).toBeUndefined();
    expect(answer.body).toBe('häppy');
  });

  it('returns a redirect as an answer and never asks the place it points to', async () => {
    let asked = 0;
    const other = await serve((_request, response) => {
      asked += 1;
      response.end();
    });
    const url = await serve((_request, response) => void response.writeHead(307, { location: other }).end());

    const answer = await send(url, { method: 'POST', body: '{}' });

    expect(answer.status).toBe(307);
    expect(asked).toBe(0);
  });

  it('waits for the real answer after 1xx', async () => {
    const url = await serve((_request, response) => {
      response.writeEarlyHints({ link: '</a>; rel=preload' });
      response.writeHead(200).end('yes');
    });

    expect((await send(url)).body).toBe('yes');
  });

  it('uses one connection for requests that follow each other', async () => {
    const connections = new Set<number | undefined>();
    const url = await serve((request, response) => {
      connections.add(request.socket.remotePort);
      response.end('ok');
    });

    const narrow = createHttpClient({ clock, connectionsPerOrigin: 1 });
    cleanups.push(() => narrow.close());

    for (let index = 0; index < 5; index++) await send(url, {}, narrow);

    expect(connections.size).toBe(1);
  });
});

describe('failures before anything was sent', () => {
  it('says connect when the connection is refused', async () => {
    const server = createServer();
    const port = await listen(server);
    await new Promise<void>((resolve) => void server.close(() => resolve()));

    expect((await failureOf(send(`http://127.0.0.1:${port}/`))).reason).toBe('connect');
  });

  it('says connect when a header can not be sent, and does not repeat its value', async () => {
    const url = await serve((_request, response) => void response.end());

    const error = await failureOf(send(url, { headers: { authorization: 'Bearer abc\ndef' } }));

    expect(error.reason).toBe('connect');
    expect(`${error.message} ${String(error.cause)}`).not.toContain('abc');
  });

  it('says connect when the address is not one', async () => {
    expect((await failureOf(send('not a url'))).reason).toBe('connect');
  });

  it('says connect, not timeout, when the deadline passes while all connections are busy, and never writes the request', async () => {
    const seen: string[] = [];
    const arrived = Promise.withResolvers<void>();
    const url = await serve((request, response) => {
      seen.push(request.url ?? '');
      if (request.url === '/busy') arrived.resolve();
      else response.end();
    });
    const narrow = createHttpClient({ clock, connectionsPerOrigin: 1 });
    cleanups.push(() => narrow.close());
    const stop = new AbortController();
    const busy = send(`${url}/busy`, { timeoutMs: 1_000_000, signal: stop.signal }, narrow);
    await arrived.promise;

    const waiting = failureOf(send(`${url}/waiting`, { method: 'POST', timeoutMs: 50 }, narrow));
    await clock.advance(50);
    expect((await waiting).reason).toBe('connect');

    stop.abort(new Error('done'));
    await expect(busy).rejects.toThrow('done');
    await send(`${url}/after`, {}, narrow);
    expect(seen).toEqual(['/busy', '/after']);
  });
});

describe('failures after sending', () => {
  it('says timeout when no answer comes', async () => {
    const arrived = Promise.withResolvers<void>();
    const url = await serve(() => arrived.resolve());

    const failure = failureOf(send(url, { method: 'POST', timeoutMs: 250 }));
    await arrived.promise;
    await clock.advance(250);

    expect((await failure).reason).toBe('timeout');
  });

  it('says timeout when the body stops coming: the deadline covers the whole answer', async () => {
    const begun = Promise.withResolvers<void>();
    const url = await serve((_request, response) => {
      response.writeHead(200);
      response.write('{"a":');
      begun.resolve();
    });

    const failure = failureOf(send(url, { timeoutMs: 250 }));
    await begun.promise;
    await clock.advance(250);

    expect((await failure).reason).toBe('timeout');
  });

  const cuts = [
    { reason: 'the server closes without a word', bytes: '' },
    { reason: 'the head is cut', bytes: 'HTTP/1.1 200 OK\r\ncontent-' },
    { reason: 'fewer bytes come than content-length says', bytes: 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{"a":' },
    { reason: 'a chunked body lacks its last chunk', bytes: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"a":\r\n' },
    { reason: 'the answer is not HTTP', bytes: 'SSH-2.0-OpenSSH_9.9\r\n' },
  ];
  it.each(cuts)('says cut when $reason', async ({ bytes }) => {
    const url = await serveBytes(bytes);

    expect((await failureOf(send(url, { method: 'POST' }))).reason).toBe('cut');
  });

  const large = [
    { reason: 'announced', bytes: 'HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n' },
    {
      reason: 'not announced',
      bytes: `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n400\r\n${'x'.repeat(1024)}\r\n0\r\n\r\n`,
    },
  ];
  it.each(large)('says tooLarge when a too long body is $reason', async ({ bytes }) => {
    const url = await serveBytes(bytes);

    expect((await failureOf(send(url))).reason).toBe('tooLarge');
  });

  it('unpacks nothing: what is packed small is not taken for what it would be', async () => {
    const packed = gzipSync(Buffer.alloc(500_000));
    expect(packed.length).toBeLessThan(1000);
    let asked: string | undefined;
    const url = await serve((request, response) => {
      asked = request.headers['accept-encoding'];
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed);
    });

    expect((await send(url)).body).toBe(packed.toString('utf8'));
    expect(asked).toBeUndefined();
  });

  it('stops reading an answer without end', async () => {
    const gone = Promise.withResolvers<void>();
    const url = await serve((_request, response) => {
      const more = setInterval(() => response.write('x'.repeat(100)), 1);
      response.once('close', () => {
        clearInterval(more);
        gone.resolve();
      });
    });

    expect((await failureOf(send(url, { timeoutMs: 1_000_000 }))).reason).toBe('tooLarge');
    await gone.promise;
  });

  it('says timeout however slowly the body goes on coming', async () => {
    const begun = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<void>();
    const url = await serve((_request, response) => {
      const drip = setInterval(() => response.write(' ', () => begun.resolve()), 1);
      response.once('close', () => {
        clearInterval(drip);
        gone.resolve();
      });
    });

    const failure = failureOf(send(url, { timeoutMs: 250 }));
    await begun.promise;
    await clock.advance(250);

    expect((await failure).reason).toBe('timeout');
    await gone.promise;
  });

  it('accepts a body of exactly the limit', async () => {
    const url = await serve((_request, response) => void response.end('x'.repeat(1000)));

    expect((await send(url)).body).toHaveLength(1000);
  });
});

describe('abort', () => {
  it("rejects with the signal's own reason and lets the server know", async () => {
    const arrived = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<void>();
    const url = await serve((request) => {
      request.on('close', () => gone.resolve());
      arrived.resolve();
    });
    const stop = new AbortController();
    const reason = new Error('shutting down');

    const failure = send(url, { signal: stop.signal }).catch((error: unknown) => error);
    await arrived.promise;
    stop.abort(reason);

    expect(await failure).toBe(reason);
    await gone.promise;
  });

  it('sends nothing when the signal is aborted already', async () => {
    let asked = 0;
    const url = await serve((_request, response) => {
      asked += 1;
      response.end();
    });
    const reason = new Error('too late');

    await expect(send(url, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await send(url);
    expect(asked).toBe(1);
  });

  it('leaves neither a timer nor a listener behind', async () => {
    const url = await serve((_request, response) => void response.end());
    const stop = new AbortController();

    await send(url, { signal: stop.signal });

    expect(clock.pending).toBe(0);
    stop.abort();
  });
});

describe('TLS', () => {
  async function serveTls(): Promise<string> {
    const port = await listen(createTlsServer(serverCertificate, (_request, response) => void response.end('secret')) as unknown as Server);
    return `https://127.0.0.1:${port}`;
  }

  it('accepts a server whose certificate the given authority signed', async () => {
    const url = await serveTls();
    const trusting = createHttpClient({ clock, ca: authority });
    cleanups.push(() => trusting.close());

    expect((await send(url, {}, trusting)).body).toBe('secret');
  });

  it('sends nothing to a server that nobody vouches for', async () => {
    const url = await serveTls();

    expect((await failureOf(send(url))).reason).toBe('connect');
  });

  it('sends nothing to a server with a certificate for another name', async () => {
    const url = await serveTls();
    const trusting = createHttpClient({ clock, ca: authority });
    cleanups.push(() => trusting.close());

    expect((await failureOf(send(url.replace('127.0.0.1', '127.0.0.2'), {}, trusting))).reason).toBe('connect');
  });
});

describe('close', () => {
  it('lets requests under way finish and refuses new ones', async () => {
    const arrived = Promise.withResolvers<() => void>();
    const url = await serve((_request, response) => arrived.resolve(() => response.end('late')));
    const closing = createHttpClient({ clock });

    const answer = send(url, {}, closing);
    const finish = await arrived.promise;
    const closed = closing.close();
    const refused = await failureOf(send(url, {}, closing));
    finish();

    expect((await answer).body).toBe('late');
    expect(refused.reason).toBe('connect');
    await closed;
  });
});

describe('HttpClientPool', () => {
  it('shares connections between users of equal settings and closes them with the last', async () => {
    const connections = new Set<number | undefined>();
    const server = createServer((request, response) => {
      connections.add(request.socket.remotePort);
      response.end('ok');
    });
    const url = `http://127.0.0.1:${await listen(server)}`;
    const pool = new HttpClientPool({ clock, connectionsPerOrigin: 1 });
    const first = pool.acquire();
    const second = pool.acquire();

    await send(url, {}, first);
    await send(url, {}, second);
    await first.close();
    await first.close();
    await send(url, {}, second);
    expect(connections.size).toBe(1);

    await second.close();
    expect((await failureOf(send(url, {}, second))).reason).toBe('connect');
    const third = pool.acquire();
    await send(url, {}, third);
    expect(connections.size).toBe(2);
    await third.close();
  });

  it('keeps users of different authorities apart', async () => {
    const pool = new HttpClientPool({ clock });
    const other = pool.acquire({ ca: authority });
    const plain = pool.acquire();
    await other.close();
    const url = await serve((_request, response) => void response.end('ok'));

    expect((await send(url, {}, plain)).body).toBe('ok');
    await plain.close();
  });

  it('ends its idle connections when the last user closes', async () => {
    const server = createServer((_request, response) => void response.end('ok'));
    const url = `http://127.0.0.1:${await listen(server)}`;
    const pool = new HttpClientPool({ clock });
    const user = pool.acquire();
    const connected = once(server, 'connection') as Promise<[Socket]>;
    await send(url, {}, user);
    const [socket] = await connected;
    const ended = once(socket, 'close');

    await user.close();
    await ended;
  });
});
