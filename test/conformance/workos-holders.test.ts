import { afterEach, describe, expect, it } from 'vitest';
import type { FaultRule } from '../../src/emulators/index.ts';
import type { JsonValue } from '../../src/model/index.ts';
import { BindingScenario } from './suite/binding-scenario.ts';
import { startWorkos } from './workos-fixture.ts';

let scenario: BindingScenario;

async function start(settings: object = { multipleRoles: true }, seed: object = {}): Promise<void> {
  scenario = await BindingScenario.start(await startWorkos({ ...seed }, { ...settings }));
}

afterEach(async () => {
  scenario.base.fixture.validator.assertNone();
  await scenario.end();
});

/** Operations, queries and bodies of the requests so far. */
function sent(): readonly unknown[] {
  return scenario.base.fixture.emulator.control.journal().map(({ operationId, path, body }) => {
    const [, query] = path.split('?');
    return [
      operationId,
      ...(query === undefined ? [] : [Object.fromEntries(new URLSearchParams(query))]),
      ...(body === undefined || body === '' ? [] : [JSON.parse(body)]),
    ];
  });
}

function inject(operationId: string, fault: Omit<FaultRule, 'operationId'>): void {
  scenario.base.fixture.emulator.control.inject({ ...fault, operationId });
}

/** The answer to the next list of memberships, whatever there is. */
function answerMemberships(...data: readonly JsonValue[]): void {
  const body = { object: 'list', data, list_metadata: { before: null, after: null } };
  inject('listOrganizationMemberships', { kind: 'status', status: 200, body });
}

function membership(change: { readonly [key: string]: JsonValue } = {}): { readonly [key: string]: JsonValue } {
  return {
    object: 'organization_membership',
    id: 'om_1',
    user_id: 'user_01PERSON0001',
    organization_id: scenario.organization,
    status: 'active',
    directory_managed: false,
    role: { slug: 'member' },
    ...change,
  };
}

const all = 'active,inactive,pending';

describe('what WorkOS is asked', () => {
  it('for all members is every status, a hundred at a time', async () => {
    await start();
    const slug = scenario.role(1);
    for (let number = 0; number < 150; number++) scenario.user(number, slug);

    await scenario.observed(slug);

    const query = { organization_id: scenario.organization, statuses: all, limit: '100' };
    expect(sent()).toEqual([
      ['listOrganizationMemberships', query],
      ['listOrganizationMemberships', { ...query, after: expect.stringMatching(/^om_/) }],
    ]);
  });

  it('for a change is the membership, and then one write of all its roles', async () => {
    await start();
    const user = scenario.user(1, 'member', scenario.role(1));

    await scenario.apply(user, { add: [scenario.role(2)], remove: [scenario.role(1)] });

    expect(sent()).toEqual([
      ['listOrganizationMemberships', { organization_id: scenario.organization, user_id: user.id, statuses: all, limit: '100' }],
      ['updateOrganizationMembership', { role_slugs: ['member', 'org-role-0002'] }],
    ]);
  });

  it('for somebody who is no member is a membership with what is granted and nothing else', async () => {
    await start();
    const user = scenario.user(1);

    await scenario.apply(user, { add: [scenario.role(1)] });

    const body = { user_id: user.id, organization_id: scenario.organization, role_slugs: ['org-role-0001'] };
    expect(sent().at(-1)).toEqual(['createOrganizationMembership', body]);
  });

  it('is one slug where a membership holds one role', async () => {
    await start({});
    const [member, stranger] = [scenario.user(1, 'member'), scenario.user(2)];

    await scenario.apply(member, { add: [scenario.role(1)] });
    await scenario.apply(member, { remove: [scenario.role(1)] });
    await scenario.apply(stranger, { add: [scenario.role(1)] });

    expect(sent().filter((request) => (request as readonly unknown[])[0] !== 'listOrganizationMemberships')).toEqual([
      ['updateOrganizationMembership', { role_slug: 'org-role-0001' }],
      ['updateOrganizationMembership', { role_slug: 'member' }],
      ['createOrganizationMembership', { user_id: stranger.id, organization_id: scenario.organization, role_slug: 'org-role-0001' }],
    ]);
  });

  it('for somebody inactive is first to make the membership active, and never to make another', async () => {
    await start();
    const user = scenario.user(1);
    scenario.people.obstruct(user, [scenario.role(1)], 'Inactive');

    await scenario.apply(user, { add: [scenario.role(2)], reactivate: true });

    expect(sent().slice(1)).toEqual([
      ['reactivateOrganizationMembership'],
      ['updateOrganizationMembership', { role_slugs: ['org-role-0001', 'org-role-0002'] }],
    ]);
  });

  it('for subjects is an address in lower case, and nothing for ids', async () => {
    await start();
    const { id, email } = scenario.people.user(1);

    await scenario.holders.lookup(
      scenario.organization,
      [
        { kind: 'User', id },
        { kind: 'User', email: email.toUpperCase() },
      ],
      scenario.signal,
    );

    expect(sent()).toEqual([['listUsers', { email, limit: '100' }]]);
  });
});

describe('fallback', () => {
  it('is the role that the settings name', async () => {
    await start({ multipleRoles: true, fallbackRole: 'admin' });
    const user = scenario.user(1, scenario.role(1));

    expect(await scenario.apply(user, { remove: [scenario.role(1)] })).toEqual({ roles: ['admin'], fallback: 'admin' });
    expect(scenario.holders.fallbackRole).toBe('admin');
  });

  it('is left, and said, where it is itself the last role to be revoked', async () => {
    await start();
    const user = scenario.user(1, 'member');

    expect(await scenario.apply(user, { remove: ['member'] })).toEqual({ roles: ['member'], fallback: 'member' });
    expect(scenario.writes()).toEqual([]);
  });

  it('does not give way to a role that is granted where a binding keeps it as well', async () => {
    await start({});
    const user = scenario.user(1, 'member');

    const error = await scenario.failure(scenario.apply(user, { add: [scenario.role(1)], managed: ['member'] }));

    expect(error).toMatchObject({ kind: 'unsupported' });
    expect(scenario.people.held(user)).toEqual(['member']);
  });
});

describe('Multiple Roles', () => {
  it('that the environment does not have are unsupported, with both ways out', async () => {
    await start({ multipleRoles: true }, { multipleRoles: false });
    const user = scenario.user(1, 'member');

    const error = await scenario.failure(scenario.apply(user, { add: [scenario.role(1)] }));

    expect(error).toMatchObject({ kind: 'unsupported', details: { code: 'multiple_roles_not_enabled' } });
    expect(error.message).toContain('spec.workos.multipleRoles: false');
    expect(scenario.people.held(user)).toEqual(['member']);
  });

  it('that the settings do not know of are kept when one of them is revoked', async () => {
    await start({});
    const [gone, kept] = [scenario.role(1), scenario.role(2)];
    const user = scenario.user(1, 'member', gone, kept);

    await scenario.apply(user, { remove: [gone] });

    expect(scenario.people.held(user)).toEqual(['member', kept].sort());
  });

  it('are not guessed from the first one', async () => {
    await start();
    const user = scenario.user(1);
    answerMemberships(membership());
    expect(await scenario.failure(scenario.apply(user, { add: [scenario.role(1)] }))).toMatchObject({ kind: 'transient' });
    answerMemberships(membership());
    expect(await scenario.failure(scenario.observed('member'))).toMatchObject({ kind: 'transient' });
    expect(scenario.writes()).toEqual([]);
  });

  it('are no question where a membership holds one, whatever the answer lists', async () => {
    await start({});
    answerMemberships(membership());

    expect(await scenario.observed('member')).toEqual({ user_01PERSON0001: ['member'] });
  });
});

describe('a list of memberships is not believed', () => {
  it.each([
    { reason: 'of another organization', change: { organization_id: 'org_other' } },
    { reason: 'of another user', change: { user_id: 'user_01OTHER', roles: [{ slug: 'member' }] } },
  ])('when it has one $reason', async ({ change }) => {
    await start();
    const user = scenario.user(1);
    answerMemberships(membership({ roles: [{ slug: 'member' }], ...change }));

    const error = await scenario.failure(scenario.apply(user, { add: [scenario.role(1)] }));

    expect(error).toMatchObject({ kind: 'transient' });
    expect(error.details.ambiguous).toBeUndefined();
    expect(scenario.writes()).toEqual([]);
  });

  it('when a user is in it twice', async () => {
    await start();
    const roles = [{ slug: 'member' }];
    answerMemberships(membership({ roles }), membership({ roles, id: 'om_2' }));

    expect(await scenario.failure(scenario.observed('member'))).toMatchObject({ kind: 'transient' });
  });

  it('when the member at the end of a page goes before the next one is read, which is no missing organization', async () => {
    await start();
    const slug = scenario.role(1);
    for (let number = 0; number < 150; number++) scenario.user(number, slug);
    // The newest come first.
    const args = { organization: scenario.organization, user: scenario.people.user(50).id };
    inject('listOrganizationMemberships', { kind: 'act', action: 'deleteMember', args });

    const error = await scenario.failure(scenario.observed(slug));

    expect(error).toMatchObject({ kind: 'transient' });
    expect(error.details.missing).toBeUndefined();
    expect(Object.keys(await scenario.observed(slug))).toHaveLength(149);
  });
});

describe('somebody faster', () => {
  it('who makes the user a member first is a conflict, and the next try adds to it', async () => {
    await start();
    const user = scenario.user(1);
    const member = { user: user.id, roles: ['admin'] };
    inject('listOrganizationMemberships', { kind: 'act', action: 'putMember', args: { organization: scenario.organization, member } });

    expect(await scenario.failure(scenario.apply(user, { add: [scenario.role(1)] }))).toMatchObject({ kind: 'conflict' });
    await scenario.apply(user, { add: [scenario.role(1)] });

    expect(scenario.people.held(user)).toEqual(['admin', 'org-role-0001']);
  });

  it('who ends the membership is a conflict, and nobody becomes a member by a revocation', async () => {
    await start();
    const user = scenario.user(1, scenario.role(1), scenario.role(2));
    const args = { organization: scenario.organization, user: user.id };
    inject('listOrganizationMemberships', { kind: 'act', action: 'deleteMember', args });

    const error = await scenario.failure(scenario.apply(user, { remove: [scenario.role(1)] }));

    expect(error).toMatchObject({ kind: 'conflict' });
    expect(error.details.missing).toBeUndefined();
    expect(await scenario.apply(user, { remove: [scenario.role(1)] })).toEqual({ roles: [] });
    expect(scenario.people.held(user)).toEqual([]);
  });
});

describe('an address', () => {
  it('that WorkOS takes for none is nobody’s', async () => {
    await start();
    inject('listUsers', { kind: 'status', status: 422 });

    const [result] = await scenario.holders.lookup(
      scenario.organization,
      [{ kind: 'User', email: 'alex@example.invalid' }],
      scenario.signal,
    );

    expect(result).toMatchObject({ state: 'unknown' });
  });

  it('is not that of a user who comes along because the filter is wider', async () => {
    await start();
    const user = { object: 'user', id: 'user_01OTHER', email: 'not-alex@example.com' };
    const body = { object: 'list', data: [user], list_metadata: { before: null, after: null } };
    inject('listUsers', { kind: 'status', status: 200, body });

    const subject = { kind: 'User', email: 'alex@example.com' } as const;
    const [result] = await scenario.holders.lookup(scenario.organization, [subject], scenario.signal);

    expect(result).toMatchObject({ state: 'unknown' });
  });
});

it('an answer that shows one of several roles says nothing of what is held', async () => {
  await start();
  const user = scenario.user(1, 'member');
  inject('updateOrganizationMembership', { kind: 'status', status: 200, body: membership() });

  expect(await scenario.apply(user, { add: [scenario.role(1)] })).toEqual({});
});
