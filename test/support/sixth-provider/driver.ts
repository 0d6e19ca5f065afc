import type { Capabilities } from '../../../src/model/index.ts';
import type { ProviderDriver, SecretRefs } from '../../../src/providers/contract.ts';
import { canonicalBaseURL, connectableBaseURL, type EndpointSettings, requireCredential } from '../../../src/providers/http/index.ts';
import { SixthClient } from './client.ts';
import { SixthProvider } from './provider.ts';

/** The `sixth` block of a RoleProvider. */
export interface SixthSettings extends EndpointSettings {
  readonly baseURL: string;
  readonly apiKeySecretRef: SecretRefs[string];
}

const capabilities: Capabilities = {
  readable: true,
  atomicReplace: true,
  createRole: true,
  deleteRole: true,
  permissionCatalogue: false,
  createPermission: false,
  createsUnknownPermissions: true,
  emptyRole: true,
  systemRoles: false,
  description: true,
  ownershipMark: false,
  bindings: false,
  readBindings: false,
  multipleRolesPerUser: false,
  groups: false,
  serviceAccounts: false,
  userLookupByEmail: false,
};

/** The driver: the one thing that the rest of the program knows of the provider. */
export const sixthDriver: ProviderDriver<SixthSettings> = {
  type: 'sixth',
  capabilities,
  account: ({ baseURL }) => canonicalBaseURL(baseURL),
  secretRefs: ({ apiKeySecretRef }) => ({ apiKeySecretRef }),
  connect: async (settings, credentials, deps) => {
    const baseURL = connectableBaseURL(settings.baseURL, settings);
    return new SixthProvider(capabilities, new SixthClient(baseURL, requireCredential(credentials, 'apiKeySecretRef'), deps));
  },
};
