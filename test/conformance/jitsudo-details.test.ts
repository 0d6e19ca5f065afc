import { afterEach, describe, expect, it } from 'vitest';
import { planRole, withCreatedPermissions } from '../../src/plan/index.ts';
import type { ConnectDeps, ProviderDriver } from '../../src/providers/index.ts';
import { jitsudoDriver } from '../../src/providers/jitsudo/index.ts';
import { otherTenant, startJitsudo, tenant } from './jitsudo-fixture.ts';
import { Scenario } from './suite/scenario.ts';

let scenario: Scenario;

async function start(seed: Readonly<Record<string, unknown>> = {}): Promise<void> {
  scenario = await Scenario.start(await startJitsudo('apiKey', seed));
}

afterEach(async () => {
  scenario.fixture.validator.assertNone();
  await scenario.end();
});

const ref = { organization: tenant, slug: 'role-0001' };

/** Operations and bodies of the requests so far. */
function sent(): readonly unknown[] {
  return scenario.fixture.emulator.control
    .journal()
    .map(({ operationId, body }) => (body === undefined || body === '' ? [operationId] : [operationId, JSON.parse(body)]));
}

function inject(operationId: string, fault: object): void {
  scenario.fixture.emulator.control.inject({ kind: 'status', ...fault, operationId });
}

/** A connection that has read no tenant yet, as the operator's first probe has it. */
function unread(settings: object = {}, credentials = scenario.fixture.credentials): ReturnType<ProviderDriver['connect']> {
  const { fixture } = scenario;
  return (jitsudoDriver as ProviderDriver).connect(
    { ...(fixture.settings(fixture.emulator.url) as object), ...settings },
    credentials,
    deps(),
  );
}

function deps(): ConnectDeps {
  const { clock, limiter, calls } = scenario;
  // The scenario's own client ends with it.
  return {
    clock,
    limiter,
    http: { send: (request) => send(request), close: async () => undefined },
    timeoutMs: 1000,
    onCall: (call) => void calls.push(call),
  };
}

const send: ConnectDeps['http']['send'] = async ({ method, url, headers, body, signal }) => {
  const answer = await fetch(url, { method, headers, ...(body === undefined ? {} : { body }), signal });
  return { status: answer.status, body: await answer.text(), header: (name) => answer.headers.get(name) ?? undefined };
};

describe('what jitsudo is sent', () => {
  it('is the whole role at once when it is created', async () => {
    await start();
    scenario.knowPermissions(3);

    await scenario.realize(scenario.desired(1, [2, 1]));

    expect(sent()).toEqual([
      ['listRoles'],
      [
        'createRole',
        {
          slug: 'role-0001',
          name: 'Role 1',
          description: 'What role 1 is for',
          scopes: ['thing:action-0001', 'thing:action-0002'],
        },
      ],
    ]);
  });

  it('is only what changes, in one call, and an empty text for a description that goes', async () => {
    await start();
    scenario.fixture.backdoor.putRole(scenario.stored(1, [1, 2]));

    await scenario.realize(scenario.desired(1, [1], { displayName: 'New', description: '' }));
    await scenario.realize(scenario.desired(1, [1], { displayName: 'Newer', description: '' }));

    expect(sent().filter((request) => (request as unknown[])[0] === 'updateRole')).toEqual([
      ['updateRole', { name: 'New', description: '', scopes: ['thing:action-0001'] }],
      ['updateRole', { name: 'Newer' }],
    ]);
  });

  it('is the set again when an earlier write was left open, although it looks right', async () => {
    await start();
    scenario.fixture.backdoor.putRole(scenario.stored(1, [1]));
    const role = await scenario.observed(ref.slug);
    if (role === undefined) throw new Error('the role must be there');
    scenario.forgetRequests();

    const plan = planRole({ desired: scenario.desired(1, [1]), observed: { state: 'present', role }, mode: 'Enforce', rewrite: true });
    await scenario.provider.apply(plan, scenario.signal);

    expect(sent()).toEqual([['updateRole', { scopes: ['thing:action-0001'] }]]);
  });

  it('starts from the list of that moment where others must survive', async () => {
    await start();
    scenario.fixture.backdoor.putRole(scenario.stored(1, [1]));
    scenario.knowPermissions(6);
    const plan = await scenario.plan(scenario.desired(1, [2]), 'Additive');
    scenario.fixture.backdoor.putRole(scenario.stored(1, [1, 5]));
    scenario.forgetRequests();

    await scenario.provider.apply(plan, scenario.signal);

    expect(sent()).toEqual([['listRoles'], ['updateRole', { scopes: ['thing:action-0001', 'thing:action-0002', 'thing:action-0005'] }]]);
  });

  it('is nothing where others must survive and the role is gone', async () => {
    await start();
    scenario.fixture.backdoor.putRole(scenario.stored(1, [1]));
    scenario.knowPermissions(3);
    const plan = await scenario.plan(scenario.desired(1, [2]), 'Additive');
    scenario.fixture.backdoor.deleteRole(ref.slug);

    expect(await scenario.failure(scenario.provider.apply(plan, scenario.signal))).toMatchObject({
      kind: 'notFound',
      details: { missing: 'role' },
    });
    expect(scenario.writes()).toEqual([]);
  });

  it('never has a scope to be created in it', async () => {
    await start();
    scenario.knowPermissions(2);
    const plan = withCreatedPermissions(await scenario.plan(scenario.desired(1, [1])), ['thing:new']);
    scenario.forgetRequests();

    const error = await scenario.failure(scenario.provider.apply(plan, scenario.signal));

    expect(error).toMatchObject({ kind: 'unsupported', details: { rejected: ['thing:new'] } });
    expect(sent()).toEqual([]);
  });
});

describe('credentials', () => {
  it('of another tenant are unauthorized for it, whatever it holds', async () => {
    await start();

    const error = await scenario.failure(scenario.provider.observe(otherTenant, scenario.signal));

    expect(error).toMatchObject({ kind: 'unauthorized', details: { status: 403, code: 'tenant_mismatch' } });
    expect(error.message).toContain(otherTenant);
    // The tenant that was read stays the one that is asked for.
    expect(await scenario.provider.catalogue?.unknown(['a:b'], scenario.signal)).toEqual(['a:b']);
  });

  it('are proven by a refusal for a tenant of nobody, before any tenant is known', async () => {
    await start();
    await using provider = await unread();

    await provider.probe(scenario.signal);

    expect(scenario.fixture.emulator.control.journal()).toMatchObject([{ operationId: 'listPermissions', status: 403 }]);
    await provider.observe(tenant, scenario.signal);
    scenario.forgetRequests();
    await provider.probe(scenario.signal);
    expect(scenario.fixture.emulator.control.journal()).toMatchObject([{ operationId: 'listPermissions', status: 200 }]);
  });

  it('are proven by a missing right as well', async () => {
    await start();
    await using provider = await unread();
    inject('listPermissions', { status: 403 });

    await provider.probe(scenario.signal);
  });

  it.each([
    { reason: 'wrong credentials', fault: { status: 401 }, kind: 'unauthorized' },
    { reason: 'a failure', fault: { status: 500 }, kind: 'transient' },
    { reason: 'a 403 page of somebody else', fault: { kind: 'html', status: 403 }, kind: 'transient' },
    { reason: 'an unknown path', fault: { status: 404 }, kind: 'notFound' },
  ])('are not proven by $reason', async ({ fault, kind }) => {
    await start();
    await using provider = await unread();
    inject('listPermissions', fault);

    expect((await scenario.failure(provider.probe(scenario.signal))).kind).toBe(kind);
  });

  it('that lose their tenant after it was read fail the probe', async () => {
    await start();
    inject('listPermissions', { status: 403, body: { code: 'tenant_mismatch', message: 'no' } });

    expect((await scenario.failure(scenario.provider.probe(scenario.signal))).kind).toBe('unauthorized');
  });

  it.each([
    { reason: 'both', change: { tokenSecretRef: { name: 'jitsudo', key: 'token' } } },
    { reason: 'none', change: { apiKeySecretRef: undefined } },
  ])('must be one: $reason is refused', async ({ change }) => {
    await start();

    expect((await scenario.failure(unread(change))).kind).toBe('invalid');
  });

  it('never go over an unencrypted connection unless that is allowed', async () => {
    await start();

    expect((await scenario.failure(unread({ allowInsecureHTTP: false }))).kind).toBe('invalid');
    expect((await scenario.failure(unread({}, { apiKeySecretRef: ' ' }))).kind).toBe('unauthorized');
    expect(jitsudoDriver.secretRefs({ baseURL: 'https://x', caSecretRef: { name: 'a', key: 'b' } })).toEqual({
      caSecretRef: { name: 'a', key: 'b' },
    });
  });
});

describe('the catalogue', () => {
  it('can be asked for no tenant before one was read', async () => {
    await start();
    await using provider = await unread();

    const error = await scenario.failure(provider.catalogue?.unknown(['a:b'], scenario.signal) ?? Promise.resolve());

    expect(error).toMatchObject({ kind: 'transient', details: { operation: 'listPermissions' } });
    expect(sent()).toEqual([]);
  });

  it('names the scopes where the server refuses without names', async () => {
    await start();
    scenario.fixture.backdoor.putRole(scenario.stored(1, [1]));
    scenario.knowPermissions(3);
    const plan = await scenario.plan(scenario.desired(1, [2, 777]));
    inject('updateRole', { status: 422, body: { code: 'invalid_scopes', message: 'Unknown scopes.' } });

    const error = await scenario.failure(scenario.provider.apply(plan, scenario.signal));

    expect(error).toMatchObject({ kind: 'invalid', details: { missing: 'permission', rejected: ['thing:action-0777'] } });
    expect(error.message).toContain('thing:action-0777');
  });

  it('leaves a refusal as it is that is not about scopes, or that it can not explain', async () => {
    await start();
    scenario.fixture.backdoor.putRole(scenario.stored(1, [1]));
    scenario.knowPermissions(3);
    const plan = await scenario.plan(scenario.desired(1, [2]));
    inject('updateRole', {
      status: 422,
      times: 2,
      body: { code: 'invalid', message: 'The name is taken.', details: { scopes: ['not:sent'] } },
    });

    const error = await scenario.failure(scenario.provider.apply(plan, scenario.signal));
    expect(error.message).toContain('The name is taken');
    expect(error.details.missing).toBeUndefined();
    await scenario.clock.advance(60_001);
    inject('listPermissions', { status: 500 });
    expect((await scenario.failure(scenario.provider.apply(plan, scenario.signal))).kind).toBe('invalid');
  });

  it('explains a role that can not be created as well', async () => {
    await start();
    scenario.knowPermissions(3);
    const plan = await scenario.plan(scenario.desired(1, [1, 778, 777]));

    const error = await scenario.failure(scenario.provider.apply(plan, scenario.signal));

    expect(error.details.rejected).toEqual(['thing:action-0777', 'thing:action-0778']);
    expect(scenario.fixture.backdoor.role(ref.slug)).toBeUndefined();
  });
});

describe('policy', () => {
  it('says in the message why it denies', async () => {
    await start();
    scenario.fixture.backdoor.putRole(scenario.stored(1, [1]));
    const plan = await scenario.plan(scenario.desired(1, [1], { displayName: 'New' }));
    scenario.fixture.emulator.control.act('deny', { operation: 'updateRole', notices: ['Change freeze', 'Ask the platform team'] });

    const error = await scenario.failure(scenario.provider.apply(plan, scenario.signal));

    expect(error.kind).toBe('forbidden');
    expect(error.message).toContain('(policy: Change freeze; Ask the platform team)');
  });
});

describe('system roles', () => {
  it('are refused by the server where no list was read yet', async () => {
    await start();
    await using provider = await unread();

    const error = await scenario.failure(provider.remove({ organization: tenant, slug: 'user' }, '', scenario.signal));

    expect(error).toMatchObject({ kind: 'forbidden', details: { status: 403, code: 'system_role' } });
  });
});

describe('blast radius', () => {
  it('is the server’s own and no difference', async () => {
    await start({ scopes: ['users:admin'] });
    scenario.fixture.backdoor.putRole(scenario.stored(1, [], { permissions: ['users:admin'] }));

    expect((await scenario.observed(ref.slug))?.blastRadius).toEqual({
      level: 'admin',
      summary: 'Can do everything.',
      warnings: ['Holds an administrative scope.'],
    });
    expect((await scenario.plan(scenario.desired(1, [], { permissions: ['users:admin'] }))).action).toBe('none');
  });
});

describe('a role that is deleted', () => {
  const remove = (): Promise<void> => scenario.provider.remove(ref, '', scenario.signal);

  it('is not when the server says that somebody got it meanwhile', async () => {
    await start();
    scenario.fixture.backdoor.putRole(scenario.stored(1, []));
    inject('deleteRole', { status: 409 });

    expect(await scenario.failure(remove())).toMatchObject({ kind: 'inUse', details: { status: 409 } });
  });

  it.each([
    { fault: { status: 500 }, kind: 'transient' },
    { fault: { status: 403 }, kind: 'forbidden' },
    { fault: { kind: 'wrongShape' }, kind: 'transient' },
  ])('is not when who holds it can not be read: $kind', async ({ fault, kind }) => {
    await start();
    scenario.fixture.backdoor.putRole(scenario.stored(1, []));
    scenario.fixture.backdoor.hold('user', 2);
    inject('listUsers', fault);

    expect((await scenario.failure(remove())).kind).toBe(kind);
    expect(scenario.requests('deleteRole')).toEqual([]);
    expect(scenario.fixture.backdoor.role(ref.slug)).toBeDefined();
  });
});

describe.each(['error', 'text', 'method'] as const)('a server that answers unknown paths in form %s', (unknownRoutes) => {
  // A page without the form of an error may be anybody's, so it counts for one call only; a 404 counts when it is said again.
  const remembered = unknownRoutes !== 'text';
  const atOnce = unknownRoutes === 'method';

  it('and can not create roles is unsupported, and changes them all the same', async () => {
    await start({ unknownRoutes, createSupported: false });
    scenario.knowPermissions(3);

    const error = await scenario.failure(scenario.realize(scenario.desired(1, [1])));

    expect(error).toMatchObject({ kind: 'unsupported', details: { operation: 'createRole' } });
    expect(error.message).toContain('POST /v1/roles');
    expect(error.details.ambiguous).toBeUndefined();
    expect(scenario.provider.capabilities.createRole).toBe(!atOnce);
    await scenario.clock.advance(60_000);
    await scenario.failure(scenario.provider.apply(await scenario.plan(scenario.desired(1, [1])), scenario.signal));
    expect(scenario.provider.capabilities.createRole).toBe(!remembered);
    expect(jitsudoDriver.capabilities.createRole).toBe(true);
    scenario.fixture.backdoor.putRole(scenario.stored(1, [1]));
    await scenario.realize(scenario.desired(1, [2]));
    expect(scenario.fixture.backdoor.role(ref.slug)).toEqual(scenario.stored(1, [2]));
  });

  it.each([
    { deleteSupported: false, missing: 'DELETE /v1/roles/{slug}' },
    { listUsersSupported: false, missing: 'GET /v1/users' },
  ])('and has no $missing deletes nothing, as unsupported', async ({ missing, ...seed }) => {
    await start({ unknownRoutes, ...seed });
    scenario.fixture.backdoor.putRole(scenario.stored(1, []));

    const error = await scenario.failure(scenario.provider.remove(ref, '', scenario.signal));

    expect(error.kind).toBe('unsupported');
    expect(error.message).toContain(missing);
    expect(scenario.fixture.backdoor.role(ref.slug)).toBeDefined();
    expect(scenario.provider.capabilities.deleteRole).toBe(!atOnce);
    await scenario.clock.advance(60_000);
    await scenario.failure(scenario.provider.remove(ref, '', scenario.signal));
    expect(scenario.provider.capabilities.deleteRole).toBe(!remembered);
  });

  it('and says so again at once, or much later, is believed no more than the first time', async () => {
    await start({ unknownRoutes, deleteSupported: false });
    scenario.fixture.backdoor.putRole(scenario.stored(1, []));
    for (const laterMs of [0, 59_000, 3_600_001]) {
      await scenario.clock.advance(laterMs);
      await scenario.failure(scenario.provider.remove(ref, '', scenario.signal));
    }

    expect(scenario.provider.capabilities.deleteRole).toBe(!atOnce);
  });

  it('and has everything says of a role that it is gone', async () => {
    await start({ unknownRoutes });

    await scenario.provider.remove(ref, '', scenario.signal);

    expect(scenario.provider.capabilities).toEqual(jitsudoDriver.capabilities);
  });
});

describe('a 404 of an assumed operation', () => {
  it.each(['createRole', 'deleteRole', 'listUsers'])('of %s says nothing while the roles can not be read either', async (operation) => {
    await start();
    scenario.knowPermissions(2);
    const create = await scenario.plan(scenario.desired(1, [1]));
    inject(operation, { status: 404 });
    inject('listRoles', { kind: 'html', status: 502 });

    const call =
      operation === 'createRole' ? scenario.provider.apply(create, scenario.signal) : scenario.provider.remove(ref, '', scenario.signal);

    expect((await scenario.failure(call)).kind).toBe('transient');
    expect(scenario.provider.capabilities).toEqual(jitsudoDriver.capabilities);
  });
});
