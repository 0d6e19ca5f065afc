import { describe, expect, it } from 'vitest';
import type { StepResult } from './test-report.ts';
import { countTests, formatSummary, isGood, noTests, sumUp } from './test-report.ts';

function report(numbers: { passed?: number; failed?: number; pending?: number }, files: readonly object[] = []): string {
  const { passed = 0, failed = 0, pending = 0 } = numbers;
  return JSON.stringify({ numPassedTests: passed, numFailedTests: failed, numPendingTests: pending, numTodoTests: 0, testResults: files });
}

describe('countTests', () => {
  it('counts what vitest counted', () => {
    const files = [{ status: 'failed', assertionResults: [{ status: 'failed' }, { status: 'passed' }] }];
    expect(countTests(report({ passed: 7, failed: 1, pending: 2 }, files))).toEqual({ passed: 7, failed: 1, skipped: 2 });
  });

  it('counts a file that could not be loaded as a failure', () => {
    expect(countTests(report({ passed: 7 }, [{ status: 'failed', assertionResults: [] }]))).toEqual({ passed: 7, failed: 1, skipped: 0 });
  });

  it('counts a file whose tests passed but whose hook failed as a failure', () => {
    const files = [{ status: 'failed', assertionResults: [{ status: 'passed' }] }];
    expect(countTests(report({ passed: 1 }, files))).toEqual({ passed: 1, failed: 1, skipped: 0 });
  });
});

const unit: StepResult = { name: 'unit', outcome: 'passed', seconds: 1, tests: { passed: 5, failed: 0, skipped: 1 } };

describe('sumUp', () => {
  it.each<{ reason: string; step: StepResult; failed: number }>([
    { reason: 'a step without tests that passed adds nothing', step: { name: 'lint', outcome: 'passed', seconds: 1 }, failed: 0 },
    { reason: 'a failed check is a failure', step: { name: 'lint', outcome: 'failed', seconds: 1 }, failed: 1 },
    { reason: 'a suite that could not run is a failure', step: { name: 'e2e', outcome: 'skipped', seconds: 0 }, failed: 1 },
    {
      reason: 'a suite in which no test ran is a failure',
      step: { name: 'e2e', outcome: 'failed', seconds: 1, tests: noTests },
      failed: 1,
    },
    {
      reason: 'failed tests are not counted once more for their step',
      step: { name: 'e2e', outcome: 'failed', seconds: 1, tests: { passed: 0, failed: 2, skipped: 0 } },
      failed: 2,
    },
  ])('$reason', ({ step, failed }) => {
    expect(sumUp([unit, step])).toEqual({ passed: 5, failed, skipped: 1 });
  });
});

describe('isGood', () => {
  it('wants no failure and at least one test', () => {
    expect(isGood({ passed: 1, failed: 0, skipped: 9 })).toBe(true);
    expect(isGood({ passed: 1, failed: 1, skipped: 0 })).toBe(false);
    expect(isGood(noTests)).toBe(false);
  });
});

describe('formatSummary', () => {
  it('ends with the line that machines look for', () => {
    const lines = formatSummary([unit, { name: 'types', outcome: 'failed', seconds: 2 }], (seconds) => `${seconds} s`).split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/unit +passed +1 s +5 passed, 0 failed, 1 skipped$/);
    expect(lines[1]).toMatch(/types +failed +2 s$/);
    expect(lines[2]).toBe('5 passed, 1 failed');
  });
});
