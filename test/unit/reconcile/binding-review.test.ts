import { describe, expect, it } from 'vitest';
import { names, type RoleBinding } from '../../../src/api/index.ts';
import type { ObjectStore } from '../../../src/cache/index.ts';
import { KubeError, resources } from '../../../src/kube/index.ts';
import { ProviderError } from '../../../src/model/index.ts';
import { FakeKube } from '../../support/fake-kube.ts';
import { FakeProvider } from '../../support/fake-provider.ts';
import { Rig } from '../../support/rig.ts';

const user = (id: string) => ({ id });
const authoritative = { managementMode: 'Authoritative' } as const;
const external = { roleRef: { external: { slug: 'reader', organization: 'org_1', providerRef: {} } } };
const other = { namespace: 'other' };

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
const bindingOf = (rig: Rig, namespace: string, name: string) => rig.kube.stores.roleBindings.get(`${namespace}/${name}`);
const readyOf = ({ status }: RoleBinding) => {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return `${ready?.status}/${ready?.reason}`;
};
const down = new ProviderError('transient', 'down', { operation: 'any', status: 503 });
const refused = new ProviderError('forbidden', 'no right', { operation: 'any', status: 403 });

/** Keeps this process from knowing the provider of namespace `other` for about as many seconds as reads fail. */
function keepUnknown(rig: Rig, reads: number): void {
  const error = new KubeError('transient', 'the API server answered 503', { status: 503 });
  for (let read = 0; read < reads; read += 1) rig.kube.faults.push({ verb: 'get', namespace: 'other', error });
}

describe('who is named through a provider that is not known yet', () => {
  it('keeps a grant that another binding lets go, and a role that an authoritative one does not list', async () => {
    const rig = await running();
    rig.addProvider({}, 'other');
    rig.provider.holders.give('org_1', 'User/hand', 'reader');
    rig.provider.holders.emails.set('eve@example.com', ['eve']);
    rig.provider.holders.give('org_1', 'User/eve', 'reader');
    rig.addBinding('shared', [user('ann'), user('bob')]);
    await rig.pass(20_000);
    rig.addBinding('theirs', [user('ann'), user('hand'), { email: 'eve@example.com' }], external, other);
    await rig.pass(20_000);
    expect(holders(rig)).toEqual(['User/ann', 'User/bob', 'User/eve', 'User/hand']);
    rig.stop();
    const gone: string[] = [];
    rig.provider.holders.onChange = ({ subject, remove }) => void gone.push(...remove.map(() => subject.id));
    keepUnknown(rig, 6);
    rig.addBinding('shared', [user('bob')]);
    rig.addBinding('strict', [user('bob')], authoritative);
    rig.start();
    await rig.pass(15_000);
    expect(rig.kube.faults.length).toBeGreaterThan(0);
    expect(gone).toEqual([]);
    expect(rig.bindingReady('strict')).toBe('False/SubjectsFailed');
    await rig.pass(700_000);
    expect(gone).toEqual([]);
    expect(holders(rig)).toEqual(['User/ann', 'User/bob', 'User/eve', 'User/hand']);
    expect([rig.bindingReady('shared'), rig.bindingReady('strict')]).toEqual(['True/Available', 'True/Available']);
    rig.kube.delete(resources.roleBindings, { namespace: 'other', name: 'theirs' });
    await rig.pass(700_000);
    expect(holders(rig)).toEqual(['User/bob']);
  });

  it('keeps it too while that provider is not ready', async () => {
    const rig = await running();
    rig.addProvider({}, 'other');
    rig.addBinding('theirs', [user('ann')], external, other);
    await rig.pass(20_000);
    rig.deleteSecret('other');
    await rig.pass(60_000);
    expect(rig.providerCondition('Ready', 'other')?.status).toBe('False');
    rig.addBinding('strict', [user('bob')], authoritative);
    await rig.pass(120_000);
    expect(holders(rig)).toEqual(['User/ann', 'User/bob']);
  });

  it('keeps what is sent to a provider that does not tell who holds a role', async () => {
    const blind = { readable: false, readBindings: false, permissionCatalogue: false, deleteRole: false };
    const rig = await running(new FakeProvider(blind));
    rig.addProvider({}, 'other');
    rig.addBinding('shared', [user('ann')]);
    rig.addBinding('theirs', [user('ann')], external, other);
    await rig.pass(30_000);
    rig.stop();
    const gone: string[] = [];
    rig.provider.holders.onChange = ({ subject, remove }) => void gone.push(...remove.map(() => subject.id));
    keepUnknown(rig, 6);
    rig.addBinding('shared', [user('bob')]);
    rig.start();
    await rig.pass(700_000);
    expect(gone).toEqual([]);
    expect(holders(rig)).toEqual(['User/ann', 'User/bob']);
    expect(rig.binding('shared')?.status?.grants?.map(({ id }) => id)).toEqual(['bob']);
  });

  it('says nothing about an organization of the same name at another account', async () => {
    const rig = await running();
    rig.accounts.set('elsewhere', new FakeProvider());
    rig.addProvider({ fake: { account: 'elsewhere' } }, 'other');
    rig.addBinding('theirs', [user('ann')], external, other);
    await rig.pass(20_000);
    rig.provider.holders.give('org_1', 'User/ann', 'reader');
    rig.deleteSecret('other');
    await rig.pass(60_000);
    rig.addBinding('strict', [user('bob')], authoritative);
    await rig.pass(120_000);
    rig.approveBinding('strict');
    await rig.pass(20_000);
    expect(holders(rig)).toEqual(['User/bob']);
  });
});

describe('subjects that can not be looked for', () => {
  it('are not swept away by an authoritative binding', async () => {
    const rig = await running();
    rig.provider.holders.emails.set('ann@example.com', ['ann']);
    rig.provider.holders.give('org_1', 'User/ann', 'reader');
    rig.addBinding('lists', [{ email: 'ann@example.com' }]);
    rig.addBinding('strict', [user('bob')], authoritative);
    await rig.pass(20_000);
    expect(holders(rig)).toEqual(['User/ann', 'User/bob']);
    for (let lookup = 0; lookup < 4; lookup += 1) rig.provider.holders.faults.push({ operation: 'lookup', error: down, about: 'org_1 1' });
    const seen: string[] = [];
    rig.kube.onWrite = (_before, after) => {
      if (after.metadata.name === 'strict') seen.push(readyOf(after as RoleBinding));
    };
    rig.addBinding('strict', [user('bob')], { ...authoritative, interval: '20m' });
    await rig.pass(600);
    rig.addBinding('strict', [user('bob'), user('cid')], authoritative);
    await rig.pass(60_000);
    expect(seen).not.toContain('False/SubjectsFailed');
    expect(rig.provider.holders.faults).toEqual([]);
    expect(holders(rig)).toEqual(['User/ann', 'User/bob', 'User/cid']);
    await rig.pass(600_000);
    expect([rig.bindingReady('lists'), rig.bindingReady('strict')]).toEqual(['True/Available', 'True/Available']);
  });

  it("because their address is nobody else's or several people's now keep the role, and the sweep waits and says so", async () => {
    for (const found of [[], ['ann', 'dan']]) {
      const rig = await running();
      rig.provider.holders.emails.set('ann@example.com', ['ann']);
      rig.provider.holders.give('org_1', 'User/ann', 'reader');
      rig.addBinding('strict', [{ email: 'ann@example.com' }, user('bob')], authoritative);
      await rig.pass(20_000);
      expect(rig.bindingReady('strict')).toBe('True/Available');
      rig.provider.holders.emails.set('ann@example.com', found);
      await rig.pass(700_000);
      expect(holders(rig)).toEqual(['User/ann', 'User/bob']);
      expect(rig.binding('strict')?.status?.failures?.map(({ subject, reason }) => `${subject}: ${reason}`)).toEqual([
        'User ann: Undecided',
        `User ann@example.com: ${found.length === 0 ? 'NotFound' : 'Ambiguous'}`,
      ]);
      rig.addBinding('strict', [user('bob')], authoritative);
      await rig.pass(20_000);
      expect(holders(rig)).toEqual(['User/bob']);
    }
  });

  it('of a suspended binding keep what they hold, also from an authoritative sibling', async () => {
    const rig = await running();
    rig.provider.holders.give('org_1', 'User/ann', 'reader');
    rig.addBinding('lists', [user('ann'), user('cid')]);
    await rig.pass(20_000);
    rig.addBinding('lists', [user('ann'), user('cid')], { suspend: true });
    rig.addBinding('strict', [user('bob')], authoritative);
    await rig.pass(20_000);
    expect(holders(rig)).toEqual(['User/ann', 'User/bob', 'User/cid']);
  });

  it('are told by the binding that lists them, and its own turn comes soon', async () => {
    const rig = await running();
    rig.addBinding('two', [user('bob')]);
    await rig.pass(60_000);
    rig.addBinding('one', [user('ann')]);
    rig.provider.holders.take('org_1', 'User/bob', 'reader');
    rig.provider.holders.faults.push({ operation: 'change', about: 'bob', error: down });
    await rig.pass(120_000);
    expect(holders(rig)).toEqual(['User/ann', 'User/bob']);
    expect(rig.bindingReady('two')).toBe('True/Available');
    expect(rig.bindingCondition('two', 'Reconciling')?.status).toBe('False');
  });
});

describe('a cache that is behind', () => {
  it('loses no grant from the record', async () => {
    const rig = await running();
    const before = rig.addBinding('readers', [user('ann')]);
    await rig.pass(20_000);
    const recorded = rig.binding('readers')?.status?.grants;
    rig.stop();
    rig.start();
    const store = rig.kube.stores.roleBindings as ObjectStore<RoleBinding>;
    // What a watch that has stalled would show: the object as it was before the grant was recorded.
    store.replace([before]);
    await rig.pass(20_000);
    rig.kube.relist();
    await rig.pass(700_000);
    expect(rig.binding('readers')?.status?.grants).toEqual(recorded);
    rig.deleteBinding('readers');
    await rig.pass(60_000);
    expect(holders(rig)).toEqual([]);
  });
});

describe('a deletion ends', () => {
  it('when the provider object has vanished under its grants', async () => {
    const rig = await running();
    rig.addBinding('readers', [user('ann')]);
    await rig.pass(20_000);
    rig.deleteRole('reader');
    await rig.pass(1_000);
    const provider = rig.kube.provider('team', 'default');
    if (provider !== undefined)
      rig.kube.apply(resources.roleProviders, { ...provider, metadata: { ...provider.metadata, finalizers: [] } });
    rig.deleteProvider();
    await rig.pass(20_000);
    expect(rig.bindingReady('readers')).toBe('False/ProviderNotFound');
    rig.deleteBinding('readers');
    await rig.pass(20_000);
    expect(rig.binding('readers')).toBeUndefined();
    expect(rig.eventReasons('readers')).toContain('RetainedExternalGrants');
  });

  it('at once after a restart, although its Role is gone or elsewhere', async () => {
    const rig = await running();
    rig.addBinding('readers', [user('ann')]);
    await rig.pass(20_000);
    rig.deleteRole('reader');
    rig.deleteBinding('readers');
    rig.stop();
    rig.start();
    await rig.pass(20_000);
    expect(rig.binding('readers')).toBeUndefined();
    expect(holders(rig)).toEqual([]);
  });

  it('of a Role that wants holders and of its binding, in any order', async () => {
    const rig = await running();
    rig.addProvider({ guardrails: { minHolders: 1 } });
    rig.addRole('reader', { deletionPolicy: 'Delete', protection: { minHolders: 1 } });
    rig.addBinding('readers', [user('ann')]);
    await rig.pass(30_000);
    rig.deleteRole('reader');
    rig.deleteBinding('readers');
    await rig.pass(180_000);
    expect([rig.role('reader'), rig.binding('readers')]).toEqual([undefined, undefined]);
    expect(rig.provider.get('org_1', 'reader')).toBeUndefined();
  });

  it('when a subject of a provider that does not tell is not there any more', async () => {
    const blind = { readable: false, readBindings: false, permissionCatalogue: false, deleteRole: false };
    const rig = await running(new FakeProvider(blind));
    rig.addBinding('readers', [user('ann'), user('bob')]);
    await rig.pass(30_000);
    rig.provider.holders.missing.add('User/ann');
    rig.deleteBinding('readers');
    await rig.pass(120_000);
    expect(rig.binding('readers')).toBeUndefined();
    expect(rig.provider.holders.roles('org_1', 'User/bob')).toEqual([]);
  });

  it('and is told once while the provider can not be read', async () => {
    const rig = await running();
    rig.addBinding('readers', [user('ann')]);
    await rig.pass(20_000);
    for (let read = 0; read < 5; read += 1) rig.provider.holders.faults.push({ operation: 'holders', error: down });
    rig.deleteBinding('readers');
    await rig.pass(300_000);
    expect(rig.binding('readers')).toBeUndefined();
    expect(rig.eventReasons('readers').filter((reason) => reason === 'CannotGrantExternalRole')).toHaveLength(1);
  });

  it('of a Role waits for a binding of another namespace that grants the role by its slug', async () => {
    const rig = await running();
    rig.addProvider({}, 'other');
    rig.addRole('reader', { deletionPolicy: 'Delete' });
    rig.addBinding('theirs', [user('ann')], external, other);
    await rig.pass(30_000);
    rig.deleteRole('reader');
    await rig.pass(30_000);
    expect(rig.ready('reader')).toBe('False/RoleInUse');
    expect(rig.condition('reader', 'Ready')?.message).toContain('RoleBinding "other/theirs" grants the role.');
    rig.kube.delete(resources.roleBindings, { namespace: 'other', name: 'theirs' });
    await rig.pass(700_000);
    expect(rig.role('reader')).toBeUndefined();
    expect(rig.provider.get('org_1', 'reader')).toBeUndefined();
  });
});

describe('a binding whose Role is not ready', () => {
  it('grants nothing, and still revokes what has ended or is listed no more', async () => {
    const rig = await running();
    const soon = new Date(rig.clock.now() + 300_000).toISOString();
    rig.provider.holders.emails.set('eve@example.com', ['eve']);
    const all = [user('ann'), { id: 'bob', expiresAt: soon }, user('cid'), { email: 'eve@example.com' }];
    rig.addBinding('readers', all);
    await rig.pass(20_000);
    rig.addRole('reader', { permissions: ['zzz'] });
    await rig.pass(20_000);
    expect(rig.bindingReady('readers')).toBe('False/RoleNotReady');
    expect(holders(rig)).toEqual(['User/ann', 'User/bob', 'User/cid', 'User/eve']);
    rig.addBinding('readers', [...all.slice(0, 2), { email: 'eve@example.com' }, user('new')]);
    await rig.pass(20_000);
    expect(holders(rig)).toEqual(['User/ann', 'User/bob', 'User/eve']);
    await rig.pass(300_000);
    expect(holders(rig)).toEqual(['User/ann', 'User/eve']);
    expect(rig.bindingReady('readers')).toBe('False/RoleNotReady');
    expect(rig.binding('readers')?.status?.grants?.map(({ id }) => id)).toEqual(['ann', 'eve']);
    expect(rig.eventReasons('readers').slice(2)).toEqual(['RevokedExternalRole', 'BindingExpired']);
    rig.addRole('reader', {});
    await rig.pass(20_000);
    expect(holders(rig)).toEqual(['User/ann', 'User/eve', 'User/new']);
  });

  it('revokes nothing while it is suspended', async () => {
    const rig = await running();
    rig.addBinding('readers', [user('ann')]);
    await rig.pass(20_000);
    rig.addRole('reader', { permissions: ['zzz'] });
    rig.addBinding('readers', [], { suspend: true });
    await rig.pass(60_000);
    expect(holders(rig)).toEqual(['User/ann']);
  });
});

describe('two provider objects of one account', () => {
  it('do not fail each other', async () => {
    const rig = await running();
    rig.addProvider({}, 'other');
    rig.addSecret({ apiKey: 'sk_other' }, 'other');
    await rig.pass(40_000);
    rig.provider.refusal = ({ apiKeySecretRef }) => (apiKeySecretRef === 'sk_test' ? refused : undefined);
    rig.addBinding('ours', [user('ann')]);
    rig.addBinding('theirs', [user('bob')], external, other);
    await rig.pass(60_000);
    expect(rig.bindingReady('ours')).toBe('False/Forbidden');
    expect(bindingOf(rig, 'other', 'theirs')).toSatisfy((binding: RoleBinding) => readyOf(binding) === 'True/Available');
    expect(holders(rig)).toEqual(['User/bob']);
  });
});

describe('a binding to a role that its namespace may not manage', () => {
  const grants = [{ namespaces: ['team'] }, { namespaces: ['other'], slugs: { deny: ['reader'] } }];

  it('keeps nobody from being swept away, also when its provider fails', async () => {
    const rig = await running();
    rig.addProvider({}, 'other');
    rig.addProvider({ grants }, 'other');
    await rig.pass(40_000);
    rig.provider.holders.give('org_1', 'User/eve', 'reader');
    rig.addBinding('theirs', [user('eve'), { email: 'nobody@example.com' }], external, other);
    await rig.pass(20_000);
    expect(readyOf(bindingOf(rig, 'other', 'theirs') as RoleBinding)).toBe('False/CeilingExceeded');
    rig.deleteSecret('other');
    await rig.pass(60_000);
    rig.addBinding('strict', [user('ann')], authoritative);
    await rig.pass(60_000);
    rig.approveBinding('strict');
    await rig.pass(20_000);
    expect(holders(rig)).toEqual(['User/ann']);
    rig.addSecret(undefined, 'other');
    rig.provider.holders.give('org_1', 'User/eve', 'reader');
    await rig.pass(700_000);
    expect(holders(rig)).toEqual(['User/ann']);
  });
});

describe('the number of holders in a Role', () => {
  it('is not another one while a binding is suspended or its subjects can not be looked for', async () => {
    const rig = await running();
    rig.addBinding('one', [user('ann')]);
    rig.addBinding('two', [user('bob')]);
    await rig.pass(60_000);
    expect(rig.role('reader')?.status?.holders).toBe(2);
    const seen: unknown[] = [];
    rig.kube.onWrite = (_before, after) => {
      if (after.kind === 'Role') seen.push((after as { status?: { holders?: number } }).status?.holders);
    };
    rig.addBinding('two', [user('bob')], { suspend: true });
    await rig.pass(60_000);
    rig.provider.holders.faults.push({ operation: 'lookup', error: down });
    rig.addBinding('one', [user('ann')], { interval: '1h' });
    await rig.pass(60_000);
    expect(seen).toEqual([]);
  });
});

describe('what is put right', () => {
  it('is a finalizer that somebody took off', async () => {
    const rig = await running();
    rig.addBinding('readers', [user('ann')]);
    await rig.pass(20_000);
    rig.addBinding('readers', [user('ann')], {}, { finalizers: [] });
    await rig.pass(700_000);
    expect(rig.binding('readers')?.metadata.finalizers).toEqual([names.externalRoleFinalizer]);
    rig.deleteBinding('readers');
    await rig.pass(20_000);
    expect(holders(rig)).toEqual([]);
  });

  it('is no record of what somebody else granted, when a read turns out empty', async () => {
    const rig = await running();
    rig.provider.holders.give('org_1', 'User/ann', 'reader');
    rig.provider.holders.emptyReads = 1;
    rig.addBinding('readers', [user('ann')]);
    await rig.pass(20_000);
    rig.deleteBinding('readers');
    await rig.pass(20_000);
    expect(holders(rig)).toEqual(['User/ann']);
  });
});

describe('times', () => {
  it('that nobody can read grant nothing', async () => {
    const rig = await running();
    rig.addBinding('readers', [
      { id: 'ann', expiresAt: '2099-01-01T00:00:00+99:99' },
      { id: 'bob', notBefore: '2001-01-01T00:00:00,5Z' },
      user('cid'),
    ]);
    await rig.pass(20_000);
    expect(holders(rig)).toEqual(['User/cid']);
  });
});

describe('size', () => {
  it('of one organization with ten thousand subjects costs no more calls than it must', async () => {
    const rig = await running();
    rig.provider.holders.give('org_1', 'User/hand', 'other');
    for (let index = 0; index < 10; index += 1) {
      const subjects = Array.from({ length: 1000 }, (_, at) => user(`u-${index}-${at}`));
      rig.addBinding(`readers-${index}`, subjects);
    }
    await rig.pass(20_000);
    expect(holders(rig)).toHaveLength(10_000);
    expect([rig.provider.holders.count('holders'), rig.provider.holders.count('change')]).toEqual([2, 10_000]);
  });
});
