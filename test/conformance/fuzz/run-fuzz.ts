import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fuzz, fuzzTimeoutMs } from '../../support/fuzz.ts';
import type { ProviderFixture, StartEmulator } from '../suite/fixture.ts';
import { type FormatTraits, FuzzedWorld, operationNames } from './fuzzed-world.ts';
import { tampering } from './tampering.ts';

/** Declares that whatever a provider answers, its client does what the contract of providers says. */
export function runAnswerFuzz(name: string, start: (start: StartEmulator) => Promise<ProviderFixture>, traits: FormatTraits = {}): void {
  // None is closed: nothing of it is outside of the process, and closing would judge requests that garbage has led to by the contract.
  const inFreshWorld = async <T>(act: (world: FuzzedWorld) => Promise<T>): Promise<T> => act(await FuzzedWorld.start(start, traits));

  it(
    `${name}: whatever is answered, each operation gives what is documented or fails with a ProviderError`,
    async () => {
      const counts = new Map<string, number>();
      for (const operation of operationNames) {
        for (const isWarm of [false, true]) {
          counts.set(`${operation} ${isWarm}`, await inFreshWorld((world) => world.requestsOf(operation, isWarm)));
        }
      }
      let hits = 0;
      const property = fc.asyncProperty(fc.constantFrom(...operationNames), tampering, fc.boolean(), async (operation, spoilt, isWarm) => {
        const request = spoilt.request % Math.max(1, counts.get(`${operation} ${isWarm}`) ?? 0);
        hits += await inFreshWorld(async (world) => {
          await world.judge(operation, { ...spoilt, request }, isWarm);
          return world.http.hits;
        });
      });
      await fc.assert(property, fuzz(2_000));
      expect(hits).toBeGreaterThan(0);
    },
    fuzzTimeoutMs,
  );
}
