import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KlustrBench, organization } from './klustr-bench.ts';
import type { KlustrMode } from './klustr-fixture.ts';

let bench: KlustrBench;

async function start(mode: KlustrMode): Promise<void> {
  bench = await KlustrBench.start(mode);
}

afterEach(() => bench.end());

describe('tokens', () => {
  beforeEach(() => start('source'));

  it('serve all calls until they end, and are shared by callers at the same time', async () => {
    await Promise.all(Array.from({ length: 20 }, () => bench.scenario.provider.observe(organization, bench.scenario.signal)));
    await bench.scenario.provider.observe(organization, bench.scenario.signal);
    expect(bench.tokenRequests()).toBe(1);

    await bench.scenario.clock.advance(3_570_000);
    await bench.scenario.provider.observe(organization, bench.scenario.signal);
    expect(bench.tokenRequests()).toBe(2);
  });

  it('are renewed once when one is refused, and the call is made again, also a write', async () => {
    const plan = await bench.scenario.plan(bench.scenario.desired(1, [1]));
    bench.act('revokeTokens', {});
    bench.scenario.forgetRequests();

    await bench.scenario.provider.apply(plan, bench.scenario.signal);

    expect(bench.tokenRequests()).toBe(1);
    expect(bench.fixture.emulator.control.journal().map(({ operationId, status }) => [operationId, status])).toEqual([
      ['getOrgRoleById', 401],
      ['issueToken', 200],
      ['getOrgRoleById', 404],
      ['createOrgRole', 200],
    ]);
  });

  it('are not asked for again and again when the new one is refused as well', async () => {
    await bench.scenario.provider.probe(bench.scenario.signal);
    bench.scenario.forgetRequests();
    bench.scenario.inject('listRoles', { kind: 'status', status: 401, times: 0 });

    expect((await bench.scenario.failure(bench.scenario.provider.observe(organization, bench.scenario.signal))).kind).toBe('unauthorized');

    expect(bench.tokenRequests()).toBe(1);
    expect(bench.scenario.requests('listRoles')).toHaveLength(2);
  });

  it('are renewed for many calls that were refused at once by one request', async () => {
    await bench.scenario.provider.probe(bench.scenario.signal);
    bench.act('revokeTokens', {});
    bench.scenario.forgetRequests();

    await Promise.all(Array.from({ length: 10 }, () => bench.scenario.provider.observe(organization, bench.scenario.signal)));

    expect(bench.tokenRequests()).toBe(1);
  });

  it('that can not be had are transient, and no role is touched', async () => {
    const stranger = await bench.scenario.connect();
    bench.fixture.emulator.control.inject({ kind: 'status', status: 503, operationId: 'issueToken' });
    bench.scenario.forgetRequests();

    const error = await bench.scenario.failure(stranger.observe(organization, bench.scenario.signal));

    expect(error).toMatchObject({ kind: 'transient', details: { operation: 'issueToken' } });
    expect(bench.sent()).toEqual([]);
    await stranger[Symbol.asyncDispose]();
  });

  it('are not shown where an error repeats them', async () => {
    await bench.scenario.provider.probe(bench.scenario.signal);
    bench.scenario.inject('listRoles', {
      kind: 'status',
      status: 400,
      body: bench.fixture.errorBody('You sent ory_at_emulated-00000001 here'),
    });

    const error = await bench.scenario.failure(bench.scenario.provider.observe(organization, bench.scenario.signal));

    expect(error.message).toContain('You sent');
    expect(error.message).not.toContain('ory_at_emulated-00000001');
  });
});
