import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { emitters } from './emitters.ts';
import { formatProblem, Problems } from './problems.ts';

describe('emitters', () => {
  it('find no problem in the sources of the repository, and none makes a file of another', async () => {
    const root = resolve(import.meta.dirname, '../..');
    const problems = new Problems();
    const list = emitters(root, problems);
    expect(problems.list.map((problem) => formatProblem(problem, root))).toEqual([]);
    const files = (await Promise.all(list.map((emitter) => emitter.emit()))).flat();
    expect(new Set(files.map(({ path }) => path)).size).toBe(files.length);
    for (const { path, text } of files) expect(text.endsWith('\n'), path).toBe(true);
  });
});
