import { describe, expect, it } from 'vitest';
import type { Capabilities } from '../../../src/model/index.ts';
import { type Duty, problemsOfSkips, reasonToSkip, verdictOn } from './case.ts';
import type { ProviderFixture, ProviderUnderTest } from './fixture.ts';

/** The cases of one suite. */
export interface Suite<Case extends Pick<Duty, 'name'>> {
  /** What the tests are about, for example `provider conformance`. */
  readonly title: string;
  readonly cases: readonly Case[];
  /** What decides whether the case applies to this fixture. */
  duty(each: Case, fixture: ProviderFixture): Duty;
  /** Runs the case and ends the fixture. */
  run(each: Case, fixture: ProviderFixture): Promise<void>;
}

/**
 * Declares the tests of a suite for one provider. A case that doesn't apply must be named in `skip` with the reason, alone or by the
 * beginning of its name; a case that applies may be skipped by its name as long as it fails.
 */
export function declareCases<Case extends Pick<Duty, 'name'>>(subject: ProviderUnderTest, suite: Suite<Case>): void {
  describe(`${subject.name}: ${suite.title}`, () => {
    it('skips only cases that exist, once, with a reason', async () => {
      const fixture = await subject.start();
      await fixture.emulator.close();
      const duties = suite.cases.map((each) => suite.duty(each, fixture));

      expect(problemsOfSkips(duties, capabilitiesOf(fixture), subject.skip)).toEqual([]);
    });

    it.for(suite.cases.map((each) => [each.name, each] as const))('%s', async ([name, each], context) => {
      const fixture = await subject.start();
      const duty = suite.duty(each, fixture);
      const reason = reasonToSkip(duty, subject.skip) ?? '';
      const verdict = verdictOn(duty, capabilitiesOf(fixture), subject.skip);
      if (verdict === 'run') return suite.run(each, fixture);
      if (verdict === 'mustFail') {
        await expect(suite.run(each, fixture), 'the case passes: take it out of skip').rejects.toThrow();
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
