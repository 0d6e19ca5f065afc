import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { TestProject } from 'vitest/node';
import { ensureBinaries, startControlPlane } from '../../tools/controlplane/index.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Paths of an admin's kubeconfig for each API server that the run's tests share: the n-th worker has the n-th. */
    readonly kubeconfigs: readonly string[];
    /** Path of the kubectl that belongs to it. */
    readonly kubectl: string;
    /** A directory for the tests' files; it goes when the run ends. */
    readonly scratch: string;
    /** How many API servers are shared. Default: one for all workers. */
    readonly clusters?: number;
  }
}

/**
 * Gives the tests of a project API servers to share: control planes that are started here and ended with the run, or the running
 * one that `ROLEKEEPER_TEST_KUBECONFIG` names (`make controlplane-up` prints its path), which saves the seconds of starting it. Nothing
 * is installed in them; tests install what they need and keep to namespaces of their own. An operator keeps a whole cluster, so where
 * test files that start one run at the same time each worker has a cluster of its own; `clusters` says how many.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const binaries = await ensureBinaries();
  const scratch = await mkdtemp(join(tmpdir(), 'rolekeeper-tests-'));
  const running = process.env.ROLEKEEPER_TEST_KUBECONFIG;
  const clusters = project.config.provide.clusters ?? 1;
  const controlPlanes = await Promise.all(Array.from({ length: running ? 0 : clusters }, () => startControlPlane({ binaries })));
  project.provide('kubectl', binaries.kubectl);
  project.provide('scratch', scratch);
  project.provide('kubeconfigs', running ? [resolve(running)] : controlPlanes.map(({ kubeconfig }) => kubeconfig));
  return async () => {
    await Promise.all(controlPlanes.map((controlPlane) => controlPlane.stop()));
    await rm(scratch, { recursive: true, force: true });
  };
}
