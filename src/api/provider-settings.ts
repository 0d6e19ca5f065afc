import type { Duration } from './shared.ts';

/** What every provider block says about its address. */
export interface Endpoint<Ref> {
  /** Secret key with PEM certificates of the authority that signed the server's certificate, where it isn't a public one. */
  readonly caSecretRef?: Ref;
  /**
   * Allows a base URL with `http://`, which sends credentials unencrypted. Only for emulators and tests.
   * @default false
   */
  readonly allowInsecureHTTP?: boolean;
}

/**
 * Settings of the WorkOS provider.
 * @rule self.baseURL.startsWith('https://') || (has(self.allowInsecureHTTP) && self.allowInsecureHTTP) :: baseURL must begin with https://. For an emulator set allowInsecureHTTP: true.
 */
export interface WorkosSettings<Ref> extends Endpoint<Ref> {
  /**
   * Address of the API.
   * @default "https://api.workos.com"
   * @pattern ^https?://[^\s@?#]+$
   * @maxLength 2048
   */
  readonly baseURL?: string;
  /** Secret key with the environment's API key (`sk_…`). */
  readonly apiKeySecretRef: Ref;
  /**
   * Whether Multiple Roles is enabled in the environment, so that a membership can hold more than one role.
   * @default false
   */
  readonly multipleRoles?: boolean;
  /**
   * Slug of the role that a member keeps when the last managed role is revoked; WorkOS memberships always hold one.
   * @default "member"
   * @minLength 1
   * @maxLength 48
   */
  readonly fallbackRole?: string;
}

/**
 * Settings of the Karmo auth-api provider.
 * @rule self.baseURL.startsWith('https://') || (has(self.allowInsecureHTTP) && self.allowInsecureHTTP) :: baseURL must begin with https://. For an emulator set allowInsecureHTTP: true.
 * @rule !has(self.readBack) || self.readBack.baseURL.startsWith('https://') || (has(self.allowInsecureHTTP) && self.allowInsecureHTTP) :: readBack.baseURL must begin with https://. For an emulator set allowInsecureHTTP: true.
 */
export interface KarmoSettings<Ref> extends Endpoint<Ref> {
  /**
   * Address of the deployment's auth-api.
   * @pattern ^https?://[^\s@?#]+$
   * @maxLength 2048
   */
  readonly baseURL: string;
  /** How a service token is obtained. Where absent, calls carry none, as a local deployment allows. */
  readonly aws?: KarmoAws<Ref>;
  /**
   * Reads roles and permissions at WorkOS, into which Karmo writes and which it can't read. Where absent, Roles are asserted: sent
   * again on the interval, and never compared.
   */
  readonly readBack?: KarmoReadBack<Ref>;
  /** Methods and paths, where the deployment has others than the assumed ones. */
  readonly operations?: KarmoOperations;
  /** Names of JSON properties and query parameters, where the deployment has others than the assumed ones. */
  readonly properties?: KarmoProperties;
}

/**
 * AWS credentials that sign Karmo's token request. A ClusterRoleProvider may leave the keys out: then the operator's own identity is used, by
 * the default credential chain (environment, web identity or IRSA, container credentials or EKS Pod Identity, instance profile).
 * @rule has(self.accessKeyIDSecretRef) == has(self.secretAccessKeySecretRef) :: Set both accessKeyIDSecretRef and secretAccessKeySecretRef, or neither to use the default credential chain.
 * @rule !has(self.sessionTokenSecretRef) || has(self.accessKeyIDSecretRef) :: sessionTokenSecretRef goes with accessKeyIDSecretRef and secretAccessKeySecretRef. Set all three, or leave it out.
 */
export interface KarmoAws<Ref> {
  /**
   * Region that the signature is made for.
   * @minLength 1
   * @maxLength 64
   * @pattern ^[a-z0-9-]+$
   */
  readonly region: string;
  /**
   * Name of the AWS service that the signature is made for.
   * @default "execute-api"
   * @minLength 1
   * @maxLength 64
   * @pattern ^[a-z0-9-]+$
   */
  readonly service?: string;
  /** Secret key with the access key id. */
  readonly accessKeyIDSecretRef?: Ref;
  /** Secret key with the secret access key. */
  readonly secretAccessKeySecretRef?: Ref;
  /** Secret key with the session token that goes with temporary keys. */
  readonly sessionTokenSecretRef?: Ref;
}

/** The WorkOS environment that Karmo writes into, for reading only. */
export interface KarmoReadBack<Ref> {
  /** Secret key with the environment's API key (`sk_…`). */
  readonly apiKeySecretRef: Ref;
  /**
   * Address of the WorkOS API.
   * @default "https://api.workos.com"
   * @pattern ^https?://[^\s@?#]+$
   * @maxLength 2048
   */
  readonly baseURL?: string;
}

/** Methods and paths of Karmo's operations. What is left out is as in docs/providers/karmo.md. */
export interface KarmoOperations {
  /** Gets a service token. Default `POST /auth/token`. */
  readonly issueToken?: KarmoPlainOperation;
  /** Creates or renames a role. Default `PUT /organizations/{tenantId}/roles/{roleSlug}`. */
  readonly upsertRole?: KarmoRoleOperation;
  /** Replaces the permission set of a role. Default `PUT /organizations/{tenantId}/roles/{roleSlug}/permissions`. */
  readonly syncRolePermissions?: KarmoRoleOperation;
  /** Gives a user roles. Default `PUT /organizations/{tenantId}/users/{userId}`. */
  readonly linkUserToOrganization?: KarmoUserOperation;
  /** Reactivates a membership. Default `POST /organizations/{tenantId}/users/{userId}/reactivate`. */
  readonly reactivateOrganizationMembership?: KarmoUserOperation;
  /** Lists the users of an organization. Default `GET /organizations/{tenantId}/users`. */
  readonly listUsers?: KarmoTenantOperation;
  /** Creates a user. Default `POST /users`. */
  readonly createUser?: KarmoPlainOperation;
}

/** Method of an operation. */
export interface KarmoMethod {
  /** Where absent, the default of the operation. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
}

/** Method and path of an operation that names neither organization nor user. */
export interface KarmoPlainOperation extends KarmoMethod {
  /**
   * Path below `baseURL`.
   * @maxLength 512
   * @pattern ^(/[A-Za-z0-9._~-]+)+$
   */
  readonly path?: string;
}

/** Method and path template of an operation on an organization. */
export interface KarmoTenantOperation extends KarmoMethod {
  /**
   * Path below `baseURL` with the place `{tenantId}`.
   * @maxLength 512
   * @pattern ^(/([A-Za-z0-9._~-]+|\{tenantId\}))+$
   * @rule self.contains('{tenantId}') :: The path must have the place {tenantId}.
   */
  readonly path?: string;
}

/** Method and path template of an operation on a role. */
export interface KarmoRoleOperation extends KarmoMethod {
  /**
   * Path below `baseURL` with the places `{tenantId}` and `{roleSlug}`.
   * @maxLength 512
   * @pattern ^(/([A-Za-z0-9._~-]+|\{(tenantId|roleSlug)\}))+$
   * @rule self.contains('{tenantId}') && self.contains('{roleSlug}') :: The path must have the places {tenantId} and {roleSlug}.
   */
  readonly path?: string;
}

/** Method and path template of an operation on a member. */
export interface KarmoUserOperation extends KarmoMethod {
  /**
   * Path below `baseURL` with the places `{tenantId}` and `{userId}`.
   * @maxLength 512
   * @pattern ^(/([A-Za-z0-9._~-]+|\{(tenantId|userId)\}))+$
   * @rule self.contains('{tenantId}') && self.contains('{userId}') :: The path must have the places {tenantId} and {userId}.
   */
  readonly path?: string;
}

/**
 * A name of a JSON property or query parameter.
 * @minLength 1
 * @maxLength 64
 * @pattern ^[A-Za-z_][A-Za-z0-9_-]*$
 */
export type KarmoName = string;

/** Names of JSON properties and query parameters that Karmo's documentation doesn't show. */
export interface KarmoProperties {
  /**
   * Name of a role.
   * @default "name"
   */
  readonly roleName?: KarmoName;
  /**
   * Id of a role in the answer to upsertRole.
   * @default "id"
   */
  readonly roleID?: KarmoName;
  /**
   * Permissions of a role.
   * @default "permissions"
   */
  readonly permissions?: KarmoName;
  /**
   * Users in the answer to listUsers.
   * @default "users"
   */
  readonly users?: KarmoName;
  /**
   * Query parameter with the size of a page of listUsers.
   * @default "limit"
   */
  readonly pageSize?: KarmoName;
  /**
   * Id of a user.
   * @default "id"
   */
  readonly userID?: KarmoName;
  /**
   * Email address of a user.
   * @default "email"
   */
  readonly email?: KarmoName;
  /**
   * Mobile number of a user.
   * @default "mobileNumber"
   */
  readonly mobileNumber?: KarmoName;
  /**
   * Given name of a user.
   * @default "firstName"
   */
  readonly firstName?: KarmoName;
  /**
   * Family name of a user.
   * @default "lastName"
   */
  readonly lastName?: KarmoName;
  /**
   * Organization of a membership.
   * @default "tenantId"
   */
  readonly membershipTenant?: KarmoName;
  /**
   * User of a membership.
   * @default "userId"
   */
  readonly membershipUser?: KarmoName;
  /**
   * Roles of a membership.
   * @default "roles"
   */
  readonly membershipRoles?: KarmoName;
  /**
   * Status of a membership.
   * @default "status"
   */
  readonly membershipStatus?: KarmoName;
}

/**
 * Settings of the Klustr Directory API provider.
 * @rule self.baseURL.startsWith('https://') || (has(self.allowInsecureHTTP) && self.allowInsecureHTTP) :: baseURL must begin with https://. For an emulator set allowInsecureHTTP: true.
 * @rule self.tokenURL.startsWith('https://') || (has(self.allowInsecureHTTP) && self.allowInsecureHTTP) :: tokenURL must begin with https://. For an emulator set allowInsecureHTTP: true.
 */
export interface KlustrSettings<Ref> extends Endpoint<Ref> {
  /**
   * Address of the gateway.
   * @pattern ^https?://[^\s@?#]+$
   * @maxLength 2048
   */
  readonly baseURL: string;
  /**
   * Address of the OAuth2 token endpoint.
   * @pattern ^https?://[^\s@?#]+$
   * @maxLength 2048
   */
  readonly tokenURL: string;
  /** Secret key with the OAuth2 client id. */
  readonly clientIDSecretRef: Ref;
  /** Secret key with the OAuth2 client secret. */
  readonly clientSecretSecretRef: Ref;
}

/**
 * Settings of the jitsudo provider.
 * @rule self.baseURL.startsWith('https://') || (has(self.allowInsecureHTTP) && self.allowInsecureHTTP) :: baseURL must begin with https://. For an emulator set allowInsecureHTTP: true.
 * @rule has(self.apiKeySecretRef) != has(self.tokenSecretRef) :: Set exactly one of apiKeySecretRef and tokenSecretRef.
 */
export interface JitsudoSettings<Ref> extends Endpoint<Ref> {
  /**
   * Address of the deployment.
   * @pattern ^https?://[^\s@?#]+$
   * @maxLength 2048
   */
  readonly baseURL: string;
  /** Secret key with the API key sent as `X-API-Key`. */
  readonly apiKeySecretRef?: Ref;
  /** Secret key with the token sent as bearer. */
  readonly tokenSecretRef?: Ref;
}

/**
 * Settings of the Raystack Frontier provider.
 * @rule self.baseURL.startsWith('https://') || (has(self.allowInsecureHTTP) && self.allowInsecureHTTP) :: baseURL must begin with https://. For an emulator set allowInsecureHTTP: true.
 */
export interface FrontierSettings<Ref> extends Endpoint<Ref> {
  /**
   * Address of the server.
   * @pattern ^https?://[^\s@?#]+$
   * @maxLength 2048
   */
  readonly baseURL: string;
  /**
   * Transport: `REST` up to v0.90, `Connect` from v0.69, `Auto` finds out by asking.
   * @default "Auto"
   */
  readonly transport?: 'Auto' | 'REST' | 'Connect';
  /** Secret key with the service user's client id. */
  readonly clientIDSecretRef: Ref;
  /** Secret key with the service user's client secret. */
  readonly clientSecretSecretRef: Ref;
  /**
   * How long a token is kept that doesn't say how long it lives; the token's own `exp` wins. At least 1m.
   * @default "1h"
   * @rule duration(self) >= duration('1m') :: spec.frontier.tokenLifetime is below 1m. Use 1m or more, for example 1h.
   */
  readonly tokenLifetime?: Duration;
}
