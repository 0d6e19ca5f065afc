import { spawn } from 'node:child_process';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProgressOutput } from '../lib/index.ts';
import { Progress, run, UserError, withLockFile } from '../lib/index.ts';
import type { BuiltProgram, Versions } from './binaries.ts';
import { goModules, missingPrograms } from './binaries.ts';

/** One program as Go builds it. */
interface Recipe {
  /** Directory of the module that pins it. */
  readonly module: string;
  readonly package: string;
  readonly version: string;
  readonly linkerFlags: string;
  /** For people who wait. */
  readonly usualTime: string;
  /** Prints the version, to see that the result runs. */
  readonly versionArguments: readonly string[];
}

/** Part of the name of a file that is being written. */
const unfinished = '.unfinished-';

/**
 * Why Go can't be used to build the programs, or undefined when it can. Asked inside the module, where a Go that may fetch the
 * toolchain that go.mod wants does so.
 */
export async function goObstacle(env: NodeJS.ProcessEnv, module = goModules.kubernetes): Promise<string | undefined> {
  try {
    const { code, stderr } = await run('go', ['version'], { cwd: module, env: goEnvironment(env) });
    return code === 0 ? undefined : stderr.trim();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no `go` on the PATH' : (error as Error).message;
  }
}

/** What is built, where and how. */
export interface BuildOptions {
  /** Gets the programs. */
  readonly directory: string;
  readonly programs: readonly BuiltProgram[];
  readonly versions: Versions;
  readonly env: NodeJS.ProcessEnv;
  /** Ends the compiler; nothing unfinished is left behind. */
  readonly signal: AbortSignal;
  /** Gets one line for each thing worth knowing, and the progress. */
  readonly output: ProgressOutput;
}

/**
 * Builds the programs that the directory lacks. Each appears there in one step, complete or not at all. When several processes want
 * the same directory, one builds and the others wait for it.
 */
export async function buildPrograms(options: BuildOptions): Promise<void> {
  await mkdir(options.directory, { recursive: true });
  await withLockFile(join(options.directory, '.lock'), () => buildMissing(options), {
    signal: options.signal,
    onWait: (holder) => say(options, `process ${holder?.pid ?? 'unknown'} is building ${options.programs.join(', ')}; waiting for it`),
  });
}

async function buildMissing(options: BuildOptions): Promise<void> {
  const missing = await missingPrograms(options.directory, options.programs);
  if (missing.length === 0) {
    return;
  }
  await removeUnfinished(options.directory);
  say(options, `building ${missing.join(', ')} into ${options.directory}`);
  say(options, 'this happens once and takes some minutes on two cores, more when Go has modules to download');
  for (const program of missing) {
    await build(program, recipes(options.versions)[program], options);
  }
}

function say({ output }: BuildOptions, line: string): void {
  output.write(`${line}\n`);
}

/** Files of a build that was killed. The lock is held, so nobody is writing to them. */
async function removeUnfinished(directory: string): Promise<void> {
  const rubbish = (await readdir(directory)).filter((name) => name.includes(unfinished));
  await Promise.all(rubbish.map((name) => rm(join(directory, name), { force: true })));
}

async function build(program: BuiltProgram, recipe: Recipe, options: BuildOptions): Promise<void> {
  const target = join(options.directory, program);
  const temporary = `${target}${unfinished}${process.pid}`;
  const progress = new Progress(`${program} ${recipe.version} (usually ${recipe.usualTime})`, options.output);
  let verdict = 'failed';
  try {
    await compile(recipe, temporary, progress, options);
    await checkVersion(program, recipe, temporary);
    await rename(temporary, target);
    verdict = 'built';
  } finally {
    progress.end(options.signal.aborted ? 'interrupted' : verdict);
    await rm(temporary, { force: true });
  }
}

function compile(recipe: Recipe, file: string, progress: Progress, { env, signal }: BuildOptions): Promise<void> {
  const args = ['build', '-mod=readonly', '-buildvcs=false', '-trimpath', '-ldflags', recipe.linkerFlags, '-o', file, recipe.package];
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const go = spawn('go', args, { cwd: recipe.module, env: goEnvironment(env), stdio: ['ignore', 'ignore', 'pipe'] });
    // Interrupted in this way Go ends its compilers and removes its own temporary files.
    const onAbort = (): boolean => go.kill('SIGINT');
    signal.addEventListener('abort', onAbort, { once: true });
    const said: string[] = [];
    go.stderr.setEncoding('utf8').on('data', (text: string) => {
      said.push(text);
      if (text.includes('go: downloading')) {
        progress.note('downloading modules');
      }
    });
    go.once('error', reject);
    go.once('close', (code) => {
      signal.removeEventListener('abort', onAbort);
      if (signal.aborted) {
        reject(signal.reason);
      } else if (code === 0) {
        resolve();
      } else {
        reject(new UserError(`go ${args.join(' ')}\nin ${recipe.module} ended with code ${code}:\n${complaints(said.join(''))}`));
      }
    });
  });
}

/** What the compiler said, without the hundreds of lines about downloads. */
function complaints(text: string): string {
  const lines = text.split('\n').filter((line) => !line.startsWith('go: downloading'));
  return lines.slice(-30).join('\n').trim();
}

async function checkVersion(program: BuiltProgram, recipe: Recipe, file: string): Promise<void> {
  const { stdout, stderr } = await run(file, recipe.versionArguments);
  if (!stdout.includes(recipe.version.replace(/^v/, ''))) {
    throw new Error(`the ${program} that was built does not call itself ${recipe.version}: ${stdout}${stderr}`);
  }
}

/** The programs are for this machine, whatever the user builds for otherwise; and they must not need a C library. */
function goEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { GOOS, GOARCH, ...rest } = env;
  return { ...rest, CGO_ENABLED: '0' };
}

function recipes(versions: Versions): Readonly<Record<BuiltProgram, Recipe>> {
  const kubernetes = {
    module: goModules.kubernetes,
    version: versions.kubernetes,
    linkerFlags: kubernetesLinkerFlags(versions.kubernetes),
  };
  return {
    etcd: {
      module: goModules.etcd,
      package: 'go.etcd.io/etcd/server/v3',
      version: versions.etcd,
      linkerFlags: '-s -w',
      usualTime: 'one minute',
      versionArguments: ['--version'],
    },
    'kube-apiserver': {
      ...kubernetes,
      package: 'k8s.io/kubernetes/cmd/kube-apiserver',
      usualTime: 'four to eight minutes',
      versionArguments: ['--version'],
    },
    kubectl: {
      ...kubernetes,
      package: 'k8s.io/kubernetes/cmd/kubectl',
      usualTime: 'half a minute',
      versionArguments: ['version', '--client'],
    },
    helm: {
      module: goModules.helm,
      package: 'helm.sh/helm/v4/cmd/helm',
      version: versions.helm,
      linkerFlags: `-s -w -X helm.sh/helm/v4/internal/version.version=${versions.helm}`,
      usualTime: 'three minutes',
      versionArguments: ['version', '--short'],
    },
  };
}

/** Without these the programs call themselves v0.0.0, and clients take them for a server too old to talk to. */
function kubernetesLinkerFlags(version: string): string {
  const [major, minor] = version.replace(/^v/, '').split('.');
  const variables = { gitVersion: version, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' };
  const flags = Object.entries(variables).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  return ['-s', '-w', ...flags].join(' ');
}
