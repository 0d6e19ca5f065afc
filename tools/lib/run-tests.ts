/*
 * Runs every check and every test one after the other, goes on after a failure so that one run tells everything, and sums up.
 * Reports and the summary go to dist/test-results.
 */
import { spawn } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatSeconds, inRepository, runMain } from './index.ts';
import type { StepResult, TestCounts } from './test-report.ts';
import { countTests, formatSummary, isGood, noTests, sumUp } from './test-report.ts';

/** One step: an npm script of package.json. */
interface Step {
  readonly script: string;
  readonly args?: readonly string[];
  /** It runs vitest, whose report is counted. */
  readonly tests?: boolean;
  /** Without that step's success it makes no sense. */
  readonly needs?: string;
}

const steps: readonly Step[] = [
  { script: 'lint' },
  { script: 'types' },
  { script: 'verify' },
  { script: 'verify:workflows' },
  { script: 'test:unit', tests: true },
  { script: 'test:conformance', tests: true },
  { script: 'test:matrix', tests: true },
  { script: 'controlplane', args: ['ensure', '--helm'] },
  { script: 'test:apiserver', tests: true, needs: 'controlplane' },
  { script: 'test:e2e', tests: true, needs: 'controlplane' },
];

const resultsDirectory = inRepository('dist', 'test-results');

await runMain(async () => {
  await rm(resultsDirectory, { recursive: true, force: true });
  await mkdir(resultsDirectory, { recursive: true });
  const results: StepResult[] = [];
  for (const step of steps) {
    results.push(await take(step, results));
  }
  const summary = formatSummary(results, formatSeconds);
  await writeFile(join(resultsDirectory, 'summary.txt'), `${summary}\n`);
  console.log(`\n${summary}`);
  return isGood(sumUp(results)) ? 0 : 1;
});

async function take(step: Step, before: readonly StepResult[]): Promise<StepResult> {
  if (step.needs !== undefined && before.find(({ name }) => name === step.needs)?.outcome !== 'passed') {
    return { name: step.script, outcome: 'skipped', seconds: 0 };
  }
  console.log(`\n==> ${step.script}`);
  const report = join(resultsDirectory, `${step.script.replace(':', '-')}.json`);
  const args = step.tests === true ? ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`] : (step.args ?? []);
  const startedAt = performance.now();
  const code = await npmRun(step.script, args);
  const seconds = (performance.now() - startedAt) / 1000;
  const tests = step.tests === true ? await readCounts(report) : undefined;
  // A suite in which no test ran proves nothing, whatever its exit code says.
  const good = code === 0 && (tests === undefined || isGood(tests));
  return { name: step.script, outcome: good ? 'passed' : 'failed', seconds, ...(tests === undefined ? {} : { tests }) };
}

function npmRun(script: string, args: readonly string[]): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn('npm', ['run', '--silent', script, '--', ...args], { cwd: inRepository(), stdio: 'inherit' });
    child.once('error', reject);
    child.once('close', resolve);
  });
}

/** The counts of a suite's report; none when it ended before it wrote one. */
async function readCounts(report: string): Promise<TestCounts> {
  const json = await readFile(report, 'utf8').catch(() => undefined);
  return json === undefined ? noTests : countTests(json);
}
