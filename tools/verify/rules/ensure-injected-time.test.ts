import { expect, test } from 'vitest';
import { problemsIn } from '../rule-fixture.ts';
import { ensureInjectedTime } from './ensure-injected-time.ts';

test.each([
  { reason: 'the real clock in lib', path: 'src/lib/clock.ts', text: 'export const a = () => Date.now();' },
  { reason: 'tests', path: 'src/kube/a.test.ts', text: 'setTimeout(() => {}, 1);' },
  { reason: 'a date of a given time', path: 'src/kube/a.ts', text: 'export const a = (ms: number) => new Date(ms).toISOString();' },
  { reason: 'a method of the same name', path: 'src/kube/a.ts', text: 'export const a = (s: Socket) => s.setTimeout(1);' },
  { reason: 'arithmetic', path: 'src/kube/a.ts', text: 'export const a = Math.max(1, 2);' },
])('allows $reason', ({ path, text }) => {
  expect(problemsIn(ensureInjectedTime, { [path]: text })).toEqual([]);
});

test.each([
  'Date.now()',
  'new Date()',
  'setTimeout(f, 1)',
  'globalThis.setInterval(f, 1)',
  'Math.random()',
  'performance.now()',
  'AbortSignal.timeout(5)',
  '[1].map(Math.random)',
])('refuses %s', (expression) => {
  expect(problemsIn(ensureInjectedTime, { 'src/kube/a.ts': `export const a = (f: () => void) => ${expression};` })).toHaveLength(1);
});

test('refuses timers that wait in promises', () => {
  const text = "import { setTimeout as wait } from 'node:timers/promises'; await wait(1);";
  expect(problemsIn(ensureInjectedTime, { 'src/kube/a.ts': text })).toEqual([expect.stringContaining('node:timers/promises')]);
});
