import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../lib/index.ts';
import type { RunConfig } from './unpack.ts';

/** A container of an unpacked image. */
export interface SandboxOptions {
  /** Where the image was unpacked. */
  readonly root: string;
  readonly config: RunConfig;
  /** Instead of the image's command. */
  readonly args?: readonly string[];
  /** Besides the image's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** Directories of this machine by their path in the container, which can't write to them. */
  readonly volumes?: Readonly<Record<string, string>>;
}

/** A command line and its whole environment. */
export interface SandboxCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/*
 * What a kubelet would have done: mounts of its own, processes of its own, a root that can't be written to, no way to more rights. The
 * network is that of the machine. $1 is the root, $2 how many pairs of a source and a target for mounts follow, then user, folder and command.
 */
const script = `
root=$1; count=$2; shift 2
mount --make-rprivate /
mount --bind "$root" "$root"
while [ "$count" -gt 0 ]; do mount --bind -o ro "$1" "$root$2"; shift 2; count=$((count - 1)); done
mount -o remount,bind,ro "$root"
mount -t proc proc "$root/proc"
user=$1; shift
exec setpriv --no-new-privs chroot --userspec="$user" --groups= "$root" "$@"
`;

/** Why nothing can be run so on this machine, or undefined when it can. */
export async function sandboxObstacle(): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'it takes root on Linux';
  const finished = await run('unshare', [
    '--mount',
    '--pid',
    '--fork',
    'sh',
    '-c',
    'mount --make-rprivate / && command -v setpriv chroot',
  ]).catch((error: Error) => ({ code: 1, stderr: error.message }));
  return finished.code === 0 ? undefined : `namespaces can't be made: ${finished.stderr.trim()}`;
}

/** The id, on this machine, of the process that a container's command became; undefined once it has ended. */
export async function containerPid(pid: number): Promise<number | undefined> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return children === '' ? undefined : Number.parseInt(children, 10);
}

/**
 * The command that runs a container in the foreground; it dies with the process that started it, which has to send its signals to the
 * process of `containerPid`. Makes the places for the volumes. The image's working directory is not honoured: nothing looks at it.
 */
export async function sandboxCommand({ root, config, args, env, volumes = {} }: SandboxOptions): Promise<SandboxCommand> {
  for (const target of Object.keys(volumes)) await mkdir(join(root, target), { recursive: true });
  const mounts = Object.entries(volumes).flatMap(([target, source]) => [source, target]);
  const words = [...config.Entrypoint, ...(args ?? config.Cmd)];
  return {
    command: 'unshare',
    args: [
      ...['--mount', '--pid', '--fork', '--kill-child', 'sh', '-euc', script, 'sandbox'],
      ...[root, String(mounts.length / 2), ...mounts, config.User, ...words],
    ],
    env: {
      ...Object.fromEntries(config.Env.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)])),
      ...env,
    },
  };
}
