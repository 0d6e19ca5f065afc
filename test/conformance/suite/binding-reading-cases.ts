import { expect } from 'vitest';
import { type Capabilities, subjectKey } from '../../../src/model/index.ts';
import { type BindingCase, sorted } from './binding-scenario.ts';

const reads = ({ readBindings }: Capabilities): boolean => readBindings;
const unread = 'Who holds a role can not be read.';

/** What providers promise about reading who holds a role. */
export const bindingReadingCases: readonly BindingCase[] = [
  {
    name: 'observe holders: nobody holds a role where nobody was given one',
    applies: reads,
    otherwise: unread,
    run: async (scenario) => {
      const { holdings, organization } = await scenario.holders.observe(scenario.organization, [scenario.role(1)], scenario.signal);

      expect(holdings.size).toBe(0);
      expect(organization).toBe(scenario.organization);
    },
  },
  {
    name: 'observe holders: reports exactly who holds one of the roles, and writes nothing',
    applies: reads,
    otherwise: unread,
    run: async (scenario) => {
      const [asked, alsoAsked, other] = [scenario.role(1), scenario.role(2), scenario.role(3)];
      const several = scenario.capabilities.multipleRolesPerUser ? [asked, alsoAsked, other] : [alsoAsked];
      const [first, second] = [scenario.user(1, asked), scenario.user(2, ...several)];
      scenario.user(3, other);
      scenario.user(4);

      const { holdings } = await scenario.holders.observe(scenario.organization, sorted([asked, alsoAsked]), scenario.signal);

      expect([...holdings.keys()].sort()).toEqual([subjectKey(first), subjectKey(second)].sort());
      for (const subject of [first, second]) {
        const holding = holdings.get(subjectKey(subject));
        expect(holding).toMatchObject({ subject });
        expect(holding).not.toHaveProperty('obstacle');
        const held = scenario.people.held(subject);
        // Of roles that were not asked for, a provider tells as much as it likes.
        expect(held).toEqual(expect.arrayContaining([...(holding?.roles ?? [])]));
        expect(holding?.roles).toEqual(expect.arrayContaining(held.filter((role) => role !== other)));
        expect(holding?.roles).toEqual(sorted(holding?.roles ?? []));
      }
      expect(scenario.writes()).toEqual([]);
    },
  },
  {
    name: 'observe holders: a role that is not there is held by nobody',
    applies: reads,
    otherwise: unread,
    run: async (scenario) => {
      scenario.user(1, scenario.role(1));

      expect(await scenario.observed(scenario.base.fixture.vocabulary.slug(999))).toEqual({});
    },
  },
  {
    name: 'observe holders: is complete over pages, also once more',
    applies: reads,
    otherwise: unread,
    run: async (scenario) => {
      const slug = scenario.role(1);
      const ids = Array.from({ length: scenario.people.manyHolders }, (_, number) => scenario.user(number, slug).id);
      scenario.user(ids.length, scenario.role(2));

      expect(Object.keys(await scenario.observed(slug)).sort()).toEqual(ids.sort());
      expect(Object.keys(await scenario.observed(slug))).toHaveLength(ids.length);
    },
  },
  {
    name: 'observe holders: a page that fails is an error and no part, whichever it is',
    applies: reads,
    otherwise: unread,
    run: async (scenario) => {
      const slug = scenario.role(1);
      for (let number = 0; number < scenario.people.manyHolders; number++) scenario.user(number, slug);
      await scenario.observed(slug);
      const pages = scenario.requests('listHolders').length;
      expect(pages).toBeGreaterThan(0);

      for (let skip = 0; skip < pages; skip++) {
        scenario.inject('listHolders', { kind: 'status', status: 500, skip });
        expect(await scenario.failure(scenario.observed(slug))).toMatchObject({ kind: 'transient' });
        scenario.base.fixture.emulator.control.clearFaults();
      }
    },
  },
  {
    name: 'observe holders: an unknown organization is notFound',
    applies: reads,
    otherwise: unread,
    run: async (scenario) => {
      const { unknownOrganization } = scenario.base.fixture.vocabulary;
      const call = scenario.holders.observe(unknownOrganization, [scenario.role(1)], scenario.signal);

      expect(await scenario.failure(call)).toMatchObject({ kind: 'notFound', details: { missing: 'organization' } });
    },
  },
  {
    name: 'observe holders: reports roles of the system like others',
    applies: ({ readBindings, systemRoles }) => readBindings && systemRoles,
    otherwise: 'There are no roles of the system, or who holds one can not be read.',
    run: async (scenario) => {
      const slug = scenario.base.fixture.vocabulary.systemSlug ?? '';
      const { id } = scenario.user(1, slug);

      expect(await scenario.observed(slug)).toEqual({ [id]: [slug] });
    },
  },
  {
    name: 'observe holders: whoever has an obstacle is reported with it, whatever they hold',
    applies: ({ readBindings }, { obstacles }) => readBindings && obstacles.length > 0,
    otherwise: 'Nothing that keeps a user from holding roles is known there, or who holds one can not be read.',
    run: async (scenario) => {
      const [asked, other] = [scenario.role(1), scenario.role(2)];
      for (const [index, reason] of scenario.people.obstacles.entries()) {
        for (const [number, role] of [asked, other].entries()) {
          const user = scenario.user(index * 2 + number);
          scenario.people.obstruct(user, [role], reason);

          const { holdings } = await scenario.holders.observe(scenario.organization, [asked], scenario.signal);

          expect(holdings.get(subjectKey(user))?.obstacle).toMatchObject({ reason, message: expect.stringContaining(user.id) });
          if (role === asked) expect(holdings.get(subjectKey(user))?.roles).toEqual([asked]);
        }
      }
    },
  },
  {
    name: 'observe holders: subjects of other kinds are reported by their kind',
    applies: ({ readBindings, groups, serviceAccounts }) => readBindings && (groups || serviceAccounts),
    otherwise: 'Only users hold roles there, or who holds one can not be read.',
    run: async (scenario) => {
      const slug = scenario.role(1);
      const kinds = (['Group', 'ServiceAccount'] as const).filter(
        (kind) => scenario.capabilities[kind === 'Group' ? 'groups' : 'serviceAccounts'],
      );
      const subjects = kinds.map((kind) => ({ kind, id: scenario.people.other?.(kind, 1) ?? '' }));
      for (const subject of subjects) scenario.people.hold(subject, [slug]);

      const { holdings } = await scenario.holders.observe(scenario.organization, [slug], scenario.signal);

      expect([...holdings.keys()].sort()).toEqual(subjects.map(subjectKey).sort());
    },
  },
  {
    name: 'roles have one spelling: that in which they are reported',
    run: async (scenario) => {
      const { holders, base } = scenario;
      const slugs = [scenario.role(1), ...base.fixture.vocabulary.spellings, ...scenario.nothing];
      for (const slug of slugs) expect(holders.canonicalRole(holders.canonicalRole(slug))).toBe(holders.canonicalRole(slug));
      expect(holders.canonicalRole(scenario.role(1))).toBe(scenario.role(1));
      if (holders.fallbackRole !== undefined) expect(holders.canonicalRole(holders.fallbackRole)).toBe(holders.fallbackRole);
    },
  },
];
