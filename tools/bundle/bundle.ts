import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { cyclonedxEsbuildPlugin } from '@cyclonedx/cyclonedx-esbuild';
import { build } from 'esbuild';
import { bundledPackages } from './packages.ts';
import { thirdPartyLicences } from './third-party.ts';

/** Names of what a build leaves in its directory. */
export const bundleFiles = {
  program: 'rolekeeper.mjs',
  /** Leads from the program back to the sources; not needed to run it. */
  sourceMap: 'rolekeeper.mjs.map',
  /** Comments about rights that stood in the sources. */
  legalComments: 'rolekeeper.mjs.LEGAL.txt',
  /** CycloneDX, as JSON. */
  billOfMaterials: 'rolekeeper.cdx.json',
  /** The licence of each package that is in the program. */
  thirdPartyLicences: 'THIRD-PARTY-LICENSES.txt',
  /** Every file that was read, and what of it is in the program: esbuild's metafile. */
  inputs: 'inputs.json',
} as const;

/** Some libraries are CommonJS and call `require` for what is built into Node.js, which an ES module doesn't have. */
const banner =
  "import { createRequire as createRequireOfBundle } from 'node:module';\nconst require = createRequireOfBundle(import.meta.url);";

/** Without random numbers and times; held against its schema before it is written. */
const billOfMaterials = cyclonedxEsbuildPlugin({
  outputFile: bundleFiles.billOfMaterials,
  outputReproducible: true,
  validate: true,
  logLevel: 'silent',
});

/** From where to where. */
export interface BundleOptions {
  /** The repository or a copy of it, with its dependencies. */
  readonly root: string;
  /** Gets the files, under the names of `bundleFiles`. */
  readonly directory: string;
}

/** Builds the program with what belongs to it, and returns its size in bytes. Rejects when the bill of materials is against its schema. */
export async function bundle({ root, directory }: BundleOptions): Promise<number> {
  const outfile = relative(root, join(directory, bundleFiles.program));
  const { metafile } = await build({
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
    plugins: [billOfMaterials],
  });
  const packages = await bundledPackages(root, metafile);
  await writeFile(join(directory, bundleFiles.inputs), JSON.stringify(metafile));
  await writeFile(join(directory, bundleFiles.thirdPartyLicences), await thirdPartyLicences(packages));
  return metafile.outputs[outfile]?.bytes ?? 0;
}
