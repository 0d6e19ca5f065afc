import { describe, expect, it } from 'vitest';
import { names } from '../../../src/api/index.ts';
import { Rig } from '../../support/rig.ts';

const paused = { [names.pause]: 'true' };

/** Pauses by whatever has the name, and ends it. */
const switches = [
  { scope: 'the namespace', on: (rig: Rig) => rig.addNamespace('team', {}, paused), off: (rig: Rig) => rig.addNamespace('team') },
  {
    scope: 'the whole cluster',
    on: (rig: Rig) => rig.addNamespace('rolekeeper-system', {}, paused),
    off: (rig: Rig) => rig.addNamespace('rolekeeper-system'),
  },
  { scope: 'the provider', on: (rig: Rig) => rig.addProvider({ pause: true }), off: (rig: Rig) => rig.addProvider() },
] as const;

describe.each(switches)('a pause of $scope', ({ on, off }) => {
  it('stops all work at once, says so, and ends by itself', async () => {
    const rig = await Rig.running();
    rig.addRole('reader');
    rig.addBinding('readers', [{ id: 'ann' }]);
    await rig.pass(60_000);
    on(rig);
    await rig.pass(10_000);
    const before = rig.provider.calls.filter(({ operation }) => operation !== 'probe').length;
    rig.addRole('reader', { permissions: ['c'] });
    rig.addRole('second');
    rig.addBinding('readers', [{ id: 'bob' }]);
    rig.provider.put('org_1', 'reader', ['e']);
    await rig.pass(1_200_000);
    expect(rig.provider.calls.filter(({ operation }) => operation !== 'probe')).toHaveLength(before);
    expect(rig.provider.holders.holdersOf('org_1', 'reader')).toEqual(['User/ann']);
    expect(rig.condition('reader', 'Synced')).toMatchObject({ status: 'Unknown', reason: 'Paused' });
    expect(rig.ready('second')).toBe('Unknown/Paused');
    expect(rig.bindingCondition('readers', 'Synced')?.reason).toBe('Paused');
    off(rig);
    await rig.pass(60_000);
    expect(rig.provider.get('org_1', 'reader')?.permissions).toEqual(['c']);
    expect(rig.provider.holders.holdersOf('org_1', 'reader')).toEqual(['User/bob']);
    expect([rig.ready('reader'), rig.ready('second'), rig.bindingReady('readers')]).toEqual(Array(3).fill('True/Available'));
  });

  it('makes deletions wait that would change something, and lets the others end', async () => {
    const rig = await Rig.running();
    rig.addRole('retained');
    rig.addRole('deleted', { deletionPolicy: 'Delete' });
    await rig.pass(60_000);
    on(rig);
    await rig.pass(10_000);
    rig.deleteRole('retained');
    rig.deleteRole('deleted');
    await rig.pass(60_000);
    expect(rig.role('retained')).toBeUndefined();
    expect(rig.ready('deleted')).toBe('False/Paused');
    expect(rig.provider.get('org_1', 'deleted')).toBeDefined();
    off(rig);
    await rig.pass(60_000);
    expect(rig.role('deleted')).toBeUndefined();
    expect(rig.provider.get('org_1', 'deleted')).toBeUndefined();
  });
});

describe('a pause', () => {
  it('that begins in the middle of a turn lets no further write through', async () => {
    const rig = await Rig.running();
    rig.provider.onOutcome = ({ operation }) => {
      if (operation === 'apply') rig.addNamespace('team', {}, paused);
    };
    for (let index = 0; index < 5; index += 1) rig.addRole(`role-${index}`);
    await rig.pass(60_000);
    expect(rig.provider.count('apply')).toBe(1);
    rig.addNamespace('team');
    rig.provider.onOutcome = () => undefined;
    await rig.pass(60_000);
    expect([0, 1, 2, 3, 4].map((index) => rig.ready(`role-${index}`))).toEqual(Array(5).fill('True/Available'));
  });

  it('by the flag holds for all', async () => {
    const rig = new Rig();
    rig.pauseAll = true;
    rig.addProvider();
    rig.start();
    rig.addRole('reader');
    await rig.pass(60_000);
    expect(rig.ready('reader')).toBe('Unknown/Paused');
    expect(rig.condition('reader', 'Ready')?.message).toBe(
      'The operator was started with --pause: no Role or RoleBinding is worked on. Start it without.',
    );
    expect(rig.provider.count('observe')).toBe(0);
  });

  it('of a namespace says how it ends', async () => {
    const rig = await Rig.running();
    rig.addNamespace('team', {}, paused);
    rig.addRole('reader');
    await rig.pass(10_000);
    expect(rig.condition('reader', 'Ready')?.message).toBe(
      'Namespace "team" is annotated with rolekeeper.dev/pause=true: no Role or RoleBinding of it is worked on. To go on: kubectl annotate namespace team rolekeeper.dev/pause-',
    );
  });
});
