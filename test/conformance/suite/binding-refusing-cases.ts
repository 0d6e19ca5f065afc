import { expect } from 'vitest';
import type { BindingCase } from './binding-scenario.ts';

/** What providers promise about changes that can't be made: of what isn't there, and of subjects that have an obstacle. */
export const bindingRefusingCases: readonly BindingCase[] = [
  {
    name: 'missing: a subject that is not there is notFound',
    applies: (_capabilities, { unknownID }) => unknownID !== undefined,
    otherwise: 'Nobody looks whether a user exists.',
    run: async (scenario) => {
      const change = { ...scenario.change(scenario.user(1), { add: [scenario.role(1)] }), subject: userOf(scenario.people.unknownID) };

      const error = await scenario.failure(scenario.holders.apply(change, scenario.signal));

      expect(error).toMatchObject({ kind: 'notFound', details: { missing: 'subject' } });
      expect(error.details.ambiguous).toBeUndefined();
    },
  },
  {
    name: 'missing: a role that is not there is notFound, and nobody holds anything else than before',
    run: async (scenario) => {
      const slug = scenario.base.fixture.vocabulary.slug(999);
      const user = scenario.user(1, ...scenario.nothing);
      const stranger = scenario.user(2);

      for (const subject of [user, stranger]) {
        const error = await scenario.failure(scenario.apply(subject, { add: [slug] }));
        expect(error).toMatchObject({ kind: 'notFound', details: { missing: 'role' } });
      }
      expect(scenario.people.held(user)).toEqual(scenario.nothing);
      expect(scenario.people.held(stranger)).toEqual([]);
    },
  },
  {
    name: 'missing: a role that is not there can be revoked',
    run: async (scenario) => {
      const kept = scenario.role(1);
      const user = scenario.user(1, kept);

      await scenario.apply(user, { remove: [scenario.base.fixture.vocabulary.slug(999)] });

      expect(scenario.people.held(user)).toEqual([kept]);
    },
  },
  {
    name: 'missing: an organization that is not there is notFound',
    run: async (scenario) => {
      const organization = scenario.base.fixture.vocabulary.unknownOrganization;
      const change = { ...scenario.change(scenario.user(1), { add: [scenario.role(1)] }), organization };

      const error = await scenario.failure(scenario.holders.apply(change, scenario.signal));

      expect(error).toMatchObject({ kind: 'notFound', details: { missing: 'organization' } });
    },
  },
  {
    name: 'obstacle: whoever has one is left alone, and nobody is made active unasked',
    applies: (_capabilities, { obstacles }) => obstacles.length > 0,
    otherwise: 'Nothing that keeps a user from holding roles is known there.',
    run: async (scenario) => {
      const [held, wanted] = [scenario.role(1), scenario.role(2)];
      for (const [number, reason] of scenario.people.obstacles.entries()) {
        const user = scenario.user(number);
        scenario.people.obstruct(user, [held], reason);
        const wasActive = scenario.people.isActive(user);

        for (const change of [{ add: [wanted], remove: [held] }, { remove: [held] }]) {
          expect((await scenario.failure(scenario.apply(user, change))).kind, reason).toBe('conflict');
        }

        expect(scenario.people.held(user), reason).toEqual([held]);
        expect(scenario.people.isActive(user), reason).toBe(wasActive);
      }
      expect(scenario.writes()).toEqual([]);
    },
  },
  {
    name: 'obstacle: an inactive user is made active where that is asked for, and holds the roles then',
    applies: (_capabilities, { obstacles }) => obstacles.includes('Inactive'),
    otherwise: 'Nobody is inactive there.',
    run: async (scenario) => {
      const [held, wanted] = [scenario.role(1), scenario.role(2)];
      const [user, holder] = [scenario.user(1), scenario.user(2)];
      for (const each of [user, holder]) scenario.people.obstruct(each, [held], 'Inactive');

      await scenario.apply(user, { add: [wanted], remove: [held], reactivate: true });
      await scenario.apply(holder, { managed: [held], reactivate: true });

      expect(scenario.people.held(user)).toEqual([wanted]);
      expect(scenario.people.isActive(user)).toBe(true);
      expect(scenario.people.held(holder)).toEqual([held]);
      expect(scenario.people.isActive(holder)).toBe(true);
    },
  },
  {
    name: 'obstacle: nobody is made active to lose a role, and no other obstacle gives way',
    applies: (_capabilities, { obstacles }) => obstacles.length > 0,
    otherwise: 'Nothing that keeps a user from holding roles is known there.',
    run: async (scenario) => {
      const [held, wanted] = [scenario.role(1), scenario.role(2)];
      for (const [number, reason] of scenario.people.obstacles.entries()) {
        const user = scenario.user(number);
        scenario.people.obstruct(user, [held], reason);
        const wasActive = scenario.people.isActive(user);
        const change = reason === 'Inactive' ? { remove: [held] } : { add: [wanted], remove: [held] };

        expect((await scenario.failure(scenario.apply(user, { ...change, reactivate: true }))).kind, reason).toBe('conflict');

        expect(scenario.people.held(user), reason).toEqual([held]);
        expect(scenario.people.isActive(user), reason).toBe(wasActive);
      }
    },
  },
];

function userOf(id: string | undefined): { readonly kind: 'User'; readonly id: string } {
  return { kind: 'User', id: id ?? '' };
}
