import { afterEach, describe, expect, it } from 'vitest';
import type { FaultRule } from '../../src/emulators/index.ts';
import { createHttpClient, type HttpRequest } from '../../src/lib/index.ts';
import { type KlustrMode, startKlustr } from './klustr-fixture.ts';
import { BindingScenario } from './suite/binding-scenario.ts';

let scenario: BindingScenario;

async function start(mode: KlustrMode = 'source', seed: object = {}): Promise<void> {
  scenario = await BindingScenario.start(await startKlustr(mode, { ...seed }));
}

afterEach(async () => {
  scenario.base.fixture.validator.assertNone();
  await scenario.end();
});

/** Operations of the requests so far with what is asked for, without those for tokens. */
function sent(): readonly string[] {
  return scenario.base.fixture.emulator.control
    .journal()
    .filter(({ operationId }) => operationId !== 'issueToken')
    .map(({ operationId, path }) => `${operationId} ${path.split(scenario.organization)[1] ?? path}`);
}

function inject(operationId: string, fault: Omit<FaultRule, 'operationId'>): void {
  scenario.base.fixture.emulator.control.inject({ ...fault, operationId });
}

function act(action: string, args: object): void {
  scenario.base.fixture.emulator.control.act(action, { organization: scenario.organization, ...args });
}

/** An answer to the next look at who holds a role. */
function answerHolders(body: FaultRule['body']): void {
  inject('getOrgRoleAssignments', { kind: 'status', status: 200, ...(body === undefined ? {} : { body }) });
}

const holder = (number: number) => ({ role_id: 'conformance.role-0001', assigned_to: `subject-${number}`, org_id: 'conformance.test' });

describe('reading holders', () => {
  it.each([
    { mode: 'documented', many: 3, starts: [0, 100, 200] },
    // Everything comes at once, whatever is asked for; that there is no more shows in a second answer without anybody new.
    { mode: 'source', many: 2, starts: [0, 230] },
  ] as const)(
    'asks in mode $mode once for a role that few hold, and as long as pages are full for one that many do',
    async ({ mode, many, starts }) => {
      await start(mode);
      const [few, lots] = [scenario.role(1), scenario.role(2)];
      scenario.user(500, few);
      for (let number = 0; number < 230; number++) scenario.user(number, lots);

      await scenario.observed(few);
      expect(sent()).toEqual([`getOrgRoleAssignments /roles/${few}/assignments?limit=100&start=0`]);
      scenario.forgetRequests();
      expect(Object.keys(await scenario.observed(lots))).toHaveLength(230);

      expect(sent()).toHaveLength(many);
      expect(sent()).toEqual(starts.map((from) => `getOrgRoleAssignments /roles/${lots}/assignments?limit=100&start=${from}`));
    },
  );

  it('goes on until nobody new comes where the answer does not say how long a page is', async () => {
    await start();
    answerHolders({ count: 2, docs: [holder(1)] });
    answerHolders({ count: 2, docs: [holder(2)] });
    answerHolders({ count: 2 });

    expect(Object.keys(await scenario.observed(scenario.role(1)))).toEqual(['subject-1', 'subject-2']);
    expect(scenario.requests('listHolders')).toHaveLength(3);
  });

  it.each([
    { reason: 'it has fewer than it counts', answers: [{ count: 3, limit: 100, docs: [holder(1)] }], message: /1 of 3/ },
    { reason: 'it has none and counts some', answers: [{ count: 1, limit: 100 }], message: /0 of 1/ },
    {
      reason: 'its count changes between two pages',
      answers: [
        { count: 2, docs: [holder(1)] },
        { count: 1, docs: [holder(2)] },
      ],
      message: /changed/,
    },
    {
      reason: 'it has holders of another role',
      answers: [{ count: 1, limit: 100, docs: [{ ...holder(1), role_id: 'other' }] }],
      message: /another role/,
    },
  ])('is an error when $reason', async ({ answers, message }) => {
    await start();
    for (const answer of answers) answerHolders(answer);

    const error = await scenario.failure(scenario.observed(scenario.role(1)));

    expect(error.kind).toBe('transient');
    expect(error.message).toMatch(message);
  });

  it('takes ids that differ in capital letters for the same role, and reports the one spelling', async () => {
    await start();
    act('putRole', { role: { id: 'Billing.Editor' } });
    act('assign', { role: 'Billing.Editor', user: 'subject-1' });

    expect(scenario.holders.canonicalRole('Billing.Editor')).toBe('billing.editor');
    expect(await scenario.observed('billing.editor')).toEqual({ 'subject-1': ['billing.editor'] });
  });

  it('tells groups from users', async () => {
    await start();
    answerHolders({ count: 1, limit: 100, docs: [{ ...holder(1), assignee_type: 'group' }] });

    const { holdings } = await scenario.holders.observe(scenario.organization, [scenario.role(1)], scenario.signal);

    expect([...holdings.keys()]).toEqual(['Group/subject-1']);
  });

  it.each(['billing_editor', 'billing:editor'])('is refused for %s, of which Klustr loses holders, and the role is named', async (slug) => {
    await start();
    const error = await scenario.failure(scenario.observed(scenario.role(1), slug));

    expect(error).toMatchObject({ kind: 'invalid', details: { rejected: [slug] } });
    const grant = scenario.apply(scenario.user(1), { add: [slug] });
    expect(await scenario.failure(grant)).toMatchObject({ kind: 'invalid', details: { rejected: [slug] } });
    expect(scenario.writes()).toEqual([]);
  });
});

describe('changing who holds a role', () => {
  it('looks at the user, grants one by one, then revokes one by one', async () => {
    await start();
    const roles = [1, 2, 3, 4].map((number) => scenario.role(number)) as [string, string, string, string];
    const user = scenario.user(1, roles[2], roles[3]);

    await scenario.apply(user, { add: [roles[0], roles[1]], remove: [roles[2], roles[3]] });

    expect(sent()).toEqual([
      `getUserNamespacePermissions /users/${user.id}/permissions/roles`,
      `addUserToRole /users/${user.id}/roles/${roles[0]}`,
      `addUserToRole /users/${user.id}/roles/${roles[1]}`,
      `removeUserRole /users/${user.id}/roles/${roles[2]}/delete`,
      `removeUserRole /users/${user.id}/roles/${roles[3]}/delete`,
    ]);
  });

  it('finds out what is held already where the list of holders was cut', async () => {
    await start('source', { relationsPage: 2 });
    const slug = scenario.role(1);
    const users = [1, 2, 3].map((number) => scenario.user(number, slug));
    const hidden = users[2];
    if (hidden === undefined) throw new Error('there are three');
    expect(Object.keys(await scenario.observed(slug))).not.toContain(hidden.id);

    expect(await scenario.apply(hidden, { add: [slug] })).toEqual({ roles: [slug] });
    expect(scenario.writes()).toEqual([]);
    await scenario.apply(hidden, { remove: [slug] });
    expect(scenario.people.held(hidden)).toEqual([]);
  });

  it.each([
    { reason: 'is not there', fault: { kind: 'status', status: 404 } },
    { reason: 'is not allowed as a method', fault: { kind: 'status', status: 405, body: { status: 405, error: { reason: 'no' } } } },
    { reason: 'answers in another form', fault: { kind: 'wrongShape' } },
  ] as const)('sends every grant, and says nothing of the roles, where the look at the user $reason', async ({ fault }) => {
    await start();
    const [held, wanted] = [scenario.role(1), scenario.role(2)];
    const user = scenario.user(1, held);
    inject('getUserNamespacePermissions', { ...fault });

    expect(await scenario.apply(user, { add: [held, wanted] })).toEqual({});

    expect(scenario.requests('grant')).toHaveLength(2);
    expect(scenario.people.held(user)).toEqual([held, wanted]);
  });

  it('revokes a role under the id as the server spells it', async () => {
    await start();
    act('putRole', { role: { id: 'Billing.Editor' } });
    act('assign', { role: 'Billing.Editor', user: 'subject-0001' });
    const user = scenario.user(1);

    await scenario.apply(user, { remove: ['billing.editor'] });

    expect(sent().at(-1)).toContain('/roles/Billing.Editor/delete');
    expect(scenario.people.held(user)).toEqual([]);
  });

  it('marks the revocation as a write, so that nobody but the leader sends it, and reads as none', async () => {
    await start();
    const slug = scenario.role(1);
    const user = scenario.user(1, slug);
    const { driver, settings, credentials, emulator } = scenario.base.fixture;
    const { clock, limiter } = scenario.base;
    const http = createHttpClient({ clock });
    const requests: HttpRequest[] = [];
    const provider = await driver.connect(settings(emulator.url), credentials, {
      clock,
      limiter,
      http: { send: (request) => http.send(requests[requests.push(request) - 1] ?? request), close: () => http.close() },
      timeoutMs: 1000,
      onCall: () => undefined,
    });

    await provider.holders?.observe(scenario.organization, [slug], scenario.signal);
    await provider.holders?.apply(scenario.change(user, { remove: [slug] }), scenario.signal);

    const calls = requests.filter(({ url }) => url.includes('/directory/'));
    expect(calls.map(({ method, writes }) => [method, writes])).toEqual([
      ['GET', false],
      ['GET', false],
      ['GET', true],
    ]);
    await http.close();
  });
});

describe('looking for users', () => {
  const byEmail = { kind: 'User', email: 'person-1@example.com' } as const;

  it('reads all identities once for all addresses', async () => {
    await start();
    const people = [1, 2, 3].map((number) => scenario.people.user(number));
    const subjects = [...people, { email: 'nobody@example.com' }].map(({ email }) => ({ kind: 'User' as const, email }));

    await scenario.holders.lookup(scenario.organization, subjects, scenario.signal);

    expect(scenario.requests('findUser')).toHaveLength(1);
  });

  it.each([404, 405])('by address is unsupported where the gateway answers %d, and ids are found', async (status) => {
    await start();
    const { id } = scenario.people.user(1);
    inject('adminListIdentities', { kind: 'status', status, body: { status, error: { reason: 'no' } } });

    const results = await scenario.holders.lookup(scenario.organization, [byEmail, { kind: 'User', id }], scenario.signal);

    expect(results).toMatchObject([{ state: 'unsupported' }, { state: 'found' }]);
  });

  it('ignores identities without an address', async () => {
    await start();
    const { id } = scenario.people.user(1);
    const body = [{ id: 'machine' }, { id: 'nameless', traits: {} }, { id, traits: { email: byEmail.email } }];
    inject('adminListIdentities', { kind: 'status', status: 200, body });

    expect(await scenario.holders.lookup(scenario.organization, [byEmail], scenario.signal)).toMatchObject([{ subject: { id } }]);
  });

  it('refuses in a change what can be no subject id', async () => {
    await start();
    const change = { ...scenario.change(scenario.user(1), { add: [scenario.role(1)] }), subject: { kind: 'User', id: 'a:b' } as const };

    const error = await scenario.failure(scenario.holders.apply(change, scenario.signal));

    expect(error).toMatchObject({ kind: 'notFound', details: { missing: 'subject' } });
    expect(scenario.base.fixture.emulator.control.journal()).toEqual([]);
  });
});
