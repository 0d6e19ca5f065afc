import { expect, test } from 'vitest';
import { problemsIn } from '../rule-fixture.ts';
import { ensureRoomIndexes } from './ensure-room-indexes.ts';

const index = "/**\n * What it is.\n * @module\n */\nexport * from './a.ts';\n";

test('allows a room that says what it is, and files of src itself', () => {
  const files = { 'src/lib/index.ts': index, 'src/lib/a.ts': '', 'src/main.ts': '', 'tools/x/a.ts': '' };
  expect(problemsIn(ensureRoomIndexes, files)).toEqual([]);
});

test.each([
  { reason: 'no index', files: { 'src/lib/a.ts': '' }, want: /^src\/lib\/index\.ts:1: .*no index/ },
  { reason: 'no comment', files: { 'src/lib/index.ts': "export * from './a.ts';" }, want: /@module/ },
  { reason: 'a comment without text', files: { 'src/lib/index.ts': '/** @module */' }, want: /@module/ },
  {
    reason: 'a comment of something else',
    files: { 'src/lib/index.ts': '/** A. */\nexport const a = 1;\n/** b @module */' },
    want: /@module/,
  },
  {
    reason: 'a provider without an index',
    files: { 'src/providers/index.ts': index, 'src/providers/one/a.ts': '' },
    want: /^src\/providers\/one\/index\.ts/,
  },
])('refuses $reason', ({ files, want }) => {
  expect(problemsIn(ensureRoomIndexes, files)).toEqual([expect.stringMatching(want)]);
});
