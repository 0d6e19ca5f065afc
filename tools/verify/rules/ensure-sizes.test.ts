import { expect, test } from 'vitest';
import { problemsIn } from '../rule-fixture.ts';
import { ensureSizes } from './ensure-sizes.ts';

const lines = (count: number): string => 'const x = 1;\n'.repeat(count);
const functionOf = (count: number): string => `export function a() {\n${lines(count - 2)}}\n`;

test.each([
  { reason: 'a file of 400 lines', path: 'src/lib/a.ts', text: lines(400) },
  {
    reason: 'a function of 60 lines, its comment not counted',
    path: 'src/lib/a.ts',
    text: `/**\n${' * a\n'.repeat(50)} */\n${functionOf(60)}`,
  },
  { reason: 'a long test', path: 'src/lib/a.test.ts', text: lines(900) },
  { reason: 'generated code', path: 'src/api/generated/a.ts', text: lines(900) },
])('allows $reason', ({ path, text }) => {
  expect(problemsIn(ensureSizes, { [path]: text })).toEqual([]);
});

test('refuses a file of 401 lines', () => {
  expect(problemsIn(ensureSizes, { 'src/lib/a.ts': lines(401) })).toEqual([expect.stringMatching(/^src\/lib\/a\.ts:401: 401 lines/)]);
});

test.each([
  { reason: 'a function', text: functionOf(61) },
  { reason: 'an arrow function', text: `export const a = () => {\n${lines(59)}};` },
  { reason: 'a method', text: `export class A {\n  a() {\n${lines(59)}  }\n}` },
])('refuses $reason of 61 lines', ({ text }) => {
  expect(problemsIn(ensureSizes, { 'src/lib/a.ts': text })).toEqual([expect.stringContaining('61 lines, at most 60')]);
});
