import { resolve } from 'node:path';
import { Command } from 'commander';
import { inRepository, runMain } from '../lib/index.ts';
import type { DetachedControlPlane } from './index.ts';
import { bringUp, defaultDirectory, ensureBinaries, ensureHelm, findRunning, isReady, takeDown } from './index.ts';

await runMain(async () => {
  let exitCode = 0;
  const program = new Command('controlplane')
    .description('etcd and kube-apiserver on this machine, without Docker')
    .option('--directory <path>', 'where a control plane that stays keeps its files', defaultDirectory);
  const directory = (): string => resolve(program.opts<{ directory: string }>().directory);

  program
    .command('ensure')
    .description('find etcd, kube-apiserver and kubectl, or build them, and print their paths')
    .option('--helm', 'Helm as well')
    .action(async ({ helm }: { readonly helm?: true }) => {
      for (const path of Object.values(await ensureBinaries())) {
        console.log(path);
      }
      if (helm) console.log(await ensureHelm());
    });
  program
    .command('up')
    .description('start a control plane that stays; prints the line that points kubectl at it')
    .action(async () => up(directory()));
  program
    .command('down')
    .description('end it and remove its data')
    .action(async () => {
      console.error((await takeDown(directory())) ? 'the control plane is stopped' : 'no control plane was running');
    });
  program
    .command('status')
    .description('say whether one runs; exit code 0 when it is ready, 3 when not')
    .action(async () => {
      exitCode = await status(directory());
    });
  await program.parseAsync();
  return exitCode;
});

async function up(directory: string): Promise<void> {
  const controlPlane = await bringUp(directory, await ensureBinaries());
  console.error(`the control plane ${controlPlane.started ? 'is up' : 'was up already'}: ${controlPlane.server}`);
  console.error(`its kubectl: ${controlPlane.kubectl}`);
  console.error(`stop it with: ${downCommand(controlPlane)}`);
  // The only line on stdout, so that `eval "$(… up)"` works.
  console.log(`export KUBECONFIG=${shellQuote(controlPlane.kubeconfig)}`);
}

async function status(directory: string): Promise<number> {
  const controlPlane = await findRunning(directory);
  if (controlPlane === undefined) {
    console.log(`no control plane runs in ${directory}`);
    return 3;
  }
  const ready = await isReady(controlPlane);
  const { apiServer, etcd } = controlPlane.processes;
  console.log(`${controlPlane.server} is ${ready ? 'ready' : 'not ready'} (kube-apiserver ${apiServer}, etcd ${etcd})`);
  console.log(`export KUBECONFIG=${shellQuote(controlPlane.kubeconfig)}`);
  return ready ? 0 : 3;
}

function downCommand({ directory }: DetachedControlPlane): string {
  if (directory === defaultDirectory) {
    return `make -C ${shellQuote(inRepository().replace(/\/$/, ''))} controlplane-down`;
  }
  return `npm run controlplane -- --directory ${shellQuote(directory)} down`;
}

function shellQuote(text: string): string {
  return /^[\w./:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
