import { type EmulatorControl, type ExchangeRecord, startEmulator } from '../../src/emulators/index.ts';
import type { SubjectRef } from '../../src/model/index.ts';
import type { ConnectDeps, ProviderDriver } from '../../src/providers/index.ts';
import { jitsudoDriver } from '../../src/providers/jitsudo/index.ts';
import { ContractValidator } from '../support/contract-validator.ts';
import type { Backdoor, People, Person, ProviderFixture, StartEmulator, StoredRole } from './suite/fixture.ts';

/** The tenant of the fixture's credentials. */
export const tenant = '3f2b7c10-9a4e-4d55-8c31-0a1b2c3d4e5f';
/** A tenant that exists and belongs to other credentials. */
export const otherTenant = '91c0d2aa-0b6f-4f6e-a1de-5566778899aa';
/** Have no form by which a credential could be told from a word: they are hidden because they are known. */
const apiKey = 'correct-horse-battery-staple';
const token = 'the-bearer-of-this-is-trusted';
const wrong = 'wrong-horse-battery-staple';

const pad = (number: number): string => String(number).padStart(4, '0');

/** What a call proves itself with. */
export type CredentialForm = 'apiKey' | 'token';

interface Dump {
  readonly scopes: readonly { readonly scope: string }[];
  readonly tenants: readonly {
    readonly id: string;
    readonly roles: readonly {
      readonly slug: string;
      readonly name: string;
      readonly description?: string;
      readonly scopes: readonly string[];
    }[];
    readonly users: readonly { readonly id: string; readonly email: string; readonly name: string; readonly roles: readonly string[] }[];
  }[];
}

/**
 * The driver as the operator uses it: the catalogue is asked about roles of a tenant that was read over the same connection, since
 * jitsudo shows it to a tenant only. The request is taken out of the journal.
 */
function readFirst(driver: ProviderDriver, forget: () => void): ProviderDriver {
  return {
    ...driver,
    connect: async (settings, credentials, deps) => {
      let listening = false;
      const onCall: ConnectDeps['onCall'] = (call) => {
        if (listening) deps.onCall(call);
      };
      const provider = await driver.connect(settings, credentials, { ...deps, onCall });
      await provider.observe(tenant, new AbortController().signal).catch(() => undefined);
      listening = true;
      forget();
      return provider;
    },
  };
}

/** A jitsudo emulator with two tenants, and the driver that talks to it as one of them. `seed` overrides parts of the state. */
export async function startJitsudo(
  form: CredentialForm,
  seed: Readonly<Record<string, unknown>> = {},
  start: StartEmulator = startEmulator,
): Promise<ProviderFixture> {
  const validator = ContractValidator.load('jitsudo');
  const emulator = await start('jitsudo', {
    port: 0,
    rateLimit: 'off',
    onExchange: (exchange) => validator.onExchange(withoutMissing(exchange, emulator.control.state())),
    seed: {
      tenants: [
        {
          id: tenant,
          apiKeys: [apiKey],
          tokens: [token],
          roles: [
            { slug: 'admin', name: 'Admin', system: true },
            { slug: 'user', name: 'User', system: true },
          ],
        },
        { id: otherTenant, apiKeys: ['another-key'] },
      ],
      ...seed,
    },
  });
  const { control } = emulator;
  const dump = (): Dump => control.state() as unknown as Dump;
  const backdoor: Backdoor = {
    putRole: ({ slug, displayName: name, description, permissions: scopes }) => {
      control.act('putScopes', { scopes });
      control.act('putRole', { tenant, role: { slug, name, description, scopes } });
    },
    role: (slug): StoredRole | undefined => {
      const found = dump()
        .tenants.find((each) => each.id === tenant)
        ?.roles.find((role) => role.slug === slug);
      if (found === undefined) return undefined;
      return { slug, displayName: found.name, description: found.description ?? '', permissions: [...found.scopes].sort() };
    },
    deleteRole: (slug) => control.act('deleteRole', { tenant, slug }),
    deleteRoleAction: (slug) => ({ action: 'deleteRole', args: { tenant, slug } }),
    putPermissions: (scopes) => control.act('putScopes', { scopes }),
    permissions: () =>
      dump()
        .scopes.map(({ scope }) => scope)
        .sort(),
    hold: (slug, count) => {
      for (let number = 0; number < count; number++) {
        control.act('putUser', { tenant, user: { email: `holder-${number}@acme.example`, roles: ['user', slug] } });
      }
    },
    expireCredentials: () => control.act('setCredentials', { tenant, apiKeys: ['the-next-key'], tokens: ['the-next-token'] }),
  };
  const field = form === 'apiKey' ? 'apiKeySecretRef' : 'tokenSecretRef';
  return {
    driver: readFirst(jitsudoDriver as ProviderDriver, () => control.clearJournal()),
    settings: (url) => ({ baseURL: url, allowInsecureHTTP: true, [field]: { name: 'jitsudo', key: form } }),
    credentials: { [field]: form === 'apiKey' ? apiKey : token },
    wrongCredentials: { [field]: wrong },
    emulator,
    validator,
    operations: {
      listRoles: ['listRoles'],
      createRole: ['createRole'],
      updateRole: ['updateRole'],
      setPermissions: ['updateRole'],
      addPermission: ['updateRole'],
      deleteRole: ['deleteRole'],
      listPermissions: ['listPermissions'],
      createPermission: [],
    },
    errorBody: (message) => ({ code: 'invalid_request', message }),
    vocabulary: {
      organization: tenant,
      unknownOrganization: '00000000-1111-4222-8333-444444444444',
      slug: (number) => `role-${pad(number)}`,
      permission: (number) => `thing:action-${pad(number)}`,
      systemSlug: 'admin',
      spellings: ['spelling', 'Spelling', 'SPELLING', 'spelling_2', 'spel.ling', ' spelling', '-spelling', '2spelling'],
      refused: [
        { reason: 'no uuid', change: { ref: { organization: 'acme', slug: 'editor' } }, field: 'spec.organization' },
        {
          reason: 'a uuid in capitals',
          change: { ref: { organization: tenant.toUpperCase(), slug: 'editor' } },
          field: 'spec.organization',
        },
        { reason: 'a capital letter', change: { ref: { organization: tenant, slug: 'Editor' } }, field: 'spec.slug' },
        { reason: 'an empty name', change: { displayName: '' }, field: 'spec.displayName' },
        { reason: 'a permission twice', change: { permissions: ['a', 'a'] }, field: 'spec.permissions[1]' },
        { reason: 'an empty permission', change: { permissions: [' '] }, field: 'spec.permissions[0]' },
        { reason: 'a field of another provider', change: { extras: { stage: 'ga' } }, field: 'spec.stage' },
      ],
    },
    backdoor,
    people: peopleOf(control, () => dump().tenants.find((each) => each.id === tenant)?.users ?? []),
  };
}

function peopleOf(control: EmulatorControl, users: () => Dump['tenants'][number]['users']): People {
  const userOf = ({ id }: SubjectRef) => users().find((user) => user.id === id);
  const person = (number: number): Person => ({
    id: `6f1d0c2b-7e54-4a3b-9c8d-00000000${pad(number)}`,
    email: `person-${number}@acme.example`,
  });
  const holdAction: People['holdAction'] = (subject, roles) => {
    const { email, name } = userOf(subject) ?? { email: 'late@acme.example', name: 'Late' };
    return { action: 'putUser', args: { tenant, user: { id: subject.id, email, name, roles: [...roles] } } };
  };
  return {
    operations: {
      listHolders: ['listUsers'],
      readHolder: ['getUser'],
      grant: ['updateUser'],
      revoke: ['updateUser'],
      findUser: ['listUsers'],
    },
    user: (number) => {
      const known = person(number);
      if (userOf({ kind: 'User', id: known.id }) === undefined) {
        control.act('putUser', { tenant, user: { ...known, name: `Person ${number}` } });
      }
      return known;
    },
    unknownID: '6f1d0c2b-7e54-4a3b-9c8d-ffffffffffff',
    malformedIDs: ['person-1@acme.example', 'alex', '.', '..', '6f1d0c2b7e544a3b9c8d000000000001'],
    unknownEmail: 'nobody@acme.example',
    shareEmail: () => {
      for (const id of ['6f1d0c2b-7e54-4a3b-9c8d-aaaaaaaaaaaa', '6f1d0c2b-7e54-4a3b-9c8d-bbbbbbbbbbbb']) {
        control.act('putUser', { tenant, user: { id, email: 'twins@acme.example' } });
      }
      return 'twins@acme.example';
    },
    emailCaseMatters: true,
    // There are no pages.
    manyHolders: 230,
    hold: (subject, roles) => {
      const { action, args } = holdAction(subject, roles);
      control.act(action, args);
    },
    holdAction,
    held: (subject) => [...(userOf(subject)?.roles ?? [])].sort(),
    obstacles: [],
    obstruct: () => undefined,
    isActive: () => true,
  };
}

/** What a server without an operation answers for it isn't in the contract; the request has to be, all the same. */
function withoutMissing(exchange: ExchangeRecord, state: unknown): ExchangeRecord {
  const switches: Readonly<Record<string, string>> = {
    createRole: 'createSupported',
    deleteRole: 'deleteSupported',
    listUsers: 'listUsersSupported',
    getUser: 'getUserSupported',
  };
  const name = switches[exchange.operationId ?? ''];
  return name !== undefined && (state as Readonly<Record<string, unknown>>)[name] === false ? { ...exchange, tampered: true } : exchange;
}
