import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fuzz, fuzzTimeoutMs } from '../../support/fuzz.ts';
import { BindingWorld, type BindingWorldOptions, command, roles, subjects } from './binding-world.ts';

it.each([
  { reason: 'everybody holds what is declared, nobody loses what others gave, and nothing stays behind', options: {} },
  { reason: 'the same holds where the provider does not tell who holds a role', options: { isBlind: true } },
] satisfies readonly { readonly reason: string; readonly options: BindingWorldOptions }[])(
  '$reason',
  async ({ options }) => {
    const sequence = fc.array(command, { minLength: 1, maxLength: 40, size: 'max' });
    const property = fc.asyncProperty(sequence, async (commands) => {
      const world = new BindingWorld(options);
      for (const next of commands) await world.run(next);
      await world.settle();
      expect(world.oracle.final(subjects, roles)).toEqual([]);
      const before = world.writes;
      await world.rig.pass(190_000);
      expect(world.writes).toEqual(before);
      world.deleteAll();
      await world.settle();
      expect(world.oracle.final(subjects, roles)).toEqual([]);
      expect(world.rig.kube.bindings).toEqual([]);
      world.rig.stop();
    });
    await fc.assert(property, fuzz(90));
  },
  fuzzTimeoutMs,
);
