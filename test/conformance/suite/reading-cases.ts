import { expect } from 'vitest';
import type { ConformanceCase } from './case.ts';
import type { Scenario } from './scenario.ts';

/** The catalogue; the case applies only where there is one. */
function catalogueOf(scenario: Scenario) {
  const { catalogue } = scenario.provider;
  if (catalogue === undefined) throw new Error('permissionCatalogue is true and there is no catalogue');
  return catalogue;
}

/** What providers promise about reading and about the spelling of names. */
export const readingCases: readonly ConformanceCase[] = [
  {
    name: 'capabilities: what the connection can do is no more than what the driver says',
    run: async ({ fixture, capabilities, provider }) => {
      for (const [name, able] of Object.entries(capabilities)) {
        if (able) expect(fixture.driver.capabilities, name).toHaveProperty(name, true);
      }
      expect(provider.catalogue !== undefined).toBe(capabilities.permissionCatalogue);
      expect(provider.holders !== undefined).toBe(capabilities.bindings);
    },
  },
  {
    name: 'driver: names its account and its Secrets the same way every time',
    run: async ({ fixture: { driver, settings, emulator, credentials } }) => {
      expect(driver.account(settings(`${emulator.url}/`))).toBe(driver.account(settings(emulator.url)));
      expect(driver.account(settings('http://127.0.0.1:1'))).not.toBe(driver.account(settings(emulator.url)));
      expect(Object.keys(driver.secretRefs(settings(emulator.url))).sort()).toEqual(Object.keys(credentials).sort());
    },
  },
  {
    name: 'connect: takes a credential with white space around it, as editors leave it',
    run: async (scenario) => {
      const entries = Object.entries(scenario.fixture.credentials).map(([name, value]) => [name, ` ${value}\n`]);
      const provider = await scenario.connect({ credentials: Object.fromEntries(entries) });

      await provider.probe(scenario.signal);
    },
  },
  {
    name: 'probe: accepts good credentials and changes nothing',
    run: async (scenario) => {
      await scenario.provider.probe(scenario.signal);

      expect(scenario.writes()).toEqual([]);
    },
  },
  {
    name: 'probe: says unauthorized for wrong credentials',
    run: async (scenario) => {
      const provider = await scenario.connect({ credentials: scenario.fixture.wrongCredentials });

      expect((await scenario.failure(provider.probe(scenario.signal))).kind).toBe('unauthorized');
    },
  },
  {
    name: 'observe: reports every role as it is and writes nothing',
    applies: ({ readable }) => readable,
    run: async (scenario) => {
      const roles = Array.from({ length: 25 }, (_, number) => scenario.stored(number, [number, number + 1]));
      for (const role of roles) scenario.fixture.backdoor.putRole(role);

      const snapshot = await scenario.provider.observe(scenario.organization, scenario.signal);

      expect(snapshot.organization).toBe(scenario.organization);
      for (const role of roles) {
        expect(snapshot.roles.get(role.slug)).toMatchObject({
          ref: { organization: scenario.organization, slug: role.slug },
          displayName: role.displayName,
          description: role.description,
          permissions: role.permissions,
          system: false,
        });
      }
      expect(new Set([...snapshot.roles.values()].map((role) => role.externalID)).size).toBe(snapshot.roles.size);
      expect(scenario.writes()).toEqual([]);
    },
  },
  {
    name: 'observe: marks the roles of the system',
    applies: ({ readable, systemRoles }) => readable && systemRoles,
    run: async (scenario) => {
      const slug = scenario.fixture.vocabulary.systemSlug ?? '';

      expect((await scenario.observed(slug))?.system).toBe(true);
    },
  },
  {
    name: 'observe: lists an organization once for a thousand roles',
    applies: ({ readable }) => readable,
    run: async (scenario) => {
      for (let number = 0; number < 1000; number++) scenario.fixture.backdoor.putRole(scenario.stored(number, [number % 50]));
      await scenario.provider.observe(scenario.organization, scenario.signal);
      const few = scenario.requests('listRoles').length;
      scenario.forgetRequests();

      const snapshot = await scenario.provider.observe(scenario.organization, scenario.signal);

      expect(snapshot.roles.size).toBeGreaterThanOrEqual(1000);
      expect(scenario.requests('listRoles')).toHaveLength(few);
      expect(few).toBeLessThanOrEqual(10);
      expect(scenario.fixture.emulator.control.journal()).toHaveLength(few);
    },
  },
  {
    name: 'observe: says notFound for an unknown organization',
    applies: ({ readable }) => readable,
    run: async (scenario) => {
      const call = scenario.provider.observe(scenario.fixture.vocabulary.unknownOrganization, scenario.signal);

      expect(await scenario.failure(call)).toMatchObject({ kind: 'notFound', details: { missing: 'organization' } });
    },
  },
  {
    name: 'normalize: refuses what the provider would refuse and names the field',
    run: async (scenario) => {
      for (const { reason, change, field } of scenario.fixture.vocabulary.refused) {
        const outcome = scenario.provider.normalize(scenario.desired(1, [1], change));
        expect(outcome.ok ? [] : outcome.problems.map((problem) => problem.field), reason).toContain(field);
      }
    },
  },
  {
    name: 'normalize: sorts permissions, keeps what is not managed and changes nothing the second time',
    run: async (scenario) => {
      const { displayName: _name, description: _text, ...bare } = scenario.desired(1, [3, 1, 2]);

      const once = scenario.provider.normalize(bare);
      expect(once).toMatchObject({ ok: true, role: { permissions: scenario.stored(1, [1, 2, 3]).permissions } });
      if (!once.ok) return;
      expect(once.role).not.toHaveProperty('displayName');
      expect(once.role).not.toHaveProperty('description');
      expect(scenario.provider.normalize(once.role)).toEqual(once);
    },
  },
  {
    name: 'normalize: every spelling of a slug is refused or leads to the role that is reported',
    applies: ({ readable, createRole }) => readable && createRole,
    run: async (scenario) => {
      scenario.knowPermissions(2);
      const { spellings } = scenario.fixture.vocabulary;
      expect(spellings.length).toBeGreaterThan(0);
      for (const slug of spellings) {
        const desired = scenario.desired(1, [1], { ref: { organization: scenario.organization, slug } });
        const normalized = scenario.provider.normalize(desired);
        if (!normalized.ok) {
          expect(normalized.problems.map((problem) => problem.field)).toEqual(['spec.slug']);
          continue;
        }
        await scenario.realize(desired);
        expect(await scenario.plan(desired), `${slug} must not look changed`).toMatchObject({ action: 'none' });
      }
    },
  },
  {
    name: 'catalogue: is read over many pages to the last and names what is unknown',
    applies: ({ permissionCatalogue }) => permissionCatalogue,
    run: async (scenario) => {
      scenario.knowPermissions(350);
      const { permission } = scenario.fixture.vocabulary;
      const asked = [permission(999), permission(0), permission(349), permission(998), permission(175), permission(999)];

      expect(await catalogueOf(scenario).unknown(asked, scenario.signal)).toEqual([permission(998), permission(999)].sort());
      expect(scenario.writes()).toEqual([]);
    },
  },
  {
    name: 'catalogue: answers from its copy, and finds a permission that was created since',
    applies: ({ permissionCatalogue }) => permissionCatalogue,
    run: async (scenario) => {
      scenario.knowPermissions(10);
      const { permission } = scenario.fixture.vocabulary;
      await catalogueOf(scenario).unknown([permission(1)], scenario.signal);
      scenario.forgetRequests();

      expect(await catalogueOf(scenario).unknown([permission(2)], scenario.signal)).toEqual([]);
      expect(scenario.requests('listPermissions')).toEqual([]);

      scenario.fixture.backdoor.putPermissions([permission(50)]);
      expect(await catalogueOf(scenario).unknown([permission(50)], scenario.signal)).toEqual([]);
    },
  },
  {
    name: 'catalogue: a copy older than a minute is not believed',
    applies: ({ permissionCatalogue }) => permissionCatalogue,
    run: async (scenario) => {
      scenario.knowPermissions(10);
      const { permission } = scenario.fixture.vocabulary;
      await catalogueOf(scenario).unknown([permission(1)], scenario.signal);
      scenario.forgetRequests();
      await scenario.clock.advance(60_001);

      await catalogueOf(scenario).unknown([permission(1)], scenario.signal);

      expect(scenario.requests('listPermissions').length).toBeGreaterThan(0);
    },
  },
  {
    name: 'catalogue: callers at the same time share one reading',
    applies: ({ permissionCatalogue }) => permissionCatalogue,
    run: async (scenario) => {
      scenario.knowPermissions(10);
      const { permission } = scenario.fixture.vocabulary;
      await catalogueOf(scenario).unknown([permission(1)], scenario.signal);
      const once = scenario.requests('listPermissions').length;
      await scenario.clock.advance(60_001);
      scenario.forgetRequests();

      await Promise.all(
        Array.from({ length: 20 }, (_, number) => catalogueOf(scenario).unknown([permission(number % 10)], scenario.signal)),
      );

      expect(scenario.requests('listPermissions')).toHaveLength(once);
    },
  },
  {
    name: 'catalogue: a list that runs in circles is not believed',
    applies: ({ permissionCatalogue }) => permissionCatalogue,
    run: async (scenario) => {
      scenario.knowPermissions(350);
      scenario.inject('listPermissions', { kind: 'duplicatePage', skip: 1, times: 0 });

      const call = catalogueOf(scenario).unknown([scenario.fixture.vocabulary.permission(999)], scenario.signal);

      expect((await scenario.failure(call)).kind).toBe('transient');
    },
  },
  {
    name: 'catalogue: a page that fails fails the whole reading',
    applies: ({ permissionCatalogue }) => permissionCatalogue,
    run: async (scenario) => {
      scenario.knowPermissions(350);
      const { permission } = scenario.fixture.vocabulary;
      await catalogueOf(scenario).unknown([permission(0)], scenario.signal);
      await scenario.clock.advance(60_001);
      const skip = scenario.requests('listPermissions').length - 1;
      scenario.inject('listPermissions', { kind: 'status', status: 500, skip });

      expect((await scenario.failure(catalogueOf(scenario).unknown([permission(0)], scenario.signal))).kind).toBe('transient');
      expect(await catalogueOf(scenario).unknown([permission(0)], scenario.signal)).toEqual([]);
    },
  },
];
