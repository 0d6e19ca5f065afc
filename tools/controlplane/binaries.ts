import { constants } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { inRepository } from '../lib/index.ts';

/** The programs of a control plane, in the order in which they are built. */
export const programs = ['etcd', 'kube-apiserver', 'kubectl'] as const;

export type Program = (typeof programs)[number];

/** What can be built: the programs of a control plane, and Helm, which only those need who work with the chart. */
export type BuiltProgram = Program | 'helm';

/** Absolute paths of the programs. */
export type Binaries = Readonly<Record<Program, string>>;

/** The versions that the Go modules beside this file pin. */
export interface Versions {
  /** For example `v1.37.2`. */
  readonly kubernetes: string;
  readonly etcd: string;
  readonly helm: string;
}

/** Directories of the Go modules. */
export const goModules = {
  kubernetes: inRepository('tools', 'controlplane', 'kubernetes'),
  etcd: inRepository('tools', 'controlplane', 'etcd'),
  helm: inRepository('tools', 'controlplane', 'helm'),
} as const;

/** Reads the pinned versions from the go.mod files, which are their only source. */
export async function pinnedVersions(): Promise<Versions> {
  return {
    kubernetes: await requiredVersion(goModules.kubernetes, 'k8s.io/kubernetes'),
    etcd: await requiredVersion(goModules.etcd, 'go.etcd.io/etcd/server/v3'),
    helm: await requiredVersion(goModules.helm, 'helm.sh/helm/v4'),
  };
}

async function requiredVersion(directory: string, module: string): Promise<string> {
  const file = join(directory, 'go.mod');
  for (const line of (await readFile(file, 'utf8')).split('\n')) {
    const [name, version] = line
      .replace(/^require/, '')
      .trim()
      .split(/\s+/);
    if (name === module && version?.startsWith('v')) {
      return version;
    }
  }
  throw new Error(`${file} does not require ${module}`);
}

/** The directory in which built programs are kept between runs and checkouts, one subdirectory for each combination of versions. */
export function cacheDirectory(env: NodeJS.ProcessEnv = process.env): string {
  if (env.ROLEKEEPER_CACHE) {
    return env.ROLEKEEPER_CACHE;
  }
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'rolekeeper');
}

/** Where the programs of a control plane of these versions are kept for this machine's system and architecture. */
export function cachedBinariesDirectory(versions: Versions, env: NodeJS.ProcessEnv = process.env): string {
  return join(cacheDirectory(env), 'bin', `k8s-${versions.kubernetes}-etcd-${versions.etcd}-${machine()}`);
}

/** Where Helm of this version is kept for this machine's system and architecture. */
export function cachedHelmDirectory(versions: Versions, env: NodeJS.ProcessEnv = process.env): string {
  return join(cacheDirectory(env), 'bin', `helm-${versions.helm}-${machine()}`);
}

function machine(): string {
  return `${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
}

/** The paths that the programs have in a directory, whether they exist or not. */
export function binariesIn(directory: string): Binaries {
  return { etcd: join(directory, 'etcd'), 'kube-apiserver': join(directory, 'kube-apiserver'), kubectl: join(directory, 'kubectl') };
}

/** Which of the programs a directory lacks; a file that can't be executed counts as lacking. */
export async function missingPrograms<P extends BuiltProgram>(directory: string, wanted: readonly P[]): Promise<readonly P[]> {
  const found = await Promise.all(wanted.map((program) => isExecutable(join(directory, program))));
  return wanted.filter((_, index) => found[index] !== true);
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
