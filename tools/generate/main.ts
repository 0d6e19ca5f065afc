import { resolve } from 'node:path';
import { emitters } from './emitters.ts';
import { runGenerator } from './run.ts';

const usage =
  'Usage: node tools/generate/main.ts [--check]\n  --check  write nothing; fail and name each file that is not what it would be';

const unknown = process.argv.slice(2).filter((argument) => argument !== '--check');
if (unknown.length > 0) {
  console.error(`Unknown argument ${unknown.join(' ')}\n${usage}`);
  process.exitCode = 2;
} else {
  const result = await runGenerator({
    root: resolve(import.meta.dirname, '../..'),
    check: process.argv.includes('--check'),
    emitters,
  });
  for (const line of result.lines) console.log(line);
  process.exitCode = result.ok ? 0 : 1;
}
