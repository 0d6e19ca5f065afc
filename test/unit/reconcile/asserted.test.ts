import { describe, expect, it } from 'vitest';
import { ProviderError } from '../../../src/model/index.ts';
import { FakeKube } from '../../support/fake-kube.ts';
import { FakeProvider } from '../../support/fake-provider.ts';
import { Rig } from '../../support/rig.ts';

const blind = { readable: false, permissionCatalogue: false, deleteRole: false, createsUnknownPermissions: true };
const always = { adoptionPolicy: 'Always' } as const;

async function running(provider = new FakeProvider(blind)): Promise<Rig> {
  const rig = new Rig(new FakeKube(), provider);
  rig.addProvider();
  rig.start();
  await rig.pass();
  return rig;
}

/** Calls to the provider besides probes. */
function calls(rig: Rig): readonly string[] {
  return rig.provider.calls.filter(({ operation }) => operation !== 'probe').map(({ operation, detail }) => `${operation} ${detail}`);
}

function writesOf(rig: Rig, role: string): number {
  return rig.kube.writes.filter(({ name }) => name === role).length;
}

describe('a Role at a provider that can not be read', () => {
  it('is sent whole, in one write of the status, and is asserted and not observed', async () => {
    const rig = await running();
    rig.addRole('reader', always);
    const before = writesOf(rig, 'reader');
    await rig.pass(60_000);
    expect(calls(rig)).toEqual(['apply update org_1/reader']);
    expect(rig.provider.get('org_1', 'reader')?.permissions).toEqual(['a', 'b']);
    expect(writesOf(rig, 'reader') - before).toBe(1);
    expect(rig.ready('reader')).toBe('True/Asserted');
    expect(rig.role('reader')?.status).toMatchObject({
      verification: 'Asserted',
      ownership: 'Adopted',
      externalID: rig.provider.get('org_1', 'reader')?.externalID,
      permissions: { desired: 2, observed: 2 },
    });
    expect(rig.condition('reader', 'Drifted')).toMatchObject({ status: 'Unknown', reason: 'Asserted' });
    expect(rig.eventReasons('reader')).toEqual(['AssertedExternalRole']);
  });

  it('says in its condition what the provider can not honour, word for word', async () => {
    const rig = await running();
    rig.addRole('reader', always);
    rig.addRole('creator', { ...always, unknownPermissions: 'Create' });
    await rig.pass(60_000);
    expect(rig.condition('reader', 'Ready')?.message).toBe(
      'What is declared was sent; this provider cannot be read back. It has no catalogue either: spec.unknownPermissions: Fail is not honoured, and a permission that is misspelt comes to exist.',
    );
    expect(rig.condition('creator', 'Ready')?.message).toBe('What is declared was sent; this provider cannot be read back.');
  });

  it('is sent again once per interval and writes nothing in the cluster for it', async () => {
    const rig = await running();
    for (let index = 0; index < 5; index += 1) rig.addRole(`role-${index}`, always);
    await rig.pass(60_000);
    const sent = rig.provider.count('apply');
    const writes = rig.kube.writes.length;
    await rig.pass(5 * 600_000);
    expect(sent).toBe(5);
    expect(rig.provider.count('apply') - sent).toBe(25);
    expect(rig.kube.writes.length).toBe(writes);
    expect(rig.provider.count('observe')).toBe(0);
  });

  it('undoes what somebody did, without anybody seeing it', async () => {
    const rig = await running();
    rig.addRole('reader', always);
    await rig.pass(60_000);
    rig.provider.put('org_1', 'reader', ['e']);
    await rig.pass(600_000);
    expect(rig.provider.get('org_1', 'reader')?.permissions).toEqual(['a', 'b']);
  });

  it('is not sent again by a restart, and is again on the interval after it', async () => {
    const rig = await running();
    rig.addRole('reader', always);
    await rig.pass(60_000);
    rig.stop();
    rig.start();
    await rig.pass(1_000);
    expect(rig.provider.count('apply')).toBe(1);
    await rig.pass(601_000);
    expect(rig.provider.count('apply')).toBe(2);
  });

  it('is sent at once when it changes, when it is asked for, and when its provider moves', async () => {
    const rig = await running();
    rig.addRole('reader', always);
    await rig.pass(60_000);
    rig.addRole('reader', { ...always, permissions: ['c'] });
    await rig.pass(1_000);
    expect(rig.provider.get('org_1', 'reader')?.permissions).toEqual(['c']);
    expect(rig.provider.count('apply')).toBe(2);
    rig.addRole('reader', { ...always, permissions: ['c'] }, { annotations: { 'rolekeeper.dev/reconcile-requested-at': 'now' } });
    await rig.pass(1_000);
    expect(rig.provider.count('apply')).toBe(3);
    expect(rig.role('reader')?.status?.lastHandledReconcileAt).toBe('now');
    const other = new FakeProvider(blind);
    rig.accounts.set('other', other);
    rig.addProvider({ fake: { account: 'other' } });
    await rig.pass(10_000);
    expect(other.get('org_1', 'reader')?.permissions).toEqual(['c']);
    expect(rig.provider.count('apply')).toBe(3);
  });

  it('is not sent when only what concerns rolekeeper changes', async () => {
    const rig = await running();
    rig.addRole('reader', always);
    await rig.pass(60_000);
    rig.addRole('reader', { ...always, interval: '1h' });
    await rig.pass(1_000);
    expect(rig.provider.count('apply')).toBe(1);
    expect(rig.role('reader')?.status?.observedGeneration).toBe(rig.role('reader')?.metadata.generation);
  });

  it('leaves a name alone that the manifest does not have', async () => {
    const rig = await running();
    rig.provider.put('org_1', 'reader', ['e'], { displayName: 'By hand' });
    rig.addRole('reader', always);
    await rig.pass(60_000);
    expect(rig.provider.get('org_1', 'reader')).toMatchObject({ displayName: 'By hand', permissions: ['a', 'b'] });
  });

  it.each([
    {
      reason: 'Never',
      spec: { adoptionPolicy: 'Never' as const },
      ready: 'False/AdoptionRefused',
      message:
        'Role "reader" of organization "org_1" can\'t be read at this provider, so nobody can tell whether it exists and what it holds: spec.adoptionPolicy: Never can\'t be honoured. Set spec.adoptionPolicy: Always to replace whatever is there, or let the provider read roles back, where it has a setting for it.',
    },
    {
      reason: 'IfIdentical, the default',
      spec: {},
      ready: 'False/AdoptionRefused',
      message:
        'Role "reader" of organization "org_1" can\'t be read at this provider, so nobody can tell whether it exists and what it holds: spec.adoptionPolicy: IfIdentical can\'t be honoured. Set spec.adoptionPolicy: Always to replace whatever is there, or let the provider read roles back, where it has a setting for it.',
    },
    {
      reason: 'mode Observe',
      spec: { ...always, managementMode: 'Observe' as const },
      ready: 'False/Unsupported',
      message:
        'Role "reader" of organization "org_1" can\'t be read at this provider, so spec.managementMode: Observe can\'t be honoured: there is nothing to compare with. Set spec.managementMode: Enforce, or let the provider read roles back, where it has a setting for it.',
    },
    {
      reason: 'mode Additive',
      spec: { ...always, managementMode: 'Additive' as const },
      ready: 'False/Unsupported',
      message:
        'Role "reader" of organization "org_1" can\'t be read at this provider, so spec.managementMode: Additive can\'t be honoured: a permission can only be added to a set that is known. Set spec.managementMode: Enforce, or let the provider read roles back, where it has a setting for it.',
    },
  ])('is refused with $reason, and nothing is sent', async ({ spec, ready, message }) => {
    const rig = await running();
    rig.addRole('reader', spec);
    await rig.pass(60_000);
    expect(calls(rig)).toEqual([]);
    expect(rig.ready('reader')).toBe(ready);
    expect(rig.condition('reader', 'Ready')?.message).toBe(message);
    expect(rig.condition('reader', 'Stalled')?.status).toBe('True');
  });

  it('keeps Ready through a passing fault, is tried again, and is not taken for sent', async () => {
    const rig = await running();
    rig.addRole('reader', always);
    await rig.pass(60_000);
    const down = new ProviderError('transient', 'down', { operation: 'apply', status: 503, ambiguous: true });
    for (let index = 0; index < 3; index += 1) rig.provider.faults.push({ operation: 'apply', error: down });
    while (rig.provider.faults.length > 1) await rig.pass(500);
    expect(rig.ready('reader')).toBe('True/Asserted');
    expect(rig.condition('reader', 'Synced')?.status).toBe('False');
    rig.stop();
    rig.start();
    await rig.pass(60_000);
    expect(rig.condition('reader', 'Synced')?.status).toBe('True');
    expect(rig.provider.count('apply')).toBeGreaterThanOrEqual(4);
    expect(rig.provider.faults).toEqual([]);
  });

  it('waits with the others when the provider asks to slow down', async () => {
    const rig = await running();
    rig.provider.faults.push({
      operation: 'apply',
      error: new ProviderError('rateLimited', 'slow down', { operation: 'apply', status: 429, retryAfterMs: 30_000 }),
    });
    for (let index = 0; index < 4; index += 1) rig.addRole(`role-${index}`, always);
    rig.provider.onOutcome = (_call, fault) => {
      if (fault !== undefined) rig.pause(30_000);
    };
    await rig.pass(29_000);
    expect(rig.provider.count('apply')).toBe(1);
    await rig.pass(60_000);
    expect(rig.provider.count('apply')).toBe(5);
    expect([0, 1, 2, 3].map((index) => rig.ready(`role-${index}`))).toEqual(Array(4).fill('True/Asserted'));
  });

  it('sends nothing once another process may lead', async () => {
    const rig = await running();
    rig.mayWrite = false;
    rig.addRole('reader', always);
    await rig.pass(60_000);
    expect(rig.provider.count('apply')).toBe(0);
  });

  it('stays at the provider when its object goes, whatever the policy', async () => {
    const rig = await running(new FakeProvider({ ...blind, deleteRole: true }));
    rig.addRole('reader', { ...always, deletionPolicy: 'Delete' });
    await rig.pass(60_000);
    rig.deleteRole('reader');
    await rig.pass(60_000);
    expect(rig.role('reader')).toBeUndefined();
    expect(rig.provider.get('org_1', 'reader')).toBeDefined();
    expect(rig.eventReasons('reader')).toEqual(['AssertedExternalRole', 'RetainedExternalRole']);
  });

  it('is checked against a catalogue where there is one', async () => {
    const rig = await running(new FakeProvider({ readable: false, createPermission: false }));
    rig.addRole('good', always);
    rig.addRole('wrong', { ...always, permissions: ['a', 'zzz'] });
    await rig.pass(60_000);
    expect(rig.ready('good')).toBe('True/Asserted');
    expect(rig.ready('wrong')).toBe('False/PermissionNotFound');
    expect(calls(rig).filter((call) => call.startsWith('apply'))).toEqual(['apply update org_1/good']);
  });

  it('is still ours when the provider can be read some day, and its difference is drift', async () => {
    const rig = await running();
    const readable = new FakeProvider();
    rig.addRole('reader', always);
    await rig.pass(60_000);
    readable.put('org_1', 'reader', ['a', 'b', 'e'], { externalID: rig.provider.get('org_1', 'reader')?.externalID ?? '' });
    rig.accounts.set('account', readable);
    rig.stop();
    rig.start();
    rig.addRole('reader', { adoptionPolicy: 'Never' });
    await rig.pass(60_000);
    expect(readable.get('org_1', 'reader')?.permissions).toEqual(['a', 'b']);
    expect(rig.ready('reader')).toBe('True/Available');
    expect(rig.role('reader')?.status?.assertedHash).toBeUndefined();
    expect(rig.role('reader')?.status?.verification).toBe('Observed');
  });

  it('is one object only: the younger of two that claim the same writes nothing', async () => {
    const rig = await running();
    rig.addRole('reader', always);
    await rig.pass(2_000);
    rig.addRole('second', { ...always, slug: 'reader', permissions: ['c'] });
    await rig.pass(60_000);
    expect(rig.ready('second')).toBe('False/ManagementConflict');
    expect(rig.provider.get('org_1', 'reader')?.permissions).toEqual(['a', 'b']);
  });
});
