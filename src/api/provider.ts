import type { Condition, ObjectMeta } from './meta.ts';
import type { FrontierSettings, JitsudoSettings, KarmoSettings, KlustrSettings, WorkosSettings } from './provider-settings.ts';
import type { Duration, NamespacedSecretKeyRef, SecretKeyRef } from './shared.ts';

/**
 * A RoleProvider says how to reach one identity or access provider for the Roles and RoleBindings of its own namespace.
 *
 * @resource plural=roleproviders singular=roleprovider shortNames=rprov scope=Namespaced
 * @printColumn Ready :: string :: .status.conditions[?(@.type=="Ready")].status :: Whether the provider answers with these credentials.
 * @printColumn Reason :: string :: .status.conditions[?(@.type=="Ready")].reason :: Why it is or isn't ready.
 * @printColumn Type :: string :: .status.type :: Kind of provider.
 * @printColumn Roles :: integer :: .status.roles :: Number of Roles that use it.
 * @printColumn Bindings :: integer :: .status.bindings :: Number of RoleBindings that use it. :: priority=1
 * @printColumn Age :: date :: .metadata.creationTimestamp :: Time since the object was created.
 */
export interface RoleProvider {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec: RoleProviderSpec;
  readonly status?: RoleProviderStatus;
}

/**
 * A ClusterRoleProvider says how to reach one identity or access provider for the Roles and RoleBindings of the namespaces
 * that it allows; of none unless it says so.
 *
 * @resource plural=clusterroleproviders singular=clusterroleprovider shortNames=crprov scope=Cluster
 * @printColumn Ready :: string :: .status.conditions[?(@.type=="Ready")].status :: Whether the provider answers with these credentials.
 * @printColumn Reason :: string :: .status.conditions[?(@.type=="Ready")].reason :: Why it is or isn't ready.
 * @printColumn Type :: string :: .status.type :: Kind of provider.
 * @printColumn Roles :: integer :: .status.roles :: Number of Roles that use it.
 * @printColumn Bindings :: integer :: .status.bindings :: Number of RoleBindings that use it. :: priority=1
 * @printColumn Age :: date :: .metadata.creationTimestamp :: Time since the object was created.
 */
export interface ClusterRoleProvider {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec: ClusterRoleProviderSpec;
  readonly status?: RoleProviderStatus;
}

/** What both kinds of provider object share. `Ref` is how a Secret is named. */
export interface ProviderSpecBase<Ref> {
  /** WorkOS Authorization and User Management. */
  readonly workos?: WorkosSettings<Ref>;
  /** Karmo auth-api, a facade over WorkOS. */
  readonly karmo?: KarmoSettings<Ref>;
  /** Klustr Directory API. */
  readonly klustr?: KlustrSettings<Ref>;
  /** jitsudo. */
  readonly jitsudo?: JitsudoSettings<Ref>;
  /** Raystack Frontier. */
  readonly frontier?: FrontierSettings<Ref>;
  /**
   * How often to look for drift. Looks are spread over the interval, one per organization. At least 10s.
   * @default "10m"
   * @rule duration(self) >= duration('10s') :: spec.interval is below 10s. Use 10s or more, for example 10m.
   */
  readonly interval?: Duration;
  /**
   * Time limit of one call to the provider, at least 1s.
   * @default "30s"
   * @rule duration(self) >= duration('1s') :: spec.timeout is below 1s. Use 1s or more, for example 30s.
   */
  readonly timeout?: Duration;
  /**
   * Limit of calls to the provider, shared by all organizations.
   * @default {}
   */
  readonly rateLimit?: RateLimit;
  /**
   * Pauses everything through this provider: nothing is read or written at it until this is false again.
   * @default false
   */
  readonly pause?: boolean;
  /** What no Role may do through this provider. */
  readonly guardrails?: Guardrails;
  /**
   * Which namespaces may manage which organizations, slugs and permissions. Where absent, nothing is restricted beyond who may
   * use the provider.
   * @maxItems 64
   * @listType atomic
   */
  readonly grants?: readonly Grant[];
}

/**
 * How to reach the provider and what may be done through it.
 *
 * @rule [has(self.workos), has(self.karmo), has(self.klustr), has(self.jitsudo), has(self.frontier)].filter(x, x).size() == 1 :: Set exactly one of spec.workos, spec.karmo, spec.klustr, spec.jitsudo and spec.frontier.
 */
export interface RoleProviderSpec extends ProviderSpecBase<SecretKeyRef> {}

/**
 * How to reach the provider, who may use it and what may be done through it.
 *
 * @rule [has(self.workos), has(self.karmo), has(self.klustr), has(self.jitsudo), has(self.frontier)].filter(x, x).size() == 1 :: Set exactly one of spec.workos, spec.karmo, spec.klustr, spec.jitsudo and spec.frontier.
 */
export interface ClusterRoleProviderSpec extends ProviderSpecBase<NamespacedSecretKeyRef> {
  /** Namespaces whose Roles and RoleBindings may use this provider. Where absent, none may. */
  readonly allowedNamespaces?: AllowedNamespaces;
}

/** Namespaces by name or by label; one that matches either is allowed. */
export interface AllowedNamespaces {
  /**
   * Namespaces by name. `*` alone allows every namespace.
   * @listType atomic
   * @maxItems 1000
   * @uniqueItems spec.allowedNamespaces.names lists an entry twice. Remove the duplicate.
   * @items minLength=1 maxLength=63
   */
  readonly names?: readonly string[];
  /** Namespaces by their labels. An empty selector matches none. */
  readonly selector?: LabelSelector;
}

/** A label selector in the form of `metav1.LabelSelector`. */
export interface LabelSelector {
  /**
   * Labels that must have these values.
   * @maxProperties 64
   */
  readonly matchLabels?: Readonly<Record<string, string>>;
  /**
   * Requirements that must all hold.
   * @listType atomic
   * @maxItems 64
   */
  readonly matchExpressions?: readonly LabelRequirement[];
}

/**
 * One requirement on a label.
 * @rule self.operator in ['In', 'NotIn'] ? (has(self.values) && size(self.values) > 0) : (!has(self.values) || size(self.values) == 0) :: values must be given for In and NotIn, and must be absent for Exists and DoesNotExist.
 */
export interface LabelRequirement {
  /**
   * The label's key.
   * @minLength 1
   * @maxLength 316
   */
  readonly key: string;
  /** How the label's value relates to `values`. */
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  /**
   * Values to compare with.
   * @listType atomic
   * @maxItems 256
   * @items maxLength=63
   */
  readonly values?: readonly string[];
}

/** A token bucket. */
export interface RateLimit {
  /**
   * Calls per second in the long run.
   * @type int32
   * @minimum 1
   * @maximum 10000
   * @default 50
   */
  readonly requestsPerSecond?: number;
  /**
   * Calls that may be made at once after a quiet time.
   * @type int32
   * @minimum 1
   * @maximum 10000
   * @default 100
   */
  readonly burst?: number;
}

/** Limits that protect what exists at the provider. */
export interface Guardrails {
  /** Removals of permissions from Roles, and of holders by RoleBindings, over this share of what exists wait for approval. */
  readonly removalBudget?: RemovalBudget;
  /**
   * Slugs (globs) that no Role may manage and no RoleBinding may grant by `roleRef.external`.
   * @listType set
   * @maxItems 256
   * @items minLength=1 maxLength=255
   */
  readonly protectedSlugs?: readonly string[];
  /**
   * Least number of holders that a role keeps.
   * @type int32
   * @minimum 0
   */
  readonly minHolders?: number;
}

/** How much may be removed without approval. */
export interface RemovalBudget {
  /**
   * Percentage of what exists.
   * @type int32
   * @minimum 0
   * @maximum 100
   * @default 30
   */
  readonly percent?: number;
  /**
   * Number of removals that is always allowed.
   * @type int32
   * @minimum 0
   * @default 10
   */
  readonly floor?: number;
  /**
   * Time over which removals are added up for an organization and for the provider. At least 1m.
   * @default "1h"
   * @rule duration(self) >= duration('1m') :: spec.guardrails.removalBudget.window is below 1m. Use 1m or more, for example 1h.
   */
  readonly window?: Duration;
}

/** One ceiling: what some namespaces may manage. `deny` lists win over `allow` lists. */
export interface Grant {
  /**
   * Namespaces (globs) that the grant is for.
   * @listType set
   * @minItems 1
   * @maxItems 256
   * @items minLength=1 maxLength=63
   */
  readonly namespaces: readonly string[];
  /** Organizations, as globs. Where absent, all. */
  readonly organizations?: GlobList;
  /** Slugs, as globs. Where absent, all. */
  readonly slugs?: GlobList;
  /** Permissions, as globs. Where absent, all. */
  readonly permissions?: GlobList;
  /** Highest blast radius a role may have. Where absent, any. */
  readonly maxBlastRadius?: 'low' | 'medium' | 'high' | 'admin';
}

/** Globs (`*` for any run of characters) that allow and deny; deny wins. */
export interface GlobList {
  /**
   * What is allowed. Where absent, everything.
   * @listType set
   * @maxItems 256
   * @items minLength=1 maxLength=255
   */
  readonly allow?: readonly string[];
  /**
   * What is denied, whatever `allow` says.
   * @listType set
   * @maxItems 256
   * @items minLength=1 maxLength=255
   */
  readonly deny?: readonly string[];
}

/**
 * What rolekeeper knows of the provider. Written by the operator only.
 * @default {"observedGeneration":-1,"conditions":[{"type":"Ready","status":"Unknown","reason":"Pending","message":"Waiting for the operator.","lastTransitionTime":"1970-01-01T00:00:00Z"}]}
 */
export interface RoleProviderStatus {
  /**
   * `metadata.generation` that the rest of the status speaks of; -1 before the operator has seen the object.
   * @type int64
   */
  readonly observedGeneration?: number;
  /**
   * `Ready`, `Reconciling` and `Stalled`; `InUse` while deletion waits.
   * @listType map
   * @listMapKey type
   * @maxItems 16
   */
  readonly conditions?: readonly Condition[];
  /** Kind of provider: the key of the block that is set. */
  readonly type?: string;
  /**
   * What the provider can do, as a sorted list of names.
   * @listType set
   */
  readonly capabilities?: readonly string[];
  /**
   * Number of Roles that use it.
   * @type int32
   */
  readonly roles?: number;
  /**
   * Number of RoleBindings that use it.
   * @type int32
   */
  readonly bindings?: number;
  /** The value of the `rolekeeper.dev/reconcile-requested-at` annotation that was last acted on. */
  readonly lastHandledReconcileAt?: string;
}
