/**
 * Programs by others that checks use, pinned in the Go module beside this file: `crane`, which handles images as registries and engines
 * do, and `actionlint`, which knows GitHub's workflows. Go builds each once, in about half a minute, and keeps it in its own cache.
 * @module
 */
import { run, UserError } from '../lib/index.ts';

/** A program of the module. */
export type GoProgram = 'actionlint' | 'crane';

/** Builds a program unless it is built. Rejects with UserError where there is no Go for it. */
export async function goProgram(name: GoProgram, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const obstacle = await goObstacle(env);
  if (obstacle !== undefined) throw new UserError(`${name} can't be built: ${obstacle}. It takes Go 1.26 or newer.`);
  const { code, stdout, stderr } = await go(['tool', '-n', name], env);
  if (code !== 0) throw new UserError(`Go can't build ${name}: ${stderr.trim()}`);
  return stdout.trim();
}

/** Why Go builds nothing here, or undefined when it does. */
export async function goObstacle(env: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  // Asked inside the module, where a Go that may fetch the toolchain that go.mod wants does so.
  const finished = await go(['version'], env).catch((error: NodeJS.ErrnoException) => error);
  if (finished instanceof Error) return finished.code === 'ENOENT' ? 'there is no `go` on the PATH' : finished.message;
  return finished.code === 0 ? undefined : finished.stderr.trim();
}

/** The programs are for this machine, whatever the user builds for otherwise; and they must not need a C library. */
function go(args: readonly string[], { GOOS, GOARCH, ...env }: NodeJS.ProcessEnv) {
  return run('go', args, { cwd: import.meta.dirname, env: { ...env, CGO_ENABLED: '0' } });
}
