import { afterAll, beforeAll, expect, it } from 'vitest';
import { type JournalEntry, overlappingWrites } from '../../src/emulators/index.ts';
import { sharedCluster, type TestCluster } from '../support/control-plane.ts';
import { catalogue, slugOfCall, Tenant } from '../support/e2e.ts';
import { killSometime, randomFrom } from '../support/kills.ts';
import { startTestOperator } from '../support/operator-process.ts';

const kills = 50;
const organizations = ['org_1', 'org_2', 'org_3', 'org_4'];
/** Waves of Roles: a new one comes before the former is done, so that there is work to interrupt to the end. */
const waves = 10;
const rolesPerWave = 20;
const seed = Number(process.env.ROLEKEEPER_KILL_SEED ?? 20_261_124);

let cluster: TestCluster;
let tenant: Tenant;

beforeAll(async () => {
  cluster = await sharedCluster();
  await cluster.installCRDs();
  await cluster.installRBAC();
  tenant = await Tenant.create(cluster, { prefix: 'kill', organizations, emulator: { latencyMs: [5, 40] } });
});

afterAll(async () => {
  await tenant?.[Symbol.asyncDispose]();
});

/** What was ever declared for a slug, oldest first. */
const declared = new Map<string, string[][]>();

function declare(name: string, permissions: readonly string[]): void {
  const sorted = [...permissions].sort();
  declared.set(name, [...(declared.get(name) ?? []), sorted]);
}

async function createWave(wave: number): Promise<void> {
  const roles = Array.from({ length: rolesPerWave }, (_, index) => {
    const number = wave * rolesPerWave + index;
    const name = `org-r${number}`;
    const permissions = [0, 7, 13].map((step) => catalogue[(number + step) % 40] ?? '');
    declare(name, permissions);
    return [name, { organization: organizations[number % organizations.length] ?? '', permissions }] as const;
  });
  await tenant.createRoles(roles);
}

/** Changes half of a wave, by one addition and one removal. */
async function changeWave(wave: number): Promise<void> {
  for (let index = 0; index < rolesPerWave; index += 2) {
    const number = wave * rolesPerWave + index;
    const permissions = [0, 7, 21].map((step) => catalogue[(number + step) % 40] ?? '');
    declare(`org-r${number}`, permissions);
    await tenant.patchRole(`org-r${number}`, { permissions });
  }
}

function permissionsOf(entry: JournalEntry): readonly string[] {
  return [...(JSON.parse(entry.body ?? '{}') as { readonly permissions: readonly string[] }).permissions].sort();
}

it(`converges although it is killed ${kills} times (seed ${seed}), creates nothing twice and never takes a declared permission away`, async () => {
  const random = randomFrom(seed);
  const { kubeconfig } = await cluster.serviceAccountKubeconfig();
  const start = () => startTestOperator(cluster, { kubeconfig, flags: { 'leader-elect': 'false' } });
  const ways: Record<string, number> = {};
  for (let kill = 0; kill < kills; kill += 1) {
    if (kill % (kills / waves) === 0) {
      const wave = kill / (kills / waves);
      await createWave(wave);
      if (wave > 0) await changeWave(wave - 1);
    }
    const how = await killSometime(await start(), tenant.control, random);
    ways[how] = (ways[how] ?? 0) + 1;
  }
  const operator = await start();
  await tenant.untilReady(waves * rolesPerWave);
  await operator.stop();

  const journal = tenant.control.journal();
  const created = journal.filter(({ operationId, status }) => operationId === 'createOrganizationRole' && status === 201);
  const refused = journal.filter(({ operationId, status }) => operationId === 'createOrganizationRole' && status !== 201);
  const sets = journal.filter(({ operationId }) => operationId === 'setOrganizationRolePermissions');
  const other = tenant.writes().length - created.length - refused.length - sets.length;
  console.log('kills', { seed, ways, created: created.length, createsRefused: refused.length, sets: sets.length, other });

  const slugs = created.map(slugOfCall);
  expect(slugs).toHaveLength(waves * rolesPerWave);
  expect(new Set(slugs).size).toBe(waves * rolesPerWave);
  for (const entry of sets) expect(declared.get(slugOfCall(entry))).toContainEqual(permissionsOf(entry));
  expect(other).toBe(0);
  for (const [slug, versions] of declared) {
    const organization = organizations[Number(slug.slice('org-r'.length)) % organizations.length] ?? '';
    expect(tenant.remote(slug, organization)?.permissions).toEqual(versions.at(-1));
    // An old set is never written over a newer one.
    const order = sets
      .filter((entry) => slugOfCall(entry) === slug)
      .map((entry) => versions.findIndex((set) => `${set}` === `${permissionsOf(entry)}`));
    expect(order).toEqual([...order].sort());
  }
  expect(overlappingWrites(journal)).toEqual([]);
});
