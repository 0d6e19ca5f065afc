import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { inRepository, run } from '../../tools/lib/index.ts';

it('make help lists every target that says what it does', async () => {
  const makefile = readFileSync(inRepository('Makefile'), 'utf8');
  const described = [...makefile.matchAll(/^([^\s#:]+):.*## /gm)].map(([, target]) => target);
  const { stdout } = await run('make', ['--silent', '--no-print-directory', 'help'], { cwd: inRepository() });
  const listed = stdout.split('\n').flatMap((line) => /^ {2}(\S+)/.exec(line)?.[1] ?? []);
  expect(described).toContain('kind-e2e');
  expect(listed).toEqual(described);
});
