import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../lib/index.ts';

/** What an image says of how it is run. */
export interface RunConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
}

interface Manifest {
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string }[];
}

/** Lays the layers of an OCI layout with one image over each other in `target`, in place of what it held, and returns how it is run. */
export async function unpack(layout: string, target: string): Promise<RunConfig> {
  const { manifests } = await readJson<{ readonly manifests: readonly { readonly digest: string }[] }>(join(layout, 'index.json'));
  const manifest = await readJson<Manifest>(blobPath(layout, manifests[0]?.digest ?? ''));
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  for (const { digest } of manifest.layers) {
    const { code, stderr } = await run('tar', ['-xzpf', blobPath(layout, digest), '-C', target, '--numeric-owner']);
    if (code !== 0) throw new Error(`a layer can't be unpacked: ${stderr.trim()}`);
  }
  const { config } = await readJson<{ readonly config: RunConfig }>(blobPath(layout, manifest.config.digest));
  return config;
}

function blobPath(layout: string, digest: string): string {
  return join(layout, 'blobs', ...digest.split(':'));
}

async function readJson<T>(path: string): Promise<T> {
  return JSON.parse(await readFile(path, 'utf8')) as T;
}
