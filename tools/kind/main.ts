import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { demoProviders } from '../demo/index.ts';
import { interruptible, runMain } from '../lib/index.ts';
import { kindRun, systemRunner } from './index.ts';

await runMain(async () => {
  const { name, keep = false } = new Command('kind-e2e')
    .description('Installs image and chart into a cluster made by kind and tries the examples there')
    .option('--name <name>', 'name of the cluster', 'rolekeeper-e2e')
    .option('--keep', 'leave the cluster; its kubeconfig is told')
    .parse()
    .opts<{ readonly name: string; readonly keep?: boolean }>();
  const directory = await mkdtemp(join(tmpdir(), 'rolekeeper-kind-'));
  try {
    await interruptible((signal) =>
      kindRun({ runner: systemRunner(signal), name, keep, directory, providers: demoProviders, say: (line) => console.log(line), signal }),
    );
    console.log(keep ? `The cluster stays: KUBECONFIG=${join(directory, 'kubeconfig')}` : 'All went as it should.');
    return 0;
  } finally {
    if (!keep) await rm(directory, { recursive: true, force: true });
  }
});
