import { describe, expect, it } from 'vitest';
import { names } from '../../../src/api/index.ts';
import { resources } from '../../../src/kube/index.ts';
import { Rig } from '../../support/rig.ts';

/** A Role with `deletionPolicy: Delete` that ann holds by a RoleBinding; then the operator loses the right to read CRDs. */
async function withoutTheRight(): Promise<Rig> {
  const rig = await Rig.running();
  rig.addRole('reader', { deletionPolicy: 'Delete' });
  rig.addBinding('readers', [{ id: 'ann' }]);
  await rig.pass(30_000);
  rig.kube.hidesDefinitions = true;
  return rig;
}

const holders = (rig: Rig) => rig.provider.holders.holdersOf('org_1', 'reader');

describe('without the right to see whether a whole kind is being deleted', () => {
  it('a RoleBinding that is deleted waits and says why, and revokes as soon as the right is there', async () => {
    const rig = await withoutTheRight();
    rig.deleteBinding('readers');
    await rig.pass(60_000);

    expect(holders(rig)).toEqual(['User/ann']);
    expect(rig.bindingCondition('readers', 'Ready')?.message).toMatch(
      /^Deletion waits: the operator may not read the CRD orgrolebindings\.rolekeeper\.dev,.*Allow its ServiceAccount to get it/,
    );
    rig.kube.hidesDefinitions = false;
    await rig.pass(300_000);
    expect(rig.binding('readers')).toBeUndefined();
    expect(holders(rig)).toEqual([]);
  });

  it('a RoleBinding that is deleted goes and leaves its grants when it is told to', async () => {
    const rig = await withoutTheRight();
    rig.deleteBinding('readers');
    await rig.pass(20_000);
    const binding = rig.binding('readers');
    const annotations = { [names.forceDelete]: 'true' };
    rig.kube.apply(resources.roleBindings, { ...binding, metadata: { namespace: 'team', name: 'readers', annotations } } as never);
    await rig.pass(20_000);

    expect(rig.binding('readers')).toBeUndefined();
    expect(holders(rig)).toEqual(['User/ann']);
    expect(rig.eventReasons('readers')).toContain('RetainedExternalGrants');
  });

  it('a Role that is deleted goes, and its role stays', async () => {
    const rig = await withoutTheRight();
    rig.deleteRole('reader');
    await rig.pass(20_000);

    expect(rig.role('reader')).toBeUndefined();
    expect(rig.provider.get('org_1', 'reader')).toBeDefined();
    const told = rig.events.find(({ reason }) => reason === 'RetainedExternalRole');
    expect(told?.note).toContain('may not read the CRD orgroles.rolekeeper.dev');
  });
});
