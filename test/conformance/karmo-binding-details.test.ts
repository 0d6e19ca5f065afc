import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HoldingChange, NamedSubject, SubjectRef } from '../../src/model/index.ts';
import { KarmoBench } from './karmo-bench.ts';
import { organization, startKarmoWithReadBack } from './karmo-fixture.ts';
import type { People } from './provider-suite.ts';
import { Scenario } from './suite/scenario.ts';

let scenario: Scenario;
let end: () => Promise<void>;

afterEach(() => end());

const holders = () => {
  const found = scenario.provider.holders;
  if (found === undefined) throw new Error('no holders');
  return found;
};
const people = (): People => scenario.fixture.people as People;
const role = (number: number): string => {
  const stored = scenario.stored(number, [number]);
  if (scenario.fixture.backdoor.role(stored.slug) === undefined) scenario.fixture.backdoor.putRole(stored);
  return stored.slug;
};
const user = (number: number): SubjectRef => ({ kind: 'User', id: people().user(number).id });
const change = (subject: SubjectRef, what: Partial<HoldingChange>): HoldingChange => {
  const { add = [], remove = [] } = what;
  return { organization, subject, add, remove, managed: [...add, ...remove].sort(), next: [...add].sort(), reactivate: false, ...what };
};
const apply = (subject: SubjectRef, what: Partial<HoldingChange>) => holders().apply(change(subject, what), scenario.signal);
const lookup = (...subjects: readonly NamedSubject[]) => holders().lookup(organization, subjects, scenario.signal);
/** Operations that some work asks for, without tokens. */
const asked = async (work: () => Promise<unknown>): Promise<readonly (string | undefined)[]> => {
  scenario.forgetRequests();
  await work();
  const journal = scenario.fixture.emulator.control.journal();
  return journal.map(({ operationId }) => operationId).filter((operation) => operation !== 'issueToken');
};
const bodies = (operationId: string): readonly unknown[] =>
  scenario.fixture.emulator.control.journal({ operationId }).map(({ body }) => JSON.parse(body ?? 'null'));
const answer = (operationId: string, body: object): void =>
  scenario.fixture.emulator.control.inject({ kind: 'status', status: 200, operationId, body: { tenantId: organization, ...body } });

describe('holders that nobody can read', () => {
  beforeEach(async () => {
    const bench = await KarmoBench.start();
    scenario = bench.scenario;
    end = () => bench.end();
  });

  it('cost one call to grant and to change, and a list more to take the last role', async () => {
    const subject = user(1);

    expect(await asked(() => apply(subject, { add: [role(1), role(2)] }))).toEqual(['linkUserToOrganization']);
    const two = { remove: [role(1)], managed: [role(1), role(2)], next: [role(2)] };
    expect(await asked(() => apply(subject, two))).toEqual(['linkUserToOrganization']);
    expect(bodies('linkUserToOrganization')).toEqual([{ roles: [role(2)], roleSet: [role(1), role(2)] }]);
    expect(await asked(() => apply(subject, { remove: [role(2)] }))).toEqual(['listUsers', 'linkUserToOrganization']);
    expect(people().held(subject)).toEqual(['member']);
    expect(await asked(() => apply(subject, {}))).toEqual([]);
  });

  it('are told by the answer: all roles, and the one that the provider insists on', async () => {
    const subject = user(1);
    people().hold(subject, [role(3)]);

    expect(await apply(subject, { add: [role(1)] })).toEqual({ roles: [role(1), role(3)] });
    expect(await apply(subject, { remove: [role(1)] })).toEqual({ roles: [role(3)] });
    const unmanaged = { remove: [role(3)], previous: { subject, roles: [role(3)] } };
    expect(await apply(subject, unmanaged)).toEqual({ roles: ['member'], fallback: 'member' });
  });

  it('can’t be listed, and nothing is sent for it', async () => {
    const call = holders().observe(organization, [role(1)], scenario.signal);

    expect(await scenario.failure(call)).toMatchObject({ kind: 'unsupported' });
    expect(await asked(async () => undefined)).toEqual([]);
  });

  it('do not become members by losing a role', async () => {
    const stranger = user(1);

    expect(await asked(() => apply(stranger, { remove: [role(1)] }))).toEqual(['listUsers']);
    expect(await apply(stranger, { remove: [role(1)] })).toEqual({ roles: [] });
  });

  it('do not become members by losing a role, also when they left a moment ago', async () => {
    const subject = user(1);
    people().hold(subject, [role(1)]);
    await lookup({ kind: 'User', email: people().user(1).email });
    people().hold(subject, []);

    await apply(subject, { remove: [role(1)] });

    expect(people().held(subject)).toEqual([]);
  });

  it('are found by address among the users of the organization, over pages, and once a minute', async () => {
    for (let number = 0; number < 230; number++) people().hold(user(number), ['member']);
    const [first, last] = [people().user(0), people().user(229)];
    const named = [last, first].map(({ email }): NamedSubject => ({ kind: 'User', email: ` ${email.toUpperCase()} ` }));

    expect(await asked(() => lookup(...named))).toEqual(['listUsers', 'listUsers', 'listUsers']);
    expect(await lookup(...named)).toEqual([last, first].map(({ id }) => ({ state: 'found', subject: { kind: 'User', id } })));
    expect(await asked(() => lookup(...named))).toEqual([]);
    const unknown: NamedSubject = { kind: 'User', email: people().unknownEmail };
    expect(await asked(() => lookup(unknown, named[0] ?? unknown))).toHaveLength(3);
    await scenario.clock.advance(60_000);
    expect(await asked(() => lookup(...named))).toHaveLength(3);
  });

  it('are not found by address elsewhere, and the message says how they are', async () => {
    const { email } = people().user(1);

    expect(await lookup({ kind: 'User', email })).toMatchObject([{ state: 'unknown', message: expect.stringContaining('by id') }]);
  });

  it.each(['Inactive', 'Pending'] as const)('that are %s are a conflict after a grant, and nobody is made active', async (reason) => {
    const subject = user(1);
    people().obstruct(subject, ['member'], reason);

    const error = await scenario.failure(apply(subject, { add: [role(1)] }));

    expect(error).toMatchObject({ kind: 'conflict' });
    expect(error.details.ambiguous).toBeUndefined();
    expect(error.message).toContain(reason === 'Inactive' ? 'spec.reactivate: true' : 'invitation');
    expect(people().isActive(subject)).toBe(false);
  });

  it.each(['Inactive', 'Pending'] as const)('that are %s lose roles all the same, and stay so', async (reason) => {
    const subject = user(1);
    people().obstruct(subject, ['member', role(1), role(2)], reason);

    expect(await apply(subject, { remove: [role(1)] })).toMatchObject({ roles: ['member', role(2)] });
    await apply(subject, { remove: [role(2)], reactivate: true });

    expect(people().held(subject)).toEqual(['member']);
    expect(people().isActive(subject)).toBe(false);
  });

  it('that are inactive are made active after they have the roles, where that is asked for', async () => {
    const subject = user(1);
    people().obstruct(subject, ['member'], 'Inactive');

    const operations = await asked(() => apply(subject, { add: [role(1)], reactivate: true }));

    expect(operations).toEqual(['linkUserToOrganization', 'reactivateOrganizationMembership']);
    expect(people().isActive(subject)).toBe(true);
    expect(people().held(subject)).toEqual(['member', role(1)]);
  });

  it('that are pending are never reactivated', async () => {
    const subject = user(1);
    people().obstruct(subject, ['member'], 'Pending');

    const call = apply(subject, { add: [role(1)], reactivate: true });

    expect((await scenario.failure(call)).kind).toBe('conflict');
    expect(scenario.fixture.emulator.control.journal({ operationId: 'reactivateOrganizationMembership' })).toEqual([]);
  });

  it('are not believed to be active where the answer says otherwise', async () => {
    const subject = user(1);
    people().obstruct(subject, ['member'], 'Inactive');
    answer('reactivateOrganizationMembership', { userId: subject.id, roles: [role(1)], status: 'inactive' });

    const error = await scenario.failure(apply(subject, { add: [role(1)], reactivate: true }));

    expect(error).toMatchObject({ kind: 'transient', details: { operation: 'reactivateOrganizationMembership' } });
  });

  it.each([
    { reason: 'lacks what was granted', roles: ['member'] },
    { reason: 'has what was revoked', roles: ['org-role-0001', 'org-role-0002'] },
  ])('are left open where the answer $reason', async ({ roles }) => {
    const subject = user(1);
    answer('linkUserToOrganization', { userId: subject.id, roles, status: 'active' });

    const error = await scenario.failure(apply(subject, { add: [role(1)], remove: [role(2)] }));

    expect(error).toMatchObject({ kind: 'transient', details: { ambiguous: true } });
    expect(error.message).toContain(`not ${role(1)}`);
  });

  const stay: Partial<HoldingChange> = { remove: ['org-role-0001'], managed: ['org-role-0001'], next: [] };
  it.each([
    { reason: 'the usual one, whatever else is known', left: 'member', what: stay, fallback: 'member' },
    { reason: 'managed, so it was to go', left: 'org-role-0001', what: stay, fallback: 'org-role-0001' },
    { reason: 'somebody else’s, as far as is known', left: 'org-role-0009', what: stay, fallback: undefined },
  ])('keep a role that is $reason', async ({ left, what, fallback }) => {
    const subject = user(1);
    people().hold(subject, [role(1)]);
    answer('linkUserToOrganization', { userId: subject.id, roles: [left], status: 'active' });

    expect((await apply(subject, what)).fallback).toBe(fallback);
  });

  it('may need a role, which the message of a refusal says', async () => {
    const subject = user(1);
    people().hold(subject, [role(1)]);
    const { errorBody } = scenario.fixture;
    scenario.fixture.emulator.control.inject({ kind: 'status', status: 422, operationId: 'linkUserToOrganization', body: errorBody('no') });

    const error = await scenario.failure(apply(subject, { remove: [role(1)] }));

    expect(error.kind).toBe('invalid');
    expect(error.message).toContain('want every member to have a role');
  });

  it.each([
    { pointer: '/roles/1', kind: 'notFound', missing: 'role' },
    { pointer: '/roleSet/0', kind: 'invalid', missing: undefined },
    { pointer: '/roles', kind: 'invalid', missing: undefined },
  ])('have no such role where a refusal points at $pointer: $kind', async ({ pointer, kind, missing }) => {
    const body = { code: '10000422', metadata: {}, errors: [{ pointer, detail: 'is wrong' }] };
    scenario.fixture.emulator.control.inject({ kind: 'status', status: 422, operationId: 'linkUserToOrganization', body });

    const error = await scenario.failure(apply(user(1), { add: [role(1)] }));

    expect(error).toMatchObject({ kind, details: { status: 422 } });
    expect(error.details.missing).toBe(missing);
  });

  it.each([
    { reason: 'a role that is not managed', what: { add: ['org-role-0001'], managed: [], next: ['org-role-0001'] } },
    { reason: 'a grant that is not held afterwards', what: { add: ['org-role-0001'], managed: ['org-role-0001'], next: [] } },
    {
      reason: 'a revocation that is held afterwards',
      what: { remove: ['org-role-0001'], managed: ['org-role-0001'], next: ['org-role-0001'] },
    },
  ])('are not changed by $reason, and nothing is sent', async ({ what }) => {
    const subject = user(1);
    const call = apply(subject, what);

    expect((await scenario.failure(call)).kind).toBe('invalid');
    expect(scenario.fixture.emulator.control.journal()).toEqual([]);
  });

  it('are not asked for in what can’t be an organization', async () => {
    for (const name of ['..', 'a b']) {
      const changed = { ...change(user(1), { add: [role(1)] }), organization: name };
      expect((await scenario.failure(holders().apply(changed, scenario.signal))).kind).toBe('invalid');
      expect((await scenario.failure(holders().lookup(name, [user(1)], scenario.signal))).kind).toBe('invalid');
    }
    expect(scenario.fixture.emulator.control.journal()).toEqual([]);
  });
});

describe('holders with read-back', () => {
  beforeEach(async () => {
    const fixture = await startKarmoWithReadBack();
    scenario = await Scenario.start(fixture);
    end = async () => {
      await scenario.end();
      fixture.validator.assertNone();
    };
  });

  it('are read at WorkOS and written through Karmo', async () => {
    const subject = user(1);

    expect(await asked(() => apply(subject, { add: [role(1)] }))).toEqual(['linkUserToOrganization']);
    const observed = await holders().observe(organization, [role(1)], scenario.signal);
    expect([...observed.holdings.values()]).toEqual([{ subject, roles: [role(1)] }]);
    expect(await asked(() => holders().observe(organization, [role(1)], scenario.signal))).toEqual(['listOrganizationMemberships']);
    const [previous] = observed.holdings.values();
    const revoke = { remove: [role(1)], ...(previous === undefined ? {} : { previous }) };
    expect(await asked(() => apply(subject, revoke))).toEqual(['linkUserToOrganization']);
  });

  it.each(['Inactive', 'Pending', 'DirectoryManaged'] as const)('that were seen to be %s are left alone', async (reason) => {
    const subject = user(1);
    people().obstruct(subject, [role(1)], reason);
    const { holdings } = await holders().observe(organization, [role(1)], scenario.signal);
    const [previous] = holdings.values();
    if (previous === undefined) throw new Error('nobody was seen');

    const operations = await asked(async () => {
      for (const what of [{ add: [role(2)] }, { remove: [role(1)] }]) {
        expect((await scenario.failure(apply(subject, { ...what, previous }))).kind).toBe('conflict');
      }
    });

    expect(operations).toEqual([]);
    expect(people().held(subject)).toEqual([role(1)]);
  });

  it('are found by address in the whole environment', async () => {
    const { id, email } = people().user(1);

    expect(await lookup({ kind: 'User', email })).toEqual([{ state: 'found', subject: { kind: 'User', id } }]);
  });
});
