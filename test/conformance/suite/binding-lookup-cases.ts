import { expect } from 'vitest';
import type { Capabilities, NamedSubject, SubjectLookup, SubjectRef } from '../../../src/model/index.ts';
import type { BindingCase, BindingScenario } from './binding-scenario.ts';

const findsByEmail = ({ userLookupByEmail }: Capabilities): boolean => userLookupByEmail;
const noSearch = 'Users of this provider are named by id only.';

function lookup({ holders, organization, signal }: BindingScenario, ...subjects: readonly NamedSubject[]) {
  return holders.lookup(organization, subjects, signal);
}

function found(id: string): SubjectLookup {
  return { state: 'found', subject: { kind: 'User', id } };
}

function byEmail(email: string): NamedSubject {
  return { kind: 'User', email };
}

/** An address with every letter changed to the other case. */
function turned(email: string): string {
  return [...email].map((letter) => (letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase())).join('');
}

/** What providers promise about finding subjects. */
export const lookupCases: readonly BindingCase[] = [
  {
    name: 'lookup: nobody is asked for nobody',
    run: async (scenario) => {
      expect(await lookup(scenario)).toEqual([]);
      expect(scenario.base.fixture.emulator.control.journal()).toEqual([]);
    },
  },
  {
    name: 'lookup: ids of users are found, in the order in which they were asked for',
    run: async (scenario) => {
      const ids = [3, 1, 2].map((number) => scenario.people.user(number).id);

      expect(await lookup(scenario, ...ids.map((id): NamedSubject => ({ kind: 'User', id })))).toEqual(ids.map(found));
      expect(scenario.writes()).toEqual([]);
    },
  },
  {
    name: 'lookup: what can not be an id is unknown, says so, and does not keep others from being found',
    applies: (_capabilities, { malformedIDs }) => malformedIDs.length > 0,
    otherwise: 'Ids of users have no form.',
    run: async (scenario) => {
      const { id } = scenario.people.user(1);
      const { malformedIDs } = scenario.people;

      const results = await lookup(scenario, ...malformedIDs.map((bad): NamedSubject => ({ kind: 'User', id: bad })), { kind: 'User', id });

      expect(results.at(-1)).toEqual(found(id));
      for (const [index, bad] of malformedIDs.entries()) {
        expect(results[index]).toMatchObject({ state: 'unknown', message: expect.stringContaining(JSON.stringify(bad)) });
      }
    },
  },
  {
    name: 'lookup: a user is found by e-mail address, with white space around it too',
    applies: findsByEmail,
    otherwise: noSearch,
    run: async (scenario) => {
      const people = [1, 2].map((number) => scenario.people.user(number));
      const named = people.map(({ email }, index) => byEmail(index === 0 ? email : ` ${email} `));

      expect(await lookup(scenario, ...named)).toEqual(people.map(({ id }) => found(id)));
      expect(scenario.writes()).toEqual([]);
    },
  },
  {
    name: 'lookup: each subject is found or not by itself',
    applies: findsByEmail,
    otherwise: noSearch,
    run: async (scenario) => {
      const [first, second] = [scenario.people.user(1), scenario.people.user(2)];
      const { unknownEmail } = scenario.people;

      const results = await lookup(scenario, byEmail(unknownEmail), byEmail(first.email), { kind: 'User', id: second.id });

      expect(results.slice(1)).toEqual([found(first.id), found(second.id)]);
      expect(results[0]).toMatchObject({ state: 'unknown', message: expect.stringContaining(unknownEmail) });
    },
  },
  {
    name: 'lookup: an address that two users have is ambiguous',
    applies: (capabilities, { shareEmail }) => findsByEmail(capabilities) && shareEmail !== undefined,
    otherwise: 'No two users can have one address, or users are named by id only.',
    run: async (scenario) => {
      const email = scenario.people.shareEmail?.() ?? '';

      const [result] = await lookup(scenario, byEmail(email));

      expect(result).toMatchObject({ state: 'ambiguous', message: expect.stringContaining(email) });
    },
  },
  {
    name: 'lookup: capital letters in an address matter as they do at the provider',
    applies: findsByEmail,
    otherwise: noSearch,
    run: async (scenario) => {
      const { id, email } = scenario.people.user(1);

      const [result] = await lookup(scenario, byEmail(turned(email)));

      expect(result).toMatchObject(scenario.people.emailCaseMatters ? { state: 'unknown' } : found(id));
    },
  },
  {
    name: 'lookup: who was found by address is remembered for a minute, who was not is asked for again',
    applies: findsByEmail,
    otherwise: noSearch,
    run: async (scenario) => {
      const { id, email } = scenario.people.user(1);
      const once = async (address: string): Promise<number> => {
        scenario.forgetRequests();
        await lookup(scenario, byEmail(address));
        return scenario.requests('findUser').length;
      };

      expect(await once(email)).toBeGreaterThan(0);
      expect(await once(email)).toBe(0);
      expect(await once(scenario.people.unknownEmail)).toBeGreaterThan(0);
      expect(await once(scenario.people.unknownEmail)).toBeGreaterThan(0);
      await scenario.base.clock.advance(60_000);
      expect(await once(email)).toBeGreaterThan(0);
      expect(await lookup(scenario, byEmail(email))).toEqual([found(id)]);
    },
  },
  {
    name: 'lookup: an address that is named a hundred times is asked for once',
    applies: findsByEmail,
    otherwise: noSearch,
    run: async (scenario) => {
      const { unknownEmail } = scenario.people;
      await lookup(scenario, byEmail(unknownEmail));
      const single = scenario.requests('findUser').length;
      scenario.forgetRequests();

      await lookup(scenario, ...Array.from({ length: 100 }, () => byEmail(unknownEmail)));

      expect(scenario.requests('findUser')).toHaveLength(single);
    },
  },
  {
    name: 'lookup: a search that fails finds nobody unknown',
    applies: findsByEmail,
    otherwise: noSearch,
    run: async (scenario) => {
      const { email } = scenario.people.user(1);
      for (const [status, kind] of [
        [500, 'transient'],
        [403, 'forbidden'],
        [429, 'rateLimited'],
      ] as const) {
        scenario.inject('findUser', { kind: 'status', status });
        expect((await scenario.failure(lookup(scenario, byEmail(email)))).kind).toBe(kind);
      }
      scenario.inject('findUser', { kind: 'html', status: 404 });
      // It may be a server that has no search, which says nothing of the user either.
      const missing = await lookup(scenario, byEmail(email)).catch((error: unknown) => error);
      if (Array.isArray(missing)) expect(missing).toMatchObject([{ state: 'unsupported' }]);
      else expect(missing).toMatchObject({ name: 'ProviderError', kind: 'transient' });
      scenario.base.fixture.backdoor.expireCredentials();
      expect((await scenario.failure(lookup(scenario, byEmail(email)))).kind).toBe('unauthorized');
    },
  },
  {
    name: 'lookup: without a search, a user who is named by address is unsupported, and one with an id is found',
    applies: (capabilities) => !findsByEmail(capabilities),
    otherwise: 'Users of this provider are found by address.',
    run: async (scenario) => {
      const { id, email } = scenario.people.user(1);

      const [named, identified] = await lookup(scenario, byEmail(email), { kind: 'User', id });

      expect(named?.state).toBe('unsupported');
      expect(identified).toEqual(found(id));
    },
  },
  {
    name: 'lookup: kinds of subjects that can not hold a role are unsupported, others are found',
    run: async (scenario) => {
      const { groups, serviceAccounts } = scenario.capabilities;
      for (const [kind, able] of [
        ['Group', groups],
        ['ServiceAccount', serviceAccounts],
      ] as const) {
        const id = able ? (scenario.people.other?.(kind, 1) ?? '') : 'somebody';
        const [result] = await lookup(scenario, { kind, id });
        const subject: SubjectRef = { kind, id };
        expect(result).toMatchObject(able ? { state: 'found', subject } : { state: 'unsupported' });
      }
    },
  },
  {
    name: 'lookup: an aborted signal is obeyed',
    run: async (scenario) => {
      const { id } = scenario.people.user(1);
      const reason = new Error('too late');

      const call = scenario.holders.lookup(scenario.organization, [{ kind: 'User', id }], AbortSignal.abort(reason));

      await expect(call).rejects.toBe(reason);
    },
  },
];
