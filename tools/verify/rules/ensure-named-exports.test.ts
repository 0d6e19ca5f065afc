import { expect, test } from 'vitest';
import { problemsIn } from '../rule-fixture.ts';
import { ensureNamedExports } from './ensure-named-exports.ts';

test.each([
  { reason: 'a named export', path: 'src/lib/a.ts', text: 'export const a = 1;' },
  { reason: 'importing the default of a package', path: 'src/lib/a.ts', text: "import fc from 'fast-check'; export const a = fc;" },
  { reason: 'the configuration of a tool', path: 'vitest.config.ts', text: 'export default {};' },
  {
    reason: 'the default of a switch',
    path: 'src/lib/a.ts',
    text: 'export const a = (n: number) => { switch (n) { default: return 1; } };',
  },
])('allows $reason', ({ path, text }) => {
  expect(problemsIn(ensureNamedExports, { [path]: text })).toEqual([]);
});

test.each([
  { reason: 'a value', text: 'const a = 1; export default a;' },
  { reason: 'a function', text: 'export default function a() {}' },
  { reason: 'a class', text: 'export default class {}' },
  { reason: 'by another name', text: 'const a = 1; export { a as default };' },
  { reason: 'from elsewhere', text: "export { default } from './b.ts';" },
])('refuses a default export: $reason', ({ text }) => {
  expect(problemsIn(ensureNamedExports, { 'tools/a.ts': text })).toHaveLength(1);
});
