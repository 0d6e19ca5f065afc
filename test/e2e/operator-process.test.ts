import { beforeAll, describe, expect, it } from 'vitest';
import { isAlive } from '../../tools/lib/index.ts';
import { sharedCluster, type TestCluster } from '../support/control-plane.ts';
import { ProcessStartError, startTestEmulator, startTestOperator, sumOf } from '../support/operator-process.ts';

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await sharedCluster();
  await cluster.installCRDs();
  await cluster.installRBAC();
});

/** A Lease for each test: one operator need not wait for another one's to run out. */
function ownLease(name: string): { readonly flags: Readonly<Record<string, string>> } {
  return { flags: { 'lease-name': `process-${name}`, 'watch-namespaces': `process-${name}` } };
}

describe('startTestOperator', () => {
  it('starts the operator with the rights of its ServiceAccount, looks into it and ends it in order', async () => {
    await using operator = await startTestOperator(cluster, ownLease('order'));
    await operator.leading();
    expect(sumOf(await operator.metrics(), 'rolekeeper_reflector_synced')).toBeGreaterThan(0);
    expect(await operator.isReady()).toBe(true);
    const pid = operator.pid ?? 0;
    expect(isAlive(pid)).toBe(true);
    expect(await operator.stop()).toEqual({ code: 0, signal: null });
    expect(isAlive(pid)).toBe(false);
    expect(operator.pid).toBeUndefined();
    const messages = (await operator.logLines()).map(({ message }) => message);
    expect(messages.at(0)).toBe('Starting rolekeeper');
    expect(messages.at(-1)).toBe('Stopped');
  });

  it('kills it without a word', async () => {
    await using operator = await startTestOperator(cluster, ownLease('kill'));
    expect(await operator.kill()).toEqual({ code: null, signal: 'SIGKILL' });
    expect((await operator.logLines()).map(({ message }) => message)).not.toContain('Stopped');
  });

  it('ends one that was paused', async () => {
    await using operator = await startTestOperator(cluster, ownLease('pause'));
    operator.pause();
    expect(await operator.stop()).toEqual({ code: 0, signal: null });
  });

  it('says what the operator said when it does not start', async () => {
    const start = startTestOperator(cluster, { flags: { 'lease-duration': '1s' } });
    await expect(start).rejects.toThrow(ProcessStartError);
    await expect(start).rejects.toThrow(/--lease-duration/);
  });
});

describe('startTestEmulator', () => {
  it('serves a provider, is controlled from here and forgets everything when killed', async () => {
    await using emulator = await startTestEmulator('workos');
    await emulator.control.act('putOrganization', { organization: { id: 'org_new' } });
    expect(JSON.stringify(await emulator.control.state())).toContain('org_new');
    expect((await fetch(`${emulator.url}/organizations`)).status).toBe(401);
    expect(await emulator.control.journal()).toHaveLength(1);
    await emulator.control.reset();
    expect(await emulator.control.journal()).toEqual([]);
    expect(JSON.stringify(await emulator.control.state())).not.toContain('org_new');
    expect(await emulator.kill()).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('says so when the port is taken', async () => {
    await using first = await startTestEmulator('workos');
    const start = startTestEmulator('workos', { port: Number(new URL(first.url).port) });
    await expect(start).rejects.toMatchObject({ portTaken: true });
  });
});
