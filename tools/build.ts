import { resolve } from 'node:path';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '..');
const outfile = 'dist/rolekeeper.mjs';

/** Some libraries are CommonJS and call `require` for what is built into Node.js, which an ES module doesn't have. */
const banner =
  "import { createRequire as createRequireOfBundle } from 'node:module';\nconst require = createRequireOfBundle(import.meta.url);";

const result = await build({
  absWorkingDir: root,
  entryPoints: ['src/main.ts'],
  outfile,
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  banner: { js: banner },
  // Where libraries come both as CommonJS and as ES modules, the latter need no wrapping and can be shaken.
  mainFields: ['module', 'main'],
  conditions: ['module'],
  minify: false,
  keepNames: true,
  sourcemap: true,
  legalComments: 'external',
  metafile: true,
  logLevel: 'warning',
});

const bytes = result.metafile.outputs[outfile]?.bytes ?? 0;
console.log(`${outfile} (${(bytes / 1024 / 1024).toFixed(1)} MiB)`);
