import type { Capabilities } from '../../../src/model/index.ts';
import type { SkippedCase } from './fixture.ts';
import type { Scenario } from './scenario.ts';

/** What decides whether a provider has to pass a case. */
export interface Duty {
  readonly name: string;
  /** Whether providers with these capabilities have this duty. Default: all have. */
  readonly applies?: (capabilities: Capabilities) => boolean;
  /** Why providers to which it doesn't apply have no such duty, where that is the same for all. Default: each has to say. */
  readonly otherwise?: string;
}

/** One duty of every provider. */
export interface ConformanceCase extends Duty {
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
export function verdictOn(each: Duty, capabilities: Capabilities, skip: readonly SkippedCase[]): Verdict {
  const named = skip.some((entry) => entry.case === each.name);
  if (applies(each, capabilities)) return named ? 'mustFail' : 'run';
  return reasonToSkip(each, skip) === undefined ? 'unexplained' : 'skip';
}

/** Why a case is skipped: by its own name, else by the beginning of it; undefined where nobody says why. */
export function reasonToSkip(each: Duty, skip: readonly SkippedCase[]): string | undefined {
  const entry = skip.find((candidate) => candidate.case === each.name) ?? skip.find((candidate) => explains(candidate, each));
  return entry?.reason ?? each.otherwise;
}

/** What is wrong with a list of skips, apart from what the cases themselves show. */
export function problemsOfSkips(cases: readonly Duty[], capabilities: Capabilities, skip: readonly SkippedCase[]): readonly string[] {
  return skip.flatMap((entry, index) => {
    const needed = entry.case.endsWith('*')
      ? cases.some((each) => explains(entry, each) && !applies(each, capabilities))
      : cases.some((each) => each.name === entry.case);
    if (!needed) return [`there is no case "${entry.case}" to skip`];
    if (skip.findIndex((other) => other.case === entry.case) !== index) return [`"${entry.case}" is skipped twice`];
    return entry.reason.trim().split(/\s+/).length < 3 ? [`"${entry.case}" is skipped without a reason`] : [];
  });
}

function applies(each: Duty, capabilities: Capabilities): boolean {
  return each.applies?.(capabilities) ?? true;
}

function explains(entry: SkippedCase, each: Duty): boolean {
  return entry.case.endsWith('*') && each.name.startsWith(entry.case.slice(0, -1));
}
