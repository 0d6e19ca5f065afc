import { type EmulatorControl, startEmulator } from '../../src/emulators/index.ts';
import type { SubjectRef } from '../../src/model/index.ts';
import type { ProviderDriver } from '../../src/providers/index.ts';
import { workosDriver } from '../../src/providers/workos/index.ts';
import { ContractValidator } from '../support/contract-validator.ts';
import type { Backdoor, People, Person, ProviderFixture, StartEmulator, StoredRole } from './suite/fixture.ts';

const organization = 'org_01CONFORMANCE0000000000001';
/** Has no form by which a credential could be told from a word: it is hidden because it is known. */
const apiKey = 'correct-horse-battery-staple';

const pad = (number: number): string => String(number).padStart(4, '0');

interface Dump {
  readonly permissions: readonly { readonly slug: string }[];
  readonly organizations: readonly {
    readonly id: string;
    readonly roles: readonly {
      readonly slug: string;
      readonly name: string;
      readonly description?: string;
      readonly permissions: readonly string[];
    }[];
    readonly members: readonly {
      readonly user: string;
      readonly status: string;
      readonly roles: readonly string[];
    }[];
  }[];
}

/** A WorkOS emulator with one organization, and the driver that talks to it. `seed` overrides parts of the state, `settings` of the provider's. */
export async function startWorkos(
  seed: Readonly<Record<string, unknown>> = {},
  settings: Readonly<Record<string, unknown>> = {},
  start: StartEmulator = startEmulator,
): Promise<ProviderFixture> {
  const validator = ContractValidator.load('workos');
  const emulator = await start('workos', {
    port: 0,
    rateLimit: 'off',
    onExchange: validator.onExchange,
    seed: {
      apiKey,
      environmentRoles: [
        { slug: 'admin', name: 'Admin' },
        { slug: 'member', name: 'Member' },
      ],
      organizations: [{ id: organization, name: 'Conformance' }],
      ...seed,
    },
  });
  const { control } = emulator;
  const dump = (): Dump => control.state() as unknown as Dump;
  const backdoor: Backdoor = {
    putRole: (role) => {
      control.act('putPermissions', { permissions: role.permissions });
      const { slug, displayName: name, description, permissions } = role;
      control.act('putRole', { organization, role: { slug, name, description, permissions } });
    },
    role: (slug): StoredRole | undefined => {
      const found = dump()
        .organizations.find((each) => each.id === organization)
        ?.roles.find((role) => role.slug === slug);
      if (found === undefined) return undefined;
      return { slug, displayName: found.name, description: found.description ?? '', permissions: found.permissions };
    },
    deleteRole: (slug) => control.act('deleteRole', { organization, slug }),
    deleteRoleAction: (slug) => ({ action: 'deleteRole', args: { organization, slug } }),
    putPermissions: (permissions) => control.act('putPermissions', { permissions }),
    permissions: () =>
      dump()
        .permissions.map((permission) => permission.slug)
        .sort(),
    hold: (slug, count) => {
      const statuses = ['active', 'inactive', 'pending'];
      for (let number = 0; number < count; number++) {
        const member = { user: `user_holder_${number}`, roles: ['member', slug], status: statuses[number % statuses.length] };
        control.act('putMember', { organization, member });
      }
    },
    expireCredentials: () => control.act('setAPIKey', { apiKey: 'sk_test_the_next_one' }),
  };
  const members = () => dump().organizations.find((each) => each.id === organization)?.members ?? [];
  return {
    driver: workosDriver as ProviderDriver,
    capabilities: { ...workosDriver.capabilities, multipleRolesPerUser: settings.multipleRoles === true },
    settings: (url) => ({ baseURL: url, allowInsecureHTTP: true, apiKeySecretRef: { name: 'workos', key: 'apiKey' }, ...settings }),
    credentials: { apiKeySecretRef: apiKey },
    wrongCredentials: { apiKeySecretRef: 'wrong-horse-battery-staple' },
    emulator,
    validator,
    operations: {
      listRoles: ['listOrganizationRoles'],
      createRole: ['createOrganizationRole'],
      updateRole: ['updateOrganizationRole'],
      setPermissions: ['setOrganizationRolePermissions'],
      addPermission: ['addOrganizationRolePermission'],
      deleteRole: ['deleteOrganizationRole'],
      listPermissions: ['listPermissions'],
      createPermission: ['createPermission'],
    },
    errorBody: (message) => ({ message }),
    vocabulary: {
      organization,
      unknownOrganization: 'org_01UNKNOWN00000000000000001',
      slug: (number) => `org-role-${pad(number)}`,
      permission: (number) => `thing:action-${pad(number)}`,
      systemSlug: 'admin',
      spellings: ['org-spelling', 'Org-Spelling', 'ORG-SPELLING', 'spelling', 'org-spelling_2', 'org-spel.ling'],
      refused: [
        { reason: 'no prefix', change: { ref: { organization, slug: 'editor' } }, field: 'spec.slug' },
        { reason: 'a capital letter', change: { permissions: ['Thing:Read'] }, field: 'spec.permissions[0]' },
        { reason: 'a name that is too long', change: { displayName: 'n'.repeat(49) }, field: 'spec.displayName' },
        { reason: 'a description that is too long', change: { description: 'd'.repeat(151) }, field: 'spec.description' },
        { reason: 'a permission twice', change: { permissions: ['a', 'a'] }, field: 'spec.permissions[1]' },
        { reason: 'a field of another provider', change: { extras: { stage: 'ga' } }, field: 'spec.stage' },
      ],
    },
    backdoor,
    people: peopleOf(control, members),
  };
}

function peopleOf(control: EmulatorControl, members: () => Dump['organizations'][number]['members']): People {
  const memberOf = ({ id }: SubjectRef) => members().find(({ user }) => user === id);
  const person = (number: number): Person => ({ id: `user_01PERSON${pad(number)}`, email: `person-${number}@example.com` });
  const putUser = (user: object): void => control.act('putUser', { user });
  const holdAction: People['holdAction'] = ({ id: user }, roles) =>
    roles.length === 0
      ? { action: 'deleteMember', args: { organization, user } }
      : { action: 'putMember', args: { organization, member: { user, roles: [...roles] } } };
  return {
    operations: {
      listHolders: ['listOrganizationMemberships'],
      readHolder: ['listOrganizationMemberships'],
      grant: ['createOrganizationMembership', 'updateOrganizationMembership'],
      revoke: ['updateOrganizationMembership'],
      findUser: ['listUsers'],
    },
    user: (number) => {
      putUser(person(number));
      return person(number);
    },
    unknownID: 'user_01NOBODY',
    malformedIDs: ['person-1@example.com', 'om_01PERSON0001', 'user_', 'user 1', '.', '..', 'user_01/../x'],
    unknownEmail: 'nobody@example.com',
    shareEmail: () => {
      for (const id of ['user_01TWIN1', 'user_01TWIN2']) putUser({ id, email: 'twins@example.com' });
      return 'twins@example.com';
    },
    emailCaseMatters: false,
    manyHolders: 230,
    hold: (subject, roles) => {
      const { action, args } = holdAction(subject, roles);
      control.act(action, args);
    },
    holdAction,
    held: (subject) => [...(memberOf(subject)?.roles ?? [])].sort(),
    obstacles: ['Inactive', 'Pending', 'DirectoryManaged'],
    obstruct: ({ id: user }, roles, reason) => {
      const status = reason === 'Inactive' ? 'inactive' : reason === 'Pending' ? 'pending' : 'active';
      control.act('putMember', { organization, member: { user, roles, status, directoryManaged: reason === 'DirectoryManaged' } });
    },
    isActive: (subject) => memberOf(subject)?.status === 'active',
  };
}
