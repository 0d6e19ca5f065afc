import { expect, test } from 'vitest';
import { problemsIn } from '../rule-fixture.ts';
import { ensurePureRooms } from './ensure-pure-rooms.ts';

test.each([
  { reason: 'a value of values', path: 'src/plan/a.ts', text: 'export const a = (now: string) => [now].sort();' },
  { reason: 'a hash', path: 'src/plan/a.ts', text: "import { createHash } from 'node:crypto'; export const a = createHash;" },
  {
    reason: 'fields with names of the outside',
    path: 'src/status/a.ts',
    text: 'export interface A { fetch: number }; export const a = { process: 1 }.process;',
  },
  {
    reason: 'anything in other rooms',
    path: 'src/kube/a.ts',
    text: "import { readFile } from 'node:fs'; export const a = async () => readFile;",
  },
])('allows $reason', ({ path, text }) => {
  expect(problemsIn(ensurePureRooms, { [path]: text })).toEqual([]);
});

test.each([
  { reason: 'files', room: 'plan', text: "import { readFileSync } from 'node:fs'; readFileSync('a');", says: /plan is pure.*node:fs/ },
  { reason: 'the network', room: 'model', text: "export const a = () => fetch('http://a');", says: /fetch/ },
  { reason: 'promises', room: 'status', text: 'export const a = () => Promise.resolve(1);', says: /Promise/ },
  { reason: 'async', room: 'plan', text: 'export async function a() {}', says: /asynchronous/ },
  { reason: 'a clock', room: 'model', text: "import type { Clock } from '../lib/index.ts';", says: /clock \(Clock\)/ },
  { reason: 'the console', room: 'status', text: "export const a = () => console.log('a');", says: /console/ },
])('refuses $reason in $room', ({ room, text, says }) => {
  expect(problemsIn(ensurePureRooms, { [`src/${room}/a.ts`]: text })).toEqual([expect.stringMatching(says)]);
});
