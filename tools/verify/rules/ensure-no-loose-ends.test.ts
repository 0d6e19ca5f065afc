import { expect, test } from 'vitest';
import { problemsIn } from '../rule-fixture.ts';
import { ensureNoLooseEnds } from './ensure-no-loose-ends.ts';

const mark = ['TO', 'DO'].join('');

test.each([
  { reason: 'a mark that says what and why', text: `// ${mark}: use the list once the server can page it.` },
  { reason: 'words that contain it', text: `const ${mark}S = 1;` },
])('allows $reason', ({ text }) => {
  expect(problemsIn(ensureNoLooseEnds, { 'src/lib/a.ts': text })).toEqual([]);
});

test.each([`// ${mark}`, `/* ${mark}: fix this */`, `// ${['FIX', 'ME'].join('')} later`])('refuses "%s"', (text) => {
  expect(problemsIn(ensureNoLooseEnds, { 'src/lib/a.ts': `\n${text}` })).toEqual([expect.stringMatching(/^src\/lib\/a\.ts:2: /)]);
});
