import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import type { EmulatorProcess, EmulatorProcessOptions, OperatorProcess, OperatorProcessOptions } from '../../tools/stack/index.ts';
import { startEmulatorProcess, startOperator } from '../../tools/stack/index.ts';
import type { TestCluster } from './control-plane.ts';

export { startEmulator } from '../../src/emulators/index.ts';
export * from '../../tools/stack/index.ts';

/**
 * Starts the real operator against a test's cluster, with the ServiceAccount that users give it, so a right that is missing from
 * `rbac.yaml` fails the test. CRDs and RBAC must be installed. It is ready when this resolves, but may not lead yet (`leading()`).
 * The caller stops it, or says `await using`; whatever the caller forgets ends with the test run.
 */
export async function startTestOperator(cluster: TestCluster, options: Partial<OperatorProcessOptions> = {}): Promise<OperatorProcess> {
  const kubeconfig = options.kubeconfig ?? (await cluster.serviceAccountKubeconfig()).kubeconfig;
  return startOperator({ directory: await scratchDirectory('operator-'), ...options, kubeconfig });
}

/**
 * Starts an emulator as a process, for tests that kill or pause the provider. Others use `startEmulator`, which runs in the test
 * itself and needs no round trip to be controlled.
 */
export async function startTestEmulator(provider: string, options: Partial<EmulatorProcessOptions> = {}): Promise<EmulatorProcess> {
  return startEmulatorProcess(provider, { directory: await scratchDirectory('emulator-'), ...options });
}

function scratchDirectory(prefix: string): Promise<string> {
  return mkdtemp(join(inject('scratch'), prefix));
}
