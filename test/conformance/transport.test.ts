import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { HttpClientPool } from '../../src/lib/index.ts';
import { ProviderError } from '../../src/model/index.ts';
import type { Credentials, ProviderDriver, RoleProvider } from '../../src/providers/index.ts';
import { jitsudoDriver } from '../../src/providers/jitsudo/index.ts';
import { Connector, DriverSet, type ProviderObject, type ReconcileDeps } from '../../src/reconcile/index.ts';
import { authority } from '../support/certificates.ts';
import { HostileServer, type Misbehaviour } from '../support/hostile-server.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { startFrontier } from './frontier-fixture.ts';
import { startJitsudo } from './jitsudo-fixture.ts';
import { startKarmo, startKarmoWithReadBack } from './karmo-fixture.ts';
import { startKlustr } from './klustr-fixture.ts';
import type { ProviderFixture } from './suite/fixture.ts';
import { startWorkos } from './workos-fixture.ts';

interface Subject {
  readonly name: string;
  start(): Promise<ProviderFixture>;
  /** Its first request gets a token, with which the second one is made. */
  readonly hasToken: boolean;
  /** Where reads go, in its settings. Default: where everything goes. */
  readonly reader?: { url(settings: object): string; at(settings: object, url: string): object };
}

interface ReadBackSettings {
  readonly readBack: { readonly baseURL: string };
}

const subjects: readonly Subject[] = [
  { name: 'workos', start: () => startWorkos(), hasToken: false },
  { name: 'karmo', start: () => startKarmo(), hasToken: true },
  {
    name: 'karmo with readBack',
    start: () => startKarmoWithReadBack(),
    hasToken: false,
    reader: {
      url: (settings) => (settings as ReadBackSettings).readBack.baseURL,
      at: (settings, baseURL) => ({ ...settings, readBack: { ...(settings as ReadBackSettings).readBack, baseURL } }),
    },
  },
  { name: 'klustr', start: () => startKlustr('documented'), hasToken: true },
  // The fixture's own driver reads something as soon as it is connected.
  { name: 'jitsudo', start: async () => ({ ...(await startJitsudo('token')), driver: jitsudoDriver as ProviderDriver }), hasToken: false },
  { name: 'frontier over REST', start: () => startFrontier('v0.90', 'REST'), hasToken: true },
  { name: 'frontier over Connect', start: () => startFrontier('v0.115', 'Connect'), hasToken: true },
];

const timeoutMs = 10_000;
const signal = new AbortController().signal;
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function kept<T extends AsyncDisposable>(resource: T): T {
  cleanups.push(() => resource[Symbol.asyncDispose]());
  return resource;
}

/** A provider as the operator connects to it, with the operator's own HTTP clients. */
class World {
  readonly fixture: ProviderFixture;
  readonly target: string;
  readonly clock: VirtualClock;
  readonly #connector: Connector;

  constructor(fixture: ProviderFixture, target: string) {
    this.fixture = fixture;
    this.target = target;
    this.clock = fixture.clock ?? new VirtualClock();
    const pool = new HttpClientPool({ clock: this.clock });
    const deps = {
      clock: this.clock,
      mayWrite: () => true,
      pause: { all: false, operatorNamespace: 'rolekeeper-system' },
      stores: { namespaces: { get: () => undefined }, roleProviders: { get: () => undefined } },
    } as unknown as ReconcileDeps;
    this.#connector = new Connector(deps, new DriverSet([fixture.driver]), {
      createHttpClient: (options) => pool.acquire(options),
      createLimiter: () => ({ acquire: async () => 0, pause: () => undefined, pausedForMs: () => 0 }),
      onCall: () => undefined,
      registerSecret: () => undefined,
    });
  }

  static async start(subject: Subject): Promise<World> {
    const { reader } = subject;
    const started = await subject.start();
    cleanups.push(() => started.emulator.close());
    const settings = (url: string): object => started.settings(url) as object;
    const fixture =
      reader === undefined ? started : { ...started, settings: (url: string) => reader.at(settings(started.emulator.url), url) };
    return new World(fixture, reader?.url(settings(started.emulator.url)) ?? started.emulator.url);
  }

  /** A server in front of the emulator that is read. */
  async server(options: Pick<Parameters<typeof HostileServer.start>[0], 'tls' | 'misbehave'> = {}): Promise<HostileServer> {
    return kept(await HostileServer.start({ target: this.target, ...options }));
  }

  /** Connects a provider object of this name with an address. */
  async connect(url: string, name = 'default', credentials: Credentials = {}): Promise<RoleProvider> {
    const { driver, settings } = this.fixture;
    const spec = { [driver.type]: settings(url), timeout: `${timeoutMs / 1000}s` };
    const object = { kind: 'RoleProvider', metadata: { namespace: 'team', name }, spec } as unknown as ProviderObject;
    const live = await this.#connector.connect(object, { ...this.fixture.credentials, ...credentials }, signal);
    cleanups.push(() => live.close());
    return live.connection.provider;
  }

  /** A read: of roles, or where these can't be read of users. */
  read(provider: RoleProvider): Promise<unknown> {
    const { organization } = this.fixture.vocabulary;
    if (provider.capabilities.readable) return provider.observe(organization, signal);
    return provider.holders?.lookup(organization, [{ kind: 'User', email: 'one@example.com' }], signal) ?? Promise.resolve();
  }

  async failure(call: Promise<unknown>): Promise<ProviderError> {
    const error = await call.then(
      (value) => value,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ProviderError);
    const { message } = error as ProviderError;
    for (const secret of Object.values(this.fixture.credentials)) expect(message).not.toContain(secret);
    return error as ProviderError;
  }
}

/** Lets the first `count` requests pass. */
function afterLetting(count: number, misbehave: (outgoing: ServerResponse) => void): Misbehaviour {
  let seen = 0;
  return (_incoming, outgoing) => {
    seen += 1;
    if (seen <= count) return false;
    misbehave(outgoing);
    return true;
  };
}

/** Goes on as long as anybody listens. */
function goOn(outgoing: ServerResponse, text: string): void {
  const more = setInterval(() => outgoing.write(text), 1);
  outgoing.once('close', () => clearInterval(more));
}

const json = { 'content-type': 'application/json' };

describe.each(subjects)('$name', (subject) => {
  /** At the request for a token, and at the first one that goes with it. */
  const moments = subject.hasToken ? [0, 1] : [0];

  it.each([301, 302, 303, 307, 308])('goes nowhere else when a request is answered with %i', async (status) => {
    const world = await World.start(subject);
    const elsewhere = kept(await HostileServer.start({}));
    for (const moment of moments) {
      const misbehave = afterLetting(moment, (outgoing) => void outgoing.writeHead(status, { location: `${elsewhere.url}/x` }).end());
      const server = await world.server({ misbehave });
      const provider = await world.connect(server.url, `default-${moment}`);

      expect((await world.failure(world.read(provider))).message).toContain(`status ${status} is a redirect`);
      expect(server.seen.length).toBeGreaterThan(moment);
    }
    expect(elsewhere.seen).toEqual([]);
  });

  it('gives an answer without end up when it is too long', async () => {
    const world = await World.start(subject);
    for (const moment of moments) {
      const misbehave = afterLetting(moment, (outgoing) => goOn(outgoing.writeHead(200, json), ' '.repeat(1_000_000)));
      const server = await world.server({ misbehave });
      const failure = await world.failure(world.read(await world.connect(server.url, `default-${moment}`)));

      expect(failure.kind).toBe('transient');
      expect(failure.message).toContain('the answer is longer than 10485760 bytes');
    }
  });

  it('gives an answer that drips up when its time is over, and hangs up', async () => {
    const world = await World.start(subject);
    for (const moment of moments) {
      const begun = Promise.withResolvers<ServerResponse>();
      const misbehave = afterLetting(moment, (outgoing) => {
        goOn(outgoing.writeHead(200, json), ' ');
        begun.resolve(outgoing);
      });
      const server = await world.server({ misbehave });
      const failing = world.failure(world.read(await world.connect(server.url, `default-${moment}`)));
      const closed = once(await begun.promise, 'close');
      await world.clock.advance(timeoutMs);

      expect((await failing).message).toContain(`no complete answer within ${timeoutMs} ms`);
      await closed;
    }
  });

  it('unpacks nothing that it has not asked to be packed', async () => {
    const world = await World.start(subject);
    for (const moment of moments) {
      const bomb = gzipSync(Buffer.alloc(50_000_000, ' '));
      const misbehave = afterLetting(moment, (outgoing) => void outgoing.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end(bomb));
      const server = await world.server({ misbehave });
      const failure = await world.failure(world.read(await world.connect(server.url, `default-${moment}`)));

      expect(failure.kind).toBe('transient');
      expect(failure.message).toMatch(/isn't what (?:the API|OAuth2) promises/);
      for (const headers of server.seen) expect(JSON.parse(headers)['accept-encoding']).toBeUndefined();
    }
  });

  const foreign = [
    { kind: 'a page', type: 'text/html', body: '<p>secret-of-somebody-else</p>' },
    { kind: 'text', type: 'text/plain', body: 'secret-of-somebody-else' },
    { kind: 'an object', type: 'application/json', body: '{"data":{"password":"secret-of-somebody-else"}}' },
    { kind: 'a list', type: 'application/json', body: '["secret-of-somebody-else"]' },
    { kind: 'a word', type: 'application/json', body: '"secret-of-somebody-else"' },
    { kind: 'broken JSON', type: 'application/json', body: '{"secret-of-somebody-else' },
  ];
  it.each(foreign)('repeats nothing of what another server says: $kind', async ({ type, body }) => {
    const world = await World.start(subject);
    for (const moment of moments) {
      for (const status of [200, 400, 401, 403, 404, 409, 422, 429, 500, 503]) {
        const misbehave = afterLetting(moment, (outgoing) => void outgoing.writeHead(status, { 'content-type': type }).end(body));
        const server = await world.server({ misbehave });
        const failure = await world.failure(world.read(await world.connect(server.url, `default-${moment}-${status}`)));

        expect(JSON.stringify([failure.message, failure.details])).not.toContain('somebody-else');
      }
    }
  });

  it('sends nothing to a server that nobody vouches for, and trusts the authority of its own Secret only', async () => {
    const world = await World.start(subject);
    const server = await world.server({ tls: true });
    const other = await world.connect(server.url, 'other');

    expect((await world.failure(world.read(other))).message).toContain('no connection');
    expect(server.seen).toEqual([]);
    const trusting = await world.connect(server.url, 'trusting', { caSecretRef: authority });
    await world.read(trusting);
    const seen = server.seen.length;
    expect(seen).toBeGreaterThan(0);
    expect((await world.failure(world.read(other))).message).toContain('no connection');
    expect(server.seen).toHaveLength(seen);
  });

  it('sends nothing to a server whose certificate is for another name', async () => {
    const world = await World.start(subject);
    const server = await world.server({ tls: true });
    const provider = await world.connect(server.url.replace('127.0.0.1', '127.0.0.2'), 'default', { caSecretRef: authority });

    expect((await world.failure(world.read(provider))).message).toContain('no connection');
    expect(server.seen).toEqual([]);
  });

  it('sends nothing unencrypted unless the provider object allows it', async () => {
    const world = await World.start(subject);
    const server = await world.server();
    const { settings } = world.fixture;
    const strict = { ...world.fixture, settings: (url: string) => ({ ...(settings(url) as object), allowInsecureHTTP: false }) };

    const refusal = await world.failure(new World(strict, world.target).connect(server.url));
    expect(refusal.kind).toBe('invalid');
    expect(refusal.message).toContain('credentials would be sent unencrypted');
    expect(server.seen).toEqual([]);
  });
});
