import { expect, test } from 'vitest';
import { refuseUnknownVariables } from './environment.ts';
import { countFlag, textFlag } from './flag-types.ts';
import { flag, optionalFlag } from './flags.ts';
import { UsageError } from './usage-error.ts';

const operator = { workers: flag({ name: 'workers', type: countFlag({ min: 1, max: 9 }), help: 'Workers', fallback: 4 }) };
const plan = { output: optionalFlag({ name: 'output-file', type: textFlag, help: 'Output' }) };

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    refuseUnknownVariables(env, [operator, plan]);
  } catch (error) {
    if (error instanceof UsageError) {
      return error.problems;
    }
    throw error;
  }
  return [];
}

test.each([
  { reason: 'variables of any command', name: 'ROLEKEEPER_OUTPUT_FILE' },
  { reason: 'variables of other programs', name: 'ROLE_KEEPER' },
  { reason: 'what Kubernetes sets for a Service called rolekeeper', name: 'ROLEKEEPER_SERVICE_HOST' },
  { reason: 'the port of such a Service', name: 'ROLEKEEPER_PORT' },
  { reason: 'its named port', name: 'ROLEKEEPER_METRICS_SERVICE_PORT_HTTP' },
  { reason: 'its address', name: 'ROLEKEEPER_METRICS_PORT_8080_TCP_ADDR' },
])('accepts $name: $reason', ({ name }) => {
  expect(problemsOf({ [name]: 'x' })).toEqual([]);
});

test('refuses a slip and names what was meant', () => {
  expect(problemsOf({ ROLEKEEPER_WORKER: '3' })).toEqual([expect.stringMatching(/ROLEKEEPER_WORKER is unknown.*ROLEKEEPER_WORKERS\?$/)]);
});

test('refuses all unknown variables at once, and suggests nothing that is far from them', () => {
  const problems = problemsOf({ ROLEKEEPER_XYZZY: '1', ROLEKEEPER_APIKEY: 'sk_secret' });
  expect(problems).toHaveLength(2);
  expect(problems.join()).not.toMatch(/did you mean|sk_secret/);
});
