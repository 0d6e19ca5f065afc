import { afterEach, describe, expect, it } from 'vitest';
import { KarmoBench } from './karmo-bench.ts';
import { organization, startKarmoWithReadBack } from './karmo-fixture.ts';
import { Scenario } from './suite/scenario.ts';

let bench: KarmoBench;

afterEach(() => bench.end());

describe('what an error says', () => {
  it('is the code, the fields with their pointers, and short metadata', async () => {
    bench = await KarmoBench.start();
    const plan = await bench.scenario.plan(bench.scenario.desired(1, [1]));
    const body = {
      code: '10000422',
      metadata: { service: 'auth-api', nested: { a: 1 } },
      errors: [
        { pointer: '/permissions/3', detail: 'must be lower case' },
        { pointer: '/permissions/4', detail: 'must be short' },
      ],
    };
    bench.scenario.inject('setPermissions', { kind: 'status', status: 422, body });

    const error = await bench.scenario.failure(bench.scenario.provider.apply(plan, bench.scenario.signal));

    expect(error).toMatchObject({ kind: 'invalid', details: { code: '10000422', status: 422 } });
    expect(error.message).toBe(
      `Karmo syncRolePermissions, role org-role-0001 of organization ${organization}: status 422: 10000422: /permissions/3 must be lower case; /permissions/4 must be short; service=auth-api`,
    );
  });

  it('is transient where the access provider is not configured, to be tried again much later', async () => {
    bench = await KarmoBench.start();
    bench.act('setConfigured', { configured: false });

    const error = await bench.scenario.failure(bench.scenario.realize(bench.scenario.desired(1, [1])));

    expect(error).toMatchObject({ kind: 'transient', details: { status: 503, code: '10000503', retryAfterMs: 300_000 } });
    expect(error.message).toContain('not configured');
  });

  it('is transient like any other where a 503 is not of Karmo itself', async () => {
    bench = await KarmoBench.start();
    bench.scenario.inject('setPermissions', { kind: 'html', status: 503 });

    const error = await bench.scenario.failure(bench.scenario.realize(bench.scenario.desired(1, [1])));

    expect(error).toMatchObject({ kind: 'transient', details: { status: 503 } });
    expect(error.details).not.toHaveProperty('retryAfterMs');
  });
});

describe('a deployment with other methods, paths and names', () => {
  const operations = {
    issueToken: { path: '/iam/tokens' },
    upsertRole: { method: 'POST', path: '/v2/roles/{roleSlug}/in/{tenantId}' },
    syncRolePermissions: { method: 'PATCH', path: '/v2/roles/{roleSlug}/in/{tenantId}/set' },
    linkUserToOrganization: { method: 'POST', path: '/v2/links/{userId}/{tenantId}' },
    listUsers: { path: '/v2/tenants/{tenantId}/people' },
    createUser: { method: 'PUT', path: '/v2/people' },
  } as const;
  const properties = { roleName: 'displayName', roleID: 'roleId', permissions: 'slugs', users: 'people', pageSize: 'size', userID: 'uid' };
  const seed = {
    operations: {
      issueToken: 'POST /iam/tokens',
      upsertRole: 'POST /v2/roles/{roleSlug}/in/{tenantId}',
      syncRolePermissions: 'PATCH /v2/roles/{roleSlug}/in/{tenantId}/set',
      linkUserToOrganization: 'POST /v2/links/{userId}/{tenantId}',
      listUsers: 'GET /v2/tenants/{tenantId}/people',
      createUser: 'PUT /v2/people',
    },
    names: { ...properties, accessToken: 'accessToken', lifetime: 'expiresIn', errorMetadata: 'meta' },
  };

  it('is spoken to as the settings say', async () => {
    bench = await KarmoBench.start({ seed, settings: { operations, properties }, onExchange: () => undefined });
    const { scenario, fixture } = bench;

    await scenario.provider.probe(scenario.signal);
    const applied = await scenario.provider.apply(await scenario.plan(scenario.desired(1, [2, 1])), scenario.signal);

    expect(fixture.backdoor.role('org-role-0001')).toEqual(scenario.stored(1, [1, 2]));
    expect(applied.externalID).toMatch(/^role_/);
    const client = bench.client({ operations, properties });
    const user = await client.createUser({ email: 'sam@example.com' }, scenario.signal);
    expect(
      await client.linkUserToOrganization({ tenant: organization, user: user.id }, { roles: [], roleSet: [] }, scenario.signal),
    ).toMatchObject({
      status: 'active',
    });
    expect(await client.listUsers(organization, scenario.signal)).toEqual([user]);
    const body = { code: '10000400', meta: { hint: 'other names' } };
    scenario.inject('setPermissions', { kind: 'status', status: 400, body });
    expect((await scenario.failure(scenario.realize(scenario.desired(1, [1])))).message).toContain('hint=other names');
    client[Symbol.dispose]();
  });

  it('is not found, and no role is taken for missing, where the settings do not say so', async () => {
    bench = await KarmoBench.start({ seed: { operations: seed.operations }, onExchange: () => undefined });

    const error = await bench.scenario.failure(bench.scenario.provider.probe(bench.scenario.signal));

    expect(error).toMatchObject({ kind: 'transient', details: { operation: 'issueToken', status: 404 } });
  });

  it.each([
    { reason: 'a place is missing', operations: { upsertRole: { path: '/roles/{roleSlug}' } } },
    { reason: 'nothing fills a place', operations: { syncRolePermissions: { path: '/{tenantId}/{roleSlug}/{x}' } } },
    { reason: 'the path has a query', operations: { upsertRole: { path: '/{tenantId}/{roleSlug}?a=b' } } },
    { reason: 'the path is relative', operations: { createUser: { path: 'users' } } },
  ])('is refused where $reason', async ({ operations: wrong }) => {
    bench = await KarmoBench.start();

    const error = await bench.scenario.failure(bench.connect({ operations: wrong }));

    expect(error.kind).toBe('invalid');
    expect(error.message).toContain(`operations.${Object.keys(wrong)[0]}.path`);
  });
});

describe('a deployment without tokens', () => {
  it('is called without any header of that kind', async () => {
    const headers: Readonly<Record<string, string>>[] = [];
    bench = await KarmoBench.start({
      seed: { authentication: 'none' },
      settings: { aws: undefined },
      onExchange: ({ request }) => void headers.push(request.headers),
    });

    await bench.scenario.provider.probe(bench.scenario.signal);
    await bench.scenario.realize(bench.scenario.desired(1, [1]));

    expect(bench.sent()).toEqual([
      [undefined, 404],
      ['upsertRole', 200],
      ['syncRolePermissions', 204],
    ]);
    for (const each of headers) expect(each).not.toHaveProperty('authorization');
  });

  it('that wants one says what to set', async () => {
    bench = await KarmoBench.start({ settings: { aws: undefined } });

    const error = await bench.scenario.failure(bench.scenario.realize(bench.scenario.desired(1, [1])));

    expect(error.kind).toBe('unauthorized');
    expect(error.message).toContain('set aws');
  });

  it.each([
    { what: 'a failing server', fault: { kind: 'status', status: 502 } as const, kind: 'transient' },
    { what: 'a redirect', fault: { kind: 'status', status: 302 } as const, kind: 'transient' },
    { what: 'a server that wants a token', fault: { kind: 'status', status: 401 } as const, kind: 'unauthorized' },
  ])('is not reached by a probe that finds $what', async ({ fault, kind }) => {
    bench = await KarmoBench.start({ settings: { aws: undefined }, onExchange: () => undefined });
    bench.fixture.emulator.control.inject(fault);

    expect((await bench.scenario.failure(bench.scenario.provider.probe(bench.scenario.signal))).kind).toBe(kind);
  });
});

describe('a plan that only adds', () => {
  it('is refused where the set can not be read', async () => {
    bench = await KarmoBench.start();
    const plan = await bench.scenario.plan(bench.scenario.desired(1, [1]));
    const adding = { ...plan, permissions: { next: [], add: [], remove: [], addOnly: true } };

    expect((await bench.scenario.failure(bench.scenario.provider.apply(adding, bench.scenario.signal))).kind).toBe('unsupported');
    expect(bench.sent()).toEqual([]);
  });
});

describe('deleting', () => {
  it('is unsupported, and nobody is asked', async () => {
    bench = await KarmoBench.start();
    const call = bench.scenario.provider.remove({ organization, slug: 'org-a' }, 'role_1', bench.scenario.signal);

    expect((await bench.scenario.failure(call)).kind).toBe('unsupported');
    expect(bench.sent()).toEqual([]);
  });
});

describe('reading back', () => {
  async function inReadBack(run: (scenario: Scenario) => Promise<void>): Promise<void> {
    bench = await KarmoBench.start();
    const fixture = await startKarmoWithReadBack();
    const scenario = await Scenario.start(fixture);
    await run(scenario);
    fixture.validator.assertNone();
    await scenario.end();
  }

  it('proves both credentials', () =>
    inReadBack(async (scenario) => {
      const { credentials } = scenario.fixture;
      for (const field of ['aws.secretAccessKeySecretRef', 'readBack.apiKeySecretRef']) {
        const stranger = await scenario.connect({ credentials: { ...credentials, [field]: 'another-one' } });
        expect((await scenario.failure(stranger.probe(scenario.signal))).kind, field).toBe('unauthorized');
        await stranger[Symbol.asyncDispose]();
      }
      await scenario.provider.probe(scenario.signal);
    }));

  it('makes no permission that nobody asked to create', () =>
    inReadBack(async (scenario) => {
      scenario.knowPermissions(3);

      const error = await scenario.failure(scenario.realize(scenario.desired(1, [1, 999])));

      expect(error).toMatchObject({ kind: 'invalid', details: { missing: 'permission', rejected: ['thing:action-0999'] } });
      expect(scenario.writes()).toEqual([]);
    }));

  it('makes no role anew for its name alone', () =>
    inReadBack(async (scenario) => {
      scenario.fixture.backdoor.putRole(scenario.stored(1, [1]));
      const plan = await scenario.plan(scenario.desired(1, [1], { displayName: 'Another' }));
      scenario.fixture.backdoor.deleteRole(plan.ref.slug);

      const error = await scenario.failure(scenario.provider.apply(plan, scenario.signal));

      expect(error).toMatchObject({ kind: 'notFound', details: { missing: 'role' } });
      expect(scenario.writes()).toEqual([]);
    }));

  it('takes a 404 of Karmo for a wrong path where the role is there', () =>
    inReadBack(async (scenario) => {
      scenario.fixture.backdoor.putRole(scenario.stored(1, [1, 2]));
      const plan = await scenario.plan(scenario.desired(1, [2]));
      scenario.inject('setPermissions', { kind: 'status', status: 404 });

      const error = await scenario.failure(scenario.provider.apply(plan, scenario.signal));

      expect(error.kind).toBe('transient');
      expect(error.message).toContain('operations.syncRolePermissions');
    }));
});
