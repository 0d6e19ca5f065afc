import { describe, expect, it } from 'vitest';
import { names } from '../../../src/api/index.ts';
import { ProviderError } from '../../../src/model/index.ts';
import { Rig } from '../../support/rig.ts';

const timeout = new ProviderError('transient', 'POST role timed out', { operation: 'createRole', ambiguous: true });
const unavailable = new ProviderError('transient', 'listRoles answered 503', { operation: 'listRoles', status: 503 });

async function running(): Promise<Rig> {
  const rig = new Rig();
  rig.addProvider();
  rig.start();
  await rig.pass();
  return rig;
}

describe('create', () => {
  it('creates a role, reads it back and reports it ready with two writes', async () => {
    const rig = await running();
    rig.addRole('reader');
    await rig.pass();
    expect(rig.provider.get('org_1', 'reader')?.permissions).toEqual(['a', 'b']);
    expect(rig.ready('reader')).toBe('True/Available');
    expect(rig.role('reader')?.status).toMatchObject({
      ownership: 'Created',
      permissions: { desired: 2, observed: 2 },
      observedGeneration: 1,
    });
    expect(rig.role('reader')?.status?.pendingCreate).toBeUndefined();
    expect(rig.kube.writes.filter(({ name }) => name === 'reader')).toHaveLength(2);
    expect(rig.eventReasons('reader')).toEqual(['CreatedExternalRole']);
  });

  it('writes nothing on a second look and lists the organization once per interval', async () => {
    const rig = await running();
    for (const name of ['one', 'two', 'three']) rig.addRole(name);
    await rig.pass(60_000);
    await rig.pass(600_000);
    const writes = rig.kube.writes.length;
    const [lists, applied] = [rig.provider.count('observe'), rig.provider.count('apply')];
    await rig.pass(600_000);
    expect(rig.kube.writes).toHaveLength(writes);
    expect(rig.provider.count('observe')).toBe(lists + 1);
    expect(rig.provider.count('apply')).toBe(applied);
  });

  it('converges a burst with two lists', async () => {
    const rig = new Rig();
    rig.addProvider();
    for (let index = 0; index < 200; index += 1) rig.addRole(`role-${index}`);
    rig.start();
    await rig.pass();
    expect(rig.ready('role-199')).toBe('True/Available');
    expect(rig.provider.count('observe')).toBe(2);
    expect(rig.provider.count('apply')).toBe(200);
  });

  it('makes no write after a restart', async () => {
    const rig = await running();
    rig.addRole('reader');
    await rig.pass(60_000);
    rig.stop();
    const [writes, applied] = [rig.kube.writes.length, rig.provider.count('apply')];
    rig.start();
    await rig.pass(60_000);
    expect(rig.kube.writes).toHaveLength(writes);
    expect(rig.provider.count('apply')).toBe(applied);
  });

  it('announces a create before it is sent, and knows its own role after a crash in between', async () => {
    const rig = await running();
    rig.provider.onCall = ({ operation }) => {
      if (operation !== 'apply') return;
      expect(rig.role('reader')?.status?.pendingCreate).toMatchObject({ organization: 'org_1', slug: 'reader' });
      // What a crash after the first of two calls leaves behind: the role, without permissions.
      rig.provider.put('org_1', 'reader', []);
      rig.provider.onCall = () => undefined;
      rig.stop();
      throw new Error('killed');
    };
    rig.addRole('reader', { adoptionPolicy: 'Never' });
    await rig.pass();
    expect(rig.provider.get('org_1', 'reader')?.permissions).toEqual([]);
    rig.start();
    await rig.pass();
    expect(rig.provider.get('org_1', 'reader')?.permissions).toEqual(['a', 'b']);
    expect(rig.role('reader')?.status?.ownership).toBe('Created');
    expect(rig.ready('reader')).toBe('True/Available');
  });

  it('knows its own role after a crash although the manifest has changed since, twice', async () => {
    const rig = await running();
    const crashAfter = (permissions: readonly string[]) => {
      rig.provider.onCall = ({ operation }) => {
        if (operation !== 'apply') return;
        rig.provider.put('org_1', 'reader', permissions);
        rig.provider.onCall = () => undefined;
        rig.stop();
        throw new Error('killed');
      };
    };
    crashAfter(['a', 'b']);
    rig.addRole('reader', { adoptionPolicy: 'Never' });
    await rig.pass();
    rig.addRole('reader', { adoptionPolicy: 'Never', permissions: ['b', 'c'] });
    crashAfter(['b', 'c']);
    rig.start();
    await rig.pass();
    rig.addRole('reader', { adoptionPolicy: 'Never', permissions: ['c', 'd'] });
    rig.start();
    await rig.pass();
    expect(rig.ready('reader')).toBe('True/Available');
    expect(rig.provider.get('org_1', 'reader')?.permissions).toEqual(['c', 'd']);
    expect(rig.role('reader')?.status?.ownership).toBe('Created');
  });

  it('does not take a role that somebody made between our reading and our create for ours', async () => {
    const rig = await running();
    rig.provider.onCall = ({ operation }) => {
      if (operation === 'apply') rig.provider.put('org_1', 'reader', ['a', 'e']);
    };
    rig.addRole('reader');
    await rig.pass(30_000);
    expect(rig.ready('reader')).toBe('False/AdoptionRefused');
    expect(rig.provider.get('org_1', 'reader')?.permissions).toEqual(['a', 'e']);
    expect(rig.role('reader')?.status?.pendingCreate).toBeUndefined();
  });

  it('repeats an ambiguous write once although the list looks right', async () => {
    const rig = await running();
    rig.provider.faults.push({ operation: 'apply', error: timeout, after: true });
    rig.addRole('reader');
    await rig.pass(500);
    expect(rig.condition('reader', 'Synced')).toMatchObject({ status: 'False', reason: 'WriteUnconfirmed' });
    await rig.pass(30_000);
    expect(rig.ready('reader')).toBe('True/Available');
    expect(rig.provider.calls.filter(({ operation }) => operation === 'apply').map(({ detail }) => detail)).toEqual([
      'create org_1/reader',
      'update org_1/reader',
    ]);
    await rig.pass(600_000);
    expect(rig.provider.count('apply')).toBe(2);
  });
});

describe('adoption', () => {
  it.each([
    {
      policy: 'Never',
      permissions: ['a', 'b'],
      ready: 'False/AdoptionRefused',
      after: ['a', 'b'],
      reason: 'Never leaves even an identical role alone',
    },
    {
      policy: 'IfIdentical',
      permissions: ['a', 'b'],
      ready: 'True/Available',
      after: ['a', 'b'],
      reason: 'an identical role is taken over without a write',
    },
    {
      policy: 'IfIdentical',
      permissions: ['a', 'c'],
      ready: 'False/AdoptionRefused',
      after: ['a', 'c'],
      reason: 'a different role is left alone',
    },
    {
      policy: 'Always',
      permissions: ['a', 'c'],
      ready: 'False/PlanPending',
      after: ['a', 'c'],
      reason: 'Always waits for approval where something would be taken away',
    },
    {
      policy: 'Always',
      permissions: ['a'],
      ready: 'True/Available',
      after: ['a', 'b'],
      reason: 'Always changes it to what is declared',
    },
  ] as const)('$reason', async ({ policy, permissions, ready, after }) => {
    const rig = await running();
    rig.provider.put('org_1', 'reader', permissions);
    rig.addRole('reader', { adoptionPolicy: policy });
    await rig.pass();
    expect(rig.ready('reader')).toBe(ready);
    expect(rig.provider.get('org_1', 'reader')?.permissions).toEqual(after);
    expect(rig.role('reader')?.status?.ownership).toBe(ready.startsWith('True') ? 'Adopted' : undefined);
  });

  it('never writes a system role, whatever the policy', async () => {
    const rig = await running();
    rig.provider.put('org_1', 'admin', ['a'], { system: true });
    rig.addRole('admin', { adoptionPolicy: 'Always' });
    await rig.pass();
    expect(rig.ready('admin')).toBe('False/SystemRole');
    expect(rig.condition('admin', 'Stalled')?.status).toBe('True');
    expect(rig.provider.count('apply')).toBe(0);
  });

  it('treats a role that was deleted and made anew by somebody else as theirs', async () => {
    const rig = await running();
    rig.addRole('reader');
    await rig.pass();
    rig.provider.roles.clear();
    rig.provider.put('org_1', 'reader', ['e']);
    await rig.pass(660_000);
    expect(rig.ready('reader')).toBe('False/AdoptionRefused');
    expect(rig.provider.get('org_1', 'reader')?.permissions).toEqual(['e']);
  });
});

describe('change and drift', () => {
  it('replaces the set when the manifest changes', async () => {
    const rig = await running();
    rig.addRole('reader');
    await rig.pass();
    rig.addRole('reader', { permissions: ['b', 'c'], description: 'reads' });
    await rig.pass();
    expect(rig.provider.get('org_1', 'reader')).toMatchObject({ permissions: ['b', 'c'], description: 'reads' });
    expect(rig.role('reader')?.status?.lastChange).toMatchObject({ added: ['c'], removed: ['a'], addedCount: 1, removedCount: 1 });
    expect(rig.eventReasons('reader')).toEqual(['CreatedExternalRole', 'UpdatedExternalRole']);
  });

  it('finds drift on the interval, corrects it and counts it', async () => {
    const rig = await running();
    rig.addRole('reader');
    await rig.pass(60_000);
    rig.provider.put('org_1', 'reader', ['a', 'e']);
    await rig.pass(660_000);
    expect(rig.provider.get('org_1', 'reader')?.permissions).toEqual(['a', 'b']);
    expect(rig.role('reader')?.status?.drift).toMatchObject({ timesReverted: 1 });
    expect(rig.condition('reader', 'Drifted')?.status).toBe('False');
    expect(rig.eventReasons('reader')).toEqual(['CreatedExternalRole', 'DriftDetected', 'DriftCorrected']);
  });

  it('creates a role again that vanished, after a second read said so too', async () => {
    const rig = await running();
    rig.addRole('reader');
    rig.addRole('writer');
    await rig.pass(60_000);
    rig.provider.roles.delete('org_1/reader');
    const lists = rig.provider.count('observe');
    await rig.pass(660_000);
    expect(rig.provider.get('org_1', 'reader')?.permissions).toEqual(['a', 'b']);
    expect(rig.provider.count('observe') - lists).toBeGreaterThanOrEqual(3);
  });

  it('does not act on one empty read', async () => {
    const rig = await running();
    rig.addRole('reader');
    await rig.pass(60_000);
    const held = new Map(rig.provider.roles);
    rig.provider.onCall = ({ operation }) => {
      if (operation !== 'observe') return;
      rig.provider.roles.clear();
      rig.provider.onCall = () => {
        for (const [key, role] of held) rig.provider.roles.set(key, role);
      };
    };
    const applied = rig.provider.count('apply');
    await rig.pass(660_000);
    expect(rig.provider.count('apply')).toBe(applied);
    expect(rig.ready('reader')).toBe('True/Available');
  });

  it('adds and never removes in mode Additive', async () => {
    const rig = await running();
    rig.provider.put('org_1', 'reader', ['a', 'e']);
    rig.addRole('reader', { managementMode: 'Additive', adoptionPolicy: 'Always' });
    await rig.pass();
    expect(rig.provider.get('org_1', 'reader')?.permissions).toEqual(['a', 'b', 'e']);
    expect(rig.ready('reader')).toBe('True/Available');
  });

  it('shows the difference and writes nothing in mode Observe', async () => {
    const rig = await running();
    rig.provider.put('org_1', 'reader', ['a', 'e']);
    rig.addRole('reader', { managementMode: 'Observe' });
    await rig.pass();
    expect(rig.ready('reader')).toBe('False/DriftFound');
    expect(rig.role('reader')?.status?.plan).toMatchObject({ add: ['b'], remove: ['e'], addCount: 1, removeCount: 1 });
    expect(rig.condition('reader', 'Drifted')?.status).toBe('True');
    expect(rig.provider.count('apply')).toBe(0);
    rig.addRole('missing', { managementMode: 'Observe' });
    await rig.pass();
    expect(rig.ready('missing')).toBe('False/RoleNotFound');
  });

  it('does nothing while suspended and goes on afterwards', async () => {
    const rig = await running();
    rig.addRole('reader', { suspend: true });
    await rig.pass();
    expect(rig.provider.count('observe')).toBe(0);
    expect(rig.condition('reader', 'Synced')).toMatchObject({ status: 'Unknown', reason: 'Suspended' });
    rig.addRole('reader', { suspend: false });
    await rig.pass();
    expect(rig.ready('reader')).toBe('True/Available');
  });

  it('looks at once when asked to, and acknowledges it', async () => {
    const rig = await running();
    rig.addRole('reader');
    await rig.pass(60_000);
    rig.provider.put('org_1', 'reader', ['a']);
    rig.addRole('reader', {}, { annotations: { [names.reconcileRequestedAt]: 'now' } });
    await rig.pass();
    expect(rig.provider.get('org_1', 'reader')?.permissions).toEqual(['a', 'b']);
    expect(rig.role('reader')?.status?.lastHandledReconcileAt).toBe('now');
  });
});

describe('bad input', () => {
  it('names every unknown permission and writes nothing', async () => {
    const rig = await running();
    rig.addRole('reader', { permissions: ['a', 'x', 'y'] });
    await rig.pass();
    expect(rig.ready('reader')).toBe('False/PermissionNotFound');
    expect(rig.condition('reader', 'Stalled')?.message).toContain('"x", "y"');
    expect(rig.provider.count('apply')).toBe(0);
  });

  it('creates unknown permissions first when told to', async () => {
    const rig = await running();
    rig.addRole('reader', { permissions: ['a', 'x'], unknownPermissions: 'Create' });
    await rig.pass();
    expect(rig.ready('reader')).toBe('True/Available');
    expect(rig.provider.known.has('x')).toBe(true);
  });

  it('sends nothing for a spec that the provider cannot take', async () => {
    const rig = await running();
    rig.addRole('bad-slug', { permissions: ['a', 'a'] });
    await rig.pass();
    expect(rig.ready('bad-slug')).toBe('False/InvalidSpec');
    expect(rig.condition('bad-slug', 'Stalled')).toMatchObject({ status: 'True' });
    expect(rig.condition('bad-slug', 'Ready')?.message).toMatch(/spec\.slug: .*spec\.permissions\[1\]|spec\.permissions\[1\].*spec\.slug/);
    expect(rig.provider.count('observe')).toBe(0);
  });

  it('reports an unknown organization as terminal and looks again slowly', async () => {
    const rig = await running();
    rig.addRole('reader', { organization: 'org_x' });
    await rig.pass();
    expect(rig.ready('reader')).toBe('False/OrganizationNotFound');
    const lists = rig.provider.count('observe');
    await rig.pass(599_000);
    expect(rig.provider.count('observe') - lists).toBeLessThanOrEqual(1);
  });

  it('keeps the last good status readable through an outage and tries the whole lane together', async () => {
    const rig = await running();
    for (const name of ['one', 'two', 'three']) rig.addRole(name);
    await rig.pass(60_000);
    for (let index = 0; index < 3; index += 1) rig.provider.faults.push({ operation: 'observe', error: unavailable });
    const lists = rig.provider.count('observe');
    await rig.pass(602_000);
    expect(rig.provider.count('observe') - lists).toBeLessThanOrEqual(5);
    rig.provider.faults.length = 0;
    await rig.pass(60_000);
    expect(rig.condition('one', 'Synced')?.status).toBe('True');
    rig.provider.faults.push({ operation: 'observe', error: unavailable });
    rig.addRole('one', {}, { annotations: { [names.reconcileRequestedAt]: '1' } });
    await rig.pass(100);
    expect(rig.condition('one', 'Synced')).toMatchObject({ status: 'False', reason: 'ProviderUnavailable' });
    expect(rig.condition('one', 'Reconciling')?.status).toBe('True');
    expect(rig.ready('one')).toBe('True/Available');
    expect(rig.role('one')?.status?.externalID).toBeDefined();
    await rig.pass(60_000);
    expect(rig.condition('one', 'Synced')?.status).toBe('True');
  });
});

describe('one manager', () => {
  it('lets the older of two Roles win and the other take over when it goes', async () => {
    const rig = await running();
    rig.addRole('first', { slug: 'reader' });
    await rig.pass();
    rig.addRole('second', { slug: 'reader', permissions: ['c'], adoptionPolicy: 'Always' });
    await rig.pass();
    expect(rig.ready('second')).toBe('False/ManagementConflict');
    expect(rig.condition('second', 'Ready')?.message).toContain('Role "team/first"');
    expect(rig.provider.get('org_1', 'reader')?.permissions).toEqual(['a', 'b']);
    rig.deleteRole('first');
    await rig.pass();
    rig.approve('second');
    await rig.pass();
    expect(rig.ready('second')).toBe('True/Available');
    expect(rig.provider.get('org_1', 'reader')?.permissions).toEqual(['c']);
  });

  it('writes nothing once it may no longer', async () => {
    const rig = await running();
    rig.mayWrite = false;
    rig.addRole('reader');
    await rig.pass();
    expect(rig.kube.writes.filter(({ name }) => name === 'reader')).toHaveLength(0);
    expect(rig.provider.count('apply')).toBe(0);
  });
});

describe('deletion', () => {
  it('calls nobody with Retain and needs no finalizer', async () => {
    const rig = await running();
    rig.addRole('reader');
    await rig.pass();
    expect(rig.role('reader')?.metadata.finalizers ?? []).toEqual([]);
    const calls = rig.provider.calls.length;
    rig.deleteRole('reader');
    await rig.pass();
    expect(rig.provider.calls).toHaveLength(calls);
    expect(rig.provider.get('org_1', 'reader')).toBeDefined();
    expect(rig.eventReasons('reader')).toContain('RetainedExternalRole');
  });

  it('deletes the role with Delete and lets the object go once it is gone', async () => {
    const rig = await running();
    rig.addRole('reader', { deletionPolicy: 'Delete' });
    await rig.pass();
    expect(rig.role('reader')?.metadata.finalizers).toEqual([names.externalRoleFinalizer]);
    rig.deleteRole('reader');
    await rig.pass();
    expect(rig.provider.get('org_1', 'reader')).toBeUndefined();
    expect(rig.role('reader')).toBeUndefined();
    expect(rig.eventReasons('reader')).toContain('DeletedExternalRole');
  });

  it('waits while people hold the role, and can be forced to leave it', async () => {
    const rig = await running();
    rig.addRole('reader', { deletionPolicy: 'Delete' });
    await rig.pass();
    const held = new ProviderError('inUse', 'role "reader" is held by 3 members', { operation: 'deleteRole', holders: 3, status: 409 });
    for (let index = 0; index < 5; index += 1) rig.provider.faults.push({ operation: 'remove', error: held });
    rig.deleteRole('reader');
    await rig.pass();
    expect(rig.ready('reader')).toBe('False/RoleInUse');
    expect(rig.condition('reader', 'Ready')?.message).toContain('3 members');
    rig.addRole('reader', { deletionPolicy: 'Delete' }, { annotations: { [names.forceDelete]: 'true' } });
    await rig.pass();
    expect(rig.role('reader')).toBeUndefined();
    expect(rig.provider.get('org_1', 'reader')).toBeDefined();
  });

  it('ends without its provider and leaves the role there', async () => {
    const rig = await running();
    rig.addRole('reader', { deletionPolicy: 'Delete', providerRef: { name: 'gone' } }, { finalizers: [names.externalRoleFinalizer] });
    rig.role('reader');
    await rig.pass();
    expect(rig.ready('reader')).toBe('False/ProviderNotFound');
    rig.deleteRole('reader');
    await rig.pass();
    expect(rig.role('reader')).toBeUndefined();
    expect(rig.eventReasons('reader')).toContain('RetainedExternalRole');
  });

  it('leaves the role when the whole kind is being uninstalled', async () => {
    const rig = await running();
    rig.addRole('reader', { deletionPolicy: 'Delete' });
    await rig.pass();
    rig.kube.uninstalling = true;
    rig.deleteRole('reader');
    await rig.pass();
    expect(rig.role('reader')).toBeUndefined();
    expect(rig.provider.get('org_1', 'reader')).toBeDefined();
    expect(rig.eventReasons('reader')).toContain('RetainedExternalRole');
  });

  it('ends without the provider when the whole kind is being uninstalled', async () => {
    const rig = await running();
    rig.addRole('reader', { deletionPolicy: 'Delete' });
    await rig.pass();
    rig.kube.uninstalling = true;
    rig.provider.onCall = () => {
      throw new ProviderError('unauthorized', 'the key is wrong', { operation: 'listRoles', status: 401 });
    };
    rig.deleteRole('reader');
    await rig.pass();
    expect(rig.role('reader')).toBeUndefined();
    expect(rig.provider.get('org_1', 'reader')).toBeDefined();
  });

  it('leaves the role to another object that declares it', async () => {
    const rig = await running();
    rig.addRole('first', { slug: 'reader', deletionPolicy: 'Delete' });
    await rig.pass();
    rig.addRole('second', { slug: 'reader' });
    await rig.pass();
    rig.deleteRole('first');
    await rig.pass();
    expect(rig.role('first')).toBeUndefined();
    expect(rig.provider.get('org_1', 'reader')).toBeDefined();
    expect(rig.ready('second')).toBe('True/Available');
  });
});

describe('providers', () => {
  it('says which Secret is missing, makes Roles wait, and goes on when it is mended', async () => {
    const rig = new Rig();
    rig.addProvider();
    rig.kube.delete({ group: '', version: 'v1', plural: 'secrets', kind: 'Secret', namespaced: true }, { namespace: 'team', name: 'key' });
    rig.addRole('reader');
    rig.start();
    await rig.pass();
    const ready = rig.kube.provider('team', 'default')?.status?.conditions?.find(({ type }) => type === 'Ready');
    expect(ready).toMatchObject({ status: 'False', reason: 'SecretNotFound' });
    expect(ready?.message).toContain('"team/key"');
    expect(rig.ready('reader')).toBe('False/ProviderNotReady');
    rig.addSecret();
    await rig.pass(20_000);
    expect(rig.ready('reader')).toBe('True/Available');
  });

  it('stays while it is in use and names its users', async () => {
    const rig = await running();
    rig.addRole('reader');
    await rig.pass();
    rig.kube.delete(
      { group: 'rolekeeper.dev', version: 'v1alpha1', plural: 'roleproviders', kind: 'RoleProvider', namespaced: true },
      { namespace: 'team', name: 'default' },
    );
    await rig.pass();
    const inUse = rig.kube.provider('team', 'default')?.status?.conditions?.find(({ type }) => type === 'InUse');
    expect(inUse).toMatchObject({ status: 'True', reason: 'InUse' });
    expect(inUse?.message).toContain('Role team/reader');
    rig.deleteRole('reader');
    await rig.pass();
    expect(rig.kube.provider('team', 'default')).toBeUndefined();
  });
});
