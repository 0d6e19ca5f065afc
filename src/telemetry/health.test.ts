import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { type Endpoints, type EndpointsOptions, ListenError, serveEndpoints } from './health.ts';
import type { ListenAddress } from './listen-address.ts';
import { createLogger } from './logger.ts';
import { createScrubber } from './scrubber.ts';

const anyPort: ListenAddress = { host: '127.0.0.1', port: 0 };
const opened: Endpoints[] = [];
const logged: string[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((endpoints) => endpoints.close()));
  logged.length = 0;
});

async function serve(overrides: Partial<EndpointsOptions> = {}): Promise<Endpoints> {
  const clock = new VirtualClock();
  const stdout = { write: (text: string) => logged.push(text) };
  const endpoints = await serveEndpoints({
    metricsAddress: anyPort,
    healthAddress: anyPort,
    metrics: { expose: async () => 'rolekeeper_leader 1\n', contentType: 'text/plain; version=0.0.4' },
    readyChecks: [],
    clock,
    log: createLogger({ level: 'info', format: 'json', clock, scrubber: createScrubber(), stdout }),
    ...overrides,
  });
  opened.push(endpoints);
  return endpoints;
}

function addressOf(endpoints: Endpoints, path: string): ListenAddress {
  const address = endpoints.addresses.get(path);
  if (address === undefined) {
    throw new Error(`${path} is not served`);
  }
  return address;
}

function ask(endpoints: Endpoints, servedPath: string, { path = servedPath, method = 'GET' } = {}): Promise<Response> {
  const { host, port } = addressOf(endpoints, servedPath);
  return fetch(`http://${host}:${port}${path}`, { method });
}

test('each path is served at its own address and nowhere else', async () => {
  const endpoints = await serve();
  expect(await (await ask(endpoints, '/healthz')).text()).toBe('ok\n');
  const scrape = await ask(endpoints, '/metrics');
  expect(await scrape.text()).toBe('rolekeeper_leader 1\n');
  expect(scrape.headers.get('content-type')).toBe('text/plain; version=0.0.4');
  const wrong = await ask(endpoints, '/healthz', { path: '/metrics' });
  expect(wrong.status).toBe(404);
  expect(await wrong.text()).toContain('/healthz, /readyz');
});

test('/readyz lists what is not ready, with reasons', async () => {
  let problem: string | undefined = 'waiting for the first list of orgroles';
  const endpoints = await serve({
    readyChecks: [
      { name: 'cache', problem: () => problem },
      { name: 'lease', problem: () => undefined },
    ],
  });
  const before = await ask(endpoints, '/readyz', { path: '/readyz?verbose' });
  expect(before.status).toBe(503);
  expect(await before.text()).toBe('not ready:\n- cache: waiting for the first list of orgroles\n');
  problem = undefined;
  const after = await ask(endpoints, '/readyz');
  expect([after.status, await after.text()]).toEqual([200, 'ok\n']);
});

test('one address serves everything when both are the same', async () => {
  const port = await freePort();
  const endpoints = await serve({ metricsAddress: { host: '127.0.0.1', port }, healthAddress: { host: '127.0.0.1', port } });
  expect(new Set([...endpoints.addresses.values()].map((address) => address.port))).toEqual(new Set([port]));
  expect((await ask(endpoints, '/metrics')).status).toBe(200);
  expect((await ask(endpoints, '/readyz')).status).toBe(200);
});

test('what has no address is not served', async () => {
  const endpoints = await serve({ metricsAddress: undefined, healthAddress: undefined });
  expect(endpoints.addresses.size).toBe(0);
});

test('methods that change something are refused, HEAD has no body', async () => {
  const endpoints = await serve();
  const post = await ask(endpoints, '/healthz', { method: 'POST' });
  expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  const head = await ask(endpoints, '/healthz', { method: 'HEAD' });
  expect([head.status, await head.text()]).toEqual([200, '']);
});

test('a failing scrape answers 500 and is logged, and says nothing of the cause', async () => {
  const endpoints = await serve({
    metrics: { expose: () => Promise.reject(new Error('inner words')), contentType: 'text/plain' },
  });
  const answer = await ask(endpoints, '/metrics');
  expect(answer.status).toBe(500);
  expect(await answer.text()).not.toContain('inner words');
  expect(logged.join('')).toContain('inner words');
});

test('an address in use is named with what it was for, and nothing stays open', async () => {
  const taken = await serve({ healthAddress: undefined });
  const { port } = addressOf(taken, '/metrics');
  const free = await freePort();
  const failing = serve({ healthAddress: { host: '127.0.0.1', port: free }, metricsAddress: { host: '127.0.0.1', port } });
  await expect(failing).rejects.toBeInstanceOf(ListenError);
  await expect(failing).rejects.toThrow(`/metrics on 127.0.0.1:${port}: the address is in use`);
  await expect(fetch(`http://127.0.0.1:${free}/healthz`)).rejects.toThrow();
});

test('closing lets an answer under way finish and does not wait for ever for a client that says nothing', async () => {
  const clock = new VirtualClock();
  const { promise: exposed, resolve: expose } = Promise.withResolvers<string>();
  const { promise: asked, resolve: onAsked } = Promise.withResolvers<void>();
  const endpoints = await serve({
    clock,
    metrics: {
      expose: () => {
        onAsked();
        return exposed;
      },
      contentType: 'text/plain',
    },
  });
  const { host = '', port } = addressOf(endpoints, '/metrics');
  const silent = connect(port, host);
  await new Promise((resolve) => silent.once('connect', resolve));
  silent.write('GET /metrics HTTP/1.1\r\n');
  const silentEnd = new Promise((resolve) => silent.once('close', resolve));
  const scrape = ask(endpoints, '/metrics');
  await asked;

  const closing = endpoints.close();
  expose('late\n');
  expect(await (await scrape).text()).toBe('late\n');
  await clock.advance(2000);
  await closing;
  await silentEnd;
  await expect(ask(endpoints, '/metrics')).rejects.toThrow();
});

async function freePort(): Promise<number> {
  const probe = await serve({ metricsAddress: undefined });
  const { port } = addressOf(probe, '/healthz');
  await probe.close();
  return port;
}
