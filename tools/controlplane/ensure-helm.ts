import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { interruptible, run, UserError } from '../lib/index.ts';
import type { Versions } from './binaries.ts';
import { cachedHelmDirectory, goModules, missingPrograms, pinnedVersions } from './binaries.ts';
import { buildPrograms, goObstacle } from './build.ts';
import type { EnsureOptions } from './ensure.ts';

/**
 * Finds Helm: the program that `ROLEKEEPER_HELM` names, else the `helm` of the PATH where its version fits, else the one in the cache,
 * else by building it into the cache with Go, which takes minutes once and shows its progress on stderr. A version fits when it has
 * the pinned major number and is not older than the pinned minor one: older ones render and apply otherwise. Rejects with UserError
 * when none of the ways is open, and with Interrupted after SIGINT or SIGTERM.
 * @returns its absolute path
 */
export async function ensureHelm({ env = process.env, output = process.stderr }: EnsureOptions = {}): Promise<string> {
  const versions = await pinnedVersions();
  if (env.ROLEKEEPER_HELM) {
    return named(env.ROLEKEEPER_HELM, versions);
  }
  const installed = await onPath(env);
  if (installed !== undefined && fits(await versionOf(installed), versions.helm)) {
    return installed;
  }
  const directory = cachedHelmDirectory(versions, env);
  if ((await missingPrograms(directory, ['helm'])).length > 0) {
    const obstacle = await goObstacle(env, goModules.helm);
    if (obstacle !== undefined) {
      throw new UserError(waysOut(directory, versions, obstacle));
    }
    await interruptible((signal) => buildPrograms({ directory, programs: ['helm'], versions, env, signal, output }));
  }
  return join(directory, 'helm');
}

async function named(file: string, versions: Versions): Promise<string> {
  const version = await versionOf(file);
  if (!fits(version, versions.helm)) {
    throw new UserError(
      `ROLEKEEPER_HELM is ${file}, which ${version === undefined ? 'does not tell a version' : `is ${version}`}; ` +
        `Helm ${versions.helm} or a newer one of the same major version is needed. Correct it, or unset it to use the cache or Go.`,
    );
  }
  return file;
}

async function onPath(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const directory of (env.PATH ?? '').split(delimiter)) {
    const file = join(directory, 'helm');
    const found = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (directory !== '' && found) return file;
  }
  return undefined;
}

/** For example `v4.3.1+g1a2b3c4`; undefined when it isn't a Helm that runs here. */
async function versionOf(file: string): Promise<string | undefined> {
  const finished = await run(file, ['version', '--short']).catch(() => undefined);
  return finished?.code === 0 ? /v\d+\.\d+\S*/.exec(finished.stdout)?.[0] : undefined;
}

function fits(version: string | undefined, pinned: string): boolean {
  const [major, minor] = numbersOf(version ?? '');
  const [pinnedMajor, pinnedMinor] = numbersOf(pinned);
  return major === pinnedMajor && minor >= pinnedMinor;
}

function numbersOf(version: string): readonly [major: number, minor: number] {
  const [, major, minor] = /^v(\d+)\.(\d+)/.exec(version) ?? [];
  return [Number(major), Number(minor)];
}

function waysOut(directory: string, versions: Versions, obstacle: string): string {
  return `\
Work on the chart needs Helm. None of this version is on the PATH or in the cache, and it can't be built with Go: ${obstacle}.
Any of these helps:
  - Install Helm ${versions.helm} or newer, or set ROLEKEEPER_HELM to its path.
  - Copy it from a machine that has built it into
      ${directory}
  - Install Go 1.26 or newer and run this again; the build takes some minutes, once.`;
}
