import { beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import type { OrganizationSnapshot } from '../model/index.ts';
import type { Connection } from './connections.ts';
import { Snapshots } from './snapshots.ts';

const signal = new AbortController().signal;
let clock: VirtualClock;
let snapshots: Snapshots;
let reads: string[];

/** A connection that counts its reads; each takes as long as `latency` does. */
function connection(name = 'one', latency: () => Promise<void> = async () => undefined): Connection {
  const observe = async (organization: string): Promise<OrganizationSnapshot> => {
    reads.push(`${name} ${organization}`);
    await latency();
    return { organization, roles: new Map() };
  };
  return { key: name, provider: { observe } } as unknown as Connection;
}

beforeEach(() => {
  clock = new VirtualClock();
  snapshots = new Snapshots({ clock });
  reads = [];
});

describe('reading', () => {
  it('serves several from one read for two seconds', async () => {
    const one = connection();
    const first = await snapshots.get(one, 'org_1', 0, signal);
    await clock.advance(1_999);
    expect(await snapshots.get(one, 'org_1', 0, signal)).toBe(first);
    await clock.advance(1);
    expect(await snapshots.get(one, 'org_1', 0, signal)).not.toBe(first);
    expect(reads).toEqual(['one org_1', 'one org_1']);
  });

  it('tells organizations and connections apart', async () => {
    const [one, two] = [connection('one'), connection('two')];
    for (const [which, organization] of [
      [one, 'org_1'],
      [one, 'org_2'],
      [two, 'org_1'],
      [one, 'org_1'],
    ] as const) {
      await snapshots.get(which, organization, 0, signal);
    }
    expect(reads).toEqual(['one org_1', 'one org_2', 'two org_1']);
  });

  it('reads anew for who wrote since, however little time has passed', async () => {
    const one = connection();
    const first = await snapshots.get(one, 'org_1', 0, signal);
    const written = snapshots.nextOrder();
    expect(written).toBeGreaterThan(first.order);
    const second = await snapshots.get(one, 'org_1', written, signal);
    expect(second.order).toBeGreaterThan(written);
    expect(await snapshots.get(one, 'org_1', written, signal)).toBe(second);
    expect(reads).toHaveLength(2);
  });

  it('counts a read from when it began: what was written meanwhile may not be in it', async () => {
    let proceed = (): void => undefined;
    const slow = connection('slow', () => new Promise((resolve) => (proceed = resolve)));
    const reading = snapshots.get(slow, 'org_1', 0, signal);
    const written = snapshots.nextOrder();
    await clock.advance(1_500);
    proceed();
    const taken = await reading;
    expect(taken.order).toBeLessThan(written);
    expect(taken.takenAt).toBe(0);
    const again = snapshots.get(slow, 'org_1', written, signal);
    await clock.flush();
    proceed();
    expect((await again).order).toBeGreaterThan(written);
  });

  it('keeps nothing of a read that failed', async () => {
    let isBroken = true;
    const one = connection('one', async () => {
      if (isBroken) throw new Error('page 2 of 3 failed');
    });
    await expect(snapshots.get(one, 'org_1', 0, signal)).rejects.toThrow('page 2');
    isBroken = false;
    await snapshots.get(one, 'org_1', 0, signal);
    expect(reads).toHaveLength(2);
  });

  it('forgets what it is told to forget', async () => {
    const one = connection();
    await snapshots.get(one, 'org_1', 0, signal);
    snapshots.invalidate(one, 'org_1');
    await snapshots.get(one, 'org_1', 0, signal);
    expect(reads).toHaveLength(2);
  });
});

describe('reading back', () => {
  it('is done at once after a quiet time, and further and further apart while writes keep coming', async () => {
    const one = connection();
    const waits: number[] = [];
    for (let time = 0; time < 8; time += 1) {
      const wait = snapshots.verifyDelay(one, 'org_1');
      waits.push(wait);
      await clock.advance(wait);
      if (wait > 0) expect(snapshots.verifyDelay(one, 'org_1')).toBe(0);
    }
    expect(waits[0]).toBe(0);
    expect(waits.slice(1)).toEqual([...waits.slice(1)].sort((a, b) => a - b));
    expect(waits.at(-1)).toBe(5_000);
    await clock.advance(10_000);
    expect(snapshots.verifyDelay(one, 'org_1')).toBe(0);
    expect(snapshots.verifyDelay(one, 'org_1')).toBe(500);
  });

  it('is spaced in each organization by itself', () => {
    const one = connection();
    expect(snapshots.verifyDelay(one, 'org_1')).toBe(0);
    expect(snapshots.verifyDelay(one, 'org_2')).toBe(0);
    expect(snapshots.verifyDelay(one, 'org_1')).toBeGreaterThan(0);
  });
});

describe('prune', () => {
  it('drops reads that are too old to serve, and keeps the spacing of a burst', async () => {
    const one = connection();
    await snapshots.get(one, 'org_1', 0, signal);
    snapshots.verifyDelay(one, 'org_1');
    await clock.advance(400);
    snapshots.prune();
    await snapshots.get(one, 'org_1', 0, signal);
    expect(reads).toHaveLength(1);
    expect(snapshots.verifyDelay(one, 'org_1')).toBe(100);
    await clock.advance(20_000);
    snapshots.prune();
    expect(snapshots.verifyDelay(one, 'org_1')).toBe(0);
  });
});
