import type { Capabilities } from '../../model/index.ts';
import type { ConnectDeps, Credentials, ProviderDriver, RoleProvider } from '../contract.ts';
import { canonicalBaseURL, connectableBaseURL, requireCredential } from '../http/index.ts';
import { WorkosClient } from './client.ts';
import { WorkosHolders } from './holders.ts';
import { WorkosProvider } from './provider.ts';

/** How a Secret key is named, in its namespace or with one. */
interface SecretRef {
  readonly name: string;
  readonly key: string;
  readonly namespace?: string;
}

/** The `workos` block of a RoleProvider or ClusterRoleProvider. */
export interface WorkosDriverSettings {
  readonly baseURL?: string;
  readonly allowInsecureHTTP?: boolean;
  readonly apiKeySecretRef: SecretRef;
  readonly caSecretRef?: SecretRef;
  readonly multipleRoles?: boolean;
  readonly fallbackRole?: string;
}

const defaultBaseURL = 'https://api.workos.com';

/** The role that WorkOS gives to a member for whom nobody names another. */
const defaultFallbackRole = 'member';

/** With every setting that adds to it. */
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
  bindings: true,
  readBindings: true,
  multipleRolesPerUser: true,
  groups: false,
  serviceAccounts: false,
  userLookupByEmail: true,
};

/** The driver for WorkOS. */
export const workosDriver: ProviderDriver<WorkosDriverSettings> = {
  type: 'workos',
  capabilities,
  lesser: { 'without multipleRoles': { ...capabilities, multipleRolesPerUser: false } },
  // Organization ids are unique across environments, so two API keys for one address never name two organizations with one id.
  account: (settings) => canonicalBaseURL(settings.baseURL ?? defaultBaseURL),
  secretRefs: ({ apiKeySecretRef, caSecretRef }) => ({ apiKeySecretRef, ...(caSecretRef === undefined ? {} : { caSecretRef }) }),
  connect,
};

async function connect(settings: WorkosDriverSettings, credentials: Credentials, deps: ConnectDeps): Promise<RoleProvider> {
  const baseURL = connectableBaseURL(settings.baseURL ?? defaultBaseURL, settings);
  const apiKey = requireCredential(credentials, 'apiKeySecretRef');
  const client = new WorkosClient(baseURL, apiKey, deps);
  const { multipleRoles = false, fallbackRole = defaultFallbackRole } = settings;
  const holders = new WorkosHolders({ client, clock: deps.clock, multipleRoles, fallbackRole });
  return new WorkosProvider({ capabilities: { ...capabilities, multipleRolesPerUser: multipleRoles }, client, clock: deps.clock, holders });
}
