import { describe, expect, it } from 'vitest';
import { names } from '../../../src/api/index.ts';
import { ProviderError } from '../../../src/model/index.ts';
import { FakeKube } from '../../support/fake-kube.ts';
import { FakeProvider } from '../../support/fake-provider.ts';
import { Rig } from '../../support/rig.ts';

const user = (id: string) => ({ id });

/** A rig with the Role `reader`, ready at the provider. */
async function running(provider = new FakeProvider()): Promise<Rig> {
  const rig = new Rig(new FakeKube(), provider);
  rig.addProvider();
  rig.addRole('reader', provider.capabilities.readable ? {} : { adoptionPolicy: 'Always' });
  rig.start();
  await rig.pass(20_000);
  return rig;
}

const holders = (rig: Rig, slug = 'reader') => rig.provider.holders.holdersOf('org_1', slug);
const writesOf = (rig: Rig, name: string) => rig.kube.writes.filter((write) => write.name === name).length;

describe('a RoleBinding', () => {
  it('gives the role to its subjects and says so, with one change each, two reads and three writes', async () => {
    const rig = await running();
    // Where nobody held any role before, the first read is repeated.
    rig.provider.holders.give('org_1', 'User/hand', 'other');
    rig.provider.holders.calls.length = 0;
    rig.addBinding('readers', [user('ann'), user('bob')]);
    await rig.pass(20_000);
    expect(holders(rig)).toEqual(['User/ann', 'User/bob']);
    expect(rig.bindingReady('readers')).toBe('True/Available');
    expect(rig.binding('readers')?.status).toMatchObject({
      role: { organization: 'org_1', slug: 'reader' },
      grants: [
        { kind: 'User', id: 'ann' },
        { kind: 'User', id: 'bob' },
      ],
      subjects: { desired: 2, granted: 2, failed: 0 },
      verification: 'Observed',
    });
    expect(rig.role('reader')?.status?.holders).toBe(2);
    expect([rig.provider.holders.count('change'), rig.provider.holders.count('holders')]).toEqual([2, 2]);
    // The finalizer, the record before anything is granted, and the outcome.
    expect(writesOf(rig, 'readers')).toBe(3);
    expect(rig.eventReasons('readers')).toEqual(['GrantedExternalRole']);
  });

  it('costs one read per interval and writes nothing when there is nothing to do', async () => {
    const rig = await running();
    rig.addBinding('readers', [user('ann')]);
    await rig.pass(60_000);
    rig.provider.holders.calls.length = 0;
    const writes = rig.kube.writes.length;
    await rig.pass(3 * 600_000);
    expect(rig.provider.holders.count('holders')).toBe(3);
    expect(rig.provider.holders.count('change')).toBe(0);
    expect(rig.kube.writes.length).toBe(writes);
  });

  it('with many subjects makes its Role reach further, and a restart finds nothing to add', async () => {
    const rig = await running();
    rig.addBinding(
      'readers',
      Array.from({ length: 120 }, (_, index) => user(`user${index}`)),
    );
    await rig.pass(60_000);
    const { blastRadius, holders: count } = rig.role('reader')?.status ?? {};
    expect([count, blastRadius?.summary]).toEqual([120, expect.stringContaining('100 or more holders')]);
    const before = rig.kube.writes.length;
    rig.stop();
    rig.start();
    await rig.pass(601_000);
    expect(rig.kube.writes.length).toBe(before);
  });

  it('waits for its Role and goes on by itself', async () => {
    const rig = new Rig();
    rig.addProvider();
    rig.start();
    rig.addBinding('readers', [user('ann')]);
    await rig.pass(10_000);
    expect(rig.bindingReady('readers')).toBe('False/RoleNotReady');
    expect(rig.bindingCondition('readers', 'Ready')?.message).toBe(
      'Role "team/reader" doesn\'t exist. Create it; the RoleBinding then goes on by itself.',
    );
    rig.addRole('reader');
    await rig.pass(20_000);
    expect(rig.bindingReady('readers')).toBe('True/Available');
    expect(holders(rig)).toEqual(['User/ann']);
  });

  it('takes the role from whom it no longer lists, and from nobody else', async () => {
    const rig = await running();
    rig.provider.holders.give('org_1', 'User/hand', 'reader');
    rig.provider.holders.give('org_1', 'User/bob', 'other');
    rig.addBinding('readers', [user('ann'), user('bob')]);
    await rig.pass(20_000);
    rig.addBinding('readers', [user('ann')]);
    await rig.pass(20_000);
    expect(holders(rig)).toEqual(['User/ann', 'User/hand']);
    expect(rig.provider.holders.roles('org_1', 'User/bob')).toEqual(['other']);
    expect(rig.binding('readers')?.status?.grants).toEqual([{ kind: 'User', id: 'ann' }]);
    expect(rig.eventReasons('readers')).toEqual(['GrantedExternalRole', 'RevokedExternalRole']);
  });

  it('leaves somebody the role who had it before', async () => {
    const rig = await running();
    rig.provider.holders.give('org_1', 'User/ann', 'reader');
    rig.addBinding('readers', [user('ann'), user('bob')]);
    await rig.pass(20_000);
    expect(rig.binding('readers')?.status?.grants).toEqual([{ kind: 'User', id: 'bob' }]);
    rig.deleteBinding('readers');
    await rig.pass(20_000);
    expect(rig.binding('readers')).toBeUndefined();
    expect(holders(rig)).toEqual(['User/ann']);
  });

  it('gives back what somebody took, and says so', async () => {
    const rig = await running();
    rig.addBinding('readers', [user('ann')]);
    await rig.pass(60_000);
    rig.provider.holders.take('org_1', 'User/ann', 'reader');
    await rig.pass(601_000);
    expect(holders(rig)).toEqual(['User/ann']);
    expect(rig.eventReasons('readers')).toEqual(['GrantedExternalRole', 'DriftCorrected', 'GrantedExternalRole']);
  });

  it('that is authoritative leaves the role to nobody else', async () => {
    const rig = await running();
    rig.provider.holders.give('org_1', 'User/hand', 'reader');
    rig.addBinding('readers', [user('ann')], { managementMode: 'Authoritative' });
    rig.addBinding('others', [user('bob')]);
    await rig.pass(20_000);
    expect(rig.bindingReady('readers')).toBe('False/PlanPending');
    rig.approveBinding('readers');
    await rig.pass(20_000);
    expect(holders(rig)).toEqual(['User/ann', 'User/bob']);
    rig.provider.holders.give('org_1', 'User/hand', 'reader');
    await rig.pass(601_000);
    expect(holders(rig)).toEqual(['User/ann', 'User/bob']);
  });

  it('shares a subject with another, and the last one that lets go revokes', async () => {
    const rig = await running();
    rig.addBinding('one', [user('ann')]);
    await rig.pass(20_000);
    rig.addBinding('two', [user('ann')]);
    await rig.pass(20_000);
    rig.deleteBinding('one');
    await rig.pass(20_000);
    expect(holders(rig)).toEqual(['User/ann']);
    rig.deleteBinding('two');
    await rig.pass(20_000);
    expect(holders(rig)).toEqual([]);
    expect([rig.binding('one'), rig.binding('two')]).toEqual([undefined, undefined]);
  });

  it('finds subjects by address, reports each that it can not, and goes on with the others', async () => {
    const rig = await running();
    rig.provider.holders.emails.set('ann@example.com', ['u1']);
    rig.provider.holders.emails.set('two@example.com', ['u2', 'u3']);
    rig.provider.holders.missing.add('User/gone');
    rig.addBinding('readers', [
      { email: 'Ann@Example.com' },
      { email: 'nobody@example.com' },
      { email: 'two@example.com' },
      { kind: 'Group', id: 'g1' },
      user('gone'),
      user('bob'),
      user('bob'),
    ]);
    await rig.pass(20_000);
    expect(holders(rig)).toEqual(['User/bob', 'User/u1']);
    expect(rig.bindingReady('readers')).toBe('False/SubjectsFailed');
    expect(rig.bindingCondition('readers', 'Stalled')?.status).toBe('True');
    const { status } = rig.binding('readers') ?? {};
    expect(status?.failures?.map(({ subject, reason }) => `${subject}: ${reason}`)).toEqual([
      'Group g1: Unsupported',
      'User gone: NotFound',
      'User nobody@example.com: NotFound',
      'User two@example.com: Ambiguous',
    ]);
    expect(status?.subjects).toEqual({ desired: 6, granted: 2, failed: 4 });
    expect(status?.grants).toEqual(expect.arrayContaining([{ kind: 'User', id: 'u1', email: 'Ann@Example.com' }]));
  });

  it('keeps what was given by an address that nobody has any more', async () => {
    const rig = await running();
    rig.provider.holders.emails.set('ann@example.com', ['u1']);
    rig.addBinding('readers', [{ email: 'ann@example.com' }]);
    await rig.pass(20_000);
    rig.provider.holders.emails.clear();
    rig.addBinding('readers', [{ email: 'ann@example.com' }, user('bob')]);
    await rig.pass(20_000);
    expect(holders(rig)).toEqual(['User/bob', 'User/u1']);
    expect(rig.bindingReady('readers')).toBe('False/SubjectsFailed');
  });

  it('does not touch somebody whose membership is inactive, unless it is told to', async () => {
    const rig = await running();
    rig.provider.holders.give('org_1', 'User/ann', 'other');
    rig.provider.holders.obstacles.set('User/ann', { reason: 'Inactive', message: 'The membership is inactive.' });
    rig.addBinding('readers', [user('ann')]);
    await rig.pass(20_000);
    expect(holders(rig)).toEqual([]);
    expect(rig.binding('readers')?.status?.failures).toMatchObject([{ subject: 'User ann', reason: 'Inactive' }]);
    rig.addBinding('readers', [user('ann')], { reactivate: true });
    await rig.pass(20_000);
    expect(holders(rig)).toEqual(['User/ann']);
    expect(rig.bindingReady('readers')).toBe('True/Available');
  });

  it('to a role that no manifest declares grants it as it is', async () => {
    const rig = await running();
    rig.provider.put('org_2', 'admin', ['a'], { system: true });
    rig.addBinding('admins', [user('ann')], { roleRef: { external: { slug: 'admin', organization: 'org_2', providerRef: {} } } });
    await rig.pass(20_000);
    expect(rig.provider.holders.holdersOf('org_2', 'admin')).toEqual(['User/ann']);
    expect(rig.bindingReady('admins')).toBe('True/Available');
  });

  it('that is suspended neither gives nor takes', async () => {
    const rig = await running();
    rig.addBinding('readers', [user('ann')]);
    await rig.pass(20_000);
    rig.addBinding('readers', [user('bob')], { suspend: true });
    await rig.pass(20_000);
    expect(holders(rig)).toEqual(['User/ann']);
    expect(rig.bindingCondition('readers', 'Synced')?.reason).toBe('Suspended');
    rig.addBinding('readers', [user('bob')]);
    await rig.pass(20_000);
    expect(holders(rig)).toEqual(['User/bob']);
  });

  it('acknowledges that it was asked to look', async () => {
    const rig = await running();
    rig.addBinding('readers', [user('ann')], {}, { annotations: { [names.reconcileRequestedAt]: 'now' } });
    await rig.pass(20_000);
    expect(rig.binding('readers')?.status?.lastHandledReconcileAt).toBe('now');
  });
});

describe('times', () => {
  const at = (rig: Rig, ms: number) => new Date(rig.clock.now() + ms).toISOString();

  it('begin and end a grant in their moment, with Events', async () => {
    const rig = await running();
    rig.addBinding('readers', [{ id: 'ann', notBefore: at(rig, 120_000), expiresAt: at(rig, 240_000) }]);
    await rig.pass(60_000);
    expect(holders(rig)).toEqual([]);
    expect(rig.bindingReady('readers')).toBe('True/Available');
    await rig.pass(61_000);
    expect(holders(rig)).toEqual(['User/ann']);
    expect(rig.binding('readers')?.status?.subjects).toMatchObject({ granted: 1, expiring: 1 });
    await rig.pass(120_000);
    expect(holders(rig)).toEqual([]);
    expect(rig.eventReasons('readers')).toEqual(['GrantedExternalRole', 'BindingExpiring', 'BindingExpired']);
  });

  it('that passed while nobody was there are honoured at the start', async () => {
    const rig = await running();
    rig.addBinding('readers', [{ id: 'ann', expiresAt: at(rig, 120_000) }]);
    await rig.pass(30_000);
    rig.stop();
    await rig.pass(3_600_000);
    expect(holders(rig)).toEqual(['User/ann']);
    rig.start();
    await rig.pass(20_000);
    expect(holders(rig)).toEqual([]);
  });

  it('in the past grant nothing', async () => {
    const rig = await running();
    rig.addBinding('readers', [{ id: 'ann', expiresAt: at(rig, -1000) }]);
    await rig.pass(20_000);
    expect(rig.provider.holders.count('change')).toBe(0);
    expect(rig.binding('readers')?.status?.subjects).toEqual({ desired: 0, granted: 0, failed: 0 });
  });
});

describe('deletion', () => {
  it('of both ends in whichever order', async () => {
    for (const order of ['binding first', 'role first']) {
      const rig = await running();
      rig.addRole('reader', { deletionPolicy: 'Delete' });
      rig.addBinding('readers', [user('ann')]);
      await rig.pass(30_000);
      if (order === 'binding first') rig.deleteBinding('readers');
      rig.deleteRole('reader');
      if (order === 'role first') rig.deleteBinding('readers');
      await rig.pass(120_000);
      expect([rig.role('reader'), rig.binding('readers')], order).toEqual([undefined, undefined]);
      expect(holders(rig), order).toEqual([]);
      expect(rig.provider.get('org_1', 'reader'), order).toBeUndefined();
    }
  });

  it('of a Role waits as long as a RoleBinding grants it', async () => {
    const rig = await running();
    rig.addRole('reader', { deletionPolicy: 'Delete' });
    rig.addBinding('readers', [user('ann')]);
    await rig.pass(30_000);
    rig.deleteRole('reader');
    await rig.pass(60_000);
    expect(rig.ready('reader')).toBe('False/RoleInUse');
    expect(rig.condition('reader', 'Ready')?.message).toContain('RoleBinding "team/readers" grants the role.');
    expect(rig.bindingReady('readers')).toBe('False/RoleNotReady');
    expect(holders(rig)).toEqual(['User/ann']);
  });

  it('of a Role does not wait for a RoleBinding when the whole kind is being uninstalled, and takes nothing away', async () => {
    const rig = await running();
    rig.addRole('reader', { deletionPolicy: 'Delete' });
    rig.addBinding('readers', [user('ann')]);
    await rig.pass(30_000);
    rig.kube.uninstalling = true;
    rig.deleteRole('reader');
    await rig.pass(120_000);
    expect(rig.role('reader')).toBeUndefined();
    expect(rig.provider.get('org_1', 'reader')).toBeDefined();
    expect(holders(rig)).toEqual(['User/ann']);
  });

  it('of a binding revokes also when its Role is gone', async () => {
    const rig = await running();
    rig.addBinding('readers', [user('ann')]);
    await rig.pass(20_000);
    rig.deleteRole('reader');
    await rig.pass(20_000);
    rig.deleteBinding('readers');
    await rig.pass(20_000);
    expect(rig.binding('readers')).toBeUndefined();
    expect(holders(rig)).toEqual([]);
  });

  it('ends without the provider where that is lost or somebody forces it, and tells what stays', async () => {
    const rig = await running();
    rig.addBinding('lost', [user('ann')]);
    await rig.pass(20_000);
    rig.deleteProvider();
    rig.deleteSecret();
    await rig.pass(60_000);
    rig.deleteBinding('lost');
    await rig.pass(60_000);
    expect(rig.binding('lost')).toBeUndefined();
    expect(holders(rig)).toEqual(['User/ann']);
    expect(rig.eventReasons('lost')).toContain('RetainedExternalGrants');
  });

  it('waits while the provider fails, and ends afterwards', async () => {
    const rig = await running();
    rig.addBinding('readers', [user('ann')]);
    await rig.pass(20_000);
    const down = new ProviderError('transient', 'down', { operation: 'change', status: 503 });
    for (let index = 0; index < 3; index += 1) rig.provider.holders.faults.push({ operation: 'change', error: down });
    rig.deleteBinding('readers');
    await rig.pass(1_000);
    expect(rig.binding('readers')).toBeDefined();
    await rig.pass(120_000);
    expect(rig.binding('readers')).toBeUndefined();
    expect(holders(rig)).toEqual([]);
  });
});

describe('faults', () => {
  it('of one subject do not stop the others, and are tried again', async () => {
    const rig = await running();
    rig.provider.holders.faults.push({
      operation: 'change',
      about: 'ann',
      error: new ProviderError('transient', 'timed out', { operation: 'change', ambiguous: true }),
      after: true,
    });
    rig.addBinding('readers', [user('ann'), user('bob')]);
    await rig.pass(60_000);
    expect(holders(rig)).toEqual(['User/ann', 'User/bob']);
    expect(rig.bindingReady('readers')).toBe('True/Available');
    expect(rig.binding('readers')?.status?.grants).toHaveLength(2);
  });

  it('of the read leave everything as it was', async () => {
    const rig = await running();
    rig.addBinding('readers', [user('ann')]);
    await rig.pass(60_000);
    rig.provider.holders.faults.push({
      operation: 'holders',
      error: new ProviderError('transient', 'down', { operation: 'list', status: 503 }),
    });
    rig.addBinding('readers', []);
    await rig.pass(100);
    expect(holders(rig)).toEqual(['User/ann']);
    await rig.pass(60_000);
    expect(holders(rig)).toEqual([]);
  });

  it('of a read that turns out empty lose no grant', async () => {
    const rig = await running();
    rig.addBinding('readers', [user('ann')]);
    await rig.pass(60_000);
    rig.provider.holders.emptyReads = 1;
    rig.addBinding('readers', []);
    await rig.pass(60_000);
    expect(holders(rig)).toEqual([]);
    expect(rig.binding('readers')?.status?.grants).toBeUndefined();
  });

  it.each(['before', 'after'] as const)('a crash %s any call loses and leaks no grant', async (when) => {
    for (let call = 1; call <= 14; call += 1) {
      const rig = await running();
      rig.addBinding('readers', [user('ann'), user('bob')]);
      rig.crashAt({ call, when });
      await rig.pass(20_000);
      rig.stop();
      rig.start();
      await rig.pass(60_000);
      expect(holders(rig), `crash ${when} call ${call}`).toEqual(['User/ann', 'User/bob']);
      rig.deleteBinding('readers');
      rig.crashAt({ call, when });
      await rig.pass(20_000);
      rig.stop();
      rig.start();
      await rig.pass(60_000);
      expect(holders(rig), `crash ${when} call ${call} of the deletion`).toEqual([]);
      expect(rig.binding('readers')).toBeUndefined();
    }
  });
});

describe('limits', () => {
  it('of holders keep a role from being taken from the last', async () => {
    const rig = await running();
    rig.addRole('reader', { protection: { minHolders: 2 } });
    rig.addBinding('readers', [user('ann'), user('bob'), user('cid')]);
    await rig.pass(30_000);
    rig.addBinding('readers', [user('ann')]);
    await rig.pass(30_000);
    expect(holders(rig)).toEqual(['User/ann', 'User/bob', 'User/cid']);
    expect(rig.bindingReady('readers')).toBe('False/SubjectsFailed');
    rig.addBinding('readers', [user('ann'), user('dora')]);
    await rig.pass(30_000);
    expect(holders(rig)).toEqual(['User/ann', 'User/dora']);
    expect(rig.bindingReady('readers')).toBe('True/Available');
  });

  it('of one role each let the older of two bindings win, and the other says which', async () => {
    const rig = await running(new FakeProvider({ multipleRolesPerUser: false }));
    rig.addRole('writer', { permissions: ['c'] });
    await rig.pass(20_000);
    rig.addBinding('one', [user('ann')], {}, { creationTimestamp: '2030-01-01T00:00:00Z' });
    rig.addBinding('two', [user('ann')], { roleRef: { name: 'writer' } }, { creationTimestamp: '2030-01-02T00:00:00Z' });
    await rig.pass(20_000);
    expect(rig.provider.holders.roles('org_1', 'User/ann')).toEqual(['reader']);
    expect(rig.bindingReady('one')).toBe('True/Available');
    expect(rig.bindingReady('two')).toBe('False/SubjectsFailed');
    expect(rig.binding('two')?.status?.failures?.[0]).toMatchObject({ subject: 'User ann', reason: 'Conflict' });
  });

  it('of both kinds let two exchange their roles', async () => {
    const rig = await running(new FakeProvider({ multipleRolesPerUser: false }));
    rig.provider.holders.oneRoleEach = true;
    rig.addRole('reader', { protection: { minHolders: 1 } });
    rig.addRole('writer', { permissions: ['c'], protection: { minHolders: 1 } });
    await rig.pass(20_000);
    rig.addBinding('one', [user('ann')]);
    rig.addBinding('two', [user('bob')], { roleRef: { name: 'writer' } });
    await rig.pass(20_000);
    expect([holders(rig), holders(rig, 'writer')]).toEqual([['User/ann'], ['User/bob']]);
    rig.addBinding('one', [user('cid')]);
    rig.addBinding('two', [user('ann')], { roleRef: { name: 'writer' } });
    await rig.pass(60_000);
    expect([holders(rig), holders(rig, 'writer')]).toEqual([['User/cid'], ['User/ann']]);
  });

  it('of what a provider can tell concern the one binding that names such a role', async () => {
    const rig = await running();
    rig.addBinding('odd', [user('ann')], { roleRef: { external: { slug: 'odd_one', organization: 'org_1', providerRef: {} } } });
    rig.addBinding('readers', [user('ann')]);
    await rig.pass(20_000);
    expect(rig.bindingReady('odd')).toBe('False/InvalidSpec');
    expect(rig.bindingReady('readers')).toBe('True/Available');
  });

  it('of who may use a provider hold for bindings too', async () => {
    const rig = await running();
    rig.addClusterProvider({ allowedNamespaces: { names: ['elsewhere'] } });
    rig.addBinding('admins', [user('ann')], {
      roleRef: { external: { slug: 'admin', organization: 'org_1', providerRef: { kind: 'ClusterRoleProvider', name: 'default' } } },
    });
    await rig.pass(20_000);
    expect(rig.bindingReady('admins')).toBe('False/NamespaceNotAllowed');
    expect(rig.provider.holders.count('change')).toBe(0);
  });

  it('a provider that can not change who holds a role is said to be one', async () => {
    const rig = await running(new FakeProvider({ bindings: false }));
    rig.addBinding('readers', [user('ann')]);
    await rig.pass(20_000);
    expect(rig.bindingReady('readers')).toBe('False/Unsupported');
  });
});

describe('at a provider that does not tell who holds a role', () => {
  const blind = { readable: false, readBindings: false, permissionCatalogue: false, deleteRole: false };

  it('grants are sent once, and again on the interval, and only what was sent is taken back', async () => {
    const rig = await running(new FakeProvider(blind));
    rig.provider.holders.give('org_1', 'User/hand', 'reader');
    rig.addBinding('readers', [user('ann')]);
    await rig.pass(30_000);
    expect(rig.bindingReady('readers')).toBe('True/Asserted');
    expect(rig.provider.holders.count('change')).toBe(1);
    const writes = rig.kube.writes.length;
    rig.provider.holders.take('org_1', 'User/ann', 'reader');
    await rig.pass(1_200_000);
    expect(rig.provider.holders.count('change')).toBe(3);
    expect(rig.kube.writes.length).toBe(writes);
    expect(holders(rig)).toEqual(['User/ann', 'User/hand']);
    rig.stop();
    rig.start();
    await rig.pass(1_000);
    expect(rig.provider.holders.count('change')).toBe(3);
    rig.addBinding('readers', [user('bob')]);
    await rig.pass(30_000);
    expect(holders(rig)).toEqual(['User/bob', 'User/hand']);
    rig.deleteBinding('readers');
    await rig.pass(30_000);
    expect(holders(rig)).toEqual(['User/hand']);
    expect(rig.binding('readers')).toBeUndefined();
    expect(rig.provider.holders.count('holders')).toBe(0);
  });
});
