import manifest from '../../package.json' with { type: 'json' };
import { defineCommand } from './command.ts';

/** The version of this build, for example `0.1.0`. */
export const version: string = manifest.version;

/** `rolekeeper version`: says what is running. */
export const versionCommand = defineCommand({
  name: 'version',
  summary: 'Print the version of rolekeeper and of Node.js',
  flags: {},
  run: async (_, { stdout }) => {
    stdout.write(`rolekeeper ${version} (Node.js ${process.versions.node})\n`);
    return 0;
  },
});
