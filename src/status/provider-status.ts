import { type ClusterRoleProvider, type Reason, type RoleProvider, type RoleProviderStatus, reasons } from '../api/index.ts';
import type { Capabilities } from '../model/index.ts';
import { type ConditionDraft, condition, settleConditions } from './conditions.ts';

/** How a look at a provider ended. */
export type ProviderOutcome =
  | { readonly kind: 'ready' }
  | { readonly kind: 'notReady'; readonly reason: Reason; readonly message: string; readonly terminal: boolean };

/** What a look at a provider learned. An undefined field keeps what the status says. */
export interface ProviderFacts {
  readonly outcome: ProviderOutcome;
  readonly type?: string;
  readonly capabilities?: Capabilities;
  readonly roles: number;
  readonly bindings: number;
  /** Who keeps a provider that is being deleted alive, as `Kind namespace/name`, sorted; undefined when it isn't being deleted. */
  readonly heldBy?: readonly string[];
  /** Value of the reconcile-requested-at annotation that was acted on. */
  readonly handledReconcileAt?: string;
}

/** How many users of a provider are named when its deletion waits. */
const namedUsers = 10;

/** The status of a provider object after a look. `now` is an RFC 3339 time, used only where a condition's status changed. */
export function nextProviderStatus(object: RoleProvider | ClusterRoleProvider, facts: ProviderFacts, now: string): RoleProviderStatus {
  const previous = object.status ?? {};
  const generation = object.metadata.generation ?? 0;
  const handled = facts.handledReconcileAt ?? previous.lastHandledReconcileAt;
  const capabilities = facts.capabilities === undefined ? previous.capabilities : capabilityNames(facts.capabilities);
  const type = facts.type ?? previous.type;
  return {
    observedGeneration: generation,
    conditions: settleConditions(previous.conditions, providerConditions(facts), generation, now),
    ...(type === undefined ? {} : { type }),
    ...(capabilities === undefined ? {} : { capabilities }),
    roles: facts.roles,
    bindings: facts.bindings,
    ...(handled === undefined ? {} : { lastHandledReconcileAt: handled }),
  };
}

/** Names of the capabilities that are true, sorted. */
export function capabilityNames(capabilities: Capabilities): readonly string[] {
  return Object.entries(capabilities)
    .filter(([, has]) => has)
    .map(([name]) => name)
    .sort();
}

function providerConditions(facts: ProviderFacts): readonly ConditionDraft[] {
  const inUse = facts.heldBy === undefined ? [] : [inUseCondition(facts.heldBy)];
  if (facts.outcome.kind === 'ready') {
    return [
      condition('Ready', 'True', reasons.Available, 'The provider answers and accepts the credentials.'),
      condition('Reconciling', 'False', reasons.Idle, 'Nothing is under way.'),
      condition('Stalled', 'False', reasons.Idle, 'Nothing needs a person.'),
      ...inUse,
    ];
  }
  const { reason, message, terminal } = facts.outcome;
  return [
    condition('Ready', 'False', reason, message),
    terminal ? condition('Reconciling', 'False', reasons.Idle, 'Nothing is under way.') : condition('Reconciling', 'True', reason, message),
    terminal ? condition('Stalled', 'True', reason, message) : condition('Stalled', 'False', reasons.Idle, 'Nothing needs a person.'),
    ...inUse,
  ];
}

function inUseCondition(heldBy: readonly string[]): ConditionDraft {
  if (heldBy.length === 0) return condition('InUse', 'False', reasons.Deleting, 'Nothing uses this provider any more.');
  return condition('InUse', 'True', reasons.InUse, inUseMessage(heldBy));
}

/** Names those who keep a provider from being deleted, the first ten and a count. */
export function inUseMessage(heldBy: readonly string[]): string {
  const named = heldBy.slice(0, namedUsers).join(', ');
  const more = heldBy.length > namedUsers ? ` and ${heldBy.length - namedUsers} more` : '';
  return `Deletion waits for what uses this provider: ${named}${more}. Delete them or point their spec.providerRef elsewhere.`;
}
