import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Subject } from '../../src/api/index.ts';
import { type JournalEntry, overlappingWrites } from '../../src/emulators/index.ts';
import { sharedCluster, type TestCluster } from '../support/control-plane.ts';
import { canaryKey, catalogue, eventually, Tenant } from '../support/e2e.ts';
import { type CountedRequests, killSometime, randomFrom } from '../support/kills.ts';
import { startTestOperator } from '../support/operator-process.ts';

const kills = 25;
const organizations = ['org_1', 'org_2', 'org_3'];
const slugs = ['org-a', 'org-b', 'org-c'];
const byHand = 'org-by-hand';
/** WorkOS gives it to whoever would be left without a role. */
const fallback = 'member';
/** Users of an organization. The first eight are members and hold roles by other hands. */
const userCount = 12;
const memberCount = 8;
const seed = Number(process.env.ROLEKEEPER_KILL_SEED ?? 20_261_124);
const random = randomFrom(seed);

interface Person {
  readonly id: string;
  readonly email: string;
  readonly organization: string;
  /** Roles that it held before there was any RoleBinding. Every fourth member holds one that bindings grant to others. */
  readonly own: readonly string[];
}

const people: readonly Person[] = organizations.flatMap((organization) =>
  Array.from({ length: userCount }, (_, index): Person => {
    const own = index >= memberCount ? [] : index % 4 === 0 ? [slugs[0] ?? '', byHand] : [byHand];
    return { id: `user_${organization}_${index}`, email: `${organization}-${index}@example.com`, organization, own };
  }),
);

interface Declared {
  readonly organization: string;
  readonly slug: string;
  readonly users: readonly Person[];
}

/** The RoleBindings that there are, by name. */
const declared = new Map<string, Declared>();
/** Every role that was ever declared for a user. */
const everDeclared = new Map<string, Set<string>>();
const changes = { created: 0, edited: 0, deleted: 0 };

let cluster: TestCluster;
let tenant: Tenant;

beforeAll(async () => {
  cluster = await sharedCluster();
  await cluster.installCRDs();
  await cluster.installRBAC();
  tenant = await Tenant.create(cluster, {
    prefix: 'bindings-kill',
    connected: false,
    emulator: { latencyMs: [5, 40], seed: providerSeed() },
  });
  await tenant.putSecret({ apiKey: canaryKey });
  await tenant.createProvider({
    workos: {
      baseURL: tenant.emulator.url,
      allowInsecureHTTP: true,
      multipleRoles: true,
      apiKeySecretRef: { name: 'workos', key: 'apiKey' },
    },
  });
  await tenant.createRoles(
    organizations.flatMap((organization) =>
      slugs.map((slug, index) => [roleName(organization, slug), { organization, slug, permissions: [catalogue[index] ?? ''] }] as const),
    ),
  );
});

afterAll(async () => {
  await tenant?.[Symbol.asyncDispose]();
});

function providerSeed(): unknown {
  return {
    apiKey: canaryKey,
    multipleRoles: true,
    permissions: catalogue,
    users: people.map(({ id, email }) => ({ id, email })),
    organizations: organizations.map((id) => ({
      id,
      name: id,
      roles: [...slugs.map((slug, index) => ({ slug, name: slug, permissions: [catalogue[index]] })), { slug: byHand, name: byHand }],
      members: people
        .filter(({ organization, own }) => organization === id && own.length > 0)
        .map(({ id: user, own: roles }) => ({ user, roles })),
    })),
  };
}

function roleName(organization: string, slug: string): string {
  return `${organization.replace('_', '-')}-${slug}`;
}

function pick<T>(list: readonly T[]): T {
  const found = list[Math.floor(random() * list.length)];
  if (found === undefined) throw new Error('there is nothing to pick from');
  return found;
}

/** Up to six people of an organization; bindings share many of them. */
function somePeople(of: string): readonly Person[] {
  const there = people.filter(({ organization }) => organization === of);
  return [...new Set(Array.from({ length: 1 + Math.floor(random() * 6) }, () => pick(there)))];
}

/** A third is named by an address in another spelling, and some are named twice. */
function subjectsOf(users: readonly Person[]): readonly Subject[] {
  return users.flatMap(({ id, email }): readonly Subject[] => {
    const place = random();
    if (place < 0.1) return [{ id }, { email }];
    return place < 0.4 ? [{ email: email.toUpperCase() }] : [{ id }];
  });
}

function declare(name: string, binding: Declared): void {
  declared.set(name, binding);
  for (const { id } of binding.users) everDeclared.set(id, (everDeclared.get(id) ?? new Set<string>()).add(binding.slug));
}

async function createBinding(): Promise<void> {
  changes.created += 1;
  const organization = pick(organizations);
  const [name, slug, users] = [`b${changes.created}`, pick(slugs), somePeople(organization)];
  declare(name, { organization, slug, users });
  await tenant.createBinding(name, { roleRef: { name: roleName(organization, slug) }, subjects: subjectsOf(users) });
}

/** Takes half of the subjects out and puts others in. */
async function editBinding(): Promise<void> {
  changes.edited += 1;
  const [name, binding] = pick([...declared]);
  const users = [...new Set([...binding.users.filter(() => random() < 0.5), ...somePeople(binding.organization)])];
  declare(name, { ...binding, users });
  await tenant.admin.mergePatch(tenant.path('orgrolebindings', name), { spec: { subjects: subjectsOf(users) } });
}

async function deleteBinding(): Promise<void> {
  changes.deleted += 1;
  const [name] = pick([...declared]);
  declared.delete(name);
  await tenant.admin.delete(tenant.path('orgrolebindings', name));
}

/** What users of the cluster do while the operator works and dies. */
async function changeSomething(): Promise<void> {
  const count = 2 + Math.floor(random() * 4);
  for (let change = 0; change < count; change += 1) {
    const place = random();
    if (declared.size < 8 || place < 0.35) await createBinding();
    else await (place < 0.75 ? editBinding() : deleteBinding());
  }
}

interface Membership {
  readonly id: string;
  readonly user: string;
  readonly status: string;
  readonly roles: readonly string[];
}

function memberships(): ReadonlyMap<string, Membership> {
  const state = tenant.control.state() as unknown as { readonly organizations: readonly { readonly members: readonly Membership[] }[] };
  return new Map(state.organizations.flatMap(({ members }) => members).map((member) => [member.user, member]));
}

/** What somebody holds. The fallback role of who was no member is left out: whether it is there depends on what was held in between. */
function heldBy(person: Person, members: ReadonlyMap<string, Membership>): readonly string[] {
  const { roles = [] } = members.get(person.id) ?? {};
  return roles.filter((role) => person.own.length > 0 || role !== fallback).sort();
}

function wantedOf({ id, own }: Person): readonly string[] {
  const granted = [...declared.values()].filter(({ users }) => users.some((user) => user.id === id)).map(({ slug }) => slug);
  return [...new Set([...own, ...granted])].sort();
}

function expectHeld(): void {
  const members = memberships();
  const of = (roles: (person: Person) => readonly string[]) => Object.fromEntries(people.map((person) => [person.id, roles(person)]));
  expect(of((person) => heldBy(person, members))).toEqual(of(wantedOf));
  expect(new Set(members.values().map(({ status }) => status))).toEqual(new Set(['active']));
}

/** Whom a write is about, and the roles that it leaves that user with. */
function writeOf({ path, body = '{}' }: JournalEntry, userOf: ReadonlyMap<string, string>) {
  const { user_id, role_slugs } = JSON.parse(body) as { readonly user_id?: string; readonly role_slugs: readonly string[] };
  const id = user_id ?? userOf.get(/organization_memberships\/([^/?]+)$/.exec(path)?.[1] ?? '');
  const person = people.find((one) => one.id === id);
  if (person === undefined) throw new Error(`${path} is about nobody`);
  return { person, roles: role_slugs };
}

/** No single write may take what other hands gave, or give what nobody ever declared. */
function expectHonestWrites(): Readonly<Record<string, number>> {
  const userOf = new Map([...memberships().values()].map(({ id, user }) => [id, user]));
  const counts: Record<string, number> = {};
  const writes = tenant.writes();
  const lanes = writes.map((entry) => ({ ...entry, lane: writeOf(entry, userOf).person.organization }));
  expect(overlappingWrites(lanes)).toEqual([]);
  for (const entry of writes) {
    const { operationId = 'unknown', status } = entry;
    const kind = `${operationId} ${status ?? 'unanswered'}`;
    counts[kind] = (counts[kind] ?? 0) + 1;
    expect(['updateOrganizationMembership', 'createOrganizationMembership']).toContain(operationId);
    const { person, roles } = writeOf(entry, userOf);
    expect(roles, person.id).toEqual(expect.arrayContaining([...person.own]));
    const known = new Set([...person.own, ...(everDeclared.get(person.id) ?? []), ...(person.own.length > 0 ? [] : [fallback])]);
    expect(roles.filter((role) => !known.has(role))).toEqual([]);
    if (operationId === 'createOrganizationMembership') expect(person.own).toEqual([]);
  }
  return counts;
}

/** Every other kill comes right after a grant was carried out, mostly before its answer. */
const fewWrites: CountedRequests = { query: { operationId: ['updateOrganizationMembership', 'createOrganizationMembership'] }, most: 4 };

it(`grants survive ${kills} kills (seed ${seed}): all that is declared, nothing that other hands gave, and no leak`, async () => {
  const { kubeconfig } = await cluster.serviceAccountKubeconfig();
  const start = () => startTestOperator(cluster, { kubeconfig, flags: { 'leader-elect': 'false' } });
  const [moments, ways] = [randomFrom(seed + 1), {} as Record<string, number>];
  for (let kill = 0; kill < kills; kill += 1) {
    const operator = await start();
    const killed = killSometime(operator, tenant.control, moments, kill % 2 === 0 ? {} : fewWrites);
    const [how] = await Promise.all([killed, changeSomething()]);
    ways[how] = (ways[how] ?? 0) + 1;
  }
  const operator = await start();
  await tenant.untilBound(declared.size);
  expectHeld();
  console.log('kills', { seed, ways, ...changes, left: declared.size, writes: expectHonestWrites() });

  declared.clear();
  await tenant.admin.call('DELETE', tenant.path('orgrolebindings'));
  await eventually(async () => expect(await tenant.bindings()).toEqual([]));
  await operator.stop();
  expectHeld();
  expectHonestWrites();
});
