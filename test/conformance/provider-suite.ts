import { describe, expect, it } from 'vitest';
import type { Capabilities } from '../../src/model/index.ts';
import { assertingCases } from './suite/asserting-cases.ts';
import { type ConformanceCase, problemsOfSkips, reasonToSkip, verdictOn } from './suite/case.ts';
import { deletingCases } from './suite/deleting-cases.ts';
import { failingCases } from './suite/failing-cases.ts';
import type { ProviderFixture, ProviderUnderTest } from './suite/fixture.ts';
import { readingCases } from './suite/reading-cases.ts';
import { Scenario } from './suite/scenario.ts';
import { writingCases } from './suite/writing-cases.ts';

export type {
  Backdoor,
  ProviderFixture,
  ProviderOperation,
  ProviderUnderTest,
  SkippedCase,
  StoredRole,
  Vocabulary,
} from './suite/fixture.ts';

/** The duties of every provider. */
export const conformanceCases: readonly ConformanceCase[] = [
  ...readingCases,
  ...writingCases,
  ...assertingCases,
  ...deletingCases,
  ...failingCases,
];

/**
 * Declares the tests that every provider has to pass. A case that doesn't apply by the provider's capabilities must be named
 * in `skip` with the reason, alone or by the beginning of its name; a case that applies may be skipped by its name as long as
 * it fails.
 */
export function runProviderConformance(subject: ProviderUnderTest): void {
  describe(`${subject.name}: provider conformance`, () => {
    it('skips only cases that exist, once, with a reason', async () => {
      const fixture = await subject.start();
      await fixture.emulator.close();

      expect(problemsOfSkips(conformanceCases, capabilitiesOf(fixture), subject.skip)).toEqual([]);
    });

    it.for(conformanceCases.map((each) => [each.name, each] as const))('%s', async ([name, each], context) => {
      const fixture = await subject.start();
      const reason = reasonToSkip(each, subject.skip) ?? '';
      const verdict = verdictOn(each, capabilitiesOf(fixture), subject.skip);
      if (verdict === 'run') return inScenario(fixture, each);
      if (verdict === 'mustFail') {
        await expect(inScenario(fixture, each), 'the case passes: take it out of skip').rejects.toThrow();
        return context.skip(reason);
      }
      await fixture.emulator.close();
      if (verdict === 'skip') return context.skip(reason);
      throw new Error(`"${name}" does not apply by the capabilities of ${subject.name}: name it in skip, with the reason`);
    });
  });
}

function capabilitiesOf({ capabilities, driver }: ProviderFixture): Capabilities {
  return capabilities ?? driver.capabilities;
}

async function inScenario(fixture: Awaited<ReturnType<ProviderUnderTest['start']>>, each: ConformanceCase): Promise<void> {
  const scenario = await Scenario.start(fixture);
  try {
    await each.run(scenario);
    fixture.validator.assertNone();
  } finally {
    await scenario.end();
  }
}
