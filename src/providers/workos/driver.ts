import type { Capabilities } from '../../model/index.ts';
import type { ConnectDeps, Credentials, ProviderDriver, RoleProvider } from '../contract.ts';
import { canonicalBaseURL, connectableBaseURL, requireCredential } from '../http/index.ts';
import { WorkosClient } from './client.ts';
import { WorkosProvider } from './provider.ts';

/** How a Secret key is named, in its namespace or with one. */
interface SecretRef {
  readonly name: string;
  readonly key: string;
  readonly namespace?: string;
}

/** The `workos` block of a RoleProvider or ClusterRoleProvider, as far as roles need it. */
export interface WorkosDriverSettings {
  readonly baseURL?: string;
  readonly allowInsecureHTTP?: boolean;
  readonly apiKeySecretRef: SecretRef;
  readonly caSecretRef?: SecretRef;
}

const defaultBaseURL = 'https://api.workos.com';

/** Holding roles is not written here yet, so nothing is promised about it. */
const capabilities: Capabilities = {
  readable: true,
  atomicReplace: true,
  createRole: true,
  deleteRole: true,
  permissionCatalogue: true,
  createPermission: true,
  createsUnknownPermissions: false,
  emptyRole: true,
  systemRoles: true,
  description: true,
  ownershipMark: false,
  bindings: false,
  readBindings: false,
  multipleRolesPerUser: false,
  groups: false,
  serviceAccounts: false,
  userLookupByEmail: false,
};

/** The driver for WorkOS. */
export const workosDriver: ProviderDriver<WorkosDriverSettings> = {
  type: 'workos',
  capabilities,
  // Organization ids are unique across environments, so two API keys for one address never name two organizations with one id.
  account: (settings) => canonicalBaseURL(settings.baseURL ?? defaultBaseURL),
  secretRefs: ({ apiKeySecretRef, caSecretRef }) => ({ apiKeySecretRef, ...(caSecretRef === undefined ? {} : { caSecretRef }) }),
  connect,
};

async function connect(settings: WorkosDriverSettings, credentials: Credentials, deps: ConnectDeps): Promise<RoleProvider> {
  const baseURL = connectableBaseURL(settings.baseURL ?? defaultBaseURL, settings);
  const apiKey = requireCredential(credentials, 'apiKeySecretRef');
  return new WorkosProvider({ capabilities, client: new WorkosClient(baseURL, apiKey, deps), clock: deps.clock });
}
