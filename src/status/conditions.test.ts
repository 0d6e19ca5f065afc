import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Condition, reasons } from '../api/index.ts';
import { condition, getCondition, isTrue, settleConditions } from './conditions.ts';

const type = fc.constantFrom('Ready' as const, 'Synced' as const, 'Stalled' as const, 'InUse' as const);
const status = fc.constantFrom('True' as const, 'False' as const, 'Unknown' as const);
const reason = fc.constantFrom(reasons.Idle, reasons.Available, reasons.Synced);
const message = fc.constantFrom('One.', 'Two.');
const drafts = fc.uniqueArray(fc.record({ type, status, reason, message }), { selector: (draft) => draft.type });
const times = ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', '2026-01-03T00:00:00Z'] as const;

it('moves lastTransitionTime when the status moves, and at no other time', () => {
  fc.assert(
    fc.property(drafts, drafts, drafts, (first, second, third) => {
      const one = settleConditions(undefined, first, 1, times[0]);
      const two = settleConditions(one, second, 1, times[1]);
      const three = settleConditions(two, third, 2, times[2]);
      for (const entry of three) {
        const before = getCondition(two, entry.type as Parameters<typeof getCondition>[1]);
        expect(entry.lastTransitionTime).toBe(before?.status === entry.status ? before.lastTransitionTime : times[2]);
        expect(entry.observedGeneration).toBe(2);
      }
    }),
  );
});

it('has exactly the drafts, in the order of their types, whatever theirs was', () => {
  fc.assert(
    fc.property(drafts, drafts, (first, second) => {
      const settled = settleConditions(settleConditions(undefined, first, 1, times[0]), second, 1, times[1]);
      expect(settled.map((entry) => entry.type)).toEqual([...second.map((draft) => draft.type)].sort());
      for (const draft of second) expect(getCondition(settled, draft.type)).toMatchObject(draft);
      expect(settleConditions(settled, [...second].reverse(), 1, times[2])).toEqual(settled);
    }),
  );
});

it('replaces what the CRD puts there by default', () => {
  const byDefault: Condition = {
    type: 'Ready',
    status: 'Unknown',
    reason: 'Pending',
    message: 'Waiting.',
    lastTransitionTime: '1970-01-01T00:00:00Z',
  };
  const [ready] = settleConditions([byDefault], [condition('Ready', 'True', reasons.Available, 'It is there.')], 3, times[0]);
  expect(ready).toEqual({
    type: 'Ready',
    status: 'True',
    reason: 'Available',
    message: 'It is there.',
    observedGeneration: 3,
    lastTransitionTime: times[0],
  });
});

it('cuts a message that nobody would read, and no shorter one', () => {
  const long = condition('Ready', 'False', reasons.InvalidSpec, 'x'.repeat(10_000)).message;
  expect(long).toHaveLength(4_096);
  expect(long.endsWith('…')).toBe(true);
  expect(condition('Ready', 'False', reasons.InvalidSpec, 'x'.repeat(4_096)).message).toBe('x'.repeat(4_096));
});

it('knows what is true', () => {
  const settled = settleConditions(
    undefined,
    [condition('Ready', 'True', reasons.Available, ''), condition('Synced', 'Unknown', reasons.Pending, '')],
    1,
    times[0],
  );
  expect([isTrue(settled, 'Ready'), isTrue(settled, 'Synced'), isTrue(settled, 'Stalled'), isTrue(undefined, 'Ready')]).toEqual([
    true,
    false,
    false,
    false,
  ]);
});
