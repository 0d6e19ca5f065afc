import type { Reason } from '../../../src/api/index.ts';

/**
 * Who mends what a reason stands for: a `person`; rolekeeper or time by `itself`; `either`, which the message says; nobody, where all is
 * `well`.
 */
export type MendedBy = 'person' | 'itself' | 'either' | 'well';

/** What to do about a reason, beside what the message of the condition says. Markdown. */
export interface Remedy {
  readonly mendedBy: MendedBy;
  readonly todo: string;
}

/** One for each reason: a reason without one doesn't compile. */
export const remedies: Readonly<Record<Reason, Remedy>> = {
  // What a person decides about a manifest.
  AdoptionRefused: {
    mendedBy: 'person',
    todo: "Somebody else made the role. Compare: set `managementMode: Observe` and read `status.plan`. Then make the manifest equal to the role, or set `adoptionPolicy: Always` to have it changed; removals at a takeover still wait for approval. At a provider that can't be read only `Always` works. See [Adopt what exists](../migration/adopt.md).",
  },
  InvalidSpec: {
    mendedBy: 'person',
    todo: "Nothing was sent. The message names each field and what the provider wants; the limits stand on the page of the provider. Fields that can't change (`organization`, `slug`, `roleRef`) need a new object. If it speaks of grants that were made elsewhere, the Role of a RoleBinding has moved: point it back, or delete the binding, which revokes them, and create it again.",
  },
  PermissionNotFound: {
    mendedBy: 'person',
    todo: 'Nothing was written. Correct the spelling, create the permissions at the provider, or set `unknownPermissions: Create` where [the provider can](../reference/capabilities.md). It is looked at again on the interval; at once after an edit.',
  },
  OrganizationNotFound: {
    mendedBy: 'person',
    todo: 'Check `spec.organization`, and that the credentials belong to the environment that has it: an id of staging with a key of production looks like this. If the organization was deleted, delete the objects; with `deletionPolicy: Retain` nothing is asked of the provider.',
  },
  SystemRole: {
    mendedBy: 'person',
    todo: 'Use another slug. A system role can be given to people: name it in `roleRef.external` of a RoleBinding.',
  },
  RoleNotFound: { mendedBy: 'person', todo: 'Create the role at the provider, or set `managementMode: Enforce` to have it created.' },
  Unsupported: {
    mendedBy: 'person',
    todo: 'Look at `status.capabilities` of the provider object and at [what each provider can do](../reference/capabilities.md), and change the spec. A server of an older version may lack a call: the message names it.',
  },
  ProviderRefused: {
    mendedBy: 'person',
    todo: 'The provider said no, and would again: the message has its words. Mostly a limit of length or spelling that only it knows. Correct the spec.',
  },
  ManagementConflict: {
    mendedBy: 'either',
    todo: "Three cases, told apart by the message. **An older object** declares the same role: delete one of the two; the other goes on by itself. **Another cluster** has marked the role: see the message for the three ways out. **Something keeps changing it back**: it is corrected more and more seldom; find the other side in the provider's audit log, see [guardrails](../guardrails.md#when-somebody-keeps-changing-it-back).",
  },
  PlanPending: {
    mendedBy: 'either',
    todo: 'Read `status.plan`. If that is meant, run the command at the end of the message: it approves this very plan, once. If not, correct the manifest, or what was changed at the provider. A plan that exceeds only the budget of the organization or provider goes through by itself when earlier removals have left the window. See [guardrails](../guardrails.md#removals-that-wait-removalbudget).',
  },
  CeilingExceeded: {
    mendedBy: 'person',
    todo: "The message names what exceeds which limit. Ask for less, or ask the owner of the provider object to widen `spec.grants`. Globs are compared with the provider's own spelling. See [guardrails](../guardrails.md#what-a-namespace-may-manage-grants).",
  },
  Protected: {
    mendedBy: 'person',
    todo: 'Use another slug, or ask the owner of the provider object to take this one off `spec.guardrails.protectedSlugs`.',
  },
  NamespaceNotAllowed: {
    mendedBy: 'person',
    todo: 'Ask the owner of the ClusterRoleProvider to add the namespace to `spec.allowedNamespaces` by name or label, or use a RoleProvider of the namespace.',
  },
  ProviderTypeUnavailable: { mendedBy: 'person', todo: 'The CRDs are newer than the operator: update it. See [upgrade](upgrade.md).' },
  SubjectsFailed: {
    mendedBy: 'person',
    todo: "`kubectl get orgrolebinding NAME -o jsonpath='{.status.failures}'` lists each with a reason of its own; [what they mean](../bindings.md#when-a-subject-is-left-alone). The others were handled. Looked at again on the interval.",
  },

  // Credentials and Secrets.
  CredentialsInvalid: {
    mendedBy: 'person',
    todo: 'Put a valid credential into the Secret; it is picked up within half a minute, without a restart. All objects of the provider wait until then, and what was known of them stays. If the key is right, it may belong to another environment or tenant. An AWS signature also fails when the clock is more than five minutes off.',
  },
  Forbidden: {
    mendedBy: 'person',
    todo: 'The page of the provider lists the least rights for what is declared. Give the right, then annotate the object with `rolekeeper.dev/reconcile-requested-at`; else it is tried on the interval.',
  },
  SecretNotFound: {
    mendedBy: 'person',
    todo: 'Create the Secret, in the namespace of the RoleProvider, or in the one that the ClusterRoleProvider names. If another operator makes it (External Secrets, Sealed Secrets), look there.',
  },
  SecretKeyNotFound: {
    mendedBy: 'person',
    todo: "The Secret is there and lacks the key, or the key is empty. Compare `kubectl get secret NAME -o jsonpath='{.data}'` with the `key` of the reference; case counts.",
  },
  SecretForbidden: {
    mendedBy: 'person',
    todo: "The operator's ServiceAccount may `get` Secrets everywhere by default. Where that was narrowed, allow it in this namespace: a Role with `get` on this Secret and a RoleBinding.",
  },

  // The provider object.
  ProviderNotFound: {
    mendedBy: 'person',
    todo: 'Create the provider object or correct `spec.providerRef`. Without `kind` it is a RoleProvider of the same namespace, without `name` the one named `default`. It goes on by itself.',
  },
  ProviderNotReady: {
    mendedBy: 'either',
    todo: 'Look at the conditions of the provider object, whose reason the message quotes. Once it is ready everything that uses it goes on.',
  },
  Unreachable: {
    mendedBy: 'either',
    todo: "From a Pod of the operator's namespace: does the name resolve, does a NetworkPolicy or proxy stand in between, is the certificate of an authority that the operator trusts (`caSecretRef`)? It is tried again every ten seconds.",
  },
  InUse: {
    mendedBy: 'person',
    todo: 'Delete what the message names, or point it to another provider object. With `deletionPolicy: Retain` that asks nothing of the provider. In a namespace that is deleted as a whole nothing waits.',
  },

  // Passing.
  RateLimited: {
    mendedBy: 'itself',
    todo: 'All calls to the provider pause as long as it asked. If it comes again and again, lower `spec.rateLimit`, lengthen `spec.interval`, or see who else uses the key. `rolekeeper_provider_pauses_total` counts it.',
  },
  ProviderUnavailable: {
    mendedBy: 'itself',
    todo: "Tried again, with growing pauses up to five minutes. `Ready` stays what it was. If it lasts, see the provider's status page, and `rolekeeper_provider_requests_total` by `code`. An answer that isn't in the contract, such as the page of a proxy, looks like this too.",
  },
  ProviderConflict: {
    mendedBy: 'itself',
    todo: 'Somebody wrote at the same time; it is read again. If it stays, the message names what is ambiguous, for example two roles with one id at Klustr: remove one.',
  },
  WriteUnconfirmed: {
    mendedBy: 'itself',
    todo: 'Nobody knows whether the write arrived. It is sent again even if the list looks right, then read back.',
  },
  VerificationFailed: {
    mendedBy: 'itself',
    todo: "Written again. If it stays, somebody changes the role at the same moment, or the provider keeps something else than it was sent: compare `status.plan` with the provider's own view, and report it.",
  },
  RoleInUse: {
    mendedBy: 'either',
    todo: 'The object waits until nobody holds the role. Delete its RoleBindings and take it from the others; or set `deletionPolicy: Retain`, or annotate the object with `rolekeeper.dev/force-delete=true`: both leave the role and those who hold it.',
  },
  RoleNotReady: {
    mendedBy: 'either',
    todo: "A binding grants nothing while its Role isn't as declared; what it has to revoke it revokes. Look at the Role, whose reason the message quotes. It goes on by itself.",
  },
  Pending: {
    mendedBy: 'itself',
    todo: 'If it lasts more than a minute, no operator works on the object: is one running, does one lead (`rolekeeper_leader`), is the namespace among `--watch-namespaces`? See [nothing happens](#nothing-happens).',
  },
  Progressing: { mendedBy: 'itself', todo: 'Nothing to do.' },
  Deleting: {
    mendedBy: 'itself',
    todo: 'Gone as soon as the provider shows it. To let the object go and leave what is at the provider, annotate it with `rolekeeper.dev/force-delete=true`.',
  },

  // Somebody wants it so.
  DriftFound: {
    mendedBy: 'either',
    todo: 'As reason of `Ready`: mode `Observe` found a difference, which `status.plan` shows; set `managementMode: Enforce` to have it corrected. As reason of `Drifted`: it is being corrected, or waits for the reason that `Ready` gives.',
  },
  Paused: {
    mendedBy: 'person',
    todo: 'The message says who paused it and the command that ends that. See [the stop switch](../guardrails.md#the-stop-switch).',
  },
  Suspended: { mendedBy: 'person', todo: 'Set `spec.suspend: false` in Git. `Ready` still says what was last known.' },

  // Well.
  Available: { mendedBy: 'well', todo: 'Nothing to do.' },
  Asserted: {
    mendedBy: 'well',
    todo: "Nothing to do. What is changed by hand at such a provider isn't seen; it is overwritten on the interval.",
  },
  Idle: { mendedBy: 'well', todo: 'Nothing to do.' },
  Synced: { mendedBy: 'well', todo: 'Nothing to do.' },
  NoDrift: { mendedBy: 'well', todo: 'Nothing to do.' },
};
