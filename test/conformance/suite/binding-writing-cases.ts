import { expect } from 'vitest';
import type { Capabilities } from '../../../src/model/index.ts';
import { type BindingCase, type BindingScenario, sorted } from './binding-scenario.ts';

const several = ({ multipleRolesPerUser }: Capabilities): boolean => multipleRolesPerUser;
const single = (capabilities: Capabilities): boolean => !several(capabilities);
const onlyOne = 'A user holds one role only there.';
const moreThanOne = 'A user may hold several roles there.';

/** What the answer to a change says of roles must be so. */
function expectHonest(scenario: BindingScenario, applied: { readonly roles?: readonly string[] }, held: readonly string[]): void {
  if (applied.roles !== undefined) expect(applied.roles).toEqual(held);
  expect(scenario.base.fixture.emulator.control.journal().filter(({ status = 500 }) => status >= 400)).toEqual([]);
}

/** What providers promise about giving and taking roles, where nobody speaks against it. */
export const bindingWritingCases: readonly BindingCase[] = [
  {
    name: 'grant: to somebody who holds nothing',
    run: async (scenario) => {
      const slug = scenario.role(1);
      const [user, other] = [scenario.user(1), scenario.user(2, scenario.role(2))];

      const applied = await scenario.apply(user, { add: [slug] });

      expect(scenario.people.held(user)).toEqual([slug]);
      expect(scenario.people.held(other)).toEqual([scenario.role(2)]);
      expectHonest(scenario, applied, [slug]);
    },
  },
  {
    name: 'grant: several roles at once, and what is held besides stays',
    applies: several,
    otherwise: onlyOne,
    run: async (scenario) => {
      const [first, second, kept] = [scenario.role(1), scenario.role(2), scenario.role(3)];
      const user = scenario.user(1, kept);

      const applied = await scenario.apply(user, { add: [first, second] });

      expect(scenario.people.held(user)).toEqual(sorted([first, second, kept]));
      expectHonest(scenario, applied, sorted([first, second, kept]));
    },
  },
  {
    name: 'grant: a role of the system is given like another',
    applies: ({ systemRoles }) => systemRoles,
    otherwise: 'There are no roles of the system.',
    run: async (scenario) => {
      const slug = scenario.base.fixture.vocabulary.systemSlug ?? '';
      const user = scenario.user(1);

      await scenario.apply(user, { add: [slug] });

      expect(scenario.people.held(user)).toEqual([slug]);
    },
  },
  {
    name: 'grant: to groups and service accounts, where they can hold roles',
    applies: ({ groups, serviceAccounts }) => groups || serviceAccounts,
    otherwise: 'Only users hold roles there.',
    run: async (scenario) => {
      const slug = scenario.role(1);
      for (const kind of ['Group', 'ServiceAccount'] as const) {
        if (!scenario.capabilities[kind === 'Group' ? 'groups' : 'serviceAccounts']) continue;
        const subject = { kind, id: scenario.people.other?.(kind, 1) ?? '' };
        await scenario.apply(subject, { add: [slug] });
        expect(scenario.people.held(subject)).toEqual([slug]);
        await scenario.apply(subject, { remove: [slug] });
        expect(scenario.people.held(subject)).toEqual([]);
      }
    },
  },
  {
    name: 'grant: subjects that can not hold a role are refused, and nothing is sent',
    applies: ({ groups, serviceAccounts }) => !groups || !serviceAccounts,
    otherwise: 'Every kind of subject holds roles there.',
    run: async (scenario) => {
      const slug = scenario.role(1);
      for (const kind of ['Group', 'ServiceAccount'] as const) {
        if (scenario.capabilities[kind === 'Group' ? 'groups' : 'serviceAccounts']) continue;
        const change = { ...scenario.change(scenario.user(1), { add: [slug] }), subject: { kind, id: 'somebody' } };
        expect((await scenario.failure(scenario.holders.apply(change, scenario.signal))).kind).toBe('unsupported');
      }
      expect(scenario.writes()).toEqual([]);
    },
  },
  {
    name: 'revoke: takes the role and leaves others',
    applies: several,
    otherwise: onlyOne,
    run: async (scenario) => {
      const [gone, kept, unmanaged] = [scenario.role(1), scenario.role(2), scenario.role(3)];
      const user = scenario.user(1, gone, kept, unmanaged);

      const applied = await scenario.apply(user, { remove: [gone], managed: [kept] });

      expect(scenario.people.held(user)).toEqual(sorted([kept, unmanaged]));
      expect(applied.fallback).toBeUndefined();
      expectHonest(scenario, applied, sorted([kept, unmanaged]));
    },
  },
  {
    name: 'revoke: the last role leaves nothing but what the provider insists on, and that is said',
    run: async (scenario) => {
      const slug = scenario.role(1);
      const user = scenario.user(1, slug);

      const applied = await scenario.apply(user, { remove: [slug] });

      expect(scenario.people.held(user)).toEqual(scenario.nothing);
      expect(applied.fallback).toBe(scenario.holders.fallbackRole);
      expect(scenario.people.isActive(user)).toBe(true);
      expectHonest(scenario, applied, scenario.nothing);
    },
  },
  {
    name: 'revoke: the last two roles at once leave as little',
    applies: several,
    otherwise: onlyOne,
    run: async (scenario) => {
      const slugs = [scenario.role(1), scenario.role(2)];
      const user = scenario.user(1, ...slugs);

      await scenario.apply(user, { remove: slugs });

      expect(scenario.people.held(user)).toEqual(scenario.nothing);
    },
  },
  {
    name: 'revoke: of what is not held is success, gives nothing, and takes nothing',
    run: async (scenario) => {
      const [slug, kept] = [scenario.role(1), scenario.role(2)];
      const [stranger, holder] = [scenario.user(1), scenario.user(2, kept)];

      await scenario.apply(stranger, { remove: [slug] });
      await scenario.apply(holder, { remove: [slug] });

      expect(scenario.people.held(stranger)).toEqual([]);
      expect(scenario.people.held(holder)).toEqual([kept]);
    },
  },
  {
    name: 'change: one role for another is never a moment without both',
    run: async (scenario) => {
      const [before, after] = [scenario.role(1), scenario.role(2)];
      const user = scenario.user(1, before);
      const seen = scenario.watch(user);

      await scenario.apply(user, { add: [after], remove: [before] });
      // The last request may have been answered before it was noted.
      await scenario.base.clock.flush();

      expect(scenario.people.held(user)).toEqual([after]);
      expect(seen.length).toBeGreaterThan(1);
      for (const held of seen) expect(held.some((role) => role === before || role === after)).toBe(true);
    },
  },
  {
    name: 'change: all grants go before all revocations, or one call does both',
    applies: several,
    otherwise: onlyOne,
    run: async (scenario) => {
      const [a, b, c, d, kept] = [1, 2, 3, 4, 5].map((number) => scenario.role(number)) as [string, string, string, string, string];
      const user = scenario.user(1, c, d, kept);
      const seen = scenario.watch(user);

      const applied = await scenario.apply(user, { add: [a, b], remove: [c, d] });
      await scenario.base.clock.flush();

      expect(scenario.people.held(user)).toEqual(sorted([a, b, kept]));
      expectHonest(scenario, applied, sorted([a, b, kept]));
      for (const held of seen) {
        expect(held).toContain(kept);
        const begunRevoking = !held.includes(c) || !held.includes(d);
        if (begunRevoking) expect(held).toEqual(expect.arrayContaining([a, b]));
      }
    },
  },
  {
    name: 'change: doing it again is harmless',
    run: async (scenario) => {
      const [before, after] = [scenario.role(1), scenario.role(2)];
      const user = scenario.user(1, before);
      const change = scenario.change(user, { add: [after], remove: [before] });

      await scenario.holders.apply(change, scenario.signal);
      const applied = await scenario.holders.apply(change, scenario.signal);

      expect(scenario.people.held(user)).toEqual([after]);
      expectHonest(scenario, applied, [after]);
    },
  },
  {
    name: 'change: a role that is held already is not written again',
    applies: ({ readBindings }) => readBindings,
    otherwise: 'Who can not read has to write.',
    run: async (scenario) => {
      const slug = scenario.role(1);
      const user = scenario.user(1, slug);
      scenario.forgetRequests();

      await scenario.apply(user, { add: [slug] });

      expect(scenario.writes()).toEqual([]);
    },
  },
  {
    name: 'change: nothing to do is success and writes nothing',
    applies: ({ readBindings }) => readBindings,
    otherwise: 'Who can not read has to write.',
    run: async (scenario) => {
      const user = scenario.user(1, scenario.role(1));
      scenario.forgetRequests();

      await scenario.apply(user, {});
      await scenario.apply(scenario.user(2), {});

      expect(scenario.writes()).toEqual([]);
    },
  },
  {
    name: 'change: what somebody else has granted since we looked stays',
    applies: ({ readBindings, multipleRolesPerUser }) => readBindings && multipleRolesPerUser,
    otherwise: 'A user holds one role only there, or who holds one can not be read.',
    run: async (scenario) => {
      const [granted, revoked, theirs] = [scenario.role(1), scenario.role(2), scenario.role(3)];
      const user = scenario.user(1, revoked);
      const { action, args } = scenario.people.holdAction(user, [revoked, theirs]);
      // The list is answered as it was, and before the answer is there somebody else has acted.
      scenario.inject('listHolders', { kind: 'act', action, args });
      const change = scenario.change(user, { add: [granted], remove: [revoked] });

      expect((await scenario.observed(revoked))[user.id]).toEqual([revoked]);
      expect(scenario.people.held(user)).toEqual(sorted([revoked, theirs]));
      await scenario.holders.apply(change, scenario.signal);

      expect(scenario.people.held(user)).toEqual(sorted([granted, theirs]));
    },
  },
  {
    name: 'change: several of one user at the same time do not undo one another',
    applies: several,
    otherwise: onlyOne,
    run: async (scenario) => {
      const slugs = [1, 2, 3, 4].map((number) => scenario.role(number));
      const gone = scenario.role(5);
      const user = scenario.user(1, gone);
      const changes = [...slugs.map((slug) => scenario.change(user, { add: [slug] })), scenario.change(user, { remove: [gone] })];

      await Promise.all(changes.map((change) => scenario.holders.apply(change, scenario.signal)));

      expect(scenario.people.held(user)).toEqual(sorted(slugs));
    },
  },
  {
    name: 'change: of different users at the same time all happen',
    run: async (scenario) => {
      const slug = scenario.role(1);
      const users = Array.from({ length: 20 }, (_, number) => scenario.user(number));

      await Promise.all(users.map((user) => scenario.apply(user, { add: [slug] })));

      for (const user of users) expect(scenario.people.held(user)).toEqual([slug]);
    },
  },
  {
    name: 'fallback: gives way to a role that is granted',
    applies: single,
    otherwise: moreThanOne,
    run: async (scenario) => {
      const slug = scenario.role(1);
      const user = scenario.user(1, ...scenario.nothing);

      const applied = await scenario.apply(user, { add: [slug] });

      expect(scenario.people.held(user)).toEqual([slug]);
      expect(applied.fallback).toBeUndefined();
    },
  },
  {
    name: 'fallback: stays beside a role that is granted, since it is not ours',
    applies: several,
    otherwise: onlyOne,
    run: async (scenario) => {
      const slug = scenario.role(1);
      const user = scenario.user(1, slug);
      await scenario.apply(user, { remove: [slug] });

      await scenario.apply(user, { add: [slug] });

      expect(scenario.people.held(user)).toEqual(sorted([...scenario.nothing, slug]));
    },
  },
  {
    name: 'one role only: a second one is refused, and the first stays',
    applies: single,
    otherwise: moreThanOne,
    run: async (scenario) => {
      const [held, wanted] = [scenario.role(1), scenario.role(2)];
      const [user, stranger] = [scenario.user(1, held), scenario.user(2)];

      const error = await scenario.failure(scenario.apply(user, { add: [wanted] }));

      expect(error.kind).toBe('unsupported');
      expect(error.message).toContain(held);
      expect((await scenario.failure(scenario.apply(stranger, { add: [held, wanted] }))).kind).toBe('unsupported');
      expect(scenario.people.held(user)).toEqual([held]);
      expect(scenario.people.held(stranger)).toEqual([]);
      expect(scenario.writes()).toEqual([]);
    },
  },
];
