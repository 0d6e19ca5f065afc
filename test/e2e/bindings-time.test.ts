import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { RoleBinding, Subject } from '../../src/api/index.ts';
import { sharedCluster, type TestCluster } from '../support/control-plane.ts';
import { canaryKey, catalogue, conditionOf, eventually, pause, Tenant } from '../support/e2e.ts';
import { untilBinding } from '../support/e2e-bindings.ts';
import { type OperatorProcess, startTestOperator } from '../support/operator-process.ts';

/** Nothing happens in these tests because somebody looked for drift. */
const interval = '1h';
const role = 'org-on-call';
const users = ['user_ann', 'user_bob', 'user_cem', 'user_dee'];

let cluster: TestCluster;
const tenants: Tenant[] = [];
let running: OperatorProcess | undefined;

beforeAll(async () => {
  cluster = await sharedCluster();
  await cluster.installCRDs();
  await cluster.installRBAC();
});

afterEach(async () => {
  await running?.stop();
});

afterAll(async () => {
  await Promise.all(tenants.map((tenant) => tenant[Symbol.asyncDispose]()));
});

async function start(): Promise<OperatorProcess> {
  running = await startTestOperator(cluster, { flags: { 'leader-elect': 'false' } });
  return running;
}

/** A namespace with a Role that is ready once an operator runs; everybody is a member and holds another role by hand. */
async function newTenant(): Promise<Tenant> {
  const tenant = await Tenant.create(cluster, {
    prefix: 'bindings-time',
    connected: false,
    emulator: {
      port: 0,
      rateLimit: 'off',
      seed: {
        apiKey: canaryKey,
        multipleRoles: true,
        permissions: catalogue,
        users: users.map((id) => ({ id, email: `${id}@example.com` })),
        organizations: [
          {
            id: 'org_1',
            name: 'org_1',
            roles: [{ slug: 'org-by-hand', name: 'By hand' }],
            members: users.map((user) => ({ user, roles: ['org-by-hand'] })),
          },
        ],
      },
    },
  });
  tenants.push(tenant);
  await tenant.putSecret({ apiKey: canaryKey });
  await tenant.createProvider({
    interval,
    workos: {
      baseURL: tenant.emulator.url,
      allowInsecureHTTP: true,
      multipleRoles: true,
      apiKeySecretRef: { name: 'workos', key: 'apiKey' },
    },
  });
  await tenant.createRole(role, { permissions: ['p:1'] });
  return tenant;
}

function inSeconds(seconds: number): string {
  return new Date(Math.ceil(Date.now() / 1000) * 1000 + seconds * 1000).toISOString().replace('.000Z', 'Z');
}

/** Waits until a moment has come. */
async function untilAfter(moment: string): Promise<void> {
  await pause(Math.max(0, Date.parse(moment) - Date.now()) + 100);
}

function setSubjects(tenant: Tenant, subjects: readonly Subject[]): Promise<RoleBinding> {
  return tenant.admin.mergePatch(tenant.path('orgrolebindings', 'on-call'), { spec: { subjects } });
}

function bind(tenant: Tenant, subjects: readonly Subject[]): Promise<RoleBinding> {
  return tenant.createBinding('on-call', { roleRef: { name: role }, subjects });
}

/** The writes that gave or took roles of a user: when they arrived, in milliseconds since the epoch, and whether it holds the role since. */
function changesOf(tenant: Tenant, user: string): readonly { readonly at: number; readonly holds: boolean }[] {
  const { organizations } = tenant.control.state() as unknown as {
    readonly organizations: readonly { readonly members: readonly { readonly id: string; readonly user: string }[] }[];
  };
  const id = organizations.flatMap(({ members }) => members).find((member) => member.user === user)?.id ?? 'nobody';
  return tenant
    .writes()
    .filter(({ path }) => path.endsWith(`/${id}`))
    .map(({ time, body = '' }) => ({ at: Date.parse(time), holds: body.includes(`"${role}"`) }));
}

/** The status once it says that so many hold the role, and all of them are on record. */
function untilGranted(tenant: Tenant, granted: readonly string[]): Promise<RoleBinding> {
  return eventually(async () => {
    const binding = await untilBinding(tenant, 'on-call', 'True/Available');
    expect(binding.status?.subjects).toMatchObject({ desired: granted.length, granted: granted.length, failed: 0 });
    expect((binding.status?.grants ?? []).map(({ id }) => id)).toEqual(granted);
    return binding;
  });
}

const ref = `role "${role}" of organization "org_1"`;

it('a grant that ends while the operator is down is revoked right after the start, and so begins one that began', async () => {
  const tenant = await newTenant();
  await bind(tenant, [{ id: 'user_ann' }]);
  let expiresAt = '';
  // A machine that was too slow to have it granted before the end gets twice the time.
  for (let seconds = 5; !tenant.holders(role).includes('user_bob'); seconds *= 2) {
    const operator = await start();
    expiresAt = inSeconds(seconds);
    await setSubjects(tenant, [{ id: 'user_ann' }, { id: 'user_bob', expiresAt }, { id: 'user_cem', notBefore: expiresAt }]);
    await untilBinding(tenant, 'on-call', 'True/Available');
    await operator.kill();
  }
  await untilAfter(expiresAt);
  expect(tenant.holders(role)).toEqual(['user_ann', 'user_bob']);
  const written = tenant.writes().length;

  await start();
  const binding = await untilGranted(tenant, ['user_ann', 'user_cem']);
  expect(tenant.holders(role)).toEqual(['user_ann', 'user_cem']);
  expect(tenant.holders('org-by-hand')).toEqual(users);
  expect(binding.status?.nextTransition).toBeUndefined();
  expect(tenant.writes()).toHaveLength(written + 2);
  expect((await tenant.untilEvent('on-call', 'BindingExpired')).note).toBe(`The time of User user_bob is over: took ${ref} from them.`);
});

it('a grant ends by itself while the operator runs, and not before its time', async () => {
  const tenant = await newTenant();
  await start();
  await tenant.untilRole(role, 'True/Available');
  await bind(tenant, [{ id: 'user_ann' }]);
  let expiresAt = '';
  for (let seconds = 5; changesOf(tenant, 'user_bob').length === 0; seconds *= 2) {
    expiresAt = inSeconds(seconds);
    await setSubjects(tenant, [{ id: 'user_ann' }, { id: 'user_bob', expiresAt }]);
    await untilGranted(tenant, ['user_ann']);
  }
  expect(changesOf(tenant, 'user_bob').map(({ holds }) => holds)).toEqual([true, false]);
  expect(changesOf(tenant, 'user_bob').at(-1)?.at).toBeGreaterThanOrEqual(Date.parse(expiresAt));
  expect(changesOf(tenant, 'user_ann')).toHaveLength(1);
  expect((await tenant.untilEvent('on-call', 'BindingExpiring')).note).toBe(`1 grant of ${ref} ends within a day.`);
  expect((await tenant.untilEvent('on-call', 'BindingExpired')).note).toContain('User user_bob');
});

it('a grant begins by itself at notBefore, and not before', async () => {
  const tenant = await newTenant();
  await start();
  await tenant.untilRole(role, 'True/Available');
  const [notBefore, later] = [inSeconds(4), inSeconds(86_400)];
  await bind(tenant, [{ id: 'user_ann' }, { id: 'user_cem', notBefore }, { id: 'user_dee', notBefore: later }]);
  const binding = await untilGranted(tenant, ['user_ann', 'user_cem']);

  expect(tenant.holders(role)).toEqual(['user_ann', 'user_cem']);
  expect(changesOf(tenant, 'user_cem').map(({ holds }) => holds)).toEqual([true]);
  expect(changesOf(tenant, 'user_cem')[0]?.at).toBeGreaterThanOrEqual(Date.parse(notBefore));
  expect(changesOf(tenant, 'user_dee')).toEqual([]);
  expect(binding.status?.nextTransition).toBe(later);
});

it('a grant that has ended already is never made: nobody is looked for, nothing is written', async () => {
  const tenant = await newTenant();
  await start();
  await tenant.untilRole(role, 'True/Available');
  const [seen, written] = [tenant.control.journal().length, tenant.writes().length];
  await bind(tenant, [
    { id: 'user_ann', expiresAt: '2001-01-01T00:00:00Z' },
    { email: 'user_bob@example.com', notBefore: '2000-01-01T00:00:00Z', expiresAt: '2001-01-01T00:00:00+01:00' },
  ]);
  const binding = await untilGranted(tenant, []);

  expect(binding.status?.nextTransition).toBeUndefined();
  expect(conditionOf(binding, 'Ready')?.message).toBe('Every subject that is to hold the role holds it.');
  expect(tenant.writes()).toHaveLength(written);
  const asked = tenant.control.journal().slice(seen);
  expect(asked.filter(({ operationId }) => operationId === 'listUsers')).toEqual([]);
  expect((await tenant.events('on-call')).map(({ reason }) => reason)).toEqual([]);
});
