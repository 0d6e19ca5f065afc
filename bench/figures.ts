import { availableParallelism, loadavg, totalmem } from 'node:os';
import Table from 'cli-table3';
import { median, rounded } from './statistics.ts';

/** What can be measured; each name is also an argument of `--only` and the name of a file of results. */
export const benchmarks = ['ready', 'latency', 'cold-start', 'memory', 'cpu', 'bindings'] as const;

/** Name of a benchmark. */
export type Benchmark = (typeof benchmarks)[number];

/** One measured value. */
export interface Figure {
  readonly benchmark: Benchmark;
  /** Roles that it was measured with; subjects of RoleBindings in the benchmark `bindings`. */
  readonly size: number;
  readonly name: string;
  /** The figure itself, in `unit`; a median where it was measured several times. */
  readonly value: number;
  readonly unit: 's' | 'ms' | 'MB' | '×' | '';
  /** What was measured in each run, in `unit`; absent where there was one. */
  readonly runs?: readonly number[];
  /** The largest value that was aimed at, in `unit`. */
  readonly aim?: number;
}

/** What the figures depend on besides the code. */
export interface Machine {
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
  /** Load average of the minute before the run: above 0 other work takes part in the figures. */
  readonly load: number;
}

/** The machine that this runs on, as it is now. */
export function thisMachine(): Machine {
  const [load = 0] = loadavg();
  return { cores: availableParallelism(), memoryGiB: Math.round(totalmem() / 2 ** 30), node: process.version, load };
}

/** How the figures are to be read, one sentence a line. */
export const notes: readonly string[] = [
  'The operator is the bundle dist/rolekeeper.mjs under its own ServiceAccount, with default flags but for --log-level=warn.',
  'API server, etcd, emulator and operator share the machine: compare ratios, not seconds of one machine with those of another.',
  'A ratio of medians below 1 is noise of the machine: converging makes the same patches and more. The ratio at worst is the safer one to read.',
  'The emulated WorkOS has its rate limits off, and the RoleProvider allows 10,000 requests a second.',
  'Bare status patches: two server-side applies per Role of the very statuses that converging writes, through the same client, 16 at once, without an operator.',
  'The same calls by hand: a loop that makes, with the same HTTP client, the calls that the operator has just made: one after another in an organization, ten organizations at once. It plans nothing, checks nothing, and writes nothing to the cluster.',
];

/** The machine in one line. */
export function describeMachine({ cores, memoryGiB, node, load }: Machine): string {
  return `${cores} cores with a load of ${load.toFixed(1)} before the run, ${memoryGiB} GiB of memory, Node.js ${node.replace(/^v/, '')}`;
}

/** Values that several runs gave, as one figure; none where nothing was measured. */
export function figure(
  of: Pick<Figure, 'benchmark' | 'size' | 'name' | 'unit' | 'aim'>,
  values: readonly (number | undefined)[],
): readonly Figure[] {
  const known = values.filter((value) => value !== undefined);
  if (known.length === 0) return [];
  return [{ ...of, value: median(known), ...(known.length === 1 ? {} : { runs: known }) }];
}

/** What a figure was measured with, for example `1,000 Roles`. */
export function shownSize({ benchmark, size }: Pick<Figure, 'benchmark' | 'size'>): string {
  return `${size.toLocaleString('en')} ${benchmark === 'bindings' ? 'subjects' : 'Roles'}`;
}

/** A value with its unit. */
export function shown(value: number, unit: Figure['unit']): string {
  return unit === '' ? `${rounded(value)}` : unit === '×' ? `${rounded(value)}×` : `${rounded(value)} ${unit}`;
}

/** What was aimed at, or nothing. */
export function shownAim({ aim, unit }: Figure): string {
  if (aim === undefined) return '';
  return aim === 0 ? '0' : `≤ ${shown(aim, unit)}`;
}

/** The figures as a table for a terminal. */
export function tableOf(figures: readonly Figure[]): string {
  const table = new Table({
    head: ['benchmark', 'with', 'figure', 'value', 'aim', 'runs'],
    colAligns: ['left', 'right', 'left', 'right', 'right', 'left'],
    style: { head: [], border: [], compact: true },
  });
  for (const entry of figures) {
    const { benchmark, name, value, unit, runs } = entry;
    table.push([benchmark, shownSize(entry), name, shown(value, unit), shownAim(entry), runs === undefined ? '' : spread(runs)]);
  }
  return table.toString();
}

/** The number of runs and their extremes. */
export function spread(runs: readonly number[]): string {
  return `${runs.length}: ${rounded(Math.min(...runs))} to ${rounded(Math.max(...runs))}`;
}
