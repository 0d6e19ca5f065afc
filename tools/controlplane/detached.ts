import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { commandLineOf, endProcess, inRepository, withLockFile } from '../lib/index.ts';
import { ApiClient } from './api-client.ts';
import type { Binaries } from './binaries.ts';
import type { ControlPlaneProcesses } from './control-plane.ts';
import { startControlPlane } from './control-plane.ts';

/** A control plane that runs on its own, as its state file describes it. */
export interface DetachedControlPlane {
  readonly directory: string;
  /** For example `https://127.0.0.1:40123`. */
  readonly server: string;
  /** Path of the admin's kubeconfig. */
  readonly kubeconfig: string;
  /** Path of the kubectl that belongs to it. */
  readonly kubectl: string;
  readonly processes: ControlPlaneProcesses;
}

/** Where a control plane that stays keeps its files, unless told otherwise. */
export const defaultDirectory: string = inRepository('.demo', 'control-plane');

/** kube-apiserver may take long for calls in flight; nobody needs their answers. */
const stopGraceMs = 5_000;

/** Starts a control plane that outlives this program, or finds the one that runs in that directory already. */
export async function bringUp(where: string, binaries: Binaries): Promise<DetachedControlPlane & { readonly started: boolean }> {
  const directory = resolve(where);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  // Two at once would remove each other's data.
  return withLockFile(join(directory, '.lock'), async () => {
    const running = await findRunning(directory);
    return running === undefined ? { ...(await start(directory, binaries)), started: true } : { ...running, started: false };
  });
}

async function start(directory: string, binaries: Binaries): Promise<DetachedControlPlane> {
  // Half of a former one may still run.
  await takeDown(directory);
  const controlPlane = await startControlPlane({ binaries, directory });
  const { server, kubeconfig, processes } = controlPlane;
  const state: DetachedControlPlane = { directory, server, kubeconfig, kubectl: binaries.kubectl, processes };
  await writeFile(stateFile(directory), JSON.stringify(state, undefined, 2), { mode: 0o600 });
  await controlPlane.release();
  return state;
}

/** The control plane that runs in `directory`, if both of its servers do. */
export async function findRunning(directory: string): Promise<DetachedControlPlane | undefined> {
  const state = await readState(directory);
  if (state === undefined) {
    return undefined;
  }
  const alive = await livingProcesses(state);
  return alive.length === 2 ? state : undefined;
}

/** Whether the control plane answers that it is ready. */
export async function isReady(controlPlane: DetachedControlPlane): Promise<boolean> {
  const admin = await ApiClient.fromKubeconfig(controlPlane.kubeconfig);
  try {
    return (await admin.request('GET', '/readyz', { timeoutMs: 5_000 })).status === 200;
  } catch {
    return false;
  } finally {
    admin.close();
  }
}

/** Ends the control plane of `directory` and removes its data; the logs stay. Returns whether one was running. */
export async function takeDown(directory: string): Promise<boolean> {
  const state = await readState(directory);
  if (state === undefined) {
    return false;
  }
  const alive = await livingProcesses(state);
  for (const pid of alive) {
    await endProcess(pid, stopGraceMs);
  }
  const files = ['etcd', 'pki', 'kubectl-cache', 'kubeconfig', 'state.json'];
  await Promise.all(files.map((name) => rm(join(directory, name), { recursive: true, force: true })));
  return alive.length > 0;
}

function stateFile(directory: string): string {
  return join(directory, 'state.json');
}

async function readState(directory: string): Promise<DetachedControlPlane | undefined> {
  try {
    return JSON.parse(await readFile(stateFile(directory), 'utf8')) as DetachedControlPlane;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return undefined;
    }
    throw new Error(`can't read ${stateFile(directory)}`, { cause: error });
  }
}

/**
 * The processes of the state that still are what they were, kube-apiserver first. After a restart of the machine its numbers may
 * belong to anything, so only a process that was started with this very directory counts.
 */
async function livingProcesses({ directory, processes }: DetachedControlPlane): Promise<readonly number[]> {
  const alive: number[] = [];
  for (const pid of [processes.apiServer, processes.etcd]) {
    if (pid !== undefined && (await commandLineOf(pid))?.includes(`${directory}/`)) {
      alive.push(pid);
    }
  }
  return alive;
}
