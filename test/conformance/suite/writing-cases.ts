import { expect } from 'vitest';
import type { Capabilities } from '../../../src/model/index.ts';
import { withCreatedPermissions } from '../../../src/plan/index.ts';
import type { ConformanceCase } from './case.ts';

const readable = (capabilities: Capabilities): boolean => capabilities.readable;
const creates = (capabilities: Capabilities): boolean => capabilities.createRole;

/** What providers promise about creating and changing roles. */
export const writingCases: readonly ConformanceCase[] = [
  {
    name: 'create: makes the role with its fields and permissions, and it is reported as declared',
    applies: creates,
    run: async (scenario) => {
      scenario.knowPermissions(5);
      const plan = await scenario.plan(scenario.desired(1, [3, 1]));

      const applied = await scenario.provider.apply(plan, scenario.signal);

      expect(scenario.fixture.backdoor.role(plan.ref.slug)).toEqual(scenario.stored(1, [1, 3]));
      if (!scenario.capabilities.readable) return;
      expect((await scenario.plan(scenario.desired(1, [3, 1]))).action).toBe('none');
      if (applied.externalID !== undefined) expect((await scenario.observed(plan.ref.slug))?.externalID).toBe(applied.externalID);
    },
  },
  {
    name: 'create: makes a role without permissions',
    applies: ({ createRole, emptyRole }) => createRole && emptyRole,
    run: async (scenario) => {
      await scenario.realize(scenario.desired(1, []));

      expect(scenario.fixture.backdoor.role(scenario.fixture.vocabulary.slug(1))?.permissions).toEqual([]);
    },
  },
  {
    name: 'create: the slug names a role that declares no name',
    applies: creates,
    run: async (scenario) => {
      scenario.knowPermissions(2);
      const { displayName: _name, description: _text, ...bare } = scenario.desired(1, [1]);

      await scenario.realize(bare);

      expect(scenario.fixture.backdoor.role(bare.ref.slug)).toMatchObject({ displayName: bare.ref.slug, description: '' });
    },
  },
  {
    name: 'create: a slug that exists is a conflict, and the role there stays as it is',
    applies: ({ createRole, readable: isReadable }) => createRole && isReadable,
    run: async (scenario) => {
      scenario.knowPermissions(5);
      const plan = await scenario.plan(scenario.desired(1, [1, 2]));
      const present = scenario.stored(1, [4], { displayName: 'Somebody else’s' });
      scenario.fixture.backdoor.putRole(present);

      const error = await scenario.failure(scenario.provider.apply(plan, scenario.signal));

      expect(error.kind).toBe('conflict');
      expect(error.details.ambiguous).toBeUndefined();
      expect(scenario.fixture.backdoor.role(plan.ref.slug)).toEqual(present);
    },
  },
  {
    name: 'create: an unknown organization is notFound',
    applies: creates,
    run: async (scenario) => {
      scenario.knowPermissions(2);
      const ref = { organization: scenario.fixture.vocabulary.unknownOrganization, slug: scenario.fixture.vocabulary.slug(1) };
      const plan = { ...(await scenario.plan(scenario.desired(1, [1]))), ref };

      const error = await scenario.failure(scenario.provider.apply(plan, scenario.signal));

      expect(error).toMatchObject({ kind: 'notFound', details: { missing: 'organization' } });
    },
  },
  {
    name: 'update: replaces the permission set in one call and leaves fields and other roles alone',
    applies: ({ atomicReplace }) => atomicReplace,
    run: async (scenario) => {
      scenario.fixture.backdoor.putRole(scenario.stored(1, [1, 2, 3]));
      scenario.fixture.backdoor.putRole(scenario.stored(2, [1, 2, 3]));
      scenario.knowPermissions(6);
      const plan = await scenario.plan(scenario.desired(1, [3, 4, 5]));
      scenario.forgetRequests();

      await scenario.provider.apply(plan, scenario.signal);

      expect(scenario.requests('setPermissions')).toHaveLength(1);
      // Who can't read has to assert the fields as well.
      if (scenario.capabilities.readable) expect(scenario.writes()).toHaveLength(1);
      expect(scenario.fixture.backdoor.role(plan.ref.slug)).toEqual(scenario.stored(1, [3, 4, 5]));
      expect(scenario.fixture.backdoor.role(scenario.fixture.vocabulary.slug(2))).toEqual(scenario.stored(2, [1, 2, 3]));
    },
  },
  {
    name: 'update: only adds',
    applies: readable,
    run: async (scenario) => {
      scenario.fixture.backdoor.putRole(scenario.stored(1, [1]));
      scenario.knowPermissions(4);

      const plan = await scenario.realize(scenario.desired(1, [1, 2, 3]));

      expect(plan.permissions?.remove).toEqual([]);
      expect(scenario.fixture.backdoor.role(plan.ref.slug)?.permissions).toEqual(scenario.stored(1, [1, 2, 3]).permissions);
    },
  },
  {
    name: 'update: only removes',
    applies: readable,
    run: async (scenario) => {
      scenario.fixture.backdoor.putRole(scenario.stored(1, [1, 2, 3]));

      const plan = await scenario.realize(scenario.desired(1, [2]));

      expect(plan.permissions?.add).toEqual([]);
      expect(scenario.fixture.backdoor.role(plan.ref.slug)?.permissions).toEqual(scenario.stored(1, [2]).permissions);
    },
  },
  {
    name: 'update: takes away every permission',
    applies: ({ readable: isReadable, emptyRole }) => isReadable && emptyRole,
    run: async (scenario) => {
      scenario.fixture.backdoor.putRole(scenario.stored(1, [1, 2, 3]));

      await scenario.realize(scenario.desired(1, []));

      expect(scenario.fixture.backdoor.role(scenario.fixture.vocabulary.slug(1))?.permissions).toEqual([]);
    },
  },
  {
    name: 'update: a plan that may only add keeps what others add at the same moment',
    applies: readable,
    run: async (scenario) => {
      scenario.fixture.backdoor.putRole(scenario.stored(1, [1]));
      scenario.knowPermissions(6);
      const plan = await scenario.plan(scenario.desired(1, [2, 3]), 'Additive');
      scenario.fixture.backdoor.putRole(scenario.stored(1, [1, 5]));

      await scenario.provider.apply(plan, scenario.signal);

      expect(scenario.fixture.backdoor.role(plan.ref.slug)?.permissions).toEqual(scenario.stored(1, [1, 2, 3, 5]).permissions);
    },
  },
  {
    name: 'update: changes fields in one call and keeps the permission set',
    applies: readable,
    run: async (scenario) => {
      scenario.fixture.backdoor.putRole(scenario.stored(1, [1, 2]));
      const plan = await scenario.plan(scenario.desired(1, [1, 2], { displayName: 'Another name' }));
      scenario.forgetRequests();

      await scenario.provider.apply(plan, scenario.signal);

      expect(scenario.fixture.backdoor.role(plan.ref.slug)).toEqual(scenario.stored(1, [1, 2], { displayName: 'Another name' }));
      expect(scenario.writes()).toHaveLength(1);
      expect(scenario.requests('updateRole')).toHaveLength(1);
    },
  },
  {
    name: 'update: clears a description',
    applies: ({ readable: isReadable, description }) => isReadable && description,
    run: async (scenario) => {
      scenario.fixture.backdoor.putRole(scenario.stored(1, [1]));

      await scenario.realize(scenario.desired(1, [1], { description: '' }));

      expect(scenario.fixture.backdoor.role(scenario.fixture.vocabulary.slug(1))?.description).toBe('');
      expect((await scenario.plan(scenario.desired(1, [1], { description: '' }))).action).toBe('none');
    },
  },
  {
    name: 'update: leaves fields alone that the role does not declare',
    applies: readable,
    run: async (scenario) => {
      const present = scenario.stored(1, [1], { displayName: 'By hand' });
      scenario.fixture.backdoor.putRole(present);
      scenario.knowPermissions(3);
      const { displayName: _name, description: _text, ...bare } = scenario.desired(1, [1, 2]);

      await scenario.realize(bare);

      expect(scenario.fixture.backdoor.role(present.slug)).toEqual({ ...present, permissions: scenario.stored(1, [1, 2]).permissions });
    },
  },
  {
    name: 'update: a plan with the action none makes no call, whatever else it says',
    run: async (scenario) => {
      scenario.fixture.backdoor.putRole(scenario.stored(1, [1]));
      const plan = { ...(await scenario.plan(scenario.desired(1, [2], { displayName: 'Other' }))), action: 'none' as const };
      scenario.forgetRequests();

      await scenario.provider.apply(plan, scenario.signal);

      expect(scenario.fixture.emulator.control.journal()).toEqual([]);
    },
  },
  {
    name: 'update: carrying out the same plan twice ends the same',
    applies: readable,
    run: async (scenario) => {
      scenario.fixture.backdoor.putRole(scenario.stored(1, [1, 2]));
      scenario.knowPermissions(5);
      const plan = await scenario.plan(scenario.desired(1, [2, 3], { displayName: 'Twice' }));

      await scenario.provider.apply(plan, scenario.signal);
      await scenario.provider.apply(plan, scenario.signal);

      expect(scenario.fixture.backdoor.role(plan.ref.slug)).toEqual(scenario.stored(1, [2, 3], { displayName: 'Twice' }));
    },
  },
  {
    name: 'update: a role that vanishes between reading and writing is notFound and is not made again',
    applies: readable,
    run: async (scenario) => {
      scenario.fixture.backdoor.putRole(scenario.stored(1, [1]));
      scenario.knowPermissions(4);
      const desired = scenario.desired(1, [2], { displayName: 'Gone' });
      scenario.inject('listRoles', { kind: 'act', ...scenario.fixture.backdoor.deleteRoleAction(desired.ref.slug) });
      const plan = await scenario.plan(desired);

      const error = await scenario.failure(scenario.provider.apply(plan, scenario.signal));

      expect(error).toMatchObject({ kind: 'notFound', details: { missing: 'role' } });
      expect(scenario.fixture.backdoor.role(plan.ref.slug)).toBeUndefined();
    },
  },
  {
    name: 'update: a role of the system is refused before anything is sent',
    applies: ({ readable: isReadable, systemRoles }) => isReadable && systemRoles,
    run: async (scenario) => {
      const slug = scenario.fixture.vocabulary.systemSlug ?? '';
      const observed = await scenario.observed(slug);
      scenario.knowPermissions(3);
      scenario.forgetRequests();
      const plan = {
        ref: { organization: scenario.organization, slug },
        action: 'update' as const,
        externalID: observed?.externalID ?? '',
        fields: { displayName: 'Taken over' },
        permissions: { next: [scenario.fixture.vocabulary.permission(1)], add: [], remove: [], addOnly: false },
        createPermissions: [],
        target: { displayName: 'Taken over', description: '', permissions: [], extras: {} },
      };

      expect((await scenario.failure(scenario.provider.apply(plan, scenario.signal))).kind).toBe('forbidden');
      expect(scenario.fixture.emulator.control.journal()).toEqual([]);
      expect(await scenario.observed(slug)).toEqual(observed);
    },
  },
  {
    name: 'permissions: an unknown one is refused by name and the set stays as it is',
    applies: ({ permissionCatalogue, readable: isReadable }) => permissionCatalogue && isReadable,
    run: async (scenario) => {
      scenario.fixture.backdoor.putRole(scenario.stored(1, [1]));
      scenario.knowPermissions(3);
      const plan = await scenario.plan(scenario.desired(1, [2, 777, 778]));

      const error = await scenario.failure(scenario.provider.apply(plan, scenario.signal));

      const { permission } = scenario.fixture.vocabulary;
      expect(error).toMatchObject({ kind: 'invalid', details: { missing: 'permission', rejected: [permission(777), permission(778)] } });
      expect(scenario.fixture.backdoor.role(plan.ref.slug)?.permissions).toEqual(scenario.stored(1, [1]).permissions);
    },
  },
  {
    name: 'permissions: those that the plan wants created are created first, and one that exists meanwhile is fine',
    applies: ({ createPermission }) => createPermission,
    run: async (scenario) => {
      scenario.knowPermissions(2);
      const { permission } = scenario.fixture.vocabulary;
      const missing = [permission(7), permission(8)];
      const plan = withCreatedPermissions(await scenario.plan(scenario.desired(1, [1, 7, 8])), missing);
      scenario.fixture.backdoor.putPermissions([permission(8)]);

      await scenario.provider.apply(plan, scenario.signal);

      expect(scenario.fixture.backdoor.permissions()).toEqual(expect.arrayContaining(missing));
      expect(scenario.fixture.backdoor.role(plan.ref.slug)?.permissions).toEqual(scenario.stored(1, [1, 7, 8]).permissions);
      if (!scenario.capabilities.permissionCatalogue) return;
      expect(await scenario.provider.catalogue?.unknown(missing, scenario.signal)).toEqual([]);
    },
  },
  {
    name: 'permissions: a role can have a thousand',
    applies: readable,
    run: async (scenario) => {
      scenario.fixture.backdoor.putRole(scenario.stored(1, [1]));
      scenario.knowPermissions(1000);
      const all = Array.from({ length: 1000 }, (_, number) => number);

      await scenario.realize(scenario.desired(1, all));

      expect(scenario.fixture.backdoor.role(scenario.fixture.vocabulary.slug(1))?.permissions).toHaveLength(1000);
      expect((await scenario.plan(scenario.desired(1, all))).action).toBe('none');
    },
  },
];
