import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Applied } from '../../src/model/index.ts';
import { planRole, withCreatedPermissions } from '../../src/plan/index.ts';
import { Scenario } from './suite/scenario.ts';
import { startWorkos } from './workos-fixture.ts';

let scenario: Scenario;
let organization: string;

beforeEach(async () => {
  scenario = await Scenario.start(await startWorkos());
  organization = scenario.organization;
});

afterEach(async () => {
  scenario.fixture.validator.assertNone();
  await scenario.end();
});

/** The bodies of the writes so far, with their operations. */
function sent(): readonly unknown[] {
  return scenario.writes().map(({ operationId, body }) => [operationId, body === undefined ? undefined : JSON.parse(body)]);
}

describe('what WorkOS is sent', () => {
  it('creates the role and then gives it its permissions, which the API does not take on create', async () => {
    scenario.knowPermissions(3);

    const plan = await scenario.plan(scenario.desired(1, [2, 1]));
    const applied: Applied = await scenario.provider.apply(plan, scenario.signal);

    expect(sent()).toEqual([
      ['createOrganizationRole', { slug: 'org-role-0001', name: 'Role 1', description: 'What role 1 is for' }],
      ['setOrganizationRolePermissions', { permissions: ['thing:action-0001', 'thing:action-0002'] }],
    ]);
    expect(applied.externalID).toMatch(/^role_/);
  });

  it('sends only the fields that change, and null for a description that is cleared', async () => {
    scenario.fixture.backdoor.putRole(scenario.stored(1, [1]));

    await scenario.realize(scenario.desired(1, [1], { description: '' }));
    await scenario.realize(scenario.desired(1, [1], { displayName: 'New', description: '' }));

    expect(sent()).toEqual([
      ['updateOrganizationRole', { description: null }],
      ['updateOrganizationRole', { name: 'New' }],
    ]);
  });

  it('adds permissions one by one where others must survive', async () => {
    scenario.fixture.backdoor.putRole(scenario.stored(1, [1]));
    scenario.knowPermissions(4);

    await scenario.realize(scenario.desired(1, [2, 3]), 'Additive');

    expect(sent()).toEqual([
      ['addOrganizationRolePermission', { slug: 'thing:action-0002' }],
      ['addOrganizationRolePermission', { slug: 'thing:action-0003' }],
    ]);
  });

  it('writes the set again when an earlier write was left open, although it looks right', async () => {
    scenario.fixture.backdoor.putRole(scenario.stored(1, [1]));
    const role = await scenario.observed('org-role-0001');
    if (role === undefined) throw new Error('the role must be there');

    const plan = planRole({ desired: scenario.desired(1, [1]), observed: { state: 'present', role }, mode: 'Enforce', rewrite: true });
    await scenario.provider.apply(plan, scenario.signal);

    expect(sent()).toEqual([['setOrganizationRolePermissions', { permissions: ['thing:action-0001'] }]]);
  });

  it('probes with the smallest page there is', async () => {
    await scenario.provider.probe(scenario.signal);

    expect(scenario.requests('listPermissions').map((entry) => entry.path)).toEqual(['/authorization/permissions?limit=1']);
  });

  it('stops at a catalogue entry that is refused and writes no role', async () => {
    scenario.inject('createPermission', { kind: 'status', status: 422 });
    const plan = withCreatedPermissions(await scenario.plan(scenario.desired(1, [1])), ['thing:action-0001']);

    const error = await scenario.failure(scenario.provider.apply(plan, scenario.signal));

    expect(error).toMatchObject({ kind: 'invalid', details: { operation: 'createPermission' } });
    expect(scenario.requests('createRole')).toEqual([]);
  });
});

describe('roles of the environment', () => {
  it('are refused by what the last list said, even with a slug like that of an organization role', async () => {
    scenario.fixture.emulator.control.act('putEnvironmentRole', { role: { slug: 'org-wide', name: 'Wide' } });
    scenario.knowPermissions(2);
    expect((await scenario.observed('org-wide'))?.system).toBe(true);
    const desired = { ...scenario.desired(1, [1]), ref: { organization, slug: 'org-wide' } };

    const error = await scenario.failure(scenario.realize(desired));

    expect(error.kind).toBe('forbidden');
    expect(scenario.writes()).toEqual([]);
  });

  it('are refused for a slug that no organization role can have, before any list was read', async () => {
    const error = await scenario.failure(scenario.provider.remove({ organization, slug: 'admin' }, '', scenario.signal));

    expect(error.kind).toBe('forbidden');
    expect(scenario.fixture.emulator.control.journal()).toEqual([]);
  });

  it('are refused by the server where no list was read yet', async () => {
    scenario.fixture.emulator.control.act('putEnvironmentRole', { role: { slug: 'org-wide', name: 'Wide' } });

    const error = await scenario.failure(scenario.provider.remove({ organization, slug: 'org-wide' }, '', scenario.signal));

    expect(error).toMatchObject({ kind: 'forbidden', details: { status: 403 } });
  });
});

describe('a role that cannot be deleted', () => {
  const ref = { slug: 'org-role-0001' };

  it('is inUse without a count when groups are mapped to it', async () => {
    scenario.fixture.backdoor.putRole(scenario.stored(1, []));
    scenario.fixture.emulator.control.act('mapGroup', { organization, slug: ref.slug });

    const error = await scenario.failure(scenario.provider.remove({ organization, ...ref }, '', scenario.signal));

    expect(error).toMatchObject({ kind: 'inUse', details: { code: 'role_has_group_role_mappings' } });
    expect(error.details.holders).toBeUndefined();
    expect(scenario.fixture.emulator.control.journal({ operationId: 'listOrganizationMemberships' })).toEqual([]);
  });

  it('is inUse without a count when counting fails', async () => {
    scenario.fixture.backdoor.putRole(scenario.stored(1, []));
    scenario.fixture.backdoor.hold(ref.slug, 3);
    scenario.fixture.emulator.control.inject({ kind: 'status', status: 500, operationId: 'listOrganizationMemberships' });

    const error = await scenario.failure(scenario.provider.remove({ organization, ...ref }, '', scenario.signal));

    expect(error.kind).toBe('inUse');
    expect(error.details.holders).toBeUndefined();
  });

  it("ends with the signal's reason when it is aborted while counting", async () => {
    scenario.fixture.backdoor.putRole(scenario.stored(1, []));
    scenario.fixture.backdoor.hold(ref.slug, 3);
    scenario.fixture.emulator.control.inject({ kind: 'hang', operationId: 'listOrganizationMemberships' });
    const arrived = scenario.fixture.emulator.control.nextRequest({ operationId: 'listOrganizationMemberships' });
    const stop = new AbortController();
    const reason = new Error('shutting down');

    const outcome = scenario.provider.remove({ organization, ...ref }, '', stop.signal).catch((error: unknown) => error);
    await arrived;
    stop.abort(reason);

    expect(await outcome).toBe(reason);
  });
});

describe('errors', () => {
  it('carry the id of the request and the code of WorkOS', async () => {
    scenario.knowPermissions(2);
    const plan = await scenario.plan(scenario.desired(1, [1]));
    scenario.fixture.backdoor.putRole(scenario.stored(1, []));

    const error = await scenario.failure(scenario.provider.apply(plan, scenario.signal));

    expect(error.details).toMatchObject({ operation: 'createOrganizationRole', status: 409, code: 'organization_role_slug_conflict' });
    expect(error.details.requestID).toBe(scenario.requests('createRole')[0]?.requestID);
  });

  it('name every unknown permission in their details and a few in their message', async () => {
    scenario.fixture.backdoor.putRole(scenario.stored(1, [1]));
    const many = Array.from({ length: 500 }, (_, number) => 1000 + number);

    const error = await scenario.failure(scenario.realize(scenario.desired(1, many)));

    expect(error.details.rejected).toHaveLength(500);
    expect(error.message).toContain('and 490 more');
  });

  it('stay as they were when the catalogue cannot be read to explain them', async () => {
    scenario.fixture.backdoor.putRole(scenario.stored(1, [1]));
    const plan = await scenario.plan(scenario.desired(1, [7]));
    scenario.inject('listPermissions', { kind: 'status', status: 500 });

    const error = await scenario.failure(scenario.provider.apply(plan, scenario.signal));

    expect(error).toMatchObject({ kind: 'notFound', details: { operation: 'setOrganizationRolePermissions' } });
    expect(error.details.missing).toBeUndefined();
  });
});

describe('connecting', () => {
  const { signal } = new AbortController();
  const deps = (): Parameters<typeof scenario.fixture.driver.connect>[2] => ({
    clock: scenario.clock,
    http: { send: () => Promise.reject(new Error('nothing may be sent')), close: async () => undefined },
    limiter: scenario.limiter,
    timeoutMs: 1000,
    onCall: () => undefined,
  });
  const apiKeySecretRef = { name: 'workos', key: 'apiKey' };

  it('uses the public address unless told otherwise, and refuses an unencrypted one', async () => {
    const { driver, credentials } = scenario.fixture;

    expect(driver.account({ apiKeySecretRef })).toBe('https://api.workos.com');
    await expect(driver.connect({ apiKeySecretRef }, credentials, deps())).resolves.toBeDefined();
    await expect(driver.connect({ apiKeySecretRef, baseURL: 'http://workos.example' }, credentials, deps())).rejects.toMatchObject({
      kind: 'invalid',
    });
  });

  it.each(['', ' \n', 'sk_live_a b', 'sk_live_a\nb', 'sk_live_ä'])('refuses the key %j without showing it', async (apiKey) => {
    const outcome = await scenario.fixture.driver
      .connect({ apiKeySecretRef }, { apiKeySecretRef: apiKey }, deps())
      .catch((error: unknown) => error);

    expect(outcome).toMatchObject({ kind: 'unauthorized' });
    expect(String(outcome)).not.toContain('sk_live');
  });

  it('ends a reading of the catalogue when the connection is closed', async () => {
    scenario.inject('listPermissions', { kind: 'hang' });
    const arrived = scenario.fixture.emulator.control.nextRequest({ operationId: 'listPermissions' });
    const reading = scenario.failure(scenario.provider.catalogue?.unknown(['a'], signal) ?? Promise.resolve());
    await arrived;

    await scenario.provider[Symbol.asyncDispose]();

    expect((await reading).kind).toBe('transient');
  });

  it('asks for a Secret with certificates only where the settings name one', () => {
    const { driver } = scenario.fixture;
    const caSecretRef = { name: 'ca', key: 'ca.crt', namespace: 'certs' };

    expect(driver.secretRefs({ apiKeySecretRef })).toEqual({ apiKeySecretRef });
    expect(driver.secretRefs({ apiKeySecretRef, caSecretRef })).toEqual({ apiKeySecretRef, caSecretRef });
  });
});
