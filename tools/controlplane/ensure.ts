import type { ProgressOutput } from '../lib/index.ts';
import { interruptible, UserError } from '../lib/index.ts';
import type { Binaries, Versions } from './binaries.ts';
import { binariesIn, cachedBinariesDirectory, missingPrograms, pinnedVersions, programs } from './binaries.ts';
import { buildPrograms, goObstacle } from './build.ts';

/** The surroundings; those of this program unless given. */
export interface EnsureOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Gets the progress of a build. */
  readonly output?: ProgressOutput;
}

/**
 * Finds the programs of a control plane: in the directory that `KUBEBUILDER_ASSETS` names, else in the cache, else by building them
 * into the cache with Go, which takes minutes once and shows its progress on stderr. Rejects with UserError when none of the ways
 * is open, and with Interrupted after SIGINT or SIGTERM.
 */
export async function ensureBinaries({ env = process.env, output = process.stderr }: EnsureOptions = {}): Promise<Binaries> {
  const assets = env.KUBEBUILDER_ASSETS;
  if (assets) {
    return fromAssets(assets);
  }
  const versions = await pinnedVersions();
  const directory = cachedBinariesDirectory(versions, env);
  if ((await missingPrograms(directory, programs)).length > 0) {
    const obstacle = await goObstacle(env);
    if (obstacle !== undefined) {
      throw new UserError(waysOut(directory, versions, obstacle));
    }
    await interruptible((signal) => buildPrograms({ directory, programs, versions, env, signal, output }));
  }
  return binariesIn(directory);
}

async function fromAssets(directory: string): Promise<Binaries> {
  const missing = await missingPrograms(directory, programs);
  if (missing.length > 0) {
    throw new UserError(
      `KUBEBUILDER_ASSETS is ${directory}, which has no executable ${missing.join(' and no ')}. ` +
        'Correct it, or unset it to use the cache or Go.',
    );
  }
  return binariesIn(directory);
}

function waysOut(directory: string, versions: Versions, obstacle: string): string {
  return `\
The local control plane needs etcd, kube-apiserver and kubectl. They are not in the cache and can't be built with Go: ${obstacle}.
Any of these helps:
  - Set KUBEBUILDER_ASSETS to a directory that has them, for example with setup-envtest:
      export KUBEBUILDER_ASSETS="$(setup-envtest use -p path ${versions.kubernetes.replace(/^v/, '')})"
  - Copy them from a machine that has built them into
      ${directory}
  - Install Go 1.26 or newer and run this again; the build takes some minutes, once.`;
}
