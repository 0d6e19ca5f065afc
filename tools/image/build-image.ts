import { readFile, realpath } from 'node:fs/promises';
import { inRepository, run, UserError } from '../lib/index.ts';
import { baseFiles } from './base-layer.ts';
import { program } from './entries.ts';
import { makeLayer } from './layer.ts';
import { writeLayout } from './layout.ts';
import { appFiles } from './stage.ts';

/** From where to where. */
export interface BuildOptions {
  /** Gets the OCI layout, in place of what it held. */
  readonly directory: string;
  /** For the bundle. */
  readonly buildDirectory: string;
  readonly env: NodeJS.ProcessEnv;
}

/** What was built. */
export interface BuiltImage {
  /** Digest of the manifest. */
  readonly digest: string;
  /** By title, lowest first: bytes as they are stored and sent. */
  readonly layers: readonly { readonly title: string; readonly size: number }[];
}

const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** Builds the image for this machine's architecture out of what the machine and the dependencies hold. Rejects with UserError where that can't be. */
export async function buildImage({ directory, buildDirectory, env }: BuildOptions): Promise<BuiltImage> {
  const architecture = architectures[process.arch];
  if (process.platform !== 'linux' || architecture === undefined) {
    throw new UserError(`The image is for Linux on amd64 or arm64 and can't be put together on ${process.platform}/${process.arch}.`);
  }
  const node = await realpath(inRepository('node_modules', '.bin', 'node'));
  const layers = [
    await makeLayer('base: C library, users, authorities', await baseFiles(node)),
    await makeLayer('Node.js', [program('/usr/local/bin/node', await readFile(node))]),
    await makeLayer('rolekeeper', await appFiles(buildDirectory)),
  ];
  const { version } = JSON.parse(await readFile(inRepository('package.json'), 'utf8')) as { readonly version: string };
  const digest = await writeLayout(directory, { layers, architecture, version, created: await momentOfSources(env) });
  return { digest, layers: layers.map(({ title, bytes }) => ({ title, size: bytes.length })) };
}

/** What `SOURCE_DATE_EPOCH` says, else the last commit, else the beginning of time where there is no history. */
async function momentOfSources(env: NodeJS.ProcessEnv): Promise<Date> {
  const stated = env.SOURCE_DATE_EPOCH;
  if (stated) {
    if (!/^\d{1,11}$/.test(stated)) throw new UserError(`SOURCE_DATE_EPOCH is "${stated}" and should be seconds since 1970.`);
    return new Date(Number(stated) * 1000);
  }
  const commit = await run('git', ['log', '-1', '--format=%ct'], { cwd: inRepository() }).catch(() => undefined);
  return new Date(Number(commit?.stdout.trim() || 0) * 1000);
}
