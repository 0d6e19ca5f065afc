import { beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { RateLimits } from './rate-limit.ts';
import type { EmulatedOperation, RateLimitRule } from './types.ts';

const read: EmulatedOperation = { operationId: 'read', method: 'GET', path: '/a', handle: () => ({ status: 200 }) };
const write: EmulatedOperation = { ...read, operationId: 'write', method: 'PUT' };
const rules: readonly RateLimitRule[] = [
  { requests: 10, windowMs: 10_000, applies: () => true },
  { requests: 2, windowMs: 1_000, applies: ({ method }) => method === 'PUT' },
];

let clock: VirtualClock;

beforeEach(() => {
  clock = new VirtualClock();
});

describe('RateLimits', () => {
  it('lets a full bucket pass at once, then as many as flow in', async () => {
    const limits = new RateLimits(clock, rules, 1);

    expect(Array.from({ length: 10 }, () => limits.take(read))).toEqual(Array.from({ length: 10 }));
    expect(limits.take(read)).toBe(1000);
    await clock.advance(400);
    expect(limits.take(read)).toBeCloseTo(600);
    await clock.advance(600);
    expect(limits.take(read)).toBeUndefined();
  });

  it('asks for the longest wait of the limits that apply, and takes nothing from the others meanwhile', () => {
    const limits = new RateLimits(clock, rules, 1);
    limits.take(write);
    limits.take(write);

    for (let index = 0; index < 100; index++) expect(limits.take(write)).toBe(500);
    expect(Array.from({ length: 8 }, () => limits.take(read))).toEqual(Array.from({ length: 8 }));
    expect(limits.take(read)).toBe(1000);
  });

  it('never saves up more than a window', async () => {
    const limits = new RateLimits(clock, rules, 1);
    await clock.advance(1_000_000);

    expect(Array.from({ length: 11 }, () => limits.take(read)).filter((wait) => wait !== undefined)).toHaveLength(1);
  });

  it('can be made tighter, down to one request', () => {
    const limits = new RateLimits(clock, rules, 0.01);

    expect(limits.take(read)).toBeUndefined();
    expect(limits.take(read)).toBeCloseTo(100_000);
  });
});
