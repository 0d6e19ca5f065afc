/**
 * Reasons of conditions. Each is a promise to programs: never renamed within a version. The reference page of reasons is
 * generated from this list.
 */
export const reasons = {
  /** The provider holds what is declared; it was read back. */
  Available: 'Available',
  /** What is declared was sent; this provider can't be read back. */
  Asserted: 'Asserted',
  /** The operator hasn't come to the object yet. */
  Pending: 'Pending',
  /** Work is under way. */
  Progressing: 'Progressing',
  /** Nothing is under way and nothing is wrong. */
  Idle: 'Idle',
  /** The last exchange with the provider succeeded. */
  Synced: 'Synced',
  /** The provider holds what is declared. */
  NoDrift: 'NoDrift',
  /** The provider differs from what is declared and the difference was not corrected. */
  DriftFound: 'DriftFound',
  /** Work is paused for the cluster, the namespace or the provider; the message says by whom. */
  Paused: 'Paused',
  /** `spec.suspend` is true; nothing is done. */
  Suspended: 'Suspended',
  /** The object is being deleted. */
  Deleting: 'Deleting',
  /** The spec can't work at this provider; the message names the fields. */
  InvalidSpec: 'InvalidSpec',
  /** The provider object that `spec.providerRef` names doesn't exist. */
  ProviderNotFound: 'ProviderNotFound',
  /** The provider object exists and isn't ready; see its conditions. */
  ProviderNotReady: 'ProviderNotReady',
  /** The ClusterRoleProvider doesn't allow this namespace. */
  NamespaceNotAllowed: 'NamespaceNotAllowed',
  /** Another object claims the same role at the provider, or something keeps changing it. */
  ManagementConflict: 'ManagementConflict',
  /** The provider doesn't know the organization. */
  OrganizationNotFound: 'OrganizationNotFound',
  /** The provider doesn't know some permissions; the message names every one. */
  PermissionNotFound: 'PermissionNotFound',
  /** The slug belongs to a system, environment or platform role, which is never changed. */
  SystemRole: 'SystemRole',
  /** The role exists, isn't ours and `adoptionPolicy` doesn't let us take it over. */
  AdoptionRefused: 'AdoptionRefused',
  /** The role doesn't exist and mode `Observe` may not create it. */
  RoleNotFound: 'RoleNotFound',
  /** Removals wait for approval; the message has the arithmetic and the command that approves them. */
  PlanPending: 'PlanPending',
  /** The namespace may not manage this much at the provider (`spec.grants` of the provider object). */
  CeilingExceeded: 'CeilingExceeded',
  /** The slug is protected by `spec.guardrails` of the provider object. */
  Protected: 'Protected',
  /** The role is still held by people and can't be deleted. */
  RoleInUse: 'RoleInUse',
  /** The provider refuses the credentials. */
  CredentialsInvalid: 'CredentialsInvalid',
  /** The credentials lack the right. */
  Forbidden: 'Forbidden',
  /** The provider refused the request as invalid. */
  ProviderRefused: 'ProviderRefused',
  /** The provider asks to slow down. */
  RateLimited: 'RateLimited',
  /** The provider failed, timed out or answered something that isn't in its contract. */
  ProviderUnavailable: 'ProviderUnavailable',
  /** The provider can't do what is asked. */
  Unsupported: 'Unsupported',
  /** The object at the provider changed or appeared between reading and writing; it is read again. */
  ProviderConflict: 'ProviderConflict',
  /** A write was cut off and may or may not have been carried out; it is repeated. */
  WriteUnconfirmed: 'WriteUnconfirmed',
  /** The write succeeded and reading back shows something else. */
  VerificationFailed: 'VerificationFailed',
  /** A Secret that the provider refers to doesn't exist. */
  SecretNotFound: 'SecretNotFound',
  /** A Secret lacks the key that the provider refers to. */
  SecretKeyNotFound: 'SecretKeyNotFound',
  /** The operator may not read the Secret. */
  SecretForbidden: 'SecretForbidden',
  /** The Role that a RoleBinding refers to doesn't exist or isn't ready. */
  RoleNotReady: 'RoleNotReady',
  /** Some subjects of a RoleBinding couldn't be handled; `status.failures` names them. */
  SubjectsFailed: 'SubjectsFailed',
  /** The provider can't be reached. */
  Unreachable: 'Unreachable',
  /** This build has no driver for the provider block that is set. */
  ProviderTypeUnavailable: 'ProviderTypeUnavailable',
  /** Deletion waits until nothing uses the provider any more. */
  InUse: 'InUse',
} as const;

/** A reason of a condition. */
export type Reason = (typeof reasons)[keyof typeof reasons];

/** Reasons of Events. Each Event says what happened, once, in the past tense. */
export const eventReasons = {
  /** A role was created at the provider. */
  CreatedExternalRole: 'CreatedExternalRole',
  /** A role that existed was taken under management. */
  AdoptedExternalRole: 'AdoptedExternalRole',
  /** A role was changed at the provider because the manifest changed. */
  UpdatedExternalRole: 'UpdatedExternalRole',
  /** What is declared was sent to a provider that can't be read back. */
  AssertedExternalRole: 'AssertedExternalRole',
  /** Removals wait for approval. */
  PlanPending: 'PlanPending',
  /** A role was deleted at the provider. */
  DeletedExternalRole: 'DeletedExternalRole',
  /** The object is gone and its role stays at the provider. */
  RetainedExternalRole: 'RetainedExternalRole',
  /** The role was found changed behind the operator's back. */
  DriftDetected: 'DriftDetected',
  /** Drift was undone. */
  DriftCorrected: 'DriftCorrected',
  /** A role was given to subjects of a RoleBinding. */
  GrantedExternalRole: 'GrantedExternalRole',
  /** A role was taken from subjects. */
  RevokedExternalRole: 'RevokedExternalRole',
  /** Grants are gone from the object and stay at the provider. */
  RetainedExternalGrants: 'RetainedExternalGrants',
  /** Grants of a RoleBinding end within a day. */
  BindingExpiring: 'BindingExpiring',
  /** Grants of a RoleBinding have ended. */
  BindingExpired: 'BindingExpired',
  /** Subjects of a RoleBinding couldn't be handled. */
  CannotGrantExternalRole: 'CannotGrantExternalRole',
  /** The role couldn't be read. */
  CannotObserveExternalRole: 'CannotObserveExternalRole',
  /** The role couldn't be written. */
  CannotApplyExternalRole: 'CannotApplyExternalRole',
  /** The role couldn't be deleted. */
  CannotDeleteExternalRole: 'CannotDeleteExternalRole',
  /** Another object claims the same role. */
  ManagementConflict: 'ManagementConflict',
  /** The spec can't work at this provider. */
  InvalidSpec: 'InvalidSpec',
  /** A provider became ready. */
  ProviderReady: 'ProviderReady',
  /** A provider stopped being ready. */
  ProviderNotReady: 'ProviderNotReady',
  /** Deletion of a provider waits for those who use it. */
  DeletionBlocked: 'DeletionBlocked',
  /** Events of a burst that were not written one by one; the message has their number. */
  EventsSummarized: 'EventsSummarized',
} as const;

/** A reason of an Event. */
export type EventReason = (typeof eventReasons)[keyof typeof eventReasons];
