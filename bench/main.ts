/*
 * Measures the operator as users run it: the bundle, under its own ServiceAccount, against a real API server and an emulated provider.
 * Nothing here passes or fails but what can't be measured; what is aimed at stands beside the figures.
 */
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type Binaries, ensureBinaries, startControlPlane } from '../tools/controlplane/index.ts';
import { inRepository, interruptible, Progress, run, runMain, UserError } from '../tools/lib/index.ts';
import { docsPage } from './docs-page.ts';
import { type Benchmark, benchmarks, describeMachine, type Figure, notes, tableOf, thisMachine } from './figures.ts';
import { measureSite, type Step } from './scenario.ts';
import { Site } from './site.ts';

interface Options {
  readonly only?: Benchmark;
  readonly roles: readonly number[];
  readonly samples: number;
  readonly json?: true;
  readonly writeDocs?: true;
}

function readOptions(): Options {
  return new Command('bench')
    .description('Measures time until Roles are Ready, latency of a change, cold start, memory and CPU of the operator')
    .usage('[options]        (make bench runs it with none)')
    .addOption(new Option('--only <name>', 'one benchmark instead of all').choices([...benchmarks]))
    .option('--roles <n[,n]>', 'how many Roles to measure with, 100 in an organization', wholeNumbers, [1000, 5000])
    .option('--samples <n>', 'changes that the latency is measured with, at the smallest number of Roles', wholeNumber, 200)
    .option('--json', 'print the figures as JSON instead of a table')
    .addOption(new Option('--write-docs', 'write docs/benchmarks.md from this run').conflicts('only'))
    .allowExcessArguments(false)
    .parse()
    .opts<Options>();
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('It takes whole numbers from 1 to 999999.');
  return Number(text);
}

function wholeNumbers(text: string): readonly number[] {
  return [...new Set(text.split(',').map(wholeNumber))].sort((a, b) => a - b);
}

await runMain(async () => {
  const options = readOptions();
  const figures = await interruptible((signal) => measureAll(options, signal));
  const machine = thisMachine();
  await writeResults(figures);
  if (options.writeDocs) await writeFile(inRepository('docs', 'benchmarks.md'), docsPage(machine, figures));
  if (options.json) {
    console.log(JSON.stringify({ machine, notes, figures }, undefined, 2));
    return 0;
  }
  console.log(`${tableOf(figures)}\n\n${[describeMachine(machine), ...notes].join('\n')}`);
  return 0;
});

async function measureAll(options: Options, signal: AbortSignal): Promise<readonly Figure[]> {
  const directory = await mkdtemp(join(tmpdir(), 'rolekeeper-bench-'));
  try {
    const program = await buildBundle(directory, signal);
    const binaries = await ensureBinaries();
    const figures: Figure[] = [];
    for (const roles of options.roles) {
      const wanted = new Set(options.only === undefined ? benchmarks : [options.only]);
      if (roles !== options.roles[0]) wanted.delete('latency');
      if (wanted.size === 0) continue;
      figures.push(...(await measureOne({ roles, wanted, samples: options.samples, binaries, directory, program, signal })));
    }
    return figures;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Builds the bundle and gives the path of a copy, so that a build by somebody else in the meantime changes nothing. */
async function buildBundle(directory: string, signal: AbortSignal): Promise<string> {
  const built = await run(process.execPath, [inRepository('tools', 'build.ts')], { cwd: inRepository() });
  signal.throwIfAborted();
  if (built.code !== 0) throw new UserError(`The bundle could not be built:\n${built.stderr}`);
  const program = join(directory, 'rolekeeper.mjs');
  await copyFile(inRepository('dist', 'rolekeeper.mjs'), program);
  return program;
}

interface Measurement {
  readonly roles: number;
  readonly wanted: ReadonlySet<Benchmark>;
  readonly samples: number;
  readonly binaries: Binaries;
  readonly directory: string;
  readonly program: string;
  readonly signal: AbortSignal;
}

/** One number of Roles, with a control plane of its own: what one leaves behind must not slow the next. */
async function measureOne({ roles, wanted, samples, binaries, directory, program, signal }: Measurement): Promise<readonly Figure[]> {
  signal.throwIfAborted();
  await using stack = new AsyncDisposableStack();
  const controlPlane = await startControlPlane({ binaries });
  stack.defer(() => controlPlane.stop());
  const site = await Site.open({ controlPlane, directory, program, roles, signal });
  stack.defer(() => site.close());
  return await measureSite(site, { wanted, samples, step: stepsFor(roles) });
}

function stepsFor(roles: number): Step {
  return async (title, work, verdict) => {
    const progress = new Progress(`${roles.toLocaleString('en')} Roles, ${title}`);
    try {
      const result = await work((text) => progress.note(text));
      progress.end(verdict(result));
      return result;
    } catch (error) {
      progress.end('given up');
      throw error;
    }
  };
}

/** One file per benchmark, so that a run of one leaves the results of the others. */
async function writeResults(figures: readonly Figure[]): Promise<void> {
  const directory = inRepository('bench', 'results');
  await mkdir(directory, { recursive: true });
  for (const benchmark of benchmarks) {
    const own = figures.filter((figure) => figure.benchmark === benchmark);
    const text = JSON.stringify({ machine: thisMachine(), notes, figures: own }, undefined, 2);
    if (own.length > 0) await writeFile(join(directory, `${benchmark}.json`), `${text}\n`);
  }
}
