import { expect, test } from 'vitest';
import { problemsIn } from '../rule-fixture.ts';
import { ensureOneEnvironment } from './ensure-one-environment.ts';

test.each([
  { reason: 'in config.ts', path: 'src/config.ts', text: 'export const a = process.env.A;' },
  { reason: 'in a test', path: 'src/kube/a.test.ts', text: 'export const a = process.env.A;' },
  { reason: 'in a tool', path: 'tools/a.ts', text: 'export const a = process.env.A;' },
  {
    reason: 'as an argument of this name',
    path: 'src/kube/a.ts',
    text: 'export const a = (env: object, o: { env: object }) => [env, o.env];',
  },
  { reason: 'as another part of process', path: 'src/kube/a.ts', text: 'export const a = process.version;' },
])('the environment may be read $reason', ({ path, text }) => {
  expect(problemsIn(ensureOneEnvironment, { [path]: text })).toEqual([]);
});

test.each([
  { reason: 'directly', text: 'export const a = process.env.A;' },
  { reason: 'through globalThis', text: 'export const a = globalThis.process.env;' },
  { reason: 'as an element', text: "export const a = process['env'];" },
  { reason: 'by taking it out', text: 'const { env } = process; export const a = env;' },
  { reason: 'by taking it out under another name', text: 'const { env: e } = process; export const a = e;' },
  { reason: 'by importing it', text: "import { env as e } from 'node:process'; export const a = e;" },
])('refuses reading it $reason', ({ text }) => {
  expect(problemsIn(ensureOneEnvironment, { 'src/kube/a.ts': text })).toHaveLength(1);
});
