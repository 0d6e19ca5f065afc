import { expect } from 'vitest';
import type { Capabilities, DesiredRole } from '../../../src/model/index.ts';
import type { ConformanceCase } from './case.ts';
import type { Scenario } from './scenario.ts';

const unreadable = ({ readable }: Capabilities): boolean => !readable;
const otherwise = 'Roles can be read here, so a change is planned against what is there and none is asserted.';

/** A role that declares no name. */
function nameless(scenario: Scenario, permissions: readonly number[]): DesiredRole {
  const { displayName: _name, description: _text, ...bare } = scenario.desired(1, permissions);
  return bare;
}

/** Failures of the provider itself that say what is wrong, and the kind that each has to have. */
const refusals = [
  { status: 400, kind: 'invalid' },
  { status: 403, kind: 'forbidden' },
  { status: 409, kind: 'conflict' },
  { status: 422, kind: 'invalid' },
  { status: 429, kind: 'rateLimited' },
  { status: 500, kind: 'transient' },
  { status: 503, kind: 'transient' },
] as const;

const refusalCases: readonly ConformanceCase[] = refusals.map(({ status, kind }) => ({
  name: `assert: a ${status} is ${kind}, is not tried again and leaves the role as it is`,
  run: async (scenario) => {
    scenario.fixture.backdoor.putRole(scenario.stored(1, [1, 2]));
    const plan = await scenario.plan(nameless(scenario, [3]));
    scenario.forgetRequests();
    scenario.inject('setPermissions', { kind: 'status', status });

    expect((await scenario.failure(scenario.provider.apply(plan, scenario.signal))).kind).toBe(kind);

    expect(scenario.writes()).toHaveLength(1);
    expect(scenario.fixture.backdoor.role(plan.ref.slug)).toEqual(scenario.stored(1, [1, 2]));
  },
}));

/** What providers promise whose roles can't be read back: every plan is an update with the complete set, and there may be no role. */
const cases: readonly ConformanceCase[] = [
  {
    name: 'assert: observe is unsupported, and nobody is asked',
    run: async (scenario) => {
      const call = scenario.provider.observe(scenario.organization, scenario.signal);

      expect((await scenario.failure(call)).kind).toBe('unsupported');
      expect(scenario.fixture.emulator.control.journal()).toEqual([]);
    },
  },
  {
    name: 'assert: a role that is not there is made, named by its slug where no name is declared',
    run: async (scenario) => {
      scenario.knowPermissions(4);
      const plan = await scenario.plan(nameless(scenario, [3, 1]));
      expect(plan).toMatchObject({ action: 'update', fields: {} });
      expect(plan.externalID).toBeUndefined();

      await scenario.provider.apply(plan, scenario.signal);

      expect(scenario.fixture.backdoor.role(plan.ref.slug)).toEqual(scenario.stored(1, [1, 3], { displayName: plan.ref.slug }));
    },
  },
  {
    name: 'assert: a role that is not there is made with the name that is declared',
    run: async (scenario) => {
      scenario.knowPermissions(4);

      await scenario.realize(scenario.desired(1, [3, 1]));

      expect(scenario.fixture.backdoor.role(scenario.fixture.vocabulary.slug(1))).toEqual(scenario.stored(1, [1, 3]));
    },
  },
  {
    name: 'assert: a name that is not declared stays as it is',
    run: async (scenario) => {
      const present = scenario.stored(1, [1], { displayName: 'By hand' });
      scenario.fixture.backdoor.putRole(present);
      scenario.knowPermissions(3);
      scenario.forgetRequests();

      await scenario.realize(nameless(scenario, [1, 2]));

      expect(scenario.fixture.backdoor.role(present.slug)).toEqual({ ...present, permissions: scenario.stored(1, [1, 2]).permissions });
      expect(scenario.writes()).toHaveLength(1);
    },
  },
  {
    name: 'assert: a name that is declared replaces another one',
    run: async (scenario) => {
      scenario.fixture.backdoor.putRole(scenario.stored(1, [1], { displayName: 'By hand' }));

      await scenario.realize(scenario.desired(1, [1]));

      expect(scenario.fixture.backdoor.role(scenario.fixture.vocabulary.slug(1))).toEqual(scenario.stored(1, [1]));
    },
  },
  {
    name: 'assert: what somebody added is gone, and other roles are left alone',
    run: async (scenario) => {
      scenario.fixture.backdoor.putRole(scenario.stored(1, [1, 2, 3, 4]));
      scenario.fixture.backdoor.putRole(scenario.stored(2, [1, 2, 3, 4]));

      await scenario.realize(nameless(scenario, [2]));

      expect(scenario.fixture.backdoor.role(scenario.fixture.vocabulary.slug(1))?.permissions).toEqual(scenario.stored(1, [2]).permissions);
      expect(scenario.fixture.backdoor.role(scenario.fixture.vocabulary.slug(2))).toEqual(scenario.stored(2, [1, 2, 3, 4]));
    },
  },
  {
    name: 'assert: every permission can be taken away',
    applies: ({ readable, emptyRole }) => !readable && emptyRole,
    run: async (scenario) => {
      scenario.fixture.backdoor.putRole(scenario.stored(1, [1, 2]));

      await scenario.realize(nameless(scenario, []));

      expect(scenario.fixture.backdoor.role(scenario.fixture.vocabulary.slug(1))?.permissions).toEqual([]);
    },
  },
  {
    name: 'assert: doing it again and again ends the same, and knows the role by the same id',
    run: async (scenario) => {
      scenario.knowPermissions(5);
      const plan = await scenario.plan(scenario.desired(1, [2, 3], { displayName: 'Again' }));

      const first = await scenario.provider.apply(plan, scenario.signal);
      const second = await scenario.provider.apply(plan, scenario.signal);

      expect(second).toEqual(first);
      expect(scenario.fixture.backdoor.role(plan.ref.slug)).toEqual(scenario.stored(1, [2, 3], { displayName: 'Again' }));
    },
  },
  {
    name: 'assert: an unknown organization is notFound, also where no name is declared',
    run: async (scenario) => {
      const ref = { organization: scenario.fixture.vocabulary.unknownOrganization, slug: scenario.fixture.vocabulary.slug(1) };
      const plan = { ...(await scenario.plan(nameless(scenario, [1]))), ref };

      const error = await scenario.failure(scenario.provider.apply(plan, scenario.signal));

      expect(error).toMatchObject({ kind: 'notFound', details: { missing: 'organization' } });
    },
  },
  {
    name: 'assert: a role that vanishes between two calls is made again',
    run: async (scenario) => {
      scenario.fixture.backdoor.putRole(scenario.stored(1, [1]));
      scenario.knowPermissions(3);
      const plan = await scenario.plan(nameless(scenario, [2]));
      await scenario.provider.apply(plan, scenario.signal);
      scenario.fixture.backdoor.deleteRole(plan.ref.slug);

      await scenario.provider.apply(plan, scenario.signal);

      expect(scenario.fixture.backdoor.role(plan.ref.slug)).toEqual(scenario.stored(1, [2], { displayName: plan.ref.slug }));
    },
  },
  {
    name: 'assert: a 404 page that is not the provider’s makes no role',
    run: async (scenario) => {
      scenario.knowPermissions(3);
      const plan = await scenario.plan(nameless(scenario, [2]));
      scenario.inject('setPermissions', { kind: 'html', status: 404 });

      expect((await scenario.failure(scenario.provider.apply(plan, scenario.signal))).kind).toBe('transient');
      expect(scenario.fixture.backdoor.role(plan.ref.slug)).toBeUndefined();
    },
  },
];

/** See cases. */
export const assertingCases: readonly ConformanceCase[] = [...cases, ...refusalCases].map((each) => ({
  applies: unreadable,
  otherwise,
  ...each,
}));
