import type { Capabilities } from '../../model/index.ts';
import type { ConnectDeps, Credentials, ProviderDriver, RoleProvider } from '../contract.ts';
import { canonicalBaseURL, connectableBaseURL, requireCredential } from '../http/index.ts';
import { KlustrClient } from './client.ts';
import { KlustrHolders } from './holders.ts';
import { canonicalID } from './ids.ts';
import { KlustrProvider } from './provider.ts';

/** How a Secret key is named, in its namespace or with one. */
interface SecretRef {
  readonly name: string;
  readonly key: string;
  readonly namespace?: string;
}

/** The `klustr` block of a RoleProvider or ClusterRoleProvider. */
export interface KlustrDriverSettings {
  readonly baseURL: string;
  readonly tokenURL: string;
  readonly allowInsecureHTTP?: boolean;
  readonly clientIDSecretRef: SecretRef;
  readonly clientSecretSecretRef: SecretRef;
  readonly caSecretRef?: SecretRef;
}

const capabilities: Capabilities = {
  readable: true,
  // The set goes with the whole document, in one PUT.
  atomicReplace: true,
  createRole: true,
  deleteRole: true,
  // Klustr can list the scopes that roles have, which says nothing about those that they may have.
  permissionCatalogue: false,
  createPermission: false,
  createsUnknownPermissions: true,
  emptyRole: true,
  systemRoles: true,
  description: true,
  ownershipMark: false,
  bindings: true,
  readBindings: true,
  multipleRolesPerUser: true,
  // The contract knows groups that hold roles, and no call that gives one to them.
  groups: false,
  serviceAccounts: false,
  userLookupByEmail: true,
};

/** The driver for Klustr. */
export const klustrDriver: ProviderDriver<KlustrDriverSettings> = {
  type: 'klustr',
  capabilities,
  // Two clients of one gateway see the same organizations, as far as they see them.
  account: ({ baseURL }) => canonicalBaseURL(baseURL),
  secretRefs: ({ clientIDSecretRef, clientSecretSecretRef, caSecretRef }) => ({
    clientIDSecretRef,
    clientSecretSecretRef,
    ...(caSecretRef === undefined ? {} : { caSecretRef }),
  }),
  canonicalGlob: (part, glob) => (part === 'slug' ? canonicalID(glob) : glob),
  roleBlock: 'klustr',
  connect,
};

async function connect(settings: KlustrDriverSettings, credentials: Credentials, deps: ConnectDeps): Promise<RoleProvider> {
  const baseURL = connectableBaseURL(settings.baseURL, settings);
  // Checked like the other address, and used as it stands: a slash at its end may matter.
  connectableBaseURL(settings.tokenURL, settings);
  const client = new KlustrClient(
    baseURL,
    {
      tokenURL: new URL(settings.tokenURL).href,
      clientID: requireCredential(credentials, 'clientIDSecretRef'),
      clientSecret: requireCredential(credentials, 'clientSecretSecretRef'),
    },
    deps,
  );
  return new KlustrProvider({ capabilities, client, holders: new KlustrHolders({ client, clock: deps.clock }) });
}
