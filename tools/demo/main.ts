import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { Interrupted, interruptible, runMain } from '../lib/index.ts';
import { demoEnvironment, demoProvider, demoProviders, endDemo, keepDemo, keptDirectory, runDemo, Screen } from './index.ts';

interface Options {
  readonly provider?: string;
  readonly keep?: true;
  readonly down?: true;
  readonly env?: true;
  readonly directory: string;
}

await runMain(async () => {
  const names = demoProviders.map(({ name }) => name).join(', ');
  const options = new Command('demo')
    .description('Shows rolekeeper at work against an emulated provider, on this machine and without Docker')
    .option('--provider <name>', `the provider to show closely: ${names} (default: all of them in one cluster; with --keep workos)`)
    .option('--keep', 'stop where the Roles are Ready and leave everything running')
    .addOption(new Option('--down', 'end what --keep left running').conflicts('keep'))
    .addOption(new Option('--env', 'print the lines that point a shell at what --keep left running').conflicts(['keep', 'down']))
    .option('--directory <path>', 'where --keep puts its files', keptDirectory)
    .parse()
    .opts<Options>();
  return interruptible((signal) => demo(options, AbortSignal.any([signal, outputClosed()])));
});

/** Aborts when nobody reads the output any more, for example `head`: then there is nothing to show. */
function outputClosed(): AbortSignal {
  const closed = new AbortController();
  process.stdout.on('error', () => closed.abort(new Interrupted()));
  return closed.signal;
}

async function demo(options: Options, signal: AbortSignal): Promise<number> {
  const screen = new Screen();
  const directory = resolve(options.directory);
  if (options.env) {
    process.stdout.write(await demoEnvironment(directory));
    return 0;
  }
  if (options.down) {
    screen.heading((await endDemo({ directory, signal, screen })) ? 'The demo has ended.' : 'No demo was running.');
    return 0;
  }
  const { provider: name } = options;
  const succeeded = options.keep
    ? await keepDemo({ provider: demoProvider(name ?? 'workos'), screen, signal, directory })
    : await runDemo({ providers: name === undefined ? demoProviders : [demoProvider(name)], screen, signal });
  return succeeded ? 0 : 1;
}
