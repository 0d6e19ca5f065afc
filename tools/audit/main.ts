import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { inRepository, runMain } from '../lib/index.ts';
import { adviceOf, type Lock, type Manifest, packageProblems } from './index.ts';

await runMain(async () => {
  const manifest = JSON.parse(await readFile(inRepository('package.json'), 'utf8')) as Manifest;
  const lock = JSON.parse(await readFile(inRepository('package-lock.json'), 'utf8')) as Lock;
  const problems = packageProblems(manifest, lock);
  for (const problem of problems) console.error(problem);
  console.log(`packages: ${Object.keys(lock.packages).length - 1} locked, ${problems.length} problems with scripts, licences and pins`);
  const { stdout } = spawnSync('npm', ['audit', '--json'], { cwd: inRepository(), encoding: 'utf8' });
  const advice = adviceOf(stdout ?? '');
  if (advice.kind === 'unanswered') {
    console.log(`npm audit: NOT CHECKED, the registry gave no answer: ${advice.why}`);
    return problems.length === 0 ? 0 : 1;
  }
  for (const line of advice.vulnerable) console.error(line);
  console.log(`npm audit: ${advice.vulnerable.length} packages with known vulnerabilities`);
  return problems.length + advice.vulnerable.length === 0 ? 0 : 1;
});
