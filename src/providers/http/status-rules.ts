import type { ProviderErrorDetails, ProviderErrorKind } from '../../model/index.ts';

/** What an API's own error body says. All texts are as they came: clean them before they are shown. */
export interface Failure {
  /** The machine code. */
  readonly code?: string;
  /** For people. */
  readonly message?: string;
  /** Values that the API refused. */
  readonly rejected?: readonly string[];
}

/** An answer that isn't a success. */
export interface FailedAnswer {
  readonly operation: string;
  readonly status: number;
  /** Undefined when the body isn't the API's own error: a proxy, a load balancer or another service has answered. */
  readonly failure: Failure | undefined;
  /** The body, where it is JSON. */
  readonly body: unknown;
}

/** What an answer means. The first rule that fits decides. */
export interface StatusRule {
  /** One status, or the first and last of a range. */
  readonly status: number | readonly [first: number, last: number];
  /** Restricts the rule to some answers of the status. */
  readonly when?: (answer: FailedAnswer) => boolean;
  readonly kind: ProviderErrorKind;
  readonly missing?: ProviderErrorDetails['missing'];
  /** True: a failed write was certainly not carried out although the status leaves that open. */
  readonly untouched?: boolean;
  /** How long to wait before the next try where the answer doesn't say, in milliseconds. Default: no longer than after any failure. */
  readonly retryAfterMs?: number;
}

/** Asks for the API's own error body. */
const own = (answer: FailedAnswer): boolean => answer.failure !== undefined;

/**
 * What statuses mean where a provider has no rule of its own. What says something about the role or the request is believed
 * only from the API itself: a proxy's 404 page is no absent role.
 */
export const commonStatusRules: readonly StatusRule[] = [
  { status: 401, kind: 'unauthorized' },
  { status: 429, kind: 'rateLimited' },
  { status: 400, kind: 'invalid', when: own },
  { status: 403, kind: 'forbidden', when: own },
  { status: 404, kind: 'notFound', when: own },
  { status: 409, kind: 'conflict', when: own },
  { status: 422, kind: 'invalid', when: own },
];

/** The rule for an answer: a provider's own rules go before the common ones; `transient` when none fits. */
export function ruleFor(answer: FailedAnswer, rules: readonly StatusRule[]): StatusRule {
  const fits = (rule: StatusRule): boolean => covers(rule, answer.status) && (rule.when === undefined || rule.when(answer));
  return rules.find(fits) ?? commonStatusRules.find(fits) ?? { status: answer.status, kind: 'transient' };
}

/** What proxies and Connect say where a call was given up before its end, whoever did. */
const clientClosedRequest = 499;

/** True for statuses that leave open whether a write was carried out: the server failed or gave up half-way. */
export function leavesOpen(status: number): boolean {
  return status >= 500 || status === 408 || status === clientClosedRequest;
}

/** Whether an answer that isn't the API's own hints at an address that leads elsewhere: not where a server is overloaded or failing. */
export function suspectsAddress(status: number): boolean {
  return status < 500 && status !== 429;
}

function covers(rule: StatusRule, status: number): boolean {
  return typeof rule.status === 'number' ? rule.status === status : status >= rule.status[0] && status <= rule.status[1];
}
