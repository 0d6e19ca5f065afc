import {
  type EmulatorControl,
  type EmulatorOptions,
  type FaultRule,
  type JournalQuery,
  type RunningEmulator,
  startEmulator,
} from '../../src/emulators/index.ts';
import { type Clock, systemClock } from '../../src/lib/index.ts';
import type { Credentials, ProviderDriver } from '../../src/providers/index.ts';
import { karmoDriver } from '../../src/providers/karmo/index.ts';
import { workosDriver } from '../../src/providers/workos/index.ts';
import { ContractValidator } from '../support/contract-validator.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { carryMembers, karmoPeople } from './karmo-people.ts';
import type { Backdoor, ProviderFixture, StartEmulator, StoredRole } from './suite/fixture.ts';

/** The organization of the fixture. */
export const organization = 'org_01CONFORMANCE0000000000001';
/** None has a form by which a credential could be told from a word: they are hidden because they are known. */
const accessKeyID = 'purple-monkey-dishwasher';
const secretAccessKey = 'correct-horse+battery/staple';
const sessionToken = 'seven-swans-a-swimming';
const apiKey = 'four-calling-birds';

const pad = (number: number): string => String(number).padStart(4, '0');

interface RoleDump {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly permissions: readonly string[];
}

interface Dump {
  readonly permissions: readonly (string | { readonly slug: string })[];
  readonly organizations: readonly { readonly id: string; readonly roles: readonly RoleDump[] }[];
}

/** What can be different from the usual. */
export interface KarmoOptions {
  /** Overrides parts of the emulator's state. */
  readonly seed?: Readonly<Record<string, unknown>>;
  /** Overrides parts of the settings. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Default: the contract's. A deployment with other paths has none. */
  readonly onExchange?: EmulatorOptions['onExchange'];
  /** What expires where credentials do: those for Karmo, or those for WorkOS too. Default: `AWS keys`. */
  readonly expiring?: 'AWS keys' | 'all';
  /** Default: on a port. */
  readonly start?: StartEmulator;
  /** The emulator's date, for a client that isn't given the fixture's clock. Default: the fixture's. */
  readonly dates?: Pick<Clock, 'now'>;
}

/** A Karmo emulator with one organization whose roles nobody can read, and the driver that talks to it. */
export async function startKarmo(options: KarmoOptions = {}): Promise<ProviderFixture & { readonly clock: VirtualClock }> {
  const clock = new VirtualClock();
  const validator = ContractValidator.load('karmo');
  const onExchange = options.onExchange ?? validator.onExchange;
  const emulator = await (options.start ?? startEmulator)('karmo', { ...emulatorOptions(options.dates ?? clock, options), onExchange });
  const { control } = emulator;
  const driver = karmoDriver(workosDriver) as ProviderDriver;
  return {
    driver,
    capabilities: { ...driver.capabilities, readable: false, permissionCatalogue: false, systemRoles: false, readBindings: false },
    clock,
    settings: (url) => ({ ...settingsOf(url), ...options.settings }),
    credentials: { 'aws.accessKeyIDSecretRef': accessKeyID, 'aws.secretAccessKeySecretRef': secretAccessKey },
    wrongCredentials: { 'aws.accessKeyIDSecretRef': accessKeyID, 'aws.secretAccessKeySecretRef': 'wrong-horse-battery-staple' },
    emulator,
    validator,
    operations: { ...operations, listRoles: [], listPermissions: [] },
    errorBody,
    vocabulary: { ...vocabulary, systemSlug: undefined },
    backdoor: backdoorOf(control, control.act.bind(control)),
    people: karmoPeople({ organization, karmo: control }),
  };
}

/**
 * Karmo in front of a WorkOS environment that is read directly: two emulators as one. What is written through Karmo is carried over to
 * WorkOS, and what somebody does there is carried back. The keys are temporary ones.
 */
export async function startKarmoWithReadBack({
  dates,
  expiring = 'AWS keys',
  start = startEmulator,
}: Pick<KarmoOptions, 'dates' | 'expiring' | 'start'> = {}): Promise<ProviderFixture> {
  const clock = new VirtualClock();
  const [validator, workosValidator] = [ContractValidator.load('karmo'), ContractValidator.load('workos')];
  const workos = await start('workos', {
    port: 0,
    rateLimit: 'off',
    clock: wallClockOf(dates ?? clock),
    onExchange: (exchange) => {
      workosValidator.onExchange(exchange);
      carryDeletions(workos.control, karmo.control);
      carryMembers(workos.control, karmo.control, organization);
    },
    seed: {
      apiKey,
      environmentRoles: [{ slug: 'admin', name: 'Admin' }, { slug: 'member' }],
      organizations: [{ id: organization, name: 'Conformance' }],
    },
  });
  const karmo = await start('karmo', {
    ...emulatorOptions(dates ?? clock, {
      seed: { accessKeys: [{ id: accessKeyID, secret: secretAccessKey, sessionToken }], environmentRoles: ['admin', 'member'] },
    }),
    onExchange: (exchange) => {
      validator.onExchange(exchange);
      if (exchange.request.method === 'GET') return;
      carryRoles(karmo.control, workos.control);
      carryMembers(karmo.control, workos.control, organization);
    },
  });
  const both: Act = (action, args) => {
    workos.control.act(action, args);
    karmo.control.act(action, args);
  };
  const driver = karmoDriver(workosDriver) as ProviderDriver;
  const credentials: Credentials = {
    'aws.accessKeyIDSecretRef': accessKeyID,
    'aws.secretAccessKeySecretRef': secretAccessKey,
    'aws.sessionTokenSecretRef': sessionToken,
    'readBack.apiKeySecretRef': apiKey,
  };
  return {
    driver,
    clock,
    settings: (url) => {
      const { aws, ...rest } = settingsOf(url);
      const ref = (key: string) => ({ name: 'karmo', key });
      return {
        ...rest,
        aws: { ...aws, sessionTokenSecretRef: ref('sessionToken') },
        readBack: { baseURL: workos.url, apiKeySecretRef: ref('apiKey') },
      };
    },
    credentials,
    wrongCredentials: { ...credentials, 'aws.secretAccessKeySecretRef': 'wrong-horse-battery-staple', 'readBack.apiKeySecretRef': 'none' },
    emulator: asOne(karmo, workos, workosValidator),
    validator,
    operations: { ...operations, listRoles: ['listOrganizationRoles'], listPermissions: ['listPermissions'] },
    errorBody,
    vocabulary,
    backdoor: {
      ...backdoorOf(karmo.control, both),
      expireCredentials: () => {
        backdoorOf(karmo.control, both).expireCredentials();
        if (expiring === 'all') workos.control.act('setAPIKey', { apiKey: 'the-next-one' });
      },
    },
    people: karmoPeople({ organization, karmo: karmo.control, workos: workos.control }),
  };
}

type Act = (action: string, args: unknown) => void;

const operations = {
  createRole: ['upsertRole'],
  updateRole: ['upsertRole'],
  setPermissions: ['syncRolePermissions'],
  addPermission: [],
  deleteRole: [],
  createPermission: [],
} as const;

const vocabulary = {
  organization,
  unknownOrganization: 'org_01UNKNOWN00000000000000001',
  slug: (number: number) => `org-role-${pad(number)}`,
  permission: (number: number) => `thing:action-${pad(number)}`,
  systemSlug: 'admin',
  spellings: ['org-spelling', 'Org-Spelling', 'ORG-SPELLING', 'spelling', 'org-spelling_2', 'org-spel.ling'],
  refused: [
    { reason: 'no prefix', change: { ref: { organization, slug: 'editor' } }, field: 'spec.slug' },
    { reason: 'a slug that is too long', change: { ref: { organization, slug: `org-${'s'.repeat(45)}` } }, field: 'spec.slug' },
    { reason: 'no organization', change: { ref: { organization: '..', slug: 'org-a' } }, field: 'spec.organization' },
    { reason: 'a capital letter', change: { permissions: ['Thing:Read'] }, field: 'spec.permissions[0]' },
    { reason: 'an empty name', change: { displayName: ' ' }, field: 'spec.displayName' },
    { reason: 'a description, which Karmo has no place for', change: { description: 'What it is for' }, field: 'spec.description' },
    { reason: 'a permission twice', change: { permissions: ['a', 'a'] }, field: 'spec.permissions[1]' },
    { reason: 'a field of another provider', change: { extras: { stage: 'ga' } }, field: 'spec.stage' },
  ],
} as const;

function errorBody(detail: string): { readonly code: string; readonly detail: string } {
  return { code: '10000400', detail };
}

function settingsOf(url: string) {
  const ref = (key: string) => ({ name: 'karmo', key });
  return {
    baseURL: url,
    allowInsecureHTTP: true,
    aws: { region: 'eu-west-1', accessKeyIDSecretRef: ref('accessKeyID'), secretAccessKeySecretRef: ref('secretAccessKey') },
  };
}

function emulatorOptions(clock: Pick<Clock, 'now'>, { seed }: KarmoOptions): EmulatorOptions {
  return {
    port: 0,
    rateLimit: 'off',
    clock: wallClockOf(clock),
    seed: {
      region: 'eu-west-1',
      accessKeys: [{ id: accessKeyID, secret: secretAccessKey }],
      organizations: [{ id: organization }],
      ...seed,
    },
  };
}

/** The client's date with real durations: signatures and tokens are dated, and requests of two emulators come one after the other. */
function wallClockOf(clock: Pick<Clock, 'now'>): Clock {
  return { ...systemClock, now: () => clock.now() };
}

function rolesOf(control: EmulatorControl): readonly RoleDump[] {
  return (control.state() as unknown as Dump).organizations.find(({ id }) => id === organization)?.roles ?? [];
}

function backdoorOf(control: EmulatorControl, act: Act): Backdoor {
  return {
    putRole: ({ slug, displayName: name, permissions }) => {
      act('putPermissions', { permissions });
      const id = rolesOf(control).find((role) => role.slug === slug)?.id ?? `role_${slug}`;
      act('putRole', { organization, role: { id, slug, name, permissions } });
    },
    role: (slug): StoredRole | undefined => {
      const found = rolesOf(control).find((role) => role.slug === slug);
      return found === undefined ? undefined : { slug, displayName: found.name, description: '', permissions: found.permissions };
    },
    deleteRole: (slug) => act('deleteRole', { organization, slug }),
    deleteRoleAction: (slug) => ({ action: 'deleteRole', args: { organization, slug } }),
    putPermissions: (permissions) => act('putPermissions', { permissions }),
    permissions: () => (control.state() as unknown as Dump).permissions.map((entry) => (typeof entry === 'string' ? entry : entry.slug)),
    hold: (role, count) => {
      for (let number = 0; number < count; number++) {
        control.act('putMember', { organization, member: { user: `user_holder_${number}`, roles: [role] } });
      }
    },
    expireCredentials: () => control.act('setAccessKeys', { accessKeys: [{ id: accessKeyID, secret: 'the-next-one' }] }),
  };
}

function carryRoles(from: EmulatorControl, to: EmulatorControl): void {
  to.act('putPermissions', { permissions: (from.state() as unknown as Dump).permissions });
  for (const { id, slug, name, permissions } of rolesOf(from)) to.act('putRole', { organization, role: { id, slug, name, permissions } });
}

function carryDeletions(from: EmulatorControl, to: EmulatorControl): void {
  const left = new Set(rolesOf(from).map(({ slug }) => slug));
  for (const { slug } of rolesOf(to)) if (!left.has(slug)) to.act('deleteRole', { organization, slug });
}

/** Operations that WorkOS serves; all others are Karmo's. */
const readings: ReadonlySet<string> = new Set(['listOrganizationRoles', 'listPermissions', 'listOrganizationMemberships', 'listUsers']);

function asOne(karmo: RunningEmulator, workos: RunningEmulator, workosValidator: ContractValidator): RunningEmulator {
  const serving = (id: FaultRule['operationId']): EmulatorControl => {
    const ids = typeof id === 'string' ? [id] : (id ?? []);
    return ids.some((each) => readings.has(each)) ? workos.control : karmo.control;
  };
  return {
    name: 'karmo with read-back',
    url: karmo.url,
    control: {
      state: () => karmo.control.state(),
      reset: (seed) => {
        karmo.control.reset(seed);
        carryRoles(karmo.control, workos.control);
        carryMembers(karmo.control, workos.control, organization);
      },
      journal: (query?: JournalQuery) =>
        [...karmo.control.journal(query), ...workos.control.journal(query)].sort((a, b) => a.startMs - b.startMs),
      clearJournal: () => {
        karmo.control.clearJournal();
        workos.control.clearJournal();
      },
      inject: (...rules) => {
        for (const rule of rules) serving(rule.operationId).inject(rule);
      },
      clearFaults: () => {
        karmo.control.clearFaults();
        workos.control.clearFaults();
      },
      act: (action, args) => karmo.control.act(action, args),
      nextRequest: (query) => serving(query?.operationId).nextRequest(query),
    },
    close: async () => {
      await karmo.close();
      await workos.close();
      workosValidator.assertNone();
    },
  };
}
