import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type Fence, readMarkdown } from '../../tools/docs/markdown.ts';
import { projectFiles } from '../../tools/docs/repository.ts';
import { inRepository, run } from '../../tools/lib/index.ts';
import { waitFor } from '../support/control-plane.ts';
import { ShellSession } from '../support/shell-session.ts';

const page = 'docs/quick-start.md';

/** A block of commands, and what the page says that it prints. */
interface Step {
  readonly line: number;
  readonly commands: string;
  readonly shown: string | undefined;
}

function stepsOf(fences: readonly Fence[]): readonly Step[] {
  return fences.flatMap(({ language, text, line }, index) => {
    if (language !== 'sh') return [];
    const next = fences[index + 1];
    return [{ line, commands: text, shown: next?.language === 'text' ? next.text : undefined }];
  });
}

let directory: string;
let env: Record<string, string | undefined>;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rolekeeper-quick-start-'));
  const clone = join(directory, 'clone');
  for (const path of projectFiles().paths) {
    await mkdir(dirname(join(clone, path)), { recursive: true });
    await copyFile(inRepository(path), join(clone, path));
  }
  // What takes minutes once is there already: the dependencies, which make would install if the lock file were newer, and the programs.
  await symlink(inRepository('node_modules'), join(clone, 'node_modules'));
  await utimes(join(clone, 'package-lock.json'), 0, 0);
  const home = join(directory, 'home');
  await mkdir(home);
  env = { PATH: process.env.PATH, HOME: home, TMPDIR: directory, KUBEBUILDER_ASSETS: dirname(inject('kubectl')) };
});

afterAll(async () => {
  await run('make', ['--silent', 'demo-down'], { cwd: join(directory, 'clone'), env });
  await rm(directory, { recursive: true, force: true });
});

/** Whether a block printed what the page shows. Ages and the width of columns differ every time; `…` stands for any lines. */
function isShown(printed: string, shown: string): boolean {
  const lines = plain(shown).map((line) => (line === '…' ? '[^]*?' : `${RegExp.escape(line)}\n`));
  return new RegExp(`^${lines.join('')}$`).test(`${plain(printed).join('\n')}\n`);
}

function plain(text: string): readonly string[] {
  return text
    .trim()
    .split('\n')
    .map((line) =>
      line
        .trim()
        .replaceAll(/\s+/g, ' ')
        .replaceAll(/\b(?:\d+[dhms]){1,2}\b/g, 'AGE'),
    );
}

/** Only looks, so it may be repeated: an Event, for one, is written a moment after what it tells of. */
function onlyLooks(commands: string): boolean {
  return commands
    .trim()
    .split('\n')
    .every((line) => /^kubectl (?:get|events) /.test(line));
}

it('every command of the quick start works as it is written, and prints what the page shows', async () => {
  const steps = stepsOf(readMarkdown(await readFile(inRepository(page), 'utf8')).fences);
  expect(steps.length).toBeGreaterThan(8);
  expect(steps.filter(({ shown }) => shown !== undefined).length).toBeGreaterThan(5);
  const shell = new ShellSession(join(directory, 'clone'), env);
  for (const { line, commands, shown } of steps) {
    let printed = (await shell.run(commands)).text;
    if (shown === undefined) continue;
    if (onlyLooks(commands)) {
      await waitFor(`line ${line} of ${page} to print what is shown there`, async () => {
        if (isShown(printed, shown)) return true;
        printed = (await shell.run(commands)).text;
        return false;
      }).catch(() => {});
    }
    const problem = `Line ${line} of ${page} prints\n\n${printed}\ninstead of\n\n${shown}`;
    expect(isShown(printed, shown), problem).toBe(true);
  }
  await shell.close();
});
