/** What one suite's tests came to. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const noTests: TestCounts = { passed: 0, failed: 0, skipped: 0 };

/** The parts of vitest's JSON report that are counted. */
interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly { readonly status: string }[] }[];
}

/**
 * Counts the tests of a vitest JSON report. A file that failed without a failed test (it could not be loaded, or a hook failed) counts
 * as one failure, otherwise the sum would look better than the run was.
 */
export function countTests(json: string): TestCounts {
  const report = JSON.parse(json) as VitestReport;
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + brokenFiles.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** One step of a test run. */
export interface StepResult {
  readonly name: string;
  /** `skipped`: an earlier step that it needs has failed. */
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly seconds: number;
  /** Of a step that runs tests. */
  readonly tests?: TestCounts;
}

/**
 * Sums up the steps. A step that failed, or could not run, although none of its tests failed counts as one failure: a run with a
 * failed step never reads `0 failed`.
 */
export function sumUp(steps: readonly StepResult[]): TestCounts {
  const counts = steps.map((step) => {
    const { passed, failed, skipped } = step.tests ?? noTests;
    return { passed, skipped, failed: step.outcome === 'passed' ? failed : Math.max(1, failed) };
  });
  return counts.reduce(
    (sum, step) => ({ passed: sum.passed + step.passed, failed: sum.failed + step.failed, skipped: sum.skipped + step.skipped }),
    noTests,
  );
}

/** Whether the run as a whole is good: nothing failed, and there was something that could have. */
export function isGood(total: TestCounts): boolean {
  return total.failed === 0 && total.passed > 0;
}

/** The steps as lines of a table, and as the last line the tests in the words that machines look for: `N passed, N failed`. */
export function formatSummary(steps: readonly StepResult[], formatSeconds: (seconds: number) => string): string {
  const width = Math.max(...steps.map((step) => step.name.length));
  const lines = steps.map((step) => {
    const line = `  ${step.name.padEnd(width)}  ${step.outcome.padEnd(7)}  ${formatSeconds(step.seconds).padStart(11)}  ${formatTests(step.tests)}`;
    return line.trimEnd();
  });
  const { passed, failed } = sumUp(steps);
  return [...lines, `${passed} passed, ${failed} failed`].join('\n');
}

function formatTests(tests: TestCounts | undefined): string {
  if (tests === undefined) {
    return '';
  }
  return `${tests.passed} passed, ${tests.failed} failed${tests.skipped > 0 ? `, ${tests.skipped} skipped` : ''}`;
}
