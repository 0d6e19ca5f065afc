import { type Capabilities, ProviderError } from '../../model/index.ts';
import type { ConnectDeps, Credentials, ProviderDriver, RoleProvider } from '../contract.ts';
import { canonicalBaseURL, connectableBaseURL, requireCredential } from '../http/index.ts';
import { ServerAbilities } from './abilities.ts';
import { JitsudoClient, type JitsudoCredential } from './client.ts';
import { JitsudoHolders } from './holders.ts';
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
  bindings: true,
  // Listing users is assumed as well.
  readBindings: true,
  multipleRolesPerUser: true,
  groups: false,
  serviceAccounts: false,
  userLookupByEmail: true,
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
  const { clock } = deps;
  const abilities = new ServerAbilities(capabilities, client, clock);
  return new JitsudoProvider({ abilities, client, clock, holders: new JitsudoHolders({ client, abilities, clock }) });
}

function credentialOf({ apiKeySecretRef, tokenSecretRef }: JitsudoDriverSettings, credentials: Credentials): JitsudoCredential {
  if ((apiKeySecretRef === undefined) === (tokenSecretRef === undefined)) {
    throw new ProviderError('invalid', 'jitsudo: set exactly one of apiKeySecretRef and tokenSecretRef', { operation: 'connect' });
  }
  return apiKeySecretRef === undefined
    ? { token: requireCredential(credentials, 'tokenSecretRef') }
    : { apiKey: requireCredential(credentials, 'apiKeySecretRef') };
}
