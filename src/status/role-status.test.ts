import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kstatusOf } from '../../test/support/kstatus.ts';
import { type Condition, type Reason, type Role, type RoleStatus, reasons } from '../api/index.ts';
import { nextRoleStatus, type Outcome, type RoleFacts } from './index.ts';

const role = (status?: RoleStatus, generation = 1): Role => ({
  apiVersion: 'rolekeeper.dev/v1alpha1',
  kind: 'Role',
  metadata: { name: 'reader', namespace: 'team', generation },
  spec: { providerRef: {}, organization: 'org_1', permissions: ['a'] },
  ...(status === undefined ? {} : { status }),
});
const observed = {
  ref: { organization: 'org_1', slug: 'reader' },
  externalID: 'id-1',
  displayName: '',
  description: '',
  permissions: ['a'],
  extras: {},
  system: false,
};
const inSync: RoleFacts = {
  outcome: { kind: 'inSync', verification: 'Observed' },
  externalID: 'id-1',
  ownership: 'Created',
  desiredCount: 1,
  observed,
  drift: null,
};
const failed = (terminal: boolean): Outcome => ({
  kind: 'failed',
  reason: reasons.ProviderUnavailable,
  message: 'It failed.',
  terminal,
});
const find = (status: RoleStatus, type: string): Condition | undefined => status.conditions?.find((entry) => entry.type === type);

describe('nextRoleStatus', () => {
  it.each([
    { reason: 'what is in sync is current', facts: inSync, kind: 'Current' },
    { reason: 'a role being created is in progress', facts: { outcome: { kind: 'creating' } }, kind: 'InProgress' },
    { reason: 'a passing failure is in progress', facts: { outcome: failed(false) }, kind: 'InProgress' },
    { reason: 'a failure that needs a person has failed', facts: { outcome: failed(true) }, kind: 'Failed' },
    {
      reason: 'waiting for a provider is in progress',
      facts: { outcome: { kind: 'refused', reason: reasons.ProviderNotReady, message: 'Wait.', terminal: false } },
      kind: 'InProgress',
    },
    {
      reason: 'a refusal that needs a person has failed',
      facts: { outcome: { kind: 'refused', reason: reasons.InvalidSpec, message: 'Mend it.', terminal: true } },
      kind: 'Failed',
    },
  ] as const)('kstatus: $reason', ({ facts, kind }) => {
    expect(kstatusOf(role(nextRoleStatus(role(), facts as RoleFacts, '2026-01-01T00:00:00Z')))).toBe(kind);
  });

  it('is the same when computed again, whatever the time', () => {
    const outcomes = fc.constantFrom<Outcome>(
      { kind: 'inSync', verification: 'Observed' },
      { kind: 'inSync', verification: 'Asserted' },
      { kind: 'differs', summary: 'It differs.' },
      { kind: 'suspended' },
      { kind: 'creating' },
      { kind: 'deleting', reason: reasons.RoleInUse, message: 'Held.' },
      failed(true),
      failed(false),
    );
    fc.assert(
      fc.property(fc.array(outcomes, { minLength: 1, size: 'max', maxLength: 6 }), fc.boolean(), (history, drifts) => {
        let current = role();
        for (const outcome of history) current = role(nextRoleStatus(current, { outcome }, '2026-01-01T00:00:00Z'));
        const facts: RoleFacts = { outcome: history.at(-1) ?? { kind: 'suspended' }, drift: drifts ? { add: ['a'], remove: [] } : null };
        const once = nextRoleStatus(current, facts, '2026-01-02T00:00:00Z');
        expect(nextRoleStatus(role(once), facts, '2026-01-03T00:00:00Z')).toEqual(once);
      }),
    );
  });

  it('moves lastTransitionTime with the status only', () => {
    const first = nextRoleStatus(role(), inSync, '2026-01-01T00:00:00Z');
    const second = nextRoleStatus(role(first, 2), inSync, '2026-01-02T00:00:00Z');
    expect(find(second, 'Ready')).toMatchObject({ lastTransitionTime: '2026-01-01T00:00:00Z', observedGeneration: 2 });
    const third = nextRoleStatus(role(second, 2), { outcome: failed(true) }, '2026-01-03T00:00:00Z');
    expect(find(third, 'Ready')).toMatchObject({ status: 'False', lastTransitionTime: '2026-01-03T00:00:00Z' });
  });

  it('keeps what was last known through a failure, and Ready for its generation', () => {
    const good = nextRoleStatus(role(), { ...inSync, lastChange: { time: 't', addedCount: 1, removedCount: 0 } }, '2026-01-01T00:00:00Z');
    const outage = nextRoleStatus(role(good), { outcome: failed(false) }, '2026-01-02T00:00:00Z');
    expect(outage).toMatchObject({
      externalID: 'id-1',
      ownership: 'Created',
      permissions: { desired: 1, observed: 1 },
      lastChange: { time: 't' },
    });
    expect(find(outage, 'Ready')?.status).toBe('True');
    expect(find(outage, 'Synced')).toMatchObject({ status: 'False', reason: reasons.ProviderUnavailable });
    const changed = nextRoleStatus(role(good, 2), { outcome: failed(false) }, '2026-01-02T00:00:00Z');
    expect(find(changed, 'Ready')).toMatchObject({ status: 'False', observedGeneration: 2 });
  });

  it('remembers since when drift is there, counts repairs and cuts long lists', () => {
    const many = Array.from({ length: 60 }, (_, index) => `p${index}`);
    const drifting = nextRoleStatus(role(), { outcome: failed(false), drift: { add: many, remove: [] } }, '2026-01-01T00:00:00Z');
    expect(drifting.drift).toMatchObject({ since: '2026-01-01T00:00:00Z' });
    expect(drifting.drift?.add).toHaveLength(50);
    expect(find(drifting, 'Drifted')?.message).toContain('60');
    const later = nextRoleStatus(role(drifting), { outcome: failed(false), drift: { add: ['a'], remove: [] } }, '2026-01-02T00:00:00Z');
    expect(later.drift).toEqual({ since: '2026-01-01T00:00:00Z', add: ['a'] });
    const repaired = nextRoleStatus(role(later), { ...inSync, driftCorrected: true }, '2026-01-03T00:00:00Z');
    expect(repaired.drift).toMatchObject({ timesReverted: 1 });
  });

  it('uses documented reasons and messages without a time', () => {
    const status = nextRoleStatus(role(), inSync, '2026-01-01T00:00:00Z');
    for (const { reason, message } of status.conditions ?? []) {
      expect(Object.values(reasons)).toContain(reason as Reason);
      expect(message).not.toMatch(/\d{4}-\d\d-\d\d|\d\d:\d\d/);
    }
    expect(status.conditions?.map(({ type }) => type)).toEqual(['Drifted', 'Ready', 'Reconciling', 'Stalled', 'Synced']);
  });
});
