import { describe, expect, it } from 'vitest';
import { ProviderError } from '../../../src/model/index.ts';
import { Rig } from '../../support/rig.ts';

const cut = new ProviderError('transient', 'PUT permissions timed out', { operation: 'setPermissions', ambiguous: true });
const unavailable = new ProviderError('transient', 'listRoles answered 503', { operation: 'listRoles', status: 503 });
const limited = new ProviderError('rateLimited', 'listRoles answered 429', { operation: 'listRoles', status: 429, retryAfterMs: 3_000 });

function applied(rig: Rig): readonly string[] {
  return rig.provider.calls.filter(({ operation }) => operation === 'apply').map(({ detail }) => detail.split(' ')[0] ?? '');
}

describe('a write that was cut off', () => {
  it.each([
    {
      reason: 'also when the next read fails',
      meanwhile: (rig: Rig) => void rig.provider.faults.push({ operation: 'observe', error: unavailable }),
    },
    {
      reason: 'also when the next read is refused for a while',
      meanwhile: (rig: Rig) => void rig.provider.faults.push({ operation: 'observe', error: limited }),
    },
    {
      reason: 'also when the provider is not ready for a while',
      meanwhile: (rig: Rig) => {
        for (let time = 0; time < 4; time += 1) rig.provider.faults.push({ operation: 'probe', error: unavailable });
      },
    },
    { reason: 'also after a restart', meanwhile: (rig: Rig) => void rig.stop() },
    {
      reason: 'also when the next read fails and then the process restarts',
      meanwhile: (rig: Rig) => {
        rig.provider.faults.push({ operation: 'observe', error: unavailable });
        rig.provider.onCall = ({ operation }) => {
          if (operation === 'observe' && rig.provider.faults.length === 0) rig.stop();
        };
      },
    },
    {
      reason: 'also after the object was suspended for a while',
      meanwhile: (rig: Rig) => void rig.addRole('reader', { permissions: ['b', 'c'], suspend: true }),
    },
    {
      reason: 'also when the catalogue fails meanwhile',
      meanwhile: (rig: Rig) => void rig.provider.faults.push({ operation: 'unknown', error: unavailable }),
    },
  ])('is repeated although the list looks right, $reason', async ({ meanwhile }) => {
    const rig = await Rig.running();
    rig.addRole('reader');
    await rig.pass();
    rig.provider.faults.push({ operation: 'apply', error: cut, after: true });
    rig.addRole('reader', { permissions: ['b', 'c'] });
    await rig.pass(100);
    expect(rig.condition('reader', 'Synced')?.reason).toBe('WriteUnconfirmed');
    meanwhile(rig);
    await rig.pass(60_000);
    rig.provider.onCall = () => undefined;
    rig.provider.faults.length = 0;
    if (!rig.running) rig.start();
    rig.addRole('reader', { permissions: ['b', 'c'], suspend: false });
    await rig.pass(900_000);
    expect(applied(rig)).toEqual(['create', 'update', 'update']);
    expect(rig.ready('reader')).toBe('True/Available');
    expect(rig.condition('reader', 'Synced')?.status).toBe('True');
    await rig.pass(700_000);
    expect(applied(rig)).toHaveLength(3);
  });

  it('is repeated although an earlier write of the same role waits to be read back', async () => {
    const rig = await Rig.running();
    for (let index = 0; index < 3; index += 1) {
      rig.addRole(`busy-${index}`);
      await rig.pass(100);
    }
    rig.addRole('reader');
    await rig.pass(10);
    expect(rig.provider.get('org_1', 'reader')).toBeDefined();
    expect(rig.condition('reader', 'Ready')?.status).toBe('False');
    rig.provider.faults.push({ operation: 'apply', error: cut, after: true });
    rig.addRole('reader', { permissions: ['b', 'c'] });
    await rig.pass(60_000);
    const own = rig.provider.calls.filter(({ operation, detail }) => operation === 'apply' && detail.endsWith('/reader'));
    expect(own).toHaveLength(3);
    expect(rig.ready('reader')).toBe('True/Available');
  });

  it('is known again when it arrives late and the create that was repeated finds it', async () => {
    const rig = await Rig.running();
    rig.provider.faults.push({ operation: 'apply', error: cut });
    let calls = 0;
    rig.provider.onCall = ({ operation }) => {
      if (operation !== 'apply') return;
      calls += 1;
      if (calls === 2) rig.provider.put('org_1', 'reader', []);
    };
    rig.addRole('reader', { adoptionPolicy: 'Never' });
    await rig.pass(60_000);
    expect(rig.ready('reader')).toBe('True/Available');
    expect(rig.role('reader')?.status?.ownership).toBe('Created');
    expect(rig.provider.get('org_1', 'reader')?.permissions).toEqual(['a', 'b']);
  });

  it('is repeated where it was to take a role over', async () => {
    const rig = await Rig.running();
    rig.provider.put('org_1', 'reader', ['a']);
    rig.provider.faults.push({ operation: 'apply', error: cut, after: true });
    rig.addRole('reader', { adoptionPolicy: 'Always' });
    await rig.pass(60_000);
    expect(applied(rig)).toEqual(['update', 'update']);
    expect(rig.ready('reader')).toBe('True/Available');
    expect(rig.role('reader')?.status?.ownership).toBe('Adopted');
  });

  it('leaves no claim on a role that turns out to be of somebody else', async () => {
    const rig = await Rig.running();
    rig.provider.faults.push({ operation: 'apply', error: cut });
    rig.addRole('reader');
    await rig.pass(100);
    expect(rig.role('reader')?.status?.pendingCreate).toBeDefined();
    rig.provider.put('org_1', 'reader', ['a', 'e']);
    await rig.pass(60_000);
    expect(rig.ready('reader')).toBe('False/AdoptionRefused');
    expect(rig.role('reader')?.status?.pendingCreate).toBeUndefined();
    expect(rig.condition('reader', 'Synced')?.reason).toBe('AdoptionRefused');
    // Not even once it looks like what we were about to create.
    rig.addRole('reader', { adoptionPolicy: 'Never' });
    rig.provider.put('org_1', 'reader', ['a', 'b']);
    await rig.pass(700_000);
    expect(rig.ready('reader')).toBe('False/AdoptionRefused');
  });

  it('is not taken for ours when it was not cut off', async () => {
    const rig = await Rig.running();
    rig.provider.onCall = ({ operation }) => {
      if (operation === 'apply') rig.provider.put('org_1', 'reader', []);
    };
    rig.addRole('reader', { adoptionPolicy: 'Never' });
    await rig.pass(60_000);
    expect(rig.ready('reader')).toBe('False/AdoptionRefused');
    expect(rig.provider.get('org_1', 'reader')?.permissions).toEqual([]);
  });
});
