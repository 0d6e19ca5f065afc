import { parseDuration } from '../../lib/index.ts';
import type { Capabilities } from '../../model/index.ts';
import type { ConnectDeps, Credentials, ProviderDriver, RoleProvider } from '../contract.ts';
import { canonicalBaseURL, connectableBaseURL, requireCredential } from '../http/index.ts';
import { FrontierClient, type Transport } from './client.ts';
import { FrontierProvider } from './provider.ts';

/** How a Secret key is named, in its namespace or with one. */
interface SecretRef {
  readonly name: string;
  readonly key: string;
  readonly namespace?: string;
}

/** The `frontier` block of a RoleProvider or ClusterRoleProvider. */
export interface FrontierDriverSettings {
  readonly baseURL: string;
  readonly allowInsecureHTTP?: boolean;
  /** Default `Auto`. */
  readonly transport?: Transport;
  readonly clientIDSecretRef: SecretRef;
  readonly clientSecretSecretRef: SecretRef;
  /** Default `1h`. */
  readonly tokenLifetime?: string;
  readonly caSecretRef?: SecretRef;
}

const capabilities: Capabilities = {
  readable: true,
  // One call replaces the role, and the server carries it out in steps that can end half-way.
  atomicReplace: false,
  createRole: true,
  deleteRole: true,
  permissionCatalogue: true,
  createPermission: true,
  createsUnknownPermissions: false,
  emptyRole: false,
  // The platform's own roles belong to no organization: they are never listed there, and their names are free.
  systemRoles: false,
  description: true,
  ownershipMark: true,
  bindings: true,
  readBindings: true,
  multipleRolesPerUser: true,
  groups: true,
  serviceAccounts: true,
  // Members of the organization; anybody on the server only for superusers.
  userLookupByEmail: true,
};

/** The driver for Frontier. */
export const frontierDriver: ProviderDriver<FrontierDriverSettings> = {
  type: 'frontier',
  capabilities,
  // Organizations have uuids, and every service user of a server sees the same ones, as far as it sees them.
  account: ({ baseURL }) => canonicalBaseURL(baseURL),
  secretRefs: ({ clientIDSecretRef, clientSecretSecretRef, caSecretRef }) => ({
    clientIDSecretRef,
    clientSecretSecretRef,
    ...(caSecretRef === undefined ? {} : { caSecretRef }),
  }),
  canonicalGlob: (part, glob) => (part === 'permission' ? glob.replaceAll(/[./:#]/g, '_') : glob),
  roleBlock: 'frontier',
  connect,
};

async function connect(settings: FrontierDriverSettings, credentials: Credentials, deps: ConnectDeps): Promise<RoleProvider> {
  const client = new FrontierClient(
    {
      baseURL: connectableBaseURL(settings.baseURL, settings),
      transport: settings.transport ?? 'Auto',
      user: {
        clientID: requireCredential(credentials, 'clientIDSecretRef'),
        clientSecret: requireCredential(credentials, 'clientSecretSecretRef'),
      },
      tokenLifetimeMs: parseDuration(settings.tokenLifetime ?? '1h'),
    },
    deps,
  );
  return new FrontierProvider({ capabilities, client, clock: deps.clock });
}
