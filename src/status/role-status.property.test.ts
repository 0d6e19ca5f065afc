import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type KStatus, kstatusOf } from '../../test/support/kstatus.ts';
import { type Condition, type Reason, type Role, type RoleStatus, reasons } from '../api/index.ts';
import { longestList, nextRoleStatus, type Outcome, type RoleFacts } from './index.ts';

const times = ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z', '2026-01-03T00:00:00Z'] as const;
const role = (status?: RoleStatus, generation = 1, deletionTimestamp?: string): Role => ({
  apiVersion: 'rolekeeper.dev/v1alpha1',
  kind: 'Role',
  metadata: { name: 'reader', namespace: 'team', generation, ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }) },
  spec: { providerRef: {}, organization: 'org_1', permissions: ['a'] },
  ...(status === undefined ? {} : { status }),
});
const find = (status: RoleStatus, type: string): Condition | undefined => status.conditions?.find((entry) => entry.type === type);

const many = fc.integer({ min: 0, max: 70 }).map((count) => Array.from({ length: count }, (_, index) => `p:${index}`));
const documented = fc.constantFrom(...(Object.values(reasons) as Reason[]));
const text = fc.constantFrom('It failed. It is tried again.', 'Mend it.');
const outcome: fc.Arbitrary<Outcome> = fc.oneof(
  fc.record({ kind: fc.constant('inSync' as const), verification: fc.constantFrom('Observed' as const, 'Asserted' as const) }),
  fc.record({ kind: fc.constant('differs' as const), summary: text }),
  fc.constantFrom<Outcome>({ kind: 'suspended' }, { kind: 'creating' }),
  fc.record({ kind: fc.constant('refused' as const), reason: documented, message: text, terminal: fc.boolean() }),
  fc.record({ kind: fc.constant('failed' as const), reason: documented, message: text, terminal: fc.boolean() }),
  fc.record({ kind: fc.constant('deleting' as const), reason: documented, message: text }),
);
const observed = fc.record({
  ref: fc.constant({ organization: 'org_1', slug: 'reader' }),
  externalID: fc.constantFrom('id-1', 'id-2'),
  displayName: fc.constant(''),
  description: fc.constant(''),
  permissions: many,
  extras: fc.constant({}),
  system: fc.constant(false),
  blastRadius: fc.constant({ level: 'high' as const, summary: 'Much.', warnings: Array.from({ length: 60 }, (_, index) => `w${index}`) }),
});
const facts: fc.Arbitrary<RoleFacts> = fc.record(
  {
    outcome,
    externalID: fc.constantFrom('id-1', 'id-2'),
    ownership: fc.constantFrom('Created' as const, 'Adopted' as const),
    pendingCreate: fc.option(fc.constant({ organization: 'org_1', slug: 'reader' }), { nil: null }),
    desiredCount: fc.integer({ min: 0, max: 70 }),
    observed,
    drift: fc.option(fc.record({ add: many, remove: many }), { nil: null }),
    handledReconcileAt: fc.constantFrom('one', 'two'),
  },
  { requiredKeys: ['outcome'] },
);
const history = fc.array(facts, { maxLength: 4, size: 'max' });

/** The status after a history of passes. */
function statusAfter(passes: readonly RoleFacts[]): RoleStatus | undefined {
  return passes.reduce<RoleStatus | undefined>((status, pass) => nextRoleStatus(role(status), pass, times[0]), undefined);
}

describe('a status after any history', () => {
  it('is the same when the same pass comes again, so that nothing is written', () => {
    fc.assert(
      fc.property(history, facts, (passes, next) => {
        const once = nextRoleStatus(role(statusAfter(passes)), next, times[1]);
        expect(nextRoleStatus(role(once), next, times[2])).toEqual(once);
      }),
    );
  });

  it('has every condition once, for this generation, with a documented reason and a message without a time', () => {
    fc.assert(
      fc.property(history, facts, (passes, next) => {
        const status = nextRoleStatus(role(statusAfter(passes), 7), next, times[1]);
        expect(status.observedGeneration).toBe(7);
        expect(status.conditions?.map(({ type }) => type)).toEqual(['Drifted', 'Ready', 'Reconciling', 'Stalled', 'Synced']);
        for (const { reason, message, observedGeneration } of status.conditions ?? []) {
          expect(observedGeneration).toBe(7);
          expect(Object.values(reasons)).toContain(reason);
          expect(message).not.toMatch(/\d{4}-\d\d-\d\d|\d\d:\d\d/);
          expect(message.length).toBeGreaterThan(0);
        }
      }),
    );
  });

  it('moves lastTransitionTime with the status only', () => {
    fc.assert(
      fc.property(history, facts, (passes, next) => {
        const before = statusAfter(passes);
        for (const entry of nextRoleStatus(role(before, 2), next, times[1]).conditions ?? []) {
          const old = before === undefined ? undefined : find(before, entry.type);
          expect(entry.lastTransitionTime).toBe(old?.status === entry.status ? old.lastTransitionTime : times[1]);
        }
      }),
    );
  });

  it('never is reconciling and stalled at once, and is neither when it is ready and in sync', () => {
    fc.assert(
      fc.property(history, facts, (passes, next) => {
        const status = nextRoleStatus(role(statusAfter(passes)), next, times[1]);
        const isTrue = (type: string): boolean => find(status, type)?.status === 'True';
        expect(isTrue('Reconciling') && isTrue('Stalled')).toBe(false);
        if (isTrue('Ready') && isTrue('Synced')) expect(isTrue('Reconciling') || isTrue('Stalled')).toBe(false);
      }),
    );
  });

  it('is ready only after the provider was read or written, and stays so through what says nothing about the role', () => {
    fc.assert(
      fc.property(history, facts, (passes, next) => {
        const status = nextRoleStatus(role(statusAfter(passes)), next, times[1]);
        if (find(status, 'Ready')?.status !== 'True') return;
        const lastWord = [...passes, next].reverse().find(({ outcome: how }) => how.kind === 'inSync' || saysNotReady(how));
        expect(lastWord?.outcome.kind).toBe('inSync');
      }),
    );
  });

  it('cuts lists at fifty and counts all', () => {
    fc.assert(
      fc.property(history, facts, (passes, next) => {
        const status = nextRoleStatus(role(statusAfter(passes)), next, times[1]);
        for (const list of [status.drift?.add, status.drift?.remove, status.blastRadius?.warnings]) {
          expect((list ?? []).length).toBeLessThanOrEqual(longestList);
        }
        if (next.observed !== undefined && next.desiredCount !== undefined) {
          expect(status.permissions).toEqual({ desired: next.desiredCount, observed: next.observed.permissions.length });
        }
        const { drift } = next;
        if (drift === undefined || drift === null) return;
        expect(find(status, 'Drifted')?.status).toBe('True');
        for (const count of [drift.add.length, drift.remove.length]) expect(find(status, 'Drifted')?.message).toContain(String(count));
      }),
    );
  });

  it('keeps through a failure what was known before it', () => {
    fc.assert(
      fc.property(history, fc.boolean(), documented, (passes, terminal, reason) => {
        const before = statusAfter(passes) ?? {};
        const failed = nextRoleStatus(role(before), { outcome: { kind: 'failed', reason, message: 'It failed.', terminal } }, times[1]);
        for (const field of [
          'externalID',
          'ownership',
          'pendingCreate',
          'lastChange',
          'permissions',
          'plan',
          'drift',
          'blastRadius',
          'verification',
          'lastHandledReconcileAt',
        ] as const) {
          expect(failed[field]).toEqual(before[field]);
        }
      }),
    );
  });
});

/** Outcomes that take Ready away. */
function saysNotReady(how: Outcome): boolean {
  if (how.kind === 'failed') return how.terminal;
  return how.kind !== 'inSync' && how.kind !== 'suspended';
}

describe('kstatus', () => {
  const inSync: Outcome = { kind: 'inSync', verification: 'Observed' };
  const failed = (terminal: boolean): Outcome => ({
    kind: 'failed',
    reason: reasons.ProviderUnavailable,
    message: 'It failed.',
    terminal,
  });
  const refused = (terminal: boolean): Outcome => ({ kind: 'refused', reason: reasons.InvalidSpec, message: 'Mend it.', terminal });

  it.each([
    { reason: 'read back', passes: [inSync], is: 'Current' },
    { reason: 'sent, where it can not be read back', passes: [{ kind: 'inSync', verification: 'Asserted' }], is: 'Current' },
    { reason: 'about to be created', passes: [{ kind: 'creating' }], is: 'InProgress' },
    { reason: 'failed and tried again', passes: [failed(false)], is: 'InProgress' },
    { reason: 'failed and tried again after it was fine', passes: [inSync, failed(false)], is: 'InProgress' },
    { reason: 'fine again after a failure', passes: [failed(false), inSync], is: 'Current' },
    { reason: 'failed until a person acts', passes: [inSync, failed(true)], is: 'Failed' },
    { reason: 'refused until something else is ready', passes: [refused(false)], is: 'InProgress' },
    { reason: 'refused until a person acts', passes: [inSync, refused(true)], is: 'Failed' },
    // Nothing is under way and nothing has failed: the difference is what was asked for, and Ready says that it is there.
    { reason: 'observed to differ', passes: [{ kind: 'differs', summary: 'It differs.' }], is: 'InProgress' },
    { reason: 'observed to be equal', passes: [{ kind: 'differs', summary: 'It differs.' }, inSync], is: 'Current' },
    { reason: 'suspended before it was ever looked at', passes: [{ kind: 'suspended' }], is: 'InProgress' },
    { reason: 'suspended when it was fine', passes: [inSync, { kind: 'suspended' }], is: 'Current' },
    { reason: 'suspended when it had failed', passes: [failed(true), { kind: 'suspended' }], is: 'InProgress' },
    { reason: 'no longer suspended', passes: [{ kind: 'suspended' }, inSync], is: 'Current' },
  ] satisfies readonly { reason: string; passes: readonly Outcome[]; is: KStatus }[])(
    'of a Role that is $reason is $is',
    ({ passes, is }) => {
      const status = statusAfter(passes.map((how) => ({ outcome: how })));
      expect(kstatusOf(role(status))).toBe(is);
      expect(kstatusOf(role(status, 2))).toBe('InProgress');
      expect(kstatusOf(role(status, 1, times[0]))).toBe('Terminating');
    },
  );

  it('of a new object, as the CRD has it by default, is in progress', () => {
    const ready = {
      type: 'Ready',
      status: 'Unknown',
      reason: 'Pending',
      message: 'Waiting for the operator.',
      lastTransitionTime: '1970-01-01T00:00:00Z',
    } as const;
    expect(kstatusOf(role({ observedGeneration: -1, conditions: [ready] }))).toBe('InProgress');
  });

  it('of a Role that is being deleted is terminating, whatever its deletion waits for', () => {
    const status = statusAfter([
      { outcome: inSync },
      { outcome: { kind: 'deleting', reason: reasons.RoleInUse, message: '3 members hold it.' } },
    ]);
    expect(kstatusOf(role(status, 1, times[0]))).toBe('Terminating');
    expect(find(status ?? {}, 'Ready')).toMatchObject({ status: 'False', reason: reasons.RoleInUse });
  });
});

describe('a write that was cut off', () => {
  const cutOff: Outcome = { kind: 'failed', reason: reasons.WriteUnconfirmed, message: 'It timed out.', terminal: false };

  it.each([
    {
      reason: 'a passing failure',
      next: { kind: 'failed', reason: reasons.RateLimited, message: 'Wait.', terminal: false },
      remembered: true,
    },
    {
      reason: 'a failure that needs a person',
      next: { kind: 'failed', reason: reasons.Forbidden, message: 'Mend it.', terminal: true },
      remembered: true,
    },
    {
      reason: 'a provider that is not ready',
      next: { kind: 'refused', reason: reasons.ProviderNotReady, message: 'Wait.', terminal: false },
      remembered: true,
    },
    {
      reason: 'a spec that can not work',
      next: { kind: 'refused', reason: reasons.InvalidSpec, message: 'Mend it.', terminal: true },
      remembered: true,
    },
    { reason: 'a suspension', next: { kind: 'suspended' }, remembered: true },
    { reason: 'the announcement that it is repeated', next: { kind: 'creating' }, remembered: true },
    {
      reason: 'a read that shows the role as declared once it was repeated',
      next: { kind: 'inSync', verification: 'Observed' },
      remembered: false,
    },
    {
      reason: 'a role that turns out not to be ours',
      next: { kind: 'refused', reason: reasons.AdoptionRefused, message: 'Not ours.', terminal: true },
      remembered: false,
    },
    { reason: 'a deletion', next: { kind: 'deleting', reason: reasons.Deleting, message: 'Going.' }, remembered: false },
  ] satisfies readonly { reason: string; next: Outcome; remembered: boolean }[])(
    'is remembered, or not, through $reason',
    ({ next, remembered }) => {
      const status = nextRoleStatus(role(statusAfter([{ outcome: cutOff }])), { outcome: next }, times[1]);
      expect(find(status, 'Synced')?.reason === reasons.WriteUnconfirmed).toBe(remembered);
      // What is wrong now is said all the same.
      if ('message' in next) expect(status.conditions?.some(({ message }) => message.startsWith(String(next.message)))).toBe(true);
    },
  );
});
