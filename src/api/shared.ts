/**
 * A span of time as Kubernetes writes it, for example `30s`, `10m` or `1h30m`.
 * @pattern ^([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$
 * @minLength 2
 * @maxLength 16
 */
export type Duration = string;

/** Names the provider of a Role or RoleBinding. */
export interface ProviderRef {
  /**
   * Kind of the provider object.
   * @default "RoleProvider"
   */
  readonly kind?: 'RoleProvider' | 'ClusterRoleProvider';
  /**
   * Name of the provider object; a RoleProvider is looked up in the namespace of the object that refers to it.
   * @default "default"
   * @minLength 1
   * @maxLength 253
   * @pattern ^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$
   */
  readonly name?: string;
}

/** Something that was removed at the provider. */
export interface RemovalRecord {
  /**
   * When.
   * @format date-time
   */
  readonly time: string;
  /**
   * How many permissions of a role, or holders.
   * @type int32
   */
  readonly count: number;
}

/** A key of a Secret in the same namespace. */
export interface SecretKeyRef {
  /**
   * Name of the Secret.
   * @minLength 1
   * @maxLength 253
   * @pattern ^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$
   */
  readonly name: string;
  /**
   * Key in the Secret's data.
   * @minLength 1
   * @maxLength 253
   * @pattern ^[-._a-zA-Z0-9]+$
   */
  readonly key: string;
}

/** A key of a Secret in a named namespace. */
export interface NamespacedSecretKeyRef extends SecretKeyRef {
  /**
   * Namespace of the Secret.
   * @minLength 1
   * @maxLength 63
   * @pattern ^[a-z0-9]([-a-z0-9]*[a-z0-9])?$
   */
  readonly namespace: string;
}
