import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HoldingChange, NamedSubject, SubjectRef } from '../../src/model/index.ts';
import { FrontierBench, leastPrivileged } from './frontier-bench.ts';
import { organization, principalOf, serviceUser, subjectID } from './frontier-fixture.ts';
import type { People } from './provider-suite.ts';

const viewer = 'app_organization_viewer';
const other = 'c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d02';

let bench: FrontierBench;

afterEach(() => bench.end());

const holders = () => {
  const found = bench.scenario.provider.holders;
  if (found === undefined) throw new Error('no holders');
  return found;
};
const people = (): People => bench.fixture.people as People;
const role = (number: number): string => {
  const stored = bench.scenario.stored(number, [number]);
  bench.fixture.backdoor.putRole(stored);
  return stored.slug;
};
const user = (number: number): SubjectRef => ({ kind: 'User', id: people().user(number).id });
const lookup = (...subjects: readonly NamedSubject[]) => holders().lookup(organization, subjects, bench.scenario.signal);
const observe = async (...roles: readonly string[]) => {
  const { holdings } = await holders().observe(organization, roles, bench.scenario.signal);
  return Object.fromEntries([...holdings].map(([key, holding]) => [key, holding.roles]));
};
const change = (subject: SubjectRef, { add = [], remove = [] }: Partial<Pick<HoldingChange, 'add' | 'remove'>>): HoldingChange => ({
  organization,
  subject,
  add,
  remove,
  managed: [...add, ...remove],
  next: add,
  reactivate: false,
});
const apply = (subject: SubjectRef, what: Parameters<typeof change>[1]) => holders().apply(change(subject, what), bench.scenario.signal);
const policies = (): readonly { readonly resource: string; readonly principal: string; readonly role: string }[] =>
  (bench.fixture.emulator.control.state() as unknown as { policies: never }).policies;

describe.each(['v0.90', 'v0.99', 'v0.115'] as const)('holders, server %s', (version) => {
  const start = async (seed: Readonly<Record<string, unknown>> = {}): Promise<void> => {
    bench = await FrontierBench.start(version, version === 'v0.90' ? 'REST' : 'Connect', seed);
  };
  const asked = async (work: () => Promise<unknown>): Promise<readonly string[]> => {
    bench.scenario.forgetRequests();
    await work();
    return bench.asked().filter((operation) => operation !== 'AuthToken');
  };

  describe('of a superuser', () => {
    beforeEach(() => start());

    it('cost few calls: two to look, two to grant, two to revoke', async () => {
      const [slug, subject] = [role(1), user(1)];

      expect(await asked(() => observe(slug))).toEqual(['ListOrganizationRoles', 'ListPolicies']);
      expect(await asked(() => lookup(subject))).toEqual(['ListOrganizationUsers', 'GetUser']);
      expect(await asked(() => apply(subject, { add: [slug] }))).toEqual(['ListPolicies', 'CreatePolicy']);
      expect(await asked(() => apply(subject, { add: [slug] }))).toEqual(['ListPolicies']);
      expect(await asked(() => apply(subject, { remove: [slug] }))).toEqual(['ListPolicies', 'DeletePolicy']);
      expect(await asked(() => apply(subject, { remove: [slug] }))).toEqual(['ListPolicies']);
      expect(await asked(() => apply(subject, {}))).toEqual([]);
    });

    it('are read for a thousand members at the price of one', async () => {
      const slug = role(1);
      const ids = Array.from({ length: 100 }, (_, number) => user(number));
      for (const subject of ids) people().hold(subject, [slug]);

      expect(await asked(() => observe(slug))).toHaveLength(2);
      expect(await asked(() => lookup(...ids))).toEqual(['ListOrganizationUsers']);
      expect(await asked(() => lookup(...ids))).toEqual([]);
    });

    it('can have roles of the platform, which are known by name', async () => {
      const [slug, subject] = [role(1), user(1)];

      expect(await asked(() => observe(viewer))).toEqual(['ListOrganizationRoles', 'ListRoles', 'ListPolicies']);
      await apply(subject, { add: [slug, viewer] });

      expect(await observe(viewer)).toEqual({ [`User/${subject.id}`]: [viewer, slug] });
      await apply(subject, { remove: [viewer] });
      expect(people().held(subject)).toEqual([slug]);
    });

    it('have the organization’s own role where the platform has one of the same name', async () => {
      const [subject, platformHolder] = [user(1), user(2)];
      people().hold(platformHolder, [viewer]);
      bench.put({ name: viewer, title: 'Ours', permissions: ['a_b_ccc'] });

      await apply(subject, { add: [viewer] });

      expect(people().held(subject)).toEqual([viewer]);
      expect(await observe(viewer)).toEqual({ [`User/${subject.id}`]: [viewer] });
      const before = policies().length;
      await apply(platformHolder, { remove: [viewer] });
      expect(policies()).toHaveLength(before);
    });

    it('are neither those of projects and of other organizations’ roles, nor principals of other kinds; none of it is touched', async () => {
      const [slug, subject] = [role(1), user(1)];
      bench.act('putOrganization', { organization: { id: other, name: 'other', roles: [{ name: slug, permissions: ['a_b_ccc'] }] } });
      const principal = principalOf(subject);
      bench.act('putPolicy', { policy: { organization: other, role: slug, principal } });
      const foreign = policies()[0]?.role ?? '';
      const resource = `app/project:${other}`;
      bench.act('putPolicy', { policy: { resource, role: bench.role(slug)?.id ?? '', principal } });
      bench.act('putPolicy', { policy: { organization, role: foreign, principal } });
      const before = policies();

      expect(before).toHaveLength(3);
      expect(await observe(slug)).toEqual({});
      await apply(subject, { remove: [slug] });
      expect(policies()).toEqual(before);
      await apply(subject, { add: [slug] });
      await apply(subject, { remove: [slug] });
      expect(policies()).toEqual(before);
    });

    it('of one uuid and different kinds are different', async () => {
      const slug = role(1);
      const { id } = user(1);
      bench.act('putGroup', { organization, group: { id, name: 'twin' } });
      const group = { kind: 'Group', id } as const;
      for (const subject of [group, { kind: 'User', id } as const]) people().hold(subject, [slug]);

      expect(Object.keys(await observe(slug)).sort()).toEqual([`Group/${id}`, `User/${id}`]);
      await apply(group, { remove: [slug] });

      expect(await observe(slug)).toEqual({ [`User/${id}`]: [slug] });
    });

    it('are known by uuids in lower case, however they are written', async () => {
      const slug = role(1);
      const subject = user(1);

      expect(await lookup({ kind: 'User', id: subject.id.toUpperCase() })).toEqual([{ state: 'found', subject }]);
      await apply({ kind: 'User', id: subject.id.toUpperCase() }, { add: [slug] });
      expect(people().held(subject)).toEqual([slug]);
      expect(await observe(slug)).toEqual({ [`User/${subject.id}`]: [slug] });
    });

    it('are granted once more what the server may have made by half, and only once', async () => {
      const [slug, subject] = [role(1), user(1)];
      bench.fixture.emulator.control.inject({ operationId: 'CreatePolicy', kind: 'status', status: 500, carryOut: true });

      expect((await bench.scenario.failure(apply(subject, { add: [slug] }))).details.ambiguous).toBe(true);
      expect(people().held(subject)).toEqual([slug]);

      expect(await asked(() => apply(subject, { add: [slug] }))).toContain('CreatePolicy');
      expect(await asked(() => apply(subject, { add: [slug] }))).not.toContain('CreatePolicy');
    });

    it('get a role that was made anew, once its old uuid was refused', async () => {
      const [slug, subject] = [role(1), user(1)];
      await observe(slug);
      bench.fixture.backdoor.deleteRole(slug);
      role(1);

      expect(await bench.scenario.failure(apply(subject, { add: [slug] }))).toMatchObject({ kind: 'transient', details: { status: 500 } });
      await apply(subject, { add: [slug] });

      expect(people().held(subject)).toEqual([slug]);
    });

    it('are no groups and service users of elsewhere', async () => {
      for (const [kind, what] of [
        ['Group', 'group'],
        ['ServiceAccount', 'service user'],
      ] as const) {
        const id = subjectID(kind, 9);
        expect(await lookup({ kind, id })).toMatchObject([{ state: 'unknown', message: expect.stringContaining(`has no ${what} ${id}`) }]);
        const error = await bench.scenario.failure(apply({ kind, id }, { add: [role(1)] }));
        expect(error).toMatchObject({ kind: 'notFound', details: { missing: 'subject' } });
      }
      expect(policies()).toEqual([]);
    });

    it.each(['acme', organization.toUpperCase(), '00000000-0000-0000-0000-000000000000'])('are not asked for in %s', async (name) => {
      const subject = user(1);
      bench.scenario.forgetRequests();

      for (const call of [
        holders().observe(name, ['x1'], bench.scenario.signal),
        holders().lookup(name, [subject], bench.scenario.signal),
        holders().apply({ ...change(subject, { add: ['x1'] }), organization: name }, bench.scenario.signal),
      ]) {
        const error = await bench.scenario.failure(call);
        expect(error.kind).toBe('invalid');
        expect(error.message).toContain(JSON.stringify(name));
      }
      expect(bench.asked()).toEqual([]);
    });
  });

  describe('of a service user with the least rights', () => {
    beforeEach(() => start({ serviceUsers: [{ ...serviceUser, ...leastPrivileged }] }));

    it('are granted and revoked', async () => {
      const [slug, member] = [role(1), user(1)];
      people().hold(member, [viewer]);

      await apply(member, { add: [slug] });
      expect(await observe(slug)).toEqual({ [`User/${member.id}`]: [slug] });
      await apply(member, { remove: [slug] });

      expect(await observe(slug)).toEqual({});
    });

    it('are members, by uuid and by address; others can not be told from nobody, and nothing is granted to them', async () => {
      const [member, stranger] = [people().user(1), people().user(2)];
      people().hold({ kind: 'User', id: member.id }, [viewer]);

      const results = await lookup({ kind: 'User', email: member.email.toUpperCase() }, { kind: 'User', id: member.id });
      expect(results).toEqual([member, member].map(({ id }) => ({ state: 'found', subject: { kind: 'User', id } })));
      const strangers: readonly NamedSubject[] = [
        { kind: 'User', id: stranger.id },
        { kind: 'User', email: stranger.email },
      ];
      expect(await asked(() => lookup(...strangers))).toEqual(['ListOrganizationUsers', 'GetUser']);
      expect(await asked(() => lookup(...strangers))).toEqual(['ListOrganizationUsers']);
      for (const result of await lookup(...strangers)) {
        expect(result).toMatchObject({ state: 'unknown', message: expect.stringContaining('superusers') });
      }
      const error = await bench.scenario.failure(apply({ kind: 'User', id: stranger.id }, { add: [role(1)] }));
      expect(error).toMatchObject({ kind: 'notFound', details: { missing: 'subject' } });
      expect(people().held({ kind: 'User', id: stranger.id })).toEqual([]);
    });

    it('are found once they became members, and asked for again a minute after the refusal', async () => {
      const { id } = user(1);
      expect(await lookup({ kind: 'User', id })).toMatchObject([{ state: 'unknown' }]);
      people().hold({ kind: 'User', id }, [viewer]);

      expect(await lookup({ kind: 'User', id })).toMatchObject([{ state: 'found' }]);
      people().hold({ kind: 'User', id }, []);
      await bench.scenario.clock.advance(60_000);
      expect(await asked(() => lookup({ kind: 'User', id }))).toEqual(['ListOrganizationUsers', 'GetUser']);
    });

    it('are groups only that hold something already: others may or may not be there', async () => {
      const [holding, silent] = [people().other?.('Group', 1) ?? '', people().other?.('Group', 2) ?? ''];
      people().hold({ kind: 'Group', id: holding }, [role(1)]);

      const results = await lookup({ kind: 'Group', id: holding }, { kind: 'Group', id: silent });

      expect(results).toMatchObject([{ state: 'found' }, { state: 'unsupported', message: expect.stringContaining('grouplist') }]);
      expect((await bench.scenario.failure(apply({ kind: 'Group', id: silent }, { add: [role(1)] }))).kind).toBe('unsupported');
      await apply({ kind: 'Group', id: holding }, { remove: [role(1)] });
      expect(people().held({ kind: 'Group', id: holding })).toEqual([]);
    });

    it('are service users of the organization', async () => {
      const id = people().other?.('ServiceAccount', 1) ?? '';

      await apply({ kind: 'ServiceAccount', id }, { add: [role(1)] });

      expect(await observe(role(1))).toEqual({ [`ServiceAccount/${id}`]: [role(1)] });
    });
  });
});
