import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KlustrBench, neverHadARole, organization } from './klustr-bench.ts';
import type { KlustrMode } from './klustr-fixture.ts';

let bench: KlustrBench;

async function start(mode: KlustrMode): Promise<void> {
  bench = await KlustrBench.start(mode);
}

afterEach(() => bench.end());

describe.each(['documented', 'source'] as const)('in mode %s', (mode) => {
  beforeEach(() => start(mode));

  it('a role is created from its whole document, after a look whether it is there', async () => {
    await bench.scenario.realize(bench.scenario.desired(1, [2, 1], { extras: { namespace: 'things', stage: 'beta' } }));

    expect(bench.sent()).toEqual([
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
    expect((await bench.scenario.observed('conformance.role-0001'))?.extras).toEqual({ namespace: 'things', stage: 'beta' });
  });

  it('a first role is created in an organization that never had one', async () => {
    const desired = bench.scenario.desired(1, [1], { ref: { organization: neverHadARole, slug: 'first' } });
    const normalized = bench.scenario.provider.normalize(desired);
    if (!normalized.ok) throw new Error('it must be good');
    const plan = { ...(await bench.scenario.plan(desired)), action: 'create' as const };

    await bench.scenario.provider.apply(plan, bench.scenario.signal);

    expect(bench.role(neverHadARole, 'first')).toMatchObject({ name: 'Role 1', permissions: ['thing.action-0001'] });
    expect((await bench.scenario.failure(bench.scenario.provider.apply(plan, bench.scenario.signal))).kind).toBe('conflict');
  });

  it('a change carries every field, those that are not managed as they are now', async () => {
    bench.put({ id: 'conformance.role-0001', name: 'Old', description: 'Text', namespace: 'mine', stage: 'alpha', permissions: ['x'] });
    const plan = await bench.scenario.plan({
      ref: { organization, slug: 'conformance.role-0001' },
      displayName: 'New',
      permissions: ['y'],
      extras: { stage: 'ga' },
    });
    bench.put({ id: 'conformance.role-0001', namespace: 'theirs' });
    bench.scenario.forgetRequests();

    await bench.scenario.provider.apply(plan, bench.scenario.signal);

    expect(bench.sent()).toEqual([
      ['getOrgRoleById'],
      [
        'updateOrgRole',
        { id: 'conformance.role-0001', name: 'New', description: 'Text', namespace: 'theirs', stage: 'ga', permissions: [{ scope: 'y' }] },
      ],
    ]);
  });

  it('stage and namespace alone are a change, and none the second time', async () => {
    bench.put({ id: 'conformance.role-0001', name: 'Role 1', description: 'What role 1 is for', permissions: ['thing.action-0001'] });
    const desired = bench.scenario.desired(1, [1], { extras: { namespace: 'n', stage: 'deprecated' } });

    expect((await bench.scenario.realize(desired)).fields).toEqual({ extras: { namespace: 'n', stage: 'deprecated' } });
    expect((await bench.scenario.plan(desired)).action).toBe('none');
    expect(bench.role(organization, 'conformance.role-0001')).toMatchObject({ permissions: ['thing.action-0001'], stage: 'deprecated' });
  });

  it('the roles of a namespace are generated where they are missing, once, and the role itself is left alone for it', async () => {
    bench.put({ id: 'conformance.role-0001', name: 'Role 1', description: 'What role 1 is for', namespace: 'Order-Book' });
    const desired = bench.scenario.desired(1, [], { extras: { namespace: 'Order-Book', generate: true } });

    expect((await bench.scenario.realize(desired)).fields).toEqual({ extras: { generate: true } });
    expect(bench.sent().slice(-2)).toEqual([['getOrgRoleById'], ['generateOrgRoles', { resources: [{ namespace: 'Order-Book' }] }]]);
    expect(bench.role(organization, 'order.book.admin.role')).toBeDefined();
    expect(bench.role(organization, 'order.book.read-only.role')).toBeDefined();
    expect((await bench.scenario.plan(desired)).action).toBe('none');

    // One of the pair goes: what is missing is generated again, and nothing else happens.
    bench.fixture.backdoor.deleteRole('order.book.admin.role');
    expect((await bench.scenario.plan(desired)).fields).toEqual({ extras: { generate: true } });
  });

  it('a new role comes with the generated ones of its namespace', async () => {
    await bench.scenario.realize(bench.scenario.desired(1, [1], { extras: { namespace: 'books', generate: true } }));

    expect(bench.role(organization, 'conformance.role-0001')).toMatchObject({ namespace: 'books' });
    expect(bench.role(organization, 'books.read-only.role')).toBeDefined();
  });

  it('a role whose id has capital letters at Klustr is found, and keeps them', async () => {
    bench.put({ id: 'Billing.Editor', name: 'Editor', permissions: ['a'] });
    const desired = { ref: { organization, slug: 'billing.EDITOR' }, permissions: ['a', 'b'], extras: {} };

    expect(await bench.scenario.observed('billing.editor')).toMatchObject({
      externalID: 'Billing.Editor',
      ref: { slug: 'billing.editor' },
    });
    await bench.scenario.realize(desired);

    expect(bench.role(organization, 'Billing.Editor')).toMatchObject({ permissions: ['a', 'b'] });
    expect((await bench.scenario.plan(desired)).action).toBe('none');
    await bench.scenario.provider.remove({ organization, slug: 'billing.editor' }, 'Billing.Editor', bench.scenario.signal);
    expect(bench.fixture.emulator.control.journal({ operationId: 'deleteOrgRole' })[0]?.path).toMatch(/\/roles\/Billing\.Editor$/);
    expect(bench.role(organization, 'Billing.Editor')).toBeUndefined();
  });

  it.each([
    { reason: 'the same id', id: 'conformance.role-0001' },
    { reason: 'an id that differs in case only', id: 'Conformance.Role-0001' },
  ])('two roles with $reason are a conflict that names it, and nothing is concluded', async ({ id }) => {
    bench.put({ id: 'conformance.role-0001', permissions: ['a'] });
    bench.act('addRole', { organization, role: { id, permissions: ['b'] } });

    const error = await bench.scenario.failure(bench.scenario.provider.observe(organization, bench.scenario.signal));

    expect(error).toMatchObject({ kind: 'conflict', details: { operation: 'listOrganizationRoles' } });
    expect(error.message).toContain('"conformance.role-0001"');
  });

  it.each(['admin', 'billing.admin.role', 'billing.read-only.role'])(
    'the role %s is Klustr’s own: reported so, and never written',
    async (slug) => {
      const observed = await bench.scenario.observed(slug);
      expect(observed).toMatchObject({ system: true });
      bench.scenario.forgetRequests();

      const call = bench.scenario.provider.remove({ organization, slug }, observed?.externalID ?? '', bench.scenario.signal);

      expect((await bench.scenario.failure(call)).kind).toBe('forbidden');
      expect(bench.fixture.emulator.control.journal()).toEqual([]);
    },
  );

  it('a role is not deleted where nobody can say who holds it', async () => {
    bench.put({ id: 'conformance.role-0001', permissions: [] });
    const remove = (): Promise<void> =>
      bench.scenario.provider.remove({ organization, slug: 'conformance.role-0001' }, 'conformance.role-0001', bench.scenario.signal);
    const operationId = 'getOrgRoleAssignments';
    bench.fixture.emulator.control.inject({ kind: 'status', status: 500, operationId }, { kind: 'status', status: 404, operationId });

    expect((await bench.scenario.failure(remove())).kind).toBe('transient');
    expect((await bench.scenario.failure(remove())).kind).toBe('notFound');
    expect(bench.role(organization, 'conformance.role-0001')).toBeDefined();
    await remove();
    expect(bench.role(organization, 'conformance.role-0001')).toBeUndefined();
  });

  it('no call is ever made but those that keep roles', async () => {
    await bench.scenario.provider.probe(bench.scenario.signal);
    await bench.scenario.realize(bench.scenario.desired(1, [1]));
    await bench.scenario.realize(bench.scenario.desired(1, [2]), 'Additive');
    await bench.scenario.realize(bench.scenario.desired(1, [3]));
    await bench.scenario.provider.remove({ organization, slug: 'conformance.role-0001' }, '', bench.scenario.signal);

    expect(new Set(bench.fixture.emulator.control.journal().map(({ operationId }) => operationId))).toEqual(
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
    bench.put({ id: 'conformance.role-0001', name: 'Role 1', permissions: ['a'] });
    const plan = await bench.scenario.plan(bench.scenario.desired(1, [1]));
    const { clientIDSecretRef: id, clientSecretSecretRef: secret } = bench.fixture.credentials;
    bench.act('putClient', { client: { id, secret, authorities: ['org.roles.list', 'org.roles.get'] } });

    const error = await bench.scenario.failure(bench.scenario.provider.apply(plan, bench.scenario.signal));

    expect(error).toMatchObject({ kind: 'forbidden', details: { operation: 'updateOrgRole', status } });
    expect(error.details.ambiguous).toBeUndefined();
    await bench.scenario.provider.probe(bench.scenario.signal);
  });

  it('that are missing by the server’s own words are forbidden although it says 401, and no token is asked for', async () => {
    await start('source');
    await bench.scenario.provider.probe(bench.scenario.signal);
    bench.scenario.inject('listRoles', { kind: 'status', status: 401, body: { missing_permissions: ['org.roles.list'] } });
    bench.scenario.forgetRequests();

    const error = await bench.scenario.failure(bench.scenario.provider.observe(organization, bench.scenario.signal));

    expect(error).toMatchObject({ kind: 'forbidden', details: { status: 401 } });
    expect(error.message).toContain('org.roles.list');
    expect(bench.tokenRequests()).toBe(0);
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
    const plan = await bench.scenario.plan(bench.scenario.desired(1, [1]));
    bench.scenario.inject('createRole', { kind: 'status', status, body });

    const error = await bench.scenario.failure(bench.scenario.provider.apply(plan, bench.scenario.signal));

    expect(error).toMatchObject({ kind, details: { status } });
    expect(error.details.ambiguous).toBeUndefined();
  });

  it('is transient and open where it just fails', async () => {
    const plan = await bench.scenario.plan(bench.scenario.desired(1, [1]));
    bench.scenario.inject('createRole', { kind: 'status', status: 500, body: unhandled('IllegalStateException') });

    expect(await bench.scenario.failure(bench.scenario.provider.apply(plan, bench.scenario.signal))).toMatchObject({
      kind: 'transient',
      details: { ambiguous: true, code: 'IllegalStateException' },
    });
  });

  it('is no absence where the framework below the API says 404', async () => {
    bench.scenario.inject('listRoles', {
      kind: 'status',
      status: 404,
      body: { timestamp: 't', status: 404, error: 'Not Found', path: '/x' },
    });

    expect((await bench.scenario.failure(bench.scenario.provider.observe(organization, bench.scenario.signal))).kind).toBe('transient');
  });
});

describe('the probe', () => {
  beforeEach(() => start('source'));

  it.each([
    { reason: 'a server that fails', fault: { kind: 'status', status: 500 }, kind: 'transient' },
    { reason: 'a page of somebody else', fault: { kind: 'html', status: 404 }, kind: 'transient' },
    { reason: 'a token that is refused', fault: { kind: 'status', status: 401, times: 0 }, kind: 'unauthorized' },
  ] as const)('is not content with $reason', async ({ fault, kind }) => {
    bench.fixture.emulator.control.inject({ ...fault, operationId: 'listOrgPermissions' });

    expect((await bench.scenario.failure(bench.scenario.provider.probe(bench.scenario.signal))).kind).toBe(kind);
  });
});
