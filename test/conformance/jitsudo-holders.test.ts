import { afterEach, describe, expect, it } from 'vitest';
import type { FaultRule } from '../../src/emulators/index.ts';
import { startJitsudo } from './jitsudo-fixture.ts';
import { BindingScenario } from './suite/binding-scenario.ts';

let scenario: BindingScenario;

async function start(seed: object = {}): Promise<void> {
  scenario = await BindingScenario.start(await startJitsudo('apiKey', { ...seed }));
}

afterEach(async () => {
  scenario.base.fixture.validator.assertNone();
  await scenario.end();
});

/** Operations and bodies of the requests so far. */
function sent(): readonly unknown[] {
  return scenario.base.fixture.emulator.control
    .journal()
    .map(({ operationId, body }) => (body === undefined || body === '' ? [operationId] : [operationId, JSON.parse(body)]));
}

function inject(operationId: string, fault: Omit<FaultRule, 'operationId'>): void {
  scenario.base.fixture.emulator.control.inject({ ...fault, operationId });
}

describe('what jitsudo is sent', () => {
  it('is the user’s name as it is and the complete list of roles', async () => {
    await start();
    const user = scenario.user(1, 'user', scenario.role(1));

    await scenario.apply(user, { add: [scenario.role(2)], remove: [scenario.role(1)] });

    expect(sent()).toEqual([['getUser'], ['updateUser', { name: 'Person 1', roles: ['role-0002', 'user'] }]]);
  });

  it('is an empty list where the last role goes', async () => {
    await start();
    const user = scenario.user(1, scenario.role(1));

    expect(await scenario.apply(user, { remove: [scenario.role(1)] })).toEqual({ roles: [] });
  });

  it('is one list of users, whatever is asked about them', async () => {
    await start();
    const roles = [1, 2, 3].map((number) => scenario.role(number));
    const person = scenario.people.user(1);
    await scenario.observed(...roles);

    await scenario.holders.lookup(scenario.organization, [{ kind: 'User', email: person.email }], scenario.signal);

    expect(sent()).toEqual([['listUsers']]);
  });

  it('is the same for the owner of the tenant', async () => {
    await start();
    const { id, email } = scenario.people.user(1);
    const owner = { id, email, name: 'Boss', owner: true };
    scenario.base.fixture.emulator.control.act('putUser', { tenant: scenario.organization, user: owner });

    await scenario.apply({ kind: 'User', id }, { add: [scenario.role(1)] });

    expect(scenario.people.held({ kind: 'User', id })).toEqual(['role-0001']);
  });

  it('is nothing where the server does not tell the name that goes with every change', async () => {
    await start();
    const user = scenario.user(1, 'user');
    inject('getUser', { kind: 'status', status: 200, body: { id: user.id, roles: ['user'] } });

    expect((await scenario.failure(scenario.apply(user, { add: [scenario.role(1)] }))).kind).toBe('unsupported');
    expect(scenario.writes()).toEqual([]);
  });
});

describe('an answer to a change', () => {
  it('without roles says nothing of them', async () => {
    await start();
    const user = scenario.user(1);
    inject('updateUser', { kind: 'status', status: 200, body: { id: user.id } });

    expect(await scenario.apply(user, { add: [scenario.role(1)] })).toEqual({});
  });

  it('about another user leaves it open', async () => {
    await start();
    inject('updateUser', { kind: 'status', status: 200, body: { id: scenario.people.user(2).id } });

    expect(await scenario.failure(scenario.apply(scenario.user(1), { add: [scenario.role(1)] }))).toMatchObject({
      kind: 'transient',
      details: { ambiguous: true },
    });
  });
});

describe('a change that is refused', () => {
  it('where users get roles of the system only is unsupported, and roles of the system are given', async () => {
    await start({ customRolesForUsers: false });
    const user = scenario.user(1);

    const error = await scenario.failure(scenario.apply(user, { add: [scenario.role(1)] }));

    expect(error).toMatchObject({ kind: 'unsupported', details: { status: 400, rejected: ['role-0001'] } });
    await scenario.apply(user, { add: ['user'] });
    expect(scenario.people.held(user)).toEqual(['user']);
    expect(scenario.capabilities.bindings).toBe(true);
  });

  it('names the role that is not there, also among others', async () => {
    await start();

    const error = await scenario.failure(scenario.apply(scenario.user(1), { add: [scenario.role(1), 'ghost'] }));

    expect(error).toMatchObject({ kind: 'notFound', details: { missing: 'role', rejected: ['ghost'] } });
  });

  it.each([
    { reason: 'the user holds a role of the tenant already, so it is not about that', held: 'role-0002' },
    { reason: 'a role of the system is refused', held: undefined },
  ])('stays as it is where $reason', async ({ held }) => {
    await start();
    const user = scenario.user(1, ...(held === undefined ? [] : [scenario.role(2)]));
    inject('updateUser', { kind: 'status', status: 400 });

    const error = await scenario.failure(scenario.apply(user, { add: [held === undefined ? 'user' : scenario.role(1)] }));

    expect(error).toMatchObject({ kind: 'invalid', details: { status: 400 } });
  });

  it('stays as it is where nobody can say more', async () => {
    await start();
    inject('updateUser', { kind: 'status', status: 400 });
    inject('listRoles', { kind: 'status', status: 500 });

    expect((await scenario.failure(scenario.apply(scenario.user(1), { add: [scenario.role(1)] }))).kind).toBe('invalid');
  });
});

const forms = [
  { unknownRoutes: 'error', certain: true },
  { unknownRoutes: 'text', certain: false },
  { unknownRoutes: 'method', certain: true },
] as const;

describe.each(forms)('a server that says so by "$unknownRoutes"', ({ unknownRoutes, certain }) => {
  it('and has no single users is asked for the list of them', async () => {
    await start({ getUserSupported: false, unknownRoutes });
    const user = scenario.user(1, 'user');

    await scenario.apply(user, { add: [scenario.role(1)] });

    expect(scenario.people.held(user)).toEqual(['role-0001', 'user']);
    const nobody = {
      ...scenario.change(user, { add: [scenario.role(1)] }),
      subject: { kind: 'User', id: scenario.people.unknownID ?? '' },
    };
    expect(await scenario.failure(scenario.holders.apply(nobody as never, scenario.signal))).toMatchObject({
      kind: 'notFound',
      details: { missing: 'subject' },
    });
  });

  it('and has no list of users changes them all the same, and can not be read', async () => {
    await start({ listUsersSupported: false, unknownRoutes });
    const user = scenario.user(1, 'user');
    const { email } = scenario.people.user(1);

    await scenario.failure(scenario.observed(scenario.role(1)));
    await scenario.base.clock.advance(60_000);
    const error = await scenario.failure(scenario.observed(scenario.role(1)));

    expect(error).toMatchObject({ kind: 'unsupported', details: { operation: 'listUsers' } });
    expect(scenario.capabilities).toMatchObject({ bindings: true, readBindings: !certain, userLookupByEmail: !certain });
    const [result] = await scenario.holders.lookup(scenario.organization, [{ kind: 'User', email }], scenario.signal);
    expect(result?.state).toBe('unsupported');
    await scenario.apply(user, { add: [scenario.role(1)] });
    expect(scenario.people.held(user)).toEqual(['role-0001', 'user']);
  });

  it('and has neither has no bindings', async () => {
    await start({ listUsersSupported: false, getUserSupported: false, unknownRoutes });
    const user = scenario.user(1, 'user');

    await scenario.failure(scenario.apply(user, { add: [scenario.role(1)] }));
    await scenario.base.clock.advance(60_000);
    const error = await scenario.failure(scenario.apply(user, { add: [scenario.role(1)] }));

    expect(error).toMatchObject({ kind: 'unsupported', details: { operation: 'listUsers' } });
    expect(scenario.capabilities.bindings).toBe(!certain);
    expect(scenario.base.provider.holders === undefined).toBe(certain);
    expect(scenario.people.held(user)).toEqual(['user']);
  });
});

describe('a name of a user', () => {
  it('may have capital letters in the uuid, and stands for the one user all the same', async () => {
    await start();
    const { id } = scenario.user(1);
    const subject = { kind: 'User', id: id.toUpperCase() } as const;

    expect(await scenario.holders.lookup(scenario.organization, [subject], scenario.signal)).toEqual([
      { state: 'found', subject: { kind: 'User', id } },
    ]);
  });

  it('that differs in capital letters from an address is not guessed, and the address is shown', async () => {
    await start();
    const { email } = scenario.people.user(1);
    const subject = { kind: 'User', email: email.toUpperCase() } as const;

    const [result] = await scenario.holders.lookup(scenario.organization, [subject], scenario.signal);

    expect(result).toMatchObject({ state: 'unknown', message: expect.stringContaining(email) });
  });

  it('can not be an address where the server tells none', async () => {
    await start();
    inject('listUsers', { kind: 'status', status: 200, body: { data: [{ id: scenario.people.user(1).id, roles: [] }] } });

    const subject = { kind: 'User', email: 'person-1@acme.example' } as const;
    const [result] = await scenario.holders.lookup(scenario.organization, [subject], scenario.signal);

    expect(result).toMatchObject({ state: 'unsupported' });
  });

  it('is refused in a change where it is no uuid', async () => {
    await start();
    const change = { ...scenario.change(scenario.user(1), { add: [scenario.role(1)] }), subject: { kind: 'User', id: 'alex' } as const };

    expect(await scenario.failure(scenario.holders.apply(change, scenario.signal))).toMatchObject({
      kind: 'notFound',
      details: { missing: 'subject' },
    });
    expect(scenario.writes()).toEqual([]);
  });
});
