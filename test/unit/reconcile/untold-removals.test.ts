import { describe, expect, it } from 'vitest';
import { names, type RemovalRecord } from '../../../src/api/index.ts';
import { KubeError } from '../../../src/kube/index.ts';
import { ProviderError } from '../../../src/model/index.ts';
import { FakeKube } from '../../support/fake-kube.ts';
import { FakeProvider } from '../../support/fake-provider.ts';
import { Rig } from '../../support/rig.ts';

const letters = (count: number): string[] => Array.from({ length: count }, (_, index) => `p${String(index).padStart(2, '0')}`);
const people = (count: number) => Array.from({ length: count }, (_, index) => ({ id: `user${String(index).padStart(2, '0')}` }));

async function running(removalBudget?: object, provider = new FakeProvider()): Promise<Rig> {
  const rig = new Rig(new FakeKube(), provider);
  for (const letter of letters(40)) rig.provider.known.add(letter);
  rig.addProvider(removalBudget === undefined ? {} : { guardrails: { removalBudget } });
  rig.start();
  await rig.pass();
  return rig;
}

async function bound(count: number, removalBudget?: object, provider?: FakeProvider): Promise<Rig> {
  const rig = await running(removalBudget, provider);
  rig.addRole('reader');
  rig.addBinding('readers', people(count));
  await rig.pass(60_000);
  return rig;
}

function holders(rig: Rig, organization = 'org_1'): readonly string[] {
  return rig.provider.holders.holdersOf(organization, 'reader');
}

function sum(removals: readonly RemovalRecord[] = []): number {
  return removals.reduce((total, { count }) => total + count, 0);
}

function down(operation: 'holders' | 'change', ambiguous = false) {
  return { operation, error: new ProviderError('transient', 'down', { operation, status: 503, ambiguous }) } as const;
}

/** Does something once somebody is about to lose or get the role. */
function atFirstChange({ provider: { holders: people } }: Rig, act: () => void): void {
  people.onChange = () => {
    people.onChange = () => undefined;
    act();
  };
}

describe('removals count against the budget', () => {
  const slices = { percent: 0, floor: 5, window: '1h' };

  it('although reading back fails', async () => {
    const rig = await bound(20, slices);
    atFirstChange(rig, () => rig.provider.holders.faults.push(down('holders')));
    rig.addBinding('readers', people(15));
    await rig.pass(60_000);
    expect(holders(rig)).toHaveLength(15);
    expect(sum(rig.binding('readers')?.status?.removals)).toBe(5);
    rig.addBinding('readers', people(14));
    await rig.pass(60_000);
    expect(rig.bindingReady('readers')).toBe('False/PlanPending');
  });

  it('although the status changed meanwhile, so that it had to be written again', async () => {
    const rig = await bound(20, slices);
    const error = new KubeError('conflict', 'it has changed', { status: 409 });
    atFirstChange(rig, () => rig.kube.faults.push({ verb: 'applyStatus', error }));
    rig.addBinding('readers', people(15));
    await rig.pass(60_000);
    expect(sum(rig.binding('readers')?.status?.removals)).toBe(5);
  });

  it('although the call was cut off, and once although it is repeated', async () => {
    const rig = await bound(20, slices);
    rig.provider.holders.faults.push({ ...down('change', true), after: true });
    rig.addBinding('readers', people(15));
    await rig.pass(60_000);
    expect(holders(rig)).toHaveLength(15);
    expect(sum(rig.binding('readers')?.status?.removals)).toBe(5);
  });

  it('although the next change comes before the last was read back', async () => {
    const rig = await running({ ...slices, floor: 15 });
    rig.addRole('reader', { permissions: letters(30) });
    await rig.pass(60_000);
    for (let count = 28; count >= 6; count -= 2) {
      rig.addRole('reader', { permissions: letters(count) });
      await rig.pass(20);
    }
    await rig.pass(60_000);
    expect(rig.ready('reader')).toBe('False/PlanPending');
    expect(rig.provider.get('org_1', 'reader')?.permissions).toHaveLength(16);
    expect(sum(rig.role('reader')?.status?.removals)).toBe(14);
  });

  it('of the provider while other organizations decide in the same moment', async () => {
    const rig = await running({ ...slices, floor: 8 });
    const organizations = [1, 2, 3, 4].map((index) => `org_${index}`);
    for (const organization of organizations) {
      rig.provider.organizations.add(organization);
      rig.addRole(organization, { organization, slug: 'reader' });
      rig.addBinding(organization, people(6), { roleRef: { name: organization } });
    }
    await rig.pass(60_000);
    for (const organization of organizations) rig.addBinding(organization, [], { roleRef: { name: organization } });
    await rig.pass(60_000);
    expect(organizations.map((organization) => holders(rig, organization).length).sort()).toEqual([0, 6, 6, 6]);
  });

  it('but for those of an approved plan, also when it creates permissions', async () => {
    const rig = await running();
    rig.addRole('reader', { permissions: letters(20), unknownPermissions: 'Create' });
    await rig.pass(60_000);
    rig.addRole('reader', { permissions: [...letters(6), 'unheard'], unknownPermissions: 'Create' });
    await rig.pass(60_000);
    rig.approve('reader');
    await rig.pass(60_000);
    expect(rig.ready('reader')).toBe('True/Available');
    expect(rig.role('reader')?.status).toMatchObject({ approvedPlans: 1, lastChange: { approved: true } });
    expect(rig.role('reader')?.status?.removals).toBeUndefined();
  });
});

describe('an approval', () => {
  it('of a Role is spent although another plan was shown last', async () => {
    const rig = await running();
    rig.addRole('reader', { permissions: letters(20) });
    await rig.pass(60_000);
    rig.addRole('reader', { permissions: letters(6) });
    await rig.pass(60_000);
    const annotations = { [names.approvedPlan]: rig.role('reader')?.status?.plan?.hash ?? '' };
    rig.addRole('reader', { permissions: letters(5) }, { annotations });
    await rig.pass(60_000);
    expect(rig.ready('reader')).toBe('False/PlanPending');
    rig.addRole('reader', { permissions: letters(6) }, { annotations });
    await rig.pass(60_000);
    expect(rig.ready('reader')).toBe('True/Available');
    rig.provider.put('org_1', 'reader', letters(20));
    await rig.pass(650_000);
    expect(rig.ready('reader')).toBe('False/PlanPending');
  });

  it('of a RoleBinding is spent although another plan was shown last', async () => {
    const rig = await bound(20);
    rig.addBinding('readers', people(6));
    await rig.pass(60_000);
    const annotations = { [names.approvedPlan]: rig.binding('readers')?.status?.plan?.hash ?? '' };
    for (const [count, state] of [
      [5, 'False/PlanPending'],
      [6, 'True/Available'],
      [20, 'True/Available'],
      [6, 'False/PlanPending'],
    ] as const) {
      rig.addBinding('readers', people(count), {}, { annotations });
      await rig.pass(60_000);
      expect(rig.bindingReady('readers')).toBe(state);
    }
  });

  it('of which nothing could be done stands', async () => {
    const rig = await bound(20);
    rig.addBinding('readers', people(6));
    await rig.pass(60_000);
    for (let index = 6; index < 20; index += 1) rig.provider.holders.faults.push(down('change'));
    rig.approveBinding('readers');
    await rig.pass(600_000);
    expect(rig.bindingReady('readers')).toBe('True/Available');
    expect(holders(rig)).toHaveLength(6);
    expect(rig.binding('readers')?.status?.approvedPlans).toBe(1);
  });
});

describe('an Authoritative RoleBinding takes a role from strangers for the first time', () => {
  const authoritative = { managementMode: 'Authoritative' } as const;

  it('once for each role that its Role comes to mean', async () => {
    const rig = await running();
    rig.addRole('reader');
    rig.addBinding('readers', [], authoritative);
    await rig.pass(60_000);
    expect(rig.binding('readers')?.status?.exclusive).toBe(true);
    rig.deleteRole('reader');
    await rig.pass(60_000);
    rig.provider.holders.give('org_2', 'User/hand', 'reader');
    rig.addRole('reader', { organization: 'org_2' });
    await rig.pass(600_000);
    expect(rig.bindingReady('readers')).toBe('False/PlanPending');
    expect(holders(rig, 'org_2')).toEqual(['User/hand']);
  });

  it('once for each role also when it grants that to somebody at the same time', async () => {
    const rig = await running();
    rig.addRole('reader');
    rig.addBinding('readers', [], authoritative);
    await rig.pass(60_000);
    rig.deleteRole('reader');
    await rig.pass(60_000);
    rig.provider.holders.give('org_2', 'User/hand', 'reader');
    rig.addBinding('readers', people(1), authoritative);
    rig.addRole('reader', { organization: 'org_2' });
    await rig.pass(600_000);
    expect(rig.bindingReady('readers')).toBe('False/PlanPending');
    expect(holders(rig, 'org_2')).toEqual(['User/hand', 'User/user00']);
  });

  it('also when it is counted for an older one, which is deleted before anybody approved it', async () => {
    const rig = await running();
    rig.addRole('reader');
    await rig.pass(60_000);
    rig.provider.holders.give('org_1', 'User/hand', 'reader');
    rig.addBinding('older', [], authoritative, { creationTimestamp: '2020-01-01T00:00:00Z' });
    rig.addBinding('younger', people(1), authoritative);
    await rig.pass(60_000);
    expect([rig.bindingReady('older'), rig.bindingReady('younger')]).toEqual(['False/PlanPending', 'False/PlanPending']);
    expect(rig.bindingCondition('younger', 'Ready')?.message).toContain('kubectl annotate orgrolebinding older -n team');
    expect(rig.binding('younger')?.status?.exclusive).toBeUndefined();
    rig.deleteBinding('older');
    await rig.pass(1_300_000);
    expect(rig.bindingCondition('younger', 'Ready')?.message).toContain('kubectl annotate orgrolebinding younger -n team');
    expect(holders(rig)).toEqual(['User/hand', 'User/user00']);
    rig.approveBinding('younger');
    await rig.pass(60_000);
    expect(rig.bindingReady('younger')).toBe('True/Available');
    expect(holders(rig)).toEqual(['User/user00']);
  });

  it('again after it was Additive, even if it was suspended meanwhile', async () => {
    const rig = await running();
    rig.addRole('reader');
    rig.addBinding('readers', people(1), authoritative);
    await rig.pass(60_000);
    rig.addBinding('readers', people(1), { managementMode: 'Additive', suspend: true });
    await rig.pass(60_000);
    rig.provider.holders.give('org_1', 'User/hand', 'reader');
    rig.addBinding('readers', people(1), authoritative);
    await rig.pass(60_000);
    expect(rig.bindingReady('readers')).toBe('False/PlanPending');
    expect(holders(rig)).toContain('User/hand');
  });
});

describe('revocations that wait', () => {
  it('where nobody tells who holds a role bring no Event and no write in an interval, and what is granted is sent once', async () => {
    const rig = await bound(6, { percent: 0, floor: 1 }, new FakeProvider({ readBindings: false }));
    rig.addBinding('readers', people(3));
    await rig.pass(60_000);
    expect(rig.bindingReady('readers')).toBe('False/PlanPending');
    const [events, changes, writes] = [rig.events.length, rig.provider.holders.count('change'), rig.kube.writes.length];
    await rig.pass(600_000);
    expect(rig.events).toHaveLength(events);
    expect(rig.provider.holders.count('change') - changes).toBe(3);
    expect(rig.kube.writes).toHaveLength(writes);
  });
});
