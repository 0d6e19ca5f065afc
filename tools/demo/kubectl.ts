import { join } from 'node:path';
import { inRepository, run } from '../lib/index.ts';

/** The API server of the demo, and how to talk to it. */
export interface DemoCluster {
  /** For the files of the demo; goes when the cluster does. */
  readonly directory: string;
  /** For example `https://127.0.0.1:40123`. */
  readonly server: string;
  /** Path of the admin's kubeconfig. */
  readonly kubeconfig: string;
  /** Path of the kubectl that belongs to it. */
  readonly kubectl: string;
}

/** Runs kubectl in the repository, so that the paths people see are those they would type. Rejects with what it complained about. */
export async function runKubectl(cluster: DemoCluster, args: readonly string[], signal: AbortSignal): Promise<string> {
  const env = { ...process.env, KUBECONFIG: cluster.kubeconfig, KUBECACHEDIR: join(cluster.directory, 'kubectl-cache') };
  const { code, stdout, stderr } = await run(cluster.kubectl, args, { env, cwd: inRepository(), signal });
  if (code !== 0) {
    throw new Error(`kubectl ${args.join(' ')} ended with code ${code}: ${stderr.trim()}`);
  }
  return stdout;
}
