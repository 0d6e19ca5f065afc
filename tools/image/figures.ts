import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeMachine, thisMachine } from '../../bench/figures.ts';
import { median } from '../../bench/statistics.ts';
import { bundleFiles } from '../bundle/index.ts';
import { ensureBinaries, startControlPlane } from '../controlplane/index.ts';
import { freePorts, inRepository, run, waitFor } from '../lib/index.ts';
import { buildImage } from './build-image.ts';
import { unpack } from './unpack.ts';

/** How often each start is measured; the first, which fills caches of the system, is not counted. */
const runs = 9;
const markers = [
  '<!-- Written by `node tools/image/main.ts figures --write-docs`. DO NOT EDIT. -->',
  '<!-- End of what is written. -->',
] as const;

/** A row of the table: what, and how much of it. */
export type FigureRow = readonly [name: string, value: string];

/** Builds the image, measures its size and how soon its program is ready against a control plane, and returns the table. */
export async function measure(): Promise<string> {
  const scratch = await mkdtemp(join(tmpdir(), 'rolekeeper-image-'));
  try {
    const machine = thisMachine();
    const sizes = await measureSizes(scratch);
    const starts = await measureStarts(scratch, join(scratch, 'build', bundleFiles.program));
    return tableOf([...sizes, ...starts], `${process.arch === 'x64' ? 'amd64' : process.arch}; ${describeMachine(machine)}`);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The page with another table between its markers. Throws where they are missing. */
export function withFigures(page: string, table: string): string {
  const [begin, end] = markers.map((marker) => page.indexOf(marker));
  if (begin === undefined || end === undefined || begin < 0 || end < begin) throw new Error('the page has no place for the figures');
  return `${page.slice(0, begin + markers[0].length)}\n\n${table}\n${page.slice(end)}`;
}

/** Rows as a table for the page. */
export function tableOf(rows: readonly FigureRow[], place: string): string {
  const lines = rows.map(([name, value]) => `| ${name} | ${value} |`);
  return [
    `Measured on ${place}. A start is the median of ${runs - 1}, in parentheses the extremes.`,
    '',
    '| | |',
    '|---|---:|',
    ...lines,
    '',
  ].join('\n');
}

async function measureSizes(scratch: string): Promise<readonly FigureRow[]> {
  const [layout, root] = [join(scratch, 'layout'), join(scratch, 'root')];
  const { layers } = await buildImage({ directory: layout, buildDirectory: join(scratch, 'build'), env: process.env });
  await unpack(layout, root);
  const { stdout } = await run('du', ['-sb', '--exclude=./proc', root]);
  const program = await stat(join(scratch, 'build', bundleFiles.program));
  return [
    ['to pull, compressed', megabytes(layers.reduce((sum, { size }) => sum + size, 0))],
    ...layers.map(({ title, size }): FigureRow => [`– ${title}`, megabytes(size)]),
    ['on disk', megabytes(Number.parseInt(stdout, 10))],
    ['– the program, one file', megabytes(program.size)],
  ];
}

async function measureStarts(scratch: string, program: string): Promise<readonly FigureRow[]> {
  const controlPlane = await startControlPlane({ binaries: await ensureBinaries() });
  try {
    const admin = (args: readonly string[]) => controlPlane.kubectl(args);
    await admin(['apply', '--server-side', '-f', inRepository('crds')]);
    await admin(['wait', '--for=condition=Established', '-f', inRepository('crds')]);
    await admin(['apply', '-f', inRepository('charts', 'rolekeeper', 'install', 'rbac.yaml')]);
    const { kubeconfig } = await controlPlane.serviceAccountKubeconfig('rolekeeper-system', 'rolekeeper');
    const env = { KUBECONFIG: kubeconfig };
    const cached = { ...env, NODE_COMPILE_CACHE: join(scratch, 'compile-cache') };
    return [
      ['from exec to the version printed', await timed(() => toVersion(program, {}))],
      ['from exec to ready', await timed(() => toReady(program, env))],
      ['the same with code that V8 has kept from an earlier start', await timed(() => toReady(program, cached))],
    ];
  } finally {
    await controlPlane.stop();
  }
}

async function timed(start: () => Promise<number>): Promise<string> {
  const all: number[] = [];
  for (let done = 0; done < runs; done += 1) all.push(await start());
  const counted = all.slice(1).map(Math.round);
  return `${Math.round(median(counted))} ms (${Math.min(...counted)} to ${Math.max(...counted)})`;
}

async function toVersion(program: string, env: Readonly<Record<string, string>>): Promise<number> {
  const begun = performance.now();
  const { code } = await run(process.execPath, [program, '--version'], { env });
  if (code !== 0) throw new Error('the program does not start');
  return performance.now() - begun;
}

async function toReady(program: string, env: Readonly<Record<string, string>>): Promise<number> {
  const [port] = await freePorts(1);
  const begun = performance.now();
  const args = ['operator', `--health-address=127.0.0.1:${port}`, '--metrics-address=off', '--leader-elect=false'];
  const child = spawn(process.execPath, [program, ...args], { env, stdio: 'ignore' });
  const ready = async () => child.exitCode !== null || (await fetch(`http://127.0.0.1:${port}/readyz`)).ok;
  try {
    await waitFor('readiness', ready, { intervalMs: 2 });
    if (child.exitCode !== null) throw new Error('the operator ended before it was ready');
    return performance.now() - begun;
  } finally {
    await ended(child);
  }
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    if (child.exitCode !== null || !child.kill()) resolve();
  });
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Puts the table into the page for users. */
export async function writeFigures(table: string): Promise<void> {
  const page = inRepository('docs', 'operations', 'image.md');
  await writeFile(page, withFigures(await readFile(page, 'utf8'), table));
}
