import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { inRepository, runMain, UserError } from '../lib/index.ts';
import { buildImage, sandboxCommand, sandboxObstacle, stage, unpack } from './index.ts';

const buildDirectory = inRepository('dist');
const defaultLayout = inRepository('dist', 'image');

await runMain(async () => {
  let exitCode = 0;
  const program = new Command('image').description('The container image, without a container engine').enablePositionalOptions();
  program
    .command('layout')
    .description('build the image as an OCI layout')
    .option('--directory <path>', 'where it goes', defaultLayout)
    .action(async ({ directory }: { readonly directory: string }) => layout(resolve(directory)));
  program
    .command('stage')
    .description('lay down the files that the Dockerfile copies into the image')
    .argument('<directory>')
    .action((directory: string) => stage(resolve(directory), buildDirectory));
  program
    .command('run')
    .description('build the image, unpack it and run it with a root that it cannot write to; takes root on Linux')
    .argument('[args...]', 'instead of the command of the image', [])
    .passThroughOptions()
    .action(async (args: readonly string[]) => {
      exitCode = await runImage(args);
    });
  program
    .command('figures')
    .description('measure size and start of the image')
    .option('--write-docs', 'write them into docs/operations/image.md')
    .action(async ({ writeDocs }: { readonly writeDocs?: true }) => {
      // It takes the benchmarks and the control plane along, which are not there where the Dockerfile lays down files.
      const { measure, writeFigures } = await import('./figures.ts');
      const table = await measure();
      console.log(table);
      if (writeDocs) await writeFigures(table);
    });
  await program.parseAsync();
  return exitCode;
});

async function layout(directory: string): Promise<void> {
  const { digest, layers } = await buildImage({ directory, buildDirectory, env: process.env });
  for (const { title, size } of layers) console.log(`${(size / 1e6).toFixed(1).padStart(6)} MB  ${title}`);
  console.log(`${directory}: ${digest}`);
}

async function runImage(args: readonly string[]): Promise<number> {
  const obstacle = await sandboxObstacle();
  if (obstacle !== undefined) throw new UserError(`The image can't be run here: ${obstacle}.`);
  await layout(defaultLayout);
  const root = join(buildDirectory, 'rootfs');
  const config = await unpack(defaultLayout, root);
  const { command, args: words, env } = await sandboxCommand({ root, config, ...(args.length === 0 ? {} : { args }) });
  return new Promise((done, reject) => {
    // The environment is the image's alone, but for where the programs around it are found.
    const child = spawn(command, [...words], { stdio: 'inherit', env });
    child.once('error', reject);
    child.once('close', (code) => done(code ?? 1));
  });
}
