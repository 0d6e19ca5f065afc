import { assertingCases } from './suite/asserting-cases.ts';
import type { ConformanceCase } from './suite/case.ts';
import { declareCases } from './suite/declare-cases.ts';
import { deletingCases } from './suite/deleting-cases.ts';
import { failingCases } from './suite/failing-cases.ts';
import type { ProviderFixture, ProviderUnderTest } from './suite/fixture.ts';
import { readingCases } from './suite/reading-cases.ts';
import { Scenario } from './suite/scenario.ts';
import { writingCases } from './suite/writing-cases.ts';

export type {
  Backdoor,
  People,
  Person,
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
  declareCases(subject, { title: 'provider conformance', cases: conformanceCases, duty: (each) => each, run: inScenario });
}

async function inScenario(each: ConformanceCase, fixture: ProviderFixture): Promise<void> {
  const scenario = await Scenario.start(fixture);
  try {
    await each.run(scenario);
    fixture.validator.assertNone();
  } finally {
    await scenario.end();
  }
}
