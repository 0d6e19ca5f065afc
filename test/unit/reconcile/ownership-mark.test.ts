import { describe, expect, it } from 'vitest';
import { FakeKube } from '../../support/fake-kube.ts';
import { FakeProvider } from '../../support/fake-provider.ts';
import { Rig } from '../../support/rig.ts';

const ours = { cluster: 'cluster-1', object: 'team/reader' };

async function running(): Promise<Rig> {
  const rig = new Rig(new FakeKube(), new FakeProvider({ ownershipMark: true }));
  rig.addProvider();
  rig.start();
  await rig.pass();
  return rig;
}

describe('the mark of who manages a role', () => {
  it('is written with a new role and costs nothing afterwards', async () => {
    const rig = await running();
    rig.addRole('reader');
    await rig.pass(60_000);
    expect(rig.provider.get('org_1', 'reader')?.mark).toEqual(ours);
    await rig.pass(1_200_000);
    expect(rig.provider.count('apply')).toBe(1);
    expect(rig.ready('reader')).toBe('True/Available');
  });

  it('is put on a role that is taken over as it is, which changes nothing that a manifest declares', async () => {
    const rig = await running();
    rig.provider.put('org_1', 'reader', ['a', 'b']);
    rig.addRole('reader');
    await rig.pass(60_000);
    expect(rig.ready('reader')).toBe('True/Available');
    expect(rig.role('reader')?.status?.ownership).toBe('Adopted');
    expect(rig.provider.get('org_1', 'reader')).toMatchObject({ mark: ours, permissions: ['a', 'b'] });
  });

  it('does not let a role be taken over that the policy keeps out', async () => {
    const rig = await running();
    rig.provider.put('org_1', 'reader', ['a', 'b'], { mark: ours });
    rig.addRole('reader', { adoptionPolicy: 'Never' });
    await rig.pass(60_000);
    expect(rig.ready('reader')).toBe('False/AdoptionRefused');
    expect(rig.provider.count('apply')).toBe(0);
  });

  it('is none of the business of a Role that only observes', async () => {
    const rig = await running();
    rig.provider.put('org_1', 'reader', ['a', 'b']);
    rig.addRole('reader', { managementMode: 'Observe' });
    await rig.pass(60_000);
    expect(rig.ready('reader')).toBe('True/Available');
    expect(rig.provider.count('apply')).toBe(0);
  });

  it('comes back when somebody takes it off', async () => {
    const rig = await running();
    rig.addRole('reader');
    await rig.pass(60_000);
    const { mark: _mark, ...bare } = rig.provider.get('org_1', 'reader') ?? rig.provider.put('org_1', 'reader', []);
    rig.provider.roles.set('org_1/reader', bare);
    await rig.pass(601_000);
    expect(rig.provider.get('org_1', 'reader')?.mark).toEqual(ours);
    expect(rig.eventReasons('reader')).toEqual(['CreatedExternalRole', 'DriftDetected', 'DriftCorrected']);
  });

  it.each([
    { reason: 'that it would take over', before: async () => undefined },
    {
      reason: 'that was ours',
      before: async (rig: Rig) => {
        rig.addRole('reader');
        await rig.pass(60_000);
      },
    },
  ])('of another cluster keeps us from a role $reason', async ({ before }) => {
    const rig = await running();
    await before(rig);
    rig.provider.put('org_1', 'reader', ['a'], { mark: { cluster: 'cluster-2', object: 'their/role' } });
    const written = rig.provider.count('apply');
    rig.addRole('reader', { permissions: ['a', 'b', 'c'] });
    await rig.pass(60_000);
    expect(rig.ready('reader')).toBe('False/ManagementConflict');
    expect(rig.condition('reader', 'Ready')?.message).toBe(
      'Role "reader" of organization "org_1" is marked at the provider as managed by Role "their/role" of cluster "cluster-2", and this is cluster "cluster-1". Delete that object with deletionPolicy: Retain, give this operator the other id with --cluster-id if it takes that cluster\'s place, or set spec.adoptionPolicy: Always to take the role over.',
    );
    expect(rig.provider.count('apply')).toBe(written);
    rig.addRole('reader', { permissions: ['a', 'b', 'c'], adoptionPolicy: 'Always' });
    await rig.pass(60_000);
    expect(rig.provider.get('org_1', 'reader')).toMatchObject({ mark: ours, permissions: ['a', 'b', 'c'] });
  });
});
