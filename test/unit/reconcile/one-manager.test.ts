import { describe, expect, it } from 'vitest';
import type { RoleSpec } from '../../../src/api/index.ts';
import { KubeError } from '../../../src/kube/index.ts';
import { FakeProvider } from '../../support/fake-provider.ts';
import { Rig } from '../../support/rig.ts';

const unreadable = new KubeError('transient', 'the API server answered 503', { status: 503 });

/** Namespaces `team` and `other`, each with a provider object of its own that leads to the same account. */
async function twoTenants(): Promise<Rig> {
  const rig = new Rig();
  for (const namespace of ['team', 'other']) rig.addProvider({}, namespace);
  rig.start();
  await rig.pass();
  return rig;
}

function ready(rig: Rig, namespace: string, name: string): string {
  const found = rig.kube.role(namespace, name)?.status?.conditions?.find(({ type }) => type === 'Ready');
  return `${found?.status}/${found?.reason}`;
}

/** For some seconds nobody knows where the provider object of the namespace leads. */
function failSecretReads(rig: Rig, namespace: string): void {
  for (let time = 0; time < 3; time += 1) rig.kube.faults.push({ verb: 'get', namespace, error: unreadable });
}

function addOlder(rig: Rig, spec: Partial<RoleSpec> = {}): void {
  rig.addRole('older', { slug: 'reader', permissions: ['a', 'b'], ...spec }, { namespace: 'other' });
}

function addYounger(rig: Rig, spec: Partial<RoleSpec> = {}): void {
  rig.addRole('younger', { slug: 'reader', permissions: ['c'], adoptionPolicy: 'Always', ...spec });
}

describe('two Roles that claim one role through different provider objects', () => {
  it('have one manager, the older', async () => {
    const rig = await twoTenants();
    addOlder(rig);
    addYounger(rig);
    await rig.pass();
    expect(ready(rig, 'other', 'older')).toBe('True/Available');
    expect(ready(rig, 'team', 'younger')).toBe('False/ManagementConflict');
    expect(rig.provider.get('org_1', 'reader')?.permissions).toEqual(['a', 'b']);
    expect(rig.eventReasons('younger')).toEqual(['ManagementConflict']);
  });

  it('keep it over a restart at which the older one is looked at later', async () => {
    const rig = await twoTenants();
    addOlder(rig);
    addYounger(rig);
    await rig.pass(60_000);
    rig.stop();
    const applied = rig.provider.count('apply');
    failSecretReads(rig, 'other');
    rig.start();
    await rig.pass(600_000);
    expect(rig.provider.count('apply')).toBe(applied);
    expect(ready(rig, 'other', 'older')).toBe('True/Available');
    expect(ready(rig, 'team', 'younger')).toBe('False/ManagementConflict');
  });

  it.each([
    { reason: 'its Secret is gone', lose: (rig: Rig) => rig.deleteSecret('other') },
    { reason: 'its credentials are refused', lose: (rig: Rig) => rig.addSecret({ apiKey: 'wrong' }, 'other') },
  ])('keep it while the older one can not be served because $reason', async ({ lose }) => {
    const rig = await twoTenants();
    rig.provider.accepted = 'sk_test';
    addOlder(rig);
    addYounger(rig);
    await rig.pass(60_000);
    const applied = rig.provider.count('apply');
    lose(rig);
    await rig.pass(1_300_000);
    expect(ready(rig, 'other', 'older')).toBe('False/ProviderNotReady');
    expect(ready(rig, 'team', 'younger')).toBe('False/ManagementConflict');
    expect(rig.provider.count('apply')).toBe(applied);
    rig.addSecret({ apiKey: 'sk_test' }, 'other');
    await rig.pass(60_000);
    expect(ready(rig, 'other', 'older')).toBe('True/Available');
  });

  it.each([
    { reason: 'the object is deleted', give: (rig: Rig) => rig.deleteRole('older', 'other') },
    { reason: 'it only observes', give: (rig: Rig) => addOlder(rig, { managementMode: 'Observe' }) },
    { reason: 'it uses a provider that does not exist', give: (rig: Rig) => addOlder(rig, { providerRef: { name: 'none' } }) },
    { reason: 'its spec can not work', give: (rig: Rig) => addOlder(rig, { permissions: ['a', 'a'] }) },
  ])('change it when the older one gives the claim up because $reason', async ({ give }) => {
    const rig = await twoTenants();
    addOlder(rig);
    addYounger(rig);
    await rig.pass(60_000);
    give(rig);
    await rig.pass(10_000);
    // What the other one gave is taken away only when somebody has said so.
    expect(ready(rig, 'team', 'younger')).toBe('False/PlanPending');
    rig.approve('younger');
    await rig.pass(10_000);
    expect(ready(rig, 'team', 'younger')).toBe('True/Available');
    expect(rig.provider.get('org_1', 'reader')?.permissions).toEqual(['c']);
  });

  it('keep it while the older one is suspended', async () => {
    const rig = await twoTenants();
    addOlder(rig);
    addYounger(rig);
    await rig.pass(60_000);
    addOlder(rig, { suspend: true });
    await rig.pass(700_000);
    expect(ready(rig, 'team', 'younger')).toBe('False/ManagementConflict');
    expect(rig.provider.get('org_1', 'reader')?.permissions).toEqual(['a', 'b']);
  });

  it('are no conflict in two accounts', async () => {
    const rig = new Rig();
    const elsewhere = new FakeProvider();
    rig.accounts.set('elsewhere', elsewhere);
    rig.addProvider({}, 'team');
    rig.addProvider({ fake: { account: 'elsewhere' } }, 'other');
    rig.start();
    addOlder(rig);
    addYounger(rig);
    await rig.pass();
    expect([ready(rig, 'other', 'older'), ready(rig, 'team', 'younger')]).toEqual(['True/Available', 'True/Available']);
    expect(rig.provider.get('org_1', 'reader')?.permissions).toEqual(['c']);
    expect(elsewhere.get('org_1', 'reader')?.permissions).toEqual(['a', 'b']);
  });

  it('become one when a provider object is led to the same account, and two again when it is led away', async () => {
    const rig = new Rig();
    rig.accounts.set('elsewhere', new FakeProvider());
    rig.addProvider({}, 'team');
    rig.addProvider({ fake: { account: 'elsewhere' } }, 'other');
    rig.start();
    addOlder(rig);
    addYounger(rig);
    await rig.pass(60_000);
    rig.addProvider({}, 'other');
    await rig.pass(60_000);
    expect(ready(rig, 'team', 'younger')).toBe('False/ManagementConflict');
    rig.addProvider({ fake: { account: 'elsewhere' } }, 'other');
    await rig.pass(60_000);
    expect(ready(rig, 'team', 'younger')).toBe('True/Available');
  });

  it('have the first by name as their manager when they are equally old', async () => {
    const rig = await Rig.running();
    rig.provider.accepted = 'nothing yet';
    const creationTimestamp = '2026-01-01T00:00:00Z';
    rig.addRole('b', { slug: 'reader', permissions: ['b'] }, { creationTimestamp });
    rig.addRole('a', { slug: 'reader', permissions: ['a'] }, { creationTimestamp });
    await rig.pass();
    rig.provider.accepted = undefined;
    await rig.pass(60_000);
    expect([rig.ready('a'), rig.ready('b')]).toEqual(['True/Available', 'False/ManagementConflict']);
  });
});

describe('a Role that is deleted while another one declares the same', () => {
  it('leaves the role when the other one can not be served at the moment', async () => {
    const rig = await twoTenants();
    addOlder(rig, { deletionPolicy: 'Delete' });
    addYounger(rig);
    await rig.pass(60_000);
    rig.deleteSecret('team');
    await rig.pass(60_000);
    rig.deleteRole('older', 'other');
    await rig.pass(60_000);
    expect(rig.kube.role('other', 'older')).toBeUndefined();
    expect(rig.provider.get('org_1', 'reader')).toBeDefined();
    expect(rig.eventReasons('older')).toContain('RetainedExternalRole');
  });

  it('waits while it is not known where the other one leads, and then leaves the role', async () => {
    const rig = await twoTenants();
    addOlder(rig, { deletionPolicy: 'Delete' });
    addYounger(rig);
    await rig.pass(60_000);
    rig.stop();
    rig.deleteRole('older', 'other');
    failSecretReads(rig, 'team');
    rig.start();
    await rig.pass(500);
    expect(rig.kube.role('other', 'older')).toBeDefined();
    expect(rig.provider.get('org_1', 'reader')).toBeDefined();
    await rig.pass(60_000);
    expect(rig.kube.role('other', 'older')).toBeUndefined();
    expect(rig.provider.count('remove')).toBe(0);
    expect(ready(rig, 'team', 'younger')).toBe('False/PlanPending');
  });
});
