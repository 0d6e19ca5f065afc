import { type Capabilities, ProviderError } from '../../model/index.ts';
import type { ConnectDeps, Credentials, ProviderDriver, RoleProvider } from '../contract.ts';
import { canonicalBaseURL, connectableBaseURL, requireCredential } from '../http/index.ts';
import { JitsudoClient, type JitsudoCredential } from './client.ts';
import { JitsudoProvider } from './provider.ts';

/** How a Secret key is named, in its namespace or with one. */
interface SecretRef {
  readonly name: string;
  readonly key: string;
  readonly namespace?: string;
}

/** The `jitsudo` block of a RoleProvider or ClusterRoleProvider. */
export interface JitsudoDriverSettings {
  readonly baseURL: string;
  readonly allowInsecureHTTP?: boolean;
  /** This or `tokenSecretRef`. */
  readonly apiKeySecretRef?: SecretRef;
  readonly tokenSecretRef?: SecretRef;
  readonly caSecretRef?: SecretRef;
}

/** Holding roles is not written here yet, so nothing is promised about it. */
const capabilities: Capabilities = {
  readable: true,
  atomicReplace: true,
  // Creating and deleting are assumed; a connection takes them back once the server turns out to be without them.
  createRole: true,
  deleteRole: true,
  permissionCatalogue: true,
  createPermission: false,
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

/** The driver for jitsudo. */
export const jitsudoDriver: ProviderDriver<JitsudoDriverSettings> = {
  type: 'jitsudo',
  capabilities,
  // Tenants are told apart by uuid, so two credentials for one address never name two tenants with one id.
  account: ({ baseURL }) => canonicalBaseURL(baseURL),
  secretRefs: ({ apiKeySecretRef, tokenSecretRef, caSecretRef }) => ({
    ...(apiKeySecretRef === undefined ? {} : { apiKeySecretRef }),
    ...(tokenSecretRef === undefined ? {} : { tokenSecretRef }),
    ...(caSecretRef === undefined ? {} : { caSecretRef }),
  }),
  connect,
};

async function connect(settings: JitsudoDriverSettings, credentials: Credentials, deps: ConnectDeps): Promise<RoleProvider> {
  const baseURL = connectableBaseURL(settings.baseURL, settings);
  const client = new JitsudoClient(baseURL, credentialOf(settings, credentials), deps);
  return new JitsudoProvider({ capabilities, client, clock: deps.clock });
}

function credentialOf({ apiKeySecretRef, tokenSecretRef }: JitsudoDriverSettings, credentials: Credentials): JitsudoCredential {
  if ((apiKeySecretRef === undefined) === (tokenSecretRef === undefined)) {
    throw new ProviderError('invalid', 'jitsudo: set exactly one of apiKeySecretRef and tokenSecretRef', { operation: 'connect' });
  }
  return apiKeySecretRef === undefined
    ? { token: requireCredential(credentials, 'tokenSecretRef') }
    : { apiKey: requireCredential(credentials, 'apiKeySecretRef') };
}
