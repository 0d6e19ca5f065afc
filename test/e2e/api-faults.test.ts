import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/e2e.ts';
import type { Intervention, ProxiedCall } from '../support/e2e-api-proxy.ts';
import { FaultScene } from '../support/e2e-fault-scene.ts';
import { type OperatorProcess, sumOf } from '../support/operator-process.ts';
import { statusObject } from '../support/scripted-kube-server.ts';

const flags = { 'lease-duration': '6s', 'renew-deadline': '4s', 'retry-period': '1s', 'watch-silence': '3s' };
const watched = 5;
const expired: Intervention = { kind: 'answer', status: 410, reason: 'Expired' };

let scene: FaultScene;
/** Sees the API server through the proxy. */
let operator: OperatorProcess;

beforeAll(async () => {
  scene = await FaultScene.create();
  await scene.install();
});

afterAll(async () => {
  await scene?.[Symbol.asyncDispose]();
});

const isWatch = (call: ProxiedCall): boolean => call.isWatch;
const isList = ({ method, query, isWatch }: ProxiedCall): boolean => method === 'GET' && query.has('limit') && !isWatch;

/** Declares this much and resolves when the first permissions have been written: the rest is yet to come. */
async function inTheMiddleOf(roles: number, bindings: number): Promise<void> {
  const wrote = scene.tenant.control.nextRequest({ operationId: 'setOrganizationRolePermissions' });
  await scene.declare(roles, bindings);
  await wrote;
}

describe('the operator', () => {
  it('reads lists page by page, and from the start when the token of a page has expired', async () => {
    await scene.declare(12, 5);
    const paged = scene.proxy.intervene((call) => (isList(call) ? { kind: 'ask', query: { limit: '4' } } : undefined));
    const tooOld = scene.proxy.intervene((call) => (call.query.has('continue') && tooOld.hits < 3 ? expired : undefined));
    operator = await scene.startOperator({ through: scene.proxy, flags });
    await scene.untilConverged();
    paged.end();
    tooOld.end();

    expect(tooOld.hits).toBe(3);
    await scene.expectChangesArrive();
  });

  it('notices that its watches bring nothing any more, and takes up what was changed meanwhile', async () => {
    expect(scene.proxy.swallow(isWatch)).toBe(watched);
    await scene.expectChangesArrive();
  });

  it('lists where no watch ever brings anything', async () => {
    const mute = scene.proxy.intervene((call) => (call.isWatch ? { kind: 'loseAnswer' } : undefined));
    scene.proxy.swallow(isWatch);
    await scene.expectChangesArrive();
    expect(mute.hits).toBeGreaterThan(0);
    mute.end();
    await scene.expectChangesArrive();
  });

  it('gives up leading in time when no answer of the API server arrives, and writes no more', async () => {
    await inTheMiddleOf(60, 5);
    const dead = scene.proxy.intervene(() => ({ kind: 'loseAnswer' }));
    scene.proxy.swallow(() => true);
    const second = await scene.startOperator({ flags });
    await second.leading();
    expect(await operator.isLeading()).toBe(false);
    const written = sumOf(await operator.metrics(), 'rolekeeper_role_writes_total');
    await scene.untilConverged();
    expect(sumOf(await second.metrics(), 'rolekeeper_role_writes_total')).toBeGreaterThan(0);
    expect(sumOf(await operator.metrics(), 'rolekeeper_role_writes_total')).toBe(written);
    scene.expectUnharmed();

    dead.end();
    await second.kill();
    await operator.leading();
    expect(operator.exit).toBeUndefined();
    await scene.expectChangesArrive();
  });

  it('gets through while most calls are refused with 429, 500, 503 and 504', async () => {
    const answers = [
      { status: 429, reason: 'TooManyRequests', headers: { 'retry-after': '1' } },
      { status: 500, reason: 'InternalError' },
      { status: 503, reason: 'ServiceUnavailable' },
      { status: 504, reason: 'Timeout' },
    ];
    let calls = 0;
    const busy = scene.proxy.intervene(() => {
      calls += 1;
      return calls % 3 === 0 ? undefined : { kind: 'answer', ...(answers[calls % answers.length] ?? expired) };
    });
    await scene.declare(20, 5);
    await eventually(() => expect(busy.hits).toBeGreaterThan(60));
    busy.end();
    await scene.untilConverged();
    await scene.expectChangesArrive();
  });

  it('lists anew when what a watch asks for is too old, in an event or in the answer', async () => {
    const line = JSON.stringify({ type: 'ERROR', object: statusObject(410, 'Expired', 'too old resource version') });
    const tooOld = scene.proxy.intervene((call) => {
      if (!call.isWatch || tooOld.hits >= watched) return undefined;
      return tooOld.hits % 2 === 0 ? { kind: 'brokenWatch', line } : expired;
    });
    scene.proxy.swallow(isWatch);
    await scene.change();
    await eventually(() => expect(tooOld.hits).toBe(watched));
    tooOld.end();
    await scene.untilConverged();
    await scene.expectChangesArrive();
  });

  it('gets its status through although somebody else changes the object before each try', async () => {
    const tries = new Map<string, number>();
    const storm = scene.proxy.intervene(({ method, resource, path }) => {
      const before = tries.get(path) ?? 0;
      if (method !== 'PATCH' || !resource.endsWith('/status') || before >= 7) return undefined;
      tries.set(path, before + 1);
      const touch = { metadata: { labels: { touched: `t${before}` } } };
      return { kind: 'after', act: () => scene.cluster.admin.mergePatch(path.replace(/\/status$/, ''), touch) };
    });
    await scene.declare(6, 3);
    await scene.untilConverged();
    storm.end();
    expect(Math.max(...tries.values())).toBe(7);
    await scene.expectChangesArrive();
  });
});
