import { expect } from 'vitest';
import type { Capabilities } from '../../../src/model/index.ts';
import type { ConformanceCase } from './case.ts';
import type { Scenario } from './scenario.ts';

const deletes = (capabilities: Capabilities): boolean => capabilities.deleteRole;

/** Puts a role there and says how to remove it. */
async function removable(scenario: Scenario): Promise<{ readonly slug: string; remove(): Promise<void> }> {
  const stored = scenario.stored(1, [1]);
  scenario.fixture.backdoor.putRole(stored);
  scenario.fixture.backdoor.putRole(scenario.stored(2, [1]));
  const observed = await scenario.observed(stored.slug);
  scenario.forgetRequests();
  const ref = { organization: scenario.organization, slug: stored.slug };
  return { slug: stored.slug, remove: () => scenario.provider.remove(ref, observed?.externalID ?? '', scenario.signal) };
}

/** What providers promise about deleting roles. */
export const deletingCases: readonly ConformanceCase[] = [
  {
    name: 'remove: deletes the role and no other',
    applies: deletes,
    run: async (scenario) => {
      const { slug, remove } = await removable(scenario);

      await remove();

      expect(scenario.fixture.backdoor.role(slug)).toBeUndefined();
      expect(scenario.fixture.backdoor.role(scenario.fixture.vocabulary.slug(2))).toBeDefined();
    },
  },
  {
    name: 'remove: an absent role is success',
    applies: deletes,
    run: async (scenario) => {
      const { remove } = await removable(scenario);

      await remove();
      await remove();
    },
  },
  {
    name: 'remove: a role that is held is inUse, with the count, and stays',
    applies: deletes,
    run: async (scenario) => {
      const { slug, remove } = await removable(scenario);
      scenario.fixture.backdoor.hold(slug, 230);

      expect(await scenario.failure(remove())).toMatchObject({ kind: 'inUse', details: { holders: 230 } });
      expect(scenario.fixture.backdoor.role(slug)).toBeDefined();
    },
  },
  {
    name: 'remove: a role of the system is refused before anything is sent',
    applies: ({ deleteRole, systemRoles }) => deleteRole && systemRoles,
    run: async (scenario) => {
      const slug = scenario.fixture.vocabulary.systemSlug ?? '';
      const observed = await scenario.observed(slug);
      scenario.forgetRequests();
      const call = scenario.provider.remove({ organization: scenario.organization, slug }, observed?.externalID ?? '', scenario.signal);

      expect((await scenario.failure(call)).kind).toBe('forbidden');
      expect(scenario.fixture.emulator.control.journal()).toEqual([]);
      expect(await scenario.observed(slug)).toBeDefined();
    },
  },
  {
    name: 'remove: a 404 page that is not the API’s is no success',
    applies: deletes,
    run: async (scenario) => {
      const { slug, remove } = await removable(scenario);
      scenario.inject('deleteRole', { kind: 'html', status: 404 });

      expect((await scenario.failure(remove())).kind).not.toBe('notFound');
      expect(scenario.fixture.backdoor.role(slug)).toBeDefined();
    },
  },
  {
    name: 'remove: a connection that is lost after the deletion leaves it open, and trying again is success',
    applies: deletes,
    run: async (scenario) => {
      const { slug, remove } = await removable(scenario);
      scenario.inject('deleteRole', { kind: 'cut', carryOut: true });

      expect(await scenario.failure(remove())).toMatchObject({ kind: 'transient', details: { ambiguous: true } });
      expect(scenario.fixture.backdoor.role(slug)).toBeUndefined();
      await remove();
    },
  },
];
