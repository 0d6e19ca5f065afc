/*
 * Runs for long what the tests run for a moment: the chaos run, and then every fuzz test with more runs. It goes on after a failure, so that
 * one soak tells everything.
 */
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { copyFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { soakFile, soakMinutes } from '../../test/chaos/repertoire.ts';
import { formatSeconds, inRepository, runMain } from '../lib/index.ts';

/** Files of one project of vitest. */
interface Part {
  readonly name: string;
  readonly project: string;
  readonly files: readonly string[];
}

const chaos: Part = { name: 'chaos', project: 'soak', files: [] };

const fuzz: readonly Part[] = [
  { name: 'fuzz of lists and watches', project: 'unit', files: ['test/unit/fuzz'] },
  {
    name: 'models of Roles and RoleBindings',
    project: 'unit',
    files: ['test/unit/reconcile/model.test.ts', 'test/unit/reconcile/binding-model.test.ts'],
  },
  { name: 'fuzz of answers', project: 'conformance', files: ['test/conformance/fuzz'] },
  { name: 'fuzz of manifests', project: 'apiserver', files: ['test/apiserver/manifests.test.ts'] },
  { name: 'fuzz of the operator', project: 'e2e', files: ['test/e2e/fuzzed-manifests.test.ts'] },
];

/** Seeds that every part takes. */
const seeds = 1_000_000_000;

interface Options {
  readonly minutes: number;
  readonly seed?: number;
  readonly fuzz: number;
  readonly writeDocs?: true;
}

function readOptions(): Options {
  return new Command('soak')
    .description('Keeps everything that may go wrong going wrong for a while, and looks whether the operator holds what it promises')
    .option('--minutes <n>', 'how long the chaos run lasts; the fuzz tests come on top', positive, soakMinutes)
    .option('--seed <n>', 'a seed to repeat (default: another one each time)', positive)
    .option('--fuzz <n>', 'how many times as often as usual the fuzz tests try; 0 leaves them out', factor, 20)
    .option('--write-docs', 'keep the figures of the chaos run for docs/reliability.md, with what it has found')
    .allowExcessArguments(false)
    .parse()
    .opts<Options>();
}

function positive(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It takes whole numbers from 1 to 999999999.');
  return Number(text);
}

function factor(text: string): number {
  return text === '0' ? 0 : positive(text);
}

await runMain(async () => {
  const { minutes, seed = randomInt(1, seeds), fuzz: times, writeDocs } = readOptions();
  const startedAt = performance.now();
  const environment = {
    ROLEKEEPER_SEED: `${seed}`,
    ROLEKEEPER_SOAK_MINUTES: `${minutes}`,
    ROLEKEEPER_FUZZ_FACTOR: `${times}`,
    ROLEKEEPER_FUZZ_SEED: `${seed}`,
  };
  const failed: string[] = [];
  for (const part of [chaos, ...(times === 0 ? [] : fuzz)]) {
    console.log(`\n==> ${part.name}`);
    if ((await test(part, environment)) !== 0) failed.push(part.name);
  }
  if (writeDocs) await keepFigures();
  const took = formatSeconds((performance.now() - startedAt) / 1000);
  const again = `make soak MINUTES=${minutes} SEED=${seed} FUZZ=${times}`;
  console.log(
    failed.length === 0
      ? `\nsoak passed after ${took}: ${again}`
      : `\nsoak FAILED after ${took}: ${failed.join(', ')}; the same again: ${again}`,
  );
  return failed.length === 0 ? 0 : 1;
});

function test({ project, files }: Part, environment: Readonly<Record<string, string>>): Promise<number | null> {
  return start(['node_modules/vitest/vitest.mjs', 'run', '--disable-console-intercept', '--project', project, ...files], environment);
}

/** The page that shows them is generated anew. */
async function keepFigures(): Promise<void> {
  await copyFile(soakFile, inRepository('docs', 'soak.json'));
  await start(['tools/generate/main.ts'], {});
}

function start(args: readonly string[], environment: Readonly<Record<string, string>>): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...environment };
    const child = spawn(process.execPath, [...args], { cwd: inRepository(), env, stdio: 'inherit' });
    child.once('error', reject);
    child.once('close', resolve);
  });
}
