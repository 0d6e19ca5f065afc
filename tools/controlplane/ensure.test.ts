import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { UserError, waitFor } from '../lib/index.ts';
import type { Versions } from './binaries.ts';
import { cachedBinariesDirectory, cachedHelmDirectory, pinnedVersions, programs } from './binaries.ts';
import { buildPrograms } from './build.ts';
import { ensureBinaries } from './ensure.ts';
import { ensureHelm } from './ensure-helm.ts';

/*
 * Stands in for Go: notes how it was called and writes programs that print their version. FAKE_GO says what else it does:
 * `fail` complains, `stale` builds another version, `hang` works until it is interrupted.
 */
const fakeGo = `#!/bin/sh
echo "$@" >> "$FAKE_GO_LOG"
[ "$1" = build ] || exit 0
while [ $# -gt 1 ]; do [ "$1" = -o ] && file=$2; shift; done
case "$FAKE_GO" in
fail) echo "go: downloading example.com/x v1.0.0" >&2; echo "x.go:1: broken" >&2; exit 1 ;;
hang) trap 'exit 1' INT; echo half > "$file"; while :; do sleep 0.05; done ;;
stale) version=v0.0.0 ;;
*) version="$FAKE_VERSIONS" ;;
esac
printf '#!/bin/sh\\necho %s\\n' "'$version'" > "$file"
chmod +x "$file"
`;

const quiet = { write: () => {} };
const never = new AbortController().signal;
let root: string;
let versions: Versions;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ensure-test-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  versions = await pinnedVersions();
  await mkdir(join(root, 'go'));
  await addProgram(join(root, 'go', 'go'), fakeGo);
});

async function addProgram(file: string, text = '#!/bin/sh\n'): Promise<void> {
  await writeFile(file, text);
  await chmod(file, 0o755);
}

function environment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return {
    PATH: `${join(root, 'go')}:/usr/bin:/bin`,
    ROLEKEEPER_CACHE: join(root, 'cache'),
    FAKE_GO_LOG: join(root, 'go.log'),
    FAKE_VERSIONS: `${versions.kubernetes} ${versions.etcd} ${versions.helm}`,
    ...more,
  };
}

async function goCalls(): Promise<readonly string[]> {
  const log = await readFile(join(root, 'go.log'), 'utf8').catch(() => '');
  return log.split('\n').filter((line) => line.startsWith('build'));
}

describe('ensureBinaries', () => {
  it('takes the directory that KUBEBUILDER_ASSETS names, and asks nothing else', async () => {
    const assets = join(root, 'assets');
    await mkdir(assets);
    await Promise.all(programs.map((program) => addProgram(join(assets, program))));
    const binaries = await ensureBinaries({ env: environment({ KUBEBUILDER_ASSETS: assets, FAKE_GO: 'fail' }), output: quiet });
    expect(binaries).toEqual({
      etcd: join(assets, 'etcd'),
      'kube-apiserver': join(assets, 'kube-apiserver'),
      kubectl: join(assets, 'kubectl'),
    });
    expect(await goCalls()).toEqual([]);
  });

  it('names what KUBEBUILDER_ASSETS lacks instead of building it', async () => {
    const assets = join(root, 'assets');
    await mkdir(assets);
    await addProgram(join(assets, 'etcd'));
    await writeFile(join(assets, 'kubectl'), 'not executable');
    const error = await failure(ensureBinaries({ env: environment({ KUBEBUILDER_ASSETS: assets }), output: quiet }));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain(assets);
    expect(error.message).toMatch(/kube-apiserver.*kubectl/);
    expect(error.message).not.toMatch(/no executable etcd/);
    expect(await goCalls()).toEqual([]);
  });

  it('builds all into the cache once, for this machine and with the pinned versions', async () => {
    const env = environment({ GOOS: 'plan9', GOFLAGS: '-mod=mod' });
    const binaries = await ensureBinaries({ env, output: quiet });
    const directory = cachedBinariesDirectory(versions, env);
    expect(binaries.kubectl).toBe(join(directory, 'kubectl'));
    expect((await readdir(directory)).sort()).toEqual(['etcd', 'kube-apiserver', 'kubectl']);
    await ensureBinaries({ env, output: quiet });
    const calls = await goCalls();
    expect(calls).toHaveLength(3);
    for (const call of calls) {
      expect(call).toContain('-mod=readonly');
    }
    expect(calls[1]).toContain(`gitVersion=${versions.kubernetes}`);
  });

  it('builds only what the cache lacks', async () => {
    const env = environment();
    const directory = cachedBinariesDirectory(versions, env);
    await mkdir(directory, { recursive: true });
    await addProgram(join(directory, 'etcd'));
    await addProgram(join(directory, 'kube-apiserver'));
    await ensureBinaries({ env, output: quiet });
    expect((await goCalls()).map((call) => call.split(' ').at(-1))).toEqual(['k8s.io/kubernetes/cmd/kubectl']);
  });

  it('builds once when several ask at the same time', async () => {
    const env = environment();
    const all = await Promise.all(Array.from({ length: 3 }, () => ensureBinaries({ env, output: quiet })));
    expect(new Set(all.map((binaries) => binaries.etcd)).size).toBe(1);
    expect(await goCalls()).toHaveLength(3);
  });

  it('names the three ways out when there is no Go', async () => {
    const env = environment({ PATH: join(root, 'nothing') });
    const error = await failure(ensureBinaries({ env, output: quiet }));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain('KUBEBUILDER_ASSETS');
    expect(error.message).toContain(cachedBinariesDirectory(versions, env));
    expect(error.message).toMatch(/Install Go/);
  });

  it('shows what the compiler said when a build fails, and leaves nothing', async () => {
    const env = environment({ FAKE_GO: 'fail' });
    const error = await failure(ensureBinaries({ env, output: quiet }));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain('x.go:1: broken');
    expect(error.message).not.toContain('downloading');
    expect(await readdir(cachedBinariesDirectory(versions, env))).toEqual([]);
  });

  it('does not keep a program that calls itself another version', async () => {
    const env = environment({ FAKE_GO: 'stale' });
    expect((await failure(ensureBinaries({ env, output: quiet }))).message).toContain(versions.etcd);
    expect(await readdir(cachedBinariesDirectory(versions, env))).toEqual([]);
  });
});

describe('ensureHelm', () => {
  const helm = (version: string): string => `#!/bin/sh\necho ${version}\n`;

  it('takes the one that ROLEKEEPER_HELM names', async () => {
    const file = join(root, 'my-helm');
    await addProgram(file, helm('v4.99.0+gabc'));
    expect(await ensureHelm({ env: environment({ ROLEKEEPER_HELM: file, FAKE_GO: 'fail' }), output: quiet })).toBe(file);
  });

  it.each([
    { reason: 'is of another major version', text: helm('v3.19.0'), said: 'v3.19.0' },
    { reason: 'is too old', text: helm('v4.0.0'), said: 'v4.0.0' },
    { reason: 'is no Helm', text: '#!/bin/sh\nexit 1\n', said: 'does not tell a version' },
  ])('says so when the one that ROLEKEEPER_HELM names $reason', async ({ text, said }) => {
    const file = join(root, 'my-helm');
    await addProgram(file, text);
    const error = await failure(ensureHelm({ env: environment({ ROLEKEEPER_HELM: file }), output: quiet }));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain(said);
    expect(error.message).toContain(versions.helm);
    expect(await goCalls()).toEqual([]);
  });

  it('takes the one on the PATH when its version fits', async () => {
    await addProgram(join(root, 'go', 'helm'), helm(versions.helm));
    expect(await ensureHelm({ env: environment({ FAKE_GO: 'fail' }), output: quiet })).toBe(join(root, 'go', 'helm'));
  });

  it('builds its own once, beside the control plane, when the one on the PATH does not fit', async () => {
    await addProgram(join(root, 'go', 'helm'), helm('v3.19.0'));
    const env = environment();
    const file = join(cachedHelmDirectory(versions, env), 'helm');
    expect(await ensureHelm({ env, output: quiet })).toBe(file);
    expect(await ensureHelm({ env, output: quiet })).toBe(file);
    const calls = await goCalls();
    expect(calls).toHaveLength(1);
    expect(calls[0]).toContain(`version.version=${versions.helm}`);
  });

  it('names the ways out when there is no Go', async () => {
    const env = environment({ PATH: join(root, 'nothing') });
    const error = await failure(ensureHelm({ env, output: quiet }));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toMatch(/ROLEKEEPER_HELM[\s\S]*Install Go/);
    expect(error.message).toContain(cachedHelmDirectory(versions, env));
  });
});

describe('buildPrograms', () => {
  it('ends the compiler and leaves nothing when it is interrupted', async () => {
    const directory = join(root, 'cache');
    const interruption = new AbortController();
    const build = buildPrograms({
      directory,
      programs,
      versions,
      env: environment({ FAKE_GO: 'hang' }),
      signal: interruption.signal,
      output: quiet,
    });
    const outcome = failure(build);
    await waitFor('the compiler to write', async () => (await readdir(directory)).some((name) => name.startsWith('etcd')));
    interruption.abort(new Error('stop'));
    expect((await outcome).message).toBe('stop');
    expect(await readdir(directory)).toEqual([]);
  });

  it('removes what a killed build left half done', async () => {
    const directory = join(root, 'cache');
    await mkdir(directory);
    await writeFile(join(directory, 'etcd.unfinished-1'), 'half');
    await buildPrograms({ directory, programs, versions, env: environment(), signal: never, output: quiet });
    expect((await readdir(directory)).sort()).toEqual(['etcd', 'kube-apiserver', 'kubectl']);
  });

  it('tells people what is built and that it happens once', async () => {
    const lines: string[] = [];
    const output = { write: (text: string) => void lines.push(text) };
    await buildPrograms({ directory: join(root, 'cache'), programs, versions, env: environment(), signal: never, output });
    expect(lines.join('')).toMatch(/kube-apiserver.*usually/);
    expect(lines.join('')).toMatch(/once/);
  });
});

async function failure(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => {
      throw new Error('it should have failed');
    },
    (error: Error) => error,
  );
}
