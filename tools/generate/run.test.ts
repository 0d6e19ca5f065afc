import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Emitter, generatedNotice } from './emitter.ts';
import { runGenerator } from './run.ts';

let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'generate-test-'));
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

function emitter(files: Readonly<Record<string, string>>, directories: readonly string[] = []): Emitter {
  return { name: 'Fixture', directories, emit: async () => Object.entries(files).map(([path, text]) => ({ path, text })) };
}

async function run(check: boolean, ...list: readonly Emitter[]) {
  return runGenerator({ root, check, emitters: () => list });
}

describe('runGenerator', () => {
  it('writes what is missing or different, and finds it up to date afterwards', async () => {
    const files = emitter({ 'a/b/c.txt': 'one\n', 'd.txt': 'two\n' });
    expect(await run(false, files)).toEqual({ ok: true, lines: ['wrote a/b/c.txt', 'wrote d.txt', '2 generated files, 2 changed.'] });
    expect(readFileSync(join(root, 'a/b/c.txt'), 'utf8')).toBe('one\n');
    expect(await run(true, files)).toEqual({ ok: true, lines: ['2 generated files up to date.'] });
  });

  it('does not touch a file that is right', async () => {
    const files = emitter({ 'a.txt': 'one\n' });
    await run(false, files);
    const before = statSync(join(root, 'a.txt'), { bigint: true }).mtimeNs;
    expect((await run(false, files)).lines).toEqual(['1 generated file, 0 changed.']);
    expect(statSync(join(root, 'a.txt'), { bigint: true }).mtimeNs).toBe(before);
  });

  it('names each stale file, where it differs, and what to run', async () => {
    await run(false, emitter({ 'a.txt': 'one\ntwo\nthree\n', 'short.txt': 'x\n', 'same.txt': 'x\n' }));
    const result = await run(true, emitter({ 'a.txt': 'one\n2\nthree\n', 'short.txt': 'x\ny\n', 'same.txt': 'x\n', 'new.txt': 'x\n' }));
    expect(result).toEqual({
      ok: false,
      lines: [
        'a.txt differs from line 2 on\n  is:        two\n  should be: 2',
        'new.txt is missing',
        'short.txt differs from line 2 on\n  is:        \n  should be: y',
        '3 files stale. Run `npm run generate` and commit the result.',
      ],
    });
  });

  it('writes nothing in a check', async () => {
    await run(true, emitter({ 'a.txt': 'one\n' }));
    expect(existsSync(join(root, 'a.txt'))).toBe(false);
  });

  it('finds files that are no longer generated, and deletes those that say they were', async () => {
    mkdirSync(join(root, 'out'));
    writeFileSync(join(root, 'out/old.txt'), `# ${generatedNotice}\n`);
    writeFileSync(join(root, 'out/own.txt'), 'by hand\n');
    const files = emitter({ 'out/a.txt': 'one\n' }, ['out']);
    expect((await run(false, files)).lines).toEqual(['deleted out/old.txt', 'wrote out/a.txt', '1 generated file, 2 changed.']);
    expect(readFileSync(join(root, 'out/own.txt'), 'utf8')).toBe('by hand\n');
    expect((await run(true, files)).lines).toEqual([
      'out/own.txt is no longer generated',
      '1 file stale. Run `npm run generate` and commit the result.',
    ]);
  });

  it('emits nothing when the sources have problems, and shows them all with paths of the repository', async () => {
    const result = await runGenerator({
      root,
      check: false,
      emitters: (_root, problems) => {
        problems.add({ filePath: `${root}/src/b.ts`, line: 3 }, 'Second.');
        problems.add({ filePath: `${root}/src/a.ts`, line: 20 }, 'First.');
        return [emitter({ 'a.txt': 'one\n' })];
      },
    });
    expect(result).toEqual({ ok: false, lines: ['src/a.ts:20: First.', 'src/b.ts:3: Second.', '2 problems. Nothing was generated.'] });
    expect(existsSync(join(root, 'a.txt'))).toBe(false);
  });

  it('refuses two emitters that make the same file', async () => {
    await expect(run(false, emitter({ 'a.txt': 'one\n' }), emitter({ 'a.txt': 'two\n' }))).rejects.toThrow(/a\.txt/);
  });
});
