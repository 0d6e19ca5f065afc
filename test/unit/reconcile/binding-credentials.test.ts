import { describe, expect, it } from 'vitest';
import { ProviderError } from '../../../src/model/index.ts';
import type { HoldersCall } from '../../support/fake-holders.ts';
import { FakeKube } from '../../support/fake-kube.ts';
import { FakeProvider } from '../../support/fake-provider.ts';
import { Rig } from '../../support/rig.ts';

const user = (id: string) => ({ id });
const external = (slug: string) => ({ roleRef: { external: { slug, organization: 'org_1', providerRef: {} } } });
const other = { namespace: 'other' };
const refused = new ProviderError('forbidden', 'no right', { operation: 'any', status: 403 });

/**
 * Namespaces `team` and `other`, whose provider objects lead to one account with credentials of their own, those of `other` refused for
 * some operations; the operator is stopped. `made` has every change, with the credentials that it came with.
 */
async function twoNamespaces(refusals: readonly HoldersCall['operation'][], provider = new FakeProvider()) {
  const rig = new Rig(new FakeKube(), provider);
  rig.addProvider();
  rig.addProvider({}, 'other');
  rig.addSecret({ apiKey: 'sk_other' }, 'other');
  rig.addRole('reader');
  for (const slug of ['admin', 'writer']) rig.provider.put('org_1', slug, ['a']);
  rig.start();
  await rig.pass(20_000);
  const made: string[] = [];
  let by = '';
  rig.provider.refusal = ({ apiKeySecretRef = '' }, operation) => {
    if (operation === 'change') by = apiKeySecretRef;
    return apiKeySecretRef === 'sk_other' && refusals.includes(operation) ? refused : undefined;
  };
  rig.provider.holders.onChange = ({ subject, add, remove }) => void made.push(`${by}: ${subject.id} +[${add}] -[${remove}]`);
  rig.stop();
  return { rig, made, holders: (slug: string) => rig.provider.holders.holdersOf('org_1', slug) };
}

const readyOf = (rig: Rig, name: string) =>
  rig.kube.stores.roleBindings.get(`other/${name}`)?.status?.conditions?.find(({ type }) => type === 'Ready')?.reason;

const ages = [
  { age: 'older', created: { creationTimestamp: '2020-01-01T00:00:00Z' } },
  { age: 'younger', created: { creationTimestamp: '2099-01-01T00:00:00Z' } },
] as const;

describe.each(ages)('a RoleBinding that is $age than one of another namespace for the same person', ({ created }) => {
  it('grants with the credentials of its own provider object only', async () => {
    const { rig, made, holders } = await twoNamespaces(['change']);
    rig.addBinding('ours', [user('ann')]);
    rig.addBinding('theirs', [user('ann')], external('admin'), { ...other, ...created });
    rig.start();
    await rig.pass(60_000);

    expect(holders('admin')).toEqual([]);
    expect(holders('reader')).toEqual(['User/ann']);
    expect(made).toEqual(['sk_test: ann +[reader] -[]']);
    expect(rig.bindingReady('ours')).toBe('True/Available');
    expect(readyOf(rig, 'theirs')).toBe('SubjectsFailed');
  });

  it('revokes with the credentials of its own provider object only', async () => {
    const { rig, made, holders } = await twoNamespaces(['change']);
    rig.provider.holders.give('org_1', 'User/ann', 'writer');
    rig.addBinding('theirs', [user('bob')], { ...external('writer'), managementMode: 'Authoritative' }, { ...other, ...created });
    rig.start();
    await rig.pass(20_000);
    rig.approveBinding('theirs', 'other');
    rig.addBinding('ours', [user('ann')]);
    await rig.pass(60_000);

    expect(holders('writer')).toEqual(['User/ann']);
    expect(made).toEqual(['sk_test: ann +[reader] -[]']);
    expect(rig.bindingReady('ours')).toBe('True/Available');
  });

  it('is of no account where its credentials can not see the organization', async () => {
    const provider = new FakeProvider({ multipleRolesPerUser: false });
    provider.holders.oneRoleEach = true;
    const { rig, made, holders } = await twoNamespaces(['holders', 'change'], provider);
    rig.provider.holders.give('org_1', 'User/bob', 'admin');
    rig.addBinding('theirs', [user('ann'), user('bob')], external('admin'), { ...other, ...created });
    rig.addBinding('ours', [user('ann')]);
    rig.start();
    await rig.pass(60_000);

    expect(holders('reader')).toEqual(['User/ann']);
    expect(made).toEqual(['sk_test: ann +[reader] -[]']);
    expect(rig.bindingReady('ours')).toBe('True/Available');
    expect(readyOf(rig, 'theirs')).toBe('Forbidden');
    // It is not told that bob holds the role.
    expect(rig.kube.stores.roleBindings.get('other/theirs')?.status?.subjects?.granted ?? 0).toBe(0);
  });
});

describe('changes of one person that two namespaces ask for', () => {
  it('are all made where both may', async () => {
    const { rig, made, holders } = await twoNamespaces([]);
    rig.addBinding('ours', [user('ann')]);
    rig.addBinding('theirs', [user('ann')], external('admin'), other);
    rig.start();
    await rig.pass(60_000);

    expect([holders('admin'), holders('reader')]).toEqual([['User/ann'], ['User/ann']]);
    expect([...made].sort()).toEqual(['sk_other: ann +[admin] -[]', 'sk_test: ann +[reader] -[]']);
  });

  it('are an exchange by whoever grants, where a person holds one role only', async () => {
    const provider = new FakeProvider({ multipleRolesPerUser: false });
    provider.holders.oneRoleEach = true;
    const { rig, made, holders } = await twoNamespaces([], provider);
    rig.addBinding('ours', [user('ann')]);
    rig.start();
    await rig.pass(20_000);
    rig.stop();
    made.length = 0;
    rig.addBinding('ours', []);
    rig.addBinding('theirs', [user('ann')], external('admin'), other);
    rig.start();
    await rig.pass(60_000);

    expect([holders('admin'), holders('reader')]).toEqual([['User/ann'], []]);
    expect(made).toEqual(['sk_other: ann +[admin] -[reader]']);
  });

  it('revoke what nobody wants any more although the exchange is refused', async () => {
    const provider = new FakeProvider({ multipleRolesPerUser: false });
    provider.holders.oneRoleEach = true;
    const { rig, made, holders } = await twoNamespaces(['change'], provider);
    rig.addBinding('ours', [user('ann')]);
    rig.start();
    await rig.pass(20_000);
    rig.stop();
    made.length = 0;
    rig.addBinding('ours', []);
    rig.addBinding('theirs', [user('ann')], external('admin'), other);
    rig.start();
    await rig.pass(60_000);

    expect([holders('admin'), holders('reader')]).toEqual([[], []]);
    expect(made).toEqual(['sk_test: ann +[] -[reader]']);
  });
});

describe('a provider that takes the whole set of a person and does not tell it', () => {
  it('is told of roles by those only who asked for them', async () => {
    const blind = { readable: false, readBindings: false, permissionCatalogue: false, deleteRole: false };
    const { rig, holders } = await twoNamespaces(['change'], new FakeProvider(blind));
    const sets: string[] = [];
    rig.provider.holders.onChange = ({ managed, next }) => void sets.push(`[${next}] of [${managed}]`);
    rig.addBinding('ours', [user('ann')], external('reader'));
    rig.addBinding('theirs', [user('ann')], external('admin'), other);
    rig.start();
    await rig.pass(60_000);
    // What was refused is on their record, and they want it no more.
    rig.addBinding('theirs', [user('bob')], external('admin'), other);
    rig.addBinding('ours', [user('ann')], { ...external('reader'), interval: '1m' });
    await rig.pass(300_000);

    expect(sets.length).toBeGreaterThan(1);
    expect(new Set(sets)).toEqual(new Set(['[reader] of [reader]']));
    expect([holders('admin'), holders('reader')]).toEqual([[], ['User/ann']]);
  });
});
