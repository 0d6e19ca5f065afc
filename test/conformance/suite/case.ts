import type { Capabilities } from '../../../src/model/index.ts';
import type { SkippedCase } from './fixture.ts';
import type { Scenario } from './scenario.ts';

/** One duty of every provider. */
export interface ConformanceCase {
  readonly name: string;
  /** Whether providers with these capabilities have this duty. Default: all have. */
  readonly applies?: (capabilities: Capabilities) => boolean;
  readonly run: (scenario: Scenario) => Promise<void>;
}

/**
 * What to do with a case:
 * - `run`: it must pass
 * - `skip`: it doesn't apply, and the reason is given
 * - `mustFail`: it applies and is skipped, so it must fail: a skip that isn't needed would hide the day it breaks again
 * - `unexplained`: it doesn't apply and nobody says why
 */
export type Verdict = 'run' | 'skip' | 'mustFail' | 'unexplained';

/** See Verdict. */
export function verdictOn(each: ConformanceCase, capabilities: Capabilities, skip: readonly SkippedCase[]): Verdict {
  const applies = each.applies?.(capabilities) ?? true;
  const skipped = skip.some((entry) => entry.case === each.name);
  if (applies) return skipped ? 'mustFail' : 'run';
  return skipped ? 'skip' : 'unexplained';
}

/** What is wrong with a list of skips, apart from what the cases themselves show. */
export function problemsOfSkips(cases: readonly ConformanceCase[], skip: readonly SkippedCase[]): readonly string[] {
  return skip.flatMap((entry, index) => {
    if (!cases.some((each) => each.name === entry.case)) return [`there is no case "${entry.case}"`];
    if (skip.findIndex((other) => other.case === entry.case) !== index) return [`"${entry.case}" is skipped twice`];
    return entry.reason.trim().split(/\s+/).length < 3 ? [`"${entry.case}" is skipped without a reason`] : [];
  });
}
