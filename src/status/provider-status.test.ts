import { describe, expect, it } from 'vitest';
import { allCapabilities } from '../../test/support/fake-provider.ts';
import { kstatusOf } from '../../test/support/kstatus.ts';
import { type RoleProvider, type RoleProviderStatus, reasons } from '../api/index.ts';
import { capabilityNames, inUseMessage, nextProviderStatus, type ProviderFacts } from './index.ts';

const now = '2026-01-01T00:00:00Z';
const provider = (status?: RoleProviderStatus, generation = 1): RoleProvider => ({
  apiVersion: 'rolekeeper.dev/v1alpha1',
  kind: 'RoleProvider',
  metadata: { namespace: 'team', name: 'default', generation },
  spec: {},
  ...(status === undefined ? {} : { status }),
});
const ready: ProviderFacts = { outcome: { kind: 'ready' }, type: 'fake', capabilities: allCapabilities, roles: 2, bindings: 1 };
const notReady = (terminal: boolean): ProviderFacts => ({
  outcome: { kind: 'notReady', reason: reasons.Unreachable, message: 'It is away. It is tried again.', terminal },
  roles: 2,
  bindings: 1,
});

describe('nextProviderStatus', () => {
  it.each([
    { reason: 'a provider that answers is current', facts: ready, is: 'Current' },
    { reason: 'one that may come back is in progress', facts: notReady(false), is: 'InProgress' },
    { reason: 'one that a person must mend has failed', facts: notReady(true), is: 'Failed' },
  ])('kstatus: $reason', ({ facts, is }) => {
    expect(kstatusOf(provider(nextProviderStatus(provider(), facts, now)))).toBe(is);
    // Seen before with another spec, it says nothing of the newest one.
    expect(kstatusOf(provider(nextProviderStatus(provider(), facts, now), 2))).toBe('InProgress');
  });

  it.each([ready, notReady(false), notReady(true), { ...ready, heldBy: ['Role team/reader'] }])(
    'is the same when computed again',
    (facts) => {
      for (const before of [undefined, nextProviderStatus(provider(), ready, now), nextProviderStatus(provider(), notReady(true), now)]) {
        const once = nextProviderStatus(provider(before), facts, '2026-01-02T00:00:00Z');
        expect(nextProviderStatus(provider(once), facts, '2026-01-03T00:00:00Z')).toEqual(once);
      }
    },
  );

  it('keeps kind and capabilities through a failure', () => {
    const good = nextProviderStatus(provider(), ready, now);
    const bad = nextProviderStatus(provider(good), notReady(false), now);
    expect(bad).toMatchObject({ type: 'fake', capabilities: good.capabilities, roles: 2, bindings: 1 });
  });

  it('follows the counts and acknowledges a request, and keeps the acknowledgement', () => {
    const first = nextProviderStatus(provider(), { ...ready, handledReconcileAt: 'one' }, now);
    expect(nextProviderStatus(provider(first), { ...ready, roles: 0 }, now)).toMatchObject({ roles: 0, lastHandledReconcileAt: 'one' });
  });

  it('names its users while it is being deleted, and says when there are none any more', () => {
    const inUse = (heldBy: readonly string[]) =>
      nextProviderStatus(provider(), { ...ready, heldBy }, now).conditions?.find(({ type }) => type === 'InUse');
    expect(inUse(['Role team/a', 'Role team/b'])).toMatchObject({ status: 'True', reason: reasons.InUse });
    expect(inUse(['Role team/a', 'Role team/b'])?.message).toContain('Role team/a, Role team/b');
    expect(inUse([])).toMatchObject({ status: 'False' });
    expect(nextProviderStatus(provider(), ready, now).conditions?.map(({ type }) => type)).toEqual(['Ready', 'Reconciling', 'Stalled']);
  });
});

describe('inUseMessage', () => {
  it('names ten and counts the rest', () => {
    const users = Array.from({ length: 13 }, (_, index) => `Role team/r${index}`);
    expect(inUseMessage(users.slice(0, 10))).not.toContain('more');
    expect(inUseMessage(users)).toContain('Role team/r9 and 3 more');
    expect(inUseMessage(users)).not.toContain('r10');
  });
});

describe('capabilityNames', () => {
  it('has what is true, sorted', () => {
    const all = capabilityNames(allCapabilities);
    expect(all).toEqual([...all].sort());
    expect(all).toContain('readable');
    expect(all).not.toContain('ownershipMark');
  });
});
