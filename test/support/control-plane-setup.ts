import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { TestProject } from 'vitest/node';
import { ensureBinaries, startControlPlane } from '../../tools/controlplane/index.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Path of an admin's kubeconfig for the API server that the run's tests share. */
    readonly kubeconfig: string;
    /** Path of the kubectl that belongs to it. */
    readonly kubectl: string;
    /** A directory for the tests' files; it goes when the run ends. */
    readonly scratch: string;
  }
}

/**
 * Gives the tests of a project one API server to share: a control plane that is started here and ended with the run, or the running
 * one that `ROLEKEEPER_TEST_KUBECONFIG` names (`make controlplane-up` prints its path), which saves the seconds of starting it. Nothing
 * is installed in it; tests install what they need and keep to namespaces of their own.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const binaries = await ensureBinaries();
  const scratch = await mkdtemp(join(tmpdir(), 'rolekeeper-tests-'));
  const running = process.env.ROLEKEEPER_TEST_KUBECONFIG;
  const controlPlane = running ? undefined : await startControlPlane({ binaries });
  project.provide('kubectl', binaries.kubectl);
  project.provide('scratch', scratch);
  project.provide('kubeconfig', controlPlane?.kubeconfig ?? resolve(running ?? ''));
  return async () => {
    await controlPlane?.stop();
    await rm(scratch, { recursive: true, force: true });
  };
}
