import { type Condition, type ObjectMeta, type Reason, reasons } from '../api/index.ts';
import { type ConditionDraft, condition, getCondition } from './conditions.ts';

/** How a pass over a Role or a RoleBinding ended. */
export type Outcome =
  /** The provider holds what is declared: read back, or only sent where `verification` is `Asserted`. */
  | {
      readonly kind: 'inSync';
      readonly verification: 'Observed' | 'Asserted';
      /** Permissions were to be checked before they are used, and there is nothing to check them against. */
      readonly unchecked?: boolean;
    }
  /** Mode `Observe` found a difference and leaves it. */
  | { readonly kind: 'differs'; readonly summary: string }
  /** `reason` and `message` where something else than `spec.suspend` is why. */
  | { readonly kind: 'suspended'; readonly reason?: Reason; readonly message?: string }
  /** A first write is about to be sent. */
  | { readonly kind: 'creating' }
  /** Nothing can be done yet, or not at all, for a reason outside the provider's answers. */
  | { readonly kind: 'refused'; readonly reason: Reason; readonly message: string; readonly terminal: boolean }
  /** A provider call failed. */
  | { readonly kind: 'failed'; readonly reason: Reason; readonly message: string; readonly terminal: boolean }
  /** Deletion is under way or waits. */
  | { readonly kind: 'deleting'; readonly reason: Reason; readonly message: string };

/** What the conditions of one kind of object say where nothing else has to be said. */
export interface OutcomeTexts {
  readonly available: string;
  /** `unchecked`: see Outcome. */
  readonly asserted: (unchecked: boolean) => string;
  readonly creating: string;
}

/** An object with conditions. */
export interface Conditioned {
  readonly metadata: ObjectMeta;
  readonly status?: { readonly conditions?: readonly Condition[] };
}

const noneUnderWay = condition('Reconciling', 'False', reasons.Idle, 'Nothing is under way.');
const notStalled = condition('Stalled', 'False', reasons.Idle, 'Nothing needs a person.');

/** `Ready`, `Synced`, `Reconciling` and `Stalled` after a pass. */
export function outcomeConditions(object: Conditioned, outcome: Outcome, texts: OutcomeTexts): readonly ConditionDraft[] {
  switch (outcome.kind) {
    case 'inSync': {
      const ready =
        outcome.verification === 'Asserted'
          ? condition('Ready', 'True', reasons.Asserted, texts.asserted(outcome.unchecked === true))
          : condition('Ready', 'True', reasons.Available, texts.available);
      return [ready, synced(), noneUnderWay, notStalled];
    }
    case 'differs':
      return [condition('Ready', 'False', reasons.DriftFound, outcome.summary), synced(), noneUnderWay, notStalled];
    case 'suspended':
      return suspendedConditions(object, outcome.reason ?? reasons.Suspended, outcome.message ?? suspended);
    case 'creating':
      return [
        condition('Ready', 'False', reasons.Progressing, texts.creating),
        condition('Synced', 'Unknown', reasons.Progressing, texts.creating),
        condition('Reconciling', 'True', reasons.Progressing, texts.creating),
        notStalled,
      ];
    case 'deleting':
      return [
        condition('Ready', 'False', outcome.reason, outcome.message),
        condition('Synced', outcome.reason === reasons.Deleting ? 'Unknown' : 'False', outcome.reason, outcome.message),
        condition('Reconciling', 'True', outcome.reason, outcome.message),
        notStalled,
      ];
    case 'refused':
      return failureConditions(condition('Ready', 'False', outcome.reason, outcome.message), outcome);
    case 'failed':
      return failureConditions(readyThroughFailure(object, outcome), outcome);
  }
}

/** A passing fault of the provider says nothing about what was last read: what was known of it stays, for its generation. */
function readyThroughFailure(object: Conditioned, outcome: Extract<Outcome, { kind: 'failed' }>): ConditionDraft {
  const ready = currentReady(object);
  if (!outcome.terminal && ready?.status === 'True') return condition('Ready', 'True', ready.reason as Reason, ready.message);
  return condition('Ready', 'False', outcome.reason, outcome.message);
}

function failureConditions(
  ready: ConditionDraft,
  failure: { readonly reason: Reason; readonly message: string; readonly terminal: boolean },
): readonly ConditionDraft[] {
  const { reason, message, terminal } = failure;
  return [
    ready,
    condition('Synced', 'False', reason, message),
    terminal ? noneUnderWay : condition('Reconciling', 'True', reason, message),
    terminal ? condition('Stalled', 'True', reason, message) : notStalled,
  ];
}

const suspended = 'spec.suspend is true: nothing is read or written. Set it to false to go on.';

function suspendedConditions(object: Conditioned, reason: Reason, message: string): readonly ConditionDraft[] {
  const ready = currentReady(object);
  return [
    ready === undefined || ready.status === 'False'
      ? condition('Ready', 'Unknown', reason, message)
      : condition('Ready', ready.status, ready.reason as Reason, ready.message),
    condition('Synced', 'Unknown', reason, message),
    noneUnderWay,
    notStalled,
  ];
}

function synced(): ConditionDraft {
  return condition('Synced', 'True', reasons.Synced, 'The last exchange with the provider succeeded.');
}

function currentReady(object: Conditioned): Condition | undefined {
  const ready = getCondition(object.status?.conditions, 'Ready');
  return ready?.observedGeneration === object.metadata.generation ? ready : undefined;
}
