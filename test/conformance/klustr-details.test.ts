import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHttpClient, type HttpClient } from '../../src/lib/index.ts';
import type { ConnectDeps } from '../../src/providers/index.ts';
// The client's own operations, of which the provider may use a part only.
import { KlustrClient } from '../../src/providers/klustr/client.ts';
import { type KlustrFixture, type KlustrMode, startKlustr } from './klustr-fixture.ts';
import { Scenario } from './suite/scenario.ts';

const organization = 'conformance.test';
const other = 'never-had-a-role.test';

let fixture: KlustrFixture;
let scenario: Scenario;
const https: HttpClient[] = [];

async function start(mode: KlustrMode, seed: Readonly<Record<string, unknown>> = {}): Promise<void> {
  fixture = await startKlustr(mode, {
    organizations: [{ id: organization, builtInRoles: true, members: ['user-boss'] }, { id: other }],
    ...seed,
  });
  scenario = await Scenario.start(fixture);
}

afterEach(async () => {
  for (const http of https.splice(0)) await http.close();
  await scenario.end();
  fixture.validator.assertNone();
  expect(fixture.tokens.violations).toEqual([]);
});

function deps(): ConnectDeps {
  const http = createHttpClient({ clock: scenario.clock });
  https.push(http);
  return { clock: scenario.clock, http, limiter: scenario.limiter, timeoutMs: 1000, onCall: (call) => void scenario.calls.push(call) };
}

function client(): KlustrClient {
  const { credentials, emulator } = fixture;
  return new KlustrClient(
    emulator.url,
    {
      tokenURL: `${emulator.url}/hydra/oauth2/token`,
      clientID: credentials.clientIDSecretRef ?? '',
      clientSecret: credentials.clientSecretSecretRef ?? '',
    },
    deps(),
  );
}

/** Operations and bodies of the requests so far, without those for tokens. */
function sent(): readonly unknown[] {
  return fixture.emulator.control
    .journal()
    .filter(({ operationId }) => operationId !== 'issueToken')
    .map(({ operationId, body }) => (body === undefined ? [operationId] : [operationId, JSON.parse(body)]));
}

function tokenRequests(): number {
  return fixture.emulator.control.journal({ operationId: 'issueToken' }).length;
}

const act = (action: string, args: object): void => fixture.emulator.control.act(action, args);
const put = (role: object): void => act('putRole', { organization, role });
const roleOf = (place: string, id: string): unknown => {
  const state = fixture.emulator.control.state() as unknown as { organizations: { id: string; roles?: { id: string }[] }[] };
  return state.organizations.find((each) => each.id === place)?.roles?.find((role) => role.id === id);
};

describe.each(['documented', 'source'] as const)('in mode %s', (mode) => {
  beforeEach(() => start(mode));

  it('a role is created from its whole document, after a look whether it is there', async () => {
    await scenario.realize(scenario.desired(1, [2, 1], { extras: { namespace: 'things', stage: 'beta' } }));

    expect(sent()).toEqual([
      ['listOrganizationRoles'],
      ['getOrgRoleById'],
      [
        'createOrgRole',
        {
          id: 'conformance.role-0001',
          name: 'Role 1',
          description: 'What role 1 is for',
          namespace: 'things',
          stage: 'beta',
          permissions: [{ scope: 'thing.action-0001' }, { scope: 'thing.action-0002' }],
        },
      ],
    ]);
    expect((await scenario.observed('conformance.role-0001'))?.extras).toEqual({ namespace: 'things', stage: 'beta' });
  });

  it('a first role is created in an organization that never had one', async () => {
    const desired = scenario.desired(1, [1], { ref: { organization: other, slug: 'first' } });
    const normalized = scenario.provider.normalize(desired);
    if (!normalized.ok) throw new Error('it must be good');
    const plan = { ...(await scenario.plan(desired)), action: 'create' as const };

    await scenario.provider.apply(plan, scenario.signal);

    expect(roleOf(other, 'first')).toMatchObject({ name: 'Role 1', permissions: ['thing.action-0001'] });
    expect((await scenario.failure(scenario.provider.apply(plan, scenario.signal))).kind).toBe('conflict');
  });

  it('a change carries every field, those that are not managed as they are now', async () => {
    put({ id: 'conformance.role-0001', name: 'Old', description: 'Text', namespace: 'mine', stage: 'alpha', permissions: ['x'] });
    const plan = await scenario.plan({
      ref: { organization, slug: 'conformance.role-0001' },
      displayName: 'New',
      permissions: ['y'],
      extras: { stage: 'ga' },
    });
    put({ id: 'conformance.role-0001', namespace: 'theirs' });
    scenario.forgetRequests();

    await scenario.provider.apply(plan, scenario.signal);

    expect(sent()).toEqual([
      ['getOrgRoleById'],
      [
        'updateOrgRole',
        { id: 'conformance.role-0001', name: 'New', description: 'Text', namespace: 'theirs', stage: 'ga', permissions: [{ scope: 'y' }] },
      ],
    ]);
  });

  it('stage and namespace alone are a change, and none the second time', async () => {
    put({ id: 'conformance.role-0001', name: 'Role 1', description: 'What role 1 is for', permissions: ['thing.action-0001'] });
    const desired = scenario.desired(1, [1], { extras: { namespace: 'n', stage: 'deprecated' } });

    expect((await scenario.realize(desired)).fields).toEqual({ extras: { namespace: 'n', stage: 'deprecated' } });
    expect((await scenario.plan(desired)).action).toBe('none');
    expect(roleOf(organization, 'conformance.role-0001')).toMatchObject({ permissions: ['thing.action-0001'], stage: 'deprecated' });
  });

  it('a role whose id has capital letters at Klustr is found, and keeps them', async () => {
    put({ id: 'Billing.Editor', name: 'Editor', permissions: ['a'] });
    const desired = { ref: { organization, slug: 'billing.EDITOR' }, permissions: ['a', 'b'], extras: {} };

    expect(await scenario.observed('billing.editor')).toMatchObject({ externalID: 'Billing.Editor', ref: { slug: 'billing.editor' } });
    await scenario.realize(desired);

    expect(roleOf(organization, 'Billing.Editor')).toMatchObject({ permissions: ['a', 'b'] });
    expect((await scenario.plan(desired)).action).toBe('none');
    await scenario.provider.remove({ organization, slug: 'billing.editor' }, 'Billing.Editor', scenario.signal);
    expect(fixture.emulator.control.journal({ operationId: 'deleteOrgRole' })[0]?.path).toMatch(/\/roles\/Billing\.Editor$/);
    expect(roleOf(organization, 'Billing.Editor')).toBeUndefined();
  });

  it.each([
    { reason: 'the same id', id: 'conformance.role-0001' },
    { reason: 'an id that differs in case only', id: 'Conformance.Role-0001' },
  ])('two roles with $reason are a conflict that names it, and nothing is concluded', async ({ id }) => {
    put({ id: 'conformance.role-0001', permissions: ['a'] });
    act('addRole', { organization, role: { id, permissions: ['b'] } });

    const error = await scenario.failure(scenario.provider.observe(organization, scenario.signal));

    expect(error).toMatchObject({ kind: 'conflict', details: { operation: 'listOrganizationRoles' } });
    expect(error.message).toContain('"conformance.role-0001"');
  });

  it.each(['admin', 'billing.admin.role', 'billing.read-only.role'])(
    'the role %s is Klustr’s own: reported so, and never written',
    async (slug) => {
      const observed = await scenario.observed(slug);
      expect(observed).toMatchObject({ system: true });
      scenario.forgetRequests();

      const call = scenario.provider.remove({ organization, slug }, observed?.externalID ?? '', scenario.signal);

      expect((await scenario.failure(call)).kind).toBe('forbidden');
      expect(fixture.emulator.control.journal()).toEqual([]);
    },
  );

  it('a role is not deleted where nobody can say who holds it', async () => {
    put({ id: 'conformance.role-0001', permissions: [] });
    const remove = (): Promise<void> =>
      scenario.provider.remove({ organization, slug: 'conformance.role-0001' }, 'conformance.role-0001', scenario.signal);
    const operationId = 'getOrgRoleAssignments';
    fixture.emulator.control.inject({ kind: 'status', status: 500, operationId }, { kind: 'status', status: 404, operationId });

    expect((await scenario.failure(remove())).kind).toBe('transient');
    expect((await scenario.failure(remove())).kind).toBe('notFound');
    expect(roleOf(organization, 'conformance.role-0001')).toBeDefined();
    await remove();
    expect(roleOf(organization, 'conformance.role-0001')).toBeUndefined();
  });

  it('no call is ever made but those that keep roles', async () => {
    await scenario.provider.probe(scenario.signal);
    await scenario.realize(scenario.desired(1, [1]));
    await scenario.realize(scenario.desired(1, [2]), 'Additive');
    await scenario.realize(scenario.desired(1, [3]));
    await scenario.provider.remove({ organization, slug: 'conformance.role-0001' }, '', scenario.signal);

    expect(new Set(fixture.emulator.control.journal().map(({ operationId }) => operationId))).toEqual(
      new Set([
        ...['issueToken', 'listOrgPermissions', 'listOrganizationRoles', 'getOrgRoleById', 'createOrgRole', 'updateOrgRole'],
        ...['getOrgRoleAssignments', 'deleteOrgRole'],
      ]),
    );
  });
});

describe('rights', () => {
  it.each([
    { mode: 'documented', status: 403 },
    { mode: 'source', status: 500 },
  ] as const)('that are missing are forbidden in mode $mode, and a write leaves nothing open', async ({ mode, status }) => {
    await start(mode);
    put({ id: 'conformance.role-0001', name: 'Role 1', permissions: ['a'] });
    const plan = await scenario.plan(scenario.desired(1, [1]));
    const { clientIDSecretRef: id, clientSecretSecretRef: secret } = fixture.credentials;
    act('putClient', { client: { id, secret, authorities: ['org.roles.list', 'org.roles.get'] } });

    const error = await scenario.failure(scenario.provider.apply(plan, scenario.signal));

    expect(error).toMatchObject({ kind: 'forbidden', details: { operation: 'updateOrgRole', status } });
    expect(error.details.ambiguous).toBeUndefined();
    await scenario.provider.probe(scenario.signal);
  });

  it('that are missing by the server’s own words are forbidden although it says 401, and no token is asked for', async () => {
    await start('source');
    await scenario.provider.probe(scenario.signal);
    scenario.inject('listRoles', { kind: 'status', status: 401, body: { missing_permissions: ['org.roles.list'] } });
    scenario.forgetRequests();

    const error = await scenario.failure(scenario.provider.observe(organization, scenario.signal));

    expect(error).toMatchObject({ kind: 'forbidden', details: { status: 401 } });
    expect(error.message).toContain('org.roles.list');
    expect(tokenRequests()).toBe(0);
  });
});

describe('what Klustr refuses', () => {
  beforeEach(() => start('source'));

  const unhandled = (error: string) => ({ error, message: 'Something', path: '/x', timestamp: '2026-01-01T00:00:00Z' });
  const cases = [
    { reason: 'an id', status: 404, body: { status: 404, error: { reason: 'ID is not valid' } }, kind: 'invalid' },
    { reason: 'a body', status: 500, body: unhandled('HttpMessageNotReadableException'), kind: 'invalid' },
    { reason: 'the caller', status: 500, body: unhandled('AccessDeniedException'), kind: 'forbidden' },
    {
      reason: 'an unknown organization',
      status: 404,
      body: { status: 404, error: { reason: 'Entity does not exist.' } },
      kind: 'notFound',
    },
    { reason: 'a clash', status: 409, body: { status: 409, error: { reason: 'Taken' } }, kind: 'conflict' },
  ];
  it.each(cases)('is $kind where it refuses $reason, and certainly not done', async ({ status, body, kind }) => {
    const plan = await scenario.plan(scenario.desired(1, [1]));
    scenario.inject('createRole', { kind: 'status', status, body });

    const error = await scenario.failure(scenario.provider.apply(plan, scenario.signal));

    expect(error).toMatchObject({ kind, details: { status } });
    expect(error.details.ambiguous).toBeUndefined();
  });

  it('is transient and open where it just fails', async () => {
    const plan = await scenario.plan(scenario.desired(1, [1]));
    scenario.inject('createRole', { kind: 'status', status: 500, body: unhandled('IllegalStateException') });

    expect(await scenario.failure(scenario.provider.apply(plan, scenario.signal))).toMatchObject({
      kind: 'transient',
      details: { ambiguous: true, code: 'IllegalStateException' },
    });
  });

  it('is no absence where the framework below the API says 404', async () => {
    scenario.inject('listRoles', { kind: 'status', status: 404, body: { timestamp: 't', status: 404, error: 'Not Found', path: '/x' } });

    expect((await scenario.failure(scenario.provider.observe(organization, scenario.signal))).kind).toBe('transient');
  });
});

describe('tokens', () => {
  beforeEach(() => start('source'));

  it('serve all calls until they end, and are shared by callers at the same time', async () => {
    await Promise.all(Array.from({ length: 20 }, () => scenario.provider.observe(organization, scenario.signal)));
    await scenario.provider.observe(organization, scenario.signal);
    expect(tokenRequests()).toBe(1);

    await scenario.clock.advance(3_570_000);
    await scenario.provider.observe(organization, scenario.signal);
    expect(tokenRequests()).toBe(2);
  });

  it('are renewed once when one is refused, and the call is made again, also a write', async () => {
    const plan = await scenario.plan(scenario.desired(1, [1]));
    act('revokeTokens', {});
    scenario.forgetRequests();

    await scenario.provider.apply(plan, scenario.signal);

    expect(tokenRequests()).toBe(1);
    expect(fixture.emulator.control.journal().map(({ operationId, status }) => [operationId, status])).toEqual([
      ['getOrgRoleById', 401],
      ['issueToken', 200],
      ['getOrgRoleById', 404],
      ['createOrgRole', 200],
    ]);
  });

  it('are not asked for again and again when the new one is refused as well', async () => {
    await scenario.provider.probe(scenario.signal);
    scenario.forgetRequests();
    scenario.inject('listRoles', { kind: 'status', status: 401, times: 0 });

    expect((await scenario.failure(scenario.provider.observe(organization, scenario.signal))).kind).toBe('unauthorized');

    expect(tokenRequests()).toBe(1);
    expect(scenario.requests('listRoles')).toHaveLength(2);
  });

  it('are renewed for many calls that were refused at once by one request', async () => {
    await scenario.provider.probe(scenario.signal);
    act('revokeTokens', {});
    scenario.forgetRequests();

    await Promise.all(Array.from({ length: 10 }, () => scenario.provider.observe(organization, scenario.signal)));

    expect(tokenRequests()).toBe(1);
  });

  it('that can not be had are transient, and no role is touched', async () => {
    const stranger = await scenario.connect();
    fixture.emulator.control.inject({ kind: 'status', status: 503, operationId: 'issueToken' });
    scenario.forgetRequests();

    const error = await scenario.failure(stranger.observe(organization, scenario.signal));

    expect(error).toMatchObject({ kind: 'transient', details: { operation: 'issueToken' } });
    expect(sent()).toEqual([]);
    await stranger[Symbol.asyncDispose]();
  });

  it('are not shown where an error repeats them', async () => {
    await scenario.provider.probe(scenario.signal);
    scenario.inject('listRoles', { kind: 'status', status: 400, body: fixture.errorBody('You sent ory_at_emulated-00000001 here') });

    const error = await scenario.failure(scenario.provider.observe(organization, scenario.signal));

    expect(error.message).toContain('You sent');
    expect(error.message).not.toContain('ory_at_emulated-00000001');
  });
});

describe('the probe', () => {
  beforeEach(() => start('source'));

  it.each([
    { reason: 'a server that fails', fault: { kind: 'status', status: 500 }, kind: 'transient' },
    { reason: 'a page of somebody else', fault: { kind: 'html', status: 404 }, kind: 'transient' },
    { reason: 'a token that is refused', fault: { kind: 'status', status: 401, times: 0 }, kind: 'unauthorized' },
  ] as const)('is not content with $reason', async ({ fault, kind }) => {
    fixture.emulator.control.inject({ ...fault, operationId: 'listOrgPermissions' });

    expect((await scenario.failure(scenario.provider.probe(scenario.signal))).kind).toBe(kind);
  });
});

describe('the rest of the vendor’s operations', () => {
  const role = { organization, id: 'conformance.role-0001' };
  const grant = { ...role, user: 'user-1' };
  const holders = (): unknown => {
    const state = fixture.emulator.control.state() as unknown as { organizations: { assignments: unknown; members: unknown }[] };
    return state.organizations.map(({ assignments, members }) => ({ assignments, members }))[0];
  };

  it('give a role to a user, show it and take it back', async () => {
    await start('documented');
    put({ id: role.id, permissions: ['a'] });
    const klustr = client();
    const { signal } = scenario;

    expect(await klustr.addUserToRole(grant, signal)).toEqual({ role: role.id, assignedTo: 'user-1' });
    await klustr.addUserToRole(grant, signal);
    expect(await klustr.getOrgRoleAssignments(role, signal)).toEqual({ count: 1, assignments: [{ role: role.id, assignedTo: 'user-1' }] });
    expect((await klustr.getUserRoles(organization, 'user-1', signal)).roles.map(({ id }) => id)).toEqual([role.id]);
    await klustr.dangerouslyRevokeUserRoleByGet(grant, signal);
    await klustr.dangerouslyRevokeUserRoleByGet(grant, signal);
    expect((await klustr.getOrgRoleAssignments(role, signal)).count).toBe(0);
    expect((await scenario.failure(klustr.getOrgUserRoles(organization, signal))).kind).toBe('invalid');
    act('assign', { organization, role: role.id, user: fixture.credentials.clientIDSecretRef });
    expect((await klustr.getOrgUserRoles(organization, signal)).roles.map(({ id }) => id)).toEqual([role.id]);
  });

  it('count a revocation as a write, although it is a GET', async () => {
    await start('source');
    fixture.emulator.control.inject({ kind: 'cut', carryOut: true, operationId: 'removeUserRole' });

    const error = await scenario.failure(client().dangerouslyRevokeUserRoleByGet(grant, scenario.signal));

    expect(error).toMatchObject({ kind: 'transient', details: { ambiguous: true } });
    expect(fixture.emulator.control.journal({ operationId: 'removeUserRole' })).toHaveLength(1);
  });

  it('generate the roles of a namespace, which nobody here will touch', async () => {
    await start('source');

    const roles = await client().generateOrgRoles(organization, { resources: [{ namespace: 'User Consent' }] }, scenario.signal);

    expect(roles.map(({ id }) => id)).toEqual(['user.consent.admin.role', 'user.consent.read-only.role']);
    expect((await scenario.observed('user.consent.admin.role'))?.system).toBe(true);
  });

  it.each([
    { mode: 'documented', left: ['user-2', 'user-1'], members: ['user-boss'] },
    { mode: 'source', left: ['user-1'], members: [] },
  ] as const)('that give a list of roles do in mode $mode what makes them dangerous', async ({ mode, left, members }) => {
    await start(mode);
    put({ id: role.id, permissions: ['a'] });
    act('assign', { organization, role: 'admin', user: 'user-2' });

    await client().dangerouslyReplaceRelationsOfOrganization(organization, 'user-1', [role.id], scenario.signal);

    expect(holders()).toMatchObject({ assignments: left.map((user) => ({ user })), members });
  });

  it('delete every role, also those of Klustr itself', async () => {
    await start('source');

    await client().dangerouslyDeleteAllOrganizationRoles(organization, scenario.signal);

    expect((await scenario.provider.observe(organization, scenario.signal)).roles.size).toBe(0);
  });
});

describe('connecting', () => {
  beforeEach(() => start('source'));

  const settings = {
    baseURL: 'https://gateway.example',
    tokenURL: 'https://auth.example/token',
    clientIDSecretRef: { name: 'klustr', key: 'clientID' },
    clientSecretSecretRef: { name: 'klustr', key: 'clientSecret' },
  };

  it.each([
    { reason: 'an address without encryption', change: { baseURL: 'http://gateway.example' } },
    { reason: 'a token address without encryption', change: { tokenURL: 'http://auth.example/token' } },
    { reason: 'credentials in the token address', change: { tokenURL: 'https://a:hunter22@auth.example/token' } },
  ])('refuses $reason', async ({ change }) => {
    const error = await scenario.failure(fixture.driver.connect({ ...settings, ...change }, fixture.credentials, deps()));

    expect(error.kind).toBe('invalid');
    expect(error.message).not.toContain('hunter22');
  });

  it.each(['clientIDSecretRef', 'clientSecretSecretRef'])('refuses an empty %s', async (field) => {
    const call = fixture.driver.connect(settings, { ...fixture.credentials, [field]: ' ' }, deps());

    expect((await scenario.failure(call)).kind).toBe('unauthorized');
  });

  it('names the Secret of a private authority where there is one, and sends nothing', async () => {
    const caSecretRef = { name: 'klustr', key: 'ca' };

    expect(fixture.driver.secretRefs({ ...settings, caSecretRef })).toHaveProperty('caSecretRef', caSecretRef);
    expect(fixture.driver.roleBlock).toBe('klustr');
    await fixture.driver.connect(settings, fixture.credentials, deps());
    expect(fixture.emulator.control.journal()).toEqual([]);
  });
});
