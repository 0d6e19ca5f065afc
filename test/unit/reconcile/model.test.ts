import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fuzz, fuzzTimeoutMs } from '../../support/fuzz.ts';
import { command, World, type WorldOptions } from './world.ts';

it.each([
  { reason: 'what is declared comes about and nothing else does, whatever happens on the way', options: {} },
  { reason: 'the same holds where the operator hears late of changes in the cluster', options: { lagMs: 400 } },
  { reason: 'the same holds where calls to the provider take their time', options: { latencyMs: 150 } },
] satisfies readonly { readonly reason: string; readonly options: WorldOptions }[])(
  '$reason',
  async ({ options }) => {
    const sequence = fc.array(command, { minLength: 1, maxLength: 24, size: 'max' });
    const property = fc.asyncProperty(sequence, async (commands) => {
      const world = new World(options);
      for (const next of commands) await world.run(next);
      await world.settle();
      expect(world.oracle.final()).toEqual([]);
      const before = world.writes;
      await world.rig.pass(700_000);
      expect(world.writes).toEqual(before);
      world.rig.stop();
    });
    await fc.assert(property, fuzz(200));
  },
  fuzzTimeoutMs,
);
