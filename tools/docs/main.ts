import { resolve } from 'node:path';
import { Command } from 'commander';
import { inRepository, runMain } from '../lib/index.ts';
import { buildSite, serveSite } from './index.ts';

const pagesDirectory = inRepository('dist', 'docs-pages');

await runMain(async () => {
  const program = new Command('docs').description('The documentation as a site');
  program
    .command('build')
    .description('build the site; a dead link fails it')
    .option('--out <path>', 'where it goes', inRepository('dist', 'site'))
    .option('--pages <path>', 'where its pages are put together; within the repository', pagesDirectory)
    .option('--base <path>', 'the path below which it will be served', '/')
    .action(({ out, pages, base }: { readonly out: string; readonly pages: string; readonly base: string }) =>
      buildSite({ pagesDirectory: resolve(pages), outDirectory: resolve(out), base }),
    );
  program
    .command('serve')
    .description('serve it on 127.0.0.1')
    .option('--port <number>', 'port to listen on', '4173')
    .action(({ port }: { readonly port: string }) => serveSite({ pagesDirectory }, Number(port)));
  await program.parseAsync();
  return 0;
});
