import type { Condition, Reason } from '../api/index.ts';

/** A condition before it is known when it last changed. */
export interface ConditionDraft {
  readonly type: ConditionType;
  readonly status: Condition['status'];
  readonly reason: Reason;
  readonly message: string;
}

/** The conditions that rolekeeper writes. `Reconciling` and `Stalled` are read by kstatus and are true when something is odd. */
export type ConditionType = 'Ready' | 'Synced' | 'Drifted' | 'Reconciling' | 'Stalled' | 'InUse';

/** Limit of a condition's message in characters: what an API server accepts is far more than what a person reads. */
const longestMessage = 4096;

/** A draft of a condition; the message is cut to 4,096 characters. */
export function condition(type: ConditionType, status: Condition['status'], reason: Reason, message: string): ConditionDraft {
  return { type, status, reason, message: message.length > longestMessage ? `${message.slice(0, longestMessage - 1)}…` : message };
}

/**
 * The drafts as conditions for `generation`, sorted by type. `lastTransitionTime` moves to `now` only when the status differs from
 * the previous condition of the type; a condition without a draft is dropped.
 */
export function settleConditions(
  previous: readonly Condition[] | undefined,
  drafts: readonly ConditionDraft[],
  generation: number,
  now: string,
): readonly Condition[] {
  const before = new Map((previous ?? []).map((entry) => [entry.type, entry]));
  return drafts
    .map((draft): Condition => {
      const old = before.get(draft.type);
      return {
        type: draft.type,
        status: draft.status,
        observedGeneration: generation,
        lastTransitionTime: old?.status === draft.status ? old.lastTransitionTime : now,
        reason: draft.reason,
        message: draft.message,
      };
    })
    .sort((a, b) => (a.type < b.type ? -1 : 1));
}

/** The condition of a type; undefined when there is none. */
export function getCondition(conditions: readonly Condition[] | undefined, type: ConditionType): Condition | undefined {
  return conditions?.find((entry) => entry.type === type);
}

/** Whether the condition of a type is `True`. */
export function isTrue(conditions: readonly Condition[] | undefined, type: ConditionType): boolean {
  return getCondition(conditions, type)?.status === 'True';
}
