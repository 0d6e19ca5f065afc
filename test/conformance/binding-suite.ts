import { bindingCases } from './suite/binding-cases.ts';
import { type BindingCase, BindingScenario } from './suite/binding-scenario.ts';
import type { Duty } from './suite/case.ts';
import { declareCases } from './suite/declare-cases.ts';
import type { ProviderFixture, ProviderUnderTest } from './suite/fixture.ts';

/**
 * Declares the tests that every provider with `capabilities.bindings` has to pass. Its fixture needs `people`. Skips are as for
 * `runProviderConformance`: what doesn't apply is explained, and what applies may be skipped by its name as long as it fails.
 */
export function runBindingConformance(subject: ProviderUnderTest): void {
  declareCases(subject, { title: 'binding conformance', cases: bindingCases, duty: dutyOf, run: inScenario });
}

/** What the provider's subjects are like decides as well. */
function dutyOf(each: BindingCase, { people }: ProviderFixture): Duty {
  const { name, otherwise, applies } = each;
  return {
    name,
    ...(otherwise === undefined ? {} : { otherwise }),
    applies: (capabilities) => capabilities.bindings && people !== undefined && (applies?.(capabilities, people) ?? true),
  };
}

async function inScenario(each: BindingCase, fixture: ProviderFixture): Promise<void> {
  const scenario = await BindingScenario.start(fixture);
  try {
    await each.run(scenario);
    fixture.validator.assertNone();
  } finally {
    await scenario.end();
  }
}
