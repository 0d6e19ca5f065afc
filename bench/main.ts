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
import { measureBindings } from './binding-scenario.ts';
import { BindingSite } from './binding-site.ts';
import { docsPage } from './docs-page.ts';
import { type Benchmark, benchmarks, describeMachine, type Figure, type Machine, notes, tableOf, thisMachine } from './figures.ts';
import { RoleSite } from './role-site.ts';
import { measureSite, type Step } from './scenario.ts';
import type { SiteOptions } from './site.ts';

interface Options {
  readonly only?: Benchmark;
  readonly roles: readonly number[];
  readonly samples: number;
  readonly subjects: number;
  readonly json?: true;
  readonly writeDocs?: true;
}

function readOptions(): Options {
  return new Command('bench')
    .description('Measures time until Roles and RoleBindings are Ready, latency of a change, cold start, memory and CPU of the operator')
    .usage('[options]        (make bench runs it with none)')
    .addOption(new Option('--only <name>', 'one benchmark instead of all').choices([...benchmarks]))
    .option('--roles <n[,n]>', 'how many Roles to measure with, 100 in an organization', wholeNumbers, [1000, 5000])
    .option('--samples <n>', 'changes that the latency is measured with, at the smallest number of Roles', wholeNumber, 200)
    .option('--subjects <n>', 'users that RoleBindings name, 100 in each, 500 in an organization', wholeNumber, 10_000)
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
  const machine = thisMachine();
  const figures = await interruptible((signal) => measureAll(options, signal));
  await writeResults(machine, figures);
  if (options.writeDocs) await writeFile(inRepository('docs', 'benchmarks.md'), docsPage({ machine, figures, args: argumentsOf(options) }));
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
    const place = { binaries, directory, program, signal };
    const figures: Figure[] = [];
    for (const roles of options.roles) {
      const wanted = new Set(options.only === undefined ? benchmarks : [options.only]);
      wanted.delete('bindings');
      if (roles !== options.roles[0]) wanted.delete('latency');
      if (wanted.size > 0) figures.push(...(await measureRoles(place, { roles, wanted, samples: options.samples })));
    }
    if ((options.only ?? 'bindings') === 'bindings') figures.push(...(await measureSubjects(place, options.subjects)));
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

interface Place extends Omit<SiteOptions, 'controlPlane'> {
  readonly binaries: Binaries;
}

interface RoleMeasurement {
  readonly roles: number;
  readonly wanted: ReadonlySet<Benchmark>;
  readonly samples: number;
}

/** One number of Roles, with a control plane of its own: what one leaves behind must not slow the next. */
async function measureRoles(place: Place, { roles, wanted, samples }: RoleMeasurement): Promise<readonly Figure[]> {
  await using stack = new AsyncDisposableStack();
  const site = await RoleSite.open(await withControlPlane(place, stack), roles);
  stack.defer(() => site.close());
  return await measureSite(site, { wanted, samples, step: stepsFor(`${roles.toLocaleString('en')} Roles`) });
}

async function measureSubjects(place: Place, subjects: number): Promise<readonly Figure[]> {
  await using stack = new AsyncDisposableStack();
  const site = await BindingSite.open(await withControlPlane(place, stack), subjects);
  stack.defer(() => site.close());
  return await measureBindings(site, stepsFor(`${subjects.toLocaleString('en')} subjects`));
}

async function withControlPlane({ binaries, ...place }: Place, stack: AsyncDisposableStack): Promise<SiteOptions> {
  place.signal.throwIfAborted();
  const controlPlane = await startControlPlane({ binaries });
  stack.defer(() => controlPlane.stop());
  return { ...place, controlPlane };
}

function stepsFor(whose: string): Step {
  return async (title, work, verdict) => {
    const progress = new Progress(`${whose}, ${title}`);
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

/** The arguments that give the same run again. */
function argumentsOf({ roles, samples, subjects }: Options): string {
  return `--roles ${roles.join(',')} --samples ${samples} --subjects ${subjects}`;
}

/** One file per benchmark, so that a run of one leaves the results of the others. */
async function writeResults(machine: Machine, figures: readonly Figure[]): Promise<void> {
  const directory = inRepository('bench', 'results');
  await mkdir(directory, { recursive: true });
  for (const benchmark of benchmarks) {
    const own = figures.filter((figure) => figure.benchmark === benchmark);
    const text = JSON.stringify({ machine, notes, figures: own }, undefined, 2);
    if (own.length > 0) await writeFile(join(directory, `${benchmark}.json`), `${text}\n`);
  }
}
