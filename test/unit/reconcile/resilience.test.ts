import { describe, expect, it } from 'vitest';
import { names } from '../../../src/api/index.ts';
import { KubeError } from '../../../src/kube/index.ts';
import { sleep } from '../../../src/lib/index.ts';
import { ProviderError } from '../../../src/model/index.ts';
import { FakeKube } from '../../support/fake-kube.ts';
import { FakeProvider } from '../../support/fake-provider.ts';
import { Rig } from '../../support/rig.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

describe('a status that could not be written', () => {
  it('says what was changed and that drift was undone once it can be, and the Event comes once', async () => {
    const rig = await Rig.running();
    rig.addRole('reader');
    await rig.pass(60_000);
    rig.provider.put('org_1', 'reader', ['a', 'b', 'e']);
    for (let time = 0; time < 2; time += 1) {
      rig.kube.faults.push({ verb: 'applyStatus', error: new KubeError('transient', 'the API server answered 503', { status: 503 }) });
    }
    await rig.pass(700_000);
    expect(rig.role('reader')?.status?.drift).toMatchObject({ timesReverted: 1 });
    expect(rig.role('reader')?.status?.lastChange).toMatchObject({ removed: ['e'], removedCount: 1 });
    expect(rig.eventReasons('reader')).toEqual(['CreatedExternalRole', 'DriftDetected', 'DriftCorrected']);
    expect(rig.provider.count('apply')).toBe(2);
  });
});

describe('a status that others were quicker to write', () => {
  it('is written soon, not on the next interval', async () => {
    const rig = await Rig.running();
    rig.addRole('reader');
    await rig.pass(60_000);
    rig.kube.faults.push({ verb: 'applyStatus', error: new KubeError('conflict', 'reader has changed', { status: 409 }) });
    rig.addRole('reader', { permissions: ['c'] });
    await rig.pass(10_000);
    expect(rig.kube.faults).toEqual([]);
    expect(rig.ready('reader')).toBe('True/Available');
  });
});

describe('mode Observe', () => {
  it('does not make a role ours that somebody put in the place of ours', async () => {
    const rig = await Rig.running();
    rig.addRole('reader', { adoptionPolicy: 'Never', deletionPolicy: 'Delete' });
    await rig.pass();
    rig.addRole('reader', { adoptionPolicy: 'Never', deletionPolicy: 'Delete', managementMode: 'Observe' });
    await rig.pass();
    rig.provider.roles.clear();
    rig.provider.put('org_1', 'reader', ['a', 'b']);
    await rig.pass(700_000);
    expect(rig.ready('reader')).toBe('True/Available');
    rig.addRole('reader', { adoptionPolicy: 'Never', deletionPolicy: 'Delete', managementMode: 'Enforce' });
    await rig.pass();
    expect(rig.ready('reader')).toBe('False/AdoptionRefused');
    rig.deleteRole('reader');
    await rig.pass(700_000);
    expect(rig.role('reader')).toBeUndefined();
    expect(rig.provider.get('org_1', 'reader')).toBeDefined();
  });

  it('does not forget that a role is ours that it saw before our own reading back did', async () => {
    const rig = await Rig.running();
    for (let index = 0; index < 3; index += 1) {
      rig.addRole(`busy-${index}`);
      await rig.pass(100);
    }
    rig.addRole('reader', { adoptionPolicy: 'Never' });
    await rig.pass(10);
    expect(rig.condition('reader', 'Ready')?.status).toBe('False');
    rig.addRole('reader', { adoptionPolicy: 'Never', managementMode: 'Observe' });
    await rig.pass(60_000);
    rig.addRole('reader', { adoptionPolicy: 'Never', managementMode: 'Enforce' });
    await rig.pass(60_000);
    expect(rig.ready('reader')).toBe('True/Available');
    expect(rig.role('reader')?.status?.ownership).toBe('Created');
  });
});

describe('a role that was made anew', () => {
  it('exactly as declared is taken over, and not called made by us', async () => {
    const rig = await Rig.running();
    rig.addRole('reader');
    await rig.pass(60_000);
    const { externalID } = rig.provider.get('org_1', 'reader') ?? {};
    rig.provider.roles.clear();
    rig.provider.put('org_1', 'reader', ['a', 'b']);
    await rig.pass(700_000);
    expect(rig.ready('reader')).toBe('True/Available');
    expect(rig.role('reader')?.status?.ownership).toBe('Adopted');
    expect(rig.role('reader')?.status?.externalID).not.toBe(externalID);
    expect(rig.provider.count('apply')).toBe(1);
  });
});

describe('a catalogue that fails', () => {
  it('holds up those that need it and nobody else', async () => {
    const rig = await Rig.running();
    rig.addRole('fine');
    await rig.pass(60_000);
    for (let time = 0; time < 20; time += 1) {
      rig.provider.faults.push({
        operation: 'unknown',
        error: new ProviderError('forbidden', 'listPermissions answered 403', { operation: 'listPermissions', status: 403 }),
      });
    }
    rig.addRole('needs', { permissions: ['c'] });
    await rig.pass(700_000);
    expect(rig.ready('needs')).toBe('False/Forbidden');
    expect(rig.ready('fine')).toBe('True/Available');
    expect(rig.condition('fine', 'Synced')?.status).toBe('True');
    expect(rig.condition('fine', 'Stalled')?.status).toBe('False');
  });
});

describe('reads', () => {
  it('are confirmed each time they turn out empty, also late in a long turn', async () => {
    const rig = await Rig.running();
    rig.addRole('gone');
    for (let index = 0; index < 3; index += 1) rig.addRole(`here-${index}`);
    await rig.pass(60_000);
    const forever = new AbortController().signal;
    rig.provider.latency = ({ operation }) => (operation === 'apply' ? sleep(rig.clock, 2_500, forever) : Promise.resolve());
    rig.provider.roles.delete('org_1/gone');
    rig.addRole('gone', {}, { annotations: { [names.reconcileRequestedAt]: '1' } });
    for (let index = 0; index < 60; index += 1) rig.addRole(`new-${index}`);
    const creates = (): readonly string[] =>
      rig.provider.calls.filter(({ detail }) => /^create org_1\/here/.test(detail)).map(({ detail }) => detail);
    const before = creates().length;
    // By then the turn has read twice that a role is gone, and its reads are too old to go on with.
    await rig.pass(80_000);
    rig.provider.emptyReads = 1;
    for (let index = 0; index < 3; index += 1) rig.addRole(`here-${index}`, { permissions: ['a'] });
    await rig.pass(600_000);
    expect(rig.provider.emptyReads).toBe(0);
    expect(creates()).toHaveLength(before);
    expect(rig.ready('here-0')).toBe('True/Available');
    expect(rig.ready('new-59')).toBe('True/Available');
  });

  it('that do not show a role yet that was just created do not have it created again', async () => {
    const rig = await Rig.running();
    rig.provider.onCall = ({ operation }) => {
      if (operation === 'apply') rig.provider.emptyReads = 1;
    };
    rig.addRole('reader', { adoptionPolicy: 'Never' });
    await rig.pass(60_000);
    expect(rig.ready('reader')).toBe('True/Available');
    expect(rig.provider.count('apply')).toBe(1);
    expect(rig.eventReasons('reader')).toEqual(['CreatedExternalRole']);
  });

  it('that do not show a role yet whose create a crash interrupted do not make it a stranger', async () => {
    const rig = await Rig.running();
    rig.addRole('reader', { adoptionPolicy: 'Never' });
    rig.provider.onOutcome = ({ operation }) => {
      if (operation === 'apply') rig.stop();
    };
    await rig.pass();
    expect(rig.running).toBe(false);
    rig.provider.onOutcome = () => undefined;
    rig.provider.emptyReads = 1;
    rig.start();
    await rig.pass(60_000);
    expect(rig.ready('reader')).toBe('True/Available');
    expect(rig.role('reader')?.status?.ownership).toBe('Created');
    expect(rig.provider.count('apply')).toBe(1);
  });
});

describe('a cache that is behind', () => {
  it('makes no storm of writes that the API server refuses', async () => {
    const clock = new VirtualClock();
    const rig = new Rig(new FakeKube({ lagMs: 5_000, clock }), new FakeProvider(), clock);
    rig.addProvider();
    rig.start();
    await rig.pass(20_000);
    rig.addRole('reader', { deletionPolicy: 'Delete' });
    await rig.pass(4_999);
    // Changed before the operator hears of it the first time: what it writes about the first is refused until it hears of the second.
    rig.addRole('reader', { deletionPolicy: 'Delete', permissions: ['c'] });
    const calls = rig.calls;
    await rig.pass(5_000);
    expect(rig.calls - calls).toBeLessThan(30);
    await rig.pass(20_000);
    expect(rig.ready('reader')).toBe('True/Available');
    expect(rig.provider.get('org_1', 'reader')?.permissions).toEqual(['c']);
  });
});

describe('deletion', () => {
  it('does not take a role that somebody has just made for the one that was there a moment ago', async () => {
    const rig = await Rig.running();
    rig.addRole('reader', { deletionPolicy: 'Delete' });
    await rig.pass(60_000);
    // Its read is recent enough to serve a look.
    rig.addRole('other');
    await rig.pass(100);
    rig.provider.roles.delete('org_1/reader');
    rig.provider.put('org_1', 'reader', ['a', 'b']);
    rig.deleteRole('reader');
    await rig.pass(60_000);
    expect(rig.role('reader')).toBeUndefined();
    expect(rig.provider.get('org_1', 'reader')).toBeDefined();
    expect(rig.eventReasons('reader')).toContain('RetainedExternalRole');
  });

  it('is repeated after a try that was cut off, on a new read', async () => {
    const rig = await Rig.running();
    rig.addRole('reader', { deletionPolicy: 'Delete' });
    await rig.pass(60_000);
    rig.provider.faults.push({
      operation: 'remove',
      after: true,
      error: new ProviderError('transient', 'DELETE timed out', { operation: 'deleteRole', ambiguous: true }),
    });
    rig.deleteRole('reader');
    await rig.pass(300);
    expect(rig.ready('reader')).toBe('False/WriteUnconfirmed');
    rig.provider.put('org_1', 'reader', ['a']);
    await rig.pass(60_000);
    expect(rig.role('reader')).toBeUndefined();
    expect(rig.provider.get('org_1', 'reader')?.permissions).toEqual(['a']);
    expect(rig.provider.count('remove')).toBe(1);
  });

  it.each([
    { reason: 'a suspended object', spec: { suspend: true } },
    { reason: 'an object that went from Enforce to Additive', spec: { managementMode: 'Additive' as const } },
    { reason: 'an object whose newest spec the provider refuses', spec: { permissions: ['x'] } },
  ])('of $reason deletes the role', async ({ spec }) => {
    const rig = await Rig.running();
    rig.addRole('reader', { deletionPolicy: 'Delete' });
    await rig.pass();
    rig.addRole('reader', { deletionPolicy: 'Delete', ...spec });
    await rig.pass();
    rig.deleteRole('reader');
    await rig.pass(60_000);
    expect(rig.role('reader')).toBeUndefined();
    expect(rig.provider.get('org_1', 'reader')).toBeUndefined();
  });

  it.each([
    { reason: 'a role that was never ours', put: true, spec: { adoptionPolicy: 'Never' as const } },
    { reason: 'an object that only observes now', put: false, spec: { managementMode: 'Observe' as const } },
    { reason: 'an object whose policy is Retain now', put: false, spec: { deletionPolicy: 'Retain' as const } },
  ])('of $reason leaves the role', async ({ put, spec }) => {
    const rig = await Rig.running();
    if (put) rig.provider.put('org_1', 'reader', ['a', 'b']);
    else rig.addRole('reader', { deletionPolicy: 'Delete' });
    await rig.pass();
    rig.addRole('reader', { deletionPolicy: 'Delete', ...spec });
    await rig.pass();
    rig.deleteRole('reader');
    await rig.pass(60_000);
    expect(rig.role('reader')).toBeUndefined();
    expect(rig.provider.get('org_1', 'reader')).toBeDefined();
    expect(rig.provider.count('remove')).toBe(0);
  });

  it('leaves the role when the policy became Retain and nobody was there to take the finalizer off', async () => {
    const rig = await Rig.running();
    rig.addRole('reader', { deletionPolicy: 'Delete' });
    await rig.pass();
    rig.stop();
    rig.addRole('reader', { deletionPolicy: 'Retain' });
    rig.deleteRole('reader');
    rig.start();
    await rig.pass(60_000);
    expect(rig.role('reader')).toBeUndefined();
    expect(rig.provider.get('org_1', 'reader')).toBeDefined();
    expect(rig.eventReasons('reader')).toContain('RetainedExternalRole');
  });

  it('is repeated on a new read also where the turn goes on for long', async () => {
    const rig = await Rig.running();
    rig.addRole('reader', { deletionPolicy: 'Delete' });
    await rig.pass(60_000);
    const forever = new AbortController().signal;
    rig.provider.latency = ({ operation }) => (operation === 'apply' ? sleep(rig.clock, 500, forever) : Promise.resolve());
    rig.provider.faults.push({
      operation: 'remove',
      after: true,
      error: new ProviderError('transient', 'DELETE timed out', { operation: 'deleteRole', ambiguous: true }),
    });
    rig.deleteRole('reader');
    for (let index = 0; index < 80; index += 1) rig.addRole(`new-${index}`);
    await rig.pass(100);
    const remade = (): void => void rig.provider.put('org_1', 'reader', ['a']);
    rig.provider.onOutcome = ({ operation }) => {
      if (operation === 'remove') remade();
    };
    await rig.pass(200_000);
    expect(rig.role('reader')).toBeUndefined();
    expect(rig.provider.get('org_1', 'reader')?.permissions).toEqual(['a']);
    expect(rig.provider.count('remove')).toBe(1);
  });

  it('lets the object go only when a list shows that the role is gone', async () => {
    const rig = await Rig.running();
    rig.addRole('reader', { deletionPolicy: 'Delete' });
    await rig.pass();
    const held = rig.provider.get('org_1', 'reader');
    rig.provider.onOutcome = ({ operation }) => {
      // The provider says that it is done, and the role is there all the same.
      if (operation === 'remove' && held !== undefined) rig.provider.put('org_1', 'reader', held.permissions, held);
    };
    rig.deleteRole('reader');
    await rig.pass(10_000);
    expect(rig.ready('reader')).toBe('False/Deleting');
    expect(rig.role('reader')?.metadata.finalizers).toEqual([names.externalRoleFinalizer]);
    expect(rig.eventReasons('reader')).not.toContain('DeletedExternalRole');
    rig.provider.onOutcome = () => undefined;
    await rig.pass(60_000);
    expect(rig.role('reader')).toBeUndefined();
    expect(rig.provider.get('org_1', 'reader')).toBeUndefined();
    expect(rig.eventReasons('reader')).toContain('DeletedExternalRole');
  });

  it('of a system role never asks for it', async () => {
    const rig = await Rig.running();
    rig.addRole('reader', { deletionPolicy: 'Delete' });
    await rig.pass();
    const role = rig.provider.get('org_1', 'reader');
    rig.provider.put('org_1', 'reader', ['a', 'b'], { ...role, system: true });
    rig.deleteRole('reader');
    await rig.pass(60_000);
    expect(rig.role('reader')).toBeUndefined();
    expect(rig.provider.count('remove')).toBe(0);
  });
});
