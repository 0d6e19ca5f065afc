import { installScripts, shippedLicences, toolLicences } from './permitted.ts';

/** One package of package-lock.json. */
export interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
  /** Only builds or tests. */
  readonly dev?: boolean;
}

/** What is looked at of package-lock.json. */
export interface Lock {
  /** By path; the empty one is the project itself. */
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

/** What is looked at of package.json. */
export interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly allowScripts?: Readonly<Record<string, boolean>>;
}

/** Everything that is wrong with the packages that the project names and locks, one sentence each, sorted. */
export function packageProblems(manifest: Manifest, lock: Lock): readonly string[] {
  const named = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
  const loose = named.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version));
  const locked = Object.entries(lock.packages).filter(([path]) => path !== '');
  return [
    ...loose.map(([name, version]) => `${name} is not pinned: package.json says ${version}`),
    ...locked.flatMap(([path, entry]) => problemsOf(nameOf(path), entry, manifest)),
    ...Object.entries(manifest.allowScripts ?? {}).flatMap(([name, isAllowed]) => scriptProblems(name, isAllowed, locked)),
  ].sort();
}

function problemsOf(name: string, entry: LockedPackage, { allowScripts = {} }: Manifest): readonly string[] {
  const label = `${name} ${entry.version ?? ''}`.trim();
  const licences = entry.dev === true ? [...shippedLicences, ...toolLicences] : shippedLicences;
  const problems: string[] = [];
  if (entry.link === true || !(entry.integrity ?? '').startsWith('sha512-')) problems.push(`${label} is not pinned to its content`);
  // Where the registry is each machine says itself; the content is pinned.
  if (entry.resolved !== undefined) problems.push(`${label} names the place that it comes from`);
  if (entry.license === undefined || !licences.includes(entry.license)) {
    problems.push(`${label} comes under ${entry.license ?? 'no licence'}, which nobody has permitted`);
  }
  if (entry.hasInstallScript === true && allowScripts[name] === undefined) {
    problems.push(`${label} runs something when it is installed, and allowScripts doesn't name it`);
  }
  return problems;
}

function scriptProblems(name: string, isAllowed: boolean, locked: readonly (readonly [string, LockedPackage])[]): readonly string[] {
  const hasScript = locked.some(([path, entry]) => nameOf(path) === name && entry.hasInstallScript === true);
  if (!hasScript) return [`allowScripts names ${name}, which runs nothing when it is installed`];
  return isAllowed && installScripts[name] === undefined ? [`allowScripts lets ${name} run something, and nobody has said why`] : [];
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}
