import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type KubeApi, KubeError, type RequestReport, resources, type WatchEvent, WatchSilenceError } from '../../../src/kube/index.ts';
import { type Exchange, ScriptedKubeServer, statusObject } from '../../support/scripted-kube-server.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const silenceMs = 90_000;
let server: ScriptedKubeServer;
let clock: VirtualClock;

beforeEach(async () => {
  server = await ScriptedKubeServer.start();
  clock = new VirtualClock();
});

afterEach(() => server.close());

function role(name: string, resourceVersion: string, more: object = {}): object {
  const metadata = { namespace: 'team-a', name, uid: `uid-${name}`, resourceVersion };
  return { apiVersion: 'rolekeeper.dev/v1alpha1', kind: 'Role', metadata, ...more };
}

/** A watch that is read to its end: what it brought and how it ended. */
class Reading {
  readonly events: WatchEvent[] = [];
  readonly ended: Promise<unknown>;

  constructor(api: KubeApi, signal: AbortSignal = new AbortController().signal) {
    this.ended = this.#read(api, signal).catch((error: unknown) => error);
  }

  async #read(api: KubeApi, signal: AbortSignal): Promise<'normally'> {
    const options = { namespace: 'team-a', resourceVersion: '41', timeoutSeconds: 333, silenceMs };
    for await (const event of api.watch(resources.roles, options, signal)) this.events.push(event);
    return 'normally';
  }

  get names(): readonly string[] {
    return this.events.map((event) => (event.type === 'BOOKMARK' ? `bookmark ${event.resourceVersion}` : event.object.metadata.name));
  }
}

async function begin(more: { signal?: AbortSignal; onRequest?: (report: RequestReport) => void } = {}): Promise<[Reading, Exchange]> {
  const { signal, ...options } = more;
  const reading = new Reading(server.client({ clock, ...options }), signal);
  return [reading, await server.next()];
}

test('a watch asks for bookmarks, from the given version, for the given time', async () => {
  const reports: RequestReport[] = [];
  const [reading, request] = await begin({ onRequest: (report) => reports.push(report) });
  expect(request.path).toBe('/apis/rolekeeper.dev/v1alpha1/namespaces/team-a/orgroles');
  expect(Object.fromEntries(request.query)).toEqual({
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion: '41',
    timeoutSeconds: '333',
  });
  request.head();
  await request.event('ADDED', role('a', '42'));
  await request.bookmark('50');
  request.end();
  expect(await reading.ended).toBe('normally');
  expect(reading.names).toEqual(['a', 'bookmark 50']);
  expect(reports).toMatchObject([{ verb: 'watch', resource: 'orgroles', code: 200 }]);
  expect(clock.pending).toBe(0);
});

describe('what can go wrong', () => {
  interface Case {
    readonly reason: string;
    readonly send: (request: Exchange) => Promise<void> | void;
    readonly names: readonly string[];
    readonly want: 'normally' | Partial<KubeError>;
  }
  const line = `${JSON.stringify({ type: 'ADDED', object: role('b', '43') })}\n`;
  const error = (code: number, reason: string, details?: object): string =>
    `${JSON.stringify({ type: 'ERROR', object: statusObject(code, reason, reason, details) })}\n`;
  const cases: Case[] = [
    { reason: 'ending at once is no error', send: (request) => request.end(), names: [], want: 'normally' },
    {
      reason: 'an event cut in the middle of its line by a lost connection',
      send: async (request) => {
        await request.write(line + line.slice(0, 40));
        request.cut();
      },
      names: ['b'],
      want: { kind: 'transient', status: undefined },
    },
    {
      reason: 'an event cut in the middle of its line by a polite end',
      send: async (request) => {
        await request.write(line + line.slice(0, 40));
        request.end();
      },
      names: ['b'],
      want: { kind: 'transient', status: undefined },
    },
    { reason: 'a reset', send: (request) => request.reset(), names: [], want: { kind: 'transient', status: undefined } },
    {
      reason: 'a line that is not JSON: its status tells it from a lost connection',
      send: (request) => request.write(`${line}{"type":"ADDED",\n${line}`),
      names: ['b'],
      want: { kind: 'transient', status: 200 },
    },
    { reason: 'an unknown type', send: (request) => request.write('{"type":"NEW","object":{}}\n'), names: [], want: { status: 200 } },
    { reason: 'no type', send: (request) => request.write('{"kind":"Status","code":500}\n'), names: [], want: { status: 200 } },
    {
      reason: 'an object without an identity',
      send: (request) => request.event('ADDED', { metadata: { name: 'a', resourceVersion: '1' } }),
      names: [],
      want: { kind: 'transient', status: 200 },
    },
    {
      reason: 'a bookmark without a version',
      send: (request) => request.event('BOOKMARK', { metadata: {} }),
      names: [],
      want: { kind: 'transient', status: 200 },
    },
    {
      reason: 'the version is too old, told in the stream',
      send: (request) => request.write(line + error(410, 'Expired')),
      names: ['b'],
      want: { kind: 'gone', status: 410 },
    },
    {
      reason: 'a fault of the server, told in the stream',
      send: (request) => request.write(error(500, 'InternalError')),
      names: [],
      want: { kind: 'transient', status: 500 },
    },
    {
      reason: 'too many requests, told in the stream',
      send: (request) => request.write(error(429, 'TooManyRequests', { retryAfterSeconds: 4 })),
      names: [],
      want: { kind: 'rateLimited', retryAfterMs: 4_000 },
    },
    { reason: 'an ERROR without a Status', send: (request) => request.event('ERROR', {}), names: [], want: { status: 200 } },
  ];

  test.each(cases)('$reason', async ({ send, names, want }) => {
    const [reading, request] = await begin();
    request.head();
    await send(request);
    const outcome = await reading.ended;
    if (want === 'normally') expect(outcome).toBe('normally');
    else {
      expect(outcome).toBeInstanceOf(KubeError);
      expect(outcome).toMatchObject(want);
    }
    expect(reading.names).toEqual(names);
    await request.closed;
  });

  test('an answer that is no success is told as for any call', async () => {
    const [reading, request] = await begin();
    request.status(410, 'Expired');
    expect(await reading.ended).toMatchObject({ kind: 'gone', status: 410 });
    const [again, missing] = await begin();
    missing.text(404, '404 page not found\n');
    expect(await again.ended).toMatchObject({ kind: 'notFound', missingKind: true });
  });
});

test('a character that is split between two chunks stays whole', async () => {
  const [reading, request] = await begin();
  request.head();
  const bytes = Buffer.from(`${JSON.stringify({ type: 'ADDED', object: role('a', '42', { spec: { displayName: 'Zoë 👩‍🚀 日本' } }) })}\n`);
  for (const byte of bytes) await request.write(Uint8Array.of(byte));
  request.end();
  expect(await reading.ended).toBe('normally');
  expect(reading.events[0]).toMatchObject({ object: { spec: { displayName: 'Zoë 👩‍🚀 日本' } } });
});

test('a very long line arrives whole, and the one after it', async () => {
  const [reading, request] = await begin();
  request.head();
  const description = 'x'.repeat(3_000_000);
  await request.event('ADDED', role('long', '42', { spec: { description } }));
  await request.event('ADDED', role('short', '43'));
  request.end();
  expect(await reading.ended).toBe('normally');
  expect(reading.names).toEqual(['long', 'short']);
  expect(reading.events[0]).toMatchObject({ object: { spec: { description } } });
});

describe('silence', () => {
  async function untilRead(reading: Reading, count: number): Promise<void> {
    while (reading.events.length < count) await new Promise((resolve) => setTimeout(resolve, 1));
    // The wait for the next bytes begins after the event was handed over.
    await clock.flush();
  }

  test('a stream without a byte for too long is given up', async () => {
    const [reading, request] = await begin();
    request.head();
    await request.bookmark('50');
    await untilRead(reading, 1);
    await clock.advance(silenceMs - 1);
    expect(clock.pending).toBe(1);
    await clock.advance(1);
    expect(await reading.ended).toBeInstanceOf(WatchSilenceError);
    await request.closed;
  });

  test('every byte begins the time anew', async () => {
    const [reading, request] = await begin();
    request.head();
    for (let round = 1; round <= 4; round++) {
      await request.bookmark(String(50 + round));
      await untilRead(reading, round);
      await clock.advance(silenceMs - 1);
    }
    request.end();
    expect(await reading.ended).toBe('normally');
  });

  test('a server that accepts the connection and never answers is as good as silent', async () => {
    const [reading, request] = await begin();
    await clock.advance(30_000);
    expect(await reading.ended).toBeInstanceOf(WatchSilenceError);
    await request.closed;
  });

  test("the reader's own time does not count", async () => {
    const api = server.client({ clock });
    const options = { resourceVersion: '1', timeoutSeconds: 300, silenceMs };
    const events = api.watch(resources.roles, options, new AbortController().signal)[Symbol.asyncIterator]();
    const first = events.next();
    const request = await server.next();
    request.head();
    await request.bookmark('2');
    await first;
    await clock.advance(10 * silenceMs);
    const second = events.next();
    await request.bookmark('3');
    expect(await second).toMatchObject({ value: { resourceVersion: '3' } });
    await events.return?.();
    await request.closed;
  });
});

describe('stopping', () => {
  test("aborting rejects with the signal's reason and hangs up", async () => {
    const controller = new AbortController();
    const [reading, request] = await begin({ signal: controller.signal });
    request.head();
    const reason = new Error('shutting down');
    controller.abort(reason);
    expect(await reading.ended).toBe(reason);
    await request.closed;
    expect(clock.pending).toBe(0);
  });

  test('a reader that leaves the loop hangs up', async () => {
    const api = server.client({ clock });
    const options = { resourceVersion: '1', timeoutSeconds: 300, silenceMs };
    const reading = (async () => {
      for await (const _ of api.watch(resources.roles, options, new AbortController().signal)) return 'left';
      return 'ended';
    })();
    const request = await server.next();
    request.head();
    await request.bookmark('2');
    expect(await reading).toBe('left');
    await request.closed;
    expect(clock.pending).toBe(0);
  });
});
