import { describe, expect, it } from 'vitest';
import { names } from '../../../src/api/index.ts';
import { FakeKube } from '../../support/fake-kube.ts';
import { FakeProvider } from '../../support/fake-provider.ts';
import { Rig } from '../../support/rig.ts';

const letters = (count: number, from = 0): readonly string[] => Array.from({ length: count }, (_, index) => `p${from + index}`);

async function running(spec: object = {}, provider = new FakeProvider({ permissionCatalogue: false })): Promise<Rig> {
  const rig = new Rig(new FakeKube(), provider);
  rig.addProvider(spec);
  rig.start();
  await rig.pass();
  return rig;
}

describe('removals', () => {
  it('over the budget wait with their plan, and the message has the arithmetic and the command', async () => {
    const rig = await running();
    rig.addRole('reader', { permissions: letters(20) });
    await rig.pass(60_000);
    rig.addRole('reader', { permissions: letters(6) });
    await rig.pass(60_000);
    expect(rig.ready('reader')).toBe('False/PlanPending');
    const plan = rig.role('reader')?.status?.plan;
    expect(plan).toMatchObject({ removeCount: 14, addCount: 0 });
    expect(rig.condition('reader', 'Ready')?.message).toBe(
      `Role "reader" of organization "org_1" would lose 14 permissions of its 20, and the removal budget of RoleProvider "team/default" allows 10 for one role (30 %, at least 10). Nothing was written. Look at status.plan; if that is meant, approve exactly this plan: kubectl annotate orgrole reader -n team --overwrite rolekeeper.dev/approved-plan=${plan?.hash}`,
    );
    expect(rig.condition('reader', 'Stalled')?.status).toBe('True');
    expect(rig.eventReasons('reader')).toEqual(['CreatedExternalRole', 'PlanPending']);
    expect(rig.provider.get('org_1', 'reader')?.permissions).toHaveLength(20);
    rig.approve('reader');
    await rig.pass(60_000);
    expect(rig.ready('reader')).toBe('True/Available');
    expect(rig.provider.get('org_1', 'reader')?.permissions).toEqual([...letters(6)].sort());
    expect(rig.role('reader')?.status).toMatchObject({ lastChange: { removedCount: 14, approved: true } });
    expect(rig.role('reader')?.status?.plan).toBeUndefined();
  });

  it('that were approved go through once: the same plan later waits again, with another hash', async () => {
    const rig = await running();
    rig.addRole('reader', { permissions: letters(20) });
    await rig.pass(60_000);
    rig.addRole('reader', { permissions: letters(6) });
    await rig.pass(60_000);
    const first = rig.role('reader')?.status?.plan?.hash;
    rig.approve('reader');
    await rig.pass(60_000);
    expect(rig.role('reader')?.status?.approvedPlans).toBe(1);
    rig.provider.put('org_1', 'reader', letters(20));
    await rig.pass(3_600_000);
    expect(rig.ready('reader')).toBe('False/PlanPending');
    const second = rig.role('reader')?.status?.plan;
    expect(second).toMatchObject({ removeCount: 14 });
    expect(second?.hash).not.toBe(first);
    rig.approve('reader');
    await rig.pass(60_000);
    expect(rig.ready('reader')).toBe('True/Available');
    expect(rig.role('reader')?.status?.approvedPlans).toBe(2);
  });

  it('that were approved do not go through once the provider has changed', async () => {
    const rig = await running();
    rig.addRole('reader', { permissions: letters(20) });
    await rig.pass(60_000);
    rig.addRole('reader', { permissions: letters(6) });
    await rig.pass(60_000);
    const first = rig.role('reader')?.status?.plan?.hash;
    rig.provider.put('org_1', 'reader', letters(25));
    rig.approve('reader');
    await rig.pass(60_000);
    expect(rig.ready('reader')).toBe('False/PlanPending');
    expect(rig.role('reader')?.status?.plan?.hash).not.toBe(first);
    expect(rig.provider.get('org_1', 'reader')?.permissions).toHaveLength(25);
  });

  it('in slices add up within the window, and do not for ever', async () => {
    const rig = await running({ guardrails: { removalBudget: { percent: 10, floor: 3, window: '1h' } } });
    rig.addRole('reader', { permissions: letters(20) });
    await rig.pass(60_000);
    rig.addRole('reader', { permissions: letters(18) });
    await rig.pass(60_000);
    expect(rig.ready('reader')).toBe('True/Available');
    rig.addRole('reader', { permissions: letters(16) });
    await rig.pass(60_000);
    expect(rig.ready('reader')).toBe('False/PlanPending');
    // An hour, and the interval on top.
    await rig.pass(4_300_000);
    expect(rig.ready('reader')).toBe('True/Available');
    expect(rig.provider.get('org_1', 'reader')?.permissions).toHaveLength(16);
  });

  it('of many Roles at once share the budget of their organization', async () => {
    const rig = await running();
    for (let index = 0; index < 8; index += 1) rig.addRole(`role-${index}`, { permissions: letters(4) });
    await rig.pass(60_000);
    for (let index = 0; index < 8; index += 1) rig.addRole(`role-${index}`, { permissions: letters(1) });
    await rig.pass(60_000);
    const waiting = Array.from({ length: 8 }, (_, index) => rig.ready(`role-${index}`)).filter((state) => state === 'False/PlanPending');
    // 32 permissions, of which ten may go: three Roles lose three each.
    expect(waiting).toHaveLength(5);
  });

  it('of what somebody added by hand are corrected within the budget and wait above it, as drift', async () => {
    const rig = await running();
    rig.addRole('reader', { permissions: letters(4) });
    await rig.pass(60_000);
    rig.provider.put('org_1', 'reader', letters(30));
    await rig.pass(601_000);
    expect(rig.ready('reader')).toBe('False/PlanPending');
    expect(rig.condition('reader', 'Drifted')).toMatchObject({ status: 'True', reason: 'DriftFound' });
    rig.approve('reader');
    await rig.pass(60_000);
    expect(rig.provider.get('org_1', 'reader')?.permissions).toHaveLength(4);
    expect(rig.condition('reader', 'Drifted')?.status).toBe('False');
  });
});

describe('revocations', () => {
  const people = (count: number) => Array.from({ length: count }, (_, index) => ({ id: `user${String(index).padStart(2, '0')}` }));
  const holders = (rig: Rig) => rig.provider.holders.holdersOf('org_1', 'reader');
  const bound = async (count: number, spec: object = {}): Promise<Rig> => {
    const rig = await running(spec);
    rig.addRole('reader');
    rig.addBinding('readers', people(count));
    await rig.pass(60_000);
    return rig;
  };

  it('over the budget wait with their plan, and the message has the arithmetic and the command', async () => {
    const rig = await bound(20);
    rig.addBinding('readers', [...people(6), { id: 'new' }]);
    await rig.pass(60_000);
    expect(rig.bindingReady('readers')).toBe('False/PlanPending');
    const plan = rig.binding('readers')?.status?.plan;
    expect(plan?.revoke).toEqual(
      people(20)
        .slice(6)
        .map(({ id }) => `User ${id}`),
    );
    expect(rig.bindingCondition('readers', 'Ready')?.message).toBe(
      `Role "reader" of organization "org_1" would lose 14 holders of its 20, and the removal budget of RoleProvider "team/default" allows 10 for one role (30 %, at least 10). Nobody loses it for now. Look at status.plan; if that is meant, approve exactly this plan: kubectl annotate orgrolebinding readers -n team --overwrite rolekeeper.dev/approved-plan=${plan?.hash}`,
    );
    expect(rig.eventReasons('readers')).toContain('PlanPending');
    // Nobody waits for access because somebody else is to lose it.
    expect(holders(rig)).toHaveLength(21);
    expect(rig.binding('readers')?.status?.grants).toHaveLength(21);
    rig.approveBinding('readers');
    await rig.pass(60_000);
    expect(rig.bindingReady('readers')).toBe('True/Available');
    expect(holders(rig)).toHaveLength(7);
    expect(rig.binding('readers')?.status).toMatchObject({ approvedPlans: 1 });
    expect(rig.binding('readers')?.status?.plan).toBeUndefined();
  });

  it('that were approved go through once', async () => {
    const rig = await bound(20);
    const [all, few] = [people(20), people(6)];
    rig.addBinding('readers', few);
    await rig.pass(60_000);
    rig.approveBinding('readers');
    await rig.pass(60_000);
    const { metadata } = rig.binding('readers') ?? {};
    rig.addBinding('readers', all, {}, metadata);
    await rig.pass(60_000);
    rig.addBinding('readers', few, {}, metadata);
    await rig.pass(60_000);
    expect(rig.bindingReady('readers')).toBe('False/PlanPending');
    expect(holders(rig)).toHaveLength(20);
  });

  it('that were approved do not go through for somebody else', async () => {
    const rig = await bound(20);
    rig.addBinding('readers', people(6));
    await rig.pass(60_000);
    const hash = rig.binding('readers')?.status?.plan?.hash ?? '';
    rig.addBinding('readers', people(5), {}, { annotations: { [names.approvedPlan]: hash } });
    await rig.pass(60_000);
    expect(rig.bindingReady('readers')).toBe('False/PlanPending');
    expect(holders(rig)).toHaveLength(20);
  });

  it('in slices add up within the window, and do not for ever', async () => {
    const rig = await bound(20, { guardrails: { removalBudget: { percent: 10, floor: 5, window: '1h' } } });
    for (const count of [18, 16, 14]) {
      rig.addBinding('readers', people(count));
      await rig.pass(60_000);
    }
    expect(rig.bindingReady('readers')).toBe('False/PlanPending');
    expect(holders(rig)).toHaveLength(16);
    await rig.pass(4_300_000);
    expect(rig.bindingReady('readers')).toBe('True/Available');
    expect(holders(rig)).toHaveLength(14);
  });

  it('of several bindings at once share the budget of their organization', async () => {
    const rig = await running();
    rig.addRole('reader');
    for (const name of ['one', 'two'])
      rig.addBinding(
        name,
        people(8).map(({ id }) => ({ id: `${name}-${id}` })),
      );
    await rig.pass(60_000);
    for (const name of ['one', 'two']) rig.addBinding(name, []);
    await rig.pass(60_000);
    expect([rig.bindingReady('one'), rig.bindingReady('two')].sort()).toEqual(['False/PlanPending', 'True/Available']);
    expect(holders(rig)).toHaveLength(8);
  });

  it('by time and by deletion are not counted: whoever set the time or deletes it has decided', async () => {
    const rig = await running({ guardrails: { removalBudget: { percent: 0, floor: 0 } } });
    rig.addRole('reader');
    const expiresAt = new Date(rig.clock.now() + 120_000).toISOString();
    rig.addBinding(
      'short',
      people(5).map((subject) => ({ ...subject, expiresAt })),
    );
    rig.addBinding('long', [{ id: 'ann' }]);
    await rig.pass(60_000);
    expect(holders(rig)).toHaveLength(6);
    await rig.pass(120_000);
    expect(holders(rig)).toEqual(['User/ann']);
    rig.deleteBinding('long');
    await rig.pass(60_000);
    expect(holders(rig)).toEqual([]);
  });

  it('of strangers wait at the takeover whatever the budget, and are drift afterwards', async () => {
    const rig = await running({ guardrails: { removalBudget: { percent: 100 } } });
    rig.addRole('reader');
    await rig.pass(60_000);
    rig.provider.holders.give('org_1', 'User/hand', 'reader');
    rig.addBinding('readers', people(2), { managementMode: 'Authoritative' });
    await rig.pass(60_000);
    expect(rig.bindingCondition('readers', 'Ready')?.message).toContain(
      'would lose 1 holder of its 1. 1 of them was given it by somebody else, and the first time that an Authoritative RoleBinding takes it',
    );
    expect(holders(rig)).toContain('User/hand');
    expect(rig.binding('readers')?.status?.exclusive).toBeUndefined();
    rig.approveBinding('readers');
    await rig.pass(60_000);
    expect(holders(rig)).not.toContain('User/hand');
    expect(rig.binding('readers')?.status?.exclusive).toBe(true);
    rig.provider.holders.give('org_1', 'User/hand', 'reader');
    await rig.pass(700_000);
    expect(holders(rig)).not.toContain('User/hand');
  });

  it('of strangers wait at the takeover also where the manifest has a time that ended for them', async () => {
    const rig = await running({ guardrails: { removalBudget: { percent: 100 } } });
    rig.addRole('reader');
    await rig.pass(60_000);
    rig.provider.holders.give('org_1', 'User/hand', 'reader');
    const expiresAt = new Date(rig.clock.now() - 1_000).toISOString();
    rig.addBinding('readers', [...people(2), { id: 'hand', expiresAt }], { managementMode: 'Authoritative' });
    await rig.pass(60_000);
    expect(rig.bindingReady('readers')).toBe('False/PlanPending');
    expect(holders(rig)).toContain('User/hand');
  });
});

describe('what a namespace may manage', () => {
  const grants = [
    {
      namespaces: ['team'],
      organizations: { allow: ['org_1'] },
      slugs: { allow: ['app-*'], deny: ['app-admin*'] },
      permissions: { allow: ['orders:*'], deny: ['*:delete'] },
      maxBlastRadius: 'medium',
    },
  ];

  it.each([
    { reason: 'within', spec: {}, ready: 'True/Available' },
    { reason: 'another organization', spec: { organization: 'org_2' }, ready: 'False/CeilingExceeded' },
    { reason: 'another slug', spec: { slug: 'other' }, ready: 'False/CeilingExceeded' },
    { reason: 'a slug that is denied', spec: { slug: 'app-admin' }, ready: 'False/CeilingExceeded' },
    { reason: 'a permission that is not allowed', spec: { permissions: ['users:read'] }, ready: 'False/CeilingExceeded' },
    { reason: 'a permission that is denied', spec: { permissions: ['orders:delete'] }, ready: 'False/CeilingExceeded' },
    { reason: 'a wildcard that stands for one that is denied', spec: { permissions: ['orders:*'] }, ready: 'False/CeilingExceeded' },
    { reason: 'everything', spec: { permissions: ['*'] }, ready: 'False/CeilingExceeded' },
  ])('$reason', async ({ spec, ready }) => {
    const rig = await running({ grants });
    rig.addRole('reader', { slug: 'app-reader', permissions: ['orders:read'], ...spec });
    await rig.pass(60_000);
    expect(rig.ready('reader')).toBe(ready);
    expect(rig.provider.count('apply')).toBe(ready.startsWith('True') ? 1 : 0);
  });

  it('counts what others gave a role that is only added to', async () => {
    const rig = await running({ grants });
    rig.provider.put('org_1', 'app-reader', ['users:write']);
    rig.addRole('reader', { slug: 'app-reader', permissions: ['orders:read'], managementMode: 'Additive', adoptionPolicy: 'Always' });
    await rig.pass(60_000);
    expect(rig.ready('reader')).toBe('False/CeilingExceeded');
    expect(rig.provider.count('apply')).toBe(0);
  });

  it('holds for a Role that only observes, which a RoleBinding could grant', async () => {
    const rig = await running({ grants });
    rig.provider.put('org_1', 'admin', ['everything']);
    rig.addRole('reader', { slug: 'admin', permissions: ['everything'], managementMode: 'Observe' });
    await rig.pass(60_000);
    expect(rig.ready('reader')).toBe('False/CeilingExceeded');
  });

  it('is nothing for a namespace that no grant is for', async () => {
    const rig = await running({ grants: [{ namespaces: ['elsewhere'] }] });
    rig.addRole('reader', { permissions: ['a'] });
    await rig.pass(60_000);
    expect(rig.ready('reader')).toBe('False/CeilingExceeded');
  });

  it('holds for a RoleBinding to a role that no manifest declares, with what that role holds', async () => {
    const rig = await running({ grants });
    rig.provider.put('org_1', 'app-good', ['orders:read']);
    rig.provider.put('org_1', 'app-strong', ['orders:read', 'users:write']);
    rig.provider.put('org_1', 'admin', ['orders:read']);
    for (const slug of ['app-good', 'app-strong', 'admin']) {
      rig.addBinding(slug, [{ id: 'ann' }], { roleRef: { external: { slug, organization: 'org_1', providerRef: {} } } });
    }
    await rig.pass(60_000);
    expect(rig.bindingReady('app-good')).toBe('True/Available');
    expect(rig.bindingReady('app-strong')).toBe('False/CeilingExceeded');
    expect(rig.bindingReady('admin')).toBe('False/CeilingExceeded');
    expect(rig.provider.holders.roles('org_1', 'User/ann')).toEqual(['app-good']);
  });

  it('leaves no role with fewer holders than the provider object says', async () => {
    const rig = await running({ guardrails: { minHolders: 1 } });
    rig.addRole('reader', { permissions: ['a'] });
    rig.addBinding('readers', [{ id: 'ann' }]);
    await rig.pass(60_000);
    rig.addBinding('readers', []);
    await rig.pass(60_000);
    expect(rig.provider.holders.holdersOf('org_1', 'reader')).toEqual(['User/ann']);
    expect(rig.binding('readers')?.status?.failures).toMatchObject([{ reason: 'MinHolders' }]);
  });

  it('is not asked where a role can not be read either', async () => {
    const rig = await running({ grants }, new FakeProvider({ readable: false, permissionCatalogue: false }));
    rig.addRole('good', { slug: 'app-a', permissions: ['orders:read'], adoptionPolicy: 'Always' });
    rig.addRole('bad', { slug: 'app-b', permissions: ['users:read'], adoptionPolicy: 'Always' });
    await rig.pass(60_000);
    expect(rig.ready('good')).toBe('True/Asserted');
    expect(rig.ready('bad')).toBe('False/CeilingExceeded');
    expect(rig.provider.count('apply')).toBe(1);
  });

  it('leaves protected slugs alone', async () => {
    const rig = await running({ guardrails: { protectedSlugs: ['admin*'] } });
    rig.addRole('admins', { slug: 'admin-team', permissions: ['a'] });
    await rig.pass(60_000);
    expect(rig.ready('admins')).toBe('False/Protected');
    expect(rig.provider.count('apply')).toBe(0);
  });
});

describe('something that keeps changing a role back', () => {
  it('is corrected more and more seldom, said so, and at once when somebody asks', async () => {
    const rig = await running({ interval: '1m' });
    rig.addRole('reader', { permissions: ['a'] });
    await rig.pass(60_000);
    const fight = async (ms: number): Promise<void> => {
      for (let passed = 0; passed < ms; passed += 10_000) {
        rig.provider.put('org_1', 'reader', ['a', 'b']);
        await rig.pass(10_000);
      }
    };
    await fight(1_800_000);
    const corrections = rig.role('reader')?.status?.drift?.timesReverted ?? 0;
    expect(corrections).toBeGreaterThanOrEqual(3);
    expect(corrections).toBeLessThan(8);
    expect(rig.role('reader')?.status?.drift?.history).toHaveLength(corrections);
    // Every single one counts as a correction, also those that had to wait.
    expect(rig.role('reader')?.status?.removals).toHaveLength(corrections);
    rig.provider.put('org_1', 'reader', ['a', 'b']);
    await rig.pass(70_000);
    expect(rig.condition('reader', 'Drifted')).toMatchObject({ status: 'True', reason: 'ManagementConflict' });
    expect(rig.ready('reader')).toBe('False/ManagementConflict');
    rig.addRole('reader', { permissions: ['a'] }, { annotations: { [names.reconcileRequestedAt]: 'now' } });
    await rig.pass(5_000);
    expect(rig.provider.get('org_1', 'reader')?.permissions).toEqual(['a']);
  });

  it('that has stopped is corrected as before', async () => {
    const rig = await running({ interval: '1m' });
    rig.addRole('reader', { permissions: ['a'] });
    await rig.pass(60_000);
    for (let index = 0; index < 3; index += 1) {
      rig.provider.put('org_1', 'reader', ['a', 'b']);
      await rig.pass(120_000);
    }
    await rig.pass(9 * 3_600_000);
    expect(rig.ready('reader')).toBe('True/Available');
    rig.provider.put('org_1', 'reader', ['a', 'b']);
    await rig.pass(70_000);
    expect(rig.provider.get('org_1', 'reader')?.permissions).toEqual(['a']);
  });
});
