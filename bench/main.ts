/*
 * Measures the operator as users run it: the bundle, under its own ServiceAccount, against a real API server and an emulated WorkOS
 * without rate limits. Figures are ratios and medians of one run on one machine; nothing here passes or fails.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { ensureBinaries, startControlPlane } from '../tools/controlplane/index.ts';
import { inRepository, run, runMain, UserError } from '../tools/lib/index.ts';
import { Bench, type Figure } from './scenario.ts';

const help = `Usage: make bench, or node bench/main.ts [options]

Measures time until Roles are Ready, latency of a change, cold start, memory and CPU.

Options:
  --roles <n[,n]>  numbers of Roles to measure with, 100 an organization (default 1000,5000)
  --samples <n>    changes to measure the latency with (default 200)
  --json           print the figures as JSON instead of a table
  --help           show this
`;

interface Options {
  readonly roles: readonly number[];
  readonly samples: number;
  readonly json: boolean;
}

function readOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    strict: true,
    options: {
      roles: { type: 'string', default: '1000,5000' },
      samples: { type: 'string', default: '200' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const roles = values.roles.split(',').map(Number);
  const samples = Number(values.samples);
  if (![...roles, samples].every((value) => Number.isInteger(value) && value > 0)) {
    throw new UserError(`--roles and --samples take whole numbers above 0, not "${values.roles}" and "${values.samples}"`);
  }
  return { roles, samples, json: values.json };
}

await runMain(async () => {
  let options: Options | undefined;
  try {
    options = readOptions(process.argv.slice(2));
  } catch (error) {
    throw new UserError(`${(error as Error).message}\n\n${help}`);
  }
  if (options === undefined) {
    console.log(help);
    return 0;
  }
  await run(process.execPath, [inRepository('tools', 'build.ts')]);
  const directory = await mkdtemp(join(tmpdir(), 'rolekeeper-bench-'));
  const controlPlane = await startControlPlane({ binaries: await ensureBinaries() });
  const figures: Figure[] = [];
  try {
    for (const roles of options.roles) {
      const bench = await Bench.create(controlPlane, directory, roles, (text) => console.error(text));
      try {
        figures.push(...(await bench.measure(options.samples)));
      } finally {
        await bench.close();
      }
    }
  } finally {
    await controlPlane.stop();
    await rm(directory, { recursive: true, force: true });
  }
  await report(figures, options.json);
  return 0;
});

async function report(figures: readonly Figure[], json: boolean): Promise<void> {
  const machine = { cores: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30), node: process.version };
  const text = JSON.stringify({ machine, figures }, undefined, 2);
  await mkdir(inRepository('bench', 'results'), { recursive: true });
  await writeFile(inRepository('bench', 'results', 'latest.json'), `${text}\n`);
  if (json) {
    console.log(text);
    return;
  }
  const table = new Table({
    head: ['Roles', 'figure', 'value', 'aim'],
    colAligns: ['right', 'left', 'right', 'left'],
    style: { head: [], border: [] },
  });
  for (const { roles, name, value, unit, aim } of figures) table.push([roles, name, `${value} ${unit}`.trim(), aim ?? '']);
  console.log(table.toString());
  console.log(`${machine.cores} cores, ${machine.memoryGiB} GiB, Node.js ${machine.node}; also in bench/results/latest.json`);
}
