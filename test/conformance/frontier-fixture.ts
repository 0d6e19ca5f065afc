import { type EmulatorControl, type ExchangeRecord, startEmulator } from '../../src/emulators/index.ts';
import type { SubjectKind, SubjectRef } from '../../src/model/index.ts';
import { frontierDriver } from '../../src/providers/frontier/index.ts';
import type { ConnectDeps, ProviderDriver } from '../../src/providers/index.ts';
import { ContractValidator } from '../support/contract-validator.ts';
import type { Backdoor, People, Person, ProviderFixture, StartEmulator, StoredRole } from './suite/fixture.ts';

/** Release that the emulator behaves as. */
export type FrontierVersion = 'v0.90' | 'v0.99' | 'v0.115';

/** What the driver is told about the way to the server. */
export type FrontierTransport = 'Auto' | 'REST' | 'Connect';

/** The organization of the fixture. */
export const organization = 'c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c1d01';

/** Its title, which servers with Connect write into the metadata of roles. */
export const organizationTitle = 'Conformance';

/** The service user of the fixture. Neither value has a form by which a credential could be told from a word. */
export const serviceUser = { clientID: 'purple-monkey-dishwasher', secret: 'correct-horse+battery%staple' } as const;

const pad = (number: number): string => String(number).padStart(4, '0');
const keyOf = (slug: string): string => slug.replaceAll('_', '.');

/** A role as the emulator's state has it. */
export interface DumpedRole {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly permissions: readonly string[];
  readonly scopes: readonly string[];
  readonly metadata: Readonly<Record<string, unknown>>;
  /** What is really in force. */
  readonly effective: readonly string[];
}

interface Dump {
  readonly permissions: readonly { readonly key: string }[];
  readonly policies: readonly { readonly role: string; readonly resource: string; readonly principal: string }[];
  readonly organizations: readonly { readonly id: string; readonly roles: readonly DumpedRole[] }[];
}

/** The roles of the fixture's organization, as a state of the emulator has them. */
export function rolesIn(state: unknown): readonly DumpedRole[] {
  return (state as Dump).organizations.find(({ id }) => id === organization)?.roles ?? [];
}

/** Holds each exchange against the contract of the wire that it went over, and what the server doesn't speak only by what was asked. */
export class WireCheck {
  /** What the server is at the moment. */
  version: FrontierVersion;
  readonly rest = ContractValidator.load('frontier-rest');
  readonly connect = ContractValidator.load('frontier-connect');
  readonly #strays: string[] = [];

  constructor(version: FrontierVersion) {
    this.version = version;
  }

  /** The contract of the wire that the server speaks at the moment. */
  get spoken(): ContractValidator {
    return this.version === 'v0.90' ? this.rest : this.connect;
  }

  readonly onExchange = (exchange: ExchangeRecord): void => {
    const contract = exchange.request.path.startsWith('/v1beta1/') ? this.rest : this.connect;
    if (contract === this.spoken) {
      contract.onExchange(exchange);
      return;
    }
    const wrong = contract.check(exchange).filter(({ side }) => side === 'request');
    this.#strays.push(...wrong.map(({ exchange: name, message }) => `${name}: ${message}`));
  };

  /** Throws where either contract was left. */
  assertNone(): void {
    this.rest.assertNone();
    this.connect.assertNone();
    if (this.#strays.length > 0) throw new Error(`The contract was left:\n${this.#strays.join('\n')}`);
  }
}

/** A fixture that also tells about the wire that the server doesn't speak. */
export interface FrontierFixture extends ProviderFixture {
  readonly wires: WireCheck;
}

/**
 * The fixture with a driver as the operator uses it: what the server speaks is known before a catalogue is asked for, since roles were read
 * first. The question itself is a reading of permissions, which the suite would count; it is taken out of the journal.
 */
export function settledFirst(fixture: ProviderFixture): ProviderFixture {
  const { driver, emulator } = fixture;
  const connect: ProviderDriver['connect'] = async (settings, credentials, deps) => {
    let listening = false;
    const onCall: ConnectDeps['onCall'] = (call) => {
      if (listening) deps.onCall(call);
    };
    const provider = await driver.connect(settings, credentials, { ...deps, onCall });
    await provider.observe(organization, new AbortController().signal).catch(() => undefined);
    listening = true;
    emulator.control.clearJournal();
    return provider;
  };
  return { ...fixture, driver: { ...driver, connect } };
}

/** A Frontier emulator with one organization, and the driver that talks to it. `seed` overrides parts of the state. */
export async function startFrontier(
  version: FrontierVersion,
  transport: FrontierTransport,
  seed: Readonly<Record<string, unknown>> = {},
  start: StartEmulator = startEmulator,
): Promise<FrontierFixture> {
  const wires = new WireCheck(version);
  const emulator = await start('frontier', {
    port: 0,
    rateLimit: 'off',
    onExchange: wires.onExchange,
    seed: {
      version,
      basicDelayMs: 0,
      organizations: [{ id: organization, name: 'conformance', title: organizationTitle }],
      serviceUsers: [{ ...serviceUser, organization, superuser: true }],
      ...seed,
    },
  });
  const { control } = emulator;
  const putPermissions = (slugs: readonly string[]): void => control.act('putPermissions', { permissions: slugs.map(keyOf) });
  const backdoor: Backdoor = {
    putRole: ({ slug: name, displayName: title, description, permissions }) => {
      putPermissions(permissions);
      control.act('putRole', { organization, role: { name, title, permissions, metadata: description === '' ? {} : { description } } });
    },
    role: (slug): StoredRole | undefined => {
      const found = rolesIn(control.state()).find(({ name }) => name === slug);
      if (found === undefined) return undefined;
      const { title, metadata, permissions } = found;
      return { slug, displayName: title, description: String(metadata.description ?? ''), permissions: [...permissions].sort() };
    },
    deleteRole: (role) => control.act('deleteRole', { organization, role }),
    deleteRoleAction: (role) => ({ action: 'deleteRole', args: { organization, role } }),
    putPermissions,
    permissions: () => (control.state() as unknown as Dump).permissions.map(({ key }) => key.replaceAll('.', '_')).sort(),
    hold: (role, count) => {
      for (let number = 0; number < count; number++) {
        const principal = `app/user:c0f0a0c6-4f6b-4a51-9d0e-6a2f3b7c${pad(number)}`;
        control.act('putPolicy', { policy: { organization, role, principal } });
      }
    },
    expireCredentials: () => {
      control.act('setSecret', { serviceUser: serviceUser.clientID, secret: 'the-next-one' });
      control.act('expireTokens', {});
    },
  };
  return {
    driver: frontierDriver as ProviderDriver,
    settings: (url) => ({
      baseURL: url,
      transport,
      allowInsecureHTTP: true,
      clientIDSecretRef: { name: 'frontier', key: 'clientID' },
      clientSecretSecretRef: { name: 'frontier', key: 'clientSecret' },
    }),
    credentials: { clientIDSecretRef: serviceUser.clientID, clientSecretSecretRef: serviceUser.secret },
    wrongCredentials: { clientIDSecretRef: serviceUser.clientID, clientSecretSecretRef: 'wrong-horse-battery-staple' },
    emulator,
    validator: wires.spoken,
    wires,
    operations: {
      listRoles: ['ListOrganizationRoles'],
      createRole: ['CreateOrganizationRole'],
      updateRole: ['UpdateOrganizationRole'],
      setPermissions: ['UpdateOrganizationRole'],
      addPermission: ['UpdateOrganizationRole'],
      deleteRole: ['DeleteOrganizationRole'],
      listPermissions: ['ListPermissions'],
      createPermission: ['CreatePermission'],
    },
    errorBody: (message) => (version === 'v0.90' ? { code: 3, message, details: [] } : { code: 'invalid_argument', message }),
    vocabulary: {
      organization,
      unknownOrganization: 'ffffffff-4f6b-4a51-9d0e-6a2f3b7c1d01',
      slug: (number) => `conformance_role-${pad(number)}`,
      permission: (number) => `conformance_thing_act${pad(number)}`,
      systemSlug: undefined,
      spellings: ['spelling', 'Spelling', 'SPELLING', 'spel_ling', 'spel-ling', '-spelling', '2', 'spel.ling', 'spel ling', 'spel/ling'],
      refused: [
        { reason: 'the name of an organization', change: { ref: { organization: 'acme', slug: 'role' } }, field: 'spec.organization' },
        { reason: 'capitals', change: { ref: { organization: organization.toUpperCase(), slug: 'role' } }, field: 'spec.organization' },
        { reason: 'a dot in its name', change: { ref: { organization, slug: 'billing.editor' } }, field: 'spec.slug' },
        { reason: 'a short name', change: { ref: { organization, slug: 'x' } }, field: 'spec.slug' },
        { reason: 'a long name', change: { ref: { organization, slug: 'x'.repeat(256) } }, field: 'spec.slug' },
        { reason: 'no permission', change: { permissions: [] }, field: 'spec.permissions' },
        { reason: 'a permission in two spellings', change: { permissions: ['a.b.c', 'a_b_c'] }, field: 'spec.permissions[1]' },
        { reason: 'two parts', change: { permissions: ['order.get'] }, field: 'spec.permissions[0]' },
        { reason: 'a uuid for a permission', change: { permissions: [organization] }, field: 'spec.permissions[0]' },
        { reason: 'two scopes that are one', change: { extras: { scopes: ['a/b', 'A/B'] } }, field: 'spec.frontier.scopes[1]' },
        { reason: 'the mark', change: { extras: { metadata: { managed_by: 'me' } } }, field: 'spec.frontier.metadata.managed_by' },
        { reason: 'a field of another provider', change: { extras: { stage: 'ga' } }, field: 'spec.frontier.stage' },
      ],
    },
    backdoor,
    people: peopleOf(control),
  };
}

/** How policies name a subject. */
export function principalOf({ kind, id }: SubjectRef): string {
  const types: Readonly<Record<SubjectKind, string>> = { User: 'user', Group: 'group', ServiceAccount: 'serviceuser' };
  return `app/${types[kind]}:${id}`;
}

/** Ids of the fixture's subjects: users, groups and service users have numbers of their own. */
export function subjectID(kind: SubjectKind, number: number): string {
  const digits: Readonly<Record<SubjectKind, string>> = { User: '2', Group: '3', ServiceAccount: '4' };
  return `c0f0a0c6-4f6b-4a51-9d0e-6a2f3b${digits[kind]}0${pad(number)}`;
}

function peopleOf(control: EmulatorControl): People {
  const person = (number: number): Person => ({ id: subjectID('User', number), email: `Person-${number}@example.com` });
  const holdAction: People['holdAction'] = (subject, roles) => ({
    action: 'setHolding',
    args: { organization, principal: principalOf(subject), roles: [...roles] },
  });
  return {
    operations: {
      listHolders: ['ListPolicies'],
      readHolder: ['ListPolicies'],
      grant: ['CreatePolicy'],
      revoke: ['DeletePolicy'],
      findUser: ['ListOrganizationUsers', 'GetUser'],
    },
    user: (number) => {
      control.act('putUser', { user: person(number) });
      return person(number);
    },
    other: (kind, number) => {
      const id = subjectID(kind, number);
      if (kind === 'Group') control.act('putGroup', { organization, group: { id, name: `group-${number}` } });
      else control.act('putServiceUser', { serviceUser: { id, organization, secret: `none-${number}` } });
      return id;
    },
    unknownID: subjectID('User', 9999),
    malformedIDs: ['person-1@example.com', 'alex', '.', '..', `app/user:${subjectID('User', 1)}`, subjectID('User', 1).replaceAll('-', '')],
    unknownEmail: 'nobody@example.com',
    emailCaseMatters: false,
    manyHolders: 30,
    hold: (subject, roles) => {
      const { action, args } = holdAction(subject, roles);
      control.act(action, args);
    },
    holdAction,
    held: (subject) => {
      const state = control.state();
      const names = new Map(rolesIn(state).map(({ id, name }) => [id, name]));
      return (state as unknown as Dump).policies
        .filter(({ resource, principal }) => resource === `app/organization:${organization}` && principal === principalOf(subject))
        .map(({ role }) => names.get(role) ?? role)
        .sort();
    },
    obstacles: [],
    obstruct: () => undefined,
    isActive: () => true,
  };
}
