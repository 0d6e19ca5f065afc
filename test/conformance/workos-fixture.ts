import { startEmulator } from '../../src/emulators/index.ts';
import type { ProviderDriver } from '../../src/providers/index.ts';
import { workosDriver } from '../../src/providers/workos/index.ts';
import { ContractValidator } from '../support/contract-validator.ts';
import type { Backdoor, ProviderFixture, StoredRole } from './provider-suite.ts';

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
  }[];
}

/** A WorkOS emulator with one organization, and the driver that talks to it. `seed` overrides parts of the state. */
export async function startWorkos(seed: Readonly<Record<string, unknown>> = {}): Promise<ProviderFixture> {
  const validator = ContractValidator.load('workos');
  const emulator = await startEmulator('workos', {
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
  return {
    driver: workosDriver as ProviderDriver,
    settings: (url) => ({ baseURL: url, allowInsecureHTTP: true, apiKeySecretRef: { name: 'workos', key: 'apiKey' } }),
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
  };
}
