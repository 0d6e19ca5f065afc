import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory } from '../controlplane/index.ts';
import { inRepository, run, UserError, withLockFile } from '../lib/index.ts';

const source = inRepository('tools', 'judges');

/** The path of the program; built with Go where the cache lacks it, which takes a minute once. Rejects with UserError when it can't be built. */
export async function ensureJudge(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const directory = join(cacheDirectory(env), 'bin', `judge-${await fingerprint()}-${process.platform}-${process.arch}`);
  const file = join(directory, 'judge');
  await mkdir(directory, { recursive: true });
  await withLockFile(join(directory, '.lock'), async () => {
    if (!(await exists(file))) await build(file, env);
  });
  return file;
}

/** Of everything that the program is made of. */
async function fingerprint(): Promise<string> {
  const hash = createHash('sha256');
  for (const name of (await readdir(source)).sort()) {
    if (/\.go$|^go\.(mod|sum)$/.test(name)) hash.update(name).update(await readFile(join(source, name)));
  }
  return hash.digest('hex').slice(0, 12);
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

async function build(file: string, env: NodeJS.ProcessEnv): Promise<void> {
  const unfinished = `${file}.${process.pid}`;
  const { GOOS, GOARCH, ...rest } = env;
  // The flags of the control plane: what both are made of is then compiled once.
  const args = ['build', '-mod=readonly', '-buildvcs=false', '-trimpath', '-ldflags', '-s -w', '-o', unfinished, '.'];
  const { code, stderr } = await run('go', args, { cwd: source, env: { ...rest, CGO_ENABLED: '0' } }).catch((error: Error) => ({
    code: 1,
    stderr: error.message,
  }));
  if (code !== 0) {
    throw new UserError(`tools/judges can't be built, which needs Go 1.26 or newer: ${stderr.split('\n').slice(-20).join('\n')}`);
  }
  await rename(unfinished, file);
}
