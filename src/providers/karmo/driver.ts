import { type Capabilities, ProviderError } from '../../model/index.ts';
import type { ConnectDeps, Credentials, ProviderDriver, RoleProvider, SecretRefs } from '../contract.ts';
import { canonicalBaseURL, connectableBaseURL, requireCredential } from '../http/index.ts';
import { assumptions } from './assumptions.ts';
import { type AwsCredentialSource, defaultCredentials, staticCredentials } from './aws-credentials.ts';
import { AwsSigner } from './aws-signer.ts';
import { KarmoClient } from './client.ts';
import { type DialectSettings, dialectOf } from './contract.ts';
import { KarmoHolders } from './holders.ts';
import { KarmoProvider } from './provider.ts';
import { ReadBackProvider } from './read-back.ts';

/** How a Secret key is named, in its namespace or with one. */
interface SecretRef {
  readonly name: string;
  readonly key: string;
  readonly namespace?: string;
}

/** How token requests are signed. Without keys, by the default chain of the AWS SDK. */
interface AwsSettings {
  readonly region: string;
  readonly service?: string;
  readonly accessKeyIDSecretRef?: SecretRef;
  readonly secretAccessKeySecretRef?: SecretRef;
  readonly sessionTokenSecretRef?: SecretRef;
}

/** The account that Karmo writes into, as the driver that reads it wants it. */
interface ReadBackSettings {
  readonly apiKeySecretRef: SecretRef;
  readonly baseURL?: string;
}

/** What a driver that reads for Karmo has to take as its settings. */
export interface ReaderSettings extends ReadBackSettings {
  readonly allowInsecureHTTP?: boolean;
}

/** The `karmo` block of a RoleProvider or ClusterRoleProvider. */
export interface KarmoDriverSettings extends DialectSettings {
  readonly baseURL: string;
  readonly allowInsecureHTTP?: boolean;
  readonly aws?: AwsSettings;
  readonly readBack?: ReadBackSettings;
  readonly caSecretRef?: SecretRef;
}

/** By Karmo alone. */
const blind: Capabilities = {
  readable: false,
  atomicReplace: true,
  createRole: true,
  deleteRole: false,
  permissionCatalogue: false,
  createPermission: true,
  createsUnknownPermissions: true,
  emptyRole: true,
  systemRoles: false,
  description: false,
  ownershipMark: false,
  bindings: true,
  readBindings: false,
  multipleRolesPerUser: true,
  groups: false,
  serviceAccounts: false,
  // Users of the organization; with read-back whomever the reader finds.
  userLookupByEmail: true,
};

/** The driver for Karmo. `reader` is the driver for the access provider behind it; with `readBack` its connection reads, and only reads. */
export function karmoDriver(reader: ProviderDriver<ReaderSettings>): ProviderDriver<KarmoDriverSettings> {
  return {
    type: 'karmo',
    capabilities: readingWith(reader.capabilities),
    lesser: { 'without readBack': blind },
    // Whoever signs, one deployment has one set of organizations.
    account: ({ baseURL }) => canonicalBaseURL(baseURL),
    secretRefs,
    connect: async (settings, credentials, deps) => connect(settings, credentials, deps, reader),
  };
}

function readingWith({ readable, permissionCatalogue, systemRoles, readBindings }: Capabilities): Capabilities {
  return { ...blind, readable, permissionCatalogue, systemRoles, readBindings };
}

function secretRefs({ aws, readBack, caSecretRef }: KarmoDriverSettings): SecretRefs {
  const refs: Readonly<Record<string, SecretRef | undefined>> = {
    caSecretRef,
    'aws.accessKeyIDSecretRef': aws?.accessKeyIDSecretRef,
    'aws.secretAccessKeySecretRef': aws?.secretAccessKeySecretRef,
    'aws.sessionTokenSecretRef': aws?.sessionTokenSecretRef,
    'readBack.apiKeySecretRef': readBack?.apiKeySecretRef,
  };
  return Object.fromEntries(Object.entries(refs).filter((entry): entry is [string, SecretRef] => entry[1] !== undefined));
}

async function connect(
  settings: KarmoDriverSettings,
  credentials: Credentials,
  deps: ConnectDeps,
  readerDriver: ProviderDriver<ReaderSettings>,
): Promise<RoleProvider> {
  const { allowInsecureHTTP = false, aws, readBack } = settings;
  const baseURL = connectableBaseURL(settings.baseURL, settings);
  const dialect = dialectOf(settings);
  const signer = aws === undefined ? undefined : signerOf(aws, credentials, deps);
  const { caSecretRef: _public, ...secrets } = credentials;
  const client = new KarmoClient({ baseURL, dialect, signer, secrets: Object.values(secrets), deps });
  const { clock } = deps;
  if (readBack === undefined) return new KarmoProvider({ capabilities: blind, client, holders: new KarmoHolders({ client, clock }) });
  const { 'readBack.apiKeySecretRef': apiKeySecretRef = '' } = credentials;
  const reader = await readerDriver.connect({ ...readBack, allowInsecureHTTP }, { apiKeySecretRef }, deps);
  const holders = new KarmoHolders({ client, clock, ...(reader.holders === undefined ? {} : { reader: reader.holders }) });
  return new ReadBackProvider({ capabilities: readingWith(reader.capabilities), client, holders, reader });
}

/** The settings choose address, method, path, region and service of what is signed: any call of AWS without a body could be made so. */
const onlyForClusters =
  "spec.karmo.aws names no keys, and only a ClusterRoleProvider may use the operator's own AWS identity: set accessKeyIDSecretRef and secretAccessKeySecretRef, or use a ClusterRoleProvider";

function signerOf(aws: AwsSettings, credentials: Credentials, { clock, timeoutMs, ownIdentity = false }: ConnectDeps): AwsSigner {
  const { region, service = assumptions.service } = aws;
  return new AwsSigner({ region, service, source: sourceOf(aws, credentials, ownIdentity), clock, timeoutMs });
}

/** Half a pair of keys is refused, never completed by keys from elsewhere. */
function sourceOf(aws: AwsSettings, credentials: Credentials, ownIdentity: boolean): AwsCredentialSource {
  const isStatic = [aws.accessKeyIDSecretRef, aws.secretAccessKeySecretRef, aws.sessionTokenSecretRef].some((ref) => ref !== undefined);
  if (!isStatic && !ownIdentity) throw new ProviderError('invalid', onlyForClusters, { operation: 'connect' });
  if (!isStatic) return defaultCredentials(aws.region);
  return staticCredentials({
    accessKeyId: requireCredential(credentials, 'aws.accessKeyIDSecretRef'),
    secretAccessKey: requireCredential(credentials, 'aws.secretAccessKeySecretRef'),
    ...(aws.sessionTokenSecretRef === undefined ? {} : { sessionToken: requireCredential(credentials, 'aws.sessionTokenSecretRef') }),
  });
}
