import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { names } from '../../src/api/index.ts';
import { bringUp, ensureBinaries, findRunning, takeDown } from '../controlplane/index.ts';
import { commandLineOf, endProcess, inRepository, UserError, withLockFile } from '../lib/index.ts';
import type { DemoProvider } from './demo-provider.ts';
import { type DemoOptions, DemoRun } from './demo-run.ts';
import type { DemoCluster } from './kubectl.ts';
import { demoProvider } from './providers.ts';
import { type Screen, shellWord } from './screen.ts';
import { readyStep } from './tour.ts';

/** Where a demo that stays keeps its files, unless told otherwise. */
export const keptDirectory: string = inRepository('.demo', 'up');

/** As long as anybody may keep a demo. */
const tokenSeconds = 30 * 24 * 3600;
/** Longer than the operator takes to end in order. */
const stopGraceMs = 30_000;

/** What a demo is kept with. */
export interface KeptOptions extends Omit<DemoOptions, 'providers'> {
  readonly provider: DemoProvider;
  readonly directory: string;
}

/** A demo that runs on its own, as its state file describes it. */
interface KeptDemo {
  readonly provider: string;
  readonly cluster: DemoCluster;
  readonly emulatorURL: string;
  readonly metricsURL: string;
  readonly operatorLog: string;
  readonly processes: { readonly operator: number; readonly emulator: number };
}

/** Starts everything, up to Ready Roles, and leaves it running; or finds what runs in the directory already. */
export async function keepDemo(options: KeptOptions): Promise<boolean> {
  const { screen, directory } = options;
  return locked(options, async () => {
    const running = await findKept(directory);
    if (running !== undefined) {
      screen.heading('The demo is running already.');
      tell(screen, running, directory);
      return true;
    }
    // Half of a former one may still run.
    await endParts(directory);
    await refuseForeign(directory);
    return start(options);
  });
}

/** Ends the demo of the directory and removes its files. Resolves with whether there was one. */
export function endDemo(options: Omit<KeptOptions, 'provider'>): Promise<boolean> {
  return locked(options, () => endParts(options.directory));
}

/** The lines that point a shell at the demo of the directory. Throws UserError when none runs there. */
export async function demoEnvironment(directory: string): Promise<string> {
  const running = await findKept(directory);
  if (running === undefined) throw new UserError('No demo is running. Start one: make demo-up');
  return exportsOf(running)
    .map(([command = '', assignment = '']) => `${command} ${shellWord(assignment)}\n`)
    .join('');
}

/** Two at once would end each other's parts. */
async function locked<T>({ directory, signal, screen }: Omit<KeptOptions, 'provider'>, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(directory), { recursive: true, mode: 0o700 });
  const onWait = (): void => screen.heading('Another one is being started or ended in the same directory; waiting for it.');
  return withLockFile(`${directory}.lock`, work, { signal, onWait });
}

async function start(options: KeptOptions): Promise<boolean> {
  const { provider, screen, directory } = options;
  screen.heading(`rolekeeper with an emulated ${provider.title}. All of it runs on this machine until it is ended.`);
  const binaries = await ensureBinaries();
  const run = new DemoRun({ ...options, providers: [provider] });
  return run.carryOut(async () => {
    run.atEnd(() => endParts(directory));
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeFile(markerFile(directory), 'Made by the demo of rolekeeper, which removes this directory with everything in it.\n');
    const [tour] = await run.start({ startCluster: () => bringUp(clusterDirectory(directory), binaries), tokenSeconds });
    if (tour === undefined) throw new Error('there is no provider to show');
    await readyStep(tour);
    options.signal.throwIfAborted();
    const { cluster, emulated, operator } = tour;
    const { pid: operatorID } = operator;
    const { pid: emulatorID } = emulated.process;
    if (operatorID === undefined || emulatorID === undefined) {
      throw new Error('the operator or the emulator has ended by itself');
    }
    const kept: KeptDemo = {
      provider: provider.name,
      cluster,
      emulatorURL: emulated.process.url,
      metricsURL: operator.metricsURL,
      operatorLog: operator.logFile,
      processes: { operator: operatorID, emulator: emulatorID },
    };
    await writeFile(stateFile(directory), JSON.stringify(kept, undefined, 2), { mode: 0o600 });
    await run.keep();
    screen.gap();
    screen.heading('All of this keeps running.');
    tell(screen, kept, directory);
  });
}

/** Says where everything is and what to do with it. */
function tell(screen: Screen, { provider: name, cluster, emulatorURL, metricsURL, operatorLog }: KeptDemo, directory: string): void {
  const provider = demoProvider(name);
  const { tampered } = provider;
  const object = [`orgrole/${tampered.name}`, '-n', tampered.namespace];
  screen.list([
    `API server: ${cluster.server}`,
    `${provider.title}: ${emulatorURL}, what it was asked: ${emulatorURL}/_emulator/journal`,
    `operator: ${metricsURL}`,
    `its log: ${operatorLog}`,
  ]);
  screen.gap();
  screen.heading('Point your shell at it, with these lines or with eval "$(make --silent demo-env)":');
  for (const words of exportsOf({ cluster, emulatorURL })) screen.shell(words);
  screen.gap();
  screen.heading("Change a role behind the operator's back, have it look, and see what it found:");
  screen.shell(provider.connect(emulatorURL).tamperCommand(tampered));
  screen.shell(['kubectl', 'annotate', ...object, '--overwrite', `${names.reconcileRequestedAt}=$(date +%s)`]);
  screen.shell(['kubectl', 'events', '-n', tampered.namespace]);
  screen.gap();
  screen.heading('End all of it:');
  screen.shell(
    directory === keptDirectory
      ? ['make', 'demo-down']
      : ['npm', 'exec', '--', 'node', 'tools/demo/main.ts', '--down', `--directory=${directory}`],
  );
}

/** What a shell needs to talk to the parts: the API server, kubectl, and the emulator's address. */
function exportsOf({ cluster, emulatorURL }: Pick<KeptDemo, 'cluster' | 'emulatorURL'>): readonly (readonly string[])[] {
  return [
    ['export', `KUBECONFIG=${cluster.kubeconfig}`],
    ['export', `PATH=${dirname(cluster.kubectl)}:$PATH`],
    ['export', `EMULATOR=${emulatorURL}`],
  ];
}

function clusterDirectory(directory: string): string {
  return join(directory, 'control-plane');
}

/** Tells that everything in the directory may be removed. */
function markerFile(directory: string): string {
  return join(directory, '.rolekeeper-demo');
}

/** Throws UserError for a directory that holds somebody's files. */
async function refuseForeign(directory: string): Promise<void> {
  const entries = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') {
      return [];
    }
    throw error;
  });
  if (entries.length > 0) {
    throw new UserError(`${directory} is not empty and was not made by the demo. Give --directory one that is empty or doesn't exist.`);
  }
}

function stateFile(directory: string): string {
  return join(directory, 'state.json');
}

/** The demo of the directory, if all of its parts run. */
async function findKept(directory: string): Promise<KeptDemo | undefined> {
  const state = await readState(directory);
  const hasAll = state !== undefined && (await livingProcesses(state, directory)).length === 2;
  return hasAll && (await findRunning(clusterDirectory(directory))) !== undefined ? state : undefined;
}

async function readState(directory: string): Promise<KeptDemo | undefined> {
  try {
    return JSON.parse(await readFile(stateFile(directory), 'utf8')) as KeptDemo;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return undefined;
    }
    throw new Error(`can't read ${stateFile(directory)}`, { cause: error });
  }
}

/** Ends what there is, in the order in which nothing complains. The control plane has a state file of its own. */
async function endParts(directory: string): Promise<boolean> {
  if (!existsSync(markerFile(directory))) {
    return false;
  }
  const state = await readState(directory);
  const alive = state === undefined ? [] : await livingProcesses(state, directory);
  for (const pid of alive) {
    await endProcess(pid, stopGraceMs);
  }
  const hadCluster = await takeDown(clusterDirectory(directory));
  await rm(directory, { recursive: true, force: true });
  return hadCluster || alive.length > 0;
}

/**
 * The processes of the state that still are what they were, the operator first. After a restart of the machine the numbers may
 * belong to anything, so only a process that was started with files of this very directory counts.
 */
async function livingProcesses({ processes }: KeptDemo, directory: string): Promise<readonly number[]> {
  const alive: number[] = [];
  for (const pid of [processes.operator, processes.emulator]) {
    if ((await commandLineOf(pid))?.includes(`${directory}/`)) {
      alive.push(pid);
    }
  }
  return alive;
}
