import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { formatProblem } from './problem.ts';
import { alwaysForbidden, forbiddenOnThisMachine, type TextFile } from './rules/ensure-clean-text.ts';
import { verify } from './run.ts';

const root = resolve(import.meta.dirname, '../..');
const files = readRepository();
const problems = verify(files, [...alwaysForbidden, ...forbiddenOnThisMachine(root, process.env)]);
for (const problem of problems) {
  console.log(formatProblem(problem));
}
console.log(
  problems.length === 0 ? `${files.length} files keep the rules.` : `${problems.length} problem${problems.length === 1 ? '' : 's'}.`,
);
process.exitCode = problems.length === 0 ? 0 : 1;

/** Files that are tracked or could be: what is ignored is no part of the project. */
function readRepository(): readonly TextFile[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { cwd: root, encoding: 'utf8' });
  return listed
    .split('\0')
    .filter((path) => path !== '' && existsSync(join(root, path)) && statSync(join(root, path)).isFile())
    .map((path) => ({ path, bytes: readFileSync(join(root, path)) }))
    .filter(({ bytes }) => !bytes.includes(0))
    .map(({ path, bytes }) => ({ path, text: bytes.toString('utf8') }));
}
