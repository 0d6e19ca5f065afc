import { describe, expect, it } from 'vitest';
import { Rig } from '../../support/rig.ts';

describe('a second read that is the wrong one', () => {
  it('has no role created again that the first one shows', async () => {
    const rig = await Rig.running();
    for (const slug of ['gone', 'here']) rig.addRole(slug);
    await rig.pass(60_000);
    rig.provider.roles.delete('org_1/gone');
    const there = new Map(rig.provider.roles);
    let reads = 0;
    rig.provider.onCall = ({ operation }) => {
      if (operation === 'observe') reads += 1;
      if (reads === 2) rig.provider.roles.clear();
      else if (reads === 3) for (const [key, role] of there) rig.provider.roles.set(key, role);
    };
    const before = rig.provider.count('apply');
    await rig.pass(1_300_000);
    expect(reads).toBeGreaterThan(3);
    const applied = rig.provider.calls.filter(({ operation }) => operation === 'apply').slice(before);
    expect(applied.map(({ detail }) => detail.split(' ').slice(0, 2).join(' '))).toEqual(['create org_1/gone']);
    expect([rig.ready('gone'), rig.ready('here')]).toEqual(['True/Available', 'True/Available']);
  });

  it('puts on record nobody who holds the role by somebody else’s hand', async () => {
    const rig = await Rig.running();
    const { holders } = rig.provider;
    rig.addRole('reader');
    rig.addBinding('readers', [{ id: 'ann' }]);
    holders.give('org_1', 'User/bob', 'reader');
    await rig.pass(60_000);
    const observe = holders.observe.bind(holders);
    let reads = 0;
    holders.observe = (organization, roles) => {
      reads += 1;
      return reads === 2 ? Promise.resolve({ organization, holdings: new Map() }) : observe(organization, roles);
    };
    holders.take('org_1', 'User/ann', 'reader');
    rig.addBinding('readers', [{ id: 'ann' }, { id: 'bob' }]);
    await rig.pass(60_000);
    expect(reads).toBeGreaterThan(2);
    expect(rig.binding('readers')?.status?.grants?.map(({ id }) => id)).toEqual(['ann']);
    rig.addBinding('readers', []);
    await rig.pass(60_000);
    expect(holders.holdersOf('org_1', 'reader')).toEqual(['User/bob']);
  });

  it('is made before anything is granted on the strength of a moment ago, when nobody was named and nobody shown', async () => {
    const rig = await Rig.running();
    const { holders } = rig.provider;
    rig.addRole('reader');
    holders.give('org_1', 'User/bob', 'reader');
    await rig.pass(60_000);
    holders.emptyReads = 1;
    rig.addBinding('readers', []);
    await rig.pass(100);
    expect(holders.emptyReads).toBe(0);
    rig.addBinding('readers', [{ id: 'bob' }]);
    await rig.pass(60_000);
    expect(rig.binding('readers')?.status?.grants).toBeUndefined();
    rig.addBinding('readers', []);
    await rig.pass(60_000);
    expect(holders.holdersOf('org_1', 'reader')).toEqual(['User/bob']);
  });
});
