import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Turns } from './turns.ts';

const { signal } = new AbortController();

describe('Turns', () => {
  it('lets one at a time go on for each key, in their order, whatever becomes of those before', async () => {
    const step = fc.record({ key: fc.constantFrom('a', 'b'), ticks: fc.nat(4), outcome: fc.constantFrom('fine', 'fails', 'gives up') });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const turns = new Turns();
        const busy = new Set<string>();
        const begun: Record<string, number[]> = { a: [], b: [] };
        const work = steps.map(({ key, ticks, outcome }, index) => {
          const stop = new AbortController();
          const turn = turns.take(key, stop.signal, async () => {
            expect(busy.has(key)).toBe(false);
            busy.add(key);
            begun[key]?.push(index);
            for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
            busy.delete(key);
            if (outcome === 'fails') throw new Error('fails');
          });
          if (outcome === 'gives up') stop.abort(new Error('gives up'));
          return turn.catch((error: Error) => error.message);
        });

        const outcomes = await Promise.all(work);

        expect(outcomes).toEqual(steps.map(({ outcome }) => (outcome === 'fine' ? undefined : outcome)));
        for (const order of Object.values(begun)) expect(order).toEqual([...order].sort((left, right) => left - right));
      }),
    );
  });

  it('gives back what the work gives', async () => {
    expect(await new Turns().take('a', signal, async () => 7)).toBe(7);
  });
});
