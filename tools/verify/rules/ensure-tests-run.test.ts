import { expect, test } from 'vitest';
import { problemsIn } from '../rule-fixture.ts';
import { ensureTestsRun } from './ensure-tests-run.ts';

test.each([
  { reason: 'tests that run', text: "test('a', () => {}); test.each([1])('b', () => {}); describe('c', () => {});" },
  { reason: 'a reason above', text: "// Needs a server that is not built yet.\ntest.skip('a', () => {});" },
  { reason: 'a reason behind', text: "test.skipIf(isOld)('a', () => {}); // Old servers lack the endpoint." },
  { reason: 'things of other names', text: 'list.skip(1); only(2); options.only = 1;' },
])('allows $reason', ({ text }) => {
  expect(problemsIn(ensureTestsRun, { 'src/lib/a.test.ts': text })).toEqual([]);
});

test.each([
  { reason: 'a test that skips without a reason', text: "test.skip('a', () => {});", says: /skip needs a reason/ },
  { reason: 'a reason that says nothing', text: "// skip\ntest.skip('a', () => {});", says: /reason/ },
  { reason: 'a whole suite', text: "describe.skip('a', () => {});", says: /skip/ },
  { reason: 'a test to be written', text: "it.todo('a');", says: /todo/ },
  { reason: 'only', text: "test.only('a', () => {});", says: /only/ },
  { reason: 'only with a reason', text: "// It is the one I work on.\ntest.only('a', () => {});", says: /only/ },
  { reason: 'only in a chain', text: "test.concurrent.only.each([1])('a', () => {});", says: /only/ },
])('refuses $reason', ({ text, says }) => {
  expect(problemsIn(ensureTestsRun, { 'test/e2e/a.test.ts': text })).toEqual([expect.stringMatching(says)]);
});
