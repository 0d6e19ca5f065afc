import { describe, expect, it } from 'vitest';
import { MemoryTrace, residentMiB } from '../../chaos/memory.ts';
import { shortRun, soakRun } from '../../chaos/repertoire.ts';
import { randomFrom } from '../../support/kills.ts';

const bound = soakRun(30).memory;

/** Samples of a life: `floor` is what is in use at a place of it from 0 to 1, on top of it lies garbage that is collected now and then. */
function traceOf(count: number, seed: number, floor: (place: number) => number): MemoryTrace {
  const random = randomFrom(seed);
  const trace = new MemoryTrace();
  let garbage = 0;
  for (let index = 0; index < count; index += 1) {
    garbage = random() < 0.1 ? 0 : Math.min(60, garbage + 4 * random());
    trace.add(floor(index / count) + garbage);
  }
  return trace;
}

const warmingUp = (place: number): number => 130 * Math.min(1, 0.6 + place * 2);
const seeds = Array.from({ length: 200 }, (_, index) => index + 1);

describe('memory counts as flat', () => {
  it('however much garbage comes and goes, and however much the warm-up took', () => {
    const verdicts = seeds.map((seed) => traceOf(1_000, seed, warmingUp).judge(bound));
    expect(verdicts.filter((verdict) => verdict !== undefined)).toEqual([]);
  });

  it('when it shrinks', () => {
    expect(traceOf(1_000, 1, (place) => 180 - 60 * place).judge(bound)).toBeUndefined();
  });
});

describe('memory counts as growing', () => {
  it('when some never comes back, whatever garbage hides it', () => {
    const leak = (place: number): number => warmingUp(place) + 60 * place;
    const verdicts = seeds.map((seed) => traceOf(1_000, seed, leak).judge(bound));
    expect(verdicts.filter((verdict) => verdict === undefined)).toEqual([]);
    expect(verdicts[0]).toMatch(/^memory grew from \d+ MiB after the warm-up to \d+ MiB, and \d+ are allowed$/);
  });

  it('when it doubles within a short run', () => {
    expect(traceOf(30, 1, (place) => 150 + 300 * place).judge(shortRun.memory)).toMatch(/^memory grew/);
  });
});

describe('memory', () => {
  it('that was hardly measured is not called flat', () => {
    expect(traceOf(7, 1, () => 100).judge(bound)).toBe('memory was measured 7 times only');
  });

  it('is shown by the medians of equal parts of a life', () => {
    const trace = new MemoryTrace();
    for (const MiB of [10, 11, 12, 20, 21, 22]) trace.add(MiB);
    expect(trace.parts(2)).toEqual([11, 21]);
  });

  it('of this process is what it says of itself, within a tenth', async () => {
    const own = process.memoryUsage.rss() / 2 ** 20;
    const measured = await residentMiB(process.pid);
    expect(Math.abs(measured - own)).toBeLessThan(own / 10);
  });
});
