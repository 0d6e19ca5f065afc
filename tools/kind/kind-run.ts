import { UserError } from '../lib/index.ts';
import { KindCluster, type KindOptions } from './cluster.ts';
import { tryExamples } from './examples.ts';
import { missingRequirements } from './requirements.ts';

/** A run from beginning to end. */
export interface KindRunOptions extends KindOptions {
  /** Leaves the cluster, with the release and the examples in it. */
  readonly keep?: boolean;
}

/**
 * Does everything, and removes the cluster whatever happens unless it is to be kept. Rejects with UserError before anything is done when the
 * machine lacks something, and otherwise with what failed, after having shown what tells why.
 */
export async function kindRun(options: KindRunOptions): Promise<void> {
  const missing = await missingRequirements(options.runner);
  if (missing.length > 0)
    throw new UserError(`make kind-e2e needs more than this machine has:\n${missing.map((line) => `  - ${line}`).join('\n')}`);
  const cluster = new KindCluster(options);
  // It would be removed in the end, and it isn't ours.
  if (await cluster.exists()) throw new UserError(`There is a cluster ${options.name} already: kind delete cluster --name ${options.name}`);
  await cluster.buildImage();
  try {
    await cluster.create();
    await cluster.install();
    await cluster.emulate();
    await tryExamples(cluster.site(), options.providers);
    if (!options.keep) await cluster.uninstall();
  } catch (error) {
    options.say(await cluster.describe());
    throw error;
  } finally {
    if (!options.keep) await cluster.remove();
  }
}
