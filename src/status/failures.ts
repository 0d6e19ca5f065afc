import { type EventReason, eventReasons, type Reason, reasons } from '../api/index.ts';
import type { ProviderError, ProviderErrorKind } from '../model/index.ts';

/** What a failed provider call means for the object it was made for. */
export interface FailureRule {
  readonly reason: Reason;
  /** True: the same call fails again until a person acts (`Stalled`); looked at again on the interval only. */
  readonly terminal: boolean;
  /** True: the provider as a whole is affected, so its own object is looked at again at once. */
  readonly suspectsProvider: boolean;
  /** Added to the message: what to do next. */
  readonly advice: string;
}

/** The one table from kinds of provider errors to what people see and what happens next. */
const failureRules: Readonly<Record<ProviderErrorKind, FailureRule>> = {
  invalid: {
    reason: reasons.ProviderRefused,
    terminal: true,
    suspectsProvider: false,
    advice: 'Correct the spec as the message says.',
  },
  unauthorized: {
    reason: reasons.CredentialsInvalid,
    terminal: false,
    suspectsProvider: true,
    advice: 'Check the Secret that the provider refers to; a corrected key is picked up by itself.',
  },
  forbidden: {
    reason: reasons.Forbidden,
    terminal: true,
    suspectsProvider: false,
    advice: 'Give the credentials the right at the provider.',
  },
  notFound: { reason: reasons.ProviderConflict, terminal: false, suspectsProvider: false, advice: 'It is read again.' },
  conflict: { reason: reasons.ProviderConflict, terminal: false, suspectsProvider: false, advice: 'It is read again.' },
  inUse: {
    reason: reasons.RoleInUse,
    terminal: false,
    suspectsProvider: false,
    advice:
      'Take the role from those who hold it, set spec.deletionPolicy: Retain, or annotate the object with rolekeeper.dev/force-delete=true to leave the role at the provider.',
  },
  rateLimited: { reason: reasons.RateLimited, terminal: false, suspectsProvider: false, advice: 'It is tried again after the pause.' },
  transient: { reason: reasons.ProviderUnavailable, terminal: false, suspectsProvider: true, advice: 'It is tried again.' },
  unsupported: {
    reason: reasons.Unsupported,
    terminal: true,
    suspectsProvider: false,
    advice: 'Change the spec to what the provider can do.',
  },
};

const organizationMissing: FailureRule = {
  reason: reasons.OrganizationNotFound,
  terminal: true,
  suspectsProvider: false,
  advice: 'Check spec.organization and that the credentials belong to the environment that has it.',
};

const permissionMissing: FailureRule = {
  reason: reasons.PermissionNotFound,
  terminal: true,
  suspectsProvider: false,
  advice: 'Correct spec.permissions or create the permission at the provider.',
};

/** A write that may or may not have been carried out. It is repeated even if reading back looks right. */
const unconfirmed: FailureRule = {
  reason: reasons.WriteUnconfirmed,
  terminal: false,
  suspectsProvider: true,
  advice: 'The write is repeated.',
};

/** What a failed provider call means. */
export function failureRule(error: ProviderError): FailureRule {
  if (error.details.missing === 'organization') return organizationMissing;
  if (error.details.missing === 'permission') return permissionMissing;
  if (error.details.ambiguous === true) return unconfirmed;
  return failureRules[error.kind];
}

/** The message of the condition: what failed and what to do next. */
export function failureMessage(error: ProviderError): string {
  return withAdvice(error, failureRule(error).advice);
}

/** What mends a grant where something is missing that the RoleBinding names. */
const grantAdvice: Readonly<Partial<Record<NonNullable<ProviderError['details']['missing']>, string>>> = {
  organization: 'Check the organization of spec.roleRef and that the credentials belong to the environment that has it.',
  role: 'Create the role at the provider, or correct spec.roleRef.',
  subject: 'Correct the subject, or create it at the provider.',
};

/** The same for a RoleBinding. */
export function grantFailureMessage(error: ProviderError): string {
  const { missing } = error.details;
  return withAdvice(error, (missing === undefined ? undefined : grantAdvice[missing]) ?? failureRule(error).advice);
}

function withAdvice(error: ProviderError, advice: string): string {
  const text = error.message.trim();
  return `${text}${/[.!?]$/.test(text) ? '' : '.'}${heldBy(error)} ${advice}`;
}

function heldBy({ details: { holders } }: ProviderError): string {
  return holders === undefined ? '' : ` ${holders} ${holders === 1 ? 'member holds' : 'members hold'} it.`;
}

/** The reason of the Event for a failure while reading, writing or deleting. */
export const failureEvents: Readonly<Record<'observe' | 'apply' | 'delete', EventReason>> = {
  observe: eventReasons.CannotObserveExternalRole,
  apply: eventReasons.CannotApplyExternalRole,
  delete: eventReasons.CannotDeleteExternalRole,
};
