import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KarmoBench } from './karmo-bench.ts';

let bench: KarmoBench;

beforeEach(async () => {
  bench = await KarmoBench.start();
});

afterEach(() => bench.end());

async function assertRole(number = 1): Promise<void> {
  await bench.scenario.realize(bench.scenario.desired(number, [1]));
}

describe('service tokens', () => {
  it('serve all calls until shortly before their 15 minutes end, and are shared by callers at the same time', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, number) => assertRole(number)));
    await bench.scenario.clock.advance(869_999);
    await assertRole();
    expect(bench.tokenRequests()).toBe(1);

    await bench.scenario.clock.advance(1);
    await assertRole();
    expect(bench.tokenRequests()).toBe(2);
  });

  it('are renewed once when one is refused in mid-run, and the write is made again', async () => {
    await assertRole();
    bench.act('revokeTokens', {});
    bench.scenario.forgetRequests();

    await assertRole();

    expect(bench.sent()).toEqual([
      ['upsertRole', 401],
      ['issueToken', 200],
      ['upsertRole', 200],
      ['syncRolePermissions', 204],
    ]);
  });

  it('are renewed in the last tenth of a short life', async () => {
    bench.act('setTokenLifetime', { seconds: 60 });
    await assertRole();
    await bench.scenario.clock.advance(53_999);
    await assertRole();
    expect(bench.tokenRequests()).toBe(1);
    await bench.scenario.clock.advance(1);

    await assertRole();

    expect(bench.tokenRequests()).toBe(2);
  });

  it('are not asked for again and again when the new one is refused as well', async () => {
    await assertRole();
    bench.scenario.forgetRequests();
    bench.scenario.inject('createRole', { kind: 'status', status: 401, times: 0 });

    expect((await bench.scenario.failure(assertRole())).kind).toBe('unauthorized');

    expect(bench.sent()).toEqual([
      ['upsertRole', 401],
      ['issueToken', 200],
      ['upsertRole', 401],
    ]);
  });

  it('that can not be had are transient, open nothing, and no role is touched', async () => {
    bench.fixture.emulator.control.inject({ kind: 'status', status: 503, operationId: 'issueToken' });

    const error = await bench.scenario.failure(assertRole());

    expect(error).toMatchObject({ kind: 'transient', details: { operation: 'issueToken' } });
    expect(error.details.ambiguous).toBeUndefined();
    expect(bench.sent()).toEqual([['issueToken', 503]]);
  });

  it('are asked for by every probe, so that it proves something', async () => {
    await bench.scenario.provider.probe(bench.scenario.signal);
    await bench.scenario.provider.probe(bench.scenario.signal);

    expect(bench.sent()).toEqual([
      ['issueToken', 200],
      ['issueToken', 200],
    ]);
  });

  it('are not shown where an error repeats them', async () => {
    await assertRole();
    const headers: Readonly<Record<string, string>>[] = [];
    const echo = await KarmoBench.start({ onExchange: ({ request }) => void headers.push(request.headers) });
    await echo.scenario.realize(echo.scenario.desired(1, [1]));
    const token = headers.at(-1)?.authorization?.replace('Bearer ', '') ?? '';
    expect(token.split('.')).toHaveLength(3);
    const signature = token.split('.')[2] ?? '';
    echo.scenario.inject('createRole', { kind: 'status', status: 400, body: echo.fixture.errorBody(`You sent ${token} here`) });

    const error = await echo.scenario.failure(echo.scenario.realize(echo.scenario.desired(1, [1])));

    expect(error.message).toContain('You sent');
    expect(error.message).not.toContain(signature);
    await echo.end();
  });
});

describe('the AWS identity', () => {
  it.each([
    { reason: 'a wrong secret', args: { accessKeys: [{ id: 'purple-monkey-dishwasher', secret: 'another' }] } },
    { reason: 'a key that nobody has', args: { accessKeys: [] } },
    {
      reason: 'a session token that is missing',
      args: { accessKeys: [{ id: 'purple-monkey-dishwasher', secret: 'correct-horse+battery/staple', sessionToken: 'x' }] },
    },
  ])('is refused for $reason', async ({ args }) => {
    bench.act('setAccessKeys', args);

    const error = await bench.scenario.failure(bench.scenario.provider.probe(bench.scenario.signal));

    expect(error).toMatchObject({ kind: 'unauthorized', details: { operation: 'issueToken', status: 403 } });
  });

  it.each([
    { reason: 'another region', aws: { region: 'us-east-1' } },
    { reason: 'another service', aws: { service: 'lambda' } },
  ])('is refused for $reason', async ({ aws }) => {
    const { aws: usual } = bench.fixture.settings(bench.fixture.emulator.url) as { readonly aws: object };
    const provider = await bench.connect({ aws: { ...usual, ...aws } });

    expect((await bench.scenario.failure(provider.probe(bench.scenario.signal))).kind).toBe('unauthorized');
    await provider[Symbol.asyncDispose]();
  });

  it('is refused in the words of the gateway where that one answers', async () => {
    const body = { message: 'User: arn:aws:iam::123:user/x is not authorized to perform: execute-api:Invoke' };
    bench.fixture.emulator.control.inject({ kind: 'status', status: 403, operationId: 'issueToken', body });

    const error = await bench.scenario.failure(bench.scenario.provider.probe(bench.scenario.signal));

    expect(error.kind).toBe('unauthorized');
    expect(error.message).toContain('not authorized to perform: execute-api:Invoke');
  });

  it('signs right before sending, also after a long wait for the limiter', async () => {
    const { clock, limiter } = bench.scenario;
    const wait = Promise.withResolvers<number>();
    const deps = {
      ...bench.deps(),
      limiter: { acquire: () => wait.promise, pause: () => undefined, pausedForMs: () => limiter.pausedForMs() },
    };
    const provider = await bench.fixture.driver.connect(
      bench.fixture.settings(bench.fixture.emulator.url),
      bench.fixture.credentials,
      deps,
    );
    const probe = provider.probe(bench.scenario.signal);
    await clock.advance(3_600_000);
    wait.resolve(3_600_000);

    await expect(probe).resolves.toBeUndefined();
    await provider[Symbol.asyncDispose]();
  });

  it('is never completed from elsewhere: half a pair of keys is refused', async () => {
    const { 'aws.secretAccessKeySecretRef': _secret, ...half } = bench.fixture.credentials;

    expect((await bench.scenario.failure(bench.connect({}, half))).kind).toBe('unauthorized');
  });
});
