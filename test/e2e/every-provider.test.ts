import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Role, RoleSpec } from '../../src/api/index.ts';
import type { JournalEntry } from '../../src/emulators/index.ts';
import { systemClock } from '../../src/lib/index.ts';
import { startFrontier } from '../conformance/frontier-fixture.ts';
import { startJitsudo } from '../conformance/jitsudo-fixture.ts';
import { startKarmo, startKarmoWithReadBack } from '../conformance/karmo-fixture.ts';
import { startKlustr } from '../conformance/klustr-fixture.ts';
import type { ProviderFixture } from '../conformance/provider-suite.ts';
import { startWorkos } from '../conformance/workos-fixture.ts';
import { type OwnCluster, ownCluster } from '../support/control-plane.ts';
import { apiRoot, eventually, isReady, pause } from '../support/e2e.ts';
import { createFixtureProvider } from '../support/e2e-fixtures.ts';
import { type OperatorProcess, startTestOperator } from '../support/operator-process.ts';

/** Roles of each provider, all in one organization. */
const roleCount = 100;
const intervalMs = 20_000;

/** What a number of calls may be: exact, or between two numbers where time decides. */
type Count = number | readonly [atLeast: number, atMost: number];

/** One provider, and what it costs. Calls by the operation ids of the contract; what isn't named isn't called. */
interface Subject {
  readonly name: string;
  start(): Promise<ProviderFixture>;
  readonly spec?: Partial<RoleSpec>;
  /** Calls that write, for 100 new Roles. */
  readonly writes: Readonly<Record<string, Count>>;
  /** Calls that read, for the same: lists, and now and then a probe or a token. */
  readonly reads: Readonly<Record<string, Count>>;
  /** Calls of nearly two intervals without anything to do: one instant of looking falls into it at least, and two at most. */
  readonly idle: Readonly<Record<string, Count>>;
}

const few: Count = [0, 4];
/** One before, one to read back, and more only where a burst takes the lane longer than the API server takes to hear of all Roles. */
const lists: Count = [2, 4];
const once: Count = [0, 1];
/** Of an organization, in a time of nearly two intervals. */
const looks: Count = [1, 2];

const subjects: readonly Subject[] = [
  {
    name: 'workos',
    start: () => startWorkos(),
    writes: { createOrganizationRole: roleCount, setOrganizationRolePermissions: roleCount },
    reads: { listOrganizationRoles: lists, listPermissions: few },
    idle: { listOrganizationRoles: looks, listPermissions: few },
  },
  {
    name: 'klustr',
    start: () => startKlustr('source'),
    writes: { createOrgRole: roleCount },
    // Klustr would add a second role of the same id: each create looks first.
    reads: { getOrgRoleById: roleCount, listOrganizationRoles: lists, issueToken: [1, 2], listOrgPermissions: few },
    idle: { listOrganizationRoles: looks, issueToken: once, listOrgPermissions: few },
  },
  {
    name: 'jitsudo',
    start: () => startJitsudo('apiKey'),
    writes: { createRole: roleCount },
    reads: { listRoles: lists, listPermissions: few },
    idle: { listRoles: looks, listPermissions: few },
  },
  {
    name: 'karmo',
    start: () => startKarmo({ dates: systemClock }),
    spec: { adoptionPolicy: 'Always' },
    // Whether a role is there can't be seen: its permissions are sent, and where that says 404 it is made and they are sent again.
    writes: { syncRolePermissions: 2 * roleCount, upsertRole: roleCount },
    reads: { issueToken: [1, 2], unknown: few },
    // Nothing tells whether the roles are still as they were: the permissions of each are sent once per interval.
    idle: { syncRolePermissions: [roleCount, 2 * roleCount], issueToken: once, unknown: few },
  },
  {
    name: 'karmo with read-back',
    start: () => startKarmoWithReadBack({ dates: systemClock }),
    writes: { upsertRole: roleCount, syncRolePermissions: roleCount },
    reads: { listOrganizationRoles: [2, 2 * roleCount], listPermissions: [1, 2 * roleCount], issueToken: [1, 2], unknown: few },
    idle: { listOrganizationRoles: looks, listPermissions: few, issueToken: once, unknown: few },
  },
  {
    name: 'frontier over REST',
    start: () => startFrontier('v0.90', 'REST'),
    writes: { CreateOrganizationRole: roleCount },
    reads: { ListOrganizationRoles: [2, 2 * roleCount], ListPermissions: [1, 2 * roleCount], AuthToken: [1, 2] },
    idle: { ListOrganizationRoles: looks, ListPermissions: few, AuthToken: once },
  },
  {
    name: 'frontier over Connect',
    start: () => startFrontier('v0.115', 'Auto'),
    writes: { CreateOrganizationRole: roleCount },
    reads: { ListOrganizationRoles: [2, 2 * roleCount], ListPermissions: [1, 2 * roleCount], AuthToken: [1, 2], unknown: few },
    idle: { ListOrganizationRoles: looks, ListPermissions: few, AuthToken: once, unknown: few },
  },
];

/** One user's namespace with one provider. */
class Team {
  readonly subject: Subject;
  readonly fixture: ProviderFixture;
  readonly namespace: string;
  readonly #cluster: OwnCluster;

  constructor(subject: Subject, fixture: ProviderFixture, namespace: string, cluster: OwnCluster) {
    this.subject = subject;
    this.fixture = fixture;
    this.namespace = namespace;
    this.#cluster = cluster;
  }

  static async create(subject: Subject, cluster: OwnCluster): Promise<Team> {
    const fixture = await subject.start();
    const team = new Team(subject, fixture, await cluster.createNamespace(subject.name.replaceAll(/[^a-z0-9]+/g, '-')), cluster);
    // Nothing is looked at again while the Roles are made, however long that takes here.
    await createFixtureProvider(cluster.admin, team.namespace, fixture, { interval: '1h' });
    return team;
  }

  /** `role-0007` and the like, as objects may be named; the slug is the provider's. */
  async createRoles(): Promise<void> {
    const { vocabulary } = this.fixture;
    const numbers = Array.from({ length: roleCount }, (_, index) => index);
    this.fixture.backdoor.putPermissions(numbers.slice(0, 41).map((number) => vocabulary.permission(number)));
    for (const number of numbers) {
      const permissions = [vocabulary.permission(number % 40), vocabulary.permission((number % 40) + 1)];
      await this.#cluster.admin.create(this.#path, {
        apiVersion: 'rolekeeper.dev/v1alpha1',
        kind: 'Role',
        metadata: { name: `role-${number}` },
        spec: { organization: vocabulary.organization, slug: vocabulary.slug(number), permissions, ...this.subject.spec },
      });
    }
  }

  /** From now on every Role is looked at once in this time. */
  lookEvery(ms: number): Promise<unknown> {
    const path = `${apiRoot}/namespaces/${this.namespace}/roleproviders/default`;
    return this.#cluster.admin.mergePatch(path, { spec: { interval: `${ms / 1000}s` } });
  }

  async untilReady(): Promise<readonly Role[]> {
    return eventually(async () => {
      const { items } = await this.#cluster.admin.get<{ readonly items: readonly Role[] }>(this.#path);
      const other = items.find((role) => !isReady(role));
      if (items.length !== roleCount || other !== undefined) {
        throw new Error(`${items.length} Roles; ${other?.metadata.name} isn't ready: ${JSON.stringify(other?.status?.conditions)}`);
      }
      return items;
    });
  }

  calls(since = 0): Readonly<Record<string, number>> {
    return countByOperation(this.fixture.emulator.control.journal().slice(since));
  }

  get #path(): string {
    return `${apiRoot}/namespaces/${this.namespace}/orgroles`;
  }
}

let cluster: OwnCluster;
let operator: OperatorProcess;
const teams = new Map<string, Team>();

beforeAll(async () => {
  cluster = await ownCluster();
  await cluster.installCRDs();
  await cluster.installRBAC();
  for (const subject of subjects) teams.set(subject.name, await Team.create(subject, cluster));
  for (const team of teams.values()) await team.createRoles();
  operator = await startTestOperator(cluster);
});

afterAll(async () => {
  await operator?.stop();
  for (const { fixture } of teams.values()) await fixture.emulator.close();
  await cluster?.controlPlane.stop();
});

describe(`${roleCount} new Roles in one organization of each provider`, () => {
  it.each(subjects)('$name: become Ready with exactly these writes and few reads', async ({ name, writes, reads }) => {
    const roles = await teamOf(name).untilReady();
    const calls = teamOf(name).calls();
    console.log(`${name}: ${roleCount} new Roles`, calls);
    expectCounts(calls, { ...writes, ...reads });
    expect(new Set(roles.map(({ status }) => status?.permissions?.observed))).toEqual(new Set([2]));
  });

  it('cost one list per interval with nothing to do, and no write', async () => {
    for (const team of teams.values()) await team.lookEvery(intervalMs);
    // A changed provider object makes its Roles look once: that is over by then.
    await pause(1.2 * intervalMs);
    const before = new Map([...teams].map(([name, { fixture }]) => [name, fixture.emulator.control.journal().length]));
    await pause(1.9 * intervalMs);
    for (const { name, idle } of subjects) {
      const calls = teamOf(name).calls(before.get(name));
      console.log(`${name}: nearly two intervals with nothing to do`, calls);
      expectCounts(calls, idle);
    }
  });

  it.each(subjects)('$name: have one of them put right that somebody changed', async ({ name }) => {
    const { backdoor, vocabulary } = teamOf(name).fixture;
    const slug = vocabulary.slug(0);
    const held = backdoor.role(slug);
    if (held === undefined) throw new Error(`${slug} must be there`);
    backdoor.putRole({ ...held, permissions: [vocabulary.permission(39)] });
    await eventually(() => expect(backdoor.role(slug)?.permissions).toEqual(held.permissions));
  });

  it.each(subjects)('$name: asked the provider nothing that its contract does not have', ({ name }) => {
    const { validator } = teamOf(name).fixture;
    validator.assertNone();
    expect(validator.checked).toBeGreaterThan(0);
  });
});

function teamOf(name: string): Team {
  const team = teams.get(name);
  if (team === undefined) throw new Error(`there is no team ${name}`);
  return team;
}

function countByOperation(entries: readonly JournalEntry[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { operationId = 'unknown' } of entries) counts[operationId] = (counts[operationId] ?? 0) + 1;
  return counts;
}

function expectCounts(calls: Readonly<Record<string, number>>, expected: Readonly<Record<string, Count>>): void {
  expect(Object.keys(expected), 'operations that were not expected').toEqual(expect.arrayContaining(Object.keys(calls)));
  for (const [operation, count] of Object.entries(expected)) {
    const [atLeast, atMost] = typeof count === 'number' ? [count, count] : count;
    expect(calls[operation] ?? 0, operation).toBeGreaterThanOrEqual(atLeast);
    expect(calls[operation] ?? 0, operation).toBeLessThanOrEqual(atMost);
  }
}
