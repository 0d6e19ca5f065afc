import { expect, test } from 'vitest';
import { booleanFlag, countFlag, namespacesFlag, textFlag } from './flag-types.ts';
import { type Environment, envOf, fallbackTextOf, flag, type GivenFlags, optionalFlag, resolveFlags } from './flags.ts';
import { UsageError } from './usage-error.ts';

const flags = {
  workers: flag({ name: 'workers', type: countFlag({ min: 1, max: 9 }), help: 'Workers', fallback: 4 }),
  clusterId: optionalFlag({ name: 'cluster-id', type: textFlag, help: 'Cluster', fallbackText: 'none' }),
  namespaces: flag<readonly string[]>({ name: 'namespaces', type: namespacesFlag, help: 'Namespaces', fallback: [] }),
  loud: flag({ name: 'loud', type: booleanFlag, help: 'Loud', fallback: false, env: false }),
};

function resolve(given: Record<string, readonly string[]>, env: Environment = {}) {
  const map: GivenFlags = new Map(Object.entries(given));
  return resolveFlags(flags, map, env);
}

function problemsOf(given: Record<string, readonly string[]>, env: Environment = {}): readonly string[] {
  try {
    resolve(given, env);
  } catch (error) {
    if (error instanceof UsageError) {
      return error.problems;
    }
    throw error;
  }
  return [];
}

test('nothing given leaves the defaults', () => {
  expect(resolve({})).toEqual({ workers: 4, clusterId: undefined, namespaces: [], loud: false });
});

test.each([
  { reason: 'the environment goes before the default', given: {}, env: { ROLEKEEPER_WORKERS: '5' }, want: 5 },
  { reason: 'the flag goes before the environment', given: { workers: ['6'] }, env: { ROLEKEEPER_WORKERS: '5' }, want: 6 },
  { reason: 'an empty variable counts as absent', given: {}, env: { ROLEKEEPER_WORKERS: '' }, want: 4 },
  { reason: 'the environment is not judged where the flag wins', given: { workers: ['6'] }, env: { ROLEKEEPER_WORKERS: 'x' }, want: 6 },
])('$reason', ({ given, env, want }) => {
  expect(resolve(given, env).workers).toBe(want);
});

test('a flag without a variable takes none', () => {
  expect(envOf(flags.loud)).toBeUndefined();
  expect(resolve({}, { ROLEKEEPER_LOUD: 'true' }).loud).toBe(false);
});

test('a bad value is named by where it came from, with the accepted form, and all are named at once', () => {
  const problems = problemsOf({ workers: ['0'] }, { ROLEKEEPER_NAMESPACES: 'A' });
  expect(problems).toHaveLength(2);
  expect(problems[0]).toMatch(/^--workers: "0" .*from 1 to 9$/);
  expect(problems[1]).toMatch(/^ROLEKEEPER_NAMESPACES: "A" .*commas/);
});

test('a flag given twice is refused rather than half of it forgotten, unless it is a list', () => {
  expect(problemsOf({ workers: ['1', '2'] })).toEqual([expect.stringContaining('--workers is given 2 times')]);
  expect(resolve({ namespaces: ['b', 'a'] }).namespaces).toEqual(['a', 'b']);
});

test('defaults are shown as they would be written', () => {
  expect(fallbackTextOf(flags.workers)).toBe('4');
  expect(fallbackTextOf(flags.clusterId)).toBe('none');
  expect(fallbackTextOf(flags.namespaces)).toBeUndefined();
});
