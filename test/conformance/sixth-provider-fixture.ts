import { startDefinition } from '../../src/emulators/start.ts';
import type { ProviderDriver } from '../../src/providers/index.ts';
import { ContractValidator } from '../support/contract-validator.ts';
import { sixthEmulator } from '../support/sixth-provider/emulator.ts';
import { sixthDriver } from '../support/sixth-provider/index.ts';
import type { Backdoor, ProviderFixture } from './provider-suite.ts';

const organization = 'org_1';
const apiKey = 'correct-horse-battery-staple';

interface Dump {
  readonly organizations: Readonly<
    Record<
      string,
      readonly { readonly slug: string; readonly title: string; readonly note: string; readonly permissions: readonly string[] }[]
    >
  >;
}

const pad = (number: number): string => String(number).padStart(4, '0');

/** An emulator of the sixth provider with one organization, and the driver that talks to it. */
export async function startSixth(): Promise<ProviderFixture> {
  // A real provider's contract lies in contracts/, where this name is looked up.
  const validator = ContractValidator.load('../test/support/sixth-provider/contract');
  const emulator = await startDefinition(sixthEmulator, {
    port: 0,
    onExchange: validator.onExchange,
    seed: { apiKey, organizations: { [organization]: [] } },
  });
  const { control } = emulator;
  const roleOf = (slug: string) => (control.state() as unknown as Dump).organizations[organization]?.find((role) => role.slug === slug);
  const backdoor: Backdoor = {
    putRole: ({ slug, displayName: title, description: note, permissions }) =>
      control.act('putRole', { organization, role: { slug, title, note, permissions } }),
    role: (slug) => {
      const role = roleOf(slug);
      return role && { slug, displayName: role.title, description: role.note, permissions: role.permissions };
    },
    deleteRole: (slug) => control.act('deleteRole', { organization, slug }),
    deleteRoleAction: (slug) => ({ action: 'deleteRole', args: { organization, slug } }),
    putPermissions: () => undefined,
    permissions: () => undefined,
    hold: (slug, holders) => control.act('putRole', { organization, role: { ...roleOf(slug), holders } }),
    expireCredentials: () => control.act('setKey', { apiKey: 'the-next-one' }),
  };
  return {
    driver: sixthDriver as ProviderDriver,
    settings: (url) => ({ baseURL: url, allowInsecureHTTP: true, apiKeySecretRef: { name: 'sixth', key: 'apiKey' } }),
    credentials: { apiKeySecretRef: apiKey },
    wrongCredentials: { apiKeySecretRef: 'wrong-horse-battery-staple' },
    emulator,
    validator,
    operations: {
      listRoles: ['listRoles'],
      createRole: ['createRole'],
      updateRole: ['updateRole'],
      setPermissions: ['updateRole'],
      addPermission: ['updateRole'],
      deleteRole: ['deleteRole'],
      listPermissions: [],
      createPermission: [],
    },
    errorBody: (error) => ({ error }),
    vocabulary: {
      organization,
      unknownOrganization: 'org_2',
      slug: (number) => `role-${pad(number)}`,
      permission: (number) => `permission-${pad(number)}`,
      systemSlug: undefined,
      spellings: ['spelling', 'Spelling', 'spel_ling'],
      refused: [
        { reason: 'a capital letter', change: { ref: { organization, slug: 'Editor' } }, field: 'spec.slug' },
        { reason: 'an empty title', change: { displayName: '' }, field: 'spec.displayName' },
        { reason: 'a field of another provider', change: { extras: { stage: 'ga' } }, field: 'spec.stage' },
      ],
    },
    backdoor,
  };
}
