/** Any JSON value; what a provider-only field may hold. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** Which role at the provider: the pair that identifies it there. */
export interface RoleRef {
  /** The provider's organization or tenant id, as the provider spells it. */
  readonly organization: string;
  /** The role's identity in that organization, in the provider's canonical spelling. */
  readonly slug: string;
}

/** Says at the provider by which object a role is managed, where the provider has a place for it (`capabilities.ownershipMark`). */
export interface OwnershipMark {
  /** Id of the cluster. */
  readonly cluster: string;
  /** `namespace/name` of the object. */
  readonly object: string;
}

/** A role as a manifest asks for it, free of Kubernetes and of any provider's wire format. */
export interface DesiredRole {
  readonly ref: RoleRef;
  /** Name shown to people. Undefined: not managed, the provider's value is left alone (the slug names a new role). */
  readonly displayName?: string;
  /** Undefined: not managed. An empty string clears it. */
  readonly description?: string;
  /** The complete permission set. Sorted and unique once a provider has normalised it. */
  readonly permissions: readonly string[];
  /** What only one provider has (stage, scopes, metadata), by that provider's field name. Absent keys are not managed. */
  readonly extras: Readonly<Record<string, JsonValue>>;
  /** Undefined where the provider has no place for it. */
  readonly mark?: OwnershipMark;
}

/** The provider's or the computed estimate of what a role can reach. */
export interface BlastRadius {
  readonly level: 'low' | 'medium' | 'high' | 'admin';
  readonly summary: string;
  readonly warnings: readonly string[];
}

/** A role as the provider reports it, in canonical spelling: comparable field by field with a normalised DesiredRole. */
export interface ObservedRole {
  readonly ref: RoleRef;
  /** The provider's own id. Changes when the role is deleted and created again. */
  readonly externalID: string;
  readonly displayName: string;
  readonly description: string;
  /** Sorted, unique. */
  readonly permissions: readonly string[];
  readonly extras: Readonly<Record<string, JsonValue>>;
  /** True for what must never be written: system, environment and platform roles. */
  readonly system: boolean;
  /** Undefined: there is none, or none that can be read. */
  readonly mark?: OwnershipMark;
  /** Only where the provider computes one. */
  readonly blastRadius?: BlastRadius;
}

/**
 * All roles of one organization from one complete read. A provider that can't read every page throws instead: absence
 * from a snapshot means absence at the provider.
 */
export interface OrganizationSnapshot {
  readonly organization: string;
  /** By canonical slug. */
  readonly roles: ReadonlyMap<string, ObservedRole>;
}

/**
 * What is known of one role. `unreadable` is said by providers that can't read roles back: such a role is asserted,
 * never observed.
 */
export type Observation =
  | { readonly state: 'absent' }
  | { readonly state: 'present'; readonly role: ObservedRole }
  | { readonly state: 'unreadable' };
