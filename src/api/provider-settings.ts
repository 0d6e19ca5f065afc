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
}

/**
 * AWS credentials that sign Karmo's token request; without keys the default credential chain is used.
 * @rule has(self.accessKeyIDSecretRef) == has(self.secretAccessKeySecretRef) :: Set both accessKeyIDSecretRef and secretAccessKeySecretRef, or neither to use the default credential chain.
 */
export interface KarmoAws<Ref> {
  /**
   * Region that the signature is made for.
   * @minLength 1
   * @maxLength 64
   */
  readonly region: string;
  /** Secret key with the access key id. */
  readonly accessKeyIDSecretRef?: Ref;
  /** Secret key with the secret access key. */
  readonly secretAccessKeySecretRef?: Ref;
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
  /** How long a token is kept where the server doesn't say; the token's own `exp` wins. */
  readonly tokenLifetime?: Duration;
}
