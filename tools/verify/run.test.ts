import { expect, test } from 'vitest';
import { formatProblem } from './problem.ts';
import { alwaysForbidden } from './rules/ensure-clean-text.ts';
import { verify } from './run.ts';

test('all rules are checked in one run, and problems come by file and line', () => {
  const files = [
    { path: 'src/lib/index.ts', text: "/**\n * Tools.\n * @module\n */\nexport * from './a.ts';\n" },
    { path: 'src/lib/a.ts', text: "/** A. */\nexport const a = 1;\nexport * from '../kube/index.ts';\nexport default process.env;\n" },
    { path: 'README.md', text: `fine\n${['', 'root', 'x'].join('/')}\n` },
    { path: 'docs/a.ts', text: 'export default 1;' },
  ];
  const lines = verify(files, alwaysForbidden).map(formatProblem);
  expect(lines.map((line) => line.split(': ', 1)[0])).toEqual(['README.md:2', 'src/lib/a.ts:3', 'src/lib/a.ts:4', 'src/lib/a.ts:4']);
});
