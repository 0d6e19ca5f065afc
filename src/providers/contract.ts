import type { Clock, HttpClient, RateLimiter } from '../lib/index.ts';
import type {
  Applied,
  Capabilities,
  DesiredRole,
  HoldersSnapshot,
  HoldingApplied,
  HoldingChange,
  NamedSubject,
  OrganizationSnapshot,
  RolePlan,
  RoleRef,
  SubjectLookup,
} from '../model/index.ts';

/** One reason why a desired role can't be expressed at the provider. */
export interface SpecProblem {
  /** Path of the field in the Role, for example `spec.permissions[3]`. */
  readonly field: string;
  /** What is wrong and what would be right, in one line. */
  readonly message: string;
}

/** The outcome of normalising: the role in the provider's canonical spelling, or everything that is wrong with it. */
export type Normalized =
  | { readonly ok: true; readonly role: DesiredRole }
  | { readonly ok: false; readonly problems: readonly SpecProblem[] };

/**
 * A connection to one provider account. All calls obey the signal, are idempotent and reject with ProviderError and
 * nothing else (the signal's reason when it aborted). No call retries by itself: the queue decides when to try again.
 */
export interface RoleProvider extends AsyncDisposable {
  readonly capabilities: Capabilities;
  /** Undefined where `capabilities.permissionCatalogue` is false. */
  readonly catalogue?: PermissionCatalogue;

  /** Undefined where `capabilities.bindings` is false, also from the moment on at which a connection finds that out. */
  readonly holders?: RoleHolders | undefined;

  /** A cheap authenticated read that proves address and credentials. */
  probe(signal: AbortSignal): Promise<void>;

  /**
   * Brings a desired role into the spelling in which the provider reports roles, so that comparing never shows a phantom
   * difference. Pure. Must find every problem that the provider would refuse and that can be known without asking it.
   */
  normalize(desired: DesiredRole): Normalized;

  /**
   * All roles of an organization, read to the last page, or an error: never a part. Never writes. An unknown organization
   * is `notFound` with `missing: 'organization'`. `unsupported` where `capabilities.readable` is false; nobody asks then.
   */
  observe(organization: string, signal: AbortSignal): Promise<OrganizationSnapshot>;

  /**
   * Carries out a plan whose action is `create` or `update`: catalogue entries first, then the role, then its complete
   * permission set in one call where the provider can, else additions before removals. May be repeated after any
   * failure. A create of a slug that exists is `conflict`; a role that vanished is `notFound` with `missing: 'role'`.
   *
   * Where `capabilities.readable` is false every plan is an `update` without `externalID` that holds the complete permission set: it
   * makes the role where there is none (named `target.displayName`) and leaves the fields alone that `fields` doesn't have.
   */
  apply(plan: RolePlan, signal: AbortSignal): Promise<Applied>;

  /**
   * Deletes the role. An absent role is success; a role that is still held is `inUse`; a system role is `forbidden`.
   */
  remove(ref: RoleRef, externalID: string, signal: AbortSignal): Promise<void>;
}

/** Who holds the roles of a provider account. All calls obey the signal and reject with ProviderError and nothing else, as the provider's own. */
export interface RoleHolders {
  /**
   * The role that somebody keeps whose last managed role is revoked, canonical; undefined where a subject may hold none. It gives way to
   * any role that is granted, where a subject holds one role only.
   */
  readonly fallbackRole?: string;

  /** Why nobody's holding of this role can be known or changed, with what to do; undefined: it can be, as far as is known. Pure. */
  roleProblem?(slug: string): string | undefined;

  /** The spelling in which `observe` reports a role that somebody names so. Pure. */
  canonicalRole(slug: string): string;

  /**
   * Finds subjects, each by itself: the results are in the order of `subjects`. An e-mail is matched as the provider matches it. What was
   * found may be remembered for a minute; what wasn't is asked for again. Rejects only when nothing can be said of any of them.
   */
  lookup(organization: string, subjects: readonly NamedSubject[], signal: AbortSignal): Promise<readonly SubjectLookup[]>;

  /**
   * Everybody who holds one of `roles` (canonical slugs) in the organization, read to the last page, or an error: never a part. Subjects
   * with an obstacle are in it, whatever they hold. Never writes. `unsupported` where `capabilities.readBindings` is false; nobody asks
   * then.
   */
  observe(organization: string, roles: readonly string[], signal: AbortSignal): Promise<HoldersSnapshot>;

  /**
   * Grants `add`, then revokes `remove`, in one call where the provider replaces a subject's whole set, and keeps every other role that the
   * subject holds at that moment. May be repeated after any failure; what is so already is success. A subject that isn't there is
   * `notFound` with `missing: 'subject'`, a role `missing: 'role'`. Never makes an inactive subject active unless `reactivate` is set and
   * it is to hold a role. A subject with an obstacle is left as it is: `conflict` if anything would change. A second role where a
   * subject holds one only is `unsupported`, and nothing is written.
   */
  apply(change: HoldingChange, signal: AbortSignal): Promise<HoldingApplied>;
}

/** The permissions that a provider account knows. */
export interface PermissionCatalogue {
  /**
   * Those of `permissions` (canonical spelling) that the provider doesn't know, sorted. Reads the whole catalogue when
   * its copy is older than a minute or lacks one of them, so a permission that was just created is found.
   */
  unknown(permissions: readonly string[], signal: AbortSignal): Promise<readonly string[]>;
}

/** One provider call, as metrics and logs see it. Never holds a path, an id or a body. */
export interface ProviderCall {
  /** The operation's name in the provider's contract. */
  readonly operation: string;
  /** HTTP status, or `timeout`, `network`, `invalid_answer`, `aborted`. */
  readonly code: string;
  readonly durationMs: number;
  /** How long the call waited for the rate limiter before it was sent. */
  readonly waitedMs: number;
}

/** What a connection works with. */
export interface ConnectDeps {
  readonly clock: Clock;
  /** Closed by whoever connects, after the connection: others may share it. */
  readonly http: HttpClient;
  readonly limiter: RateLimiter;
  /** Per call, in milliseconds, from `spec.timeout`. */
  readonly timeoutMs: number;
  /** Told of every call, for metrics. */
  readonly onCall: (call: ProviderCall) => void;
  /**
   * Whether the identity that the operator itself has, as the IAM role of its Pod, may stand in for credentials that the settings don't name.
   * Default: no. It is the cluster's, and whoever writes the settings says where it is sent.
   */
  readonly ownIdentity?: boolean;
}

/** Contents of the referenced Secret keys, by the name of the field that refers to them, for example `apiKeySecretRef`. */
export type Credentials = Readonly<Record<string, string>>;

/** References to keys of Secrets by the name of the field that holds them; without a namespace the provider object's own counts. */
export type SecretRefs = Readonly<Record<string, { readonly name: string; readonly key: string; readonly namespace?: string }>>;

/** One kind of provider: what main registers in its list. `Settings` is the provider's block of the RoleProvider spec. */
export interface ProviderDriver<Settings = unknown> {
  /** The key of the block in the RoleProvider spec, for example `workos`. */
  readonly type: string;
  /** What any connection of this kind can do at most; shown in the docs. */
  readonly capabilities: Capabilities;
  /** What connections can do that lack a setting, by what they lack, for example `without readBack`; shown in the docs. */
  readonly lesser?: Readonly<Record<string, Capabilities>>;
  /**
   * Identity of the account's name space: equal for all settings whose organizations are the same organizations. Roles
   * that claim the same (account, organization, slug) conflict, whichever RoleProvider they go through.
   */
  account(settings: Settings): string;
  /** The Secret references of the settings that are set, by field name. */
  secretRefs(settings: Settings): SecretRefs;
  /**
   * A glob of slugs or permissions (`*` for any run of characters) in the spelling in which roles are reported, so that what the owner of a
   * provider object allows or denies in one spelling holds for all. It spells a slug or permission as `normalize` does, and each character
   * by itself: the admission policy is generated from that. Undefined: there is one spelling only. Pure.
   */
  canonicalGlob?(part: 'slug' | 'permission', glob: string): string;
  /** Key of the Role's provider-only block (`klustr`, `frontier`) that this provider accepts; undefined: none. */
  readonly roleBlock?: string;
  /** Opens a connection; calls nobody. */
  connect(settings: Settings, credentials: Credentials, deps: ConnectDeps): Promise<RoleProvider>;
}
