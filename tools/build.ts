import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { bundle, bundleFiles } from './bundle/index.ts';
import { inRepository, repositoryRoot } from './lib/index.ts';

const { values } = parseArgs({
  options: {
    /** Where the sources are. */
    root: { type: 'string', default: repositoryRoot },
    /** Where the files go. */
    directory: { type: 'string', default: inRepository('dist') },
  },
});
const directory = resolve(values.directory);
const bytes = await bundle({ root: resolve(values.root), directory });
console.log(`${resolve(directory, bundleFiles.program)} (${(bytes / 1024 / 1024).toFixed(1)} MiB)`);
