/* Holds .github/workflows against what GitHub accepts: keys, expressions, inputs of actions, and untrusted text in shell commands. */
import { goObstacle, goProgram } from '../go-programs/index.ts';
import { inRepository, run, runMain } from '../lib/index.ts';

await runMain(async () => {
  const obstacle = await goObstacle();
  if (obstacle !== undefined && !process.env.CI) {
    console.log(`The workflows are not checked: ${obstacle}. CI checks them.`);
    return 0;
  }
  const actionlint = await goProgram('actionlint');
  // Both would be used where they happen to be installed, and the outcome would depend on the machine.
  const { code, stdout, stderr } = await run(actionlint, ['-no-color', '-shellcheck=', '-pyflakes='], { cwd: inRepository() });
  console.log(stdout + stderr || 'The workflows are as GitHub takes them.');
  return code ?? 1;
});
