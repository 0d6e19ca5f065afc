import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../lib/index.ts';
import { type ControlRoom, controlRoutes } from './control.ts';
import { FaultBook, type FaultRule } from './faults.ts';
import { emulators, type RunningEmulator, startEmulator } from './start.ts';
import type { EmulatorOptions, ExchangeRecord } from './types.ts';

const list = '/authorization/permissions?limit=3';
let running: RunningEmulator[];

beforeEach(() => {
  running = [];
});

afterEach(async () => {
  for (const emulator of running) await emulator.close();
});

async function start(options: EmulatorOptions = {}): Promise<RunningEmulator> {
  const emulator = await startEmulator('workos', { port: 0, ...options });
  running.push(emulator);
  return emulator;
}

function ask(emulator: RunningEmulator, path: string, method = 'GET', body?: unknown): Promise<Response> {
  return fetch(`${emulator.url}${path}`, {
    method,
    headers: { authorization: 'Bearer sk_test_default', 'content-type': 'application/json' },
    redirect: 'manual',
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

describe('startEmulator', () => {
  it('knows every emulator by name', async () => {
    expect(emulators.map(({ name }) => name)).toContain('workos');
    await expect(startEmulator('keycloak')).rejects.toThrow(/workos/);
  });

  it('refuses a port that is taken', async () => {
    const first = await start();

    await expect(start({ port: Number(new URL(first.url).port) })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('refuses a seed it does not understand, before it listens', async () => {
    await expect(start({ seed: { organisations: [] } })).rejects.toThrow(/organisations is not known here.*organizations/);
  });

  it('ends open connections when it closes', async () => {
    const emulator = await start();
    emulator.control.inject({ kind: 'hang' });
    const arrived = emulator.control.nextRequest();
    const hanging = ask(emulator, list).catch(() => 'cut');
    await arrived;

    await emulator.close();

    expect(await hanging).toBe('cut');
  });

  it('keeps to the limits of the contract, scaled', async () => {
    const emulator = await start({ rateLimit: 2 / 6000 });

    const answers = [await ask(emulator, list), await ask(emulator, list), await ask(emulator, list)];

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(Number(answers[2]?.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(await answers[2]?.json()).toMatchObject({ code: 'rate_limit_exceeded' });
  });

  it('takes its time when it is told to', async () => {
    const delays: number[] = [];
    const clock: Clock = {
      now: () => 0,
      monotonic: () => 0,
      schedule: (delayMs, callback) => {
        delays.push(delayMs);
        queueMicrotask(callback);
        return { cancel: () => undefined };
      },
    };
    const emulator = await start({ latencyMs: [10, 20], random: () => 0.5, clock });
    emulator.control.inject({ kind: 'delay', delayMs: 100 });

    await ask(emulator, list);
    await ask(emulator, list);

    expect(delays).toEqual([115, 15]);
  });
});

describe('faults on the wire', () => {
  const whole = async (response: Promise<Response>): Promise<string> => {
    const answer = await response.catch(() => undefined);
    if (answer === undefined) return 'no answer';
    const body = await answer.text().catch(() => 'cut');
    return `${answer.status} ${answer.headers.get('content-type')?.split(';')[0]} ${body.slice(0, 40)}`;
  };
  const cases: readonly { rule: FaultRule; answer: string | RegExp }[] = [
    { rule: { kind: 'status', status: 503 }, answer: '503 application/json {"message":"Injected fault."}' },
    { rule: { kind: 'status', status: 302, headers: { Location: 'http://127.0.0.1:1/' } }, answer: /^302/ },
    { rule: { kind: 'status', status: 400, body: { own: 1 } }, answer: '400 application/json {"own":1}' },
    { rule: { kind: 'cut' }, answer: 'no answer' },
    { rule: { kind: 'truncateBody' }, answer: '200 application/json cut' },
    { rule: { kind: 'emptyBody' }, answer: /^200 \S+ $/ },
    { rule: { kind: 'html' }, answer: /^200 text\/html <!DOCTYPE/ },
    { rule: { kind: 'html', status: 502 }, answer: /^502 text\/html/ },
    { rule: { kind: 'garbage' }, answer: /^200 application\/json \{"\0/ },
    { rule: { kind: 'wrongShape' }, answer: '200 application/json {"object":"list","data":[{},{},{}],"list' },
    { rule: { kind: 'emptyList' }, answer: '200 application/json {"object":"list","data":[],"list_metadat' },
    { rule: { kind: 'delay', delayMs: 1 }, answer: /^200 application\/json \{"object":"list","data":\[\{"object/ },
  ];
  it.each(cases)('$rule', async ({ rule, answer }) => {
    const emulator = await start();
    emulator.control.inject({ ...rule, operationId: 'listPermissions' });

    const got = await whole(ask(emulator, list));

    if (typeof answer === 'string') expect(got).toBe(answer);
    else expect(got).toMatch(answer);
    expect(await whole(ask(emulator, list))).toMatch(/^200 application\/json \{"object":"list","data":\[\{"object/);
    expect(emulator.control.journal().map((entry) => entry.fault)).toEqual([rule.kind, undefined]);
  });

  it('cuts lists short, repeats pages and repeats entries', async () => {
    const emulator = await start();
    emulator.control.inject({ kind: 'truncateList', keep: 1 }, { kind: 'duplicatePage' });

    const short = (await (await ask(emulator, list)).json()) as { data: { id: string }[]; list_metadata: { after: string | null } };
    expect(short.data).toHaveLength(1);
    expect(short.list_metadata.after).toBeNull();
    const again = (await (await ask(emulator, `${list}&after=${short.data[0]?.id}`)).json()) as { data: { id: string }[] };
    expect(again.data[0]?.id).toBe(short.data[0]?.id);

    emulator.control.inject({ kind: 'repeatEntries' });
    const twice = (await (await ask(emulator, list)).json()) as { data: { id: string }[] };
    expect(twice.data.map(({ id }) => id)).toEqual([...again.data, ...again.data].map(({ id }) => id));
  });

  const writes: readonly { rule: FaultRule; written: boolean }[] = [
    { rule: { kind: 'cut' }, written: false },
    { rule: { kind: 'cut', carryOut: true }, written: true },
    { rule: { kind: 'status', status: 500 }, written: false },
    { rule: { kind: 'status', status: 500, carryOut: true }, written: true },
    { rule: { kind: 'html', carryOut: true }, written: true },
    { rule: { kind: 'truncateBody' }, written: true },
  ];
  it.each(writes)('$rule leaves the write done: $written', async ({ rule, written }) => {
    const emulator = await start();
    emulator.control.inject({ ...rule, method: 'POST' });

    await whole(ask(emulator, '/authorization/permissions', 'POST', { slug: 'new', name: 'New' }));

    expect((await ask(emulator, '/authorization/permissions/new')).status).toBe(written ? 200 : 404);
  });

  it('lets somebody else act before the answer goes out', async () => {
    const emulator = await start();
    const args = { permissions: ['late'] };
    emulator.control.inject({ kind: 'act', action: 'putPermissions', args, operationId: 'getPermission' });

    expect((await ask(emulator, '/authorization/permissions/late')).status).toBe(404);
    expect((await ask(emulator, '/authorization/permissions/late')).status).toBe(200);
  });
});

describe('what is told of exchanges', () => {
  it('has request, answer and whether the answer was tampered with, and no control request', async () => {
    const seen: ExchangeRecord[] = [];
    const emulator = await start({ onExchange: (exchange) => void seen.push(exchange) });
    emulator.control.inject({ kind: 'status', status: 500, skip: 1 }, { kind: 'cut', skip: 1 });

    await ask(emulator, `${list}&order=asc`);
    await ask(emulator, list);
    await ask(emulator, list).catch(() => undefined);
    await ask(emulator, '/nowhere', 'POST', { a: 1 });
    await ask(emulator, '/_emulator/health');

    expect(seen.map(({ operationId, response, tampered }) => [operationId, response?.status, tampered])).toEqual([
      ['listPermissions', 200, false],
      ['listPermissions', 500, true],
      ['listPermissions', undefined, true],
      [undefined, 404, false],
    ]);
    expect(seen[0]?.request.query.get('order')).toBe('asc');
    expect(seen[3]?.request).toMatchObject({ method: 'POST', path: '/nowhere', body: '{"a":1}' });
  });

  it('keeps the journal free of credentials', async () => {
    const emulator = await start();
    await ask(emulator, list);

    expect(JSON.stringify(emulator.control.journal())).not.toContain('sk_test_default');
  });
});

describe('control routes', () => {
  it('show and replace the state', async () => {
    const emulator = await start();
    const state = await (await ask(emulator, '/_emulator/state')).json();

    expect((await ask(emulator, '/_emulator/state', 'PUT', { permissions: ['only'] })).status).toBe(204);
    expect(await (await ask(emulator, '/_emulator/state')).json()).toMatchObject({ permissions: [{ slug: 'only' }], organizations: [] });
    expect((await ask(emulator, '/_emulator/reset', 'POST')).status).toBe(204);
    expect(await (await ask(emulator, '/_emulator/state')).json()).toMatchObject({
      defaultRole: (state as { defaultRole: string }).defaultRole,
    });
  });

  it('refuse a bad state and keep the present one', async () => {
    const emulator = await start();
    const before = emulator.control.state();

    const answer = await ask(emulator, '/_emulator/state', 'PUT', {
      permissions: ['a'],
      organizations: [{ id: 'o', roles: [{ slug: 'org-a', permissions: ['b'] }] }],
    });

    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ message: expect.stringContaining('organizations[0].roles[0].permissions') });
    expect(emulator.control.state()).toEqual(before);
  });

  it('show and clear the journal, and arm and clear faults', async () => {
    const emulator = await start();
    await ask(emulator, list);
    expect(await (await ask(emulator, '/_emulator/journal')).json()).toMatchObject([{ operationId: 'listPermissions', status: 200 }]);
    await ask(emulator, '/_emulator/journal', 'DELETE');
    expect(emulator.control.journal()).toEqual([]);

    expect(await (await ask(emulator, '/_emulator/faults', 'POST', { kind: 'status', status: 502 })).json()).toHaveLength(1);
    expect((await ask(emulator, list)).status).toBe(502);
    await ask(emulator, '/_emulator/faults', 'POST', [{ kind: 'cut', times: 0 }]);
    await ask(emulator, '/_emulator/faults', 'DELETE');
    expect((await ask(emulator, list)).status).toBe(200);
  });

  it('change the state as somebody else would', async () => {
    const emulator = await start();

    const good = await ask(emulator, '/_emulator/actions', 'POST', {
      action: 'putRole',
      args: { organization: 'org_acme', role: { slug: 'org-x' } },
    });
    const bad = await ask(emulator, '/_emulator/actions', 'POST', { action: 'dropRole', args: {} });

    expect(good.status).toBe(204);
    expect((await ask(emulator, '/authorization/organizations/org_acme/roles/org-x')).status).toBe(200);
    expect(bad.status).toBe(400);
    expect(await bad.json()).toMatchObject({ message: expect.stringContaining('putRole') });
  });

  it('answer 404 to what they do not know', async () => {
    expect((await ask(await start(), '/_emulator/secrets')).status).toBe(404);
  });

  it('are for this machine only', async () => {
    const control = { state: () => ({ secret: true }) } as unknown as ControlRoom;
    const app = controlRoutes(control, new FaultBook());
    const from = (remoteAddress: string): Response | Promise<Response> =>
      app.request('/state', {}, { incoming: { socket: { remoteAddress } } });

    expect((await from('10.0.0.7')).status).toBe(403);
    expect((await from('::ffff:127.0.0.1')).status).toBe(200);
  });
});
